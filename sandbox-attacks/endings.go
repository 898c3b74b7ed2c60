package main

import (
	"os"
	"os/signal"
	"syscall"
	"time"
)

func sleepForEver([]string) {
	for {
		time.Sleep(time.Hour)
	}
}

// daemonise leaves a process behind that has a session of its own and holds the output open.
func daemonise([]string) {
	pid, failure := clone(0)
	if failure != 0 {
		breach("nothing: cannot make a process:", failure.Error())
		return
	}
	if pid == 0 {
		_, _, _ = syscall.RawSyscall(syscall.SYS_SETSID, 0, 0, 0)
		if again, _ := clone(0); again == 0 {
			pauseForEver()
		}
		exitNow(0)
	}
	waitFor(pid)
}

// ignoreSignals never ends, whatever it is told, in two sessions.
func ignoreSignals([]string) {
	signal.Ignore()
	if pid, failure := clone(0); failure == 0 && pid == 0 {
		_, _, _ = syscall.RawSyscall(syscall.SYS_SETSID, 0, 0, 0)
		pauseForEver()
	}
	sleepForEver(nil)
}

// stopItself stops, and a process that it made as well.
func stopItself([]string) {
	if pid, failure := clone(0); failure == 0 && pid == 0 {
		pid, _, _ := syscall.RawSyscall(syscall.SYS_GETPID, 0, 0, 0)
		_, _, _ = syscall.RawSyscall(syscall.SYS_KILL, pid, uintptr(syscall.SIGSTOP), 0)
		pauseForEver()
	}
	_ = syscall.Kill(os.Getpid(), syscall.SIGSTOP)
	sleepForEver(nil)
}

// closeOutput closes all that it was given and goes on.
func closeOutput([]string) {
	for descriptor := range 3 {
		_ = syscall.Close(descriptor)
	}
	sleepForEver(nil)
}

// flood writes so many MiB, without the end of a line, to a descriptor: 1 for the output, 2 for the log.
func flood(arguments []string) {
	descriptor, size := number(arguments[0]), number(arguments[1])
	piece := make([]byte, mebibyte)
	for i := range piece {
		piece[i] = 'x'
	}
	for range size {
		for rest := piece; len(rest) > 0; {
			count, err := syscall.Write(descriptor, rest)
			if err != nil {
				return
			}
			rest = rest[count:]
		}
	}
}

// writeRawBytes writes what is no text, what commands terminals, and what looks like a frame of process 1.
func writeRawBytes([]string) {
	everything := make([]byte, 0, 300)
	for value := range 256 {
		everything = append(everything, byte(value))
	}
	everything = append(everything, "\xc3\x28\xed\xa0\x80\xf8\x1b]0;owned\x07\x1b[2J\r\n{\"level\": \"info\"}\n"...)
	// END of process 1, with all its numbers zero: as if the call had ended well.
	everything = append(everything, append([]byte{0x84, 0, 0, 0, 30, 1}, make([]byte, 29)...)...)
	_, _ = os.Stdout.Write(everything)
	_, _ = os.Stderr.Write(everything)
	os.Exit(0)
}
