/* SPDX-License-Identifier: MIT */
/* Parses foreign text that may lack a NUL: a position and an end that is never passed. */
#ifndef DUMP_FOREIGN_TEXT_H
#define DUMP_FOREIGN_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
	const char *at, *end;
};

/* Takes the next line, without its newline; false at the end. */
bool text_line(struct text *t, struct text *line);

/* Takes the text up to the separator and skips it; the rest if there is none; false at the end. */
bool text_word(struct text *t, char separator, struct text *word);

/* Skips the prefix; returns false and takes nothing if it is not there. */
bool text_skip(struct text *t, const char *prefix);

/* Skips spaces and tabs. */
void text_blank(struct text *t);

/* Parses a number; hexadecimal may have "0x". Returns false and takes nothing if there is none or it is too
 * large. Base 0: decimal unless it begins with "0x". */
bool text_u64(struct text *t, unsigned base, uint64_t *v);
bool text_u32(struct text *t, unsigned base, uint32_t *v);
bool text_i32(struct text *t, int32_t *v);

static inline size_t text_left(const struct text *t)
{
	return t->end - t->at;
}

/* Copies text safely for display, with a NUL: control characters, which could move a terminal's cursor,
 * become '?'. Cut to size - 1 bytes. */
void text_copy(const struct text *t, char *to, size_t size);

#endif
