/* SPDX-License-Identifier: MIT */
#include "sample.h"

#include <signal.h>
#include <sys/select.h>

#include "probe/lib/mono.h"

#define NS_PER_S 1000000000ull

void sample_wait(uint64_t t_ns, const volatile int *stop)
{
	sigset_t all, before;
	uint64_t now;

	/* A signal between the check of *stop and the sleep would be missed, so signals are blocked until
	 * pselect(2). */
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	while (!*stop && (now = mono_ns()) < t_ns) {
		const struct timespec left = { (t_ns - now) / NS_PER_S, (t_ns - now) % NS_PER_S };

		pselect(0, NULL, NULL, NULL, &left, &before);
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
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
