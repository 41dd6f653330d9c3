/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <string.h>

#include "probe/lib/base.h"

static void fail_is_negative_and_explained(void **state)
{
	struct fail f;

	(void)state;
	assert_int_equal(fail_set(&f, EINVAL, "%s:%d", "file", 3), -EINVAL);
	assert_int_equal(f.err, -EINVAL);
	assert_string_equal(f.msg, "file:3");
	assert_int_equal(f.kind, FAIL_RUNTIME);
	assert_int_equal(fail_as(&f, FAIL_REFUSED, -EBUSY, "held by %s", "dm-0"), -EBUSY);
	assert_int_equal(f.kind, FAIL_REFUSED);
	assert_string_equal(f.msg, "held by dm-0");
	assert_int_equal(fail_set(NULL, -EIO, "unheard"), -EIO);
}

static void long_message_is_cut(void **state)
{
	struct fail f;
	char text[1000];

	(void)state;
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	fail_set(&f, -EIO, "%s", text);
	assert_int_equal(strlen(f.msg), sizeof(f.msg) - 1);
}

static void errno_names(void **state)
{
	(void)state;
	assert_string_equal(errno_name(EINVAL), "EINVAL");
	assert_string_equal(errno_name(-EOPNOTSUPP), "EOPNOTSUPP");
	assert_string_equal(errno_name(0), "0");
	assert_string_equal(errno_name(-4000), "E4000");
}

static void text_grows(void **state)
{
	_cleanup_str_ struct str b = { 0 };

	(void)state;
	assert_string_equal(str_text(&b), "");
	str_add(&b, "one ");
	str_addf(&b, "%d", 2);
	str_addn(&b, " threefold", 6);
	str_rep(&b, "-=", 3);
	str_rep(&b, "-=", 2u - 3u);
	assert_string_equal(str_text(&b), "one 2 three-=-=-=");
	assert_int_equal(b.len, 17);
	for (unsigned i = 0; i < 5000; i++)
		str_add(&b, "0123456789");
	assert_int_equal(b.len, 50017);
	assert_int_equal(strlen(str_text(&b)), b.len);
	assert_int_equal(b.err, 0);
	str_free(&b);
	assert_string_equal(str_text(&b), "");
	assert_int_equal(b.len, 0);
}

static void nothing_is_added_after_an_error(void **state)
{
	_cleanup_str_ struct str b = { 0 };

	(void)state;
	str_add(&b, "kept");
	b.err = -ENOMEM;
	str_add(&b, " lost");
	str_addf(&b, "%s", " lost");
	str_rep(&b, "lost", 3);
	assert_ptr_equal(str_text(&b), str_lost);
	assert_string_equal(b.s, "kept");
	assert_int_equal(b.err, -ENOMEM);
}

static void files_are_read_whole_or_cut(void **state)
{
	const char *path = file_with(state, "small", "0123456789");
	char buf[11];

	assert_int_equal(file_read(path, buf, sizeof(buf)), 10);
	assert_string_equal(buf, "0123456789");
	assert_int_equal(file_read(path, buf, 5), 4);
	assert_string_equal(buf, "0123");
	assert_int_equal(file_read("/proc/self/no-such-file", buf, sizeof(buf)), -ENOENT);
	assert_int_equal(file_read("/proc", buf, sizeof(buf)), -EISDIR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fail_is_negative_and_explained),
		cmocka_unit_test(long_message_is_cut),
		cmocka_unit_test(errno_names),
		cmocka_unit_test(text_grows),
		cmocka_unit_test(nothing_is_added_after_an_error),
		cmocka_unit_test_setup_teardown(files_are_read_whole_or_cut, folder_setup,
						folder_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
