package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"
)

// protocolVersion is sent in PREPARE and answered in READY; both sides refuse another one.
const protocolVersion = 1

// Frames from the daemon.
const (
	framePrepare byte = 0x01 // version u8 | timeoutMs u32 | bundle
	frameJob     byte = 0x02 // timeoutMs u32 | outputLimit u32 | logLimit u32 | input
)

// Frames to the daemon.
const (
	frameReady  byte = 0x81 // version u8
	frameOutput byte = 0x82 // at most chunkBytes of the job's output
	frameLog    byte = 0x83 // at most chunkBytes of the job's log
	frameEnd    byte = 0x84 // outcome u8 | logCut u8 | code i32 | runUs u64 | cpuUs u64 | peakBytes u64
)

const (
	headerBytes    = 5
	chunkBytes     = 64 << 10
	maxBundleBytes = 256 << 10
	maxInputBytes  = 6 << 20
)

var errProtocol = errors.New("the other side does not keep to the protocol")

// prepareRequest is the part of a PREPARE frame ahead of the bundle.
type prepareRequest struct {
	timeoutMs   uint32
	bundleBytes uint32
}

// jobRequest is the part of a JOB frame ahead of the input.
type jobRequest struct {
	timeoutMs, outputLimit, logLimit uint32
	inputBytes                       uint32
}

// end is how a job ended and what it used.
type end struct {
	outcome   outcome
	logCut    bool
	code      int32
	runUs     uint64
	cpuUs     uint64
	peakBytes uint64
}

// readHeader reads a frame's type and the length of its payload. A clean end of the stream is io.EOF.
func readHeader(from io.Reader) (kind byte, length uint32, err error) {
	var header [headerBytes]byte
	if _, err = io.ReadFull(from, header[:]); err != nil {
		return 0, 0, err
	}
	return header[0], binary.BigEndian.Uint32(header[1:]), nil
}

// readFixed fills the fixed part of a payload of length bytes and returns how long the rest is, at most maxRest.
func readFixed(from io.Reader, fixed []byte, length, maxRest uint32) (rest uint32, err error) {
	if rest = length - uint32(len(fixed)); length < uint32(len(fixed)) || rest > maxRest {
		return 0, fmt.Errorf("%w: a frame of %d bytes", errProtocol, length)
	}
	_, err = io.ReadFull(from, fixed)
	return rest, err
}

// readPrepare reads the fixed part of a PREPARE frame whose payload is length bytes long.
func readPrepare(from io.Reader, length uint32) (prepareRequest, error) {
	var fixed [5]byte
	rest, err := readFixed(from, fixed[:], length, maxBundleBytes)
	if err == nil && fixed[0] != protocolVersion {
		err = fmt.Errorf("%w: version %d", errProtocol, fixed[0])
	}
	return prepareRequest{binary.BigEndian.Uint32(fixed[1:]), rest}, err
}

// readJob reads the fixed part of a JOB frame whose payload is length bytes long.
func readJob(from io.Reader, length uint32) (jobRequest, error) {
	var fixed [12]byte
	rest, err := readFixed(from, fixed[:], length, maxInputBytes)
	return jobRequest{
		timeoutMs:   binary.BigEndian.Uint32(fixed[0:]),
		outputLimit: binary.BigEndian.Uint32(fixed[4:]),
		logLimit:    binary.BigEndian.Uint32(fixed[8:]),
		inputBytes:  rest,
	}, err
}

// appendHeader adds a frame's header to buffer.
func appendHeader(buffer []byte, kind byte, length uint32) []byte {
	return binary.BigEndian.AppendUint32(append(buffer, kind), length)
}

// encode returns the payload of an END frame.
func (e end) encode() []byte {
	payload := []byte{byte(e.outcome), 0}
	if e.logCut {
		payload[1] = 1
	}
	payload = binary.BigEndian.AppendUint32(payload, uint32(e.code))
	payload = binary.BigEndian.AppendUint64(payload, e.runUs)
	payload = binary.BigEndian.AppendUint64(payload, e.cpuUs)
	return binary.BigEndian.AppendUint64(payload, e.peakBytes)
}

// frameWriter sends frames from several goroutines. Output and log wait in a buffer, so that a small answer
// leaves in one piece with its END.
type frameWriter struct {
	mutex sync.Mutex
	to    *bufio.Writer
}

func newFrameWriter(to io.Writer) *frameWriter {
	return &frameWriter{to: bufio.NewWriterSize(to, chunkBytes)}
}

// append puts a frame into the buffer; what does not fit is sent.
func (w *frameWriter) append(kind byte, payload []byte) error {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	// A buffered writer that has failed fails for ever.
	_, _ = w.to.Write(appendHeader(nil, kind, uint32(len(payload))))
	_, err := w.to.Write(payload)
	return err
}

// send puts a frame behind all others and empties the buffer.
func (w *frameWriter) send(kind byte, payload []byte) error {
	_ = w.append(kind, payload)
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return w.to.Flush()
}
