/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <signal.h>
#include <string.h>

#include "probe/feature/access.h"
#include "probe/lib/base.h"

/* The verdict from three calls, the seccomp mode and the sysctl. */
static const struct {
	int setup, enter, reg; /* negative errno, or the signal that killed the process */
	int seccomp, sysctl;
	enum access_verdict verdict;
	enum access_cause cause;
	const char *why;
} rows[] = {
	{ -EFAULT, -EBADF, -EBADF, 0, 0, ACCESS_USABLE, CAUSE_NONE, "" },
	{ -EFAULT, -EBADF, -EBADF, -1, -1, ACCESS_USABLE, CAUSE_NONE, "" },
	/* A filter that allows io_uring, as most do. */
	{ -EFAULT, -EBADF, -EBADF, 2, 0, ACCESS_USABLE, CAUSE_NONE, "" },

	{ -EPERM, -EBADF, -EBADF, 0, 2, ACCESS_REFUSED, CAUSE_SYSCTL, "io_uring_disabled is 2" },
	{ -EPERM, -EBADF, -EBADF, 0, 1, ACCESS_REFUSED, CAUSE_SYSCTL, "io_uring_disabled is 1" },
	{ -EPERM, -EBADF, -EBADF, 2, 1, ACCESS_REFUSED, CAUSE_SYSCTL, "io_uring_disabled is 1" },
	{ -EPERM, -EBADF, -EBADF, 2, 0, ACCESS_REFUSED, CAUSE_SECCOMP, "io_uring_setup alone" },
	{ -EPERM, -EBADF, -EBADF, 2, -1, ACCESS_REFUSED, CAUSE_SECCOMP, "io_uring_setup alone" },
	{ -EPERM, -EBADF, -EBADF, 0, 0, ACCESS_REFUSED, CAUSE_UNKNOWN, "neither a filter nor" },
	{ -EPERM, -EPERM, -EPERM, 2, 0, ACCESS_REFUSED, CAUSE_SECCOMP, "Docker" },
	/* The sysctl cannot refuse io_uring_enter. */
	{ -EPERM, -EPERM, -EPERM, 2, 2, ACCESS_REFUSED, CAUSE_SECCOMP, "Docker" },
	{ -EFAULT, -EPERM, -EBADF, 2, 0, ACCESS_REFUSED, CAUSE_SECCOMP, "refuses io_uring_enter" },

	{ -ENOSYS, -ENOSYS, -ENOSYS, 0, -1, ACCESS_ABSENT, CAUSE_CONFIG, "CONFIG_IO_URING" },
	{ -ENOSYS, -ENOSYS, -ENOSYS, 2, 0, ACCESS_REFUSED, CAUSE_SECCOMP, "answers ENOSYS" },
	{ -ENOSYS, -ENOSYS, -ENOSYS, 2, -1, ACCESS_UNDECIDED, CAUSE_UNKNOWN, "cannot tell" },

	{ -EACCES, -EBADF, -EBADF, 0, 0, ACCESS_REFUSED, CAUSE_LSM, "security module" },

	{ SIGSYS, SIGSYS, SIGSYS, 2, 0, ACCESS_REFUSED, CAUSE_SECCOMP_KILL, "kills" },
	{ -EFAULT, SIGSYS, -EBADF, 2, 0, ACCESS_REFUSED, CAUSE_SECCOMP_KILL, "kills" },
	{ -EPERM, -EBADF, SIGSYS, 2, 0, ACCESS_REFUSED, CAUSE_SECCOMP_KILL, "kills" },

	/* Filters do not kill with this signal. */
	{ SIGKILL, -EBADF, -EBADF, 0, 0, ACCESS_UNDECIDED, CAUSE_UNKNOWN, "by no seccomp filter" },
	{ -EFAULT, -EBADF, SIGSEGV, 2, 0, ACCESS_UNDECIDED, CAUSE_UNKNOWN, "memory ran out" },

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

static ssize_t no_files(struct kernel *k, const char *path, char *buf, size_t size)
{
	(void)k;
	(void)path;
	(void)buf;
	(void)size;
	return -ENOENT;
}

/* Further evidence that decides if the three calls do not. */
static void every_cause(void **state)
{
	static const struct {
		struct access_seen seen;
		enum access_verdict verdict;
		enum access_cause cause;
		const char *why, *fix;
	} more[] = {
		{ { .setup = { -ENOSYS }, .emulated = true },
		  ACCESS_ABSENT,
		  CAUSE_EMULATION,
		  "another CPU",
		  "made for this machine" },
		{ { .setup = { -ENOSYS }, .config = CONFIG_NOT_SET },
		  ACCESS_ABSENT,
		  CAUSE_CONFIG,
		  "is not set",
		  "CONFIG_IO_URING=y" },
		{ { .setup = { -ENOSYS }, .config = CONFIG_SET },
		  ACCESS_UNDECIDED,
		  CAUSE_UNKNOWN,
		  "although",
		  "emulator" },
		{ { .setup = { -EACCES }, .selinux = true },
		  ACCESS_REFUSED,
		  CAUSE_LSM,
		  "SELinux",
		  "ausearch" },
		{ { .setup = { -EFAULT }, .enter = { -EBADF }, .ring = -EMFILE },
		  ACCESS_REFUSED,
		  CAUSE_LIMITS,
		  "RLIMIT_NOFILE",
		  "ulimit -n" },
		{ { .setup = { -EFAULT }, .enter = { -EBADF }, .ring = -ENFILE },
		  ACCESS_REFUSED,
		  CAUSE_LIMITS,
		  "ENFILE",
		  "fs.file-max" },
		{ { .setup = { -EFAULT }, .enter = { -EBADF }, .ring = -ENOMEM },
		  ACCESS_REFUSED,
		  CAUSE_LIMITS,
		  "RLIMIT_MEMLOCK",
		  "LimitMEMLOCK=" },
		{ { .setup = { -EFAULT }, .enter = { -EBADF }, .ring = -EAGAIN },
		  ACCESS_REFUSED,
		  CAUSE_LIMITS,
		  "RLIMIT_NPROC",
		  "ulimit -u" },
		{ { .setup = { -EFAULT }, .enter = { -EBADF }, .ring = -EOPNOTSUPP },
		  ACCESS_UNDECIDED,
		  CAUSE_UNKNOWN,
		  "EOPNOTSUPP",
		  "not available" },
		{ { .setup = { -EOPNOTSUPP }, .enter = { -EOPNOTSUPP } },
		  ACCESS_UNDECIDED,
		  CAUSE_SANDBOX,
		  "no Linux kernel",
		  "not available" },
		{ { .setup = { -EPERM }, .enter = { -EPERM }, .seccomp = 2 },
		  ACCESS_REFUSED,
		  CAUSE_SECCOMP,
		  "Docker",
		  "RuntimeDefault" },
		{ { .setup = { -EPERM }, .enter = { -EBADF } },
		  ACCESS_REFUSED,
		  CAUSE_UNKNOWN,
		  "neither",
		  "seccomp=unconfined alone" },
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(more); i++) {
		struct access a = { .seen = more[i].seen };

		access_judge(&a);
		if (a.verdict != more[i].verdict || a.cause != more[i].cause ||
		    !strstr(a.why, more[i].why) || !strstr(a.fix, more[i].fix))
			fail_msg("row %u: %s, %s: %s; %s", i, access_verdict_names[a.verdict],
				 access_cause_names[a.cause], a.why, a.fix);
		assert_in_range(strlen(a.why), 1, sizeof(a.why) - 2);
		assert_in_range(strlen(a.fix), 1, sizeof(a.fix) - 2);
	}
}

static const char *cpuinfo, *arch;
static unsigned char exe_machine;
static int config_res;

static int absent(struct kernel *k, enum trial_call call, struct trial *t)
{
	(void)k;
	(void)call;
	*t = (struct trial){ .ret = -ENOSYS };
	return 0;
}

static ssize_t machine_files(struct kernel *k, const char *path, char *buf, size_t size)
{
	(void)k;
	if (!strcmp(path, "/proc/cpuinfo"))
		return snprintf(buf, size, "%s", cpuinfo);
	if (!strcmp(path, "/proc/sys/kernel/arch") && arch)
		return snprintf(buf, size, "%s\n", arch);
	if (strcmp(path, "/proc/self/exe"))
		return -ENOENT;
	memset(buf, 0, size);
	buf[18] = exe_machine;
	return size - 1;
}

static int config_attempt(struct kernel *k, const char *label, attempt_fn fn, void *arg,
			  struct attempt *out)
{
	(void)k;
	(void)label;
	(void)fn;
	(void)arg;
	*out = (struct attempt){ .res = config_res };
	return 0;
}

static void emulation_is_seen(void **state)
{
	static const struct {
		const char *cpuinfo, *arch;
		unsigned char machine; /* of the ELF file */
		bool emulated;
	} rows_of[] = {
		{ "vendor_id", "x86_64", 62, false },	{ "vendor_id", "x86_64", 3, false },
		{ "CPU part", "aarch64", 62, true },	{ "CPU part", "aarch64", 183, false },
		{ "CPU part", "aarch64", 40, false },	{ "vendor_id", "x86_64", 183, true },
		{ "VirtualApple", "x86_64", 62, true }, { "vendor_id", NULL, 183, false },
		{ "vendor_id", "x86_64", 255, false },
	};
	struct kernel k = { .trial = absent,
			    .read_file = machine_files,
			    .attempt = config_attempt };
	struct access a;

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(rows_of); i++) {
		cpuinfo = rows_of[i].cpuinfo;
		arch = rows_of[i].arch;
		exe_machine = rows_of[i].machine;
		config_res = CONFIG_UNSEEN;
		assert_int_equal(access_probe(&k, &a), 0);
		if (a.seen.emulated != rows_of[i].emulated)
			fail_msg("row %u", i);
	}
	config_res = CONFIG_NOT_SET;
	assert_int_equal(access_probe(&k, &a), 0);
	assert_int_equal(a.seen.config, CONFIG_NOT_SET);
}

static int answering(struct kernel *k, enum trial_call call, struct trial *t)
{
	(void)k;
	*t = (struct trial){ .ret = call == TRIAL_SETUP ? -EFAULT : -EBADF };
	return 0;
}

static int ring_answers[8];
static unsigned rings_asked, rings_closed;

static int ring_setup(struct kernel *k, unsigned entries, struct ring_params *p)
{
	(void)k;
	(void)p;
	assert_int_equal(entries, 1);
	return ring_answers[rings_asked++];
}

static void ring_close(struct kernel *k, int fd)
{
	(void)k;
	assert_int_equal(fd, 9);
	rings_closed++;
}

/* Memory of closed rings is freed with a delay: one ENOMEM does not decide. */
static void a_ring_is_tried(void **state)
{
	struct kernel k = {
		.trial = answering, .read_file = no_files, .setup = ring_setup, .close = ring_close
	};
	static const struct {
		int answers[5];
		enum access_cause cause;
		unsigned asked;
	} rows_of[] = {
		{ { 9 }, CAUSE_NONE, 1 },
		{ { -ENOMEM, 9 }, CAUSE_NONE, 2 },
		{ { -ENOMEM, -ENOMEM, -ENOMEM, -ENOMEM }, CAUSE_LIMITS, 4 },
		{ { -EMFILE }, CAUSE_LIMITS, 1 },
		{ { -ENODATA }, CAUSE_NONE, 1 },
	};
	struct access a;

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(rows_of); i++) {
		memcpy(ring_answers, rows_of[i].answers, sizeof(rows_of[i].answers));
		rings_asked = rings_closed = 0;
		assert_int_equal(access_probe(&k, &a), 0);
		assert_int_equal(a.cause, rows_of[i].cause);
		assert_int_equal(rings_asked, rows_of[i].asked);
		assert_int_equal(rings_closed, a.cause == CAUSE_NONE && a.seen.ring == 0 &&
						       ring_answers[rings_asked - 1] == 9);
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

static unsigned trials;

static int passing_trial(struct kernel *k, enum trial_call call, struct trial *t)
{
	no_trial(k, call, t);
	if (trials++ == 0)
		t->ret = -EINTR;
	return 0;
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

static void what_may_pass_is_tried_again(void **state)
{
	struct kernel k = { .trial = passing_trial, .read_file = files };
	struct access a;

	(void)state;
	trials = 0;
	assert_int_equal(access_probe(&k, &a), 0);
	assert_int_equal(trials, TRIAL_CALLS + 1);
	assert_int_equal(a.cause, CAUSE_SYSCTL);
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
		cmocka_unit_test(every_cause),
		cmocka_unit_test(emulation_is_seen),
		cmocka_unit_test(a_ring_is_tried),
		cmocka_unit_test(files_are_read),
		cmocka_unit_test(no_proc_is_unknown),
		cmocka_unit_test(what_may_pass_is_tried_again),
		cmocka_unit_test(no_child_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
