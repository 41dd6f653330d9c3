/* SPDX-License-Identifier: MIT */
/*
 * A copy of a foreign ring's memory, and the only code that uses its indices. The owner can write anything
 * there at any time, even to fields of the kernel, so every index is masked and every position is checked
 * against the copy. Pure.
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

/* Size of the header in the rings' mapping. */
size_t snapshot_header_bytes(const struct ring_params *off);

/* Reads the header at the given offsets. Returns -EPROTO if there are too few bytes, or sizes and masks that
 * io_uring_setup() does not produce. */
int snapshot_header(const struct ring_params *off, bool big_endian, const void *rings, size_t n,
		    struct ring_state *s, struct fail *f);

/* Entries between head and tail, limited to the ring size: a head older than the tail, or an owner that
 * writes nonsense, can make the difference any number. */
uint32_t ring_pending(const struct ring_state *s);
uint32_t ring_unreaped(const struct ring_state *s);

/* Requests taken and not yet completed, assuming one completion per submission. Returns false if that is
 * impossible, as with multishot requests. overflow is the number of completions waiting for space in the CQ. */
bool ring_in_flight(const struct ring_state *s, uint32_t overflow, uint32_t *n);

struct snapshot {
	struct ring_params p; /* offsets, sizes, and the flags that affect the entries */
	const unsigned char *rings, *sqes;
	size_t n_rings, n_sqes;
	/* Of the ring's machine. */
	unsigned page_size;
	bool big_endian;
};

struct snapshot_sqe {
	uint32_t slot;		    /* of the ring */
	uint32_t index;		    /* of the SQE, from the index array */
	bool valid_index;	    /* otherwise the kernel drops the entry */
	bool big;		    /* 128 bytes */
	unsigned slots;		    /* number of slots that it uses */
	const unsigned char *bytes; /* 64 or 128 of them; NULL: not in the copy */
};

struct snapshot_cqe {
	uint32_t slot;
	bool big;  /* 32 bytes */
	bool skip; /* filler of a CQE_MIXED ring */
	unsigned slots;
	const unsigned char *bytes; /* 16 or 32 of them; NULL: not in the copy */
};

/* Returns the entry at a position between head and tail; the next one is at position + .slots. */
void snapshot_sqe(const struct snapshot *i, uint32_t position, struct snapshot_sqe *out);
void snapshot_cqe(const struct snapshot *i, uint32_t position, struct snapshot_cqe *out);

/* Whether the index array contains each index once, as most programs set it up; false for fewer than four
 * entries, where this could be chance. */
bool snapshot_array_is_permutation(const struct snapshot *i);

#endif
