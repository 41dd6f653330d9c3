/* SPDX-License-Identifier: MIT */
/* Looks at many rings at once, again and again. */
#ifndef DUMP_FOREIGN_SAMPLE_H
#define DUMP_FOREIGN_SAMPLE_H

#include "attach.h"
#include "diagnose.h"

/* Reading fdinfo takes the ring's lock, which its owner then waits for. Where the header comes from
 * memory, it is not read more often than this. */
#define SAMPLE_INFO_NS 100000000ull

/* The monotonic clock. */
uint64_t sample_now(void);

/* Sleeps until then, or until a signal has set *stop. */
void sample_wait(uint64_t t_ns, const volatile int *stop);

/* Looks at one ring at the time t_ns. *info_ns is when its info was read last. */
void sample_ring(struct kernel *k, const struct dump_offsets *o, struct dump_ring *r, uint64_t t_ns,
		 uint64_t *info_ns, struct look *out, struct seen *seen);

#endif
