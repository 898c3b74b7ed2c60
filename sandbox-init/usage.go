package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

const cgroupRoot = "/sys/fs/cgroup"

// usage is what the whole sandbox has used since it was made.
type usage struct {
	cpuUs       uint64
	peakBytes   uint64
	memoryKills uint64
}

// readUsage asks the control group, of either version, and where it is not to be seen the kernel's own count of
// children that have ended. Memory kills that cannot be seen count as none: the daemon then asks the engine.
func readUsage(root string) usage {
	var children syscall.Rusage
	// It fails only for a wrong argument.
	_ = syscall.Getrusage(syscall.RUSAGE_CHILDREN, &children)
	read := usage{
		cpuUs:     uint64(children.Utime.Nano()+children.Stime.Nano()) / 1000,
		peakBytes: uint64(children.Maxrss) << 10,
	}
	if us, ok := readKey(filepath.Join(root, "cpu.stat"), "usage_usec"); ok {
		read.cpuUs = us
	} else if ns, ok := readNumber(filepath.Join(root, "cpuacct", "cpuacct.usage")); ok {
		read.cpuUs = ns / 1000
	}
	for _, name := range []string{"memory.peak", "memory/memory.max_usage_in_bytes"} {
		if peak, ok := readNumber(filepath.Join(root, name)); ok {
			read.peakBytes = peak
		}
	}
	for _, name := range []string{"memory.events", "memory/memory.oom_control"} {
		if kills, ok := readKey(filepath.Join(root, name), "oom_kill"); ok {
			read.memoryKills = kills
		}
	}
	return read
}

func readNumber(path string) (uint64, bool) {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, false
	}
	number, err := strconv.ParseUint(string(bytes.TrimSpace(text)), 10, 64)
	return number, err == nil
}

// readKey reads the number behind a key in a file of lines "key number".
func readKey(path, key string) (uint64, bool) {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, false
	}
	for line := range bytes.Lines(text) {
		fields := bytes.Fields(line)
		if len(fields) == 2 && string(fields[0]) == key {
			number, err := strconv.ParseUint(string(fields[1]), 10, 64)
			return number, err == nil
		}
	}
	return 0, false
}
