package main

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	pieceBytes = 64 << 10
	mebibyte   = 1 << 20
)

// readFiles tries to read each path, a file or a folder.
func readFiles(paths []string) {
	for _, path := range paths {
		file, err := os.Open(path)
		if err != nil {
			continue
		}
		var one [1]byte
		if count, _ := file.Read(one[:]); count > 0 {
			breach("read", path)
		} else if names, _ := file.Readdirnames(1); len(names) > 0 {
			breach("list", path)
		}
		_ = file.Close()
	}
}

// findFiles looks for paths that must not be there.
func findFiles(paths []string) {
	for _, path := range paths {
		if _, err := os.Lstat(path); err == nil {
			breach("find", path)
		}
	}
}

// waitForFile looks for a path that must not appear within so many milliseconds.
func waitForFile(arguments []string) {
	for range number(arguments[1]) / 20 {
		findFiles(arguments[:1])
		if breaches > 0 {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// openForWriting tries to open each path for writing, and writes nothing.
func openForWriting(paths []string) {
	for _, path := range paths {
		file, err := os.OpenFile(path, os.O_WRONLY, 0)
		refused("open for writing "+path, err)
		if err == nil {
			_ = file.Close()
		}
	}
}

// createFile tries to make a file, and then a folder and a link, in each folder.
func createFile(folders []string) {
	for _, folder := range folders {
		name := folder + "/planted"
		if file, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o600); err == nil {
			_ = file.Close()
			breach("create", name)
		}
		refused("make a folder in "+folder, os.Mkdir(name+".d", 0o700))
		refused("make a link in "+folder, os.Symlink("/", name+".l"))
	}
}

// fillFile writes to a path until it is refused, for more MiB than there may be.
func fillFile(arguments []string) {
	path, limit := arguments[0], number(arguments[1])*mebibyte
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		breach("nothing: cannot create", path)
		return
	}
	piece := make([]byte, pieceBytes)
	for written := 0; ; {
		count, err := file.Write(piece)
		written += count
		if err != nil {
			if !errors.Is(err, syscall.ENOSPC) {
				breach("another end than a full file system:", err.Error())
			}
			break
		}
		if written > limit {
			breach("write", strconv.Itoa(written), "bytes to", path)
			break
		}
	}
	_ = file.Close()
	_ = os.Remove(path)
}

// fillInodes makes files in a folder until it is refused, for more files than there may be.
func fillInodes(arguments []string) {
	folder, limit := arguments[0], number(arguments[1])
	for count := 0; ; count++ {
		if count > limit {
			breach("make", strconv.Itoa(count), "files in", folder)
			return
		}
		file, err := os.OpenFile(folder+"/"+strconv.Itoa(count), os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			return
		}
		_ = file.Close()
	}
}

// growSparseFile makes files that hold little longer than a file may be.
func growSparseFile(arguments []string) {
	length := int64(number(arguments[1])) * mebibyte
	file, err := os.OpenFile(arguments[0], os.O_CREATE|os.O_RDWR, 0o600)
	if err == nil {
		refused("grow "+arguments[0], file.Truncate(length))
		_ = file.Close()
	}
	if descriptor, err := memoryFile(); err == nil {
		refused("grow a memory file", syscall.Ftruncate(descriptor, length))
		_ = syscall.Close(descriptor)
	}
}

// executeCopy copies this program into a folder and tries to start it there.
func executeCopy(arguments []string) {
	target := arguments[0] + "/copy"
	content, err := os.ReadFile("/proc/self/exe")
	if err == nil {
		err = os.WriteFile(target, content, 0o700)
	}
	if err != nil {
		breach("nothing: cannot copy:", err.Error())
		return
	}
	if _, err := run(target, "identity"); err == nil {
		breach("execute", target)
	}
	_ = os.Remove(target)
}

// readMountOptions asks of each "path=option,option" whether the mount there has every option.
func readMountOptions(wanted []string) {
	text, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		breach("nothing: cannot read the mounts:", err.Error())
	}
	found := map[string]string{}
	for _, line := range strings.Split(string(text), "\n") {
		if words := strings.Fields(line); len(words) > 5 {
			found[words[4]] = "," + words[5] + ","
		}
	}
	for _, want := range wanted {
		path, options, _ := strings.Cut(want, "=")
		if _, err := os.Lstat(path); err != nil {
			// This machine has nothing there.
			continue
		}
		for _, option := range strings.Split(options, ",") {
			if !strings.Contains(found[path], ","+option+",") {
				breach("the mount", path, "has no", option)
			}
		}
	}
}

// openMessageQueue makes a POSIX message queue by its file system, which needs no system call of its own.
func openMessageQueue([]string) {
	file, err := os.OpenFile("/dev/mqueue/queue", os.O_CREATE|os.O_RDWR, 0o600)
	refused("make a message queue", err)
	if err == nil {
		_ = file.Close()
		_ = os.Remove("/dev/mqueue/queue")
	}
}

// raiseCoreLimit looks for a way to have a core dump written.
func raiseCoreLimit([]string) {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_CORE, &limit); err == nil && limit.Max != 0 {
		breach("core dumps may be written")
	}
	limit.Cur, limit.Max = 1, 1
	refused("raise the limit of core dumps", syscall.Setrlimit(syscall.RLIMIT_CORE, &limit))
}

// listDevices looks for device nodes other than those that every container has.
func listDevices([]string) {
	usual := " console core fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero "
	entries, err := os.ReadDir("/dev")
	if err != nil {
		breach("nothing: cannot list /dev:", err.Error())
	}
	for _, entry := range entries {
		if !strings.Contains(usual, " "+entry.Name()+" ") {
			breach("find /dev/" + entry.Name())
		}
	}
}

// makeDeviceNodes tries to make device nodes, and to open those that the image brought.
func makeDeviceNodes(arguments []string) {
	refused("make a block device", syscall.Mknod(arguments[0]+"/disk", syscall.S_IFBLK|0o600, 8<<8))
	refused("make a character device", syscall.Mknod(arguments[0]+"/memory", syscall.S_IFCHR|0o600, 1<<8|1))
	for _, path := range arguments[1:] {
		if _, err := os.Lstat(path); err != nil {
			breach("nothing: the image has no", path)
		}
		descriptor, err := syscall.Open(path, syscall.O_RDONLY|syscall.O_NONBLOCK, 0)
		refused("open "+path, err)
		if err == nil {
			_ = syscall.Close(descriptor)
		}
	}
}
