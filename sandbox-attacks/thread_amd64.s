#include "textflag.h"

// func cloneThread(flags, stack uintptr) int
TEXT ·cloneThread(SB), NOSPLIT, $0-24
	MOVQ flags+0(FP), DI
	MOVQ stack+8(FP), SI
	XORL DX, DX
	XORL R10, R10
	XORL R8, R8
	MOVL $56, AX // clone
	SYSCALL
	TESTQ AX, AX
	JEQ wait
	MOVQ AX, ret+16(FP)
	RET
wait:
	MOVL $34, AX // pause
	SYSCALL
	JMP wait
