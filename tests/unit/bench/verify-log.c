/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "bench/engine/verify.h"
#include "probe/lib/base.h"

#define BASE   (1 << 20)
#define BLOCKS 16

/* A run that writes and flushes, its target in memory, and its log. */
struct made {
	struct verifier v;
	struct promises *p;
	int fd;
	unsigned char media[BLOCKS * VERIFY_BLOCK];
};

static struct job job_of(bool verify_only)
{
	struct job j;

	opt_defaults(job_opt_rows, n_job_opt_rows, &j);
	j.rw = RW_WRITE;
	j.verify = VERIFY_CRC32C;
	j.verify_only = verify_only;
	return j;
}

static struct made *begin(void **state)
{
	struct made *m = calloc(1, sizeof(*m));
	const struct job j = job_of(false);

	assert_non_null(m);
	m->fd = open(in_folder(state, "log"), O_RDWR | O_CREAT | O_TRUNC, 0600);
	assert_true(m->fd >= 0);
	assert_int_equal(verifier_open(&m->v, &j, BASE, sizeof(m->media), NULL), 0);
	assert_int_equal(verify_log_begin(&m->v, m->fd, "log", NULL), 0);
	m->p = promises_new(&m->v, 4);
	assert_non_null(m->p);
	return m;
}

static void end(struct made *m)
{
	promises_free(m->p);
	verifier_close(&m->v);
	close(m->fd);
	free(m);
}

static void write_blocks(struct made *m, unsigned at, unsigned n, bool arrives, bool durable)
{
	const struct io io = { BASE + (uint64_t)at * VERIFY_BLOCK, n * VERIFY_BLOCK, IO_WRITE };
	unsigned char *buf = malloc(io.bytes);

	assert_non_null(buf);
	assert_true(verifier_claim(&m->v, &io));
	verifier_seal(&m->v, &io, buf);
	if (arrives)
		memcpy(m->media + (size_t)at * VERIFY_BLOCK, buf, io.bytes);
	promises_written(m->p, &io, durable);
	verifier_release(&m->v, &io, CLAIM_DONE);
	free(buf);
}

static void flush(struct made *m)
{
	promises_flush_starts(m->p, 0);
	promises_flush_done(m->p, 0);
	promises_keep(m->p);
}

/* What a later run finds with the log. */
static struct verify_counts check(void **state, const struct made *m,
				  struct verify_log_facts *facts)
{
	const struct io all = { BASE, sizeof(m->media), IO_READ };
	const struct job j = job_of(true);
	struct verify_counts found = { 0 };
	struct verifier v;
	struct fail f;

	assert_int_equal(verifier_open(&v, &j, BASE, sizeof(m->media), NULL), 0);
	if (verify_log_load(&v, in_folder(state, "log"), sizeof(m->media), facts, &f) < 0)
		fail_msg("%s", f.msg);
	verifier_check(&v, &all, m->media, &found);
	verifier_close(&v);
	assert_int_equal(found.verified_bytes + found.mismatched_bytes + found.never_promised_bytes,
			 sizeof(m->media));
	assert_int_equal(found.unwritten_bytes, 0);
	return found;
}

static void a_flush_covers_what_completed_before_it(void **state)
{
	struct made *m = begin(state);
	struct verify_log_facts facts;
	struct verify_counts f;

	write_blocks(m, 0, 2, false, false);
	promises_flush_starts(m->p, 1);
	write_blocks(m, 2, 3, false, false);
	promises_flush_starts(m->p, 3);
	write_blocks(m, 5, 1, false, false);
	promises_keep(m->p);
	f = check(state, m, &facts);
	assert_int_equal(facts.records, 0);
	assert_int_equal(f.never_promised_bytes, sizeof(m->media));
	promises_flush_done(m->p, 1);
	promises_keep(m->p);
	f = check(state, m, &facts);
	assert_int_equal(facts.records, 2);
	assert_int_equal(facts.promised_bytes, 2 * VERIFY_BLOCK);
	assert_int_equal(f.lost_flushed_bytes, 2 * VERIFY_BLOCK);
	assert_int_equal(f.mismatches, 2);
	assert_int_equal(f.first[1].flaw, FLAW_LOST_FLUSHED);
	assert_int_equal(f.first[1].offset, BASE + VERIFY_BLOCK);
	/* The later flush covers these too, and completes when another one is in flight in its slot. */
	promises_flush_done(m->p, 3);
	promises_flush_starts(m->p, 1);
	promises_keep(m->p);
	f = check(state, m, &facts);
	assert_int_equal(f.lost_flushed_bytes, 5 * VERIFY_BLOCK);
	promises_flush_done(m->p, 1);
	promises_keep(m->p);
	assert_int_equal(check(state, m, &facts).lost_flushed_bytes, 6 * VERIFY_BLOCK);
	assert_int_equal(verify_log_records(&m->v.log), 6);
	end(m);
}

static void each_block_is_what_it_is(void **state)
{
	struct made *m = begin(state);
	struct verify_log_facts facts;
	unsigned char old[VERIFY_BLOCK];
	struct verify_counts f;

	/* 0: as promised; 1: newer; 2: older; 3: absent; 4: damaged; 5: newer, never flushed; 6: moved; 7: of
	 * another run. */
	write_blocks(m, 0, 5, true, false);
	write_blocks(m, 6, 2, true, false);
	memcpy(old, m->media + 2 * VERIFY_BLOCK, sizeof(old));
	write_blocks(m, 2, 1, true, false);
	flush(m);
	write_blocks(m, 1, 1, true, false);
	write_blocks(m, 5, 1, true, false);
	f = check(state, m, &facts);
	assert_int_equal(f.mismatches, 0);
	assert_int_equal(f.verified_bytes, 8 * VERIFY_BLOCK);
	assert_int_equal(f.newer_bytes, 2 * VERIFY_BLOCK);
	memcpy(m->media + 2 * VERIFY_BLOCK, old, sizeof(old));
	memset(m->media + 3 * VERIFY_BLOCK, 0, VERIFY_BLOCK);
	m->media[4 * VERIFY_BLOCK + 1000] ^= 1;
	memcpy(m->media + 6 * VERIFY_BLOCK, m->media, VERIFY_BLOCK);
	m->v.run++;
	write_blocks(m, 7, 2, true, false);
	f = check(state, m, &facts);
	assert_int_equal(f.verified_bytes, 3 * VERIFY_BLOCK);
	assert_int_equal(f.newer_bytes, 2 * VERIFY_BLOCK);
	assert_int_equal(f.lost_flushed_bytes, 3 * VERIFY_BLOCK);
	assert_int_equal(f.mismatches, 5);
	assert_int_equal(f.first[0].flaw, FLAW_LOST_FLUSHED);
	assert_int_equal(f.first[0].byte, BASE + 2 * VERIFY_BLOCK + 16);
	assert_int_equal(f.first[1].flaw, FLAW_LOST_FLUSHED);
	assert_int_equal(f.first[2].flaw, FLAW_CORRUPT);
	assert_int_equal(f.first[2].byte, BASE + 4 * VERIFY_BLOCK + 1000);
	assert_int_equal(f.first[3].flaw, FLAW_MISPLACED);
	assert_int_equal(f.first[4].offset, BASE + 7 * VERIFY_BLOCK);
	assert_int_equal(f.first[4].flaw, FLAW_LOST_FLUSHED);
	end(m);
}

static void a_durable_write_needs_no_flush(void **state)
{
	struct made *m = begin(state);
	struct verify_log_facts facts;

	write_blocks(m, 3, 2, false, true);
	promises_keep(m->p);
	assert_int_equal(check(state, m, &facts).lost_flushed_bytes, 2 * VERIFY_BLOCK);
	end(m);
}

/* The kernel tells of a failure to write once, and the flush after that succeeds. */
static void nothing_is_promised_after_a_flush_that_failed(void **state)
{
	struct made *m = begin(state);
	struct verify_log_facts facts;

	write_blocks(m, 0, 1, true, false);
	flush(m);
	write_blocks(m, 1, 1, false, false);
	promises_flush_starts(m->p, 1);
	promises_flush_starts(m->p, 2);
	promises_flush_failed(m->p);
	promises_flush_done(m->p, 2);
	promises_keep(m->p);
	write_blocks(m, 2, 1, false, false);
	flush(m);
	assert_int_equal(check(state, m, &facts).mismatches, 0);
	assert_int_equal(facts.records, 1);
	assert_int_equal(m->v.log.err, EIO);
	end(m);
}

/* The crash tears the last record, and leaves a hole where another thread had begun to write. */
static void what_a_crash_does_to_the_log(void **state)
{
	struct made *m = begin(state);
	struct verify_log_facts facts;
	struct verify_record hole = { 0 };
	const off_t at = 2 * sizeof(hole);

	write_blocks(m, 0, 4, true, false);
	flush(m);
	assert_int_equal(pwrite(m->fd, &hole, sizeof(hole), at), sizeof(hole));
	assert_int_equal(pwrite(m->fd, "x", 1, at + 32 + 5), 1);
	assert_int_equal(ftruncate(m->fd, at + 3 * sizeof(hole) + 31), 0);
	assert_int_equal(check(state, m, &facts).mismatches, 0);
	assert_int_equal(facts.records, 1);
	assert_int_equal(facts.skipped, 2);
	assert_int_equal(facts.promised_bytes, VERIFY_BLOCK);
	end(m);
}

static void a_generation_of_more_than_14_bits(void **state)
{
	struct made *m = begin(state);
	struct verify_log_facts facts;

	m->v.cells[0] = 16383;
	write_blocks(m, 0, 1, true, false);
	flush(m);
	assert_int_equal(check(state, m, &facts).verified_bytes, VERIFY_BLOCK);
	write_blocks(m, 0, 1, false, false);
	flush(m);
	assert_int_equal(check(state, m, &facts).lost_flushed_bytes, VERIFY_BLOCK);
	end(m);
}

static void what_lies_outside_is_told(void **state)
{
	struct made *m = begin(state);
	const struct job j = job_of(true);
	struct verify_log_facts facts;
	struct verifier v;

	write_blocks(m, 0, 4, true, false);
	flush(m);
	assert_int_equal(verifier_open(&v, &j, BASE + VERIFY_BLOCK, 2 * VERIFY_BLOCK, NULL), 0);
	assert_int_equal(
		verify_log_load(&v, in_folder(state, "log"), 2 * VERIFY_BLOCK, &facts, NULL), 0);
	assert_int_equal(facts.outside, 2);
	assert_int_equal(facts.promised_bytes, 2 * VERIFY_BLOCK);
	verifier_close(&v);
	end(m);
}

static void what_is_no_log(void **state)
{
	const struct job j = job_of(true);
	struct verify_log_facts facts;
	struct made *m = begin(state);
	struct verifier v;
	struct fail f;

	assert_int_equal(verifier_open(&v, &j, BASE, VERIFY_BLOCK, NULL), 0);
	assert_int_equal(verify_log_load(&v, in_folder(state, "none"), VERIFY_BLOCK, &facts, &f),
			 -ENOENT);
	assert_int_equal(verify_log_load(&v, in_folder(state, ""), VERIFY_BLOCK, &facts, &f),
			 -EINVAL);
	assert_int_equal(f.kind, FAIL_USAGE);
	for (unsigned at = 0; at < 64; at += 9) {
		unsigned char was;

		assert_int_equal(pread(m->fd, &was, 1, at), 1);
		was ^= 1;
		assert_int_equal(pwrite(m->fd, &was, 1, at), 1);
		assert_int_equal(
			verify_log_load(&v, in_folder(state, "log"), VERIFY_BLOCK, &facts, &f),
			-EINVAL);
		assert_non_null(strstr(f.msg, "is no log"));
		was ^= 1;
		assert_int_equal(pwrite(m->fd, &was, 1, at), 1);
	}
	assert_null(v.cells);
	assert_int_equal(verify_log_load(&v, in_folder(state, "log"), VERIFY_BLOCK, &facts, NULL),
			 0);
	verifier_close(&v);
	end(m);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, folder_setup, folder_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_flush_covers_what_completed_before_it),
		TEST(each_block_is_what_it_is),
		TEST(a_durable_write_needs_no_flush),
		TEST(nothing_is_promised_after_a_flush_that_failed),
		TEST(what_a_crash_does_to_the_log),
		TEST(a_generation_of_more_than_14_bits),
		TEST(what_lies_outside_is_told),
		TEST(what_is_no_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
