package main

import (
	"errors"
	"io"
	"os"
	"sync"
	"syscall"
)

// logTap takes what the program logs and passes it on, within a budget. Under one lock it reads and passes on, so that
// keep leaves nothing behind.
type logTap struct {
	mutex  sync.Mutex
	pipe   *os.File
	buffer []byte
	sink   *logBudget
	done   chan struct{}
}

// newLogTap reads pipe until its end. It keeps what comes, up to a bound, until it is told where to.
func newLogTap(pipe *os.File) *logTap {
	tap := &logTap{pipe: pipe, buffer: make([]byte, chunkBytes/2), sink: newKeptLog(), done: make(chan struct{})}
	go tap.follow()
	return tap
}

// direct sends the log to a job's budget from now on, beginning with what was kept.
func (t *logTap) direct(sink *logBudget) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	sink.write(t.sink.kept)
	sink.cut = sink.cut || t.sink.cut
	t.sink = sink
}

// keep passes on all that the program has written so far, and keeps what comes later for the next job.
func (t *logTap) keep() {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if raw, err := t.pipe.SyscallConn(); err == nil {
		_ = raw.Control(func(descriptor uintptr) {
			for t.readOnce(descriptor) == nil {
			}
		})
	}
	t.sink = newKeptLog()
}

// wait returns when every writer has closed the log.
func (t *logTap) wait() { <-t.done }

func (t *logTap) follow() {
	defer close(t.done)
	raw, err := t.pipe.SyscallConn()
	for err == nil {
		var failure error
		err = raw.Read(func(descriptor uintptr) bool {
			t.mutex.Lock()
			defer t.mutex.Unlock()
			failure = t.readOnce(descriptor)
			return !errors.Is(failure, syscall.EAGAIN)
		})
		err = errors.Join(err, failure)
	}
}

// readOnce passes on what is there; the caller holds the lock.
func (t *logTap) readOnce(descriptor uintptr) error {
	for {
		count, err := syscall.Read(int(descriptor), t.buffer)
		switch {
		case errors.Is(err, syscall.EINTR):
		case err != nil:
			return err
		case count == 0:
			return io.EOF
		default:
			t.sink.write(t.buffer[:count])
			return nil
		}
	}
}

// logBudget passes a log on until its limit and drops the rest.
type logBudget struct {
	left int
	// emit takes each piece. Where it is absent the pieces are kept.
	emit func([]byte)
	kept []byte
	// cut says that something was dropped.
	cut bool
}

func newKeptLog() *logBudget { return &logBudget{left: chunkBytes} }

func (b *logBudget) write(data []byte) {
	fitting := data[:min(len(data), b.left)]
	b.left -= len(fitting)
	b.cut = b.cut || len(fitting) < len(data)
	switch {
	case len(fitting) == 0:
	case b.emit == nil:
		b.kept = append(b.kept, fitting...)
	default:
		b.emit(fitting)
	}
}
