/* SPDX-License-Identifier: MIT */
/* Questions to a kernel and its answers, and their file format; uringtool-json(5), RECORDING. */
#ifndef PROBE_KERNEL_RECORDING_H
#define PROBE_KERNEL_RECORDING_H

#include <stddef.h>

#include "form.h"
#include "machine.h"

/* Version of the file format. It changes if older programs would misinterpret the file; new questions and
 * new members do not change it. */
#define RECORDING_FORMAT 1

/* One question and its answer. */
struct recorded_call {
	char *question;
	int64_t ret;
	const struct form *form; /* of data; NULL: there is no data */
	unsigned char *data;
	size_t size;
	bool used; /* replay: already used */
};

struct recording {
	struct recorded_call *calls;
	size_t n;
	/* If loaded from a file; otherwise page_size is 0. */
	struct machine machine;
	char time[24], version[32]; /* of the program that made it */
	struct form_unknown unknown;
};

void recording_free(struct recording *rec);

/* Appends copies of a question and its answer. Returns -ENOMEM. */
int recording_add(struct recording *rec, const char *question, int64_t ret, const struct form *form,
		  const void *data, size_t size);

/* Loads rec from a file. Returns -EINVAL or -E2BIG, FAIL_USAGE with the position, also if the format is not
 * RECORDING_FORMAT; or any errno of open(2) and read(2). */
int recording_load(const char *path, struct recording *rec, struct fail *f);

#endif
