/* SPDX-License-Identifier: MIT */
/*
 * The results of many hosts, put together: who is missing, what all of them come to, and which
 * device differs from the others of its model and firmware.
 */
#ifndef BENCH_SAVED_FLEET_H
#define BENCH_SAVED_FLEET_H

#include "document.h"

/* Devices that a median is taken over; with fewer, none is told to differ. */
#define FLEET_MIN_DEVICES 4

/* A device differs when it is further from the median than so many times the scale, which is the
 * median absolute deviation made comparable to a standard deviation, and no less than this share of
 * the median: devices that agree by chance make none of the others differ. */
#define FLEET_LIMIT	3.5
#define FLEET_MAD_SIGMA 1.4826
#define FLEET_MIN_SCALE 0.01

/* The same measurement of devices of one model and firmware. */
struct fleet_group {
	const char *plan, *bench, *model, *firmware; /* the last two may be NULL */
	enum metric metric;
	size_t n; /* devices */
	double median, mad;
};

struct fleet_outlier {
	const struct fleet_group *group;
	const struct document *doc;
	const char *device; /* or NULL */
	double value;	    /* the median of its repeats */
	double deviation;   /* from the median, in scales; below 0 it is less */
	bool worse;	    /* than the others, not better */
};

struct fleet_ask {
	struct document *docs;
	size_t n_docs;
	const char *const *expected; /* hosts, or NULL */
	size_t n_expected;
	size_t n_unreadable; /* files that should have been results */
	bool outliers_fail;
};

/* Points into what was asked. */
struct fleet {
	struct document **docs; /* by host and name; of several qualifications of a host by one plan
				 * the latest */
	size_t n_docs;
	struct document **superseded; /* the others */
	size_t n_superseded;
	const char **missing; /* expected, and without a result */
	size_t n_missing;
	const char **unexpected; /* not expected, and with one; empty when none was expected */
	size_t n_unexpected;
	struct fleet_group *groups;
	size_t n_groups;
	struct fleet_outlier *outliers; /* the furthest first */
	size_t n_outliers;
	unsigned counts[DOC_VERDICTS]; /* of the judged documents */
	enum doc_verdict verdict;
};

/* Puts them together. Gives documents of one host and name different names, name#2 and so on.
 * A host is the expected one also when only one of both names has a domain. -ENOMEM. */
int fleet_judge(const struct fleet_ask *ask, struct fleet *fleet, struct fail *f);

void fleet_free(struct fleet *fleet);

#endif
