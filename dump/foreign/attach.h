/* SPDX-License-Identifier: MIT */
/*
 * Reads a ring of another process: from the ring's own memory through a duplicated fd, otherwise from the
 * memory of the process that maps it, otherwise from fdinfo. Nothing is kept between samples: a held fd or
 * mapping would keep the ring alive after its owner closed it, and after RESIZE_RINGS an old mapping shows
 * old memory.
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

/* The source of a part and, if it is not the ring's memory, the reason and a fix. */
struct seen {
	enum dump_source source;
	char why[200], fix[160];
};

/* Offsets of the header fields of a foreign ring. */
struct dump_offsets {
	struct ring_params p; /* of the header; sizes are undefined */
	struct kver kernel;
	bool from_ring; /* from a ring set up on this kernel; otherwise predicted from its version */
	const char *form; /* NULL: not a known one */
	char why[200];	  /* of a prediction: why no ring could be set up */
};

/* Sets up a ring of one entry and closes it. Returns -EOPNOTSUPP if that failed, and this kernel's version
 * has no io_uring or is unknown. */
int attach_offsets(struct kernel *k, struct dump_offsets *o, struct fail *f);

/* Reads only the header. Without a source, *s is unchanged. Uses the fdinfo in r without reading it again. */
void attach_header(struct kernel *k, const struct dump_offsets *o, const struct dump_ring *r,
		   struct ring_state *s, struct seen *seen);

/* A complete copy of a ring at one time. */
struct capture {
	struct seen seen;	 /* of the state */
	struct ring_state state; /* undefined without a source */
	bool has_flags; /* the state has sq_flags, cq_flags, sq_dropped, cq_overflow; fdinfo lacks them */
	struct entry_format format;
	struct seen sqes_seen, cqes_seen;
	struct sqe_facts *sqes;
	struct cqe_facts *cqes;
	unsigned n_sqes, n_cqes;
	unsigned gone; /* entries that were taken while they were read; they are left out */
	/* The files of the latest submissions whose SQEs still exist. */
	unsigned latest;	   /* their number */
	bool one_fd, one_fd_fixed; /* all have the same file */
	int fd;
};

/* Returns -ENOMEM. What cannot be read has the reason in its struct seen. Free with capture_free(). */
int attach_capture(struct kernel *k, const struct dump_offsets *o, const struct dump_ring *r,
		   struct capture *out);
void capture_free(struct capture *c);

#endif
