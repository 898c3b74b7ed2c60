package main

import (
	"os"
	"strings"
	"syscall"
)

// printIdentity is what this program says of itself when another of its attacks has started it in some way.
func printIdentity([]string) {
	status := ownStatus()
	_, _ = os.Stdout.WriteString(strings.Join(strings.Fields(status["Uid"]+" "+status["Gid"]), " ") +
		" " + status["CapEff"] + " " + status["CapPrm"] + "\n")
	os.Exit(0)
}

// executeAs starts each program of the image, which promises more rights, and compares who it runs as.
func executeAs(paths []string) {
	own, err := run("/proc/self/exe", "identity")
	if err != nil {
		breach("nothing: cannot start itself:", err.Error())
		return
	}
	for _, path := range paths {
		if _, err := os.Lstat(path); err != nil {
			breach("nothing: the image has no", path)
		}
		// A program that cannot be started at all gives nothing away.
		if other, err := run(path, "identity"); err == nil && other != own {
			breach("run", path, "as", other)
		}
	}
}

// holdCapabilities looks for capabilities in any set of this process.
func holdCapabilities([]string) {
	for name, value := range ownStatus() {
		if strings.HasPrefix(name, "Cap") && strings.Trim(value, "0") != "" {
			breach("hold", name, value)
		}
	}
}

// readOwnStatus compares lines of this process's status, given as Name=value.
func readOwnStatus(wanted []string) {
	status := ownStatus()
	for _, want := range wanted {
		name, value, _ := strings.Cut(want, "=")
		if status[name] != value {
			breach("the status", name, "is", status[name])
		}
	}
}

// becomeRoot tries to change user and groups.
func becomeRoot([]string) {
	refused("set the user", syscall.Setuid(0))
	refused("set the users", syscall.Setresuid(0, 0, 0))
	refused("set the group", syscall.Setgid(0))
	refused("set the groups", syscall.Setgroups([]int{0}))
	if os.Getuid() == 0 || os.Getgid() == 0 {
		breach("run as root")
	}
}

// raisePriority tries to take precedence over everything else on the machine.
func raisePriority([]string) {
	refused("raise the priority", syscall.Setpriority(syscall.PRIO_PROCESS, 0, -20))
	const fifo, roundRobin = 1, 2
	for _, policy := range []uintptr{fifo, roundRobin} {
		priority := int32(1)
		refused("be scheduled in real time", raw(syscall.SYS_SCHED_SETSCHEDULER, 0, policy, pointer(&priority)))
	}
	refused("read and write first", raw(syscall.SYS_IOPRIO_SET, 1, 0, 1<<13))
}

// lowerOomScore looks whether the sandbox is killed ahead of others when the machine is out of memory, by at least the
// score that is given, and tries to have others killed first.
func lowerOomScore(arguments []string) {
	score, err := os.ReadFile("/proc/1/oom_score_adj")
	if err != nil || number(strings.TrimSpace(string(score))) < number(arguments[0]) {
		breach("be killed no earlier than others:", strings.TrimSpace(string(score)))
	}
	for _, score := range []string{"-1000", "-1"} {
		refused("lower the own score to "+score, os.WriteFile("/proc/self/oom_score_adj", []byte(score), 0))
	}
}

func ownStatus() map[string]string {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		breach("nothing: cannot read the own status:", err.Error())
	}
	status := map[string]string{}
	for _, line := range strings.Split(string(text), "\n") {
		if name, value, found := strings.Cut(line, ":"); found {
			status[name] = strings.TrimSpace(value)
		}
	}
	return status
}
