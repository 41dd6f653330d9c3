/* SPDX-License-Identifier: MIT */
/* Three questions, three answers, and what they rest on. */
#ifndef PROBE_UAPI_FACT_H
#define PROBE_UAPI_FACT_H

#include "uapi.h"

enum answer {
	ANSWER_UNDECIDED,
	ANSWER_NO,
	ANSWER_YES,
	ANSWER_NA, /* the question makes no sense here */
	ANSWERS,
};

extern const char *const answer_names[ANSWERS]; /* "undecided", "no", "yes", "na" */

/* Whether a program can count on what was answered so: known, and neither refused nor broken. */
bool answers_have(enum answer known, enum answer permitted, enum answer works);

/* A call that was made, and what came back. */
struct evidence {
	char call[40];
	char args[72];
	char result[72];
};

#define FACT_MAX_EVIDENCE 4

/* One constant of the ABI on this kernel, for this process. */
struct fact {
	const struct uapi_row *row; /* NULL: a number newer than our tables */
	uint32_t number;
	enum answer known;     /* the kernel knows the number */
	enum answer permitted; /* this process may use it */
	enum answer works;     /* it did what it is for */
	struct evidence evidence[FACT_MAX_EVIDENCE];
	unsigned n_evidence;
};

/* The flag that this constant of a mask is. 0, with the reason as evidence, where the call has no room for its
 * bit: a query lists 64 bits, io_uring_setup() and io_uring_enter() take 32, an SQE takes 8. */
uint32_t fact_flag(struct fact *fact, enum uapi_kind kind);

/* Adds evidence; what is past FACT_MAX_EVIDENCE replaces the last. result is a format. */
void fact_evidence(struct fact *fact, const char *call, const char *args, const char *result, ...)
	__attribute__((format(printf, 4, 5)));

#endif
