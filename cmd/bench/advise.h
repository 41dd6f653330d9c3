/* SPDX-License-Identifier: MIT */
/* Formats a configuration for its user: as a command line, and as liburing calls. */
#ifndef CMD_BENCH_ADVISE_H
#define CMD_BENCH_ADVISE_H

#include "bench/job/job.h"

struct str;

/* Appends "uringtool bench PATH --iodepth=8 ..." with every option that is not at its default. path may be
 * NULL. */
void advise_command(struct str *to, const struct job *job, const char *path);

/* Appends C code for liburing 2.3 and later that sets up a ring like the job's. setup_flags are the granted
 * flags. The code refers to path, memory and bytes, which its user defines. */
void advise_liburing(struct str *to, const struct job *job, uint32_t setup_flags,
		     bool registered_ring);

#endif
