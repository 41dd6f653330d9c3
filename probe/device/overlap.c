/* SPDX-License-Identifier: MIT */
#include "overlap.h"

#include <fcntl.h>
#include <linux/loop.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>

#include "block.h"
#include "probe/kernel/form-rows.h"
#include "probe/lib/array.h"
#include "probe/lib/base.h"

#define LVM_UUID  "LVM-"
#define LVM_GROUP (4 + 32) /* number of characters that name the volume group */

static const struct form_member backing_rows[] = {
	ALWAYS(loop_backing, known, UINT),
	ALWAYS(loop_backing, block, UINT),
	PAIR(loop_backing, dev),
	ALWAYS(loop_backing, ino, UINT),
};
const struct form form_loop_backing = STRUCT("loop_backing", loop_backing, backing_rows);

struct loop_question {
	const char *name, *path;
};

struct walk {
	struct kernel *k;
	struct block_devs devs;
	struct loop_backing *backing; /* of each of devs */
	unsigned
		chain; /* number of entries at the start of out that are the device and those below it */
	struct overlaps *out;
	int err;
};

static void backing_of_stat(const struct stat *st, struct loop_backing *b)
{
	dev_t dev = S_ISBLK(st->st_mode) ? st->st_rdev : st->st_dev;

	*b = (struct loop_backing){
		1, S_ISBLK(st->st_mode), { major(dev), minor(dev) }, st->st_ino
	};
}

/* The path may be from another mount namespace, or deleted; the ioctl identifies the file. */
static ssize_t ask_backing(void *arg, void *out, size_t size)
{
	const struct loop_question *q = arg;
	char path[SYSFS_NAME + 8];
	_cleanup_close_ int fd = -1;
	struct loop_info64 info;
	struct loop_backing b = { 0 };
	struct stat st;

	(void)size;
	block_path(q->name, path);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd >= 0 && ioctl(fd, LOOP_GET_STATUS64, &info) == 0) {
		dev_t dev = info.lo_rdevice ? info.lo_rdevice : info.lo_device;

		b = (struct loop_backing){
			1, info.lo_rdevice != 0, { major(dev), minor(dev) }, info.lo_inode
		};
	} else if (stat(q->path, &st) == 0) {
		backing_of_stat(&st, &b);
	}
	memcpy(out, &b, sizeof(b));
	return sizeof(b);
}

static void read_backings(struct walk *w)
{
	for (unsigned i = 0; i < w->devs.n; i++) {
		const struct block_dev *d = &w->devs.dev[i];
		struct loop_question q = { d->name, NULL };
		struct loop_backing b = { 0 };
		char label[96], path[PATH_MAX];

		if (d->partition || strncmp(d->name, "loop", 4))
			continue;
		sysfs_text(w->k, path, sizeof(path), "/sys/class/block/%s/loop/backing_file",
			   d->name);
		if (!*path)
			continue;
		q.path = path;
		snprintf(label, sizeof(label), "what /dev/%s lies on", d->name);
		if (w->k->inquire(w->k, label, ask_backing, &q, &form_loop_backing, &b,
				  sizeof(b)) == sizeof(b))
			w->backing[i] = b;
	}
}

static struct overlap *seen(const struct walk *w, const char *name)
{
	for (unsigned i = 0; i < w->out->n; i++)
		if (!strcmp(w->out->item[i].name, name))
			return &w->out->item[i];
	return NULL;
}

static bool append(struct walk *w, struct overlap one)
{
	struct overlaps *o = w->out;
	struct overlap *more = array_room(o->item, o->n, sizeof(*more));

	if (!more) {
		w->err = -ENOMEM;
		return false;
	}
	o->item = more;
	o->item[o->n++] = one;
	return true;
}

/* Returns false if it was already there. */
static bool add(struct walk *w, unsigned at, enum overlap_kind kind)
{
	const struct block_dev *d = &w->devs.dev[at];
	struct overlap one = { .kind = kind, .dev = makedev(d->major, d->minor) };
	struct overlap *before = seen(w, d->name);

	/* The disk of a partition that is also below a loop device. */
	if (before && kind == OVERLAP_LOOPED && before->kind == OVERLAP_UNDER)
		before->kind = kind;
	if (before)
		return false;
	memcpy(one.name, d->name, sizeof(one.name));
	return append(w, one);
}

static int named(const struct walk *w, const char *name)
{
	for (unsigned i = 0; i < w->devs.n; i++)
		if (!strcmp(w->devs.dev[i].name, name))
			return i;
	return -1;
}

/* Calls a function for each device in a directory of this one: "slaves", "holders". */
static void each_in(struct walk *w, unsigned at, const char *folder,
		    void (*fn)(struct walk *w, unsigned at))
{
	_cleanup_free_ char(*names)[SYSFS_NAME] = NULL;
	char path[SYSFS_NAME + 40];
	int n;

	snprintf(path, sizeof(path), "/sys/class/block/%s/%s", w->devs.dev[at].name, folder);
	n = sysfs_list_all(w->k, path, &names);
	if (n == -ENOMEM || n == -ENOBUFS)
		w->err = n;
	for (int i = 0; i < n; i++) {
		int found = named(w, names[i]);

		if (found >= 0)
			fn(w, found);
	}
}

static void walk_down(struct walk *w, unsigned at, enum overlap_kind kind);

static void under(struct walk *w, unsigned at)
{
	walk_down(w, at, OVERLAP_UNDER);
}

static void add_file(struct walk *w, dev_t dev, ino_t ino)
{
	append(w, (struct overlap){ .kind = OVERLAP_FILE, .dev = dev, .ino = ino });
}

static void walk_down(struct walk *w, unsigned at, enum overlap_kind kind)
{
	const struct block_dev *d = &w->devs.dev[at];
	const struct loop_backing *b = &w->backing[at];
	int disk = d->partition ? named(w, d->disk) : -1;

	if (!add(w, at, kind))
		return;
	if (disk >= 0)
		walk_down(w, disk, OVERLAP_UNDER);
	each_in(w, at, "slaves", under);
	if (b->known && b->block) {
		int below = block_find(&w->devs, b->dev[0], b->dev[1]);

		if (below >= 0)
			walk_down(w, below, OVERLAP_LOOPED);
	} else if (b->known) {
		add_file(w, makedev(b->dev[0], b->dev[1]), b->ino);
	}
}

static void lvm_group(struct walk *w, const char *name, char out[static LVM_GROUP + 1])
{
	char uuid[DEVICE_TEXT];

	sysfs_text(w->k, uuid, sizeof(uuid), "/sys/class/block/%s/dm/uuid", name);
	snprintf(out, LVM_GROUP + 1, "%.*s", LVM_GROUP, uuid);
	if (strncmp(out, LVM_UUID, strlen(LVM_UUID)) || strlen(out) < LVM_GROUP)
		out[0] = '\0';
}

static bool kept_apart_by_lvm(struct walk *w, const char *name)
{
	char group[LVM_GROUP + 1], other[LVM_GROUP + 1];

	lvm_group(w, name, group);
	for (unsigned i = 0; *group && i < w->chain; i++) {
		lvm_group(w, w->out->item[i].name, other);
		if (!strcmp(group, other))
			return true;
	}
	return false;
}

static void walk_up(struct walk *w, unsigned at);

/* Adds the loop devices on top of the device, and of its partitions if it is a whole disk. */
static void loops_over(struct walk *w, unsigned at, bool partitions)
{
	const struct block_dev *d = &w->devs.dev[at];

	for (unsigned i = 0; i < w->devs.n; i++) {
		const struct loop_backing *b = &w->backing[i];
		int on = b->block ? block_find(&w->devs, b->dev[0], b->dev[1]) : -1;

		if (on >= 0 && (on == (int)at || (partitions && w->devs.dev[on].partition &&
						  !strcmp(w->devs.dev[on].disk, d->name))))
			walk_up(w, i);
	}
}

static void walk_up(struct walk *w, unsigned at)
{
	if (kept_apart_by_lvm(w, w->devs.dev[at].name) || !add(w, at, OVERLAP_OVER))
		return;
	loops_over(w, at, true);
	each_in(w, at, "holders", walk_up);
}

static void loops_over_file(struct walk *w, dev_t dev, ino_t ino)
{
	for (unsigned i = 0; i < w->devs.n; i++) {
		const struct loop_backing *b = &w->backing[i];

		if (b->known && !b->block && makedev(b->dev[0], b->dev[1]) == dev && b->ino == ino)
			walk_up(w, i);
	}
}

/* Adds what is on top of the chain but not part of it. */
static void look_beside(struct walk *w)
{
	w->chain = w->out->n;
	for (unsigned i = 0; i < w->chain; i++) {
		const struct overlap one = w->out->item[i];
		int at = one.kind == OVERLAP_FILE ? -1 : named(w, one.name);
		/* A partition does not overlap its neighbours. */
		bool of_a_partition = one.kind == OVERLAP_UNDER && i > 0 &&
				      w->devs.dev[named(w, w->out->item[i - 1].name)].partition;

		if (at < 0) {
			loops_over_file(w, one.dev, one.ino);
			continue;
		}
		loops_over(w, at, !of_a_partition);
		each_in(w, at, "holders", walk_up);
	}
}

static int start(struct walk *w, const struct stat *st)
{
	int at;

	if (!S_ISBLK(st->st_mode)) {
		add_file(w, st->st_dev, st->st_ino);
		return 0;
	}
	at = block_find(&w->devs, major(st->st_rdev), minor(st->st_rdev));
	if (at < 0)
		return at;
	walk_down(w, at, OVERLAP_ITSELF);
	return 0;
}

int overlaps_of(struct kernel *k, const struct stat *st, struct overlaps *out)
{
	struct walk w = { .k = k, .out = out };
	int r;

	*out = (struct overlaps){ 0 };
	r = block_devs_read(k, &w.devs);
	if (r == 0) {
		w.backing = calloc(w.devs.n + 1, sizeof(*w.backing));
		r = w.backing ? 0 : -ENOMEM;
	}
	if (r == 0) {
		read_backings(&w);
		r = start(&w, st);
	}
	if (r == 0)
		look_beside(&w);
	free(w.backing);
	block_devs_free(&w.devs);
	return r < 0 ? r : w.err;
}

void overlaps_free(struct overlaps *o)
{
	free(o->item);
	*o = (struct overlaps){ 0 };
}
