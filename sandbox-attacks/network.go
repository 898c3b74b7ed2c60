package main

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// connectOut tries to send to each address, given as tcp|udp/address/port, and to the Internet's and the machine's own.
// Nothing may even leave: whatever takes time, or is answered by somebody, has got out.
func connectOut(targets []string) {
	for _, target := range targets {
		parts := strings.Split(target, "/")
		err := connect(parts[0], parts[1], number(parts[2]))
		// The sandbox's own loopback, where nobody listens.
		own := strings.HasPrefix(parts[1], "127.") && errors.Is(err, syscall.ECONNREFUSED)
		if !own && !staysIn(err) {
			breach("reach", target, "which says", errorText(err))
		}
	}
}

func staysIn(err error) bool {
	for _, expected := range []error{
		syscall.ENETUNREACH, syscall.EHOSTUNREACH, syscall.ENETDOWN, syscall.EADDRNOTAVAIL, syscall.EPERM,
		syscall.EACCES, syscall.EAFNOSUPPORT,
	} {
		if errors.Is(err, expected) {
			return true
		}
	}
	return false
}

func errorText(err error) string {
	if err == nil {
		return "nothing against it"
	}
	return err.Error()
}

func connect(protocol, address string, port int) error {
	family, kind := syscall.AF_INET, syscall.SOCK_STREAM
	if strings.Contains(address, ":") {
		family = syscall.AF_INET6
	}
	if protocol == "udp" {
		kind = syscall.SOCK_DGRAM
	}
	descriptor, err := syscall.Socket(family, kind|syscall.SOCK_NONBLOCK, 0)
	if err != nil {
		return err
	}
	if strings.HasPrefix(address, "127.") {
		// An answer from this machine comes at once.
		_ = syscall.SetNonblock(descriptor, false)
	}
	defer func() { _ = syscall.Close(descriptor) }()
	if family == syscall.AF_INET6 {
		return syscall.Connect(descriptor, &syscall.SockaddrInet6{Port: port, Addr: address6(address)})
	}
	return syscall.Connect(descriptor, &syscall.SockaddrInet4{Port: port, Addr: address4(address)})
}

func address4(text string) (address [4]byte) {
	for i, part := range strings.Split(text, ".") {
		address[i] = byte(number(part))
	}
	return address
}

// address6 reads an address with at most one gap.
func address6(text string) (address [16]byte) {
	before, after, _ := strings.Cut(text, "::")
	place := func(groups string, first int) {
		for i, group := range strings.Split(groups, ":") {
			value, _ := strconv.ParseUint(group, 16, 16)
			address[first+2*i], address[first+2*i+1] = byte(value>>8), byte(value)
		}
	}
	place(before, 0)
	if after != "" {
		place(after, 16-2*len(strings.Split(after, ":")))
	}
	return address
}

// openRawSockets tries to see, and to forge, what is on the wire.
func openRawSockets([]string) {
	for name, arguments := range map[string][3]int{
		"icmp":   {syscall.AF_INET, syscall.SOCK_RAW, syscall.IPPROTO_ICMP},
		"ip":     {syscall.AF_INET, syscall.SOCK_RAW, syscall.IPPROTO_RAW},
		"ip6":    {syscall.AF_INET6, syscall.SOCK_RAW, syscall.IPPROTO_RAW},
		"packet": {syscall.AF_PACKET, syscall.SOCK_RAW, 0x300},
	} {
		descriptor, err := syscall.Socket(arguments[0], arguments[1], arguments[2])
		refused("open a raw socket for "+name, err)
		if err == nil {
			_ = syscall.Close(descriptor)
		}
	}
}

// listenForOthers waits for so many milliseconds for somebody to connect to a port of its own on every address.
func listenForOthers(arguments []string) {
	descriptor, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_NONBLOCK, 0)
	if err == nil {
		_ = syscall.SetsockoptInt(descriptor, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1)
		err = syscall.Bind(descriptor, &syscall.SockaddrInet4{Port: number(arguments[0])})
	}
	if err == nil {
		err = syscall.Listen(descriptor, 1)
	}
	if err != nil {
		return
	}
	for range number(arguments[1]) / 10 {
		if _, _, err := syscall.Accept(descriptor); err == nil {
			breach("be reached from outside")
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// fallbackTunnels are made by the kernel in every network namespace when their module is loaded; they lead nowhere.
const fallbackTunnels = " erspan0 gre0 gretap0 ip6_vti0 ip6gre0 ip6tnl0 ip_vti0 sit0 tunl0 "

// listInterfaces looks for a network interface other than the own loopback.
func listInterfaces([]string) {
	text, err := os.ReadFile("/proc/net/dev")
	if err != nil {
		return
	}
	for _, line := range strings.Split(string(text), "\n") {
		name, _, found := strings.Cut(line, ":")
		name = strings.TrimSpace(name)
		if found && name != "lo" && !strings.Contains(fallbackTunnels, " "+name+" ") {
			breach("see the interface", name)
		}
	}
}

// connectAbstract tries sockets with a name and no file, or with a path.
func connectAbstract(names []string) {
	for _, name := range names {
		descriptor, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
		if err != nil {
			continue
		}
		refused("connect to "+name, syscall.Connect(descriptor, &syscall.SockaddrUnix{Name: name}))
		_ = syscall.Close(descriptor)
	}
}

// listProcesses looks for processes that are not of this sandbox: process 1 that the doctor names, and this one.
func listProcesses(arguments []string) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		breach("nothing: cannot list /proc:", err.Error())
	}
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil || pid == os.Getpid() {
			continue
		}
		line, _ := os.ReadFile("/proc/" + entry.Name() + "/cmdline")
		if name, _, _ := strings.Cut(string(line), "\x00"); name != arguments[0] {
			breach("see the process", entry.Name(), name)
		}
	}
}

// standBy is what another job looks like to the others: sockets, files and a process with a name.
func standBy(arguments []string) {
	name := arguments[0]
	descriptor, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err == nil {
		err = syscall.Bind(descriptor, &syscall.SockaddrUnix{Name: "@" + name})
	}
	if err == nil {
		err = syscall.Listen(descriptor, 16)
	}
	for _, folder := range []string{"/tmp/", "/dev/shm/"} {
		if err == nil {
			err = os.WriteFile(folder+name, []byte(name), 0o666)
		}
	}
	if err != nil {
		breach("nothing: cannot stand by:", err.Error())
		return
	}
	sleepForEver(nil)
}
