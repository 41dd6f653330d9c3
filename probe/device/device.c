/* SPDX-License-Identifier: MIT */
#include "device.h"

#include <ctype.h>
#include <libgen.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "probe/lib/base.h"

#define MAX_QUEUES 4096

static void read_first(struct kernel *k, const char *dir, const char *const *attrs,
		       char out[static DEVICE_TEXT])
{
	for (out[0] = '\0'; *attrs && !out[0]; attrs++)
		sysfs_text(k, out, DEVICE_TEXT, "%s/%s", dir, *attrs);
}

static void read_link(struct kernel *k, const char *pci, const char *which, struct pcie_link *out)
{
	char text[64];
	int64_t lanes;

	sysfs_text(k, text, sizeof(text), "/sys/bus/pci/devices/%s/%s_link_speed", pci, which);
	lanes = sysfs_number(k, 0, "/sys/bus/pci/devices/%s/%s_link_width", pci, which);
	out->mt_per_s = sysfs_link_speed(text);
	/* 255: the device does not report it. */
	out->lanes = out->mt_per_s && lanes < 255 ? lanes : 0;
}

/* path: the resolved path of the device. */
static void read_bus(struct kernel *k, const char *path, struct device *d)
{
	if (!*d->transport)
		snprintf(d->transport, sizeof(d->transport), "%s", sysfs_transport(path));
	if (!sysfs_pci_address(path, d->pci, sizeof(d->pci)))
		return;
	read_link(k, d->pci, "current", &d->link);
	read_link(k, d->pci, "max", &d->link_max);
	if (d->numa_node < 0)
		d->numa_node = sysfs_number(k, -1, "/sys/bus/pci/devices/%s/numa_node", d->pci);
}

/* dir: the directory of an NVMe controller, path: its resolved path. */
static void read_nvme(struct kernel *k, const char *dir, const char *path, struct device *d)
{
	sysfs_text(k, d->transport, sizeof(d->transport), "%s/transport", dir);
	d->numa_node = sysfs_number(k, -1, "%s/numa_node", dir);
	snprintf(d->driver, sizeof(d->driver), "nvme%s%s", !strcmp(d->transport, "pcie") ? "" : "_",
		 !strcmp(d->transport, "pcie") ? "" : d->transport);
	read_bus(k, path, d);
}

/* The head of a multipath namespace belongs to the subsystem, which lists its controllers. */
static void find_nvme(struct kernel *k, const char *path, struct device *d)
{
	char dir[PATH_MAX + 16], real[PATH_MAX];
	struct sysfs_names names;

	snprintf(dir, sizeof(dir), "/sys/block/%s/device", d->disk);
	if (!strstr(path, "/nvme-subsystem/")) {
		read_nvme(k, dir, path, d);
		return;
	}
	sysfs_list(k, dir, &names);
	for (unsigned i = 0; i < names.n; i++) {
		int number, end = 0;

		if (sscanf(names.name[i], "nvme%d%n", &number, &end) != 1 || names.name[i][end])
			continue;
		snprintf(dir, sizeof(dir), "/sys/class/nvme/%s", names.name[i]);
		if (sysfs_real(k, dir, real) == 0)
			read_nvme(k, dir, real, d);
		return;
	}
}

/* For a SCSI disk the host's driver is the relevant one. */
static void scsi_driver(struct kernel *k, const char *path, struct device *d)
{
	const char *host = strstr(path, "/host");

	snprintf(d->driver, sizeof(d->driver), "sd_mod");
	if (host)
		sysfs_text(k, d->driver, sizeof(d->driver), "/sys/class/scsi_host/%.*s/proc_name",
			   (int)strcspn(host + 1, "/"), host + 1);
}

static void name_driver(struct kernel *k, const char *path, struct device *d)
{
	static const struct {
		const char *prefix, *driver;
	} drivers[] = {
		{ "nullb", "null_blk" },   { "vd", "virtio_blk" }, { "ublkb", "ublk_drv" },
		{ "loop", "loop" },	   { "dm-", "dm_mod" },	   { "md", "md_mod" },
		{ "zram", "zram" },	   { "nbd", "nbd" },	   { "rbd", "rbd" },
		{ "mmcblk", "mmc_block" },
	};

	if (!strncmp(d->disk, "sd", 2) || !strncmp(d->disk, "sr", 2))
		scsi_driver(k, path, d);
	for (unsigned i = 0; i < ARRAY_SIZE(drivers); i++)
		if (!strncmp(d->disk, drivers[i].prefix, strlen(drivers[i].prefix)))
			snprintf(d->driver, sizeof(d->driver), "%s", drivers[i].driver);
}

static void read_queue(struct kernel *k, struct device *d)
{
	const struct {
		const char *attr;
		int64_t *to;
	} numbers[] = {
		{ "logical_block_size", &d->logical_block },
		{ "physical_block_size", &d->physical_block },
		{ "nr_requests", &d->nr_requests },
		{ "nomerges", &d->nomerges },
		{ "iostats", &d->iostats },
		{ "fua", &d->fua },
		{ "wbt_lat_usec", &d->wbt_lat_us },
		{ "io_poll", &d->io_poll },
		{ "dax", &d->dax },
	};

	for (unsigned i = 0; i < ARRAY_SIZE(numbers); i++)
		*numbers[i].to =
			sysfs_number(k, -1, "/sys/block/%s/queue/%s", d->disk, numbers[i].attr);
	d->rotational = sysfs_number(k, 0, "/sys/block/%s/queue/rotational", d->disk) == 1;
	sysfs_text(k, d->scheduler, DEVICE_TEXT, "/sys/block/%s/queue/scheduler", d->disk);
	sysfs_active_word(d->scheduler);
	sysfs_text(k, d->write_cache, sizeof(d->write_cache), "/sys/block/%s/queue/write_cache",
		   d->disk);
	sysfs_text(k, d->zoned, sizeof(d->zoned), "/sys/block/%s/queue/zoned", d->disk);
}

static void count_queues(struct kernel *k, struct device *d)
{
	char type[16];
	unsigned n = 0;

	while (n < MAX_QUEUES &&
	       sysfs_number(k, -1, "/sys/block/%s/mq/%u/nr_tags", d->disk, n) >= 0)
		n++;
	if (!n)
		return;
	d->hw_queues = n;
	for (unsigned i = 0; i < n; i++) {
		sysfs_text(k, type, sizeof(type), "/sys/kernel/debug/block/%s/hctx%u/type", d->disk,
			   i);
		if (!*type)
			return;
		d->poll_queues = (i ? d->poll_queues : 0) + !strcmp(type, "poll");
	}
}

static const struct device unknown_device = {
	.logical_block = -1,
	.physical_block = -1,
	.numa_node = -1,
	.nr_requests = -1,
	.nomerges = -1,
	.iostats = -1,
	.fua = -1,
	.wbt_lat_us = -1,
	.io_poll = -1,
	.dax = -1,
	.poll_queues_asked = -1,
	.hw_queues = -1,
	.poll_queues = -1,
};

static const char *const serials[] = { "serial", "device/serial", NULL };
static const char *const wwids[] = { "wwid", "device/wwid", NULL };
static const char *const firmwares[] = { "device/firmware_rev", "device/rev", NULL };

int device_of_number(struct kernel *k, unsigned major, unsigned minor, struct device *out)
{
	struct device d = unknown_device;
	char link[64], path[PATH_MAX], dir[80];
	int64_t sectors;

	snprintf(link, sizeof(link), "/sys/dev/block/%u:%u", major, minor);
	if (sysfs_real(k, link, path) < 0)
		return -ENODEV;
	d.partition = sysfs_number(k, -1, "%s/partition", link) >= 0;
	if (d.partition)
		*strrchr(path, '/') = '\0';
	snprintf(d.disk, sizeof(d.disk), "%s", basename(path));
	snprintf(dir, sizeof(dir), "/sys/block/%s", d.disk);
	sectors = sysfs_number(k, 0, "%s/size", link);
	d.bytes = sectors > 0 ? (uint64_t)sectors * 512 : 0;
	sysfs_text(k, d.model, DEVICE_TEXT, "%s/device/model", dir);
	read_first(k, dir, serials, d.serial);
	read_first(k, dir, wwids, d.wwid);
	read_first(k, dir, firmwares, d.firmware);
	if (!strncmp(d.disk, "nvme", 4)) {
		find_nvme(k, path, &d);
	} else {
		name_driver(k, path, &d);
		read_bus(k, path, &d);
	}
	read_queue(k, &d);
	count_queues(k, &d);
	if (*d.driver)
		d.poll_queues_asked =
			sysfs_number(k, -1, "/sys/module/%s/parameters/poll_queues", d.driver);
	sysfs_text(k, d.backing_file, sizeof(d.backing_file), "%s/loop/backing_file", dir);
	*out = d;
	return 0;
}

int device_of(struct kernel *k, const struct stat *st, struct device *d)
{
	dev_t dev = S_ISBLK(st->st_mode) ? st->st_rdev : st->st_dev;

	if (S_ISCHR(st->st_mode))
		return -ENODEV;
	return device_of_number(k, major(dev), minor(dev), d);
}

int device_of_nvme(struct kernel *k, const char *controller, struct device *out)
{
	struct device d = unknown_device;
	char dir[80], path[PATH_MAX];

	snprintf(dir, sizeof(dir), "/sys/class/nvme/%s", controller);
	if (sysfs_real(k, dir, path) < 0)
		return -ENODEV;
	sysfs_text(k, d.model, DEVICE_TEXT, "%s/model", dir);
	sysfs_text(k, d.serial, DEVICE_TEXT, "%s/serial", dir);
	sysfs_text(k, d.firmware, DEVICE_TEXT, "%s/firmware_rev", dir);
	read_nvme(k, dir, path, &d);
	d.poll_queues_asked =
		sysfs_number(k, -1, "/sys/module/%s/parameters/poll_queues", d.driver);
	*out = d;
	return 0;
}

int device_inflight(const struct device *d)
{
	char path[160], text[64];
	int reads, writes;
	ssize_t n;

	snprintf(path, sizeof(path), "/sys/block/%s/inflight", d->disk);
	n = file_read(path, text, sizeof(text));
	if (n < 0)
		return n;
	return sscanf(text, "%d %d", &reads, &writes) == 2 ? reads + writes : -ENODATA;
}

bool device_block_sibling(struct kernel *k, const struct stat *st, char sibling[static PATH_MAX],
			  dev_t *number)
{
	char uevent[512], name[64], dev[32];
	unsigned maj, min;

	if (!S_ISCHR(st->st_mode))
		return false;
	sysfs_text(k, uevent, sizeof(uevent), "/sys/dev/char/%u:%u/uevent", major(st->st_rdev),
		   minor(st->st_rdev));
	sysfs_uevent_value(uevent, "DEVNAME", name, sizeof(name));
	if (strncmp(name, "ng", 2) || !isdigit((unsigned char)name[2]))
		return false;
	sysfs_text(k, dev, sizeof(dev), "/sys/class/block/nvme%s/dev", name + 2);
	if (sscanf(dev, "%u:%u", &maj, &min) != 2)
		return false;
	snprintf(sibling, PATH_MAX, "/dev/nvme%s", name + 2);
	*number = makedev(maj, min);
	return true;
}
