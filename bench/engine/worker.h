/* SPDX-License-Identifier: MIT */
/* A worker: its parameters, its resources, and the counters of its loop. */
#ifndef BENCH_ENGINE_WORKER_H
#define BENCH_ENGINE_WORKER_H

#include "bench/job/workload.h"
#include "clock.h"
#include "hist.h"
#include "io-errors.h"
#include "verify.h"
#include "worker-ring.h"

/* Result for I/Os of one kind. Only completions of full length count as I/Os. */
struct tally {
	/* Of the I/Os that were issued (with a rate: due) in the measured time, whenever they completed; empty
	 * with LAT_OFF. */
	struct hist lat;
	uint64_t ios, bytes; /* that completed in the measured time */
};

/* What passthrough commands need to know about the NVMe namespace. */
struct nvme_space {
	uint32_t nsid;
	unsigned lba_shift;
	uint64_t max_bytes, max_segments; /* of one command; 0: unknown */
};

/* How trims are made. */
enum trim_by {
	TRIM_NONE,	 /* the job does not trim */
	TRIM_PUNCH_HOLE, /* file: FALLOCATE */
	TRIM_DISCARD,	 /* block device: BLOCK_URING_CMD_DISCARD */
	TRIM_DATASET,	 /* passthrough: Dataset Management */
};

struct worker {
	const struct job *job;
	const struct clock *clock;
	unsigned index;
	pid_t tid;
	unsigned ran_on[2]; /* NUMA nodes, at the start and at the end */
	int fd;		    /* of the target, -1 for nop */
	struct nvme_space nvme;
	enum trim_by trim;
	uint64_t base, size; /* the part of the target in use */
	uint64_t passed;     /* bytes of it that a sequential workload has already processed */
	struct verifier *verifier; /* NULL: nothing is verified */
	const volatile int *stop;  /* set when a signal was caught */
	int *halt; /* set when a worker failed or the watchdog expired: all workers end */

	struct worker_ring wr;
	struct tally *tally; /* [IO_KINDS] */
	struct io_errors *errors;
	struct verify_counts *findings;
	struct promises *promises; /* NULL: the run writes no log */
	uint64_t verify_ns;	   /* time to generate and check blocks in the measured time */
	/* [IO_KINDS], with a rate: latency from submission; lat runs from the scheduled time. */
	struct hist *service;
	/* In lat and service, but with their age so far: given up, or due and not issued. */
	struct censored censored;
	uint64_t retries;   /* completions with EAGAIN, issued again */
	uint64_t uncounted; /* I/Os that completed before the end of the ramp, or after the time */
	uint64_t backlog;   /* with a rate: I/Os due but not issued at the end */
	uint64_t lag_ns;    /* with a rate: how long ago the first of them was due, at the end */
	uint64_t
		due; /* with an open rate, for other threads: time of the next I/O in ticks; UINT64_MAX: none */
	uint64_t overflows; /* how often a CQ overflow was seen */
	double in_flight;   /* average over the measured time */
	double lat_area_ns; /* sum of the latencies, as far as they are in the measured time */
	double late_ns;	 /* average delay until a completion's time was taken, at most; -1: none */
	uint64_t enters; /* calls of io_uring_enter() in the measured time */
	/* I/Os so far, including those before and after the measured time; other threads may read them. */
	uint64_t issued, completed;    /* completed: or failed, but not with EAGAIN */
	uint32_t left;		       /* I/Os in flight when the loop was aborted */
	uint64_t started_ns, ended_ns; /* CLOCK_MONOTONIC: the measured time */
	int err; /* negative errno of io_uring_enter() that ended the loop early */
};

/* Opens the ring and the counters; see worker_ring_open(). Call worker_close() in any case. */
int worker_open(struct worker *w, int attach, struct fail *f);

void worker_close(struct worker *w);

/* How late a worker that another thread runs is with its next I/O. */
static inline uint64_t worker_lag_ns(const struct worker *w, uint64_t ticks)
{
	uint64_t due = __atomic_load_n(&w->due, __ATOMIC_RELAXED);

	return due && due < ticks ? clock_ns(w->clock, ticks - due) : 0;
}

/* Whether the measured time of a worker that another thread runs is over. */
static inline bool worker_has_measured(const struct worker *w)
{
	return __atomic_load_n(&w->ended_ns, __ATOMIC_RELAXED) >
	       __atomic_load_n(&w->started_ns, __ATOMIC_RELAXED);
}

#endif
