/* SPDX-License-Identifier: MIT */
#include "emit-recording.h"

#include <string.h>

#include "out.h"
#include "probe/kernel/recording.h"
#include "probe/lib/base.h"

#define LINE_BYTES 32u

static void emit_members(struct out *o, const struct form *form, const unsigned char *data);

static void emit_errno(struct out *o, const char *key, int64_t value)
{
	if (value < 0 && value >= -4095)
		out_str(o, key, NULL, errno_name(value));
	else
		out_i64(o, key, NULL, value);
}

static void emit_escaped(struct out *o, const char *key, const char *text, size_t n)
{
	_cleanup_str_ struct str clean = { 0 };

	form_escape(&clean, text, n);
	out_str(o, key, NULL, str_text(&clean));
}

static void emit_uint(struct out *o, const char *key, uint64_t value)
{
	char digits[24];

	snprintf(digits, sizeof(digits), "%llu", (unsigned long long)value);
	if (value > FORM_EXACT)
		out_str(o, key, NULL, digits);
	else
		out_u64(o, key, NULL, value, OUT_PLAIN);
}

static void emit_signal(struct out *o, const char *key, int value)
{
	const char *name = sigabbrev_np(value);
	char full[32];

	snprintf(full, sizeof(full), "SIG%s", name ? name : "");
	if (name)
		out_str(o, key, NULL, full);
	else
		out_i64(o, key, NULL, value);
}

static void emit_element(struct out *o, const char *key, const struct form_member *m,
			 const unsigned char *at)
{
	uint64_t v;

	switch (m->kind) {
	case AS_PART:
		out_obj(o, key, NULL);
		emit_members(o, m->part, at);
		out_end(o);
		return;
	case AS_TEXT:
		emit_escaped(o, key, (const char *)at, strnlen((const char *)at, m->size));
		return;
	default:
		break;
	}
	v = form_value(m, at);
	switch (m->kind) {
	case AS_BOOL:
		out_bool(o, key, NULL, v);
		break;
	case AS_ERRNO:
		emit_errno(o, key, (int32_t)v);
		break;
	case AS_SIGNAL:
		emit_signal(o, key, v);
		break;
	case AS_WORD:
		out_str(o, key, NULL, v < m->n_words ? m->words[v] : m->words[0]);
		break;
	default:
		emit_uint(o, key, v);
	}
}

static bool is_zero(const unsigned char *at, size_t n)
{
	while (n && !at[n - 1])
		n--;
	return !n;
}

static void emit_members(struct out *o, const struct form *form, const unsigned char *data)
{
	for (unsigned i = 0; i < form->n; i++) {
		const struct form_member *m = &form->members[i];
		const unsigned char *at = data + m->offset;
		unsigned n = m->count;

		if (!m->count && m->or_zero && is_zero(at, m->kind == AS_TEXT ? 1 : m->size))
			continue;
		if (!m->count) {
			emit_element(o, m->name, m, at);
			continue;
		}
		while (m->or_zero && n && is_zero(at + (size_t)(n - 1) * m->stride, m->size))
			n--;
		out_arr(o, m->name, NULL);
		for (unsigned j = 0; j < n; j++)
			emit_element(o, NULL, m, at + (size_t)j * m->stride);
		out_end(o);
	}
}

static void emit_names(struct out *o, const char *key, const char *text, size_t n)
{
	const char *end = text + n;

	out_arr(o, key, NULL);
	while (text < end) {
		const char *line = memchr(text, '\n', end - text);

		emit_escaped(o, NULL, text, (line ? line : end) - text);
		text = line ? line + 1 : end;
	}
	out_end(o);
}

static void emit_memory(struct out *o, const struct form *form, const unsigned char *data, size_t n)
{
	const size_t step = form->kind == FORM_WORDS ? sizeof(uint32_t) : LINE_BYTES;

	out_obj(o, form->name, NULL);
	for (size_t at = 0; at < n; at += step) {
		size_t len = n - at < step ? n - at : step;
		_cleanup_str_ struct str hex = { 0 };
		char key[24];
		uint32_t word = 0;

		if (is_zero(data + at, len))
			continue;
		snprintf(key, sizeof(key), "0x%zx", at);
		if (form->kind == FORM_WORDS) {
			memcpy(&word, data + at, len);
			out_u64(o, key, NULL, word, OUT_PLAIN);
			continue;
		}
		for (size_t i = 0; i < len; i++)
			str_addf(&hex, "%02x", data[at + i]);
		out_str(o, key, NULL, str_text(&hex));
	}
	out_end(o);
}

static void emit_answer(struct out *o, const struct recorded_call *c)
{
	const struct form *form = c->form;

	switch (form->kind) {
	case FORM_STRUCT:
		out_obj(o, form->name, NULL);
		emit_members(o, form, c->data);
		out_end(o);
		break;
	case FORM_TEXT:
		emit_escaped(o, form->name, (const char *)c->data, c->size);
		break;
	case FORM_NAMES:
		emit_names(o, form->name, (const char *)c->data, c->size);
		break;
	default:
		emit_memory(o, form, c->data, c->size);
	}
}

void emit_recording(struct out *o, const struct machine *m, const struct recording *rec)
{
	out_u64(o, "format_version", NULL, RECORDING_FORMAT, OUT_PLAIN);
	out_str(o, "byte_order", NULL, m->big_endian ? "big" : "little");
	out_u64(o, "page_size", NULL, m->page_size, OUT_PLAIN);
	out_arr(o, "calls", NULL);
	for (size_t i = 0; i < rec->n; i++) {
		const struct recorded_call *c = &rec->calls[i];

		out_obj(o, NULL, NULL);
		out_str(o, "question", NULL, c->question);
		emit_errno(o, "ret", c->ret);
		if (c->form)
			emit_answer(o, c);
		out_end(o);
	}
	out_end(o);
}
