/* SPDX-License-Identifier: MIT */
/*
 * A result read back from a file: output of uringtool bench, in its own form or in fio's, or of fio. A
 * result that was just measured is struct result.
 */
#ifndef BENCH_SAVED_METRICS_H
#define BENCH_SAVED_METRICS_H

#include <stdbool.h>
#include <stddef.h>

#include "bench/job/workload.h"
#include "quantity.h"

struct cJSON;
struct fail;

/* I/Os of one kind (enum io_kind), or the total without IO_SYNC. */
enum { PART_TOTAL = IO_KINDS, PARTS };

/* What a result is of, by what it may differ from another: each can be let pass. */
enum trait_group {
	TRAIT_TOOL,
	TRAIT_DEVICE,
	TRAIT_KERNEL,
	TRAIT_HOST,
	TRAIT_JOB,
	TRAIT_GRANTED,
	TRAIT_GROUPS
};

extern const char *const trait_group_names[TRAIT_GROUPS + 1]; /* NULL-terminated */

struct trait {
	enum trait_group group;
	char name[48], value[160];
};

struct saved_run {
	char from[256];
	bool fio; /* fio's own: it tells neither kernel nor device */
	char version[64], kernel[128], hostname[128]; /* "" not told */
	bool trusted;				      /* valid, and ran to its end */
	char why[256];				      /* if not */
	struct trait *traits;
	size_t n_traits;
	double value[PARTS][METRICS]; /* NaN: not known */
	double *spans[METRICS];	      /* of PART_TOTAL, NULL: not known for each of them */
	size_t n_spans;
};

/* The results of one side. */
struct saved_runs {
	struct saved_run *list;
	size_t n;
};

#define SAVED_RUNS_MAX 1024

/*
 * Appends the results in path: a file, "-" for standard input, or all *.json of a folder, by name. job is
 * the name of the job to read from a file of fio with several jobs, or NULL. -EINVAL and FAIL_USAGE with
 * file and key if it is not such a result, any errno of reading. The caller frees it with saved_runs_free(),
 * even after a failure.
 */
int saved_runs_load(const char *path, const char *job, struct saved_runs *to, struct fail *f);
void saved_runs_free(struct saved_runs *o);

/* A difference between the traits of two results. NULL: missing in that result. */
struct discrepancy {
	enum trait_group group;
	const char *name, *a, *b;
};

/* Where the two differ, texts into both. What only one of them can tell is no difference, but an option
 * that only one of two programs of the same kind knows is one, unless it is as if it were not given.
 * Allocated; returns how many, or -ENOMEM. */
int saved_runs_differ(const struct saved_run *a, const struct saved_run *b,
		      struct discrepancy **out);

#define TRAITS_MAX 1024

/* For those that fill one. Text that is too long is cut; of what a file says twice the first counts, as
 * everywhere. -ENOMEM, -E2BIG past TRAITS_MAX. */
int saved_run_trait(struct saved_run *o, enum trait_group group, const char *name,
		    const char *value);

/* Returns 0, or the error of saved_run_trait() with f filled. */
int saved_run_told(int r, struct fail *f);

/* Reads a document of fio; metrics.c reads those of this program. */
int saved_run_read_fio(const struct cJSON *tree, const char *job, struct saved_run *o,
		       struct fail *f);

#endif
