/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <string.h>

#include "bench/run/series.h"
#include "probe/lib/base.h"

#define BEGIN 1000000000ull
#define MS    1000000ull

/* A recorder with a span of 100 ms, and what has completed so far. */
struct recording {
	struct recorder r;
	struct hist lat, at_span, before;
	struct flows done;
	struct series series;
};

static int setup(void **state)
{
	struct recording *t = calloc(1, sizeof(*t));

	if (!t)
		return -1;
	t->r = (struct recorder){ .interval = 100 * MS,
				  .lat = &t->at_span,
				  .lat_before = &t->before };
	*state = t;
	return 0;
}

static int teardown(void **state)
{
	struct recording *t = *state;

	free(t->series.spans);
	free(t->r.series.spans);
	free(t);
	return 0;
}

static void complete(struct recording *t, uint64_t ns, unsigned n)
{
	hist_add(&t->lat, ns, n);
	t->done.all.ios += n;
	t->done.all.bytes += n * 4096;
	t->done.kinds[IO_READ] = t->done.all;
}

static void look(struct recording *t, uint64_t ms)
{
	if (recorder_is_due(&t->r, BEGIN + ms * MS))
		recorder_add(&t->r, BEGIN + ms * MS, &t->done, &t->lat);
}

static void end(struct recording *t, uint64_t ms)
{
	recorder_end(&t->r, BEGIN, BEGIN + ms * MS, &t->done, &t->lat, &t->series);
}

/* Compares the ends of the spans, and their I/Os. */
static void check(const struct recording *t, size_t n, const uint64_t *ms, const uint64_t *ios)
{
	assert_int_equal(t->series.n, n);
	for (size_t i = 0; i < n; i++) {
		const struct span *span = &t->series.spans[i];

		assert_int_equal(span->begin_ns, i ? ms[i - 1] * MS : 0);
		assert_int_equal(span->end_ns, ms[i] * MS);
		assert_int_equal(span->done.all.ios, ios[i]);
		assert_int_equal(span->done.kinds[IO_READ].bytes, ios[i] * 4096);
		assert_int_equal(span->max_ns < 0, !ios[i]);
	}
}

static void the_last_span_ends_with_the_run(void **state)
{
	struct recording *t = *state;

	recorder_begin(&t->r, BEGIN, BEGIN + 250 * MS);
	complete(t, 5000, 3);
	look(t, 50);
	complete(t, 5000, 4);
	look(t, 101);
	complete(t, 5000, 5);
	look(t, 150);
	look(t, 200);
	complete(t, 5000, 6);
	end(t, 250);
	check(t, 3, (uint64_t[]){ 101, 200, 250 }, (uint64_t[]){ 7, 5, 6 });
	assert_true(span_is_whole(&t->series, 0) && span_is_whole(&t->series, 2));
}

/* The run ends on an interval, which is not cut off shortly before. */
static void a_run_of_whole_intervals(void **state)
{
	struct recording *t = *state;

	recorder_begin(&t->r, BEGIN, BEGIN + 200 * MS);
	complete(t, 5000, 1);
	look(t, 100);
	complete(t, 5000, 1);
	look(t, 200);
	look(t, 203);
	complete(t, 5000, 1);
	end(t, 201);
	check(t, 2, (uint64_t[]){ 100, 201 }, (uint64_t[]){ 1, 2 });
}

static void a_run_shorter_than_an_interval(void **state)
{
	struct recording *t = *state;

	complete(t, 5000, 2);
	end(t, 30);
	check(t, 1, (uint64_t[]){ 30 }, (uint64_t[]){ 2 });
}

static void a_short_rest(void **state)
{
	struct recording *t = *state;

	recorder_begin(&t->r, BEGIN, BEGIN + 10000 * MS);
	complete(t, 5000, 7);
	look(t, 100);
	complete(t, 5000, 2);
	end(t, 130);
	check(t, 2, (uint64_t[]){ 100, 130 }, (uint64_t[]){ 7, 2 });
	assert_false(span_is_whole(&t->series, 1));
}

static void where_nothing_completed_there_are_zeros(void **state)
{
	struct recording *t = *state;

	recorder_begin(&t->r, BEGIN, BEGIN + 10000 * MS);
	complete(t, 5000, 7);
	look(t, 100);
	look(t, 200);
	/* The recorder got no CPU for three intervals and a half. */
	look(t, 550);
	complete(t, 5000, 1);
	look(t, 600);
	end(t, 850);
	check(t, 9, (uint64_t[]){ 100, 200, 300, 400, 500, 600, 700, 800, 850 },
	      (uint64_t[]){ 7, 0, 0, 0, 0, 1, 0, 0, 0 });
}

/* When the I/Os completed is not known. */
static void a_late_look_makes_one_long_span(void **state)
{
	struct recording *t = *state;

	recorder_begin(&t->r, BEGIN, BEGIN + 10000 * MS);
	look(t, 100);
	complete(t, 5000, 7);
	look(t, 430);
	complete(t, 5000, 3);
	look(t, 480);
	look(t, 500);
	end(t, 500);
	check(t, 3, (uint64_t[]){ 100, 430, 500 }, (uint64_t[]){ 0, 7, 3 });
}

/* A look between the end of the run and the moment at which the workers say so. */
static void a_span_past_the_end_is_the_last(void **state)
{
	struct recording *t = *state;

	recorder_begin(&t->r, BEGIN, BEGIN + 10000 * MS);
	complete(t, 5000, 7);
	look(t, 100);
	complete(t, 5000, 2);
	look(t, 201);
	complete(t, 90000, 1);
	end(t, 199);
	check(t, 2, (uint64_t[]){ 100, 199 }, (uint64_t[]){ 7, 3 });
	assert_int_equal(t->series.spans[1].max_ns, 90000);
}

/* Each has its own, whatever the maximum of the run is. */
static void latencies_of_a_span(void **state)
{
	struct recording *t = *state;
	const struct span *s;

	recorder_begin(&t->r, BEGIN, BEGIN + 10000 * MS);
	complete(t, 5000, 10000);
	complete(t, 7000000, 1);
	look(t, 100);
	complete(t, 5000, 9980);
	complete(t, 60000, 20);
	look(t, 200);
	complete(t, 100, 1);
	end(t, 300);
	check(t, 3, (uint64_t[]){ 100, 200, 300 }, (uint64_t[]){ 10001, 10000, 1 });
	s = t->series.spans;
	assert_int_equal(s[0].max_ns, 7000000);
	assert_in_range(s[0].p999_ns, 4960, 5040);
	assert_in_range(s[1].p99_ns, 4960, 5040);
	assert_in_range(s[1].p999_ns, 59500, 60500);
	assert_in_range(s[1].max_ns, 60000, 60480);
	assert_true(s[1].p999_ns <= s[1].max_ns);
	assert_int_equal(s[2].p50_ns, -1);
	assert_int_equal(s[2].max_ns, 100);
}

/* An I/O that completes between the two readings: its span is the one that counts it. */
static void latencies_are_read_after_the_counts(void **state)
{
	struct recording *t = *state;

	recorder_begin(&t->r, BEGIN, BEGIN + 300 * MS);
	hist_add(&t->lat, 5000, 1);
	look(t, 100);
	t->done.all.ios = 1;
	t->done.all.bytes = 4096;
	t->done.kinds[IO_READ] = t->done.all;
	look(t, 200);
	end(t, 300);
	check(t, 3, (uint64_t[]){ 100, 200, 300 }, (uint64_t[]){ 0, 1, 0 });
}

static void without_an_interval_there_is_no_series(void **state)
{
	struct recording *t = *state;

	t->r.interval = 0;
	recorder_begin(&t->r, BEGIN, BEGIN + 10000 * MS);
	complete(t, 5000, 7);
	look(t, 100);
	end(t, 200);
	assert_int_equal(t->series.n, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_last_span_ends_with_the_run),
		TEST(a_run_of_whole_intervals),
		TEST(a_run_shorter_than_an_interval),
		TEST(a_short_rest),
		TEST(where_nothing_completed_there_are_zeros),
		TEST(a_late_look_makes_one_long_span),
		TEST(a_span_past_the_end_is_the_last),
		TEST(latencies_of_a_span),
		TEST(latencies_are_read_after_the_counts),
		TEST(without_an_interval_there_is_no_series),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
