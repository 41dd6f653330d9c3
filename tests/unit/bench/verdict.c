/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <math.h>
#include <string.h>

#include "bench/method/verdict.h"
#include "bench/stats/random.h"
#include "probe/lib/base.h"

#define MAX_ROUNDS 40

static double uniform(uint64_t *rng)
{
	return ((random_next(rng) >> 11) + 0.5) * 0x1p-53;
}

static double gauss(uint64_t *rng)
{
	return sqrt(-2 * log(uniform(rng))) * cos(2 * M_PI * uniform(rng));
}

/* A simulated sweep with known effects. */
struct sham {
	struct grid grid;
	struct samples samples;
	struct sample run[MAX_ROUNDS * (GRID_MAX_CELLS + 1)];
	bool dead[GRID_MAX_CELLS];
	double noise;  /* of each run, as a standard deviation */
	double spoilt; /* share of runs that a disturbance slows down by up to 30 % */
	double truth[GRID_MAX_CELLS][ASPECTS];
	struct verdicts v;
};

static const struct criteria strict = { .confidence = 0.95, .least = 0.02, .seed = 1 };

static struct sham *sham_of(const char *const *sweeps, unsigned rounds, double noise)
{
	struct sham *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	for (; *sweeps; sweeps++)
		assert_int_equal(grid_add(&s->grid, *sweeps, NULL), 0);
	s->samples = (struct samples){
		.n_cells = s->grid.n_cells, .n_rounds = rounds, .run = s->run, .dead = s->dead
	};
	s->noise = noise;
	for (unsigned c = 0; c < s->grid.n_cells; c++)
		for (unsigned m = 0; m < ASPECTS; m++)
			s->truth[c][m] = 1000;
	return s;
}

static void shamp(struct sham **s)
{
	free(*s);
}

/* Sets the factor by which a level changes the metrics. */
static void make_true(struct sham *s, unsigned factor, unsigned level, double iops, double p99,
		      double cpu)
{
	for (unsigned c = 0; c < s->grid.n_cells; c++) {
		if (grid_level(&s->grid, c, factor) != level)
			continue;
		s->truth[c][ASPECT_IOPS] *= iops;
		s->truth[c][ASPECT_P99] *= p99;
		s->truth[c][ASPECT_CPU] *= cpu;
	}
}

/* Every round has its own conditions, every run its noise, and some runs are disturbed. */
static void measure(struct sham *s, uint64_t seed)
{
	uint64_t rng = seed;
	const unsigned n = s->samples.n_cells;

	for (unsigned r = 0; r < s->samples.n_rounds; r++) {
		double weather = exp(0.1 * gauss(&rng));

		for (unsigned e = 0; e <= n; e++) {
			const double *truth = s->truth[e == n ? s->samples.base : e];
			double mishap = uniform(&rng) < s->spoilt ? 1 - 0.3 * uniform(&rng) : 1;
			struct sample *at = sample_at(&s->samples, r, e);

			at->valid = e == n || !s->dead[e];
			for (unsigned m = 0; m < ASPECTS; m++) {
				double v = weather * mishap * exp(s->noise * gauss(&rng));

				at->value[m] = m == ASPECT_IOPS ? truth[m] * v : truth[m] / v;
			}
		}
	}
}

static const struct verdicts *judged(struct sham *s, const struct criteria *c)
{
	assert_int_equal(verdicts_of(&s->grid, &s->samples, c, &s->v), 0);
	return &s->v;
}

static unsigned winners(const struct verdicts *v)
{
	unsigned n = 0;

	for (unsigned i = 0; i < v->n; i++)
		for (unsigned m = 0; m < ASPECTS; m++)
			n += v->at[i].change[m].verdict == VERDICT_PAYS ||
			     v->at[i].change[m].verdict == VERDICT_COSTS;
	return n;
}

static void a_known_difference_is_found_each_time(void **state)
{
	(void)state;
	for (unsigned t = 0; t < 20; t++) {
		_cleanup_(shamp) struct sham *s = sham_of(
			(const char *const[]){ "sqpoll", "fixedbufs", "iodepth=1,2,4", NULL }, 24,
			0.03);
		const struct verdicts *v;

		make_true(s, 0, 1, 1.1, 0.9, 1.5);
		make_true(s, 2, 1, 1.8, 1, 0.9);
		make_true(s, 2, 2, 3, 1.4, 0.8);
		s->spoilt = 0.05;
		measure(s, t);
		v = judged(s, &strict);
		assert_int_equal(v->n, 4);
		assert_int_equal(v->at[0].change[ASPECT_IOPS].verdict, VERDICT_PAYS);
		assert_int_equal(v->at[0].change[ASPECT_P99].verdict, VERDICT_PAYS);
		assert_int_equal(v->at[0].change[ASPECT_CPU].verdict, VERDICT_COSTS);
		for (unsigned m = 0; m < ASPECTS; m++) {
			assert_int_not_equal(v->at[1].change[m].verdict, VERDICT_PAYS);
			assert_int_not_equal(v->at[1].change[m].verdict, VERDICT_COSTS);
		}
		assert_int_equal(v->at[2].change[ASPECT_IOPS].verdict, VERDICT_PAYS);
		assert_int_equal(v->at[3].change[ASPECT_P99].verdict, VERDICT_COSTS);
		assert_int_equal(v->at[3].change[ASPECT_CPU].verdict, VERDICT_PAYS);
		assert_true(fabs(v->at[0].change[ASPECT_CPU].ratio.estimate - 1.5) < 0.05);
		/* sqpoll=on, fixedbufs=off, iodepth=4 */
		assert_int_equal(v->recommended, 8);
		assert_int_equal(v->chosen_for[0], ASPECT_IOPS);
		assert_int_equal(v->chosen_for[1], ASPECTS);
		assert_false(v->together_failed);
		assert_int_equal(v->together[ASPECT_IOPS].verdict, VERDICT_PAYS);
	}
}

/* Regardless of the noise. */
static void the_same_thing_has_no_winner(void **state)
{
	static const double noise[] = { 0.005, 0.03, 0.1, 0.3 };
	unsigned false_alarms = 0;

	(void)state;
	for (unsigned t = 0; t < 40; t++) {
		_cleanup_(shamp) struct sham *s =
			sham_of((const char *const[]){ "seed=1,2", "iodepth=1..4", NULL },
				14 + t % 10, noise[t % 4]);

		s->spoilt = t % 3 * 0.1;
		measure(s, 1000 + t);
		false_alarms += winners(judged(s, &strict)) > 0;
		assert_true(winners(&s->v) || s->v.recommended == 0);
	}
	assert_in_range(false_alarms, 0, 2);
}

static void a_quiet_machine_shows_that_there_is_no_difference(void **state)
{
	_cleanup_(shamp) struct sham *s =
		sham_of((const char *const[]){ "iopoll", NULL }, 24, 0.005);

	(void)state;
	measure(s, 3);
	judged(s, &strict);
	for (unsigned m = 0; m < ASPECTS; m++)
		assert_int_equal(s->v.at[0].change[m].verdict, VERDICT_NO_DIFFERENCE);
	assert_true(s->v.precision < 0.02);
	/* A significant but negligible difference does not win. */
	make_true(s, 0, 1, 1.01, 1, 1);
	s->noise = 0.001;
	measure(s, 3);
	judged(s, &strict);
	assert_true(s->v.at[0].change[ASPECT_IOPS].ratio.low > 1);
	assert_int_equal(s->v.at[0].change[ASPECT_IOPS].verdict, VERDICT_NO_DIFFERENCE);
}

static void too_few_rounds_decide_nothing(void **state)
{
	_cleanup_(shamp) struct sham *s =
		sham_of((const char *const[]){ "iopoll", NULL }, 24, 0.001);

	(void)state;
	make_true(s, 0, 1, 2, 2, 2);
	measure(s, 3);
	judged(s, &strict);
	assert_int_equal(winners(&s->v), 3);
	s->samples.n_rounds = s->v.least_rounds;
	assert_int_equal(winners(judged(s, &strict)), 3);
	s->samples.n_rounds--;
	assert_int_equal(winners(judged(s, &strict)), 0);
	assert_true(isinf(s->v.precision));
	s->samples.n_rounds = 0;
	assert_int_equal(winners(judged(s, &strict)), 0);
	assert_true(isinf(s->v.precision));
	assert_int_equal(s->v.recommended, 0);
}

/* Changes within the noise are not reported as changes. */
static void the_noise_floor_holds(void **state)
{
	_cleanup_(shamp) struct sham *s =
		sham_of((const char *const[]){ "iopoll", NULL }, 24, 0.005);

	(void)state;
	make_true(s, 0, 1, 1.1, 1, 1);
	measure(s, 3);
	assert_int_equal(judged(s, &strict)->at[0].change[ASPECT_IOPS].verdict, VERDICT_PAYS);
	for (unsigned r = 0; r < s->samples.n_rounds; r++)
		for (unsigned m = 0; m < ASPECTS; m++)
			sample_at(&s->samples, r, s->samples.n_cells)->value[m] *= 0.73;
	judged(s, &strict);
	for (unsigned m = 0; m < ASPECTS; m++)
		assert_int_equal(s->v.at[0].change[m].verdict, VERDICT_INCONCLUSIVE);
}

static void runs_that_are_not_valid_are_left_out(void **state)
{
	_cleanup_(shamp) struct sham *s =
		sham_of((const char *const[]){ "sqpoll", "iodepth=1..8", NULL }, 24, 0.005);

	(void)state;
	/* Twice as fast at depth 1, half as fast at depth 8: the mean must not depend on which runs are
	 * missing. */
	make_true(s, 0, 1, 1.1, 1, 1);
	s->truth[4][ASPECT_IOPS] *= 2;
	s->truth[7][ASPECT_IOPS] /= 2;
	measure(s, 5);
	for (unsigned r = 0; r < 24; r++) {
		struct sample *left_out = sample_at(&s->samples, r, r % 5 < 2 ? 4 : r % 9);

		left_out->valid = false;
		left_out->value[ASPECT_IOPS] = 1e9;
	}
	judged(s, &strict);
	assert_int_equal(s->v.at[0].change[ASPECT_IOPS].verdict, VERDICT_PAYS);
	assert_true(s->v.at[0].change[ASPECT_IOPS].ratio.high < 1.115);
	assert_true(s->v.at[0].change[ASPECT_IOPS].ratio.low > 1.085);
	assert_true(verdict_depends(&s->v, &strict, 0, ASPECT_IOPS));
	assert_false(verdict_depends(&s->v, &strict, 0, ASPECT_CPU));
	assert_int_equal(s->v.at[0].change[ASPECT_IOPS].highest_at, 0);
	assert_int_equal(s->v.at[0].change[ASPECT_IOPS].lowest_at, 3);
	for (unsigned i = 0; i < 24 * 9; i++)
		s->run[i].valid = s->run[i].valid && i / 9 % 3;
	judged(s, &strict);
	assert_int_equal(s->v.at[0].change[ASPECT_IOPS].left_out, 8);
	assert_int_equal(winners(&s->v), 0);
}

static void what_cannot_be_measured_is_no_verdict(void **state)
{
	_cleanup_(shamp) struct sham *s =
		sham_of((const char *const[]){ "iopoll", "iodepth=1,2", NULL }, 24, 0.005);

	(void)state;
	make_true(s, 1, 1, 1.5, 1, 1);
	s->dead[2] = s->dead[3] = true;
	measure(s, 5);
	judged(s, &strict);
	for (unsigned m = 0; m < ASPECTS; m++)
		assert_int_equal(s->v.at[0].change[m].verdict, VERDICT_UNAVAILABLE);
	assert_int_equal(s->v.at[0].because, 2);
	assert_int_equal(s->v.at[1].change[ASPECT_IOPS].verdict, VERDICT_PAYS);
	assert_int_equal(s->v.recommended, 1);
	/* Three intervals, not six. */
	assert_true(fabs(s->v.confidence - (1 - 0.05 / 3)) < 1e-9);
}

static void what_cannot_go_together_is_not_recommended(void **state)
{
	_cleanup_(shamp) struct sham *s =
		sham_of((const char *const[]){ "iopoll", "fixedbufs", NULL }, 24, 0.005);

	(void)state;
	make_true(s, 0, 1, 1.2, 1, 1);
	make_true(s, 1, 1, 1.5, 1, 1);
	s->dead[3] = true;
	measure(s, 5);
	assert_int_equal(judged(s, &strict)->recommended, 1);
	assert_int_equal(s->v.chosen_for[0], ASPECTS);
}

/* Each of two factors pays off on average because of their interaction; all three together cost. */
static void what_costs_together_is_not_recommended(void **state)
{
	static const double iops[] = { 1000, 1200, 1200, 7000, 1200, 7000, 7000, 500 };
	_cleanup_(shamp) struct sham *s =
		sham_of((const char *const[]){ "iopoll", "fixedbufs", "sqpoll", NULL }, 24, 0.005);

	(void)state;
	for (unsigned c = 0; c < ARRAY_SIZE(iops); c++)
		s->truth[c][ASPECT_IOPS] = iops[c];
	measure(s, 5);
	judged(s, &strict);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(s->v.at[i].change[ASPECT_IOPS].verdict, VERDICT_PAYS);
	assert_true(s->v.together_failed);
	assert_int_equal(s->v.recommended, 0);
}

static void the_recommendation_is_for_what_is_preferred(void **state)
{
	_cleanup_(shamp) struct sham *s =
		sham_of((const char *const[]){ "iodepth=1..16", NULL }, 24, 0.002);
	struct criteria c = strict;

	(void)state;
	/* 8 and 16 are equal: the first of the best is recommended. */
	make_true(s, 0, 1, 1.5, 0.8, 0.9);
	make_true(s, 0, 2, 2, 1.2, 0.8);
	make_true(s, 0, 3, 3, 2, 0.7);
	make_true(s, 0, 4, 3.01, 4, 0.5);
	measure(s, 5);
	assert_int_equal(judged(s, &c)->recommended, 3);
	c.prefer = ASPECT_P99;
	assert_int_equal(judged(s, &c)->recommended, 1);
	assert_int_equal(s->v.chosen_for[0], ASPECT_P99);
	c.prefer = ASPECT_CPU;
	assert_int_equal(judged(s, &c)->recommended, 4);
}

/* A gain in CPU time alone is recommended, but not at the cost of IOPS. */
static void a_gain_that_costs_elsewhere_is_none(void **state)
{
	_cleanup_(shamp) struct sham *s =
		sham_of((const char *const[]){ "fixedbufs", "async", NULL }, 24, 0.002);

	(void)state;
	make_true(s, 0, 1, 1, 1, 0.8);
	make_true(s, 1, 1, 0.7, 1, 0.8);
	measure(s, 5);
	judged(s, &strict);
	assert_int_equal(s->v.recommended, 2);
	assert_int_equal(s->v.chosen_for[0], ASPECT_CPU);
	assert_int_equal(s->v.chosen_for[1], ASPECTS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_known_difference_is_found_each_time),
		cmocka_unit_test(the_same_thing_has_no_winner),
		cmocka_unit_test(a_quiet_machine_shows_that_there_is_no_difference),
		cmocka_unit_test(too_few_rounds_decide_nothing),
		cmocka_unit_test(the_noise_floor_holds),
		cmocka_unit_test(runs_that_are_not_valid_are_left_out),
		cmocka_unit_test(what_cannot_be_measured_is_no_verdict),
		cmocka_unit_test(what_cannot_go_together_is_not_recommended),
		cmocka_unit_test(what_costs_together_is_not_recommended),
		cmocka_unit_test(the_recommendation_is_for_what_is_preferred),
		cmocka_unit_test(a_gain_that_costs_elsewhere_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
