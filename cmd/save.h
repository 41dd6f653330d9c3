/* SPDX-License-Identifier: MIT */
#ifndef CMD_SAVE_H
#define CMD_SAVE_H

#include "overwrite.h"

struct fail;
struct str;

/* Writes text to a file atomically, if output_find() permits it: at any moment the file has the old or the
 * new text. The text is written to an unnamed file, synced, and renamed. A kill between two system calls can
 * leave a complete file .NAME.uringtool beside it, which the next call removes, or NAME.XXXXXX on file
 * systems without O_TMPFILE. Pipes, terminals, /dev/null and /dev/full are written in place, with a short
 * timeout to wait for a reader. Returns the errors of output_find(), open(2), write(2), fsync(2), link(2)
 * and rename(2). */
int save_file(const char *path, enum written what, const struct output_rules *rules,
	      const struct str *text, struct fail *f);

#endif
