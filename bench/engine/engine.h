/* SPDX-License-Identifier: MIT */
/* The I/O loop of a worker: keeps the ring full, or issues I/Os at a rate. */
#ifndef BENCH_ENGINE_ENGINE_H
#define BENCH_ENGINE_ENGINE_H

#include "worker.h"

/* Runs until the time is over, then waits for the I/Os in flight, unless *halt is HALT_NOW. Completions
 * before the end of the ramp and after the end of the time are not counted. */
void worker_run(struct worker *w);

enum { HALT_NOT, HALT_DRAIN, HALT_NOW };

#endif
