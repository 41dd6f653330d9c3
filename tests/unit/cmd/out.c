/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <string.h>

#include "cmd/output/out.h"
#include "probe/lib/base.h"

static const struct out_style plain = { .width = 80 }, coloured = { .color = true, .width = 80 };

/* Ends the tree and returns its text. */
static void text_of(struct out *o, const struct out_style *style, struct str *to)
{
	assert_int_equal(out_text(o, style, to), 0);
	out_free(o);
}

/* JSON without whitespace. */
static void json_of(struct out *o, struct str *to)
{
	_cleanup_str_ struct str all = { 0 };
	char *s;

	assert_int_equal(out_json(o, &all), 0);
	assert_int_equal(all.s[all.len - 1], '\n');
	s = strdup(str_text(&all));
	cJSON_Minify(s);
	str_add(to, s);
	free(s);
	out_free(o);
}

static struct out *sample(void)
{
	struct out *o = out_new();

	assert_non_null(o);
	out_str(o, "name", "name", "ring");
	out_str(o, "hidden", NULL, "json only");
	out_str(o, NULL, "shown", "text only");
	out_obj(o, "limits", "Limits");
	out_u64(o, "bytes", "bytes", 4096, OUT_BYTES);
	out_i64(o, "offset", "offset", -1);
	out_bool(o, "ok", "ok", true);
	out_null(o, "none", "none");
	out_f64(o, "share", "share", 0.25, 3, OUT_PLAIN);
	out_arr(o, "flags", "flags");
	out_str(o, NULL, NULL, "A");
	out_str(o, NULL, NULL, "B");
	out_end(o);
	out_arr(o, "empty", "empty");
	out_end(o);
	out_end(o);
	return o;
}

static void one_tree_two_walks(void **state)
{
	_cleanup_str_ struct str json = { 0 }, text = { 0 };

	(void)state;
	json_of(sample(), &json);
	assert_string_equal(
		str_text(&json),
		"{\"name\":\"ring\",\"hidden\":\"json only\",\"limits\":{\"bytes\":4096,"
		"\"offset\":-1,\"ok\":true,\"none\":null,\"share\":0.250,"
		"\"flags\":[\"A\",\"B\"],\"empty\":[]}}");
	text_of(sample(), &plain, &text);
	assert_string_equal(str_text(&text), "name   ring\n"
					     "shown  text only\n"
					     "\n"
					     "Limits\n"
					     "  bytes   4.00 KiB\n"
					     "  offset  -1\n"
					     "  ok      yes\n"
					     "  none    -\n"
					     "  share   0.250\n"
					     "  flags   A, B\n"
					     "  empty   none\n");
}

static void large_numbers_are_exact(void **state)
{
	static const uint64_t values[] = { (1ull << 53) + 1, UINT64_MAX, INT64_MAX };
	struct out *o = out_new();
	_cleanup_str_ struct str json = { 0 };

	(void)state;
	out_arr(o, "u", NULL);
	for (unsigned i = 0; i < ARRAY_SIZE(values); i++)
		out_u64(o, NULL, NULL, values[i], OUT_COUNT);
	out_i64(o, NULL, NULL, INT64_MIN);
	out_u64(o, NULL, NULL, 0xdeadbeef, OUT_HEX);
	out_end(o);
	json_of(o, &json);
	assert_string_equal(str_text(&json),
			    "{\"u\":[9007199254740993,18446744073709551615,9223372036854775807,"
			    "-9223372036854775808,3735928559]}");
}

static void what_is_not_finite_is_null(void **state)
{
	struct out *o = out_new();
	_cleanup_str_ struct str json = { 0 };

	(void)state;
	out_f64(o, "nan", NULL, NAN, 2, OUT_PLAIN);
	out_f64(o, "inf", NULL, -INFINITY, 2, OUT_PLAIN);
	out_f64(o, "huge", NULL, 1e300, 0, OUT_PLAIN);
	out_str(o, "text", NULL, NULL);
	json_of(o, &json);
	assert_non_null(strstr(str_text(&json), "{\"nan\":null,\"inf\":null,\"huge\":1"));
	assert_non_null(strstr(str_text(&json), ",\"text\":null}"));
	assert_int_equal(json.len,
			 strlen("{\"nan\":null,\"inf\":null,\"huge\":,\"text\":null}") + 301);
}

static void text_is_escaped_and_utf8(void **state)
{
	struct out *o = out_new();
	_cleanup_str_ struct str json = { 0 };

	(void)state;
	out_str(o, "quote", NULL, "a\"b\\c\n\t\x01");
	out_str(o, "utf8", NULL, "h\u00f6he \u2502 \U0001f600");
	out_str(o, "broken", NULL,
		"a\xff"
		"b\xc3(\xe2\x94\xf0\x9f\x98");
	out_str(o, "overlong", NULL, "\xc0\xaf\xed\xa0\x80\xf4\x90\x80\x80.");
	json_of(o, &json);
	assert_string_equal(str_text(&json),
			    "{\"quote\":\"a\\\"b\\\\c\\n\\t\\u0001\","
			    "\"utf8\":\"h\u00f6he \u2502 \U0001f600\","
			    "\"broken\":\"a\ufffdb\ufffd(\ufffd\ufffd\ufffd\ufffd\ufffd\","
			    "\"overlong\":\"\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd."
			    "\"}");
}

static struct out *table_sample(void)
{
	static const struct {
		const char *name, *what;
		uint64_t n;
	} rows[] = { { "\u00e9t\u00e9", "yes", 5 }, { "longer", "no", 12345 } };
	struct out *o = out_new();

	out_arr(o, "rows", "Table");
	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		out_row(o, NULL, "");
		out_u64(o, "n", "n", rows[i].n, OUT_PLAIN);
		out_str(o, "name", "name", rows[i].name);
		if (i == 0) {
			out_str(o, "what", "what", rows[i].what);
			out_tone(o, TONE_GOOD);
		}
		out_str(o, "secret", NULL, "json");
		out_str(o, NULL, "last", "end");
		out_end(o);
	}
	out_end(o);
	return o;
}

static void tables_are_aligned(void **state)
{
	_cleanup_str_ struct str text = { 0 };

	(void)state;
	text_of(table_sample(), &plain, &text);
	assert_string_equal(str_text(&text), "Table\n"
					     "      n  name    what  last\n"
					     "      5  \u00e9t\u00e9     yes   end\n"
					     "  12345  longer        end\n");
}

static void rows_with_names_have_a_first_column(void **state)
{
	struct out *o = out_new();
	_cleanup_str_ struct str text = { 0 };

	(void)state;
	out_obj(o, "result", "Result");
	out_row(o, "read", "read");
	out_u64(o, "ios", "IOs", 10, OUT_PLAIN);
	out_end(o);
	out_row(o, "total", "total");
	out_u64(o, "ios", "IOs", 1000, OUT_PLAIN);
	out_end(o);
	out_row(o, "write", NULL);
	out_u64(o, "ios", "IOs", 7, OUT_PLAIN);
	out_end(o);
	out_end(o);
	text_of(o, &plain, &text);
	assert_string_equal(str_text(&text), "Result\n"
					     "          IOs\n"
					     "  read     10\n"
					     "  total  1000\n");
}

static void what_is_no_row_ends_a_table(void **state)
{
	struct out *o = out_new();
	_cleanup_str_ struct str text = { 0 };

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		out_row(o, NULL, i ? "b" : "a");
		out_u64(o, "n", i ? "wide column" : "n", i, OUT_PLAIN);
		out_end(o);
		out_u64(o, "after", "after", 7, OUT_PLAIN);
	}
	text_of(o, &plain, &text);
	assert_string_equal(str_text(&text), "   n\n"
					     "a  0\n"
					     "after  7\n"
					     "   wide column\n"
					     "b            1\n"
					     "after  7\n");
}

static void colour_changes_nothing_but_colour(void **state)
{
	_cleanup_str_ struct str without = { 0 }, with = { 0 }, stripped = { 0 };

	(void)state;
	text_of(table_sample(), &plain, &without);
	text_of(table_sample(), &coloured, &with);
	assert_null(strchr(str_text(&without), '\033'));
	assert_non_null(strstr(str_text(&with), "\033[32myes\033[0m"));
	for (const char *s = str_text(&with); *s; s++) {
		if (*s == '\033')
			s += strcspn(s, "m");
		else
			str_addn(&stripped, s, 1);
	}
	assert_string_equal(str_text(&stripped), str_text(&without));
}

static void numbers_for_people(void **state)
{
	static const struct {
		double v;
		enum out_unit unit;
		const char *text;
	} cases[] = {
		{ 0, OUT_COUNT, "0" },
		{ 7, OUT_COUNT, "7" },
		{ 999, OUT_COUNT, "999" },
		{ 1000, OUT_COUNT, "1.00k" },
		{ 12345, OUT_COUNT, "12.3k" },
		{ 999499, OUT_COUNT, "999k" },
		{ 999500, OUT_COUNT, "1.00M" },
		{ 1234567, OUT_COUNT, "1.23M" },
		{ 2.5e15, OUT_COUNT, "2500T" },
		{ 0.5, OUT_NS, "0.50 ns" },
		{ 999.7, OUT_NS, "1.00 us" },
		{ 1500, OUT_NS, "1.50 us" },
		{ 999999, OUT_NS, "1.00 ms" },
		{ 2e9, OUT_NS, "2.00 s" },
		{ 1023, OUT_BYTES, "1023 B" },
		{ 1024, OUT_BYTES, "1.00 KiB" },
		{ 1048575, OUT_BYTES, "1.00 MiB" },
		{ 3ull << 30, OUT_BYTES_PER_S, "3.00 GiB/s" },
		{ 255, OUT_HEX, "0xff" },
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_str_ struct str s = { 0 };

		out_number(&s, cases[i].v, cases[i].unit);
		assert_string_equal(str_text(&s), cases[i].text);
	}
}

static void columns_are_characters(void **state)
{
	(void)state;
	assert_int_equal(out_columns(""), 0);
	assert_int_equal(out_columns("abc"), 3);
	assert_int_equal(out_columns("\u2502\u00e9\U0001f600"), 3);
}

static void a_result_is_more_than_the_envelope(void **state)
{
	struct out *o = out_new();

	(void)state;
	out_str(o, "kind", NULL, "test");
	out_envelope_done(o);
	assert_false(out_described(o));
	out_u64(o, "n", NULL, 1, OUT_PLAIN);
	assert_true(out_described(o));
	out_free(o);
}

static void blocks_are_for_the_text_alone(void **state)
{
	_cleanup_str_ struct str json = { 0 }, text = { 0 };

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct out *o = out_new();

		out_u64(o, "n", "n", 1, OUT_PLAIN);
		out_block(o, "+--+\n|  |\n");
		if (i)
			text_of(o, &plain, &text);
		else
			json_of(o, &json);
	}
	assert_string_equal(str_text(&json), "{\"n\":1}");
	assert_string_equal(str_text(&text), "n  1\n+--+\n|  |\n");
}

/* Truncated values, keys or labels must not be printed. */
static void a_text_that_memory_lacked_for_is_an_error(void **state)
{
	for (unsigned which = 0; which < 4; which++) {
		_cleanup_str_ struct str lost = { 0 }, to = { 0 };
		struct out *o = out_new();
		const char *text[4] = { "key", "label", "value", "line\n" };

		(void)state;
		assert_non_null(o);
		out_envelope_done(o);
		assert_false(out_described(o));
		str_add(&lost, "half of it");
		lost.err = -ENOMEM;
		text[which] = str_text(&lost);
		out_str(o, text[0], text[1], text[2]);
		out_block(o, text[3]);
		assert_true(out_described(o));
		assert_int_equal(out_json(o, &to), -ENOMEM);
		assert_int_equal(out_text(o, &plain, &to), -ENOMEM);
		out_free(o);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_tree_two_walks),
		cmocka_unit_test(large_numbers_are_exact),
		cmocka_unit_test(what_is_not_finite_is_null),
		cmocka_unit_test(text_is_escaped_and_utf8),
		cmocka_unit_test(tables_are_aligned),
		cmocka_unit_test(rows_with_names_have_a_first_column),
		cmocka_unit_test(what_is_no_row_ends_a_table),
		cmocka_unit_test(colour_changes_nothing_but_colour),
		cmocka_unit_test(numbers_for_people),
		cmocka_unit_test(columns_are_characters),
		cmocka_unit_test(a_result_is_more_than_the_envelope),
		cmocka_unit_test(a_text_that_memory_lacked_for_is_an_error),
		cmocka_unit_test(blocks_are_for_the_text_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
