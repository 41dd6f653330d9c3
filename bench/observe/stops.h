/* SPDX-License-Identifier: MIT */
/*
 * Detects that a run was stopped: its threads (SIGSTOP, a frozen cgroup), or the whole machine (a paused
 * virtual machine). The thread that watches the run sleeps for at most 50 ms at a time, and knows how long
 * it was on a CPU and how long it waited for one. The rest of the elapsed time was taken from it.
 */
#ifndef BENCH_OBSERVE_STOPS_H
#define BENCH_OBSERVE_STOPS_H

#include "probe/kernel/kernel.h"

/* A thread that only waits for a CPU loses less than 5 ms, however long it waits. A busy host takes a
 * guest's CPUs for some tens of ms at a time. */
#define STOP_NS	 250000000
#define PAUSE_NS 20000000

/* State when the watching thread wakes. The numbers were read between two times. */
struct watch_mark {
	uint64_t first_ns, last_ns;
	uint64_t ran_ns, waited_ns; /* this thread's time on a CPU, and waiting for one */
	uint64_t cpu_ns, ios;	    /* the other threads' CPU time, and their I/Os */
};

/* ios is the number of I/Os that the jobs have completed so far. */
void watch_mark(struct kernel *k, uint64_t ios, struct watch_mark *m);

struct stops {
	unsigned n; /* of at least STOP_NS */
	uint64_t total_ns, longest_ns;
	uint64_t pauses_ns; /* total of shorter stops, of at least PAUSE_NS */
	struct {
		uint64_t ns, cpu_ns, ios;
	} usual; /* time without stops, and the jobs' work in it */
};

/* Evaluates one sleep of the watching thread, from mark to mark, which was meant to take meant_ns. At most
 * within_ns of it belong to the run, which has at most in_flight I/Os in flight. If the jobs worked at their
 * usual rate, they were not stopped. */
void stops_note(struct stops *s, const struct watch_mark *from, const struct watch_mark *to,
		uint64_t meant_ns, uint64_t within_ns, uint64_t in_flight);

/* Adds the stops of a run that followed. */
void stops_merge(struct stops *to, const struct stops *from);

#endif
