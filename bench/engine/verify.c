/* SPDX-License-Identifier: MIT */
#include "verify.h"

#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "bench/job/contents.h"
#include "probe/kernel/memory.h"
#include "probe/lib/base.h"

_Static_assert(sizeof(struct verify_header) == 56, "a header on media is what it is");

/* A cell has the low bits of its block's generation, and two flags. */
#define BUSY	 (1u << 15) /* an I/O is in flight on the block */
#define UNSURE	 (1u << 14) /* a write failed: the generation is not known */
#define LOW_BITS 14
#define LOW	 (UNSURE - 1)

const char *const flaw_words[] = {
	[FLAW_LOST_FLUSHED] = "lost_flushed",
	[FLAW_CORRUPT] = "corrupt",
	[FLAW_LOST] = "lost",
	[FLAW_STALE] = "stale",
	[FLAW_MISPLACED] = "misplaced",
	[FLAW_SEED] = "seed",
};

const char *const flaw_phrases[] = {
	[FLAW_LOST_FLUSHED] = "is lost, although a flush covered it",
	[FLAW_CORRUPT] = "is damaged, or torn",
	[FLAW_LOST] = "has not arrived",
	[FLAW_STALE] = "is of an earlier write",
	[FLAW_MISPLACED] = "belongs elsewhere",
	[FLAW_SEED] = "was written with another seed",
};

void verify_counts_merge(struct verify_counts *to, const struct verify_counts *from)
{
	uint64_t have = to->mismatches, more = from->mismatches;

	for (unsigned i = 0; have + i < VERIFY_MISMATCHES && i < more; i++)
		to->first[have + i] = from->first[i];
	to->mismatches += more;
	to->verified_bytes += from->verified_bytes;
	to->mismatched_bytes += from->mismatched_bytes;
	to->unwritten_bytes += from->unwritten_bytes;
	to->lost_flushed_bytes += from->lost_flushed_bytes;
	to->never_promised_bytes += from->never_promised_bytes;
	to->newer_bytes += from->newer_bytes;
}

static uint32_t block_of(const struct job *job)
{
	struct io_sizes sizes = { .min = VERIFY_BLOCK };

	io_parse(job, &sizes, NULL, NULL, NULL);
	return sizes.min % VERIFY_BLOCK ? VERIFY_SMALL : VERIFY_BLOCK;
}

/* Otherwise the kernel would kill a process when the memory runs out during the run. */
static int check_memory(uint64_t bytes, uint32_t block, struct fail *f)
{
	const uint64_t need = bytes / block * sizeof(uint16_t);
	const int64_t room = memory_available(kernel_live());
	_cleanup_str_ struct str needed = { 0 }, part = { 0 };

	if (need <= (uint64_t)room)
		return 0;
	size_text(&needed, need);
	size_text(&part, bytes);
	return fail_set(f, -ENOMEM,
			"to verify %s takes %s of memory, 2 bytes for each block, and %lld MiB are "
			"available: verify a part with --size",
			str_text(&part), str_text(&needed), (long long)(room >> 20));
}

int verifier_fits(const struct job *job, uint64_t bytes, struct fail *f)
{
	return job_writes(job) ? check_memory(bytes, block_of(job), f) : 0;
}

static void unmap(void *at, size_t bytes)
{
	if (at)
		munmap(at, bytes);
}

int verifier_map(struct verifier *v, uint64_t bytes, struct fail *f)
{
	int r = check_memory(bytes, v->block, f);

	if (r < 0)
		return r;
	v->n_cells = bytes / v->block;
	v->cells = mmap(NULL, v->n_cells * sizeof(*v->cells), PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	v->high = mmap(NULL, v->n_cells * sizeof(*v->high), PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	v->cells = v->cells == MAP_FAILED ? NULL : v->cells;
	v->high = v->high == MAP_FAILED ? NULL : v->high;
	if (!v->cells || !v->high) {
		r = -errno;
		verifier_close(v);
		return fail_set(f, r,
				"memory to know what was written, 2 bytes for each of %zu blocks: "
				"%s; verify a part with --size",
				v->n_cells, strerror(-r));
	}
	/* Few of its pages are ever written to; the others read as the zero page. */
	madvise(v->high, v->n_cells * sizeof(*v->high), MADV_NOHUGEPAGE);
	return 0;
}

int verifier_open(struct verifier *out, const struct job *job, uint64_t base, uint64_t bytes,
		  struct fail *f)
{
	struct verifier v = {
		.seed = job->seed,
		.base = base,
		.block = block_of(job),
		.log.fd = -1,
	};
	struct timespec now;
	int r = contents_parse(job, &v.percent, f);

	if (r < 0)
		return r;
	crc32c_init(&v.crc);
	clock_gettime(CLOCK_REALTIME, &now);
	v.run = random_seed(now.tv_sec * 1000000000ull + now.tv_nsec, getpid());
	if (job_writes(job))
		r = verifier_map(&v, bytes, f);
	if (r == 0)
		*out = v;
	return r;
}

void verifier_close(struct verifier *v)
{
	unmap(v->cells, v->n_cells * sizeof(*v->cells));
	unmap(v->high, v->n_cells * sizeof(*v->high));
	v->cells = NULL;
	v->high = NULL;
}

/* Returns the first cell of the I/O, and their number. */
static uint64_t cells_of(const struct verifier *v, const struct io *io, unsigned *n)
{
	*n = io->bytes / v->block;
	return (io->offset - v->base) / v->block;
}

/* Reads a cell that other threads may try to claim. */
static uint16_t cell_now(const struct verifier *v, uint64_t i)
{
	return __atomic_load_n(&v->cells[i], __ATOMIC_RELAXED) & ~BUSY;
}

/* 0: never written. */
static uint64_t generation_of(const struct verifier *v, uint64_t i)
{
	return (uint64_t)v->high[i] << LOW_BITS | (cell_now(v, i) & LOW);
}

bool verifier_claim(struct verifier *v, const struct io *io)
{
	unsigned n;
	uint64_t first = cells_of(v, io, &n);
	uint16_t *cell = &v->cells[first];

	for (unsigned i = 0; i < n; i++) {
		if (!(__atomic_fetch_or(&cell[i], BUSY, __ATOMIC_ACQUIRE) & BUSY))
			continue;
		while (i--)
			__atomic_fetch_and(&cell[i], (uint16_t)~BUSY, __ATOMIC_RELEASE);
		return false;
	}
	return true;
}

/* Only who has claimed a block changes its generation. */
static void set_generation(struct verifier *v, uint64_t i, uint64_t generation, uint16_t flags)
{
	if (v->high[i] != generation >> LOW_BITS)
		v->high[i] = generation >> LOW_BITS;
	__atomic_store_n(&v->cells[i], (generation & LOW) | flags, __ATOMIC_RELEASE);
}

void verifier_release(struct verifier *v, const struct io *io, enum claim_end end)
{
	unsigned n;
	uint64_t first = cells_of(v, io, &n);

	for (uint64_t i = first; i < first + n; i++) {
		if (io->kind == IO_WRITE && end != CLAIM_NOT_DONE)
			set_generation(v, i, generation_of(v, i) + 1,
				       end == CLAIM_UNSURE ? UNSURE : 0);
		else
			__atomic_store_n(&v->cells[i], cell_now(v, i), __ATOMIC_RELEASE);
	}
}

bool verifier_promise(struct verifier *v, uint64_t i, uint64_t generation)
{
	const uint64_t before = generation_of(v, i);

	if (generation > before)
		set_generation(v, i, generation, 0);
	return before > 0;
}

uint64_t verifier_next_generation(const struct verifier *v, uint64_t offset)
{
	return generation_of(v, (offset - v->base) / v->block) + 1;
}

static uint32_t checksum(const struct verifier *v, const unsigned char *block, uint32_t length)
{
	struct verify_header h;
	uint32_t crc;

	memcpy(&h, block, sizeof(h));
	h.crc = 0;
	crc = crc32c(&v->crc, 0, &h, sizeof(h));
	return crc32c(&v->crc, crc, block + sizeof(h), length - sizeof(h));
}

/* Generates a whole block from its header, and computes its crc. */
static void make_block(const struct verifier *v, struct verify_header h, unsigned char *block)
{
	uint64_t state = random_seed(h.seed, h.offset);

	state = random_seed(state ^ h.run, h.generation);
	contents_fill(&state, h.percent, block, h.length);
	h.crc = 0;
	memcpy(block, &h, sizeof(h));
	h.crc = checksum(v, block, h.length);
	memcpy(block, &h, sizeof(h));
}

/* The header that this run writes for that generation of the block at offset. */
static struct verify_header header_of(const struct verifier *v, uint64_t offset,
				      uint64_t generation)
{
	return (struct verify_header){
		.magic = VERIFY_MAGIC,
		.offset = offset,
		.generation = generation,
		.seed = v->seed,
		.run = v->run,
		.length = v->block,
		.percent = v->percent,
	};
}

void verifier_seal(const struct verifier *v, const struct io *io, unsigned char *buf)
{
	unsigned n;
	const uint64_t first = cells_of(v, io, &n);

	for (unsigned i = 0; i < n; i++) {
		uint64_t offset = io->offset + (uint64_t)i * v->block;

		make_block(v, header_of(v, offset, generation_of(v, first + i) + 1),
			   buf + (size_t)i * v->block);
	}
}

static void note(struct verify_counts *found, enum flaw flaw, uint64_t offset,
		 const unsigned char *expected, const unsigned char *block, uint32_t length)
{
	unsigned at = 0;
	struct mismatch *m;

	found->mismatched_bytes += length;
	if (found->mismatches++ >= VERIFY_MISMATCHES)
		return;
	while (at + 1 < length && expected[at] == block[at])
		at++;
	m = &found->first[found->mismatches - 1];
	*m = (struct mismatch){ .offset = offset, .byte = offset + at, .flaw = flaw };
	m->n = length - at < VERIFY_EXCERPT_BYTES ? length - at : VERIFY_EXCERPT_BYTES;
	memcpy(m->expected, expected + at, m->n);
	memcpy(m->found, block + at, m->n);
}

/* A damaged header still counts as one if most of it is right. */
static bool is_header(const struct verify_header *h, uint64_t offset, uint64_t seed,
		      uint32_t length)
{
	return h->magic == VERIFY_MAGIC ||
	       (h->offset == offset && h->seed == seed && h->length == length);
}

/* Classifies a block that differs from want, which has everything that is known about it. Only the writer
 * knows which generation should be there. */
static void judge_block(const struct verifier *v, const struct verify_header *want,
			const unsigned char *block, bool ours, struct verify_counts *found)
{
	unsigned char expected[VERIFY_BLOCK];
	enum flaw flaw = FLAW_CORRUPT;
	struct verify_header h;

	memcpy(&h, block, sizeof(h));
	if (h.magic == VERIFY_MAGIC && h.length == want->length &&
	    h.crc == checksum(v, block, h.length))
		flaw = h.offset != want->offset ? FLAW_MISPLACED : ours ? FLAW_STALE : FLAW_SEED;
	else if (ours && !is_header(&h, want->offset, want->seed, want->length))
		flaw = FLAW_LOST;
	make_block(v, *want, expected);
	note(found, flaw, want->offset, expected, block, want->length);
}

/* Checks a block that this run may have written. */
static void check_ours(const struct verifier *v, uint64_t i, const unsigned char *block,
		       struct verify_counts *found)
{
	const struct verify_header want = header_of(v, v->base + i * v->block, generation_of(v, i));

	if (!want.generation || cell_now(v, i) & UNSURE)
		found->unwritten_bytes += v->block;
	else if (!memcmp(block, &want, offsetof(struct verify_header, crc)) &&
		 ((const struct verify_header *)block)->crc == checksum(v, block, v->block))
		found->verified_bytes += v->block;
	else
		judge_block(v, &want, block, true, found);
}

/* Checks a block against the generation that a flush covers, 0 for none. One that is newer, or that was not
 * covered, may be there or not. */
static void check_promised(const struct verifier *v, uint64_t i, const unsigned char *block,
			   struct verify_counts *found)
{
	const uint64_t promise = generation_of(v, i), offset = v->base + i * v->block;
	struct verify_header want = header_of(v, offset, promise), h;
	bool header, intact;

	memcpy(&h, block, sizeof(h));
	header = is_header(&h, offset, v->seed, v->block);
	intact = h.magic == VERIFY_MAGIC && (h.length == v->block || h.length == VERIFY_SMALL) &&
		 h.crc == checksum(v, block, h.length);
	if (intact && h.offset == offset && h.length == v->block && h.seed == v->seed &&
	    h.run == v->run && h.generation >= promise) {
		found->verified_bytes += v->block;
		if (h.generation > promise)
			found->newer_bytes += v->block;
	} else if (header && (!intact || h.offset != offset)) {
		/* What a block of the run does not tell about itself is as in the block found. */
		if (!intact && h.run == v->run)
			want.generation = h.generation;
		judge_block(v, &want, block, false, found);
	} else if (promise) {
		unsigned char expected[VERIFY_BLOCK];

		make_block(v, want, expected);
		note(found, FLAW_LOST_FLUSHED, offset, expected, block, v->block);
		found->lost_flushed_bytes += v->block;
	} else {
		found->never_promised_bytes += v->block;
	}
}

/* Checks a block, if it is one, of which only its header and the seed are known. Returns its length. */
static uint32_t check_any(const struct verifier *v, uint64_t offset, const unsigned char *block,
			  uint32_t left, struct verify_counts *found)
{
	uint32_t length = offset % VERIFY_BLOCK || left < VERIFY_BLOCK ? VERIFY_SMALL
								       : VERIFY_BLOCK;
	struct verify_header h, want;

	memcpy(&h, block, sizeof(h));
	if (!is_header(&h, offset, v->seed, length) &&
	    !is_header(&h, offset, v->seed, VERIFY_SMALL)) {
		found->unwritten_bytes += VERIFY_SMALL;
		return VERIFY_SMALL;
	}
	if (h.length == VERIFY_SMALL)
		length = VERIFY_SMALL;
	want = h;
	want.magic = VERIFY_MAGIC;
	want.offset = offset;
	want.seed = v->seed;
	want.length = length;
	want.percent = h.percent > 100 ? 100 : h.percent;
	want.reserved = 0;
	if (!memcmp(&h, &want, sizeof(h)) && h.crc == checksum(v, block, length))
		found->verified_bytes += length;
	else
		judge_block(v, &want, block, false, found);
	return length;
}

void verifier_check(const struct verifier *v, const struct io *io, const unsigned char *buf,
		    struct verify_counts *found)
{
	uint32_t at = 0;
	unsigned n;

	if (v->cells) {
		const uint64_t first = cells_of(v, io, &n);

		for (unsigned i = 0; i < n; i++)
			(v->promised ? check_promised
				     : check_ours)(v, first + i, buf + (size_t)i * v->block, found);
		return;
	}
	while (at < io->bytes)
		at += check_any(v, io->offset + at, buf + at, io->bytes - at, found);
}
