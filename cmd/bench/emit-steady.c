/* SPDX-License-Identifier: MIT */
#include "emit-steady.h"

#include "bench/method/precondition.h"
#include "bench/method/steady.h"
#include "cmd/output/out.h"
#include "emit-bench.h"
#include "probe/lib/base.h"

static void emit_pass(struct out *o, const char *key, const char *label,
		      const struct precondition_pass *p)
{
	if (!p->bytes) {
		out_null(o, key, NULL);
		return;
	}
	out_row(o, key, label);
	out_u64(o, "bytes", "written", p->bytes, OUT_BYTES);
	out_f64(o, "elapsed_s", NULL, p->elapsed_ns / 1e9, 6, OUT_PLAIN);
	out_u64(o, NULL, "in", p->elapsed_ns, OUT_NS);
	out_f64(o, "iops", "IOPS", p->iops, 1, OUT_COUNT);
	out_f64(o, "bw_bytes_per_s", "bandwidth", p->bw, 1, OUT_BYTES_PER_S);
	out_end(o);
}

static void emit_purge(struct out *o, const struct purge *p)
{
	if (!p->how) {
		out_null(o, "purge", NULL);
		return;
	}
	out_obj(o, "purge", "Purged");
	out_str(o, "how", "by", purge_words[p->how]);
	out_u64(o, "bytes", "erased", p->bytes, OUT_BYTES);
	out_f64(o, "elapsed_s", NULL, p->elapsed_ns / 1e9, 6, OUT_PLAIN);
	out_u64(o, NULL, "in", p->elapsed_ns, OUT_NS);
	out_end(o);
}

void emit_precondition(struct out *o, const struct precondition *p)
{
	emit_purge(o, &p->purge);
	if (!p->times && !p->sprandom) {
		out_null(o, "precondition", NULL);
		return;
	}
	out_obj(o, "precondition", "Preconditioned");
	if (p->sprandom)
		out_null(o, "times", NULL);
	else
		out_f64(o, "times", NULL, p->times, 3, OUT_PLAIN);
	if (p->sprandom)
		out_f64(o, "sprandom_over_provisioning", NULL, p->sprandom, 4, OUT_PLAIN);
	else
		out_null(o, "sprandom_over_provisioning", NULL);
	emit_pass(o, "sequential", "in sequence", &p->sequential);
	emit_pass(o, "random", p->sprandom ? "at random, one pass" : "at random", &p->random);
	out_end(o);
}

static void emit_rounds(struct out *o, const struct steady *s)
{
	const struct steady_window *w = &s->window;

	out_arr(o, "rounds", "Rounds");
	for (unsigned i = 0; i < s->n; i++) {
		const struct steady_round *r = &s->rounds[i];
		const bool in_window = i >= w->first && i < w->first + w->n;

		out_row(o, NULL, "");
		out_u64(o, "round", "round", i + 1, OUT_PLAIN);
		out_u64(o, "ios", NULL, r->ios, OUT_PLAIN);
		out_f64(o, "elapsed_s", NULL, r->elapsed_ns / 1e9, 6, OUT_PLAIN);
		out_f64(o, "iops", "IOPS", r->iops, 1, OUT_COUNT);
		out_f64(o, "bw_bytes_per_s", r->bw > 0 ? "bandwidth" : NULL, r->bw, 1,
			OUT_BYTES_PER_S);
		if (r->lat_mean_ns > 0)
			out_f64(o, "lat_mean_ns", "mean", r->lat_mean_ns, 1, OUT_NS);
		else
			out_null(o, "lat_mean_ns", "mean");
		emit_ns(o, "lat_p50_ns", NULL, r->p50_ns);
		emit_ns(o, "lat_p99_ns", "p99", r->p99_ns);
		out_bool(o, "valid", "valid", r->valid);
		out_bool(o, "in_window", "window", in_window);
		out_end(o);
	}
	out_end(o);
}

static void emit_window(struct out *o, const struct steady_window *w)
{
	out_obj(o, "window", NULL);
	out_u64(o, "first_round", NULL, w->first + 1, OUT_PLAIN);
	out_u64(o, "rounds", NULL, w->n, OUT_PLAIN);
	out_f64(o, "mean", NULL, w->mean, 1, OUT_PLAIN);
	out_f64(o, "min", NULL, w->min, 1, OUT_PLAIN);
	out_f64(o, "max", NULL, w->max, 1, OUT_PLAIN);
	out_f64(o, "range_share", NULL, w->range, 4, OUT_PLAIN);
	out_bool(o, "range_met", NULL, w->range_met);
	out_f64(o, "slope_per_round", NULL, w->slope, 3, OUT_PLAIN);
	out_f64(o, "line_share", NULL, w->line, 4, OUT_PLAIN);
	out_bool(o, "line_met", NULL, w->line_met);
	out_end(o);
}

static void tell_limit(struct out *o, const char *label, double share, double limit, bool met)
{
	_cleanup_str_ struct str text = { 0 };

	str_addf(&text, "%.1f %% of their average (at most %.0f %%)", 100 * share, 100 * limit);
	out_str(o, NULL, label, str_text(&text));
	out_tone(o, met ? TONE_GOOD : TONE_BAD);
}

static void tell(struct out *o, const struct steady *s)
{
	const struct steady_window *w = &s->window;
	_cleanup_str_ struct str rounds = { 0 };

	out_obj(o, NULL, "Steady state");
	out_bool(o, NULL, "reached", s->reached);
	out_tone(o, s->reached ? TONE_GOOD : TONE_BAD);
	out_str(o, NULL, "judged by", s->metric == STEADY_IOPS ? "IOPS" : "mean latency");
	if (s->n) {
		str_addf(&rounds, "%u to %u", w->first + 1, w->first + w->n);
		out_str(o, NULL, "in rounds", str_text(&rounds));
		tell_limit(o, "they differ by", w->range, STEADY_RANGE, w->range_met);
		tell_limit(o, "their line by", w->line, STEADY_LINE, w->line_met);
	}
	out_end(o);
}

void emit_steady(struct out *o, const struct steady *s)
{
	if (!s) {
		out_null(o, "steady_state", NULL);
		return;
	}
	out_obj(o, "steady_state", "");
	emit_rounds(o, s);
	out_str(o, "rule", NULL, "pts");
	out_str(o, "metric", NULL, steady_metric_names[s->metric]);
	out_u64(o, "round_ns", NULL, s->round_ns, OUT_PLAIN);
	out_u64(o, "max_rounds", NULL, STEADY_MAX_ROUNDS, OUT_PLAIN);
	out_f64(o, "range_limit_share", NULL, STEADY_RANGE, 2, OUT_PLAIN);
	out_f64(o, "line_limit_share", NULL, STEADY_LINE, 2, OUT_PLAIN);
	out_bool(o, "reached", NULL, s->reached);
	tell(o, s);
	if (s->n)
		emit_window(o, &s->window);
	else
		out_null(o, "window", NULL);
	out_end(o);
}
