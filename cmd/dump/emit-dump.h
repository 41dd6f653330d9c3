/* SPDX-License-Identifier: MIT */
#ifndef CMD_DUMP_EMIT_DUMP_H
#define CMD_DUMP_EMIT_DUMP_H

#include "cmd/output/out.h"
#include "dump/foreign/sample.h"

struct kernel;

/* A ring with everything that was read from it. */
struct dump_view {
	struct kernel *k; /* to resolve the paths of files */
	const struct dump_ring *ring;
	const struct look *looks;
	unsigned n_looks;
	const struct seen *seen;       /* by the last sample */
	const struct capture *capture; /* NULL: only the header was read */
};

/* Emits a row of a table, or an object of its own if there is a capture. */
void emit_ring(struct out *o, const struct dump_view *v);

/* "1234:5", or "1234" for a ring without an fd. */
void dump_ring_name(const struct dump_ring *r, char *buf, size_t size);

/* The problems found by diagnose_ring(). */
unsigned dump_problems(const struct dump_view *v, struct problem out[static PROBLEMS]);

#endif
