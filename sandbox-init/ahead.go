package main

import (
	"io"
	"os"
	"time"
)

// ahead runs any program as oneshot does, but has it started before its job comes, up to where it waits for its input.
// What it writes until then waits in its pipes. A later job, which the daemon does not send, would start anew.
type ahead struct {
	oneshot
	waiting *waiting
	// failure says why the program could not be started, failureCode with which exit code.
	failure     error
	failureCode int32
}

// waiting is a program that has its job still before it.
type waiting struct {
	program *child
	pipes   *pipes
	tap     *logTap
	// before is what was used until its program was started; a memory kill after that is its job's.
	before usage
}

// prepare starts the program and returns when nothing of it runs any more, or when its time is over. A program that
// does not start fails the job that comes, so that its developer reads why.
func (p *ahead) prepare(request prepareRequest, bundle []byte) {
	p.oneshot.prepare(request, bundle)
	if p.oneshot.failure != nil {
		return
	}
	pipes, err := newPipes()
	if err != nil {
		p.failure, p.failureCode = err, codeNotExecutable
		return
	}
	before := readUsage(cgroupRoot)
	program, err := pipes.start(p.argv)
	if err != nil {
		p.failure, p.failureCode = err, startFailure(err)
		return
	}
	p.waiting = &waiting{program: program, pipes: pipes, tap: newLogTap(pipes.logRead), before: before}
	program.awaitRest(time.Duration(request.timeoutMs) * time.Millisecond)
}

// begin returns where the input of the waiting program goes.
func (p *ahead) begin(job jobRequest, answer *answer) io.WriteCloser {
	if p.failure != nil {
		return answer.refuse("it cannot be started: "+p.failure.Error(), p.failureCode)
	}
	if p.waiting == nil {
		return p.oneshot.begin(job, answer)
	}
	started := p.waiting
	p.waiting = nil
	answer.before.memoryKills = started.before.memoryKills
	started.tap.direct(answer.log)
	go follow(started, time.NewTimer(job.timeout()), answer)
	return started.pipes.inputWrite
}

// Between two looks at whether anything runs, and how many have to say no, one after the other.
const (
	restLook  = time.Millisecond
	restLooks = 3
)

// awaitRest returns when no thread of the program runs or waits for a disk, when it has ended, or when the time is over.
func (c *child) awaitRest(longest time.Duration) {
	deadline := time.NewTimer(longest)
	defer deadline.Stop()
	look := time.NewTicker(restLook)
	defer look.Stop()
	for quiet := 0; quiet < restLooks; {
		select {
		case <-c.ended:
			return
		case <-deadline.C:
			return
		case <-look.C:
		}
		if isAtRest(c.processes()) {
			quiet++
		} else {
			quiet = 0
		}
	}
}

// processes are the folders below /proc of all that may have come from the program: everything but this process.
func (c *child) processes() []string {
	own := os.Getpid()
	if own != 1 {
		// Outside a sandbox the others are the machine's.
		return []string{processFolder(c.pid)}
	}
	return otherProcesses(own)
}
