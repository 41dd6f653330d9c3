/* SPDX-License-Identifier: MIT */
#include "guard.h"

#include <fcntl.h>
#include <string.h>

#include "config.h"
#include "probe/base.h"

#if HAVE_BLKID
#include <blkid.h>
#endif

int guard_consent(const struct job *job, const char *path, const struct device *d, struct fail *f)
{
	_cleanup_free_ char *real = realpath(path, NULL);
	const char *name;

	if (!d)
		return fail_as(f, FAIL_REFUSED, -EPERM, "%s: sysfs does not know this device",
			       path);
	name = *d->serial ? d->serial : *d->wwid ? d->wwid : real;
	if (!name)
		return fail_set(f, -errno, "%s: %s", path, strerror(errno));
	if (!job->destroy_data_on)
		return fail_as(f, FAIL_REFUSED, -EPERM,
			       "%s is a block device: writing destroys what is on it. If that is "
			       "meant: --destroy-data-on=%s",
			       path, name);
	if (strcmp(job->destroy_data_on, name) &&
	    !(*d->wwid && !strcmp(job->destroy_data_on, d->wwid)))
		return fail_as(f, FAIL_REFUSED, -EPERM,
			       "%s is not the device that --destroy-data-on=%s names: it is %s",
			       path, job->destroy_data_on, name);
	return 0;
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

int guard_content(const struct job *job, const char *path, const struct device *d, int *below_out,
		  struct fail *f)
{
	char attr[128], backing[DEVICE_TEXT];
	struct stat st;
	int below = -1;

	if (!job->overwrite_signature) {
		int r = check_signature(path, f);

		if (r < 0)
			return r;
	}
	snprintf(attr, sizeof(attr), "/sys/block/%s/loop/backing_file", d->disk);
	if (file_read(attr, backing, sizeof(backing)) > 0) {
		backing[strcspn(backing, "\n")] = '\0';
		if (stat(backing, &st) == 0 && S_ISBLK(st.st_mode)) {
			below = open(backing, O_RDONLY | O_EXCL | O_CLOEXEC);
			if (below < 0)
				return fail_as(
					f, FAIL_REFUSED, -errno,
					"%s is a loop over %s, which is in use: not written to",
					path, backing);
		}
	}
	*below_out = below;
	return 0;
}
