/* SPDX-License-Identifier: MIT */
#include "json.h"

#include <cjson/cJSON.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>

#include "base.h"

static unsigned line_of(const char *text, const char *at)
{
	unsigned line = 1;

	for (; text < at; text++)
		line += *text == '\n';
	return line;
}

/* cJSON recurses once per level, so depth is limited before. */
static int check_depth(const char *name, const char *text, size_t n, struct fail *f)
{
	bool in_string = false;
	unsigned depth = 0;

	for (size_t i = 0; i < n; i++) {
		char c = text[i];

		if (in_string) {
			if (c == '\\')
				i++;
			else if (c == '"')
				in_string = false;
		} else if (c == '"') {
			in_string = true;
		} else if (c == '{' || c == '[') {
			if (++depth > JSON_MAX_DEPTH)
				return fail_as(f, FAIL_USAGE, -E2BIG,
					       "%s:%u: nested deeper than %u", name,
					       line_of(text, text + i), JSON_MAX_DEPTH);
		} else if ((c == '}' || c == ']') && depth) {
			depth--;
		}
	}
	return 0;
}

int json_parse(const char *name, const char *text, size_t n, struct cJSON **tree, struct fail *f)
{
	const char *end = text;
	cJSON *t;
	int r;

	if (n > JSON_MAX_BYTES)
		return fail_as(f, FAIL_USAGE, -E2BIG, "%s: larger than %u bytes", name,
			       JSON_MAX_BYTES);
	r = check_depth(name, text, n, f);
	if (r < 0)
		return r;
	/* cJSON does not distinguish the two reasons. */
	errno = 0;
	t = cJSON_ParseWithLengthOpts(text, n, &end, 0);
	if (!t && errno == ENOMEM)
		return fail_set(f, -ENOMEM, "%s: out of memory", name);
	if (!t)
		return fail_as(f, FAIL_USAGE, -EINVAL, "%s:%u: not valid JSON", name,
			       line_of(text, end));
	for (; end < text + n; end++) {
		if (strchr(" \t\r\n", *end) && *end)
			continue;
		cJSON_Delete(t);
		return fail_as(f, FAIL_USAGE, -EINVAL, "%s:%u: text after the end of the document",
			       name, line_of(text, end));
	}
	*tree = t;
	return 0;
}

int json_read(const char *path, struct str *out, struct fail *f)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	_cleanup_str_ struct str text = { 0 };
	char buf[65536];
	ssize_t n;

	if (fd < 0)
		return fail_set(f, -errno, "%s: %s", path, strerror(errno));
	while ((n = read(fd, buf, sizeof(buf))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail_set(f, -errno, "%s: %s", path, strerror(errno));
		str_addn(&text, buf, n);
		if (text.err)
			return fail_set(f, text.err, "%s: out of memory", path);
		if (text.len > JSON_MAX_BYTES)
			return fail_as(f, FAIL_USAGE, -E2BIG, "%s: larger than %u bytes", path,
				       JSON_MAX_BYTES);
	}
	str_free(out);
	*out = text;
	text = (struct str){ 0 };
	return 0;
}

int json_load(const char *path, struct cJSON **tree, struct fail *f)
{
	_cleanup_str_ struct str text = { 0 };
	int r = json_read(path, &text, f);

	return r < 0 ? r : json_parse(path, str_text(&text), text.len, tree, f);
}

/* Position of a scan of the text. */
struct scan {
	const char *at, *end;
	unsigned line;
};

static void skip_space(struct scan *s)
{
	/* cJSON treats every control character as a space. */
	for (; s->at < s->end && (unsigned char)*s->at <= ' '; s->at++)
		s->line += *s->at == '\n';
}

static void skip_one(struct scan *s)
{
	skip_space(s);
	s->at += s->at < s->end;
}

static void skip_string(struct scan *s)
{
	for (skip_one(s); s->at < s->end && *s->at != '"'; s->at++) {
		s->line += *s->at == '\n';
		if (*s->at == '\\')
			s->at++;
	}
	s->at += s->at < s->end;
}

static void skip_scalar(struct scan *s)
{
	if (s->at < s->end && *s->at == '"') {
		skip_string(s);
		return;
	}
	while (s->at < s->end && (unsigned char)*s->at > ' ' && !strchr(",]}", *s->at))
		s->at++;
}

static unsigned count_nodes(const cJSON *node)
{
	const cJSON *child;
	unsigned n = 1;

	cJSON_ArrayForEach(child, node) n += count_nodes(child);
	return n;
}

/* The tree was parsed from the text, so both are walked together. */
static void place(struct scan *s, const cJSON *node, unsigned line, struct json_lines *lines)
{
	const bool container = cJSON_IsObject(node) || cJSON_IsArray(node);
	const cJSON *child;

	skip_space(s);
	lines->at[lines->n++] = (struct json_line){ node, line ? line : s->line };
	if (!container) {
		skip_scalar(s);
		return;
	}
	cJSON_ArrayForEach(child, node)
	{
		unsigned key = 0;

		skip_one(s);
		skip_space(s);
		if (cJSON_IsObject(node)) {
			key = s->line;
			skip_string(s);
			skip_one(s);
		}
		place(s, child, key, lines);
	}
	if (!node->child)
		skip_one(s);
	skip_one(s);
}

static int by_node(const void *a, const void *b)
{
	const struct json_line *x = a, *y = b;

	return (x->node > y->node) - (x->node < y->node);
}

int json_lines_make(const char *text, size_t n, const struct cJSON *tree, struct json_lines *out)
{
	struct json_lines lines = { 0 };
	struct scan s = { text, text + n, 1 };

	if (n >= 3 && !memcmp(text, "\xef\xbb\xbf", 3))
		s.at += 3;
	lines.at = calloc(count_nodes(tree), sizeof(*lines.at));
	if (!lines.at)
		return -ENOMEM;
	place(&s, tree, 0, &lines);
	qsort(lines.at, lines.n, sizeof(*lines.at), by_node);
	*out = lines;
	return 0;
}

unsigned json_line(const struct json_lines *lines, const struct cJSON *node)
{
	const struct json_line key = { .node = node }, *found;

	found = lines->n ? bsearch(&key, lines->at, lines->n, sizeof(key), by_node) : NULL;
	return found ? found->line : 0;
}

void json_lines_free(struct json_lines *lines)
{
	free(lines->at);
	*lines = (struct json_lines){ 0 };
}

const struct cJSON *json_member(const struct cJSON *obj, const char *key)
{
	return cJSON_GetObjectItemCaseSensitive(obj, key);
}

double json_number(const struct cJSON *obj, const char *key)
{
	const cJSON *v = json_member(obj, key);

	return cJSON_IsNumber(v) ? v->valuedouble : NAN;
}

const char *json_text(const struct cJSON *obj, const char *key)
{
	const cJSON *v = json_member(obj, key);

	return cJSON_IsString(v) && *v->valuestring ? v->valuestring : NULL;
}

int json_get_str(const struct cJSON *obj, const char *key, const char **out, struct fail *f)
{
	const cJSON *v = json_member(obj, key);

	if (!cJSON_IsString(v))
		return fail_as(f, FAIL_USAGE, -EINVAL, "key '%s': %s", key,
			       v ? "text expected" : "missing");
	*out = v->valuestring;
	return 0;
}

int json_get_int(const struct cJSON *obj, const char *key, int64_t min, int64_t max, int64_t *out,
		 struct fail *f)
{
	const cJSON *v = json_member(obj, key);

	if (!cJSON_IsNumber(v))
		return fail_as(f, FAIL_USAGE, -EINVAL, "key '%s': %s", key,
			       v ? "number expected" : "missing");
	/* max may have been rounded up to 2^63, which does not fit into an int64_t. */
	if (v->valuedouble != floor(v->valuedouble) || v->valuedouble < min ||
	    v->valuedouble > max || v->valuedouble >= 0x1p63)
		return fail_as(f, FAIL_USAGE, -EINVAL,
			       "key '%s': %.17g is not a whole number from %lld to %lld", key,
			       v->valuedouble, (long long)min, (long long)max);
	*out = v->valuedouble;
	return 0;
}

int json_get_arr(const struct cJSON *obj, const char *key, const struct cJSON **out, struct fail *f)
{
	const cJSON *v = json_member(obj, key);

	if (!cJSON_IsArray(v))
		return fail_as(f, FAIL_USAGE, -EINVAL, "key '%s': %s", key,
			       v ? "array expected" : "missing");
	*out = v;
	return 0;
}
