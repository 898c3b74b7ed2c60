package main

import (
	"os"
	"strconv"
	"syscall"
)

// Flags of clone(2) and unshare(2).
var namespaceFlags = map[string]uintptr{
	"cgroup": 0x02000000, "ipc": 0x08000000, "mount": 0x00020000, "network": 0x40000000,
	"process": 0x20000000, "user": 0x10000000, "host name": 0x04000000,
}

// makeNamespaces tries to get namespaces of its own, in which it would be root.
func makeNamespaces([]string) {
	for name, flag := range namespaceFlags {
		refused("leave the "+name+" namespace", raw(syscall.SYS_UNSHARE, flag))
		pid, failure := clone(flag)
		if failure == 0 && pid == 0 {
			exitNow(0)
		}
		if failure == 0 {
			waitFor(pid)
			breach("clone into a", name, "namespace")
		}
	}
	const userNamespace = 0x10000000
	arguments := struct{ flags, pidfd, childTid, parentTid, exitSignal, rest uint64 }{flags: userNamespace, exitSignal: 17}
	pid, _, failure := syscall.RawSyscall(sysClone3, pointer(&arguments), 64, 0)
	if failure == 0 && pid == 0 {
		exitNow(0)
	}
	if failure == 0 {
		breach("clone into a user namespace by clone3")
	}
	for _, name := range []string{"ipc", "mnt", "net", "pid", "user", "uts"} {
		if descriptor, err := syscall.Open("/proc/1/ns/"+name, syscall.O_RDONLY, 0); err == nil {
			refused("enter the "+name+" namespace of process 1", raw(sysSetns, uintptr(descriptor), 0))
		}
	}
}

// compareNamespaces looks whether this process is in one of the host's namespaces, which are given as the host sees them.
func compareNamespaces(hosts []string) {
	for _, host := range hosts {
		for _, name := range []string{"ipc", "mnt", "net", "pid", "uts"} {
			if own, err := os.Readlink("/proc/self/ns/" + name); err == nil && own == host {
				breach("be in the host's", own)
			}
		}
	}
}

// mountThings tries each way to change what is mounted, and to change the root.
func mountThings(arguments []string) {
	folder := arguments[0]
	refused("mount a tmpfs", syscall.Mount("none", folder, "tmpfs", 0, ""))
	refused("mount proc", syscall.Mount("proc", folder, "proc", 0, ""))
	refused("mount a cgroup", syscall.Mount("none", folder, "cgroup", 0, "devices"))
	refused("mount an overlay", syscall.Mount("none", folder, "overlay", 0, "lowerdir=/,upperdir=/tmp,workdir=/tmp"))
	refused("bind the root", syscall.Mount("/", folder, "", syscall.MS_BIND|syscall.MS_REC, ""))
	refused("make the root writable", syscall.Mount("", "/", "", syscall.MS_REMOUNT|syscall.MS_BIND, ""))
	refused("make the root shared", syscall.Mount("", "/", "", syscall.MS_SHARED|syscall.MS_REC, ""))
	refused("unmount "+folder, syscall.Unmount(folder, 0))
	refused("unmount /proc", syscall.Unmount("/proc", 2))
	refused("change the root", syscall.Chroot(folder))
	refused("pivot the root", syscall.PivotRoot(".", "."))
}

// makeSystemCalls makes each system call that a function never needs, with nothing in its arguments. One that answers with
// another error than that it is not permitted, or not there, has reached the kernel behind the filter.
func makeSystemCalls([]string) {
	for name, call := range neverNeeded {
		pid, failure := clone(0)
		if failure != 0 {
			breach("nothing: cannot make a process")
			return
		}
		if pid == 0 {
			// In a process of its own, as some change the one that makes them.
			_, _, reason := syscall.RawSyscall6(call, 0, 0, 0, 0, 0, 0)
			exitNow(uintptr(reason))
		}
		status := waitFor(pid)
		reason := syscall.Errno(status.ExitStatus())
		if status.Exited() && reason != syscall.EPERM && reason != syscall.ENOSYS {
			breach("reach", name, "which says", strconv.Itoa(status.ExitStatus()))
		}
	}
}

// traceItself asks to be traced, which any process may, and looks into another process of its own.
func traceItself([]string) {
	pid, failure := clone(0)
	if failure == 0 && pid == 0 {
		_, _, reason := syscall.RawSyscall(syscall.SYS_PTRACE, 0, 0, 0)
		exitNow(uintptr(reason))
	}
	if status := waitFor(pid); failure == 0 && status.Exited() && status.ExitStatus() == 0 {
		breach("be traced")
	}
	here, there := [8]byte{1}, [8]byte{2}
	local := syscall.Iovec{Base: &here[0], Len: 8}
	remote := syscall.Iovec{Base: &there[0], Len: 8}
	refused("read a process's memory",
		raw(sysProcessVmReadv, uintptr(os.Getpid()), pointer(&local), 1, pointer(&remote), 1))
	const noRandomAddresses = 0x0040000
	refused("have fixed addresses", raw(sysPersonality, noRandomAddresses))
}

// openSocketFamilies tries the kinds of sockets that no function needs. Each is refused before the kernel looks for its
// family, so that no module is loaded.
func openSocketFamilies([]string) {
	for family := uintptr(0); family < 46; family++ {
		switch family {
		case syscall.AF_UNIX, syscall.AF_INET, syscall.AF_INET6:
			continue
		}
		descriptor, _, failure := syscall.RawSyscall(syscall.SYS_SOCKET, family, syscall.SOCK_RAW, 0)
		if failure == 0 {
			_ = syscall.Close(int(descriptor))
		}
		if failure != syscall.EPERM {
			breach("reach the socket family", strconv.Itoa(int(family)))
		}
	}
}

// callAsLegacyProgram makes system calls by the doors for older programs, past a filter that only looks at one.
func callAsLegacyProgram([]string) {
	for name, call := range legacyDoors {
		pid, failure := clone(0)
		if failure == 0 && pid == 0 {
			exitNow(call())
		}
		if status := waitFor(pid); failure == 0 && status.Exited() && status.ExitStatus() == 0 {
			breach("make a call as", name)
		}
	}
}

// readMaskedFiles looks for what the kernel says of the whole machine.
func readMaskedFiles(paths []string) {
	readFiles(paths)
}

// readHostName looks whether it has the host's name, which is given.
func readHostName(arguments []string) {
	if name, err := os.Hostname(); err != nil || name == arguments[0] {
		breach("be called", name)
	}
}
