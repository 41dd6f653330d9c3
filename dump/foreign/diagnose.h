/* SPDX-License-Identifier: MIT */
/*
 * What is wrong with a ring, where several looks at it tell. A single look tells little: a queue
 * that has something in it is a queue at work. Pure.
 */
#ifndef DUMP_FOREIGN_DIAGNOSE_H
#define DUMP_FOREIGN_DIAGNOSE_H

#include "snapshot.h"

/* A look at the header, and at the clock of the SQ thread. */
struct look {
	uint64_t t_ns;
	bool has_state, has_flags; /* of state sq_flags, sq_dropped, cq_overflow too */
	struct ring_state state;
	uint32_t overflow; /* completions that wait for room, as far as is known */
	bool has_thread;
	uint64_t thread_ns; /* CPU time of the SQ thread */
};

struct evidence {
	const struct look *looks; /* in order of time */
	unsigned n;
	bool sqpoll;
	bool one_fd;	  /* the latest submissions all name one file */
	const char *file; /* which, for a person */
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

/* Looks closer together than this tell nothing about what does not move. */
#define DIAGNOSE_SPAN_NS 50000000ull

/* Returns how many findings there are. */
unsigned diagnose_ring(const struct evidence *e, struct problem out[static PROBLEMS]);

/* Per second between the first look and the last. */
struct rates {
	double submitted, completed, reaped;
	bool has_thread;
	double thread_share; /* of a CPU */
};

/* False when the looks do not tell: fewer than two with a state, or no time between them. */
bool diagnose_rates(const struct look *looks, unsigned n, struct rates *out);

#endif
