/* SPDX-License-Identifier: MIT */
/*
 * Data that can be verified. Every block, of 4096 bytes, or of 512 if the I/O sizes require it, has a
 * header, and the remaining bytes are derived from the header. So every byte can be checked later.
 *
 * The run that writes also counts how often it wrote each block: its own reads must return the latest
 * generation. For this, it never has two I/Os in flight on the same block.
 */
#ifndef BENCH_ENGINE_VERIFY_H
#define BENCH_ENGINE_VERIFY_H

#include <stdbool.h>

#include "bench/job/contents.h"
#include "bench/job/workload.h"
#include "crc32c.h"
#include "verify-log.h"

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
	uint64_t run;	     /* unique for each run */
	uint32_t length;     /* of the block, including the header */
	uint32_t percent;    /* of random bytes in the block; contents_fill() */
	uint32_t reserved;   /* 0 */
	uint32_t crc;	     /* CRC32C of the whole block, computed with 0 here */
};

/* What is wrong with a block. */
enum flaw {
	FLAW_CORRUPT,	   /* wrong checksum: damaged or torn */
	FLAW_LOST,	   /* this run wrote it, but there is no block written by this run */
	FLAW_STALE,	   /* written by this run, but an earlier generation */
	FLAW_MISPLACED,	   /* intact, but belongs at another offset */
	FLAW_SEED,	   /* intact, but written with another seed */
	FLAW_LOST_FLUSHED, /* a flush covered it, but there is no block of the run, or an older one */
};

/* A word and a phrase for each flaw. */
extern const char *const flaw_words[], *const flaw_phrases[];

struct mismatch {
	uint64_t offset; /* of the block */
	uint64_t byte;	 /* offset of the first byte that differs */
	enum flaw flaw;
	unsigned n; /* number of bytes kept from there on */
	unsigned char expected[VERIFY_EXCERPT_BYTES], found[VERIFY_EXCERPT_BYTES];
};

struct verify_counts {
	uint64_t verified_bytes, mismatched_bytes;
	uint64_t unwritten_bytes; /* no block, or none written by this run */
	/* With a log: included in mismatched_bytes; in none of the others, because there is no block of the
	 * run, and no flush covered one; included in verified_bytes, though no flush covered it. */
	uint64_t lost_flushed_bytes, never_promised_bytes, newer_bytes;
	uint64_t mismatches; /* blocks */
	struct mismatch first[VERIFY_MISMATCHES];
};

void verify_counts_merge(struct verify_counts *to, const struct verify_counts *from);

struct verifier {
	struct crc32c crc;
	uint64_t seed, run;
	unsigned percent;
	uint32_t block; /* bytes */
	uint64_t base;	/* start of the part of the target in use */
	/* For each block how often this run wrote it: the low bits with two flags, and the high bits, whose
	 * pages take memory only where a block was written more than 16383 times. NULL: the run only reads. */
	uint16_t *cells;
	uint32_t *high;
	size_t n_cells;
	bool promised; /* the cells have the generations that a log promises */
	struct verify_log log;
};

/* How a claimed I/O ended. */
enum claim_end { CLAIM_DONE, CLAIM_NOT_DONE, CLAIM_UNSURE };

/* Whether there is memory to verify a part of this size. Returns -ENOMEM with the need. */
int verifier_fits(const struct job *job, uint64_t bytes, struct fail *f);

/* For the part of a target from base on, of this many bytes. The job must have been validated. Returns -ENOMEM. */
int verifier_open(struct verifier *v, const struct job *job, uint64_t base, uint64_t bytes,
		  struct fail *f);
void verifier_close(struct verifier *v);

/* Maps the cells for a part of this size, if there is memory. Returns -ENOMEM. */
int verifier_map(struct verifier *v, uint64_t bytes, struct fail *f);

/* Notes that a flush covers this generation of cell i. Returns whether one was covered before. */
bool verifier_promise(struct verifier *v, uint64_t i, uint64_t generation);
/* The generation that a claimed block has when the I/O on it is released as done. */
uint64_t verifier_next_generation(const struct verifier *v, uint64_t offset);

/* Reserves the blocks of an I/O until verifier_release(). Returns false if one is in use. Requires v->cells;
 * can be called from any thread. */
bool verifier_claim(struct verifier *v, const struct io *io);
void verifier_release(struct verifier *v, const struct io *io, enum claim_end end);

/* Generates in buf the data to be written by io, which must be claimed. */
void verifier_seal(const struct verifier *v, const struct io *io, unsigned char *buf);

/* Checks the data that io has read into buf. io must be claimed if the run writes. */
void verifier_check(const struct verifier *v, const struct io *io, const unsigned char *buf,
		    struct verify_counts *found);

#endif
