/* SPDX-License-Identifier: MIT */
/* One worker: what it is given, what it stands on, and what its loop counts. */
#ifndef BENCH_ENGINE_WORKER_H
#define BENCH_ENGINE_WORKER_H

#include "bench/job/workload.h"
#include "clock.h"
#include "hist.h"
#include "io-errors.h"
#include "verify.h"
#include "worker-ring.h"

/* What I/Os of one kind came to. Only a completion of full length is an I/O. */
struct tally {
	struct hist lat; /* empty with LAT_OFF */
	uint64_t ios, bytes;
};

/* What a passthrough command needs to know of its NVMe namespace. */
struct nvme_space {
	uint32_t nsid;
	unsigned lba_shift;
	uint64_t max_bytes, max_segments; /* of one command; 0: not known */
};

struct worker {
	const struct job *job;
	const struct clock *clock;
	unsigned index;
	pid_t tid;
	unsigned ran_on[2]; /* NUMA nodes, as it began and as it ended */
	int fd;		    /* of the target, -1 for nop */
	struct nvme_space nvme;
	uint64_t base, size;	   /* the part of the target that is used */
	uint64_t passed;	   /* bytes of it that a sequential workload has behind it */
	struct verifier *verifier; /* NULL: nothing is verified */
	const volatile int *stop;  /* a signal was caught */
	int *halt;		   /* a worker failed, or the watchdog barked: all end */

	struct worker_ring wr;
	struct tally *tally; /* [IO_KINDS] */
	struct io_errors *errors;
	struct verify_counts *findings;
	uint64_t verify_ns;   /* to make and to check blocks, in the measured time */
	struct hist *service; /* at a rate: from submission, where lat is from the intended start */
	uint64_t retries;     /* completions with EAGAIN, issued anew */
	uint64_t
		uncounted; /* whole I/Os that completed before the ramp was over, or after the time */
	uint64_t backlog;   /* at a rate: I/Os that were due and not issued at the end */
	uint64_t overflows; /* completions that the CQ had no room for were seen this often */
	double in_flight;   /* on average over the measured time */
	double edge_ns; /* time in flight inside the measured time of I/Os that are not counted in it, less
			 * that outside it of those that are */
	double late_ns; /* how long a completion may have waited for its stamp, on average; -1: none was */
	uint64_t enters;	       /* calls of io_uring_enter() in the measured time */
	uint64_t issued;	       /* I/Os in all, also before and after it */
	uint32_t left;		       /* in flight when the loop was given up */
	uint64_t started_ns, ended_ns; /* of CLOCK_MONOTONIC: the measured time */
	int err; /* what ended the loop before its time, negative errno of io_uring_enter() */
};

/* Opens the ring and the counters; see worker_ring_open(). The caller calls worker_close() in any case. */
int worker_open(struct worker *w, int attach, struct fail *f);

void worker_close(struct worker *w);

#endif
