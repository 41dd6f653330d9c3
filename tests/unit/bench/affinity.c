/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <string.h>

#include "bench/job/affinity.h"
#include "bench/job/job.h"
#include "probe/lib/base.h"
#include "tests/unit/fake.h"

#define NODES "/sys/devices/system/node/"

static const struct entry two[] = {
	{ NODES "online", "0-2\n" },
	{ NODES "node0/cpulist", "0-3,8-11\n" },
	{ NODES "node1/cpulist", "4-7,12-15\n" },
	{ NODES "node2/cpulist", "\n" }, /* a node with memory only */
};

static struct job job_on(int64_t numa, const char *cpus)
{
	return (struct job){ .numa = numa, .cpus = cpus, .numjobs = 2 };
}

static void lists(void **state)
{
	unsigned cpus[8];
	cpu_set_t set;
	char text[16];

	(void)state;
	assert_int_equal(cpu_list("0-2,7", cpus, 8), 4);
	assert_int_equal(cpus[3], 7);
	assert_int_equal(cpu_list(NULL, cpus, 8), 0);
	assert_int_equal(cpu_list("", cpus, 8), 0);
	assert_int_equal(cpu_list("0-99", cpus, 8), 8);
	assert_int_equal(cpu_list("3-1", cpus, 8), -EINVAL);
	assert_int_equal(cpu_list("1,x", cpus, 8), -EINVAL);
	CPU_ZERO(&set);
	cpu_set_text(&set, text, sizeof(text));
	assert_string_equal(text, "");
	for (unsigned i = 0; i < 3; i++)
		CPU_SET(i, &set);
	CPU_SET(5, &set);
	CPU_SET(CPU_SETSIZE - 1, &set);
	cpu_set_text(&set, text, sizeof(text));
	assert_string_equal(text, "0-2,5,1023");
	for (unsigned i = 10; i < 40; i += 2)
		CPU_SET(i, &set);
	cpu_set_text(&set, text, sizeof(text));
	assert_string_equal(text, "0-2,5,10,12 ...");
}

static void the_node_asked_for(void **state)
{
	struct fake fake = fake_of(two, ARRAY_SIZE(two));
	struct job j = job_on(1, NULL);
	struct fail f;

	(void)state;
	assert_int_equal(affinity_node(&fake.k, &j, 0, &f), 1);
	j.numa = OPT_OFF;
	assert_int_equal(affinity_node(&fake.k, &j, 0, &f), -1);
	j.numa = OPT_ON;
	assert_int_equal(affinity_node(&fake.k, &j, 1, &f), 1);
	assert_int_equal(affinity_node(&fake.k, &j, -1, &f), -ENODEV);
	assert_int_equal(f.kind, FAIL_UNAVAILABLE);
	j.numa = 3;
	assert_int_equal(affinity_node(&fake.k, &j, 0, &f), -EINVAL);
	assert_int_equal(f.kind, FAIL_USAGE);
	assert_non_null(strstr(f.msg, "0-2"));
}

static void a_node_of_memory_alone_needs_cpus(void **state)
{
	struct fake fake = fake_of(two, ARRAY_SIZE(two));
	struct job j = job_on(2, NULL);
	struct fail f;

	(void)state;
	assert_int_equal(affinity_node(&fake.k, &j, 0, &f), -EINVAL);
	assert_non_null(strstr(f.msg, "--cpus"));
	j.cpus = "0";
	assert_int_equal(affinity_node(&fake.k, &j, 0, &f), 2);
}

static void a_machine_of_one_node(void **state)
{
	struct fake fake = fake_of(NULL, 0);
	struct job j = job_on(OPT_ON, NULL);
	node_set nodes;

	(void)state;
	assert_int_equal(affinity_node(&fake.k, &j, -1, NULL), 0);
	nodes_online(&fake.k, &nodes);
	assert_int_equal(CPU_COUNT(&nodes), 1);
	assert_true(CPU_ISSET(0, &nodes));
}

static void cpus_named_come_before_the_node_s(void **state)
{
	struct fake fake = fake_of(two, ARRAY_SIZE(two));
	struct job j = job_on(1, "9,2,3");
	cpu_set_t set, here;

	(void)state;
	affinity_cpus(&fake.k, &j, 1, &set);
	/* There are two jobs. */
	assert_int_equal(CPU_COUNT(&set), 2);
	assert_true(CPU_ISSET(9, &set) && CPU_ISSET(2, &set));
	j.cpus = NULL;
	assert_int_equal(sched_getaffinity(0, sizeof(here), &here), 0);
	affinity_cpus(&fake.k, &j, -1, &set);
	assert_true(CPU_EQUAL(&set, &here));
	affinity_cpus(&fake.k, &j, 1, &set);
	for (unsigned i = 0; i < 4; i++)
		assert_false(CPU_ISSET(i, &set));
}

static void memory_is_somewhere(void **state)
{
	static char memory[256 << 10];
	node_set nodes;

	(void)state;
	memset(memory, 1, sizeof(memory));
	CPU_ZERO(&nodes);
	nodes_of_memory(memory, 0, &nodes);
	assert_int_equal(CPU_COUNT(&nodes), 0);
	nodes_of_memory((char *)(((uintptr_t)memory + 4095) & ~4095ul), 128 << 10, &nodes);
	if (!CPU_COUNT(&nodes))
		skip(); /* no NUMA in the kernel, or move_pages is refused */
	assert_true(CPU_COUNT(&nodes) >= 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists),
		cmocka_unit_test(the_node_asked_for),
		cmocka_unit_test(a_node_of_memory_alone_needs_cpus),
		cmocka_unit_test(a_machine_of_one_node),
		cmocka_unit_test(cpus_named_come_before_the_node_s),
		cmocka_unit_test(memory_is_somewhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
