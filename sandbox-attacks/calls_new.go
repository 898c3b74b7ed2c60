package main

// Numbers that are the same on all platforms, since Linux 5.1.
const (
	sysPidfdSendSignal = 424
	sysIoUringSetup    = 425
	sysOpenTree        = 428
	sysMoveMount       = 429
	sysFsopen          = 430
	sysFsconfig        = 431
	sysFsmount         = 432
	sysFspick          = 433
	sysClone3          = 435
	sysPidfdGetfd      = 438
	sysProcessMadvise  = 440
	sysMountSetattr    = 442
	sysQuotactlFd      = 443
	sysMemfdSecret     = 447
	sysProcessMrelease = 448
	sysStatmount       = 457
	sysListmount       = 458
)

func init() {
	for name, call := range map[string]uintptr{
		"io_uring_setup": sysIoUringSetup, "io_uring_enter": 426, "io_uring_register": 427, "open_tree": sysOpenTree,
		"move_mount": sysMoveMount, "fsopen": sysFsopen, "fsconfig": sysFsconfig, "fsmount": sysFsmount,
		"fspick": sysFspick, "pidfd_getfd": sysPidfdGetfd, "process_madvise": sysProcessMadvise,
		"mount_setattr": sysMountSetattr, "quotactl_fd": sysQuotactlFd, "memfd_secret": sysMemfdSecret,
		"process_mrelease": sysProcessMrelease, "statmount": sysStatmount, "listmount": sysListmount,
	} {
		neverNeeded[name] = call
	}
}
