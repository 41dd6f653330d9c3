/* SPDX-License-Identifier: MIT */
#include "environment.h"

#include <string.h>

#include "bench/job/affinity.h"
#include "probe/feature/limits.h"
#include "probe/lib/base.h"

#define CPU "/sys/devices/system/cpu/"

/* The value of the first line "key   : value" or "key:\tvalue"; "" if there is none. */
static void value_of(const char *text, const char *key, char *out, size_t size)
{
	size_t len = strlen(key);

	out[0] = '\0';
	for (; *text; text += strcspn(text, "\n"), text += *text == '\n') {
		const char *at = text + len;

		if (strncmp(text, key, len))
			continue;
		at += strspn(at, " \t");
		if (*at != ':')
			continue;
		at += 1 + strspn(at + 1, " \t");
		snprintf(out, size, "%.*s", (int)strcspn(at, "\n"), at);
		return;
	}
}

static bool has_word(const char *words, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = words; (at = strstr(at, word)); at += len)
		if ((at == words || at[-1] == ' ') && (!at[len] || at[len] == ' '))
			return true;
	return false;
}

/* x86 has a model name, ARM numbers, others other keys. */
static void read_cpu(struct kernel *k, struct environment *e)
{
	static const char *const keys[] = { "model name", "cpu model", "cpu", "Model" };
	char text[8192], flags[4096], part[32];

	e->virtualised = -1;
	if (k->read_file(k, "/proc/cpuinfo", text, sizeof(text)) < 0)
		return;
	for (unsigned i = 0; i < ARRAY_SIZE(keys) && !*e->cpu; i++)
		value_of(text, keys[i], e->cpu, sizeof(e->cpu));
	value_of(text, "CPU implementer", flags, sizeof(flags));
	value_of(text, "CPU part", part, sizeof(part));
	if (!*e->cpu && *flags)
		snprintf(e->cpu, sizeof(e->cpu), "implementer %.16s, part %.16s", flags, part);
	value_of(text, "flags", flags, sizeof(flags));
	if (*flags)
		e->virtualised = has_word(flags, "hypervisor");
}

/* The firmware vendor of a virtual machine identifies the hypervisor. */
static void read_hypervisor(struct kernel *k, struct environment *e)
{
	static const char *const makers[] = {
		"QEMU",	     "KVM",	   "VMware",	"innotek",
		"Xen",	     "Amazon EC2", "Google",	"Microsoft Corporation",
		"Parallels", "Bochs",	   "OpenStack", "Apple Virtualization"
	};
	char vendor[ENV_TEXT / 2], product[ENV_TEXT / 2];

	sysfs_text(k, e->hypervisor, sizeof(e->hypervisor), "/sys/hypervisor/type");
	if (!*e->hypervisor)
		sysfs_text(k, e->hypervisor, sizeof(e->hypervisor),
			   "/proc/device-tree/hypervisor/compatible");
	if (*e->hypervisor) {
		e->virtualised = 1;
		return;
	}
	sysfs_text(k, vendor, sizeof(vendor), "/sys/class/dmi/id/sys_vendor");
	sysfs_text(k, product, sizeof(product), "/sys/class/dmi/id/product_name");
	/* Without the CPU's hypervisor flag only some names are proof: Microsoft and Google sell hardware
	 * too. */
	for (unsigned i = 0; i < ARRAY_SIZE(makers) && e->virtualised < 0; i++)
		if ((strstr(vendor, makers[i]) || strstr(product, makers[i])) &&
		    !strstr(product, ".metal"))
			e->virtualised = 1;
	if (e->virtualised == 1)
		snprintf(e->hypervisor, sizeof(e->hypervisor), "%s%s%s", vendor,
			 *vendor && *product ? " " : "", product);
}

/* The value of this file for all CPUs, or "mixed". */
static void same_of_all(struct kernel *k, const cpu_set_t *used, const char *file, char *out,
			size_t size)
{
	char one[32];

	out[0] = '\0';
	for (unsigned cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, used))
			continue;
		sysfs_text(k, one, sizeof(one), CPU "cpu%u/cpufreq/%s", cpu, file);
		if (!*one)
			continue;
		if (*out && strcmp(out, one)) {
			snprintf(out, size, "mixed");
			return;
		}
		snprintf(out, size, "%s", one);
	}
}

static int read_turbo(struct kernel *k)
{
	int64_t off = sysfs_number(k, -1, CPU "intel_pstate/no_turbo");

	return off >= 0 ? !off : sysfs_number(k, -1, CPU "cpufreq/boost");
}

static void read_mitigations(struct kernel *k, struct environment *e)
{
	char text[4096];
	struct sysfs_names names;

	sysfs_list(k, CPU "vulnerabilities", &names);
	for (unsigned i = 0; i < names.n; i++) {
		struct mitigation *m = &e->mitigations[e->n_mitigations];

		sysfs_text(k, text, sizeof(text), CPU "vulnerabilities/%s", names.name[i]);
		if (!*text || !strcmp(text, "Not affected"))
			continue;
		snprintf(m->name, sizeof(m->name), "%s", names.name[i]);
		/* "Mitigation: ..." and "KVM: Mitigation: ..."; anything else, also "Unknown", counts as
		 * vulnerable. */
		m->vulnerable = !strstr(text, "Mitigation:");
		e->n_mitigations++;
	}
	sysfs_text(k, text, sizeof(text), "/proc/cmdline");
	e->mitigations_off = has_word(text, "mitigations=off");
}

static void read_memlock(struct kernel *k, struct environment *e)
{
	static const char name[] = "Max locked memory";
	unsigned long long bytes;
	char text[4096];
	const char *at;

	e->memlock_bytes = LIMIT_NONE;
	if (k->read_file(k, "/proc/self/limits", text, sizeof(text)) > 0) {
		at = strstr(text, name);
		if (at && sscanf(at + strlen(name), " %llu", &bytes) == 1)
			e->memlock_bytes = bytes;
	}
	e->memlock_exempt = limits_memlock_exempt(k);
}

static int64_t count_nodes(struct kernel *k)
{
	char text[256];
	unsigned nodes[CPU_SETSIZE];
	int n;

	sysfs_text(k, text, sizeof(text), "/sys/devices/system/node/online");
	n = *text ? cpu_list(text, nodes, ARRAY_SIZE(nodes)) : 0;
	return n > 0 ? n : -1;
}

void environment_read(struct kernel *k, const cpu_set_t *used, struct environment *e)
{
	char text[64];

	*e = (struct environment){ 0 };
	read_cpu(k, e);
	read_hypervisor(k, e);
	cpu_set_text(used, e->cpus_used, sizeof(e->cpus_used));
	same_of_all(k, used, "scaling_governor", e->governor, sizeof(e->governor));
	same_of_all(k, used, "scaling_driver", e->cpufreq_driver, sizeof(e->cpufreq_driver));
	e->turbo = read_turbo(k);
	e->smt = sysfs_number(k, -1, CPU "smt/active");
	sysfs_text(k, e->clocksource, sizeof(e->clocksource),
		   "/sys/devices/system/clocksource/clocksource0/current_clocksource");
	read_mitigations(k, e);
	e->numa_nodes = count_nodes(k);
	sysfs_text(k, e->thp, sizeof(e->thp), "/sys/kernel/mm/transparent_hugepage/enabled");
	sysfs_active_word(e->thp);
	read_memlock(k, e);
	sysfs_text(k, text, sizeof(text), "/proc/loadavg");
	e->load = *text ? strtod(text, NULL) : -1;
}
