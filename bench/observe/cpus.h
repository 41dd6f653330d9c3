/* SPDX-License-Identifier: MIT */
/* The CPUs that a run was on, and what a hypervisor took of their time. */
#ifndef BENCH_OBSERVE_CPUS_H
#define BENCH_OBSERVE_CPUS_H

#include <sched.h>

#include "probe/kernel/kernel.h"

/* How often a thread was seen on each CPU. */
struct cpu_looks {
	unsigned n[CPU_SETSIZE];
};

/* The CPU that a thread of this process is on, or was on last; -1 when that is not known. */
int cpu_of_thread(struct kernel *k, pid_t tid);

/* Where it is now; as cpu_of_thread(). */
int cpu_look(struct kernel *k, pid_t tid, struct cpu_looks *looks);

void cpus_seen(const struct cpu_looks *looks, cpu_set_t *cpus);

/* Time of each CPU, so far, in ticks of 10 ms; proc(5), stat. */
struct cpu_ticks {
	bool known;
	uint64_t total[CPU_SETSIZE], steal[CPU_SETSIZE];
};

/* Any bytes have a meaning. */
void cpu_ticks_parse(const char *text, struct cpu_ticks *t);
void cpu_ticks_read(struct kernel *k, struct cpu_ticks *t);

struct steal {
	double share;	/* of the time of a CPU; -1 when it is not known */
	uint64_t ticks; /* of all CPUs that the run was on */
};

/* Between two times. A CPU counts as often as a thread was seen there. */
struct steal steal_since(const struct cpu_ticks *from, const struct cpu_ticks *to,
			 const struct cpu_looks *looks);

#endif
