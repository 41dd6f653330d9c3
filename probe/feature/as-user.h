/* SPDX-License-Identifier: MIT */
/* What the kernel answers to somebody else: questions asked by a child that has become that user. */
#ifndef PROBE_FEATURE_AS_USER_H
#define PROBE_FEATURE_AS_USER_H

#include <stdbool.h>
#include <sys/types.h>

#include "probe/kernel/kernel.h"

struct fail;

#define AS_USER_NOBODY 65534u

/* Whom a process becomes. Groups are those of /etc/group. */
struct as_user {
	uid_t uid;
	gid_t gid;
	gid_t groups[64];
	unsigned n_groups;
};

/* The account with this number or name in /etc/passwd. A number that is not there has itself for its
 * group and no other. FAIL_USAGE for a name that is not there and for what is neither. */
int as_user_find(const char *text, struct as_user *who, struct fail *f);

/* Root's uid or any capability: what an unprivileged probe must do without. */
bool as_user_is_privileged(void);

/* Whether it has this capability, CAP_SYS_PTRACE for instance, in its user namespace. */
bool as_user_has(unsigned capability);

/* Asks questions: as kernel_live() would be asked. What it returns is passed on. */
typedef int (*ask_fn)(struct kernel *k, void *arg);

/* Runs fn in a child that has become who and appends what was asked and answered to rec, from which
 * a kernel_replay() gives the same answers to the caller. Returns what fn returned. FAIL_RUNTIME when
 * this process may not become who, or the child died. */
int as_user_ask(const struct as_user *who, ask_fn fn, void *arg, struct recording *rec,
		struct fail *f);

#endif
