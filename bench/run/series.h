/* SPDX-License-Identifier: MIT */
/*
 * The series: what completed in each span of --interval. A span ends when the recording thread looks, which is
 * at the end of an interval or, if the thread was late, after it; the last span ends with the run. The spans
 * cover the whole measured time.
 */
#ifndef BENCH_RUN_SERIES_H
#define BENCH_RUN_SERIES_H

#include <stddef.h>

#include "bench/engine/worker.h"

struct flow {
	uint64_t ios, bytes;
};

/* I/Os by kind, without IO_SYNC, and in total. */
struct flows {
	struct flow all, kinds[IO_KINDS];
};

struct span {
	uint64_t begin_ns, end_ns; /* since the start */
	struct flows done;
	/* -1: too few I/Os, or no latencies. The maximum is the upper end of its bucket of the histogram. */
	int64_t p50_ns, p99_ns, p999_ns, max_ns;
};

struct series {
	struct span *spans;
	size_t n, cap;
};

struct recorder {
	uint64_t interval; /* 0: no series */
	uint64_t due;	   /* when the current span ends; UINT64_MAX: with the run */
	uint64_t until;	   /* end of the run, as far as it is known beforehand */
	uint64_t last;	   /* when the previous span ended */
	struct series series;
	struct flows done; /* until then */
	struct hist *lat,
		*lat_before; /* until then, and until the span before; the caller's, empty at first */
};

/* Adds up the counts of all workers so far. */
struct flows flows_now(const struct worker *workers, unsigned n);

/* Adds up the latencies of all workers so far. Reads every bucket that the workers write to, so it is only
 * called when needed. */
void lat_now(const struct worker *workers, unsigned n, struct hist *lat);

/* The measured time begins. It ends about at until, if nothing ends it earlier. All times are mono_ns(). */
void recorder_begin(struct recorder *r, uint64_t now, uint64_t until);

/* Whether a span is over. */
static inline bool recorder_is_due(const struct recorder *r, uint64_t now)
{
	return r->interval && now >= r->due;
}

/* Ends a span, with the counts until now. If more than one interval is over, nothing is known about each of
 * them, and the span is longer; if nothing completed in them, there is a span for each. On allocation failure
 * the span becomes part of the next one. */
void recorder_add(struct recorder *r, uint64_t now, const struct flows *done,
		  const struct hist *lat);

/* Ends the last span, with the final counts. The measured time was from first to last. Moves the series to
 * *to. */
void recorder_end(struct recorder *r, uint64_t first, uint64_t last, const struct flows *done,
		  const struct hist *lat, struct series *to);

/* Whether a span is about as long as the others, and not a short rest at the end: rates of very short spans
 * vary by chance. */
bool span_is_whole(const struct series *s, size_t i);

#endif
