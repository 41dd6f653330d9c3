/* SPDX-License-Identifier: MIT */
#include "blkstack.h"

#include <string.h>

#include "probe/lib/base.h"

#define MAX_DEPTH 8

static void say_what(struct kernel *k, struct stack_layer *l)
{
	char text[128];

	/* "LVM-...", "CRYPT-LUKS2-...", "mpath-...": what created the mapping. */
	sysfs_text(k, text, sizeof(text), "/sys/class/block/%s/dm/uuid", l->name);
	if (*text) {
		snprintf(l->what, sizeof(l->what), "%.*s", (int)strcspn(text, "-"), text);
		return;
	}
	if (!strncmp(l->name, "dm-", 3)) {
		snprintf(l->what, sizeof(l->what), "device mapper");
		return;
	}
	sysfs_text(k, l->what, sizeof(l->what), "/sys/class/block/%s/md/level", l->name);
	if (*l->what)
		return;
	sysfs_text(k, text, sizeof(text), "/sys/class/block/%s/loop/backing_file", l->name);
	if (*text)
		snprintf(l->what, sizeof(l->what), "file %s", text);
}

static void add_layer(struct kernel *k, struct stack *s, const char *name, unsigned depth)
{
	struct sysfs_names slaves;
	char path[PATH_MAX];
	struct stack_layer *l;

	if (s->n == STACK_MAX || depth > MAX_DEPTH)
		return;
	l = &s->layers[s->n++];
	snprintf(l->name, sizeof(l->name), "%s", name);
	l->depth = depth;
	say_what(k, l);
	l->io_poll = sysfs_number(k, -1, "/sys/class/block/%s/queue/io_poll", name);
	if (l->io_poll < 0)
		l->io_poll = sysfs_number(k, -1, "/sys/class/block/%s/../queue/io_poll", name);
	snprintf(path, sizeof(path), "/sys/class/block/%s/slaves", name);
	sysfs_list(k, path, &slaves);
	for (unsigned i = 0; i < slaves.n; i++)
		add_layer(k, s, slaves.name[i], depth + 1);
}

void stack_of(struct kernel *k, const char *name, struct stack *out)
{
	char path[PATH_MAX];

	*out = (struct stack){ 0 };
	add_layer(k, out, name, 0);
	snprintf(path, sizeof(path), "/sys/class/block/%s/holders", name);
	sysfs_list(k, path, &out->holders);
}
