/* SPDX-License-Identifier: MIT */
#include "emit-curve.h"

#include "bench/method/curve.h"
#include "cmd/output/out.h"
#include "emit-bench.h"
#include "view-curve.h"
#include "probe/lib/base.h"

static void emit_lat(struct out *o, const struct curve_lat *l, bool shown)
{
	if (l->max_ns >= 0)
		out_f64(o, "lat_mean_ns", NULL, l->mean_ns, 1, OUT_NS);
	else
		out_null(o, "lat_mean_ns", NULL);
	emit_ns(o, "lat_p50_ns", shown ? "p50" : NULL, l->p50_ns);
	emit_ns(o, "lat_p90_ns", NULL, l->p90_ns);
	emit_ns(o, "lat_p99_ns", shown ? "p99" : NULL, l->p99_ns);
	emit_ns(o, "lat_p999_ns", shown ? "p99.9" : NULL, l->p999_ns);
	emit_ns(o, "lat_max_ns", NULL, l->max_ns);
}

/* Columns that the table with the service time needs. */
#define WIDE 74u

static void emit_point(struct out *o, const char *key, const struct curve_point *p, unsigned width)
{
	static const enum out_tone tones[] = {
		[CURVE_CARRIED] = TONE_GOOD,
		[CURVE_LATE] = TONE_BAD,
		[CURVE_BEHIND] = TONE_BAD,
	};
	const bool open = p->asked > 0;

	out_row(o, key, open ? "" : NULL);
	if (open)
		out_f64(o, "asked_iops", "load", p->asked, 2, OUT_COUNT);
	else
		out_null(o, "asked_iops", NULL);
	out_f64(o, "iops", "achieved", p->iops, 1, OUT_COUNT);
	out_f64(o, "bw_bytes_per_s", NULL, p->bw, 1, OUT_BYTES_PER_S);
	out_u64(o, "ios", NULL, p->ios, OUT_PLAIN);
	out_f64(o, "elapsed_s", NULL, p->elapsed_ns / 1e9, 6, OUT_PLAIN);
	emit_lat(o, &p->lat, true);
	emit_ns(o, NULL, width < WIDE ? NULL : "service p99", p->service.p99_ns);
	out_obj(o, "service", NULL);
	emit_lat(o, &p->service, false);
	out_end(o);
	out_f64(o, "cpu_ns_per_io", NULL, p->cpu_ns_per_io, 1, OUT_NS);
	if (open) {
		out_bool(o, "sustained", NULL, p->sustained);
		out_u64(o, "backlog_ios", NULL, p->backlog, OUT_PLAIN);
		out_str(o, "verdict", "verdict", curve_verdict_names[p->verdict]);
		out_tone(o, tones[p->verdict]);
	} else {
		out_null(o, "sustained", NULL);
		out_null(o, "backlog_ios", NULL);
		out_null(o, "verdict", NULL);
	}
	out_u64(o, "tries", NULL, p->tries, OUT_PLAIN);
	if (open)
		out_u64(o, "carried_tries", NULL, p->carried, OUT_PLAIN);
	else
		out_null(o, "carried_tries", NULL);
	out_bool(o, "valid", NULL, p->valid);
	out_str(o, "reason", NULL, p->valid ? NULL : p->reason);
	out_end(o);
}

static void emit_load(struct out *o, const char *key, double iops)
{
	if (iops > 0)
		out_f64(o, key, NULL, iops, 2, OUT_COUNT);
	else
		out_null(o, key, NULL);
}

static void emit_knee(struct out *o, const struct curve *c)
{
	const struct curve_point *p = curve_knee(c);
	_cleanup_str_ struct str beyond = { 0 }, interval = { 0 };

	if (!p) {
		out_null(o, "knee", NULL);
		return;
	}
	curve_tell_beyond(c, &beyond);
	curve_tell_interval(c, &interval);
	out_obj(o, "knee", "Knee");
	out_f64(o, "iops", "IOPS", c->knee, 2, OUT_COUNT);
	emit_load(o, "low_iops", c->knee_low);
	emit_load(o, "high_iops", c->knee_high);
	out_str(o, NULL, "repeated", str_text(&interval));
	out_f64(o, "bw_bytes_per_s", p->bw > 0 ? "bandwidth" : NULL, p->bw, 1, OUT_BYTES_PER_S);
	out_u64(o, "ios", "I/Os", p->ios, OUT_COUNT);
	emit_lat(o, &p->lat, true);
	out_f64(o, "beyond_iops", NULL, c->beyond, 2, OUT_COUNT);
	out_str(o, "beyond_verdict", NULL, curve_verdict_names[c->beyond_cause]);
	out_str(o, NULL, "because", str_text(&beyond));
	out_end(o);
}

void emit_curve(struct out *o, const struct curve *c, unsigned width)
{
	out_str(o, "arrivals", NULL, c->ask.poisson ? "poisson" : "constant");
	out_u64(o, "point_ns", NULL, c->ask.point_ns, OUT_PLAIN);
	if (c->ask.budget_ns)
		out_u64(o, "budget_ns", NULL, c->ask.budget_ns, OUT_PLAIN);
	else
		out_null(o, "budget_ns", NULL);
	out_f64(o, "knee_factor", NULL, c->ask.factor, 1, OUT_PLAIN);
	emit_ns(o, "lat_p99_limit_ns", NULL, c->limit_ns);
	emit_knee(o, c);
	emit_point(o, "closed_loop", &c->full, width);
	out_arr(o, "points", c->n ? "Loads" : NULL);
	for (unsigned i = 0; i < c->n; i++)
		emit_point(o, NULL, &c->points[i], width);
	out_end(o);
	out_bool(o, "valid", "valid", c->valid);
	out_tone(o, c->valid ? TONE_GOOD : TONE_BAD);
	out_bool(o, "complete", "complete", c->complete);
	out_tone(o, c->complete ? TONE_GOOD : TONE_WARN);
	out_arr(o, "reasons", *c->reason ? "because" : NULL);
	if (*c->reason)
		out_str(o, NULL, "", c->reason);
	out_end(o);
}
