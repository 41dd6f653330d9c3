/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <math.h>
#include <string.h>

#include "bench/method/curve.h"
#include "bench/stats/random.h"
#include "probe/lib/base.h"

#define SERVICE_NS 100000.
#define SECOND	   1000000000ull

/* A queue with servers that each take SERVICE_NS; the latency at a load is computed arrival by arrival. */
struct queue {
	unsigned servers;
	bool poisson;
	unsigned calls, hiccups; /* hiccups: number of loads whose first try is disturbed */
	double last;
	unsigned slots;
	int *stop;
	unsigned stop_at;
	uint64_t rng;
	struct hist lat;
};

#define MAX_SERVERS 8

static int serve(void *arg, double rate, uint64_t ns, struct curve_point *p, struct fail *f)
{
	struct queue *q = arg;
	const double full = q->servers * 1e9 / SERVICE_NS;
	double due = 0, busy_until[MAX_SERVERS] = { 0 };
	uint64_t done = 0, issued = 0;

	(void)f;
	q->calls++;
	if (q->stop && q->calls == q->stop_at) {
		*q->stop = 2;
		*p = (struct curve_point){ 0 };
		return 0;
	}
	*p = (struct curve_point){
		.iops = full, .sustained = true, .complete = true, .valid = true
	};
	if (rate <= 0)
		return 0;
	memset(&q->lat, 0, sizeof(q->lat));
	while (due < ns) {
		unsigned first = 0;
		double start;

		for (unsigned i = 1; i < q->servers; i++)
			if (busy_until[i] < busy_until[first])
				first = i;
		start = busy_until[first] > due ? busy_until[first] : due;
		busy_until[first] = start + SERVICE_NS;
		issued++;
		if (busy_until[first] <= ns) {
			hist_add(&q->lat, busy_until[first] - due, 1);
			done++;
		}
		due += q->poisson ? -log1p((random_next(&q->rng) >> 11) * -0x1p-53) * 1e9 / rate
				  : 1e9 / rate;
	}
	p->iops = done * 1e9 / ns;
	p->ios = done;
	p->backlog = issued - done > q->slots ? issued - done - q->slots : 0;
	p->sustained = p->backlog <= q->slots + done / 100;
	p->lat.p99_ns = hist_percentile_or_none(&q->lat, 0.99);
	if (q->hiccups && rate > q->last) {
		q->hiccups--;
		q->last = rate;
		p->lat.p99_ns *= 1000;
	}
	return 0;
}

static void find(struct queue *q, double factor, struct curve *c)
{
	const struct curve_ask ask = { .point_ns = 2 * SECOND, .factor = factor };
	const volatile int stop = 0;
	struct fail f;

	q->slots = q->slots ? q->slots : 32;
	assert_int_equal(curve_find(&ask, &stop, serve, q, c, &f), 0);
}

static void check_order(const struct curve *c)
{
	for (unsigned i = 1; i < c->n; i++)
		assert_true(c->points[i].asked > c->points[i - 1].asked);
	assert_true(c->n > 0 && c->n <= CURVE_MAX_POINTS);
}

static void near(double got, double want)
{
	if (fabs(got / want - 1) > 0.1)
		fail_msg("%f is not within 10 %% of %f", got, want);
}

/* With evenly spaced arrivals, no request waits below full load. */
static void even_arrivals_are_carried_up_to_capacity(void **state)
{
	(void)state;
	for (unsigned servers = 1; servers <= MAX_SERVERS; servers *= 2) {
		struct queue q = { .servers = servers };
		struct curve c;

		find(&q, 10, &c);
		check_order(&c);
		assert_true(c.found && c.valid && c.complete);
		near(c.knee, servers * 1e9 / SERVICE_NS);
		assert_true(c.beyond - c.knee <= CURVE_PRECISION * c.beyond);
		assert_true(c.points[0].asked < 0.06 * c.knee);
	}
}

/* The distribution of the waiting time in an M/D/1 queue (Erlang, 1909), t in units of the service. */
static double md1_waits_at_most(double load, double t)
{
	long double sum = 0, term;

	for (unsigned k = 0; k <= t; k++) {
		term = expl(load * (t - k));
		for (unsigned i = 1; i <= k; i++)
			term *= load * (k - t) / i;
		sum += term;
	}
	return (1 - load) * sum;
}

/* The load at which waiting and service together have this 99th percentile. */
static double md1_knee(double limit)
{
	double low = 0.01, high = 0.99;

	while (high - low > 1e-4) {
		double mid = (low + high) / 2;

		if (md1_waits_at_most(mid, limit - 1) > 0.99)
			low = mid;
		else
			high = mid;
	}
	return low;
}

static void random_arrivals_wait_as_theory_says(void **state)
{
	static const double factors[] = { 3, 5, 10 };

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(factors); i++) {
		struct queue q = { .servers = 1, .poisson = true, .rng = 1 };
		struct curve c;
		double load;

		find(&q, factors[i], &c);
		check_order(&c);
		assert_true(c.found);
		assert_int_equal(c.beyond_cause, CURVE_LATE);
		load = md1_knee(c.limit_ns / SERVICE_NS);
		near(c.knee, load * 1e9 / SERVICE_NS);
	}
}

/* A deep queue absorbs the overload for the duration of a point, but its latency shows it. */
static void a_deep_queue_does_not_hide_the_knee(void **state)
{
	struct queue q = { .servers = 1, .slots = 16384 };
	struct curve c;

	(void)state;
	find(&q, 10, &c);
	assert_true(c.found);
	assert_int_equal(c.beyond_cause, CURVE_LATE);
	near(c.knee, 1e9 / SERVICE_NS);
}

static void what_was_disturbed_is_measured_again(void **state)
{
	struct queue q = { .servers = 1, .hiccups = 9 };
	struct curve c;
	unsigned again = 0;

	(void)state;
	find(&q, 10, &c);
	near(c.knee, 1e9 / SERVICE_NS);
	for (unsigned i = 0; i < c.n; i++)
		again += c.points[i].tries >= 3 && c.points[i].verdict == CURVE_CARRIED &&
			 c.points[i].carried + 1 == c.points[i].tries;
	assert_int_equal(again, 9);
}

/* A target whose capacity is another one for each measurement, between two bounds. */
struct unsure {
	double low, high;
	unsigned calls;
	uint64_t rng;
};

static int serve_unsure(void *arg, double rate, uint64_t ns, struct curve_point *p, struct fail *f)
{
	struct unsure *u = arg;
	double share = (random_next(&u->rng) >> 11) * 0x1p-53;

	(void)ns;
	(void)f;
	u->calls++;
	*p = (struct curve_point){ .iops = rate > 0 ? rate : u->high,
				   .complete = true,
				   .valid = true };
	p->sustained = rate <= u->low + share * (u->high - u->low);
	p->lat.p99_ns = 1000 + share * 100;
	return 0;
}

/* The knee lies within its interval, and the interval is about as wide as what the capacity varies by. */
static void the_interval_shows_what_the_knee_varies_by(void **state)
{
	static const double widths[] = { 0, 0.1, 0.3 };
	const volatile int stop = 0;
	const struct curve_ask ask = { .point_ns = SECOND, .factor = 10 };

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(widths); i++) {
		unsigned wide = 0, tries = 50;

		for (unsigned seed = 0; seed < tries; seed++) {
			struct unsure u = { 10000 * (1 - widths[i]), 10000, .rng = seed };
			struct curve c;
			struct fail f;

			assert_int_equal(curve_find(&ask, &stop, serve_unsure, &u, &c, &f), 0);
			check_order(&c);
			if (!c.found || !c.valid)
				fail_msg("%f, seed %u: %s, %f to %f", widths[i], seed, c.reason,
					 c.knee, c.beyond);
			assert_true(c.knee_low > 0 && c.knee_low <= c.knee);
			assert_true(c.knee_high >= c.beyond);
			assert_true(c.knee >= u.low * 0.95 && c.beyond <= u.high * 1.05);
			assert_true(u.calls <= 70);
			wide += c.knee_high - c.knee_low > CURVE_PRECISION * c.knee_high;
			for (unsigned k = 0; k < c.n; k++)
				if (c.points[k].asked == c.knee || c.points[k].asked == c.beyond)
					assert_true(c.points[k].tries >= 5);
		}
		assert_true(widths[i] > 0 ? wide > 0.8 * tries : !wide);
	}
}

static int never_late(void *arg, double rate, uint64_t ns, struct curve_point *p, struct fail *f)
{
	(void)arg;
	(void)ns;
	(void)f;
	*p = (struct curve_point){ .iops = rate > 0 ? rate : 1000,
				   .lat = { .p99_ns = 5 },
				   .sustained = true,
				   .complete = true,
				   .valid = true };
	return 0;
}

static int always_behind(void *arg, double rate, uint64_t ns, struct curve_point *p, struct fail *f)
{
	never_late(arg, rate, ns, p, f);
	p->sustained = rate <= 0;
	return 0;
}

static void a_curve_without_a_knee_says_so(void **state)
{
	const struct curve_ask ask = { .point_ns = SECOND, .factor = 10 };
	const volatile int stop = 0;
	struct curve c;
	struct fail f;

	(void)state;
	assert_int_equal(curve_find(&ask, &stop, never_late, NULL, &c, &f), 0);
	assert_false(c.found || c.valid);
	assert_true(c.complete);
	assert_non_null(strstr(c.reason, "every load"));
	assert_int_equal(curve_find(&ask, &stop, always_behind, NULL, &c, &f), 0);
	assert_false(c.found || c.valid);
	assert_non_null(strstr(c.reason, "lowest load"));
	assert_int_equal(c.n, 1);
}

static void slow_targets_get_the_time_for_some_ios(void **state)
{
	struct queue q = { .servers = 1, .slots = 32 };
	const struct curve_ask ask = { .point_ns = 1000000, .factor = 10 };
	const volatile int stop = 0;
	struct curve c;
	struct fail f;

	(void)state;
	assert_int_equal(curve_find(&ask, &stop, serve, &q, &c, &f), 0);
	for (unsigned i = 0; i < c.n; i++)
		assert_true(c.points[i].verdict != CURVE_CARRIED ||
			    c.points[i].ios + q.slots + 2 >= 1200);
}

static void a_signal_leaves_what_was_measured(void **state)
{
	int stop = 0;
	struct queue q = { .servers = 1, .slots = 32, .stop = &stop, .stop_at = 6 };
	const struct curve_ask ask = { .point_ns = SECOND, .factor = 10 };
	struct curve c;
	struct fail f;

	(void)state;
	assert_int_equal(curve_find(&ask, &stop, serve, &q, &c, &f), 0);
	assert_false(c.complete || c.found || c.valid);
	/* Measured first: the closed loop, and the idle target three times; the interrupted point is left out. */
	assert_int_equal(c.n, 2);
	assert_int_equal(q.calls, 6);
	check_order(&c);
}

/* A signal at any time: the points so far may be wrong because nothing was measured again. */
static void a_signal_is_never_a_knee(void **state)
{
	const struct curve_ask ask = { .point_ns = SECOND, .factor = 10 };
	struct curve c;
	struct fail f;
	unsigned ended = 0;

	(void)state;
	for (unsigned at = 1; at < 48; at++) {
		int stop = 0;
		struct queue q = { .servers = 1, .slots = 32, .stop = &stop, .stop_at = at };

		assert_int_equal(curve_find(&ask, &stop, serve, &q, &c, &f), 0);
		assert_int_equal(c.found, c.complete);
		assert_int_equal(c.valid, c.complete);
		ended += c.complete;
	}
	assert_in_range(ended, 1, 24);
}

static void a_signal_before_all_leaves_nothing(void **state)
{
	const struct curve_ask ask = { .point_ns = SECOND, .factor = 10 };
	const volatile int stop = 2;
	struct curve c;
	struct fail f;

	(void)state;
	assert_int_equal(curve_find(&ask, &stop, never_late, NULL, &c, &f), 0);
	assert_int_equal(c.n, 0);
	assert_false(c.complete || c.found || c.valid);
	assert_non_null(strstr(c.reason, "ended before"));
}

static void a_budget_that_is_spent_ends_it(void **state)
{
	struct queue q = { .servers = 1, .slots = 32 };
	const struct curve_ask ask = { .point_ns = SECOND, .factor = 10, .budget_ns = SECOND / 2 };
	const volatile int stop = 0;
	struct curve c;
	struct fail f;

	(void)state;
	assert_int_equal(curve_find(&ask, &stop, serve, &q, &c, &f), 0);
	assert_int_equal(q.calls, 0);
	assert_false(c.valid || c.found);
	assert_non_null(strstr(c.reason, "budget"));
}

static int fails(void *arg, double rate, uint64_t ns, struct curve_point *p, struct fail *f)
{
	if (rate <= 0)
		return never_late(arg, rate, ns, p, f);
	return fail_set(f, -EIO, "no");
}

static void an_error_is_handed_on(void **state)
{
	const struct curve_ask ask = { .point_ns = SECOND, .factor = 10 };
	const volatile int stop = 0;
	struct curve c = { .n = 77 };
	struct fail f;

	(void)state;
	assert_int_equal(curve_find(&ask, &stop, fails, NULL, &c, &f), -EIO);
	assert_int_equal(c.n, 77);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(even_arrivals_are_carried_up_to_capacity),
		cmocka_unit_test(random_arrivals_wait_as_theory_says),
		cmocka_unit_test(a_deep_queue_does_not_hide_the_knee),
		cmocka_unit_test(what_was_disturbed_is_measured_again),
		cmocka_unit_test(the_interval_shows_what_the_knee_varies_by),
		cmocka_unit_test(a_curve_without_a_knee_says_so),
		cmocka_unit_test(slow_targets_get_the_time_for_some_ios),
		cmocka_unit_test(a_signal_leaves_what_was_measured),
		cmocka_unit_test(a_signal_is_never_a_knee),
		cmocka_unit_test(a_signal_before_all_leaves_nothing),
		cmocka_unit_test(a_budget_that_is_spent_ends_it),
		cmocka_unit_test(an_error_is_handed_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
