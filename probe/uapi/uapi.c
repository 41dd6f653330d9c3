/* SPDX-License-Identifier: MIT */
#include "uapi.h"

#include <string.h>

#include "probe/lib/base.h"

#define V(major, minor)      \
	{                    \
		major, minor \
	}

static const struct uapi_row opcodes[] = {
#define OP(nr, name, since, config, doc) { "IORING_OP_" #name, nr, since, config, 0, 0, doc },
#include "opcodes.def"
};

static const struct uapi_row setup_flags[] = {
#define SETUP(bit, name, since, needs, conflicts, doc) \
	{ "IORING_SETUP_" #name, bit, since, NULL, needs, conflicts, doc },
#include "setup_flags.def"
};

static const struct uapi_row features[] = {
#define FEAT(bit, name, since, doc) { "IORING_FEAT_" #name, bit, since, NULL, 0, 0, doc },
#include "features.def"
};

static const struct uapi_row register_ops[] = {
#define REG(nr, name, since, config, doc) { "IORING_" #name, nr, since, config, 0, 0, doc },
#include "register_ops.def"
};

static const struct uapi_row enter_flags[] = {
#define ENTER(bit, name, since, doc) { "IORING_ENTER_" #name, bit, since, NULL, 0, 0, doc },
#include "enter_flags.def"
};

static const struct uapi_row sqe_flags[] = {
#define SQE(bit, name, since, doc) { "IOSQE_" #name, bit, since, NULL, 0, 0, doc },
#include "sqe_flags.def"
};

static const struct uapi_row cqe_flags[] = {
#define CQE(bit, name, since, doc) { "IORING_CQE_F_" #name, bit, since, NULL, 0, 0, doc },
#include "cqe_flags.def"
};

static const struct uapi_row op_flags[] = {
#define OPF(id, area, name, value, since, doc) { name, value, since, NULL, 0, 0, doc, area },
#include "op_flags.def"
};

#define TABLE(key, title, prefix, is_mask, rows)                    \
	{                                                           \
		key, title, prefix, is_mask, rows, ARRAY_SIZE(rows) \
	}

const struct uapi_table uapi_tables[UAPI_KINDS] = {
	[UAPI_OP] = TABLE("ops", "Opcodes", "IORING_OP_", false, opcodes),
	[UAPI_SETUP] = TABLE("setup_flags", "Setup flags", "IORING_SETUP_", true, setup_flags),
	[UAPI_FEAT] = TABLE("features", "Features", "IORING_FEAT_", true, features),
	[UAPI_REG] = TABLE("register_ops", "Register operations", "IORING_", false, register_ops),
	[UAPI_ENTER] = TABLE("enter_flags", "Enter flags", "IORING_ENTER_", true, enter_flags),
	[UAPI_SQE] = TABLE("sqe_flags", "SQE flags", "IOSQE_", true, sqe_flags),
	[UAPI_CQE] = TABLE("cqe_flags", "CQE flags", "IORING_CQE_F_", true, cqe_flags),
	[UAPI_OPFLAG] = TABLE("op_flags", "Flags of single opcodes", "", false, op_flags),
};

const struct uapi_row *uapi_find(enum uapi_kind kind, uint32_t number)
{
	const struct uapi_table *t = &uapi_tables[kind];

	for (unsigned i = 0; i < t->n; i++)
		if (t->rows[i].number == number)
			return &t->rows[i];
	return NULL;
}

const char *uapi_short(enum uapi_kind kind, const struct uapi_row *row)
{
	return row->name + strlen(uapi_tables[kind].prefix);
}

void uapi_flags_text(struct str *to, enum uapi_kind kind, uint32_t mask, const char *sep)
{
	const char *before = "";

	for (unsigned bit = 0; bit < 32; bit++) {
		const struct uapi_row *row = uapi_find(kind, bit);

		if (!(mask & 1u << bit))
			continue;
		if (row)
			str_addf(to, "%s%s", before, uapi_short(kind, row));
		else
			str_addf(to, "%sbit-%u", before, bit);
		before = sep;
	}
}

uint32_t uapi_setup_company(uint32_t flags)
{
	uint32_t all = flags, before;

	do {
		before = all;
		for (unsigned i = 0; i < ARRAY_SIZE(setup_flags); i++) {
			uint32_t needs = setup_flags[i].needs;

			if ((all & (1u << setup_flags[i].number)) && needs && !(all & needs))
				all |= needs & -needs;
		}
	} while (all != before);
	return all;
}
