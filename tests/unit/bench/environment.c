/* SPDX-License-Identifier: MIT */
/* The environment of real machines, from their files. */
#include "tests/unit/unit.h"

#include <string.h>

#include "bench/engine/worker-ring.h"
#include "bench/observe/environment.h"
#include "probe/lib/base.h"
#include "tests/unit/fake.h"

#define CPU  "/sys/devices/system/cpu/"
#define VULN CPU "vulnerabilities/"
#define EPYC                                                                              \
	"processor\t: 0\nvendor_id\t: AuthenticAMD\ncpu family\t: 26\nmodel name\t: AMD " \
	"EPYC\ncpu MHz\t\t: 2596.098\n"
#define FLAGS "flags\t\t: fpu vme tsc msr "

static cpu_set_t cpus(unsigned first, unsigned last)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	for (unsigned i = first; i <= last; i++)
		CPU_SET(i, &set);
	return set;
}

static const struct entry laptop[] = {
	{ "/proc/cpuinfo",
	  "processor\t: 0\nmodel name\t: 13th Gen Intel(R) Core(TM) i7-1365U\n" FLAGS "nopl\n" },
	{ CPU "cpu0/cpufreq/scaling_governor", "powersave\n" },
	{ CPU "cpu1/cpufreq/scaling_governor", "powersave\n" },
	{ CPU "cpu2/cpufreq/scaling_governor", "performance\n" },
	{ CPU "cpu0/cpufreq/scaling_driver", "intel_pstate\n" },
	{ CPU "cpu2/cpufreq/scaling_driver", "intel_pstate\n" },
	{ CPU "intel_pstate/no_turbo", "1\n" },
	{ CPU "smt/active", "1\n" },
	{ "/sys/devices/system/clocksource/clocksource0/current_clocksource", "tsc\n" },
	{ "names in " CPU "vulnerabilities", "itlb_multihit mds meltdown spectre_v1 srso" },
	{ VULN "itlb_multihit", "KVM: Mitigation: VMX disabled\n" },
	{ VULN "mds", "Vulnerable: Clear CPU buffers attempted, no microcode; SMT vulnerable\n" },
	{ VULN "meltdown", "Not affected\n" },
	{ VULN "spectre_v1",
	  "Mitigation: usercopy/swapgs barriers and __user pointer sanitization\n" },
	{ VULN "srso", "Vulnerable\n" },
	{ "/proc/cmdline", "BOOT_IMAGE=/vmlinuz root=/dev/sda1 mitigations=off quiet\n" },
	{ "/sys/class/dmi/id/sys_vendor", "LENOVO\n" },
	{ "/sys/class/dmi/id/product_name", "21EX\n" },
	{ "/sys/devices/system/node/online", "0\n" },
	{ "/sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n" },
	{ "/proc/self/limits",
	  "Limit                     Soft Limit           Hard Limit           Units     \n"
	  "Max locked memory         8388608              unlimited            bytes     \n" },
	{ "/proc/self/status",
	  "Name:\tcat\nCapInh:\t0000000000000000\nCapEff:\t0000000000004000\n" },
	{ "/proc/loadavg", "0.52 0.58 0.59 1/1037 12345\n" },
};

static void a_laptop(void **state)
{
	struct fake fake = fake_of(laptop, ARRAY_SIZE(laptop));
	cpu_set_t used = cpus(0, 1);
	struct environment e;

	(void)state;
	environment_read(&fake.k, &used, &e);
	assert_string_equal(e.cpu, "13th Gen Intel(R) Core(TM) i7-1365U");
	assert_string_equal(e.cpus_used, "0-1");
	assert_string_equal(e.governor, "powersave");
	assert_string_equal(e.cpufreq_driver, "intel_pstate");
	assert_int_equal(e.turbo, 0);
	assert_int_equal(e.smt, 1);
	assert_string_equal(e.clocksource, "tsc");
	assert_int_equal(e.n_mitigations, 4);
	assert_string_equal(e.mitigations[0].name, "itlb_multihit");
	assert_false(e.mitigations[0].vulnerable);
	assert_true(e.mitigations[1].vulnerable);
	assert_string_equal(e.mitigations[2].name, "spectre_v1");
	assert_false(e.mitigations[2].vulnerable);
	assert_true(e.mitigations[3].vulnerable);
	assert_true(e.mitigations_off);
	assert_int_equal(e.virtualised, 0);
	assert_string_equal(e.hypervisor, "");
	assert_int_equal(e.numa_nodes, 1);
	assert_string_equal(e.thp, "madvise");
	assert_int_equal(e.memlock_bytes, 8388608);
	assert_int_equal(e.memlock_exempt, 1);
	assert_true(e.load > 0.51 && e.load < 0.53);
}

/* Root in a container may have all capabilities in its namespace; the kernel checks them in the initial one. */
static void a_user_namespace_exempts_nobody(void **state)
{
	const struct {
		const char *map;
		int exempt;
	} maps[] = {
		{ "         0          0 4294967295\n", 1 },
		{ "         0       1000          1\n", 0 },
		{ "         0          0          1\n", 0 },
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(maps); i++) {
		const struct entry self[] = {
			{ "/proc/self/status", "Name:\tcat\nCapEff:\t000001ffffffffff\n" },
			{ "/proc/self/uid_map", maps[i].map },
		};
		struct fake fake = fake_of(self, ARRAY_SIZE(self));
		cpu_set_t used = cpus(0, 0);
		struct environment e;

		environment_read(&fake.k, &used, &e);
		assert_int_equal(e.memlock_exempt, maps[i].exempt);
	}
}

static void governors_that_differ(void **state)
{
	struct fake fake = fake_of(laptop, ARRAY_SIZE(laptop));
	cpu_set_t used = cpus(0, 2);
	struct environment e;

	(void)state;
	environment_read(&fake.k, &used, &e);
	assert_string_equal(e.governor, "mixed");
	/* CPU 1 has no such file. */
	assert_string_equal(e.cpufreq_driver, "intel_pstate");
	used = cpus(2, 2);
	environment_read(&fake.k, &used, &e);
	assert_string_equal(e.governor, "performance");
}

static void a_virtual_machine(void **state)
{
	const struct entry vm[] = {
		{ "/proc/cpuinfo", EPYC FLAGS "hypervisor lahf_lm\n" },
		{ "/sys/class/dmi/id/sys_vendor", "QEMU\n" },
		{ "/sys/class/dmi/id/product_name", "Standard PC (Q35 + ICH9, 2009)\n" },
		{ "/sys/devices/system/node/online", "0-1,3\n" },
		{ "/sys/devices/system/cpu/cpufreq/boost", "1\n" },
		{ "/proc/self/limits", "Max locked memory         unlimited            unlimited   "
				       "         bytes     \n" },
	};
	struct fake fake = fake_of(vm, ARRAY_SIZE(vm));
	cpu_set_t used = cpus(0, 0);
	struct environment e;

	(void)state;
	environment_read(&fake.k, &used, &e);
	assert_string_equal(e.cpu, "AMD EPYC");
	assert_int_equal(e.virtualised, 1);
	assert_string_equal(e.hypervisor, "QEMU Standard PC (Q35 + ICH9, 2009)");
	assert_int_equal(e.numa_nodes, 3);
	assert_int_equal(e.turbo, 1);
	assert_true(e.memlock_bytes == UINT64_MAX);
}

static void arm_says_less(void **state)
{
	const struct entry arm[] = {
		{ "/proc/cpuinfo", "processor\t: 0\nBogoMIPS\t: 243.75\nCPU implementer\t: "
				   "0x41\nCPU part\t: 0xd40\n" },
		{ "/sys/class/dmi/id/sys_vendor", "Amazon EC2\n" },
		{ "/sys/class/dmi/id/product_name", "c7g.metal\n" },
	};
	struct entry guest[ARRAY_SIZE(arm)];
	struct fake fake = fake_of(arm, ARRAY_SIZE(arm));
	cpu_set_t used = cpus(0, 0);
	struct environment e;

	(void)state;
	environment_read(&fake.k, &used, &e);
	assert_string_equal(e.cpu, "implementer 0x41, part 0xd40");
	assert_int_equal(e.virtualised, -1);
	memcpy(guest, arm, sizeof(arm));
	guest[2].answer = "c7g.large\n";
	fake = fake_of(guest, ARRAY_SIZE(guest));
	environment_read(&fake.k, &used, &e);
	assert_int_equal(e.virtualised, 1);
	assert_string_equal(e.hypervisor, "Amazon EC2 c7g.large");
}

static void what_is_not_there_is_unknown(void **state)
{
	struct fake fake = fake_of(NULL, 0);
	cpu_set_t used = cpus(0, 0);
	struct environment e;

	(void)state;
	environment_read(&fake.k, &used, &e);
	assert_string_equal(e.cpu, "");
	assert_string_equal(e.governor, "");
	assert_int_equal(e.turbo, -1);
	assert_int_equal(e.smt, -1);
	assert_int_equal(e.virtualised, -1);
	assert_int_equal(e.n_mitigations, 0);
	assert_int_equal(e.numa_nodes, -1);
	assert_int_equal(e.memlock_exempt, -1);
	assert_true(e.load < 0);
}

static void huge_pages(void **state)
{
	static const struct entry amd64[] = {
		{ "/proc/meminfo", "HugePages_Surp:        0\nHugepagesize:       2048 kB\n"
				   "Hugetlb:               0 kB\n" },
	};
	static const struct entry arm64[] = {
		{ "/proc/meminfo", "MemTotal:  1 kB\nHugepagesize:     524288 kB\n" },
	};
	static const struct entry none[] = { { "/proc/meminfo", "MemTotal:  1 kB\n" } };
	struct fake fake = fake_of(amd64, ARRAY_SIZE(amd64));

	(void)state;
	assert_int_equal(worker_ring_huge_page(&fake.k), 2 << 20);
	fake = fake_of(arm64, ARRAY_SIZE(arm64));
	assert_int_equal(worker_ring_huge_page(&fake.k), 512 << 20);
	fake = fake_of(none, ARRAY_SIZE(none));
	assert_int_equal(worker_ring_huge_page(&fake.k), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_laptop),
		cmocka_unit_test(a_user_namespace_exempts_nobody),
		cmocka_unit_test(governors_that_differ),
		cmocka_unit_test(a_virtual_machine),
		cmocka_unit_test(arm_says_less),
		cmocka_unit_test(what_is_not_there_is_unknown),
		cmocka_unit_test(huge_pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
