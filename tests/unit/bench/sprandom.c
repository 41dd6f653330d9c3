/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <math.h>
#include <string.h>

#include "bench/job/workload.h"
#include "bench/stats/random.h"
#include "probe/lib/base.h"

/* A flash drive: pages in blocks, written one after the other; a log, and greedy collection of garbage. */
#define PAGES	64u
#define BLOCKS	640u
#define LOGICAL (512u * PAGES)
#define OP	0.25 /* BLOCKS against LOGICAL, without the blocks that stay free */
#define SPARE	2u
#define NONE	UINT32_MAX

struct drive {
	uint32_t where[LOGICAL];       /* page of a logical block */
	uint32_t what[BLOCKS * PAGES]; /* the reverse */
	unsigned valid[BLOCKS];
	bool is_free[BLOCKS];
	unsigned n_free, open, used; /* the block being written, and its pages used */
	uint64_t host, flash;	     /* pages written */
};

static void reset(struct drive *d)
{
	memset(d, 0, sizeof(*d));
	memset(d->where, 0xff, sizeof(d->where));
	memset(d->what, 0xff, sizeof(d->what));
	for (unsigned i = 1; i < BLOCKS; i++)
		d->is_free[i] = true;
	d->n_free = BLOCKS - 1;
}

static void program(struct drive *d, uint32_t logical)
{
	uint32_t page;

	if (d->used == PAGES) {
		for (d->open = 0; !d->is_free[d->open]; d->open++)
			;
		d->is_free[d->open] = false;
		d->n_free--;
		d->used = 0;
	}
	page = d->open * PAGES + d->used++;
	if (d->where[logical] != NONE) {
		d->what[d->where[logical]] = NONE;
		d->valid[d->where[logical] / PAGES]--;
	}
	d->where[logical] = page;
	d->what[page] = logical;
	d->valid[d->open]++;
	d->flash++;
}

static void collect(struct drive *d)
{
	unsigned victim = NONE;

	for (unsigned i = 0; i < BLOCKS; i++)
		if (!d->is_free[i] && i != d->open &&
		    (victim == NONE || d->valid[i] < d->valid[victim]))
			victim = i;
	for (unsigned i = 0; i < PAGES; i++)
		if (d->what[victim * PAGES + i] != NONE)
			program(d, d->what[victim * PAGES + i]);
	d->is_free[victim] = true;
	d->n_free++;
}

static void write_one(struct drive *d, uint32_t logical)
{
	while (d->n_free < SPARE)
		collect(d);
	d->host++;
	program(d, logical);
}

/* Pages of flash that each page of random writes takes, over this many. */
static double amplification(struct drive *d, unsigned n, uint64_t *rng)
{
	const uint64_t host = d->host, flash = d->flash;

	while (n--)
		write_one(d, random_below(rng, LOGICAL));
	return (double)(d->flash - flash) / (d->host - host);
}

static void run_pass(struct drive *d, const char *order, uint64_t writes)
{
	struct io_plan p;
	struct job job;
	struct io io;

	opt_defaults(job_opt_rows, n_job_opt_rows, &job);
	job.rw = RW_RANDWRITE;
	job.random = order;
	io_plan_init(&p, &job, 0, 0, LOGICAL * 4096ull);
	for (uint64_t i = 0; i < writes; i++) {
		io_next(&p, &io);
		write_one(d, io.offset / 4096);
	}
}

/* The pass leaves the drive in the state of long random writing; one that writes everything once does not. */
static void one_pass_is_as_good_as_many(void **state)
{
	static struct drive d;
	struct sprandom s;
	uint64_t rng = 5;
	double steady, after, once;

	(void)state;
	reset(&d);
	for (uint32_t i = 0; i < LOGICAL; i++)
		write_one(&d, i);
	amplification(&d, 10 * LOGICAL, &rng);
	steady = amplification(&d, LOGICAL, &rng);

	sprandom_init(&s, LOGICAL, OP - 2. * SPARE / BLOCKS);
	reset(&d);
	run_pass(&d, "sprandom:0.2437", s.total);
	/* Nothing was collected: it took no more time than it wrote. */
	assert_true(d.flash < 1.01 * d.host);
	after = amplification(&d, LOGICAL / 10, &rng);

	reset(&d);
	run_pass(&d, "once", LOGICAL);
	once = amplification(&d, LOGICAL / 10, &rng);
	print_message("random writes: steady %.2f, after the pass %.2f, after once %.2f\n", steady,
		      after, once);
	assert_true(fabs(after / steady - 1) < 0.1);
	assert_true(once < 0.6 * steady);
}

static void every_block_is_written_and_the_valid_share_is_as_planned(void **state)
{
	static const double ops[] = { 0.01, 0.07, 0.28, 1 };
	static const uint64_t sizes[] = { 1, 7, 100, 101, 999, 65536, 1000003 };

	(void)state;
	for (unsigned o = 0; o < ARRAY_SIZE(ops); o++)
		for (unsigned n = 0; n < ARRAY_SIZE(sizes); n++) {
			_cleanup_free_ uint64_t *last = calloc(sizes[n], sizeof(*last));
			struct sprandom s;
			uint64_t region_valid = 0;
			double v;

			sprandom_init(&s, sizes[n], ops[o]);
			for (uint64_t i = 0; i < s.total; i++) {
				const uint64_t b = sprandom_block(&s, i);

				assert_true(b < sizes[n]);
				last[b] = i + 1;
			}
			for (uint64_t b = 0; b < sizes[n]; b++) {
				assert_true(last[b]);
				region_valid += last[b] - 1 < s.region;
			}
			if (sizes[n] < 65536)
				continue;
			assert_true(fabs(s.total / (sizes[n] * (1 + ops[o])) - 1) < 0.02);
			/* The oldest region has the least. */
			v = pow(sprandom_least_valid(ops[o]), 1 - 0.5 / SPRANDOM_REGIONS);
			assert_true(fabs((double)region_valid / s.region - v) < 0.01);
		}
}

static void the_least_valid_share_solves_its_equation(void **state)
{
	(void)state;
	for (double op = 0.01; op <= 1; op += 0.01) {
		const double v = sprandom_least_valid(op);

		assert_true(v > 0 && v < 1 / (1 + op));
		/* The average over all ages is the logical share of the flash. */
		assert_true(fabs((1 - v) / -log(v) - 1 / (1 + op)) < 1e-6);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_pass_is_as_good_as_many),
		cmocka_unit_test(every_block_is_written_and_the_valid_share_is_as_planned),
		cmocka_unit_test(the_least_valid_share_solves_its_equation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
