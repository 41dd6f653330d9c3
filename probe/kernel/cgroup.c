/* SPDX-License-Identifier: MIT */
#include "cgroup.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "probe/lib/base.h"

#define CGROUPS "/sys/fs/cgroup"

/* The root that a container sees may be its own cgroup. */
static void each_up(struct kernel *k, const char *hierarchy, char *group, cgroup_fn fn, void *arg)
{
	char folder[PATH_MAX], *slash;

	if (!strcmp(group, "/"))
		*group = '\0';
	for (;;) {
		snprintf(folder, sizeof(folder), CGROUPS "%s%s", hierarchy, group);
		fn(k, folder, arg);
		slash = strrchr(group, '/');
		if (!slash)
			return;
		*slash = '\0';
	}
}

static bool has_word(const char *list, const char *word)
{
	const size_t n = strlen(word);

	for (; list; list = strchr(list, ',')) {
		list += *list == ',';
		if (!strncmp(list, word, n) && (!list[n] || list[n] == ','))
			return true;
	}
	return false;
}

/* Parses lines such as "0::/user.slice" (cgroup v2) and "4:cpu,cpuacct:/user.slice" (v1). */
void cgroup_each(struct kernel *k, const char *controller, cgroup_fn fn, void *arg)
{
	char text[4096], *line, *rest = text;

	if (k->read_file(k, "/proc/self/cgroup", text, sizeof(text)) < 0)
		return;
	while ((line = strsep(&rest, "\n"))) {
		char *group, *controllers = strchr(line, ':'), mount[80];

		group = controllers ? strchr(++controllers, ':') : NULL;
		if (!group)
			continue;
		*group++ = '\0';
		if (!*controllers) {
			each_up(k, "", group, fn, arg);
		} else if (has_word(controllers, controller)) {
			snprintf(mount, sizeof(mount), "/%.64s", controllers);
			each_up(k, mount, group, fn, arg);
		}
	}
}
