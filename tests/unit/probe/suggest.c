/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <string.h>

#include "probe/lib/base.h"
#include "probe/lib/suggest.h"

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

/* The suggested name for asked; "" if there is none. */
static const char *nearest(const char *asked)
{
	static const char *const names[] = { "iodepth", "iops",	  "runtime",	 "ramp",
					     "bs",	"verify", "verify-only", "postgresql-18" };
	static struct suggestion s;
	char *end, *text;

	s = (struct suggestion){ 0 };
	suggest_among(&s, asked, names, ARRAY_SIZE(names));
	text = (char *)suggest_text(&s, "");
	if (!*text)
		return text;
	assert_memory_equal(text, "; did you mean '", 16);
	end = strrchr(text, '\'');
	assert_string_equal(end, "'?");
	*end = '\0';
	return text + 16;
}

static void the_nearest_is_named(void **state)
{
	(void)state;
	assert_string_equal(nearest("io-depth"), "iodepth");
	assert_string_equal(nearest("iodpeth"), "iodepth");
	assert_string_equal(nearest("iop"), "iops");
	assert_string_equal(nearest("runtme"), "runtime");
	assert_string_equal(nearest("latency"), "");
	assert_string_equal(nearest("x"), "");
	assert_string_equal(nearest(""), "");
}

static void beginnings_are_near(void **state)
{
	(void)state;
	assert_string_equal(nearest("postgres"), "postgresql-18");
	assert_string_equal(nearest("postgresql-18-replica"), "postgresql-18");
	assert_string_equal(nearest("RUN"), "runtime");
	/* The distance to the shorter name is smaller, but this is a prefix of the longer one. */
	assert_string_equal(nearest("verify-o"), "verify-only");
	assert_string_equal(nearest("VERIFY"), "verify");
	assert_string_equal(nearest("verify-crc32c"), "verify");
	/* Several names have this prefix. */
	assert_string_equal(nearest("i"), "");
	assert_string_equal(nearest("r"), "");
	/* A prefix of two letters is too short. */
	assert_string_equal(nearest("bssssss"), "");
}

static void names_end_at_null(void **state)
{
	static const char *const names[] = { "iops", NULL, "runtime" };
	struct suggestion s = { 0 };

	(void)state;
	suggest_among(&s, "runtme", names, ARRAY_SIZE(names));
	assert_string_equal(suggest_text(&s, "; see there"), "; see there");
}

static void the_text_fits(void **state)
{
	struct suggestion s = { .prefix = "service." };
	char name[SUGGEST_MAX + 2], expected[200];

	(void)state;
	memset(name, 'x', SUGGEST_MAX + 1);
	name[SUGGEST_MAX + 1] = '\0';
	suggest(&s, "xxx", name);
	assert_string_equal(suggest_text(&s, ""), "");
	name[SUGGEST_MAX] = '\0';
	suggest(&s, "xxx", name);
	snprintf(expected, sizeof(expected), "; did you mean 'service.%s'?", name);
	assert_string_equal(suggest_text(&s, ""), expected);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(distances),
		cmocka_unit_test(a_long_name_is_far),
		cmocka_unit_test(the_nearest_is_named),
		cmocka_unit_test(beginnings_are_near),
		cmocka_unit_test(names_end_at_null),
		cmocka_unit_test(the_text_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
