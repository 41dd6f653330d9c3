/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <cjson/cJSON.h>
#include <string.h>

#include "probe/lib/base.h"
#include "probe/lib/json.h"

static int parse(const char *text, cJSON **tree, struct fail *f)
{
	return json_parse("doc", text, strlen(text), tree, f);
}

static void valid(void **state)
{
	cJSON *t = NULL;
	struct fail f;

	(void)state;
	assert_int_equal(parse(" {\"a\": [1, \"}]\", {}]} \r\n\t ", &t, &f), 0);
	assert_true(cJSON_IsObject(t));
	cJSON_Delete(t);
}

static void errors_name_the_line(void **state)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{ "", "doc:1: not valid JSON" },
		{ "{\n\"a\": 1,\n\"b\": x\n}\n", "doc:3: not valid JSON" },
		{ "[1,\n2", "doc:2: not valid JSON" },
		{ "{\"a\": \"open", "doc:1: not valid JSON" },
		{ "{}\n\n}", "doc:3: text after the end of the document" },
		{ "1 2", "doc:1: text after the end of the document" },
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
		cJSON *t = NULL;
		struct fail f = { 0 };

		assert_int_equal(parse(cases[i].text, &t, &f), -EINVAL);
		assert_int_equal(f.err, -EINVAL);
		assert_int_equal(f.kind, FAIL_USAGE);
		assert_string_equal(f.msg, cases[i].says);
		assert_null(t);
	}
}

static void nul_inside_is_no_end(void **state)
{
	static const char text[] = "{}\0{}";
	cJSON *t = NULL;
	struct fail f;

	(void)state;
	assert_int_equal(json_parse("doc", text, sizeof(text) - 1, &t, &f), -EINVAL);
	assert_null(t);
}

static void nest(struct str *b, unsigned depth)
{
	str_rep(b, "[", depth);
	str_rep(b, "]", depth);
}

static void depth_is_bounded(void **state)
{
	_cleanup_str_ struct str most = { 0 }, more = { 0 }, deep = { 0 }, quoted = { 0 };
	cJSON *t = NULL;
	struct fail f;

	(void)state;
	nest(&most, JSON_MAX_DEPTH);
	assert_int_equal(parse(str_text(&most), &t, &f), 0);
	cJSON_Delete(t);
	t = NULL;
	str_add(&more, "\n\n");
	nest(&more, JSON_MAX_DEPTH + 1);
	assert_int_equal(parse(str_text(&more), &t, &f), -E2BIG);
	assert_string_equal(f.msg, "doc:3: nested deeper than 64");
	str_rep(&deep, "{\"a\":", 1000000);
	assert_int_equal(parse(str_text(&deep), &t, &f), -E2BIG);
	assert_null(t);
	str_add(&quoted, "[\"\\\"");
	str_rep(&quoted, "[{", 1000);
	str_add(&quoted, "\"]");
	assert_int_equal(parse(str_text(&quoted), &t, &f), 0);
	cJSON_Delete(t);
}

static void size_is_bounded(void **state)
{
	cJSON *t = NULL;
	struct fail f;

	(void)state;
	assert_int_equal(json_parse("doc", "", (size_t)JSON_MAX_BYTES + 1, &t, &f), -E2BIG);
	assert_string_equal(f.msg, "doc: larger than 67108864 bytes");
	assert_int_equal(json_load("/dev/zero", &t, &f), -E2BIG);
	assert_string_equal(f.msg, "/dev/zero: larger than 67108864 bytes");
	assert_null(t);
}

static void files(void **state)
{
	cJSON *t = NULL;
	struct fail f;

	assert_int_equal(json_load(in_folder(state, "none"), &t, &f), -ENOENT);
	assert_non_null(strstr(f.msg, "/none: No such file or directory"));
	assert_int_equal(json_load(*state, &t, &f), -EISDIR);
	assert_int_equal(json_load(file_with(state, "bad", "{\n\n"), &t, &f), -EINVAL);
	assert_non_null(strstr(f.msg, "/bad:"));
	assert_null(t);
	assert_int_equal(json_load(file_with(state, "good", "[1]"), &t, &f), 0);
	assert_int_equal(cJSON_GetArraySize(t), 1);
	cJSON_Delete(t);
}

static void members(void **state)
{
	const char *s = NULL;
	const cJSON *a = NULL;
	int64_t i = 0;
	struct fail f;
	cJSON *t;

	(void)state;
	assert_int_equal(parse("{\"s\": \"text\", \"i\": -5, \"a\": [1]}", &t, &f), 0);
	assert_int_equal(json_get_str(t, "s", &s, &f), 0);
	assert_string_equal(s, "text");
	assert_int_equal(json_get_int(t, "i", -5, -5, &i, &f), 0);
	assert_int_equal(i, -5);
	assert_int_equal(json_get_arr(t, "a", &a, &f), 0);
	assert_int_equal(cJSON_GetArraySize(a), 1);

	assert_int_equal(json_get_str(t, "i", &s, &f), -EINVAL);
	assert_string_equal(f.msg, "key 'i': text expected");
	assert_int_equal(json_get_str(t, "S", &s, &f), -EINVAL);
	assert_string_equal(f.msg, "key 'S': missing");
	assert_string_equal(s, "text");
	assert_int_equal(json_get_int(t, "s", 0, 9, &i, &f), -EINVAL);
	assert_string_equal(f.msg, "key 's': number expected");
	assert_int_equal(json_get_int(t, "none", 0, 9, &i, &f), -EINVAL);
	assert_string_equal(f.msg, "key 'none': missing");
	assert_int_equal(json_get_arr(t, "s", &a, &f), -EINVAL);
	assert_string_equal(f.msg, "key 's': array expected");
	assert_int_equal(json_get_arr(t, "none", &a, &f), -EINVAL);
	assert_string_equal(f.msg, "key 'none': missing");
	cJSON_Delete(t);
}

static void numbers_are_whole_and_in_range(void **state)
{
	static const struct {
		const char *text;
		int64_t min, max;
		int r;
	} cases[] = {
		{ "{\"n\": 0}", 0, 9, 0 },
		{ "{\"n\": 9}", 0, 9, 0 },
		{ "{\"n\": 9.0}", 0, 9, 0 },
		{ "{\"n\": 1e3}", 0, 1000, 0 },
		{ "{\"n\": 10}", 0, 9, -EINVAL },
		{ "{\"n\": -1}", 0, 9, -EINVAL },
		{ "{\"n\": 1.5}", 0, 9, -EINVAL },
		{ "{\"n\": 1e300}", 0, INT64_MAX, -EINVAL },
		{ "{\"n\": 1e999}", 0, INT64_MAX, -EINVAL },
		{ "{\"n\": 9223372036854775807}", 0, INT64_MAX, -EINVAL },
		{ "{\"n\": 9223372036854774784}", 0, INT64_MAX, 0 },
		{ "{\"n\": -9223372036854775808}", INT64_MIN, 0, 0 },
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
		struct fail f = { 0 };
		int64_t v = 77;
		cJSON *t;

		assert_int_equal(parse(cases[i].text, &t, &f), 0);
		if (json_get_int(t, "n", cases[i].min, cases[i].max, &v, &f) != cases[i].r)
			fail_msg("%s: %s", cases[i].text, f.msg);
		if (cases[i].r < 0) {
			assert_int_equal(v, 77);
			assert_non_null(strstr(f.msg, "key 'n'"));
		}
		cJSON_Delete(t);
	}
}

static unsigned line_at(const struct json_lines *lines, const cJSON *node, const char *key)
{
	return json_line(lines, cJSON_GetObjectItemCaseSensitive(node, key));
}

static void every_value_has_its_line(void **state)
{
	const char *text = "\xef\xbb\xbf\n{ \"a\":\n 1, \"b{\\\"\n\": [ ],\n"
			   "\"c\": [\n[],\n{\"d\": {}\n}, \"e,]\",\n-1.5e3]\n"
			   ",\"f\": true\n,\"a\": null}";
	struct json_lines lines = { 0 };
	const cJSON *c;
	struct fail f;
	cJSON *t;

	(void)state;
	assert_int_equal(parse(text, &t, &f), 0);
	assert_int_equal(json_lines_make(text, strlen(text), t, &lines), 0);
	assert_int_equal(json_line(&lines, t), 2);
	assert_int_equal(line_at(&lines, t, "a"), 2);
	assert_int_equal(json_line(&lines, t->child->next), 3);
	c = cJSON_GetObjectItemCaseSensitive(t, "c");
	assert_int_equal(json_line(&lines, c), 5);
	assert_int_equal(json_line(&lines, cJSON_GetArrayItem(c, 0)), 6);
	assert_int_equal(json_line(&lines, cJSON_GetArrayItem(c, 1)), 7);
	assert_int_equal(line_at(&lines, cJSON_GetArrayItem(c, 1), "d"), 7);
	assert_int_equal(json_line(&lines, cJSON_GetArrayItem(c, 2)), 8);
	assert_int_equal(json_line(&lines, cJSON_GetArrayItem(c, 3)), 9);
	assert_int_equal(line_at(&lines, t, "f"), 10);
	/* The second "a" of the same object. */
	assert_int_equal(json_line(&lines, t->child->prev), 11);
	assert_int_equal(json_line(&lines, (const cJSON *)&lines), 0);
	json_lines_free(&lines);
	assert_int_equal(json_line(&lines, t), 0);
	cJSON_Delete(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(valid),
		cmocka_unit_test(every_value_has_its_line),
		cmocka_unit_test(errors_name_the_line),
		cmocka_unit_test(nul_inside_is_no_end),
		cmocka_unit_test(depth_is_bounded),
		cmocka_unit_test(size_is_bounded),
		cmocka_unit_test_setup_teardown(files, folder_setup, folder_teardown),
		cmocka_unit_test(members),
		cmocka_unit_test(numbers_are_whole_and_in_range),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
