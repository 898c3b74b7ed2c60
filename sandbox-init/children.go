package main

import (
	"errors"
	"os"
	"os/exec"
	"strconv"
	"syscall"
)

// memoryVictim makes the kernel choose a job's process and not this one when the sandbox is out of memory.
const memoryVictim = "1000"

// child is the program, and everything that came from it.
type child struct {
	pid int
	// ended is closed when the program itself has ended, gone when no descendant is left either.
	ended, gone chan struct{}
	// status is the program's end, valid once ended is closed.
	status syscall.WaitStatus
}

// startChild starts the program in a session of its own, with files as its descriptors from 0 on. The files given
// are closed here.
func startChild(argv []string, files []*os.File) (*child, error) {
	defer closeAll(files)
	path, err := exec.LookPath(argv[0])
	if err != nil {
		return nil, err
	}
	descriptors := make([]uintptr, len(files))
	for i, file := range files {
		// Fd makes the end that the program gets a blocking one, as programs expect.
		descriptors[i] = file.Fd()
	}
	pid, err := syscall.ForkExec(path, argv, &syscall.ProcAttr{
		Env:   os.Environ(),
		Files: descriptors,
		Sys:   &syscall.SysProcAttr{Setsid: true},
	})
	if err != nil {
		return nil, &os.PathError{Op: "exec", Path: path, Err: err}
	}
	// Where it cannot be written the kernel goes by size, which most often means the same.
	_ = os.WriteFile("/proc/"+strconv.Itoa(pid)+"/oom_score_adj", []byte(memoryVictim), 0)
	started := &child{pid: pid, ended: make(chan struct{}), gone: make(chan struct{})}
	go started.reap()
	return started, nil
}

// reap collects every process that ends: process 1 inherits all orphans.
func (c *child) reap() {
	defer close(c.gone)
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, 0, nil)
		switch {
		case errors.Is(err, syscall.EINTR):
		case err != nil:
			return
		case pid == c.pid:
			c.status = status
			close(c.ended)
		}
	}
}

// kill ends the program and all that came from it, at once: the kernel walks its list of processes under a lock, so
// nothing forks away. A program that ignores signals or is stopped dies as well.
func (c *child) kill() {
	target := -1
	if os.Getpid() != 1 {
		// Outside a sandbox -1 would be every process of the machine.
		target = -c.pid
	}
	// ESRCH says that they are gone already.
	_ = syscall.Kill(target, syscall.SIGKILL)
}

// finish ends whatever still runs, waits until no process is left, and returns the program's exit code.
func (c *child) finish() int32 {
	c.kill()
	<-c.gone
	return exitCode(c.status)
}

// startFailure tells why a program could not be started, in a shell's numbers.
func startFailure(err error) int32 {
	if errors.Is(err, exec.ErrNotFound) || errors.Is(err, os.ErrNotExist) {
		return codeNotFound
	}
	return codeNotExecutable
}

func closeAll(files []*os.File) {
	for _, file := range files {
		_ = file.Close()
	}
}
