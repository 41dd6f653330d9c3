/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <math.h>

#include "bench/stats/random.h"
#include "bench/stats/growth.h"
#include "probe/lib/base.h"

static double uniform(uint64_t *rng)
{
	return (random_next(rng) >> 11) * 0x1p-53;
}

/* Adds n samples, 50 ms apart, of a line with noise that keeps a share of the one before. */
static struct growth_fit fit(unsigned n, double slope, double noise, double keeps, uint64_t seed)
{
	struct growth t = { .n = 0 };
	uint64_t rng = seed;
	double off = 0;

	for (unsigned i = 0; i < n; i++) {
		off = keeps * off + noise * (uniform(&rng) - 0.5);
		growth_add(&t, i * 0.05, slope * i * 0.05 + off);
	}
	return growth_fit(&t);
}

static void a_line(void **state)
{
	static const unsigned lengths[] = { 16, 40, 64, 65, 1000, 72000 };

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(lengths); i++) {
		struct growth_fit f = fit(lengths[i], 0.02, 0, 0, 1);

		assert_true(f.known);
		assert_true(fabs(f.slope - 0.02) < 1e-9);
		assert_true(fabs(f.low - 0.02) < 1e-9 && fabs(f.high - 0.02) < 1e-9);
		assert_true(f.rise > 0.02 * 0.05 * lengths[i] / 3);
		assert_true(growth_is_sure(&f, f.rise / 2));
		assert_false(growth_is_sure(&f, 2 * f.rise));
	}
	assert_false(fit(15, 0.02, 0, 0, 1).known);
	assert_false(fit(0, 0.02, 0, 0, 1).known);
}

/* Backlogs come and go slowly, so samples depend on each other. */
static void noise_is_seldom_a_trend(void **state)
{
	static const double keeps[] = { 0, 0.5, 0.9 };
	const unsigned tries = 400;

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(keeps); i++) {
		unsigned wrong = 0, missed = 0;

		for (unsigned s = 0; s < tries; s++) {
			struct growth_fit none = fit(200, 0, 0.01, keeps[i], s);
			struct growth_fit some = fit(200, 0.03, 0.01, keeps[i], s);

			wrong += growth_is_sure(&none, 0.001);
			missed += !growth_is_sure(&some, 0.001);
		}
		assert_true(wrong <= 0.06 * tries);
		assert_true(missed <= 0.05 * tries);
	}
}

/* A backlog that built up at first and stays is none that grows, nor is a stall that was made up for. */
static void only_the_later_half_counts(void **state)
{
	struct growth level = { .n = 0 }, stall = { .n = 0 }, end = { .n = 0 };
	struct growth_fit f;

	(void)state;
	for (unsigned i = 0; i < 100; i++) {
		growth_add(&level, i, i < 40 ? i / 40. : 1);
		growth_add(&stall, i, i > 60 && i < 80 ? 80 - i : 0);
		growth_add(&end, i, i > 92 ? i - 92 : 0);
	}
	f = growth_fit(&level);
	assert_true(f.known && fabs(f.slope) < 1e-9);
	assert_true(f.floor == 1);
	f = growth_fit(&stall);
	assert_false(growth_is_sure(&f, 0));
	assert_true(f.floor == 0);
	f = growth_fit(&end);
	assert_false(growth_is_sure(&f, 0));
	assert_true(f.known && f.floor == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line),
		cmocka_unit_test(noise_is_seldom_a_trend),
		cmocka_unit_test(only_the_later_half_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
