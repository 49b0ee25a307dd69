/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_SERVICE_SERVICE_H
#define LIB_SERVICE_SERVICE_H

#include <stdbool.h>

#include <stdint.h>

#include "lib/base/why.h"
#include "lib/config/config.h"
#include "lib/run/task.h"
#include "lib/sys/socket.h"

/*
 * The skeleton of every daemon but master. service_run() reads what master says on the command line
 * (worker_options.h), loads the configuration, opens the log on the descriptor it was handed, calls
 * open_privileged(), gives up root and enters its walls, calls open(), then accepts clients on the
 * inherited sockets: one task each, `serve`. It tells master how many sessions it has, drains when
 * told or when master is gone, and ends when idle for max_idle.
 *
 * Draining: no more clients are accepted, drain() runs, and what is open is finished; a service that
 * is `single` must make room for its successor, so once its drain() is done its sessions are
 * cancelled. An order to stop cancels drain() and sessions at once. Then close(), and the end.
 */
enum service_user {
	SERVICE_USER_MAIL,    /* mail_owner: may touch the spool */
	SERVICE_USER_NETWORK, /* network_owner: may not */
	SERVICE_USER_ROOT,    /* local, virtual: a small parent keeps root */
};

enum service_wall {
	WALL_NET = 1 << 0,   /* may make and accept network connections */
	WALL_IPC = 1 << 1,   /* may connect to UNIX sockets of the suite */
	WALL_SPOOL = 1 << 2, /* may write the spool */
	WALL_FORK = 1 << 3,  /* may make child processes */
};

struct client {
	int fd; /* owned by serve() */
	struct endpoint peer;
	struct endpoint local;
	const char *service; /* name in master.cf */
	bool is_unix;
	struct peer_ids ids; /* of a UNIX client */
};

struct service {
	const char *name; /* program name */
	enum service_user user;
	unsigned walls;
	bool single; /* at most one process at any time: a successor waits for our end (qmgr) */
	/* Each may be NULL. Failing says why and ends the process (with words in the log). */
	int (*open_privileged)(const struct config *c, struct why *why);
	PARKS int (*open)(const struct config *c, struct why *why); /* in a task, rights dropped */
	PARKS void (*serve)(struct client *client); /* in a task of its own; owns client->fd */
	PARKS void (*wake)(void);  /* at start, and each time the wake-up column says; in a task */
	PARKS void (*drain)(void); /* finish work that is no session; in a task */
	PARKS void (*close)(void); /* all sessions have ended; last work before exit */
};

/* main() of a daemon. Returns the exit status (sysexits). */
MUST_USE int service_run(const struct service *s, int argc, char **argv);

/*
 * The configuration of this process; valid from open_privileged() on. While all processes of a
 * network service are full, one in which $stress is yes: who asks when a session begins, and keeps
 * it until that ends, has values that fit. Both are there until the process ends.
 */
const struct config *service_config(void);

/* What follows the options on the command line, up to NULL: the arguments of pipe(8). */
char *const *service_arguments(void);

/* True once master asked us to finish: another process of the service takes new clients. */
bool service_is_draining(void);

/* True once the mail system stops: long sessions say 421 and end at the next chance. */
bool service_is_stopping(void);

#endif
