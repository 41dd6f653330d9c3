/* SPDX-License-Identifier: MIT */
#include "target.h"

#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <linux/fs.h>
#include <linux/nvme_ioctl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/statfs.h>

#include "bench/job/contents.h"
#include "bench/stats/random.h"
#include "consent.h"
#include "probe/device/blkstack.h"
#include "probe/device/dio-align.h"
#include "probe/device/iopoll.h"
#include "probe/device/mount.h"
#include "probe/device/permission.h"
#include "probe/device/unpolled.h"
#include "probe/lib/base.h"
#include "trims.h"

#define OWN_SIZE   (256ull << 20)
#define FILL_CHUNK (1u << 20)
#define MAX_TRIAL  (1u << 20)

static const struct {
	unsigned long magic;
	const char *name;
} file_systems[] = {
	{ 0xef53, "ext4" },	 { 0x58465342, "xfs" },	    { 0x9123683e, "btrfs" },
	{ 0x01021994, "tmpfs" }, { 0x794c7630, "overlay" }, { 0xf2f52010, "f2fs" },
	{ 0x6969, "nfs" },	 { 0x2fc12fc1, "zfs" },	    { 0xca451a4e, "bcachefs" },
	{ 0x65735546, "fuse" },	 { 0x858458f6, "ramfs" },
};

static void name_file_system(struct target *t)
{
	struct statfs s;

	if (fstatfs(t->fd, &s) < 0)
		return;
	snprintf(t->fs, sizeof(t->fs), "0x%lx", (unsigned long)s.f_type);
	for (unsigned i = 0; i < ARRAY_SIZE(file_systems); i++)
		if (file_systems[i].magic == (unsigned long)s.f_type)
			snprintf(t->fs, sizeof(t->fs), "%s", file_systems[i].name);
}

static int open_failed(struct fail *f, const char *path, int flags)
{
	int err = errno;
	char why[PERMISSION_TEXT] = "";

	if (err == EACCES)
		permission_explain(path, (flags & O_ACCMODE) != O_RDONLY, why);
	if (err == EINVAL && flags & O_DIRECT)
		return fail_as(f, FAIL_UNAVAILABLE, -err,
			       "%s: its file system has no direct I/O; --buffered goes through the "
			       "page cache",
			       path);
	if (err == EBUSY && flags & O_EXCL)
		return fail_as(f, FAIL_REFUSED, -err,
			       "%s is in use (mounted, swap, or held by another device): not "
			       "written to",
			       path);
	return fail_set(f, -err, "%s: %s%s%s", path, strerror(err), *why ? ": " : "", why);
}

/* A mistyped device name must not become a file in devtmpfs. */
static int refuse_under_dev(const char *dir, const char *path, struct fail *f)
{
	_cleanup_free_ char *real = realpath(dir, NULL);

	if (!real)
		return fail_set(f, -errno, "%s: %s", path, strerror(errno));
	if ((!strcmp(real, "/dev") || !strncmp(real, "/dev/", 5)) && strncmp(real, "/dev/shm", 8))
		return fail_as(f, FAIL_REFUSED, -EPERM, "%s%s: no file is created under /dev", path,
			       dir == path ? "" : " does not exist");
	return 0;
}

static int fill(const struct job *job, struct target *t, const volatile int *stop, struct fail *f)
{
	_cleanup_free_ unsigned char *buf = aligned_alloc(4096, FILL_CHUNK);
	uint64_t rng = random_seed(job->seed, UINT64_MAX), at = 0;
	unsigned percent;
	int r;

	if (!buf)
		return fail_set(f, -ENOMEM, "out of memory");
	r = contents_parse(job, &percent, f);
	if (r < 0)
		return r;
	while (at < t->size) {
		size_t n = t->size - at < FILL_CHUNK ? t->size - at : FILL_CHUNK;
		ssize_t done;

		if (*stop)
			return fail_set(f, -EINTR, "interrupted while the file was being filled");
		contents_fill(&rng, percent, buf, FILL_CHUNK);
		done = pwrite(t->fd, buf, n, at);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return fail_set(f, done ? -errno : -ENOSPC, "filling %s: %s",
					*t->path ? t->path : "a file made for the run",
					strerror(done ? errno : ENOSPC));
		at += done;
	}
	if (fsync(t->fd) < 0)
		return fail_set(f, -errno, "fsync: %s", strerror(errno));
	if (job->direct)
		posix_fadvise(t->fd, 0, 0, POSIX_FADV_DONTNEED);
	return 0;
}

static int set_direct(const struct job *job, struct target *t, const char *path, struct fail *f)
{
	int flags = fcntl(t->fd, F_GETFL);

	if (job->direct && fcntl(t->fd, F_SETFL, flags | O_DIRECT) < 0)
		return open_failed(f, path, O_DIRECT);
	return 0;
}

/* An unnamed file disappears even if the program is killed. */
static int make_unnamed(const struct job *job, const char *dir, struct target *t, struct fail *f)
{
	int r = refuse_under_dev(dir, dir, f);

	if (r < 0)
		return r;
	if (!job->keep)
		t->fd = open(dir, O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
	if (t->fd >= 0)
		return 0;
	if (!job->keep && errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT)
		return open_failed(f, dir, O_RDWR);
	snprintf(t->path, sizeof(t->path), "%s/uringtool-bench.XXXXXX", dir);
	t->fd = mkostemp(t->path, O_CLOEXEC);
	return t->fd < 0 ? open_failed(f, dir, O_RDWR) : 0;
}

int target_create(const char *path, struct fail *f)
{
	_cleanup_free_ char *dir = strdup(path);
	int r, fd;

	if (!dir)
		return fail_set(f, -ENOMEM, "out of memory");
	r = refuse_under_dev(dirname(dir), path, f);
	if (r < 0)
		return r;
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 && errno == EEXIST)
		return fail_as(f, FAIL_REFUSED, -EEXIST, "%s exists: not written to", path);
	return fd < 0 ? open_failed(f, path, 0) : fd;
}

static int make_named(const char *path, struct target *t, struct fail *f)
{
	t->fd = target_create(path, f);
	if (t->fd < 0)
		return t->fd;
	snprintf(t->path, sizeof(t->path), "%s", path);
	return 0;
}

static int make_file(const struct job *job, const char *dir, const char *path,
		     const volatile int *stop, struct target *t, struct fail *f)
{
	int r = path ? make_named(path, t, f) : make_unnamed(job, dir, t, f);

	if (r < 0)
		return r;
	t->own = true;
	t->size = job->offset + (job->size ? job->size : OWN_SIZE);
	t->writable = true;
	r = fill(job, t, stop, f);
	return r < 0 ? r : set_direct(job, t, path ? path : dir, f);
}

/* Checks before and after opening a block device for writing. */
static int agree_to_write(const struct job *job, const char *path, const struct stat *st,
			  struct fail *f)
{
	int r = guard_zoned(kernel_live(), path, st, f);

	return r < 0 ? r : consent_check(kernel_live(), job, path, st->st_rdev, f);
}

static int hold_to_write(const struct job *job, const char *path, const struct stat *st,
			 struct target *t, struct fail *f)
{
	int r = guard_claim(kernel_live(), path, st, &t->beside, f);

	return r < 0 ? r : guard_content(job, path, f);
}

/* The opened file must be the one that was checked. */
static int check_same(int fd, const char *path, const struct stat *st, struct fail *f)
{
	struct stat now;

	if (fstat(fd, &now) < 0 || now.st_ino != st->st_ino || now.st_dev != st->st_dev ||
	    now.st_rdev != st->st_rdev || (now.st_mode & S_IFMT) != (st->st_mode & S_IFMT))
		return fail_as(f, FAIL_REFUSED, -EAGAIN, "%s was replaced while it was opened",
			       path);
	return 0;
}

static int open_block(const struct job *job, const char *path, const struct stat *st,
		      struct target *t, struct fail *f)
{
	const bool writes = job_writes(job);
	int flags = O_CLOEXEC | (job->direct ? O_DIRECT : 0) | (writes ? O_RDWR | O_EXCL : 0);
	uint64_t bytes;
	int r = writes ? agree_to_write(job, path, st, f) : 0;

	if (r < 0)
		return r;
	t->block = true;
	t->fd = open(path, flags);
	if (t->fd < 0)
		return open_failed(f, path, flags);
	if (writes)
		r = hold_to_write(job, path, st, t, f);
	if (r < 0)
		return r;
	if (ioctl(t->fd, BLKGETSIZE64, &bytes) < 0)
		return fail_set(f, -errno, "%s: %s", path, strerror(errno));
	t->size = bytes;
	return 0;
}

/* Returns 0 if unknown. */
static uint64_t queue_number(const struct target *t, const char *attr)
{
	return sysfs_number(kernel_live(), 0, "/sys/block/%s/queue/%s", t->device.disk, attr);
}

/* The block device's description and claim apply to the namespace. */
static int open_nvme(const struct job *job, const char *path, const struct stat *st,
		     struct target *t, struct fail *f)
{
	const bool writes = job_writes(job);
	const int flags = O_CLOEXEC | (writes ? O_RDWR | O_EXCL : O_RDONLY);
	char sibling[PATH_MAX];
	unsigned lba = 512;
	struct stat of_block;
	dev_t number;
	int r = 0;

	if (!device_block_sibling(kernel_live(), st, sibling, &number))
		return fail_as(f, FAIL_USAGE, -EINVAL,
			       "%s is not an NVMe namespace: passthrough goes to /dev/ngXnY", path);
	if (stat(sibling, &of_block) < 0)
		return fail_set(f, -errno, "%s: %s", sibling, strerror(errno));
	if (!S_ISBLK(of_block.st_mode) || of_block.st_rdev != number)
		return fail_as(f, FAIL_REFUSED, -ENODEV, "%s is not the block device of %s",
			       sibling, path);
	t->has_device = device_of(kernel_live(), &of_block, &t->device) == 0;
	if (writes)
		r = agree_to_write(job, sibling, &of_block, f);
	if (r < 0)
		return r;
	t->claim = open(sibling, flags | O_DIRECT);
	if (t->claim < 0)
		return open_failed(f, sibling, flags);
	r = check_same(t->claim, sibling, &of_block, f);
	if (r == 0 && writes)
		r = hold_to_write(job, sibling, &of_block, t, f);
	if (r < 0)
		return r;
	t->fd = open(path, flags & ~O_EXCL);
	if (t->fd < 0)
		return open_failed(f, path, flags & ~O_EXCL);
	r = ioctl(t->fd, NVME_IOCTL_ID);
	if (r < 0 || ioctl(t->claim, BLKGETSIZE64, &t->size) < 0 ||
	    ioctl(t->claim, BLKSSZGET, &lba) < 0)
		return fail_set(f, -errno, "%s: %s", path, strerror(errno));
	t->nvme = (struct nvme_space){
		.nsid = r,
		.lba_shift = __builtin_ctz(lba),
		.max_bytes = queue_number(t, "max_hw_sectors_kb") << 10,
		.max_segments = queue_number(t, "max_segments"),
	};
	t->block = true;
	return 0;
}

static int open_regular(const struct job *job, const char *path, const struct stat *st,
			struct target *t, struct fail *f)
{
	int flags = O_CLOEXEC | (job->direct ? O_DIRECT : 0);
	int r = 0;

	if (job_writes(job) && !job->overwrite)
		return fail_as(f, FAIL_REFUSED, -EPERM,
			       "%s exists: it is written to only with --overwrite", path);
	if (job_writes(job))
		flags |= O_RDWR;
	t->fd = open(path, flags);
	if (t->fd < 0)
		return open_failed(f, path, flags);
	/* The file may back a loop device. */
	if (job_writes(job))
		r = guard_claim(kernel_live(), path, st, &t->beside, f);
	t->size = st->st_size;
	return r;
}

static int open_existing(const struct job *job, const char *path, const struct stat *st,
			 struct target *t, struct fail *f)
{
	int r;

	if (job->engine == ENGINE_NVME)
		r = open_nvme(job, path, st, t, f);
	else if (S_ISBLK(st->st_mode))
		r = open_block(job, path, st, t, f);
	else if (S_ISREG(st->st_mode))
		r = open_regular(job, path, st, t, f);
	else
		return fail_as(f, FAIL_USAGE, -EINVAL,
			       "%s is neither a file nor a directory nor a block device", path);
	if (r == 0)
		r = check_same(t->fd, path, st, f);
	if (r < 0)
		return r;
	snprintf(t->path, sizeof(t->path), "%s", path);
	return 0;
}

/* Determines the part of the target that the job uses. */
static int choose_part(const struct job *job, struct target *t, const struct io_sizes *sizes,
		       struct fail *f)
{
	_cleanup_str_ struct str have = { 0 };
	uint64_t all = t->all;

	size_text(&have, all);
	if (job->offset >= all || all - job->offset < sizes->max)
		return fail_as(f, FAIL_USAGE, -EINVAL,
			       "%s has %s bytes, less than one block (bs) after --offset", t->path,
			       str_text(&have));
	if (job->size > all - job->offset)
		return fail_as(f, FAIL_USAGE, -EINVAL,
			       "%s has %s bytes, less than --offset and --size ask for", t->path,
			       str_text(&have));
	t->base = job->offset;
	t->size = job->size ? job->size : all - job->offset;
	t->size -= t->size % sizes->min;
	return 0;
}

static int check_alignment(const struct job *job, const struct target *t,
			   const struct io_sizes *sizes, struct fail *f)
{
	struct alignment a = { 0 };
	unsigned block;

	if (job->direct || (t->block && job_trims(job)))
		direct_alignment(t->fd, &a);
	block = job->engine == ENGINE_NVME ? 1u << t->nvme.lba_shift : a.offset;
	if (block && sizes->min % block)
		return fail_as(f, FAIL_USAGE, -EINVAL,
			       "%s blocks of %u bytes here, and bs is not a multiple of that",
			       job_trims(job) ? "a trim needs" : "direct I/O needs", block);
	return 0;
}

/* The kernel does not split a passthrough command. */
static int check_command(const struct job *job, const struct target *t,
			 const struct io_sizes *sizes, struct fail *f)
{
	_cleanup_str_ struct str most = { 0 };

	if (job->engine != ENGINE_NVME || job_trims(job) || !t->nvme.max_bytes ||
	    sizes->max <= t->nvme.max_bytes)
		return 0;
	size_text(&most, t->nvme.max_bytes);
	return fail_as(f, FAIL_USAGE, -EINVAL,
		       "bs: %s takes at most %s in one command (max_hw_sectors_kb)", t->device.disk,
		       str_text(&most));
}

int64_t target_data_at(int fd, uint64_t base, uint64_t size, unsigned bytes)
{
	const uint64_t end = base + size;
	uint64_t at = base;

	while (at + bytes <= end) {
		off_t data = lseek(fd, at, SEEK_DATA), hole;

		if (data < 0)
			return errno == EINVAL ? (int64_t)base : -ENODATA;
		/* Steps of whole blocks keep the alignment of the base. */
		at = base + (data - base + bytes - 1) / bytes * bytes;
		hole = lseek(fd, at, SEEK_HOLE);
		if (hole < 0 || (uint64_t)hole >= at + bytes)
			return at + bytes <= end ? (int64_t)at : -ENODATA;
		at = base + (hole - base + bytes - 1) / bytes * bytes;
	}
	return -ENODATA;
}

static int cannot_poll(const struct target *t, struct polling *p, struct fail *f)
{
	struct stack stack = { 0 };
	struct mount mount = { 0 };
	struct device device = t->device;
	bool known = t->has_device;
	struct stat st;
	char fix[160];

	if (!t->block)
		mount_of(t->fd, &mount);
	/* btrfs and similar file systems have their own device numbers. */
	if (!known && *mount.source == '/' && stat(mount.source, &st) == 0 && S_ISBLK(st.st_mode))
		known = device_of(kernel_live(), &st, &device) == 0;
	if (known)
		stack_of(kernel_live(), device.disk, &stack);
	unpolled_explain(&(struct unpolled){ known ? &device : NULL, &stack, mount.type }, p, fix,
			 sizeof(fix));
	return fail_as(f, FAIL_UNAVAILABLE, -EOPNOTSUPP, "--iopoll: %s cannot poll: %s%s%s",
		       *t->path ? t->path : "a file here", p->why, *fix ? "; " : "", fix);
}

static int check_polling(struct target *t, const struct io_sizes *sizes, struct fail *f)
{
	unsigned bytes = sizes->min < MAX_TRIAL ? sizes->min : MAX_TRIAL;
	int64_t at = t->block ? (int64_t)t->base : target_data_at(t->fd, t->base, t->size, bytes);
	struct polling p;
	int r;

	if (at < 0) {
		t->poll = ANSWER_UNDECIDED;
		snprintf(t->poll_why, sizeof(t->poll_why),
			 "nothing was ever written there, and what is not is not read from a disk");
		return 0;
	}
	r = target_polls(t->claim >= 0 ? t->claim : t->fd, t->has_device ? &t->device : NULL, at,
			 bytes, &p);
	if (r < 0)
		return fail_set(f, r, "trying out IOPOLL: %s", strerror(-r));
	t->poll = p.polls;
	snprintf(t->poll_why, sizeof(t->poll_why), "%s", p.why);
	return p.polls == ANSWER_NO ? cannot_poll(t, &p, f) : 0;
}

static int describe(struct target *t, struct fail *f)
{
	struct stat st;

	if (fstat(t->fd, &st) < 0)
		return fail_set(f, -errno, "fstat: %s", strerror(errno));
	if (!t->has_device)
		t->has_device = device_of(kernel_live(), &st, &t->device) == 0;
	if (!t->block)
		name_file_system(t);
	return 0;
}

/* Checks that depend on more of the job than whether it writes. */
static int fit(const struct job *job, struct target *t, const struct io_sizes *sizes,
	       struct fail *f)
{
	int r = choose_part(job, t, sizes, f);

	if (r == 0)
		r = check_alignment(job, t, sizes, f);
	if (r == 0)
		r = check_command(job, t, sizes, f);
	if (r == 0 && job_verifies(job))
		r = verifier_fits(job, t->size, f);
	if (r == 0 && job->iopoll && t->poll != ANSWER_YES)
		r = check_polling(t, sizes, f);
	if (r == 0 && job_trims(job))
		r = trims_suit(kernel_live(), job, t, sizes, f);
	return r;
}

int target_suit(const struct job *asked, struct target *t, struct fail *f)
{
	struct io_sizes sizes;
	struct job chosen;
	const struct job *job = &chosen;
	int flags, r = job_choose_engine(asked, t->nvme.nsid > 0, &chosen, f);

	if (r == 0)
		r = io_parse(job, &sizes, NULL, NULL, f);
	if (r < 0 || (job->rw == RW_NOP && t->fd < 0))
		return r;
	if (job->rw == RW_NOP || t->fd < 0 || (job->engine == ENGINE_NVME) != (t->nvme.nsid > 0))
		return fail_as(f, FAIL_USAGE, -EINVAL,
			       "nop, NVMe passthrough and files need targets of their own");
	if (job_writes(job) && !t->writable)
		return fail_as(f, FAIL_REFUSED, -EPERM, "the target was opened read-only");
	flags = fcntl(t->fd, F_GETFL) & ~O_DIRECT;
	if (job->engine != ENGINE_NVME &&
	    fcntl(t->fd, F_SETFL, flags | (job->direct ? O_DIRECT : 0)) < 0)
		return open_failed(f, t->path, O_DIRECT);
	return fit(job, t, &sizes, f);
}

static bool is_namespace(const char *path)
{
	char sibling[PATH_MAX];
	struct stat st;
	dev_t number;

	return path && stat(path, &st) == 0 &&
	       device_block_sibling(kernel_live(), &st, sibling, &number);
}

int target_open(const struct job *asked, const char *path, const volatile int *stop,
		struct target *out, struct fail *f)
{
	struct target t = { .fd = -1, .claim = -1, .poll = ANSWER_NA };
	struct job chosen;
	const struct job *job = &chosen;
	struct io_sizes sizes;
	struct stat st;
	int r = job_choose_engine(asked, is_namespace(path), &chosen, f);

	if (r < 0)
		return r;
	if (job->rw == RW_NOP) {
		*out = t;
		return 0;
	}
	r = io_parse(job, &sizes, NULL, NULL, f);
	if (r < 0)
		return r;
	if (job->verify_only && (!path || (stat(path, &st) == 0 && S_ISDIR(st.st_mode))))
		r = fail_as(f, FAIL_USAGE, -EINVAL,
			    "--verify-only needs the file or device that was written");
	else if (!path && job->engine == ENGINE_NVME)
		r = fail_as(f, FAIL_USAGE, -EINVAL, "the nvme engine needs a target, /dev/ngXnY");
	else if (!path) {
		r = make_file(job, ".", NULL, stop, &t, f);
	} else if (stat(path, &st) == 0) {
		t.has_device = !S_ISDIR(st.st_mode) &&
			       device_of(kernel_live(), &st, &t.device) == 0;
		r = S_ISDIR(st.st_mode) ? make_file(job, path, NULL, stop, &t, f)
					: open_existing(job, path, &st, &t, f);
	} else if (errno == ENOENT && job_writes(job)) {
		r = make_file(job, NULL, path, stop, &t, f);
	} else {
		r = fail_set(f, -errno, "%s: %s", path, strerror(errno));
	}
	if (r == 0)
		r = describe(&t, f);
	t.all = t.size;
	t.writable |= job_writes(job);
	if (r == 0)
		r = fit(job, &t, &sizes, f);
	if (r < 0)
		target_close(&t, false);
	else
		*out = t;
	return r;
}

/* A removed disk has size 0 immediately; its sysfs folder disappears later. */
bool target_is_gone(const struct target *t)
{
	char path[96], size[32];
	ssize_t n;

	if (!t->has_device || !*t->device.disk)
		return false;
	snprintf(path, sizeof(path), "/sys/block/%s/size", t->device.disk);
	n = file_read(path, size, sizeof(size));
	return n == -ENOENT || n == -ENODEV || (n > 0 && !strcmp(size, "0\n"));
}

void target_close(struct target *t, bool keep)
{
	closep(&t->fd);
	closep(&t->claim);
	guard_release(&t->beside);
	t->fd = t->claim = -1;
	if (t->own && *t->path && !keep)
		unlink(t->path);
}
