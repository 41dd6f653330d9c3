/* SPDX-License-Identifier: MIT */
/*
 * A result document, read back: what a report needs of it, whichever command made it. The text in it
 * is foreign: what is no UTF-8 and control characters become '?', line ends and tabs become
 * spaces.
 */
#ifndef BENCH_SAVED_DOCUMENT_H
#define BENCH_SAVED_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "quantity.h"

struct cJSON;
struct fail;

/* From good to bad: what several come to is the worst of them. */
enum doc_verdict { DOC_PASS, DOC_SKIPPED, DOC_INVALID, DOC_FAIL, DOC_VERDICTS };

extern const char *const doc_verdict_names[DOC_VERDICTS]; /* "pass", "skipped", "invalid", "fail" */

enum doc_kind {
	DOC_BENCH,
	DOC_COMPARE,
	DOC_CURVE,
	DOC_LAYOUT,
	DOC_PROBE,
	DOC_QUALIFY,
	DOC_REQUIREMENTS,
	DOC_SWEEP,
	DOC_KINDS,
};

extern const char *const doc_kind_names[DOC_KINDS];

struct doc_value {
	enum { VALUE_NONE, VALUE_NUMBER, VALUE_BOOL, VALUE_TEXT } type;
	double number;
	bool yes;
	const char *text;
};

/* Texts that a document does not say are NULL. */
struct doc_check {
	const char *id; /* no other check of the document has it */
	const char *title, *kind, *device, *bench, *why, *metric, *op, *unit;
	bool required; /* counts for the verdict of the document */
	enum doc_verdict verdict;
	struct doc_value limit, value;
	double duration_s;
};

struct doc_device {
	const char *path, *model, *serial, *firmware;
	enum doc_verdict verdict;
};

struct doc_bench {
	const char *name, *device, *model, *firmware;
	unsigned repeat; /* from 1; name, device and repeat together are of no other */
	bool valid, complete;
	double metric[METRICS]; /* NAN: not measured */
	/* Of a measurement by itself job, target, result, ... as uringtool bench describes them. */
	const struct cJSON *body;
};

struct document {
	struct cJSON *tree;
	char *file;
	enum doc_kind kind;
	const char *host, *kernel, *machine, *time, *version;
	bool replayed;	   /* of what a recording answered */
	int64_t seconds;   /* the same time, since the epoch */
	const char *name;  /* of the plan, the measurement or the kind */
	const char *plan;  /* the same, also when others of the host have it and name is name#2 */
	const char *about; /* the plan's description, what a sweep recommends, ..., or NULL */
	bool judged;	   /* the kind has a verdict; else it is DOC_PASS */
	enum doc_verdict verdict;
	const char *why; /* or NULL */
	double duration_s;
	unsigned counts[DOC_VERDICTS]; /* of the checks */
	struct doc_check *checks;
	size_t n_checks;
	struct doc_device *devices;
	size_t n_devices;
	struct doc_bench *benches;
	size_t n_benches;
	char **made; /* texts put together from what the document says */
	size_t n_made;
};

#define DOC_MAX_CHECKS	4096
#define DOC_MAX_DEVICES 1024
#define DOC_MAX_BENCHES 4096

/* Reads a file. *foreign (which may be NULL) tells whether it is JSON that is no document of this
 * program, or none that is reported; it is set also when reading fails. FAIL_USAGE with file, line or
 * key named when it is no document, one of a kind that is not reported, or of a newer program; else any
 * errno of open(2) and read(2), -ENOMEM. */
int document_load(const char *file, struct document *d, bool *foreign, struct fail *f);

/* The same of text of n bytes. */
int document_parse(const char *file, const char *text, size_t n, struct document *d, bool *foreign,
		   struct fail *f);

void document_free(struct document *d);

/* Puts together a text that lives as long as the document; NULL when memory ran out. */
const char *document_text(struct document *d, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Makes text fit for display, in place, as described above. */
void text_tame(char *text);

#endif
