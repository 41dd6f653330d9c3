/* SPDX-License-Identifier: MIT */
/*
 * Clock for the hot loop: the TSC, calibrated against CLOCK_MONOTONIC, if it has a constant rate; otherwise
 * clock_gettime().
 */
#ifndef BENCH_ENGINE_CLOCK_H
#define BENCH_ENGINE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "probe/lib/mono.h"

struct clock {
	bool tsc;
	uint32_t shift;
	uint64_t mult;	  /* ns = ticks * mult >> shift */
	const char *name; /* "tsc" or "clock_gettime" */
	uint64_t step_ns; /* smallest difference between two readings, measured */
};

/* The same time on this clock and on CLOCK_MONOTONIC. */
struct clock_mark {
	uint64_t ticks, ns;
};

/* Chooses and calibrates the clock; takes about 20 ms. */
void clock_init(struct clock *c);

void clock_mark(const struct clock *c, struct clock_mark *m);

/* By what share the clock ran faster (> 0) or slower (< 0) than CLOCK_MONOTONIC between two marks. */
double clock_drift(const struct clock *c, const struct clock_mark *from,
		   const struct clock_mark *to);

/* Total time that the machine has been suspended since boot. CLOCK_MONOTONIC does not include it. */
uint64_t clock_suspended_ns(void);

/* Time suspended between two readings of clock_suspended_ns(). Differences too short for a suspend count as 0:
 * they come from reading two clocks in turn. */
uint64_t clock_suspended_since(uint64_t from_ns, uint64_t to_ns);

static inline uint64_t clock_ticks(const struct clock *c)
{
#if defined(__x86_64__)
	if (c->tsc)
		return __builtin_ia32_rdtsc();
#endif
	(void)c;
	return mono_ns();
}

static inline uint64_t clock_ns(const struct clock *c, uint64_t ticks)
{
	return (unsigned __int128)ticks * c->mult >> c->shift;
}

/* Converts ns to ticks. */
static inline uint64_t clock_from_ns(const struct clock *c, uint64_t ns)
{
	return ((unsigned __int128)ns << c->shift) / c->mult;
}

#endif
