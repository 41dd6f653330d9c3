/* SPDX-License-Identifier: MIT */
#include "view-layout.h"

#include "probe/lib/base.h"
#include "probe/uapi/uapi.h"

const enum draw_tone writer_tones[WRITERS] = {
	[WRITER_KERNEL] = DRAW_KERNEL,
	[WRITER_APP] = DRAW_APP,
	[WRITER_CONST] = DRAW_CONST,
};

const char *const writer_marks[WRITERS] = {
	[WRITER_KERNEL] = "K",
	[WRITER_APP] = "A",
	[WRITER_CONST] = "=",
};

void layout_flags_text(struct str *to, enum uapi_kind kind, uint32_t flags)
{
	uapi_flags_text(to, kind, flags, ", ");
	if (!flags)
		str_add(to, "none");
}

void layout_alternatives(struct str *to, const struct layout_member *m)
{
	const char *at = m->names;
	struct layout_alias a;

	layout_alias_next(m, &at, &a);
	while (layout_alias_next(m, &at, &a)) {
		str_addf(to, "%s%.*s", to->len ? ", " : "or ", a.name_len, a.name);
		if (a.type != m->type)
			str_addf(to, " (%.*s at %u)", a.type_len, a.type, a.offset);
	}
}
