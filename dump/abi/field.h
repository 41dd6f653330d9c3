/* SPDX-License-Identifier: MIT */
/* The contents of ring memory: one row per member of the rings, and per place inside an SQE or CQE. */
#ifndef DUMP_ABI_FIELD_H
#define DUMP_ABI_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum layout_side { SIDE_SQ, SIDE_CQ, SIDE_SQES };

enum layout_writer { WRITER_KERNEL, WRITER_APP, WRITER_CONST, WRITERS };

extern const char *const layout_writer_names[WRITERS]; /* "kernel", "application", "constant" */

enum layout_field_id {
#define FIELD(id, ...) FIELD_##id,
#include "field.def"
#undef FIELD
	LAYOUT_FIELDS,
};

struct layout_field {
	const char *name; /* "sq.head" */
	enum layout_side side;
	size_t member;	  /* of struct ring_params, which has its offset; not for sqes */
	const char *type; /* of the field, or of one element */
	bool is_array;
	enum layout_writer writer;
	const char *brief; /* at most 33 columns */
	const char *purpose;
	const char *reader;  /* who, and when */
	const char *order;   /* memory order of both sides */
	const char *without; /* what goes wrong without the order */
};

extern const struct layout_field layout_fields[LAYOUT_FIELDS];

/* Finds a field by name; NULL if there is none. */
const struct layout_field *layout_field_find(const char *name);

enum layout_entry { ENTRY_SQE, ENTRY_CQE };

/* A place inside an SQE or a CQE. */
struct layout_member {
	enum layout_entry entry;
	unsigned offset, bytes;
	const char *type;
	const char
		*names; /* of the union, separated by spaces; "name:type@offset" if that differs */
	uint32_t needs; /* one of these setup flags adds the place; or 0 */
	const char *brief; /* at most 36 columns */
};

extern const struct layout_member layout_members[];
extern const unsigned n_layout_members;

/* Finds a member by "sqe.NAME" or "cqe.NAME", with any name of the union; NULL if there is none. */
const struct layout_member *layout_member_find(const char *name);

/* One of the names of a union. */
struct layout_alias {
	int name_len, type_len;
	const char *name, *type; /* not NUL-terminated */
	unsigned offset;
};

/* Returns the name at *at and advances *at, which starts as m->names; false after the last. */
bool layout_alias_next(const struct layout_member *m, const char **at, struct layout_alias *a);

/* "sqe" or "cqe" */
extern const char *const layout_entry_names[];

#endif
