/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <cjson/cJSON.h>
#include <string.h>

#include "bench/qualify/plan.h"
#include "probe/lib/base.h"

#define HEAD "{\"schema_version\":1,\"kind\":\"plan\",\"name\":\"x\","

static int parse(const char *text, struct plan *p, struct mistakes *m, struct fail *f)
{
	return plan_parse("my.json", text, strlen(text), p, m, f);
}

static void every_shipped_one(void **state)
{
	(void)state;
	assert_true(n_plan_sources >= 4);
	for (unsigned i = 0; i < n_plan_sources; i++) {
		struct plan p = { 0 };
		struct mistakes m = { 0 };
		struct fail f = { 0 };

		if (plan_load(plan_sources[i].name, &p, &m, &f) < 0)
			fail_msg("%s; line %u: %s: %s", f.msg, m.n ? m.list[0].line : 0,
				 m.n ? m.list[0].where : "", m.n ? m.list[0].text : "");
		assert_string_equal(p.name, plan_sources[i].name);
		assert_string_equal(p.file, plan_sources[i].name);
		assert_non_null(p.description);
		assert_int_equal(strlen(p.sha256), 64);
		plan_free(&p);
	}
}

static void all_of_it_is_read(void **state)
{
	static const char text[] = HEAD
		"\"description\":\"d\",\"requirements\":[\"op:READ\",{\"requirement\":"
		"\"op:WRITE\",\"required\":false}],\"applications\":[\"tokio\"],\"device\":"
		"[\"firmware matches A*\"],\"benchmarks\":[{\"name\":\"b\",\"job\":{"
		"\"rw\":\"randread\",\"bs\":8192,\"runtime_ns\":5000000000,\"ramp\":2,"
		"\"sqpoll\":true,\"batch_submit\":\"16\",\"batch-complete\":4,\"direct\":"
		"false,\"random\":\"zipf\",\"fixedbufs\":true,\"registered_ring\":false,"
		"\"rate\":null},\"repeat\":3,\"required\":true,\"limits\":[\"iops >= 5k\",{"
		"\"limit\":\"lat_p99_ns<=1ms\",\"required\":false}]}]}";
	struct mistakes m = { 0 };
	const struct plan_bench *b;
	struct fail f = { 0 };
	struct plan p;

	(void)state;
	if (parse(text, &p, &m, &f) < 0)
		fail_msg("%s: %s %s", f.msg, m.list[0].where, m.list[0].text);
	assert_string_equal(p.file, "my.json");
	assert_string_equal(p.description, "d");
	assert_int_equal(p.n_requirements, 2);
	assert_true(p.requirements[0].required);
	assert_false(p.requirements[1].required);
	assert_string_equal(p.applications[0].profile.name, "tokio");
	assert_string_equal(p.device[0].text, "firmware matches A*");
	assert_int_equal(p.n_benches, 1);
	b = &p.benches[0];
	assert_int_equal(b->job.bs, 8192);
	assert_int_equal(b->job.runtime, 5000000000);
	assert_int_equal(b->job.ramp, 2000000000);
	assert_int_equal(b->job.sqpoll, OPT_ON);
	assert_int_equal(b->job.batch_submit, 16);
	assert_int_equal(b->job.batch_complete, 4);
	assert_int_equal(b->job.registered_ring, WHEN_OFF);
	assert_false(b->job.direct);
	assert_true(b->job.fixedbufs);
	assert_string_equal(b->job.random, "zipf");
	assert_null(b->job.rate);
	assert_int_equal(b->repeat, 3);
	assert_true(b->limits[0].required);
	assert_false(b->limits[1].required);
	assert_int_equal(b->n_limits, 3);
	assert_string_equal(b->limits[2].text, "errors == 0");
	assert_true(b->limits[2].required);
	assert_int_equal(plan_runtime_ns(&p), 21000000000);
	plan_free(&p);
}

static bool said(const struct mistakes *m, unsigned line, const char *where, const char *text)
{
	for (unsigned i = 0; i < m->n; i++)
		if (m->list[i].line == line && !strcmp(m->list[i].where, where) &&
		    strstr(m->list[i].text, text))
			return true;
	return false;
}

static const char *const mistaken = PLANS "/mistakes.json";

/* A plan with every kind of mistake: all are reported, each with its line, and nothing else. */
static void every_mistake_is_told(void **state)
{
	static const struct {
		unsigned line;
		const char *where, *text;
	} rows[] = {
		{ 2, "schema_version", "2 is not 1" },
		{ 3, "kind", "'profile' is not \"plan\"" },
		{ 4, "name", "the text is empty" },
		{ 5, "descripton", "unknown key; did you mean 'description'?" },
		{ 6, "colour", "unknown key" },
		{ 8, "requirements[0]", "'RAED' is not in the table ops; did you mean 'READ'?" },
		{ 9, "requirements[1]", "'DEFER_TASKRUN' is not in the table features; there is" },
		{ 10, "requirements[2]", "'SEND_ZC' is not a requirement such as op:SEND_ZC" },
		{ 11, "requirements[3]", "'5.10' is not a kernel version such as >=5.10.186" },
		{ 12, "requirements[4]",
		  "a text or an object with 'requirement' expected, and this is a number" },
		{ 13, "requirements[5].requried", "unknown key; did you mean 'required'?" },
		{ 14, "requirements[6]", "key 'requirement' is missing" },
		{ 15, "requirements[7].required", "true or false expected, and this is a text" },
		{ 18, "applications[0]",
		  "no application 'postgres-18'; did you mean 'postgresql-18'?" },
		{ 19, "applications[1]",
		  "a text or an object with 'application' expected, and this is an array" },
		{ 22, "device[0]",
		  "'frimware matches GXA7*': 'frimware' is nothing that a device has;" },
		{ 23, "device[1]", "'firmware >= 5': firmware is a text: '>=' is not for it" },
		{ 24, "device[2]",
		  "'link_lanes matches 4': link_lanes is no text: 'matches' is not for it" },
		{ 25, "device[3]", "'rotational == maybe': 'maybe' is not yes or no" },
		{ 26, "device[4]",
		  "'iops >= 5': 'iops' is nothing that a device has; uringtool-plan(5)" },
		{ 29, "benchmarks[0]", "key 'name' is missing" },
		{ 33, "benchmarks[1].name",
		  "'a name with spaces' is not a name: up to 63 letters, digits and . _ -" },
		{ 34, "benchmarks[1].job.rw",
		  "'randraed' is none of read, write, randread, randwrite, rw, randrw," },
		{ 34, "benchmarks[1].job.bs", "'4q' is not a size such as 4096, 4k, 1m or 2g" },
		{ 34, "benchmarks[1].job.iodepth", "'0' is outside 1 to 16384" },
		{ 34, "benchmarks[1].job.direct", "true or false expected" },
		{ 38, "benchmarks[2].name", "duplicate key, first on line 37" },
		{ 39, "benchmarks[2].job.io-depht", "no job has this; did you mean 'iodepth'?" },
		{ 39, "benchmarks[2].job.frobnicate",
		  "no job has this; uringtool bench --help lists what it has" },
		{ 39, "benchmarks[2].job.runtime",
		  "'10 s' is not a time such as 10s, 500ms or 2m" },
		{ 39, "benchmarks[2].job.sqpoll", "'maybe' is not a number, on or off" },
		{ 40, "benchmarks[2].repeat", "1000 is not a whole number from 1 to 100" },
		{ 44, "benchmarks[3].job", "--iopoll needs direct I/O: drop --buffered" },
		{ 45, "benchmarks[3].repeat", "2.5 is not a whole number from 1 to 100" },
		{ 48, "benchmarks[4].name", "another benchmark is called 'rules' already" },
		{ 49, "benchmarks[4].job.overwrite",
		  "a plan cannot give consent to write; that is an option of uringtool qualify" },
		{ 49, "benchmarks[4].job.destroy_data_on",
		  "a plan cannot give consent to write; that is an option of uringtool qualify" },
		{ 50, "benchmarks[4].required", "true or false expected, and this is a number" },
		{ 56, "benchmarks[5].limits[0]",
		  "'ipos >= 500k': 'ipos' is nothing that a measurement has; did you" },
		{ 57, "benchmarks[5].limits[1]",
		  "'iops => 500k': '=>' is no comparison; did you mean '>='?" },
		{ 58, "benchmarks[5].limits[2]",
		  "'iops >= 200us': '200us' is not a number of I/Os per second such as" },
		{ 59, "benchmarks[5].limits[3]",
		  "'lat_p99_ns <= 5%': '5%' is not a time such as 200us, 1.5ms or 10s" },
		{ 60, "benchmarks[5].limits[4]",
		  "'iops': nothing stands after 'iops': a limit is like 'iops >= 500k'" },
		{ 61, "benchmarks[5].limits[5]",
		  "'iops >=': nothing stands after >=: a number of I/Os per second such" },
		{ 62, "benchmarks[5].limits[6]",
		  "'iops >= 0': holds whatever is measured: nothing is below 0" },
		{ 64, "benchmarks[5].limits[8]", "'iops <= 4k' and 'iops >= 5k' cannot both hold" },
		{ 65, "benchmarks[5].limits[9]", "'iops >= 5k' is there already" },
		{ 65, "benchmarks[5].limits[9]", "'iops >= 5k' and 'iops <= 4k' cannot both hold" },
		{ 66, "benchmarks[5].limits[10]",
		  "'iops_spread <= 10': '10' is more than the whole: write 10%" },
		{ 67, "benchmarks[5].limits[11]",
		  "'write.iops' has no value: the job writes nothing" },
		{ 68, "benchmarks[5].limits[12]",
		  "'iops_repeat_spread' has no value: the benchmark runs once: it needs" },
		{ 69, "benchmarks[5].limits[13]",
		  "'service.lat_p99_ns' has no value: the job has no rate" },
		{ 70, "benchmarks[5].limits[14].limit", "a text expected, and this is a number" },
		{ 71, "benchmarks[5].limits[15]",
		  "a text or an object with 'limit' expected, and this is false" },
		{ 74, "benchmarks[6]", "key 'job' is missing" },
		{ 80, "benchmarks[7].purge", "'scrub' is not \"discard\", \"format\" or \"none\"" },
		{ 80, "benchmarks[7].precondition", "'twice' is not like \"2x\"" },
		{ 81, "benchmarks[7].steady_state", "true or false expected" },
		{ 82, "benchmarks[7].round", "'60 seconds' is not a time" },
		{ 87, "benchmarks[8].precondition", "nop has no target to precondition" },
		{ 87, "benchmarks[8].purge", "nop has no target to purge" },
		{ 88, "benchmarks[8].steady_state", "drop io_limit" },
		{ 93, "benchmarks[9].round", "there are rounds only with" },
		{ 97, "benchmarks[10].job", "an object expected, such as {\"rw\": \"randread\"}" },
		{ 98, "benchmarks[10].limits", "an array expected, and this is a text" },
		{ 100, "benchmarks[11]", "an object expected, and this is a number" },
	};
	struct mistakes m = { 0 };
	struct fail f = { 0 };
	struct plan p;

	(void)state;
	assert_int_equal(plan_load(mistaken, &p, &m, &f), -EINVAL);
	assert_int_equal(f.kind, FAIL_USAGE);
	for (unsigned i = 1; i < m.n; i++)
		assert_true(m.list[i].line >= m.list[i - 1].line);
	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++)
		if (!said(&m, rows[i].line, rows[i].where, rows[i].text))
			fail_msg("line %u, %s: not told: %s", rows[i].line, rows[i].where,
				 rows[i].text);
	assert_int_equal(m.n, ARRAY_SIZE(rows));
	mistakes_free(&m);
}

static void whole_plans_that_make_no_sense(void **state)
{
	static const struct {
		const char *text, *says;
	} rows[] = {
		{ "[]", "an object expected, and this is an array" },
		{ "null", "an object expected, and this is null" },
		{ "{}", "key 'kind' is missing" },
		{ HEAD "\"benchmarks\":[]}", "the plan is empty" },
		{ HEAD "\"requirements\":[{\"requirement\":\"op:READ\",\"required\":false}]}",
		  "nothing in the plan is required" },
		{ HEAD "\"benchmarks\":[{\"name\":\"b\",\"required\":false,\"job\":{},\"limits\":["
		       "\"iops >= 1\"]}]}",
		  "nothing in the plan is required" },
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		struct mistakes m = { 0 };
		struct fail f = { 0 };
		struct plan p;

		assert_int_equal(parse(rows[i].text, &p, &m, &f), -EINVAL);
		assert_true(m.n > 0);
		if (!strstr(m.list[0].text, rows[i].says))
			fail_msg("%s: %s", rows[i].text, m.list[0].text);
		mistakes_free(&m);
	}
}

static void what_is_no_json_is_told_once(void **state)
{
	struct mistakes m = { 0 };
	struct fail f = { 0 };
	struct plan p;

	(void)state;
	assert_int_equal(parse("{\n\n\"a\": nothing}", &p, &m, &f), -EINVAL);
	assert_string_equal(f.msg, "my.json:3: not valid JSON");
	assert_int_equal(m.n, 0);
}

static void mistakes_are_bounded(void **state)
{
	_cleanup_str_ struct str text = { 0 };
	struct mistakes m = { 0 };
	struct fail f = { 0 };
	struct plan p;

	(void)state;
	str_add(&text, HEAD "\"requirements\":[0");
	str_rep(&text, ",0", 999);
	str_add(&text, "],\"device\":[0");
	str_rep(&text, ",0", 999);
	str_add(&text, "],\"benchmarks\":[0");
	str_rep(&text, ",0", 1000);
	str_add(&text, "]}");
	assert_int_equal(parse(str_text(&text), &p, &m, &f), -EINVAL);
	assert_string_equal(f.msg, "my.json: 2001 mistakes");
	assert_int_equal(m.n, MISTAKES_MAX);
	assert_int_equal(m.more, 1001);
	mistakes_free(&m);
}

static void names_of_plans(void **state)
{
	struct mistakes m = { 0 };
	struct fail f = { 0 };
	struct plan p;

	assert_int_equal(plan_load("quikc", &p, &m, &f), -EINVAL);
	assert_string_equal(f.msg, "no plan 'quikc'; did you mean 'quick'?");
	assert_int_equal(plan_load("something", &p, &m, &f), -EINVAL);
	assert_non_null(strstr(f.msg, "there are container, database, "));
	assert_int_equal(plan_load(in_folder(state, "none.json"), &p, &m, &f), -ENOENT);
	assert_int_equal(m.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_shipped_one),
		cmocka_unit_test(all_of_it_is_read),
		cmocka_unit_test(every_mistake_is_told),
		cmocka_unit_test(whole_plans_that_make_no_sense),
		cmocka_unit_test(what_is_no_json_is_told_once),
		cmocka_unit_test(mistakes_are_bounded),
		cmocka_unit_test_setup_teardown(names_of_plans, folder_setup, folder_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
