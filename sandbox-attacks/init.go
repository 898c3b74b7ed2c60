package main

import (
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// signalInit sends process 1 every signal by every way.
func signalInit([]string) {
	for number := syscall.Signal(1); number <= 64; number++ {
		_ = syscall.Kill(1, number)
		_ = raw(syscall.SYS_TGKILL, 1, 1, uintptr(number))
		_ = raw(syscall.SYS_TKILL, 1, uintptr(number))
		information := [128]byte{}
		information[8] = 0xff // SI_QUEUE, as a process may say
		information[9], information[10], information[11] = 0xff, 0xff, 0xff
		_ = raw(syscall.SYS_RT_SIGQUEUEINFO, 1, uintptr(number), pointer(&information))
	}
	// All others, if there were any.
	_ = syscall.Kill(-1, syscall.SIGCONT)
}

// openFilesOfInit tries what below /proc belongs to process 1: everything to be written, and the secret part to be read.
func openFilesOfInit([]string) {
	const own = "/proc/1"
	entries, err := os.ReadDir(own)
	if err != nil {
		return
	}
	for _, entry := range entries {
		if !entry.IsDir() && entry.Type()&os.ModeSymlink == 0 {
			// Some can be opened, and ask who it is when something is written.
			refused("write "+own+"/"+entry.Name(), os.WriteFile(own+"/"+entry.Name(), []byte("1"), 0))
		}
	}
	for _, folder := range []string{"/fd", "/fdinfo", "/root", "/cwd", "/map_files"} {
		readFiles([]string{own + folder})
	}
	for _, file := range []string{"/mem", "/environ", "/maps", "/auxv", "/exe", "/stack", "/syscall", "/fd/0", "/fd/1", "/fd/2"} {
		readFiles([]string{own + file})
		openForWriting([]string{own + file})
	}
	for _, name := range []string{"ipc", "mnt", "net", "pid", "user", "uts"} {
		_, err := os.Readlink(own + "/ns/" + name)
		refused("see the namespace "+name+" of process 1", err)
	}
}

// limitInit tries to take away from process 1 what it needs to go on.
func limitInit([]string) {
	none := [2]uint64{0, 0}
	for resource := uintptr(0); resource < 16; resource++ {
		refused("set limit "+strconv.Itoa(int(resource))+" of process 1",
			raw(syscall.SYS_PRLIMIT64, 1, resource, pointer(&none), 0))
	}
}

// readMemoryOfInit tries to read and to write the memory of process 1, and to take its descriptors.
func readMemoryOfInit([]string) {
	own := [8]byte{}
	local := syscall.Iovec{Base: &own[0], Len: 8}
	// The first page of a Go program's text.
	remote := struct{ address, length uintptr }{0x400000, 8}
	for name, call := range map[string]uintptr{"read": sysProcessVmReadv, "write": sysProcessVmReadv + 1} {
		refused(name+" the memory of process 1", raw(call, 1, pointer(&local), 1, pointer(&remote), 1))
	}
	const attach, seize = 16, 0x4206
	refused("attach to process 1", raw(syscall.SYS_PTRACE, attach, 1))
	refused("seize process 1", raw(syscall.SYS_PTRACE, seize, 1))
	const sysPidfdOpen = 434
	if descriptor, _, failure := syscall.RawSyscall(sysPidfdOpen, 1, 0, 0); failure == 0 {
		refused("take a descriptor of process 1", raw(sysPidfdGetfd, descriptor, 1))
	}
}

// starveInit gives process 1 the last place in the queue for the processor, and takes all there is.
func starveInit(arguments []string) {
	_ = syscall.Setpriority(syscall.PRIO_PROCESS, 1, 19)
	_ = syscall.Setpriority(syscall.PRIO_USER, os.Getuid(), 19)
	const idle = 5
	priority := int32(0)
	_ = raw(syscall.SYS_SCHED_SETSCHEDULER, 1, idle, pointer(&priority))
	spinForEver(arguments)
}

// makeInitTheVictim fills memory in ways that count as nobody's, so that process 1 is the largest when none is left.
func makeInitTheVictim([]string) {
	_ = os.WriteFile("/proc/self/oom_score_adj", []byte("-1000"), 0)
	for i := range 64 {
		file, err := os.OpenFile("/tmp/"+strconv.Itoa(i), os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			break
		}
		if _, err := file.WriteString(strings.Repeat("x", mebibyte)); err != nil {
			break
		}
	}
	fillMemoryFiles([]string{"256"})
}

// forgeFaults makes process 1 believe that it has made a mistake of the kind that ends programs: by signals with a false
// reason, and by files that send a signal to process 1 when there is something to read.
func forgeFaults([]string) {
	faults := []syscall.Signal{syscall.SIGSEGV, syscall.SIGBUS, syscall.SIGFPE, syscall.SIGILL, syscall.SIGTRAP,
		syscall.SIGSYS, syscall.SIGSTKFLT, syscall.SIGABRT, syscall.SIGKILL}
	for _, fault := range faults {
		for code := int32(-1); code > -8; code-- {
			information := [32]int32{int32(fault), 0, code}
			_ = raw(syscall.SYS_RT_SIGQUEUEINFO, 1, uintptr(fault), pointer(&information))
			_ = raw(sysRtTgsigqueueinfo, 1, 1, uintptr(fault), pointer(&information))
		}
		signalByFile(fault)
		time.Sleep(10 * time.Millisecond)
	}
}

func signalByFile(signal syscall.Signal) {
	const setOwner, setSignal = 8, 10 // F_SETOWN and F_SETSIG of fcntl(2)
	ends, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		return
	}
	_ = raw(syscall.SYS_FCNTL, uintptr(ends[0]), setOwner, 1)
	_ = raw(syscall.SYS_FCNTL, uintptr(ends[0]), setSignal, uintptr(signal))
	_ = raw(syscall.SYS_FCNTL, uintptr(ends[0]), syscall.F_SETFL, syscall.O_ASYNC|syscall.O_NONBLOCK)
	_, _ = syscall.Write(ends[1], []byte{1})
	_ = syscall.Close(ends[0])
	_ = syscall.Close(ends[1])
}
