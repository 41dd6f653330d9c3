/* SPDX-License-Identifier: MIT */
#include "throttle.h"

#include <string.h>

#include "probe/kernel/cgroup.h"
#include "probe/kernel/sysfs.h"
#include "probe/lib/base.h"

static void add(int64_t *sum, int64_t n)
{
	if (n >= 0)
		*sum = (*sum < 0 ? 0 : *sum) + n;
}

static int64_t heat_of(struct kernel *k, const cpu_set_t *used)
{
	static const char *const parts[] = { "core", "package" };
	int64_t sum = -1;

	for (unsigned cpu = 0; cpu < CPU_SETSIZE; cpu++)
		for (unsigned i = 0; CPU_ISSET(cpu, used) && i < ARRAY_SIZE(parts); i++)
			add(&sum, sysfs_number(k, -1,
					       "/sys/devices/system/cpu/cpu%u/thermal_throttle/"
					       "%s_throttle_count",
					       cpu, parts[i]));
	return sum;
}

/* Quotas of parent cgroups count too. */
static void add_periods(struct kernel *k, const char *folder, void *sum)
{
	static const char key[] = "nr_throttled ";
	char path[PATH_MAX + 16], text[2048];
	const char *at;

	snprintf(path, sizeof(path), "%s/cpu.stat", folder);
	if (k->read_file(k, path, text, sizeof(text)) < 0)
		return;
	at = strstr(text, key);
	add(sum, at ? strtoll(at + strlen(key), NULL, 10) : -1);
}

static int64_t periods_of(struct kernel *k)
{
	int64_t periods = -1;

	cgroup_each(k, "cpu", add_periods, &periods);
	return periods;
}

void throttle_read(struct kernel *k, const cpu_set_t *used, struct throttle *t)
{
	*t = (struct throttle){ .heat = heat_of(k, used), .periods = periods_of(k) };
}

static int64_t growth_if_known(int64_t from, int64_t to)
{
	return from < 0 || to < 0 ? -1 : (int64_t)growth(from, to);
}

struct throttle throttle_since(const struct throttle *a, const struct throttle *b)
{
	return (struct throttle){ growth_if_known(a->heat, b->heat),
				  growth_if_known(a->periods, b->periods) };
}
