/* SPDX-License-Identifier: MIT */
/* Names of everything that can be limited, reported and compared. */
#ifndef BENCH_SAVED_QUANTITY_H
#define BENCH_SAVED_QUANTITY_H

#include "limit.h"

struct cJSON;

/* The quantities that measurements are reported and compared by; they come first in the table. */
enum metric {
	METRIC_IOPS,
	METRIC_BW,
	METRIC_LAT_MEAN,
	METRIC_LAT_P50,
	METRIC_LAT_P99,
	METRIC_LAT_P999,
	METRIC_LAT_P9999,
	METRIC_LAT_P99999,
	METRIC_LAT_MAX,
	METRIC_CPU,
	METRICS
};

struct quantity {
	const char *name; /* in the JSON and in a plan */
	enum limit_of of;
	enum unit unit;
	bool (*of_result)(const struct result *res, double *number); /* for a whole result */
	/* For I/Os of one kind. */
	bool (*of_part)(const struct summary *s, double *number);
	void (*of_device)(const struct device *d, struct value *v);
	double share; /* of a percentile, used instead of of_part; otherwise 0 */
	/* Only for a metric. */
	const char *option; /* option of compare, such as "lat_p99", or NULL */
	const char *label;  /* for display */
	bool more;	    /* higher is better */
	bool of_machines;   /* compared between machines; the others are derived or noise */
};

extern const struct quantity quantities[];
extern const unsigned n_quantities;

/* "read." .. "service."; "" for LIMIT_TOTAL. */
extern const char *const part_names[LIMIT_PARTS];

/* Reads a metric of one kind of I/O ("total", "read", ...) from the result in a document. Returns NAN if it
 * is missing. */
double metric_read(const struct cJSON *result, const char *part, enum metric m);

/* Parses l->name and sets quantity, part, spread and unit. -EINVAL with a suggestion if the name is unknown. */
int quantity_find(enum limit_of of, struct limit *l, struct fail *f);

#endif
