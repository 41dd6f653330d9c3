/* SPDX-License-Identifier: MIT */
#include "emit-known.h"

#include <string.h>

#include "probe/lib/base.h"

/* Maximum length of a value in the text, so that lines stay below 80 columns. */
#define TEXT_COLUMNS 54

void emit_cut(struct out *o, const char *key, const char *label, const char *text)
{
	_cleanup_str_ struct str cut = { 0 };

	out_str(o, key, NULL, *text ? text : NULL);
	if (!*text)
		return;
	str_addn(&cut, text, strnlen(text, TEXT_COLUMNS));
	if (strlen(text) > TEXT_COLUMNS)
		str_add(&cut, " ...");
	out_str(o, NULL, label, str_text(&cut));
}

void emit_text(struct out *o, const char *key, const char *label, const char *text)
{
	out_str(o, key, *text ? label : NULL, *text ? text : NULL);
}

void emit_number(struct out *o, const char *key, const char *label, int64_t n, enum out_unit unit)
{
	if (n < 0)
		out_null(o, key, NULL);
	else
		out_u64(o, key, label, n, unit);
}

void emit_yes(struct out *o, const char *key, const char *label, int64_t n)
{
	if (n < 0)
		out_null(o, key, NULL);
	else
		out_bool(o, key, label, n > 0);
}

void emit_flag_names(struct out *o, const char *key, enum uapi_kind kind, uint32_t mask)
{
	out_arr(o, key, NULL);
	for (unsigned bit = 0; bit < 32; bit++) {
		const struct uapi_row *row = uapi_find(kind, bit);
		char unnamed[16];

		if (!(mask & 1u << bit))
			continue;
		snprintf(unnamed, sizeof(unnamed), "bit-%u", bit);
		out_str(o, NULL, NULL, row ? row->name : unnamed);
	}
	out_end(o);
}
