/* SPDX-License-Identifier: MIT */
/*
 * A qualification plan: a JSON file, shipped (scripts/plans) or the user's own. cmd/schema/plan.schema.json
 * and uringtool-plan(5) describe it. The reader continues after a mistake, so that all mistakes are reported
 * at once.
 */
#ifndef BENCH_QUALIFY_PLAN_H
#define BENCH_QUALIFY_PLAN_H

#include "bench/method/precondition.h"
#include "bench/saved/limit.h"
#include "probe/lib/sha256.h"
#include "probe/require/profile.h"

#define PLAN_MAX_REPEAT 100

struct plan_requirement {
	struct requirement ask;
	bool required;
};

struct plan_application {
	struct profile profile;
	bool required;
};

struct plan_bench {
	const char *name, *description; /* description may be NULL */
	struct job job;			/* without consent to write, which a plan cannot give */
	unsigned repeat;
	bool required;
	struct precondition_ask prepare;
	bool steady; /* measure in rounds until they are steady */
	uint64_t round_ns;
	struct limit
		*limits; /* required only if the benchmark is; always includes a limit on errors */
	unsigned n_limits;
};

struct plan {
	char *file; /* as given */
	char sha256[SHA256_HEX];
	const char *name, *description; /* description may be NULL */
	struct plan_requirement *requirements;
	struct plan_application *applications;
	struct limit *device; /* for each device */
	struct plan_bench *benches;
	unsigned n_requirements, n_applications, n_device, n_benches;
	struct cJSON *tree; /* owns the strings */
};

struct mistake {
	unsigned line;	 /* 0: the whole file */
	char where[128]; /* "benchmarks[2].job.bs"; "" for the whole plan */
	char text[400];
};

struct mistakes {
	struct mistake *list; /* sorted by line */
	unsigned n;
	unsigned more; /* number of further ones, not kept */
};

#define MISTAKES_MAX 1000

void mistakes_free(struct mistakes *m);

/* The shipped plans, by name. */
struct plan_source {
	const char *name, *text;
};

extern const struct plan_source plan_sources[];
extern const unsigned n_plan_sources;

/*
 * Loads a shipped plan by name, or a file: a name with '/' in it or ending with ".json". Returns -EINVAL
 * with FAIL_USAGE: f says why the file is not a plan, or *m has the mistakes and f their number. Also
 * returns any errno of open(2) and read(2). Free the plan with plan_free().
 */
int plan_load(const char *name, struct plan *p, struct mistakes *m, struct fail *f);

/* Parses text; file is its name in messages. */
int plan_parse(const char *file, const char *text, size_t n, struct plan *p, struct mistakes *m,
	       struct fail *f);

void plan_free(struct plan *p);

/* Whether the benchmark changes its target, before or during the measurement. */
bool plan_bench_writes(const struct plan_bench *b);

/* Minimum measuring time of one run of a benchmark, and of a whole plan on one device. */
uint64_t plan_bench_ns(const struct plan_bench *b);
uint64_t plan_runtime_ns(const struct plan *p);

#endif
