/* SPDX-License-Identifier: MIT */
/*
 * What a machine must have and do to pass: a JSON file, shipped (scripts/plans) or a person's own.
 * cmd/schema/plan.schema.json and uringtool-plan(5) describe it. The reader goes on after a mistake, so
 * that all of them are told at once.
 */
#ifndef BENCH_QUALIFY_PLAN_H
#define BENCH_QUALIFY_PLAN_H

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
	const char *name, *description; /* description: or NULL */
	struct job job;			/* without consent to write, which no plan gives */
	unsigned repeat;
	bool required;
	double precondition; /* times that the part in use is written before; 0: it is not */
	bool steady;	     /* measured in rounds until they are steady */
	uint64_t round_ns;
	struct limit *
		limits; /* required only where the benchmark is; none of errors is always among them */
	unsigned n_limits;
};

struct plan {
	char *file; /* as it was asked for */
	char sha256[SHA256_HEX];
	const char *name, *description; /* description: or NULL */
	struct plan_requirement *requirements;
	struct plan_application *applications;
	struct limit *device; /* of each device */
	struct plan_bench *benches;
	unsigned n_requirements, n_applications, n_device, n_benches;
	struct cJSON *tree; /* to which texts belong */
};

struct mistake {
	unsigned line;	 /* 0: of the whole file */
	char where[128]; /* "benchmarks[2].job.bs", "" for the whole */
	char text[400];
};

struct mistakes {
	struct mistake *list; /* by line */
	unsigned n, cap;
	unsigned more; /* beyond MISTAKES_MAX, not kept */
};

#define MISTAKES_MAX 1000

void mistakes_free(struct mistakes *m);

/* The shipped ones, by name. */
struct plan_source {
	const char *name, *text;
};

extern const struct plan_source plan_sources[];
extern const unsigned n_plan_sources;

/*
 * Loads a shipped plan by its name, or a file: a name with '/' in it or ".json" at its end. -EINVAL,
 * FAIL_USAGE: f says why the file is no plan at all, or *m has mistakes, and then f counts them. Any
 * errno of open(2) and read(2). The plan is freed with plan_free().
 */
int plan_load(const char *name, struct plan *p, struct mistakes *m, struct fail *f);

/* The same of a text; file is what messages call it. */
int plan_parse(const char *file, const char *text, size_t n, struct plan *p, struct mistakes *m,
	       struct fail *f);

void plan_free(struct plan *p);

/* Whether it changes what is on its target, before or while it is measured. */
bool plan_bench_writes(const struct plan_bench *b);

/* How long one run of a benchmark measures, at least, and all of a plan on one device. */
uint64_t plan_bench_ns(const struct plan_bench *b);
uint64_t plan_runtime_ns(const struct plan *p);

#endif
