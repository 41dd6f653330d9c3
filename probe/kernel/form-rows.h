/* SPDX-License-Identifier: MIT */
/* Macros for the rows of a form: offset, name and type of each member. The rows are next to their struct. */
#ifndef PROBE_KERNEL_FORM_ROWS_H
#define PROBE_KERNEL_FORM_ROWS_H

#include "form.h"
#include "probe/lib/base.h"

#define ROW(s, member, called, is, ...)                                                \
	{                                                                              \
		.name = called, .kind = AS_##is, .offset = offsetof(struct s, member), \
		.size = sizeof(((struct s *)0)->member), __VA_ARGS__                   \
	}
#define ALWAYS(s, member, is, ...)  ROW(s, member, #member, is, __VA_ARGS__)
#define OR_ZERO(s, member, is, ...) ROW(s, member, #member, is, .or_zero = true, __VA_ARGS__)

#define WORDS(names)	.words = names, .n_words = ARRAY_SIZE(names)
#define PAIR(s, member) ROW(s, member[0], #member, UINT, .count = 2, .stride = 4)
#define STRUCT(key, s, rows)                                               \
	{                                                                  \
		key, FORM_STRUCT, sizeof(struct s), rows, ARRAY_SIZE(rows) \
	}

#endif
