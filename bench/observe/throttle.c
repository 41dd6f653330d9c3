/* SPDX-License-Identifier: MIT */
#include "throttle.h"

#include <string.h>

#include "probe/kernel/sysfs.h"
#include "probe/lib/base.h"

#define CGROUPS "/sys/fs/cgroup"

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

static int64_t periods_in(struct kernel *k, const char *hierarchy, const char *group)
{
	static const char key[] = "nr_throttled ";
	char path[PATH_MAX], text[2048];
	const char *at;

	snprintf(path, sizeof(path), CGROUPS "%s%s/cpu.stat", hierarchy, group);
	if (k->read_file(k, path, text, sizeof(text)) < 0)
		return -1;
	at = strstr(text, key);
	return at ? strtoll(at + strlen(key), NULL, 10) : -1;
}

/* Quotas of parent cgroups count too. The root that a container sees may be its own cgroup. */
static int64_t periods_up(struct kernel *k, const char *hierarchy, char *group)
{
	int64_t sum = -1;
	char *slash;

	if (!strcmp(group, "/"))
		*group = '\0';
	add(&sum, periods_in(k, hierarchy, group));
	while ((slash = strrchr(group, '/'))) {
		*slash = '\0';
		add(&sum, periods_in(k, hierarchy, group));
	}
	return sum;
}

/* Parses lines such as "0::/user.slice" (cgroup v2) and "4:cpu,cpuacct:/user.slice" (v1). */
static int64_t periods_of(struct kernel *k)
{
	char text[4096], *line, *rest = text;
	int64_t periods = -1;

	if (k->read_file(k, "/proc/self/cgroup", text, sizeof(text)) < 0)
		return -1;
	while ((line = strsep(&rest, "\n"))) {
		char *group, *controllers = strchr(line, ':'), mount[80];

		group = controllers ? strchr(++controllers, ':') : NULL;
		if (!group)
			continue;
		*group++ = '\0';
		if (!*controllers) {
			add(&periods, periods_up(k, "", group));
		} else if (!strcmp(controllers, "cpu") || !strncmp(controllers, "cpu,", 4) ||
			   strstr(controllers, ",cpu")) {
			snprintf(mount, sizeof(mount), "/%.64s", controllers);
			add(&periods, periods_up(k, mount, group));
		}
	}
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
