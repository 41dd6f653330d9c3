/* SPDX-License-Identifier: MIT */
/* Probes the kernel as another user, in a child process. */
#ifndef PROBE_FEATURE_AS_USER_H
#define PROBE_FEATURE_AS_USER_H

#include <stdbool.h>
#include <sys/types.h>

#include "probe/kernel/kernel.h"

struct fail;

#define AS_USER_NOBODY 65534u

/* A user to run as. Groups are from /etc/group. */
struct as_user {
	uid_t uid;
	gid_t gid;
	gid_t groups[64];
	unsigned n_groups;
};

/* Finds the account with this number or name in /etc/passwd. An unknown number gets a group with the same
 * number and no others. Returns FAIL_USAGE for an unknown name, and for anything else. */
int as_user_find(const char *text, struct as_user *who, struct fail *f);

/* Whether the process is root or has any capability. */
bool as_user_is_privileged(void);

/* Whether the process has this capability in its user namespace, CAP_SYS_PTRACE for instance. */
bool as_user_has(unsigned capability);

/* Queries k like kernel_live(). Its return value is passed on. */
typedef int (*ask_fn)(struct kernel *k, void *arg);

/* Runs fn as user who in a child, and appends its questions and answers to rec, so that kernel_replay()
 * gives the same answers to the caller. Returns what fn returned, or FAIL_RUNTIME if this process may not
 * change to who, or the child died. */
int as_user_ask(const struct as_user *who, ask_fn fn, void *arg, struct recording *rec,
		struct fail *f);

#endif
