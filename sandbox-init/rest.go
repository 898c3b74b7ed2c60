package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
)

const processRoot = "/proc"

func processFolder(pid int) string { return filepath.Join(processRoot, strconv.Itoa(pid)) }

// otherProcesses returns the folders of all processes that are to be seen but one.
func otherProcesses(own int) []string {
	entries, err := os.ReadDir(processRoot)
	if err != nil {
		return nil
	}
	var found []string
	for _, entry := range entries {
		if pid, err := strconv.Atoi(entry.Name()); err == nil && pid != own {
			found = append(found, processFolder(pid))
		}
	}
	return found
}

// isAtRest says whether every thread of these processes waits for something other than a disk.
func isAtRest(processes []string) bool {
	for _, process := range processes {
		threads, err := os.ReadDir(filepath.Join(process, "task"))
		if err != nil {
			// It has ended meanwhile.
			continue
		}
		for _, thread := range threads {
			if isBusy(filepath.Join(process, "task", thread.Name(), "stat")) {
				return false
			}
		}
	}
	return true
}

// isBusy reads a thread's state, the field behind its name in brackets (proc(5)).
func isBusy(stat string) bool {
	text, err := os.ReadFile(stat)
	if err != nil {
		return false
	}
	// The name may hold brackets itself.
	_, state, found := bytes.Cut(text[bytes.LastIndexByte(text, ')')+1:], []byte(" "))
	return found && len(state) > 0 && (state[0] == 'R' || state[0] == 'D')
}
