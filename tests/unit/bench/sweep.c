/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <string.h>

#include "bench/method/sweep.h"
#include "bench/stats/random.h"
#include "probe/lib/base.h"

#define MS 1000000ull

static void a_round_has_every_run_once(void **state)
{
	unsigned first[257] = { 0 }, order[257];
	uint64_t rng = 1;

	(void)state;
	for (unsigned n = 1; n <= 257; n += 32) {
		bool seen[257] = { 0 };

		sweep_order(&rng, n, order);
		for (unsigned i = 0; i < n; i++) {
			assert_in_range(order[i], 0, n - 1);
			assert_false(seen[order[i]]);
			seen[order[i]] = true;
		}
	}
	/* Each one is first about equally often: 4 standard deviations around 1000. */
	for (unsigned t = 0; t < 5000; t++) {
		sweep_order(&rng, 5, order);
		first[order[0]]++;
	}
	for (unsigned i = 0; i < 5; i++)
		assert_in_range(first[i], 887, 1113);
}

static void slices_fill_the_budget(void **state)
{
	(void)state;
	/* 2 x 8 rounds of 3 runs of 1.1 slices and 40 ms. */
	assert_int_equal(sweep_slice(48 * 540 * MS, 8, 3, 40 * MS), 500 * MS * 10 / 11);
	assert_int_equal(sweep_slice(600000 * MS, 8, 3, 40 * MS), 1000 * MS);
	assert_int_equal(sweep_slice(1000 * MS, 8, 3, 40 * MS), 100 * MS);
	assert_int_equal(sweep_slice(0, 8, 3, 40 * MS), 100 * MS);
}

static const volatile int never;

static struct sweep_plan plan_of(struct grid *g, const char *rw)
{
	struct sweep_plan plan = {
		.grid = g,
		.criteria = { .confidence = 0.95, .least = 0.02 },
		.precision = 10,
		.budget_ns = 60000 * MS,
		.slice_ns = 10 * MS,
	};

	opt_defaults(job_opt_rows, n_job_opt_rows, &plan.job);
	assert_int_equal(opt_set(opt_find(job_opt_rows, n_job_opt_rows, "rw"), &plan.job, rw, NULL),
			 0);
	return plan;
}

static const struct sweep_follower nobody;

/* A sweep of NOPs over this factor is refused, with this reason. */
static void refuses(const char *factor, uint64_t budget_ns, double precondition, const char *why)
{
	struct grid g = { 0 };
	struct sweep_plan plan = plan_of(&g, "nop");
	struct sweep s;
	struct fail f;

	assert_int_equal(grid_add(&g, factor, &f), 0);
	plan.budget_ns = budget_ns;
	plan.prepare.times = precondition;
	assert_int_equal(sweep_run(&plan, NULL, &never, &nobody, &s, &f), -EINVAL);
	assert_int_equal(f.kind, FAIL_USAGE);
	assert_non_null(strstr(f.msg, why));
}

static void what_cannot_be_swept_is_told(void **state)
{
	(void)state;
	/* 1 - 0.05 / 21 takes 10 rounds of 9 runs; 98 runs of 10, 1 and 40 ms. */
	refuses("iodepth=1..128", 1000 * MS, 0, "10 rounds of 9 runs, 5s: raise --budget");
	/* No combination is valid. */
	refuses("batch-complete=64,128", 60000 * MS, 0, "iodepth");
	refuses("iodepth=1,2", 60000 * MS, 1, "no target");
}

static void a_stopped_sweep_has_nothing_before_its_first_round(void **state)
{
	static const volatile int stopped = 2;
	struct grid g = { 0 };
	struct sweep_plan plan = plan_of(&g, "nop");
	struct sweep s;
	struct fail f;

	(void)state;
	assert_int_equal(grid_add(&g, "iodepth=1,2", &f), 0);
	assert_int_equal(sweep_run(&plan, NULL, &stopped, &nobody, &s, &f), -EINTR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_round_has_every_run_once),
		cmocka_unit_test(slices_fill_the_budget),
		cmocka_unit_test(what_cannot_be_swept_is_told),
		cmocka_unit_test(a_stopped_sweep_has_nothing_before_its_first_round),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
