/* SPDX-License-Identifier: MIT */
/*
 * The log of promises: which blocks of a run a completed flush covers, so that after a crash a block that was
 * lost although it was flushed differs from one that no flush covered.
 *
 * A flush covers the writes that had completed before it was submitted. Their records are appended when it
 * has completed, and made durable. A crash before that loses promises, and never makes one.
 */
#ifndef BENCH_ENGINE_VERIFY_LOG_H
#define BENCH_ENGINE_VERIFY_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/job/workload.h"

struct fail;
struct verifier;

/* In the byte order of the machine. The file begins with VERIFY_LOG_HEAD and a record of generation 0, which
 * tells what all blocks have in common. A sector has whole records, so none is torn with its neighbours. */
struct verify_record {
	uint64_t run, offset, generation;
	uint16_t length, percent;
	uint32_t crc; /* CRC32C of the record, computed with 0 here */
};

#define VERIFY_LOG_HEAD \
	"uringtool verify log, version 1\n" /* as long as a record, without its NUL */

/* A log being written, by all workers. */
struct verify_log {
	int fd;	      /* -1: none */
	uint64_t end; /* where the next record goes */
	int err;      /* the first errno of writing it; nothing is promised any more */
};

/* What is known of a log that was read. */
struct verify_log_facts {
	uint64_t records;
	uint64_t skipped;	 /* records that are damaged or were never completed */
	uint64_t promised_bytes; /* in the part of the target that is checked */
	uint64_t outside;	 /* records of blocks outside of it */
};

/* Starts the log of v's run in a file that is new and empty. The caller closes fd. */
int verify_log_begin(struct verifier *v, int fd, const char *path, struct fail *f);

/* Number of records written, without that of generation 0. */
uint64_t verify_log_records(const struct verify_log *log);

/* Reads a log for a verifier that only reads: maps its cells, which then have the generations promised.
 * bytes: size of the part to check. Returns FAIL_USAGE if the file is no log. */
int verify_log_load(struct verifier *v, const char *path, uint64_t bytes,
		    struct verify_log_facts *facts, struct fail *f);

/* The writes of one worker that completed and are not in the log. */
struct promises {
	struct verifier *v;
	struct verify_record *done;
	size_t n, cap;
	uint64_t first;	  /* number of done[0], from 0 on */
	uint64_t covered; /* numbers below are covered by a flush that completed */
	uint64_t *upto; /* for each slot with a flush in flight: numbers below are covered by it */
};

/* For a worker with this many slots. Returns NULL if there is no memory. */
struct promises *promises_new(struct verifier *v, unsigned slots);
void promises_free(struct promises *p);

/* A flush is about to be submitted in this slot. */
void promises_flush_starts(struct promises *p, unsigned slot);
void promises_flush_done(struct promises *p, unsigned slot);
/* After a flush that failed, what is on the medium is not known: nothing is promised any more. */
void promises_flush_failed(struct promises *p);

/* A write completed; io is still claimed. durable: it needs no flush. */
void promises_written(struct promises *p, const struct io *io, bool durable);

/* Appends to the log what is covered. Waits for its device. */
void promises_keep(struct promises *p);

#endif
