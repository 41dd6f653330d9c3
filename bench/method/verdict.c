/* SPDX-License-Identifier: MIT */
#include "verdict.h"

#include <math.h>
#include <string.h>

#include "bench/stats/random.h"
#include "probe/lib/base.h"

/* A round counts for a comparison if at least half of its pairs of runs are valid; there is a verdict if at
 * least three of four rounds count. */
#define MIN_PAIRS  2
#define MIN_ROUNDS 4

struct pair {
	unsigned cell, old; /* s->n_cells is the twin */
};

struct pairs {
	struct pair at[GRID_MAX_CELLS];
	unsigned n;
};

struct court {
	const struct grid *g;
	const struct samples *s;
	const struct criteria *c;
	double *logs; /* [n_rounds][n_pairs] of one comparison: new / old; NAN: one of them is not valid */
	double *work; /* [n_rounds] */
	double confidence;
	uint64_t seed;
};

static bool is_dead(const bool *dead, unsigned cell)
{
	return dead && dead[cell];
}

static void pairs_of(const struct grid *g, const bool *dead, unsigned factor, unsigned level,
		     struct pairs *p)
{
	p->n = 0;
	for (unsigned cell = 0; cell < g->n_cells; cell++) {
		unsigned other = grid_with(g, cell, factor, level);

		if (grid_level(g, cell, factor) == 0 && !is_dead(dead, cell) &&
		    !is_dead(dead, other))
			p->at[p->n++] = (struct pair){ other, cell };
	}
}

double verdict_confidence(const struct grid *g, const bool *dead, double confidence)
{
	struct pairs p;
	unsigned n = 0;

	for (unsigned f = 0; f < g->n; f++) {
		for (unsigned l = 1; l < g->factor[f].n; l++) {
			pairs_of(g, dead, f, l, &p);
			n += p.n > 0;
		}
	}
	return n ? 1 - (1 - confidence) / (n * ASPECTS) : confidence;
}

static double log_ratio(const struct samples *s, unsigned round, const struct pair *p,
			enum aspect metric)
{
	const struct sample *a = sample_at(s, round, p->cell), *b = sample_at(s, round, p->old);
	double ratio = a->value[metric] / b->value[metric];

	return a->valid && b->valid && isfinite(ratio) && ratio > 0 ? log(ratio) : NAN;
}

/* Median of a pair over the rounds, NAN if it has no value. */
static double middle_of(const struct court *court, const struct pairs *p, unsigned pair)
{
	unsigned n = 0;

	for (unsigned r = 0; r < court->s->n_rounds; r++) {
		double v = court->logs[r * p->n + pair];

		if (!isnan(v))
			court->work[n++] = v;
	}
	return n ? stats_median(court->work, n) : NAN;
}

/*
 * Returns one ratio for each round. Pairs differ in their settings of the other options, and so in their
 * ratios. So that rounds with missing pairs remain comparable, each pair contributes its distance from its
 * own median, and the mean of the medians is added.
 */
static unsigned ratios_of_rounds(const struct court *court, const struct pairs *p, double *middle,
				 double *ratio)
{
	double all = 0;
	unsigned known = 0, n = 0;

	for (unsigned i = 0; i < p->n; i++) {
		middle[i] = middle_of(court, p, i);
		if (!isnan(middle[i])) {
			all += middle[i];
			known++;
		}
	}
	for (unsigned r = 0; r < court->s->n_rounds; r++) {
		double sum = 0;
		unsigned valid = 0;

		for (unsigned i = 0; i < p->n; i++) {
			double v = court->logs[r * p->n + i];

			if (!isnan(v)) {
				sum += v - middle[i];
				valid++;
			}
		}
		if (valid && valid * MIN_PAIRS >= p->n)
			ratio[n++] = exp(all / known + sum / valid);
	}
	return n;
}

static void measure(struct court *court, const struct pairs *p, enum aspect metric,
		    struct change *e)
{
	static const double ones[] = { [0 ... STATS_MAX_SAMPLES - 1] = 1 };
	double middle[GRID_MAX_CELLS], ratio[STATS_MAX_SAMPLES];
	const struct samples *s = court->s;

	*e = (struct change){ .ratio = { NAN, 0, INFINITY }, .lowest = NAN, .highest = NAN };
	if (!p->n) {
		e->verdict = VERDICT_UNAVAILABLE;
		return;
	}
	for (unsigned r = 0; r < s->n_rounds; r++)
		for (unsigned i = 0; i < p->n; i++)
			court->logs[r * p->n + i] = log_ratio(s, r, &p->at[i], metric);
	e->rounds = ratios_of_rounds(court, p, middle, ratio);
	e->left_out = s->n_rounds - e->rounds;
	for (unsigned i = 0; i < p->n; i++) {
		if (!(exp(middle[i]) >= e->lowest)) {
			e->lowest = exp(middle[i]);
			e->lowest_at = p->at[i].old;
		}
		if (!(exp(middle[i]) <= e->highest)) {
			e->highest = exp(middle[i]);
			e->highest_at = p->at[i].old;
		}
	}
	stats_paired_ratio(ratio, ones, e->rounds, court->confidence, random_next(&court->seed),
			   &e->ratio);
}

/* Whether the change is larger than the smallest that matters, and than the noise. */
static enum verdict verdict_of(const struct court *court, const struct change *e,
			       const struct change *noise, enum aspect metric)
{
	const double least = log1p(court->c->least), apart = fabs(log(noise->ratio.estimate));
	const double margin = fmax(least, apart), low = log(e->ratio.low),
		     high = log(e->ratio.high);
	const bool more_is_better = metric == ASPECT_IOPS;

	if (e->verdict == VERDICT_UNAVAILABLE || !noise->rounds ||
	    e->left_out * MIN_ROUNDS > court->s->n_rounds)
		return e->verdict;
	if (low > margin)
		return more_is_better ? VERDICT_PAYS : VERDICT_COSTS;
	if (high < -margin)
		return more_is_better ? VERDICT_COSTS : VERDICT_PAYS;
	if (low > -least && high < least && apart < least)
		return VERDICT_NO_DIFFERENCE;
	return VERDICT_INCONCLUSIVE;
}

static void judge(struct court *court, const struct pairs *p, const struct change *noise,
		  struct change *change)
{
	for (unsigned m = 0; m < ASPECTS; m++) {
		measure(court, p, m, &change[m]);
		change[m].verdict = verdict_of(court, &change[m], &noise[m], m);
	}
}

/* Returns the dead cell nearest to the base, whose reason explains why there was nothing to compare. */
static unsigned dead_cell(const struct court *court, unsigned factor, unsigned level)
{
	const struct grid *g = court->g;
	unsigned with = grid_with(g, court->s->base, factor, level);

	return is_dead(court->s->dead, with) ? with : grid_with(g, court->s->base, factor, 0);
}

/* The factor by which a level improves a metric over level 0. */
static double gain(const struct comparison *cmp, enum aspect metric)
{
	double ratio = cmp ? cmp->change[metric].ratio.estimate : 1;

	return metric == ASPECT_IOPS ? ratio : 1 / ratio;
}

static const struct comparison *comparison_of(const struct verdicts *v, unsigned factor,
					      unsigned level)
{
	for (unsigned i = 0; i < v->n; i++)
		if (v->at[i].factor == factor && v->at[i].level == level)
			return &v->at[i];
	return NULL;
}

/* Whether the level pays in that metric and does not cost in the preferred ones before it. */
static bool deserves(const struct criteria *c, const struct comparison *cmp,
		     const enum aspect *order, unsigned rank)
{
	if (cmp->change[order[rank]].verdict != VERDICT_PAYS)
		return false;
	for (unsigned i = 0; i < rank; i++)
		if (cmp->change[order[i]].verdict == VERDICT_COSTS ||
		    gain(cmp, order[i]) < 1 / (1 + c->least))
			return false;
	return true;
}

/* The best level of a factor, by the first metric in which any pays; of levels that are equal within the
 * smallest change that matters, the first. */
static unsigned choose(const struct grid *g, const struct criteria *c, const struct verdicts *v,
		       unsigned factor, const enum aspect *order, enum aspect *why)
{
	for (unsigned rank = 0; rank < ASPECTS; rank++) {
		double best = 0;

		for (unsigned l = 1; l < g->factor[factor].n; l++) {
			const struct comparison *cmp = comparison_of(v, factor, l);

			if (deserves(c, cmp, order, rank) && gain(cmp, order[rank]) > best)
				best = gain(cmp, order[rank]);
		}
		for (unsigned l = 1; best > 0 && l < g->factor[factor].n; l++) {
			const struct comparison *cmp = comparison_of(v, factor, l);

			if (deserves(c, cmp, order, rank) &&
			    gain(cmp, order[rank]) * (1 + c->least) >= best) {
				*why = order[rank];
				return l;
			}
		}
	}
	*why = ASPECTS;
	return 0;
}

/* Checks what the chosen levels come to together. If that cannot be measured, the least important ones are
 * dropped. */
static void recommend(struct court *court, struct verdicts *v)
{
	const struct grid *g = court->g;
	const unsigned base = court->s->base;
	const enum aspect prefer = court->c->prefer;
	enum aspect order[ASPECTS] = { prefer };
	struct pairs p = { .n = 1 };
	unsigned cell = base;

	for (unsigned m = 0, n = 1; m < ASPECTS; m++)
		if (m != prefer)
			order[n++] = m;
	for (unsigned f = 0; f < g->n; f++) {
		unsigned level = choose(g, court->c, v, f, order, &v->chosen_for[f]);

		if (v->chosen_for[f] != ASPECTS)
			cell = grid_with(g, cell, f, level);
	}
	while (is_dead(court->s->dead, cell)) {
		unsigned weakest = 0;
		double least = INFINITY;

		for (unsigned f = 0; f < g->n; f++) {
			unsigned level = grid_level(g, cell, f);
			double by = level == grid_level(g, base, f)
					    ? INFINITY
					    : gain(comparison_of(v, f, level), v->chosen_for[f]);

			if (by < least) {
				least = by;
				weakest = f;
			}
		}
		cell = grid_with(g, cell, weakest, grid_level(g, base, weakest));
		v->chosen_for[weakest] = ASPECTS;
	}
	p.at[0] = (struct pair){ cell, base };
	judge(court, &p, v->noise, v->together);
	v->together_failed = v->together[prefer].verdict == VERDICT_COSTS;
	v->recommended = v->together_failed ? base : cell;
}

static void precision_of(struct verdicts *v)
{
	v->precision = 0;
	for (unsigned i = 0; i < v->n; i++) {
		for (unsigned m = 0; m < ASPECTS; m++) {
			const struct change *e = &v->at[i].change[m];
			double half = (e->ratio.high - e->ratio.low) / e->ratio.estimate / 2;

			if (e->rounds && !(half <= v->precision))
				v->precision = half;
		}
	}
	if (v->precision == 0)
		v->precision = INFINITY;
}

int verdicts_of(const struct grid *g, const struct samples *s, const struct criteria *c,
		struct verdicts *out)
{
	_cleanup_free_ double *logs = calloc((size_t)s->n_rounds * g->n_cells + 1, sizeof(*logs));
	_cleanup_free_ double *work = calloc(s->n_rounds + 1, sizeof(*work));
	struct court court = { g, s, c, logs, work, .seed = c->seed };
	struct pairs p = { { { s->n_cells, s->base } }, 1 };
	struct change same[ASPECTS];

	if (!logs || !work)
		return -ENOMEM;
	*out = (struct verdicts){ .confidence = verdict_confidence(g, s->dead, c->confidence) };
	out->least_rounds = stats_least_rounds(out->confidence);
	court.confidence = out->confidence;
	for (unsigned m = 0; m < ASPECTS; m++)
		same[m] = (struct change){ .ratio = { 1, 1, 1 }, .rounds = 1 };
	judge(&court, &p, same, out->noise);
	for (unsigned f = 0; f < g->n; f++) {
		for (unsigned l = 1; l < g->factor[f].n; l++) {
			struct comparison *cmp = &out->at[out->n++];

			pairs_of(g, s->dead, f, l, &p);
			*cmp = (struct comparison){ .factor = f, .level = l };
			judge(&court, &p, out->noise, cmp->change);
			if (!p.n)
				cmp->because = dead_cell(&court, f, l);
		}
	}
	precision_of(out);
	recommend(&court, out);
	return 0;
}

bool verdict_depends(const struct verdicts *v, const struct criteria *c, unsigned comparison,
		     enum aspect metric)
{
	const struct change *change = &v->at[comparison].change[metric];
	const struct interval *noise = &v->noise[metric].ratio;
	double apart = fmax(log1p(c->least), fmax(-log(noise->low), log(noise->high)));

	return log(change->lowest) < -apart && log(change->highest) > apart;
}
