/* SPDX-License-Identifier: MIT */
/* A JSON reader that collects mistakes and continues. */
#ifndef BENCH_QUALIFY_PLAN_READER_H
#define BENCH_QUALIFY_PLAN_READER_H

#include <cjson/cJSON.h>

#include "plan.h"
#include "probe/lib/base.h"
#include "probe/lib/json.h"

/* Maximum size of an array or object, because the search for duplicates is quadratic. */
#define READ_MAX_ITEMS 1000

struct reader {
	const struct json_lines *lines;
	struct mistakes *mistakes;
};

/* A position in the document: a member of up, or an element of it. */
struct place {
	const struct place *up;
	const char *key; /* NULL: an element */
	unsigned index;
};

/* Records a mistake at a value or, if that is NULL, at the object that lacks it. */
void mistake(struct reader *r, const cJSON *node, const struct place *at, const char *fmt, ...)
	_printf_(4, 5);

/* Records keys that are not among the NULL-terminated keys, and duplicates. Returns false if obj is not an
 * object. */
bool read_object(struct reader *r, const cJSON *obj, const struct place *at,
		 const char *const *keys);

/* Returns a member, or NULL if it is missing, which is a mistake if the member is required. */
const cJSON *read_member(struct reader *r, const cJSON *obj, const struct place *at,
			 const char *key, bool must);

/* Read members of one type. Return false if a member is missing or of another type; out is unchanged then. */
bool read_text(struct reader *r, const cJSON *obj, const struct place *at, const char *key,
	       bool must, const char **out);
bool read_yes(struct reader *r, const cJSON *obj, const struct place *at, const char *key,
	      bool *out);
bool read_number(struct reader *r, const cJSON *obj, const struct place *at, const char *key,
		 unsigned min, unsigned max, unsigned *out);
/* Returns NULL if it is missing. */
const cJSON *read_array(struct reader *r, const cJSON *obj, const struct place *at,
			const char *key);

/* Reads an element that is a string, or an object with that string under key and with "required". */
bool read_item(struct reader *r, const cJSON *item, const struct place *at, const char *key,
	       const char **text, bool *required);

#endif
