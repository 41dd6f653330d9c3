/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <math.h>
#include <string.h>

#include "bench/method/pts.h"
#include "probe/lib/base.h"

/* A drive whose cells have a value that is known, by round. */
struct drive {
	const struct pts_ask *ask;
	unsigned calls,
		settles; /* from that round on, counted from 1, random 4k writes keep their speed */
	unsigned drop_at, invalid_at, stop_at, fail_at; /* a call; 0: none */
	int *stop;
	struct pts_cell order[2000];
	uint64_t ns;
};

static double speed(const struct pts_cell *cell, unsigned round, const struct drive *d)
{
	const double iops = 1e9 / cell->bytes + 100 * cell->read_percent;
	const bool tracked = cell->bytes == 4096 && !cell->read_percent;

	return tracked && round < d->settles ? iops * pow(2, d->settles - round) : iops + round;
}

static int measure(void *arg, const struct pts_cell *cell, uint64_t ns, struct pts_point *p,
		   struct fail *f)
{
	struct drive *d = arg;
	const unsigned round = d->calls / (d->ask->n_mixes * d->ask->n_sizes) + 1;

	assert_true(d->calls < ARRAY_SIZE(d->order));
	d->order[d->calls++] = *cell;
	d->ns = ns;
	if (d->calls == d->fail_at)
		return fail_set(f, -EIO, "gone");
	if (d->calls == d->stop_at)
		*d->stop = 2;
	*p = (struct pts_point){
		.iops = speed(cell, round, d),
		.lat_max_ns = round,
		.ios = 1000,
		.complete = d->calls != d->drop_at,
		.valid = d->calls != d->invalid_at,
		.reason = "so it is",
	};
	p->bw = p->iops * cell->bytes;
	p->lat_mean_ns = 1e9 / p->iops;
	return 0;
}

static struct pts_ask whole(enum pts_name test)
{
	struct pts_ask ask = {
		.test = &pts_tests[test],
		.cell_ns = PTS_CELL_NS,
		.max_rounds = STEADY_MAX_ROUNDS,
	};

	assert_int_equal(pts_choose(&ask, NULL, NULL, NULL), 0);
	return ask;
}

static struct pts *run(const struct pts_ask *ask, struct drive *d)
{
	static struct pts p;
	static const volatile int never;
	struct fail f;

	d->ask = ask;
	assert_int_equal(pts_find(ask, d->stop ? d->stop : &never, measure, d, &p, &f), 0);
	return &p;
}

static void near(double got, double want)
{
	if (fabs(got - want) > 1e-6 * fabs(want))
		fail_msg("%f is not %f", got, want);
}

/* The order of the specification: the mixes outside, and in each the block sizes from large to small. */
static void a_round_goes_through_the_matrix_in_order(void **state)
{
	static const unsigned mixes[] = { 100, 95, 65, 50, 35, 5, 0 };
	static const unsigned sizes[] = { 1048576, 131072, 65536, 32768, 16384, 8192, 4096, 512 };
	const struct pts_ask ask = whole(PTS_IOPS);
	struct drive d = { .settles = 1 };
	const struct pts *p = run(&ask, &d);

	(void)state;
	assert_int_equal(p->n, STEADY_WINDOW);
	assert_int_equal(d.calls, 5 * 56);
	assert_int_equal(d.ns, 60000000000ull);
	for (unsigned i = 0; i < d.calls; i++) {
		assert_int_equal(d.order[i].read_percent, mixes[i % 56 / 8]);
		assert_int_equal(d.order[i].bytes, sizes[i % 8]);
	}
	assert_true(p->reached && p->complete && p->valid);
	assert_int_equal(p->n_reasons, 0);
}

static void rounds_end_when_random_4k_writes_are_steady(void **state)
{
	const struct pts_ask ask = whole(PTS_IOPS);
	struct drive d = { .settles = 7 };
	const struct pts *p = run(&ask, &d);
	const struct pts_cell decides = { 0, 4096 };
	double sum = 0;

	(void)state;
	/* A window with the sixth round, which is twice as fast, is none. */
	assert_int_equal(p->n, 11);
	assert_int_equal(p->window.first, 6);
	assert_int_equal(p->n_tracked, 3);
	assert_true(p->tracked[0].decides && p->tracked[0].steady);
	assert_int_equal(p->tracked[0].cell.bytes, 4096);
	assert_false(p->tracked[1].decides || p->tracked[2].decides);
	assert_int_equal(p->tracked[1].cell.bytes, 65536);
	assert_int_equal(p->tracked[1].cell.read_percent, 65);
	assert_int_equal(p->tracked[2].cell.read_percent, 100);
	for (unsigned round = 7; round <= 11; round++)
		sum += speed(&decides, round, &d);
	near(p->window.mean, sum / 5);
	near(pts_average(p, 6, 6).iops, sum / 5);
	near(pts_average(p, 6, 6).bw, 4096 * sum / 5);
	assert_int_equal(pts_average(p, 6, 6).ios, 5000);
	assert_int_equal(pts_average(p, 6, 6).lat_max_ns, 11);
}

static void a_drive_that_never_settles_has_25_rounds_and_no_valid_result(void **state)
{
	struct pts_ask ask = whole(PTS_IOPS);
	struct drive d = { .settles = 99 };
	const struct pts *p = run(&ask, &d);

	(void)state;
	assert_int_equal(p->n, 25);
	assert_true(p->complete);
	assert_false(p->reached || p->valid);
	assert_non_null(strstr(p->reasons[0], "no steady state in 25 rounds: 4k 0/100"));
	ask.max_rounds = 6;
	d = (struct drive){ .settles = 99 };
	assert_int_equal(run(&ask, &d)->n, 6);
}

static void a_measurement_in_the_window_that_cannot_be_trusted_is_told(void **state)
{
	const struct pts_ask ask = whole(PTS_IOPS);
	struct drive d = { .settles = 7, .invalid_at = 56 + 3 };
	const struct pts *p = run(&ask, &d);

	(void)state;
	assert_true(p->valid);
	d = (struct drive){ .settles = 7, .invalid_at = 8 * 56 + 11 };
	p = run(&ask, &d);
	assert_true(p->reached && p->complete);
	assert_false(p->valid);
	assert_string_equal(p->reasons[0],
			    "1 of the 280 measurements in the window cannot be trusted; the first, "
			    "64k 95/5 in round 9: so it is");
	assert_false(pts_average(p, 1, 2).valid);
	assert_string_equal(pts_average(p, 1, 2).reason, "so it is");
	assert_true(pts_average(p, 1, 3).valid);
}

static void a_round_that_ended_early_is_left_out(void **state)
{
	const struct pts_ask ask = whole(PTS_IOPS);
	struct drive d = { .settles = 1, .drop_at = 2 * 56 + 5 };
	const volatile int never = 0;
	int stop = 0;
	struct fail f;
	struct pts *p = run(&ask, &d);

	(void)state;
	assert_int_equal(p->n, 2);
	assert_int_equal(p->window.n, 2);
	assert_false(p->complete || p->valid);
	assert_string_equal(p->reasons[0], "round 3 ended early: so it is");
	d = (struct drive){ .settles = 1, .stop_at = 3, .stop = &stop };
	p = run(&ask, &d);
	assert_int_equal(p->n, 0);
	assert_int_equal(d.calls, 3);
	assert_false(p->complete || p->valid);
	d = (struct drive){ .ask = &ask, .fail_at = 3 };
	assert_int_equal(pts_find(&ask, &never, measure, &d, p, &f), -EIO);
}

static void throughput_and_latency_have_matrices_and_metrics_of_their_own(void **state)
{
	struct pts_ask ask = whole(PTS_THROUGHPUT);
	struct drive d = { .settles = 1 };
	const struct pts *p = run(&ask, &d);

	(void)state;
	assert_int_equal(d.calls, 10);
	near(p->tracked[0].window.mean, pts_average(p, 1, 0).bw);
	ask = whole(PTS_LATENCY);
	d = (struct drive){ .settles = 1 };
	p = run(&ask, &d);
	assert_int_equal(d.calls, 5 * 9);
	assert_int_equal(d.order[0].bytes, 8192);
	assert_int_equal(d.order[3].read_percent, 65);
	near(p->window.mean, pts_average(p, 2, 1).lat_mean_ns);
}

static void a_part_of_the_matrix_keeps_its_order(void **state)
{
	struct pts_ask ask = { .test = &pts_tests[PTS_IOPS] };
	struct fail f;

	(void)state;
	assert_int_equal(pts_choose(&ask, "0,65,100", "4k,1m", &f), 0);
	assert_int_equal(ask.n_mixes, 3);
	assert_int_equal(ask.mixes[0], 100);
	assert_int_equal(ask.mixes[2], 0);
	assert_int_equal(ask.n_sizes, 2);
	assert_int_equal(ask.sizes[0], 1048576);
	static const struct {
		const char *mixes, *sizes, *says;
	} wrong[] = {
		{ "70", NULL, "--pts-mixes: the test has no 70" },
		{ "0,100,", NULL, "pts-mixes" },
		{ NULL, "4k,2k", "--pts-sizes: the test has no 2k" },
		{ NULL, "128k", "steady by 4k 0/100" },
		{ "100", NULL, "steady by 4k 0/100" },
	};
	for (unsigned i = 0; i < ARRAY_SIZE(wrong); i++) {
		assert_int_equal(pts_choose(&ask, wrong[i].mixes, wrong[i].sizes, &f), -EINVAL);
		assert_int_equal(f.kind, FAIL_USAGE);
		if (!strstr(f.msg, wrong[i].says))
			fail_msg("'%s' is not in '%s'", wrong[i].says, f.msg);
	}
}

static bool deviates(const struct pts *p, const char *what)
{
	for (unsigned i = 0; i < p->n_deviations; i++)
		if (strstr(p->deviations[i], what))
			return true;
	return false;
}

static void what_differs_from_the_specification_is_told(void **state)
{
	const struct target device = { .block = true };
	const struct precondition done = { .purge.how = PURGE_FORMAT, .times = 2 };
	struct target t = device;
	struct precondition pre = done;
	struct pts_ask ask = whole(PTS_IOPS);
	struct drive d = { .settles = 1 };
	struct pts *p;
	struct job job;

	(void)state;
	opt_defaults(job_opt_rows, n_job_opt_rows, &job);
	p = run(&ask, &d);
	pts_deviate(p, &job, &t, &pre);
	assert_int_equal(p->n_deviations, 0);
	assert_int_equal(pts_choose(&ask, "0,100", "64k,4k", NULL), 0);
	ask.cell_ns = 1000000000;
	ask.max_rounds = 10;
	d = (struct drive){ .settles = 1 };
	p = run(&ask, &d);
	job.direct = false;
	job.contents = "zero";
	job.random = "zipf";
	job.size = 1 << 30;
	job.dsync = true;
	t.block = false;
	pre = (struct precondition){ .times = 0.5 };
	pts_deviate(p, &job, &t, &pre);
	assert_int_equal(p->n_deviations, 12);
	assert_true(deviates(p, "not purged"));
	assert_true(deviates(p, "0.5x in sequence instead of 2x"));
	assert_true(deviates(p, "a file was measured"));
	assert_true(deviates(p, "a part of the target"));
	assert_true(deviates(p, "for 1s instead of one minute"));
	assert_true(deviates(p, "at most 10 rounds"));
	assert_true(deviates(p, "sizes left out: 1m, 128k, 32k, 16k, 8k, 512"));
	assert_true(deviates(p, "shares left out: 95/5, 65/35, 50/50, 35/65, 5/95"));
	assert_true(deviates(p, "page cache"));
	assert_true(deviates(p, "--contents=zero"));
	assert_true(deviates(p, "--random=zipf"));
	assert_true(deviates(p, "flushed"));
	t = device;
	t.device.partition = true;
	p->n_deviations = 0;
	pts_deviate(p, &job, &t, &pre);
	assert_true(deviates(p, "a partition was measured"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_round_goes_through_the_matrix_in_order),
		cmocka_unit_test(rounds_end_when_random_4k_writes_are_steady),
		cmocka_unit_test(a_drive_that_never_settles_has_25_rounds_and_no_valid_result),
		cmocka_unit_test(a_measurement_in_the_window_that_cannot_be_trusted_is_told),
		cmocka_unit_test(a_round_that_ended_early_is_left_out),
		cmocka_unit_test(throughput_and_latency_have_matrices_and_metrics_of_their_own),
		cmocka_unit_test(a_part_of_the_matrix_keeps_its_order),
		cmocka_unit_test(what_differs_from_the_specification_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
