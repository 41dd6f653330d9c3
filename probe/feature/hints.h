/* SPDX-License-Identifier: MIT */
/* Usable and still not all well: what of the facts has a cause that a person can mend. */
#ifndef PROBE_FEATURE_HINTS_H
#define PROBE_FEATURE_HINTS_H

#include "identity.h"
#include "limits.h"

#define MAX_HINTS 8

struct hint {
	char what[160];	    /* what a program would meet */
	char cause[240];    /* why */
	char evidence[200]; /* what was seen */
	char fix[240];	    /* what mends it */
};

/* Fills at most MAX_HINTS and returns how many. */
unsigned hints_find(const struct probe *p, const struct limits *l, struct hint *out);

#endif
