/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <math.h>
#include <string.h>

#include "bench/engine/hist.h"
#include "bench/stats/random.h"
#include "probe/lib/base.h"

static void bounds_meet_without_gaps(void **state)
{
	(void)state;
	for (unsigned i = 0; i < HIST_BUCKETS; i++) {
		assert_int_equal(hist_index(hist_floor(i)), i);
		if (i)
			assert_int_equal(hist_index(hist_floor(i) - 1), i - 1);
	}
	assert_int_equal(hist_index(UINT64_MAX), HIST_BUCKETS - 1);
}

static int ascending(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void percentiles_are_within_one_percent(void **state)
{
	enum { N = 100000 };
	static const double shares[] = { 0.0001, 0.1, 0.5, 0.9, 0.99, 0.999, 0.9999, 1 };
	_cleanup_free_ struct hist *h = calloc(1, sizeof(*h));
	_cleanup_free_ uint64_t *v = calloc(N, sizeof(*v));
	uint64_t rng = 7;

	(void)state;
	/* Over nine orders of magnitude. */
	for (unsigned i = 0; i < N; i++) {
		v[i] = random_next(&rng) >> (24 + random_below(&rng, 30));
		hist_add(h, v[i], 1);
	}
	qsort(v, N, sizeof(*v), ascending);
	for (unsigned i = 0; i < ARRAY_SIZE(shares); i++) {
		uint64_t exact = v[(size_t)(shares[i] * N + 0.5) - 1];
		double got = hist_percentile(h, shares[i]);

		assert_true(got >= exact * 0.99 && got <= exact * 1.01 + 1);
	}
	assert_int_equal(h->min, v[0]);
	assert_int_equal(h->max, v[N - 1]);
	assert_int_equal(h->count, N);
}

static void merging_is_adding(void **state)
{
	_cleanup_free_ struct hist *all = calloc(1, sizeof(*all)), *sum = calloc(1, sizeof(*sum));
	uint64_t rng = 3;

	(void)state;
	for (unsigned part = 0; part < 3; part++) {
		_cleanup_free_ struct hist *h = calloc(1, sizeof(*h));

		for (unsigned i = 0; i < 1000; i++) {
			uint64_t v = random_below(&rng, 1000000) + part;

			hist_add(h, v, 1);
			hist_add(all, v, 1);
		}
		hist_merge(sum, h);
	}
	hist_merge(sum, &(struct hist){ 0 });
	assert_memory_equal(all, sum, sizeof(*all));
}

/* The writer adds to a bucket first, and to the count some time later. */
static void a_histogram_that_is_being_written(void **state)
{
	_cleanup_free_ struct hist *h = calloc(1, sizeof(*h)), *seen = calloc(1, sizeof(*seen));

	(void)state;
	hist_add(h, 1000, 100);
	hist_add(h, 900000, 1);
	h->count += 10;
	hist_merge(seen, h);
	assert_int_equal(seen->count, 101);
	assert_true(hist_percentile(seen, 0.99) < 1010);
}

static void the_deviation_of_known_values(void **state)
{
	_cleanup_free_ struct hist *h = calloc(1, sizeof(*h));

	(void)state;
	assert_true(hist_deviation(h) == 0);
	hist_add(h, 100, 50);
	hist_add(h, 102, 50);
	assert_true(fabs(hist_deviation(h) - 1.00504) < 1e-4);
	hist_add(h, 1000000, 1);
	assert_true(fabs(hist_deviation(h) / 99494 - 1) < 0.01);
}

static void a_percentile_takes_values_beyond_it(void **state)
{
	_cleanup_free_ struct hist *h = calloc(1, sizeof(*h));

	(void)state;
	hist_add(h, 1000, 999);
	assert_int_equal(hist_percentile_with(h, 0.99, 10), -1);
	assert_true(hist_percentile_or_none(h, 0.99) > 0);
	assert_true(hist_percentile_or_none(h, 0.999) < 0);
	hist_add(h, 1000, 1);
	assert_true(hist_percentile_with(h, 0.99, 10) > 0);
	assert_true(hist_percentile_or_none(h, 0.999) > 0);
	assert_int_equal(hist_percentile_with(h, 0.999, 10), -1);
}

static void nothing_has_no_percentile(void **state)
{
	static const struct hist h;

	(void)state;
	assert_int_equal(hist_percentile(&h, 0.5), 0);
	assert_true(hist_mean(&h) == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bounds_meet_without_gaps),
		cmocka_unit_test(percentiles_are_within_one_percent),
		cmocka_unit_test(merging_is_adding),
		cmocka_unit_test(a_histogram_that_is_being_written),
		cmocka_unit_test(the_deviation_of_known_values),
		cmocka_unit_test(a_percentile_takes_values_beyond_it),
		cmocka_unit_test(nothing_has_no_percentile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
