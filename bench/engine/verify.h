/* SPDX-License-Identifier: MIT */
/*
 * Data that tells whether it is what was written. Every block of it, of 4096 bytes, or of 512 where the
 * sizes of the I/Os want that, has a header and after it bytes that follow from the header alone, so that
 * who reads it later knows what should be there to the byte.
 *
 * The run that writes also knows how often it wrote each block: its own reads must bring the latest
 * generation. For that no two of its I/Os are in flight on the same block.
 */
#ifndef BENCH_ENGINE_VERIFY_H
#define BENCH_ENGINE_VERIFY_H

#include <stdbool.h>

#include "bench/job/contents.h"
#include "bench/job/workload.h"
#include "crc32c.h"

struct fail;

#define VERIFY_MAGIC	     0x6b6f6c4267697255ull /* "UrigBlok" */
#define VERIFY_MISMATCHES    8
#define VERIFY_EXCERPT_BYTES 16

/* At the start of every block, in the byte order of the machine. */
struct verify_header {
	uint64_t magic;
	uint64_t offset;     /* of the block on the target */
	uint64_t generation; /* how often the run has written the block, from 1 */
	uint64_t seed;	     /* of the job */
	uint64_t run;	     /* a number for each run */
	uint32_t length;     /* of the block, the header included */
	uint32_t percent;    /* of random bytes in it; contents_fill() */
	uint32_t reserved;   /* 0 */
	uint32_t crc;	     /* CRC32C of the whole block, with 0 here */
};

/* What a block is that is not what was written. */
enum flaw {
	FLAW_CORRUPT,	/* its checksum is wrong: damaged, or torn */
	FLAW_LOST,	/* this run wrote it, and there is no block of the sort */
	FLAW_STALE,	/* this run wrote another one there: it is of an earlier write */
	FLAW_MISPLACED, /* whole, but belongs to another offset */
	FLAW_SEED,	/* whole, but written with another seed */
};

/* A word, and what is said of such a block. */
extern const char *const flaw_words[], *const flaw_phrases[];

struct mismatch {
	uint64_t offset; /* of the block */
	uint64_t byte;	 /* offset of the first byte that differs */
	enum flaw flaw;
	unsigned n; /* bytes from there on that are shown */
	unsigned char expected[VERIFY_EXCERPT_BYTES], found[VERIFY_EXCERPT_BYTES];
};

struct verify_counts {
	uint64_t verified_bytes, mismatched_bytes;
	uint64_t unwritten_bytes; /* no block, or none that this run wrote */
	uint64_t mismatches;	  /* blocks */
	struct mismatch first[VERIFY_MISMATCHES];
};

void verify_counts_merge(struct verify_counts *to, const struct verify_counts *from);

struct verifier {
	struct crc32c crc;
	uint64_t seed, run;
	unsigned percent;
	uint32_t block;	 /* bytes */
	uint64_t base;	 /* of the part of the target in use */
	uint32_t *cells; /* of each block how often this run wrote it; NULL: it only reads */
	size_t cells_bytes;
};

/* What became of a claimed I/O. */
enum claim_end { CLAIM_DONE, CLAIM_NOT_DONE, CLAIM_UNSURE };

/* For the part of a target from base on, of so many bytes. The job was checked before. -ENOMEM. */
int verifier_open(struct verifier *v, const struct job *job, uint64_t base, uint64_t bytes,
		  struct fail *f);
void verifier_close(struct verifier *v);

/* Keeps all other I/Os off the blocks of this one until verifier_release(); false when one is there
 * already. Any thread, with v->cells. */
bool verifier_claim(struct verifier *v, const struct io *io);
void verifier_release(struct verifier *v, const struct io *io, enum claim_end end);

/* Makes in buf what is to be written by io, which is claimed. */
void verifier_seal(const struct verifier *v, const struct io *io, unsigned char *buf);

/* Judges what io, claimed if the run writes, has read into buf. */
void verifier_check(const struct verifier *v, const struct io *io, const unsigned char *buf,
		    struct verify_counts *found);

#endif
