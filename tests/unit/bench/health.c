/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <string.h>

#include "bench/observe/health.h"
#include "probe/lib/base.h"
#include "tests/unit/fake.h"

#define STAT "  231  7  2712  91  40  3  800  5  0  96  91  11  2  1600  4  6  1\n"

static const char *log_page(void)
{
	static unsigned char page[SMART_LOG_BYTES];

	memset(page, 0, sizeof(page));
	page[0] = 0x04;
	page[1] = 0x43; /* 323 K */
	page[2] = 0x01;
	page[3] = 100;
	page[5] = 3;
	page[32] = 0x10; /* 10000h units read */
	page[34] = 0x01;
	page[48] = 5;
	page[48 + 9] = 1; /* beyond 64 bits */
	page[128] = 77;
	page[160] = 2;
	page[192] = 9;
	page[216] = 4;
	page[228] = 8;
	return (const char *)page;
}

static void an_nvme_drive(void **state)
{
	const struct entry entries[] = {
		{ "/sys/dev/block/259:1/stat", STAT },
		{ "/sys/block/nvme0n1/dev", "259:0\n" },
		{ "real path of /sys/block/nvme0n1/device",
		  "/sys/devices/pci0000:00/0000:00:04.0/nvme/nvme0" },
		{ "names in /sys/class/hwmon", "hwmon0 hwmon1" },
		{ "real path of /sys/class/hwmon/hwmon0/device",
		  "/sys/devices/platform/coretemp.0" },
		{ "/sys/class/hwmon/hwmon0/temp1_input", "81000\n" },
		{ "real path of /sys/class/hwmon/hwmon1/device",
		  "/sys/devices/pci0000:00/0000:00:04.0/nvme/nvme0" },
		{ "/sys/class/hwmon/hwmon1/temp1_input", "38850\n" },
		{ "SMART log of nvme0n1", log_page(), SMART_LOG_BYTES },
	};
	struct fake fake = fake_of(entries, ARRAY_SIZE(entries));
	struct device d = { .disk = "nvme0n1" };
	struct health h;

	(void)state;
	health_read(&fake.k, &d, 259, 1, &h);
	assert_true(h.has_io);
	assert_int_equal(h.io.reads, 231);
	assert_int_equal(h.io.reads_merged, 7);
	assert_int_equal(h.io.read_bytes, 2712 * 512);
	assert_int_equal(h.io.writes, 40);
	assert_int_equal(h.io.writes_merged, 3);
	assert_int_equal(h.io.write_bytes, 800 * 512);
	assert_int_equal(h.io.discards, 11);
	assert_int_equal(h.io.discards_merged, 2);
	assert_int_equal(h.io.read_ms, 91);
	assert_int_equal(h.io.write_ms, 5);
	assert_int_equal(h.io.busy_ms, 96);
	assert_int_equal(h.io.queue_ms, 91);
	assert_int_equal(h.io.discard_ms, 4);
	assert_int_equal(h.io.flush_ms, 1);
	assert_true(h.read_at_ns > 0);
	assert_int_equal(h.io.discard_bytes, 1600 * 512);
	assert_int_equal(h.io.flushes, 6);
	assert_true(h.has_temperature);
	assert_true(h.temperature_c > 38.8 && h.temperature_c < 38.9);
	assert_true(h.has_smart);
	assert_string_equal(h.smart_why, "");
	assert_int_equal(h.smart.critical_warning, 4);
	assert_int_equal(h.smart.temperature_k, 323);
	assert_int_equal(h.smart.spare_percent, 100);
	assert_int_equal(h.smart.used_percent, 3);
	assert_int_equal(h.smart.data_units_read, 0x10010);
	assert_true(h.smart.data_units_written == UINT64_MAX);
	assert_int_equal(h.smart.power_on_hours, 77);
	assert_int_equal(h.smart.media_errors, 2);
	assert_int_equal(h.smart.warning_minutes, 9);
	assert_int_equal(h.smart.critical_minutes, 0);
	assert_int_equal(h.smart.throttle1_count, 4);
	assert_int_equal(h.smart.throttle2_count, 0);
	assert_int_equal(h.smart.throttle2_s, 8);
}

static void without_a_sensor_the_log_says_the_temperature(void **state)
{
	const struct entry entries[] = {
		{ "SMART log of nvme0n1", log_page(), SMART_LOG_BYTES },
	};
	struct fake fake = fake_of(entries, ARRAY_SIZE(entries));
	struct device d = { .disk = "nvme0n1" };
	struct health h;

	(void)state;
	health_read(&fake.k, &d, 259, 1, &h);
	assert_false(h.has_io);
	assert_true(h.has_temperature);
	assert_true(h.temperature_c == 50);
}

static void what_is_not_there_is_said(void **state)
{
	/* Kernels before 4.18 and before 5.5 have fewer columns. */
	const struct entry entries[] = { { "/sys/dev/block/8:0/stat",
					   "1 2 3 4 5 6 7 8 9 10 11\n" } };
	struct fake fake = fake_of(entries, ARRAY_SIZE(entries));
	struct device d = { .disk = "sda" };
	struct health h;

	(void)state;
	health_read(&fake.k, &d, 8, 0, &h);
	assert_true(h.has_io);
	assert_int_equal(h.io.writes, 5);
	assert_int_equal(h.io.discards, 0);
	assert_false(h.has_smart || h.has_temperature);
	assert_non_null(strstr(h.smart_why, "NVMe"));
	strcpy(d.disk, "nvme9n1");
	health_read(&fake.k, &d, 259, 9, &h);
	assert_false(h.has_io || h.has_smart);
	assert_non_null(strstr(h.smart_why, "ENOENT"));
}

static void the_status_of_a_drive_that_refuses_is_said(void **state)
{
	static const int status = 0x4109;
	const struct entry entries[] = { { "SMART log of nvme0n1", (const char *)&status,
					   sizeof(status) } };
	struct fake fake = fake_of(entries, ARRAY_SIZE(entries));
	const struct device d = { .disk = "nvme0n1" };
	struct health h;

	(void)state;
	health_read(&fake.k, &d, 259, 0, &h);
	assert_false(h.has_smart);
	assert_string_equal(h.smart_why, "Get Log Page: NVMe status 0x109 (invalid log page)");
}

static void every_row_has_its_number(void **state)
{
	struct health_io io = { .reads = 1, .queue_ms = 2 };
	struct health_smart smart = { .media_errors = 3 };

	(void)state;
	assert_int_equal(n_health_io_rows, sizeof(io) / sizeof(uint64_t));
	assert_int_equal(n_health_smart_rows, sizeof(smart) / sizeof(uint64_t));
	assert_int_equal(health_value(&health_io_rows[0], &io), 1);
	assert_int_equal(health_value(&health_io_rows[n_health_io_rows - 1], &io), 2);
	for (unsigned i = 0; i < n_health_smart_rows; i++)
		assert_int_equal(health_value(&health_smart_rows[i], &smart),
				 strcmp(health_smart_rows[i].key, "media_errors") ? 0 : 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_nvme_drive),
		cmocka_unit_test(without_a_sensor_the_log_says_the_temperature),
		cmocka_unit_test(what_is_not_there_is_said),
		cmocka_unit_test(the_status_of_a_drive_that_refuses_is_said),
		cmocka_unit_test(every_row_has_its_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
