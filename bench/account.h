/* SPDX-License-Identifier: MIT */
/* CPU time of this process over a run, the kernel's own threads in it included. */
#ifndef BENCH_ACCOUNT_H
#define BENCH_ACCOUNT_H

#include <stdint.h>

struct account {
	uint64_t user_ns, system_ns; /* of all threads, iou-sqp and iou-wrk among them */
	uint64_t sq_thread_ns;	     /* of the iou-sqp threads alone; part of system_ns */
};

/* What was used so far, without the calling thread. */
void account_read(struct account *a);

/* b - a */
struct account account_since(const struct account *a, const struct account *b);

#endif
