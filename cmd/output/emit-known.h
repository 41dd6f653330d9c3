/* SPDX-License-Identifier: MIT */
/* Emit values that may be unknown: then null in the JSON, and no line in the text. */
#ifndef CMD_OUTPUT_EMIT_KNOWN_H
#define CMD_OUTPUT_EMIT_KNOWN_H

#include "out.h"
#include "probe/uapi/uapi.h"

/* "" means unknown. */
void emit_text(struct out *o, const char *key, const char *label, const char *text);
/* The same, but the text shows only the beginning of a long value. */
void emit_cut(struct out *o, const char *key, const char *label, const char *text);
/* Negative means unknown. */
void emit_number(struct out *o, const char *key, const char *label, int64_t n, enum out_unit unit);
void emit_yes(struct out *o, const char *key, const char *label, int64_t n);

/* An array of the names of the flags in a mask; a flag that is newer than the tables is "bit-N". Not in the
 * text. */
void emit_flag_names(struct out *o, const char *key, enum uapi_kind kind, uint32_t mask);

#endif
