/* SPDX-License-Identifier: MIT */
#include "health.h"

#include <fcntl.h>
#include <linux/nvme_ioctl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>

#include "probe/device/nvme-status.h"
#include "probe/kernel/form.h"
#include "probe/lib/base.h"
#include "probe/lib/mono.h"

#define SECTOR		    512
#define NVME_GET_LOG_PAGE   0x02
#define NVME_LOG_SMART	    0x02
#define NVME_RETAIN_EVENT   (1u << 15)
#define NVME_ALL_NAMESPACES 0xffffffffu

#define IO(member, label, counter)                                          \
	{                                                                   \
#member, label, offsetof(struct health_io, member), counter \
	}
#define SMART(member, label, counter)                                          \
	{                                                                      \
#member, label, offsetof(struct health_smart, member), counter \
	}

const struct health_row health_io_rows[] = {
	IO(reads, NULL, true),	    IO(reads_merged, NULL, true),    IO(read_bytes, NULL, true),
	IO(writes, NULL, true),	    IO(writes_merged, NULL, true),   IO(write_bytes, NULL, true),
	IO(discards, NULL, true),   IO(discards_merged, NULL, true), IO(discard_bytes, NULL, true),
	IO(flushes, NULL, true),    IO(read_ms, NULL, true),	     IO(write_ms, NULL, true),
	IO(discard_ms, NULL, true), IO(flush_ms, NULL, true),	     IO(busy_ms, NULL, true),
	IO(queue_ms, NULL, true),
};
const unsigned n_health_io_rows = ARRAY_SIZE(health_io_rows);

const struct health_row health_smart_rows[] = {
	SMART(critical_warning, "critical warning", false),
	SMART(temperature_k, NULL, false),
	SMART(spare_percent, NULL, false),
	SMART(used_percent, "percentage used", false),
	SMART(data_units_read, NULL, true),
	SMART(data_units_written, NULL, true),
	SMART(host_reads, NULL, true),
	SMART(host_writes, NULL, true),
	SMART(busy_minutes, NULL, true),
	SMART(power_cycles, NULL, true),
	SMART(power_on_hours, "power-on hours", true),
	SMART(unsafe_shutdowns, NULL, true),
	SMART(media_errors, "media errors", true),
	SMART(error_log_entries, NULL, true),
	SMART(warning_minutes, NULL, true),
	SMART(critical_minutes, NULL, true),
	SMART(throttle1_count, NULL, true),
	SMART(throttle2_count, NULL, true),
	SMART(throttle1_s, NULL, true),
	SMART(throttle2_s, NULL, true),
};
const unsigned n_health_smart_rows = ARRAY_SIZE(health_smart_rows);

uint64_t health_value(const struct health_row *row, const void *base)
{
	return *(const uint64_t *)((const char *)base + row->offset);
}

static uint64_t little_endian(const unsigned char *at, unsigned bytes)
{
	uint64_t v = 0;

	for (unsigned i = bytes; i-- > 0;) {
		if (v >> 56)
			return UINT64_MAX;
		v = v << 8 | at[i];
	}
	return v;
}

void health_smart_parse(const unsigned char page[static SMART_LOG_BYTES], struct health_smart *s)
{
	*s = (struct health_smart){
		.critical_warning = page[0],
		.temperature_k = little_endian(page + 1, 2),
		.spare_percent = page[3],
		.used_percent = page[5],
		.data_units_read = little_endian(page + 32, 16),
		.data_units_written = little_endian(page + 48, 16),
		.host_reads = little_endian(page + 64, 16),
		.host_writes = little_endian(page + 80, 16),
		.busy_minutes = little_endian(page + 96, 16),
		.power_cycles = little_endian(page + 112, 16),
		.power_on_hours = little_endian(page + 128, 16),
		.unsafe_shutdowns = little_endian(page + 144, 16),
		.media_errors = little_endian(page + 160, 16),
		.error_log_entries = little_endian(page + 176, 16),
		.warning_minutes = little_endian(page + 192, 4),
		.critical_minutes = little_endian(page + 196, 4),
		.throttle1_count = little_endian(page + 216, 4),
		.throttle2_count = little_endian(page + 220, 4),
		.throttle1_s = little_endian(page + 224, 4),
		.throttle2_s = little_endian(page + 228, 4),
	};
}

static void read_io(struct kernel *k, unsigned major, unsigned minor, struct health *h)
{
	unsigned long long v[17] = { 0 };
	char text[512];
	int n;

	sysfs_text(k, text, sizeof(text), "/sys/dev/block/%u:%u/stat", major, minor);
	n = sscanf(
		text,
		"%llu %llu %llu %llu %llu %llu %llu %llu %llu %llu %llu %llu %llu %llu %llu %llu "
		"%llu",
		&v[0], &v[1], &v[2], &v[3], &v[4], &v[5], &v[6], &v[7], &v[8], &v[9], &v[10],
		&v[11], &v[12], &v[13], &v[14], &v[15], &v[16]);
	if (n < 8)
		return;
	h->has_io = true;
	h->read_at_ns = mono_ns();
	h->io = (struct health_io){
		.reads = v[0],
		.reads_merged = v[1],
		.read_bytes = v[2] * SECTOR,
		.writes = v[4],
		.writes_merged = v[5],
		.write_bytes = v[6] * SECTOR,
		.discards = v[11],
		.discards_merged = v[12],
		.discard_bytes = v[13] * SECTOR,
		.flushes = v[15],
		.read_ms = v[3],
		.write_ms = v[7],
		.discard_ms = v[14],
		.flush_ms = v[16],
		.busy_ms = v[9],
		.queue_ms = v[10],
	};
}

/* A sensor belongs to the same parent device as the disk. */
static void read_temperature(struct kernel *k, const struct device *d, struct health *h)
{
	char path[PATH_MAX], owner[PATH_MAX], link[160];
	struct sysfs_names names;
	int64_t milli;

	snprintf(link, sizeof(link), "/sys/block/%s/device", d->disk);
	if (sysfs_real(k, link, path) < 0)
		return;
	sysfs_list(k, "/sys/class/hwmon", &names);
	for (unsigned i = 0; i < names.n; i++) {
		snprintf(link, sizeof(link), "/sys/class/hwmon/%s/device", names.name[i]);
		if (sysfs_real(k, link, owner) < 0 || strcmp(owner, path))
			continue;
		milli = sysfs_number(k, INT64_MIN, "/sys/class/hwmon/%s/temp1_input",
				     names.name[i]);
		h->has_temperature = milli != INT64_MIN;
		h->temperature_c = h->has_temperature ? milli / 1000. : 0;
		return;
	}
}

struct log_request {
	const char *disk;
	dev_t dev;
};

/* Returns the whole log or, as an int, the error status of the drive. */
static ssize_t read_log(void *arg, void *out, size_t size)
{
	const struct log_request *req = arg;
	struct nvme_admin_cmd cmd = {
		.opcode = NVME_GET_LOG_PAGE,
		.nsid = NVME_ALL_NAMESPACES,
		.addr = (uintptr_t)out,
		.data_len = size,
		/* The number of dwords minus one. Events are retained for their reader. */
		.cdw10 = NVME_LOG_SMART | NVME_RETAIN_EVENT | (uint32_t)(size / 4 - 1) << 16,
		.timeout_ms = 5000,
	};
	_cleanup_close_ int fd = -1;
	char path[80];
	struct stat st;
	int r;

	snprintf(path, sizeof(path), "/dev/%s", req->disk);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISBLK(st.st_mode) || st.st_rdev != req->dev)
		return -ENODEV;
	r = ioctl(fd, NVME_IOCTL_ADMIN_CMD, &cmd);
	/* Positive values are a status of the drive. */
	if (r <= 0)
		return r < 0 ? -errno : (ssize_t)size;
	memcpy(out, &r, sizeof(r));
	return sizeof(r);
}

static void explain_no_log(ssize_t n, const unsigned char *answer, char *why, size_t size)
{
	char status[80];
	int refused;

	if (n == sizeof(refused)) {
		memcpy(&refused, answer, sizeof(refused));
		nvme_status_text(refused, status, sizeof(status));
		snprintf(why, size, "Get Log Page: %s", status);
		return;
	}
	snprintf(why, size, "Get Log Page: %s%s", errno_name(n < 0 ? n : -EIO),
		 n == -EACCES || n == -EPERM ? " (it takes CAP_SYS_ADMIN)" : "");
}

static void read_smart(struct kernel *k, const struct device *d, struct health *h)
{
	unsigned char page[SMART_LOG_BYTES] = { 0 };
	struct log_request req = { .disk = d->disk };
	_cleanup_str_ struct str label = { 0 };
	unsigned major, minor;
	char number[32];
	ssize_t n;

	if (strncmp(d->disk, "nvme", 4)) {
		snprintf(h->smart_why, sizeof(h->smart_why), "read from NVMe drives alone");
		return;
	}
	sysfs_text(k, number, sizeof(number), "/sys/block/%s/dev", d->disk);
	if (sscanf(number, "%u:%u", &major, &minor) == 2)
		req.dev = makedev(major, minor);
	str_addf(&label, "SMART log of %s", d->disk);
	n = k->inquire(k, str_text(&label), read_log, &req, &form_memory, page, sizeof(page));
	if (n != sizeof(page)) {
		explain_no_log(n, page, h->smart_why, sizeof(h->smart_why));
		return;
	}
	health_smart_parse(page, &h->smart);
	h->has_smart = true;
	if (!h->has_temperature && h->smart.temperature_k) {
		h->has_temperature = true;
		h->temperature_c = (double)h->smart.temperature_k - 273;
	}
}

void health_read(struct kernel *k, const struct device *d, unsigned major, unsigned minor,
		 struct health *h)
{
	*h = (struct health){ 0 };
	read_io(k, major, minor, h);
	read_temperature(k, d, h);
	read_smart(k, d, h);
}
