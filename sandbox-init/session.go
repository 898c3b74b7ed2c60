package main

import (
	"bufio"
	"fmt"
	"io"
	"sync/atomic"
)

// program is what runs jobs. Neither method fails: what the function did wrong is the answer to its job.
type program interface {
	prepare(request prepareRequest, bundle []byte)
	begin(job jobRequest, answer *answer) io.WriteCloser
}

// session speaks with the daemon: one PREPARE, then jobs, one at a time.
type session struct {
	from     *bufio.Reader
	to       *frameWriter
	program  program
	prepared bool
	busy     atomic.Bool
}

func newSession(from io.Reader, to io.Writer, program program) *session {
	return &session{from: bufio.NewReaderSize(from, chunkBytes), to: newFrameWriter(to), program: program}
}

// serve returns when the daemon is gone, also in the middle of a job, or does not keep to the protocol.
func (s *session) serve() error {
	for {
		kind, length, err := readHeader(s.from)
		if err != nil {
			return err
		}
		switch {
		case kind == framePrepare && !s.prepared:
			err = s.prepare(length)
		case kind == frameJob && s.prepared && s.busy.CompareAndSwap(false, true):
			err = s.begin(length)
		default:
			err = fmt.Errorf("%w: a frame of type %#x out of order", errProtocol, kind)
		}
		if err != nil {
			return err
		}
	}
}

func (s *session) prepare(length uint32) error {
	request, err := readPrepare(s.from, length)
	if err != nil {
		return err
	}
	bundle := make([]byte, request.bundleBytes)
	if _, err := io.ReadFull(s.from, bundle); err != nil {
		return err
	}
	s.program.prepare(request, bundle)
	s.prepared = true
	return s.to.send(frameReady, []byte{protocolVersion})
}

func (s *session) begin(length uint32) error {
	job, err := readJob(s.from, length)
	if err != nil {
		return err
	}
	input := s.program.begin(job, newAnswer(job, s.to, func() { s.busy.Store(false) }))
	defer func() { _ = input.Close() }()
	return copyInput(input, s.from, job.inputBytes)
}
