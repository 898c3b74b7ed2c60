package main

import "io"

// outputBudget passes a job's output on until its limit and notices the first byte too many.
type outputBudget struct {
	left uint64
	emit func([]byte)
	// over is closed at the first byte too many.
	over chan struct{}
}

func newOutputBudget(limit uint32, emit func([]byte)) *outputBudget {
	return &outputBudget{left: uint64(limit), emit: emit, over: make(chan struct{})}
}

// exceeded says whether a byte too many came.
func (b *outputBudget) exceeded() bool {
	select {
	case <-b.over:
		return true
	default:
		return false
	}
}

// Write takes the next piece of output; past the limit it is dropped.
func (b *outputBudget) Write(data []byte) (int, error) {
	if b.exceeded() {
		return len(data), nil
	}
	fitting := data[:min(uint64(len(data)), b.left)]
	b.left -= uint64(len(fitting))
	if len(fitting) > 0 {
		b.emit(fitting)
	}
	if len(fitting) < len(data) {
		close(b.over)
	}
	return len(data), nil
}

// copyInput hands the input to the program. One that does not want all of it is no error: the rest is dropped.
func copyInput(to io.Writer, from io.Reader, length uint32) error {
	input := &io.LimitedReader{R: from, N: int64(length)}
	buffer := make([]byte, chunkBytes)
	var refusal error
	for input.N > 0 {
		count, err := input.Read(buffer)
		if err != nil {
			return err
		}
		if refusal == nil {
			_, refusal = to.Write(buffer[:count])
		}
	}
	return nil
}
