package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// Frames between this process and a function kit, on the kit's descriptors 3 (to it) and 4 (from it).
const (
	kitBundle byte = 0x01 // to the kit, first, if there is a bundle
	kitCall   byte = 0x02 // to the kit: the input
	kitReady  byte = 0x81 // from the kit, once: empty
	kitResult byte = 0x82 // from the kit: the output
	kitError  byte = 0x83 // from the kit: why there is none, for the log
)

const (
	maxKitErrorBytes = chunkBytes
	codeKitError     = 1
	lastWords        = 200 * time.Millisecond
)

var (
	errNotReady = errors.New("it was not ready in time")
	errStopped  = errors.New("it was stopped in an earlier call")
)

// stream runs a function kit: one process that takes call after call. Whatever it prints is log.
type stream struct {
	argv    []string
	kit     *child
	calls   *os.File
	results *bufio.Reader
	tap     *logTap
	// failure says why no call can be served, failureCode with which exit code.
	failure     error
	failureCode int32
}

// prepare starts the kit, hands it the bundle and waits until it is ready. One that does not get ready fails the job
// that comes, so that its developer reads why.
func (p *stream) prepare(request prepareRequest, bundle []byte) {
	if p.failure = p.start(); p.failure != nil {
		p.failureCode = startFailure(p.failure)
		return
	}
	ready := make(chan error, 1)
	go func() { ready <- p.introduce(bundle) }()
	select {
	case p.failure = <-ready:
	case <-time.After(time.Duration(request.timeoutMs) * time.Millisecond):
		p.failure = errNotReady
	}
	if p.failure != nil {
		p.failureCode = p.finish()
	}
}

func (p *stream) start() error {
	pipes, err := newPipes()
	if err != nil {
		return err
	}
	nothing, err := os.Open(os.DevNull)
	if err != nil {
		return err
	}
	p.calls, p.results = pipes.inputWrite, bufio.NewReaderSize(pipes.outputRead, chunkBytes)
	p.tap = newLogTap(pipes.logRead)
	p.kit, err = startChild(
		p.argv,
		[]*os.File{nothing, pipes.logWrite, pipes.logWrite, pipes.inputRead, pipes.outputWrite},
	)
	return err
}

func (p *stream) introduce(bundle []byte) error {
	if len(bundle) > 0 {
		if _, err := p.calls.Write(append(appendHeader(nil, kitBundle, uint32(len(bundle))), bundle...)); err != nil {
			return fmt.Errorf("it did not take its bundle: %w", err)
		}
	}
	kind, length, err := readHeader(p.results)
	switch {
	case err != nil:
		return fmt.Errorf("it ended before it was ready: %w", err)
	case kind != kitReady || length != 0:
		return fmt.Errorf("it sent a frame of type %#x instead of READY", kind)
	}
	return nil
}

// begin hands the kit a call and returns where its input goes.
func (p *stream) begin(job jobRequest, answer *answer) io.WriteCloser {
	if p.tap != nil {
		p.tap.direct(answer.log)
	}
	if p.failure != nil {
		return answer.refuse(p.failure.Error(), p.failureCode)
	}
	// Five bytes fit the pipe. A kit that has died shows when its answer is read.
	_, _ = p.calls.Write(appendHeader(nil, kitCall, job.inputBytes))
	go p.follow(time.NewTimer(job.timeout()), job.outputLimit, answer)
	return unclosed{p.calls}
}

func (p *stream) follow(timer *time.Timer, limit uint32, answer *answer) {
	answered := make(chan error, 1)
	go func() { answered <- p.readAnswer(limit, answer) }()
	var cause outcome
	var err error
	select {
	case err = <-answered:
	case <-p.kit.ended:
		err = p.stop(answered)
	case <-timer.C:
		cause, err = timedOut, errors.Join(errStopped, p.stop(answered))
	}
	var refusal kitRefusal
	switch {
	case err == nil:
		p.tap.keep()
		answer.finish(0, 0)
	case cause == 0 && errors.As(err, &refusal):
		p.tap.keep()
		answer.log.write([]byte(refusal))
		answer.finish(functionError, codeKitError)
	default:
		p.abandon(cause, err, answer)
	}
}

// stop ends the kit and returns what came of reading its answer: what it wrote is in the pipe, the end behind it.
func (p *stream) stop(answered <-chan error) error {
	p.kit.kill()
	return <-answered
}

// abandon answers for a kit that cannot be trusted with another call.
func (p *stream) abandon(cause outcome, err error, answer *answer) {
	p.failure, p.failureCode = err, p.finish()
	p.tap.keep()
	if cause == 0 && p.failureCode == 0 {
		// It ended well, but without an answer.
		cause = functionError
	}
	answer.finish(cause, p.failureCode)
}

// finish ends the kit and returns its exit code. One that has closed its results is most likely about to end, and gets
// a moment for its last words.
func (p *stream) finish() int32 {
	select {
	case <-p.kit.ended:
	case <-time.After(lastWords):
	}
	code := p.kit.finish()
	p.tap.wait()
	return code
}

// kitRefusal is what a kit says instead of a result.
type kitRefusal string

func (r kitRefusal) Error() string { return string(r) }

// readAnswer reads one RESULT or ERROR and nothing more.
func (p *stream) readAnswer(limit uint32, answer *answer) error {
	kind, length, err := readHeader(p.results)
	switch {
	case err != nil:
		return fmt.Errorf("it ended without an answer: %w", err)
	case kind == kitResult && length > limit:
		close(answer.output.over)
		return errStopped
	case kind == kitResult:
		_, err = io.CopyN(answer.output, p.results, int64(length))
	case kind == kitError && length <= maxKitErrorBytes:
		text := make([]byte, length)
		if _, err = io.ReadFull(p.results, text); err == nil {
			err = kitRefusal(text)
		}
	default:
		return fmt.Errorf("%w: a frame of type %#x and %d bytes", errProtocol, kind, length)
	}
	var refusal kitRefusal
	if (err == nil || errors.As(err, &refusal)) && p.results.Buffered() > 0 {
		return fmt.Errorf("%w: more than one answer to a call", errProtocol)
	}
	return err
}

// unclosed is where an input goes that is open for longer than a call.
type unclosed struct{ io.Writer }

func (unclosed) Close() error { return nil }
