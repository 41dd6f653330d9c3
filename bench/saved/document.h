/* SPDX-License-Identifier: MIT */
/*
 * A result document of any command, read back for a report. Its text is untrusted: invalid UTF-8 and control
 * characters are replaced by '?', line ends and tabs by spaces.
 */
#ifndef BENCH_SAVED_DOCUMENT_H
#define BENCH_SAVED_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "quantity.h"

struct cJSON;
struct fail;

/* From good to bad; several verdicts together give the worst of them. */
enum doc_verdict { DOC_PASS, DOC_SKIPPED, DOC_INVALID, DOC_FAIL, DOC_VERDICTS };

extern const char *const doc_verdict_names[DOC_VERDICTS]; /* "pass", "skipped", "invalid", "fail" */

enum doc_kind {
	DOC_BENCH,
	DOC_COMPARE,
	DOC_CURVE,
	DOC_LAYOUT,
	DOC_PROBE,
	DOC_PTS,
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

/* Texts that are missing in the document are NULL. */
struct doc_check {
	const char *id; /* unique in the document */
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
	unsigned repeat; /* from 1; unique together with name and device */
	bool valid, complete;
	double metric[METRICS]; /* NAN: not measured */
	/* For a single measurement: job, target, result, ... in the form of uringtool bench. */
	const struct cJSON *body;
};

struct document {
	struct cJSON *tree;
	char *file;
	enum doc_kind kind;
	const char *host, *kernel, *machine, *time, *version;
	bool replayed;	   /* the answers came from a recording */
	int64_t seconds;   /* time, in seconds since the epoch */
	const char *name;  /* of the plan, the measurement or the kind */
	const char *plan;  /* the same, but without the #2 that makes name unique on the host */
	const char *about; /* the plan's description, what a sweep recommends, ..., or NULL */
	bool judged;	   /* the kind has a verdict; otherwise verdict is DOC_PASS */
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
	char **made; /* texts composed from the document's */
	size_t n_made;
};

#define DOC_MAX_CHECKS	4096
#define DOC_MAX_DEVICES 1024
#define DOC_MAX_BENCHES 4096

/* Reads a file. *foreign (may be NULL) tells whether the file is JSON but not a document of this program, or
 * of a kind that is not reported; it is set even on failure. FAIL_USAGE with the file and the line or key if
 * it is not a document, of a kind that is not reported, or of a newer program; otherwise any errno of
 * open(2) and read(2), -ENOMEM. */
int document_load(const char *file, struct document *d, bool *foreign, struct fail *f);

/* The same for text of n bytes. */
int document_parse(const char *file, const char *text, size_t n, struct document *d, bool *foreign,
		   struct fail *f);

void document_free(struct document *d);

/* Formats a text that lives as long as the document. Returns NULL if out of memory. */
const char *document_text(struct document *d, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Makes text fit for display, in place, as described at the top. */
void text_tame(char *text);

#endif
