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
	struct discrepancy *mismatches; /* permitted by --despite */
	int n_mismatches;
	bool unknown[METRICS]; /* requested, but no run has it */
};

/* Emits the comparison, and appends the reasons for its verdict to why unless all limits are met. */
void emit_compare(struct out *o, const struct compare_view *c, const struct out_style *style,
		  struct str *why);

#endif
