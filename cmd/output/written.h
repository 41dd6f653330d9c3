/* SPDX-License-Identifier: MIT */
/* Detects which document of this program a file contains. */
#ifndef CMD_OUTPUT_WRITTEN_H
#define CMD_OUTPUT_WRITTEN_H

#include <stddef.h>

/* What an option writes to its file. */
enum written {
	WRITTEN_NONE,
	WRITTEN_RESULT, /* -o: JSON, or another form: fio's, a generated plan, a rendering of report */
	WRITTEN_PICTURE,
	WRITTEN_RECORDING,
};

/* This much of a file is enough to detect it. */
#define WRITTEN_HEAD 65536

#define WRITTEN_KIND 32

/* The first or second line of files without a key to detect. */
#define WRITTEN_MARK "uringtool"

/* Detects a document by its first WRITTEN_HEAD bytes. Returns WRITTEN_NONE if this program did not write it.
 * kind is set to the "kind" of a JSON document, "fio" for fio's form, otherwise "". */
enum written written_of(const char *head, char kind[static WRITTEN_KIND]);

#endif
