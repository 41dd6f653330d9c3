/* SPDX-License-Identifier: MIT */
#include "emit-qualify.h"

#include <math.h>
#include <string.h>

#include "bench/qualify/qualify.h"
#include "cmd/bench/emit-bench.h"
#include "cmd/bench/emit-steady.h"
#include "cmd/output/emit-device.h"
#include "cmd/output/out.h"
#include "probe/lib/base.h"

static const enum out_tone tones[CHECK_VERDICTS] = {
	[CHECK_PASSES] = TONE_GOOD,
	[CHECK_FAILS] = TONE_BAD,
	[CHECK_SKIPPED] = TONE_WARN,
	[CHECK_INVALID] = TONE_WARN,
};

static void emit_verdict(struct out *o, const char *label, enum check_verdict v)
{
	out_str(o, "verdict", label, check_verdict_names[v]);
	out_tone(o, tones[v]);
}

static void emit_why(struct out *o, const char *label, const char *why)
{
	out_str(o, "why", *why ? label : NULL, *why ? why : NULL);
}

static void emit_source(struct out *o, const struct plan *p)
{
	out_obj(o, "plan", "");
	out_str(o, "name", "plan", p->name);
	out_str(o, "description", NULL, p->description);
	out_str(o, "file", NULL, p->file);
	out_str(o, "sha256", NULL, p->sha256);
	out_end(o);
}

/* The JSON has a number, a string, true or false; the text has one format for all. */
static void emit_value(struct out *o, const char *key, enum unit unit, const struct value *v)
{
	if (!v->known)
		out_null(o, key, NULL);
	else if (unit == UNIT_TEXT)
		out_str(o, key, NULL, v->word);
	else if (unit == UNIT_YES)
		out_bool(o, key, NULL, v->number);
	else if (v->number == floor(v->number) && v->number >= 0 && v->number < 0x1p53)
		out_u64(o, key, NULL, v->number, OUT_PLAIN);
	else
		out_f64(o, key, NULL, v->number, 4, OUT_PLAIN);
}

static void emit_value_text(struct out *o, const struct check *c)
{
	_cleanup_str_ struct str text = { 0 };

	if (!c->bound || !c->value.known)
		return;
	if (c->bound->unit == UNIT_TEXT)
		str_add(&text, c->value.word);
	else if (c->bound->unit == UNIT_YES)
		str_add(&text, c->value.number ? "yes" : "no");
	else
		limit_number(&text, c->bound->unit, c->value.number);
	out_str(o, NULL, "value", str_text(&text));
}

static void emit_limit(struct out *o, const struct check *c)
{
	const struct limit *l = c->bound;
	struct value limit = { .known = true };

	if (!l) {
		out_null(o, "metric", NULL);
		out_null(o, "op", NULL);
		out_null(o, "limit", NULL);
		out_null(o, "value", NULL);
		out_null(o, "unit", NULL);
		return;
	}
	limit.number = l->number;
	memcpy(limit.word, l->word, sizeof(limit.word));
	out_str(o, "metric", NULL, l->name);
	out_str(o, "op", NULL, limit_ops[l->op]);
	emit_value(o, "limit", l->unit, &limit);
	emit_value(o, "value", l->unit, &c->value);
	out_str(o, "unit", NULL, unit_names[l->unit]);
}

static void emit_check(struct out *o, const struct qualification *q, const struct check *c)
{
	out_row(o, NULL, "");
	emit_verdict(o, "verdict", c->verdict);
	out_str(o, "id", NULL, c->id);
	out_str(o, "kind", NULL, check_kind_names[c->kind]);
	out_bool(o, "required", "required", c->required);
	out_str(o, "title", "check", c->title);
	out_str(o, "device", NULL, c->device < 0 ? NULL : q->devices[c->device].path);
	out_str(o, "bench", NULL, c->bench ? c->bench->name : NULL);
	emit_limit(o, c);
	emit_value_text(o, c);
	emit_why(o, "why", c->why);
	out_f64(o, "duration_s", NULL, c->duration_ns / 1e9, 6, OUT_PLAIN);
	out_end(o);
}

static void emit_devices(struct out *o, const struct qualification *q)
{
	out_arr(o, "devices", q->n_devices ? "Devices" : NULL);
	for (unsigned i = 0; i < q->n_devices; i++) {
		const struct qualify_device *d = &q->devices[i];

		out_row(o, NULL, "");
		emit_verdict(o, "verdict", d->verdict);
		out_str(o, "path", "device", d->path);
		emit_device(o, "device", NULL, d->has_device ? &d->device : NULL);
		if (d->has_device && *d->device.model)
			out_str(o, NULL, "model", d->device.model);
		if (d->has_device && *d->device.firmware)
			out_str(o, NULL, "firmware", d->device.firmware);
		out_end(o);
	}
	out_end(o);
}

static void emit_counts(struct out *o, const struct qualification *q)
{
	_cleanup_str_ struct str text = { 0 };

	out_obj(o, "counts", NULL);
	for (unsigned i = 0; i < CHECK_VERDICTS; i++) {
		out_u64(o, check_verdict_names[i], NULL, q->counts[i], OUT_PLAIN);
		if (q->counts[i])
			str_addf(&text, "%s%u %s", text.len ? ", " : "", q->counts[i],
				 check_verdict_names[i]);
	}
	out_end(o);
	out_str(o, NULL, "checks", str_text(&text));
}

static void emit_runs(struct out *o, const struct qualification *q)
{
	out_arr(o, "results", NULL);
	for (unsigned i = 0; i < q->n_runs; i++) {
		const struct run *run = &q->runs[i];

		if (run->state != RUN_MADE)
			continue;
		out_obj(o, NULL, NULL);
		out_str(o, "name", NULL, run->bench->name);
		out_str(o, "device", NULL, run->device < 0 ? NULL : q->devices[run->device].path);
		out_u64(o, "repeat", NULL, run->repeat, OUT_PLAIN);
		out_obj(o, "bench", NULL);
		emit_bench(o, run->result);
		emit_precondition(o, &run->precondition);
		emit_steady(o, run->bench->steady ? &run->steady : NULL);
		out_end(o);
		out_end(o);
	}
	out_end(o);
}

static void emit_names(struct out *o, const char *key, const struct probe *p, enum uapi_kind kind)
{
	out_arr(o, key, NULL);
	for (unsigned i = 0; i < p->n_facts[kind]; i++) {
		const struct fact *f = &p->facts[kind][i];

		if (f->row && answers_have(f->known, f->permitted, f->works))
			out_str(o, NULL, NULL, uapi_short(kind, f->row));
	}
	out_end(o);
}

static void emit_kernel(struct out *o, const struct probe *p)
{
	out_obj(o, "probe", NULL);
	out_str(o, "verdict", NULL, access_verdict_names[p->access.verdict]);
	out_str(o, "why", NULL, p->access.why);
	out_str(o, "fix", NULL, p->access.fix);
	emit_names(o, "features", p, UAPI_FEAT);
	emit_names(o, "setup_flags", p, UAPI_SETUP);
	emit_names(o, "ops", p, UAPI_OP);
	emit_names(o, "register_ops", p, UAPI_REG);
	out_end(o);
}

void emit_qualification(struct out *o, const struct qualification *q)
{
	emit_source(o, q->plan);
	emit_verdict(o, "verdict", q->verdict);
	emit_why(o, "because", q->why);
	out_bool(o, "complete", q->complete ? NULL : "complete", q->complete);
	out_f64(o, "duration_s", NULL, q->duration_ns / 1e9, 3, OUT_PLAIN);
	emit_counts(o, q);
	emit_devices(o, q);
	out_arr(o, "checks", "Checks");
	for (unsigned i = 0; i < q->n_checks; i++)
		emit_check(o, q, &q->checks[i]);
	out_end(o);
	emit_runs(o, q);
	emit_kernel(o, &q->probe);
}

static void emit_seconds(struct out *o, const char *key, const char *label, uint64_t ns)
{
	out_f64(o, key, NULL, ns / 1e9, 3, OUT_PLAIN);
	out_u64(o, NULL, label, ns, OUT_NS);
}

void emit_plan(struct out *o, const struct plan *p)
{
	emit_source(o, p);
	out_u64(o, "requirements", "requirements", p->n_requirements, OUT_PLAIN);
	out_u64(o, "applications", "applications", p->n_applications, OUT_PLAIN);
	out_u64(o, "device_limits", "limits of a device", p->n_device, OUT_PLAIN);
	emit_seconds(o, "runtime_s", "measures for", plan_runtime_ns(p));
	out_arr(o, "benchmarks", p->n_benches ? "Benchmarks" : NULL);
	for (unsigned i = 0; i < p->n_benches; i++) {
		const struct plan_bench *b = &p->benches[i];

		out_row(o, NULL, "");
		out_str(o, "name", "name", b->name);
		out_bool(o, "required", "required", b->required);
		out_bool(o, "writes", "writes", plan_bench_writes(b));
		out_u64(o, "repeat", "runs", b->repeat, OUT_PLAIN);
		emit_seconds(o, "runtime_s", "each for", plan_bench_ns(b));
		out_u64(o, "limits", "limits", b->n_limits, OUT_PLAIN);
		out_str(o, "description", b->description ? "description" : NULL, b->description);
		out_end(o);
	}
	out_end(o);
}
