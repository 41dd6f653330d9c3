/* SPDX-License-Identifier: MIT */
#include "plan-reader.h"

#include <math.h>
#include <string.h>

#include "probe/lib/array.h"
#include "probe/lib/suggest.h"

static void place_text(const struct place *at, struct str *to)
{
	if (!at)
		return;
	place_text(at->up, to);
	if (!at->key)
		str_addf(to, "[%u]", at->index);
	else
		str_addf(to, "%s%s", to->len ? "." : "", at->key);
}

void mistake(struct reader *r, const cJSON *node, const struct place *at, const char *fmt, ...)
{
	struct mistakes *m = r->mistakes;
	_cleanup_str_ struct str where = { 0 };
	struct mistake *new;
	va_list ap;

	new = m->n < MISTAKES_MAX ? array_room(m->list, m->n, sizeof(*new)) : NULL;
	if (!new) {
		m->more++;
		return;
	}
	m->list = new;
	new = &m->list[m->n++];
	new->line = json_line(r->lines, node);
	place_text(at, &where);
	snprintf(new->where, sizeof(new->where), "%s", str_text(&where));
	va_start(ap, fmt);
	vsnprintf(new->text, sizeof(new->text), fmt, ap);
	va_end(ap);
}

static const char *type_name(const cJSON *node)
{
	if (cJSON_IsString(node))
		return "a text";
	if (cJSON_IsNumber(node))
		return "a number";
	if (cJSON_IsBool(node))
		return cJSON_IsTrue(node) ? "true" : "false";
	if (cJSON_IsArray(node))
		return "an array";
	return cJSON_IsObject(node) ? "an object" : "null";
}

static void wrong_type(struct reader *r, const cJSON *node, const struct place *at,
		       const char *expected)
{
	mistake(r, node, at, "%s expected, and this is %s", expected, type_name(node));
}

static const cJSON *earlier(const cJSON *obj, const cJSON *member)
{
	const cJSON *other;

	cJSON_ArrayForEach(other, obj)
	{
		if (other == member)
			return NULL;
		if (!strcmp(other->string, member->string))
			return other;
	}
	return NULL;
}

bool read_object(struct reader *r, const cJSON *obj, const struct place *at,
		 const char *const *keys)
{
	const cJSON *member;

	if (!cJSON_IsObject(obj)) {
		wrong_type(r, obj, at, "an object");
		return false;
	}
	if (cJSON_GetArraySize(obj) > READ_MAX_ITEMS) {
		mistake(r, obj, at, "more than %d keys", READ_MAX_ITEMS);
		return false;
	}
	cJSON_ArrayForEach(member, obj)
	{
		const struct place here = { at, .key = member->string };
		const cJSON *first = earlier(obj, member);
		struct suggestion near = { 0 };
		bool known = false;

		if (first)
			mistake(r, member, &here, "duplicate key, first on line %u",
				json_line(r->lines, first));
		for (unsigned i = 0; keys[i]; i++) {
			known = known || !strcmp(keys[i], member->string);
			suggest(&near, member->string, keys[i]);
		}
		if (known || first)
			continue;
		mistake(r, member, &here, "unknown key%s", suggest_text(&near, ""));
	}
	return true;
}

const cJSON *read_member(struct reader *r, const cJSON *obj, const struct place *at,
			 const char *key, bool must)
{
	const cJSON *v = json_member(obj, key);

	if (!v && must)
		mistake(r, obj, at, "key '%s' is missing", key);
	return v;
}

bool read_text(struct reader *r, const cJSON *obj, const struct place *at, const char *key,
	       bool must, const char **out)
{
	const cJSON *v = read_member(r, obj, at, key, must);
	const struct place here = { at, .key = key };

	if (!v)
		return false;
	if (!cJSON_IsString(v)) {
		wrong_type(r, v, &here, "a text");
		return false;
	}
	if (!*v->valuestring) {
		mistake(r, v, &here, "the text is empty");
		return false;
	}
	*out = v->valuestring;
	return true;
}

bool read_yes(struct reader *r, const cJSON *obj, const struct place *at, const char *key,
	      bool *out)
{
	const cJSON *v = read_member(r, obj, at, key, false);

	if (!v)
		return false;
	if (!cJSON_IsBool(v)) {
		wrong_type(r, v, &(struct place){ at, .key = key }, "true or false");
		return false;
	}
	*out = cJSON_IsTrue(v);
	return true;
}

bool read_number(struct reader *r, const cJSON *obj, const struct place *at, const char *key,
		 unsigned min, unsigned max, unsigned *out)
{
	const cJSON *v = read_member(r, obj, at, key, false);
	const struct place here = { at, .key = key };

	if (!v)
		return false;
	if (!cJSON_IsNumber(v)) {
		wrong_type(r, v, &here, "a whole number");
		return false;
	}
	if (v->valuedouble != floor(v->valuedouble) || v->valuedouble < min ||
	    v->valuedouble > max) {
		if (min == max)
			mistake(r, v, &here, "%g is not %u", v->valuedouble, min);
		else
			mistake(r, v, &here, "%g is not a whole number from %u to %u",
				v->valuedouble, min, max);
		return false;
	}
	*out = v->valuedouble;
	return true;
}

const cJSON *read_array(struct reader *r, const cJSON *obj, const struct place *at, const char *key)
{
	const cJSON *v = read_member(r, obj, at, key, false);
	const struct place here = { at, .key = key };

	if (v && !cJSON_IsArray(v)) {
		wrong_type(r, v, &here, "an array");
		return NULL;
	}
	if (cJSON_GetArraySize(v) > READ_MAX_ITEMS) {
		mistake(r, v, &here, "more than %d elements", READ_MAX_ITEMS);
		return NULL;
	}
	return v;
}

bool read_item(struct reader *r, const cJSON *item, const struct place *at, const char *key,
	       const char **text, bool *required)
{
	const char *const keys[] = { key, "required", NULL };

	if (cJSON_IsString(item)) {
		*text = item->valuestring;
		return true;
	}
	if (!cJSON_IsObject(item)) {
		mistake(r, item, at, "a text or an object with '%s' expected, and this is %s", key,
			type_name(item));
		return false;
	}
	read_object(r, item, at, keys);
	read_yes(r, item, at, "required", required);
	return read_text(r, item, at, key, true, text);
}
