/* SPDX-License-Identifier: MIT */
/* What the loop does for a job that verifies. */
#ifndef BENCH_ENGINE_CHECKED_H
#define BENCH_ENGINE_CHECKED_H

#include "loop.h"

/* Attempts to draw an I/O that does not overlap others, if that matters. */
#define DRAWS 16

/* Draws an I/O that does not overlap one in flight; returns false if none was found. */
static inline bool draw_apart(struct loop *l, struct io *io)
{
	for (unsigned i = 0; i < DRAWS; i++) {
		io_next(&l->plan, io);
		if (io->kind == IO_SYNC || verifier_claim(l->verifier, io))
			return true;
	}
	return false;
}

static inline bool draw(struct loop *l, struct io *io)
{
	if (__builtin_expect(l->apart, 0))
		return draw_apart(l, io);
	io_next(&l->plan, io);
	return true;
}

/* Generates the data of the n latest I/Os. Their latency starts afterwards. */
static inline void seal(struct loop *l, unsigned n)
{
	uint64_t start = clock_ticks(l->clock);

	for (unsigned i = 0; i < n; i++) {
		uint32_t at = l->free[l->n_free + i];

		if (l->slots[at].io.kind == IO_WRITE)
			verifier_seal(l->verifier, &l->slots[at].io,
				      (unsigned char *)buffer_of(l, at));
		else if (l->slots[at].io.kind == IO_SYNC && l->w->promises)
			promises_flush_starts(l->w->promises, at);
		l->ends[at] = CLAIM_DONE;
	}
	stamp(l);
	if (l->counting)
		l->verify_ticks += l->now - start;
	for (unsigned i = 0; i < n; i++) {
		struct slot *slot = &l->slots[l->free[l->n_free + i]];

		slot->issued = l->now;
		if (!l->gap || l->closed)
			slot->start = l->now;
	}
}

/* Notes what this completion means for the log. The writes that a flush covers are those noted before it was
 * drawn. */
static inline void note_promise(struct loop *l, uint32_t at)
{
	struct promises *p = l->w->promises;
	const struct io *io = &l->slots[at].io;

	if (io->kind == IO_WRITE && l->ends[at] == CLAIM_DONE)
		promises_written(p, io, l->op_flags[IO_WRITE] & RWF_DSYNC);
	else if (io->kind == IO_SYNC && l->ends[at] == CLAIM_DONE)
		promises_flush_done(p, at);
	else if (io->kind == IO_SYNC && l->ends[at] == CLAIM_UNSURE)
		promises_flush_failed(p);
}

/* Checks the data of the n latest completions. */
static inline void settle(struct loop *l, unsigned n)
{
	uint64_t start = clock_ticks(l->clock);

	for (unsigned i = 0; i < n; i++) {
		uint32_t at = l->free[l->n_free - n + i];
		const struct io *io = &l->slots[at].io;

		if (io->kind == IO_READ && l->ends[at] == CLAIM_DONE)
			verifier_check(l->verifier, io, (const unsigned char *)buffer_of(l, at),
				       l->w->findings);
		if (l->w->promises)
			note_promise(l, at);
		if (io->kind != IO_SYNC && l->apart)
			verifier_release(l->verifier, io, l->ends[at]);
	}
	if (l->counting)
		l->verify_ticks += clock_ticks(l->clock) - start;
	if (l->w->promises)
		promises_keep(l->w->promises);
}

#endif
