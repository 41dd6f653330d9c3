/* SPDX-License-Identifier: MIT */
/* What a run cost: CPU time of this process, the kernel's own threads in it included, and more. */
#ifndef BENCH_OBSERVE_USAGE_H
#define BENCH_OBSERVE_USAGE_H

#include <stdbool.h>
#include <stdint.h>

struct usage {
	uint64_t user_ns, system_ns; /* of all threads, iou-sqp and iou-wrk among them */
	uint64_t own_ns;	     /* of the thread that asks; left out of a difference */
	uint64_t sq_thread_ns;	     /* of the iou-sqp threads alone; part of system_ns */
	uint64_t io_worker_ns;	     /* of the iou-wrk threads that live; part of system_ns */
	uint64_t switches;	     /* context switches */
	uint64_t minor_faults, major_faults;
	bool no_threads; /* sq_thread_ns and io_worker_ns could not be read, and mean nothing */
};

/* The time on CPU by a schedstat file; any bytes have a meaning. */
uint64_t usage_schedstat_ns(const char *text);

/* What was used so far. */
void usage_read(struct usage *a);

/* b - a, without the thread that asked, which only watched. The kernel knows the sum of user and system
 * time exactly and shares it out by samples. */
struct usage usage_since(const struct usage *a, const struct usage *b);

#endif
