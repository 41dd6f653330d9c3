/* SPDX-License-Identifier: MIT */
/*
 * Looking into a ring of another process. What is read comes, in this order, from the ring's own
 * memory through a borrowed fd, from the memory of the process that has it mapped, or from fdinfo.
 * Nothing is kept between two looks: a held fd or mapping would keep the ring alive after its owner
 * has closed it, and after RESIZE_RINGS an old mapping shows old memory.
 */
#ifndef DUMP_FOREIGN_ATTACH_H
#define DUMP_FOREIGN_ATTACH_H

#include "decode.h"
#include "entry-format.h"
#include "scan.h"
#include "snapshot.h"

enum dump_source { SOURCE_NONE, SOURCE_MEMORY, SOURCE_PROCESS, SOURCE_FDINFO, DUMP_SOURCES };

/* NULL, "memory", "process_vm_readv", "fdinfo" */
extern const char *const dump_source_names[DUMP_SOURCES];

/* Where something comes from and, when it is not the ring's memory, why not and what mends it. */
struct seen {
	enum dump_source source;
	char why[200], fix[160];
};

/* Where the fields of a foreign ring's header lie. */
struct dump_offsets {
	struct ring_params p; /* of the header; sizes mean nothing */
	struct kver kernel;
	bool from_ring;	  /* of a ring made on this kernel; else predicted for its version */
	const char *form; /* NULL: none that is known */
	char why[200];	  /* of a prediction: why no ring could be made */
};

/* Makes a ring of one entry and closes it. -EOPNOTSUPP: no ring could be made, and this kernel's
 * version has no io_uring or is not known. */
int attach_offsets(struct kernel *k, struct dump_offsets *o, struct fail *f);

/* Reads the header alone. Without a source, *s is untouched. Fdinfo is taken from r as it is. */
void attach_header(struct kernel *k, const struct dump_offsets *o, const struct dump_ring *r,
		   struct ring_state *s, struct seen *seen);

/* All of a ring at one moment. */
struct capture {
	struct seen seen;	 /* of the state */
	struct ring_state state; /* meaningless without a source */
	bool has_flags; /* of the state sq_flags, cq_flags, sq_dropped, cq_overflow; fdinfo lacks them */
	struct entry_format format;
	struct seen sqes_seen, cqes_seen;
	struct sqe_facts *sqes;
	struct cqe_facts *cqes;
	unsigned n_sqes, n_cqes;
	unsigned gone; /* entries that were taken while they were read, and are left out */
	/* The files that the latest submissions named, as far as their SQEs are still there. */
	unsigned latest;	   /* how many */
	bool one_fd, one_fd_fixed; /* all name the same */
	int fd;
};

/* -ENOMEM. What cannot be seen says so in its struct seen. Freed with capture_free(). */
int attach_capture(struct kernel *k, const struct dump_offsets *o, const struct dump_ring *r,
		   struct capture *out);
void capture_free(struct capture *c);

#endif
