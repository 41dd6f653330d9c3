/* SPDX-License-Identifier: MIT */
/* The kernel's submission threads: where they run, and how they spend their time. */
#ifndef BENCH_OBSERVE_SQ_THREAD_H
#define BENCH_OBSERVE_SQ_THREAD_H

#include <sys/types.h>

#include "cpus.h"

struct fail;

#define SQ_MAX_THREADS 256

/* Thread IDs of this process: workers, and their submission threads. */
struct sq_crew {
	pid_t workers[SQ_MAX_THREADS], threads[SQ_MAX_THREADS];
	unsigned n_workers, n_threads;
	int cpu; /* CPU that the job bound the submission threads to, or negative */
};

/* Finds the submission threads of this process; waits up to 100 ms for the expected number. Before 5.12 they
 * are kernel threads and are not found. */
void sq_find(unsigned expected, struct sq_crew *crew);

/* Returns FAIL_USAGE if a worker and its submission thread may only run on the same single CPU. */
int sq_refuse_one_cpu(struct kernel *k, const struct sq_crew *crew, struct fail *f);

/* How often submission threads were sampled, and how often one was on a CPU that a worker ran on last. */
struct sq_looks {
	unsigned all, shared;
};

void sq_look(struct kernel *k, const struct sq_crew *crew, struct sq_looks *looks,
	     struct cpu_looks *seen);

/* Total times so far. */
struct sq_times {
	uint64_t ran_ns, waited_ns;	   /* submission threads: on a CPU; waiting for one */
	uint64_t worker_waited_ns;	   /* workers, waiting for a CPU */
	uint64_t total_us, work_us;	   /* SqTotalTime, SqWorkTime of fdinfo, from 6.9 on */
	unsigned with_total, with_waiting; /* rings that report it; threads that report it */
};

/* rings: file descriptors of rings with their own submission thread. */
void sq_read(struct kernel *k, const struct sq_crew *crew, const int *rings, unsigned n_rings,
	     struct sq_times *t);

/* Result for a run. */
struct sq_seen {
	struct sq_looks looks;
	double wait_share; /* share of time that a submission thread waited for a CPU; -1: unknown */
	double worker_wait_share; /* the same for a worker */
	double work_share;	  /* share of its CPU time spent submitting; -1: unknown */
	char work_why[160];	  /* why work_share is unknown, or "" */
};

/* Computes the result from the times before and after a run of ns that issued this many I/Os. */
void sq_judge(const struct sq_times *before, const struct sq_times *after,
	      const struct sq_crew *crew, uint64_t ns, uint64_t ios, struct sq_seen *seen);

/* Parses total and work time in a ring's fdinfo; returns false if it has none. */
bool sq_fdinfo(const char *text, uint64_t *total_us, uint64_t *work_us);

#endif
