/* SPDX-License-Identifier: MIT */
/* bench --curve: latency against load. */
#include <string.h>

#include "bench.h"
#include "bench/method/curve.h"
#include "cmd/progress.h"
#include "draw-curve.h"
#include "emit-bench.h"
#include "emit-curve.h"
#include "emit-steady.h"
#include "probe/lib/suggest.h"

static int misused(struct invocation *inv, const char *why)
{
	cmd_error(inv, "--curve %s", why);
	return EXIT_USAGE;
}

static int ask(struct invocation *inv, struct curve_ask *ask_for)
{
	const struct bench_opts *opts = inv->opts;
	static const char *const arrivals[] = { "constant", "poisson" };
	const bool poisson = !strcmp(opts->curve, "poisson");
	struct suggestion near = { 0 };

	if (*opts->curve && !poisson && strcmp(opts->curve, "constant")) {
		suggest_among(&near, opts->curve, arrivals, ARRAY_SIZE(arrivals));
		cmd_error(inv, "--curve: '%s' is none of constant, poisson%s", opts->curve,
			  suggest_text(&near, ""));
		return EXIT_USAGE;
	}
	if (opts->job.rate)
		return misused(inv, "finds the rates itself: drop --rate");
	if (opts->job.io_limit)
		return misused(inv, "has points of one length: drop --io-limit");
	if (opts->job.lat == LAT_OFF)
		return misused(inv, "is about latency: drop --lat=off");
	if (job_verifies(&opts->job))
		return misused(inv, "measures, and verifies nothing: drop --verify");
	if (opts->steady)
		return misused(inv, "has no rounds: drop --steady-state");
	if (opts->format != FORMAT_OWN)
		return misused(inv, "has no such form: drop --format");
	*ask_for = (struct curve_ask){
		.point_ns = opts->point,
		.budget_ns = opts->budget,
		.factor = opts->knee,
		.poisson = poisson,
	};
	return EXIT_OK;
}

static int save_picture(struct invocation *inv, const struct curve *c, const char *what)
{
	const struct bench_opts *opts = inv->opts;
	_cleanup_str_ struct str picture = { 0 };

	if (svg_curve(c, what, &picture) < 0) {
		cmd_error(inv, "out of memory");
		return EXIT_RUNTIME;
	}
	return cmd_save(inv, opts->svg, WRITTEN_PICTURE, &picture);
}

static int show(struct invocation *inv, const struct target *t, const struct precondition *pre,
		const struct curve *c)
{
	const struct bench_opts *opts = inv->opts;
	_cleanup_str_ struct str what = { 0 }, plot = { 0 };

	bench_headline(&what, &opts->job, t, NULL);
	str_addf(&plot, "%s\n", str_text(&what));
	draw_curve(&plot, &inv->style, c);
	out_block(inv->out, str_text(&plot));
	emit_job(inv->out, &opts->job);
	emit_bench_target(inv->out, t);
	if (c->granted.clock)
		emit_granted(inv->out, NULL, &opts->job, t, &c->granted, -1);
	else
		out_null(inv->out, "granted", NULL);
	emit_precondition(inv->out, pre);
	emit_curve(inv->out, c, inv->style.width);
	return opts->svg && c->n ? save_picture(inv, c, str_text(&what)) : EXIT_OK;
}

static void free_curve(struct curve **c)
{
	free(*c);
}

int bench_curve(struct invocation *inv, const char *path)
{
	const struct bench_opts *opts = inv->opts;
	_cleanup_(free_curve) struct curve *c = calloc(1, sizeof(*c));
	char prefix[LIVE_PREFIX];
	const struct follower who = live_follower(prefix);
	struct precondition pre;
	struct curve_ask ask_for;
	struct target t;
	struct fail f;
	int r = ask(inv, &ask_for), saved;

	if (r == EXIT_OK)
		r = cmd_check_access(inv);
	if (r != EXIT_OK)
		return r;
	if (!c) {
		cmd_error(inv, "out of memory");
		return EXIT_RUNTIME;
	}
	live_begin();
	r = bench_prepare(opts, &opts->job, path, &who, &t, &pre, &f);
	if (r == 0) {
		r = curve_run(&opts->job, &t, &ask_for, &live_stop, &who, c, &f);
		target_close(&t, opts->job.keep);
	}
	live_clear();
	if (r < 0)
		return live_stop ? 128 + live_stop : cmd_fail(inv, &f);
	saved = show(inv, &t, &pre, c);
	if (*c->reason)
		cmd_because(inv, "%s", c->reason);
	if (live_stop)
		return 128 + live_stop;
	if (!c->complete)
		return EXIT_RUNTIME;
	if (saved != EXIT_OK)
		return saved;
	return c->valid ? EXIT_OK : EXIT_UNDECIDED;
}
