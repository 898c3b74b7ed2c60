package main

import (
	"os"
	"syscall"
)

// Frames between process 1 and a function kit, and the descriptors that they come and go by.
const (
	kitReady   = 0x81
	kitResult  = 0x82
	kitFailure = 0x83
	kitCalls   = 3
	kitAnswers = 4
)

func frame(kind, length byte) []byte { return []byte{kind, 0, 0, 0, length} }

// lies are what a kit says once it was called, or where it should say that it is ready.
var lies = map[string]struct {
	early bool
	said  []byte
}{
	"answer before any call": {true, append(frame(kitResult, 4), "held"...)},
	"never ready":            {true, nil},
	"unknown frame":          {false, frame(0x7f, 0)},
	"twice":                  {false, append(append(frame(kitResult, 1), 'a'), append(frame(kitResult, 1), 'b')...)},
	"endless result":         {false, []byte{kitResult, 0xff, 0xff, 0xff, 0xff}},
	"endless failure":        {false, []byte{kitFailure, 0xff, 0xff, 0xff, 0xff}},
	"half a result":          {false, append(frame(kitResult, 100), "half"...)},
}

// lieAsKit speaks to process 1 as a kit does, and lies once.
func lieAsKit(arguments []string) {
	lie, known := lies[arguments[0]]
	if !known {
		os.Exit(exitUsage)
	}
	if !lie.early {
		_, _ = syscall.Write(kitAnswers, frame(kitReady, 0))
		_, _ = syscall.Read(kitCalls, make([]byte, 5))
	}
	_, _ = syscall.Write(kitAnswers, lie.said)
	sleepForEver(nil)
}
