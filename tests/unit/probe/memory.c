/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include "probe/kernel/memory.h"
#include "probe/lib/base.h"
#include "tests/unit/fake.h"

#define MIB   1048576ll
#define GROUP "/sys/fs/cgroup/ci.slice/job.scope"

static int64_t available(const struct entry *entries, unsigned n)
{
	struct fake fake = fake_of(entries, n);

	return memory_available(&fake.k);
}

#define AVAILABLE(entries) available(entries, ARRAY_SIZE(entries))

static void what_the_machine_has(void **state)
{
	const struct entry entries[] = {
		{ "/proc/meminfo",
		  "MemTotal: 8192 kB\nMemFree: 1024 kB\nMemAvailable:    3072 kB\n" },
	};

	(void)state;
	assert_int_equal(AVAILABLE(entries), 3 * MIB);
	assert_int_equal(available(NULL, 0), INT64_MAX);
}

/* Cached files can be dropped; a limit of a parent counts too. */
static void what_cgroups_allow(void **state)
{
	const struct entry entries[] = {
		{ "/proc/meminfo", "MemAvailable: 1048576 kB\n" },
		{ "/proc/self/cgroup", "0::/ci.slice/job.scope\n" },
		{ GROUP "/memory.max", "268435456\n" },
		{ GROUP "/memory.current", "268435456\n" },
		{ GROUP "/memory.stat",
		  "anon 1\nfile 9\ninactive_file 104857600\nactive_file 52428800\n" },
		{ "/sys/fs/cgroup/ci.slice/memory.max", "max\n" },
		{ "/sys/fs/cgroup/ci.slice/memory.current", "999999999\n" },
	};
	const struct entry parent[] = {
		{ "/proc/self/cgroup", "0::/ci.slice/job.scope\n" },
		{ GROUP "/memory.max", "268435456\n" },
		{ GROUP "/memory.current", "0\n" },
		{ "/sys/fs/cgroup/ci.slice/memory.max", "10485760\n" },
		{ "/sys/fs/cgroup/ci.slice/memory.current", "9437184\n" },
	};

	(void)state;
	assert_int_equal(AVAILABLE(entries), 150 * MIB);
	assert_int_equal(AVAILABLE(parent), MIB);
}

static void older_hierarchies(void **state)
{
	const struct entry entries[] = {
		{ "/proc/self/cgroup", "5:memory:/x\n4:cpu:/y\n0::/\n" },
		{ "/sys/fs/cgroup/memory/x/memory.limit_in_bytes", "10485760\n" },
		{ "/sys/fs/cgroup/memory/x/memory.usage_in_bytes", "8388608\n" },
		{ "/sys/fs/cgroup/memory/x/memory.stat", "cache 3\ntotal_inactive_file 1048576\n" },
		{ "/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n" },
		{ "/sys/fs/cgroup/memory/memory.usage_in_bytes", "8388608\n" },
		{ "/sys/fs/cgroup/cpu/y/memory.limit_in_bytes", "1\n" },
		{ "/sys/fs/cgroup/cpu/y/memory.usage_in_bytes", "1\n" },
	};

	(void)state;
	assert_int_equal(AVAILABLE(entries), 3 * MIB);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_machine_has),
		cmocka_unit_test(what_cgroups_allow),
		cmocka_unit_test(older_hierarchies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
