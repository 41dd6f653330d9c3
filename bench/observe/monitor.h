/* SPDX-License-Identifier: MIT */
/* What is looked at around a run, to judge it by and to tell. */
#ifndef BENCH_OBSERVE_MONITOR_H
#define BENCH_OBSERVE_MONITOR_H

#include "bench/engine/clock.h"
#include "bench/job/affinity.h"
#include "environment.h"
#include "health.h"
#include "probe/device/interrupts.h"
#include "sq-thread.h"
#include "stops.h"
#include "throttle.h"
#include "usage.h"

struct target;
struct worker;

struct monitor {
	struct environment environment;
	bool has_health;
	struct health before, after; /* of the device */
	struct throttle throttle;    /* while it ran */
	struct sq_seen threads;
	bool sq_seen; /* there were submission threads to be seen */
	struct stops stops;
	cpu_set_t cpus_seen; /* that threads of the run were on */
	struct steal steal;  /* from those */
	enum irqs_of irqs_of;
	int64_t irqs; /* -1: not known, or there are none */
	uint64_t suspended_ns;
	double clock_drift;	     /* of the clock that stamps against CLOCK_MONOTONIC */
	int node;		     /* that the job was bound to, or -1 */
	node_set ran_on, buffers_on; /* nodes */
};

/* What only grows, at one moment, and what it takes to read it. */
struct around {
	const struct device *device; /* NULL for none */
	unsigned major, minor;
	cpu_set_t cpus;
	struct sq_crew sq;
	int rings[SQ_MAX_THREADS]; /* with a submission thread of their own */
	unsigned n_rings;
	struct usage account;
	struct throttle throttle;
	struct sq_times times;
	struct clock_mark mark;
	uint64_t suspended_ns; /* of the machine */
	struct sq_looks looks;
	struct cpu_looks seen;
	unsigned turns; /* how often monitor_look() was called */
	struct cpu_ticks ticks;
	struct irq_source irq_source;
	struct irqs irqs;
};

/* Before there is a thread of the job, so that the machine is as it is without it. node is that of
 * affinity_node(). *t outlives *a. */
void monitor_begin(const struct job *job, const struct target *t, int node, struct around *a,
		   struct monitor *w);

/* The workers have their rings. Refuses what sq_refuse_one_cpu() does. */
int monitor_meet(const struct job *job, const struct worker *workers, unsigned n, struct around *a,
		 struct fail *f);

/* The numbers of now: before the measured time, and after it while the threads still live. */
void monitor_read(const struct clock *clock, struct around *a);

/* From time to time in between. */
void monitor_look(struct around *a);

/* Fills what is left of *w but the stops, while the buffers are still there. */
void monitor_end(const struct around *before, const struct around *after, const struct clock *clock,
		 const struct worker *workers, unsigned n, struct monitor *w);

/* Adds that of a run which followed right after the one in *to; how long each of them took. */
void monitor_merge(struct monitor *to, uint64_t to_ns, const struct monitor *from,
		   uint64_t from_ns);

#endif
