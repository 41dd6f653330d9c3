/* SPDX-License-Identifier: MIT */
/* Combines several runs into one result. */
#ifndef BENCH_RUN_MERGE_H
#define BENCH_RUN_MERGE_H

#include "result.h"

/* Adds a run of the same job on the same target to *to, which has at least one. Counts and histograms are
 * added, rates are those of the total time, granted is what every run was granted. Valid and complete only
 * if all runs are. Spans are dropped on allocation failure. */
void result_merge(struct result *to, const struct result *from);

#endif
