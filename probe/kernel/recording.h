/* SPDX-License-Identifier: MIT */
/* Questions to a kernel and its answers, and the file that keeps them; uringtool-json(5), RECORDING. */
#ifndef PROBE_KERNEL_RECORDING_H
#define PROBE_KERNEL_RECORDING_H

#include <stddef.h>

#include "form.h"
#include "machine.h"

/* Of the file. It changes when what an older program makes of a newer file would be wrong; new questions and new
 * members of answers are not that. */
#define RECORDING_FORMAT 1

/* One question and its answer. */
struct recorded_call {
	char *question;
	int64_t ret;
	const struct form *form; /* of data; NULL: there is no data */
	unsigned char *data;
	size_t size;
	bool used; /* replay: given out already */
};

struct recording {
	struct recorded_call *calls;
	size_t n, cap;
	/* Of one that was loaded; else page_size is 0. */
	struct machine machine;
	char time[24], version[32]; /* of the program that made it */
	struct form_unknown unknown;
};

void recording_free(struct recording *rec);

/* Appends copies of a question and its answer. -ENOMEM. */
int recording_add(struct recording *rec, const char *question, int64_t ret, const struct form *form,
		  const void *data, size_t size);

/* Fills rec from a file. -EINVAL or -E2BIG, FAIL_USAGE, with the place named, also for a format that is not
 * RECORDING_FORMAT; any errno of open(2) and read(2). */
int recording_load(const char *path, struct recording *rec, struct fail *f);

#endif
