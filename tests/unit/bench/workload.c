/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <math.h>
#include <string.h>

#include "bench/job/contents.h"
#include "bench/job/workload.h"
#include "probe/lib/base.h"

#define BLOCKS 1000

static struct job job_of(const char *const *settings)
{
	struct job j;

	opt_defaults(job_opt_rows, n_job_opt_rows, &j);
	for (; *settings; settings += 2)
		assert_int_equal(opt_set(opt_find(job_opt_rows, n_job_opt_rows, settings[0]), &j,
					 settings[1], NULL),
				 0);
	return j;
}

#define JOB(...) job_of((const char *const[]){ __VA_ARGS__, NULL })

static void a_permutation_hits_each_place_once(void **state)
{
	static const uint64_t sizes[] = { 1, 2, 3, 4, 5, 64, 1000, 4097 };

	(void)state;
	for (unsigned s = 0; s < ARRAY_SIZE(sizes); s++) {
		struct job j = JOB("rw", "randread", "random", "once");
		_cleanup_free_ unsigned *hits = calloc(sizes[s], sizeof(*hits));
		struct io_plan p;
		struct io io;

		io_plan_init(&p, &j, 0, 0, sizes[s] * 4096);
		for (unsigned pass = 1; pass <= 3; pass++) {
			for (uint64_t i = 0; i < sizes[s]; i++) {
				io_next(&p, &io);
				assert_true(io.offset < sizes[s] * 4096);
				hits[io.offset / 4096]++;
			}
			for (uint64_t i = 0; i < sizes[s]; i++)
				assert_int_equal(hits[i], pass);
		}
	}
}

static void workers_share_a_pass(void **state)
{
	struct job j = JOB("random", "once", "numjobs", "3");
	unsigned hits[BLOCKS] = { 0 };
	struct io io;

	(void)state;
	for (unsigned index = 0; index < 3; index++) {
		struct io_plan p;

		io_plan_init(&p, &j, index, 0, BLOCKS * 4096);
		for (unsigned i = index; i < BLOCKS; i += 3) {
			io_next(&p, &io);
			hits[io.offset / 4096]++;
		}
	}
	for (unsigned i = 0; i < BLOCKS; i++)
		assert_int_equal(hits[i], 1);
}

static void every_order_stays_inside(void **state)
{
	static const char *const orders[] = { "uniform", "zipf", "zipf:0.5", "zipf:1", "once" };

	(void)state;
	for (unsigned o = 0; o < ARRAY_SIZE(orders); o++) {
		struct job j = JOB("random", orders[o], "bssplit", "4k/40:16k/30:64k/30");
		uint64_t base = 1 << 20, bytes = 300 * 4096;
		struct io_plan p;
		struct io io;

		io_plan_init(&p, &j, 0, base, bytes);
		for (unsigned i = 0; i < 20000; i++) {
			io_next(&p, &io);
			assert_int_equal(io.offset % 4096, 0);
			assert_true(io.offset >= base && io.offset + io.bytes <= base + bytes);
		}
	}
}

static void a_sequence_goes_round(void **state)
{
	struct job j = JOB("rw", "read", "numjobs", "2");
	struct io_plan p;
	struct io io;

	(void)state;
	io_plan_init(&p, &j, 1, 8192, 10 * 4096);
	for (unsigned i = 0; i < 25; i++) {
		io_next(&p, &io);
		assert_int_equal(io.offset, 8192 + (5 + i) % 10 * 4096);
		assert_int_equal(io.kind, IO_READ);
	}
}

static void a_sequence_goes_on_where_it_was(void **state)
{
	struct job j = JOB("rw", "read"), random = JOB("rw", "randread");
	struct io_plan p, q;
	struct io a, b;

	(void)state;
	io_plan_init(&p, &j, 0, 8192, 10 * 4096);
	io_plan_init(&q, &j, 0, 8192, 10 * 4096);
	for (unsigned i = 0; i < 23; i++)
		io_next(&p, &a);
	io_plan_skip(&q, 23 * 4096);
	for (unsigned i = 0; i < 23; i++) {
		io_next(&p, &a);
		io_next(&q, &b);
		assert_int_equal(a.offset, b.offset);
	}
	io_plan_init(&p, &random, 0, 0, BLOCKS * 4096);
	q = p;
	io_plan_skip(&q, 4096);
	io_next(&p, &a);
	io_next(&q, &b);
	assert_int_equal(a.offset, b.offset);
}

static void the_same_seed_gives_the_same_sequence(void **state)
{
	struct job j = JOB("rw", "randrw"), other = JOB("rw", "randrw", "seed", "2");
	struct io_plan a, b, c;
	unsigned differ = 0;

	(void)state;
	io_plan_init(&a, &j, 0, 0, BLOCKS * 4096);
	io_plan_init(&b, &j, 0, 0, BLOCKS * 4096);
	io_plan_init(&c, &other, 0, 0, BLOCKS * 4096);
	for (unsigned i = 0; i < 1000; i++) {
		struct io x, y, z;

		io_next(&a, &x);
		io_next(&b, &y);
		io_next(&c, &z);
		assert_int_equal(x.offset, y.offset);
		assert_int_equal(x.kind, y.kind);
		differ += x.offset != z.offset;
	}
	assert_true(differ > 900);
}

static void a_mix_is_as_asked(void **state)
{
	struct job j = JOB("rw", "randrw", "rwmixread", "70");
	struct io_plan p;
	unsigned reads = 0;
	struct io io;

	(void)state;
	io_plan_init(&p, &j, 0, 0, BLOCKS * 4096);
	for (unsigned i = 0; i < 100000; i++) {
		io_next(&p, &io);
		reads += io.kind == IO_READ;
	}
	assert_true(reads > 69000 && reads < 71000);
	j.rwmixread = 100;
	io_plan_init(&p, &j, 0, 0, BLOCKS * 4096);
	for (unsigned i = 0; i < 1000; i++) {
		io_next(&p, &io);
		assert_int_equal(io.kind, IO_READ);
	}
}

static void sizes_come_in_their_shares(void **state)
{
	struct job j = JOB("bssplit", "4k/75:16k/25");
	struct io_plan p;
	unsigned small = 0;
	struct io io;

	(void)state;
	io_plan_init(&p, &j, 0, 0, BLOCKS * 4096);
	for (unsigned i = 0; i < 100000; i++) {
		io_next(&p, &io);
		small += io.bytes == 4096;
	}
	assert_true(small > 74000 && small < 76000);
}

static void a_range_has_every_multiple_equally_often(void **state)
{
	struct job j = JOB("bsrange", "4k-32k");
	unsigned seen[9] = { 0 };
	struct io_plan p;
	struct io io;

	(void)state;
	io_plan_init(&p, &j, 0, 0, BLOCKS * 4096);
	for (unsigned i = 0; i < 80000; i++) {
		io_next(&p, &io);
		assert_int_equal(io.bytes % 4096, 0);
		assert_int_equal(io.offset % 4096, 0);
		assert_true(io.bytes >= 4096 && io.bytes <= 32768);
		assert_true(io.offset + io.bytes <= BLOCKS * 4096);
		seen[io.bytes / 4096]++;
	}
	for (unsigned i = 1; i <= 8; i++)
		assert_true(seen[i] > 9400 && seen[i] < 10600);
}

static void a_range_of_one_size(void **state)
{
	struct job j = JOB("bsrange", "8k-8k");
	struct io_plan p;
	struct io io;

	(void)state;
	io_plan_init(&p, &j, 0, 0, BLOCKS * 4096);
	for (unsigned i = 0; i < 100; i++) {
		io_next(&p, &io);
		assert_int_equal(io.bytes, 8192);
	}
}

/* The random share of each 512 bytes, regardless of where the block begins. */
static void contents_have_their_share_of_random_bytes(void **state)
{
	static const struct {
		const char *text;
		unsigned zeros_from, zeros_to; /* per unit: random bytes are sometimes zero */
	} cases[] = {
		{ "random", 0, 10 }, { "100%", 0, 10 },	   { "75%", 128, 145 }, { "50%", 256, 272 },
		{ "1%", 504, 512 },  { "zero", 512, 512 }, { "0%", 512, 512 },
	};

	(void)state;
	for (unsigned c = 0; c < ARRAY_SIZE(cases); c++) {
		struct job j = JOB("contents", cases[c].text);
		unsigned char buf[4096 + 256], again[sizeof(buf)];
		uint64_t a = 5, b = 5;
		unsigned percent;

		assert_int_equal(contents_parse(&j, &percent, NULL), 0);
		memset(buf, 0xaa, sizeof(buf));
		contents_fill(&a, percent, buf, sizeof(buf));
		contents_fill(&b, percent, again, sizeof(again));
		assert_memory_equal(buf, again, sizeof(buf));
		for (unsigned unit = 0; unit < 8; unit++) {
			unsigned zeros = 0;

			for (unsigned i = 0; i < 512; i++)
				zeros += !buf[unit * 512 + i];
			assert_in_range(zeros, cases[c].zeros_from, cases[c].zeros_to);
		}
	}
}

/* The last I/O is shorter, and some workers may have no I/Os. */
static void a_pass_reads_everything_once(void **state)
{
	static const unsigned jobs[] = { 1, 2, 7, 30 };

	(void)state;
	for (unsigned n = 0; n < ARRAY_SIZE(jobs); n++) {
		struct job j = JOB("rw", "randwrite", "bssplit", "4k/50:16k/50"), pass;
		unsigned hits[81] = { 0 };

		j.numjobs = jobs[n];
		job_read_back(&j, &pass);
		assert_false(job_writes(&pass));
		for (unsigned index = 0; index < jobs[n]; index++) {
			struct io_plan p;
			struct io io;

			io_plan_init(&p, &pass, index, 8192, 81 * 4096);
			for (uint64_t left = io_pass_ios(&p); left; left--) {
				io_next(&p, &io);
				assert_int_equal(io.kind, IO_READ);
				assert_true(io.bytes && io.bytes <= 16384);
				for (unsigned at = 0; at < io.bytes; at += 4096)
					hits[(io.offset + at - 8192) / 4096]++;
			}
		}
		for (unsigned i = 0; i < 81; i++)
			assert_int_equal(hits[i], 1);
	}
}

static void a_sync_follows_every_so_many_writes(void **state)
{
	struct job j = JOB("rw", "randwrite", "fsync", "3");
	struct io_plan p;
	struct io io;

	(void)state;
	io_plan_init(&p, &j, 0, 0, BLOCKS * 4096);
	for (unsigned i = 0; i < 40; i++) {
		io_next(&p, &io);
		assert_int_equal(io.kind, i % 4 == 3 ? IO_SYNC : IO_WRITE);
	}
}

/* Compares the share of each rank with the definition, by exact sums. */
static void zipf_is_zipf(void **state)
{
	enum { N = 1000, DRAWS = 1000000 };
	static const double thetas[] = { 0.5, 1, 1.2, 2 };

	(void)state;
	for (unsigned t = 0; t < ARRAY_SIZE(thetas); t++) {
		_cleanup_free_ unsigned *seen = calloc(N + 1, sizeof(*seen));
		uint64_t rng = 11;
		struct zipf z;
		double sum = 0;

		zipf_init(&z, N, thetas[t]);
		for (unsigned i = 0; i < DRAWS; i++) {
			uint64_t k = zipf_next(&z, &rng);

			assert_true(k >= 1 && k <= N);
			seen[k]++;
		}
		for (unsigned k = 1; k <= N; k++)
			sum += pow(k, -thetas[t]);
		for (unsigned k = 1; k <= 10; k++) {
			double expected = DRAWS * pow(k, -thetas[t]) / sum;

			assert_true(fabs(seen[k] - expected) < 6 * sqrt(expected));
		}
	}
}

static void a_rate_is_read(void **state)
{
	static const struct {
		const char *text;
		double per_s;
		bool poisson, closed;
	} rates[] = {
		{ "100", 100, false, false },
		{ "50k", 50000, false, false },
		{ "1.5m,poisson", 1500000, true, false },
		{ "2k,closed", 2000, false, true },
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(rates); i++) {
		struct job j = JOB("rate", rates[i].text);
		struct io_rate r;

		assert_int_equal(io_rate_parse(&j, &r, NULL), 0);
		assert_true(r.per_s == rates[i].per_s);
		assert_int_equal(r.poisson, rates[i].poisson);
		assert_int_equal(r.closed, rates[i].closed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_permutation_hits_each_place_once),
		cmocka_unit_test(workers_share_a_pass),
		cmocka_unit_test(every_order_stays_inside),
		cmocka_unit_test(a_sequence_goes_round),
		cmocka_unit_test(a_sequence_goes_on_where_it_was),
		cmocka_unit_test(the_same_seed_gives_the_same_sequence),
		cmocka_unit_test(a_mix_is_as_asked),
		cmocka_unit_test(sizes_come_in_their_shares),
		cmocka_unit_test(a_range_has_every_multiple_equally_often),
		cmocka_unit_test(a_range_of_one_size),
		cmocka_unit_test(contents_have_their_share_of_random_bytes),
		cmocka_unit_test(a_pass_reads_everything_once),
		cmocka_unit_test(a_sync_follows_every_so_many_writes),
		cmocka_unit_test(zipf_is_zipf),
		cmocka_unit_test(a_rate_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
