/* SPDX-License-Identifier: MIT */
/*
 * The tests of SNIA's Solid State Storage Performance Test Specification (PTS): a matrix of read shares and
 * block sizes, in the order of the specification, in rounds until a tracked cell is steady by the rule of
 * steady.h. Before them the target is purged and written twice in sequence (precondition.h). What differs
 * from the specification is a deviation, and part of the result.
 */
#ifndef BENCH_METHOD_PTS_H
#define BENCH_METHOD_PTS_H

#include "bench/run/follow.h"
#include "precondition.h"
#include "steady.h"

#define PTS_MAX_MIXES	   7
#define PTS_MAX_SIZES	   8
#define PTS_MAX_TRACKED	   3
#define PTS_MAX_DEVIATIONS 24
#define PTS_MAX_REASONS	   4
#define PTS_CELL_NS	   60000000000ull
#define PTS_TEXT	   240

enum pts_name { PTS_OFF, PTS_IOPS, PTS_THROUGHPUT, PTS_LATENCY };

extern const char *const pts_words[]; /* "off" and the tests, NULL-terminated */

enum pts_metric { PTS_BY_IOPS, PTS_BY_BANDWIDTH, PTS_BY_LATENCY };

extern const char *const pts_metric_names[];

struct pts_cell {
	unsigned read_percent;
	uint64_t bytes;
};

struct pts_test {
	const char *name;
	enum pts_metric metric;
	bool random;	  /* random offsets; otherwise sequential */
	bool one_at_once; /* one I/O in flight in all; otherwise as the job says */
	unsigned n_mixes, n_sizes, n_tracked;
	unsigned mixes[PTS_MAX_MIXES]; /* percent of reads; the outer loop */
	uint64_t sizes[PTS_MAX_SIZES]; /* the inner loop */
	struct pts_cell
		tracked[PTS_MAX_TRACKED]; /* the first decides; the others are shown beside it */
};

extern const struct pts_test pts_tests[]; /* by enum pts_name; PTS_OFF is empty */

/* A test, or a part of its matrix. */
struct pts_ask {
	const struct pts_test *test;
	unsigned n_mixes, n_sizes;
	unsigned mixes[PTS_MAX_MIXES];
	uint64_t sizes[PTS_MAX_SIZES];
	uint64_t cell_ns;    /* time to measure one cell */
	unsigned max_rounds; /* STEADY_WINDOW to STEADY_MAX_ROUNDS */
};

/*
 * Fills the matrix of *ask with that of its test, or with those of its read shares and block sizes that the
 * lists name: "100,65,0", "128k,4k"; NULL: all. The order stays that of the test. Returns -EINVAL with
 * FAIL_USAGE if the test does not have what is named, or the cell that decides is left out.
 */
int pts_choose(struct pts_ask *ask, const char *mixes, const char *sizes, struct fail *f);

/* A measurement of one cell. */
struct pts_point {
	double iops, bw, lat_mean_ns;
	int64_t lat_max_ns; /* -1: without latencies */
	uint64_t ios;
	bool complete, valid;
	char reason[PTS_TEXT]; /* why it is not valid */
};

struct pts_tracked {
	struct pts_cell cell;
	struct steady_window window;
	bool decides, steady;
};

struct pts {
	struct pts_ask ask;
	struct granted granted; /* by pts_run(); clock is NULL if nothing was measured */
	struct pts_point points[STEADY_MAX_ROUNDS][PTS_MAX_MIXES][PTS_MAX_SIZES];
	unsigned n;		     /* complete rounds */
	struct steady_window window; /* of the cell that decides: the measurement window */
	unsigned n_tracked;
	struct pts_tracked tracked[PTS_MAX_TRACKED]; /* those in the matrix */
	bool reached, complete, valid;
	unsigned n_reasons, n_deviations;
	char reasons[PTS_MAX_REASONS][PTS_TEXT];
	char deviations[PTS_MAX_DEVIATIONS][PTS_TEXT];
};

/* Measures one cell for this time. */
typedef int (*pts_cell_fn)(void *arg, const struct pts_cell *cell, uint64_t ns, struct pts_point *p,
			   struct fail *f);

/*
 * Measures rounds of the matrix until the deciding cell is steady, at most ask->max_rounds. Ends early, with
 * complete false, if *stop is set or a point is not complete; a round that was not completed is left out.
 * Returns the negative errno of the function if it failed.
 */
int pts_find(const struct pts_ask *ask, const volatile int *stop, pts_cell_fn measure, void *arg,
	     struct pts *out, struct fail *f);

/* The job to open the target for, with the settings that the test prescribes. */
struct job pts_job(const struct pts_ask *ask, const struct job *job);

/* Adds what the options, the target and its preparation deviate from the specification. */
void pts_deviate(struct pts *p, const struct job *job, const struct target *t,
		 const struct precondition *pre);

/* Runs the test on an open target, which was purged and preconditioned as *pre says. Block sizes that the
 * target does not take are left out, which is a deviation; FAIL_USAGE if the cell that decides is one. */
int pts_run(const struct job *job, struct target *t, const struct pts_ask *ask,
	    const struct precondition *pre, const volatile int *stop, const struct follower *who,
	    struct pts *out, struct fail *f);

/* The value of a point that the test is about. */
double pts_value(const struct pts_test *test, const struct pts_point *p);

/* The same of a tracked cell in a complete round. */
double pts_tracked_value(const struct pts *p, const struct pts_tracked *t, unsigned round);

/* The average over the measurement window; the maximum of lat_max_ns, the sum of ios. The indices are those
 * of ask. At least one round must be complete. */
struct pts_point pts_average(const struct pts *p, unsigned mix, unsigned size);

/* Appends "4k 65/35". */
void pts_cell_text(const struct pts_cell *cell, struct str *to);

#endif
