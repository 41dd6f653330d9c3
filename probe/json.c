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

/* cJSON recurses once per level: too deep a document must not reach it. */
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
	t = cJSON_ParseWithLengthOpts(text, n, &end, 0);
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

int json_load(const char *path, struct cJSON **tree, struct fail *f)
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
	return json_parse(path, str_text(&text), text.len, tree, f);
}

int json_get_str(const struct cJSON *obj, const char *key, const char **out, struct fail *f)
{
	const cJSON *v = cJSON_GetObjectItemCaseSensitive(obj, key);

	if (!cJSON_IsString(v))
		return fail_as(f, FAIL_USAGE, -EINVAL, "key '%s': %s", key,
			       v ? "text expected" : "missing");
	*out = v->valuestring;
	return 0;
}

int json_get_int(const struct cJSON *obj, const char *key, int64_t min, int64_t max, int64_t *out,
		 struct fail *f)
{
	const cJSON *v = cJSON_GetObjectItemCaseSensitive(obj, key);

	if (!cJSON_IsNumber(v))
		return fail_as(f, FAIL_USAGE, -EINVAL, "key '%s': %s", key,
			       v ? "number expected" : "missing");
	/* max may have been rounded up to 2^63, which no int64_t holds. */
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
	const cJSON *v = cJSON_GetObjectItemCaseSensitive(obj, key);

	if (!cJSON_IsArray(v))
		return fail_as(f, FAIL_USAGE, -EINVAL, "key '%s': %s", key,
			       v ? "array expected" : "missing");
	*out = v;
	return 0;
}
