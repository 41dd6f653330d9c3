/* SPDX-License-Identifier: MIT */
/* What is observed around a run, to judge it and to report it. */
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
	struct throttle throttle;    /* during the run */
	struct sq_seen threads;
	bool sq_seen; /* submission threads were found */
	struct stops stops;
	cpu_set_t cpus_seen; /* where threads of the run were seen */
	struct steal steal;  /* on these CPUs */
	enum irqs_of irqs_of;
	int64_t irqs; /* -1: unknown, or none */
	uint64_t suspended_ns;
	double clock_drift;	     /* of the latency clock against CLOCK_MONOTONIC */
	int node;		     /* that the job was bound to, or -1 */
	node_set ran_on, buffers_on; /* nodes */
};

/* Counters at one time, and what is needed to read them. */
struct around {
	const struct device *device; /* NULL for none */
	unsigned major, minor;
	cpu_set_t cpus;
	struct sq_crew sq;
	int rings[SQ_MAX_THREADS]; /* rings with their own submission thread */
	unsigned n_rings;
	struct usage account;
	struct throttle throttle;
	struct sq_times times;
	struct clock_mark mark;
	uint64_t suspended_ns; /* of the machine */
	struct sq_looks looks;
	struct cpu_looks seen;
	unsigned turns; /* number of calls of monitor_look() */
	struct cpu_ticks ticks;
	struct irq_source irq_source;
	struct irqs irqs;
};

/* Must be called before the job's threads start, to record the machine without them. node is from
 * affinity_node(). *t must stay valid while *a is used. */
void monitor_begin(const struct job *job, const struct target *t, int node, struct around *a,
		   struct monitor *w);

/* Called when the workers have set up their rings. Returns the errors of sq_refuse_one_cpu(). */
int monitor_meet(const struct job *job, const struct worker *workers, unsigned n, struct around *a,
		 struct fail *f);

/* Reads all counters: before the measured time, and after it while the threads still exist. */
void monitor_read(const struct clock *clock, struct around *a);

/* Takes a sample; called regularly during the run. */
void monitor_look(struct around *a);

/* Fills the rest of *w except the stops. The buffers must still be allocated. */
void monitor_end(const struct around *before, const struct around *after, const struct clock *clock,
		 const struct worker *workers, unsigned n, struct monitor *w);

/* Adds the monitor of a run that followed the one in *to; to_ns and from_ns are their lengths. */
void monitor_merge(struct monitor *to, uint64_t to_ns, const struct monitor *from,
		   uint64_t from_ns);

#endif
