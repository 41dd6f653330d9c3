/* SPDX-License-Identifier: MIT */
/* Converts a recording back to structs. */
#include <cjson/cJSON.h>
#include <ctype.h>
#include <math.h>
#include <signal.h>
#include <string.h>

#include "form.h"
#include "probe/lib/base.h"
#include "probe/lib/json.h"

#define MAX_ERRNO 4095

static void put_value(const struct form_member *m, uint64_t v, void *at)
{
	const uint32_t v32 = v;
	const uint16_t v16 = v;

	switch (m->size) {
	case sizeof(uint8_t):
		*(unsigned char *)at = v;
		break;
	case sizeof(uint16_t):
		memcpy(at, &v16, sizeof(v16));
		break;
	case sizeof(uint32_t):
		memcpy(at, &v32, sizeof(v32));
		break;
	default:
		memcpy(at, &v, sizeof(v));
	}
}

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Two digits, or -1. */
static int hex_byte(const char *text)
{
	int high = hex_digit(text[0]), low = high < 0 ? -1 : hex_digit(text[1]);

	return low < 0 ? -1 : high << 4 | low;
}

static int bad(struct fail *f, const char *what)
{
	return fail_as(f, FAIL_USAGE, -EINVAL, "%s expected", what);
}

static int unescape(const cJSON *value, struct str *to, struct fail *f)
{
	const char *text = cJSON_IsString(value) ? value->valuestring : NULL;

	if (!text)
		return bad(f, "text");
	while (*text) {
		size_t plain = strcspn(text, "\\");
		char byte;
		int v;

		str_addn(to, text, plain);
		text += plain;
		if (!*text)
			break;
		v = text[1] == 'x' ? hex_byte(text + 2) : -1;
		if (v < 0)
			return bad(f, "\\x and two hexadecimal digits after a backslash");
		byte = v;
		str_addn(to, &byte, 1);
		text += 4;
	}
	return 0;
}

/* Number of an errno name, or 0. */
static int errno_number(const char *name)
{
	unsigned long v;
	char *end;

	for (int i = 1; i <= MAX_ERRNO; i++)
		if (strerrorname_np(i) && !strcmp(strerrorname_np(i), name))
			return i;
	if (name[0] != 'E' || !isdigit((unsigned char)name[1]))
		return 0;
	v = strtoul(name + 1, &end, 10);
	return *end || v > MAX_ERRNO ? 0 : v;
}

static int signal_number(const char *name)
{
	for (int i = 1; i < NSIG && !strncmp(name, "SIG", 3); i++)
		if (sigabbrev_np(i) && !strcmp(sigabbrev_np(i), name + 3))
			return i;
	return 0;
}

static int read_number(const cJSON *value, int64_t min, uint64_t max, int64_t *out, struct fail *f)
{
	double v = cJSON_IsNumber(value) ? value->valuedouble : NAN;

	if (!cJSON_IsNumber(value))
		return bad(f, "number");
	if (v != floor(v) || v < min || v > max || v > FORM_EXACT)
		return fail_as(f, FAIL_USAGE, -EINVAL,
			       "%.17g is not a whole number from %lld to %llu", v, (long long)min,
			       (unsigned long long)(max < FORM_EXACT ? max : FORM_EXACT));
	*out = v;
	return 0;
}

/* Above 2^53 as decimal digits. */
static int read_uint(const struct form_member *m, const cJSON *value, uint64_t *out, struct fail *f)
{
	uint64_t max = UINT64_MAX >> (64 - 8 * m->size);
	unsigned long long v;
	int64_t number;
	char *end;
	int r;

	if (m->size == sizeof(*out) && cJSON_IsString(value)) {
		errno = 0;
		v = strtoull(value->valuestring, &end, 10);
		if (!isdigit((unsigned char)*value->valuestring) || *end || errno)
			return bad(f, "number, or one as text,");
		*out = v;
		return 0;
	}
	r = read_number(value, 0, max, &number, f);
	if (r == 0)
		*out = number;
	return r;
}

int form_read_errno(const cJSON *value, int *out, struct fail *f)
{
	int64_t number;
	int r;

	if (!cJSON_IsString(value)) {
		r = read_number(value, INT32_MIN, INT32_MAX, &number, f);
		if (r == 0)
			*out = number;
		return r;
	}
	r = errno_number(value->valuestring);
	if (!r)
		return fail_as(f, FAIL_USAGE, -EINVAL, "'%s' is no errno known here",
			       value->valuestring);
	*out = -r;
	return 0;
}

static int read_signal(const cJSON *value, uint64_t *out, struct fail *f)
{
	int64_t number = 0;
	int r = 0;

	if (cJSON_IsString(value)) {
		number = signal_number(value->valuestring);
		if (!number)
			r = fail_as(f, FAIL_USAGE, -EINVAL, "'%s' is no signal known here",
				    value->valuestring);
	} else {
		r = read_number(value, 0, NSIG, &number, f);
	}
	if (r == 0)
		*out = number;
	return r;
}

static int read_word(const struct form_member *m, const cJSON *value, uint64_t *out, struct fail *f)
{
	const char *text = cJSON_IsString(value) ? value->valuestring : NULL;

	for (unsigned i = 0; text && i < m->n_words; i++)
		if (!strcmp(m->words[i], text)) {
			*out = i;
			return 0;
		}
	return text ? fail_as(f, FAIL_USAGE, -EINVAL, "'%s' is none of its words", text)
		    : bad(f, "text");
}

static int read_text(const struct form_member *m, const cJSON *value, char *at, struct fail *f)
{
	_cleanup_str_ struct str text = { 0 };
	int r = unescape(value, &text, f);

	if (r == 0 && text.err)
		r = fail_set(f, text.err, "out of memory");
	if (r == 0)
		snprintf(at, m->size, "%s", str_text(&text));
	return r;
}

static int read_members(const struct form *form, const cJSON *value, void *to,
			struct form_unknown *unknown, struct fail *f);

static int read_element(const struct form_member *m, const cJSON *value, char *at,
			struct form_unknown *unknown, struct fail *f)
{
	uint64_t v = 0;
	int number = 0, r = 0;

	switch (m->kind) {
	case AS_PART:
		return read_members(m->part, value, at, unknown, f);
	case AS_TEXT:
		return read_text(m, value, at, f);
	case AS_UINT:
		r = read_uint(m, value, &v, f);
		break;
	case AS_BOOL:
		r = cJSON_IsBool(value) ? 0 : bad(f, "true or false");
		v = cJSON_IsTrue(value);
		break;
	case AS_ERRNO:
		r = form_read_errno(value, &number, f);
		v = number;
		break;
	case AS_SIGNAL:
		r = read_signal(value, &v, f);
		break;
	case AS_WORD:
		r = read_word(m, value, &v, f);
		break;
	}
	if (r == 0)
		put_value(m, v, at);
	return r;
}

static int read_array(const struct form_member *m, const cJSON *value, char *at,
		      struct form_unknown *unknown, struct fail *f)
{
	const cJSON *element;
	unsigned i = 0;
	int r = cJSON_IsArray(value) ? 0 : bad(f, "array");

	for (element = r ? NULL : value->child; element && r == 0; element = element->next, i++)
		r = i < m->count ? read_element(m, element, at + i * m->stride, unknown, f)
				 : bad(f, "no more elements");
	return r == 0 && i < m->count && !m->or_zero ? bad(f, "more elements") : r;
}

static void note_unknown(struct form_unknown *unknown, const char *in, const char *name)
{
	if (!unknown->n++)
		snprintf(unknown->first, sizeof(unknown->first), "%s.%.60s", in, name);
}

static int read_members(const struct form *form, const cJSON *value, void *to,
			struct form_unknown *unknown, struct fail *f)
{
	const cJSON *item;
	unsigned found;

	if (!cJSON_IsObject(value))
		return bad(f, "object");
	for (unsigned i = 0; i < form->n; i++) {
		const struct form_member *m = &form->members[i];
		char *at = (char *)to + m->offset;
		struct fail why;
		int r;

		item = json_member(value, m->name);
		if (!item && m->or_zero)
			continue;
		if (!item)
			return fail_as(f, FAIL_USAGE, -EINVAL, "key '%s': missing", m->name);
		r = m->count ? read_array(m, item, at, unknown, &why)
			     : read_element(m, item, at, unknown, &why);
		if (r < 0)
			return fail_as(f, why.kind, r, "key '%s': %s", m->name, why.msg);
	}
	cJSON_ArrayForEach(item, value)
	{
		for (found = 0; found < form->n; found++)
			if (!strcmp(form->members[found].name, item->string))
				break;
		if (found == form->n)
			note_unknown(unknown, form->name, item->string);
	}
	return 0;
}

static int read_struct(const struct form *form, const cJSON *value, struct str *to,
		       struct form_unknown *unknown, struct fail *f)
{
	_cleanup_free_ char *data = calloc(1, form->size);
	int r;

	if (!data)
		return fail_set(f, -ENOMEM, "out of memory");
	r = read_members(form, value, data, unknown, f);
	if (r == 0)
		str_addn(to, data, form->size);
	return r;
}

static int read_names(const cJSON *value, struct str *to, struct fail *f)
{
	const cJSON *name;
	int r = cJSON_IsArray(value) ? 0 : bad(f, "array");

	for (name = r ? NULL : value->child; name && r == 0; name = name->next) {
		r = unescape(name, to, f);
		str_add(to, "\n");
	}
	return r;
}

/* Appends zeros up to an offset, which is the key of the next line. */
static int pad_to(const cJSON *line, size_t most, struct str *to, struct fail *f)
{
	static const char zeroes[256];
	unsigned long long offset;
	char *end;

	errno = 0;
	offset = strtoull(line->string, &end, 16);
	if (strncmp(line->string, "0x", 2) || *end || errno || offset < to->len)
		return bad(f, "an offset such as 0x40 for a key, and after the one before it,");
	if (offset > most)
		return fail_as(f, FAIL_USAGE, -E2BIG, "0x%llx is past the end", offset);
	while (!to->err && to->len < offset) {
		size_t left = offset - to->len;

		str_addn(to, zeroes, left < sizeof(zeroes) ? left : sizeof(zeroes));
	}
	return 0;
}

static int read_memory(const struct form *form, const cJSON *value, size_t most, struct str *to,
		       struct fail *f)
{
	const cJSON *line;
	int64_t number = 0;
	int r = cJSON_IsObject(value) ? 0 : bad(f, "object");

	for (line = r ? NULL : value->child; line && r == 0; line = line->next) {
		const char *hex = cJSON_IsString(line) ? line->valuestring : "0";
		uint32_t word;
		int byte;

		r = pad_to(line, most, to, f);
		if (r == 0 && form->kind == FORM_WORDS) {
			if (to->len % sizeof(word))
				return bad(f, "a multiple of 4 for a key");
			r = read_number(line, 0, UINT32_MAX, &number, f);
			word = number;
			str_addn(to, (const char *)&word, sizeof(word));
			continue;
		}
		for (; r == 0 && *hex; hex += 2) {
			char c;

			byte = hex_byte(hex);
			if (byte < 0)
				return bad(f, "pairs of hexadecimal digits");
			c = byte;
			str_addn(to, &c, 1);
		}
	}
	return r;
}

int form_read(const struct form *form, const cJSON *value, size_t most, struct str *to,
	      struct form_unknown *unknown, struct fail *f)
{
	int r;

	switch (form->kind) {
	case FORM_STRUCT:
		r = read_struct(form, value, to, unknown, f);
		break;
	case FORM_TEXT:
		r = unescape(value, to, f);
		break;
	case FORM_NAMES:
		r = read_names(value, to, f);
		break;
	case FORM_WORDS:
		r = read_memory(form, value, FORM_WORDS_BYTES - sizeof(uint32_t), to, f);
		break;
	default:
		r = read_memory(form, value, most, to, f);
	}
	if (r == 0 && to->err)
		r = fail_set(f, to->err, "out of memory");
	if (r == 0 && to->len > most)
		r = fail_as(f, FAIL_USAGE, -E2BIG, "more than %zu bytes", most);
	return r;
}
