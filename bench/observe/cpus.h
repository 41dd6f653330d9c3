/* SPDX-License-Identifier: MIT */
/* The CPUs that a run used, and the time that a hypervisor took from them. */
#ifndef BENCH_OBSERVE_CPUS_H
#define BENCH_OBSERVE_CPUS_H

#include <sched.h>

#include "probe/kernel/kernel.h"

/* How often a thread was sampled on each CPU. */
struct cpu_looks {
	unsigned n[CPU_SETSIZE];
};

/* Returns the CPU that a thread of this process runs on or ran on last; -1 if unknown. */
int cpu_of_thread(struct kernel *k, pid_t tid);

/* Counts the current CPU of a thread; returns it like cpu_of_thread(). */
int cpu_look(struct kernel *k, pid_t tid, struct cpu_looks *looks);

void cpus_seen(const struct cpu_looks *looks, cpu_set_t *cpus);

/* CPU times since boot, in ticks of 10 ms; proc(5), stat. */
struct cpu_ticks {
	bool known;
	uint64_t total[CPU_SETSIZE], steal[CPU_SETSIZE];
};

/* Tolerates any text. */
void cpu_ticks_parse(const char *text, struct cpu_ticks *t);
void cpu_ticks_read(struct kernel *k, struct cpu_ticks *t);

struct steal {
	double share;	/* share of CPU time; -1: unknown */
	uint64_t ticks; /* of all CPUs that the run used */
};

/* Steal time between two readings, with each CPU weighted by how often a thread was sampled there. */
struct steal steal_since(const struct cpu_ticks *from, const struct cpu_ticks *to,
			 const struct cpu_looks *looks);

#endif
