/* SPDX-License-Identifier: MIT */
/* What can be limited, reported and compared, by name. */
#ifndef BENCH_SAVED_QUANTITY_H
#define BENCH_SAVED_QUANTITY_H

#include "limit.h"

struct cJSON;

/* What measurements are reported and compared by: the first of the quantities. */
enum metric {
	METRIC_IOPS,
	METRIC_BW,
	METRIC_LAT_MEAN,
	METRIC_LAT_P50,
	METRIC_LAT_P99,
	METRIC_LAT_P999,
	METRIC_LAT_P9999,
	METRIC_LAT_MAX,
	METRIC_CPU,
	METRICS
};

struct quantity {
	const char *name; /* in the JSON and in a plan */
	enum limit_of of;
	enum unit unit;
	bool (*of_result)(const struct result *res, double *number); /* of a result as a whole */
	/* Of I/Os of one kind. */
	bool (*of_part)(const struct summary *s, double *number);
	void (*of_device)(const struct device *d, struct value *v);
	double share; /* of a percentile, which stands for of_part; else 0 */
	/* Of a metric. */
	const char *option; /* as an option of compare has it: "lat_p99"; NULL: not compared */
	const char *label;  /* for a person */
	bool more;	    /* more of it is better */
	bool of_machines; /* compared between machines; the others follow from these or are noise */
};

extern const struct quantity quantities[];
extern const unsigned n_quantities;

/* "read." .. "service."; "" for LIMIT_TOTAL. */
extern const char *const part_names[LIMIT_PARTS];

/* What a result in a document says of I/Os of one kind, "total" or "read"; NAN: it does not. */
double metric_read(const struct cJSON *result, const char *part, enum metric m);

/* Fills what l->name says: quantity, part, spread and unit. -EINVAL with what was perhaps meant. */
int quantity_find(enum limit_of of, struct limit *l, struct fail *f);

#endif
