/* SPDX-License-Identifier: MIT */
#include "emit-report.h"

#include <math.h>
#include <string.h>

#include "cmd/output/number.h"
#include "cmd/output/out.h"
#include "render.h"

static const enum out_tone tones[DOC_VERDICTS] = {
	[DOC_PASS] = TONE_GOOD,
	[DOC_SKIPPED] = TONE_DIM,
	[DOC_INVALID] = TONE_WARN,
	[DOC_FAIL] = TONE_BAD,
};

static void emit_verdict(struct out *o, const char *label, enum doc_verdict verdict)
{
	out_str(o, "verdict", label, doc_verdict_names[verdict]);
	out_tone(o, tones[verdict]);
}

static void emit_value(struct out *o, const char *key, const struct doc_value *v)
{
	switch (v->type) {
	case VALUE_NUMBER:
		if (v->number == floor(v->number) && fabs(v->number) < 0x1p53)
			out_i64(o, key, NULL, v->number);
		else
			out_f64(o, key, NULL, v->number, 6, OUT_PLAIN);
		break;
	case VALUE_BOOL:
		out_bool(o, key, NULL, v->yes);
		break;
	case VALUE_TEXT:
		out_str(o, key, NULL, v->text);
		break;
	default:
		out_null(o, key, NULL);
	}
}

static void emit_counts(struct out *o, const unsigned counts[DOC_VERDICTS], bool shown)
{
	out_obj(o, "counts", NULL);
	for (unsigned i = 0; i < DOC_VERDICTS; i++)
		out_u64(o, doc_verdict_names[i], NULL, counts[i], OUT_PLAIN);
	out_end(o);
	for (unsigned i = 0; shown && i < DOC_VERDICTS; i++)
		out_u64(o, NULL, doc_verdict_names[i], counts[i], OUT_PLAIN);
}

/* The text has all checks of a single result, and only those that did not pass of several. */
static void emit_check(struct out *o, const struct doc_check *c, bool all)
{
	_cleanup_str_ struct str verdict = { 0 }, value = { 0 }, limit = { 0 };

	say_value(&value, &c->value, c->unit);
	say_limit(&limit, c);
	str_addf(&verdict, "%s%s", doc_verdict_names[c->verdict],
		 check_passes_over(c) ? " (not required)" : "");
	out_row(o, NULL, all || c->verdict != DOC_PASS ? "" : NULL);
	out_str(o, "verdict", NULL, doc_verdict_names[c->verdict]);
	out_str(o, NULL, "verdict", str_text(&verdict));
	out_tone(o, tones[c->verdict]);
	out_bool(o, "required", NULL, c->required);
	out_str(o, "id", "check", c->id);
	out_str(o, "title", NULL, c->title);
	out_str(o, "device", NULL, c->device);
	out_str(o, "bench", NULL, c->bench);
	out_str(o, "metric", NULL, c->metric);
	emit_value(o, "value", &c->value);
	out_str(o, NULL, "value", str_text(&value));
	out_str(o, "op", NULL, c->op);
	emit_value(o, "limit", &c->limit);
	out_str(o, NULL, "limit", limit.len ? str_text(&limit) : NULL);
	out_str(o, "unit", NULL, c->unit);
	out_str(o, "why", "because", c->why);
	out_end(o);
}

static void emit_checks(struct out *o, const struct doc_check *checks, size_t n, bool all)
{
	out_arr(o, "checks", n ? "" : NULL);
	for (size_t i = 0; i < n; i++)
		emit_check(o, &checks[i], all);
	out_end(o);
}

static void emit_metric(struct out *o, const struct quantity *m, double value)
{
	out_f64(o, m->name, m->label, value, 1, out_unit_of(m->unit));
}

static void emit_bench_line(struct out *o, const struct doc_bench *b)
{
	out_row(o, NULL, b->name);
	out_str(o, "name", NULL, b->name);
	out_str(o, "device", "device", b->device);
	out_str(o, "model", NULL, b->model);
	out_str(o, "firmware", NULL, b->firmware);
	out_u64(o, "repeat", NULL, b->repeat, OUT_PLAIN);
	for (unsigned i = 0; i < METRICS; i++)
		emit_metric(o, &quantities[i], b->metric[i]);
	out_bool(o, "valid", "valid", b->valid);
	out_tone(o, b->valid ? TONE_GOOD : TONE_BAD);
	out_bool(o, "complete", NULL, b->complete);
	out_end(o);
}

static void emit_result_of(struct out *o, const struct document *d, bool many)
{
	_cleanup_str_ struct str label = { 0 };
	bool shown = !many || (d->judged && d->verdict != DOC_PASS);

	str_addf(&label, "%s on %s%s: %s", d->name, d->host, d->replayed ? " (replayed)" : "",
		 d->judged ? doc_verdict_names[d->verdict] : "not judged");
	out_obj(o, NULL, shown ? str_text(&label) : NULL);
	out_str(o, "file", NULL, d->file);
	out_str(o, "kind", NULL, doc_kind_names[d->kind]);
	out_str(o, "name", NULL, d->name);
	out_str(o, "host", NULL, d->host);
	out_bool(o, "replayed", NULL, d->replayed);
	out_str(o, "kernel", many ? NULL : "kernel", d->kernel);
	out_str(o, "time", many ? NULL : "time", d->time);
	out_str(o, "verdict", NULL, d->judged ? doc_verdict_names[d->verdict] : NULL);
	out_str(o, "about", d->about && !many ? "about" : NULL, d->about);
	out_str(o, "why", d->why ? "because" : NULL, d->why);
	emit_counts(o, d->counts, false);
	emit_checks(o, d->checks, d->n_checks, !many);
	out_arr(o, "benches", many || !d->n_benches ? NULL : "");
	for (size_t i = 0; i < d->n_benches; i++)
		emit_bench_line(o, &d->benches[i]);
	out_end(o);
	out_end(o);
}

/* One line per result; the JSON has all details. */
static void overview(struct out *o, const struct report *r)
{
	out_arr(o, NULL, "Results");
	for (size_t i = 0; i < r->fleet.n_docs; i++) {
		const struct document *d = r->fleet.docs[i];

		out_row(o, NULL, d->host);
		out_str(o, NULL, "what", d->name);
		out_str(o, NULL, "verdict", d->judged ? doc_verdict_names[d->verdict] : NULL);
		out_tone(o, tones[d->verdict]);
		for (unsigned v = 0; v < DOC_VERDICTS; v++)
			out_u64(o, NULL, doc_verdict_names[v], d->counts[v], OUT_PLAIN);
		out_str(o, NULL, "because", d->why);
		out_end(o);
	}
	out_end(o);
}

static void emit_names(struct out *o, const char *key, const char *label, const char **names,
		       size_t n)
{
	out_arr(o, key, n ? label : NULL);
	for (size_t i = 0; i < n; i++)
		out_str(o, NULL, "", names[i]);
	out_end(o);
}

static void emit_roll(struct out *o, const struct report *r)
{
	const struct fleet *f = &r->fleet;

	if (r->ask.expected)
		out_u64(o, "expected_hosts", "expected hosts", r->ask.n_expected, OUT_PLAIN);
	else
		out_null(o, "expected_hosts", NULL);
	emit_names(o, "missing_hosts", "missing hosts", f->missing, f->n_missing);
	emit_names(o, "unexpected_hosts", "not expected", f->unexpected, f->n_unexpected);
	out_arr(o, "unreadable", r->n_unreadable ? "Unreadable" : NULL);
	for (size_t i = 0; i < r->n_unreadable; i++) {
		out_row(o, NULL, r->unreadable[i].file);
		out_str(o, "file", NULL, r->unreadable[i].file);
		out_str(o, "why", "because", r->unreadable[i].why);
		out_end(o);
	}
	out_end(o);
	out_arr(o, "superseded", f->n_superseded ? "superseded" : NULL);
	for (size_t i = 0; i < f->n_superseded; i++)
		out_str(o, NULL, "", f->superseded[i]->file);
	out_end(o);
}

static void emit_groups(struct out *o, const struct fleet *f)
{
	out_arr(o, "groups", NULL);
	for (size_t i = 0; i < f->n_groups; i++) {
		const struct fleet_group *g = &f->groups[i];

		out_obj(o, NULL, NULL);
		out_str(o, "plan", NULL, g->plan);
		out_str(o, "bench", NULL, g->bench);
		out_str(o, "model", NULL, g->model);
		out_str(o, "firmware", NULL, g->firmware);
		out_str(o, "metric", NULL, quantities[g->metric].name);
		out_u64(o, "devices", NULL, g->n, OUT_PLAIN);
		out_f64(o, "median", NULL, g->median, 1, OUT_PLAIN);
		out_f64(o, "mad", NULL, g->mad, 1, OUT_PLAIN);
		out_end(o);
	}
	out_end(o);
}

static void emit_outliers(struct out *o, const struct fleet *f)
{
	out_arr(o, "outliers", f->n_outliers ? "Outliers" : NULL);
	for (size_t i = 0; i < f->n_outliers; i++) {
		const struct fleet_outlier *x = &f->outliers[i];
		const struct quantity *m = &quantities[x->group->metric];
		_cleanup_str_ struct str value = { 0 }, median = { 0 };

		say_number(&value, x->value, unit_names[m->unit]);
		say_number(&median, x->group->median, unit_names[m->unit]);
		out_row(o, NULL, x->doc->host);
		out_str(o, "host", NULL, x->doc->host);
		out_str(o, "device", "device", x->device);
		out_str(o, "plan", NULL, x->group->plan);
		out_str(o, "bench", "bench", x->group->bench);
		out_str(o, "model", NULL, x->group->model);
		out_str(o, "firmware", NULL, x->group->firmware);
		out_str(o, "metric", "metric", m->name);
		out_f64(o, "value", NULL, x->value, 1, OUT_PLAIN);
		out_str(o, NULL, "value", str_text(&value));
		out_f64(o, "median", NULL, x->group->median, 1, OUT_PLAIN);
		out_str(o, NULL, "median of others", str_text(&median));
		out_f64(o, "deviation", "deviations", x->deviation, 1, OUT_PLAIN);
		out_bool(o, "worse", "worse", x->worse);
		out_tone(o, x->worse ? TONE_BAD : TONE_NONE);
		out_end(o);
	}
	out_end(o);
}

void emit_report(struct out *o, const struct report *r)
{
	emit_verdict(o, "verdict", r->fleet.verdict);
	out_str(o, "summary", r->summary.len ? "because" : NULL, str_text(&r->summary));
	emit_counts(o, r->fleet.counts, false);
	emit_roll(o, r);
	if (r->many)
		overview(o, r);
	emit_groups(o, &r->fleet);
	emit_outliers(o, &r->fleet);
	out_arr(o, "results", "");
	for (size_t i = 0; i < r->fleet.n_docs; i++)
		emit_result_of(o, r->fleet.docs[i], r->many);
	out_end(o);
}
