/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * void context_jump(void **save, void *load)
 *
 * Pushes the registers that the ABI says a called function keeps, stores the stack pointer in
 * *save, takes `load` as stack pointer and pops the same registers from there. The frame layout is
 * the same on both sides, so that the unwinding rules hold on either side of the exchange; a
 * debugger that sets the stack pointer to a parked one, and the program counter to context_parked,
 * sees the parked task's frames (scripts/gdb_tasks.py).
 *
 * context_begin is what a new stack "returns" to: entry and arg wait in two kept registers
 * (context.c lays them there). It has no caller, and its unwinding rules say so.
 *
 * swapcontext() does the same with a system call, for the signal mask, in each switch.
 */
#if defined(__x86_64__)

	.text
	.globl context_jump
	.hidden context_jump
	.type context_jump, @function
	.p2align 4
context_jump:
	.cfi_startproc
	pushq %rbp
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset %rbp, 0
	pushq %rbx
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset %rbx, 0
	pushq %r12
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset %r12, 0
	pushq %r13
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset %r13, 0
	pushq %r14
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset %r14, 0
	pushq %r15
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset %r15, 0
	subq $8, %rsp
	.cfi_adjust_cfa_offset 8
	stmxcsr (%rsp)
	fnstcw 4(%rsp)
	movq %rsp, (%rdi)
	movq %rsi, %rsp
	.globl context_parked
	.hidden context_parked
context_parked:
	ldmxcsr (%rsp)
	fldcw 4(%rsp)
	addq $8, %rsp
	.cfi_adjust_cfa_offset -8
	popq %r15
	.cfi_adjust_cfa_offset -8
	.cfi_restore %r15
	popq %r14
	.cfi_adjust_cfa_offset -8
	.cfi_restore %r14
	popq %r13
	.cfi_adjust_cfa_offset -8
	.cfi_restore %r13
	popq %r12
	.cfi_adjust_cfa_offset -8
	.cfi_restore %r12
	popq %rbx
	.cfi_adjust_cfa_offset -8
	.cfi_restore %rbx
	popq %rbp
	.cfi_adjust_cfa_offset -8
	.cfi_restore %rbp
	ret
	.cfi_endproc
	.size context_jump, . - context_jump

	.globl context_begin
	.hidden context_begin
	.type context_begin, @function
	.p2align 4
	.cfi_startproc
	.cfi_undefined %rip
	nop /* a debugger looks for the rules one byte before the return address */
context_begin:
	movq %r13, %rdi
	xorl %ebp, %ebp
	call *%r12
	ud2
	.cfi_endproc
	.size context_begin, . - context_begin

#elif defined(__aarch64__)

	.text
	.globl context_jump
	.hidden context_jump
	.type context_jump, %function
	.p2align 4
context_jump:
	.cfi_startproc
	sub sp, sp, #176
	.cfi_adjust_cfa_offset 176
	stp x29, x30, [sp, #0]
	.cfi_rel_offset x29, 0
	.cfi_rel_offset x30, 8
	stp x19, x20, [sp, #16]
	.cfi_rel_offset x19, 16
	.cfi_rel_offset x20, 24
	stp x21, x22, [sp, #32]
	.cfi_rel_offset x21, 32
	.cfi_rel_offset x22, 40
	stp x23, x24, [sp, #48]
	.cfi_rel_offset x23, 48
	.cfi_rel_offset x24, 56
	stp x25, x26, [sp, #64]
	.cfi_rel_offset x25, 64
	.cfi_rel_offset x26, 72
	stp x27, x28, [sp, #80]
	.cfi_rel_offset x27, 80
	.cfi_rel_offset x28, 88
	stp d8, d9, [sp, #96]
	stp d10, d11, [sp, #112]
	stp d12, d13, [sp, #128]
	stp d14, d15, [sp, #144]
	mrs x9, fpcr
	str x9, [sp, #160]
	mov x9, sp
	str x9, [x0]
	mov sp, x1
	.globl context_parked
	.hidden context_parked
context_parked:
	ldr x9, [sp, #160]
	msr fpcr, x9
	ldp d14, d15, [sp, #144]
	ldp d12, d13, [sp, #128]
	ldp d10, d11, [sp, #112]
	ldp d8, d9, [sp, #96]
	ldp x27, x28, [sp, #80]
	ldp x25, x26, [sp, #64]
	ldp x23, x24, [sp, #48]
	ldp x21, x22, [sp, #32]
	ldp x19, x20, [sp, #16]
	ldp x29, x30, [sp, #0]
	add sp, sp, #176
	.cfi_adjust_cfa_offset -176
	.cfi_restore x29
	.cfi_restore x30
	.cfi_restore x19
	.cfi_restore x20
	.cfi_restore x21
	.cfi_restore x22
	.cfi_restore x23
	.cfi_restore x24
	.cfi_restore x25
	.cfi_restore x26
	.cfi_restore x27
	.cfi_restore x28
	ret
	.cfi_endproc
	.size context_jump, . - context_jump

	.globl context_begin
	.hidden context_begin
	.type context_begin, %function
	.p2align 4
	.cfi_startproc
	.cfi_undefined x30
	nop /* a debugger looks for the rules one byte before the return address */
context_begin:
	mov x0, x20
	mov x29, xzr
	blr x19
	brk #1
	.cfi_endproc
	.size context_begin, . - context_begin

#endif

#if defined(__linux__) && defined(__ELF__)
	.section .note.GNU-stack, "", %progbits
#endif
