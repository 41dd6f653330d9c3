/* SPDX-License-Identifier: MIT */
/* Whether this process can use io_uring, and if not, what refuses it. */
#ifndef PROBE_FEATURE_ACCESS_H
#define PROBE_FEATURE_ACCESS_H

#include "probe/kernel/kernel.h"

enum access_verdict { ACCESS_USABLE, ACCESS_REFUSED, ACCESS_ABSENT, ACCESS_UNDECIDED };

enum access_cause {
	CAUSE_NONE,
	CAUSE_SECCOMP,	    /* a filter returns an errno */
	CAUSE_SECCOMP_KILL, /* a filter kills the process */
	CAUSE_SYSCTL,	    /* kernel.io_uring_disabled */
	CAUSE_LSM,
	CAUSE_CONFIG,	 /* the kernel was built without it */
	CAUSE_EMULATION, /* this is an emulator of another CPU */
	CAUSE_LIMITS,	 /* of this process or user */
	CAUSE_SANDBOX,	 /* this is not a Linux kernel */
	CAUSE_UNKNOWN,
	ACCESS_CAUSES,
};

extern const char *const access_verdict_names[];
extern const char *const access_cause_names[ACCESS_CAUSES];

enum config_seen { CONFIG_UNSEEN, CONFIG_SET, CONFIG_NOT_SET };

/* The observations. */
struct access_seen {
	struct trial setup, enter, reg;
	int ring;      /* errno of a first real ring of one entry, tried if the calls succeed */
	int seccomp;   /* mode of /proc/self/status, -1 unknown */
	int sysctl;    /* kernel.io_uring_disabled, -1 unknown (before 6.6, or no /proc) */
	int uid;       /* effective, -1 unknown */
	bool selinux;  /* enforcing */
	bool emulated; /* this program was built for another CPU than the kernel's */
	enum config_seen config; /* CONFIG_IO_URING of the running kernel, if it was read */
};

struct access {
	enum access_verdict verdict;
	enum access_cause cause;
	struct access_seen seen;
	char why[280]; /* one sentence */
	char fix[280]; /* how to fix it, or "" */
};

/* Probes by three harmless calls in child processes and, if they succeed, by setting up a ring. Returns
 * -errno if no child could be created, or if a replay lacks the answers. */
int access_probe(struct kernel *k, struct access *a);

/* The judgement alone: sets verdict, cause, why and fix from seen. */
void access_judge(struct access *a);

#endif
