/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Signals as input: blocked, and read from a descriptor that the loop watches like any other. No
 * handler ever runs, so nothing has to be safe against one.
 */
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "lib/sys/call.h"
#include "lib/sys/process.h"

int
sys_signals_open(const int *signals, size_t count)
{
	sigset_t set;
	int n;

	sigemptyset(&set);
	for (size_t i = 0; i < count; i++)
		sigaddset(&set, signals[i]);
	n = pthread_sigmask(SIG_BLOCK, &set, NULL);
	if (n != 0)
		return -n;
	n = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	return n < 0 ? -errno : n;
}

int
sys_signals_next(int fd)
{
	struct signalfd_siginfo info;
	ssize_t n;

	SYS_CALL(n, read(fd, &info, sizeof(info)));
	return n < 0 ? (int)n : (int)info.ssi_signo;
}

int
sys_signals_reset(void)
{
	sigset_t none;
	int n;

	for (int s = 1; s < NSIG; s++)
		(void)signal(s, SIG_DFL); /* fails for KILL and STOP, which need none */
	sigemptyset(&none);
	n = pthread_sigmask(SIG_SETMASK, &none, NULL);
	return -n;
}

int
sys_ignore_signal(int number)
{
	return signal(number, SIG_IGN) == SIG_ERR ? -errno : 0;
}
