/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <string.h>

#include "probe/base.h"
#include "probe/suggest.h"

static void distances(void **state)
{
	static const struct {
		const char *a, *b;
		unsigned distance;
	} rows[] = {
		{ "", "", 0 },
		{ "bs", "bs", 0 },
		{ "bs", "", 2 },
		{ "kitten", "sitting", 3 },
		{ "iops", "ipos", 1 },
		{ "IoPs", "iops", 0 },
		{ "batch-submit", "batch_submit", 0 },
		{ "abc", "cab", 2 },
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(suggest_distance(rows[i].a, rows[i].b), rows[i].distance);
		assert_int_equal(suggest_distance(rows[i].b, rows[i].a), rows[i].distance);
	}
}

static void a_long_name_is_far(void **state)
{
	char name[200];

	(void)state;
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(suggest_distance(name, "x"), sizeof(name) - 1);
}

static const char *nearest(const char *asked)
{
	static const char *const names[] = { "iodepth", "iops", "runtime", "ramp", "bs" };
	struct suggestion s = { 0 };

	for (unsigned i = 0; i < ARRAY_SIZE(names); i++)
		suggest(&s, asked, names[i]);
	return s.name;
}

static void the_nearest_is_named(void **state)
{
	(void)state;
	assert_string_equal(nearest("io-depth"), "iodepth");
	assert_string_equal(nearest("iodpeth"), "iodepth");
	assert_string_equal(nearest("iop"), "iops");
	assert_string_equal(nearest("runtme"), "runtime");
	assert_null(nearest("latency"));
	assert_null(nearest("x"));
	assert_null(nearest(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(distances),
		cmocka_unit_test(a_long_name_is_far),
		cmocka_unit_test(the_nearest_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
