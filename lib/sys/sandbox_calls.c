/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A seccomp filter, written as the kernel takes it. It names what is refused, not what is allowed:
 * the C library, the data base and the name service make calls of their own, which change with
 * their versions, and a list of allowed calls that misses one breaks mail in a rare branch. What is
 * refused here is what turns a taken-over process into a taken-over machine.
 *
 * Each refused call is two instructions (equal? refuse), so that there are no jumps to count.
 */
#include "lib/sys/sandbox.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/base/bug.h"

#if defined(__x86_64__)
#define THIS_MACHINE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define THIS_MACHINE AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define THIS_MACHINE AUDIT_ARCH_RISCV64
#else
#define THIS_MACHINE 0
#endif

/* The other call table of x86-64 processes (x32): its numbers carry this bit. */
#define X32_BIT 0x40000000u

#define REFUSE(error) (SECCOMP_RET_ERRNO | (error))

#define FIELD_NUMBER  ((uint32_t)offsetof(struct seccomp_data, nr))
#define FIELD_MACHINE ((uint32_t)offsetof(struct seccomp_data, arch))
/* The low half of the first argument; both machines with a filter are little-endian. */
#define FIELD_FIRST ((uint32_t)offsetof(struct seccomp_data, args))

/* clang-format off */
static const int refused[] = {
	/* other processes */
	SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_pidfd_getfd, SYS_kcmp,
	/* the shape of the file system */
	SYS_mount, SYS_umount2, SYS_pivot_root, SYS_chroot, SYS_setns, SYS_unshare,
	SYS_open_by_handle_at, SYS_mknodat, SYS_quotactl, SYS_fanotify_init,
	/* the kernel and the machine */
	SYS_init_module, SYS_finit_module, SYS_delete_module, SYS_kexec_load, SYS_reboot,
	SYS_swapon, SYS_swapoff, SYS_acct, SYS_bpf, SYS_perf_event_open, SYS_userfaultfd,
	SYS_io_uring_setup, SYS_syslog, SYS_vhangup, SYS_personality,
	/* clocks, names, keys */
	SYS_settimeofday, SYS_clock_settime, SYS_clock_adjtime, SYS_adjtimex, SYS_sethostname,
	SYS_setdomainname, SYS_add_key, SYS_request_key, SYS_keyctl,
#ifdef __x86_64__
	SYS_kexec_file_load, SYS_iopl, SYS_ioperm, SYS_modify_ldt, SYS_mknod,
#endif
};

/* Without SANDBOX_CALL_FORK. */
static const int refused_alone[] = {
	SYS_execve, SYS_execveat, SYS_tkill, SYS_pidfd_send_signal,
#ifdef __x86_64__
	SYS_fork, SYS_vfork,
#endif
};
/* clang-format on */

#define PROGRAM_MAX 256

struct program {
	struct sock_filter code[PROGRAM_MAX];
	unsigned short n;
};

static void
add(struct program *p, struct sock_filter instruction)
{
	BUG_ON(p->n == PROGRAM_MAX);
	p->code[p->n++] = instruction;
}

static void
load(struct program *p, uint32_t field)
{
	add(p, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, field));
}

static void
answer(struct program *p, uint32_t verdict)
{
	add(p, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, verdict));
}

/* The next `count` instructions are for this value only. */
static void
if_equal(struct program *p, uint32_t value, uint8_t count)
{
	add(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, count));
}

static void
refuse_each(struct program *p, const int *calls, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if_equal(p, (uint32_t)calls[i], 1);
		answer(p, REFUSE(EPERM));
	}
}

/* The call table must be ours, or the numbers mean something else. */
static void
check_machine(struct program *p)
{
	load(p, FIELD_MACHINE);
	add(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, THIS_MACHINE, 1, 0));
	answer(p, REFUSE(EPERM));
	load(p, FIELD_NUMBER);
#ifdef __x86_64__
	add(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 0, 1));
	answer(p, REFUSE(EPERM));
#endif
}

/* Routing messages are how the C library learns which address families the machine has. */
static void
check_socket(struct program *p, bool inet)
{
	uint8_t skip = inet ? 8 : 4;

	if_equal(p, SYS_socket, skip);
	load(p, FIELD_FIRST);
	if_equal(p, AF_UNIX, 1);
	answer(p, SECCOMP_RET_ALLOW);
	if (inet) {
		add(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_INET, 2, 0));
		add(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_INET6, 1, 0));
		if_equal(p, AF_NETLINK, 1);
		answer(p, SECCOMP_RET_ALLOW);
	}
	answer(p, REFUSE(EAFNOSUPPORT));
}

/* Threads are made by clone(), once clone3() is said to be missing: its flags are out of reach. */
static void
check_fork(struct program *p)
{
	refuse_each(p, refused_alone, ARRAY_LEN(refused_alone));
	if_equal(p, SYS_clone3, 1);
	answer(p, REFUSE(ENOSYS));
	if_equal(p, SYS_clone, 4);
	load(p, FIELD_FIRST);
	add(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 0, 1));
	answer(p, SECCOMP_RET_ALLOW);
	answer(p, REFUSE(EPERM));
	if_equal(p, SYS_kill, 4);
	load(p, FIELD_FIRST);
	if_equal(p, (uint32_t)getpid(), 1);
	answer(p, SECCOMP_RET_ALLOW);
	answer(p, REFUSE(EPERM));
}

int
sandbox_calls_enter(unsigned allowed)
{
	struct program p = { .n = 0 };
	struct sock_fprog filter = { .filter = p.code };

	if (THIS_MACHINE == 0)
		return -ENOSYS;
	check_machine(&p);
	refuse_each(&p, refused, ARRAY_LEN(refused));
	if ((allowed & SANDBOX_CALL_FORK) == 0)
		check_fork(&p);
	check_socket(&p, (allowed & SANDBOX_CALL_INET) != 0);
	answer(&p, SECCOMP_RET_ALLOW);
	filter.len = p.n;
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, &filter) <
	    0)
		return -errno;
	return 0;
}
