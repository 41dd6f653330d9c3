/* SPDX-License-Identifier: MIT */
#include "memory.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "cgroup.h"
#include "probe/lib/base.h"
#include "sysfs.h"

#define MAX_TEXT 8192

/* Returns the number after the key at the start of a line, or -1. */
static int64_t value_of(const char *text, const char *key)
{
	const size_t n = strlen(key);

	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!strncmp(line, key, n) && (line[n] == ' ' || line[n] == ':'))
			return strtoll(line + n + 1, NULL, 10);
	}
	return -1;
}

/* The files of cgroup v2 and v1. A limit of "max" is no number; that of v1 is huge. */
static const struct {
	const char *limit, *used, *cached[2];
} files[] = {
	{ "memory.max", "memory.current", { "inactive_file", "active_file" } },
	{ "memory.limit_in_bytes",
	  "memory.usage_in_bytes",
	  { "total_inactive_file", "total_active_file" } },
};

static void narrow(struct kernel *k, const char *folder, void *arg)
{
	int64_t *room = arg;
	char path[PATH_MAX + 32], text[MAX_TEXT];

	for (unsigned i = 0; i < ARRAY_SIZE(files); i++) {
		int64_t limit = sysfs_number(k, -1, "%s/%s", folder, files[i].limit);
		int64_t used = sysfs_number(k, -1, "%s/%s", folder, files[i].used);

		if (limit < 0 || used < 0)
			continue;
		snprintf(path, sizeof(path), "%s/memory.stat", folder);
		if (k->read_file(k, path, text, sizeof(text)) < 0)
			*text = '\0';
		for (unsigned c = 0; c < ARRAY_SIZE(files[i].cached); c++) {
			int64_t cached = value_of(text, files[i].cached[c]);

			used -= cached > 0 ? cached : 0;
		}
		used = used < 0 ? 0 : used;
		limit = limit > used ? limit - used : 0;
		if (limit < *room)
			*room = limit;
	}
}

int64_t memory_available(struct kernel *k)
{
	int64_t room = INT64_MAX, kib;
	char text[MAX_TEXT];

	if (k->read_file(k, "/proc/meminfo", text, sizeof(text)) > 0) {
		kib = value_of(text, "MemAvailable");
		if (kib >= 0)
			room = kib << 10;
	}
	cgroup_each(k, "memory", narrow, &room);
	return room;
}
