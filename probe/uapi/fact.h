/* SPDX-License-Identifier: MIT */
/* The three answers about a feature, and their evidence. */
#ifndef PROBE_UAPI_FACT_H
#define PROBE_UAPI_FACT_H

#include "uapi.h"

enum answer {
	ANSWER_UNDECIDED,
	ANSWER_NO,
	ANSWER_YES,
	ANSWER_NA, /* not applicable */
	ANSWERS,
};

extern const char *const answer_names[ANSWERS]; /* "undecided", "no", "yes", "na" */

/* Whether a program can rely on it: known, and neither refused nor broken. */
bool answers_have(enum answer known, enum answer permitted, enum answer works);

/* A call and its result. */
struct evidence {
	char call[40];
	char args[72];
	char result[72];
};

#define FACT_MAX_EVIDENCE 4

/* A constant of the ABI on this kernel, for this process. */
struct fact {
	const struct uapi_row *row; /* NULL: a number newer than our tables */
	uint32_t number;
	enum answer known;     /* the kernel knows the number */
	enum answer permitted; /* this process may use it */
	enum answer works;     /* it did what it should */
	struct evidence evidence[FACT_MAX_EVIDENCE];
	unsigned n_evidence;
};

/* Returns the flag of a constant of a mask. Returns 0, with the reason as evidence, if the call has no space
 * for its bit: a query lists 64 bits, io_uring_setup() and io_uring_enter() take 32, an SQE takes 8. */
uint32_t fact_flag(struct fact *fact, enum uapi_kind kind);

/* Adds evidence; beyond FACT_MAX_EVIDENCE it replaces the last. result is a format. */
void fact_evidence(struct fact *fact, const char *call, const char *args, const char *result, ...)
	__attribute__((format(printf, 4, 5)));

#endif
