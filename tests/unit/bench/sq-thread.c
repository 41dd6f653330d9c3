/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <string.h>

#include "bench/observe/sq-thread.h"
#include "probe/lib/base.h"
#include "tests/unit/fake.h"

#define TASK "/proc/self/task/"
#define STAT(cpu)                                                                                  \
	" (iou-sqp-) 25) R 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 " \
	"28 29 30 31 32 33 34 35 36 " cpu " 0 0 0\n"

static const struct sq_crew crew = {
	.workers = { 10, 11 },
	.n_workers = 2,
	.threads = { 20 },
	.n_threads = 1,
	.cpu = -2,
};

static void one_cpu_for_both_is_refused(void **state)
{
	struct entry entries[] = {
		{ TASK "10/status",
		  "Cpus_allowed:\t3\nCpus_allowed_list:\t0-1\nMems_allowed:\t1\n" },
		{ TASK "11/status", "Cpus_allowed:\t2\nCpus_allowed_list:\t1\nMems_allowed:\t1\n" },
		{ TASK "20/status", "Cpus_allowed:\t2\nCpus_allowed_list:\t1\nMems_allowed:\t1\n" },
	};
	struct fake fake = fake_of(entries, ARRAY_SIZE(entries));
	struct fail f;

	(void)state;
	assert_int_equal(sq_refuse_one_cpu(&fake.k, &crew, &f), -EINVAL);
	assert_int_equal(f.kind, FAIL_USAGE);
	assert_non_null(strstr(f.msg, "CPU 1"));
	entries[2].answer = "Cpus_allowed_list:\t0\n";
	assert_int_equal(sq_refuse_one_cpu(&fake.k, &crew, &f), 0);
	/* The thread may run on other CPUs. */
	entries[2].answer = "Cpus_allowed_list:\t0-1\n";
	assert_int_equal(sq_refuse_one_cpu(&fake.k, &crew, &f), 0);
}

/* Before 5.12 SQ threads are not among the threads of the process. */
static void a_thread_that_is_not_seen_is_where_it_was_bound(void **state)
{
	const struct entry entries[] = {
		{ TASK "10/status", "Cpus_allowed_list:\t1\n" },
	};
	struct fake fake = fake_of(entries, ARRAY_SIZE(entries));
	struct sq_crew old = crew;

	(void)state;
	/* A visible thread is also on the CPU that it is bound to. */
	old.cpu = 1;
	assert_int_equal(sq_refuse_one_cpu(&fake.k, &old, NULL), -EINVAL);
	old.cpu = -2;
	old.n_threads = 0;
	assert_int_equal(sq_refuse_one_cpu(&fake.k, &old, NULL), 0);
	old.cpu = 1;
	assert_int_equal(sq_refuse_one_cpu(&fake.k, &old, NULL), -EINVAL);
	old.cpu = 0;
	assert_int_equal(sq_refuse_one_cpu(&fake.k, &old, NULL), 0);
}

static void looks_see_who_is_where(void **state)
{
	struct entry entries[] = {
		{ TASK "10/stat", "10" STAT("3") },
		{ TASK "11/stat", "11" STAT("1") },
		{ TASK "20/stat", "20" STAT("0") },
	};
	struct fake fake = fake_of(entries, ARRAY_SIZE(entries));
	struct sq_looks looks = { 0 };
	struct cpu_looks seen = { 0 };
	struct sq_crew none = crew;

	(void)state;
	sq_look(&fake.k, &crew, &looks, &seen);
	assert_int_equal(looks.all, 1);
	assert_int_equal(looks.shared, 0);
	entries[2].answer = "20" STAT("3");
	sq_look(&fake.k, &crew, &looks, &seen);
	assert_int_equal(looks.all, 2);
	assert_int_equal(looks.shared, 1);
	none.n_threads = 0;
	sq_look(&fake.k, &none, &looks, &seen);
	assert_int_equal(looks.all, 2);
	assert_int_equal(seen.n[0], 1);
	assert_int_equal(seen.n[1], 3);
	assert_int_equal(seen.n[3], 4);
}

#define FDINFO(total, work)                                                                   \
	"pos:\t0\nSqHead:\t1\nSQEs:\t0\nSqThread:\t20\nSqThreadCpu:\t1\nSqTotalTime:\t" total \
	"\nSqWorkTime:\t" work "\nUserFiles:\t0\n"

static void times(void **state)
{
	const struct entry entries[] = {
		{ TASK "10/schedstat", "1000 200 3\n" },
		{ TASK "11/schedstat", "1000 300 3\n" },
		{ TASK "20/schedstat", "5000 700 3\n" },
		{ "/proc/self/fdinfo/7", FDINFO("934505", "712992") },
		{ "/proc/self/fdinfo/8",
		  "pos:\t0\nSqThread:\t20\nSqThreadCpu:\t1\nUserFiles:\t0\n" },
	};
	struct fake fake = fake_of(entries, ARRAY_SIZE(entries));
	struct sq_times t;

	(void)state;
	sq_read(&fake.k, &crew, (const int[]){ 7, 8, 9 }, 3, &t);
	assert_int_equal(t.ran_ns, 5000);
	assert_int_equal(t.waited_ns, 700);
	assert_int_equal(t.worker_waited_ns, 500);
	assert_int_equal(t.with_waiting, 1);
	assert_int_equal(t.with_total, 1);
	assert_int_equal(t.total_us, 934505);
	assert_int_equal(t.work_us, 712992);
}

/* One second, of which the thread ran for 0.9 s. */
static struct sq_seen judged(uint64_t total_us, uint64_t work_us, uint64_t ios)
{
	const struct sq_times before = { .with_total = 1, .with_waiting = 1, .ran_ns = 5 };
	const struct sq_times after = {
		.with_total = 1,
		.with_waiting = 1,
		.ran_ns = 900000005,
		.waited_ns = 100000000,
		.worker_waited_ns = 1000000000,
		.total_us = total_us,
		.work_us = work_us,
	};
	struct sq_seen seen = { .looks = { 4, 2 } };

	sq_judge(&before, &after, &crew, 1000000000, ios, &seen);
	return seen;
}

static void shares(void **state)
{
	struct sq_seen s = judged(900000, 450000, 1000000);

	(void)state;
	assert_true(s.work_share > 0.49 && s.work_share < 0.51);
	assert_true(s.wait_share > 0.09 && s.wait_share < 0.11);
	assert_true(s.worker_wait_share > 0.49 && s.worker_wait_share < 0.51);
	assert_string_equal(s.work_why, "");
	assert_int_equal(s.looks.all, 4);
}

static void a_kernel_that_contradicts_itself_is_not_believed(void **state)
{
	struct sq_seen s;

	(void)state;
	/* The CPU time of the whole process, as in 6.9 to 6.17. */
	s = judged(1700000, 900000, 1000000);
	assert_true(s.work_share < 0);
	assert_non_null(strstr(s.work_why, "1700 ms"));
	/* No work time in spite of a million I/Os. */
	s = judged(900000, 0, 1000000);
	assert_true(s.work_share < 0);
	assert_non_null(strstr(s.work_why, "did not grow"));
	/* The work on a few I/Os may be missed. */
	s = judged(900000, 0, 100);
	assert_true(s.work_share == 0);
	s = judged(900000, 990000, 1000000);
	assert_true(s.work_share < 0);
}

static void an_older_kernel_says_nothing(void **state)
{
	const struct sq_times none = { 0 };
	struct sq_seen s = { 0 };

	(void)state;
	sq_judge(&none, &none, &crew, 1000000000, 1000, &s);
	assert_true(s.work_share < 0 && s.wait_share < 0);
	assert_non_null(strstr(s.work_why, "6.9"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_cpu_for_both_is_refused),
		cmocka_unit_test(a_thread_that_is_not_seen_is_where_it_was_bound),
		cmocka_unit_test(looks_see_who_is_where),
		cmocka_unit_test(times),
		cmocka_unit_test(shares),
		cmocka_unit_test(a_kernel_that_contradicts_itself_is_not_believed),
		cmocka_unit_test(an_older_kernel_says_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
