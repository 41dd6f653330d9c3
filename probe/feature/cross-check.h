/* SPDX-License-Identifier: MIT */
/* Where the ways of finding out say different things. */
#ifndef PROBE_FEATURE_CROSS_CHECK_H
#define PROBE_FEATURE_CROSS_CHECK_H

#include "detect.h"
#include "probe/functest/functest.h"

struct contradiction {
	enum uapi_kind kind;
	const struct fact *fact;
	char text[160];
};

/* Compares what detection says with the query, and with use, and adds evidence where they differ. *list
 * is the caller's to free; returns their number, or -ENOMEM. What a kernel option explains is no
 * contradiction. */
int cross_check(const struct query *q, const struct facts *facts, struct contradiction **list);

#endif
