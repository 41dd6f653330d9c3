/* SPDX-License-Identifier: MIT */
/* What a run came to; const once made. */
#ifndef BENCH_RUN_RESULT_H
#define BENCH_RUN_RESULT_H

#include "bench/engine/worker.h"
#include "bench/observe/monitor.h"
#include "bench/target/target.h"
#include "probe/lib/base.h"

#define RESULT_MAX_REASONS 8
#define RESULT_SENTENCE	   200
/* A measurement of fewer I/Os is not valid. */
#define RESULT_MIN_IOS 100

/* I/Os of one kind, or all of them. */
struct summary {
	struct hist lat;
	uint64_t ios, bytes, errors;
	double iops, bw;
};

struct flow {
	uint64_t ios, bytes;
};

/* One span of the series. */
struct span {
	uint64_t end_ns; /* since the start */
	struct flow all;
	struct flow kinds[IO_KINDS]; /* none of IO_SYNC */
	int64_t p50_ns, p99_ns;	     /* -1: too few I/Os, or not stamped */
};

struct series {
	struct span *spans;
	size_t n, cap;
};

/* The target read back from end to end, and every block judged. */
struct pass {
	bool made;
	uint64_t bytes; /* to read */
	uint64_t elapsed_ns, ios;
	double bw;
	struct verify_counts found;
	uint64_t verify_ns;
};

/* What became of the switches that were asked for, on all rings. */
struct granted {
	uint32_t setup_flags;
	enum engine engine; /* chosen, where job has auto */
	bool registered_ring, fixed_bufs, fixed_files, huge;
	unsigned batch_submit; /* I/Os published at once, at most */
	const char *clock;     /* what stamped the latencies */
};

struct result {
	struct job job;
	struct target target; /* closed */
	struct granted granted;
	uint64_t elapsed_ns; /* of the measured window */
	struct summary kinds[IO_KINDS], total;
	struct hist service; /* at a rate: from submission */
	struct io_rate rate;
	uint64_t backlog; /* at a rate: I/Os due and not issued at the end */
	bool sustained;
	double in_flight; /* on average */
	struct io_errors errors;
	uint64_t retries;
	uint64_t uncounted; /* I/Os that completed outside of the measured time */
	struct usage cpu;
	struct monitor monitor;
	uint64_t enters;	  /* calls of io_uring_enter() */
	uint64_t issued;	  /* I/Os, also those before and after the measured window */
	double lat_resolution_ns; /* how long a completion may have waited for its stamp, on average; -1 */
	struct series series;
	uint32_t verify_block;	    /* bytes; 0: as they come, or not verified */
	const char *checksum_by;    /* NULL: not verified */
	struct verify_counts found; /* by the workload's own reads */
	uint64_t verify_ns; /* all workers' time to make and check blocks, the pass left out */
	struct pass pass;
	bool gone;     /* the device is no longer there */
	bool complete; /* not cut short by a signal or an error */
	bool valid;    /* the numbers can be trusted */
	char reasons[RESULT_MAX_REASONS][RESULT_SENTENCE]; /* why it is not valid */
	unsigned n_reasons;
	char warnings[RESULT_MAX_REASONS]
		     [RESULT_SENTENCE]; /* what a reader should know, and no reason */
	unsigned n_warnings;
};

/* What a run ended with besides its counts. */
struct ending {
	bool interrupted;
	uint64_t hung_ns; /* the watchdog saw nothing complete for so long; 0: it did not bark */
	bool gone;	  /* the target's device is no longer there */
	int err;	  /* what ended a worker before its time, or 0 */
};

/* Puts the workers' counts together and judges them. Fills what follows from them; job, target, clock,
 * cpu, monitor and series are the caller's and set before. */
void result_sum(struct result *res, const struct worker *workers, unsigned n,
		const struct ending *ending);

/* Adds what a pass over the target came to, and its errors. The result of a run that was nothing but a
 * pass is given twice. */
void result_take_pass(struct result *res, const struct result *pass);

/* Judges what was found in the data of a run that verifies, the pass included. */
void result_judge_data(struct result *res);

/* Blocks that were not what was written. */
static inline uint64_t result_mismatches(const struct result *res)
{
	return res->found.mismatches + res->pass.found.mismatches;
}

/* Says that the result cannot be trusted, and why. */
void result_doubt(struct result *res, const char *fmt, ...) _printf_(2, 3);
/* Says what a reader should know of it besides. */
void result_warn(struct result *res, const char *fmt, ...) _printf_(2, 3);

/* What the kernel counted on the device in the direction of the job, from before the run until after it:
 * I/Os, merged ones too, and bytes. Of passthrough, what the drive counted, in units of 512000 bytes. False
 * when neither does. */
bool result_device_io(const struct result *res, uint64_t *ios, uint64_t *bytes);

/* Frees what a result holds. */
void result_free(struct result *res);

#endif
