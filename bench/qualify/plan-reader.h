/* SPDX-License-Identifier: MIT */
/* A reader of JSON that collects mistakes and goes on. */
#ifndef BENCH_QUALIFY_PLAN_READER_H
#define BENCH_QUALIFY_PLAN_READER_H

#include <cjson/cJSON.h>

#include "plan.h"
#include "probe/lib/base.h"
#include "probe/lib/json.h"

/* Of one array or object, which are searched for what is there twice. */
#define READ_MAX_ITEMS 1000

struct reader {
	const struct json_lines *lines;
	struct mistakes *mistakes;
};

/* Where in the document: a member of up, or an element of it. */
struct place {
	const struct place *up;
	const char *key; /* NULL: an element */
	unsigned index;
};

/* Keeps a mistake at a value, or where that is NULL at the object that lacks it. */
void mistake(struct reader *r, const cJSON *node, const struct place *at, const char *fmt, ...)
	_printf_(4, 5);

/* Complains of keys that are not among the NULL-terminated keys, or come twice, and when it is no
 * object. */
bool read_object(struct reader *r, const cJSON *obj, const struct place *at,
		 const char *const *keys);

/* A member, NULL when it is missing, which is a mistake if it must be there. */
const cJSON *read_member(struct reader *r, const cJSON *obj, const struct place *at,
			 const char *key, bool must);

/* Members of one type; out is left alone when it is missing or wrong, and then false is returned. */
bool read_text(struct reader *r, const cJSON *obj, const struct place *at, const char *key,
	       bool must, const char **out);
bool read_yes(struct reader *r, const cJSON *obj, const struct place *at, const char *key,
	      bool *out);
bool read_number(struct reader *r, const cJSON *obj, const struct place *at, const char *key,
		 unsigned min, unsigned max, unsigned *out);
/* NULL when it is missing. */
const cJSON *read_array(struct reader *r, const cJSON *obj, const struct place *at,
			const char *key);

/* An element that is a text alone, or an object with that text under key and with "required". */
bool read_item(struct reader *r, const cJSON *item, const struct place *at, const char *key,
	       const char **text, bool *required);

#endif
