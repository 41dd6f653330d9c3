/* SPDX-License-Identifier: MIT */
/* Device facts from a simulated sysfs. */
#include "tests/unit/unit.h"

#include <string.h>

#include "probe/device/blkstack.h"
#include "probe/device/device.h"
#include "probe/device/mount.h"
#include "probe/lib/base.h"
#include "tests/unit/fake.h"

#define DRIVE "/sys/devices/pci0000:00/0000:00:1d.0/0000:02:00.0/nvme/nvme3/nvme3n1"
#define QUEUE "/sys/block/nvme3n1/queue/"

static const struct entry nvme[] = {
	{ "real path of /sys/dev/block/259:0", DRIVE },
	{ "real path of /sys/dev/block/259:2", DRIVE "/nvme3n1p2" },
	{ "/sys/dev/block/259:2/partition", "2\n" },
	{ "/sys/dev/block/259:0/size", "976773168\n" },
	{ "/sys/dev/block/259:2/size", "2048\n" },
	{ "/sys/block/nvme3n1/device/model", "Samsung SSD 980 PRO 500GB               \n" },
	{ "/sys/block/nvme3n1/device/serial", "S5GYNX0R123456      \n" },
	{ "/sys/block/nvme3n1/device/firmware_rev", "5B2QGXA7\n" },
	{ "/sys/block/nvme3n1/wwid", "eui.002538b123456789\n" },
	{ "/sys/block/nvme3n1/device/transport", "pcie\n" },
	{ "/sys/block/nvme3n1/device/numa_node", "1\n" },
	{ "/sys/bus/pci/devices/0000:02:00.0/current_link_speed", "8.0 GT/s PCIe\n" },
	{ "/sys/bus/pci/devices/0000:02:00.0/current_link_width", "4\n" },
	{ "/sys/bus/pci/devices/0000:02:00.0/max_link_speed", "16.0 GT/s PCIe\n" },
	{ "/sys/bus/pci/devices/0000:02:00.0/max_link_width", "4\n" },
	{ QUEUE "scheduler", "none [mq-deadline] kyber\n" },
	{ QUEUE "logical_block_size", "512\n" },
	{ QUEUE "physical_block_size", "4096\n" },
	{ QUEUE "nr_requests", "1023\n" },
	{ QUEUE "nomerges", "2\n" },
	{ QUEUE "iostats", "1\n" },
	{ QUEUE "wbt_lat_usec", "2000\n" },
	{ QUEUE "write_cache", "write back\n" },
	{ QUEUE "fua", "1\n" },
	{ QUEUE "rotational", "0\n" },
	{ QUEUE "io_poll", "1\n" },
	{ "/sys/block/nvme3n1/mq/0/nr_tags", "1023\n" },
	{ "/sys/block/nvme3n1/mq/1/nr_tags", "1023\n" },
	{ "/sys/block/nvme3n1/mq/2/nr_tags", "1023\n" },
	{ "/sys/kernel/debug/block/nvme3n1/hctx0/type", "default\n" },
	{ "/sys/kernel/debug/block/nvme3n1/hctx1/type", "poll\n" },
	{ "/sys/kernel/debug/block/nvme3n1/hctx2/type", "poll\n" },
	{ "/sys/module/nvme/parameters/poll_queues", "2\n" },
};

static void a_drive(void **state)
{
	struct fake fake = fake_of(nvme, ARRAY_SIZE(nvme));
	struct device d;

	(void)state;
	assert_int_equal(device_of_number(&fake.k, 259, 0, &d), 0);
	assert_string_equal(d.disk, "nvme3n1");
	assert_false(d.partition);
	assert_string_equal(d.model, "Samsung SSD 980 PRO 500GB");
	assert_string_equal(d.serial, "S5GYNX0R123456");
	assert_string_equal(d.firmware, "5B2QGXA7");
	assert_string_equal(d.wwid, "eui.002538b123456789");
	assert_int_equal(d.bytes, 976773168ull * 512);
	assert_string_equal(d.transport, "pcie");
	assert_string_equal(d.driver, "nvme");
	assert_string_equal(d.pci, "0000:02:00.0");
	assert_int_equal(d.link.mt_per_s, 8000);
	assert_int_equal(d.link.lanes, 4);
	assert_int_equal(d.link_max.mt_per_s, 16000);
	assert_int_equal(d.numa_node, 1);
	assert_string_equal(d.scheduler, "mq-deadline");
	assert_int_equal(d.logical_block, 512);
	assert_int_equal(d.physical_block, 4096);
	assert_int_equal(d.nr_requests, 1023);
	assert_int_equal(d.nomerges, 2);
	assert_int_equal(d.iostats, 1);
	assert_int_equal(d.wbt_lat_us, 2000);
	assert_int_equal(d.fua, 1);
	assert_string_equal(d.write_cache, "write back");
	assert_false(d.rotational);
	assert_int_equal(d.io_poll, 1);
	assert_int_equal(d.hw_queues, 3);
	assert_int_equal(d.poll_queues, 2);
	assert_int_equal(d.poll_queues_asked, 2);
}

static void a_partition_has_its_disk_s_facts(void **state)
{
	struct fake fake = fake_of(nvme, ARRAY_SIZE(nvme));
	struct device d;

	(void)state;
	assert_int_equal(device_of_number(&fake.k, 259, 2, &d), 0);
	assert_string_equal(d.disk, "nvme3n1");
	assert_true(d.partition);
	assert_int_equal(d.bytes, 1 << 20);
	assert_string_equal(d.serial, "S5GYNX0R123456");
}

static void multipath_finds_its_controller(void **state)
{
	static const struct entry entries[] = {
		{ "real path of /sys/dev/block/259:1",
		  "/sys/devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1" },
		{ "names in /sys/block/nvme0n1/device", "model ng0n1 nvme0n1 nvme1 power" },
		{ "real path of /sys/class/nvme/nvme1",
		  "/sys/devices/pci0000:00/0000:81:00.0/nvme/nvme1" },
		{ "/sys/class/nvme/nvme1/transport", "pcie\n" },
		{ "/sys/bus/pci/devices/0000:81:00.0/current_link_speed", "Unknown\n" },
		{ "/sys/bus/pci/devices/0000:81:00.0/current_link_width", "0\n" },
	};
	struct fake fake = fake_of(entries, ARRAY_SIZE(entries));
	struct device d;

	(void)state;
	assert_int_equal(device_of_number(&fake.k, 259, 1, &d), 0);
	assert_string_equal(d.pci, "0000:81:00.0");
	assert_string_equal(d.transport, "pcie");
	assert_int_equal(d.link.mt_per_s, 0);
	assert_int_equal(d.link.lanes, 0);
}

static void what_sysfs_lacks_is_unknown(void **state)
{
	static const struct entry entries[] = {
		{ "real path of /sys/dev/block/253:0", "/sys/devices/virtual/block/dm-0" },
		{ QUEUE "io_poll", "1\n" },
		{ "/sys/block/dm-0/queue/wbt_lat_usec", "many\n" },
		{ "/sys/block/dm-0/mq/0/nr_tags", "64\n" },
	};
	struct fake fake = fake_of(entries, ARRAY_SIZE(entries));
	struct device d = { .disk = "untouched" };

	(void)state;
	assert_int_equal(device_of_number(&fake.k, 1, 1, &d), -ENODEV);
	assert_string_equal(d.disk, "untouched");
	assert_int_equal(device_of_number(&fake.k, 253, 0, &d), 0);
	assert_string_equal(d.transport, "virtual");
	assert_string_equal(d.driver, "dm_mod");
	assert_string_equal(d.model, "");
	assert_string_equal(d.pci, "");
	assert_int_equal(d.bytes, 0);
	assert_int_equal(d.io_poll, -1);
	assert_int_equal(d.wbt_lat_us, -1);
	assert_int_equal(d.hw_queues, 1);
	assert_int_equal(d.poll_queues, -1);
	assert_int_equal(d.poll_queues_asked, -1);
}

static void stacks(void **state)
{
	static const struct entry entries[] = {
		{ "/sys/class/block/dm-2/dm/uuid", "LVM-abcdef\n" },
		{ "/sys/class/block/dm-2/queue/io_poll", "0\n" },
		{ "names in /sys/class/block/dm-2/slaves", "dm-1 loop0" },
		{ "/sys/class/block/dm-1/dm/uuid", "CRYPT-LUKS2-0123-name\n" },
		{ "names in /sys/class/block/dm-1/slaves", "md0" },
		{ "/sys/class/block/md0/md/level", "raid1\n" },
		{ "names in /sys/class/block/md0/slaves", "nvme0n1p2 nvme1n1p2" },
		{ "/sys/class/block/nvme0n1p2/../queue/io_poll", "1\n" },
		{ "/sys/class/block/loop0/loop/backing_file", "/a file\n" },
		{ "names in /sys/class/block/dm-2/holders", "dm-3" },
	};
	static const struct {
		const char *name, *what;
		unsigned depth;
		int io_poll;
	} want[] = {
		{ "dm-2", "LVM", 0, 0 },    { "dm-1", "CRYPT", 1, -1 },
		{ "md0", "raid1", 2, -1 },  { "nvme0n1p2", "", 3, 1 },
		{ "nvme1n1p2", "", 3, -1 }, { "loop0", "file /a file", 1, -1 },
	};
	struct fake fake = fake_of(entries, ARRAY_SIZE(entries));
	struct stack s;

	(void)state;
	stack_of(&fake.k, "dm-2", &s);
	assert_int_equal(s.n, ARRAY_SIZE(want));
	for (unsigned i = 0; i < s.n; i++) {
		assert_string_equal(s.layers[i].name, want[i].name);
		assert_string_equal(s.layers[i].what, want[i].what);
		assert_int_equal(s.layers[i].depth, want[i].depth);
		assert_int_equal(s.layers[i].io_poll, want[i].io_poll);
	}
	assert_int_equal(s.holders.n, 1);
	assert_string_equal(s.holders.name[0], "dm-3");
}

static void a_stack_that_is_its_own_slave_ends(void **state)
{
	static const struct entry entries[] = { { "names in /sys/class/block/a/slaves", "a a" } };
	struct fake fake = fake_of(entries, ARRAY_SIZE(entries));
	struct stack s;

	(void)state;
	stack_of(&fake.k, "a", &s);
	assert_int_equal(s.n, STACK_MAX);
}

/* A recording may contain such a path. */
static void a_path_that_is_none_is_no_device(void **state)
{
	static const struct entry entries[] = {
		{ "real path of /sys/dev/block/8:1", "sda1" },
		{ "/sys/dev/block/8:1/partition", "1\n" },
	};
	struct fake fake = fake_of(entries, ARRAY_SIZE(entries));
	struct device d = { .disk = "untouched" };

	(void)state;
	assert_int_equal(device_of_number(&fake.k, 8, 1, &d), -ENODEV);
	assert_string_equal(d.disk, "untouched");
}

static void texts_of_sysfs(void **state)
{
	static const struct {
		const char *text, *active;
	} words[] = {
		{ "none [mq-deadline] kyber", "mq-deadline" },
		{ "[none] mq-deadline", "none" },
		{ "none", "none" },
		{ "", "" },
		{ "[none", "[none" },
		{ "]a[", "]a[" },
		{ "[]", "" },
	};
	static const struct {
		const char *text;
		unsigned mt;
	} speeds[] = {
		{ "2.5 GT/s PCIe", 2500 },
		{ "8.0 GT/s PCIe", 8000 },
		{ "16.0 GT/s PCIe", 16000 },
		{ "32 GT/s", 32000 },
		{ "Unknown", 0 },
		{ "", 0 },
		{ "8.0", 0 },
	};
	static const struct {
		const char *path, *transport, *pci;
	} paths[] = {
		{ "/sys/devices/pci0000:00/0000:00:02.0/virtio1/block/vda", "virtio",
		  "0000:00:02.0" },
		{ "/sys/devices/pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0/block/sda",
		  "sata", "0000:00:17.0" },
		{ "/sys/devices/pci0000:00/0000:00:14.0/usb2/2-1/2-1:1.0/host6/target6:0:0/6:0:0:0/"
		  "block/sdb",
		  "usb", "0000:00:14.0" },
		{ "/sys/devices/virtual/block/loop0", "virtual", "" },
		{ "/sys/devices/pseudo_0/adapter0/host0/target0:0:0/0:0:0:0/block/sda", "scsi",
		  "" },
		{ "/sys/devices/platform/soc/block/x", "", "" },
	};
	char buf[64];

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(words); i++) {
		snprintf(buf, sizeof(buf), "%s", words[i].text);
		sysfs_active_word(buf);
		assert_string_equal(buf, words[i].active);
	}
	for (unsigned i = 0; i < ARRAY_SIZE(speeds); i++)
		assert_int_equal(sysfs_link_speed(speeds[i].text), speeds[i].mt);
	for (unsigned i = 0; i < ARRAY_SIZE(paths); i++) {
		buf[0] = '\0';
		assert_string_equal(sysfs_transport(paths[i].path), paths[i].transport);
		assert_int_equal(sysfs_pci_address(paths[i].path, buf, sizeof(buf)),
				 !!*paths[i].pci);
		assert_string_equal(buf, paths[i].pci);
	}
	sysfs_uevent_value("MAJOR=1\nDEVNAME=ng0n1\nX=DEVNAME=y", "DEVNAME", buf, sizeof(buf));
	assert_string_equal(buf, "ng0n1");
	sysfs_uevent_value("XDEVNAME=ng0n1", "DEVNAME", buf, sizeof(buf));
	assert_string_equal(buf, "");
}

static void mounts(void **state)
{
	static const char text[] =
		"22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw,discard\n"
		"30 22 0:40 /sub /mnt\\040x rw - btrfs /dev/with\\040space rw,subvol=/sub\n"
		"31 22 0:41 / /a rw master:2 propagate_from:1 - tmpfs none rw\n"
		"32 22 0:42 / /b rw\n";
	struct mount m = { .type = "untouched" };

	(void)state;
	assert_int_equal(mount_parse(text, 99, &m), -ENODATA);
	assert_int_equal(mount_parse(text, 32, &m), -ENODATA);
	assert_int_equal(mount_parse("", 1, &m), -ENODATA);
	assert_string_equal(m.type, "untouched");
	assert_int_equal(mount_parse(text, 22, &m), 0);
	assert_string_equal(m.type, "ext4");
	assert_string_equal(m.source, "/dev/vda");
	assert_string_equal(m.options, "rw,relatime,rw,discard");
	assert_int_equal(mount_parse(text, 30, &m), 0);
	assert_string_equal(m.source, "/dev/with space");
	assert_int_equal(mount_parse(text, 31, &m), 0);
	assert_string_equal(m.type, "tmpfs");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_drive),
		cmocka_unit_test(a_partition_has_its_disk_s_facts),
		cmocka_unit_test(multipath_finds_its_controller),
		cmocka_unit_test(what_sysfs_lacks_is_unknown),
		cmocka_unit_test(stacks),
		cmocka_unit_test(a_stack_that_is_its_own_slave_ends),
		cmocka_unit_test(a_path_that_is_none_is_no_device),
		cmocka_unit_test(texts_of_sysfs),
		cmocka_unit_test(mounts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
