/* SPDX-License-Identifier: MIT */
#include "field.h"

#include <string.h>

#include "probe/lib/base.h"
#include "probe/uapi/uapi.h"

const char *const layout_writer_names[WRITERS] = {
	[WRITER_KERNEL] = "kernel",
	[WRITER_APP] = "application",
	[WRITER_CONST] = "constant",
};

const char *const layout_entry_names[] = {
	[ENTRY_SQE] = "sqe",
	[ENTRY_CQE] = "cqe",
};

const struct layout_field layout_fields[LAYOUT_FIELDS] = {
#define FIELD(id, name, side, member, ...) \
	[FIELD_##id] = { name, side, offsetof(struct ring_params, member), __VA_ARGS__ },
#include "field.def"
};

const struct layout_member layout_members[] = {
#define MEMBER(...) { __VA_ARGS__ },
#include "entry.def"
};
const unsigned n_layout_members = ARRAY_SIZE(layout_members);

const struct layout_field *layout_field_find(const char *name)
{
	for (unsigned i = 0; i < LAYOUT_FIELDS; i++)
		if (!strcmp(layout_fields[i].name, name))
			return &layout_fields[i];
	return NULL;
}

bool layout_alias_next(const struct layout_member *m, const char **at, struct layout_alias *a)
{
	const char *n = *at + strspn(*at, " ");

	if (!*n)
		return false;
	*a = (struct layout_alias){
		.name_len = strcspn(n, ": "),
		.type_len = strlen(m->type),
		.name = n,
		.type = m->type,
		.offset = m->offset,
	};
	n += a->name_len;
	if (*n == ':') {
		a->type = n + 1;
		a->type_len = strcspn(a->type, "@");
		a->offset = strtoul(a->type + a->type_len + 1, NULL, 10);
		n += strcspn(n, " ");
	}
	*at = n;
	return true;
}

static bool has_name(const struct layout_member *m, const char *name)
{
	const char *at = m->names;
	struct layout_alias a;

	while (layout_alias_next(m, &at, &a))
		if (strlen(name) == (size_t)a.name_len && !strncmp(a.name, name, a.name_len))
			return true;
	return false;
}

const struct layout_member *layout_member_find(const char *name)
{
	for (unsigned i = 0; i < n_layout_members; i++) {
		const struct layout_member *m = &layout_members[i];
		const char *entry = layout_entry_names[m->entry];
		size_t len = strlen(entry);

		if (!strncmp(name, entry, len) && name[len] == '.' && has_name(m, name + len + 1))
			return m;
	}
	return NULL;
}
