/* SPDX-License-Identifier: MIT */
/* I/Os that went wrong: how many, and the first of each sort. */
#ifndef BENCH_ENGINE_IO_ERRORS_H
#define BENCH_ENGINE_IO_ERRORS_H

#include "bench/job/workload.h"

#define MAX_FAULTS 12

/* I/Os that went wrong the same way; the first of them in detail. */
struct fault {
	uint64_t n, offset;
	uint32_t bytes;	 /* asked for */
	int res;	 /* negative errno, or of short ones what came of the first */
	unsigned status; /* of an NVMe drive, nvme_status_code(): res is -EIO then; 0: none */
	enum io_kind kind;
};

struct io_errors {
	uint64_t failed;	    /* with an errno or a status */
	uint64_t by_kind[IO_KINDS]; /* failed and short */
	uint64_t short_by_kind[IO_KINDS];
	uint64_t empty;	  /* of the short ones those that had none */
	struct fault cut; /* fewer bytes than asked, none included */
	struct fault
		seen[MAX_FAULTS]; /* by errno or status, in the order in which they came first */
	unsigned n_seen;
	uint64_t unnamed; /* failed, with one for which there was no room */
};

/* An I/O came back with res, which is negative or too small. */
void io_errors_note(struct io_errors *t, int res, const struct io *io);

/* An NVMe drive refused it. */
void io_errors_note_status(struct io_errors *t, unsigned status, const struct io *io);

/* What an I/O failed with: "EIO", "NVMe status 0x281 (unrecovered read error)". */
void fault_text(const struct fault *f, char *out, size_t size);

void io_errors_merge(struct io_errors *to, const struct io_errors *from);

/* I/Os that went wrong. */
static inline uint64_t io_errors_total(const struct io_errors *t)
{
	return t->failed + t->cut.n;
}

#endif
