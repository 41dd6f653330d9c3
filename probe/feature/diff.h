/* SPDX-License-Identifier: MIT */
/* What one machine has and the other lacks: two results of uringtool probe. */
#ifndef PROBE_FEATURE_DIFF_H
#define PROBE_FEATURE_DIFF_H

#include "probe.h"

struct fail;

/* One constant as a document has it. */
struct told {
	char table[24];
	char name[64]; /* "" unnamed */
	char area[24]; /* "" where the table has none */
	uint64_t number;
	char since[16];
	enum answer known, permitted, works;
};

struct probe_document {
	char from[256]; /* file, "-" or "live" */
	bool replayed;	/* what a recording answered, not the kernel */
	char kernel[128], hostname[128], verdict[24], cause[24];
	struct told *told;
	unsigned n;
};

/* Reads a result that uringtool probe --json printed; "-" is standard input. -EINVAL, FAIL_USAGE with
 * file and key. Freed with probe_document_free(). */
int probe_document_load(const char *path, struct probe_document *d, struct fail *f);

/* The same of a probe that was just made. -ENOMEM. */
int probe_document_of(const struct probe *p, const char *from, const char *kernel,
		      const char *hostname, struct probe_document *d);

void probe_document_free(struct probe_document *d);

/* NULL: the document has no such row. */
struct difference {
	const struct told *a, *b;
};

/* Whether a program could use it: known, and neither refused nor broken. */
bool told_has(const struct told *t);

/* Where the two differ, in the order of a and then what only b has. Allocated, into a and b. Returns
 * how many, or -ENOMEM. */
int probe_documents_diff(const struct probe_document *a, const struct probe_document *b,
			 struct difference **out);

#endif
