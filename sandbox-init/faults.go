package main

import (
	"os"
	"syscall"
	"unsafe"
)

// faults are the signals by which the kernel tells a program of its own mistakes.
var faults = []syscall.Signal{
	syscall.SIGILL, syscall.SIGTRAP, syscall.SIGBUS, syscall.SIGFPE, syscall.SIGSEGV, syscall.SIGSTKFLT, syscall.SIGSYS,
}

// A job can send such a signal with a reason of its choice, by rt_sigqueueinfo(2) or as an answer to input on one of its
// files (F_SETOWN and F_SETSIG of fcntl(2)). Go takes it for a mistake of this program and ends. The kernel drops what is
// sent to a process that ignores it, and real mistakes end the process all the same. Go gives the programs that it
// starts the usual handling back.
func init() {
	if os.Getpid() != 1 {
		return
	}
	const ignore = 1 // SIG_IGN of signal(7)
	// The kernel's sigaction: handler, flags, restorer, mask.
	action := [4]uintptr{ignore}
	for _, fault := range faults {
		_, _, _ = syscall.RawSyscall6(
			syscall.SYS_RT_SIGACTION, uintptr(fault), uintptr(unsafe.Pointer(&action)), 0, unsafe.Sizeof(uint64(0)), 0, 0)
	}
}
