/* SPDX-License-Identifier: MIT */
/*
 * Derives verdicts from the samples of a sweep.
 *
 * Each level of an option is compared with its first level, round by round, with the same settings of the
 * other options on both sides. If these have several settings, the ratios of a round are averaged over them
 * (geometric mean). The rounds are the samples for the interval. All intervals of a sweep hold together with
 * the requested confidence (Bonferroni).
 */
#ifndef BENCH_METHOD_VERDICT_H
#define BENCH_METHOD_VERDICT_H

#include "bench/stats/stats.h"
#include "grid.h"

enum aspect { ASPECT_IOPS, ASPECT_P99, ASPECT_CPU, ASPECTS };

/* One run of one configuration. */
struct sample {
	double value[ASPECTS]; /* IOPS, ns, ns per I/O; NAN: unknown */
	bool valid;
};

/* All runs: in each round one run per cell, and one of the twin, a second run of the base. */
struct samples {
	unsigned n_cells, n_rounds;
	unsigned base;	    /* cell */
	struct sample *run; /* [n_rounds][n_cells + 1], the twin last */
	const bool *dead;   /* [n_cells]: cannot be measured here */
};

static inline struct sample *sample_at(const struct samples *s, unsigned round, unsigned cell)
{
	return &s->run[(size_t)round * (s->n_cells + 1) + cell];
}

/* Parameters of the verdicts. */
struct criteria {
	double confidence;  /* that all verdicts of the sweep are right, 0.95 */
	double least;	    /* smallest change that matters, 0.02 */
	enum aspect prefer; /* the metric that the recommendation puts first */
	uint64_t seed;
};

enum verdict {
	VERDICT_INCONCLUSIVE,
	VERDICT_NO_DIFFERENCE,
	VERDICT_PAYS,
	VERDICT_COSTS,
	VERDICT_UNAVAILABLE, /* one of the two levels cannot be measured here */
};

/* A change of one metric. */
struct change {
	enum verdict verdict;
	struct interval ratio; /* new / old */
	/* The smallest and the largest ratio among the settings of the other options, and their cells. */
	double lowest, highest;
	unsigned lowest_at, highest_at;
	unsigned rounds,
		left_out; /* used; left out because too many of their runs were not valid */
};

struct comparison {
	unsigned factor, level; /* compared with level 0 of the same factor */
	unsigned because;	/* unavailable: the cell that could not be measured */
	struct change change[ASPECTS];
};

#define VERDICTS_MAX (GRID_MAX_FACTORS * (GRID_MAX_LEVELS - 1))

struct verdicts {
	double confidence;     /* of each interval */
	unsigned least_rounds; /* rounds needed for an interval of this confidence */
	double precision; /* half width of the widest interval by its middle; INFINITY: not known yet */
	struct change noise[ASPECTS]; /* twin / base: the same configuration twice */
	unsigned n;
	struct comparison at[VERDICTS_MAX];
	unsigned recommended; /* cell */
	enum aspect chosen_for
		[GRID_MAX_FACTORS]; /* why its level was chosen; ASPECTS: it is the base's */
	bool together_failed; /* the levels that pay individually cost together, so the base is recommended */
	struct change together[ASPECTS]; /* recommended cell / base */
};

/* Returns the confidence of each interval of a sweep over g. dead may be NULL. */
double verdict_confidence(const struct grid *g, const bool *dead, double confidence);

/* Judges the samples; n_rounds may be 0. Returns -ENOMEM. */
int verdicts_of(const struct grid *g, const struct samples *s, const struct criteria *c,
		struct verdicts *out);

/* Whether a change pays with some settings of the other options and costs with others, by more than
 * criteria->least and more than the noise. */
bool verdict_depends(const struct verdicts *v, const struct criteria *c, unsigned comparison,
		     enum aspect metric);

#endif
