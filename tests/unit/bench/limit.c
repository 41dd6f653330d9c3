/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <math.h>
#include <string.h>

#include "bench/saved/limit.h"
#include "bench/saved/quantity.h"
#include "probe/lib/base.h"

static struct limit parsed(enum limit_of of, const char *text)
{
	struct limit l = { 0 };
	struct fail f = { 0 };

	if (limit_parse(of, text, &l, &f) < 0)
		fail_msg("%s: %s", text, f.msg);
	return l;
}

static void numbers_have_units(void **state)
{
	static const struct {
		const char *text;
		enum limit_op op;
		double number;
		enum unit unit;
	} rows[] = {
		{ "iops >= 500k", OP_GE, 500e3, UNIT_IOPS },
		{ "iops>1.5m", OP_GT, 1.5e6, UNIT_IOPS },
		{ "  lat_p99_ns  <=\t200us ", OP_LE, 200e3, UNIT_NS },
		{ "lat_p99_ns < 200", OP_LT, 200, UNIT_NS },
		{ "lat_max_ns <= 1.5 ms", OP_LE, 1.5e6, UNIT_NS },
		{ "write.lat_p9999_ns <= 2s", OP_LE, 2e9, UNIT_NS },
		{ "service.lat_p50_ns <= 1m", OP_LE, 60e9, UNIT_NS },
		{ "read.bw_bytes_per_s >= 3g", OP_GE, 3 * 0x1p30, UNIT_BYTES_PER_S },
		{ "bw_bytes_per_s >= 3.5 GiB/s", OP_GE, 3.5 * 0x1p30, UNIT_BYTES_PER_S },
		{ "errors == 0", OP_EQ, 0, UNIT_COUNT },
		{ "cpu_ns_per_io <= 2.5us", OP_LE, 2500, UNIT_NS },
		{ "iops_spread <= 10%", OP_LE, 0.1, UNIT_SHARE },
		{ "read.lat_p99_ns_repeat_spread <= 0.25", OP_LE, 0.25, UNIT_SHARE },
		{ "sustained == yes", OP_EQ, 1, UNIT_YES },
		{ "sustained != TRUE", OP_NE, 1, UNIT_YES },
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		struct limit l = parsed(OF_BENCH, rows[i].text);

		if (l.op != rows[i].op || fabs(l.number - rows[i].number) > 1e-9 * l.number ||
		    l.unit != rows[i].unit)
			fail_msg("%s: op %d, %g, unit %d", rows[i].text, l.op, l.number, l.unit);
	}
	assert_string_equal(parsed(OF_BENCH, "iops>=  500k ").text, "iops >= 500k");
	assert_int_equal(parsed(OF_BENCH, "trim.iops > 1").part, LIMIT_TRIM);
	assert_int_equal(parsed(OF_BENCH, "iops_spread < 1%").spread, SPREAD_DEVICES);
	assert_int_equal(parsed(OF_BENCH, "iops_repeat_spread < 1%").spread, SPREAD_REPEATS);
	assert_true(parsed(OF_DEVICE, "link_speed_mt_per_s >= 16 GT/s").number == 16000);
	assert_true(parsed(OF_DEVICE, "bytes >= 3.5t").number == 3.5 * 0x1p40);
}

static void mistakes_say_what_was_expected(void **state)
{
	static const struct {
		enum limit_of of;
		const char *text, *says;
	} rows[] = {
		{ OF_BENCH, "", "is not a limit such as 'iops >= 500k'" },
		{ OF_DEVICE, ">= 5", "such as 'firmware matches" },
		{ OF_BENCH, "iop >= 5",
		  "'iop' is nothing that a measurement has; did you mean 'iops'?" },
		{ OF_BENCH, "read.lat_p95_ns < 5us", "did you mean 'read.lat_p9" },
		{ OF_BENCH, "firmware == 1", "'firmware' is nothing that a measurement has" },
		{ OF_DEVICE, "iops >= 1", "'iops' is nothing that a device has" },
		{ OF_DEVICE, "frimware == 1", "did you mean 'firmware'?" },
		{ OF_BENCH, "read.cpu_ns_per_io < 1", "'read.cpu_ns_per_io' is nothing" },
		{ OF_BENCH, "service.iops > 1", "'service.iops' is nothing" },
		{ OF_BENCH, "iops", "nothing stands after 'iops'" },
		{ OF_BENCH, "iops 500k", "'500k' is none of == != <= >= < > matches" },
		{ OF_BENCH, "iops =! 5", "did you mean '!='?" },
		{ OF_BENCH, "iops === 5", "> matches; did you mean '=='?" },
		{ OF_DEVICE, "firmware mathces 5", "did you mean 'matches'?" },
		{ OF_BENCH, "iops => 500k", "did you mean '>='?" },
		{ OF_BENCH, "iops = 500k", "did you mean '=='?" },
		{ OF_BENCH, "iops \u2265 500k", "did you mean '>='?" },
		{ OF_BENCH, "iops >=", "nothing stands after >=" },
		{ OF_BENCH, "iops >= 200us", "'200us' is not a number of I/Os per second" },
		{ OF_BENCH, "iops >= -5", "'-5' is not" },
		{ OF_BENCH, "iops >= inf", "'inf' is not" },
		{ OF_BENCH, "iops >= 0x10", "'0x10' is not" },
		{ OF_BENCH, "iops >= 1e999", "is not" },
		{ OF_BENCH, "lat_p99_ns <= 500k", "'500k' is not a time" },
		{ OF_BENCH, "lat_p99_ns <= 5%", "'5%' is not a time" },
		{ OF_BENCH, "iops_spread <= 10", "write 10%" },
		{ OF_BENCH, "sustained >= yes", "yes or no: only == and !=" },
		{ OF_BENCH, "sustained == maybe", "'maybe' is not yes or no" },
		{ OF_BENCH, "sustained_spread < 5%", "has no spread" },
		{ OF_BENCH, "iops matches 5*", "iops is no text: 'matches' is not for it" },
		{ OF_DEVICE, "firmware >= 5", "firmware is a text: '>=' is not for it" },
		{ OF_DEVICE, "firmware like 5", "did you mean 'matches'?" },
		{ OF_BENCH, "iops >= 0", "holds whatever is measured" },
		{ OF_BENCH, "lat_p99_ns < 0", "cannot hold" },
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		struct limit l = { .number = 77 };
		struct fail f = { 0 };

		assert_int_equal(limit_parse(rows[i].of, rows[i].text, &l, &f), -EINVAL);
		assert_int_equal(f.kind, FAIL_USAGE);
		if (!strstr(f.msg, rows[i].says))
			fail_msg("%s: %s", rows[i].text, f.msg);
		assert_true(l.number == 77);
	}
}

static void a_long_limit_is_refused(void **state)
{
	char text[400] = "firmware == ";
	struct limit l;
	struct fail f;

	(void)state;
	memset(text + 12, 'x', 300);
	assert_int_equal(limit_parse(OF_DEVICE, text, &l, &f), -EINVAL);
	memset(text, 'x', 300);
	assert_int_equal(limit_parse(OF_DEVICE, text, &l, &f), -EINVAL);
}

static bool holds(const char *text, double number)
{
	const struct limit l = parsed(OF_BENCH, text);

	return limit_holds(&l, &(struct value){ .known = true, .number = number });
}

static bool word_holds(const char *text, const char *word)
{
	const struct limit l = parsed(OF_DEVICE, text);
	struct value v = { .known = true };

	snprintf(v.word, sizeof(v.word), "%s", word);
	return limit_holds(&l, &v);
}

static void the_edges_of_a_limit(void **state)
{
	(void)state;
	assert_true(holds("iops >= 500k", 500000));
	assert_false(holds("iops >= 500k", 499999.9));
	assert_false(holds("iops > 500k", 500000));
	assert_true(holds("lat_p99_ns <= 200us", 200000));
	assert_false(holds("lat_p99_ns < 200us", 200000));
	assert_false(holds("errors == 0", 1));
	assert_true(holds("errors != 0", 1));
	assert_true(word_holds("firmware matches GXA7*", "GXA7801Q"));
	assert_false(word_holds("firmware matches GXA7*", "GXA6"));
	assert_false(word_holds("firmware == GXA7*", "GXA7"));
	assert_true(word_holds("model == A B", "A B"));
	assert_true(word_holds("model != A B", "A"));
}

static void limits_that_exclude_each_other(void **state)
{
	static const struct {
		const char *a, *b;
		bool cross_check;
	} rows[] = {
		{ "iops >= 2", "iops <= 1", true },	  { "iops >= 1", "iops <= 2", false },
		{ "iops >= 1", "iops <= 1", false },	  { "iops > 1", "iops <= 1", true },
		{ "iops == 1", "iops >= 2", true },	  { "iops == 1", "iops == 2", true },
		{ "iops == 1", "iops != 1", true },	  { "iops >= 1", "iops >= 2", false },
		{ "iops >= 2", "read.iops <= 1", false }, { "iops != 1", "iops >= 2", false },
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		struct limit a = parsed(OF_BENCH, rows[i].a), b = parsed(OF_BENCH, rows[i].b);

		if (limit_contradicts(&a, &b) != rows[i].cross_check ||
		    limit_contradicts(&b, &a) != rows[i].cross_check)
			fail_msg("%s, %s", rows[i].a, rows[i].b);
	}
}

static const char *why_not(const char *text, const char *const *settings, unsigned repeat)
{
	static struct fail f;
	const struct limit l = parsed(OF_BENCH, text);
	struct job job;

	opt_defaults(job_opt_rows, n_job_opt_rows, &job);
	for (; *settings; settings += 2)
		assert_int_equal(opt_set(opt_find(job_opt_rows, n_job_opt_rows, settings[0]), &job,
					 settings[1], &f),
				 0);
	return limit_suits(&l, &job, repeat, &f) < 0 ? f.msg : "";
}

static void what_a_job_does_not_do_has_no_limit(void **state)
{
	static const struct {
		const char *limit, *settings[5], *says;
	} rows[] = {
		{ "write.iops > 1", { NULL }, "the job writes nothing" },
		{ "read.iops > 1", { "rw", "write" }, "the job reads nothing" },
		{ "read.iops > 1", { "rw", "randrw" }, "" },
		{ "write.iops > 1", { "rw", "randrw", "rwmixread", "100" }, "writes nothing" },
		{ "write.iops > 1", { "rw", "trim" }, "the job writes nothing" },
		{ "trim.iops > 1", { "rw", "randwrite" }, "the job trims nothing" },
		{ "sync.lat_p99_ns < 1s", { "rw", "write" }, "neither fsync" },
		{ "sync.lat_p99_ns < 1s", { "rw", "write", "fsync", "1" }, "" },
		{ "service.lat_p99_ns < 1s", { NULL }, "no rate" },
		{ "sustained == yes", { "rate", "5k,closed" }, "closed rate" },
		{ "sustained == yes", { "rate", "5k" }, "" },
		{ "sq_thread_ns_per_io < 1us", { NULL }, "no sqpoll" },
		{ "mismatches == 0", { NULL }, "does not verify" },
		{ "mismatches == 0", { "rw", "write", "verify", "crc32c" }, "" },
		{ "lat_p99_ns < 1us", { "lat", "off" }, "lat off" },
		{ "bytes > 1", { "rw", "nop" }, "nop moves nothing" },
		{ "iops_spread < 1%", { "rw", "nop" }, "no device" },
		{ "iops_repeat_spread < 1%", { NULL }, "repeat" },
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *says = why_not(rows[i].limit, rows[i].settings, 1);

		if (*rows[i].says ? !strstr(says, rows[i].says) : *says)
			fail_msg("%s: %s", rows[i].limit, says);
	}
	assert_string_equal(why_not("iops_repeat_spread < 1%", (const char *const[]){ NULL }, 2),
			    "");
}

static void every_quantity_of_an_empty_result(void **state)
{
	struct result *res = calloc(1, sizeof(*res));
	struct device d = { .poll_queues = -1, .poll_queues_asked = -1, .numa_node = -1 };

	(void)state;
	assert_non_null(res);
	for (unsigned i = 0; i < n_quantities; i++) {
		struct limit l = { .quantity = &quantities[i], .unit = quantities[i].unit };
		struct value v;

		for (unsigned j = 0; j < i; j++)
			assert_false(quantities[i].of == quantities[j].of &&
				     !strcmp(quantities[i].name, quantities[j].name));
		v = quantities[i].of == OF_BENCH ? limit_of_result(&l, res)
						 : limit_of_device(&l, &d);
		if (quantities[i].unit == UNIT_TEXT)
			assert_false(v.known);
		assert_true(isfinite(v.number));
	}
	free(res);
}

static void values_of_a_result(void **state)
{
	struct result *res = calloc(1, sizeof(*res));
	struct limit l;

	(void)state;
	assert_non_null(res);
	res->total.ios = 1000;
	res->total.iops = 5e5;
	res->kinds[IO_WRITE].iops = 7;
	res->cpu.user_ns = 1000000;
	res->cpu.system_ns = 500000;
	for (unsigned i = 0; i < 1000; i++)
		hist_add(&res->total.lat, i < 995 ? 100 : 5000, 1);
	hist_add(&res->service, 50, 10);
	l = parsed(OF_BENCH, "iops >= 1");
	assert_true(limit_of_result(&l, res).number == 5e5);
	l = parsed(OF_BENCH, "write.iops >= 1");
	assert_true(limit_of_result(&l, res).number == 7);
	l = parsed(OF_BENCH, "lat_p99_ns >= 1");
	assert_true(limit_of_result(&l, res).number == 100);
	l = parsed(OF_BENCH, "lat_max_ns >= 1");
	assert_true(limit_of_result(&l, res).number == 5000);
	l = parsed(OF_BENCH, "lat_p9999_ns >= 1");
	assert_false(limit_of_result(&l, res).known);
	l = parsed(OF_BENCH, "cpu_ns_per_io >= 1");
	assert_true(limit_of_result(&l, res).number == 1500);
	l = parsed(OF_BENCH, "service.lat_p50_ns >= 1");
	assert_true(limit_of_result(&l, res).number == 50);
	free(res);
}

/* Numbers for a plan are rounded, but must be read back with almost the same value. */
static void numbers_read_back(void **state)
{
	static const struct {
		const char *name;
		enum unit unit;
	} kinds[] = {
		{ "iops", UNIT_IOPS },	 { "lat_p99_ns", UNIT_NS },
		{ "bytes", UNIT_BYTES }, { "bw_bytes_per_s", UNIT_BYTES_PER_S },
		{ "ios", UNIT_COUNT },
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(kinds); i++) {
		for (double v = 1; v < 1e14; v *= 7.3) {
			_cleanup_str_ struct str s = { 0 };
			struct limit l;

			str_addf(&s, "%s <= ", kinds[i].name);
			limit_number(&s, kinds[i].unit, v);
			l = parsed(OF_BENCH, str_text(&s));
			if (fabs(l.number - v) > v / 1000)
				fail_msg("%s for %g", str_text(&s), v);
		}
	}
}

static void a_miss_is_explained(void **state)
{
	static const struct {
		const char *limit;
		double number;
		const char *says;
	} rows[] = {
		{ "iops >= 500k", 325626, "325.6k, below 500k" },
		{ "lat_p99_ns <= 200us", 1234567, "1.235ms, above 200us" },
		{ "iops_spread <= 10%", 0.4483, "44.83%, above 10%" },
		{ "errors == 0", 3, "3, not 0" },
		{ "sustained == yes", 0, "it is no" },
		{ "errors != 3", 3, "3, which it must not be" },
	};
	struct value v = { .known = true, .word = "GXA6" };
	_cleanup_str_ struct str text = { 0 };
	struct limit l;

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_str_ struct str s = { 0 };

		l = parsed(OF_BENCH, rows[i].limit);
		limit_explain(&l, &(struct value){ .known = true, .number = rows[i].number }, &s);
		assert_string_equal(str_text(&s), rows[i].says);
	}
	l = parsed(OF_DEVICE, "firmware matches GXA7*");
	limit_explain(&l, &v, &text);
	assert_string_equal(str_text(&text), "it is 'GXA6', which does not match 'GXA7*'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_have_units),
		cmocka_unit_test(mistakes_say_what_was_expected),
		cmocka_unit_test(a_long_limit_is_refused),
		cmocka_unit_test(the_edges_of_a_limit),
		cmocka_unit_test(limits_that_exclude_each_other),
		cmocka_unit_test(what_a_job_does_not_do_has_no_limit),
		cmocka_unit_test(every_quantity_of_an_empty_result),
		cmocka_unit_test(values_of_a_result),
		cmocka_unit_test(numbers_read_back),
		cmocka_unit_test(a_miss_is_explained),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
