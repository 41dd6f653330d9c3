/* SPDX-License-Identifier: MIT */
/*
 * Finds problems of a ring from several samples. A single sample is not enough: a queue with entries may
 * simply be busy. Pure.
 */
#ifndef DUMP_FOREIGN_DIAGNOSE_H
#define DUMP_FOREIGN_DIAGNOSE_H

#include "snapshot.h"

/* A sample of the header, and of the SQ thread's CPU time. */
struct look {
	uint64_t t_ns;
	bool has_state, has_flags; /* has_flags: with sq_flags, sq_dropped, cq_overflow */
	struct ring_state state;
	uint32_t overflow; /* completions waiting for space, as far as known */
	bool has_thread;
	uint64_t thread_ns; /* CPU time of the SQ thread */
};

struct evidence {
	const struct look *looks; /* in chronological order */
	unsigned n;
	bool sqpoll;
	bool one_fd;	  /* the latest submissions all have the same file */
	const char *file; /* its name */
};

enum finding_id {
	FINDING_CQ_NOT_REAPED,
	FINDING_NOT_SUBMITTED,
	FINDING_SQ_THREAD_ASLEEP,
	FINDING_SQ_THREAD_SPINS,
	FINDING_OVERFLOW_NOT_FLUSHED,
	FINDING_TASK_WORK_WAITS,
	FINDING_STUCK_ON_ONE_FD,
	FINDING_ENTRIES_DROPPED,
	FINDING_CQES_LOST,
	FINDING_NONSENSE,
	PROBLEMS,
};

extern const char *const finding_names[PROBLEMS]; /* "cq_not_reaped" */

struct problem {
	enum finding_id id;
	char what[240]; /* one sentence */
	char fix[240];
};

/* Samples closer together than this do not show what is stuck. */
#define DIAGNOSE_SPAN_NS 50000000ull

/* Returns the number of problems. */
unsigned diagnose_ring(const struct evidence *e, struct problem out[static PROBLEMS]);

/* Per second between the first sample and the last. */
struct rates {
	double submitted, completed, reaped;
	bool has_thread;
	double thread_share; /* of a CPU */
};

/* Returns false if there are fewer than two samples with a state, or no time between them. */
bool diagnose_rates(const struct look *looks, unsigned n, struct rates *out);

#endif
