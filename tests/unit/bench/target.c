/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "bench/target/target.h"
#include "probe/lib/base.h"

static const volatile int never;

static struct job small_job(void)
{
	struct job j;

	opt_defaults(job_opt_rows, n_job_opt_rows, &j);
	j.direct = false;
	j.size = 64 << 10;
	return j;
}

static void a_folder_gets_a_file_that_is_gone_afterwards(void **state)
{
	struct job j = small_job();
	struct target t;
	struct stat st;

	assert_int_equal(target_open(&j, *state, &never, &t, NULL), 0);
	assert_true(t.own);
	assert_int_equal(t.size, j.size);
	assert_int_equal(fstat(t.fd, &st), 0);
	assert_int_equal(st.st_size, j.size);
	/* Written, without holes. */
	assert_true(st.st_blocks * 512 >= (blkcnt_t)j.size);
	target_close(&t, false);
	assert_int_equal(rmdir(*state), 0);
	assert_int_equal(mkdir(*state, 0700), 0);
}

static void a_file_of_the_run_is_kept_only_when_asked(void **state)
{
	struct job j = small_job();
	const char *path = in_folder(state, "new");
	struct target t;

	j.rw = RW_WRITE;
	assert_int_equal(target_open(&j, path, &never, &t, NULL), 0);
	target_close(&t, false);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(target_open(&j, path, &never, &t, NULL), 0);
	target_close(&t, true);
	assert_int_equal(access(path, F_OK), 0);
}

static void an_existing_file_is_written_only_with_consent(void **state)
{
	struct job j = small_job();
	char text[8192];
	const char *path;
	struct target t;
	struct fail f;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	path = file_with(state, "old", text);
	j.size = 0;
	j.rw = RW_RANDWRITE;
	assert_int_equal(target_open(&j, path, &never, &t, &f), -EPERM);
	assert_int_equal(f.kind, FAIL_REFUSED);
	assert_non_null(strstr(f.msg, "--overwrite"));
	j.overwrite = true;
	assert_int_equal(target_open(&j, path, &never, &t, &f), 0);
	assert_false(t.own);
	/* Rounded down to whole blocks. */
	assert_int_equal(t.size, 4096);
	assert_int_equal(t.base, 0);
	target_close(&t, false);
	assert_int_equal(access(path, F_OK), 0);
}

static void reading_needs_something_to_read(void **state)
{
	struct job j = small_job();
	struct target t;
	struct fail f;

	j.size = 0;
	assert_int_equal(target_open(&j, in_folder(state, "none"), &never, &t, &f), -ENOENT);
	assert_int_equal(f.kind, FAIL_RUNTIME);
	assert_int_equal(access(in_folder(state, "none"), F_OK), -1);
	assert_int_equal(target_open(&j, file_with(state, "empty", ""), &never, &t, &f), -EINVAL);
	assert_int_equal(f.kind, FAIL_USAGE);
	j.size = 8192;
	assert_int_equal(target_open(&j, file_with(state, "short", "text"), &never, &t, &f),
			 -EINVAL);
	assert_int_equal(f.kind, FAIL_USAGE);
	assert_int_equal(target_open(&j, "/dev/null", &never, &t, &f), -EINVAL);
	assert_int_equal(f.kind, FAIL_USAGE);
}

/* The test for polling must read from the device, not from a hole. */
static void where_a_file_has_data(void **state)
{
	const char *path = in_folder(state, "sparse");
	int fd = open(path, O_RDWR | O_CREAT, 0600);
	char block[4096];

	memset(block, 'x', sizeof(block));
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, 4 << 20), 0);
	if (lseek(fd, 0, SEEK_DATA) >= 0) {
		close(fd);
		skip(); /* this file system does not support holes */
	}
	assert_int_equal(target_data_at(fd, 0, 4 << 20, 4096), -ENODATA);
	for (unsigned i = 0; i < 16; i++)
		assert_int_equal(pwrite(fd, block, 4096, (2 << 20) + i * 4096), 4096);
	assert_int_equal(pwrite(fd, block, 4096, 1 << 20), 4096);
	assert_int_equal(target_data_at(fd, 0, 4 << 20, 4096), 1 << 20);
	assert_int_equal(target_data_at(fd, 0, 4 << 20, 65536), 2 << 20);
	/* A range that ends or begins in the middle of the data. */
	assert_int_equal(target_data_at(fd, 0, (1 << 20) + 2048, 4096), -ENODATA);
	assert_int_equal(target_data_at(fd, (2 << 20) + 512, 1 << 20, 4096), (2 << 20) + 512);
	assert_int_equal(target_data_at(fd, (2 << 20) + 15 * 4096 + 512, 1 << 20, 4096), -ENODATA);
	close(fd);
}

static void nothing_is_made_under_dev(void **state)
{
	struct job j = small_job();
	struct target t;
	struct fail f;

	(void)state;
	j.rw = RW_WRITE;
	assert_int_equal(target_open(&j, "/dev/uringtool-no-such-device", &never, &t, &f), -EPERM);
	assert_int_equal(f.kind, FAIL_REFUSED);
	assert_int_equal(access("/dev/uringtool-no-such-device", F_OK), -1);
	assert_int_equal(target_open(&j, "/dev", &never, &t, &f), -EPERM);
}

static void an_interrupt_ends_the_filling_and_leaves_nothing(void **state)
{
	static const volatile int now = 2;
	struct job j = small_job();
	struct target t;
	struct fail f;

	j.rw = RW_WRITE;
	assert_int_equal(target_open(&j, in_folder(state, "new"), &now, &t, &f), -EINTR);
	assert_int_equal(access(in_folder(state, "new"), F_OK), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_folder_gets_a_file_that_is_gone_afterwards,
						folder_setup, folder_teardown),
		cmocka_unit_test_setup_teardown(a_file_of_the_run_is_kept_only_when_asked,
						folder_setup, folder_teardown),
		cmocka_unit_test_setup_teardown(an_existing_file_is_written_only_with_consent,
						folder_setup, folder_teardown),
		cmocka_unit_test_setup_teardown(reading_needs_something_to_read, folder_setup,
						folder_teardown),
		cmocka_unit_test(nothing_is_made_under_dev),
		cmocka_unit_test_setup_teardown(where_a_file_has_data, folder_setup,
						folder_teardown),
		cmocka_unit_test_setup_teardown(an_interrupt_ends_the_filling_and_leaves_nothing,
						folder_setup, folder_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
