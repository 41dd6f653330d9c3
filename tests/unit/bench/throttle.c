/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include "bench/observe/throttle.h"
#include "probe/lib/base.h"
#include "tests/unit/fake.h"

static struct throttle read_from(const struct entry *entries, unsigned n)
{
	struct fake fake = fake_of(entries, n);
	struct throttle t;
	cpu_set_t used;

	CPU_ZERO(&used);
	CPU_SET(1, &used);
	CPU_SET(2, &used);
	throttle_read(&fake.k, &used, &t);
	return t;
}

#define READ(entries) read_from(entries, ARRAY_SIZE(entries))

static void heat_of_the_cpus_used(void **state)
{
	static const char c0[] =
		"/sys/devices/system/cpu/cpu0/thermal_throttle/core_throttle_count";
	static const char c1[] =
		"/sys/devices/system/cpu/cpu1/thermal_throttle/core_throttle_count";
	static const char p2[] =
		"/sys/devices/system/cpu/cpu2/thermal_throttle/package_throttle_count";
	const struct entry entries[] = { { c0, "100\n" }, { c1, "3\n" }, { p2, "4\n" } };

	(void)state;
	assert_int_equal(READ(entries).heat, 7);
	assert_int_equal(READ(entries).periods, -1);
}

static void a_quota_anywhere_above_counts(void **state)
{
	const struct entry entries[] = {
		{ "/proc/self/cgroup", "0::/ci.slice/job-7.scope\n" },
		{ "/sys/fs/cgroup/ci.slice/job-7.scope/cpu.stat",
		  "usage_usec 12\nnr_periods 0\nnr_throttled 0\n" },
		{ "/sys/fs/cgroup/ci.slice/cpu.stat",
		  "usage_usec 12\nnr_periods 9\nnr_throttled 5\n" },
		{ "/sys/fs/cgroup/cpu.stat", "usage_usec 12\n" },
	};

	(void)state;
	assert_int_equal(READ(entries).periods, 5);
	assert_int_equal(READ(entries).heat, -1);
}

static void the_root_of_a_container(void **state)
{
	const struct entry entries[] = {
		{ "/proc/self/cgroup", "0::/\n" },
		{ "/sys/fs/cgroup/cpu.stat", "nr_periods 9\nnr_throttled 2\nthrottled_usec 8\n" },
	};

	(void)state;
	assert_int_equal(READ(entries).periods, 2);
}

static void older_hierarchies(void **state)
{
	const struct entry entries[] = {
		{ "/proc/self/cgroup",
		  "5:memory:/x\n4:cpu,cpuacct:/docker/abc\n3:cpuset:/\n0::/\n" },
		{ "/sys/fs/cgroup/cpu,cpuacct/cpu.stat",
		  "nr_periods 9\nnr_throttled 6\nthrottled_time 8\n" },
		{ "/sys/fs/cgroup/memory/x/cpu.stat", "nr_throttled 100\n" },
		{ "/sys/fs/cgroup/cpuset/cpu.stat", "nr_throttled 100\n" },
	};
	const struct entry alone[] = {
		{ "/proc/self/cgroup", "2:cpuacct:/\n1:cpu:/a\n0::/\n" },
		{ "/sys/fs/cgroup/cpu/a/cpu.stat", "nr_throttled 1\n" },
		{ "/sys/fs/cgroup/cpuacct/cpu.stat", "nr_throttled 100\n" },
	};

	(void)state;
	assert_int_equal(READ(entries).periods, 6);
	assert_int_equal(READ(alone).periods, 1);
}

static void what_grew(void **state)
{
	struct throttle a = { 5, -1 }, b = { 8, 3 }, d = throttle_since(&a, &b);

	(void)state;
	assert_int_equal(d.heat, 3);
	assert_int_equal(d.periods, -1);
	/* The counter of a CPU that was offline restarts. */
	d = throttle_since(&b, &(struct throttle){ 2, 3 });
	assert_int_equal(d.heat, 0);
	assert_int_equal(d.periods, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(heat_of_the_cpus_used),
		cmocka_unit_test(a_quota_anywhere_above_counts),
		cmocka_unit_test(the_root_of_a_container),
		cmocka_unit_test(older_hierarchies),
		cmocka_unit_test(what_grew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
