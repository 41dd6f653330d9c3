/* SPDX-License-Identifier: MIT */
/* A configuration as its user writes it: for this program, and for an application's own. */
#ifndef CMD_BENCH_ADVISE_H
#define CMD_BENCH_ADVISE_H

#include "bench/job/job.h"

struct str;

/* Appends "uringtool bench PATH --iodepth=8 ...": every option that is not as it is by default. path NULL:
 * none. */
void advise_command(struct str *to, const struct job *job, const char *path);

/* Appends lines of C, for liburing 2.3 and later, that set up a ring like the job's. setup_flags are those
 * that were granted. They use path, a text, and memory of so many bytes, where the job has any. */
void advise_liburing(struct str *to, const struct job *job, uint32_t setup_flags,
		     bool registered_ring);

#endif
