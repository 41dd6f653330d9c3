/* SPDX-License-Identifier: MIT */
/* The loop that keeps a worker's ring full, or fed at a rate. */
#ifndef BENCH_ENGINE_ENGINE_H
#define BENCH_ENGINE_ENGINE_H

#include "worker.h"

/* Runs until the time is over, then waits for what is in flight, unless *halt says HALT_NOW. What
 * completes before the ramp or after the time is over is not counted. */
void worker_run(struct worker *w);

enum { HALT_NOT, HALT_DRAIN, HALT_NOW };

#endif
