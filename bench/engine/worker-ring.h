/* SPDX-License-Identifier: MIT */
/* What one worker stands on: its ring, what is registered with it, its buffers. */
#ifndef BENCH_ENGINE_WORKER_RING_H
#define BENCH_ENGINE_WORKER_RING_H

#include "bench/job/job.h"
#include "probe/kernel/kernel.h"
#include "probe/kernel/ring.h"

struct fail;

struct worker_ring {
	struct ring ring;
	int enter_fd;			    /* index of the registered ring, or the ring's fd */
	unsigned enter_flags;		    /* ENTER_REGISTERED_RING where it is registered */
	bool fixed_bufs, fixed_files, huge; /* granted */
	char *buffers; /* job_buffers() of them, stride bytes apart; NULL for nop and trim */
	size_t buffer_bytes, stride;
	unsigned
		writes_from; /* the first buffer to write from, where what is read would spoil it */
};

/* Makes the ring with the flags that this kernel grants of what the job asks, registers what the job
 * asks, and allocates buffers filled with the job's contents. What is "auto" and not to be had is left out.
 * attach is the fd of a ring whose SQPOLL thread is shared, or -1. To be called by the thread that will
 * submit. Negative errno with f->kind; worker_ring_close() in any case. */
int worker_ring_open(struct worker_ring *wr, const struct job *job, unsigned index, int fd,
		     int attach, struct fail *f);

void worker_ring_close(struct worker_ring *wr);

/* Bytes of the huge pages that a program gets which does not ask for a size, 0 where there are none. */
uint64_t worker_ring_huge_page(struct kernel *k);

#endif
