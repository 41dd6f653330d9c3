/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <math.h>
#include <string.h>

#include "bench/stats/random.h"
#include "bench/stats/stats.h"
#include "probe/lib/base.h"

static double uniform(uint64_t *rng)
{
	return ((random_next(rng) >> 11) + 0.5) * 0x1p-53;
}

static double gauss(uint64_t *rng)
{
	return sqrt(-2 * log(uniform(rng))) * cos(2 * M_PI * uniform(rng));
}

/* Realistic speeds: 3 % noise, and occasional disturbances of up to 30 %. */
static void measure(double *v, size_t n, double speed, uint64_t *rng)
{
	for (size_t i = 0; i < n; i++) {
		v[i] = speed * exp(0.03 * gauss(rng));
		if (uniform(rng) < 0.15)
			v[i] *= 1 - 0.3 * uniform(rng);
	}
}

static void the_middle_of_samples(void **state)
{
	static const double odd[] = { 5, 1, 9 }, even[] = { 4, 1, 2, 8 };
	static const double many[STATS_MAX_SAMPLES + 1];
	double sorted[4];

	(void)state;
	assert_true(stats_median(odd, 3) == 5);
	assert_true(stats_median(even, 4) == 3);
	assert_true(stats_median(even, 1) == 4);
	assert_true(isnan(stats_median(odd, 0)));
	assert_true(isnan(stats_median(many, ARRAY_SIZE(many))));
	assert_true(stats_mean(even, 4) == 3.75);
	assert_true(isnan(stats_mean(even, 0)));
	assert_true(even[0] == 4 && even[3] == 8);
	memcpy(sorted, even, sizeof(even));
	assert_true(stats_sort_median(sorted, 4) == 3);
	assert_true(sorted[0] == 1 && sorted[3] == 8);
	assert_true(stats_sort_median(sorted, 3) == 2);
	assert_true(isnan(stats_sort_median(sorted, 0)));
}

static void what_cannot_be_compared_is_refused(void **state)
{
	static const double good[] = { 1, 2, 3 }, zero[] = { 1, 0, 3 }, nan[] = { 1, NAN, 3 },
			    inf[] = { 1, INFINITY, 3 };
	static const double *const wrong[] = { zero, nan, inf };
	struct interval i = { 7, 7, 7 };

	(void)state;
	for (unsigned w = 0; w < ARRAY_SIZE(wrong); w++) {
		assert_int_equal(stats_paired_ratio(wrong[w], good, 3, 0.95, 1, &i), -EDOM);
		assert_int_equal(stats_paired_ratio(good, wrong[w], 3, 0.95, 1, &i), -EDOM);
		assert_int_equal(stats_ratio(wrong[w], 3, good, 3, 0.95, 1, &i), -EDOM);
		assert_int_equal(stats_ratio(good, 3, wrong[w], 3, 0.95, 1, &i), -EDOM);
	}
	assert_int_equal(stats_paired_ratio(good, good, 0, 0.95, 1, &i), -EINVAL);
	assert_int_equal(stats_paired_ratio(good, good, STATS_MAX_SAMPLES + 1, 0.95, 1, &i),
			 -EINVAL);
	assert_int_equal(stats_ratio(good, 3, good, 0, 0.95, 1, &i), -EINVAL);
	assert_int_equal(stats_paired_ratio(good, good, 3, 1, 1, &i), -EINVAL);
	assert_int_equal(stats_ratio(good, 3, good, 3, 0, 1, &i), -EINVAL);
	assert_true(i.estimate == 7 && i.low == 7 && i.high == 7);
}

static void too_few_samples_promise_nothing(void **state)
{
	static const double a[] = { 10, 11, 12, 10, 11, 12 }, b[] = { 5, 5, 5, 5, 5, 5 };
	struct interval i;

	(void)state;
	assert_int_equal(stats_least_rounds(0.95), 6);
	assert_int_equal(stats_least_rounds(0.998), 10);
	assert_int_equal(stats_least_rounds(0.5), 2);
	assert_int_equal(stats_paired_ratio(a, b, 5, 0.95, 1, &i), 0);
	assert_true(i.low == 0 && isinf(i.high) && fabs(i.estimate - 2.2) < 1e-9);
	assert_int_equal(stats_paired_ratio(a, b, 6, 0.95, 1, &i), 0);
	assert_true(i.low > 1.99 && i.high < 2.41);
	assert_int_equal(stats_ratio(a, 3, b, 3, 0.95, 1, &i), 0);
	assert_true(i.low == 0 && isinf(i.high));
	assert_int_equal(stats_ratio(a, 4, b, 4, 0.95, 1, &i), 0);
	assert_true(i.low > 1.99 && i.high < 2.41);
	assert_int_equal(stats_ratio(a, 1, b, 1, 0.95, 1, &i), 0);
	assert_true(i.low == 0 && isinf(i.high) && fabs(i.estimate - 2) < 1e-9);
}

static void the_same_samples_give_the_same_interval(void **state)
{
	double a[20], b[20];
	struct interval one, two, back;
	uint64_t rng = 5;

	(void)state;
	measure(a, 20, 100, &rng);
	measure(b, 20, 110, &rng);
	assert_int_equal(stats_paired_ratio(a, b, 20, 0.99, 3, &one), 0);
	assert_int_equal(stats_paired_ratio(a, b, 20, 0.99, 3, &two), 0);
	assert_memory_equal(&one, &two, sizeof(one));
	assert_int_equal(stats_paired_ratio(b, a, 20, 0.99, 3, &back), 0);
	assert_true(fabs(back.estimate * one.estimate - 1) < 1e-12);
	assert_int_equal(stats_ratio(a, 20, b, 20, 0.99, 3, &one), 0);
	assert_int_equal(stats_ratio(a, 20, b, 20, 0.99, 3, &two), 0);
	assert_memory_equal(&one, &two, sizeof(one));
	assert_true(one.low < one.estimate && one.estimate < one.high);
}

/* Half of the rounds are slower by a factor of two; only pairing reveals the difference of 5 %. */
static void what_disturbs_a_round_cancels_out(void **state)
{
	double a[24], b[24];
	struct interval paired, unpaired;
	uint64_t rng = 11;

	(void)state;
	for (unsigned i = 0; i < 24; i++) {
		double weather = i % 2 ? 1 : 0.5;

		a[i] = 105 * weather * (1 + 0.005 * gauss(&rng));
		b[i] = 100 * weather * (1 + 0.005 * gauss(&rng));
	}
	assert_int_equal(stats_paired_ratio(a, b, 24, 0.99, 1, &paired), 0);
	assert_int_equal(stats_ratio(a, 24, b, 24, 0.99, 1, &unpaired), 0);
	assert_true(paired.low > 1.03 && paired.high < 1.07);
	assert_true(unpaired.low < 1 && unpaired.high > 1.1);
}

/* One disturbed round of ten moves the median no further than the noise does. */
static void an_outlier_is_no_difference(void **state)
{
	double a[10], b[10];
	struct interval i;

	(void)state;
	for (unsigned n = 0; n < 10; n++) {
		a[n] = 100 + n % 3;
		b[n] = 100 + (n + 1) % 3;
	}
	a[4] = 20;
	assert_int_equal(stats_paired_ratio(a, b, 10, 0.95, 1, &i), 0);
	assert_true(i.low > 0.97 && i.high < 1.03);
	assert_int_equal(stats_ratio(a, 10, b, 10, 0.95, 1, &i), 0);
	assert_true(i.low > 0.97 && i.high < 1.03);
}

/* With 11 rounds one in 1024 medians is outside the range of all rounds, one in 85 outside the range without
 * the two outermost ones; the bootstrap alone would leave those two out. */
static void few_rounds_need_their_whole_range(void **state)
{
	double a[11], b[11], low = INFINITY, high = 0;
	struct interval i;
	uint64_t rng = 29;

	(void)state;
	measure(a, 11, 120, &rng);
	measure(b, 11, 100, &rng);
	for (unsigned n = 0; n < 11; n++) {
		low = fmin(low, a[n] / b[n]);
		high = fmax(high, a[n] / b[n]);
	}
	assert_int_equal(stats_paired_ratio(a, b, 11, 0.998, 1, &i), 0);
	assert_true(fabs(i.low - low) < 1e-9 && fabs(i.high - high) < 1e-9);
}

/* How often the interval misses the known ratio; 100 (1 - confidence) % are allowed. */
static void an_interval_keeps_its_promise(void **state)
{
	enum { TRIES = 150 };
	static const struct {
		double confidence;
		unsigned n, paired_misses, misses; /* three standard deviations above */
	} promised[] = {
		{ 0.95, 5, 0, 15 }, /* paired: too few rounds, never misses */
		{ 0.95, 6, 15, 15 }, { 0.95, 12, 15, 15 }, { 0.99, 8, 5, 5 },
		{ 0.99, 20, 5, 5 },  { 0.998, 11, 2, 2 },
	};

	(void)state;
	for (unsigned p = 0; p < ARRAY_SIZE(promised); p++) {
		unsigned paired_misses = 0, misses = 0, n = promised[p].n;
		uint64_t rng = 17 + p;

		for (unsigned t = 0; t < TRIES; t++) {
			double a[20], b[20];
			struct interval i;

			measure(a, n, 120, &rng);
			measure(b, n, 100, &rng);
			assert_int_equal(stats_paired_ratio(a, b, n, promised[p].confidence, t, &i),
					 0);
			paired_misses += i.low > 1.2 || i.high < 1.2;
			assert_int_equal(stats_ratio(a, n, b, n, promised[p].confidence, t, &i), 0);
			misses += i.low > 1.2 || i.high < 1.2;
		}
		assert_in_range(paired_misses, 0, promised[p].paired_misses);
		assert_in_range(misses, 0, promised[p].misses);
	}
}

static void more_samples_narrow_the_interval(void **state)
{
	enum { MANY = 300 };
	double a[MANY], b[MANY];
	struct interval few, many;
	uint64_t rng = 23;

	(void)state;
	measure(a, MANY, 120, &rng);
	measure(b, MANY, 100, &rng);
	assert_int_equal(stats_paired_ratio(a, b, 16, 0.95, 1, &few), 0);
	assert_int_equal(stats_paired_ratio(a, b, MANY, 0.95, 1, &many), 0);
	assert_true(many.high - many.low < (few.high - few.low) / 2);
	assert_true(many.low > 1.18 && many.high < 1.22);
	assert_int_equal(stats_ratio(a, MANY, b, MANY, 0.95, 1, &many), 0);
	assert_true(many.low > 1.18 && many.high < 1.22);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_middle_of_samples),
		cmocka_unit_test(what_cannot_be_compared_is_refused),
		cmocka_unit_test(too_few_samples_promise_nothing),
		cmocka_unit_test(the_same_samples_give_the_same_interval),
		cmocka_unit_test(what_disturbs_a_round_cancels_out),
		cmocka_unit_test(an_outlier_is_no_difference),
		cmocka_unit_test(few_rounds_need_their_whole_range),
		cmocka_unit_test(an_interval_keeps_its_promise),
		cmocka_unit_test(more_samples_narrow_the_interval),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
