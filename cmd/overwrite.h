/* SPDX-License-Identifier: MIT */
/* Which files may be overwritten; SECURITY.md. Called before any output file is opened. */
#ifndef CMD_OVERWRITE_H
#define CMD_OVERWRITE_H

#include <stdbool.h>
#include <sys/stat.h>

#include "cmd/output/written.h"

struct fail;

/* What the command line says about outputs. */
struct output_rules {
	bool replace; /* consent to replace files that this program did not write */
	/* All other words of the command line. If they name a file, it is not overwritten. */
	const char *const *words;
	size_t n_words;
	/* The only kind of JSON document that may be replaced in a folder named by a word; NULL: any. */
	const char *kind;
};

enum output_way {
	OUTPUT_NEW,	/* the file does not exist */
	OUTPUT_REPLACE, /* the file exists, and is replaced as a whole */
	OUTPUT_IN_PLACE /* a pipe, a terminal, /dev/null, /dev/full */,
	OUTPUT_STREAM, /* standard output or standard error */
};

struct output {
	enum output_way way;
	char *path;	/* path without symbolic links; NULL: path as given */
	int fd;		/* OUTPUT_STREAM */
	struct stat st; /* of the file, or of its folder if it does not exist */
};

/* Finds out what path refers to. Opens nothing whose opening could have an effect. Free *out with
 * output_free().
 *
 * Returns -EPERM with FAIL_REFUSED for a block device, other character devices, a file of a kernel file
 * system (/proc, /sys), a new file under /dev, a file that the command line uses otherwise, the backing file
 * of a loop device, and a file with other content. Returns -errno if it cannot be written to. */
int output_find(const char *path, enum written what, const struct output_rules *rules,
		struct output *out, struct fail *f);
void output_free(struct output *out);

/* Whether both are the same file. */
bool output_same(const struct output *a, const struct output *b);

#endif
