/* SPDX-License-Identifier: MIT */
/*
 * The workload of one worker: which I/O comes next. Built once from the job, then called for every I/O,
 * without branches that the job does not need.
 */
#ifndef BENCH_JOB_WORKLOAD_H
#define BENCH_JOB_WORKLOAD_H

#include "bench/stats/random.h"
#include "job.h"
#include "sprandom.h"

struct fail;

enum io_kind { IO_READ, IO_WRITE, IO_TRIM, IO_SYNC, IO_KINDS };

extern const char *const io_kind_names[IO_KINDS];

struct io {
	uint64_t offset;
	uint32_t bytes;
	enum io_kind kind;
};

enum io_order {
	ORDER_SEQUENTIAL,
	ORDER_UNIFORM,
	ORDER_ZIPF,
	ORDER_ONCE,
	ORDER_SPRANDOM,
	ORDER_PASS
};

#define IO_MAX_SIZES 16

/* Block sizes and their frequencies: those listed, or all multiples of the smallest up to steps of it,
 * equally often. */
struct io_sizes {
	unsigned n, steps; /* one of them is 0 */
	uint32_t bytes[IO_MAX_SIZES];
	uint64_t below[IO_MAX_SIZES]; /* chosen if a random number is below this */
	uint32_t min, max;
};

/* A random permutation of 0..n-1 that needs no memory: a Feistel network over the next power of four,
 * repeated until the value is below n. */
struct permutation {
	uint64_t n, key;
	unsigned half_bits;
};

uint64_t permute(const struct permutation *p, uint64_t i);

/* Zipf distribution over ranks 1..n: rank k has weight k^-theta. Rejection-inversion sampling (Hörmann and
 * Derflinger, 1996). */
struct zipf {
	double n, theta, x0, span, s;
};

void zipf_init(struct zipf *z, uint64_t n, double theta);
uint64_t zipf_next(const struct zipf *z, uint64_t *rng);

struct io_plan {
	enum io_order order;
	enum io_kind only; /* if reads and writes are not mixed */
	bool mixed;
	uint64_t read_below; /* mixed: a random number below this means a read */
	struct io_sizes sizes;
	uint64_t rng, base, bytes; /* the part of the target in use */
	uint64_t granules,
		at; /* in units of the smallest block size; at: sequential offset, or count for ONCE, SPRANDOM, PASS */
	uint64_t stride; /* ONCE, SPRANDOM, PASS: number of workers that share a pass */
	struct permutation scatter;
	struct zipf zipf;
	struct sprandom sprandom;
	uint64_t sync_every, until_sync; /* writes between two syncs, and until the next; PASS: 0 */
};

/* Open loop: I/Os are due on a schedule, independent of completions. Closed loop: the rate is only a limit. */
struct io_rate {
	double per_s; /* of all workers together; 0: no limit */
	bool poisson, closed;
};

/* Parses the job's rate. Returns -EINVAL with FAIL_USAGE. */
int io_rate_parse(const struct job *job, struct io_rate *rate, struct fail *f);

/* Parses and checks the text options bssplit, bsrange and random; sizes, order and parameter (theta of zipf,
 * over-provisioning of sprandom) may be NULL. Returns -EINVAL with FAIL_USAGE. */
int io_parse(const struct job *job, struct io_sizes *sizes, enum io_order *order, double *parameter,
	     struct fail *f);

/* Initialises the plan of worker index of the job on a target of this size. The job must have been
 * validated. */
void io_plan_init(struct io_plan *p, const struct job *job, unsigned index, uint64_t base,
		  uint64_t bytes);

/* Number of I/Os of a worker with ORDER_PASS; UINT64_MAX for other orders. */
uint64_t io_pass_ios(const struct io_plan *p);

/* The next I/O if it is a sync, or one of a pass. */
void io_next_special(struct io_plan *p, struct io *io);

/* Moves the start of a sequential plan forward by bytes; other orders are unchanged. */
void io_plan_skip(struct io_plan *p, uint64_t bytes);

/* Next position for the orders zipf, once and sprandom. */
uint64_t io_far_granule(struct io_plan *p);

static inline uint32_t io_next_bytes(struct io_plan *p)
{
	uint64_t r;
	unsigned i = 0;

	if (p->sizes.n == 1)
		return p->sizes.bytes[0];
	if (p->sizes.steps)
		return p->sizes.min * (1 + random_below(&p->rng, p->sizes.steps));
	r = random_next(&p->rng);
	while (i + 1 < p->sizes.n && r >= p->sizes.below[i])
		i++;
	return p->sizes.bytes[i];
}

static inline uint64_t io_next_offset(struct io_plan *p, uint32_t bytes)
{
	uint64_t at;

	switch (p->order) {
	case ORDER_SEQUENTIAL:
		at = p->at + bytes > p->bytes ? 0 : p->at;
		p->at = at + bytes;
		return p->base + at;
	case ORDER_UNIFORM:
		at = random_below(&p->rng, p->granules) * p->sizes.min;
		break;
	default:
		at = io_far_granule(p) * p->sizes.min;
		break;
	}
	/* A block larger than the smallest could extend past the end. */
	return p->base + (at + bytes > p->bytes ? p->bytes - bytes : at);
}

static inline void io_next(struct io_plan *p, struct io *io)
{
	if (__builtin_expect(!p->until_sync, 0)) {
		io_next_special(p, io);
		return;
	}
	io->kind = p->only;
	if (p->mixed)
		io->kind = random_next(&p->rng) < p->read_below ? IO_READ : IO_WRITE;
	if (io->kind == IO_WRITE)
		p->until_sync--;
	io->bytes = io_next_bytes(p);
	io->offset = io_next_offset(p, io->bytes);
}

#endif
