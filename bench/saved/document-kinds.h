/* SPDX-License-Identifier: MIT */
/* Readers for each kind of document, into a common model. */
#ifndef BENCH_SAVED_DOCUMENT_KINDS_H
#define BENCH_SAVED_DOCUMENT_KINDS_H

#include "document.h"

struct doc_reader {
	/* Fills *d from d->tree, which is sanitised. Returns the errors of document_load(). */
	int (*read)(struct document *d, struct fail *f);
	bool judged; /* the kind has a verdict */
};

extern const struct doc_reader doc_readers[DOC_KINDS];

/* See struct doc_reader. */
int doc_read_compare(struct document *d, struct fail *f);
int doc_read_curve(struct document *d, struct fail *f);
int doc_read_measurement(struct document *d, struct fail *f);
int doc_read_pts(struct document *d, struct fail *f);
int doc_read_qualify(struct document *d, struct fail *f);
int doc_read_sweep(struct document *d, struct fail *f);

/* Returns FAIL_USAGE with the file name. */
int document_malformed(const struct document *d, struct fail *f, const char *what);

/* Returns -ENOMEM with the file name. */
int doc_no_memory(const struct document *d, struct fail *f);

/* Returns FAIL_USAGE with what is wrong with an element of an array. */
int doc_inside(const struct document *d, const char *key, size_t i, const struct fail *why,
	       struct fail *f);

/* Reads an array of objects with a maximum length; *n is their number. Returns FAIL_USAGE. */
int doc_get_objects(const struct document *d, const struct cJSON *from, const char *key,
		    size_t most, const struct cJSON **to, size_t *n, struct fail *f);

/* Reads a string that is not empty. Returns FAIL_USAGE. */
int doc_get_name(const struct cJSON *obj, const char *key, const char **to, struct fail *f);

/* Returns seconds; 0 if missing or not valid. */
double doc_duration(const struct cJSON *obj, const char *key);

/* Converts "met", "unmet" and "undecided". */
enum doc_verdict doc_met(const char *met);

/* Adds a check, required and passed by default. Returns NULL on failure. Earlier checks may move. */
struct doc_check *doc_new_check(struct document *d);

/* Gives the last check a unique id: id itself, or id#2 and so on. Returns -ENOMEM. */
int doc_name_check(struct document *d, const char *id);

/* Adds a measurement, for which d->benches must have space. name and device are NULL if they follow from job
 * and target. Returns FAIL_USAGE or -ENOMEM. */
int doc_read_bench(struct document *d, const struct cJSON *body, const char *name,
		   const char *device, struct fail *f);

#endif
