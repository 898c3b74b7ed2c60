package main

import (
	"io"
	"time"
)

// answer collects what one job gives back.
type answer struct {
	to      *frameWriter
	output  *outputBudget
	log     *logBudget
	started time.Time
	before  usage
	// done is called ahead of the END frame, after which the daemon may send another job.
	done func()
}

func newAnswer(job jobRequest, to *frameWriter, done func()) *answer {
	// A daemon that is gone shows as the end of the input, so failures of writing need no second way out.
	emit := func(kind byte) func([]byte) {
		return func(piece []byte) { _ = to.append(kind, piece) }
	}
	return &answer{
		to:      to,
		output:  newOutputBudget(job.outputLimit, emit(frameOutput)),
		log:     &logBudget{left: int(job.logLimit), emit: emit(frameLog)},
		started: time.Now(),
		before:  readUsage(cgroupRoot),
		done:    done,
	}
}

// finish sends the END. cause is what ended the job from outside, if anything did; a program that ended by itself is
// judged by its exit code.
func (a *answer) finish(cause outcome, code int32) {
	run := time.Since(a.started)
	after := readUsage(cgroupRoot)
	switch {
	case cause != 0:
	case a.output.exceeded():
		cause = outputLimit
	default:
		cause = judge(code, after.memoryKills > a.before.memoryKills)
	}
	a.done()
	_ = a.to.send(frameEnd, end{
		outcome:   cause,
		logCut:    a.log.cut,
		code:      code,
		runUs:     uint64(run.Microseconds()),
		cpuUs:     after.cpuUs - min(a.before.cpuUs, after.cpuUs),
		peakBytes: after.peakBytes,
	}.encode())
}

// refuse ends a job whose program cannot run, and tells its developer why in the log. The input is dropped.
func (a *answer) refuse(reason string, code int32) io.WriteCloser {
	a.log.write([]byte("[the function did not run: " + reason + "]\n"))
	a.finish(functionError, code)
	return unclosed{io.Discard}
}

func (j jobRequest) timeout() time.Duration { return time.Duration(j.timeoutMs) * time.Millisecond }
