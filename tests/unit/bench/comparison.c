/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <math.h>
#include <string.h>

#include "bench/saved/comparison.h"
#include "bench/stats/random.h"
#include "probe/lib/base.h"

#define MAX_RUNS 32

/* Both sides and the comparisons of them. */
struct scene {
	struct saved_run runs[2][MAX_RUNS];
	struct saved_runs base, new;
	struct comparison_opts opts;
	struct comparisons got;
	uint64_t rng;
};

static double uniform(uint64_t *rng)
{
	return ((random_next(rng) >> 11) + 0.5) * 0x1p-53;
}

static double gauss(uint64_t *rng)
{
	return sqrt(-2 * log(uniform(rng))) * cos(2 * M_PI * uniform(rng));
}

static void clear(struct saved_runs *side, struct saved_run *runs, size_t n)
{
	*side = (struct saved_runs){ runs, n };
	for (size_t i = 0; i < n; i++) {
		runs[i] = (struct saved_run){ .trusted = true };
		for (unsigned part = 0; part < PARTS; part++)
			for (unsigned m = 0; m < METRICS; m++)
				runs[i].value[part][m] = NAN;
	}
}

/* n runs on each side without values; m decides, with a limit of 5 %. */
static void set_up(struct scene *s, size_t n, enum metric m)
{
	s->opts = (struct comparison_opts){ .noise = NAN, .confidence = 0.95 };
	s->opts.decides[m] = true;
	for (unsigned i = 0; i < METRICS; i++)
		s->opts.limit[i] = 0.05;
	clear(&s->base, s->runs[0], n);
	clear(&s->new, s->runs[1], n);
}

/* Values with random noise around a centre. */
static void scatter(struct saved_runs *side, unsigned part, enum metric m, double middle, double by,
		    uint64_t *rng)
{
	for (size_t i = 0; i < side->n; i++)
		side->list[i].value[part][m] = middle * exp(by * gauss(rng));
}

static const struct comparison *made(struct scene *s)
{
	assert_int_equal(comparisons_make(&s->base, &s->new, &s->opts, &s->got, NULL), 0);
	return &s->got.list[0];
}

/* Compares two sides of n runs; speed is that of the new side relative to base. */
static const struct comparison *try(struct scene *s, size_t n, double speed, double by)
{
	set_up(s, n, METRIC_IOPS);
	scatter(&s->base, PART_TOTAL, METRIC_IOPS, 1e6, by, &s->rng);
	scatter(&s->new, PART_TOTAL, METRIC_IOPS, 1e6 * speed, by, &s->rng);
	return made(s);
}

static struct scene *scene(void)
{
	struct scene *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	s->rng = 11;
	return s;
}

static void noise_is_no_change(void **state)
{
	_cleanup_free_ struct scene *s = scene();
	unsigned called = 0, same = 0;

	(void)state;
	for (unsigned i = 0; i < 100; i++) {
		const struct comparison *c = try(s, 4 + i % 8, 1, 0.02);

		called += c->verdict == TREND_BETTER || c->verdict == TREND_WORSE;
		same += c->verdict == TREND_SAME;
		assert_int_not_equal(c->kept, KEPT_NO);
	}
	assert_true(called <= 5);
	assert_true(same >= 10);
}

static void a_slowdown_is_caught(void **state)
{
	_cleanup_free_ struct scene *s = scene();
	unsigned five = 0, twenty = 0, over = 0;

	(void)state;
	for (unsigned i = 0; i < 40; i++) {
		five += try(s, 6, 0.95, 0.01)->verdict == TREND_WORSE;
		twenty += try(s, 6, 0.8, 0.02)->verdict == TREND_WORSE;
		over += s->got.kept == KEPT_NO;
		assert_int_equal(try(s, 6, 1.25, 0.02)->verdict, TREND_BETTER);
		assert_int_equal(s->got.kept, KEPT_YES);
	}
	assert_true(five >= 38);
	assert_int_equal(twenty, 40);
	assert_int_equal(over, 40);
}

/* The resolution reported for equal sides is kept by a comparison of sides that differ by it. */
static void the_resolution_is_a_promise(void **state)
{
	_cleanup_free_ struct scene *s = scene();
	unsigned caught = 0, smaller = 0;

	(void)state;
	for (unsigned i = 0; i < 100; i++) {
		double seen = try(s, 5 + i % 8, 1, 0.02)->resolution;

		assert_true(seen > 0.01 && seen < 0.5);
		caught += try(s, 5 + i % 8, 1 - seen, 0.02)->verdict == TREND_WORSE;
		smaller += try(s, 5 + i % 8, 1 - seen / 4, 0.02)->verdict == TREND_WORSE;
	}
	assert_true(caught >= 90);
	assert_true(smaller <= 50);
}

static void less_latency_is_better(void **state)
{
	static const struct {
		double ratio;
		enum trend verdict;
		enum kept kept;
	} rows[] = {
		{ 1.3, TREND_WORSE, KEPT_NO },
		{ 0.7, TREND_BETTER, KEPT_YES },
		{ 1.02, TREND_WORSE, KEPT_YES },
		{ 1, TREND_SAME, KEPT_YES },
	};
	_cleanup_free_ struct scene *s = scene();

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct comparison *c;

		set_up(s, 8, METRIC_LAT_P99);
		scatter(&s->base, PART_TOTAL, METRIC_LAT_P99, 5000, 0.001, &s->rng);
		scatter(&s->new, PART_TOTAL, METRIC_LAT_P99, 5000 * rows[i].ratio, 0.001, &s->rng);
		c = made(s);
		assert_int_equal(c->verdict, rows[i].verdict);
		assert_int_equal(s->got.kept, rows[i].kept);
		assert_true(fabs(c->change - (rows[i].ratio - 1)) < 0.01);
		assert_true(c->low <= c->change && c->change <= c->high);
		assert_int_equal(c->basis, BASIS_RUNS);
	}
}

static void too_few_runs_tell_nothing(void **state)
{
	_cleanup_free_ struct scene *s = scene();
	const struct comparison *c = try(s, 3, 0.5, 0.001);

	(void)state;
	assert_int_equal(s->got.least, 4);
	assert_int_equal(c->verdict, TREND_INCONCLUSIVE);
	assert_int_equal(c->basis, BASIS_NONE);
	assert_true(isnan(c->low) && isnan(c->high) && isnan(c->resolution));
	assert_true(fabs(c->change + 0.5) < 0.05);
	assert_int_equal(s->got.kept, KEPT_UNDECIDED);
	assert_int_equal(try(s, 4, 0.5, 0.001)->verdict, TREND_WORSE);
}

static void one_run_needs_to_know_the_noise(void **state)
{
	static const struct {
		double speed, noise;
		enum trend verdict;
		enum kept kept;
	} rows[] = {
		{ 0.8, NAN, TREND_INCONCLUSIVE, KEPT_UNDECIDED },
		{ 0.8, 0.03, TREND_WORSE, KEPT_NO },
		{ 0.8, 0.3, TREND_INCONCLUSIVE, KEPT_UNDECIDED },
		{ 0.99, 0.03, TREND_SAME, KEPT_YES },
		{ 1.2, 0.03, TREND_BETTER, KEPT_YES },
	};
	_cleanup_free_ struct scene *s = scene();
	double spans[2][40];

	(void)state;
	for (unsigned i = 0; i < 2 * ARRAY_SIZE(rows); i++) {
		const struct comparison *c;
		unsigned row = i / 2;
		bool series = i % 2;

		set_up(s, 1, METRIC_IOPS);
		s->opts.noise = rows[row].noise;
		s->base.list[0].value[PART_TOTAL][METRIC_IOPS] = 100;
		s->new.list[0].value[PART_TOTAL][METRIC_IOPS] = 100 * rows[row].speed;
		for (unsigned at = 0; at < 40; at++) {
			spans[0][at] = 90 * exp(0.002 * gauss(&s->rng));
			spans[1][at] = 100 * rows[row].speed * exp(0.002 * gauss(&s->rng));
		}
		for (unsigned side = 0; series && side < 2; side++) {
			s->runs[side][0].spans[METRIC_IOPS] = spans[side];
			s->runs[side][0].n_spans = 40;
		}
		c = made(s);
		assert_int_equal(c->verdict, rows[row].verdict);
		assert_int_equal(s->got.kept, rows[row].kept);
		assert_int_equal(c->basis, series		    ? BASIS_SPANS
					   : isnan(rows[row].noise) ? BASIS_NONE
								    : BASIS_NOISE);
		/* The interval is always reported, even if there is no verdict. */
		assert_int_equal(isnan(c->low), !series && isnan(rows[row].noise));
		assert_true(isnan(c->low) || (c->low < c->change && c->change < c->high));
	}
}

static void noise_widens(void **state)
{
	_cleanup_free_ struct scene *s = scene();
	double low = try(s, 8, 0.9, 0.001)->low, high = s->got.list[0].high;

	(void)state;
	s->opts.noise = 0.2;
	assert_int_equal(made(s)->verdict, TREND_INCONCLUSIVE);
	assert_true(fabs(1 + s->got.list[0].low - (1 + low) / 1.2) < 1e-9);
	assert_true(fabs(1 + s->got.list[0].high - (1 + high) * 1.2) < 1e-9);
}

static void what_is_not_valid_decides_nothing(void **state)
{
	static const double speeds[] = { 0.5, 1, 2 };
	_cleanup_free_ struct scene *s = scene();

	(void)state;
	for (unsigned i = 0; i < 2 * ARRAY_SIZE(speeds); i++) {
		try(s, 8, speeds[i / 2], 0.001);
		(i % 2 ? &s->base : &s->new)->list[3].trusted = false;
		assert_int_equal(made(s)->verdict, TREND_INCONCLUSIVE);
		assert_int_equal(s->got.list[0].kept, KEPT_UNDECIDED);
		assert_int_equal(s->got.kept, KEPT_UNDECIDED);
		assert_false(s->got.trusted);
		assert_true(isnan(s->got.list[0].resolution));
	}
}

static void a_run_that_does_not_know_is_not_left_out(void **state)
{
	_cleanup_free_ struct scene *s = scene();

	(void)state;
	for (unsigned side = 0; side < 2; side++) {
		try(s, 8, 0.5, 0.001);
		s->runs[side][2].value[PART_TOTAL][METRIC_IOPS] = NAN;
		assert_int_equal(made(s)->verdict, TREND_INCONCLUSIVE);
		assert_int_equal(s->got.list[0].n_base, 8 - !side);
		assert_int_equal(s->got.list[0].n_new, 8 - side);
		assert_int_equal(s->got.kept, KEPT_UNDECIDED);
	}
	/* Metrics that neither side has are not listed. */
	for (unsigned i = 0; i < 8; i++)
		s->runs[0][i].value[PART_TOTAL][METRIC_IOPS] =
			s->runs[1][i].value[PART_TOTAL][METRIC_IOPS] = NAN;
	made(s);
	assert_int_equal(s->got.n, 0);
	assert_int_equal(s->got.kept, KEPT_UNDECIDED);
}

static void pairs_cancel_what_disturbs_both(void **state)
{
	_cleanup_free_ struct scene *s = scene();

	(void)state;
	set_up(s, 10, METRIC_IOPS);
	for (unsigned i = 0; i < 10; i++) {
		double both = exp(0.3 * gauss(&s->rng));

		s->runs[0][i].value[PART_TOTAL][METRIC_IOPS] = both;
		s->runs[1][i].value[PART_TOTAL][METRIC_IOPS] =
			0.9 * both * exp(0.002 * gauss(&s->rng));
	}
	assert_int_equal(made(s)->verdict, TREND_INCONCLUSIVE);
	s->opts.paired = true;
	assert_int_equal(made(s)->verdict, TREND_WORSE);
	assert_int_equal(s->got.list[0].basis, BASIS_PAIRS);
	assert_int_equal(s->got.kept, KEPT_NO);
	assert_int_equal(s->got.least, 6);
}

static void pairs_need_partners(void **state)
{
	_cleanup_free_ struct scene *s = scene();
	struct fail f = { 0 };

	(void)state;
	try(s, 8, 1, 0.01);
	s->opts.paired = true;
	s->new.n = 7;
	s->got.n = 77;
	assert_int_equal(comparisons_make(&s->base, &s->new, &s->opts, &s->got, &f), -EINVAL);
	assert_int_equal(f.kind, FAIL_USAGE);
	assert_int_equal(s->got.n, 77);
}

/* A slowdown of writes to half is not hidden by a total with ten times as many reads. */
static void each_kind_decides(void **state)
{
	_cleanup_free_ struct scene *s = scene();
	unsigned deciding = 0;

	(void)state;
	set_up(s, 8, METRIC_IOPS);
	s->opts.decides[METRIC_CPU] = true;
	for (unsigned side = 0; side < 2; side++) {
		struct saved_runs *o = side ? &s->new : &s->base;

		scatter(o, IO_READ, METRIC_IOPS, 1000, 0.001, &s->rng);
		scatter(o, IO_WRITE, METRIC_IOPS, side ? 50 : 100, 0.001, &s->rng);
		scatter(o, PART_TOTAL, METRIC_IOPS, side ? 1050 : 1100, 0.001, &s->rng);
		scatter(o, PART_TOTAL, METRIC_CPU, 500, 0.001, &s->rng);
	}
	made(s);
	assert_int_equal(s->got.kept, KEPT_NO);
	for (unsigned i = 0; i < s->got.n; i++) {
		const struct comparison *c = &s->got.list[i];

		deciding += c->decides;
		assert_int_equal(c->decides, c->part != PART_TOTAL || c->metric == METRIC_CPU);
		assert_int_equal(c->verdict == TREND_WORSE,
				 c->metric == METRIC_IOPS && c->part != IO_READ);
	}
	assert_int_equal(deciding, 3);
	assert_true(fabs(s->got.level - (1 - 0.05 / 3)) < 1e-9);
}

static void only_what_decides_decides(void **state)
{
	_cleanup_free_ struct scene *s = scene();

	(void)state;
	try(s, 8, 1, 0.001);
	scatter(&s->base, PART_TOTAL, METRIC_LAT_P999, 100, 0.001, &s->rng);
	scatter(&s->new, PART_TOTAL, METRIC_LAT_P999, 900, 0.001, &s->rng);
	made(s);
	assert_int_equal(s->got.n, 2);
	assert_int_equal(s->got.list[1].verdict, TREND_WORSE);
	assert_int_equal(s->got.kept, KEPT_YES);
	s->opts.decides[METRIC_LAT_P999] = true;
	made(s);
	assert_int_equal(s->got.kept, KEPT_NO);
	/* A metric that fails its limit outweighs an undecided one. */
	s->new.list[0].value[PART_TOTAL][METRIC_IOPS] = NAN;
	made(s);
	assert_int_equal(s->got.kept, KEPT_NO);
	s->opts.limit[METRIC_LAT_P999] = 10;
	made(s);
	assert_int_equal(s->got.kept, KEPT_UNDECIDED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(noise_is_no_change),
		cmocka_unit_test(a_slowdown_is_caught),
		cmocka_unit_test(the_resolution_is_a_promise),
		cmocka_unit_test(less_latency_is_better),
		cmocka_unit_test(too_few_runs_tell_nothing),
		cmocka_unit_test(one_run_needs_to_know_the_noise),
		cmocka_unit_test(noise_widens),
		cmocka_unit_test(what_is_not_valid_decides_nothing),
		cmocka_unit_test(a_run_that_does_not_know_is_not_left_out),
		cmocka_unit_test(pairs_cancel_what_disturbs_both),
		cmocka_unit_test(pairs_need_partners),
		cmocka_unit_test(each_kind_decides),
		cmocka_unit_test(only_what_decides_decides),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
