/* SPDX-License-Identifier: MIT */
/* Delays signals that end the program until cleanup is complete. */
#ifndef PROBE_LIB_STOP_H
#define PROBE_LIB_STOP_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

struct stop_hold {
	sigset_t held, before;
};

/* Blocks SIGHUP, SIGINT and SIGTERM, except those that the process ignores. */
void stop_hold(struct stop_hold *h);
/* Whether one of them is pending. */
bool stop_waits(const struct stop_hold *h);
/* Unblocks the signals; pending ones take effect before this returns. */
void stop_release(const struct stop_hold *h);

/* Called in a child: sends it this signal when its parent ends. A change of user resets it, so change the
 * user first. */
void stop_with_parent(pid_t parent, int sig);

#endif
