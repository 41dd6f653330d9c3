/* SPDX-License-Identifier: MIT */
/* One worker: a ring, its buffers, and the loop that keeps it full. */
#ifndef BENCH_ENGINE_H
#define BENCH_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

#include "clock.h"
#include "hist.h"
#include "job.h"
#include "probe/ring.h"

struct fail;

enum { DIR_READ, DIR_WRITE, DIRS };

#define MAX_ERRNO 200

/* What I/Os of one direction came to. Only a completion of full length is an I/O. */
struct tally {
	struct hist lat;
	uint64_t bytes;
};

/* What went wrong; the first one in detail. */
struct trouble {
	uint64_t failed, short_ios;  /* negative results; fewer bytes than asked, none included */
	uint64_t by_direction[DIRS]; /* of both kinds */
	uint64_t by_errno[MAX_ERRNO];
	uint64_t first_offset;
	int first_res;
	bool first_write;
};

struct worker {
	const struct job *job;
	const struct clock *clock;
	unsigned index;
	int fd;			  /* of the target, -1 for nop */
	uint64_t size;		  /* of the target */
	const volatile int *stop; /* a signal was caught */
	int *halt;		  /* a worker failed: all end */

	struct ring ring;
	int enter_fd;		      /* index of the registered ring, or the ring's fd */
	unsigned enter_flags;	      /* ENTER_REGISTERED_RING where it is registered */
	bool fixed_bufs, fixed_files; /* granted */
	char *buffers;		      /* iodepth x bs */
	size_t buffer_bytes;

	struct tally *tally; /* [DIRS] */
	struct trouble *trouble;
	uint64_t retries;	       /* completions with EAGAIN, issued anew */
	uint64_t started_ns, ended_ns; /* of CLOCK_MONOTONIC: the measured window */
	int err; /* what ended the loop before its time, negative errno of io_uring_enter() */
};

/* Makes the ring with the flags that this kernel grants of what the job asks, registers what the job
 * asks, and allocates buffers. Must be called by the thread that will run the loop. Negative errno with
 * f->kind. The caller calls worker_close() afterwards in any case. */
int worker_open(struct worker *w, struct fail *f);

/* Keeps the ring full until the time is over, then waits for what is in flight. What completes after
 * the time is over is not counted. */
void worker_run(struct worker *w);

void worker_close(struct worker *w);

#endif
