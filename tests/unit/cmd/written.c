/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <string.h>

#include "cmd/output/written.h"
#include "probe/lib/base.h"

#define TOOL "\"tool\":{\"name\":\"uringtool\",\"version\":\"0\"}"

static void what_heads_tell(void **state)
{
	static const struct {
		const char *head;
		enum written what;
		const char *kind;
	} cases[] = {
		{ "{\"schema_version\":1,\"kind\":\"bench\"," TOOL "}", WRITTEN_RESULT, "bench" },
		{ "{\n  \"schema_version\": 1,\r\n\t\"kind\": \"probe\",\n" TOOL, WRITTEN_RESULT,
		  "probe" },
		{ "{\"schema_version\":12,\"kind\":\"recording\"," TOOL "}", WRITTEN_RECORDING,
		  "recording" },
		{ "{\"schema_version\":1,\"kind\":\"plan\",\"name\":\"made\",\"x\":1}",
		  WRITTEN_RESULT, "plan" },
		{ "{\"fio version\" : \"uringtool-0.2.0\",", WRITTEN_RESULT, "fio" },
		{ "<?xml version=\"1.0\"?>\n<!-- uringtool -->\n<svg xmlns=\"x\">", WRITTEN_PICTURE,
		  "" },
		{ "<?xml version=\"1.0\"?>\n<!-- uringtool -->\n<testsuites>", WRITTEN_RESULT, "" },
		{ "[//]: # (uringtool)\n\n## nop on vm: pass\n", WRITTEN_RESULT, "" },
		{ "<!DOCTYPE html>\n<html><title>uringtool: nop</title>", WRITTEN_RESULT, "" },
		{ "TAP version 14\n# uringtool\n1..2\n", WRITTEN_RESULT, "" },
		{ "# HELP uringtool_result_info A result.\n", WRITTEN_RESULT, "" },
		{ "{\"schemaVersion\":{\"major\":2}}\n{\"a\":{\"parameters\":{\"tool\":"
		  "\"uringtool\"}}}",
		  WRITTEN_RESULT, "" },
		/* Not written by uringtool. */
		{ "", WRITTEN_NONE, "" },
		{ "{", WRITTEN_NONE, "" },
		{ "{\"schema_version\":1,\"kind\":\"plan\",\"name\":\"mine\"}", WRITTEN_NONE,
		  "plan" },
		{ "{\"schema_version\":1,\"kind\":\"bench\",\"tool\":{\"name\":\"other\"}}",
		  WRITTEN_NONE, "bench" },
		{ "{\"schema_version\":1,\"kind\":\"profile\",\"name\":\"uringtool\"}",
		  WRITTEN_NONE, "profile" },
		{ "{\"fio version\" : \"fio-3.33\",", WRITTEN_NONE, "fio" },
		{ "<?xml version=\"1.0\"?>\n<svg xmlns=\"x\"><title>uringtool</title>",
		  WRITTEN_NONE, "" },
		{ "<?xml version=\"1.0\"?>\n<testsuites>", WRITTEN_NONE, "" },
		{ "<!DOCTYPE html>\n<html><title>mine</title>", WRITTEN_NONE, "" },
		{ "TAP version 14\n1..2\n", WRITTEN_NONE, "" },
		{ "# HELP node_load1 x\n# HELP uringtool_x y\n", WRITTEN_NONE, "" },
		{ "{\"schemaVersion\":{\"major\":2}}\n", WRITTEN_NONE, "" },
		{ "# uringtool probe\nset -eu\n", WRITTEN_NONE, "" },
	};
	char kind[WRITTEN_KIND];

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *head = cases[i].head;

		if (written_of(head, kind) != cases[i].what)
			fail_msg("%s", head);
		if (strcmp(kind, cases[i].kind) != 0)
			fail_msg("%s: of kind %s", head, kind);
	}
}

static void any_bytes_will_do(void **state)
{
	static const char head[] = "{\"schema_version\":1,\"kind\":\"";
	char bytes[4096], kind[WRITTEN_KIND];

	(void)state;
	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = i * 37 | 1;
	bytes[sizeof(bytes) - 1] = '\0';
	assert_int_equal(written_of(bytes, kind), WRITTEN_NONE);
	memset(bytes, 'x', sizeof(bytes) - 1);
	memcpy(bytes, head, sizeof(head) - 1);
	assert_int_equal(written_of(bytes, kind), WRITTEN_NONE);
	assert_int_equal(written_of("{\"a\\", kind), WRITTEN_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_heads_tell),
		cmocka_unit_test(any_bytes_will_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
