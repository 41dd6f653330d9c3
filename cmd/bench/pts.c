/* SPDX-License-Identifier: MIT */
/* bench --pts: a test of SNIA's Performance Test Specification, and its report. */
#include "bench/method/pts.h"

#include <string.h>

#include "bench.h"
#include "cmd/output/out.h"
#include "cmd/progress.h"
#include "emit-bench.h"
#include "emit-steady.h"
#include "probe/lib/base.h"

static enum out_unit unit_of(const struct pts *p)
{
	static const enum out_unit units[] = {
		[PTS_BY_IOPS] = OUT_COUNT,
		[PTS_BY_BANDWIDTH] = OUT_BYTES_PER_S,
		[PTS_BY_LATENCY] = OUT_NS,
	};

	return units[p->ask.test->metric];
}

static void emit_point(struct out *o, const struct pts_cell *cell, const struct pts_point *p)
{
	out_obj(o, NULL, NULL);
	out_u64(o, "read_percent", NULL, cell->read_percent, OUT_PLAIN);
	out_u64(o, "block_bytes", NULL, cell->bytes, OUT_PLAIN);
	out_u64(o, "ios", NULL, p->ios, OUT_PLAIN);
	out_f64(o, "iops", NULL, p->iops, 1, OUT_PLAIN);
	out_f64(o, "bw_bytes_per_s", NULL, p->bw, 1, OUT_PLAIN);
	if (p->lat_max_ns >= 0)
		out_f64(o, "lat_mean_ns", NULL, p->lat_mean_ns, 1, OUT_PLAIN);
	else
		out_null(o, "lat_mean_ns", NULL);
	emit_ns(o, "lat_max_ns", NULL, p->lat_max_ns);
	out_bool(o, "valid", NULL, p->valid);
	out_str(o, "reason", NULL, p->valid ? NULL : p->reason);
	out_end(o);
}

static struct pts_cell cell_at(const struct pts *p, unsigned mix, unsigned size)
{
	return (struct pts_cell){ p->ask.mixes[mix], p->ask.sizes[size] };
}

static void emit_matrix(struct out *o, const struct pts *p)
{
	out_arr(o, "matrix", NULL);
	for (unsigned m = 0; p->n && m < p->ask.n_mixes; m++)
		for (unsigned s = 0; s < p->ask.n_sizes; s++) {
			const struct pts_cell cell = cell_at(p, m, s);
			const struct pts_point average = pts_average(p, m, s);

			emit_point(o, &cell, &average);
		}
	out_end(o);
}

/* A table of the specification's report: a row for each block size, a column for each share of reads. */
static void tell_matrix(struct out *o, const struct pts *p, const char *title,
			double (*value)(const struct pts *p, const struct pts_point *point))
{
	out_arr(o, NULL, title);
	for (unsigned s = p->ask.n_sizes; s-- > 0;) {
		_cleanup_str_ struct str row = { 0 };

		size_text(&row, p->ask.sizes[s]);
		out_row(o, NULL, str_text(&row));
		for (unsigned m = p->ask.n_mixes; m-- > 0;) {
			const struct pts_point average = pts_average(p, m, s);
			char column[16];

			snprintf(column, sizeof(column), "%u/%u", p->ask.mixes[m],
				 100 - p->ask.mixes[m]);
			out_f64(o, NULL, column, value(p, &average), 1, unit_of(p));
			if (!average.valid)
				out_tone(o, TONE_WARN);
		}
		out_end(o);
	}
	out_end(o);
}

static double of_test(const struct pts *p, const struct pts_point *point)
{
	return pts_value(p->ask.test, point);
}

static double highest(const struct pts *p, const struct pts_point *point)
{
	(void)p;
	return point->lat_max_ns;
}

static void tell_averages(struct out *o, const struct pts *p)
{
	static const char *const titles[] = {
		[PTS_BY_IOPS] = "IOPS, average over the measurement window, by reads/writes",
		[PTS_BY_BANDWIDTH] = "Bandwidth, average over the measurement window, by "
				     "reads/writes",
		[PTS_BY_LATENCY] = "Mean latency, average over the measurement window, by "
				   "reads/writes",
	};

	tell_matrix(o, p, titles[p->ask.test->metric], of_test);
	if (p->ask.test->metric == PTS_BY_LATENCY)
		tell_matrix(o, p, "Highest latency in the measurement window, by reads/writes",
			    highest);
}

static bool in_window(const struct pts *p, unsigned round)
{
	return round >= p->window.first && round < p->window.first + p->window.n;
}

static void emit_rounds(struct out *o, const struct pts *p)
{
	out_arr(o, "rounds", NULL);
	for (unsigned i = 0; i < p->n; i++) {
		out_obj(o, NULL, NULL);
		out_u64(o, "round", NULL, i + 1, OUT_PLAIN);
		out_bool(o, "in_window", NULL, in_window(p, i));
		out_arr(o, "cells", NULL);
		for (unsigned m = 0; m < p->ask.n_mixes; m++)
			for (unsigned s = 0; s < p->ask.n_sizes; s++) {
				const struct pts_cell cell = cell_at(p, m, s);

				emit_point(o, &cell, &p->points[i][m][s]);
			}
		out_end(o);
		out_end(o);
	}
	out_end(o);
}

static void tell_rounds(struct out *o, const struct pts *p)
{
	out_arr(o, NULL, "Rounds, tracked by block size and reads/writes");
	for (unsigned i = 0; i < p->n; i++) {
		out_row(o, NULL, "");
		out_u64(o, NULL, "round", i + 1, OUT_PLAIN);
		for (unsigned n = 0; n < p->n_tracked; n++) {
			_cleanup_str_ struct str cell = { 0 };

			pts_cell_text(&p->tracked[n].cell, &cell);
			out_f64(o, NULL, str_text(&cell), pts_tracked_value(p, &p->tracked[n], i),
				1, unit_of(p));
		}
		out_bool(o, NULL, "window", in_window(p, i));
		out_end(o);
	}
	out_end(o);
}

/* The limits as the specification's report has them: 10 % around the average, and the ends of the line. */
static void emit_verification(struct out *o, const struct pts *p, const struct pts_tracked *t)
{
	const struct steady_window *w = &t->window;
	const double half = STEADY_RANGE / 2 * w->mean, end = w->slope * (w->n - 1) / 2.;
	const enum out_unit unit = unit_of(p);
	_cleanup_str_ struct str cell = { 0 };

	pts_cell_text(&t->cell, &cell);
	out_row(o, NULL, str_text(&cell));
	out_u64(o, "read_percent", NULL, t->cell.read_percent, OUT_PLAIN);
	out_u64(o, "block_bytes", NULL, t->cell.bytes, OUT_PLAIN);
	out_bool(o, "decides", "decides", t->decides);
	out_f64(o, "mean", "average", w->mean, 1, unit);
	out_f64(o, "allowed_range", "allowed range", 2 * half, 1, unit);
	out_f64(o, "range", "range", w->max - w->min, 1, unit);
	out_f64(o, "min", NULL, w->min, 1, OUT_PLAIN);
	out_f64(o, "max", NULL, w->max, 1, OUT_PLAIN);
	out_bool(o, "range_met", NULL, w->range_met);
	out_f64(o, "slope_per_round", NULL, w->slope, 3, OUT_PLAIN);
	out_f64(o, "line_first", "line from", w->mean - end, 1, unit);
	out_f64(o, "line_last", "to", w->mean + end, 1, unit);
	out_f64(o, "allowed_line", "allowed change", STEADY_LINE * w->mean, 1, unit);
	out_bool(o, "line_met", NULL, w->line_met);
	out_bool(o, "steady", "steady", t->steady);
	out_tone(o, t->steady ? TONE_GOOD : t->decides ? TONE_BAD : TONE_WARN);
	out_end(o);
}

static void emit_window(struct out *o, const struct pts *p)
{
	_cleanup_str_ struct str rounds = { 0 };

	if (!p->n) {
		out_null(o, "window", NULL);
		return;
	}
	str_addf(&rounds, "rounds %u to %u of %u", p->window.first + 1,
		 p->window.first + p->window.n, p->n);
	out_obj(o, "window", "");
	out_u64(o, "first_round", NULL, p->window.first + 1, OUT_PLAIN);
	out_u64(o, "rounds", NULL, p->window.n, OUT_PLAIN);
	out_str(o, NULL, "measurement window", str_text(&rounds));
	out_end(o);
}

static void emit_deviations(struct out *o, const struct pts *p)
{
	out_arr(o, "deviations", NULL);
	for (unsigned i = 0; i < p->n_deviations; i++)
		out_str(o, NULL, NULL, p->deviations[i]);
	out_end(o);
	if (!p->n_deviations)
		return;
	out_obj(o, NULL, "Differs from PTS");
	for (unsigned i = 0; i < p->n_deviations; i++)
		out_str(o, NULL, "-", p->deviations[i]);
	out_end(o);
}

static void emit_reasons(struct out *o, const struct pts *p)
{
	out_arr(o, "reasons", p->n_reasons ? "because" : NULL);
	for (unsigned i = 0; i < p->n_reasons; i++)
		out_str(o, NULL, "", p->reasons[i]);
	out_end(o);
}

static void emit_pts(struct out *o, const struct pts *p)
{
	out_str(o, "test", NULL, p->ask.test->name);
	out_str(o, "metric", NULL, pts_metric_names[p->ask.test->metric]);
	out_u64(o, "cell_ns", NULL, p->ask.cell_ns, OUT_PLAIN);
	out_u64(o, "max_rounds", NULL, p->ask.max_rounds, OUT_PLAIN);
	if (p->n) {
		tell_averages(o, p);
		tell_rounds(o, p);
	}
	out_arr(o, "tracked", p->n ? "Steady state" : NULL);
	for (unsigned i = 0; p->n && i < p->n_tracked; i++)
		emit_verification(o, p, &p->tracked[i]);
	out_end(o);
	emit_deviations(o, p);
	emit_window(o, p);
	out_bool(o, "reached", "steady", p->reached);
	out_tone(o, p->reached ? TONE_GOOD : TONE_BAD);
	emit_matrix(o, p);
	emit_rounds(o, p);
	out_bool(o, "valid", "valid", p->valid);
	out_tone(o, p->valid ? TONE_GOOD : TONE_BAD);
	out_bool(o, "complete", "complete", p->complete);
	out_tone(o, p->complete ? TONE_GOOD : TONE_WARN);
	emit_reasons(o, p);
}

static void headline(struct out *o, const struct pts *p, const struct job *job,
		     const struct target *t)
{
	_cleanup_str_ struct str all = { 0 }, text = { 0 };

	bench_headline(&all, job, t, NULL);
	/* The workload of the job is not that of the cells. */
	str_addf(&text, "SNIA PTS %s test%s\n", p->ask.test->name, strchr(str_text(&all), ','));
	out_block(o, str_text(&text));
}

/* Options that the test prescribes, and those that are for other kinds of measurement. */
static int check_options(const struct bench_opts *opts, struct fail *f)
{
	const struct job *j = &opts->job;
	struct job plain;

	opt_defaults(job_opt_rows, n_job_opt_rows, &plain);
	const struct {
		bool given;
		const char *why;
	} rules[] = {
		{ j->rw != plain.rw || j->rwmixread != plain.rwmixread || j->bs != plain.bs ||
			  j->bssplit || j->bsrange,
		  "has workloads of its own: drop --rw, --rwmixread and --bs" },
		{ j->runtime != plain.runtime || j->ramp || j->io_limit || j->interval,
		  "has rounds of its own: drop --runtime, --ramp, --io-limit and --interval; "
		  "--pts-time is the time of each cell" },
		{ j->rate, "keeps the queue full: drop --rate" },
		{ j->lat == LAT_OFF, "reports latency too: drop --lat=off" },
		{ job_verifies(j), "measures, and verifies nothing: drop --verify" },
		{ opts->steady, "has rounds of its own: drop --steady-state" },
		{ opts->format != FORMAT_OWN, "has no such form: drop --format" },
	};
	for (unsigned i = 0; i < ARRAY_SIZE(rules); i++)
		if (rules[i].given)
			return fail_as(f, FAIL_USAGE, -EINVAL, "--pts %s", rules[i].why);
	return 0;
}

static int ask(const struct bench_opts *opts, struct pts_ask *out, struct fail *f)
{
	int r = check_options(opts, f);

	*out = (struct pts_ask){
		.test = &pts_tests[opts->pts.test],
		.cell_ns = opts->pts.time,
		.max_rounds = opts->pts.rounds,
	};
	return r < 0 ? r : pts_choose(out, opts->pts.mixes, opts->pts.sizes, f);
}

static int run(const struct bench_opts *asked, const struct pts_ask *to_do, const char *path,
	       const struct follower *who, struct target *t, struct precondition *pre,
	       struct pts *out, struct fail *f)
{
	struct bench_opts opts = *asked;
	struct job widest;
	int r;

	opts.job = pts_job(to_do, &asked->job);
	widest = opts.job;
	widest.bs = to_do->sizes[0];
	r = job_validate(&widest, f);
	if (r < 0)
		return r;
	if (!opts.precondition)
		opts.precondition = "";
	/* The specification writes in sequence before every test. */
	widest = opts.job;
	widest.rw = RW_WRITE;
	r = bench_prepare(&opts, &widest, path, who, t, pre, f);
	if (r < 0)
		return r;
	r = pts_run(&asked->job, t, to_do, pre, &live_stop, who, out, f);
	target_close(t, asked->job.keep);
	return r;
}

int bench_pts(struct invocation *inv, const char *path)
{
	const struct bench_opts *opts = inv->opts;
	_cleanup_free_ struct pts *p = calloc(1, sizeof(*p));
	char prefix[LIVE_PREFIX];
	const struct follower who = live_follower(prefix);
	struct precondition pre;
	struct pts_ask to_do;
	struct target t;
	struct job job;
	struct fail f;
	int r = ask(opts, &to_do, &f);

	if (r < 0)
		return cmd_fail(inv, &f);
	r = cmd_check_access(inv);
	if (r != EXIT_OK)
		return r;
	if (!p) {
		cmd_error(inv, "out of memory");
		return EXIT_RUNTIME;
	}
	live_begin();
	r = run(opts, &to_do, path, &who, &t, &pre, p, &f);
	live_clear();
	if (r < 0)
		return live_stop ? 128 + live_stop : cmd_fail(inv, &f);
	job = pts_job(&to_do, &opts->job);
	headline(inv->out, p, &job, &t);
	emit_job(inv->out, &job);
	emit_bench_target(inv->out, &t);
	if (p->granted.clock)
		emit_granted(inv->out, NULL, &job, &t, &p->granted, -1);
	else
		out_null(inv->out, "granted", NULL);
	emit_precondition(inv->out, &pre);
	emit_pts(inv->out, p);
	if (p->n_reasons)
		cmd_because(inv, "%s", p->reasons[0]);
	if (live_stop)
		return 128 + live_stop;
	if (!p->complete)
		return EXIT_RUNTIME;
	return p->valid ? EXIT_OK : EXIT_UNDECIDED;
}
