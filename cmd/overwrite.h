/* SPDX-License-Identifier: MIT */
/* What may be written over, and what not; SECURITY.md. Nothing is opened to be written to but after this. */
#ifndef CMD_OVERWRITE_H
#define CMD_OVERWRITE_H

#include <stdbool.h>
#include <sys/stat.h>

#include "cmd/output/written.h"

struct fail;

/* What a command line says of its outputs. */
struct output_rules {
	bool replace; /* consent to lose what is there and is no document of this program */
	/* All other words of it: none of the files that they name, if they do, is written over. */
	const char *const *words;
	size_t n_words;
	/* The only kind of JSON that may be replaced in a folder that a word names; NULL: any. */
	const char *kind;
};

enum output_way {
	OUTPUT_NEW,	/* a file that is not there yet */
	OUTPUT_REPLACE, /* one that is there, as a whole */
	OUTPUT_IN_PLACE /* a pipe, a terminal, /dev/null, /dev/full */,
	OUTPUT_STREAM, /* standard output or standard error */
};

struct output {
	enum output_way way;
	char *path;	/* of the file, without links; NULL: as it was given */
	int fd;		/* OUTPUT_STREAM */
	struct stat st; /* of what is there, else of the folder */
};

/* Finds out where path leads to, and opens nothing that knows who opens it. Freed with output_free().
 *
 * -EPERM with FAIL_REFUSED: a block device, a character device of another kind, a file of the kernel's (/proc,
 * /sys), a new one under /dev, one that the command line names for something else, one that backs a loop device,
 * or one with other content. -errno when it cannot be written to. */
int output_find(const char *path, enum written what, const struct output_rules *rules,
		struct output *out, struct fail *f);
void output_free(struct output *out);

/* Both are the same file. */
bool output_same(const struct output *a, const struct output *b);

#endif
