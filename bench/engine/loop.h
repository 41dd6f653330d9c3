/* SPDX-License-Identifier: MIT */
/* The state of a worker's loop, and its clock. */
#ifndef BENCH_ENGINE_LOOP_H
#define BENCH_ENGINE_LOOP_H

#include <sys/uio.h>

#include "worker.h"

struct slot {
	uint64_t start;	 /* ticks at submission, or with a rate the scheduled time */
	uint64_t issued; /* ticks at submission */
	struct io io;
	struct iovec iov;
};

/* State of the loop, kept together. */
struct loop {
	struct worker *w;
	const struct clock *clock;
	uint32_t *sq_head, *sq_tail, *sq_flags, *cq_head, *cq_tail;
	uint32_t sq_mask, cq_mask, tail;
	char *sqes;
	const char *cqes;
	unsigned sqe_shift, cqe_shift;
	unsigned depth, batch, wait, in_flight, n_free, reaped; /* reaped: at the latest check */
	uint32_t *free;						/* a stack of slots */
	uint32_t *again; /* a stack of slots that completed with EAGAIN */
	unsigned n_again;
	struct slot *slots;
	uint64_t now;	   /* latest reading of the clock, ticks */
	uint64_t due, gap; /* with a rate, ticks: time of the next I/O, interval; gap 0: no rate */
	uint64_t slack;	   /* of a closed rate: lateness that is made up for */
	uint64_t margin;   /* a nap ends this long before the next I/O is due, ticks */
	uint64_t count_from;   /* latencies of I/Os that were issued (or due) from then on count */
	uint64_t limit;	       /* bytes to move in total */
	uint64_t left;	       /* I/Os to issue; UINT64_MAX: no end */
	uint64_t verify_ticks; /* spent generating and checking blocks */
	struct verifier *verifier;
	uint8_t *ends;	      /* with a verifier: enum claim_end of each slot */
	uint64_t moved, area; /* area: in flight x ticks since count_from */
	uint64_t
		earlier; /* ticks since count_from of I/Os issued before it, until they completed */
	uint64_t enters, taken, late; /* late: ticks, for all completions reaped together */
	struct io_plan plan;
	bool more;   /* a complete batch was submitted, and there is room for another */
	bool waited; /* there was a wait for the completions being reaped */
	bool sqpoll, nop, exact, stamped, counting, poisson, closed;
	bool timed; /* a wait in the kernel can end at a given time */
	bool apart; /* no two I/Os may be in flight on the same block */
	uint8_t op[IO_KINDS];
	uint32_t op_flags[IO_KINDS];
	unsigned buffers_from[IO_KINDS]; /* the buffer of slot 0 */
};

/* The index of a slot's buffer, also in the registered buffers. */
static inline unsigned buffer_index(const struct loop *l, uint32_t at)
{
	return at + l->buffers_from[l->slots[at].io.kind];
}

static inline char *buffer_of(const struct loop *l, uint32_t at)
{
	const struct worker_ring *wr = &l->w->wr;

	return wr->buffers + buffer_index(l, at) * wr->stride;
}

/* in_flight: since the previous reading. */
static inline void stamp_of(struct loop *l, unsigned in_flight)
{
	uint64_t before = l->now;

	l->now = clock_ticks(l->clock);
	l->area += in_flight * (l->now - before);
}

static inline void stamp(struct loop *l)
{
	stamp_of(l, l->in_flight);
}

#endif
