/* SPDX-License-Identifier: MIT */
/* Reading text from outside that need not end with a NUL: a position and an end, never passed. */
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

/* Takes up to, and past, the separator; all that is left when there is none; false at the end. */
bool text_word(struct text *t, char separator, struct text *word);

/* Goes past the prefix; false and nothing taken when it is not there. */
bool text_skip(struct text *t, const char *prefix);

/* Goes past blanks and tabs. */
void text_blank(struct text *t);

/* A number, "0x" before a hexadecimal one allowed; false and nothing taken when there is none or it
 * does not fit. Base 0: decimal unless "0x" says otherwise. */
bool text_u64(struct text *t, unsigned base, uint64_t *v);
bool text_u32(struct text *t, unsigned base, uint32_t *v);
bool text_i32(struct text *t, int32_t *v);

static inline size_t text_left(const struct text *t)
{
	return t->end - t->at;
}

/* A copy ended by a NUL that is safe to show: control characters, which could move a terminal's
 * cursor, become '?'. Cut to size - 1 bytes. */
void text_copy(const struct text *t, char *to, size_t size);

#endif
