/* SPDX-License-Identifier: MIT */
/* The ring of a worker, its registered resources, and its buffers. */
#ifndef BENCH_ENGINE_WORKER_RING_H
#define BENCH_ENGINE_WORKER_RING_H

#include "bench/job/job.h"
#include "probe/kernel/kernel.h"
#include "probe/kernel/ring.h"

struct fail;

struct worker_ring {
	struct ring ring;
	int enter_fd;			    /* index of the registered ring, or the ring's fd */
	unsigned enter_flags;		    /* ENTER_REGISTERED_RING if it is registered */
	bool fixed_bufs, fixed_files, huge; /* granted */
	char *buffers; /* job_buffers() buffers, stride bytes apart; NULL: none needed */
	size_t buffer_bytes, stride;
	unsigned writes_from; /* index of the first write buffer, if reads need separate ones */
};

/* Sets up the ring with the requested flags that this kernel grants, registers what the job requests, and
 * allocates buffers with the job's contents. "auto" options that are not available are left out. attach is
 * the fd of a ring whose SQPOLL thread is shared, or -1. Must be called by the thread that submits. Returns
 * a negative errno with f->kind. Call worker_ring_close() in any case. */
int worker_ring_open(struct worker_ring *wr, const struct job *job, unsigned index, int fd,
		     int attach, struct fail *f);

void worker_ring_close(struct worker_ring *wr);

/* Default huge page size in bytes; 0 if there are no huge pages. */
uint64_t worker_ring_huge_page(struct kernel *k);

#endif
