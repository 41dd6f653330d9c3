/* SPDX-License-Identifier: MIT */
/* Several runs as one. */
#ifndef BENCH_RUN_MERGE_H
#define BENCH_RUN_MERGE_H

#include "result.h"

/* Adds a run of the same job on the same target that followed the ones in *to, which has at least one.
 * Counts and histograms add up, rates are those of the whole time, what was granted is what each was
 * granted. Valid and complete only if all are. Spans that find no memory are left out. */
void result_merge(struct result *to, const struct result *from);

#endif
