package main

import (
	"io"
	"os"
	"time"
)

// bundlePath is where a oneshot program finds its bundle.
const bundlePath = "/tmp/bundle"

// oneshot runs any program: input on its stdin, output from its stdout, log from its stderr, one process a job.
type oneshot struct {
	argv       []string
	bundlePath string
	failure    error
}

// prepare writes the bundle where the program finds it; the program itself starts with its job.
func (p *oneshot) prepare(_ prepareRequest, bundle []byte) {
	if len(bundle) > 0 {
		p.failure = os.WriteFile(p.bundlePath, bundle, 0o600)
	}
}

// begin starts the program and returns where its input goes.
func (p *oneshot) begin(job jobRequest, answer *answer) io.WriteCloser {
	if p.failure != nil {
		return answer.refuse("its bundle cannot be written: "+p.failure.Error(), codeNone)
	}
	pipes, err := newPipes()
	if err != nil {
		return answer.refuse(err.Error(), codeNotExecutable)
	}
	program, err := pipes.start(p.argv)
	if err != nil {
		return answer.refuse("it cannot be started: "+err.Error(), startFailure(err))
	}
	tap := newLogTap(pipes.logRead)
	tap.direct(answer.log)
	go follow(&waiting{program: program, pipes: pipes, tap: tap}, time.NewTimer(job.timeout()), answer)
	return pipes.inputWrite
}

// follow waits for a program's end, or ends it, and answers when nothing of it is left.
func follow(started *waiting, timer *time.Timer, answer *answer) {
	program, pipes := started.program, started.pipes
	copied := make(chan struct{})
	go func() {
		defer close(copied)
		// The pipe ends with its last writer, and the budget takes whatever comes.
		_, _ = io.Copy(answer.output, pipes.outputRead)
	}()
	var cause outcome
	select {
	case <-program.ended:
	case <-answer.output.over:
	case <-timer.C:
		cause = timedOut
	}
	code := program.finish()
	<-copied
	started.tap.wait()
	closeAll([]*os.File{pipes.outputRead, pipes.logRead})
	answer.finish(cause, code)
}

// pipes are the three streams of a program.
type pipes struct {
	inputRead, inputWrite, outputRead, outputWrite, logRead, logWrite *os.File
}

func newPipes() (*pipes, error) {
	var made pipes
	ends := [][2]**os.File{
		{&made.inputRead, &made.inputWrite},
		{&made.outputRead, &made.outputWrite},
		{&made.logRead, &made.logWrite},
	}
	for _, end := range ends {
		read, write, err := os.Pipe()
		if err != nil {
			// The sandbox serves no other job after this one.
			return nil, err
		}
		*end[0], *end[1] = read, write
	}
	return &made, nil
}

// start starts a program on its ends of the pipes; if that fails, all of them are closed.
func (p *pipes) start(argv []string) (*child, error) {
	program, err := startChild(argv, []*os.File{p.inputRead, p.outputWrite, p.logWrite})
	if err != nil {
		closeAll([]*os.File{p.inputWrite, p.outputRead, p.logRead})
	}
	return program, err
}
