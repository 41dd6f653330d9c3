/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <string.h>

#include "bench/qualify/qualify.h"
#include "probe/lib/base.h"

#define MAX_RUNS 8

/* A plan of one benchmark with one limit, and the results of its runs. */
struct bed {
	struct plan plan;
	struct plan_bench bench;
	struct limit limit;
	struct qualify_device devices[2];
	struct run runs[MAX_RUNS];
	struct qualification q;
};

static struct bed *make_bed(const char *limit, unsigned repeat, unsigned n_devices)
{
	struct bed *b = calloc(1, sizeof(*b));
	struct fail f;

	assert_non_null(b);
	if (limit_parse(OF_BENCH, limit, &b->limit, &f) < 0)
		fail_msg("%s", f.msg);
	b->limit.required = true;
	b->bench = (struct plan_bench){
		.name = "b", .repeat = repeat, .required = true, .limits = &b->limit, .n_limits = 1
	};
	opt_defaults(job_opt_rows, n_job_opt_rows, &b->bench.job);
	b->plan = (struct plan){ .benches = &b->bench, .n_benches = 1 };
	b->devices[0] = (struct qualify_device){ .path = "/dev/one", .slug = (char *)"one" };
	b->devices[1] = (struct qualify_device){ .path = "/dev/two", .slug = (char *)"two" };
	b->q = (struct qualification){ .plan = &b->plan,
				       .devices = b->devices,
				       .runs = b->runs,
				       .n_devices = n_devices,
				       .n_runs = repeat * n_devices };
	for (unsigned i = 0; i < b->q.n_runs; i++) {
		b->runs[i] = (struct run){ .bench = &b->bench,
					   .device = i / repeat,
					   .repeat = i % repeat + 1,
					   .state = RUN_MADE,
					   .duration_ns = 5,
					   .result = calloc(1, sizeof(struct result)) };
		assert_non_null(b->runs[i].result);
		b->runs[i].result->valid = b->runs[i].result->complete = true;
	}
	return b;
}

static void free_bed(struct bed *b)
{
	for (unsigned i = 0; i < b->q.n_runs; i++)
		free(b->runs[i].result);
	for (unsigned i = 0; i < b->q.n_checks; i++) {
		free(b->q.checks[i].id);
		free(b->q.checks[i].title);
	}
	free(b->q.checks);
	free(b);
}

static const struct check *judge(struct bed *b)
{
	assert_int_equal(qualify_judge_benches(&b->q), 0);
	qualify_sum(&b->q);
	return &b->q.checks[0];
}

static void fill(struct bed *b, const double *iops)
{
	for (unsigned i = 0; i < b->q.n_runs; i++)
		b->runs[i].result->total.iops = iops[i];
}

static void all_runs_must_agree(void **state)
{
	static const struct {
		double iops[4];
		enum check_verdict verdict;
		double value;
		const char *why;
	} rows[] = {
		{ { 100, 200, 300, 400 }, CHECK_PASSES, 250, "" },
		{ { 100, 90, 80, 99.9 }, CHECK_INVALID, 94.95, "unstable: 3 of 4 runs miss it" },
		{ { 400, 90, 300, 200 }, CHECK_INVALID, 250, "unstable: 1 of 4 runs misses it" },
		{ { 40, 90, 30, 20 }, CHECK_FAILS, 35, "35, below 100" },
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		struct bed *b = make_bed("iops >= 100", 4, 1);
		const struct check *c;

		fill(b, rows[i].iops);
		c = judge(b);
		assert_int_equal(c->verdict, rows[i].verdict);
		assert_string_equal(c->why, rows[i].why);
		assert_true(c->value.number > rows[i].value - 1e-6 &&
			    c->value.number < rows[i].value + 1e-6);
		assert_int_equal(c->duration_ns, 20);
		assert_string_equal(c->id, "b/one/iops");
		assert_int_equal(b->q.verdict, rows[i].verdict);
		assert_int_equal(b->devices[0].verdict, rows[i].verdict);
		free_bed(b);
	}
}

static void what_is_not_valid_never_passes(void **state)
{
	static const double good[] = { 500, 500, 500 };
	struct bed *b = make_bed("iops >= 100", 3, 1);
	const struct check *c;

	(void)state;
	fill(b, good);
	b->runs[1].result->valid = false;
	b->runs[1].result->n_reasons = 1;
	strcpy(b->runs[1].result->reasons[0], "the moon was full");
	c = judge(b);
	assert_int_equal(c->verdict, CHECK_INVALID);
	assert_string_equal(c->why, "run 2 of 3: the moon was full");
	free_bed(b);

	b = make_bed("iops >= 100", 3, 1);
	fill(b, good);
	b->runs[2].result->complete = false;
	assert_int_equal(judge(b)->verdict, CHECK_INVALID);
	free_bed(b);

	b = make_bed("lat_p99_ns <= 1s", 1, 1);
	c = judge(b);
	assert_int_equal(c->verdict, CHECK_INVALID);
	assert_false(c->value.known);
	free_bed(b);
}

static void errors_fail_whatever_else(void **state)
{
	struct bed *b = make_bed("errors == 0", 3, 1);
	const struct check *c;

	(void)state;
	b->runs[1].result->valid = false;
	b->runs[1].result->total.errors = 7;
	c = judge(b);
	assert_int_equal(c->verdict, CHECK_FAILS);
	assert_string_equal(c->why, "7, not 0");
	free_bed(b);

	/* No errors, but the result is not trusted either. */
	b = make_bed("errors == 0", 3, 1);
	b->runs[1].result->valid = false;
	assert_int_equal(judge(b)->verdict, CHECK_INVALID);
	free_bed(b);
}

static void what_could_not_run(void **state)
{
	static const struct {
		enum fail_kind kind;
		enum check_verdict verdict;
		bool broken, refused;
	} rows[] = {
		{ FAIL_UNAVAILABLE, CHECK_SKIPPED, false, false },
		{ FAIL_REFUSED, CHECK_SKIPPED, false, true },
		{ FAIL_USAGE, CHECK_INVALID, false, false },
		{ FAIL_RUNTIME, CHECK_INVALID, true, false },
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		for (unsigned required = 0; required < 2; required++) {
			struct bed *b = make_bed("iops >= 100", 1, 1);
			const struct check *c;

			b->runs[0].state = RUN_FAILED;
			b->bench.required = required;
			fail_as(&b->runs[0].fail, rows[i].kind, -EIO, "because");
			c = judge(b);
			assert_int_equal(c->verdict, rows[i].verdict);
			assert_string_equal(c->why, "because");
			assert_int_equal(b->q.verdict, required ? rows[i].verdict : CHECK_PASSES);
			assert_int_equal(b->q.broken, required && rows[i].broken);
			assert_int_equal(b->q.refused, required && rows[i].refused);
			free_bed(b);
		}
	}
}

static void spread_between_repeats(void **state)
{
	static const double iops[] = { 90, 100, 110 };
	struct bed *b = make_bed("iops_repeat_spread <= 20.1%", 3, 1);
	const struct check *c;

	(void)state;
	fill(b, iops);
	c = judge(b);
	assert_int_equal(c->verdict, CHECK_PASSES);
	assert_true(c->value.number > 0.1999 && c->value.number < 0.2001);
	free_bed(b);

	b = make_bed("iops_repeat_spread <= 19%", 3, 1);
	fill(b, iops);
	c = judge(b);
	assert_int_equal(c->verdict, CHECK_FAILS);
	assert_string_equal(c->why, "20%, above 19%");
	free_bed(b);
}

static void spread_between_devices(void **state)
{
	static const double iops[] = { 90e3, 110e3, 150e3, 150e3 };
	struct bed *b = make_bed("iops_spread <= 10%", 2, 2);
	const struct check *c;

	(void)state;
	fill(b, iops);
	c = judge(b);
	assert_int_equal(c->kind, CHECK_SPREAD);
	assert_int_equal(c->device, -1);
	assert_string_equal(c->id, "b/spread/iops_spread");
	assert_int_equal(c->verdict, CHECK_FAILS);
	assert_string_equal(c->why, "40%, above 10%: from 100k on /dev/one to 150k on /dev/two");
	assert_int_equal(c->duration_ns, 20);
	free_bed(b);

	b = make_bed("iops_spread <= 10%", 2, 2);
	fill(b, iops);
	b->runs[3].result->valid = false;
	c = judge(b);
	assert_int_equal(c->verdict, CHECK_INVALID);
	assert_string_equal(c->why, "/dev/two: run 2 of 2: the result is not valid");
	free_bed(b);

	b = make_bed("iops_spread <= 10%", 2, 1);
	fill(b, iops);
	c = judge(b);
	assert_int_equal(c->verdict, CHECK_SKIPPED);
	assert_false(c->required);
	assert_int_equal(b->q.verdict, CHECK_PASSES);
	free_bed(b);
}

static void the_worst_that_is_required(void **state)
{
	static const enum check_verdict order[] = { CHECK_FAILS, CHECK_INVALID, CHECK_SKIPPED,
						    CHECK_PASSES };
	static const struct plan plan;
	struct qualification q = { .plan = &plan };

	(void)state;
	for (unsigned i = ARRAY_SIZE(order); i-- > 0;) {
		struct check *c = qualify_check(&q, CHECK_DEVICE, "same/id", "title");

		assert_non_null(c);
		c->required = true;
		c->verdict = order[i];
		qualify_sum(&q);
		assert_int_equal(q.verdict, order[i]);
	}
	assert_string_equal(q.why, "1 required check fails");
	assert_string_equal(q.checks[0].id, "same/id");
	assert_string_equal(q.checks[1].id, "same/id-2");
	assert_string_equal(q.checks[3].id, "same/id-4");
	for (unsigned i = 0; i < CHECK_VERDICTS; i++)
		assert_int_equal(q.counts[i], 1);
	q.checks[3].required = false;
	qualify_sum(&q);
	assert_int_equal(q.verdict, CHECK_INVALID);
	qualify_free(&q);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_runs_must_agree),
		cmocka_unit_test(what_is_not_valid_never_passes),
		cmocka_unit_test(errors_fail_whatever_else),
		cmocka_unit_test(what_could_not_run),
		cmocka_unit_test(spread_between_repeats),
		cmocka_unit_test(spread_between_devices),
		cmocka_unit_test(the_worst_that_is_required),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
