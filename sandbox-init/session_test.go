package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The test's own binary is the kit that stream mode is tried with.
func TestMain(m *testing.M) {
	if behaviour := os.Getenv("KIT"); behaviour != "" {
		actAsKit(behaviour)
		return
	}
	os.Exit(m.Run())
}

func actAsKit(behaviour string) {
	in, out := os.NewFile(3, "calls"), os.NewFile(4, "results")
	reply := func(kind byte, text string) {
		_, _ = out.Write(append(appendHeader(nil, kind, uint32(len(text))), text...))
	}
	fmt.Println("starting")
	var bundle []byte
	switch behaviour {
	case "dies":
		os.Exit(3)
	case "never-ready":
		time.Sleep(time.Hour)
	case "bundled":
		_, length, _ := readHeader(in)
		bundle = make([]byte, length)
		_, _ = io.ReadFull(in, bundle)
	}
	reply(kitReady, "")
	for {
		_, length, err := readHeader(in)
		if err != nil {
			return
		}
		input := make([]byte, length)
		_, _ = io.ReadFull(in, input)
		fmt.Fprintln(os.Stderr, "called")
		switch string(input) {
		case "refuse":
			reply(kitError, "I will not")
		case "twice":
			reply(kitResult, "a"+string(appendHeader(nil, kitResult, 0)))
			_, _ = out.Write(appendHeader(nil, kitResult, 0))
		case "garbage":
			reply(0x55, "")
		case "last words":
			_ = out.Close()
			time.Sleep(20 * time.Millisecond)
			fmt.Println("farewell")
			os.Exit(4)
		case "exit":
			os.Exit(0)
		case "hang":
			time.Sleep(time.Hour)
		default:
			reply(kitResult, string(bundle)+strings.ToUpper(string(input)))
		}
	}
}

type result struct {
	outcome     outcome
	cut         bool
	code        int32
	output, log string
}

// converse runs a session over the frames given, one job after another, and returns each job's result.
func converse(t *testing.T, selected program, bundle string, jobs ...[]byte) []result {
	t.Helper()
	in, toSession, err := os.Pipe()
	fromSession, out, err2 := os.Pipe()
	if err != nil || err2 != nil {
		t.Fatal(err, err2)
	}
	served := make(chan error, 1)
	go func() { served <- newSession(in, out, selected).serve() }()
	_, _ = toSession.Write(prepareFrame(20_000, []byte(bundle)))
	if kind, _, err := readHeader(fromSession); kind != frameReady || err != nil {
		t.Fatal(kind, err)
	}
	_, _ = io.ReadFull(fromSession, make([]byte, 1))
	var results []result
	for _, job := range jobs {
		go func() { _, _ = toSession.Write(job) }()
		results = append(results, readResult(t, fromSession))
	}
	_ = toSession.Close()
	if err := <-served; err != io.EOF {
		t.Fatal(err)
	}
	if kit, ok := selected.(*stream); ok {
		// In a sandbox it would end with process 1.
		kit.kit.finish()
	}
	return results
}

func readResult(t *testing.T, from io.Reader) (read result) {
	for {
		kind, length, err := readHeader(from)
		if err != nil || length > chunkBytes {
			t.Fatal(length, err)
		}
		payload := make([]byte, length)
		_, _ = io.ReadFull(from, payload)
		switch kind {
		case frameOutput:
			read.output += string(payload)
		case frameLog:
			read.log += string(payload)
		case frameEnd:
			read.outcome, read.cut = outcome(payload[0]), payload[1] == 1
			read.code = int32(binary.BigEndian.Uint32(payload[2:]))
			return read
		}
	}
}

// patience is long where it must not be used up, so that a busy machine does not matter.
func patience(want result) (timeoutMs uint32) {
	if want.outcome == timedOut {
		return 1000
	}
	return 60_000
}

func TestOneshot(t *testing.T) {
	shell := func(script string) []string { return []string{"sh", "-c", script} }
	large := strings.Repeat("x", 1<<20)
	for name, row := range map[string]struct {
		argv  []string
		input string
		want  result
	}{
		"answer":          {shell("cat; echo said >&2"), "in", result{succeeded, false, 0, "in", "said\n"}},
		"large input":     {[]string{"cat"}, large[:1000], result{succeeded, false, 0, large[:1000], ""}},
		"ignored input":   {shell("echo x"), large, result{succeeded, false, 0, "x\n", ""}},
		"exit status":     {shell("exit 7"), "", result{functionError, false, 7, "", ""}},
		"signal":          {shell("kill -SEGV $$"), "", result{functionError, false, 139, "", ""}},
		"too much":        {shell("head -c 1001 /dev/zero; sleep 60"), "", result{outputLimit, false, 137, string(make([]byte, 1000)), ""}},
		"too much at end": {shell("head -c 1001 /dev/zero | tr '\\0' x"), "", result{outputLimit, false, 0, large[:1000], ""}},
		"all it may":      {shell("head -c 1000 /dev/zero"), "", result{succeeded, false, 0, string(make([]byte, 1000)), ""}},
		"long log":        {shell("head -c 101 /dev/zero | tr '\\0' x >&2"), "", result{succeeded, true, 0, "", large[:100]}},
		"time":            {shell("echo x; sleep 60"), "", result{timedOut, false, 137, "x\n", ""}},
		"closed stdout":   {shell("exec >&- 2>&-; sleep 60"), "", result{timedOut, false, 137, "", ""}},
		"ignored signals": {shell("trap '' TERM INT HUP; sleep 60; sleep 60"), "", result{timedOut, false, 137, "", ""}},
		"stopped":         {shell("kill -STOP $$"), "", result{timedOut, false, 137, "", ""}},
		"left behind":     {shell("sleep 60 & echo x"), "", result{succeeded, false, 0, "x\n", ""}},
	} {
		for when, selected := range map[string]program{
			"with its job": &oneshot{argv: row.argv},
			"ahead":        &ahead{oneshot: oneshot{argv: row.argv}},
		} {
			t.Run(name+" "+when, func(t *testing.T) {
				got := converse(t, selected, "", jobFrame(patience(row.want), 1000, 100, []byte(row.input)))[0]
				if name == "too much at end" {
					// Whether the program was killed or ended by itself is a matter of who was first.
					got.code = 0
				}
				if got != row.want {
					t.Fatalf("got %+v", got)
				}
			})
		}
	}
}

func TestOneshotThatCannotStart(t *testing.T) {
	argv := []string{"no-such-program"}
	for _, selected := range []program{&oneshot{argv: argv}, &ahead{oneshot: oneshot{argv: argv}}} {
		got := converse(t, selected, "", jobFrame(500, 10, 1000, []byte("input")))[0]
		if got.outcome != functionError || got.code != codeNotFound || !strings.Contains(got.log, "no-such-program") {
			t.Fatalf("%+v", got)
		}
	}
}

// What a program does before it waits for its input is done when the sandbox says that it is ready.
func TestAheadIsReadyWhenItsProgramWaits(t *testing.T) {
	booted := filepath.Join(t.TempDir(), "booted")
	boot := "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done; echo > " + booted + "; cat"
	selected := &ahead{oneshot: oneshot{argv: []string{"sh", "-c", boot}}}
	selected.prepare(prepareRequest{timeoutMs: 60_000}, nil)
	if _, err := os.Stat(booted); err != nil {
		t.Fatal(err)
	}
	selected.waiting.program.finish()
}

func TestAheadGivesUpWaitingForAProgramThatIsNeverAtRest(t *testing.T) {
	selected := &ahead{oneshot: oneshot{argv: []string{"sh", "-c", "while :; do :; done"}}}
	selected.prepare(prepareRequest{timeoutMs: 100}, nil)
	selected.waiting.program.finish()
}

func TestAheadServesALaterJobAnew(t *testing.T) {
	job := jobFrame(20_000, 1000, 100, []byte("in"))
	for i, got := range converse(t, &ahead{oneshot: oneshot{argv: []string{"cat"}}}, "", job, job) {
		if got != (result{succeeded, false, 0, "in", ""}) {
			t.Fatalf("job %d: %+v", i, got)
		}
	}
}

func TestOneshotFindsItsBundle(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bundle")
	plain := oneshot{argv: []string{"sh", path}, bundlePath: path}
	for _, selected := range []program{&plain, &ahead{oneshot: plain}} {
		got := converse(t, selected, "echo bundled", jobFrame(2000, 100, 100, nil))[0]
		if got != (result{succeeded, false, 0, "bundled\n", ""}) {
			t.Fatalf("%+v", got)
		}
	}
}

func TestStream(t *testing.T) {
	good := result{succeeded, false, 0, "A", "called\n"}
	first := result{succeeded, false, 0, "A", "starting\ncalled\n"}
	for name, row := range map[string]struct {
		kit, bundle string
		inputs      []string
		want        []result
	}{
		"calls":   {"plain", "", []string{"a", "a", "a"}, []result{first, good, good}},
		"bundle":  {"bundled", "b", []string{"a"}, []result{{succeeded, false, 0, "bA", "starting\ncalled\n"}}},
		"refusal": {"plain", "", []string{"refuse", "a"}, []result{{functionError, false, 1, "", "starting\ncalled\nI will not"}, good}},
		"exit":    {"plain", "", []string{"exit"}, []result{{functionError, false, 0, "", "starting\ncalled\n"}}},
		"last words": {"plain", "", []string{"last words"},
			[]result{{functionError, false, 4, "", "starting\ncalled\nfarewell\n"}}},
		"garbage": {"plain", "", []string{"garbage"}, []result{{functionError, false, 137, "", "starting\ncalled\n"}}},
		"hang":    {"plain", "", []string{"hang"}, []result{{timedOut, false, 137, "", "starting\ncalled\n"}}},
		"too much": {"plain", "", []string{strings.Repeat("x", 1001)},
			[]result{{outputLimit, false, 137, "", "starting\ncalled\n"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("KIT", row.kit)
			var jobs [][]byte
			for i, input := range row.inputs {
				jobs = append(jobs, jobFrame(patience(row.want[i]), 1000, 100, []byte(input)))
			}
			got := converse(t, &stream{argv: []string{os.Args[0]}}, row.bundle, jobs...)
			for i := range row.want {
				if got[i] != row.want[i] {
					t.Fatalf("call %d: got %+v", i, got[i])
				}
			}
		})
	}
}

// impatient waits less long for its kit than it is told to.
type impatient struct{ stream }

func (p *impatient) prepare(_ prepareRequest, bundle []byte) {
	p.stream.prepare(prepareRequest{timeoutMs: 1000}, bundle)
}

func TestStreamThatIsNotReady(t *testing.T) {
	for kit, code := range map[string]int32{"dies": 3, "never-ready": 137} {
		t.Run(kit, func(t *testing.T) {
			t.Setenv("KIT", kit)
			got := converse(t, &impatient{stream{argv: []string{os.Args[0]}}}, "", jobFrame(500, 10, 1000, nil))[0]
			if got.outcome != functionError || got.code != code || !strings.Contains(got.log, "ready") {
				t.Fatalf("%+v", got)
			}
		})
	}
}

func TestServeReturnsWhenTheDaemonIsGone(t *testing.T) {
	in := bytes.NewReader(append(prepareFrame(1000, nil), jobFrame(300, 10, 10, nil)...))
	fromSession, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	started := time.Now()
	err = newSession(in, out, &oneshot{argv: []string{"sleep", "60"}}).serve()
	if returned := time.Since(started); err != io.EOF || returned > 300*time.Millisecond {
		t.Fatal(returned, err)
	}
	readResult(t, fromSession)
}
