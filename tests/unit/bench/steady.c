/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <math.h>
#include <string.h>

#include "bench/method/precondition.h"
#include "bench/method/steady.h"
#include "bench/run/merge.h"
#include "probe/lib/base.h"

#define JUDGE(w, ...) \
	steady_judge((const double[]){ __VA_ARGS__ }, ARRAY_SIZE(((double[]){ __VA_ARGS__ })), w)

static void equal_rounds_are_steady(void **state)
{
	struct steady_window w;

	(void)state;
	assert_true(JUDGE(&w, 100, 100, 100, 100, 100));
	assert_true(w.range == 0 && w.slope == 0 && w.line == 0);
	assert_true(w.mean == 100 && w.min == 100 && w.max == 100);
	assert_int_equal(w.first, 0);
	assert_int_equal(w.n, 5);
}

static void four_rounds_are_too_few(void **state)
{
	struct steady_window w;

	(void)state;
	assert_false(JUDGE(&w, 100, 100, 100, 100));
	assert_int_equal(w.n, 4);
	assert_false(steady_judge(NULL, 0, &w));
	assert_int_equal(w.n, 0);
	assert_false(JUDGE(&w, 100));
}

static void the_last_five_count(void **state)
{
	struct steady_window w;

	(void)state;
	assert_true(JUDGE(&w, 900, 500, 100, 101, 99, 100, 100));
	assert_int_equal(w.first, 2);
	assert_true(w.max == 101 && w.min == 99);
	assert_false(JUDGE(&w, 100, 100, 100, 100, 100, 500));
}

/* Alternating values have a level line: only the range can fail. */
static void the_range_may_be_a_fifth_and_no_more(void **state)
{
	struct steady_window w;

	(void)state;
	assert_true(JUDGE(&w, 90, 110, 100, 110, 90));
	assert_true(fabs(w.range - 0.2) < 1e-12);
	assert_true(w.line < 1e-12);
	assert_false(JUDGE(&w, 89, 110, 102, 110, 89));
	assert_false(w.range_met);
	assert_true(w.line_met);
}

/* A straight rise: its excursion is as large as the range of the values. */
static void the_line_may_rise_by_a_tenth_and_no_more(void **state)
{
	struct steady_window w;

	(void)state;
	assert_true(JUDGE(&w, 96, 98, 100, 102, 104));
	assert_true(fabs(w.slope - 2) < 1e-12);
	assert_true(fabs(w.line - 0.08) < 1e-12);
	assert_false(JUDGE(&w, 94, 97, 100, 103, 106));
	assert_true(w.range_met);
	assert_false(w.line_met);
	assert_false(JUDGE(&w, 106, 103, 100, 97, 94));
	assert_true(fabs(w.slope + 3) < 1e-12);
}

/* Computed by hand: y = 100, 90, 110, 95, 105: slope (-200 - 90 + 95 + 210) / 10 = 1.5. */
static void the_line_is_that_of_least_squares(void **state)
{
	struct steady_window w;

	(void)state;
	assert_true(JUDGE(&w, 100, 90, 110, 95, 105));
	assert_true(fabs(w.slope - 1.5) < 1e-12);
	assert_true(fabs(w.line - 0.06) < 1e-12);
	assert_true(fabs(w.range - 0.2) < 1e-12);
}

static void what_is_no_number_is_never_steady(void **state)
{
	struct steady_window w;

	(void)state;
	assert_false(JUDGE(&w, 0, 0, 0, 0, 0));
	assert_false(JUDGE(&w, 100, 100, NAN, 100, 100));
	assert_false(JUDGE(&w, 100, 100, INFINITY, 100, 100));
	assert_false(JUDGE(&w, -1, -1, -1, -1, -1));
}

static void whole_and_part_times_are_read(void **state)
{
	static const char *const wrong[] = {
		"x",	"2",   "0x",	    "-1x",	  "2xx",	"nanx",
		"101x", "2 x", "sprandom:", "sprandom:0", "sprandom:2", "sprandom:7%"
	};
	struct fail f;
	struct precondition_ask ask = { 0 };

	(void)state;
	assert_int_equal(precondition_parse("", &ask, &f), 0);
	assert_true(ask.times == PRECONDITION_TIMES);
	assert_int_equal(precondition_parse("0.5x", &ask, &f), 0);
	assert_true(ask.times == 0.5 && !ask.sprandom);
	for (unsigned i = 0; i < ARRAY_SIZE(wrong); i++) {
		assert_int_equal(precondition_parse(wrong[i], &ask, &f), -EINVAL);
		assert_int_equal(f.kind, FAIL_USAGE);
	}
	assert_true(ask.times == 0.5 && !ask.sprandom);
	ask = (struct precondition_ask){ 0 };
	assert_int_equal(precondition_parse("sprandom", &ask, &f), 0);
	assert_true(ask.sprandom == SPRANDOM_OP && !ask.times);
	assert_int_equal(precondition_parse("sprandom:0.07", &ask, &f), 0);
	assert_true(ask.sprandom == 0.07);
}

/* Preconditioning writes, so the target of a read job is opened for writing. */
static void preconditioning_needs_the_consent_of_a_writer(void **state)
{
	struct job job = { .rw = RW_RANDREAD }, opening = precondition_opening(&job);

	(void)state;
	assert_false(job_writes(&job));
	assert_true(job_writes(&opening));
}

struct pair {
	struct result a, b;
};

static int setup(void **state)
{
	struct pair *p = calloc(1, sizeof(*p));

	if (!p)
		return -1;
	p->a = (struct result){
		.granted = { .setup_flags = 3, .registered_ring = true },
		.elapsed_ns = 1000000000,
		.in_flight = 4,
		.sustained = true,
		.complete = true,
		.valid = true,
		.cpu = { .user_ns = 10 },
		.monitor = { .irqs = 7 },
	};
	hist_add(&p->a.total.lat, 1000, 300);
	p->a.total.ios = 300;
	p->a.total.bytes = 300 * 4096;
	p->b = p->a;
	p->b.elapsed_ns = 3000000000;
	p->b.in_flight = 8;
	p->b.granted.setup_flags = 5;
	p->b.granted.registered_ring = false;
	p->b.cpu.user_ns = 5;
	p->b.monitor.steal = (struct steal){ 0.2, 60 };
	*state = p;
	return 0;
}

static int teardown(void **state)
{
	struct pair *p = *state;

	result_free(&p->a);
	result_free(&p->b);
	free(p);
	return 0;
}

static void merged_runs_add_up(void **state)
{
	struct pair *p = *state;

	result_merge(&p->a, &p->b);
	assert_int_equal(p->a.elapsed_ns, 4000000000);
	assert_int_equal(p->a.total.ios, 600);
	assert_int_equal(p->a.total.lat.count, 600);
	assert_true(fabs(p->a.total.iops - 150) < 1e-9);
	assert_true(fabs(p->a.total.bw - 150 * 4096) < 1e-6);
	assert_true(fabs(p->a.in_flight - 7) < 1e-9);
	assert_int_equal(p->a.granted.setup_flags, 1);
	assert_false(p->a.granted.registered_ring);
	assert_int_equal(p->a.cpu.user_ns, 15);
	/* Of one second and of three seconds. */
	assert_true(fabs(p->a.monitor.steal.share - 0.15) < 1e-9);
	assert_int_equal(p->a.monitor.steal.ticks, 60);
	assert_int_equal(p->a.monitor.irqs, 14);
	assert_true(p->a.valid && p->a.complete);
}

static void one_bad_run_makes_a_bad_result(void **state)
{
	struct pair *p = *state;

	result_doubt(&p->b, "why");
	p->b.complete = false;
	io_errors_note(&p->b.errors, -EIO, &(struct io){ .offset = 4096 });
	result_merge(&p->a, &p->b);
	result_merge(&p->a, &p->b);
	assert_false(p->a.valid || p->a.complete);
	assert_int_equal(p->a.n_reasons, 1);
	assert_string_equal(p->a.reasons[0], "why");
	assert_int_equal(p->a.errors.failed, 2);
	assert_int_equal(p->a.errors.seen[0].res, -EIO);
	assert_int_equal(p->a.errors.seen[0].n, 2);
}

/* Observations of the machine and the device cover all runs: from before the first to after the last. */
static void what_was_seen_around_them_adds_up(void **state)
{
	struct pair *p = *state;
	struct monitor *a = &p->a.monitor, *b = &p->b.monitor;

	a->has_health = b->has_health = true;
	a->before.io.reads = 10;
	a->after.io.reads = b->before.io.reads = 20;
	b->after.io.reads = 50;
	a->throttle = (struct throttle){ 1, -1 };
	b->throttle = (struct throttle){ 2, 3 };
	a->threads = (struct sq_seen){ .looks = { 10, 1 }, .wait_share = 0.4, .work_share = 0.5 };
	b->threads = (struct sq_seen){ .looks = { 30, 9 }, .wait_share = 0, .work_share = -1 };
	b->clock_drift = -0.5;
	a->stops.n = b->stops.n = 1;
	a->suspended_ns = b->suspended_ns = 5;
	CPU_SET(0, &a->ran_on);
	CPU_SET(1, &b->ran_on);
	p->a.issued = 5;
	p->b.issued = 6;
	p->b.lat_resolution_ns = 7;
	result_warn(&p->a, "this");
	result_warn(&p->b, "this");
	result_warn(&p->b, "that");
	result_merge(&p->a, &p->b);
	assert_int_equal(a->before.io.reads, 10);
	assert_int_equal(a->after.io.reads, 50);
	assert_int_equal(a->throttle.heat, 3);
	assert_int_equal(a->throttle.periods, -1);
	assert_int_equal(a->threads.looks.all, 40);
	assert_int_equal(a->threads.looks.shared, 10);
	/* Of one second and of three seconds. */
	assert_true(fabs(a->threads.wait_share - 0.1) < 1e-9);
	assert_true(a->threads.work_share < 0);
	assert_true(a->clock_drift < -0.4);
	assert_int_equal(a->stops.n, 2);
	assert_int_equal(a->suspended_ns, 10);
	assert_int_equal(CPU_COUNT(&a->ran_on), 2);
	assert_int_equal(p->a.issued, 11);
	assert_true(p->a.lat_resolution_ns > 6);
	assert_int_equal(p->a.n_warnings, 2);
	assert_true(p->a.valid);
}

static void spans_follow_each_other(void **state)
{
	struct pair *p = *state;

	for (unsigned i = 0; i < 2; i++) {
		struct result *r = i ? &p->b : &p->a;

		r->series.spans = calloc(1, sizeof(*r->series.spans));
		assert_non_null(r->series.spans);
		r->series.n = r->series.cap = 1;
		r->series.spans[0].end_ns = 500000000;
	}
	result_merge(&p->a, &p->b);
	assert_int_equal(p->a.series.n, 2);
	assert_int_equal(p->a.series.spans[1].begin_ns, 1000000000);
	assert_int_equal(p->a.series.spans[1].end_ns, 1500000000);
}

/* Rounds of NOPs, which test the rule without the variation of a device. */
static void rounds_end_when_steady_or_when_it_is_enough(void **state)
{
	const volatile int go = 0, stop = 1;
	const struct follower nobody = { 0 };
	struct result *res = calloc(1, sizeof(*res));
	struct target t = { .fd = -1, .claim = -1 };
	struct steady s;
	struct job job;
	struct fail f;
	int r;

	(void)state;
	assert_non_null(res);
	opt_defaults(job_opt_rows, n_job_opt_rows, &job);
	job.rw = RW_NOP;
	r = steady_run(&job, &t, 10000000, &go, &nobody, &s, res, &f);
	if (r < 0) {
		free(res);
		skip();
	}
	assert_in_range(s.n, STEADY_WINDOW, STEADY_MAX_ROUNDS);
	assert_int_equal(s.reached, s.window.range_met && s.window.line_met);
	assert_true(s.reached || s.n == STEADY_MAX_ROUNDS);
	assert_int_equal(s.window.first, s.n - STEADY_WINDOW);
	assert_true(s.reached || !res->valid);
	uint64_t ios = 0;
	for (unsigned i = s.window.first; i < s.n; i++)
		ios += s.rounds[i].ios;
	assert_int_equal(res->total.ios, ios);
	result_free(res);
	/* A signal before the first round: not steady. */
	memset(res, 0, sizeof(*res));
	assert_int_equal(steady_run(&job, &t, 10000000, &stop, &nobody, &s, res, &f), 0);
	assert_int_equal(s.n, 0);
	assert_false(s.reached || res->valid || res->complete);
	result_free(res);
	free(res);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_rounds_are_steady),
		cmocka_unit_test(four_rounds_are_too_few),
		cmocka_unit_test(the_last_five_count),
		cmocka_unit_test(the_range_may_be_a_fifth_and_no_more),
		cmocka_unit_test(the_line_may_rise_by_a_tenth_and_no_more),
		cmocka_unit_test(the_line_is_that_of_least_squares),
		cmocka_unit_test(what_is_no_number_is_never_steady),
		cmocka_unit_test(whole_and_part_times_are_read),
		cmocka_unit_test(preconditioning_needs_the_consent_of_a_writer),
		cmocka_unit_test_setup_teardown(merged_runs_add_up, setup, teardown),
		cmocka_unit_test_setup_teardown(what_was_seen_around_them_adds_up, setup, teardown),
		cmocka_unit_test_setup_teardown(one_bad_run_makes_a_bad_result, setup, teardown),
		cmocka_unit_test_setup_teardown(spans_follow_each_other, setup, teardown),
		cmocka_unit_test(rounds_end_when_steady_or_when_it_is_enough),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
