/* SPDX-License-Identifier: MIT */
/* CPU throttling: by heat, or by a cgroup's quota. */
#ifndef BENCH_OBSERVE_THROTTLE_H
#define BENCH_OBSERVE_THROTTLE_H

#include <sched.h>

#include "probe/kernel/kernel.h"

/* Counters so far; -1 if not available. */
struct throttle {
	int64_t heat;	 /* events of CPUs and packages; x86 with thermal interrupts */
	int64_t periods; /* periods in which this cgroup, or a parent, used up its quota (cpu.max) */
};

void throttle_read(struct kernel *k, const cpu_set_t *used, struct throttle *t);

/* b - a; -1 if either is. */
struct throttle throttle_since(const struct throttle *a, const struct throttle *b);

#endif
