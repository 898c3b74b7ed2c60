package main

import "syscall"

const (
	sysRtTgsigqueueinfo = 240
	sysMemfdCreate      = 279
	sysProcessVmReadv   = 270
	sysSetns            = 268
	sysPersonality      = syscall.SYS_PERSONALITY
)

var neverNeeded = map[string]uintptr{
	"acct": syscall.SYS_ACCT, "add_key": syscall.SYS_ADD_KEY, "adjtimex": syscall.SYS_ADJTIMEX, "bpf": 280,
	"chroot": syscall.SYS_CHROOT, "clock_adjtime": 266, "clock_settime": syscall.SYS_CLOCK_SETTIME,
	"delete_module": syscall.SYS_DELETE_MODULE, "fanotify_init": 262, "finit_module": 273,
	"get_mempolicy": syscall.SYS_GET_MEMPOLICY, "init_module": syscall.SYS_INIT_MODULE,
	"io_setup": syscall.SYS_IO_SETUP, "ioprio_set": syscall.SYS_IOPRIO_SET, "kcmp": 272, "kexec_file_load": 294,
	"kexec_load": syscall.SYS_KEXEC_LOAD, "keyctl": syscall.SYS_KEYCTL, "lookup_dcookie": syscall.SYS_LOOKUP_DCOOKIE,
	"mbind": syscall.SYS_MBIND, "migrate_pages": syscall.SYS_MIGRATE_PAGES, "mount": syscall.SYS_MOUNT,
	"move_pages": syscall.SYS_MOVE_PAGES, "mq_open": syscall.SYS_MQ_OPEN, "name_to_handle_at": 264,
	"open_by_handle_at": 265, "perf_event_open": 241, "pivot_root": syscall.SYS_PIVOT_ROOT,
	"process_vm_readv": sysProcessVmReadv, "process_vm_writev": 271, "ptrace": syscall.SYS_PTRACE,
	"quotactl": syscall.SYS_QUOTACTL, "reboot": syscall.SYS_REBOOT, "remap_file_pages": syscall.SYS_REMAP_FILE_PAGES,
	"request_key": syscall.SYS_REQUEST_KEY, "set_mempolicy": syscall.SYS_SET_MEMPOLICY,
	"setdomainname": syscall.SYS_SETDOMAINNAME, "sethostname": syscall.SYS_SETHOSTNAME, "setns": sysSetns,
	"settimeofday": syscall.SYS_SETTIMEOFDAY, "swapoff": syscall.SYS_SWAPOFF, "swapon": syscall.SYS_SWAPON,
	"syslog": syscall.SYS_SYSLOG, "umount2": syscall.SYS_UMOUNT2, "unshare": syscall.SYS_UNSHARE, "userfaultfd": 282,
	"vhangup": syscall.SYS_VHANGUP,
}

// There is one door on this platform.
var legacyDoors = map[string]func() uintptr{}
