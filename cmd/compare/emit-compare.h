/* SPDX-License-Identifier: MIT */
#ifndef CMD_COMPARE_EMIT_COMPARE_H
#define CMD_COMPARE_EMIT_COMPARE_H

#include "bench/saved/comparison.h"

struct out;
struct out_style;

struct compare_view {
	struct saved_runs base, new;
	struct comparison_opts opts;
	struct comparisons comparisons;
	struct discrepancy *mismatches; /* that were let pass */
	int n_mismatches;
	bool unknown[METRICS]; /* asked for, and told by no run */
};

/* Describes it, and appends to why what its verdict comes from, unless all limits are kept. */
void emit_compare(struct out *o, const struct compare_view *c, const struct out_style *style,
		  struct str *why);

#endif
