/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "bench.h"
#include "bench/method/sweep.h"
#include "cmd/progress.h"
#include "emit-sweep.h"
#include "probe/lib/base.h"

#define BUDGET_NS 120000000000ull

static void show(void *arg, const struct sweep_progress *p)
{
	_cleanup_str_ struct str line = { 0 };
	const uint64_t left_s = p->left_ns / 1000000000;

	(void)arg;
	if (p->round)
		str_addf(&line, "\r\033[Kround %u, run %u of %u", p->round, p->run, p->n_runs);
	else
		str_addf(&line, "\r\033[Kwarm-up, run %u of %u", p->run, p->n_runs);
	if (isfinite(p->precision))
		str_addf(&line, "  to %.1f %%", 100 * p->precision);
	str_addf(&line, "  %llu:%02llu left", (unsigned long long)left_s / 60,
		 (unsigned long long)left_s % 60);
	fputs(str_text(&line), stderr);
	fflush(stderr);
}

/* Parses "2%", "0.5%", or a number without the sign. */
static int percent(const char *name, const char *text, double *out, struct fail *f)
{
	char *end;
	double v = strtod(text, &end);

	end += *end == '%';
	if (end == text || *end || !(v > 0 && v <= 100))
		return fail_as(f, FAIL_USAGE, -EINVAL,
			       "--%s: '%s' is not a share such as 2%% or 0.5%%", name, text);
	*out = v / 100;
	return 0;
}

/* Refuses options of other kinds of measurement. */
static int check_mode(const struct bench_opts *opts, struct fail *f)
{
	struct job defaults;

	opt_defaults(job_opt_rows, n_job_opt_rows, &defaults);
	const struct {
		bool given;
		const char *why;
	} rules[] = {
		{ opts->format != FORMAT_OWN, "--format=fio has no form for a sweep" },
		{ opts->curve || opts->svg || opts->steady,
		  "a sweep is a measurement of its own: no --curve, --svg or --steady-state" },
		{ opts->job.runtime != defaults.runtime,
		  "a sweep has many runs: --slice says how long each is, --budget all" },
		{ opts->job.interval,
		  "a sweep keeps the samples of its runs, and no series: drop --interval" },
		{ opts->job.verify || opts->job.verify_only,
		  "a sweep measures, and checks no data: drop --verify" },
	};
	for (unsigned i = 0; i < ARRAY_SIZE(rules); i++)
		if (rules[i].given)
			return fail_as(f, FAIL_USAGE, -EINVAL, "%s", rules[i].why);
	return 0;
}

static int plan_of(const struct bench_opts *opts, struct grid *grid, struct sweep_plan *plan,
		   struct fail *f)
{
	const struct sweep_opts *o = &opts->sweep;
	int r = check_mode(opts, f);

	if (r < 0)
		return r;
	*plan = (struct sweep_plan){
		.job = opts->job,
		.grid = grid,
		.criteria = { .confidence = 0.95, .prefer = o->prefer, .seed = opts->job.seed },
		.budget_ns = opts->budget ? opts->budget : BUDGET_NS,
		.slice_ns = o->slice,
	};
	r = percent("precision", o->precision, &plan->precision, f);
	if (r == 0)
		r = percent("min-effect", o->min_effect, &plan->criteria.least, f);
	if (r == 0)
		r = bench_ask_prepare(opts, &plan->prepare, f);
	for (unsigned i = 0; r == 0 && i < o->factors.n; i++)
		r = grid_add(grid, o->factors.item[i], f);
	return r;
}

int bench_sweep(struct invocation *inv, const char *path)
{
	_cleanup_free_ struct grid *grid = calloc(1, sizeof(*grid));
	char prefix[LIVE_PREFIX];
	const struct sweep_follower who = {
		.progress = isatty(STDERR_FILENO) ? show : NULL,
		.precondition = live_follower(prefix),
	};
	struct sweep_plan plan;
	struct sweep s;
	struct fail f;
	int r;

	if (!grid) {
		cmd_error(inv, "out of memory");
		return EXIT_RUNTIME;
	}
	if (plan_of(inv->opts, grid, &plan, &f) < 0)
		return cmd_fail(inv, &f);
	r = cmd_check_access(inv);
	if (r != EXIT_OK)
		return r;
	live_begin();
	r = sweep_run(&plan, path, &live_stop, &who, &s, &f);
	live_clear();
	if (r < 0)
		return live_stop ? 128 + live_stop : cmd_fail(inv, &f);
	emit_sweep(inv->out, &s);
	if (!s.valid)
		cmd_because(inv, "%s", s.why);
	r = live_stop ? 128 + live_stop : s.valid ? EXIT_OK : EXIT_UNDECIDED;
	sweep_free(&s);
	return r;
}
