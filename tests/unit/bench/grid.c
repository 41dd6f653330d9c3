/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <string.h>

#include "bench/method/grid.h"
#include "probe/lib/base.h"

static void levels_of_every_kind(void **state)
{
	static const struct {
		const char *text, *levels;
	} good[] = {
		{ "sqpoll", "off on" },
		{ "sqpoll=off,on,3", "off on 3" },
		{ "iopoll", "off on" },
		{ "iopoll=on,off", "on off" },
		{ "iodepth=1..128", "1 2 4 8 16 32 64 128" },
		{ "iodepth=3..20,100", "3 6 12 20 100" },
		{ "iodepth=1..2", "1 2" },
		{ "bs=4k..64k", "4k 8k 16k 32k 64k" },
		{ "bs=512..2048,1m", "512 1k 2k 1m" },
		{ "sqpoll-idle=1ms..4ms", "1ms 2ms 4ms" },
		{ "defer-taskrun=auto,off", "auto off" },
		{ "rate=1k;2k,poisson", "1k 2k,poisson" },
		{ "cpus=,0", " 0" },
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(good); i++) {
		struct grid g = { 0 };
		_cleanup_str_ struct str got = { 0 };
		struct fail f = { 0 };

		assert_int_equal(grid_add(&g, good[i].text, &f), 0);
		for (unsigned l = 0; l < g.factor[0].n; l++)
			str_addf(&got, "%s%s", l ? " " : "", g.factor[0].level[l]);
		assert_string_equal(str_text(&got), good[i].levels);
		assert_int_equal(g.n_cells, g.factor[0].n);
	}
}

static void what_makes_no_grid_is_named(void **state)
{
	static const struct {
		const char *text, *named;
	} wrong[] = {
		{ "", "''" },
		{ "sqpol", "no option 'sqpol'; did you mean 'sqpoll'?" },
		{ "iodpeth=1,2", "no option 'iodpeth'; did you mean 'iodepth'?" },
		/* Options that cannot be swept are not suggested. */
		{ "runtme=1s,2s", "no option 'runtme'; see uringtool bench --help" },
		{ "sweep", "'sweep'" },
		{ "buffered", "direct=on,off" },
		{ "runtime=1s,2s", "'runtime'" },
		{ "destroy-data-on=a,b", "'destroy-data-on'" },
		{ "iodepth", "iodepth needs levels" },
		{ "defer-taskrun", "defer-taskrun needs levels" },
		{ "cpus", "cpus needs levels" },
		{ "iodepth=8", "one level" },
		{ "iodepth=8,8", "'8' twice" },
		{ "iodepth=1..4,4", "'4' twice" },
		{ "iodepth=8,x", "'x'" },
		{ "iodepth=8,,9", "''" },
		{ "iodepth=0,1", "outside" },
		{ "iodepth=0..4", "outside" },
		{ "seed=0..4", "double" },
		{ "iodepth=4..4", "double" },
		{ "iodepth=8..4", "double" },
		{ "iodepth=..4", "''" },
		{ "iodepth=4..", "''" },
		{ "iodepth=1..100000", "outside" },
		{ "seed=1..4294967296", "more than 24 levels" },
		{ "rw=read,reed", "did you mean 'read'?" },
		{ "iopoll=off,maybe", "'maybe'" },
		{ "numjobs=1,2", "numjobs is named twice" },
		{ "destroy=1", "'destroy'" },
		{ "cpus=0,11111111111111111111111111111111111111111111111111", "too long" },
		{ "iodepth=1..16384", "270 configurations" },
	};
	struct grid g = { 0 }, before;
	struct fail f;

	(void)state;
	assert_int_equal(grid_add(&g, "numjobs=1..4", &f), 0);
	assert_int_equal(grid_add(&g, "rate=1;2;3;4;5;6", &f), 0);
	before = g;
	for (unsigned i = 0; i < ARRAY_SIZE(wrong); i++) {
		f = (struct fail){ 0 };
		assert_int_equal(grid_add(&g, wrong[i].text, &f), -EINVAL);
		assert_int_equal(f.kind, FAIL_USAGE);
		if (!strstr(f.msg, wrong[i].named))
			fail_msg("'%s' is told as: %s", wrong[i].text, f.msg);
		assert_memory_equal(&g, &before, sizeof(g));
	}
}

static void no_more_options_than_fit(void **state)
{
	static const char *const flags[] = { "sqpoll", "iopoll", "fixedbufs", "registerfiles",
					     "async",  "hybrid", "hugepages" };
	struct grid g = { 0 };
	struct fail f;

	(void)state;
	for (unsigned i = 0; i < GRID_MAX_FACTORS; i++)
		assert_int_equal(grid_add(&g, flags[i], &f), 0);
	assert_int_equal(g.n_cells, 64);
	assert_int_equal(grid_add(&g, flags[GRID_MAX_FACTORS], &f), -EINVAL);
	assert_non_null(strstr(f.msg, "more than 6 options"));
}

static void cells_are_all_combinations(void **state)
{
	struct grid g = { 0 };
	struct fail f;
	struct job job;
	_cleanup_str_ struct str text = { 0 }, without = { 0 };
	unsigned seen[2][3][2] = { 0 };

	(void)state;
	assert_int_equal(grid_add(&g, "sqpoll", &f), 0);
	assert_int_equal(grid_add(&g, "iodepth=8,16,24", &f), 0);
	assert_int_equal(grid_add(&g, "cpus=;1-2,3", &f), 0);
	assert_int_equal(g.n_cells, 12);
	for (unsigned cell = 0; cell < g.n_cells; cell++) {
		opt_defaults(job_opt_rows, n_job_opt_rows, &job);
		job.cpus = "7";
		grid_apply(&g, cell, &job);
		seen[job_sqpoll(&job)][job.iodepth / 8 - 1][job.cpus != NULL]++;
		assert_int_equal(job_sqpoll(&job), grid_level(&g, cell, 0));
		assert_int_equal(job.iodepth / 8 - 1, grid_level(&g, cell, 1));
		for (unsigned f2 = 0; f2 < g.n; f2++) {
			unsigned other = grid_with(&g, cell, f2, 1);

			for (unsigned f3 = 0; f3 < g.n; f3++)
				assert_int_equal(grid_level(&g, other, f3),
						 f2 == f3 ? 1 : grid_level(&g, cell, f3));
		}
	}
	for (unsigned i = 0; i < 12; i++)
		assert_int_equal(((unsigned *)seen)[i], 1);
	grid_cell_text(&g, 11, -1, &text);
	assert_string_equal(str_text(&text), "sqpoll=on iodepth=24 cpus=1-2,3");
	grid_cell_text(&g, 11, 1, &without);
	assert_string_equal(str_text(&without), "sqpoll=on cpus=1-2,3");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(levels_of_every_kind),
		cmocka_unit_test(what_makes_no_grid_is_named),
		cmocka_unit_test(no_more_options_than_fit),
		cmocka_unit_test(cells_are_all_combinations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
