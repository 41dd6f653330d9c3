/* SPDX-License-Identifier: MIT */
/*
 * The one sink. A command describes its result once, as a tree of keyed values; the text on a
 * terminal and the JSON document are two walks over that tree.
 *
 * A key is the JSON key; inside an object NULL keeps the value out of the JSON. A label is what the
 * text shows: NULL keeps the value out of the text, and for a container "" shows its children without
 * a heading. Text given is copied.
 * Running out of memory, here or in a struct str whose text is given, is remembered and reported by the two
 * walks.
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
	OUT_HEX,	 /* 0x4d2; a JSON number all the same */
	OUT_NS,		 /* 1.23 us */
	OUT_BYTES,	 /* 1.21 KiB */
	OUT_BYTES_PER_S, /* 1.21 KiB/s */
};

enum out_tone { TONE_NONE, TONE_GOOD, TONE_BAD, TONE_WARN, TONE_DIM };

struct out_style {
	bool color;
	bool ascii;	/* no character beyond ASCII */
	unsigned width; /* columns */
};

struct out *out_new(void);
void out_free(struct out *o);
/* Everything so far is the envelope that all documents share; out_described() is true once more than
 * that was described, or could not be for lack of memory. */
void out_envelope_done(struct out *o);
bool out_described(const struct out *o);

/* Containers; out_end() closes the last one opened. A row is an object that the text shows on one
 * line of a table, together with the rows right before and after it: its label comes first, then a
 * column per label of its values. */
void out_obj(struct out *o, const char *key, const char *label);
void out_arr(struct out *o, const char *key, const char *label);
void out_row(struct out *o, const char *key, const char *label);
void out_end(struct out *o);

/* What is no UTF-8, as file names may be, becomes U+FFFD; NULL becomes null. */
void out_str(struct out *o, const char *key, const char *label, const char *value);
void out_bool(struct out *o, const char *key, const char *label, bool value);
void out_null(struct out *o, const char *key, const char *label);
void out_u64(struct out *o, const char *key, const char *label, uint64_t value, enum out_unit unit);
void out_i64(struct out *o, const char *key, const char *label, int64_t value);
/* A number with a fraction; both walks show this many decimals. Not finite becomes null. */
void out_f64(struct out *o, const char *key, const char *label, double value, unsigned decimals,
	     enum out_unit unit);
/* Lines for the text alone, ended by a newline: a drawing of values that are emitted unlabelled. */
void out_block(struct out *o, const char *lines);

/* How the text colours the value emitted last. */
void out_tone(struct out *o, enum out_tone tone);

/* The walks. -ENOMEM. out_json_line() puts the document on one line, as records of a stream are. */
int out_json(const struct out *o, struct str *to);
int out_json_line(const struct out *o, struct str *to);
int out_text(const struct out *o, const struct out_style *style, struct str *to);

/* A value as the text walk shows it. */
void out_number(struct str *to, double value, enum out_unit unit);

/* Columns that UTF-8 text takes, one per character. */
unsigned out_columns(const char *text);

#endif
