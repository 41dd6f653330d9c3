/* SPDX-License-Identifier: MIT */
/* Overlapping devices on simulated machines. */
#include "tests/unit/unit.h"

#include <string.h>
#include <sys/sysmacros.h>

#include "probe/device/block.h"
#include "probe/device/overlap.h"
#include "probe/lib/base.h"
#include "tests/unit/fake.h"

#define SYS "/sys/class/block/"

/* As recorded by overlap.c. */
struct lies_on {
	uint32_t known, block, dev[2];
	uint64_t ino;
};

#define ON(b, maj, min, i) \
	(const char *)&(const struct lies_on){ 1, b, { maj, min }, i }, sizeof(struct lies_on)
#define LOOP(n)                                         \
	{ SYS "loop" #n "/dev", "7:" #n "\n" },         \
	{                                               \
		SYS "loop" #n "/loop/backing_file", "x" \
	}
#define DISK(n, minor)                         \
	{                                      \
		SYS n "/dev", "8:" #minor "\n" \
	}
#define PART(n, disk, minor)                                               \
	{ SYS n "/dev", "8:" #minor "\n" }, { SYS n "/partition", "1\n" }, \
	{                                                                  \
		"real path of " SYS n, "/sys/devices/x/" disk "/" n        \
	}
#define DM(n, minor)                             \
	{                                        \
		SYS n "/dev", "252:" #minor "\n" \
	}

/* Expects a list such as "itself sda, over loop0, ...". */
static void expect(const struct entry *entries, unsigned n, struct stat st, const char *want)
{
	static const char *const kinds[] = { "itself", "under", "looped", "over", "file" };
	struct fake fake = fake_of(entries, n);
	_cleanup_str_ struct str s = { 0 };
	struct overlaps o;

	assert_int_equal(overlaps_of(&fake.k, &st, &o), 0);
	for (unsigned i = 0; i < o.n; i++) {
		str_addf(&s, "%s%s", i ? ", " : "", kinds[o.item[i].kind]);
		if (*o.item[i].name)
			str_addf(&s, " %s", o.item[i].name);
	}
	assert_string_equal(str_text(&s), want);
	overlaps_free(&o);
}

static struct stat block(unsigned maj, unsigned min)
{
	return (struct stat){ .st_mode = S_IFBLK, .st_rdev = makedev(maj, min) };
}

static const struct entry disk_with_loop[] = {
	{ "names in /sys/class/block", "loop0 loop1 loop2 sda sda1 sda2" },
	LOOP(0),
	LOOP(1),
	LOOP(2),
	DISK("sda", 0),
	PART("sda1", "sda", 1),
	PART("sda2", "sda", 2),
	{ "what /dev/loop0 lies on", ON(1, 8, 0, 5) },
	{ "what /dev/loop1 lies on", ON(1, 8, 2, 6) },
	{ "what /dev/loop2 lies on", ON(1, 7, 0, 7) },
};

static void loops_over_a_disk_and_its_partitions(void **state)
{
	const unsigned n = ARRAY_SIZE(disk_with_loop);

	(void)state;
	/* A loop device over a loop device over the disk, and one over a partition. */
	expect(disk_with_loop, n, block(8, 0), "itself sda, over loop0, over loop2, over loop1");
	/* The neighbouring partition is not listed. */
	expect(disk_with_loop, n, block(8, 1), "itself sda1, under sda, over loop0, over loop2");
	expect(disk_with_loop, n, block(8, 2),
	       "itself sda2, under sda, over loop1, over loop0, over loop2");
	expect(disk_with_loop, n, block(7, 0), "itself loop0, looped sda, over loop2, over loop1");
	expect(disk_with_loop, n, block(7, 2),
	       "itself loop2, looped loop0, looped sda, over loop1");
	expect(disk_with_loop, n, block(7, 1),
	       "itself loop1, looped sda2, under sda, over loop0, over loop2");
}

static const struct entry with_a_file[] = {
	{ "names in /sys/class/block", "dm-0 loop0 loop1 loop2 loop3" },
	LOOP(0),
	LOOP(1),
	LOOP(2),
	{ SYS "loop3/dev", "7:3\n" },
	DM("dm-0", 0),
	{ "names in " SYS "loop1/holders", "dm-0" },
	{ "what /dev/loop0 lies on", ON(0, 8, 1, 99) },
	{ "what /dev/loop1 lies on", ON(0, 8, 1, 99) },
	{ "what /dev/loop2 lies on", ON(0, 8, 2, 99) },
};

static void loops_over_one_file(void **state)
{
	struct stat file = { .st_mode = S_IFREG, .st_dev = makedev(8, 1), .st_ino = 99 };
	struct fake fake = fake_of(with_a_file, ARRAY_SIZE(with_a_file));
	struct overlaps o;

	(void)state;
	expect(with_a_file, ARRAY_SIZE(with_a_file), block(7, 0),
	       "itself loop0, file, over loop1, over dm-0");
	expect(with_a_file, ARRAY_SIZE(with_a_file), file,
	       "file, over loop0, over loop1, over dm-0");
	expect(with_a_file, ARRAY_SIZE(with_a_file), block(7, 3), "itself loop3");
	assert_int_equal(overlaps_of(&fake.k, &(struct stat){ .st_mode = S_IFBLK }, &o), -ENODEV);
	overlaps_free(&o);
	file.st_ino++;
	expect(with_a_file, ARRAY_SIZE(with_a_file), file, "file");
}

static const struct entry mapped[] = {
	{ "names in /sys/class/block", "dm-0 dm-1 dm-2 loop0 loop1 md0 sda sda1 sdb" },
	DISK("sda", 0),
	PART("sda1", "sda", 1),
	DISK("sdb", 16),
	DM("dm-0", 0),
	DM("dm-1", 1),
	DM("dm-2", 2),
	{ SYS "md0/dev", "9:0\n" },
	LOOP(0),
	LOOP(1),
	{ "names in " SYS "dm-0/slaves", "sda1" },
	{ "names in " SYS "dm-1/slaves", "sda1" },
	{ "names in " SYS "sda1/holders", "dm-0 dm-1" },
	{ "names in " SYS "dm-2/slaves", "dm-1" },
	{ "names in " SYS "dm-1/holders", "dm-2" },
	{ "names in " SYS "md0/slaves", "loop0 loop1" },
	{ "names in " SYS "loop0/holders", "md0" },
	{ "names in " SYS "loop1/holders", "md0" },
	{ "what /dev/loop0 lies on", ON(1, 8, 16, 1) },
	{ "what /dev/loop1 lies on", ON(1, 8, 16, 1) },
};

static void mapped_devices_over_one_disk(void **state)
{
	(void)state;
	expect(mapped, ARRAY_SIZE(mapped), block(252, 0),
	       "itself dm-0, under sda1, under sda, over dm-1, over dm-2");
	expect(mapped, ARRAY_SIZE(mapped), block(252, 2),
	       "itself dm-2, under dm-1, under sda1, under sda, over dm-0");
}

/* A device below the target is not also listed as beside it, regardless of the order of the walk. */
static void members_on_one_disk(void **state)
{
	(void)state;
	expect(mapped, ARRAY_SIZE(mapped), block(9, 0),
	       "itself md0, under loop0, looped sdb, under loop1");
}

#define VG(x) "LVM-" x "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define LV(x) x "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB\n"

static const struct entry volumes[] = {
	{ "names in /sys/class/block", "dm-0 dm-1 dm-2 dm-3 loop0 sda" },
	DISK("sda", 0),
	DM("dm-0", 0),
	DM("dm-1", 1),
	DM("dm-2", 2),
	DM("dm-3", 3),
	LOOP(0),
	{ "names in " SYS "dm-0/slaves", "sda" },
	{ "names in " SYS "sda/holders", "dm-0 dm-1 dm-2 dm-3" },
	{ SYS "dm-0/dm/uuid", VG("a") LV("1") },
	{ SYS "dm-1/dm/uuid", VG("a") LV("2") },
	{ SYS "dm-2/dm/uuid", VG("b") LV("3") },
	{ SYS "dm-3/dm/uuid", "CRYPT-LUKS2-1\n" },
	{ "what /dev/loop0 lies on", ON(1, 252, 0, 1) },
};

static void lvm_keeps_its_volumes_apart(void **state)
{

	(void)state;
	expect(volumes, ARRAY_SIZE(volumes), block(252, 0),
	       "itself dm-0, under sda, over loop0, over dm-2, over dm-3");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loops_over_a_disk_and_its_partitions),
		cmocka_unit_test(loops_over_one_file),
		cmocka_unit_test(mapped_devices_over_one_disk),
		cmocka_unit_test(members_on_one_disk),
		cmocka_unit_test(lvm_keeps_its_volumes_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
