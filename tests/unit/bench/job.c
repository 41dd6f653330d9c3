/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <string.h>

#include "bench/job/job.h"
#include "probe/lib/base.h"

static struct job job_of(const char *const *settings)
{
	struct job j;

	opt_defaults(job_opt_rows, n_job_opt_rows, &j);
	for (; *settings; settings += 2) {
		const struct opt *k = opt_find(job_opt_rows, n_job_opt_rows, settings[0]);

		assert_non_null(k);
		assert_int_equal(opt_set(k, &j, settings[1], NULL), 0);
	}
	return j;
}

static void the_defaults_are_a_valid_job(void **state)
{
	struct job j = job_of((const char *const[]){ NULL });

	(void)state;
	assert_int_equal(job_validate(&j, NULL), 0);
	assert_int_equal(j.rw, RW_RANDREAD);
	assert_int_equal(j.bs, 4096);
	assert_true(j.direct);
	assert_false(job_sqpoll(&j));
	assert_false(job_writes(&j));
}

static void opts_that_exclude_each_other_are_named(void **state)
{
	static const struct {
		const char *settings[10], *named;
	} wrong[] = {
		{ { "iodepth", "16384", "bs", "1m" }, "iodepth" },
		{ { "bs", "1000" }, "512" },
		{ { "bs", "8k", "size", "4k" }, "size" },
		{ { "rw", "nop", "fixedbufs", "yes" }, "nop" },
		{ { "rw", "nop", "registerfiles", "yes" }, "nop" },
		{ { "rw", "nop", "iopoll", "yes" }, "nop" },
		{ { "iopoll", "yes", "direct", "no" }, "direct" },
		{ { "sqpoll", "65535" }, "sqpoll" },
		{ { "sqpoll", "0", "cpus", "0" }, "both name CPU 0" },
		{ { "sqpoll", "on", "defer-taskrun", "on" }, "--sqpoll excludes" },
		{ { "cpus", "1-" }, "cpus" },
		{ { "cpus", "3-1" }, "cpus" },
		{ { "cpus", "0-1023" }, "CPUs" },
		{ { "fsync", "1" }, "workload that writes" },
		{ { "rw", "write", "fsync", "1", "fdatasync", "1" }, "either" },
		{ { "rw", "trim", "fixedbufs", "yes" }, "trim" },
		{ { "rw", "trim", "iopoll", "yes", "engine", "rw" }, "cannot be polled for" },
		{ { "rw", "randtrim", "dsync", "yes" }, "dsync" },
		{ { "rw", "write", "fsync", "1", "iopoll", "yes" }, "fsync" },
		{ { "rw", "randrw", "fixedbufs", "yes", "iodepth", "8193" }, "8192" },
		{ { "batch-complete", "33" }, "batch-complete" },
		{ { "cq-entries", "31" }, "cq-entries" },
		{ { "bssplit", "4k/50:64k/40" }, "bssplit" },
		{ { "bssplit", "4k/50:6k/50" }, "bssplit" },
		{ { "bssplit", "4k" }, "bssplit" },
		{ { "bsrange", "4k" }, "bsrange" },
		{ { "bsrange", "8k-4k" }, "bsrange" },
		{ { "bsrange", "4k-6k" }, "bsrange" },
		{ { "bsrange", "4k-64k", "bssplit", "4k/100" }, "either" },
		{ { "rw", "nop", "bsrange", "4k-8k" }, "nop" },
		{ { "rw", "nop", "engine", "nvme" }, "nop" },
		{ { "rw", "randrw", "iodepth", "1024", "bs", "1m" }, "512m" },
		{ { "rw", "nop", "verify", "crc32c" }, "verify" },
		{ { "rw", "randtrim", "verify", "crc32c" }, "verify" },
		{ { "rw", "write", "verify", "crc32c", "bs", "1000", "direct", "no" }, "512" },
		{ { "verify", "crc32c", "bs", "512" }, "4k" },
		{ { "verify-only", "yes", "offset", "512", "bs", "512" }, "4k" },
		{ { "contents", "half" }, "contents" },
		{ { "contents", "zreo" }, "did you mean 'zero'?" },
		{ { "rw", "randread", "random", "unifrom" }, "did you mean 'uniform'?" },
		{ { "contents", "101%" }, "contents" },
		{ { "contents", "50" }, "contents" },
		{ { "random", "pareto" }, "random" },
		{ { "random", "zipf:x" }, "random" },
		{ { "random", "zipf:-1" }, "random" },
		{ { "rate", "0" }, "rate" },
		{ { "rate", "10q" }, "rate" },
		{ { "rate", "1k", "lat", "off" }, "rate" },
		{ { "offset", "1000" }, "offset" },
		{ { "hybrid", "yes" }, "iopoll" },
		{ { "dsync", "yes" }, "dsync" },
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct job j = job_of(wrong[i].settings);
		struct fail f;

		assert_int_equal(job_validate(&j, &f), -EINVAL);
		assert_int_equal(f.kind, FAIL_USAGE);
		assert_non_null(strstr(f.msg, wrong[i].named));
	}
}

static void a_mix_of_reads_alone_does_not_write(void **state)
{
	struct job j = job_of((const char *const[]){ "rw", "randrw", "rwmixread", "100", NULL });

	(void)state;
	assert_false(job_writes(&j));
	j.rwmixread = 99;
	assert_true(job_writes(&j));
}

static void to_verify_only_never_writes(void **state)
{
	struct job j =
		job_of((const char *const[]){ "rw", "randwrite", "verify-only", "yes", NULL });

	(void)state;
	assert_int_equal(job_validate(&j, NULL), 0);
	assert_false(job_writes(&j));
	j.rw = RW_TRIM;
	assert_int_equal(job_validate(&j, NULL), 0);
	assert_false(job_writes(&j) || job_trims(&j));
}

static void an_engine_is_chosen_and_checked(void **state)
{
	struct job j = job_of((const char *const[]){ "rw", "trim", NULL }), chosen;
	struct fail f;

	(void)state;
	assert_int_equal(job_choose_engine(&j, false, &chosen, NULL), 0);
	assert_int_equal(chosen.engine, ENGINE_RW);
	assert_int_equal(job_choose_engine(&j, true, &chosen, NULL), 0);
	assert_int_equal(chosen.engine, ENGINE_NVME);
	/* Passthrough alone polls for trims. */
	j.iopoll = true;
	assert_int_equal(job_choose_engine(&j, true, &chosen, NULL), 0);
	assert_int_equal(job_choose_engine(&j, false, &chosen, &f), -EINVAL);
	assert_int_equal(f.kind, FAIL_USAGE);
	j.iopoll = false;
	j.rw = RW_READ;
	assert_int_equal(job_choose_engine(&j, true, &chosen, NULL), 0);
	assert_int_equal(chosen.engine, ENGINE_NVME);
	j.engine = ENGINE_VECTORED;
	assert_int_equal(job_choose_engine(&j, true, &chosen, NULL), 0);
	assert_int_equal(chosen.engine, ENGINE_VECTORED);
}

static void batches(void **state)
{
	static const struct {
		struct job job;
		unsigned batch;
	} cases[] = {
		{ { .rw = RW_NOP, .iodepth = 8, .direct = true }, 8 },
		{ { .rw = RW_NOP, .iodepth = 128, .direct = true }, 32 },
		{ { .rw = RW_RANDREAD, .iodepth = 16 }, 16 },
		{ { .rw = RW_RANDREAD, .iodepth = 1, .direct = true }, 1 },
		{ { .rw = RW_RANDREAD, .iodepth = 32, .direct = true }, 4 },
		{ { .rw = RW_WRITE, .iodepth = 4096, .direct = true }, 32 },
		{ { .rw = RW_WRITE, .iodepth = 32, .direct = true, .batch_submit = 64 }, 64 },
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(job_batch(&cases[i].job), cases[i].batch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(batches),
		cmocka_unit_test(the_defaults_are_a_valid_job),
		cmocka_unit_test(opts_that_exclude_each_other_are_named),
		cmocka_unit_test(to_verify_only_never_writes),
		cmocka_unit_test(an_engine_is_chosen_and_checked),
		cmocka_unit_test(a_mix_of_reads_alone_does_not_write),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
