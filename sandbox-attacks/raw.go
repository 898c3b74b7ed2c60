package main

import (
	"os"
	"runtime"
	"strings"
	"syscall"
	"unsafe"
)

// pointer gives the kernel the address of a value.
func pointer[T any](value *T) uintptr { return uintptr(unsafe.Pointer(value)) }

// raw makes a system call and returns its error.
func raw(call uintptr, arguments ...uintptr) error {
	if failure := rawNumber(call, arguments...); failure != 0 {
		return failure
	}
	return nil
}

func rawNumber(call uintptr, arguments ...uintptr) syscall.Errno {
	var six [6]uintptr
	copy(six[:], arguments)
	_, _, failure := syscall.RawSyscall6(call, six[0], six[1], six[2], six[3], six[4], six[5])
	runtime.KeepAlive(arguments)
	return failure
}

// clone makes a process by one system call; the new one returns as well, with 0, and may then do nothing but make
// further system calls.
//
//go:norace
//go:nosplit
func clone(flags uintptr) (pid uintptr, failure syscall.Errno) {
	pid, _, failure = syscall.RawSyscall6(syscall.SYS_CLONE, flags|uintptr(syscall.SIGCHLD), 0, 0, 0, 0, 0)
	return pid, failure
}

// pauseForEver blocks a process that clone made.
//
//go:norace
//go:nosplit
func pauseForEver() {
	for {
		_, _, _ = syscall.RawSyscall6(syscall.SYS_PPOLL, 0, 0, 0, 0, 0, 0)
	}
}

//go:norace
//go:nosplit
func exitNow(code uintptr) {
	_, _, _ = syscall.RawSyscall(syscall.SYS_EXIT_GROUP, code, 0, 0)
}

// waitFor returns how a process that clone made has ended.
func waitFor(pid uintptr) syscall.WaitStatus {
	var status syscall.WaitStatus
	for {
		if _, err := syscall.Wait4(int(pid), &status, 0, nil); err != syscall.EINTR {
			return status
		}
	}
}

func killAndWait(pids []uintptr) {
	for _, pid := range pids {
		_ = syscall.Kill(int(pid), syscall.SIGKILL)
	}
	for _, pid := range pids {
		waitFor(pid)
	}
}

// run starts a program, waits for its end, and returns what it wrote.
func run(path string, arguments ...string) (string, error) {
	read, write, err := os.Pipe()
	if err != nil {
		return "", err
	}
	defer func() { _ = read.Close() }()
	argv := append([]string{path}, arguments...)
	process, err := os.StartProcess(path, argv, &os.ProcAttr{Files: []*os.File{nil, write, nil}})
	_ = write.Close()
	if err != nil {
		return "", err
	}
	var said strings.Builder
	buffer := make([]byte, 4096)
	for {
		count, err := read.Read(buffer)
		said.Write(buffer[:count])
		if err != nil {
			break
		}
	}
	state, err := process.Wait()
	if err != nil {
		return "", err
	}
	if !state.Success() {
		return "", syscall.EINVAL
	}
	return strings.TrimSpace(said.String()), nil
}

// memoryFile returns the descriptor of an anonymous file.
func memoryFile() (int, error) {
	name := [2]byte{'m', 0}
	descriptor, _, failure := syscall.RawSyscall(sysMemfdCreate, pointer(&name), 0, 0)
	if failure != 0 {
		return 0, failure
	}
	return int(descriptor), nil
}
