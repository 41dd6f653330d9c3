/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <math.h>

#include "cmd/draw/axis.h"
#include "probe/lib/base.h"

static void check(const struct axis *a, const double *ticks, unsigned n)
{
	assert_int_equal(a->n, n);
	for (unsigned i = 0; i < n; i++)
		assert_true(fabs(a->ticks[i] - ticks[i]) < 1e-9 * (1 + ticks[i]));
}

#define CHECK(a, ...) \
	check(a, (const double[]){ __VA_ARGS__ }, ARRAY_SIZE(((double[]){ __VA_ARGS__ })))

static void loads_are_counted_in_round_numbers(void **state)
{
	struct axis a = axis_linear(4000, 4);

	(void)state;
	CHECK(&a, 0, 1000, 2000, 3000, 4000);
	a = axis_linear(4100, 4);
	CHECK(&a, 0, 2000, 4000);
	assert_true(a.high == 4100);
	a = axis_linear(0.7, 5);
	CHECK(&a, 0, 0.2, 0.4, 0.6);
	a = axis_linear(0, 5);
	assert_true(a.n == 1 && a.high > 0);
}

static void latencies_in_1_2_5(void **state)
{
	struct axis a = axis_log(1500, 17000, 8);

	(void)state;
	CHECK(&a, 1000, 2000, 5000, 10000, 20000);
	assert_true(a.low == 1000 && a.high == 20000);
	a = axis_log(10, 100, 8);
	CHECK(&a, 10, 20, 50, 100);
	a = axis_log(7, 7, 8);
	assert_true(a.low == 5 && a.high == 10);
	a = axis_log(1000, 1000, 8);
	assert_true(a.low == 1000 && a.high == 2000);
}

static void many_decades_have_powers_of_ten_alone(void **state)
{
	struct axis a = axis_log(300, 4e9, 8);

	(void)state;
	CHECK(&a, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9);
	assert_true(a.low == 200 && a.high == 5e9);
}

static void values_lie_between_the_ends(void **state)
{
	struct axis x = axis_linear(100, 5), y = axis_log(10, 1000, 8);

	(void)state;
	assert_true(axis_share(&x, 25) == 0.25);
	assert_true(axis_share(&x, 200) == 1 && axis_share(&x, -1) == 0);
	assert_true(fabs(axis_log_share(&y, 100) - 0.5) < 1e-9);
	assert_true(axis_log_share(&y, 0) == 0 && axis_log_share(&y, 1e6) == 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loads_are_counted_in_round_numbers),
		cmocka_unit_test(latencies_in_1_2_5),
		cmocka_unit_test(many_decades_have_powers_of_ten_alone),
		cmocka_unit_test(values_lie_between_the_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
