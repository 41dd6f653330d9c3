/* SPDX-License-Identifier: MIT */
/* Whether the CPUs were slowed down, or taken away from this process, by rule. */
#ifndef BENCH_OBSERVE_THROTTLE_H
#define BENCH_OBSERVE_THROTTLE_H

#include <sched.h>

#include "probe/kernel/kernel.h"

/* So far; -1 where nothing counts it. */
struct throttle {
	int64_t heat;	 /* events of the CPUs and their packages; x86 with thermal interrupts */
	int64_t periods; /* in which this cgroup, or one above it, had used up its quota (cpu.max) */
};

void throttle_read(struct kernel *k, const cpu_set_t *used, struct throttle *t);

/* b - a, and -1 where either is. */
struct throttle throttle_since(const struct throttle *a, const struct throttle *b);

#endif
