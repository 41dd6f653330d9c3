/* SPDX-License-Identifier: MIT */
/* What a run came to; const once made. */
#ifndef BENCH_RESULT_H
#define BENCH_RESULT_H

#include "account.h"
#include "engine.h"
#include "target.h"

#define RESULT_MAX_REASONS 8

/* One direction, or all of them. */
struct summary {
	struct hist lat;
	uint64_t ios, bytes, errors;
	double iops, bw;
};

struct result {
	struct job job;
	struct target target; /* closed */
	uint32_t setup_flags; /* granted, of all rings */
	bool registered_ring, fixed_bufs, fixed_files;
	const char *clock;   /* what stamped the latencies */
	uint64_t elapsed_ns; /* of the measured window */
	struct summary read, write, total;
	struct trouble trouble;
	uint64_t retries;
	struct account cpu;
	bool complete;			       /* not cut short by a signal or an error */
	bool valid;			       /* the numbers can be trusted */
	char reasons[RESULT_MAX_REASONS][160]; /* why it is not valid */
	unsigned n_reasons;
};

/* A percentile (share 0..1) of the latencies, or -1 when there are too few to have one. */
int64_t summary_percentile(const struct summary *s, double p);

/* Puts the workers' counts together and judges them. worst is what ended a worker before its time, or
 * 0. Fills what follows from them; job, target, clock and cpu are the caller's. */
void result_sum(struct result *res, const struct worker *workers, unsigned n, bool interrupted,
		int worst);

#endif
