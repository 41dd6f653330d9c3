/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include "bench/engine/clock.h"

static void a_clock_knows_its_step(void **state)
{
	struct clock c;

	(void)state;
	clock_init(&c);
	assert_true(c.step_ns < 1000000000);
	assert_true(c.mult > 0);
}

static void two_marks_are_in_order(void **state)
{
	struct clock_mark a = { 0 }, b = { 0 };
	struct clock c;

	(void)state;
	clock_init(&c);
	clock_mark(&c, &a);
	clock_mark(&c, &b);
	assert_true(b.ticks > a.ticks);
	assert_true(b.ns > a.ns);
}

static void drift_is_told_by_its_sign(void **state)
{
	/* Two ticks per nanosecond. */
	const struct clock c = { .tsc = true, .shift = 1, .mult = 1 };
	const struct clock_mark from = { 1000, 5000000 };

	(void)state;
	assert_true(clock_drift(&c, &from, &(struct clock_mark){ 2001000, 6000000 }) == 0);
	assert_true(clock_drift(&c, &from, &(struct clock_mark){ 2005000, 6000000 }) > 0.0015);
	assert_true(clock_drift(&c, &from, &(struct clock_mark){ 1997000, 6000000 }) < -0.0015);
	/* After a suspend, or on a CPU whose counter started later. */
	assert_true(clock_drift(&c, &from, &(struct clock_mark){ 900, 6000000 }) == -1);
	assert_true(clock_drift(&c, &from, &from) == 0);
}

static void a_suspend_is_what_the_clocks_differ_by(void **state)
{
	uint64_t now = clock_suspended_ns();

	(void)state;
	assert_int_equal(clock_suspended_since(now, clock_suspended_ns()), 0);
	assert_int_equal(clock_suspended_since(5000000000, 5000100000), 0);
	assert_int_equal(clock_suspended_since(5000100000, 5000000000), 0);
	assert_int_equal(clock_suspended_since(5000000000, 8000000000), 3000000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_clock_knows_its_step),
		cmocka_unit_test(two_marks_are_in_order),
		cmocka_unit_test(drift_is_told_by_its_sign),
		cmocka_unit_test(a_suspend_is_what_the_clocks_differ_by),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
