/* SPDX-License-Identifier: MIT */
/* What can be limited, by name. */
#ifndef BENCH_SAVED_QUANTITY_H
#define BENCH_SAVED_QUANTITY_H

#include "limit.h"

struct quantity {
	const char *name;
	enum limit_of of;
	enum unit unit;
	bool (*of_result)(const struct result *res, double *number); /* of a result as a whole */
	/* Of I/Os of one kind. */
	bool (*of_part)(const struct summary *s, double *number);
	void (*of_device)(const struct device *d, struct value *v);
};

extern const struct quantity quantities[];
extern const unsigned n_quantities;

/* "read." .. "service."; "" for LIMIT_TOTAL. */
extern const char *const part_names[LIMIT_PARTS];

/* Fills what l->name says: quantity, part, spread and unit. -EINVAL with what was perhaps meant. */
int quantity_find(enum limit_of of, struct limit *l, struct fail *f);

#endif
