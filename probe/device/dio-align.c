/* SPDX-License-Identifier: MIT */
#include "dio-align.h"

#include <assert.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include "probe/kernel/form-rows.h"
#include "probe/lib/base.h"

static const struct form_member atomic_rows[] = {
	ALWAYS(atomic_write, unit_min, UINT),
	ALWAYS(atomic_write, unit_max, UINT),
	ALWAYS(atomic_write, segments_max, UINT),
};
const struct form form_atomic_write = STRUCT("atomic_write", atomic_write, atomic_rows);

/* include/uapi/linux/stat.h, 6.11; defined here because the libc of the build may be older. */
#define ASK_MNT_ID	 0x1000u
#define ASK_DIOALIGN	 0x2000u
#define ASK_WRITE_ATOMIC 0x10000u

struct statx_reply {
	uint32_t mask, before[35];
	uint64_t mnt_id;
	uint32_t dio_mem_align, dio_offset_align;
	uint64_t subvol;
	uint32_t atomic_write_unit_min, atomic_write_unit_max, atomic_write_segments_max;
	uint32_t after[19];
};
static_assert(offsetof(struct statx_reply, mnt_id) == 0x90, "struct statx");
static_assert(offsetof(struct statx_reply, atomic_write_unit_min) == 0xa8, "struct statx");
static_assert(sizeof(struct statx_reply) == 0x100, "struct statx");

const char *const align_source_names[ALIGN_SOURCES] = {
	[ALIGN_UNKNOWN] = "unknown",
	[ALIGN_STATX] = "statx",
	[ALIGN_IOCTL] = "BLKSSZGET",
	[ALIGN_TRIED] = "tried",
};

static bool ask_statx(int fd, unsigned mask, struct statx_reply *x)
{
	return syscall(SYS_statx, fd, "", AT_EMPTY_PATH, mask, x) == 0 && x->mask & mask;
}

void direct_alignment(int fd, struct alignment *a)
{
	struct statx_reply x = { 0 };
	unsigned bytes = 0;

	*a = (struct alignment){ 0 };
	if (ask_statx(fd, ASK_DIOALIGN, &x))
		*a = (struct alignment){ ALIGN_STATX, x.dio_mem_align, x.dio_offset_align };
	else if (ioctl(fd, BLKSSZGET, &bytes) == 0)
		*a = (struct alignment){ ALIGN_IOCTL, 0, bytes };
}

static int try_read(int fd, uint64_t at, char *buf, unsigned bytes)
{
	return pread(fd, buf, bytes, at) < 0 ? -errno : 0;
}

int direct_try_alignment(int fd, uint64_t at, char *buf, struct alignment *out)
{
	struct alignment a = *out;
	int r = -EINVAL;

	if (a.offset) {
		r = try_read(fd, at, buf, a.offset);
	} else {
		a.source = ALIGN_TRIED;
		for (unsigned bytes = 512; r == -EINVAL && bytes <= DIRECT_MAX; bytes *= 2) {
			a.offset = bytes;
			r = try_read(fd, at, buf, bytes);
		}
	}
	if (r < 0)
		return r;
	for (a.mem = 4; a.mem < DIRECT_MAX; a.mem *= 2)
		if (try_read(fd, at, buf + a.mem, a.offset) == 0)
			break;
	*out = a;
	return 0;
}

int atomic_write_of(int fd, struct atomic_write *a)
{
	struct statx_reply x = { 0 };

	if (!ask_statx(fd, ASK_WRITE_ATOMIC, &x))
		return -ENODATA;
	*a = (struct atomic_write){ x.atomic_write_unit_min, x.atomic_write_unit_max,
				    x.atomic_write_segments_max };
	return 0;
}

int mount_id_of(int fd, uint64_t *id)
{
	struct statx_reply x = { 0 };

	if (!ask_statx(fd, ASK_MNT_ID, &x))
		return -ENODATA;
	*id = x.mnt_id;
	return 0;
}
