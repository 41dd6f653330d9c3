/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "cmd/save.h"
#include "probe/lib/base.h"

#define NOBODY 65534

static const struct output_rules rules = { .replace = true };

static int save(const char *path, const char *text, struct fail *f)
{
	_cleanup_str_ struct str s = { 0 };

	str_add(&s, text);
	return save_file(path, WRITTEN_RESULT, &rules, &s, f);
}

static void assert_holds(const char *path, const char *text)
{
	char buf[256];

	assert_true(file_read(path, buf, sizeof(buf)) >= 0);
	assert_string_equal(buf, text);
}

static unsigned files_in(const char *folder)
{
	DIR *d = opendir(folder);
	unsigned n = 0;

	assert_non_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n - 2;
}

static void a_new_file_follows_the_umask(void **state)
{
	mode_t old = umask(027);
	const char *path = in_folder(state, "new");
	struct stat st;

	assert_int_equal(save(path, "text\n", NULL), 0);
	umask(old);
	assert_holds(path, "text\n");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_int_equal(files_in(*state), 1);
}

static void replacing_is_atomic(void **state)
{
	const char *path = file_with(state, "doc", "the old text, which is longer\n");
	_cleanup_close_ int old = open(path, O_RDONLY | O_CLOEXEC);
	struct stat before, after;
	char buf[64] = "";

	assert_true(old >= 0);
	assert_int_equal(chmod(path, 0604), 0);
	assert_int_equal(stat(path, &before), 0);
	assert_int_equal(save(path, "new\n", NULL), 0);
	assert_holds(path, "new\n");
	assert_int_equal(stat(path, &after), 0);
	assert_int_not_equal(after.st_ino, before.st_ino);
	assert_int_equal(after.st_mode, before.st_mode);
	/* A reader that already has it open still reads the whole old file. */
	assert_true(read(old, buf, sizeof(buf) - 1) > 0);
	assert_string_equal(buf, "the old text, which is longer\n");
	assert_int_equal(files_in(*state), 1);
}

/* The disk is full after a part was written. */
static void failing_leaves_the_old_file(void **state)
{
	const struct rlimit little = { 8, RLIM_INFINITY };
	const char *path = file_with(state, "doc", "old\n");
	struct rlimit before;
	struct fail f = { 0 };
	int r;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
	r = save(path, "more than eight bytes\n", &f);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(r, -EFBIG);
	assert_non_null(strstr(f.msg, "/doc: File too large"));
	assert_holds(path, "old\n");
	assert_int_equal(files_in(*state), 1);
}

static void a_symlink_stays_one(void **state)
{
	char link[512], target[512];
	struct stat st;

	snprintf(target, sizeof(target), "%s", file_with(state, "target", "old\n"));
	snprintf(link, sizeof(link), "%s", in_folder(state, "link"));
	assert_int_equal(symlink("target", link), 0);
	assert_int_equal(save(link, "new\n", NULL), 0);
	assert_int_equal(lstat(link, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_holds(target, "new\n");
	assert_int_equal(files_in(*state), 2);
}

static void a_link_to_nothing_stays_one(void **state)
{
	const char *path = in_folder(state, "new");
	char target[512], link[512];
	struct stat st;

	snprintf(target, sizeof(target), "%s", path);
	snprintf(link, sizeof(link), "%s", in_folder(state, "link"));
	assert_int_equal(symlink("./new", link), 0);
	assert_int_equal(save(link, "new\n", NULL), 0);
	assert_int_equal(lstat(link, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_holds(target, "new\n");
	assert_int_equal(files_in(*state), 2);
	assert_int_equal(unlink(target), 0);
	assert_int_equal(unlink(link), 0);
	assert_int_equal(symlink("/dev/uringtool-unit", link), 0);
	assert_int_equal(save(link, "new\n", NULL), -EPERM);
	assert_int_equal(unlink(link), 0);
	assert_int_equal(symlink(link, link), 0);
	assert_int_equal(save(link, "new\n", NULL), -ELOOP);
}

/* A pipe without a reader does not block the program; a reader gets everything. */
static void pipes(void **state)
{
	const char *path = in_folder(state, "pipe");
	struct fail f = { 0 };
	char buf[64] = "";
	int reader;

	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(save(path, "text\n", &f), -ENXIO);
	assert_non_null(strstr(f.msg, "/pipe: no process reads this pipe"));
	reader = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	assert_true(reader >= 0);
	assert_int_equal(save(path, "text\n", NULL), 0);
	assert_int_equal(read(reader, buf, sizeof(buf)), 5);
	assert_string_equal(buf, "text\n");
	close(reader);
}

static void devices_are_written_in_place(void **state)
{
	struct fail f = { 0 };
	struct stat st;

	(void)state;
	assert_int_equal(save("/dev/full", "text\n", &f), -ENOSPC);
	assert_string_equal(f.msg, "/dev/full: No space left on device");
	assert_int_equal(save("/dev/null", "text\n", NULL), 0);
	assert_int_equal(stat("/dev/null", &st), 0);
	assert_true(S_ISCHR(st.st_mode));
}

static void places_that_cannot_be_written(void **state)
{
	struct fail f = { 0 };

	assert_int_equal(save(in_folder(state, "none/doc"), "text\n", &f), -ENOENT);
	assert_non_null(strstr(f.msg, "/none/doc: No such file or directory"));
	assert_int_equal(save(*state, "text\n", &f), -EISDIR);
	assert_int_equal(files_in(*state), 0);
}

static void a_folder_without_permission(void **state)
{
	const char *path = file_with(state, "doc", "old\n");
	struct fail f = { 0 };
	int r;

	assert_int_equal(chmod(*state, 0555), 0);
	if (geteuid() == 0)
		assert_int_equal(seteuid(NOBODY), 0);
	r = save(path, "new\n", &f);
	if (getuid() == 0)
		assert_int_equal(seteuid(0), 0);
	assert_int_equal(chmod(*state, 0700), 0);
	assert_int_equal(r, -EACCES);
	assert_non_null(strstr(f.msg, "/doc: Permission denied"));
	assert_holds(path, "old\n");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, folder_setup, folder_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_new_file_follows_the_umask), TEST(replacing_is_atomic),
		TEST(failing_leaves_the_old_file),  TEST(a_symlink_stays_one),
		TEST(a_link_to_nothing_stays_one),  TEST(pipes),
		TEST(devices_are_written_in_place), TEST(places_that_cannot_be_written),
		TEST(a_folder_without_permission),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
