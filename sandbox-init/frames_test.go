package main

import (
	"bytes"
	"errors"
	"io"
	"testing"
)

func jobFrame(timeoutMs, outputLimit, logLimit uint32, input []byte) []byte {
	frame := appendHeader(nil, frameJob, uint32(12+len(input)))
	for _, number := range []uint32{timeoutMs, outputLimit, logLimit} {
		frame = append(frame, byte(number>>24), byte(number>>16), byte(number>>8), byte(number))
	}
	return append(frame, input...)
}

func prepareFrame(timeoutMs uint32, bundle []byte) []byte {
	frame := appendHeader(nil, framePrepare, uint32(5+len(bundle)))
	frame = append(frame, protocolVersion, byte(timeoutMs>>24), byte(timeoutMs>>16), byte(timeoutMs>>8), byte(timeoutMs))
	return append(frame, bundle...)
}

func TestReadJob(t *testing.T) {
	from := bytes.NewReader(jobFrame(1000, 2, 3, []byte("input")))
	kind, length, err := readHeader(from)
	if kind != frameJob || err != nil {
		t.Fatal(kind, err)
	}
	job, err := readJob(from, length)
	if want := (jobRequest{1000, 2, 3, 5}); job != want || err != nil {
		t.Fatal(job, err)
	}
	if rest, _ := io.ReadAll(from); string(rest) != "input" {
		t.Fatalf("%q", rest)
	}
}

func TestReadFixedRefuses(t *testing.T) {
	for name, length := range map[string]uint32{
		"nothing": 0, "shorter": 11, "longer": 12 + maxInputBytes + 1, "longest": 1<<32 - 1,
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := readJob(bytes.NewReader(make([]byte, 100)), length); !errors.Is(err, errProtocol) {
				t.Fatal(err)
			}
		})
	}
}

func TestReadPrepareRefusesAnotherVersion(t *testing.T) {
	if _, err := readPrepare(bytes.NewReader([]byte{protocolVersion + 1, 0, 0, 0, 0}), 5); !errors.Is(err, errProtocol) {
		t.Fatal(err)
	}
}

func TestEndEncode(t *testing.T) {
	payload := end{timedOut, true, -1, 1, 2, 3}.encode()
	want := "\x03\x01\xff\xff\xff\xff\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x03"
	if string(payload) != want {
		t.Fatalf("%q", payload)
	}
}

// nothingRuns is a program without processes: it takes every input and answers at once.
type nothingRuns struct{}

func (nothingRuns) prepare(prepareRequest, []byte) {}
func (nothingRuns) begin(_ jobRequest, answer *answer) io.WriteCloser {
	answer.finish(0, 0)
	return unclosed{io.Discard}
}

// Whatever the daemon's side sends, the session ends with an error and neither hangs, nor panics, nor asks for more
// memory than a frame may have.
func FuzzServe(f *testing.F) {
	valid := append(prepareFrame(1000, []byte("bundle")), jobFrame(1000, 10, 10, []byte("input"))...)
	f.Add(valid)
	f.Add(append(bytes.Clone(valid), valid...))
	f.Add([]byte{framePrepare, 0xff, 0xff, 0xff, 0xff, 1})
	f.Add([]byte{frameJob, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, sent []byte) {
		var answered bytes.Buffer
		if err := newSession(bytes.NewReader(sent), &answered, nothingRuns{}).serve(); err == nil {
			t.Fatal("the session goes on behind the end of its input")
		}
		for answered.Len() > 0 {
			_, length, err := readHeader(&answered)
			if err != nil || int(length) > answered.Len() {
				t.Fatal("an answer is no frame")
			}
			answered.Next(int(length))
		}
	})
}
