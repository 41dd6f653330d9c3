/* SPDX-License-Identifier: MIT */
/*
 * The results of many hosts together: which hosts are missing, the overall verdict, and which devices differ
 * from the others of their model and firmware.
 */
#ifndef BENCH_SAVED_FLEET_H
#define BENCH_SAVED_FLEET_H

#include "document.h"

/* Minimum number of devices for a median; with fewer, no outliers are reported. */
#define FLEET_MIN_DEVICES 4

/* A device is an outlier if its distance from the median is more than FLEET_LIMIT times the scale. The scale
 * is the median absolute deviation, made comparable to a standard deviation, but at least FLEET_MIN_SCALE of
 * the median: otherwise, tiny differences count if most devices are equal by chance. */
#define FLEET_LIMIT	3.5
#define FLEET_MAD_SIGMA 1.4826
#define FLEET_MIN_SCALE 0.01

/* The same measurement on devices of one model and firmware. */
struct fleet_group {
	const char *plan, *bench, *model, *firmware; /* model and firmware may be NULL */
	enum metric metric;
	size_t n; /* devices */
	double median, mad;
};

struct fleet_outlier {
	const struct fleet_group *group;
	const struct document *doc;
	const char *device; /* or NULL */
	double value;	    /* the median of its repeats */
	double deviation;   /* from the median, in scales; negative if below */
	bool worse;	    /* than the others, rather than better */
};

struct fleet_ask {
	struct document *docs;
	size_t n_docs;
	const char *const *expected; /* hosts; may be NULL */
	size_t n_expected;
	size_t n_unreadable; /* files that could not be read as results */
	bool outliers_fail;
};

/* Refers to the memory of struct fleet_ask. */
struct fleet {
	struct document **docs; /* by host and name; the latest of each host and plan */
	size_t n_docs;
	struct document **superseded; /* the earlier ones */
	size_t n_superseded;
	const char **missing; /* expected hosts without a result */
	size_t n_missing;
	const char **unexpected; /* not expected, but with a result; none if expected is NULL */
	size_t n_unexpected;
	struct fleet_group *groups;
	size_t n_groups;
	struct fleet_outlier *outliers; /* largest deviation first */
	size_t n_outliers;
	unsigned counts[DOC_VERDICTS]; /* of the judged documents */
	enum doc_verdict verdict;
};

/* Judges the results. Documents of one host with the same name are renamed to name#2 and so on. Host names
 * also match if only one of them has a domain. -ENOMEM. */
int fleet_judge(const struct fleet_ask *ask, struct fleet *fleet, struct fail *f);

void fleet_free(struct fleet *fleet);

#endif
