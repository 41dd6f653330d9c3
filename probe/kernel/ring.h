/* SPDX-License-Identifier: MIT */
/*
 * One ring, set up and mapped by ourselves through the offsets that the kernel returned.
 * io_uring_setup(2) says how; the sizes follow from the offsets, never from a formula of ours. With
 * NO_MMAP the rings lie in memory that ring_open() gives.
 */
#ifndef PROBE_KERNEL_RING_H
#define PROBE_KERNEL_RING_H

#include "kernel.h"

struct fail;

struct ring_map {
	void *addr;
	size_t bytes; /* 0: not mapped */
};

/* In bytes. cq is 0 when SINGLE_MMAP lets the first mapping hold both rings. */
struct ring_sizes {
	size_t sq, cq, sqes;
	unsigned sqe, cqe; /* of one entry */
};

/* What the mappings take of a ring that the kernel described so. */
void ring_sizes(const struct ring_params *p, struct ring_sizes *s);

struct ring {
	struct kernel *k;
	int fd;
	struct ring_params p;	       /* as the kernel filled it */
	struct ring_map sq, cq, sqes;  /* cq.bytes is 0 when SINGLE_MMAP lets sq hold both */
	struct ring_map given;	       /* NO_MMAP: our memory, in which the others lie */
	unsigned sqe_bytes, cqe_bytes; /* of one entry */
};

/* Sets up a ring with what *p asks and maps it; user_addr is not the caller's to set. On success the
 * caller closes it with ring_close(). Any errno of io_uring_setup(2) and mmap(2), f names the step;
 * -EPROTO when the kernel describes rings larger than the memory given. */
int ring_open(struct kernel *k, unsigned entries, const struct ring_params *p, struct ring *r,
	      struct fail *f);

/* Unmaps and closes; safe on a zeroed or closed ring. */
void ring_close(struct ring *r);

/* Where the CQ ring's fields lie. */
static inline char *ring_cq_base(const struct ring *r)
{
	return r->cq.bytes ? r->cq.addr : r->sq.addr;
}

static inline uint32_t *ring_sq_field(const struct ring *r, uint32_t offset)
{
	return (uint32_t *)((char *)r->sq.addr + offset);
}

static inline uint32_t *ring_cq_field(const struct ring *r, uint32_t offset)
{
	return (uint32_t *)(ring_cq_base(r) + offset);
}

#define _cleanup_ring_ _cleanup_(ring_close)

#endif
