/* SPDX-License-Identifier: MIT */
/* Samples many rings repeatedly. */
#ifndef DUMP_FOREIGN_SAMPLE_H
#define DUMP_FOREIGN_SAMPLE_H

#include "attach.h"
#include "diagnose.h"

/* Reading fdinfo takes the ring's lock and delays its owner. If the header is read from memory, fdinfo is
 * not read more often than this. */
#define SAMPLE_INFO_NS 100000000ull

/* Sleeps until t_ns, or until a signal has set *stop. */
void sample_wait(uint64_t t_ns, const volatile int *stop);

/* Samples one ring at the time t_ns. *info_ns is when its fdinfo was last read. */
void sample_ring(struct kernel *k, const struct dump_offsets *o, struct dump_ring *r, uint64_t t_ns,
		 uint64_t *info_ns, struct look *out, struct seen *seen);

#endif
