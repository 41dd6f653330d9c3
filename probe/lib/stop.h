/* SPDX-License-Identifier: MIT */
/* The signals that end the program, held back while something must be cleared away before. */
#ifndef PROBE_LIB_STOP_H
#define PROBE_LIB_STOP_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

struct stop_hold {
	sigset_t held, before;
};

/* From now on SIGHUP, SIGINT and SIGTERM wait, but for those that the process ignores. */
void stop_hold(struct stop_hold *h);
/* Whether one of them waits. */
bool stop_waits(const struct stop_hold *h);
/* What waits takes effect before this returns. */
void stop_release(const struct stop_hold *h);

/* In a child: this signal comes when its parent ends. A change of user forgets it, so that comes before. */
void stop_with_parent(pid_t parent, int sig);

#endif
