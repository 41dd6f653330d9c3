/* SPDX-License-Identifier: MIT */
#include "emit-compare.h"

#include <math.h>
#include <string.h>

#include "cmd/output/number.h"
#include "probe/lib/base.h"

#define DECIMALS   6 /* of a share */
#define PLOT_MIN   17
#define PLOT_MAX   51
#define RESOLUTION 10 /* columns */
#define MAX_NAMED  3  /* files of a side in the text */

static const char *const kept_names[] = {
	[KEPT_UNDECIDED] = "undecided",
	[KEPT_YES] = "met",
	[KEPT_NO] = "unmet",
};

static const char *part_name(unsigned part)
{
	return part == PART_TOTAL ? "total" : io_kind_names[part];
}

static bool is_mixed(const struct comparisons *all)
{
	return all->n && all->list[0].part != PART_TOTAL;
}

static void label_of(const struct comparisons *all, const struct comparison *c, struct str *to)
{
	if (is_mixed(all))
		str_addf(to, "%s ", part_name(c->part));
	str_add(to, quantities[c->metric].label);
}

static void emit_side(struct out *o, const char *key, const char *label,
		      const struct saved_runs *side)
{
	const struct saved_run *first = side->list;
	_cleanup_str_ struct str text = { 0 };

	out_obj(o, key, NULL);
	out_u64(o, "runs", NULL, side->n, OUT_PLAIN);
	out_arr(o, "from", NULL);
	for (size_t i = 0; i < side->n; i++)
		out_str(o, NULL, NULL, side->list[i].from);
	out_end(o);
	out_str(o, "tool", NULL, first->fio ? "fio" : "uringtool");
	out_str(o, "version", NULL, *first->version ? first->version : NULL);
	out_str(o, "kernel", NULL, *first->kernel ? first->kernel : NULL);
	out_str(o, "hostname", NULL, *first->hostname ? first->hostname : NULL);
	out_arr(o, "invalid", NULL);
	for (size_t i = 0; i < side->n; i++) {
		if (side->list[i].trusted)
			continue;
		out_obj(o, NULL, NULL);
		out_str(o, "from", NULL, side->list[i].from);
		out_str(o, "why", NULL, side->list[i].why);
		out_end(o);
	}
	out_end(o);
	out_end(o);
	str_addf(&text, "%zu run%s: ", side->n, side->n > 1 ? "s" : "");
	for (size_t i = 0; i < side->n && i < MAX_NAMED; i++)
		str_addf(&text, "%s%s", i ? ", " : "", side->list[i].from);
	if (side->n > MAX_NAMED)
		str_add(&text, ", ...");
	out_str(o, NULL, label, str_text(&text));
}

static void emit_mismatches(struct out *o, const struct compare_view *c)
{
	out_arr(o, "differences", c->n_mismatches ? "Differences that were let pass" : NULL);
	for (int i = 0; i < c->n_mismatches; i++) {
		const struct discrepancy *m = &c->mismatches[i];

		out_row(o, NULL, "");
		out_str(o, "group", "of", trait_group_names[m->group]);
		out_str(o, "name", "name", m->name);
		out_str(o, "base", "base", m->a);
		out_str(o, "new", "new", m->b);
		out_end(o);
	}
	out_end(o);
}

static void emit_share(struct out *o, const char *key, double share)
{
	if (isnan(share))
		out_null(o, key, NULL);
	else
		out_f64(o, key, NULL, share, DECIMALS, OUT_PLAIN);
}

static void add_percent(struct str *to, double share, bool sign)
{
	double percent = 100 * share;

	str_addf(to, sign ? "%+.*f %%" : "%.*f %%", fabs(percent) < 9.95 ? 2 : 1, percent);
}

static void add_interval(struct str *to, const struct comparison *c)
{
	if (isnan(c->low)) {
		str_add(to, "unknown");
		return;
	}
	add_percent(to, c->low, true);
	str_add(to, " .. ");
	add_percent(to, c->high, true);
}

static void emit_change(struct out *o, double share)
{
	_cleanup_str_ struct str text = { 0 };

	if (isnan(share))
		str_add(&text, "?");
	else
		add_percent(&text, share, true);
	out_str(o, NULL, "change", str_text(&text));
}

static void emit_value(struct out *o, const char *key, double value, enum metric m)
{
	if (isnan(value))
		out_null(o, key, key);
	else
		out_f64(o, key, key, value, 3, out_unit_of(quantities[m].unit));
}

static void emit_comparison(struct out *o, const struct comparisons *all,
			    const struct comparison *c)
{
	static const enum out_tone tones[TRENDS] = {
		[TREND_BETTER] = TONE_GOOD,
		[TREND_WORSE] = TONE_BAD,
		[TREND_INCONCLUSIVE] = TONE_WARN,
	};
	_cleanup_str_ struct str label = { 0 };

	label_of(all, c, &label);
	out_row(o, NULL, str_text(&label));
	out_str(o, "part", NULL, part_name(c->part));
	out_str(o, "metric", NULL, quantities[c->metric].name);
	out_str(o, "better_when", NULL, quantities[c->metric].more ? "more" : "less");
	emit_value(o, "base", c->base, c->metric);
	emit_value(o, "new", c->new, c->metric);
	emit_share(o, "change_share", c->change);
	emit_share(o, "change_low_share", c->low);
	emit_share(o, "change_high_share", c->high);
	emit_change(o, c->change);
	emit_share(o, "resolution_share", c->resolution);
	out_str(o, "basis", NULL, basis_names[c->basis]);
	out_u64(o, "base_samples", NULL, c->n_base, OUT_PLAIN);
	out_u64(o, "new_samples", NULL, c->n_new, OUT_PLAIN);
	out_str(o, "verdict", "verdict", trend_names[c->verdict]);
	out_tone(o, tones[c->verdict]);
	out_bool(o, "decides", NULL, c->decides);
	emit_share(o, "max_regress_share", c->limit);
	out_str(o, "met", NULL, kept_names[c->kept]);
	out_str(o, NULL, "limit", c->decides ? kept_names[c->kept] : "-");
	out_tone(o, !c->decides		  ? TONE_DIM
		    : c->kept == KEPT_YES ? TONE_GOOD
		    : c->kept == KEPT_NO  ? TONE_BAD
					  : TONE_WARN);
	out_end(o);
}

/* Column of a change on the scale, better to the right; values outside are at the end. */
static unsigned place(const struct comparison *c, double change, double scale, unsigned width)
{
	double gain = quantities[c->metric].more ? change : -change;

	gain = fmax(-1, fmin(1, gain / scale));
	return lround((gain + 1) / 2 * (width - 1));
}

static void plot_line(const struct comparison *c, double scale, unsigned width, char *line)
{
	unsigned low, high;

	memset(line, ' ', width);
	line[width] = '\0';
	line[place(c, c->limit, scale, width)] = ':';
	line[place(c, -c->limit, scale, width)] = ':';
	line[(width - 1) / 2] = '|';
	if (isnan(c->low))
		return;
	low = place(c, c->low, scale, width);
	high = place(c, c->high, scale, width);
	memset(line + (low < high ? low : high), '-', (low < high ? high - low : low - high) + 1);
	line[low] = line[high] = '+';
	line[place(c, c->change, scale, width)] = 'o';
}

/* Adds a text at each end of the scale. */
static void add_ends(struct str *to, unsigned column, unsigned width, const char *left,
		     const char *right)
{
	str_addf(to, "%*s%s%*s", (int)column, "", left, (int)(width - strlen(left)), right);
}

/* The intervals in words, and as lines on a common scale. */
static void plot(struct out *o, const struct comparisons *all, const struct out_style *style)
{
	_cleanup_str_ struct str text = { 0 }, least = { 0 }, most = { 0 };
	unsigned column = 0, words = strlen("interval"), width = PLOT_MAX;
	char line[PLOT_MAX + 1];
	double scale = 0;

	for (unsigned i = 0; i < all->n; i++) {
		const struct comparison *c = &all->list[i];
		_cleanup_str_ struct str label = { 0 }, interval = { 0 };

		label_of(all, c, &label);
		add_interval(&interval, c);
		column = label.len > column ? label.len : column;
		words = interval.len > words ? interval.len : words;
		if (!isnan(c->low))
			scale = fmax(scale, fmax(fabs(c->change), 2 * c->limit));
	}
	if (!(scale > 0)) {
		out_block(o, "\n");
		return;
	}
	column += 4;
	while (width > PLOT_MIN && column + width + 2 + words + 2 + RESOLUTION > style->width)
		width -= 2;
	str_add(&text, "\nHow sure that is\n");
	add_ends(&text, column, width, "worse", "better");
	str_addf(&text, "  %-*s  %s\n", (int)words, "interval", "resolution");
	for (unsigned i = 0; i < all->n; i++) {
		const struct comparison *c = &all->list[i];
		_cleanup_str_ struct str label = { 0 }, interval = { 0 };

		label_of(all, c, &label);
		add_interval(&interval, c);
		plot_line(c, scale, width, line);
		str_addf(&text, "  %-*s%s  %-*s  ", (int)column - 2, str_text(&label), line,
			 (int)words, str_text(&interval));
		if (isnan(c->resolution))
			str_add(&text, "unknown");
		else
			add_percent(&text, c->resolution, false);
		str_add(&text, "\n");
	}
	add_percent(&least, -scale, true);
	add_percent(&most, scale, true);
	add_ends(&text, column, width, str_text(&least), str_text(&most));
	str_add(&text, "\n  o the change, +--+ its interval, | none, : the limit\n\n");
	out_block(o, str_text(&text));
}

/* Keeps the first reason in *first. */
static void emit_reason(struct out *o, const char *text, struct str *first)
{
	out_str(o, NULL, "", text);
	if (!first->len)
		str_add(first, text);
}

static void emit_invalid(struct out *o, const char *name, const struct saved_runs *side,
			 struct str *first)
{
	for (size_t i = 0; i < side->n; i++) {
		_cleanup_str_ struct str text = { 0 };

		if (side->list[i].trusted)
			continue;
		str_addf(&text, "%s %s is no valid result: %s", name, side->list[i].from,
			 side->list[i].why);
		emit_reason(o, str_text(&text), first);
	}
}

static bool any(const struct comparisons *all, enum basis basis, bool deciding)
{
	for (unsigned i = 0; i < all->n; i++)
		if (all->list[i].basis == basis && (!deciding || all->list[i].decides))
			return true;
	return false;
}

/* Deciding metrics that only one side has. */
static void list_one_sided(const struct comparisons *all, struct str *to)
{
	for (unsigned i = 0; i < all->n; i++) {
		const struct comparison *c = &all->list[i];

		if (!c->decides || isnan(c->base) == isnan(c->new))
			continue;
		str_add(to, to->len ? ", " : "not both sides have: ");
		label_of(all, c, to);
	}
}

/* Why something is undecided, and what would help. */
static void emit_reasons(struct out *o, const struct compare_view *c, struct str *first)
{
	const struct comparisons *all = &c->comparisons;
	_cleanup_str_ struct str text = { 0 }, one_sided = { 0 };
	bool few = c->base.n < all->least || c->new.n < all->least, wide = false;
	bool unknown = false;

	for (unsigned m = 0; m < METRICS; m++)
		unknown |= c->unknown[m];
	list_one_sided(all, &one_sided);
	for (unsigned i = 0; i < all->n; i++)
		wide |= all->list[i].decides && all->list[i].kept == KEPT_UNDECIDED &&
			!isnan(all->list[i].resolution);
	few &= isnan(c->opts.noise) && (any(all, BASIS_NONE, true) || any(all, BASIS_SPANS, true));
	out_arr(o, "reasons",
		!all->trusted || few || wide || unknown || one_sided.len ? "Undecided because"
									 : NULL);
	emit_invalid(o, "base", &c->base, first);
	emit_invalid(o, "new", &c->new, first);
	if (few) {
		str_addf(&text,
			 "too few runs to tell how far equal ones are apart: base has %zu, new "
			 "%zu, and it takes %zu each, or --noise",
			 c->base.n, c->new.n, all->least);
		emit_reason(o, str_text(&text), first);
	}
	if (one_sided.len)
		emit_reason(o, str_text(&one_sided), first);
	if (wide && all->trusted)
		emit_reason(o, "an interval reaches over its limit: more runs make it narrower",
			    first);
	for (unsigned m = 0; m < METRICS; m++) {
		_cleanup_str_ struct str none = { 0 };

		str_addf(&none, "no run tells %s", quantities[m].option);
		if (c->unknown[m])
			emit_reason(o, str_text(&none), first);
	}
	out_end(o);
}

static void tell_unmet(const struct comparisons *all, struct str *why)
{
	const struct comparison *c = all->list;

	while (c < all->list + all->n && !(c->decides && c->kept == KEPT_NO))
		c++;
	if (c == all->list + all->n)
		return;
	label_of(all, c, why);
	str_add(why, ": ");
	add_percent(why, c->change, true);
	str_add(why, ", and ");
	add_percent(why, c->limit, false);
	str_add(why, " worse is allowed");
}

void emit_compare(struct out *o, const struct compare_view *c, const struct out_style *style,
		  struct str *why)
{
	const struct comparisons *all = &c->comparisons;
	_cleanup_str_ struct str undecided = { 0 };

	emit_side(o, "base", "base", &c->base);
	emit_side(o, "new", "new", &c->new);
	out_bool(o, "paired", NULL, c->opts.paired);
	emit_share(o, "noise_share", c->opts.noise);
	out_f64(o, "confidence", NULL, c->opts.confidence, DECIMALS, OUT_PLAIN);
	out_f64(o, "level", NULL, all->level, DECIMALS, OUT_PLAIN);
	out_u64(o, "least_runs", NULL, all->least, OUT_PLAIN);
	emit_mismatches(o, c);
	out_arr(o, "metrics", "Metrics");
	for (unsigned i = 0; i < all->n; i++)
		emit_comparison(o, all, &all->list[i]);
	out_end(o);
	plot(o, all, style);
	out_bool(o, "valid", NULL, all->trusted);
	emit_reasons(o, c, &undecided);
	out_str(o, "met", "within the limits", kept_names[all->kept]);
	out_tone(o, all->kept == KEPT_YES  ? TONE_GOOD
		    : all->kept == KEPT_NO ? TONE_BAD
					   : TONE_WARN);
	if (all->kept == KEPT_NO)
		tell_unmet(all, why);
	else if (all->kept == KEPT_UNDECIDED)
		str_add(why, str_text(&undecided));
}
