/* SPDX-License-Identifier: MIT */
#include "trims.h"

#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/nvme_ioctl.h>
#include <string.h>
#include <sys/ioctl.h>

#include "bench/engine/discard.h"
#include "probe/device/nvme-status.h"
#include "probe/kernel/form.h"
#include "probe/kernel/ring.h"
#include "probe/lib/base.h"

/* NVM Express Base Specification: Identify, its CNS 1, and bit 2 of ONCS at byte 520 of the answer. */
#define NVME_IDENTIFY  0x06
#define CNS_CONTROLLER 1
#define IDENTIFY_BYTES 4096
#define ONCS_AT	       520
#define ONCS_DATASET   (1u << 2)

const char *const trim_names[] = {
	[TRIM_NONE] = NULL,
	[TRIM_PUNCH_HOLE] = "punch_hole",
	[TRIM_DISCARD] = "discard",
	[TRIM_DATASET] = "dataset_management",
};

/* -1: unknown. */
static int64_t queue_limit(struct kernel *k, const struct target *t, const char *attr)
{
	return t->has_device ? sysfs_number(k, -1, "/sys/block/%s/queue/%s", t->device.disk, attr)
			     : -1;
}

static int punch_hole(const struct target *t, const struct io_sizes *sizes, struct fail *f)
{
	if (fallocate(t->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, t->base, sizes->min) == 0)
		return 0;
	return fail_as(f, errno == EOPNOTSUPP ? FAIL_UNAVAILABLE : FAIL_RUNTIME, -errno,
		       "%s: a trim punches a hole into a file, which its file system (%s) refuses: "
		       "%s",
		       *t->path ? t->path : "a file made for the run", t->fs, strerror(errno));
}

/* Discards one block through io_uring; returns the result, or why it could not be tried. */
static int discard_block(struct kernel *k, int fd, uint64_t offset, uint32_t bytes)
{
	const struct ring_params params = { 0 };
	_cleanup_ring_ struct ring ring = { 0 };
	const struct io_uring_cqe *cqe;
	struct io_uring_sqe *sqe;
	int r = ring_open(k, 1, &params, &ring, NULL);

	if (r < 0)
		return r;
	sqe = ring.sqes.addr;
	*sqe = (struct io_uring_sqe){ .fd = fd };
	discard_fill(sqe, offset, bytes);
	ring_sq_field(&ring, ring.p.sq_off.array)[0] = 0;
	__atomic_store_n(ring_sq_field(&ring, ring.p.sq_off.tail), 1, __ATOMIC_RELEASE);
	do
		r = k->enter(k, ring.fd, 1, 1, ENTER_GETEVENTS);
	while (r == -EINTR);
	cqe = (const struct io_uring_cqe *)(ring_cq_base(&ring) + ring.p.cq_off.cqes);
	return r < 0 ? r : cqe->res;
}

/* Passthrough to the same namespace needs no 6.12; "" if there is none. */
static void name_passthrough(const struct target *t, char *out, size_t size)
{
	char path[80];

	*out = '\0';
	if (strncmp(t->device.disk, "nvme", 4) || t->device.partition)
		return;
	snprintf(path, sizeof(path), "/dev/ng%s", t->device.disk + 4);
	if (access(path, F_OK) == 0)
		snprintf(out, size, "; %s trims by Dataset Management", path);
}

static int discard(struct kernel *k, const struct target *t, const struct io_sizes *sizes,
		   struct fail *f)
{
	char instead[120];
	int r;

	if (queue_limit(k, t, "discard_max_bytes") == 0)
		return fail_as(f, FAIL_UNAVAILABLE, -EOPNOTSUPP,
			       "%s does not discard: queue/discard_max_bytes of %s is 0", t->path,
			       t->device.disk);
	if (t->trim == TRIM_DISCARD)
		return 0;
	r = discard_block(k, t->fd, t->base, sizes->min);
	if (r == 0)
		return 0;
	if (r != -EINVAL && r != -EOPNOTSUPP)
		return fail_set(f, r, "%s: discarding a block: %s", t->path, strerror(-r));
	name_passthrough(t, instead, sizeof(instead));
	return fail_as(
		f, FAIL_UNAVAILABLE, r,
		"%s: this kernel refuses a discard through io_uring (%s), which came with 6.12; "
		"FALLOCATE would write zeros, one request at a time, and is not measured "
		"instead%s",
		t->path, errno_name(r), instead);
}

/* Returns the whole answer or, as an int, the error status of the drive. */
static ssize_t identify(void *arg, void *out, size_t size)
{
	struct nvme_admin_cmd cmd = {
		.opcode = NVME_IDENTIFY,
		.addr = (uintptr_t)out,
		.data_len = size,
		.cdw10 = CNS_CONTROLLER,
		.timeout_ms = 5000,
	};
	int r = ioctl(*(const int *)arg, NVME_IOCTL_ADMIN_CMD, &cmd);

	if (r <= 0)
		return r < 0 ? -errno : (ssize_t)size;
	memcpy(out, &r, sizeof(r));
	return sizeof(r);
}

static int identify_failed(const struct target *t, ssize_t n, const void *answer, struct fail *f)
{
	char status[80];
	int code;

	if (n < 0)
		return fail_set(f, n, "%s: Identify Controller: %s", t->path, strerror(-n));
	memcpy(&code, answer, sizeof(code));
	nvme_status_text(code, status, sizeof(status));
	return fail_set(f, -EIO, "%s: Identify Controller: %s", t->path, status);
}

static int dataset(struct kernel *k, struct target *t, const struct io_sizes *sizes, struct fail *f)
{
	const int64_t most = queue_limit(k, t, "discard_max_hw_bytes");
	_cleanup_str_ struct str label = { 0 }, text = { 0 };
	unsigned char page[IDENTIFY_BYTES] = { 0 };
	ssize_t n;

	str_addf(&label, "Identify Controller of %s", t->device.disk);
	n = k->inquire(k, str_text(&label), identify, &t->fd, &form_memory, page, sizeof(page));
	if (n != sizeof(page))
		return identify_failed(t, n, page, f);
	if (!(page[ONCS_AT] & ONCS_DATASET))
		return fail_as(
			f, FAIL_UNAVAILABLE, -EOPNOTSUPP,
			"%s does not trim: the drive has no Dataset Management (bit 2 of ONCS)",
			t->path);
	if (most <= 0 || sizes->max <= (uint64_t)most)
		return 0;
	size_text(&text, most);
	return fail_as(f, FAIL_USAGE, -EINVAL,
		       "bs: %s trims at most %s in one range (discard_max_hw_bytes)", t->path,
		       str_text(&text));
}

int trims_suit(struct kernel *k, const struct job *job, struct target *t,
	       const struct io_sizes *sizes, struct fail *f)
{
	const enum trim_by by = !t->block		     ? TRIM_PUNCH_HOLE
				: job->engine == ENGINE_NVME ? TRIM_DATASET
							     : TRIM_DISCARD;
	const int64_t unit = by == TRIM_PUNCH_HOLE ? 0 : queue_limit(k, t, "discard_granularity");
	int r = by == TRIM_PUNCH_HOLE ? punch_hole(t, sizes, f)
		: by == TRIM_DATASET  ? dataset(k, t, sizes, f)
				      : discard(k, t, sizes, f);

	if (r < 0)
		return r;
	t->trim = by;
	t->discard_unit = unit > 0 ? unit : 0;
	return 0;
}
