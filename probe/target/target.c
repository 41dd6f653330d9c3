/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>

#include "probe/device/permission.h"
#include "probe/kernel/form.h"
#include "probe/lib/base.h"
#include "trial.h"

#define PAGE 4096u

const char *const target_type_names[TARGET_TYPES] = {
	[TARGET_FILE] = "file",
	[TARGET_BLOCK] = "block",
	[TARGET_NVME_NS] = "nvme-generic",
	[TARGET_NVME] = "nvme",
	[TARGET_UBLK_CONTROL] = "ublk-control",
	[TARGET_MEM] = "mem",
	[TARGET_SOCKET] = "socket",
};

static struct numbers numbers_of(const struct stat *st)
{
	return (struct numbers){
		.mode = st->st_mode,
		.dev = { major(st->st_dev), minor(st->st_dev) },
		.rdev = { major(st->st_rdev), minor(st->st_rdev) },
		.dev_inode = st->st_ino,
	};
}

static ssize_t stat_path(void *arg, void *out, size_t size)
{
	struct numbers n;
	struct stat st;

	(void)size;
	if (stat(arg, &st) < 0)
		return -errno;
	n = numbers_of(&st);
	memcpy(out, &n, sizeof(n));
	return sizeof(n);
}

/* The opened file must be the one that was checked. */
static bool is_same(const struct numbers *judged, const struct stat *opened)
{
	const struct numbers n = numbers_of(opened);

	return n.mode == judged->mode && n.dev_inode == judged->dev_inode &&
	       n.dev[0] == judged->dev[0] && n.dev[1] == judged->dev[1] &&
	       n.rdev[0] == judged->rdev[0] && n.rdev[1] == judged->rdev[1];
}

static int make_connection(struct open_target *s)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	_cleanup_close_ int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof(a);

	if (listener < 0 || bind(listener, (struct sockaddr *)&a, sizeof(a)) < 0 ||
	    listen(listener, 1) < 0 || getsockname(listener, (struct sockaddr *)&a, &len) < 0)
		return -errno;
	s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (s->fd < 0 || connect(s->fd, (struct sockaddr *)&a, len) < 0)
		return -errno;
	s->peer = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	return s->peer < 0 ? -errno : 0;
}

struct opening {
	struct open_target *s;
	const struct numbers *n;
};

static void open_direct(struct open_target *s, struct opened *o)
{
	s->direct = open(s->t->path, O_RDONLY | O_DIRECT | O_CLOEXEC);
	o->direct_err = s->direct < 0 ? -errno : 0;
}

static void look_at_file(struct open_target *s, const struct stat *st, struct opened *o)
{
	off_t at = lseek(s->fd, 0, SEEK_DATA);

	o->bytes = st->st_size;
	o->data_at = at > 0 ? (at + PAGE - 1) & ~(off_t)(PAGE - 1) : 0;
	o->empty = o->data_at >= o->bytes || (at < 0 && errno == ENXIO);
	o->has_mount = mount_of(s->fd, &o->mount) == 0;
	open_direct(s, o);
}

static int open_path(const struct opening *g, struct opened *o)
{
	struct open_target *s = g->s;
	struct stat st;

	s->fd = open(s->t->path, O_RDONLY | O_NOCTTY | O_CLOEXEC);
	if (s->fd < 0 || fstat(s->fd, &st) < 0)
		return -errno;
	if (!is_same(g->n, &st))
		return -EAGAIN;
	if (s->t->type == TARGET_FILE) {
		look_at_file(s, &st, o);
	} else if (s->t->type == TARGET_BLOCK) {
		if (ioctl(s->fd, BLKGETSIZE64, &o->bytes) < 0)
			return -errno;
		o->empty = !o->bytes;
		open_direct(s, o);
	}
	return 0;
}

static ssize_t open_target(void *arg, void *out, size_t size)
{
	const struct opening *g = arg;
	struct opened o = { .direct_err = -EINVAL };
	int r;

	(void)size;
	r = g->s->t->type == TARGET_SOCKET ? make_connection(g->s) : open_path(g, &o);
	if (r < 0)
		return r;
	memcpy(out, &o, sizeof(o));
	return sizeof(o);
}

/* '#' in the pattern matches a number. */
static bool matches(const char *text, const char *pattern)
{
	for (; *pattern; pattern++) {
		size_t digits = strspn(text, "0123456789");

		if (*pattern == '#' ? !digits : *pattern != *text)
			return false;
		text += *pattern == '#' ? digits : 1;
	}
	return !*text;
}

static int classify_char(struct open_target *s, const struct numbers *n, char name[static 64])
{
	char uevent[512];

	if (n->rdev[0] == 1 && (n->rdev[1] == 3 || n->rdev[1] == 5 || n->rdev[1] == 7))
		return TARGET_MEM;
	sysfs_text(s->k, uevent, sizeof(uevent), "/sys/dev/char/%u:%u/uevent", n->rdev[0],
		   n->rdev[1]);
	sysfs_uevent_value(uevent, "DEVNAME", name, 64);
	if (matches(name, "ng#n#") || matches(name, "ng#c#n#"))
		return TARGET_NVME_NS;
	if (matches(name, "nvme#"))
		return TARGET_NVME;
	return strcmp(name, "ublk-control") ? -EPERM : TARGET_UBLK_CONTROL;
}

static int classify(struct open_target *s, const struct numbers *n, char name[static 64],
		    struct fail *f)
{
	const char *path = s->t->path;
	int r;

	if (S_ISREG(n->mode))
		return TARGET_FILE;
	if (S_ISBLK(n->mode))
		return TARGET_BLOCK;
	if (S_ISDIR(n->mode))
		return fail_set(f, -EISDIR, "%s is a folder: name a file in it", path);
	if (!S_ISCHR(n->mode))
		return fail_as(f, FAIL_REFUSED, -EPERM,
			       "%s is a pipe or socket: to open it has effects on who is at the "
			       "other end",
			       path);
	r = classify_char(s, n, name);
	if (r < 0)
		fail_as(f, FAIL_REFUSED, r,
			"%s is a character device of a kind not known here: to open it may have "
			"effects",
			path);
	return r;
}

static void device_by_name(struct open_target *s, const char *name)
{
	char text[32];
	unsigned major, minor;

	sysfs_text(s->k, text, sizeof(text), "/sys/class/block/%s/dev", name);
	s->t->has_device = sscanf(text, "%u:%u", &major, &minor) == 2 &&
			   device_of_number(s->k, major, minor, &s->t->device) == 0;
}

static ssize_t number_of(void *arg, void *out, size_t size)
{
	struct device_number n;
	struct stat st;

	(void)size;
	if (stat(arg, &st) < 0)
		return -errno;
	if (!S_ISBLK(st.st_mode))
		return -ENOTBLK;
	n.rdev[0] = major(st.st_rdev);
	n.rdev[1] = minor(st.st_rdev);
	memcpy(out, &n, sizeof(n));
	return sizeof(n);
}

/* btrfs and similar file systems have their own device numbers; the mount has the device. */
static void device_of_mount(struct open_target *s)
{
	struct target_report *t = s->t;
	struct device_number n;

	if (!t->has_mount || strncmp(t->mount.source, "/dev/", 5))
		return;
	if (trial_inquire(s, "number of its mount's device", number_of, t->mount.source,
			  &form_device_number, &n) == 0)
		t->has_device = device_of_number(s->k, n.rdev[0], n.rdev[1], &t->device) == 0;
}

/* "nvme0n1" and "ng0n1" are the same namespace. */
static void find_sibling(struct open_target *s, const char *name)
{
	const char *rest;
	bool generic = !strncmp(name, "ng", 2);
	char dev[32];

	if (!generic && strncmp(name, "nvme", 4))
		return;
	rest = name + (generic ? 2 : 4);
	sysfs_text(s->k, dev, sizeof(dev), "/sys/class/%s%s/dev",
		   generic ? "block/nvme" : "nvme-generic/ng", rest);
	if (*dev)
		snprintf(s->t->sibling, sizeof(s->t->sibling), "/dev/%s%.48s",
			 generic ? "nvme" : "ng", rest);
}

static void find_device(struct open_target *s, const struct numbers *n, const char *name)
{
	struct target_report *t = s->t;
	const uint32_t *number = t->type == TARGET_BLOCK ? n->rdev : n->dev;
	char uevent[512], disk[64];

	switch (t->type) {
	case TARGET_FILE:
	case TARGET_BLOCK:
		t->has_device = device_of_number(s->k, number[0], number[1], &t->device) == 0;
		if (!t->has_device)
			device_of_mount(s);
		if (!t->has_device)
			return;
		sysfs_text(s->k, uevent, sizeof(uevent), "/sys/dev/block/%u:%u/uevent", number[0],
			   number[1]);
		sysfs_uevent_value(uevent, "DEVNAME", disk, sizeof(disk));
		/* "cciss/c0d0" under /dev is "cciss!c0d0" in sysfs. */
		for (char *c = disk; *c; c++)
			if (*c == '/')
				*c = '!';
		stack_of(s->k, *disk ? disk : t->device.disk, &t->stack);
		if (t->type == TARGET_BLOCK)
			find_sibling(s, t->device.disk);
		break;
	case TARGET_NVME_NS:
		find_sibling(s, name);
		device_by_name(s, *t->sibling ? t->sibling + strlen("/dev/") : "");
		break;
	case TARGET_NVME:
		t->has_device = device_of_nvme(s->k, name, &t->device) == 0;
		break;
	default:
		break;
	}
}

/* If io_uring as a whole is not usable, nothing is known about its parts. */
static void refuse(const struct open_target *s, struct target_fact *f)
{
	const struct access *a = s->access;
	bool absent = a->verdict == ACCESS_ABSENT, refused = a->verdict == ACCESS_REFUSED;

	fact_decide(f, absent ? ANSWER_NO : ANSWER_UNDECIDED,
		    absent    ? ANSWER_NA
		    : refused ? ANSWER_NO
			      : ANSWER_UNDECIDED,
		    absent || refused ? ANSWER_NO : ANSWER_UNDECIDED, "io_uring is not usable");
	fact_evidence(&f->fact, "io_uring_setup", "0, NULL", "%s",
		      a->seen.setup.sig ? "killed" : errno_name(a->seen.setup.ret));
}

static void run_rows(struct open_target *s, const struct target_row *rows, unsigned n)
{
	struct target_report *t = s->t;

	for (unsigned i = 0; i < n && t->n_facts < TARGET_MAX_FACTS; i++) {
		struct target_fact *f = &t->facts[t->n_facts];

		if (!(rows[i].types & 1u << t->type))
			continue;
		*f = (struct target_fact){ .fact = { .row = &rows[i].row } };
		if (!rows[i].ringless && s->access->verdict != ACCESS_USABLE)
			refuse(s, f);
		else if (!rows[i].trial(s, f))
			continue;
		t->n_facts++;
	}
}

static void trial_close(struct open_target *s)
{
	closep(&s->fd);
	closep(&s->direct);
	closep(&s->peer);
	/* A hung request may still write into it. */
	if (s->buf != MAP_FAILED && !s->hung)
		munmap(s->buf, TRIAL_BYTES);
}

static ssize_t explain(void *arg, void *out, size_t size)
{
	char why[PERMISSION_TEXT];
	size_t len;

	permission_explain(arg, false, why);
	len = strlen(why) < size ? strlen(why) : size;
	memcpy(out, why, len);
	return len;
}

static int open_failed(struct open_target *s, int err, struct fail *f)
{
	const char *path = s->t->path;
	_cleanup_str_ struct str label = { 0 };
	char why[PERMISSION_TEXT];
	ssize_t n = -1;

	if (err == -EAGAIN)
		return fail_as(f, FAIL_REFUSED, err, "%s was replaced while it was opened", path);
	str_addf(&label, "target %s: permission", path);
	if (err == -EACCES)
		n = s->k->inquire(s->k, str_text(&label), explain, (void *)path, &form_text, why,
				  sizeof(why) - 1);
	why[n > 0 ? n : 0] = '\0';
	return fail_set(f, err, "%s: %s%s%s", path, strerror(-err), *why ? ": " : "", why);
}

static int probe_opened(struct open_target *s, const struct numbers *n, const char *name,
			struct fail *f)
{
	struct target_report *t = s->t;
	struct opening g = { s, n };
	struct opened o;
	int r = trial_inquire(s, "open", open_target, &g, &form_opened, &o);

	if (r < 0)
		return open_failed(s, r, f);
	t->bytes = o.bytes;
	t->has_mount = o.has_mount;
	t->mount = o.mount;
	s->data_at = o.data_at;
	s->empty = o.empty;
	s->direct_err = o.direct_err;
	find_device(s, n, name);
	run_rows(s, target_read_rows, n_target_read_rows);
	run_rows(s, target_cmd_rows, n_target_cmd_rows);
	return 0;
}

int target_probe(struct kernel *k, const struct access *a, const char *path,
		 struct target_report *out, struct fail *f)
{
	struct target_report *t = calloc(1, sizeof(*t));
	struct open_target s = { .k = k, .access = a, .t = t, .fd = -1, .direct = -1, .peer = -1 };
	struct numbers n = { 0 };
	char name[64] = "";
	int r;

	s.buf = mmap(NULL, TRIAL_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (!t || s.buf == MAP_FAILED) {
		r = fail_set(f, -ENOMEM, "out of memory");
		goto out;
	}
	t->path = path;
	if (!strcmp(path, TARGET_SOCKET_NAME)) {
		r = TARGET_SOCKET;
	} else {
		r = trial_inquire(&s, "stat", stat_path, (void *)path, &form_stat, &n);
		if (r < 0)
			fail_set(f, r, "%s: %s", path, strerror(-r));
		else
			r = classify(&s, &n, name, f);
	}
	if (r < 0)
		goto out;
	t->type = r;
	r = probe_opened(&s, &n, name, f);
	if (r == 0)
		*out = *t;
out:
	trial_close(&s);
	free(t);
	return r;
}
