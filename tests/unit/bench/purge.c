/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <string.h>

#include "bench/target/purge.h"
#include "bench/target/target.h"
#include "probe/lib/base.h"

static const volatile int never;

static const char *some_file(void **state)
{
	static char text[8192];

	memset(text, 'x', sizeof(text) - 1);
	return file_with(state, "data", text);
}

static struct target open_file(const char *path, uint64_t offset, uint64_t size)
{
	struct job j;
	struct target t;
	struct fail f;

	opt_defaults(job_opt_rows, n_job_opt_rows, &j);
	j.direct = false;
	j.rw = RW_WRITE;
	j.overwrite = true;
	j.offset = offset;
	j.size = size;
	if (target_open(&j, path, &never, &t, &f) < 0)
		fail_msg("%s", f.msg);
	return t;
}

static void a_discard_frees_the_part_in_use_of_a_file_and_no_more(void **state)
{
	static char text[192 << 10];
	_cleanup_free_ char *now = malloc(sizeof(text));
	struct purge p = { 0 };
	struct target t;
	const char *path;
	struct fail f;
	int r;

	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	path = file_with(state, "data", text);
	t = open_file(path, 64 << 10, 64 << 10);
	r = purge_run(&t, PURGE_DISCARD, &never, &p, &f);
	if (r == -EOPNOTSUPP) {
		assert_int_equal(f.kind, FAIL_UNAVAILABLE);
		target_close(&t, true);
		skip();
	}
	assert_int_equal(r, 0);
	assert_int_equal(p.how, PURGE_DISCARD);
	assert_int_equal(p.bytes, 64 << 10);
	assert_int_equal(pread(t.fd, now, sizeof(text) - 1, 0), sizeof(text) - 1);
	memset(text + (64 << 10), 0, 64 << 10);
	assert_memory_equal(now, text, sizeof(text) - 1);
	target_close(&t, true);
}

static void a_signal_ends_it_and_nothing_is_told_done(void **state)
{
	const volatile int stop = 2;
	struct target t = open_file(some_file(state), 0, 0);
	struct purge p = { 0 };
	struct fail f;

	assert_int_equal(purge_run(&t, PURGE_DISCARD, &stop, &p, &f), -EINTR);
	assert_int_equal(p.how, PURGE_NONE);
	target_close(&t, true);
}

static void only_an_nvme_namespace_that_is_the_whole_target_is_formatted(void **state)
{
	struct target t = open_file(some_file(state), 0, 0);
	struct purge p = { 0 };
	struct fail f;

	assert_int_equal(purge_run(&t, PURGE_FORMAT, &never, &p, &f), -EOPNOTSUPP);
	assert_int_equal(f.kind, FAIL_UNAVAILABLE);
	target_close(&t, true);
	/* A device mapper hands the ioctls of a drive on; its name tells it. */
	t = (struct target){ .fd = -1,
			     .claim = -1,
			     .block = true,
			     .has_device = true,
			     .all = 1ull << 40,
			     .size = 1ull << 40,
			     .device.disk = "dm-0" };
	assert_int_equal(purge_run(&t, PURGE_FORMAT, &never, &p, &f), -EOPNOTSUPP);
	snprintf(t.device.disk, sizeof(t.device.disk), "nvme0n1");
	t.size = 1ull << 39;
	assert_int_equal(purge_run(&t, PURGE_FORMAT, &never, &p, &f), -EPERM);
	t.base = 1ull << 39;
	assert_int_equal(purge_run(&t, PURGE_FORMAT, &never, &p, &f), -EPERM);
	t.base = 0;
	t.size = t.all;
	t.device.partition = true;
	assert_int_equal(purge_run(&t, PURGE_FORMAT, &never, &p, &f), -EPERM);
	assert_int_equal(f.kind, FAIL_REFUSED);
}

static void a_format_keeps_the_format_of_the_blocks(void **state)
{
	unsigned char id[NVME_IDENTIFY_BYTES] = { 0 };

	(void)state;
	assert_int_equal(purge_format_dword(id), 1u << 9);
	/* LBA format 0x25: index 5 and, in bits 6:5, 1 above; metadata at the end of the data. */
	id[26] = 0x35;
	/* Protection of type 2, in the first bytes of the metadata. */
	id[29] = 0x0a;
	assert_int_equal(purge_format_dword(id),
			 5 | 1u << 4 | 2u << 5 | 1u << 8 | 1u << 9 | 1u << 12);
}

static void a_drive_that_formats_all_namespaces_at_once_is_known(void **state)
{
	unsigned char id[NVME_IDENTIFY_BYTES] = { 0 };

	(void)state;
	id[524] = 0x4; /* cryptographic erasure is there */
	assert_false(purge_formats_all(id));
	id[524] = 0x1;
	assert_true(purge_formats_all(id));
	id[524] = 0x2;
	assert_true(purge_formats_all(id));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_discard_frees_the_part_in_use_of_a_file_and_no_more, folder_setup,
			folder_teardown),
		cmocka_unit_test_setup_teardown(a_signal_ends_it_and_nothing_is_told_done,
						folder_setup, folder_teardown),
		cmocka_unit_test_setup_teardown(
			only_an_nvme_namespace_that_is_the_whole_target_is_formatted, folder_setup,
			folder_teardown),
		cmocka_unit_test(a_format_keeps_the_format_of_the_blocks),
		cmocka_unit_test(a_drive_that_formats_all_namespaces_at_once_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
