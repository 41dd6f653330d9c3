/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <string.h>

#include "bench/engine/verify.h"
#include "probe/lib/base.h"

#define BASE   (1 << 20)
#define BLOCKS 16

/* A target in memory, a run that writes to it, and a reader that knows only the seed. */
struct made {
	struct verifier writer, reader;
	unsigned char media[BLOCKS * VERIFY_BLOCK];
};

static void open_both(struct made *m, const char *bs, const char *contents)
{
	struct job j;

	opt_defaults(job_opt_rows, n_job_opt_rows, &j);
	j.rw = RW_WRITE;
	j.verify = VERIFY_CRC32C;
	j.contents = contents;
	assert_int_equal(opt_set(opt_find(job_opt_rows, n_job_opt_rows, "bs"), &j, bs, NULL), 0);
	assert_int_equal(verifier_open(&m->writer, &j, BASE, sizeof(m->media), NULL), 0);
	j.verify_only = true;
	assert_int_equal(verifier_open(&m->reader, &j, BASE, sizeof(m->media), NULL), 0);
	assert_non_null(m->writer.cells);
	assert_null(m->reader.cells);
}

static int setup(void **state)
{
	struct made *m = aligned_alloc(VERIFY_BLOCK, 2 * sizeof(*m) / VERIFY_BLOCK * VERIFY_BLOCK);

	if (!m)
		return -1;
	memset(m, 0, sizeof(*m));
	open_both(m, "4k", "random");
	*state = m;
	return 0;
}

static int teardown(void **state)
{
	struct made *m = *state;

	verifier_close(&m->writer);
	verifier_close(&m->reader);
	free(m);
	return 0;
}

static struct io io_at(unsigned block, unsigned blocks, enum io_kind kind)
{
	return (struct io){ BASE + (uint64_t)block * VERIFY_BLOCK, blocks * VERIFY_BLOCK, kind };
}

static unsigned char *place(struct made *m, const struct io *io)
{
	return m->media + io->offset - BASE;
}

static void write_io(struct made *m, struct io io, bool arrives)
{
	unsigned char *buf = malloc(io.bytes);

	assert_non_null(buf);
	assert_true(verifier_claim(&m->writer, &io));
	verifier_seal(&m->writer, &io, buf);
	if (arrives)
		memcpy(place(m, &io), buf, io.bytes);
	verifier_release(&m->writer, &io, CLAIM_DONE);
	free(buf);
}

static struct verify_counts look(struct made *m, const struct verifier *v)
{
	struct io all = io_at(0, BLOCKS, IO_READ);
	struct verify_counts found = { 0 };

	verifier_check(v, &all, m->media, &found);
	assert_int_equal(found.verified_bytes + found.unwritten_bytes + found.mismatched_bytes,
			 sizeof(m->media));
	return found;
}

static void what_was_written_is_found(void **state)
{
	struct made *m = *state;
	struct verify_counts f = look(m, &m->writer);

	assert_int_equal(f.unwritten_bytes, sizeof(m->media));
	write_io(m, io_at(0, 4, IO_WRITE), true);
	write_io(m, io_at(2, 1, IO_WRITE), true);
	write_io(m, io_at(15, 1, IO_WRITE), true);
	for (unsigned i = 0; i < 2; i++) {
		f = look(m, i ? &m->reader : &m->writer);
		assert_int_equal(f.verified_bytes, 5 * VERIFY_BLOCK);
		assert_int_equal(f.unwritten_bytes, 11 * VERIFY_BLOCK);
		assert_int_equal(f.mismatches, 0);
	}
}

/* A flipped bit anywhere is detected, with the exact byte. If it is in the run or the generation, the reader
 * knows only that the checksum differs. */
static void every_flipped_bit_is_found(void **state)
{
	struct made *m = *state;

	write_io(m, io_at(3, 1, IO_WRITE), true);
	for (unsigned bit = 0; bit < VERIFY_BLOCK * 8; bit += bit < 56 * 8 ? 1 : 61) {
		unsigned byte = bit / 8;
		unsigned char *at = m->media + 3 * VERIFY_BLOCK + byte, was = *at;
		bool known = byte < 16 || (byte >= 24 && byte < 32) || byte >= 56;

		*at ^= 1 << bit % 8;
		for (unsigned i = 0; i < 2; i++) {
			struct verify_counts f = look(m, i ? &m->reader : &m->writer);

			assert_int_equal(f.mismatches, 1);
			assert_int_equal(f.first[0].flaw, FLAW_CORRUPT);
			assert_int_equal(f.first[0].offset, BASE + 3 * VERIFY_BLOCK);
			if (i && !known)
				continue;
			assert_int_equal(f.first[0].byte, BASE + 3 * VERIFY_BLOCK + byte);
			assert_int_equal(f.first[0].expected[0], was);
			assert_int_equal(f.first[0].found[0], *at);
		}
		*at = was;
	}
	assert_int_equal(look(m, &m->reader).mismatches, 0);
}

static void a_torn_block_is_found(void **state)
{
	struct made *m = *state;
	unsigned char old[VERIFY_BLOCK];
	unsigned differs = 2048;

	write_io(m, io_at(0, 1, IO_WRITE), true);
	memcpy(old, m->media, sizeof(old));
	write_io(m, io_at(0, 1, IO_WRITE), true);
	/* Random bytes may be equal by chance. */
	while (m->media[differs] == old[differs])
		differs++;
	memcpy(m->media + 2048, old + 2048, 2048);
	assert_int_equal(look(m, &m->writer).first[0].flaw, FLAW_CORRUPT);
	assert_int_equal(look(m, &m->reader).first[0].flaw, FLAW_CORRUPT);
	assert_int_equal(look(m, &m->reader).first[0].byte, BASE + differs);
}

/* A reader cannot detect it: the old block and the new one are both valid. */
static void a_write_that_does_not_arrive_is_found_by_who_wrote_it(void **state)
{
	struct made *m = *state;
	struct verify_counts f;

	write_io(m, io_at(5, 1, IO_WRITE), false);
	f = look(m, &m->writer);
	assert_int_equal(f.mismatches, 1);
	assert_int_equal(f.first[0].flaw, FLAW_LOST);
	assert_int_equal(look(m, &m->reader).mismatches, 0);
	write_io(m, io_at(5, 1, IO_WRITE), true);
	assert_int_equal(look(m, &m->writer).mismatches, 0);
	write_io(m, io_at(5, 1, IO_WRITE), false);
	f = look(m, &m->writer);
	assert_int_equal(f.first[0].flaw, FLAW_STALE);
	assert_int_equal(f.first[0].byte, BASE + 5 * VERIFY_BLOCK + 16);
	assert_int_equal(f.first[0].expected[0], 3);
	assert_int_equal(f.first[0].found[0], 2);
	assert_int_equal(look(m, &m->reader).mismatches, 0);
}

static void an_earlier_run_is_not_this_one(void **state)
{
	struct made *m = *state;

	write_io(m, io_at(0, 1, IO_WRITE), true);
	verifier_close(&m->writer);
	verifier_close(&m->reader);
	open_both(m, "4k", "random");
	write_io(m, io_at(0, 1, IO_WRITE), false);
	assert_int_equal(look(m, &m->writer).first[0].flaw, FLAW_STALE);
}

static void a_block_in_the_wrong_place_is_found(void **state)
{
	struct made *m = *state;

	write_io(m, io_at(0, 2, IO_WRITE), true);
	memcpy(m->media, m->media + VERIFY_BLOCK, VERIFY_BLOCK);
	for (unsigned i = 0; i < 2; i++) {
		struct verify_counts f = look(m, i ? &m->reader : &m->writer);

		assert_int_equal(f.mismatches, 1);
		assert_int_equal(f.first[0].flaw, FLAW_MISPLACED);
		assert_int_equal(f.first[0].byte, BASE + 8 + 1);
	}
}

static void another_seed_is_found(void **state)
{
	struct made *m = *state;

	write_io(m, io_at(0, BLOCKS, IO_WRITE), true);
	m->reader.seed = 2;
	assert_int_equal(look(m, &m->reader).mismatches, BLOCKS);
	assert_int_equal(look(m, &m->reader).first[7].flaw, FLAW_SEED);
}

static void a_write_that_failed_may_be_there_or_not(void **state)
{
	struct made *m = *state;
	struct io io = io_at(4, 1, IO_WRITE);
	unsigned char buf[VERIFY_BLOCK];

	assert_true(verifier_claim(&m->writer, &io));
	verifier_seal(&m->writer, &io, buf);
	verifier_release(&m->writer, &io, CLAIM_UNSURE);
	assert_int_equal(look(m, &m->writer).mismatches, 0);
	memcpy(place(m, &io), buf, sizeof(buf));
	assert_int_equal(look(m, &m->writer).mismatches, 0);
	write_io(m, io, false);
	assert_int_equal(look(m, &m->writer).mismatches, 1);
}

static void one_that_was_not_done_changes_nothing(void **state)
{
	struct made *m = *state;
	struct io io = io_at(4, 1, IO_WRITE);

	write_io(m, io, true);
	assert_true(verifier_claim(&m->writer, &io));
	verifier_release(&m->writer, &io, CLAIM_NOT_DONE);
	assert_int_equal(look(m, &m->writer).verified_bytes, VERIFY_BLOCK);
}

static void two_ios_do_not_meet(void **state)
{
	struct made *m = *state;
	struct io a = io_at(4, 4, IO_WRITE), b = io_at(1, 4, IO_READ), c = io_at(0, 4, IO_WRITE);

	assert_true(verifier_claim(&m->writer, &a));
	assert_false(verifier_claim(&m->writer, &a));
	assert_false(verifier_claim(&m->writer, &b));
	/* The rejected claim holds nothing. */
	assert_true(verifier_claim(&m->writer, &c));
	verifier_release(&m->writer, &a, CLAIM_NOT_DONE);
	verifier_release(&m->writer, &c, CLAIM_NOT_DONE);
	assert_true(verifier_claim(&m->writer, &b));
}

/* A cell has 14 bits of the generation: a block that is older by a multiple of that is stale nevertheless. */
static void generations_do_not_run_out(void **state)
{
	struct made *m = *state;
	unsigned char first[VERIFY_BLOCK];

	write_io(m, io_at(0, 1, IO_WRITE), true);
	memcpy(first, m->media, sizeof(first));
	for (unsigned i = 1; i < 16384; i++)
		write_io(m, io_at(0, 1, IO_WRITE), false);
	assert_int_equal(look(m, &m->writer).first[0].flaw, FLAW_STALE);
	write_io(m, io_at(0, 1, IO_WRITE), true);
	assert_int_equal(look(m, &m->writer).verified_bytes, VERIFY_BLOCK);
	assert_int_equal(((struct verify_header *)m->media)->generation, 16385);
	memcpy(m->media, first, sizeof(first));
	assert_int_equal(look(m, &m->writer).first[0].flaw, FLAW_STALE);
	/* The low bits of generation 16384 are those of a block that was never written. */
	m->writer.cells[0] = 16383;
	m->writer.high[0] = 0;
	write_io(m, io_at(0, 1, IO_WRITE), false);
	assert_int_equal(look(m, &m->writer).mismatches, 1);
}

static void small_blocks_and_large_ones_lie_side_by_side(void **state)
{
	struct made *m = *state;
	struct io io = { BASE + 512, 1024, IO_WRITE };
	struct verify_counts f;

	write_io(m, io_at(1, 1, IO_WRITE), true);
	verifier_close(&m->writer);
	verifier_close(&m->reader);
	open_both(m, "512", "50%");
	assert_int_equal(m->writer.block, VERIFY_SMALL);
	write_io(m, io, true);
	f = look(m, &m->writer);
	assert_int_equal(f.verified_bytes, 1024);
	f = look(m, &m->reader);
	assert_int_equal(f.verified_bytes, VERIFY_BLOCK + 1024);
	assert_int_equal(f.mismatches, 0);
	m->media[1024]++;
	f = look(m, &m->reader);
	assert_int_equal(f.mismatched_bytes, 512);
	assert_int_equal(f.first[0].byte, BASE + 1024);
}

static void the_first_few_are_kept(void **state)
{
	struct verify_counts sum = { 0 };
	struct made *m = *state;
	struct verify_counts f;

	write_io(m, io_at(0, BLOCKS, IO_WRITE), true);
	for (unsigned i = 0; i < BLOCKS; i++)
		m->media[i * VERIFY_BLOCK + 100] ^= 1;
	f = look(m, &m->reader);
	assert_int_equal(f.mismatches, BLOCKS);
	assert_int_equal(f.mismatched_bytes, sizeof(m->media));
	assert_int_equal(f.first[7].offset, BASE + 7 * VERIFY_BLOCK);
	f.mismatches = 3;
	verify_counts_merge(&sum, &f);
	f.first[0].offset = 1;
	f.mismatches = BLOCKS;
	verify_counts_merge(&sum, &f);
	assert_int_equal(sum.mismatches, 3 + BLOCKS);
	assert_int_equal(sum.first[2].offset, BASE + 2 * VERIFY_BLOCK);
	assert_int_equal(sum.first[3].offset, 1);
}

/* Arbitrary bytes are judged without reading beyond them, and the counts add up. */
static void any_bytes_can_be_judged(void **state)
{
	struct made *m = *state;
	uint64_t rng = 3;

	for (unsigned round = 0; round < 2000; round++) {
		random_fill(&rng, m->media, 64 * round % sizeof(m->media));
		for (unsigned i = 0; i < 4; i++) {
			struct verify_header h = {
				.magic = VERIFY_MAGIC,
				.length = i % 2 ? random_next(&rng) : 4096,
				.percent = random_next(&rng),
				.offset = BASE + random_below(&rng, BLOCKS) * VERIFY_BLOCK,
			};

			memcpy(m->media + random_below(&rng, sizeof(m->media) / 512) * 512, &h,
			       sizeof(h));
		}
		look(m, &m->reader);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_was_written_is_found),
		TEST(every_flipped_bit_is_found),
		TEST(a_torn_block_is_found),
		TEST(a_write_that_does_not_arrive_is_found_by_who_wrote_it),
		TEST(an_earlier_run_is_not_this_one),
		TEST(a_block_in_the_wrong_place_is_found),
		TEST(another_seed_is_found),
		TEST(a_write_that_failed_may_be_there_or_not),
		TEST(one_that_was_not_done_changes_nothing),
		TEST(two_ios_do_not_meet),
		TEST(generations_do_not_run_out),
		TEST(small_blocks_and_large_ones_lie_side_by_side),
		TEST(the_first_few_are_kept),
		TEST(any_bytes_can_be_judged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
