/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <string.h>

#include "probe/feature/hints.h"
#include "probe/feature/limits.h"
#include "probe/lib/base.h"
#include "tests/unit/known.h"

static const char *text;
static struct attempt answers[2];
static unsigned asked;
static unsigned most; /* entries that the simulated kernel allows; 0: before NO_MMAP */

static ssize_t files(struct kernel *k, const char *path, char *buf, size_t size)
{
	(void)k;
	if (!strcmp(path, "/proc/self/limits") && text)
		return snprintf(buf, size, "%s", text);
	if (!strcmp(path, "/proc/sys/kernel/io_uring_group"))
		return snprintf(buf, size, "-1\n");
	return -ENOENT;
}

static int attempt(struct kernel *k, const char *label, attempt_fn fn, void *arg,
		   struct attempt *out)
{
	(void)k;
	(void)fn;
	(void)arg;
	assert_int_equal(!!strstr(label, "for another user"), asked);
	*out = answers[asked++];
	return 0;
}

static int setup(struct kernel *k, unsigned entries, struct ring_params *p)
{
	(void)k;
	if (!most && p->flags & SETUP_NO_MMAP)
		return -EINVAL;
	if (p->flags & SETUP_NO_MMAP)
		return entries <= most ? -EFAULT : -EINVAL;
	p->sq_entries = 16384;
	return 9;
}

static void close_ring(struct kernel *k, int fd)
{
	(void)k;
	(void)fd;
}

static struct kernel fake = {
	.read_file = files, .attempt = attempt, .setup = setup, .close = close_ring
};

static void look(struct limits *l)
{
	asked = 0;
	limits_probe(&fake, 256, true, l);
}

static void limits_are_read(void **state)
{
	struct limits l;

	(void)state;
	text = "Limit                     Soft Limit           Hard Limit           Units     \n"
	       "Max processes             96365                unlimited            processes \n"
	       "Max open files            1024                 20000                files     \n"
	       "Max locked memory         65536                8388608              bytes     \n";
	answers[0] = (struct attempt){ .res = 7, .flags = 1, .note = "uid 1000" };
	most = 32768;
	look(&l);
	assert_true(l.memlock.known && l.nofile.known && l.nproc.known);
	assert_int_equal(l.memlock.soft, 65536);
	assert_int_equal(l.memlock.hard, 8388608);
	assert_int_equal(l.nofile.soft, 1024);
	assert_true(l.nproc.hard == LIMIT_NONE);
	assert_true(l.has_group && l.io_uring_group == -1 && l.io_uring_disabled == -1);
	assert_int_equal(l.cost.charged_bytes, 7 * 4096);
	assert_int_equal(l.cost.locked_bytes, 4096);
	assert_int_equal(l.cost.uid, 1000);
	assert_false(l.cost.exempt);
	assert_int_equal(l.fit_memlock, 2);
	assert_int_equal(l.max_entries, 32768);
	most = 0;
	look(&l);
	assert_int_equal(l.max_entries, 16384);
	text = NULL;
	look(&l);
	assert_false(l.memlock.known);
	assert_true(l.fit_memlock == LIMIT_NONE && l.fit_nofile == LIMIT_NONE);
}

static void who_is_not_charged_asks_as_another(void **state)
{
	struct limits l;

	(void)state;
	text = "\nMax locked memory         65536                65536              bytes     \n";
	answers[0] = (struct attempt){ .note = "uid 0 exempt" };
	answers[1] = (struct attempt){ .res = 2, .flags = 5, .note = "uid 65534" };
	look(&l);
	assert_int_equal(asked, 2);
	assert_true(l.cost.exempt);
	assert_int_equal(l.cost.uid, 65534);
	assert_int_equal(l.cost.charged_bytes, 8192);
	assert_int_equal(l.cost.locked_bytes, 0);
	assert_int_equal(l.fit_memlock, 8);
	assert_false(l.cost.locked_untold);
	snprintf(answers[1].note, sizeof(answers[1].note), "uid 65534 alone");
	look(&l);
	assert_true(l.cost.locked_untold);
	answers[1].err = -EPERM;
	look(&l);
	assert_int_equal(l.cost.err, -EPERM);
	assert_true(l.fit_memlock == LIMIT_NONE);
}

static void nothing_charged_nothing_bound(void **state)
{
	const struct resource_limit memlock = { true, 65536, 65536 },
				    none = { true, LIMIT_NONE, LIMIT_NONE };
	const struct ring_cost free_of_charge = { 0 }, costly = { .charged_bytes = 65537 },
			       full = { .charged_bytes = 1, .locked_bytes = 65537 },
			       no_room = { .err = -ENOMEM };

	(void)state;
	assert_true(limits_fit_memlock(&memlock, &free_of_charge) == LIMIT_NONE);
	assert_true(limits_fit_memlock(&none, &costly) == LIMIT_NONE);
	assert_int_equal(limits_fit_memlock(&memlock, &costly), 0);
	assert_int_equal(limits_fit_memlock(&memlock, &full), 0);
	assert_int_equal(limits_fit_memlock(&memlock, &no_room), 0);
}

/* On the running kernel: two rings are charged twice as much as one, and the limit of this process does not
 * change. */
static void measured_for_real(void **state)
{
	struct ring_cost one, bigger;

	(void)state;
	limits_ring_cost(kernel_live(), 64, &one);
	limits_ring_cost(kernel_live(), 4096, &bigger);
	if (one.err || bigger.err)
		skip();
	assert_int_equal(one.charged_bytes % 4096, 0);
	assert_true(bigger.charged_bytes == 0 ? one.charged_bytes == 0
					      : bigger.charged_bytes > one.charged_bytes);
}

static bool says(const struct hint *list, unsigned n, const char *what, const char *cause)
{
	for (unsigned i = 0; i < n; i++) {
		assert_true(*list[i].what && *list[i].cause && *list[i].evidence && *list[i].fix);
		if (strstr(list[i].what, what) && strstr(list[i].cause, cause))
			return true;
	}
	return false;
}

static void hints(void **state)
{
	static const struct {
		const char *name, *errno_text;
		bool selinux;
		const char *what, *cause;
	} rows[] = {
		{ "IORING_SETUP_SQPOLL", "EACCES", true, "SQPOLL", "SELinux is enforcing" },
		{ "IORING_SETUP_SQPOLL", "EACCES", false, "SQPOLL", "a security module" },
		{ "IORING_SETUP_SQPOLL", "EPERM", false, "SQPOLL", "CAP_SYS_NICE" },
		{ "IORING_SETUP_SQPOLL", "EAGAIN", false, "SQPOLL", "RLIMIT_NPROC" },
		{ "IORING_OP_URING_CMD", "EACCES", true, "URING_CMD", "io_uring { cmd }" },
	};
	struct hint list[MAX_HINTS];
	struct limits l = { .fit_memlock = LIMIT_NONE };
	struct probe p;

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		struct fact *f;

		known_until(&p, 7, 3);
		assert_int_equal(hints_find(&p, &l, list), 0);
		p.access.seen.selinux = rows[i].selinux;
		f = known_fact(&p, rows[i].name);
		f->works = ANSWER_NO;
		fact_evidence(f, "io_uring_setup", "x", "%s", rows[i].errno_text);
		assert_true(says(list, hints_find(&p, &l, list), rows[i].what, rows[i].cause));
		p.access.verdict = ACCESS_REFUSED;
		assert_int_equal(hints_find(&p, &l, list), 0);
		probe_free(&p);
	}
	known_until(&p, 5, 5);
	assert_true(says(list, hints_find(&p, &l, list), "returns NULL", "5.6"));
	probe_free(&p);
}

static void too_little_memlock(void **state)
{
	struct hint list[MAX_HINTS];
	struct limits l = { .memlock = { true, 65536, 65536 },
			    .cost = { .entries = 256, .charged_bytes = 28672 },
			    .fit_memlock = 2 };
	struct probe p;

	(void)state;
	known_until(&p, 7, 3);
	assert_true(says(list, hints_find(&p, &l, list), "no more than 2 rings", "RLIMIT_MEMLOCK"));
	assert_false(says(list, hints_find(&p, &l, list), "is gone", ""));
	l.cost.locked_bytes = 40960;
	assert_true(says(list, hints_find(&p, &l, list), "is gone", "profiler"));
	l.cost.exempt = true;
	assert_int_equal(hints_find(&p, &l, list), 0);
	l.cost =
		(struct ring_cost){ .entries = 256, .charged_bytes = 65536, .locked_untold = true };
	l.fit_memlock = 1;
	assert_true(says(list, hints_find(&p, &l, list), "no more than 1 ring of 256 entries fits",
			 "RLIMIT_MEMLOCK"));
	l.cost = (struct ring_cost){ .entries = 256, .err = -ENOMEM };
	l.fit_memlock = 0;
	assert_true(says(list, hints_find(&p, &l, list), "no ring of 256 entries fits",
			 "RLIMIT_MEMLOCK"));
	l.cost = (struct ring_cost){ .entries = 256, .locked_untold = true };
	l.fit_memlock = limits_fit_memlock(&l.memlock, &l.cost);
	assert_int_equal(hints_find(&p, &l, list), 0);
	probe_free(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(limits_are_read),
		cmocka_unit_test(who_is_not_charged_asks_as_another),
		cmocka_unit_test(nothing_charged_nothing_bound),
		cmocka_unit_test(measured_for_real),
		cmocka_unit_test(hints),
		cmocka_unit_test(too_little_memlock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
