/* SPDX-License-Identifier: MIT */
/*
 * A copy of a foreign ring's memory, and the only code that follows its indices. The owner can write
 * what it likes there at any time, the fields that the kernel owns included: every index is masked,
 * every place is checked against the copy. Pure.
 */
#ifndef DUMP_FOREIGN_SNAPSHOT_H
#define DUMP_FOREIGN_SNAPSHOT_H

#include <stdbool.h>

#include "probe/uapi/uapi.h"

struct fail;

/* The header. */
struct ring_state {
	uint32_t sq_head, sq_tail, sq_mask, sq_entries, sq_flags, sq_dropped;
	uint32_t cq_head, cq_tail, cq_mask, cq_entries, cq_flags, cq_overflow;
};

/* Bytes of the rings' mapping that hold every field of the header. */
size_t snapshot_header_bytes(const struct ring_params *off);

/* Reads the header at the offsets given. -EPROTO when the bytes are too few, or sizes and masks are
 * not those that io_uring_setup() makes. */
int snapshot_header(const struct ring_params *off, bool big_endian, const void *rings, size_t n,
		    struct ring_state *s, struct fail *f);

/* Entries between head and tail, never more than there are: a head that is older than the tail, or
 * an owner who writes nonsense, can make the difference any number. */
uint32_t ring_pending(const struct ring_state *s);
uint32_t ring_unreaped(const struct ring_state *s);

/* Taken and not yet completed, when each submission ends in one completion; false when it cannot be
 * that, as multishot requests make it. overflow are the completions that wait for room in the CQ. */
bool ring_in_flight(const struct ring_state *s, uint32_t overflow, uint32_t *n);

struct snapshot {
	struct ring_params p; /* offsets and sizes, and flags as far as they shape the entries */
	const unsigned char *rings, *sqes;
	size_t n_rings, n_sqes;
	/* Of the machine that the ring was on. */
	unsigned page_size;
	bool big_endian;
};

struct snapshot_sqe {
	uint32_t slot;		    /* of the ring */
	uint32_t index;		    /* of the SQE, as the index array says */
	bool valid_index;	    /* else the kernel drops the entry */
	bool big;		    /* 128 bytes */
	unsigned slots;		    /* that it takes */
	const unsigned char *bytes; /* 64 or 128 of them; NULL: not in the copy */
};

struct snapshot_cqe {
	uint32_t slot;
	bool big;  /* 32 bytes */
	bool skip; /* filler of a CQE_MIXED ring */
	unsigned slots;
	const unsigned char *bytes; /* 16 or 32 of them; NULL: not in the copy */
};

/* The entry at a position between head and tail; the next one is .slots further on. */
void snapshot_sqe(const struct snapshot *i, uint32_t position, struct snapshot_sqe *out);
void snapshot_cqe(const struct snapshot *i, uint32_t position, struct snapshot_cqe *out);

/* Whether the index array holds each index once, as most programs set it up; false with fewer than
 * four entries, which can look so by chance. */
bool snapshot_array_is_permutation(const struct snapshot *i);

#endif
