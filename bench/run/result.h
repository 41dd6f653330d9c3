/* SPDX-License-Identifier: MIT */
/* The result of a run; const once complete. */
#ifndef BENCH_RUN_RESULT_H
#define BENCH_RUN_RESULT_H

#include "bench/engine/worker.h"
#include "bench/observe/monitor.h"
#include "bench/stats/growth.h"
#include "bench/target/target.h"
#include "probe/lib/base.h"
#include "series.h"

#define RESULT_MAX_REASONS 8
#define RESULT_SENTENCE	   200
/* Measurements with fewer I/Os are not valid. */
#define RESULT_MIN_IOS 100

/* I/Os of one kind, or all of them. */
struct summary {
	struct hist lat;
	uint64_t ios, bytes, errors;
	uint64_t short_ios; /* part of the errors */
	double iops, bw;
};

/* A pass that reads back the whole target and checks every block. */
struct pass {
	bool made;
	uint64_t bytes; /* to read */
	uint64_t elapsed_ns, ios;
	double bw;
	struct verify_counts found;
	uint64_t verify_ns;
};

/* What the kernel granted, on all rings. */
struct granted {
	uint32_t setup_flags;
	enum engine engine; /* the engine chosen for auto */
	enum trim_by trim;  /* how trims were made */
	bool registered_ring, fixed_bufs, fixed_files, huge;
	unsigned batch_submit; /* maximum number of I/Os submitted at once */
	const char *clock;     /* clock used for latency */
};

struct result {
	struct job job;
	struct target target; /* closed */
	struct granted granted;
	uint64_t elapsed_ns; /* measured time */
	struct summary kinds[IO_KINDS], total;
	struct hist service; /* with a rate: latency from submission, without syncs */
	struct hist services[IO_KINDS];
	struct io_rate rate;
	uint64_t backlog;	      /* with an open rate: I/Os due but not issued at the end */
	uint64_t lag_ns;	      /* how long ago the first of them was due */
	struct growth_fit lag_growth; /* of that time during the run, in seconds per second */
	bool sustained;
	double in_flight; /* average */
	struct io_errors errors;
	struct censored
		censored; /* in the latencies: I/Os that had not completed, with their age */
	uint64_t retries;
	uint64_t uncounted; /* I/Os that completed outside the measured time */
	struct usage cpu;
	struct monitor monitor;
	uint64_t enters;	  /* calls of io_uring_enter() */
	uint64_t issued;	  /* I/Os, including those before and after the measured time */
	double lat_resolution_ns; /* average delay until a completion's time was taken, at most; -1 */
	struct series series;
	uint32_t verify_block;	     /* bytes; 0: any size, or not verified */
	const char *checksum_by;     /* NULL: not verified */
	uint64_t verify_memory;	     /* bytes to know what was written */
	struct verify_log_facts log; /* with a log: read, or for a run that wrote it only records */
	struct verify_counts found;  /* by the workload's own reads */
	uint64_t verify_ns; /* time of all workers to generate and check blocks, without the pass */
	struct pass pass;
	bool gone;     /* the device disappeared */
	bool complete; /* not ended early by a signal or an error */
	bool valid;    /* the numbers can be trusted */
	char reasons[RESULT_MAX_REASONS][RESULT_SENTENCE]; /* why it is not valid */
	unsigned n_reasons;
	char warnings[RESULT_MAX_REASONS][RESULT_SENTENCE]; /* other remarks */
	unsigned n_warnings;
};

/* How a run ended, besides its counts. */
struct ending {
	bool interrupted;
	uint64_t
		hung_ns; /* time without completions after which the watchdog expired; 0: it did not */
	bool gone;	 /* the target's device disappeared */
	int err;	 /* errno that ended a worker early, or 0 */
};

/* Adds up the workers' counts, judges them, and fills what depends on them. The caller must have set job,
 * target, clock, cpu, monitor, series and lag_growth. */
void result_sum(struct result *res, const struct worker *workers, unsigned n,
		const struct ending *ending);

/* Adds the result of a pass over the target, including its errors. For a run that is only a pass, both
 * arguments are the same. */
void result_take_pass(struct result *res, const struct result *pass);

/* Judges the verified data, including the pass. */
void result_judge_data(struct result *res);

/* Number of mismatched blocks. */
static inline uint64_t result_mismatches(const struct result *res)
{
	return res->found.mismatches + res->pass.found.mismatches;
}

/* Marks the result as not valid, with the reason. */
void result_doubt(struct result *res, const char *fmt, ...) _printf_(2, 3);
/* Adds a warning; the result stays valid. */
void result_warn(struct result *res, const char *fmt, ...) _printf_(2, 3);

/* Returns what the kernel counted on the device in the direction of the job, from before the run until after
 * it: I/Os, including merged ones, and bytes. For passthrough it is what the drive counted, in units of
 * 512000 bytes; drives do not count trims. Returns false if neither counts. */
bool result_device_io(const struct result *res, uint64_t *ios, uint64_t *bytes);

/* How long requests of the run's direction took by the kernel's own account of the device
 * (/sys/block/DISK/stat), from before the run until after it. */
struct device_time {
	double mean_ns;	 /* of a request, of any program; -1: not known */
	double util;	 /* share of time with a request in flight, at the timer's ticks; -1 */
	double share;	 /* of the mean latency measured here; -1: these are not the same I/Os */
	double error_ns; /* of mean_ns, by the units that the kernel counts in */
};

void result_device_time(const struct result *res, struct device_time *t);

/* Frees the contents of a result. */
void result_free(struct result *res);

#endif
