/* SPDX-License-Identifier: MIT */
/*
 * How large the entries of a foreign ring are, and whether it has an index array. The header does
 * not tell: CQE32, SQE128 and NO_SQARRAY show in the sizes of the mappings, which are known by the
 * page alone, in the form of fdinfo's lists, or in what lies where the index array would be. Pure.
 */
#ifndef DUMP_FOREIGN_ENTRY_FORMAT_H
#define DUMP_FOREIGN_ENTRY_FORMAT_H

#include "fdinfo.h"
#include "snapshot.h"

enum certainty {
	CERTAIN,
	LIKELY,	 /* by what lies in the memory */
	ASSUMED, /* nothing tells; taken to be the usual */
	CERTAINTIES,
};

extern const char *const certainty_names[CERTAINTIES]; /* "certain", "likely", "assumed" */

struct entry_format {
	uint32_t flags; /* SQE128, CQE32, NO_SQARRAY */
	enum certainty sqe, cqe, array;
};

/* What io_uring_params would say of a ring with these entries and flags. off has the offsets of the
 * header, and with entries also says whether the array lies past its place; all else is taken from the ring. */
void entry_format_params(const struct ring_params *off, const struct ring_state *s, uint32_t flags,
			 struct ring_params *p);

/* The flags that shape a ring of this kernel. */
uint32_t entry_format_flags(struct kver kernel);

/* What the ring is, from what is there: lengths that a mapping was found to have, or 0, with memory
 * that may be NULL; i may be NULL. */
void entry_format_find(const struct ring_params *off, struct kver kernel,
		       const struct ring_state *s, const struct snapshot *img,
		       const struct fdinfo *i, struct entry_format *out);

#endif
