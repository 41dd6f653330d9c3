/* SPDX-License-Identifier: MIT */
#include "purge.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <linux/nvme_ioctl.h>
#include <string.h>
#include <sys/ioctl.h>

#include "bench/engine/clock.h"
#include "probe/device/nvme-status.h"
#include "probe/lib/base.h"
#include "target.h"

/* Discarded at once: between two chunks a signal ends it. */
#define CHUNK (1ull << 30)

#define NVME_IDENTIFY	     0x06
#define NVME_CNS_NAMESPACE   0
#define NVME_CNS_CONTROLLER  1
#define NVME_CNS_ACTIVE	     2
#define NVME_FORMAT	     0x80
#define NVME_ERASE_USER_DATA 1u
#define IDENTIFY_TIMEOUT_MS  5000
/* The specification has no upper limit; drives that overwrite all of their flash take minutes. */
#define FORMAT_TIMEOUT_MS 3600000

const char *const purge_words[] = {
	[PURGE_NONE] = "none",
	[PURGE_DISCARD] = "discard",
	[PURGE_FORMAT] = "format",
	NULL,
};

static int discard_failed(const struct target *t, struct fail *f)
{
	const int err = errno;

	if (err == EOPNOTSUPP || err == ENOTTY)
		return fail_as(f, FAIL_UNAVAILABLE, -err, "%s cannot discard: --purge=none",
			       *t->path ? t->path : "a file here");
	return fail_set(f, -err, "discarding %s: %s", *t->path ? t->path : "the file made",
			strerror(err));
}

static int discard(const struct target *t, const volatile int *stop, struct fail *f)
{
	const int fd = t->claim >= 0 ? t->claim : t->fd;

	for (uint64_t at = 0, n; at < t->size; at += n) {
		uint64_t range[2];
		int r;

		if (*stop)
			return fail_set(f, -EINTR, "interrupted while the target was discarded");
		n = t->size - at < CHUNK ? t->size - at : CHUNK;
		range[0] = t->base + at;
		range[1] = n;
		r = t->block ? ioctl(fd, BLKDISCARD, range)
			     : fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, range[0],
					 n);
		if (r < 0)
			return discard_failed(t, f);
	}
	return 0;
}

/* Returns the negative errno, or -EIO with the drive's status. */
static int admin(int fd, const char *what, struct nvme_admin_cmd *cmd, struct fail *f)
{
	char status[80];
	int r = ioctl(fd, NVME_IOCTL_ADMIN_CMD, cmd);

	if (r < 0)
		return fail_set(f, -errno, "%s: %s%s", what, strerror(errno),
				errno == EACCES || errno == EPERM ? " (it takes CAP_SYS_ADMIN)"
								  : "");
	if (!r)
		return 0;
	nvme_status_text(r, status, sizeof(status));
	return fail_set(f, -EIO, "%s: %s", what, status);
}

static int identify(int fd, uint32_t nsid, unsigned cns, unsigned char *page, struct fail *f)
{
	struct nvme_admin_cmd cmd = {
		.opcode = NVME_IDENTIFY,
		.nsid = nsid,
		.addr = (uintptr_t)page,
		.data_len = NVME_IDENTIFY_BYTES,
		.cdw10 = cns,
		.timeout_ms = IDENTIFY_TIMEOUT_MS,
	};

	return admin(fd, "NVMe Identify", &cmd, f);
}

uint32_t purge_format_dword(const unsigned char namespace[static NVME_IDENTIFY_BYTES])
{
	const unsigned flbas = namespace[26], dps = namespace[29];

	return (flbas & 0xf) | (flbas & 0x10) | (dps & 0x7) << 5 | (dps & 0x8) << 5 |
	       NVME_ERASE_USER_DATA << 9 | (flbas >> 5 & 0x3) << 12;
}

bool purge_formats_all(const unsigned char controller[static NVME_IDENTIFY_BYTES])
{
	return controller[524] & 0x3;
}

/* The namespaces that the controller has attached, in a list that ends with 0. */
static bool one_namespace(const unsigned char *active)
{
	static const unsigned char none[4];

	return memcmp(active, none, 4) != 0 && memcmp(active + 4, none, 4) == 0;
}

static int check_format(const struct target *t, struct fail *f)
{
	const struct device *d = &t->device;
	const char *why = !t->block || !t->has_device || strncmp(d->disk, "nvme", 4) != 0
				  ? "is not an NVMe drive"
				  : NULL;

	if (why)
		return fail_as(f, FAIL_UNAVAILABLE, -EOPNOTSUPP,
			       "--purge=format: %s %s; --purge=discard is for all that discard",
			       *t->path ? t->path : "a file made for the run", why);
	/* Less than a block at the end is not in use either way. */
	if (d->partition || t->base || t->all - t->size >= (1u << 20))
		return fail_as(f, FAIL_REFUSED, -EPERM,
			       "--purge=format erases the whole namespace, and only a part of it "
			       "is the target: --purge=discard");
	return 0;
}

static int format(const struct target *t, struct fail *f)
{
	const int fd = t->claim >= 0 ? t->claim : t->fd;
	struct nvme_admin_cmd cmd = { .opcode = NVME_FORMAT, .timeout_ms = FORMAT_TIMEOUT_MS };
	_cleanup_free_ unsigned char *page = aligned_alloc(4096, NVME_IDENTIFY_BYTES);
	int nsid, r = check_format(t, f);
	bool all;

	if (r < 0)
		return r;
	if (!page)
		return fail_set(f, -ENOMEM, "out of memory");
	nsid = ioctl(fd, NVME_IOCTL_ID);
	if (nsid <= 0)
		return fail_set(f, -errno, "%s: %s", t->path, strerror(errno));
	r = identify(fd, 0, NVME_CNS_CONTROLLER, page, f);
	if (r < 0)
		return r;
	all = purge_formats_all(page);
	if (all)
		r = identify(fd, 0, NVME_CNS_ACTIVE, page, f);
	if (r == 0 && all && !one_namespace(page))
		r = fail_as(f, FAIL_REFUSED, -EPERM,
			    "--purge=format: this drive formats all of its namespaces at once, and "
			    "it has others than %s: --purge=discard",
			    t->path);
	if (r == 0)
		r = identify(fd, nsid, NVME_CNS_NAMESPACE, page, f);
	if (r < 0)
		return r;
	cmd.nsid = nsid;
	cmd.cdw10 = purge_format_dword(page);
	return admin(fd, "NVMe Format NVM", &cmd, f);
}

int purge_run(struct target *t, enum purge_how how, const volatile int *stop, struct purge *out,
	      struct fail *f)
{
	const uint64_t begin = mono_ns();
	int r = how == PURGE_FORMAT ? format(t, f) : discard(t, stop, f);

	if (r == 0)
		*out = (struct purge){
			.how = how,
			.bytes = t->size,
			.elapsed_ns = mono_ns() - begin,
		};
	return r;
}
