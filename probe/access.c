/* SPDX-License-Identifier: MIT */
#include "access.h"

#include <string.h>

#include "base.h"

const char *const access_verdict_names[] = {
	[ACCESS_USABLE] = "usable",
	[ACCESS_REFUSED] = "refused",
	[ACCESS_ABSENT] = "absent",
	[ACCESS_UNDECIDED] = "undecided",
};

const char *const access_cause_names[ACCESS_CAUSES] = {
	[CAUSE_NONE] = "none",
	[CAUSE_SECCOMP] = "seccomp",
	[CAUSE_SECCOMP_KILL] = "seccomp-kill",
	[CAUSE_SYSCTL] = "sysctl",
	[CAUSE_LSM] = "lsm",
	[CAUSE_CONFIG] = "config",
	[CAUSE_SANDBOX] = "sandbox",
	[CAUSE_UNKNOWN] = "unknown",
};

#define ALLOW_IN_SECCOMP                                                                     \
	"allow io_uring_setup, io_uring_enter and io_uring_register in the seccomp profile " \
	"(containers: a profile of your own, or seccomp=unconfined)"

static void set(struct access *a, enum access_verdict verdict, enum access_cause cause,
		const char *why, const char *fix)
{
	a->verdict = verdict;
	a->cause = cause;
	snprintf(a->why, sizeof(a->why), "%s", why);
	snprintf(a->fix, sizeof(a->fix), "%s", fix);
}

static void judge_eperm(struct access *a)
{
	const struct access_seen *s = &a->seen;

	if (s->enter.ret == -EPERM)
		set(a, ACCESS_REFUSED, CAUSE_SECCOMP,
		    "a seccomp filter answers EPERM to the io_uring system calls, as the default "
		    "profiles of Docker and containerd do",
		    ALLOW_IN_SECCOMP);
	else if (s->sysctl == 2)
		set(a, ACCESS_REFUSED, CAUSE_SYSCTL,
		    "kernel.io_uring_disabled is 2, which refuses every process, root too",
		    "sysctl kernel.io_uring_disabled=0 (or 1, which leaves it to CAP_SYS_ADMIN and "
		    "kernel.io_uring_group)");
	else if (s->sysctl == 1)
		set(a, ACCESS_REFUSED, CAUSE_SYSCTL,
		    "kernel.io_uring_disabled is 1 and this process has neither CAP_SYS_ADMIN nor "
		    "the group of kernel.io_uring_group",
		    "sysctl kernel.io_uring_disabled=0, or kernel.io_uring_group=GID with a group "
		    "of this process");
	else if (s->seccomp == 2)
		set(a, ACCESS_REFUSED, CAUSE_SECCOMP,
		    "a seccomp filter answers EPERM to io_uring_setup alone", ALLOW_IN_SECCOMP);
	else
		set(a, ACCESS_REFUSED, CAUSE_UNKNOWN,
		    "io_uring_setup answers EPERM although neither a filter nor the sysctl is seen",
		    "look at security modules and at the host of this container");
}

static void judge_enosys(struct access *a)
{
	const struct access_seen *s = &a->seen;

	if (s->seccomp == 2 && s->sysctl >= 0)
		set(a, ACCESS_REFUSED, CAUSE_SECCOMP,
		    "a seccomp filter answers ENOSYS: the kernel has io_uring, as its sysctl shows",
		    ALLOW_IN_SECCOMP);
	else if (s->seccomp == 2)
		set(a, ACCESS_UNDECIDED, CAUSE_UNKNOWN,
		    "ENOSYS, from a seccomp filter or from a kernel without io_uring: this process "
		    "is filtered, so it cannot tell",
		    "ask again outside the container");
	else
		set(a, ACCESS_ABSENT, CAUSE_CONFIG,
		    "the kernel was built without CONFIG_IO_URING or is older than 5.1, or this "
		    "program runs under CPU emulation",
		    "boot a kernel with CONFIG_IO_URING=y; under emulation, run a native program");
}

void access_judge(struct access *a)
{
	const struct access_seen *s = &a->seen;

	if (s->setup.sig || s->enter.sig || s->reg.sig)
		set(a, ACCESS_REFUSED, CAUSE_SECCOMP_KILL,
		    "a seccomp filter kills the process that makes an io_uring system call",
		    "never call io_uring here, or allow it in the seccomp filter");
	else if (s->setup.ret == -EFAULT && s->enter.ret == -EBADF)
		set(a, ACCESS_USABLE, CAUSE_NONE, "the system calls answer as a kernel does", "");
	else if (s->setup.ret == -EPERM)
		judge_eperm(a);
	else if (s->setup.ret == -ENOSYS)
		judge_enosys(a);
	else if (s->setup.ret == -EACCES)
		set(a, ACCESS_REFUSED, CAUSE_LSM, "a security module refuses io_uring (EACCES)",
		    "look for an io_uring denial in the audit log (SELinux: ausearch -m avc) and "
		    "allow it in the policy");
	else if (s->setup.ret == -EFAULT && s->seccomp == 2)
		set(a, ACCESS_REFUSED, CAUSE_SECCOMP,
		    "a seccomp filter refuses io_uring_enter but not io_uring_setup",
		    ALLOW_IN_SECCOMP);
	else
		set(a, ACCESS_UNDECIDED, CAUSE_SANDBOX,
		    "io_uring_setup answers what no Linux kernel answers: a sandbox that emulates "
		    "Linux",
		    "treat io_uring as not available here");
}

static int status_number(const char *status, const char *name, int field)
{
	const char *at = strstr(status, name);
	int first = -1, second = -1;

	if (!at || sscanf(at + strlen(name), "%d %d", &first, &second) < 1)
		return -1;
	return field ? second : first;
}

int access_probe(struct kernel *k, struct access *a)
{
	struct access got = { .seen = { .seccomp = -1, .sysctl = -1, .uid = -1 } };
	struct trial *const trials[TRIAL_CALLS] = { &got.seen.setup, &got.seen.enter,
						    &got.seen.reg };
	char buf[4096];
	int r;

	for (unsigned i = 0; i < TRIAL_CALLS; i++) {
		r = k->trial(k, i, trials[i]);
		if (r < 0)
			return r;
	}
	if (k->read_file(k, "/proc/self/status", buf, sizeof(buf)) > 0) {
		got.seen.seccomp = status_number(buf, "\nSeccomp:", 0);
		got.seen.uid = status_number(buf, "\nUid:", 1);
	}
	if (k->read_file(k, "/proc/sys/kernel/io_uring_disabled", buf, sizeof(buf)) > 0)
		got.seen.sysctl = atoi(buf);
	access_judge(&got);
	*a = got;
	return 0;
}
