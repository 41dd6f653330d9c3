/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <string.h>

#include "cmd/command.h"
#include "probe/lib/base.h"
#include "probe/lib/option.h"

static const char *const words[] = { "read", "write", "trim", NULL };

struct opts {
	bool flag;
	uint64_t count, size, time, word;
	const char *text;
	int64_t cpu;
	struct opt_list list;
};

static const struct opt opt_rows[] = {
	{ "flag", 'f', OPT_BOOL, offsetof(struct opts, flag), .neg = "no-flag" },
	{ "count", 0, OPT_UINT, offsetof(struct opts, count), .def = "3", .min = 1, .max = 64 },
	{ "size", 0, OPT_SIZE, offsetof(struct opts, size), .def = "4k", .min = 512,
	  .max = 1 << 20 },
	{ "time", 0, OPT_TIME, offsetof(struct opts, time), .def = "500ms" },
	{ "word", 0, OPT_WORD, offsetof(struct opts, word), .def = "write", .words = words },
	{ "text", 0, OPT_STR, offsetof(struct opts, text) },
	{ "cpu", 0, OPT_UINT_OPTIONAL, offsetof(struct opts, cpu), .max = 1023 },
	{ "list", 0, OPT_LIST, offsetof(struct opts, list) },
};

static int set(struct opts *o, const char *name, const char *text, struct fail *f)
{
	const struct opt *k = opt_find(opt_rows, ARRAY_SIZE(opt_rows), name);

	assert_non_null(k);
	return opt_set(k, o, text, f);
}

static void defaults(void **state)
{
	struct opts o;

	(void)state;
	memset(&o, 0xff, sizeof(o));
	o.flag = true;
	opt_defaults(opt_rows, ARRAY_SIZE(opt_rows), &o);
	assert_false(o.flag);
	assert_int_equal(o.count, 3);
	assert_int_equal(o.size, 4096);
	assert_int_equal(o.time, 500000000);
	assert_int_equal(o.word, 1);
	assert_null(o.text);
	assert_int_equal(o.cpu, OPT_OFF);
	assert_int_equal(o.list.n, 0);
	assert_null(opt_find(opt_rows, ARRAY_SIZE(opt_rows), "coun"));
}

static void units(void **state)
{
	static const struct {
		enum opt_type type;
		const char *text;
		uint64_t value;
	} cases[] = {
		{ OPT_SIZE, "0", 0 },
		{ OPT_SIZE, "4096", 4096 },
		{ OPT_SIZE, "7b", 7 },
		{ OPT_SIZE, "4k", 4096 },
		{ OPT_SIZE, "4K", 4096 },
		{ OPT_SIZE, "1m", 1 << 20 },
		{ OPT_SIZE, "2g", 2ull << 30 },
		{ OPT_SIZE, "3t", 3ull << 40 },
		{ OPT_SIZE, "18446744073709551615", UINT64_MAX },
		{ OPT_TIME, "0", 0 },
		{ OPT_TIME, "10", 10000000000 },
		{ OPT_TIME, "10s", 10000000000 },
		{ OPT_TIME, "500ms", 500000000 },
		{ OPT_TIME, "20us", 20000 },
		{ OPT_TIME, "100ns", 100 },
		{ OPT_TIME, "2m", 120000000000 },
		{ OPT_TIME, "1h", 3600000000000 },
		{ OPT_UINT, "18446744073709551615", UINT64_MAX },
	};
	uint64_t v;

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct opt k = { "k", 0, cases[i].type, 0 };
		struct fail f = { 0 };

		v = 1;
		if (opt_set(&k, &v, cases[i].text, &f) < 0)
			fail_msg("%s: %s", cases[i].text, f.msg);
		assert_int_equal(v, cases[i].value);
	}
}

static void malformed(void **state)
{
	static const struct {
		const char *name, *text;
		int err;
		const char *says;
	} cases[] = {
		{ "count", "", -EINVAL, "a whole number" },
		{ "count", "4k", -EINVAL, "a whole number" },
		{ "count", "-1", -EINVAL, "a whole number" },
		{ "count", " 1", -EINVAL, "a whole number" },
		{ "count", "0x10", -EINVAL, "a whole number" },
		{ "count", "1.5", -EINVAL, "a whole number" },
		{ "count", "0", -ERANGE, "1 to 64" },
		{ "count", "65", -ERANGE, "1 to 64" },
		{ "count", "99999999999999999999", -ERANGE, "1 to 64" },
		{ "size", "4q", -EINVAL, "a size such as" },
		{ "size", "k", -EINVAL, "a size such as" },
		{ "size", "4kb", -EINVAL, "a size such as" },
		{ "size", "4 k", -EINVAL, "a size such as" },
		{ "size", "511", -ERANGE, "512 to 1m" },
		{ "size", "2m", -ERANGE, "512 to 1m" },
		{ "size", "99999999t", -ERANGE, "512 to 1m" },
		{ "time", "5x", -EINVAL, "a time such as" },
		{ "time", "9999999999h", -ERANGE, "0s to" },
		{ "word", "reads", -EINVAL, "read, write, trim; did you mean 'read'?" },
		{ "word", "TRMI", -EINVAL, "; did you mean 'trim'?" },
		{ "word", "", -EINVAL, "read, write, trim" },
		{ "flag", "maybe", -EINVAL, "neither yes nor no" },
		{ "cpu", "1024", -ERANGE, "0 to 1023" },
		{ "cpu", "1x", -EINVAL, "a whole number" },
		{ "cpu", "any", -EINVAL, "on or off" },
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
		struct opts before, o;
		struct fail f = { 0 };
		int r;

		memset(&o, 0, sizeof(o));
		opt_defaults(opt_rows, ARRAY_SIZE(opt_rows), &o);
		before = o;
		r = set(&o, cases[i].name, cases[i].text, &f);
		if (r != cases[i].err || f.err != r)
			fail_msg("%s '%s': %d", cases[i].name, cases[i].text, r);
		if (!strstr(f.msg, cases[i].says) || strncmp(f.msg, cases[i].name, 3))
			fail_msg("%s '%s' says: %s", cases[i].name, cases[i].text, f.msg);
		assert_memory_equal(&o.count, &before.count,
				    sizeof(o) - offsetof(struct opts, count));
		assert_int_equal(o.flag, before.flag);
	}
}

static void values_of_every_type(void **state)
{
	static const char *const yes[] = { "yes", "on", "1", "true" };
	static const char *const no[] = { "no", "off", "0", "false" };
	struct opts o = { 0 };

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(yes); i++) {
		assert_int_equal(set(&o, "flag", yes[i], NULL), 0);
		assert_true(opt_bool(&opt_rows[0], &o));
		assert_int_equal(set(&o, "flag", no[i], NULL), 0);
		assert_false(opt_bool(&opt_rows[0], &o));
	}
	assert_int_equal(set(&o, "word", "trim", NULL), 0);
	assert_int_equal(opt_u64(&opt_rows[4], &o), 2);
	assert_int_equal(set(&o, "text", "--", NULL), 0);
	assert_string_equal(opt_str(&opt_rows[5], &o), "--");
	assert_int_equal(set(&o, "cpu", NULL, NULL), 0);
	assert_int_equal(opt_i64(&opt_rows[6], &o), OPT_ON);
	assert_int_equal(set(&o, "cpu", "0", NULL), 0);
	assert_int_equal(opt_i64(&opt_rows[6], &o), 0);
	assert_int_equal(set(&o, "cpu", "off", NULL), 0);
	assert_int_equal(opt_i64(&opt_rows[6], &o), OPT_OFF);
	assert_int_equal(set(&o, "cpu", "on", NULL), 0);
	assert_int_equal(opt_i64(&opt_rows[6], &o), OPT_ON);
}

static void range_ends_are_inside(void **state)
{
	struct opts o = { 0 };

	(void)state;
	assert_int_equal(set(&o, "count", "1", NULL), 0);
	assert_int_equal(set(&o, "count", "64", NULL), 0);
	assert_int_equal(set(&o, "size", "512", NULL), 0);
	assert_int_equal(set(&o, "size", "1m", NULL), 0);
}

static void text_reads_back(void **state)
{
	static const struct {
		uint64_t value;
		const char *size, *time;
	} cases[] = {
		{ 0, "0", "0s" },
		{ 1, "1", "1ns" },
		{ 1000, "1000", "1us" },
		{ 1023, "1023", "1023ns" },
		{ 1024, "1k", "1024ns" },
		{ 4097, "4097", "4097ns" },
		{ 1536 << 10, "1536k", "1572864ns" },
		{ 1ull << 30, "1g", "1073741824ns" },
		{ 5ull << 40, "5t", "5497558138880ns" },
		{ 500000000, "500000000", "500ms" },
		{ 10000000000, "9765625k", "10s" },
		{ 59000000000, "59000000000", "59s" },
		{ 90000000000, "87890625k", "90s" },
		{ 120000000000, "117187500k", "2m" },
		{ 7200000000000, "7031250000k", "2h" },
		{ UINT64_MAX, "18446744073709551615", "18446744073709551615ns" },
	};
	const struct opt size = { "size", 0, OPT_SIZE, 0 }, time = { "time", 0, OPT_TIME, 0 };

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_str_ struct str s = { 0 }, t = { 0 };
		uint64_t v = 0;

		size_text(&s, cases[i].value);
		time_text(&t, cases[i].value);
		assert_string_equal(str_text(&s), cases[i].size);
		assert_string_equal(str_text(&t), cases[i].time);
		assert_int_equal(opt_set(&size, &v, str_text(&s), NULL), 0);
		assert_int_equal(v, cases[i].value);
		assert_int_equal(opt_set(&time, &v, str_text(&t), NULL), 0);
		assert_int_equal(v, cases[i].value);
	}
}

static void check_table(const char *of, const struct opt *table, unsigned n, size_t size)
{
	for (unsigned i = 0; i < n; i++) {
		const struct opt *k = &table[i];
		_cleanup_free_ void *base = calloc(1, size);
		struct fail f = { 0 };

		if (k->def && opt_set(k, base, k->def, &f) < 0)
			fail_msg("%s --%s: default: %s", of, k->name, f.msg);
		if (!k->help || !*k->help || k->help[strlen(k->help) - 1] == '.')
			fail_msg("%s --%s: help is missing or ends with a full stop", of, k->name);
		if ((k->type == OPT_WORD) != !!k->words)
			fail_msg("%s --%s: words are for KNOB_WORD", of, k->name);
		if (k->neg && k->type != OPT_BOOL)
			fail_msg("%s --%s: a negation is for KNOB_BOOL", of, k->name);
		if (k->type == OPT_BOOL && k->def && strcmp(k->def, "no") && !k->neg)
			fail_msg("%s --%s: cannot be switched off", of, k->name);
		if (opt_find(table, i, k->name))
			fail_msg("%s --%s: twice", of, k->name);
		if (table != common_opt_rows &&
		    opt_find(common_opt_rows, n_common_opt_rows, k->name))
			fail_msg("%s --%s: an option of every command too", of, k->name);
	}
}

static void tables_of_the_program(void **state)
{
	(void)state;
	check_table("uringtool", common_opt_rows, n_common_opt_rows, sizeof(struct common_opts));
	for (unsigned i = 0; i < n_commands; i++) {
		const struct command *c = commands[i];

		check_table(c->name, c->opt_rows, *c->n_opt_rows, c->opts_size);
		check_table(c->name, c->more_opt_rows, c->n_more_opt_rows, c->opts_size);
		for (unsigned k = 0; k < c->n_more_opt_rows; k++)
			assert_null(
				opt_find(c->opt_rows, *c->n_opt_rows, c->more_opt_rows[k].name));
	}
}

static void a_list_grows_until_it_is_full(void **state)
{
	struct opts o = { 0 };
	struct fail f;

	(void)state;
	for (unsigned i = 0; i < OPT_LIST_MAX; i++)
		assert_int_equal(set(&o, "list", i % 2 ? "a" : "b,c", &f), 0);
	assert_int_equal(o.list.n, OPT_LIST_MAX);
	assert_string_equal(o.list.item[0], "b,c");
	assert_string_equal(o.list.item[1], "a");
	assert_int_equal(set(&o, "list", "a", &f), -E2BIG);
	assert_int_equal(o.list.n, OPT_LIST_MAX);
	assert_string_equal(f.msg, "list: given more than 64 times");
}

static void text_or_none(void **state)
{
	struct {
		const char *text;
	} of;
	const struct opt opt = { .name = "macros", .type = OPT_STR_OPTIONAL };

	(void)state;
	opt_defaults(&opt, 1, &of);
	assert_null(of.text);
	assert_int_equal(opt_set(&opt, &of, NULL, NULL), 0);
	assert_string_equal(of.text, "");
	assert_int_equal(opt_set(&opt, &of, "MY_", NULL), 0);
	assert_string_equal(of.text, "MY_");
	assert_true(opt_value_optional(&opt));
}

static void a_row_by_its_key(void **state)
{
	static const struct opt rows[] = {
		{ "io", 0, OPT_UINT, 0 },
		{ "io-limit", 0, OPT_SIZE, 0 },
		{ "ramp-time", 0, OPT_TIME, 0 },
	};
	static const struct {
		const char *key;
		int row;
		bool in_ns;
	} cases[] = {
		{ "io", 0, false },
		{ "io_limit", 1, false },
		{ "io-limit", 1, false },
		{ "ramp_time", 2, false },
		{ "ramp_time_ns", 2, true },
		{ "io_limit_ns", -1, false },
		{ "ramp_time_n", -1, false },
		{ "i", -1, false },
		{ "", -1, false },
		{ "io_limits", -1, false },
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
		bool in_ns = !cases[i].in_ns;
		const struct opt *k = opt_by_key(rows, ARRAY_SIZE(rows), cases[i].key, &in_ns);

		assert_ptr_equal(k, cases[i].row < 0 ? NULL : &rows[cases[i].row]);
		if (k)
			assert_int_equal(in_ns, cases[i].in_ns);
		assert_ptr_equal(opt_by_key(rows, ARRAY_SIZE(rows), cases[i].key, NULL), k);
	}
}

static void same_values(void **state)
{
	static const char *const changes[][2] = {
		{ "flag", "yes" },  { "count", "4" },	 { "size", "8k" }, { "time", "1s" },
		{ "word", "read" }, { "text", "other" }, { "cpu", "1" },
	};
	/* Equal texts, not one text. */
	char one[] = "text", other[] = "text";

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(changes); i++) {
		const struct opt *k = opt_find(opt_rows, ARRAY_SIZE(opt_rows), changes[i][0]);
		struct opts a, b;

		opt_defaults(opt_rows, ARRAY_SIZE(opt_rows), &a);
		opt_defaults(opt_rows, ARRAY_SIZE(opt_rows), &b);
		assert_true(opt_same(k, &a, &b));
		a.text = one;
		assert_int_equal(opt_same(k, &a, &b), k->type != OPT_STR);
		b.text = other;
		assert_true(opt_same(k, &a, &b));
		assert_int_equal(opt_set(k, &b, changes[i][1], NULL), 0);
		assert_false(opt_same(k, &a, &b));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_or_none),
		cmocka_unit_test(defaults),
		cmocka_unit_test(units),
		cmocka_unit_test(malformed),
		cmocka_unit_test(values_of_every_type),
		cmocka_unit_test(range_ends_are_inside),
		cmocka_unit_test(text_reads_back),
		cmocka_unit_test(a_list_grows_until_it_is_full),
		cmocka_unit_test(a_row_by_its_key),
		cmocka_unit_test(same_values),
		cmocka_unit_test(tables_of_the_program),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
