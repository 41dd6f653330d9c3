/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <string.h>

#include "cmd/options.h"
#include "probe/lib/base.h"

struct opts {
	bool direct;
	uint64_t bs, depth;
	int64_t sqpoll;
	const char *name;
};

static const struct opt opt_rows[] = {
	{ "direct", 'd', OPT_BOOL, offsetof(struct opts, direct), .def = "yes", .neg = "buffered",
	  .help = "x" },
	{ "bs", 'b', OPT_SIZE, offsetof(struct opts, bs), .def = "4k", .min = 512, .max = 1 << 20,
	  .help = "x" },
	{ "iodepth", 0, OPT_UINT, offsetof(struct opts, depth), .def = "1", .min = 1, .max = 4096,
	  .help = "x" },
	{ "sqpoll", 0, OPT_UINT_OPTIONAL, offsetof(struct opts, sqpoll), .max = 1023, .help = "x" },
	{ "name", 0, OPT_STR, offsetof(struct opts, name), .help = "x" },
};
static const unsigned n_opt_rows = ARRAY_SIZE(opt_rows);
static const struct command cmd = {
	.name = "try",
	.max_args = 2,
	.opt_rows = opt_rows,
	.n_opt_rows = &n_opt_rows,
	.opts_size = sizeof(struct opts),
};

/* A command line and its result. */
struct line {
	struct invocation inv;
	struct opts opts;
	struct fail f;
	char *argv[16];
	int argc;
};

static int parse(struct line *l, const char *const *words)
{
	*l = (struct line){ .inv = { .cmd = &cmd } };
	l->inv.opts = &l->opts;
	l->argv[l->argc++] = (char *)"try";
	for (; *words; words++)
		l->argv[l->argc++] = (char *)*words;
	return opt_parse(&l->inv, l->argc, l->argv, &l->f);
}

#define PARSE(l, ...) parse(l, (const char *const[]){ __VA_ARGS__ __VA_OPT__(, ) NULL })

static void defaults(void **state)
{
	struct line l;

	(void)state;
	assert_int_equal(PARSE(&l), 0);
	assert_true(l.opts.direct);
	assert_int_equal(l.opts.bs, 4096);
	assert_int_equal(l.opts.sqpoll, OPT_OFF);
	assert_null(l.opts.name);
	assert_false(l.inv.common.json);
	assert_null(l.inv.common.output);
	assert_int_equal(l.inv.common.color, COLOR_AUTO);
	assert_int_equal(l.inv.n_args, 0);
}

static void options_of_every_form(void **state)
{
	struct line l;

	(void)state;
	assert_int_equal(PARSE(&l, "--bs=8k", "--iodepth", "32", "--name=", "-o", "file", "--json"),
			 0);
	assert_int_equal(l.opts.bs, 8192);
	assert_int_equal(l.opts.depth, 32);
	assert_string_equal(l.opts.name, "");
	assert_string_equal(l.inv.common.output, "file");
	assert_true(l.inv.common.json);
	assert_int_equal(PARSE(&l, "-b512", "-ofile"), 0);
	assert_int_equal(l.opts.bs, 512);
	assert_string_equal(l.inv.common.output, "file");
	assert_int_equal(PARSE(&l, "--bs", "1k", "--bs", "2k"), 0);
	assert_int_equal(l.opts.bs, 2048);
	assert_int_equal(PARSE(&l, "--name", "--json"), 0);
	assert_string_equal(l.opts.name, "--json");
	assert_false(l.inv.common.json);
}

static void yes_and_no(void **state)
{
	struct line l;

	(void)state;
	assert_int_equal(PARSE(&l, "--buffered"), 0);
	assert_false(l.opts.direct);
	assert_int_equal(PARSE(&l, "--buffered", "--direct"), 0);
	assert_true(l.opts.direct);
	assert_int_equal(PARSE(&l, "-d", "--buffered"), 0);
	assert_false(l.opts.direct);
}

static void a_value_that_may_be_left_out(void **state)
{
	struct line l;

	(void)state;
	assert_int_equal(PARSE(&l, "--sqpoll"), 0);
	assert_int_equal(l.opts.sqpoll, OPT_ON);
	assert_int_equal(PARSE(&l, "--sqpoll=3"), 0);
	assert_int_equal(l.opts.sqpoll, 3);
	assert_int_equal(PARSE(&l, "--sqpoll", "3"), 0);
	assert_int_equal(l.opts.sqpoll, OPT_ON);
	assert_int_equal(l.inv.n_args, 1);
	assert_string_equal(l.inv.args[0], "3");
}

static void arguments(void **state)
{
	struct line l;

	(void)state;
	assert_int_equal(PARSE(&l, "one", "--json", "two"), 0);
	assert_true(l.inv.common.json);
	assert_int_equal(l.inv.n_args, 2);
	assert_string_equal(l.inv.args[0], "one");
	assert_string_equal(l.inv.args[1], "two");
	assert_int_equal(PARSE(&l, "--", "--json", "-o"), 0);
	assert_false(l.inv.common.json);
	assert_int_equal(l.inv.n_args, 2);
	assert_string_equal(l.inv.args[0], "--json");
	assert_int_equal(PARSE(&l, "-"), 0);
	assert_int_equal(l.inv.n_args, 1);
	assert_string_equal(l.inv.args[0], "-");
	assert_int_equal(PARSE(&l, "one", "--", "two"), 0);
	assert_int_equal(l.inv.n_args, 2);
	assert_string_equal(l.inv.args[1], "two");
}

static void help(void **state)
{
	struct line l;

	(void)state;
	assert_int_equal(PARSE(&l, "--help"), 1);
	assert_int_equal(PARSE(&l, "one", "-h"), 1);
}

static void complaints(void **state)
{
	static const struct {
		const char *words[4], *says;
	} cases[] = {
		{ { "--other" }, "unknown option '--other'; see uringtool try --help" },
		{ { "--other=3" }, "unknown option '--other=3'; see uringtool try --help" },
		{ { "--none=3" }, "unknown option '--none=3'; did you mean '--name'?" },
		{ { "--jsno" }, "unknown option '--jsno'; did you mean '--json'?" },
		{ { "--bufferde=json" },
		  "unknown option '--bufferde=json'; did you mean '--buffered'?" },
		{ { "--=json" }, "unknown option '--=json'; see uringtool try --help" },
		{ { "--hlep" }, "unknown option '--hlep'; did you mean '--help'?" },
		{ { "-o", "--jsno", "-x" }, "unknown option '-x'; see uringtool try --help" },
		{ { "-o", "--jsno", "-db" },
		  "option '-b' needs a value; see uringtool try --help" },
		{ { "-x" }, "unknown option '-x'; see uringtool try --help" },
		{ { "-xyz" }, "unknown option '-x'; see uringtool try --help" },
		{ { "--json", "-xd" }, "unknown option '-x'; see uringtool try --help" },
		{ { "--json", "-db" }, "option '-b' needs a value; see uringtool try --help" },
		{ { "--bs" }, "option '--bs' needs a value; see uringtool try --help" },
		{ { "-o" }, "option '-o' needs a value; see uringtool try --help" },
		{ { "-do" }, "option '-o' needs a value; see uringtool try --help" },
		{ { "--json=yes" }, "option '--json' takes no value" },
		{ { "--buffered=no" }, "option '--buffered' takes no value" },
		{ { "--help=x" }, "option '--help' takes no value" },
		{ { "--bs=4q" }, "--bs: '4q' is not a size such as 4096, 4k, 1m or 2g" },
		{ { "--bs=" }, "--bs: '' is not a size such as 4096, 4k, 1m or 2g" },
		{ { "-b", "4q" }, "--bs: '4q' is not a size such as 4096, 4k, 1m or 2g" },
		{ { "--bs", "1" }, "--bs: '1' is outside 512 to 1m" },
		{ { "--iodepth", "-1" }, "--iodepth: '-1' is not a whole number" },
		{ { "--color=red" }, "--color: 'red' is none of auto, always, never" },
		{ { "--sqpoll=x" }, "--sqpoll: 'x' is not a number, on or off" },
		{ { "one", "two", "three" },
		  "unexpected argument 'three'; see uringtool try --help" },
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
		struct line l;

		assert_int_equal(parse(&l, cases[i].words), -EINVAL);
		assert_int_equal(l.f.err, -EINVAL);
		assert_int_equal(l.f.kind, FAIL_USAGE);
		assert_string_equal(l.f.msg, cases[i].says);
	}
}

/* Abbreviated options would change their meaning when an option with the same prefix is added. */
static void options_are_not_shortened(void **state)
{
	struct line l;

	(void)state;
	assert_int_equal(PARSE(&l, "--js"), -EINVAL);
	assert_string_equal(l.f.msg, "unknown option '--js'; did you mean '--json'?");
	assert_int_equal(PARSE(&l, "--js=1"), -EINVAL);
	assert_string_equal(l.f.msg, "unknown option '--js=1'; did you mean '--json'?");
	assert_int_equal(PARSE(&l, "--outp"), -EINVAL);
	assert_string_equal(l.f.msg, "unknown option '--outp'; did you mean '--output'?");
	assert_int_equal(PARSE(&l, "--re"), -EINVAL);
	assert_string_equal(l.f.msg, "unknown option '--re'; see uringtool try --help");
	assert_int_equal(PARSE(&l, "--o"), -EINVAL);
	assert_int_equal(PARSE(&l, "--depth=3"), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults),   cmocka_unit_test(options_of_every_form),
		cmocka_unit_test(yes_and_no), cmocka_unit_test(a_value_that_may_be_left_out),
		cmocka_unit_test(arguments),  cmocka_unit_test(help),
		cmocka_unit_test(complaints), cmocka_unit_test(options_are_not_shortened),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
