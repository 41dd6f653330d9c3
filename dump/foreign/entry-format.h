/* SPDX-License-Identifier: MIT */
/*
 * Finds the entry sizes of a foreign ring, and whether it has an index array. The header does not have them:
 * CQE32, SQE128 and NO_SQARRAY affect the sizes of the mappings, which are only known in pages, the format
 * of fdinfo's lists, and what is in the place of the index array. Pure.
 */
#ifndef DUMP_FOREIGN_ENTRY_FORMAT_H
#define DUMP_FOREIGN_ENTRY_FORMAT_H

#include "fdinfo.h"
#include "snapshot.h"

enum certainty {
	CERTAIN,
	LIKELY,	 /* from the contents of the memory */
	ASSUMED, /* no evidence; assumed to be the usual */
	CERTAINTIES,
};

extern const char *const certainty_names[CERTAINTIES]; /* "certain", "likely", "assumed" */

struct entry_format {
	uint32_t flags; /* SQE128, CQE32, NO_SQARRAY */
	enum certainty sqe, cqe, array;
};

/* Computes io_uring_params of a ring with these entries and flags. off has the offsets of the header and,
 * with entries, whether the array offset has the bug; everything else is from the ring. */
void entry_format_params(const struct ring_params *off, const struct ring_state *s, uint32_t flags,
			 struct ring_params *p);

/* The flags of this kernel that affect the layout. */
uint32_t entry_format_flags(struct kver kernel);

/* Finds the format from the known lengths of mappings, or 0, with their memory, which may be NULL; i may be
 * NULL. */
void entry_format_find(const struct ring_params *off, struct kver kernel,
		       const struct ring_state *s, const struct snapshot *img,
		       const struct fdinfo *i, struct entry_format *out);

#endif
