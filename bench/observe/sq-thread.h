/* SPDX-License-Identifier: MIT */
/* The kernel's submission threads: where they run, and what they do with their time. */
#ifndef BENCH_OBSERVE_SQ_THREAD_H
#define BENCH_OBSERVE_SQ_THREAD_H

#include <sys/types.h>

#include "cpus.h"

struct fail;

#define SQ_MAX_THREADS 256

/* Threads of this process, by their id: those that ask, and those that submit for them. */
struct sq_crew {
	pid_t workers[SQ_MAX_THREADS], threads[SQ_MAX_THREADS];
	unsigned n_workers, n_threads;
	int cpu; /* that the job bound the submission threads to, or less than 0 */
};

/* Finds the submission threads of this process, of which so many are expected; those that have just been
 * made get 100 ms to show up. Before 5.12 they are the kernel's own and not seen. */
void sq_find(unsigned expected, struct sq_crew *crew);

/* Refuses a worker and a submission thread that may run on the same CPU and on no other. FAIL_USAGE. */
int sq_refuse_one_cpu(struct kernel *k, const struct sq_crew *crew, struct fail *f);

/* How often somebody looked for submission threads, and how often one was on a CPU that a worker ran on last. */
struct sq_looks {
	unsigned all, shared;
};

void sq_look(struct kernel *k, const struct sq_crew *crew, struct sq_looks *looks,
	     struct cpu_looks *seen);

/* Times of all of them, so far. */
struct sq_times {
	uint64_t ran_ns, waited_ns;	   /* of the submission threads: on a CPU; for one */
	uint64_t worker_waited_ns;	   /* of the workers, for a CPU */
	uint64_t total_us, work_us;	   /* SqTotalTime, SqWorkTime of fdinfo, from 6.9 on */
	unsigned with_total, with_waiting; /* rings that say so; threads that say so */
};

/* rings are the fds of rings with a submission thread of their own. */
void sq_read(struct kernel *k, const struct sq_crew *crew, const int *rings, unsigned n_rings,
	     struct sq_times *t);

/* What a run shows. */
struct sq_seen {
	struct sq_looks looks;
	double wait_share; /* of the time, a submission thread waited for a CPU; -1 unknown */
	double worker_wait_share; /* likewise a worker */
	double work_share;	  /* of its time on CPU, spent on submitting; -1 unknown */
	char work_why[160];	  /* why it is not known, or "" */
};

/* From the times before and after a run of ns that issued so many I/Os. */
void sq_judge(const struct sq_times *before, const struct sq_times *after,
	      const struct sq_crew *crew, uint64_t ns, uint64_t ios, struct sq_seen *seen);

/* Reads total and work time out of a ring's fdinfo; false when it has none. */
bool sq_fdinfo(const char *text, uint64_t *total_us, uint64_t *work_us);

#endif
