/* SPDX-License-Identifier: MIT */
/*
 * The only reader of foreign JSON. Size and nesting are checked before cJSON sees the text. Every message
 * has the file, and the line or the key.
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

/* Parses n bytes of text; name is used in messages. The caller frees the tree with cJSON_Delete(). Returns
 * -EINVAL if it is not JSON, -E2BIG if it is larger or deeper than the limits above, -ENOMEM. */
int json_parse(const char *name, const char *text, size_t n, struct cJSON **tree, struct fail *f);

/* Reads and parses a file. Also any errno of open(2) and read(2). */
int json_load(const char *path, struct cJSON **tree, struct fail *f);

/* Reads a file, with the size limit above, replacing the contents of text. */
int json_read(const char *path, struct str *text, struct fail *f);

/* Line number of each value of a document; for a member of an object, that of its key. */
struct json_lines {
	struct json_line {
		const struct cJSON *node;
		unsigned line;
	} * at;
	unsigned n;
};

/* For the tree that json_parse() made from this text. Free *lines with json_lines_free(). Returns -ENOMEM. */
int json_lines_make(const char *text, size_t n, const struct cJSON *tree, struct json_lines *lines);
/* Counted from 1; 0 if the node is not in the tree. */
unsigned json_line(const struct json_lines *lines, const struct cJSON *node);
void json_lines_free(struct json_lines *lines);

/* Returns a member of an object; NULL if it is missing, or obj is NULL or not an object. */
const struct cJSON *json_member(const struct cJSON *obj, const char *key);
/* Returns a member as a number; NaN if it is not one. */
double json_number(const struct cJSON *obj, const char *key);
/* Returns a member as a string, owned by the tree; NULL if it is not one or is empty. */
const char *json_text(const struct cJSON *obj, const char *key);

/* The same with a type check. Return -EINVAL with the key if the member is missing, has another type or is
 * not an integer within min..max. Strings are owned by the tree. */
int json_get_str(const struct cJSON *obj, const char *key, const char **out, struct fail *f);
int json_get_int(const struct cJSON *obj, const char *key, int64_t min, int64_t max, int64_t *out,
		 struct fail *f);
int json_get_arr(const struct cJSON *obj, const char *key, const struct cJSON **out,
		 struct fail *f);

#endif
