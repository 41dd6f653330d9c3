/* SPDX-License-Identifier: MIT */
#include "view-walk.h"

#include <fcntl.h>
#include <string.h>

#include "probe/lib/base.h"
#include "probe/uapi/uapi.h"

/* Smaller values are numbers, not addresses. */
#define LOWEST_POINTER 4096

static void bits_text(struct str *to, uint32_t value, const char *const names[], unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (value & 1u << i)
			str_addf(to, "%s%s", to->len ? " " : "", names[i]);
}

void walk_sq_flags_text(struct str *to, uint32_t flags)
{
	static const char *const names[] = { "NEED_WAKEUP", "CQ_OVERFLOW", "TASKRUN" };

	bits_text(to, flags, names, ARRAY_SIZE(names));
}

static void member_text(struct str *to, const struct walk_change *c)
{
	int32_t v = c->new_value;

	if (!strcmp(c->name, "opcode")) {
		const struct uapi_row *row = uapi_find(UAPI_OP, c->new_value);

		if (row)
			str_add(to, uapi_short(UAPI_OP, row));
	} else if (!strcmp(c->name, "res")) {
		if (v < 0)
			str_addf(to, "-%s", errno_name(v));
		else
			str_addf(to, "%d", v);
	} else if (!strcmp(c->name, "flags") && c->member->entry == ENTRY_CQE) {
		/* Above is the ID of a buffer. */
		uapi_flags_text(to, UAPI_CQE, c->new_value & 0xffff, " ");
	} else if (!strcmp(c->name, "fd")) {
		str_addf(to, v == AT_FDCWD ? "AT_FDCWD" : "%d", v);
	} else if (!strcmp(c->name, "addr") && c->new_value >= LOWEST_POINTER) {
		str_add(to, "pointer");
	} else if (strstr(c->name, "flags") || strstr(c->name, "events")) {
		str_addf(to, "0x%llx", (unsigned long long)c->new_value);
	} else {
		str_addf(to, "%llu", (unsigned long long)c->new_value);
	}
}

void walk_change_text(struct str *to, const struct walk_change *c)
{
	if (!c->has_value)
		return;
	if (c->member)
		member_text(to, c);
	else if (c->field == &layout_fields[FIELD_SQ_FLAGS])
		walk_sq_flags_text(to, c->new_value);
	else
		str_addf(to, "%llu", (unsigned long long)c->new_value);
}

void walk_change_name(struct str *to, const struct walk_change *c)
{
	str_add(to, c->field ? c->field->name : "padding");
	if (c->indexed)
		str_addf(to, "[%u]", c->index);
	if (c->member)
		str_addf(to, ".%s", c->name);
}
