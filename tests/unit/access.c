/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <signal.h>
#include <string.h>

#include "probe/access.h"
#include "probe/base.h"

/* What three calls, the mode of the filter and the sysctl say together. */
static const struct {
	int setup, enter, reg; /* negative errno, or the signal that killed */
	int seccomp, sysctl;
	enum access_verdict verdict;
	enum access_cause cause;
	const char *why;
} rows[] = {
	{ -EFAULT, -EBADF, -EBADF, 0, 0, ACCESS_USABLE, CAUSE_NONE, "" },
	{ -EFAULT, -EBADF, -EBADF, -1, -1, ACCESS_USABLE, CAUSE_NONE, "" },
	/* A filter that lets io_uring through, as most do. */
	{ -EFAULT, -EBADF, -EBADF, 2, 0, ACCESS_USABLE, CAUSE_NONE, "" },

	{ -EPERM, -EBADF, -EBADF, 0, 2, ACCESS_REFUSED, CAUSE_SYSCTL, "io_uring_disabled is 2" },
	{ -EPERM, -EBADF, -EBADF, 0, 1, ACCESS_REFUSED, CAUSE_SYSCTL, "io_uring_disabled is 1" },
	{ -EPERM, -EBADF, -EBADF, 2, 1, ACCESS_REFUSED, CAUSE_SYSCTL, "io_uring_disabled is 1" },
	{ -EPERM, -EBADF, -EBADF, 2, 0, ACCESS_REFUSED, CAUSE_SECCOMP, "io_uring_setup alone" },
	{ -EPERM, -EBADF, -EBADF, 2, -1, ACCESS_REFUSED, CAUSE_SECCOMP, "io_uring_setup alone" },
	{ -EPERM, -EBADF, -EBADF, 0, 0, ACCESS_REFUSED, CAUSE_UNKNOWN, "neither a filter nor" },
	{ -EPERM, -EPERM, -EPERM, 2, 0, ACCESS_REFUSED, CAUSE_SECCOMP, "Docker" },
	/* The sysctl cannot be what refuses io_uring_enter. */
	{ -EPERM, -EPERM, -EPERM, 2, 2, ACCESS_REFUSED, CAUSE_SECCOMP, "Docker" },
	{ -EFAULT, -EPERM, -EBADF, 2, 0, ACCESS_REFUSED, CAUSE_SECCOMP, "refuses io_uring_enter" },

	{ -ENOSYS, -ENOSYS, -ENOSYS, 0, -1, ACCESS_ABSENT, CAUSE_CONFIG, "CONFIG_IO_URING" },
	{ -ENOSYS, -ENOSYS, -ENOSYS, 2, 0, ACCESS_REFUSED, CAUSE_SECCOMP, "answers ENOSYS" },
	{ -ENOSYS, -ENOSYS, -ENOSYS, 2, -1, ACCESS_UNDECIDED, CAUSE_UNKNOWN, "cannot tell" },

	{ -EACCES, -EBADF, -EBADF, 0, 0, ACCESS_REFUSED, CAUSE_LSM, "security module" },

	{ SIGSYS, SIGSYS, SIGSYS, 2, 0, ACCESS_REFUSED, CAUSE_SECCOMP_KILL, "kills" },
	{ -EFAULT, SIGSYS, -EBADF, 2, 0, ACCESS_REFUSED, CAUSE_SECCOMP_KILL, "kills" },
	{ -EPERM, -EBADF, SIGSYS, 2, 0, ACCESS_REFUSED, CAUSE_SECCOMP_KILL, "kills" },

	{ -EINVAL, -EINVAL, -EINVAL, 0, -1, ACCESS_UNDECIDED, CAUSE_SANDBOX, "sandbox" },
	{ -EFAULT, -ENOSYS, -ENOSYS, 0, -1, ACCESS_UNDECIDED, CAUSE_SANDBOX, "sandbox" },
	{ 0, 0, 0, 0, -1, ACCESS_UNDECIDED, CAUSE_SANDBOX, "sandbox" },
};

static struct trial trial_of(int answer)
{
	return answer > 0 ? (struct trial){ .sig = answer } : (struct trial){ .ret = answer };
}

static void every_row(void **state)
{
	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		struct access a = {
			.seen = {
				.setup = trial_of(rows[i].setup),
				.enter = trial_of(rows[i].enter),
				.reg = trial_of(rows[i].reg),
				.seccomp = rows[i].seccomp,
				.sysctl = rows[i].sysctl,
			},
		};

		access_judge(&a);
		if (a.verdict != rows[i].verdict || a.cause != rows[i].cause ||
		    !strstr(a.why, rows[i].why))
			fail_msg("row %u: %s, %s: %s", i, access_verdict_names[a.verdict],
				 access_cause_names[a.cause], a.why);
		assert_in_range(strlen(a.why), 1, sizeof(a.why) - 2);
		assert_in_range(strlen(a.fix), a.verdict != ACCESS_USABLE,
				a.verdict == ACCESS_USABLE ? 0 : sizeof(a.fix) - 2);
	}
}

static int no_trial(struct kernel *k, enum trial_call call, struct trial *t)
{
	(void)k;
	t->ret = call == TRIAL_SETUP ? -EPERM : -EBADF;
	t->sig = 0;
	return 0;
}

static int failing_trial(struct kernel *k, enum trial_call call, struct trial *t)
{
	(void)k;
	(void)call;
	(void)t;
	return -EAGAIN;
}

static ssize_t files(struct kernel *k, const char *path, char *buf, size_t size)
{
	(void)k;
	if (!strcmp(path, "/proc/self/status"))
		return snprintf(buf, size,
				"Name:\tx\nUid:\t1000\t1001\t1000\t1000\nNoNewPrivs:\t0\n"
				"Seccomp:\t2\nSeccomp_filters:\t1\n");
	if (!strcmp(path, "/proc/sys/kernel/io_uring_disabled"))
		return snprintf(buf, size, "1\n");
	return -ENOENT;
}

static ssize_t no_files(struct kernel *k, const char *path, char *buf, size_t size)
{
	(void)k;
	(void)path;
	(void)buf;
	(void)size;
	return -ENOENT;
}

static void files_are_read(void **state)
{
	struct kernel k = { .trial = no_trial, .read_file = files };
	struct access a;

	(void)state;
	assert_int_equal(access_probe(&k, &a), 0);
	assert_int_equal(a.seen.seccomp, 2);
	assert_int_equal(a.seen.sysctl, 1);
	assert_int_equal(a.seen.uid, 1001);
	assert_int_equal(a.cause, CAUSE_SYSCTL);
}

static void no_proc_is_unknown(void **state)
{
	struct kernel k = { .trial = no_trial, .read_file = no_files };
	struct access a;

	(void)state;
	assert_int_equal(access_probe(&k, &a), 0);
	assert_int_equal(a.seen.seccomp, -1);
	assert_int_equal(a.seen.sysctl, -1);
	assert_int_equal(a.seen.uid, -1);
	assert_int_equal(a.cause, CAUSE_UNKNOWN);
}

static void no_child_is_an_error(void **state)
{
	struct kernel k = { .trial = failing_trial, .read_file = no_files };
	struct access a = { .cause = CAUSE_LSM };

	(void)state;
	assert_int_equal(access_probe(&k, &a), -EAGAIN);
	assert_int_equal(a.cause, CAUSE_LSM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row),
		cmocka_unit_test(files_are_read),
		cmocka_unit_test(no_proc_is_unknown),
		cmocka_unit_test(no_child_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
