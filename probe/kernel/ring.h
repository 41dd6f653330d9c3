/* SPDX-License-Identifier: MIT */
/*
 * A ring that is set up and mapped without liburing, through the offsets returned by the kernel, as
 * io_uring_setup(2) describes. Sizes are computed from the offsets only. With NO_MMAP the rings are in
 * memory allocated by ring_open().
 */
#ifndef PROBE_KERNEL_RING_H
#define PROBE_KERNEL_RING_H

#include "kernel.h"

struct fail;

struct ring_map {
	void *addr;
	size_t bytes; /* 0: not mapped */
};

/* In bytes. cq is 0 if the first mapping has both rings (SINGLE_MMAP). */
struct ring_sizes {
	size_t sq, cq, sqes;
	unsigned sqe, cqe; /* of one entry */
};

/* Computes the sizes of the mappings of a ring. */
void ring_sizes(const struct ring_params *p, struct ring_sizes *s);

struct ring {
	struct kernel *k;
	int fd;
	struct ring_params p;	       /* as filled in by the kernel */
	struct ring_map sq, cq, sqes;  /* cq.bytes is 0 if sq has both rings (SINGLE_MMAP) */
	struct ring_map given;	       /* NO_MMAP: our memory, which contains the others */
	unsigned sqe_bytes, cqe_bytes; /* of one entry */
};

/* Sets up and maps a ring with *p; user_addr must not be set. Close it with ring_close(). Returns any errno
 * of io_uring_setup(2) and mmap(2), with the step in f; -EPROTO if the kernel reports rings larger than the
 * memory. */
int ring_open(struct kernel *k, unsigned entries, const struct ring_params *p, struct ring *r,
	      struct fail *f);

/* Unmaps and closes the ring; safe on a zeroed or closed one. */
void ring_close(struct ring *r);

/* Start of the CQ ring's fields. */
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
