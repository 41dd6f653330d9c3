/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include "bench/observe/stops.h"
#include "probe/lib/base.h"
#include "tests/unit/fake.h"

#define MS	1000000ull
#define TICK_MS 50

/* A monitored run: the stops so far and the last mark. */
struct watched {
	struct stops stops;
	struct watch_mark mark;
};

/* Times in ms: took from one wakeup to the next, waited for a CPU of it; the CPU time of the jobs; and their
 * I/Os. At most 32 I/Os are in flight. */
static void pass(struct watched *w, unsigned took, unsigned waited, unsigned cpu, unsigned ios)
{
	struct watch_mark to = w->mark;

	to.first_ns += took * MS;
	to.last_ns = to.first_ns;
	to.ran_ns += MS;
	to.waited_ns += waited * MS;
	to.cpu_ns += cpu * MS;
	to.ios += ios;
	stops_note(&w->stops, &w->mark, &to, TICK_MS * MS, took * MS, 32);
	w->mark = to;
}

/* A second with 20000 IOPS, for which a job needs a fifth of a CPU. */
static struct watched usual(void)
{
	struct watched w = { 0 };

	for (unsigned i = 0; i < 20; i++)
		pass(&w, TICK_MS, 0, 10, 1000);
	return w;
}

static void a_stopped_run_is_seen(void **state)
{
	struct watched w = usual();

	(void)state;
	/* The jobs ran until the monitor woke up, and again until it slept. */
	pass(&w, 1040, 0, 10, 1032);
	pass(&w, TICK_MS, 0, 10, 1000);
	pass(&w, 340, 20, 12, 1100);
	assert_int_equal(w.stops.n, 2);
	assert_int_equal(w.stops.longest_ns, 989 * MS);
	assert_int_equal(w.stops.total_ns, (989 + 269) * MS);
	assert_int_equal(w.stops.pauses_ns, 0);
}

static void so_is_one_that_had_just_begun(void **state)
{
	struct watched w = { 0 };

	(void)state;
	pass(&w, 1000, 0, 10, 1000);
	assert_int_equal(w.stops.n, 1);
}

static void to_be_starved_is_not_to_be_stopped(void **state)
{
	struct watched w = usual();

	(void)state;
	pass(&w, 2300, 2249, 460, 46000);
	/* The jobs waited for a CPU too. */
	pass(&w, 2300, 2249, 0, 0);
	assert_int_equal(w.stops.n, 0);
	assert_int_equal(w.stops.pauses_ns, 0);
}

static void a_drive_that_hangs_stops_nobody(void **state)
{
	struct watched w = usual();

	(void)state;
	for (unsigned i = 0; i < 100; i++)
		pass(&w, TICK_MS, 0, 0, 0);
	assert_int_equal(w.stops.n, 0);
	assert_int_equal(w.stops.pauses_ns, 0);
}

/* For example, writing the progress blocked, or the host stole the CPU of the monitor but not those of the
 * jobs. */
static void to_watch_nothing_is_not_to_be_stopped(void **state)
{
	struct watched w = usual();

	(void)state;
	pass(&w, 1000, 0, 200, 20000);
	/* They poll without completions. */
	for (unsigned i = 0; i < 20; i++)
		pass(&w, TICK_MS, 0, 50, 0);
	pass(&w, 1000, 0, 1000, 0);
	assert_int_equal(w.stops.n, 0);
	/* Here the jobs were stopped too. */
	pass(&w, 1000, 0, 50, 0);
	assert_int_equal(w.stops.n, 1);
}

/* Completions that arrive while the jobs are stopped do not prove that they ran. */
static void what_was_in_flight_proves_nothing(void **state)
{
	struct watched w = { 0 };

	(void)state;
	for (unsigned i = 0; i < 20; i++)
		pass(&w, TICK_MS, 0, 1, 2);
	pass(&w, 600, 0, 16, 32);
	assert_int_equal(w.stops.n, 1);
}

static void short_pauses_are_summed_up(void **state)
{
	struct watched w = usual();

	(void)state;
	for (unsigned i = 0; i < 10; i++)
		pass(&w, 110, 0, 10, 1000);
	assert_int_equal(w.stops.n, 0);
	assert_int_equal(w.stops.pauses_ns, 590 * MS);
	/* A wakeup on a sleeping CPU takes some ms. */
	pass(&w, TICK_MS + 10, 0, 10, 1000);
	assert_int_equal(w.stops.pauses_ns, 590 * MS);
}

static void the_part_outside_of_the_run_is_left_out(void **state)
{
	struct watched w = usual();
	struct watch_mark to = w.mark;

	(void)state;
	to.first_ns = to.last_ns = to.first_ns + 1000 * MS;
	stops_note(&w.stops, &w.mark, &to, TICK_MS * MS, 300 * MS, 32);
	assert_int_equal(w.stops.n, 1);
	assert_int_equal(w.stops.total_ns, 300 * MS);
	stops_note(&w.stops, &w.mark, &to, TICK_MS * MS, 10 * MS, 32);
	assert_int_equal(w.stops.n, 1);
}

static void runs_add_up(void **state)
{
	struct stops a = { .n = 1, .total_ns = 300, .longest_ns = 300, .pauses_ns = 4 };
	const struct stops b = { .n = 2, .total_ns = 700, .longest_ns = 400, .pauses_ns = 5 };

	(void)state;
	stops_merge(&a, &b);
	assert_int_equal(a.n, 3);
	assert_int_equal(a.total_ns, 1000);
	assert_int_equal(a.longest_ns, 400);
	assert_int_equal(a.pauses_ns, 9);
}

static void a_mark_says_how_long_the_thread_waited(void **state)
{
	const struct entry entries[] = { { "/proc/thread-self/schedstat", "1000 200 3\n" } };
	struct fake fake = fake_of(entries, ARRAY_SIZE(entries)), dumb = fake_of(NULL, 0);
	struct watch_mark m;

	(void)state;
	watch_mark(&fake.k, 7, &m);
	assert_int_equal(m.waited_ns, 200);
	assert_int_equal(m.ios, 7);
	assert_true(m.last_ns >= m.first_ns);
	watch_mark(&dumb.k, 7, &m);
	assert_int_equal(m.waited_ns, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stopped_run_is_seen),
		cmocka_unit_test(so_is_one_that_had_just_begun),
		cmocka_unit_test(to_be_starved_is_not_to_be_stopped),
		cmocka_unit_test(a_drive_that_hangs_stops_nobody),
		cmocka_unit_test(to_watch_nothing_is_not_to_be_stopped),
		cmocka_unit_test(what_was_in_flight_proves_nothing),
		cmocka_unit_test(short_pauses_are_summed_up),
		cmocka_unit_test(the_part_outside_of_the_run_is_left_out),
		cmocka_unit_test(runs_add_up),
		cmocka_unit_test(a_mark_says_how_long_the_thread_waited),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
