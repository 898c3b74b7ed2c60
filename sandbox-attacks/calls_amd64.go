package main

import "syscall"

const (
	sysRtTgsigqueueinfo = 297
	sysMemfdCreate      = 319
	sysProcessVmReadv   = 310
	sysSetns            = 308
	sysPersonality      = syscall.SYS_PERSONALITY
	// x32 is the bit that marks calls of programs with 32-bit addresses.
	x32 = 0x40000000
)

var neverNeeded = map[string]uintptr{
	"acct": syscall.SYS_ACCT, "add_key": syscall.SYS_ADD_KEY, "adjtimex": syscall.SYS_ADJTIMEX, "bpf": 321,
	"chroot": syscall.SYS_CHROOT, "clock_adjtime": 305, "clock_settime": syscall.SYS_CLOCK_SETTIME,
	"delete_module": syscall.SYS_DELETE_MODULE, "fanotify_init": 300, "finit_module": 313,
	"get_mempolicy": syscall.SYS_GET_MEMPOLICY, "init_module": syscall.SYS_INIT_MODULE, "ioperm": syscall.SYS_IOPERM,
	"iopl": syscall.SYS_IOPL, "io_setup": syscall.SYS_IO_SETUP, "ioprio_set": syscall.SYS_IOPRIO_SET, "kcmp": 312,
	"kexec_file_load": 320, "kexec_load": syscall.SYS_KEXEC_LOAD, "keyctl": syscall.SYS_KEYCTL,
	"lookup_dcookie": syscall.SYS_LOOKUP_DCOOKIE, "mbind": syscall.SYS_MBIND, "migrate_pages": syscall.SYS_MIGRATE_PAGES,
	"modify_ldt": syscall.SYS_MODIFY_LDT, "mount": syscall.SYS_MOUNT, "move_pages": syscall.SYS_MOVE_PAGES,
	"mq_open": syscall.SYS_MQ_OPEN, "name_to_handle_at": 303, "open_by_handle_at": 304, "perf_event_open": 298,
	"pivot_root": syscall.SYS_PIVOT_ROOT, "process_vm_readv": sysProcessVmReadv, "process_vm_writev": 311,
	"ptrace": syscall.SYS_PTRACE, "quotactl": syscall.SYS_QUOTACTL, "reboot": syscall.SYS_REBOOT,
	"remap_file_pages": syscall.SYS_REMAP_FILE_PAGES, "request_key": syscall.SYS_REQUEST_KEY,
	"set_mempolicy": syscall.SYS_SET_MEMPOLICY, "setdomainname": syscall.SYS_SETDOMAINNAME,
	"sethostname": syscall.SYS_SETHOSTNAME, "setns": sysSetns, "settimeofday": syscall.SYS_SETTIMEOFDAY,
	"swapoff": syscall.SYS_SWAPOFF, "swapon": syscall.SYS_SWAPON, "syslog": syscall.SYS_SYSLOG,
	"umount2": syscall.SYS_UMOUNT2, "unshare": syscall.SYS_UNSHARE, "uselib": syscall.SYS_USELIB,
	"userfaultfd": 323, "ustat": syscall.SYS_USTAT, "vhangup": syscall.SYS_VHANGUP,
}

// getpidAsI386 makes the system call 20, getpid, by interrupt 128.
func getpidAsI386() int32

// Each returns 0 if its call was made.
var legacyDoors = map[string]func() uintptr{
	"a 32-bit program": func() uintptr {
		if getpidAsI386() > 0 {
			return 0
		}
		return 1
	},
	"a program with 32-bit addresses": func() uintptr {
		_, _, failure := syscall.RawSyscall(x32|syscall.SYS_GETPID, 0, 0, 0)
		return uintptr(failure)
	},
}
