/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <string.h>

#include "probe/lib/base.h"
#include "probe/uapi/uapi.h"

static void rows_ascend_and_say_something(void **state)
{
	(void)state;
	for (unsigned kind = 0; kind < UAPI_KINDS; kind++) {
		const struct uapi_table *t = &uapi_tables[kind];

		for (unsigned i = 0; i < t->n; i++) {
			const struct uapi_row *row = &t->rows[i];

			if (i && kind != UAPI_OPFLAG && row->number <= row[-1].number)
				fail_msg("%s stands after %s", row->name, row[-1].name);
			if (t->is_mask && row->number > 31)
				fail_msg("%s: bit %u", row->name, row->number);
			if (strncmp(row->name, t->prefix, strlen(t->prefix)))
				fail_msg("%s does not begin with %s", row->name, t->prefix);
			if (row->since.major < 5 || row->since.major > 7 ||
			    (row->since.major == 5 && row->since.minor < 1))
				fail_msg("%s is there since %u.%u", row->name, row->since.major,
					 row->since.minor);
			if (!*row->doc || row->doc[strlen(row->doc) - 1] == '.')
				fail_msg("%s: doc '%s'", row->name, row->doc);
			if (!row->area != (kind != UAPI_OPFLAG))
				fail_msg("%s: area '%s'", row->name, row->area);
			for (unsigned j = 0; j < i; j++)
				if (!row->area || !strcmp(t->rows[j].area, row->area))
					assert_string_not_equal(t->rows[j].name, row->name);
		}
	}
}

/* Numbers of opcodes, registers and the like have no gaps; CQE flags and opcode flags do. */
static void numbers_start_at_zero_and_follow_each_other(void **state)
{
	(void)state;
	for (unsigned kind = 0; kind < UAPI_CQE; kind++)
		for (unsigned i = 0; i < uapi_tables[kind].n; i++)
			assert_int_equal(uapi_tables[kind].rows[i].number, i);
}

static void rows_are_found(void **state)
{
	const struct uapi_row *row = uapi_find(UAPI_OP, 22);

	(void)state;
	assert_non_null(row);
	assert_string_equal(row->name, "IORING_OP_READ");
	assert_string_equal(uapi_short(UAPI_OP, row), "READ");
	assert_string_equal(uapi_short(UAPI_CQE, uapi_find(UAPI_CQE, 15)), "32");
	assert_string_equal(uapi_short(UAPI_REG, uapi_find(UAPI_REG, 1)), "UNREGISTER_BUFFERS");
	assert_null(uapi_find(UAPI_OP, uapi_tables[UAPI_OP].n));
	assert_null(uapi_find(UAPI_CQE, 6));
}

static void constants_have_the_numbers_of_the_rows(void **state)
{
	(void)state;
	assert_int_equal(OP_URING_CMD128, 64);
	assert_int_equal(SETUP_SQ_REWIND, 1u << 20);
	assert_int_equal(FEAT_NO_IOWAIT, 1u << 17);
	assert_int_equal(REGISTER_BPF_FILTER, 37);
	assert_int_equal(ENTER_NO_IOWAIT, 1u << 7);
	assert_int_equal(SQEF_CQE_SKIP_SUCCESS, 1u << 6);
	assert_int_equal(CQEF_TSTAMP_HW, 1u << 16);
}

static void assert_legal(uint32_t flags)
{
	for (unsigned i = 0; i < uapi_tables[UAPI_SETUP].n; i++) {
		const struct uapi_row *row = &uapi_tables[UAPI_SETUP].rows[i];

		if (!(flags & 1u << row->number))
			continue;
		if (row->needs && !(flags & row->needs))
			fail_msg("0x%x: %s lacks its company", flags, row->name);
		if (row->conflicts & flags)
			fail_msg("0x%x: %s stands with its enemy", flags, row->name);
	}
}

static void company_is_legal(void **state)
{
	(void)state;
	assert_int_equal(uapi_setup_company(0), 0);
	for (unsigned i = 0; i < uapi_tables[UAPI_SETUP].n; i++) {
		uint32_t flag = 1u << uapi_tables[UAPI_SETUP].rows[i].number;
		uint32_t all = uapi_setup_company(flag);

		assert_int_equal(all & flag, flag);
		assert_int_equal(uapi_setup_company(all), all);
		assert_legal(all);
	}
}

static void company_is_the_smallest(void **state)
{
	(void)state;
	assert_int_equal(uapi_setup_company(SETUP_IOPOLL), SETUP_IOPOLL);
	assert_int_equal(uapi_setup_company(SETUP_SQ_AFF), SETUP_SQ_AFF | SETUP_SQPOLL);
	assert_int_equal(uapi_setup_company(SETUP_TASKRUN_FLAG),
			 SETUP_TASKRUN_FLAG | SETUP_COOP_TASKRUN);
	assert_int_equal(uapi_setup_company(SETUP_TASKRUN_FLAG | SETUP_DEFER_TASKRUN),
			 SETUP_TASKRUN_FLAG | SETUP_DEFER_TASKRUN | SETUP_SINGLE_ISSUER);
	assert_int_equal(uapi_setup_company(SETUP_SQ_REWIND), SETUP_SQ_REWIND | SETUP_NO_SQARRAY);
	assert_int_equal(uapi_setup_company(SETUP_REGISTERED_FD_ONLY),
			 SETUP_REGISTERED_FD_ONLY | SETUP_NO_MMAP);
	assert_int_equal(uapi_setup_company(SETUP_HYBRID_IOPOLL),
			 SETUP_HYBRID_IOPOLL | SETUP_IOPOLL);
}

static void enmity_is_mutual(void **state)
{
	const struct uapi_table *t = &uapi_tables[UAPI_SETUP];

	(void)state;
	for (unsigned i = 0; i < t->n; i++)
		for (unsigned j = 0; j < t->n; j++)
			if (!(t->rows[i].conflicts & 1u << t->rows[j].number) !=
			    !(t->rows[j].conflicts & 1u << t->rows[i].number))
				fail_msg("%s and %s disagree", t->rows[i].name, t->rows[j].name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_ascend_and_say_something),
		cmocka_unit_test(numbers_start_at_zero_and_follow_each_other),
		cmocka_unit_test(rows_are_found),
		cmocka_unit_test(constants_have_the_numbers_of_the_rows),
		cmocka_unit_test(company_is_legal),
		cmocka_unit_test(company_is_the_smallest),
		cmocka_unit_test(enmity_is_mutual),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
