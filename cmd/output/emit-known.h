/* SPDX-License-Identifier: MIT */
/* Facts that may not be known: null in the JSON then, and no line in the text. */
#ifndef CMD_OUTPUT_EMIT_KNOWN_H
#define CMD_OUTPUT_EMIT_KNOWN_H

#include "out.h"

/* "" is not known. */
void emit_text(struct out *o, const char *key, const char *label, const char *text);
/* The same; the text shows the beginning of a long one, the JSON all of it. */
void emit_cut(struct out *o, const char *key, const char *label, const char *text);
/* Below 0 is not known. */
void emit_number(struct out *o, const char *key, const char *label, int64_t n, enum out_unit unit);
void emit_yes(struct out *o, const char *key, const char *label, int64_t n);

#endif
