/* SPDX-License-Identifier: MIT */
#include "emit-sweep.h"

#include <math.h>
#include <string.h>

#include "advise.h"
#include "bench/method/sweep.h"
#include "cmd/output/out.h"
#include "emit-bench.h"
#include "emit-steady.h"
#include "probe/lib/base.h"

static const struct {
	const char *key, *label;
	enum out_unit unit;
} metrics[ASPECTS] = {
	[ASPECT_IOPS] = { "iops", "IOPS", OUT_COUNT },
	[ASPECT_P99] = { "lat_p99_ns", "p99", OUT_NS },
	[ASPECT_CPU] = { "cpu_ns_per_io", "CPU per I/O", OUT_NS },
};

static const struct {
	const char *name;
	enum out_tone tone;
} verdicts[] = {
	[VERDICT_INCONCLUSIVE] = { "inconclusive", TONE_WARN },
	[VERDICT_NO_DIFFERENCE] = { "no difference", TONE_NONE },
	[VERDICT_PAYS] = { "pays", TONE_GOOD },
	[VERDICT_COSTS] = { "costs", TONE_BAD },
	[VERDICT_UNAVAILABLE] = { "unavailable", TONE_DIM },
};

/* "+4.2 %" for 1.042. */
static void change_text(struct str *to, double ratio)
{
	double percent = 100 * (ratio - 1);

	if (!isfinite(ratio))
		str_add(to, "-");
	else
		str_addf(to, "%+.*f %%", fabs(percent) < 9.95 ? 1 : 0, percent);
}

static void emit_change_text(struct out *o, const char *label, double ratio)
{
	_cleanup_str_ struct str text = { 0 };

	change_text(&text, ratio);
	out_str(o, NULL, label, str_text(&text));
}

static void emit_ratio(struct out *o, const char *key, double ratio)
{
	out_f64(o, key, NULL, ratio, 4, OUT_PLAIN);
}

static void emit_cell_settings(struct out *o, const char *key, const struct grid *g, unsigned cell)
{
	out_arr(o, key, NULL);
	for (unsigned f = 0; f < g->n; f++) {
		_cleanup_str_ struct str text = { 0 };

		grid_setting_text(g, f, grid_level(g, cell, f), &text);
		out_str(o, NULL, NULL, str_text(&text));
	}
	out_end(o);
}

/* Emits members of the open row. */
static void emit_change(struct out *o, const struct grid *g, const struct change *c)
{
	const bool known = c->rounds > 0;

	out_str(o, "verdict", "verdict", verdicts[c->verdict].name);
	out_tone(o, verdicts[c->verdict].tone);
	emit_ratio(o, "ratio", c->ratio.estimate);
	emit_ratio(o, "low", known ? c->ratio.low : NAN);
	emit_ratio(o, "high", c->ratio.high);
	emit_change_text(o, "change", c->ratio.estimate);
	emit_change_text(o, "from", known ? c->ratio.low : NAN);
	emit_change_text(o, "to", c->ratio.high);
	out_u64(o, "rounds", NULL, c->rounds, OUT_PLAIN);
	out_u64(o, "rounds_left_out", NULL, c->left_out, OUT_PLAIN);
	emit_ratio(o, "lowest", c->lowest);
	emit_ratio(o, "highest", c->highest);
	if (known) {
		emit_cell_settings(o, "lowest_at", g, c->lowest_at);
		emit_cell_settings(o, "highest_at", g, c->highest_at);
	} else {
		out_null(o, "lowest_at", NULL);
		out_null(o, "highest_at", NULL);
	}
}

static void emit_changes(struct out *o, const char *key, const char *label, const struct grid *g,
			 const struct change change[static ASPECTS])
{
	out_obj(o, key, label);
	for (unsigned m = 0; m < ASPECTS; m++) {
		out_row(o, metrics[m].key, metrics[m].label);
		emit_change(o, g, &change[m]);
		out_end(o);
	}
	out_end(o);
}

static void emit_factors(struct out *o, const struct grid *g)
{
	out_arr(o, "factors", NULL);
	for (unsigned f = 0; f < g->n; f++) {
		out_obj(o, NULL, NULL);
		out_str(o, "option", NULL, g->factor[f].opt->name);
		out_arr(o, "levels", NULL);
		for (unsigned l = 0; l < g->factor[f].n; l++)
			out_str(o, NULL, NULL, g->factor[f].level[l]);
		out_end(o);
		out_end(o);
	}
	out_end(o);
}

static void emit_extent(struct out *o, const struct sweep *s)
{
	const struct sweep_plan *plan = s->plan;
	const struct criteria *c = &plan->criteria;
	_cleanup_str_ struct str line = { 0 }, slice = { 0 };

	out_obj(o, "sweep", NULL);
	emit_factors(o, plan->grid);
	out_u64(o, "configurations", NULL, s->samples.n_cells, OUT_PLAIN);
	out_u64(o, "rounds", NULL, s->samples.n_rounds, OUT_PLAIN);
	out_u64(o, "least_rounds", NULL, s->verdicts.least_rounds, OUT_PLAIN);
	out_u64(o, "runs", NULL, s->runs, OUT_PLAIN);
	out_u64(o, "invalid_runs", NULL, s->invalid, OUT_PLAIN);
	out_u64(o, "slice_ns", NULL, s->slice_ns, OUT_PLAIN);
	out_u64(o, "ramp_ns", NULL, s->ramp_ns, OUT_PLAIN);
	out_u64(o, "budget_ns", NULL, plan->budget_ns, OUT_PLAIN);
	out_f64(o, "elapsed_s", NULL, s->elapsed_ns / 1e9, 3, OUT_PLAIN);
	out_f64(o, "confidence", NULL, c->confidence, 4, OUT_PLAIN);
	out_f64(o, "confidence_each", NULL, s->verdicts.confidence, 6, OUT_PLAIN);
	out_f64(o, "least_change_share", NULL, c->least, 4, OUT_PLAIN);
	out_f64(o, "precision_asked_share", NULL, plan->precision, 4, OUT_PLAIN);
	out_f64(o, "precision_share", NULL, s->verdicts.precision, 4, OUT_PLAIN);
	out_bool(o, "precise", NULL, s->precise);
	out_str(o, "prefer", NULL, metrics[c->prefer].key);
	out_end(o);

	time_text(&slice, (s->slice_ns + 500000) / 1000000 * 1000000);
	str_addf(&line, "%u rounds of all configurations in random order, %s each",
		 s->samples.n_rounds, str_text(&slice));
	if (s->invalid)
		str_addf(&line, "; %u of %u runs not valid and left out", s->invalid, s->runs);
	str_add(&line, "\n");
	out_block(o, str_text(&line));
}

static double median_of(const struct sweep *s, unsigned cell, enum aspect m)
{
	double v[STATS_MAX_SAMPLES];
	unsigned n = 0;

	for (unsigned r = 0; r < s->samples.n_rounds; r++) {
		const struct sample *at = sample_at(&s->samples, r, cell);

		if (at->valid && isfinite(at->value[m]))
			v[n++] = at->value[m];
	}
	return n ? stats_median(v, n) : NAN;
}

static void emit_samples(struct out *o, const struct sweep *s, unsigned cell)
{
	out_arr(o, "samples", NULL);
	for (unsigned r = 0; r < s->samples.n_rounds && !s->dead[cell]; r++) {
		const struct sample *at = sample_at(&s->samples, r, cell);

		if (!at->valid) {
			out_null(o, NULL, NULL);
			continue;
		}
		out_arr(o, NULL, NULL);
		for (unsigned m = 0; m < ASPECTS; m++)
			out_f64(o, NULL, NULL, at->value[m], 1, OUT_PLAIN);
		out_end(o);
	}
	out_end(o);
}

static void emit_cells(struct out *o, const struct sweep *s)
{
	static const char *const states[] = {
		[CELL_MEASURED] = "measured",
		[CELL_EXCLUDED] = "excluded",
		[CELL_UNAVAILABLE] = "unavailable",
		[CELL_FAILED] = "failed",
	};
	const struct grid *g = s->plan->grid;

	out_arr(o, "configurations", "Configurations, median run");
	for (unsigned i = 0; i < g->n_cells; i++) {
		const struct sweep_cell *c = &s->cells[i];
		_cleanup_str_ struct str name = { 0 };

		grid_cell_text(g, i, -1, &name);
		out_row(o, NULL, s->dead[i] ? NULL : str_text(&name));
		emit_cell_settings(o, "settings", g, i);
		out_str(o, "state", NULL, states[c->state]);
		out_str(o, "why", NULL, *c->why ? c->why : NULL);
		out_u64(o, "runs", NULL, c->runs, OUT_PLAIN);
		out_u64(o, "invalid_runs", c->invalid ? "not valid" : NULL, c->invalid, OUT_PLAIN);
		for (unsigned m = 0; m < ASPECTS; m++)
			out_f64(o, metrics[m].key, metrics[m].label, median_of(s, i, m), 1,
				metrics[m].unit);
		emit_samples(o, s, i);
		out_end(o);
	}
	out_end(o);
}

/* Configurations that could not be measured, with the reason; one line for those that share it. */
static void emit_dead(struct out *o, const struct sweep *s)
{
	const struct grid *g = s->plan->grid;
	bool any = false;

	for (unsigned i = 0; i < g->n_cells; i++) {
		_cleanup_str_ struct str name = { 0 };
		unsigned more = 0;
		bool told = false;

		for (unsigned j = 0; s->dead[i] && j < g->n_cells; j++) {
			bool same = s->dead[j] && !strcmp(s->cells[i].why, s->cells[j].why);

			told |= same && j < i;
			more += same && j > i;
		}
		if (!s->dead[i] || told)
			continue;
		if (!any)
			out_obj(o, NULL, "Not measured");
		any = true;
		grid_cell_text(g, i, -1, &name);
		if (more)
			str_addf(&name, " and %u more", more);
		out_str(o, NULL, str_text(&name), s->cells[i].why);
		out_tone(o, TONE_WARN);
	}
	if (any)
		out_end(o);
}

/* Why runs were left out, for configurations that lost many. */
static void emit_invalid(struct out *o, const struct sweep *s)
{
	bool any = false;

	for (unsigned i = 0; i < s->samples.n_cells; i++) {
		const struct sweep_cell *c = &s->cells[i];
		_cleanup_str_ struct str name = { 0 }, text = { 0 };

		if (s->dead[i] || c->invalid * 4 <= c->runs)
			continue;
		if (!any)
			out_obj(o, NULL, "Many runs not valid");
		any = true;
		grid_cell_text(s->plan->grid, i, -1, &name);
		str_addf(&text, "%u of %u, the last because %s", c->invalid, c->runs, c->why);
		out_str(o, NULL, str_text(&name), str_text(&text));
		out_tone(o, TONE_WARN);
	}
	if (any)
		out_end(o);
}

static void emit_verdicts(struct out *o, const struct sweep *s)
{
	const struct grid *g = s->plan->grid;
	const struct verdicts *v = &s->verdicts;

	emit_changes(o, "noise", "Noise: the same configuration twice", g, v->noise);
	out_obj(o, "verdicts", "");
	for (unsigned m = 0; m < ASPECTS; m++) {
		out_arr(o, metrics[m].key, metrics[m].label);
		for (unsigned i = 0; i < v->n; i++) {
			const struct comparison *c = &v->at[i];
			const struct factor *fa = &g->factor[c->factor];
			_cleanup_str_ struct str name = { 0 };

			grid_setting_text(g, c->factor, c->level, &name);
			out_row(o, NULL, str_text(&name));
			out_str(o, "option", NULL, fa->opt->name);
			out_str(o, "level", NULL, fa->level[c->level]);
			out_str(o, "against", NULL, fa->level[0]);
			emit_change(o, g, &c->change[m]);
			out_str(o, "why", NULL,
				c->change[m].verdict == VERDICT_UNAVAILABLE
					? s->cells[c->because].why
					: NULL);
			out_end(o);
		}
		out_end(o);
	}
	out_end(o);
}

static void emit_dependence(struct out *o, const struct grid *g, unsigned factor, const char *name,
			    double ratio, unsigned at)
{
	_cleanup_str_ struct str text = { 0 };

	change_text(&text, ratio);
	str_add(&text, " with ");
	grid_cell_text(g, at, factor, &text);
	out_str(o, NULL, name, str_text(&text));
}

/* Levels that pay with some settings of the other options and cost with others. */
static void emit_dependences(struct out *o, const struct sweep *s)
{
	const struct grid *g = s->plan->grid;
	bool any = false;

	for (unsigned i = 0; i < s->verdicts.n; i++) {
		const struct comparison *c = &s->verdicts.at[i];

		for (unsigned m = 0; m < ASPECTS; m++) {
			const struct change *ch = &c->change[m];
			_cleanup_str_ struct str name = { 0 };

			if (!verdict_depends(&s->verdicts, &s->plan->criteria, i, m))
				continue;
			if (!any)
				out_obj(o, NULL, "Depends on the other options");
			any = true;
			grid_setting_text(g, c->factor, c->level, &name);
			str_addf(&name, ", %s", metrics[m].label);
			emit_dependence(o, g, c->factor, str_text(&name), ch->lowest,
					ch->lowest_at);
			emit_dependence(o, g, c->factor, str_text(&name), ch->highest,
					ch->highest_at);
		}
	}
	if (any)
		out_end(o);
}

static void emit_because(struct out *o, const struct sweep *s)
{
	const struct grid *g = s->plan->grid;
	const struct verdicts *v = &s->verdicts;
	_cleanup_str_ struct str text = { 0 };

	out_arr(o, "because", NULL);
	for (unsigned f = 0; f < g->n; f++) {
		_cleanup_str_ struct str line = { 0 };

		if (v->chosen_for[f] == ASPECTS || v->together_failed)
			continue;
		grid_setting_text(g, f, grid_level(g, v->recommended, f), &line);
		str_addf(&line, " pays in %s", metrics[v->chosen_for[f]].label);
		for (unsigned i = 0, costs = 0; i < v->n; i++) {
			const struct comparison *c = &v->at[i];

			if (c->factor != f || c->level != grid_level(g, v->recommended, f))
				continue;
			for (unsigned m = 0; m < ASPECTS; m++)
				if (c->change[m].verdict == VERDICT_COSTS)
					str_addf(&line, "%s %s", costs++ ? " and" : ", and costs",
						 metrics[m].label);
		}
		out_str(o, NULL, NULL, str_text(&line));
		str_addf(&text, "%s\n", str_text(&line));
	}
	if (!text.len) {
		str_add(&text, v->together_failed ? "what pays one by one costs together"
						  : "nothing was shown to pay");
		out_str(o, NULL, NULL, str_text(&text));
		str_add(&text, "\n");
	}
	out_end(o);
	if (!s->valid)
		str_add(&text, "but this is not valid: see below\n");
	out_block(o, str_text(&text));
}

static void emit_lines(struct out *o, const char *key, const char *text)
{
	out_arr(o, key, NULL);
	while (*text) {
		size_t n = strcspn(text, "\n");
		_cleanup_free_ char *line = strndup(text, n);

		out_str(o, NULL, NULL, line);
		text += n + (text[n] == '\n');
	}
	out_end(o);
}

static void indented(struct str *to, const char *text)
{
	while (*text) {
		size_t n = strcspn(text, "\n");

		str_add(to, "  ");
		str_addn(to, text, n);
		str_add(to, "\n");
		text += n + (text[n] == '\n');
	}
}

static void emit_recommendation(struct out *o, const struct sweep *s)
{
	const struct verdicts *v = &s->verdicts;
	const struct grid *g = s->plan->grid;
	const struct sweep_cell *c = &s->cells[v->recommended];
	_cleanup_str_ struct str command = { 0 }, code = { 0 }, block = { 0 }, title = { 0 };
	struct job job = c->job;

	advise_command(&command, &c->job, s->target.own ? NULL : s->target.path);
	job.engine = c->granted.engine;
	advise_liburing(&code, &job, c->granted.setup_flags, c->granted.registered_ring);
	str_add(&title, "Recommended: ");
	grid_cell_text(g, v->recommended, -1, &title);

	out_obj(o, "recommendation", str_text(&title));
	emit_cell_settings(o, "settings", g, v->recommended);
	emit_because(o, s);
	emit_changes(o, "against_base", v->recommended == s->samples.base ? NULL : "", g,
		     v->together);
	out_str(o, "command", NULL, str_text(&command));
	emit_lines(o, "liburing", str_text(&code));
	out_end(o);

	str_add(&block, "\n");
	indented(&block, str_text(&command));
	str_add(&block, "\n");
	indented(&block, str_text(&code));
	out_block(o, str_text(&block));
}

void emit_sweep(struct out *o, const struct sweep *s)
{
	_cleanup_str_ struct str headline = { 0 };

	bench_headline(&headline, &s->plan->job, &s->target, s->plan->grid);
	str_add(&headline, "\n");
	out_block(o, str_text(&headline));
	emit_job(o, &s->plan->job);
	emit_bench_target(o, &s->target);
	emit_precondition(o, &s->precondition);
	emit_extent(o, s);
	emit_cells(o, s);
	emit_dead(o, s);
	emit_invalid(o, s);
	emit_verdicts(o, s);
	emit_dependences(o, s);
	emit_recommendation(o, s);
	out_bool(o, "complete", s->complete ? NULL : "complete", s->complete);
	out_bool(o, "valid", s->valid ? NULL : "valid", s->valid);
	out_tone(o, s->valid ? TONE_GOOD : TONE_BAD);
	out_str(o, "why_not_valid", s->valid ? NULL : "because", s->valid ? NULL : s->why);
}
