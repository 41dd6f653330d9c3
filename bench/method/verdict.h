/* SPDX-License-Identifier: MIT */
/*
 * From what a sweep measured to what it says.
 *
 * A level of an option is compared with the option's first level, round by round and with the other options
 * equal: where these have several settings, the ratios of one round are averaged over them (by the
 * geometric mean), and the rounds are the sample that the interval is made from. All intervals of a sweep
 * together hold with the confidence asked for (Bonferroni): each is made for a share of what is left.
 */
#ifndef BENCH_METHOD_VERDICT_H
#define BENCH_METHOD_VERDICT_H

#include "bench/stats/stats.h"
#include "grid.h"

enum aspect { ASPECT_IOPS, ASPECT_P99, ASPECT_CPU, ASPECTS };

/* One run of one configuration. */
struct sample {
	double value[ASPECTS]; /* IOPS, ns, ns per I/O; NAN: not known */
	bool valid;
};

/* All runs: rounds of one run for each cell, and one more for the twin, which is the base once again. */
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

/* What is asked of the verdicts. */
struct criteria {
	double confidence;  /* that no verdict of the sweep is wrong, 0.95 */
	double least;	    /* difference of practical interest, 0.02 */
	enum aspect prefer; /* what the recommendation is for first */
	uint64_t seed;
};

enum verdict {
	VERDICT_INCONCLUSIVE,
	VERDICT_NO_DIFFERENCE,
	VERDICT_PAYS,
	VERDICT_COSTS,
	VERDICT_UNAVAILABLE, /* one of the two levels cannot be measured here */
};

/* What a change did to one metric. */
struct change {
	enum verdict verdict;
	struct interval ratio; /* new by old */
	/* The least and the largest ratio among the settings of the other options, and in which cell. */
	double lowest, highest;
	unsigned lowest_at, highest_at;
	unsigned rounds, left_out; /* used; not used because too many runs in them were not valid */
};

struct comparison {
	unsigned factor, level; /* with level 0 of the same factor */
	unsigned because;	/* unavailable: a cell that could not be measured */
	struct change change[ASPECTS];
};

#define VERDICTS_MAX (GRID_MAX_FACTORS * (GRID_MAX_LEVELS - 1))

struct verdicts {
	double confidence;     /* of each interval */
	unsigned least_rounds; /* that an interval of this confidence takes */
	double precision;      /* half the widest interval by its middle; INFINITY: not known yet */
	struct change noise[ASPECTS]; /* the twin by the base: the same configuration twice */
	unsigned n;
	struct comparison at[VERDICTS_MAX];
	unsigned recommended; /* cell */
	enum aspect chosen_for
		[GRID_MAX_FACTORS]; /* why its level was taken; ASPECTS: it is the base's */
	bool together_failed; /* the levels that paid one by one cost together: the base it is */
	struct change together[ASPECTS]; /* the recommended cell by the base */
};

/* The confidence of each of the intervals that a sweep over g comes to. dead may be NULL. */
double verdict_confidence(const struct grid *g, const bool *dead, double confidence);

/* Judges what there is, n_rounds of 0 included. -ENOMEM. */
int verdicts_of(const struct grid *g, const struct samples *s, const struct criteria *c,
		struct verdicts *out);

/* Whether a change goes one way with some settings of the other options and the other way with others, by
 * more than the least difference and more than the noise may be. */
bool verdict_depends(const struct verdicts *v, const struct criteria *c, unsigned comparison,
		     enum aspect metric);

#endif
