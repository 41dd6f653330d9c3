/* SPDX-License-Identifier: MIT */
/* The kernel's version: as reported, and as its io_uring features suggest. */
#ifndef PROBE_FEATURE_IDENTITY_H
#define PROBE_FEATURE_IDENTITY_H

#include "probe.h"

/* A version with patch level: 5.10.186 is { 5, 10, 186 }. */
struct kver3 {
	unsigned major, minor, patch;
};

struct identity {
	char release[128]; /* uname -r, "" unknown */
	struct kver3
		says; /* version of the release; Debian and Ubuntu report the patch level elsewhere */
	bool has_says;
	struct kver looks_like; /* newest version all of whose constants are known; 0.0: none */
	struct kver newest;	/* newest version of any known constant */
	const struct fact **backports; /* known, but newer than the release; point into a probe */
	const struct fact **gaps;      /* not known, but not newer than the release */
	unsigned n_backports, n_gaps, n_unnamed; /* unnamed: numbers newer than the tables */
};

/* Fills *id. Free it with identity_free() before the probe that it points into. Returns -ENOMEM. */
int identity_find(struct kernel *k, const struct probe *p, struct identity *id);
void identity_free(struct identity *id);

/* Parses the version at the start of text: "5.10.186-1" is 5.10.186, "6.1" is 6.1.0. end may be NULL.
 * Returns -EINVAL if there is none. */
int kver3_parse(const char *text, struct kver3 *v, const char **end);

/* <0, 0, >0 like strcmp(). */
int kver3_compare(const struct kver3 *a, const struct kver3 *b);

#endif
