/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <string.h>

#include "probe/feature/diff.h"
#include "probe/lib/base.h"
#include "tests/unit/known.h"

static void from(struct probe_document *d, unsigned major, unsigned minor)
{
	struct probe p;

	known_until(&p, major, minor);
	assert_int_equal(probe_document_of(&p, "live", "k", "h", d), 0);
	probe_free(&p);
}

static void differences(void **state)
{
	_cleanup_(probe_document_free) struct probe_document a = { .n = 0 }, b = { .n = 0 };
	_cleanup_free_ struct difference *list = NULL;
	int n;

	(void)state;
	from(&a, 6, 0);
	from(&b, 6, 1);
	n = probe_documents_diff(&a, &b, &list);
	assert_int_equal(n, 3);
	assert_string_equal(list[0].a->name, "IORING_OP_SENDMSG_ZC");
	assert_string_equal(list[1].a->name, "IORING_SETUP_DEFER_TASKRUN");
	assert_string_equal(list[2].a->name, "IORING_URING_CMD_FIXED");
	assert_false(told_has(list[0].a));
	assert_true(told_has(list[0].b));
}

static void the_same(void **state)
{
	_cleanup_(probe_document_free) struct probe_document a = { .n = 0 }, b = { .n = 0 };
	_cleanup_free_ struct difference *list = NULL;

	(void)state;
	from(&a, 6, 0);
	from(&b, 6, 0);
	assert_int_equal(probe_documents_diff(&a, &b, &list), 0);
}

static void every_answer_counts(void **state)
{
	_cleanup_(probe_document_free) struct probe_document a = { .n = 0 }, b = { .n = 0 };

	(void)state;
	from(&a, 6, 0);
	from(&b, 6, 0);
	for (unsigned i = 0; i < 3; i++) {
		_cleanup_free_ struct difference *list = NULL;
		struct told *t = &a.told[0], was = *t;

		*(i == 0 ? &t->known : i == 1 ? &t->permitted : &t->works) = ANSWER_NO;
		assert_int_equal(probe_documents_diff(&a, &b, &list), 1);
		assert_false(told_has(t));
		*t = was;
		assert_true(told_has(t));
	}
	assert_true(answers_have(ANSWER_YES, ANSWER_UNDECIDED, ANSWER_NA));
	assert_false(answers_have(ANSWER_UNDECIDED, ANSWER_YES, ANSWER_YES));
}

static void rows_of_one_only(void **state)
{
	_cleanup_(probe_document_free) struct probe_document a = { .n = 0 }, b = { .n = 0 };
	_cleanup_free_ struct difference *list = NULL, *other = NULL;

	(void)state;
	from(&a, 6, 0);
	from(&b, 6, 0);
	/* A number without a name in the other document is the same; one that is missing there counts only
	 * if the kernel knows it. */
	*b.told[0].name = '\0';
	b.told[1].number = 999;
	assert_int_equal(probe_documents_diff(&a, &b, &list), 2);
	assert_ptr_equal(list[0].a, &a.told[1]);
	assert_null(list[0].b);
	assert_null(list[1].a);
	b.told[1].known = ANSWER_NO;
	assert_int_equal(probe_documents_diff(&a, &b, &other), 1);
	assert_false(told_has(NULL));
}

static void bad_documents_are_named(void **state)
{
	static const struct {
		const char *text, *says;
	} rows[] = {
		{ "[]", ": not a result of uringtool probe" },
		{ "{}", ": key 'kind': missing" },
		{ "{\"kind\":\"bench\"}", ": key 'kind': 'bench' is not 'probe'" },
		{ "{\"kind\":\"probe\"}", ": key 'host': missing" },
		{ "{\"kind\":\"probe\",\"host\":{\"kernel\":\"6\",\"hostname\":\"h\"},\"access\":"
		  "{\"verdict\":\"usable\",\"cause\":\"none\"}}",
		  ": key 'ops': missing" },
		{ "{\"kind\":\"probe\",\"host\":{\"kernel\":\"6\",\"hostname\":\"h\"},\"access\":"
		  "{\"verdict\":\"usable\",\"cause\":\"none\"},\"ops\":[{\"number\":0,\"name\":"
		  "null,"
		  "\"since\":\"?\",\"known\":\"perhaps\"}]}",
		  ": ops[0]: key 'known': 'perhaps' is no answer" },
	};

	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		struct probe_document d = { .n = 5 };
		struct fail f = { 0 };
		const char *path = file_with(state, "bad.json", rows[i].text);
		int r = probe_document_load(path, &d, &f);

		if (r != -EINVAL || f.kind != FAIL_USAGE || !strstr(f.msg, rows[i].says) ||
		    strncmp(f.msg, path, strlen(path)))
			fail_msg("row %u: %d %s", i, r, f.msg);
		assert_int_equal(d.n, 5);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(differences),
		cmocka_unit_test(the_same),
		cmocka_unit_test(every_answer_counts),
		cmocka_unit_test(rows_of_one_only),
		cmocka_unit_test_setup_teardown(bad_documents_are_named, folder_setup,
						folder_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
