/* SPDX-License-Identifier: MIT */
#ifndef CMD_SAVE_H
#define CMD_SAVE_H

#include "overwrite.h"

struct fail;
struct str;

/* Puts text into a file, if output_find() lets it, so that at any moment it holds the old or the new text, never
 * half of one: written without a name, synced, and put in its place. A kill in the moment between two system
 * calls can leave a whole text beside it as .NAME.uringtool, which the next call removes; where a file system
 * has no files without a name (O_TMPFILE), as NAME.XXXXXX. A pipe or terminal, /dev/null and /dev/full are
 * written in place; nobody waits long for a reader. Errors of output_find(), and any errno of open(2), write(2),
 * fsync(2), link(2), rename(2). */
int save_file(const char *path, enum written what, const struct output_rules *rules,
	      const struct str *text, struct fail *f);

#endif
