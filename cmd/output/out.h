/* SPDX-License-Identifier: MIT */
/*
 * The only output path. A command emits its result once, as a tree of keyed values. The text on a terminal
 * and the JSON document are both written from that tree.
 *
 * A key is the JSON key; inside an object, NULL keeps the value out of the JSON. A label is what the text
 * shows: NULL keeps the value out of the text, and for a container "" shows its children without a heading.
 * Strings are copied. Allocation failures, here or in a struct str that is passed, are remembered and
 * reported by out_json() and out_text().
 */
#ifndef CMD_OUTPUT_OUT_H
#define CMD_OUTPUT_OUT_H

#include <stdbool.h>
#include <stdint.h>

struct out;
struct str;

enum out_unit {
	OUT_PLAIN,	 /* 1234 */
	OUT_COUNT,	 /* 1.23M */
	OUT_HEX,	 /* 0x4d2; a plain number in JSON */
	OUT_NS,		 /* 1.23 us */
	OUT_BYTES,	 /* 1.21 KiB */
	OUT_BYTES_PER_S, /* 1.21 KiB/s */
};

enum out_tone { TONE_NONE, TONE_GOOD, TONE_BAD, TONE_WARN, TONE_DIM };

struct out_style {
	bool color;
	bool ascii;	/* ASCII characters only */
	unsigned width; /* columns */
};

struct out *out_new(void);
void out_free(struct out *o);
/* Marks what was emitted so far as the envelope that all documents share. out_described() is true once more
 * was emitted, or an allocation failed. */
void out_envelope_done(struct out *o);
bool out_described(const struct out *o);

/* Containers; out_end() closes the last one opened. A row is an object that the text shows as one line of a
 * table, together with adjacent rows: first its label, then one column for each label of its values. */
void out_obj(struct out *o, const char *key, const char *label);
void out_arr(struct out *o, const char *key, const char *label);
void out_row(struct out *o, const char *key, const char *label);
void out_end(struct out *o);

/* Invalid UTF-8, as in file names, becomes U+FFFD; NULL becomes null. */
void out_str(struct out *o, const char *key, const char *label, const char *value);
void out_bool(struct out *o, const char *key, const char *label, bool value);
void out_null(struct out *o, const char *key, const char *label);
void out_u64(struct out *o, const char *key, const char *label, uint64_t value, enum out_unit unit);
void out_i64(struct out *o, const char *key, const char *label, int64_t value);
/* A number with this many decimals, in text and JSON. Becomes null if not finite. */
void out_f64(struct out *o, const char *key, const char *label, double value, unsigned decimals,
	     enum out_unit unit);
/* Lines for the text only, each ending with a newline: a drawing of values that are emitted without labels. */
void out_block(struct out *o, const char *lines);

/* Colour of the last value in the text. */
void out_tone(struct out *o, enum out_tone tone);

/* Write the tree. Return -ENOMEM. out_json_line() writes the document on one line, for a stream of records. */
int out_json(const struct out *o, struct str *to);
int out_json_line(const struct out *o, struct str *to);
int out_text(const struct out *o, const struct out_style *style, struct str *to);

/* Formats a value as out_text() does. */
void out_number(struct str *to, double value, enum out_unit unit);

/* Number of columns of UTF-8 text, one per character. */
unsigned out_columns(const char *text);

#endif
