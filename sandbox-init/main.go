// Command sandbox-init is process 1 of every sandbox: it runs a program for each job that the provider daemon sends on
// its stdin, and gives back on its stdout how the program ended, what it used and what it wrote, within budgets.
// docs/reference/sandbox.md describes the frames.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"sync"
	"syscall"
)

const (
	exitUsage    = 64
	exitProtocol = 65
	// spareThreads is more than what this process ever needs at once.
	spareThreads = 10
)

func main() {
	selected, err := selectProgram(os.Args[1:])
	if err == nil && os.Getpid() != 1 {
		err = errors.New("this is process 1 of a sandbox and nothing else")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "sandbox-init:", err)
		os.Exit(exitUsage)
	}
	shield()
	reserveThreads(spareThreads)
	// The kernel ends all other processes of the sandbox with this one.
	if err := newSession(os.Stdin, os.Stdout, selected).serve(); !errors.Is(err, io.EOF) {
		fmt.Fprintln(os.Stderr, "sandbox-init:", err)
		os.Exit(exitProtocol)
	}
}

// selectProgram reads the arguments: the mode, "--", the program and its own arguments.
func selectProgram(arguments []string) (program, error) {
	if len(arguments) >= 3 && arguments[1] == "--" {
		argv := arguments[2:]
		switch arguments[0] {
		case "oneshot":
			return &oneshot{argv: argv, bundlePath: bundlePath}, nil
		case "ahead":
			return &ahead{oneshot: oneshot{argv: argv, bundlePath: bundlePath}}, nil
		case "stream":
			return &stream{argv: argv}, nil
		}
	}
	return nil, errors.New("usage: sandbox-init oneshot|ahead|stream -- program [argument …]")
}

// shield keeps the job, which has the same user, from this process: its memory and descriptors below /proc belong to
// root from now on, and the kernel passes no signal from inside that it does not ask for. Those that Go asks for are
// taken and ignored.
func shield() {
	const setDumpable = 4 // PR_SET_DUMPABLE of prctl(2)
	if _, _, failure := syscall.RawSyscall(syscall.SYS_PRCTL, setDumpable, 0, 0); failure != 0 {
		fmt.Fprintln(os.Stderr, "sandbox-init: cannot shield itself:", failure)
		os.Exit(exitUsage)
	}
	signal.Notify(make(chan os.Signal, 1))
}

// reserveThreads makes threads that Go keeps for later: a job may use up the sandbox's processes, and a Go program that
// then needs a thread dies.
func reserveThreads(count int) {
	runtime.GOMAXPROCS(1)
	var ready, done sync.WaitGroup
	ready.Add(count)
	done.Add(count)
	for range count {
		go func() {
			// A locked goroutine has a thread to itself, so all are there at once.
			runtime.LockOSThread()
			ready.Done()
			ready.Wait()
			runtime.UnlockOSThread()
			done.Done()
		}()
	}
	done.Wait()
}
