/* SPDX-License-Identifier: MIT */
/* Finds contradictions between different ways to detect features. */
#ifndef PROBE_FEATURE_CROSS_CHECK_H
#define PROBE_FEATURE_CROSS_CHECK_H

#include "detect.h"
#include "probe/functest/functest.h"

struct contradiction {
	enum uapi_kind kind;
	const struct fact *fact;
	char text[160];
};

/* Compares the results of detection with the query and with use, and adds evidence if they differ. The
 * caller frees *list. Returns their number, or -ENOMEM. Differences explained by a kernel option are not
 * contradictions. */
int cross_check(const struct query *q, const struct facts *facts, struct contradiction **list);

#endif
