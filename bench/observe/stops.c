/* SPDX-License-Identifier: MIT */
#include "stops.h"

#include <stdio.h>
#include <time.h>

#include "bench/engine/clock.h"
#include "probe/lib/base.h"

/* With less history, the usual rate is unknown. */
#define HISTORY_NS 200000000

static uint64_t used_ns(clockid_t clock)
{
	struct timespec ts = { 0 };

	clock_gettime(clock, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

/* proc(5), schedstat. Without it, a thread that waits for a CPU looks stopped; the jobs' progress tells the
 * difference. */
static uint64_t waited(struct kernel *k)
{
	unsigned long long v[2];
	char text[128];

	if (k->read_file(k, "/proc/thread-self/schedstat", text, sizeof(text)) < 0 ||
	    sscanf(text, "%llu %llu", &v[0], &v[1]) != 2)
		return 0;
	return v[1];
}

void watch_mark(struct kernel *k, uint64_t ios, struct watch_mark *m)
{
	/* If the thread waits for a CPU between these readings, it appears to have waited longer, which can
	 * hide a stop but not invent one. */
	m->first_ns = mono_ns();
	m->ran_ns = used_ns(CLOCK_THREAD_CPUTIME_ID);
	m->waited_ns = waited(k);
	m->cpu_ns = used_ns(CLOCK_PROCESS_CPUTIME_ID) - m->ran_ns;
	m->ios = ios;
	m->last_ns = mono_ns();
}

/* Whether the jobs did more in ns than they usually do in the part of it without gaps. I/Os in flight
 * complete while the jobs are stopped, and are reaped when they continue. */
static bool jobs_ran(const struct stops *s, const struct watch_mark *from,
		     const struct watch_mark *to, uint64_t ns, uint64_t lost_ns, uint64_t in_flight)
{
	const double part = (ns - lost_ns / 2.) / s->usual.ns;
	const double cpu_per_io = s->usual.ios ? (double)s->usual.cpu_ns / s->usual.ios : 0;

	if (s->usual.ns < HISTORY_NS)
		return false;
	return growth(from->ios, to->ios) > part * s->usual.ios + in_flight ||
	       growth(from->cpu_ns, to->cpu_ns) > part * s->usual.cpu_ns + in_flight * cpu_per_io;
}

void stops_note(struct stops *s, const struct watch_mark *from, const struct watch_mark *to,
		uint64_t meant_ns, uint64_t within_ns, uint64_t in_flight)
{
	const uint64_t ns = growth(from->last_ns, to->first_ns);
	const uint64_t known = meant_ns + growth(from->ran_ns, to->ran_ns) +
			       growth(from->waited_ns, to->waited_ns);
	uint64_t lost = growth(known, ns);

	if (lost < PAUSE_NS) {
		s->usual.ns += ns;
		s->usual.cpu_ns += growth(from->cpu_ns, to->cpu_ns);
		s->usual.ios += growth(from->ios, to->ios);
		return;
	}
	if (jobs_ran(s, from, to, ns, lost, in_flight))
		return;
	lost = lost < within_ns ? lost : within_ns;
	if (lost < STOP_NS) {
		s->pauses_ns += lost;
		return;
	}
	s->n++;
	s->total_ns += lost;
	s->longest_ns = lost > s->longest_ns ? lost : s->longest_ns;
}

void stops_merge(struct stops *to, const struct stops *from)
{
	to->n += from->n;
	to->total_ns += from->total_ns;
	to->longest_ns = from->longest_ns > to->longest_ns ? from->longest_ns : to->longest_ns;
	to->pauses_ns += from->pauses_ns;
}
