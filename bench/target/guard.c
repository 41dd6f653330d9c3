/* SPDX-License-Identifier: MIT */
#include "guard.h"

#include <fcntl.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "config.h"
#include "probe/device/block.h"
#include "probe/device/overlap.h"
#include "probe/lib/base.h"

#if HAVE_BLKID
#include <blkid.h>
#endif

static int claim(const char *path, const struct overlap *o, struct fail *f)
{
	const bool below = o->kind == OVERLAP_LOOPED;
	char node[SYSFS_NAME + 8];
	_cleanup_close_ int fd = -1;
	struct stat st;
	int held;

	block_path(o->name, node);
	fd = open(node, O_RDONLY | O_EXCL | O_CLOEXEC);
	if (fd < 0)
		return fail_as(f, FAIL_REFUSED, -errno, "%s %s %s, which %s%s: not written to",
			       path, below ? "lies on" : "shares its bytes with", node,
			       errno == EBUSY ? "is in use" : "cannot be claimed: ",
			       errno == EBUSY ? "" : strerror(errno));
	if (fstat(fd, &st) < 0 || !S_ISBLK(st.st_mode) || st.st_rdev != o->dev)
		return fail_as(f, FAIL_REFUSED, -ENODEV,
			       "%s shares its bytes with %s, whose node is another device's: not "
			       "written to",
			       path, o->name);
	held = fd;
	fd = -1;
	return held;
}

int guard_claim(struct kernel *k, const char *path, const struct stat *st, struct guard_claims *c,
		struct fail *f)
{
	struct overlaps all;
	int r = overlaps_of(k, st, &all);

	*c = (struct guard_claims){ 0 };
	if (r < 0)
		fail_as(f, FAIL_REFUSED, r, "%s: what it lies on cannot be told: %s", path,
			strerror(-r));
	else if (!(c->fd = calloc(all.n + 1, sizeof(*c->fd))))
		r = fail_set(f, -ENOMEM, "out of memory");
	for (unsigned i = 0; r >= 0 && i < all.n; i++) {
		const struct overlap *o = &all.item[i];

		if (o->kind != OVERLAP_LOOPED && o->kind != OVERLAP_OVER)
			continue;
		r = claim(path, o, f);
		if (r >= 0)
			c->fd[c->n++] = r;
	}
	overlaps_free(&all);
	return r < 0 ? r : 0;
}

void guard_release(struct guard_claims *c)
{
	for (unsigned i = 0; i < c->n; i++)
		close(c->fd[i]);
	free(c->fd);
	*c = (struct guard_claims){ 0 };
}

int guard_zoned(struct kernel *k, const char *path, const struct stat *st, struct fail *f)
{
	struct overlaps all;
	int r = overlaps_of(k, st, &all);

	/* guard_claim() reports it. */
	if (r < 0)
		all.n = 0;
	r = 0;
	for (unsigned i = 0; r == 0 && i < all.n; i++) {
		const struct overlap *o = &all.item[i];
		struct device d;

		/* dm-zoned makes an ordinary device of a zoned one. */
		if ((o->kind != OVERLAP_ITSELF && o->kind != OVERLAP_LOOPED) ||
		    device_of_number(k, major(o->dev), minor(o->dev), &d) < 0 ||
		    strcmp(d.zoned, "host-managed"))
			continue;
		r = fail_as(f, FAIL_UNAVAILABLE, -EOPNOTSUPP,
			    "%s%s is zoned (%s): a zone is written in order from its write "
			    "pointer or not at all, and this program does not do that. It can be "
			    "read from",
			    path, o->kind == OVERLAP_LOOPED ? " lies on a device that" : "",
			    d.zoned);
	}
	overlaps_free(&all);
	return r;
}

#if HAVE_BLKID
static int check_signature(const char *path, struct fail *f)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	const char *type = "something that several file systems claim";
	blkid_probe probe;
	int r;

	if (fd < 0)
		return fail_set(f, -errno, "%s: %s", path, strerror(errno));
	probe = blkid_new_probe();
	if (!probe || blkid_probe_set_device(probe, fd, 0, 0) < 0) {
		blkid_free_probe(probe);
		return fail_set(f, -EIO, "%s: libblkid cannot look at it", path);
	}
	blkid_probe_enable_superblocks(probe, 1);
	blkid_probe_enable_partitions(probe, 1);
	r = blkid_do_safeprobe(probe);
	if (r == 0 && blkid_probe_lookup_value(probe, "TYPE", &type, NULL) < 0)
		blkid_probe_lookup_value(probe, "PTTYPE", &type, NULL);
	if (r == 1)
		r = 0;
	else if (r == -1)
		r = fail_set(f, -EIO, "%s: libblkid cannot read it", path);
	else
		r = fail_as(f, FAIL_REFUSED, -EPERM,
			    "%s holds %s. If that may go: --overwrite-signature", path, type);
	blkid_free_probe(probe);
	return r;
}
#else
static int check_signature(const char *path, struct fail *f)
{
	return fail_as(
		f, FAIL_REFUSED, -EPERM,
		"%s may hold a file system: built without libblkid, this program cannot tell. "
		"If it may go: --overwrite-signature",
		path);
}
#endif

int guard_content(const struct job *job, const char *path, struct fail *f)
{
	return job->overwrite_signature ? 0 : check_signature(path, f);
}
