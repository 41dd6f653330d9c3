/* SPDX-License-Identifier: MIT */
/* Resource usage of a run: CPU time of this process, including the kernel's own threads in it, and more. */
#ifndef BENCH_OBSERVE_USAGE_H
#define BENCH_OBSERVE_USAGE_H

#include <stdbool.h>
#include <stdint.h>

struct usage {
	uint64_t user_ns, system_ns; /* of all threads, including iou-sqp and iou-wrk */
	uint64_t own_ns;	     /* of the calling thread; left out of a difference */
	uint64_t sq_thread_ns;	     /* of the iou-sqp threads; part of system_ns */
	uint64_t io_worker_ns;	     /* of the existing iou-wrk threads; part of system_ns */
	uint64_t switches;	     /* context switches */
	uint64_t minor_faults, major_faults;
	bool no_threads; /* sq_thread_ns and io_worker_ns could not be read and are not valid */
};

/* Parses the time on CPU in a schedstat file; tolerates any text. */
uint64_t usage_schedstat_ns(const char *text);

/* Reads the usage so far. */
void usage_read(struct usage *a);

/* b - a, without the calling thread, which only watched. The kernel's sum of user and system time is exact;
 * its split is sampled. */
struct usage usage_since(const struct usage *a, const struct usage *b);

#endif
