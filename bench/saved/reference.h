/* SPDX-License-Identifier: MIT */
/* Reads results of bench and qualify of known good machines. */
#ifndef BENCH_SAVED_REFERENCE_H
#define BENCH_SAVED_REFERENCE_H

#include "quantity.h"

struct cJSON;

/* The extreme value of a metric of a benchmark over all results. */
struct extreme {
	enum limit_part part;
	enum metric metric;
	double least, most;
};

#define REFERENCE_MAX_EXTREMES 8

/* One benchmark: results of the same job, or with the same name in a plan. */
struct reference {
	char name[64];
	struct job job; /* without consents */
	unsigned runs;	/* number of runs read */
	struct extreme extremes[REFERENCE_MAX_EXTREMES];
	unsigned n_extremes;
};

struct references {
	struct reference *list;
	unsigned n;
	const char **requirements, **applications; /* that were met */
	unsigned n_requirements, n_applications;
	const char *model, *firmware; /* if the same for all devices, otherwise NULL */
	bool has_device;	      /* a device was seen */
	struct cJSON **trees;	      /* own the strings */
	unsigned n_trees;
};

/* Adds a document of bench or qualify. Returns FAIL_USAGE with file and key if it is another kind, or a
 * measurement is not valid or not complete. */
int references_add(struct references *e, const char *path, struct fail *f);

void references_free(struct references *e);

/* Returns the limit for an extreme with this slack (0.1 is a tenth), with four digits, rounded so that the
 * measured value meets it. */
double extreme_limit(const struct extreme *x, double slack);

#endif
