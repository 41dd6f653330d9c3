/* SPDX-License-Identifier: MIT */
#ifndef PROBE_LIB_MONO_H
#define PROBE_LIB_MONO_H

#include <stdint.h>
#include <time.h>

/* What CLOCK_MONOTONIC says. */
static inline uint64_t mono_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

#endif
