/* SPDX-License-Identifier: MIT */
/*
 * Whether a run was stopped: its own threads (SIGSTOP, a frozen cgroup), or the machine with them (a
 * paused virtual machine). The thread that watches the run sleeps for at most 50 ms at a time, and knows
 * for how long it was on a CPU and waited for one. What is left of the time was taken from it.
 */
#ifndef BENCH_OBSERVE_STOPS_H
#define BENCH_OBSERVE_STOPS_H

#include "probe/kernel/kernel.h"

/* A thread that is only kept off the CPUs by others misses less than 5 ms, however long it waits, and a
 * host that is busy keeps the CPUs of a guest for some tens of ms at a time. */
#define STOP_NS	 250000000
#define PAUSE_NS 20000000

/* As the watching thread wakes. The numbers were read between two moments. */
struct watch_mark {
	uint64_t first_ns, last_ns;
	uint64_t ran_ns, waited_ns; /* of this thread, so far: on a CPU; for one */
	uint64_t cpu_ns, ios;	    /* of the others, so far: time on CPUs, and what they did */
};

/* ios is what the jobs have done so far. */
void watch_mark(struct kernel *k, uint64_t ios, struct watch_mark *m);

struct stops {
	unsigned n; /* of at least STOP_NS */
	uint64_t total_ns, longest_ns;
	uint64_t pauses_ns; /* in all, of at least PAUSE_NS, that were shorter */
	struct {
		uint64_t ns, cpu_ns, ios;
	} usual; /* the time in which nothing was amiss, and what the jobs did in it */
};

/* One sleep of the watching thread and what it did before, from mark to mark, of which it meant to let
 * meant_ns pass. No more than within_ns of it belong to the run, which has at most in_flight I/Os in
 * flight. A time in which the jobs did as much as ever is none in which they were stopped. */
void stops_note(struct stops *s, const struct watch_mark *from, const struct watch_mark *to,
		uint64_t meant_ns, uint64_t within_ns, uint64_t in_flight);

/* Adds those of a run that followed. */
void stops_merge(struct stops *to, const struct stops *from);

#endif
