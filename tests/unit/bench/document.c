/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <math.h>
#include <string.h>

#include "bench/saved/document.h"
#include "probe/lib/base.h"

#define ENVELOPE(kind)                                                                     \
	"\"schema_version\": 1, \"kind\": \"" kind "\", \"tool\": {\"name\": "             \
	"\"uringtool\", \"version\": \"1\"}, \"host\": {\"hostname\": \"h\", \"kernel\": " \
	"\"6.1\", \"machine\": \"m\", \"cpus\": 1}, \"time\": \"2026-01-31T12:00:00Z\", "  \
	"\"command\": [\"uringtool\"], "

#define BODY(valid)                                                                             \
	"\"job\": {\"rw\": \"randread\", \"bs\": 4096, \"iodepth\": 32, \"direct\": true, "     \
	"\"sqpoll\": true}, \"target\": {\"path\": \"/dev/x\", \"device\": {\"model\": \"M\", " \
	"\"firmware\": \"F\"}}, \"result\": {\"elapsed_s\": 2, \"total\": {\"iops\": 1000.5, "  \
	"\"lat_p99_ns\": 200, \"lat_max_ns\": null}, \"cpu\": {\"cpu_ns_per_io\": 7}}, "        \
	"\"valid\": " valid ", \"complete\": true, \"reasons\": [\"a\", \"b\"]"

#define CHECK(id, verdict, more) \
	"{\"id\": \"" id "\", \"title\": \"t\", \"verdict\": \"" verdict "\"" more "}"

#define QUALIFY(verdict, checks)                                                                   \
	"{" ENVELOPE("qualify") "\"plan\": {\"name\": \"p\"}, \"verdict\": \"" verdict "\", "      \
				"\"why\": \"w\", \"duration_s\": 1, \"devices\": [], \"checks\": " \
				"[" checks "], \"results\": []}"

static int parse(const char *text, struct document *d, struct fail *f)
{
	return document_parse("file.json", text, strlen(text), d, NULL, f);
}

static void measurement(void **state)
{
	struct document d;
	struct fail f;

	(void)state;
	assert_int_equal(parse("{" ENVELOPE("bench") BODY("true") "}", &d, &f), 0);
	assert_int_equal(d.kind, DOC_BENCH);
	assert_string_equal(d.host, "h");
	assert_string_equal(d.name, "randread-4k-qd32-sqpoll");
	assert_int_equal(d.seconds, 1769860800);
	assert_int_equal(d.verdict, DOC_PASS);
	assert_int_equal(d.n_checks, 1);
	assert_int_equal(d.counts[DOC_PASS], 1);
	assert_int_equal(d.n_benches, 1);
	assert_string_equal(d.benches[0].model, "M");
	assert_float_equal(d.benches[0].metric[METRIC_IOPS], 1000.5, 0);
	assert_float_equal(d.benches[0].metric[METRIC_CPU], 7, 0);
	assert_true(isnan(d.benches[0].metric[METRIC_LAT_MAX]));
	assert_true(isnan(d.benches[0].metric[METRIC_LAT_P50]));
	document_free(&d);
}

/* The block size of a NOP is meaningless. */
static void a_nop_has_no_size(void **state)
{
	struct document d;
	struct fail f;

	(void)state;
	assert_int_equal(
		parse("{" ENVELOPE("bench") "\"job\": {\"rw\": \"nop\", \"bs\": 4096, "
					    "\"iodepth\": 8}, \"result\": {\"total\": {}}, "
					    "\"valid\": true, \"complete\": true}",
		      &d, &f),
		0);
	assert_string_equal(d.name, "nop-qd8");
	document_free(&d);
}

static void not_trusted_is_invalid(void **state)
{
	struct document d;
	struct fail f;

	(void)state;
	assert_int_equal(parse("{" ENVELOPE("bench") BODY("false") "}", &d, &f), 0);
	assert_int_equal(d.verdict, DOC_INVALID);
	assert_string_equal(d.checks[0].why, "a; b");
	document_free(&d);
}

static void checks(void **state)
{
	struct document d;
	struct fail f;

	(void)state;
	assert_int_equal(
		parse(QUALIFY("fail",
			      CHECK("a", "pass", "") ", " CHECK(
				      "b", "fail",
				      ", \"value\": 1, \"limit\": true, \"op\": \"<\", "
				      "\"unit\": \"\", \"required\": false") ", " CHECK("a", "fail",
											"")),
		      &d, &f),
		0);
	assert_int_equal(d.n_checks, 3);
	assert_string_equal(d.checks[2].id, "a#2");
	assert_true(d.checks[0].required);
	assert_false(d.checks[1].required);
	assert_int_equal(d.checks[1].value.type, VALUE_NUMBER);
	assert_int_equal(d.checks[1].limit.type, VALUE_BOOL);
	assert_null(d.checks[1].unit);
	assert_int_equal(d.checks[0].value.type, VALUE_NONE);
	assert_int_equal(d.counts[DOC_FAIL], 2);
	document_free(&d);
}

/* A reader of only the checks gets the same verdict. */
static void verdict_and_checks_agree(void **state)
{
	static const struct {
		const char *text;
		enum doc_verdict verdict;
		unsigned n_checks;
	} cases[] = {
		{ QUALIFY("pass", CHECK("a", "fail", "")), DOC_FAIL, 1 },
		{ QUALIFY("pass", CHECK("a", "invalid", "")), DOC_INVALID, 1 },
		{ QUALIFY("pass", CHECK("a", "skipped", "")), DOC_PASS, 1 },
		{ QUALIFY("pass", CHECK("a", "fail", ", \"required\": false")), DOC_PASS, 1 },
		{ QUALIFY("fail", CHECK("a", "pass", "")), DOC_FAIL, 2 },
		{ QUALIFY("fail", CHECK("verdict", "pass", "")), DOC_FAIL, 2 },
		{ QUALIFY("invalid", ""), DOC_INVALID, 1 },
		{ QUALIFY("skipped", CHECK("a", "skipped", "")), DOC_SKIPPED, 1 },
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
		struct document d;
		struct fail f;

		assert_int_equal(parse(cases[i].text, &d, &f), 0);
		assert_int_equal(d.verdict, cases[i].verdict);
		assert_int_equal(d.n_checks, cases[i].n_checks);
		if (d.n_checks == 2) {
			assert_int_equal(d.checks[1].verdict, cases[i].verdict);
			assert_string_equal(d.checks[1].why, "w");
		}
		document_free(&d);
	}
}

static void repeats_count_up(void **state)
{
	static const char one[] = "{\"name\": \"b\", \"device\": \"/dev/x\", \"bench\": "
				  "{" BODY("true") "}}";
	_cleanup_str_ struct str text = { 0 };
	struct document d;
	struct fail f;

	(void)state;
	str_addf(&text,
		 "{" ENVELOPE("qualify") "\"plan\": {\"name\": \"p\"}, \"verdict\": \"pass\", "
					 "\"devices\": [{\"path\": \"/dev/x\", \"verdict\": "
					 "\"pass\"}], \"checks\": [], \"results\": [%s, %s]}",
		 one, one);
	assert_int_equal(parse(str_text(&text), &d, &f), 0);
	assert_int_equal(d.n_benches, 2);
	assert_int_equal(d.benches[0].repeat, 1);
	assert_int_equal(d.benches[1].repeat, 2);
	assert_string_equal(d.devices[0].path, "/dev/x");
	document_free(&d);
}

static void text_is_tamed(void **state)
{
	static const struct {
		const char *wild, *tame;
	} cases[] = {
		{ "plain", "plain" },
		{ "a\nb\tc\rd", "a b c d" },
		{ "\033[31mred\007", "?[31mred?" },
		{ "\177", "?" },
		{ "µ → 😀", "µ → 😀" },
		{ "\xff\xfe", "??" },
		{ "\xc3", "?" },
		{ "\xc2\x85x", "??x" },
		{ "\xef\xbf\xbe\xef\xbf\xbf", "??????" },
		{ "a\u2028b\u2029", "a   b   " },
		{ "\u2027\u202a", "\u2027\u202a" },
		{ "\xef\xbf\xbd", "\xef\xbf\xbd" },
		{ "\xed\xa0\x80", "???" },
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
		char *text = strdup(cases[i].wild);

		assert_non_null(text);
		text_tame(text);
		assert_string_equal(text, cases[i].tame);
		free(text);
	}
}

static void everything_in_a_document_is_tamed(void **state)
{
	struct document d;
	struct fail f;

	(void)state;
	assert_int_equal(
		parse(QUALIFY("fail", CHECK("a\\u001bb", "fail", ", \"why\": \"x\\ny\"")), &d, &f),
		0);
	assert_string_equal(d.checks[0].id, "a?b");
	assert_string_equal(d.checks[0].why, "x y");
	document_free(&d);
}

static void errors_name_the_place(void **state)
{
	static const struct {
		const char *text, *says;
		bool foreign;
	} cases[] = {
		{ "{", "file.json:1: not valid JSON", false },
		{ "[]", "file.json: not a result of uringtool", true },
		{ "{\"kind\": \"bench\"}", "file.json: not a result of uringtool", true },
		{ "{" ENVELOPE("recording") "\"a\": 1}",
		  "file.json: a document of kind 'recording'; reported are bench, compare, curve, "
		  "layout, probe, pts, qualify, requirements, sweep",
		  true },
		{ "{" ENVELOPE("bench") "\"valid\": true}", "file.json: key 'job': object expected",
		  false },
		{ "{" ENVELOPE("qualify") "\"plan\": {\"name\": \"\"}}",
		  "file.json: plan: key 'name': empty", false },
		{ QUALIFY("good", ""),
		  "file.json: key 'verdict': 'good' is not pass, fail, skipped or invalid", false },
		{ QUALIFY("pass", "{\"id\": \"a\"}"),
		  "file.json: checks[0]: key 'verdict': missing", false },
		{ QUALIFY("pass", CHECK("a", "pass", "") ", " CHECK(" ", "pass", "")),
		  "file.json: checks[1]: key 'id': empty", false },
		{ QUALIFY("pass", "1"), "file.json: checks[0]: object expected", false },
		{ "{\"schema_version\": 2, \"kind\": \"bench\", \"tool\": {\"name\": "
		  "\"uringtool\"}}",
		  "file.json: key 'schema_version': not 1; a newer uringtool made it", false },
		{ "{\"schema_version\": 1, \"kind\": \"bench\", \"tool\": {\"name\": "
		  "\"uringtool\"}, \"host\": {\"hostname\": \"h\", \"kernel\": \"k\"}, \"time\": "
		  "\"2026-02-30T12:00:00Z\"}",
		  "file.json: key 'time': no time such as 2026-01-31T12:00:00Z", false },
		{ "{\"schema_version\": 1, \"kind\": \"bench\", \"tool\": {\"name\": "
		  "\"uringtool\"}, \"host\": {\"hostname\": \"h\", \"kernel\": \"k\"}, \"time\": "
		  "\"2026-01-30T12:00:00Z and more\"}",
		  "file.json: key 'time': no time such as 2026-01-31T12:00:00Z", false },
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
		struct document d = { 0 };
		struct fail f = { 0 };
		bool foreign;

		assert_int_equal(document_parse("file.json", cases[i].text, strlen(cases[i].text),
						&d, &foreign, &f),
				 -EINVAL);
		assert_string_equal(f.msg, cases[i].says);
		assert_int_equal(f.kind, FAIL_USAGE);
		assert_int_equal(foreign, cases[i].foreign);
		assert_null(d.tree);
	}
}

static void a_pts_test(void **state)
{
	struct document d;
	struct fail f;

	(void)state;
	assert_int_equal(parse("{" ENVELOPE("pts") "\"test\": \"iops\", \"target\": {\"path\": "
						   "\"/dev/a\"}, \"window\": {\"first_round\": 3, "
						   "\"rounds\": 5}, \"reached\": true, "
						   "\"deviations\": [\"one\", \"two\"], "
						   "\"matrix\": [{\"read_percent\": 65, "
						   "\"block_bytes\": 65536, \"iops\": 7, "
						   "\"lat_max_ns\": 9, \"valid\": true}], "
						   "\"valid\": true, \"complete\": true}",
			       &d, &f),
			 0);
	assert_string_equal(d.name, "PTS iops");
	assert_int_equal(d.verdict, DOC_PASS);
	assert_string_equal(d.about, "Steady in rounds 3 to 7; differs from PTS: one; two");
	assert_int_equal(d.n_benches, 1);
	assert_string_equal(d.benches[0].name, "64k 65/35");
	assert_string_equal(d.benches[0].device, "/dev/a");
	assert_float_equal(d.benches[0].metric[METRIC_IOPS], 7, 0);
	document_free(&d);
	/* Interrupted in the first round. */
	assert_int_equal(parse("{" ENVELOPE("pts") "\"test\": \"latency\", \"window\": null, "
						   "\"reached\": false, \"deviations\": [], "
						   "\"matrix\": [], \"valid\": false, "
						   "\"complete\": false, \"reasons\": [\"no\"]}",
			       &d, &f),
			 0);
	assert_int_equal(d.verdict, DOC_INVALID);
	assert_null(d.about);
	assert_int_equal(d.n_benches, 0);
	document_free(&d);
	assert_int_equal(parse("{" ENVELOPE("pts") "\"test\": 5, \"matrix\": []}", &d, &f),
			 -EINVAL);
}

static void curve_and_sweep(void **state)
{
	struct document d;
	struct fail f;

	(void)state;
	assert_int_equal(parse("{" ENVELOPE("curve") "\"job\": {\"rw\": \"read\"}, \"target\": "
						     "{\"path\": null}, \"knee\": {\"iops\": 5, "
						     "\"lat_p99_ns\": 3500}, \"closed_loop\": "
						     "{\"iops\": 9}, \"points\": [{\"asked_iops\": "
						     "5, \"iops\": 4, \"lat_p99_ns\": 3, "
						     "\"valid\": false}], \"valid\": true, "
						     "\"complete\": false, \"reasons\": []}",
			       &d, &f),
			 0);
	assert_string_equal(d.name, "read curve");
	assert_int_equal(d.verdict, DOC_INVALID);
	assert_string_equal(d.why, "it was cut short");
	assert_string_equal(d.about, "The knee is at 5 IOPS, with a p99 of 3.5 us");
	assert_int_equal(d.n_benches, 2);
	assert_string_equal(d.benches[1].name, "at 5 IOPS");
	assert_float_equal(d.benches[1].metric[METRIC_LAT_P99], 3, 0);
	assert_false(d.benches[1].valid);
	document_free(&d);
	assert_int_equal(parse("{" ENVELOPE("sweep") "\"job\": {}, \"configurations\": "
						     "[{\"settings\": [\"a\", \"b\"], \"state\": "
						     "\"measured\", \"iops\": 4}, {\"settings\": "
						     "[], \"state\": \"failed\"}], \"valid\": "
						     "true, \"recommendation\": {\"settings\": "
						     "[\"a\", \"b\"], \"because\": [\"c\", "
						     "\"d\"]}}",
			       &d, &f),
			 0);
	assert_int_equal(d.verdict, DOC_PASS);
	assert_int_equal(d.n_benches, 1);
	assert_string_equal(d.benches[0].name, "a b");
	assert_string_equal(d.about, "Recommended: a b, because c; d");
	document_free(&d);
}

static void compared(void **state)
{
	struct document d;
	struct fail f;

	(void)state;
	assert_int_equal(
		parse("{" ENVELOPE("compare") "\"met\": \"unmet\", \"reasons\": [], \"metrics\": "
					      "[{\"part\": \"total\", \"metric\": \"iops\", "
					      "\"better_when\": \"more\", \"change_share\": "
					      "-0.5, \"max_regress_share\": 0.1, \"verdict\": "
					      "\"worse\", \"decides\": true, \"met\": \"unmet\"}, "
					      "{\"part\": \"total\", \"metric\": \"lat_p50_ns\", "
					      "\"decides\": false, \"met\": \"undecided\"}]}",
		      &d, &f),
		0);
	assert_int_equal(d.verdict, DOC_FAIL);
	assert_int_equal(d.checks[0].verdict, DOC_FAIL);
	assert_string_equal(d.checks[0].op, ">=");
	assert_float_equal(d.checks[0].limit.number, -0.1, 0);
	assert_false(d.checks[1].required);
	assert_int_equal(d.checks[1].verdict, DOC_INVALID);
	document_free(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(measurement),
		cmocka_unit_test(a_nop_has_no_size),
		cmocka_unit_test(not_trusted_is_invalid),
		cmocka_unit_test(checks),
		cmocka_unit_test(verdict_and_checks_agree),
		cmocka_unit_test(repeats_count_up),
		cmocka_unit_test(text_is_tamed),
		cmocka_unit_test(everything_in_a_document_is_tamed),
		cmocka_unit_test(errors_name_the_place),
		cmocka_unit_test(a_pts_test),
		cmocka_unit_test(curve_and_sweep),
		cmocka_unit_test(compared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
