#include "textflag.h"

// func cloneThread(flags, stack uintptr) int
TEXT ·cloneThread(SB), NOSPLIT, $0-24
	MOVD flags+0(FP), R0
	MOVD stack+8(FP), R1
	MOVD $0, R2
	MOVD $0, R3
	MOVD $0, R4
	MOVD $220, R8 // clone
	SVC
	CBZ R0, wait
	MOVD R0, ret+16(FP)
	RET
wait:
	MOVD $0, R0
	MOVD $0, R1
	MOVD $0, R2
	MOVD $0, R3
	MOVD $0, R4
	MOVD $73, R8 // ppoll
	SVC
	B wait
