/* SPDX-License-Identifier: MIT */
/*
 * The one reader of JSON from outside. Size and nesting are bounded before cJSON sees a byte, and
 * every complaint names the file, and the line or the key.
 */
#ifndef PROBE_LIB_JSON_H
#define PROBE_LIB_JSON_H

#include <stddef.h>
#include <stdint.h>

struct cJSON;
struct fail;
struct str;

#define JSON_MAX_BYTES (64u << 20)
#define JSON_MAX_DEPTH 64

/* Parses text of n bytes; name is what messages call it. The caller owns the tree (cJSON_Delete).
 * -EINVAL: no JSON, -E2BIG: larger or deeper than the bounds above, -ENOMEM. */
int json_parse(const char *name, const char *text, size_t n, struct cJSON **tree, struct fail *f);

/* Reads and parses a file. Also any errno of open(2) and read(2). */
int json_load(const char *path, struct cJSON **tree, struct fail *f);

/* Reads the text of a file, no longer than the bound above, in place of what is in text. */
int json_read(const char *path, struct str *text, struct fail *f);

/* On which line each value of a document stands; a member of an object stands where its key does. */
struct json_lines {
	struct json_line {
		const struct cJSON *node;
		unsigned line;
	} * at;
	unsigned n;
};

/* Of the tree that json_parse() made of this text. Freed with json_lines_free(). -ENOMEM. */
int json_lines_make(const char *text, size_t n, const struct cJSON *tree, struct json_lines *lines);
/* From 1; 0 for what is not of the tree. */
unsigned json_line(const struct json_lines *lines, const struct cJSON *node);
void json_lines_free(struct json_lines *lines);

/* A member of an object; NULL when it is missing, or obj is NULL or no object. */
const struct cJSON *json_member(const struct cJSON *obj, const char *key);
/* As a number; NaN when it is none. */
double json_number(const struct cJSON *obj, const char *key);
/* As a text, which belongs to the tree; NULL when it is none or empty. */
const char *json_text(const struct cJSON *obj, const char *key);

/* The same, with its type checked. -EINVAL with the key named when it is missing, is of
 * another type or, for a number, is not a whole one inside min..max. Text belongs to the tree. */
int json_get_str(const struct cJSON *obj, const char *key, const char **out, struct fail *f);
int json_get_int(const struct cJSON *obj, const char *key, int64_t min, int64_t max, int64_t *out,
		 struct fail *f);
int json_get_arr(const struct cJSON *obj, const char *key, const struct cJSON **out,
		 struct fail *f);

#endif
