/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/overwrite.h"
#include "probe/lib/base.h"

#define OWN	"{\"schema_version\":1,\"kind\":\"bench\",\"tool\":{\"name\":\"uringtool\"}}"
#define FOREIGN "somebody's work\n"

static int find(const char *path, enum written what, const struct output_rules *rules,
		enum output_way *way, struct fail *f)
{
	struct output out;
	int r = output_find(path, what, rules, &out, f);

	if (r == 0) {
		*way = out.way;
		output_free(&out);
	}
	return r;
}

#define ASSERT_FINDS(path, what, rules, expected)            \
	do {                                                 \
		enum output_way way_;                        \
		struct fail f_ = { 0 };                      \
                                                             \
		if (find(path, what, rules, &way_, &f_) < 0) \
			fail_msg("%s: %s", path, f_.msg);    \
		assert_int_equal(way_, expected);            \
	} while (0)

#define ASSERT_REFUSES(path, what, rules, says)                       \
	do {                                                          \
		enum output_way way_;                                 \
		struct fail f_ = { 0 };                               \
                                                                      \
		assert_true(find(path, what, rules, &way_, &f_) < 0); \
		assert_int_equal(f_.kind, FAIL_REFUSED);              \
		if (!strstr(f_.msg, says))                            \
			fail_msg("%s: %s", path, f_.msg);             \
	} while (0)

static const struct output_rules plain = { 0 }, consent = { .replace = true };

static void content(void **state)
{
	const char *path = file_with(state, "doc", OWN);

	ASSERT_FINDS(path, WRITTEN_RESULT, &plain, OUTPUT_REPLACE);
	ASSERT_REFUSES(path, WRITTEN_PICTURE, &plain, "holds no picture");
	ASSERT_REFUSES(path, WRITTEN_RECORDING, &plain, "holds no recording");
	path = file_with(state, "doc", FOREIGN);
	ASSERT_REFUSES(path, WRITTEN_RESULT, &plain, "holds no document");
	ASSERT_FINDS(path, WRITTEN_RESULT, &consent, OUTPUT_REPLACE);
	path = file_with(state, "doc", "");
	ASSERT_FINDS(path, WRITTEN_PICTURE, &plain, OUTPUT_REPLACE);
	ASSERT_FINDS(in_folder(state, "new"), WRITTEN_RESULT, &plain, OUTPUT_NEW);
}

static void words(void **state)
{
	char doc[512], link[512], list[1100];
	const char *const names[] = { "4k", list };
	const struct output_rules named = { .replace = true, .words = names, .n_words = 2 };

	snprintf(doc, sizeof(doc), "%s", file_with(state, "doc", OWN));
	snprintf(list, sizeof(list), "fio,%s", doc);
	ASSERT_REFUSES(doc, WRITTEN_RESULT, &named, "for something else");
	snprintf(link, sizeof(link), "%s", in_folder(state, "link"));
	assert_int_equal(symlink("doc", link), 0);
	ASSERT_REFUSES(link, WRITTEN_RESULT, &named, "for something else");
	assert_int_equal(unlink(link), 0);
	assert_int_equal(linkat(AT_FDCWD, doc, AT_FDCWD, link, 0), 0);
	ASSERT_REFUSES(link, WRITTEN_RESULT, &named, "for something else");
	/* A file that the run will create. */
	snprintf(list, sizeof(list), "%s", in_folder(state, "made"));
	snprintf(link, sizeof(link), "%s/./made", (char *)*state);
	ASSERT_REFUSES(link, WRITTEN_RESULT, &named, "for something else");
	ASSERT_FINDS(doc, WRITTEN_RESULT, &named, OUTPUT_REPLACE);
}

/* report results/ -o results/host.json */
static void results_that_are_read(void **state)
{
	const char *const names[] = { *state };
	const struct output_rules report = { .words = names, .n_words = 1, .kind = "report" },
				  bench = { .words = names, .n_words = 1, .kind = "bench" };
	const char *path = file_with(state, "host.json", OWN);

	ASSERT_REFUSES(path, WRITTEN_RESULT, &report, "results to be read");
	ASSERT_FINDS(path, WRITTEN_RESULT, &bench, OUTPUT_REPLACE);
}

static void files_of_the_kernel(void **state)
{
	(void)state;
	ASSERT_REFUSES("/proc/self/comm", WRITTEN_RESULT, &consent, "procfs");
	ASSERT_REFUSES("/proc/new", WRITTEN_RESULT, &consent, "procfs");
	ASSERT_REFUSES("/sys/power/state-of-mine", WRITTEN_RESULT, &consent, "sysfs");
	ASSERT_REFUSES("/dev/uringtool-unit", WRITTEN_RESULT, &consent, "under /dev");
	ASSERT_REFUSES("/dev/zero", WRITTEN_RESULT, &consent, "character device");
	ASSERT_FINDS("/dev/null", WRITTEN_RESULT, &plain, OUTPUT_IN_PLACE);
	ASSERT_FINDS("/dev/full", WRITTEN_RESULT, &plain, OUTPUT_IN_PLACE);
	ASSERT_FINDS("/dev/stdout", WRITTEN_RESULT, &plain, OUTPUT_STREAM);
}

static void no_place(void **state)
{
	enum output_way way;
	struct fail f;

	assert_int_equal(find(in_folder(state, "none/doc"), WRITTEN_RESULT, &plain, &way, &f),
			 -ENOENT);
	assert_int_equal(find(in_folder(state, "none/"), WRITTEN_RESULT, &plain, &way, &f),
			 -ENOENT);
	assert_int_equal(find(*state, WRITTEN_RESULT, &plain, &way, &f), -EISDIR);
	assert_int_equal(find("", WRITTEN_RESULT, &plain, &way, &f), -ENOENT);
}

static void the_same_file(void **state)
{
	const char *path = in_folder(state, "new");
	struct output a, b, full;

	assert_int_equal(output_find(path, WRITTEN_RESULT, &plain, &a, NULL), 0);
	assert_int_equal(output_find(path, WRITTEN_PICTURE, &plain, &b, NULL), 0);
	assert_int_equal(output_find("/dev/full", WRITTEN_PICTURE, &plain, &full, NULL), 0);
	assert_true(output_same(&a, &b));
	assert_false(output_same(&a, &full));
	assert_false(output_same(&full, &full));
	output_free(&a);
	output_free(&b);
	output_free(&full);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, folder_setup, folder_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(content),
		TEST(words),
		TEST(results_that_are_read),
		TEST(files_of_the_kernel),
		TEST(no_place),
		TEST(the_same_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
