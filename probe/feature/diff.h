/* SPDX-License-Identifier: MIT */
/* Compares two results of uringtool probe. */
#ifndef PROBE_FEATURE_DIFF_H
#define PROBE_FEATURE_DIFF_H

#include "probe.h"

struct fail;

/* A constant in a document. */
struct told {
	char table[24];
	char name[64]; /* "" unnamed */
	char area[24]; /* "" if the table has none */
	uint64_t number;
	char since[16];
	enum answer known, permitted, works;
};

struct probe_document {
	char from[256]; /* file, "-" or "live" */
	bool replayed;	/* from a recording instead of the kernel */
	char kernel[128], hostname[128], verdict[24], cause[24];
	struct told *told;
	unsigned n;
};

/* Reads a result of uringtool probe --json; "-" is standard input. Returns -EINVAL, FAIL_USAGE with file and
 * key. Free *d with probe_document_free(). */
int probe_document_load(const char *path, struct probe_document *d, struct fail *f);

/* The same for a probe in memory. Returns -ENOMEM. */
int probe_document_of(const struct probe *p, const char *from, const char *kernel,
		      const char *hostname, struct probe_document *d);

void probe_document_free(struct probe_document *d);

/* a or b is NULL if that document has no such row. */
struct difference {
	const struct told *a, *b;
};

/* Whether a program can use it: known, and neither refused nor broken. */
bool told_has(const struct told *t);

/* Lists the differences, in the order of a and then those only in b. *list is allocated, and refers to a and
 * b. Returns their number, or -ENOMEM. */
int probe_documents_diff(const struct probe_document *a, const struct probe_document *b,
			 struct difference **out);

#endif
