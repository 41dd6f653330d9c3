/* SPDX-License-Identifier: MIT */
/* Names that --destroy-data-on accepts, on simulated machines. */
#include "tests/unit/unit.h"

#include <string.h>
#include <sys/sysmacros.h>

#include "bench/target/consent.h"
#include "bench/target/guard.h"
#include "probe/device/block.h"
#include "probe/device/overlap.h"
#include "probe/device/permission.h"
#include "probe/lib/base.h"
#include "tests/unit/fake.h"

#define SYS    "/sys/class/block/"
#define SERIAL "S4EWNX0R123456"

/* Two namespaces of one controller, the first with partitions; one has only a serial, which is also that of
 * a hidden path. */
static const struct entry namespaces[] = {
	{ "names in /sys/class/block",
	  "nvme0c0n1 nvme0n1 nvme0n1p1 nvme0n1p2 nvme0n2 nvme1n1 sda" },
	{ SYS "nvme0c0n1/hidden", "1\n" },
	{ SYS "nvme0c0n1/device/serial", "ALONE\n" },
	{ SYS "nvme0n1/dev", "259:0\n" },
	{ SYS "nvme0n1/device/serial", SERIAL "      \n" },
	{ SYS "nvme0n1/wwid", "eui.00000000000000018ce38ee20a000001\n" },
	{ SYS "nvme0n1/nguid", "00000000-0000-0001-8ce3-8ee20a000001\n" },
	{ SYS "nvme0n1/eui", "00 25 38 b1 11 b0 1a 2c\n" },
	{ SYS "nvme0n1p1/dev", "259:1\n" },
	{ SYS "nvme0n1p1/partition", "1\n" },
	{ SYS "nvme0n1p1/device/serial", SERIAL "\n" },
	{ SYS "nvme0n1p1/uevent", "DEVNAME=nvme0n1p1\nPARTUUID=11111111-01\n" },
	{ "real path of " SYS "nvme0n1p1", "/sys/devices/x/nvme0n1/nvme0n1p1" },
	{ SYS "nvme0n1p2/dev", "259:2\n" },
	{ SYS "nvme0n1p2/partition", "2\n" },
	{ "real path of " SYS "nvme0n1p2", "/sys/devices/x/nvme0n1/nvme0n1p2" },
	{ "/run/udev/data/b259:2", "S:disk/by-id/x\nE:ID_PART_ENTRY_UUID=11111111-02\n" },
	{ SYS "nvme0n2/dev", "259:3\n" },
	{ SYS "nvme0n2/device/serial", SERIAL "\n" },
	{ SYS "nvme0n2/wwid", "nvme.1b36-5554-51454d55-00000002\n" },
	{ SYS "nvme1n1/dev", "259:4\n" },
	{ SYS "nvme1n1/device/serial", "ALONE\n" },
	{ SYS "sda/dev", "8:0\n" },
	{ SYS "sda/device/wwid", "naa.500000000000000a\n" },
};

/* Two clones with the same serial, one of which has a link; a disk without any name; a read-only one. */
static const struct entry clones[] = {
	{ "names in /sys/class/block", "cciss!c0d0 mmcblk0 mmcblk0boot0 sda sda1 sdb sdb1" },
	{ SYS "cciss!c0d0/dev", "104:0\n" },
	{ SYS "cciss!c0d0/device/serial", " \n" },
	{ SYS "mmcblk0/dev", "179:0\n" },
	{ SYS "mmcblk0/device/serial", "0xcafe\n" },
	{ SYS "mmcblk0boot0/dev", "179:8\n" },
	{ SYS "mmcblk0boot0/ro", "1\n" },
	{ SYS "mmcblk0boot0/device/serial", "0xcafe\n" },
	{ SYS "sda/dev", "8:0\n" },
	{ SYS "sda/serial", "CLONE\n" },
	{ SYS "sda1/dev", "8:1\n" },
	{ SYS "sda1/partition", "1\n" },
	{ SYS "sda1/uevent", "PARTUUID=22222222-01\n" },
	{ SYS "sdb/dev", "8:16\n" },
	{ SYS "sdb/serial", "CLONE\n" },
	{ SYS "sdb1/dev", "8:17\n" },
	{ SYS "sdb1/partition", "1\n" },
	{ SYS "sdb1/uevent", "PARTUUID=22222222-01\n" },
	{ "names in /dev/disk/by-id", "usb-a usb-b" },
	{ "real path of /dev/disk/by-id/usb-a", "/dev/sda" },
	{ "real path of /dev/disk/by-id/usb-b", "/dev/sdb" },
	{ "real path of /dev/disk/by-id/../../sda", "/dev/sda" },
};

struct agreement {
	unsigned major, minor;
	const char *given;
	int expected;
	const char *says; /* part of the reason */
};

static void agree(const struct entry *entries, unsigned n, const struct agreement *a, unsigned n_a)
{
	struct fake fake = fake_of(entries, n);

	for (unsigned i = 0; i < n_a; i++) {
		struct job j = { .destroy_data_on = (char *)a[i].given };
		struct fail f = { 0 };
		int r = consent_check(&fake.k, &j, "/dev/it", makedev(a[i].major, a[i].minor), &f);

		if (r != a[i].expected ||
		    (r < 0 && (!strstr(f.msg, a[i].says) || f.kind != FAIL_REFUSED)))
			fail_msg("%u:%u %s: %d %s", a[i].major, a[i].minor, a[i].given, r, f.msg);
		/* It also works without an output for the reason. */
		r = consent_check(&fake.k, &j, "/dev/it", makedev(a[i].major, a[i].minor), NULL);
		assert_int_equal(r, a[i].expected);
	}
}

static void a_serial_is_the_controller_s(void **state)
{
	static const struct agreement table[] = {
		{ 259, 0, SERIAL, -ENOTUNIQ, "names 2 devices (nvme0n1, nvme0n2)" },
		{ 259, 0, SERIAL, -ENOTUNIQ,
		  "--destroy-data-on=eui.00000000000000018ce38ee20a000001 (WWID), or "
		  "00000000000000018ce38ee20a000001 (NGUID), or 002538b111b01a2c (EUI64)" },
		{ 259, 3, SERIAL, -ENOTUNIQ,
		  "--destroy-data-on=nvme.1b36-5554-51454d55-00000002 (WWID)" },
		{ 259, 0, "eui.00000000000000018ce38ee20a000001", 0, NULL },
		{ 259, 0, "00000000000000018ce38ee20a000001", 0, NULL },
		{ 259, 0, "002538b111b01a2c", 0, NULL },
		{ 259, 3, "nvme.1b36-5554-51454d55-00000002", 0, NULL },
		{ 259, 3, "002538b111b01a2c", -EPERM, "not the device" },
		{ 259, 4, "ALONE", 0, NULL },
		{ 8, 0, "naa.500000000000000a", 0, NULL },
		{ 8, 0, SERIAL, -EPERM, "--destroy-data-on=naa.500000000000000a (WWID)" },
		/* A device with a serial or WWN must not be named by its path, which may be another device's
		 * tomorrow. */
		{ 8, 0, "/dev/sda", -EPERM, "--destroy-data-on=naa.500000000000000a (WWID)" },
		{ 8, 0, NULL, -EPERM, "is a block device: writing destroys what is on it" },
		{ 8, 0, "", -EPERM, "not the device" },
		{ 9, 9, "x", -EPERM, "sysfs does not know" },
	};

	(void)state;
	agree(namespaces, ARRAY_SIZE(namespaces), table, ARRAY_SIZE(table));
}

static void a_disk_is_not_its_partitions(void **state)
{
	static const struct agreement table[] = {
		{ 259, 1, SERIAL, -EPERM, "a partition of nvme0n1" },
		{ 259, 1, "eui.00000000000000018ce38ee20a000001", -EPERM,
		  "--destroy-data-on=11111111-01 (PARTUUID)" },
		{ 259, 1, "11111111-01", 0, NULL },
		{ 259, 2, "11111111-01", -EPERM, "--destroy-data-on=11111111-02 (PARTUUID)" },
		{ 259, 2, "11111111-02", 0, NULL },
		{ 259, 0, "11111111-01", -EPERM, "not the device" },
	};

	(void)state;
	agree(namespaces, ARRAY_SIZE(namespaces), table, ARRAY_SIZE(table));
}

static void clones_go_by_link_or_path(void **state)
{
	static const struct agreement table[] = {
		{ 8, 0, "CLONE", -ENOTUNIQ, "--destroy-data-on=/dev/disk/by-id/usb-a" },
		{ 8, 16, "CLONE", -ENOTUNIQ, "--destroy-data-on=/dev/disk/by-id/usb-b" },
		{ 8, 0, "/dev/disk/by-id/usb-a", 0, NULL },
		{ 8, 0, "/dev/disk/by-id/usb-b", -EPERM, "usb-a" },
		{ 8, 0, "/dev/disk/by-id/../../sda", -EPERM, "usb-a" },
		{ 8, 0, "/dev/sda", 0, NULL },
		{ 8, 0, "/dev/sdb", -EPERM, "not the device" },
		{ 8, 1, "22222222-01", -ENOTUNIQ, "names 2 devices (sda1, sdb1)" },
		{ 8, 1, "/dev/sda1", 0, NULL },
		{ 104, 0, "/dev/cciss/c0d0", 0, NULL },
		{ 104, 0, "", -EPERM, "--destroy-data-on=/dev/cciss/c0d0" },
		/* Read-only devices need no consent. */
		{ 179, 0, "0xcafe", 0, NULL },
	};

	(void)state;
	agree(clones, ARRAY_SIZE(clones), table, ARRAY_SIZE(table));
}

/* A namespace with another command set: its disk is hidden, but its generic node can be written to. */
static void a_generic_node_without_a_disk_counts(void **state)
{
	static const struct entry entries[] = {
		{ "names in /sys/class/block", "nvme0n1 nvme0n2" },
		{ SYS "nvme0n1/dev", "259:0\n" },
		{ SYS "nvme0n1/device/serial", SERIAL "\n" },
		{ SYS "nvme0n2/hidden", "1\n" },
		{ SYS "nvme0n2/device/serial", SERIAL "\n" },
		{ "/sys/class/nvme-generic/ng0n2/dev", "240:1\n" },
	};
	static const struct agreement table[] = {
		{ 259, 0, SERIAL, -ENOTUNIQ, "--destroy-data-on=/dev/nvme0n1" },
		{ 259, 0, "/dev/nvme0n1", 0, NULL },
	};

	(void)state;
	agree(entries, ARRAY_SIZE(entries), table, ARRAY_SIZE(table));
	agree(entries, ARRAY_SIZE(entries) - 1, (struct agreement[]){ { 259, 0, SERIAL, 0, NULL } },
	      1);
}

static const struct loop_backing on_nullb = { 1, 1, { 250, 0 }, 1 };

static const struct entry zoned[] = {
	{ "names in /sys/class/block", "loop0 nullb0 sda" },
	{ SYS "loop0/dev", "7:0\n" },
	{ SYS "loop0/loop/backing_file", "/dev/nullb0\n" },
	{ "what /dev/loop0 lies on", (const char *)&on_nullb, sizeof(on_nullb) },
	{ SYS "nullb0/dev", "250:0\n" },
	{ SYS "sda/dev", "8:0\n" },
	{ "real path of /sys/dev/block/7:0", "/sys/devices/virtual/block/loop0" },
	{ "real path of /sys/dev/block/8:0", "/sys/devices/x/block/sda" },
	{ "real path of /sys/dev/block/250:0", "/sys/devices/virtual/block/nullb0" },
	{ "/sys/block/loop0/queue/zoned", "none\n" },
	{ "/sys/block/nullb0/queue/zoned", "host-managed\n" },
	{ "/sys/block/sda/queue/zoned", "host-aware\n" },
};

static void zones_are_not_written(void **state)
{
	struct fake fake = fake_of(zoned, ARRAY_SIZE(zoned));
	struct stat st = { .st_mode = S_IFBLK, .st_rdev = makedev(250, 0) };
	struct fail f = { 0 };

	(void)state;
	assert_int_equal(guard_zoned(&fake.k, "/dev/nullb0", &st, &f), -EOPNOTSUPP);
	assert_int_equal(f.kind, FAIL_UNAVAILABLE);
	assert_non_null(strstr(f.msg, "/dev/nullb0 is zoned (host-managed)"));
	st.st_rdev = makedev(7, 0);
	assert_int_equal(guard_zoned(&fake.k, "/dev/loop0", &st, &f), -EOPNOTSUPP);
	assert_non_null(strstr(f.msg, "/dev/loop0 lies on a device that is zoned"));
	/* These devices accept writes at any address. */
	st.st_rdev = makedev(8, 0);
	assert_int_equal(guard_zoned(&fake.k, "/dev/sda", &st, &f), 0);
}

static void whom_a_mode_lets_in(void **state)
{
	struct stat st = { .st_mode = S_IFCHR | 0600, .st_uid = 0, .st_gid = 0 };
	char text[PERMISSION_TEXT];

	(void)state;
	permission_text(&st, false, text);
	assert_string_equal(text,
			    "it belongs to root:root with mode 0600: open to the user root and "
			    "no group, or with CAP_DAC_OVERRIDE");
	st = (struct stat){ .st_mode = S_IFBLK | 0640, .st_uid = 4000000, .st_gid = 4000001 };
	permission_text(&st, false, text);
	assert_string_equal(text, "it belongs to 4000000:4000001 with mode 0640: open to the group "
				  "4000001, or with CAP_DAC_OVERRIDE");
	permission_text(&st, true, text);
	assert_non_null(strstr(text, "the user 4000000 and no group"));
}

static void the_namespace_of_a_generic_node(void **state)
{
	static const struct entry entries[] = {
		{ "/sys/dev/char/240:0/uevent", "MAJOR=240\nDEVNAME=ng1n2\n" },
		{ "/sys/class/block/nvme1n2/dev", "259:7\n" },
		{ "/sys/dev/char/1:3/uevent", "DEVNAME=null\n" },
	};
	struct fake fake = fake_of(entries, ARRAY_SIZE(entries));
	/* Regardless of the name. */
	struct stat st = { .st_mode = S_IFCHR, .st_rdev = makedev(240, 0) };
	char sibling[PATH_MAX];
	dev_t number;

	(void)state;
	assert_true(device_block_sibling(&fake.k, &st, sibling, &number));
	assert_string_equal(sibling, "/dev/nvme1n2");
	assert_int_equal(number, makedev(259, 7));
	st.st_rdev = makedev(1, 3);
	assert_false(device_block_sibling(&fake.k, &st, sibling, &number));
	st = (struct stat){ .st_mode = S_IFBLK, .st_rdev = makedev(240, 0) };
	assert_false(device_block_sibling(&fake.k, &st, sibling, &number));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_serial_is_the_controller_s),
		cmocka_unit_test(a_disk_is_not_its_partitions),
		cmocka_unit_test(clones_go_by_link_or_path),
		cmocka_unit_test(a_generic_node_without_a_disk_counts),
		cmocka_unit_test(zones_are_not_written),
		cmocka_unit_test(whom_a_mode_lets_in),
		cmocka_unit_test(the_namespace_of_a_generic_node),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
