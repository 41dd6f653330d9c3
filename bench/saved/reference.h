/* SPDX-License-Identifier: MIT */
/* What machines that are known to be good measured: the documents of bench and qualify, read again. */
#ifndef BENCH_SAVED_REFERENCE_H
#define BENCH_SAVED_REFERENCE_H

#include "limit.h"

struct cJSON;

/* One value of a benchmark, over all results. */
struct extreme {
	const char *name; /* as in a limit: "iops", "sync.lat_p99_ns" */
	enum unit unit;
	bool floor; /* more is better */
	double least, most;
};

#define REFERENCE_MAX_EXTREMES 8

/* One benchmark: results of the same job, or of the same name in a plan. */
struct reference {
	char name[64];
	struct job job; /* without consents */
	unsigned runs;	/* that were read */
	struct extreme extremes[REFERENCE_MAX_EXTREMES];
	unsigned n_extremes;
};

struct references {
	struct reference *list;
	unsigned n, cap;
	const char **requirements, **applications; /* that were met */
	unsigned n_requirements, n_applications;
	const char *model, *firmware; /* the same of all devices, else NULL */
	bool has_device;	      /* any was seen so far */
	struct cJSON **trees;	      /* to which texts belong */
	unsigned n_trees;
};

/* Adds a document of bench or qualify. FAIL_USAGE with file and key: it is another, or one of its
 * measurements is not valid or not complete. */
int references_add(struct references *e, const char *path, struct fail *f);

void references_free(struct references *e);

/* The limit of an extreme with so much slack (0.1 is a tenth), of four digits, rounded so that what was
 * measured stays inside. */
double extreme_limit(const struct extreme *x, double slack);

#endif
