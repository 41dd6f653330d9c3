/* SPDX-License-Identifier: MIT */
/* Which document of this program a file holds. */
#ifndef CMD_OUTPUT_WRITTEN_H
#define CMD_OUTPUT_WRITTEN_H

#include <stddef.h>

/* What an option writes to the file that it names. */
enum written {
	WRITTEN_NONE,
	WRITTEN_RESULT, /* -o: JSON, or a form of it: fio's, a made plan, what report renders */
	WRITTEN_PICTURE,
	WRITTEN_RECORDING,
};

/* Enough of a file to tell. */
#define WRITTEN_HEAD 65536

#define WRITTEN_KIND 32

/* The first line, or the second, of what has no key that would tell. */
#define WRITTEN_MARK "uringtool"

/* What begins so; WRITTEN_HEAD bytes are enough. WRITTEN_NONE when this program did not write it. kind is the
 * "kind" of a document in JSON, "fio" in fio's form, else "". */
enum written written_of(const char *head, char kind[static WRITTEN_KIND]);

#endif
