/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include "bench/observe/cpus.h"
#include "probe/lib/base.h"
#include "tests/unit/fake.h"

#define CPUS 64

struct times {
	struct cpu_ticks from, to;
	struct cpu_looks looks;
};

static int setup(void **state)
{
	*state = calloc(1, sizeof(struct times));
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	free(*state);
	return 0;
}

/* A machine with 64 CPUs after some seconds of 100 ticks. On CPU 17 the hypervisor steals half of the time,
 * and the other CPUs are idle for as long. */
static void machine(unsigned seconds, struct cpu_ticks *t)
{
	_cleanup_str_ struct str text = { 0 };
	struct entry stat = { "/proc/stat", NULL, 0 };
	struct fake fake = fake_of(&stat, 1);

	str_addf(&text, "cpu  %u 0 %u %u 0 0 0 %u 0 0\n", 1000 + 40 * seconds * CPUS,
		 10 * seconds * CPUS, 50 * seconds * (CPUS - 1), 50 * seconds);
	for (unsigned cpu = 0; cpu < CPUS; cpu++)
		str_addf(&text, "cpu%u %u 0 %u %u 0 0 0 %u 7 0\n", cpu, 1000 + 40 * seconds,
			 10 * seconds, cpu == 17 ? 0 : 50 * seconds, cpu == 17 ? 50 * seconds : 0);
	str_add(&text, "intr 1438741 0 0 0\nctxt 6015852\n");
	stat.answer = str_text(&text);
	cpu_ticks_read(&fake.k, t);
}

static void what_a_pinned_job_lost(void **state)
{
	struct times *t = *state;
	struct steal steal;

	machine(0, &t->from);
	machine(3, &t->to);
	t->looks.n[17] = 60;
	steal = steal_since(&t->from, &t->to, &t->looks);
	assert_true(steal.share > 0.499 && steal.share < 0.501);
	assert_int_equal(steal.ticks, 150);
}

static void what_others_lost_is_none_of_it(void **state)
{
	struct times *t = *state;
	struct steal steal;

	machine(0, &t->from);
	machine(3, &t->to);
	t->looks.n[16] = 60;
	steal = steal_since(&t->from, &t->to, &t->looks);
	assert_true(steal.share == 0);
	assert_int_equal(steal.ticks, 0);
}

static void a_cpu_counts_as_often_as_it_was_used(void **state)
{
	struct times *t = *state;
	struct steal steal;

	machine(0, &t->from);
	machine(3, &t->to);
	t->looks.n[17] = 20;
	t->looks.n[3] = 60;
	/* Not online. */
	t->looks.n[90] = 7;
	steal = steal_since(&t->from, &t->to, &t->looks);
	assert_true(steal.share > 0.124 && steal.share < 0.126);
}

static void what_is_not_known(void **state)
{
	struct times *t = *state;
	struct fake none = fake_of(NULL, 0);

	machine(3, &t->to);
	t->looks.n[17] = 1;
	cpu_ticks_read(&none.k, &t->from);
	assert_false(t->from.known);
	assert_true(steal_since(&t->from, &t->to, &t->looks).share < 0);
	/* Only the line for all CPUs. */
	cpu_ticks_parse("cpu  1 2 3 4 5 6 7 8\n", &t->from);
	assert_false(t->from.known);
	/* Truncated. */
	cpu_ticks_parse("cpu0 1 2 3 4 5 6 7 8", &t->from);
	assert_false(t->from.known);
	cpu_ticks_parse("cpu4294967295 1 2 3 4 5 6 7 8\ncpu-1 1 2 3 4 5 6 7 8\n", &t->from);
	/* No samples on any CPU. */
	machine(0, &t->from);
	t->looks.n[17] = 0;
	assert_true(steal_since(&t->from, &t->to, &t->looks).share < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_a_pinned_job_lost, setup, teardown),
		cmocka_unit_test_setup_teardown(what_others_lost_is_none_of_it, setup, teardown),
		cmocka_unit_test_setup_teardown(a_cpu_counts_as_often_as_it_was_used, setup,
						teardown),
		cmocka_unit_test_setup_teardown(what_is_not_known, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
