/* SPDX-License-Identifier: MIT */
/* Which kernel this is: the version it says, and the one that its io_uring looks like. */
#ifndef PROBE_FEATURE_IDENTITY_H
#define PROBE_FEATURE_IDENTITY_H

#include "probe.h"

/* As a kernel is told apart from its stable successors; 5.10.186 is { 5, 10, 186 }. */
struct kver3 {
	unsigned major, minor, patch;
};

struct identity {
	char release[128]; /* uname -r, "" unknown */
	struct kver3 says; /* of the release; Debian and Ubuntu tell the patch level elsewhere */
	bool has_says;
	struct kver looks_like; /* newest version all of whose constants are known; 0.0: none */
	struct kver newest;	/* newest version of which any constant is known */
	const struct fact *
		*backports;	  /* known although newer than the release; point into a probe */
	const struct fact **gaps; /* not known although no newer than the release */
	unsigned n_backports, n_gaps, n_unnamed; /* unnamed: numbers newer than the tables */
};

/* Fills *id, which is freed with identity_free() before the probe it points into. -ENOMEM. */
int identity_find(struct kernel *k, const struct probe *p, struct identity *id);
void identity_free(struct identity *id);

/* The version at the start of text: "5.10.186-1" is 5.10.186, "6.1" is 6.1.0. End may be NULL.
 * -EINVAL when there is none. */
int kver3_parse(const char *text, struct kver3 *v, const char **end);

/* <0, 0, >0 like strcmp(). */
int kver3_compare(const struct kver3 *a, const struct kver3 *b);

#endif
