/* SPDX-License-Identifier: MIT */
/* What each kind of document says, put into the one model. */
#ifndef BENCH_SAVED_DOCUMENT_KINDS_H
#define BENCH_SAVED_DOCUMENT_KINDS_H

#include "document.h"

struct doc_reader {
	/* Fills what stands in d->tree, which is tamed. Errors as document_load(). */
	int (*read)(struct document *d, struct fail *f);
	bool judged; /* the kind has a verdict */
};

extern const struct doc_reader doc_readers[DOC_KINDS];

/* See struct doc_reader. */
int doc_read_compare(struct document *d, struct fail *f);
int doc_read_curve(struct document *d, struct fail *f);
int doc_read_measurement(struct document *d, struct fail *f);
int doc_read_qualify(struct document *d, struct fail *f);
int doc_read_sweep(struct document *d, struct fail *f);

/* FAIL_USAGE with the file named. */
int document_malformed(const struct document *d, struct fail *f, const char *what);

/* -ENOMEM with the file named. */
int doc_no_memory(const struct document *d, struct fail *f);

/* FAIL_USAGE: what is wrong with an element of an array. */
int doc_inside(const struct document *d, const char *key, size_t i, const struct fail *why,
	       struct fail *f);

/* An array of objects, of at most so many; *n is how many there are. FAIL_USAGE. */
int doc_get_objects(const struct document *d, const struct cJSON *from, const char *key,
		    size_t most, const struct cJSON **to, size_t *n, struct fail *f);

/* A text that is not empty. FAIL_USAGE. */
int doc_get_name(const struct cJSON *obj, const char *key, const char **to, struct fail *f);

/* Seconds; 0 when they are not told, or are none. */
double doc_duration(const struct cJSON *obj, const char *key);

/* For "met", "unmet" and "undecided". */
enum doc_verdict doc_met(const char *met);

/* One more check, required and passed until told otherwise, or NULL. Earlier ones may move. */
struct doc_check *doc_new_check(struct document *d);

/* Gives the last check an id that no other has: id itself, or id#2 and so on. -ENOMEM. */
int doc_name_check(struct document *d, const char *id);

/* Adds a measurement, for which d->benches has room. name and device are NULL where the job and the
 * target tell them. FAIL_USAGE, -ENOMEM. */
int doc_read_bench(struct document *d, const struct cJSON *body, const char *name,
		   const char *device, struct fail *f);

#endif
