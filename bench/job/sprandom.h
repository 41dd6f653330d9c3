/* SPDX-License-Identifier: MIT */
/*
 * One pass of writes at random that leaves a flash drive as a long time of uniformly random writes does, in
 * the manner of fio's sprandom.
 *
 * In that steady state the flash written longest ago has lost most of its valid data. If garbage is
 * collected from the blocks with the least of it, v of them, the density of blocks with the valid share x
 * is in proportion to 1/x between v and 1 (P. Desnoyers, Analytic Models of SSD Write Performance, 2012);
 * so the share at position p of the age, 0 being the oldest, is v^(1-p), and it is 1/(1 + op) on average:
 * v = exp(-(1 + op) (1 - v)), where op is the spare flash as a share of the capacity.
 *
 * The pass goes through all of the flash in regions. In each it writes blocks that were not written yet, in
 * random order, and, evenly between them, a part of what it wrote in the region before once more, of which the
 * earlier copies are then garbage: as many as make the valid share of that region. It assumes a drive that was purged, fills
 * its flash in the order of the writes, and has this much of it.
 */
#ifndef BENCH_JOB_SPRANDOM_H
#define BENCH_JOB_SPRANDOM_H

#include <stdint.h>

#define SPRANDOM_REGIONS 100
#define SPRANDOM_OP	 0.15 /* as fio's spr_op, if none is given */
#define SPRANDOM_MIN_OP	 0.01
#define SPRANDOM_MAX_OP	 1.0

struct sprandom {
	unsigned n;			  /* regions */
	uint64_t region, total;		  /* writes of a region, and in all */
	uint64_t first[SPRANDOM_REGIONS]; /* of the new blocks of a region */
	uint64_t fresh[SPRANDOM_REGIONS]; /* number of them */
	uint64_t again[SPRANDOM_REGIONS +
		       1]; /* blocks of the region before that are written again */
};

/* The valid share of the blocks that garbage is collected from. */
double sprandom_least_valid(double over_provisioning);

/* Plans the pass over this many blocks. */
void sprandom_init(struct sprandom *s, uint64_t blocks, double over_provisioning);

/* The block that write i < total is for: its place in a random order of all blocks. */
uint64_t sprandom_block(const struct sprandom *s, uint64_t i);

#endif
