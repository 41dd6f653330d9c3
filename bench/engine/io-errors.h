/* SPDX-License-Identifier: MIT */
/* Failed and short I/Os: how many, and the first of each kind. */
#ifndef BENCH_ENGINE_IO_ERRORS_H
#define BENCH_ENGINE_IO_ERRORS_H

#include "bench/job/workload.h"

#define MAX_FAULTS 12

/* I/Os that failed in the same way; details are those of the first. */
struct fault {
	uint64_t n, offset;
	uint32_t bytes;	 /* requested */
	int res;	 /* negative errno; for short I/Os the result of the first */
	unsigned status; /* NVMe status, nvme_status_code(), with res -EIO; 0: none */
	enum io_kind kind;
};

struct io_errors {
	uint64_t failed;	    /* with an errno or NVMe status */
	uint64_t by_kind[IO_KINDS]; /* failed and short */
	uint64_t short_by_kind[IO_KINDS];
	uint64_t empty;		       /* short I/Os that moved nothing */
	struct fault cut;	       /* fewer bytes than requested, including none */
	struct fault seen[MAX_FAULTS]; /* by errno or status, in order of first occurrence */
	unsigned n_seen;
	uint64_t unnamed; /* failed with an errno or status for which there was no space */
};

/* Counts an I/O whose result res is negative or too small. */
void io_errors_note(struct io_errors *t, int res, const struct io *io);

/* Counts an I/O that failed with an NVMe status. */
void io_errors_note_status(struct io_errors *t, unsigned status, const struct io *io);

/* Formats the cause: "EIO", "NVMe status 0x281 (unrecovered read error)". */
void fault_text(const struct fault *f, char *out, size_t size);

void io_errors_merge(struct io_errors *to, const struct io_errors *from);

/* Number of failed and short I/Os. */
static inline uint64_t io_errors_total(const struct io_errors *t)
{
	return t->failed + t->cut.n;
}

#endif
