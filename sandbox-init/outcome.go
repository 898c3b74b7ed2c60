package main

import "syscall"

// outcome has the numbers of the status that a record of the job carries.
type outcome byte

const (
	succeeded     outcome = 1
	functionError outcome = 2
	timedOut      outcome = 3
	outOfMemory   outcome = 4
	outputLimit   outcome = 5
)

// Exit codes where the program has none of its own; shells use the same.
const (
	codeNone          = -1
	codeNotExecutable = 126
	codeNotFound      = 127
	codeSignalOffset  = 128
)

// exitCode turns the end of a process into one number: its exit status, or 128 and the signal.
func exitCode(status syscall.WaitStatus) int32 {
	if status.Signaled() {
		return codeSignalOffset + int32(status.Signal())
	}
	return int32(status.ExitStatus())
}

// judge tells what the end of the program means. memoryKills says whether the kernel killed for memory meanwhile:
// a program that ends well although it lost a child to that has succeeded.
func judge(code int32, memoryKills bool) outcome {
	switch {
	case code == 0:
		return succeeded
	case memoryKills:
		return outOfMemory
	default:
		return functionError
	}
}
