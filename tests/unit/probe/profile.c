/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <string.h>

#include "probe/lib/base.h"
#include "probe/require/profile.h"

#define HEAD                                                                               \
	"{\"schema_version\":1,\"kind\":\"profile\",\"name\":\"x\",\"application\":\"X\"," \
	"\"about\":\"\",\"sources\":[],"
#define NEEDS "\"needs\":[{\"all\":[\"op:NOP\"],\"effect\":\"fails\",\"without\":\"w\"}],"
#define TAIL  "\"uses\":[],\"unavailable\":[{\"effect\":\"crashes\",\"text\":\"t\"}]}"

static void every_shipped_one(void **state)
{
	(void)state;
	assert_true(n_profile_sources >= 25);
	for (unsigned i = 0; i < n_profile_sources; i++) {
		struct profile p = { 0 };
		struct fail f = { 0 };

		if (profile_load(profile_sources[i].name, &p, &f) < 0)
			fail_msg("%s", f.msg);
		assert_string_equal(p.name, profile_sources[i].name);
		assert_true(p.n_needs > 0);
		assert_true(p.n_sources > 0);
		profile_free(&p);
	}
}

static void all_of_it_is_read(void **state)
{
	const char *text =
		"{\"schema_version\":1,\"kind\":\"profile\",\"name\":\"my\",\"application\":"
		"\"Mine\","
		"\"about\":\"a\",\"sources\":[\"s1\",\"s2\"],\"needs\":[{\"any\":[\"op:NOP\","
		"\"op:READ\"],\"when\":\"kernel:>=6.6\",\"effect\":\"slower\",\"without\":\"w\"}],"
		"\"uses\":[{\"all\":[\"op:WRITE\"],\"effect\":\"falls-back\",\"without\":\"v\"}],"
		"\"unavailable\":[{\"errno\":[\"ENOSYS\",\"EPERM\"],\"effect\":\"falls-back\","
		"\"text\":\"one\"},{\"effect\":\"fails\",\"text\":\"two\"}]}";
	struct access a = { .seen = { .setup = { .ret = -EPERM } } };
	struct profile p;
	struct fail f = { 0 };

	if (profile_load(file_with(state, "my.json", text), &p, &f) < 0)
		fail_msg("%s", f.msg);
	assert_string_equal(p.application, "Mine");
	assert_string_equal(p.sources[1], "s2");
	assert_int_equal(p.n_needs, 1);
	assert_true(p.needs[0].any);
	assert_int_equal(p.needs[0].n, 2);
	assert_int_equal(p.needs[0].requirements[1].row->number, OP_READ);
	assert_true(p.needs[0].has_when);
	assert_int_equal(p.needs[0].when.version.minor, 6);
	assert_int_equal(p.needs[0].without.fate, FATE_SLOWER);
	assert_false(p.uses[0].any);
	assert_false(p.uses[0].has_when);
	assert_string_equal(profile_refused(&p, &a).text, "one");
	a.seen.setup.ret = -EACCES;
	assert_string_equal(profile_refused(&p, &a).text, "two");
	assert_int_equal(profile_refused(&p, &a).fate, FATE_FAILS);
	a.cause = CAUSE_SECCOMP_KILL;
	assert_int_equal(profile_refused(&p, &a).fate, FATE_CRASHES);
	profile_free(&p);
}

static void bad_ones_are_named(void **state)
{
	static const struct {
		const char *text, *says;
	} rows[] = {
		{ "[]", "where: object expected" },
		{ "{", "where:1: not valid JSON" },
		{ "{}", "key 'kind': missing" },
		{ "{\"kind\":\"plan\"}", "'plan' is not 'profile'" },
		{ HEAD NEEDS "\"use\":[]}", "key 'use': unknown; did you mean 'uses'?" },
		{ HEAD NEEDS "\"colour\":[]}", "key 'colour': unknown" },
		{ HEAD NEEDS "\"uses\":[]}", "key 'unavailable': missing" },
		{ HEAD "\"needs\":[1]," TAIL, "needs[0]: object expected" },
		{ HEAD "\"needs\":[{}]," TAIL, "needs[0]: key 'all': missing" },
		{ HEAD "\"needs\":[{\"all\":[]}]," TAIL, "key 'all': empty" },
		{ HEAD "\"needs\":[{\"all\":[1]}]," TAIL, "needs[0]: all[0]: text expected" },
		{ HEAD "\"needs\":[{\"all\":[\"op:NOP\",\"op:NIX\"]}]," TAIL,
		  "needs[0]: all[1]: 'NIX' is not in the table" },
		{ HEAD "\"needs\":[{\"all\":[\"op:NOP\"],\"any\":[\"op:NOP\"]}]," TAIL,
		  "key 'any': beside 'all'" },
		{ HEAD
		  "\"needs\":[{\"all\":[\"op:NOP\"],\"effect\":\"bad\",\"without\":\"\"}]," TAIL,
		  "'bad' is no effect" },
		{ HEAD "\"needs\":[{\"all\":[\"op:NOP\"],\"effect\":\"crahses\",\"without\":\"\"}]"
		       "," TAIL,
		  "'crahses' is no effect; did you mean 'crashes'?" },
		{ HEAD NEEDS
		  "\"uses\":[],\"unavailable\":[{\"errno\":[\"ENOPE\"],\"effect\":\"fails\","
		  "\"text\":\"\"}]}",
		  "'ENOPE' is no errno" },
		{ HEAD NEEDS
		  "\"uses\":[],\"unavailable\":[{\"errno\":[\"EPREM\"],\"effect\":\"fails\","
		  "\"text\":\"\"}]}",
		  "'EPREM' is no errno; did you mean 'EPERM'?" },
		{ HEAD NEEDS
		  "\"uses\":[],\"unavailable\":[{\"errno\":[\"EPERM\"],\"effect\":\"fails\","
		  "\"text\":\"\"}]}",
		  "the last one must be for any errno" },
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		struct profile p = { .n_needs = 3 };
		struct fail f = { 0 };
		int r = profile_parse("where", rows[i].text, strlen(rows[i].text), &p, &f);

		if (r >= 0 || f.kind != FAIL_USAGE || !strstr(f.msg, rows[i].says) ||
		    strncmp(f.msg, "where:", 6))
			fail_msg("row %u: %d %s", i, r, f.msg);
		assert_int_equal(p.n_needs, 3);
	}
}

static void names_and_files(void **state)
{
	struct profile p;
	struct fail f = { 0 };

	(void)state;
	assert_int_equal(profile_load("no-such-application", &p, &f), -EINVAL);
	assert_int_equal(f.kind, FAIL_USAGE);
	assert_string_equal(f.msg, "no application 'no-such-application'; uringtool probe --list "
				   "names them, and a file has a / or .json");
	assert_int_equal(profile_load("postgres", &p, &f), -EINVAL);
	assert_string_equal(f.msg, "no application 'postgres'; did you mean 'postgresql-18'?");
	assert_int_equal(profile_load("postgresql-18-replica", &p, &f), -EINVAL);
	assert_string_equal(
		f.msg, "no application 'postgresql-18-replica'; did you mean 'postgresql-18'?");
	assert_int_equal(profile_load("./none.json", &p, &f), -ENOENT);
	assert_int_equal(profile_load("none.json", &p, &f), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_shipped_one),
		cmocka_unit_test_setup_teardown(all_of_it_is_read, folder_setup, folder_teardown),
		cmocka_unit_test(bad_ones_are_named),
		cmocka_unit_test(names_and_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
