package main

import (
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const pageBytes = 4096

// allocate takes so many MiB of memory, which must kill it.
func allocate(arguments []string) {
	size := number(arguments[0])
	for range size {
		piece, err := syscall.Mmap(-1, 0, mebibyte, syscall.PROT_READ|syscall.PROT_WRITE,
			syscall.MAP_ANON|syscall.MAP_PRIVATE)
		if err != nil {
			return
		}
		touch(piece)
	}
	breach("hold", strconv.Itoa(size), "MiB")
}

func touch(memory []byte) {
	for i := 0; i < len(memory); i += pageBytes {
		memory[i] = 1
	}
}

// fillMemoryFiles takes so many MiB of memory in anonymous files, which must kill it.
func fillMemoryFiles(arguments []string) {
	size := number(arguments[0])
	piece := make([]byte, mebibyte)
	for taken := 0; taken < size; {
		descriptor, err := memoryFile()
		if err != nil {
			return
		}
		for range 32 {
			if _, err := syscall.Write(descriptor, piece); err != nil {
				return
			}
			taken++
		}
	}
	breach("hold", strconv.Itoa(size), "MiB in files")
}

// fillPipes takes kernel memory in pipes, at most so many MiB.
func fillPipes(arguments []string) {
	limit := number(arguments[0]) * mebibyte
	const setPipeSize = 1031 // F_SETPIPE_SZ of fcntl(2)
	piece := make([]byte, pieceBytes)
	taken := 0
	for {
		var ends [2]int
		if syscall.Pipe2(ends[:], syscall.O_NONBLOCK) != nil {
			return
		}
		_ = raw(syscall.SYS_FCNTL, uintptr(ends[1]), setPipeSize, mebibyte)
		for {
			count, err := syscall.Write(ends[1], piece)
			if err != nil {
				break
			}
			taken += count
		}
		if taken > limit {
			breach("hold", strconv.Itoa(taken/mebibyte), "MiB in pipes")
			return
		}
	}
}

// lockMemory pins more memory than a job may.
func lockMemory(arguments []string) {
	memory, err := syscall.Mmap(-1, 0, number(arguments[0])<<10, syscall.PROT_READ|syscall.PROT_WRITE,
		syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err == nil {
		refused("lock "+arguments[0]+" KiB", syscall.Mlock(memory))
	}
	refused("lock all memory", syscall.Mlockall(1))
}

// readSwapLimit compares what the kernel holds the sandbox to: memory, and memory with swap.
func readSwapLimit([]string) {
	if swap, err := os.ReadFile("/sys/fs/cgroup/memory.swap.max"); err == nil {
		if strings.TrimSpace(string(swap)) != "0" {
			breach("swap up to", strings.TrimSpace(string(swap)))
		}
		return
	}
	const folder = "/sys/fs/cgroup/memory/memory."
	both, err := os.ReadFile(folder + "memsw.limit_in_bytes")
	memory, other := os.ReadFile(folder + "limit_in_bytes")
	if err != nil || other != nil {
		breach("nothing: cannot read the limit")
	} else if string(both) != string(memory) {
		breach("swap: memory", strings.TrimSpace(string(memory)), "and swap", strings.TrimSpace(string(both)))
	}
}

// forkBomb makes processes until it is refused, for more than there may be.
func forkBomb(arguments []string) {
	limit := number(arguments[0])
	var made []uintptr
	for {
		pid, failure := clone(0)
		if failure != 0 {
			break
		}
		if pid == 0 {
			pauseForEver()
		}
		if made = append(made, pid); len(made) > limit {
			breach("make", strconv.Itoa(len(made)), "processes")
			break
		}
	}
	killAndWait(made)
}

// forkForEver has every process make more, without an end.
func forkForEver([]string) {
	for {
		_, _ = clone(0)
	}
}

// leaveOrphans makes processes whose parents are gone, one after the other, for a second.
func leaveOrphans([]string) {
	for until := time.Now().Add(time.Second); time.Now().Before(until); {
		pid, failure := clone(0)
		if failure != 0 {
			continue
		}
		if pid == 0 {
			_, _ = clone(0)
			exitNow(0)
		}
		waitFor(pid)
	}
}

// startThreads makes threads until it is refused, for more than there may be.
func startThreads(arguments []string) {
	limit := number(arguments[0])
	const sameProcess = 0x50f00 // memory, folders, files, signals, System V, of clone(2)
	for count := 0; ; count++ {
		if count > limit {
			breach("start", strconv.Itoa(count), "threads")
			return
		}
		stack := make([]byte, pageBytes)
		if cloneThread(sameProcess, pointer(&stack[pageBytes-64])&^63) < 0 {
			return
		}
	}
}

// cloneThread makes a thread that waits for ever, below the runtime, and returns its number or an error's below zero.
func cloneThread(flags, stack uintptr) int

// openDescriptors opens files until it is refused, for more than there may be, and tries to raise the limit.
func openDescriptors(arguments []string) {
	limit := number(arguments[0])
	raised := syscall.Rlimit{Cur: uint64(limit) * 2, Max: uint64(limit) * 2}
	refused("raise the limit of open files", syscall.Setrlimit(syscall.RLIMIT_NOFILE, &raised))
	for count := 0; ; count++ {
		if _, err := syscall.Open("/dev/null", syscall.O_RDONLY, 0); err != nil {
			return
		}
		if count > limit {
			breach("open", strconv.Itoa(count), "files")
			return
		}
	}
}

// exceedQuota computes in four threads for some milliseconds and compares the processor time it got with the share, in
// percent of one processor.
func exceedQuota(arguments []string) {
	length, percent := time.Duration(number(arguments[0]))*time.Millisecond, number(arguments[1])
	runtime.GOMAXPROCS(4)
	begin := time.Now()
	done := make(chan struct{})
	for range 4 {
		go func() {
			for time.Since(begin) < length {
			}
			done <- struct{}{}
		}()
	}
	for range 4 {
		<-done
	}
	var usage syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	got := time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
	if got*100 > time.Since(begin)*time.Duration(percent) {
		breach("compute for", got.String(), "within", time.Since(begin).String())
	}
}

// spinForEver computes in so many threads.
func spinForEver(arguments []string) {
	threads := number(arguments[0])
	runtime.GOMAXPROCS(threads)
	for range threads {
		go func() {
			for {
			}
		}()
	}
	sleepForEver(nil)
}
