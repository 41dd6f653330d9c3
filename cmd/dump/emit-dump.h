/* SPDX-License-Identifier: MIT */
#ifndef CMD_DUMP_EMIT_DUMP_H
#define CMD_DUMP_EMIT_DUMP_H

#include "cmd/output/out.h"
#include "dump/foreign/sample.h"

struct kernel;

/* A ring with all that was seen of it. */
struct dump_view {
	struct kernel *k; /* for the paths of files */
	const struct dump_ring *ring;
	const struct look *looks;
	unsigned n_looks;
	const struct seen *seen;       /* of the last look */
	const struct capture *capture; /* NULL: only the header was wanted */
};

/* As a row of a table; with a capture as an object of its own. */
void emit_ring(struct out *o, const struct dump_view *v);

/* "1234:5", or "1234" for a ring without an fd. */
void dump_ring_name(const struct dump_ring *r, char *buf, size_t size);

/* What diagnose_ring() finds. */
unsigned dump_problems(const struct dump_view *v, struct problem out[static PROBLEMS]);

#endif
