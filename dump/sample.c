/* SPDX-License-Identifier: MIT */
#include "sample.h"

#include <errno.h>
#include <time.h>

#define NS_PER_S 1000000000ull

uint64_t sample_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * NS_PER_S + t.tv_nsec;
}

void sample_wait(uint64_t t_ns, const volatile int *stop)
{
	const struct timespec t = { t_ns / NS_PER_S, t_ns % NS_PER_S };

	while (!*stop && clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
		;
}

void sample_ring(struct kernel *k, const struct dump_offsets *o, struct dump_ring *r, uint64_t t_ns,
		 uint64_t *info_ns, struct look *out, struct seen *seen)
{
	struct look got = { .t_ns = t_ns };

	if (t_ns - *info_ns >= SAMPLE_INFO_NS) {
		scan_info(k, r);
		*info_ns = t_ns;
	}
	attach_header(k, o, r, &got.state, seen);
	if (seen->source == SOURCE_FDINFO || seen->source == SOURCE_NONE) {
		if (*info_ns != t_ns)
			scan_info(k, r);
		*info_ns = t_ns;
		attach_header(k, o, r, &got.state, seen);
	}
	got.has_state = seen->source != SOURCE_NONE;
	got.has_flags = got.has_state && seen->source != SOURCE_FDINFO;
	got.overflow = r->info_err ? 0 : r->info.n[INFO_OVERFLOW];
	if (r->info.has_thread && r->info.sq_thread > 0)
		got.has_thread = scan_thread_ns(k, r->info.sq_thread, &got.thread_ns) == 0;
	*out = got;
}
