/* SPDX-License-Identifier: MIT */
/* Problems that remain although io_uring is usable, with causes that the user can fix. */
#ifndef PROBE_FEATURE_HINTS_H
#define PROBE_FEATURE_HINTS_H

#include "identity.h"
#include "limits.h"

#define MAX_HINTS 8

struct hint {
	char what[160];	    /* what a program would see */
	char cause[240];    /* why */
	char evidence[200]; /* what was observed */
	char fix[240];	    /* how to fix it */
};

/* Fills in up to MAX_HINTS and returns their number. */
unsigned hints_find(const struct probe *p, const struct limits *l, struct hint *out);

#endif
