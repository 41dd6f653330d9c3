/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <string.h>

#include "probe/lib/base.h"
#include "tests/unit/elsewhere.h"

/* A different value for each member. */
static void fill(const struct form *form, unsigned char *at, unsigned seed, bool zero)
{
	for (unsigned i = 0; i < form->n; i++) {
		const struct form_member *m = &form->members[i];
		unsigned n = m->count ? m->count : 1;

		if (m->kind == AS_PART) {
			fill(m->part, at + m->offset, seed + i, zero);
			continue;
		}
		for (unsigned j = 0; j < n && !(zero && m->or_zero); j++) {
			unsigned char *to = at + m->offset + (size_t)j * m->stride;
			int number = m->kind == AS_SIGNAL ? 31 : -(int)(seed + i) - 1;

			if (m->kind == AS_TEXT)
				strcpy((char *)to, "a\\\xe2\x82 b");
			else if (m->kind == AS_ERRNO || m->kind == AS_SIGNAL)
				memcpy(to, &number, sizeof(number));
			else if (m->kind == AS_UINT)
				memset(to, seed + i + 1, m->size);
			else
				*to = 1;
		}
	}
}

static void check_form(void **state, const struct form *form, bool zero)
{
	unsigned char in[4096] = { 0 }, out[4096];
	struct recording rec = { 0 }, loaded = { 0 };
	struct fail f = { 0 };

	assert_true(form->size <= sizeof(in));
	fill(form, in, 7, zero);
	assert_int_equal(recording_add(&rec, "q", 0, form, in, form->size), 0);
	if (recording_load(written(state, &rec), &loaded, &f) < 0)
		fail_msg("%s: %s", form->name, f.msg);
	assert_int_equal(loaded.calls[0].size, form->size);
	memset(out, 0, sizeof(out));
	form_copy(form, loaded.calls[0].data, out);
	for (size_t i = 0; i < form->size; i++)
		if (in[i] != out[i])
			fail_msg("%s: byte %zu: %02x and not %02x", form->name, i, out[i], in[i]);
	recording_free(&rec);
	recording_free(&loaded);
}

static void every_struct_survives(void **state)
{
	static const struct form *const forms[] = {
		&form_params,	    &form_op_probe,  &form_query,   &form_trial,
		&form_attempt,	    &form_same_file, &form_stat,    &form_device_number,
		&form_opened,	    &form_direct_io, &form_polling, &form_loop_backing,
		&form_atomic_write,
	};

	for (unsigned i = 0; i < ARRAY_SIZE(forms); i++) {
		assert_ptr_equal(form_find(forms[i]->name), forms[i]);
		check_form(state, forms[i], false);
		check_form(state, forms[i], true);
	}
	assert_null(form_find("attempts"));
}

#define TOOL	     "'kind': 'recording', 'tool': {'version': '9.9'}"
#define HOST	     "'host': {'hostname': 'h', 'kernel': 'k', 'machine': 'm', 'cpus': 1}"
#define ENVELOPE     TOOL ", 'format_version': 1, 'time': 'now', " HOST
#define MACHINE	     ", 'page_size': 4096, 'byte_order': 'big'"
#define CALLS(calls) "{" ENVELOPE MACHINE ", 'calls': [" calls "]}"
#define CALL(rest)   CALLS("{'question': 'a', 'ret': 0, " rest "}")

static int load_text(void **state, const char *text, struct recording *rec, struct fail *f)
{
	char quoted[512];

	assert_true(strlen(text) < sizeof(quoted));
	strcpy(quoted, text);
	for (char *quote = quoted; (quote = strchr(quote, '\''));)
		*quote = '"';
	return recording_load(file_with(state, "bad", quoted), rec, f);
}

static void bad_recordings_are_refused(void **state)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{ "[]", "key 'kind': missing" },
		{ "{'kind': 'probe'}", "'probe' is not 'recording'" },
		{ "{'kind': 'recording'}", "key 'version': missing" },
		{ "{" TOOL ", 'calls': []}",
		  "of uringtool 9.9, from before recordings had a format" },
		{ "{" TOOL ", 'format_version': 2}",
		  "in format 2, of uringtool 9.9: this one reads" },
		{ "{" TOOL ", 'format_version': 0}", "0 is not a whole number" },
		{ "{" TOOL ", 'format_version': 1}", "key 'time': missing" },
		{ "{" TOOL ", 'format_version': 1, 'time': 'now'}", "key 'hostname': missing" },
		{ "{" ENVELOPE "}", "key 'page_size': missing" },
		{ "{" ENVELOPE ", 'page_size': 5000}", "5000 is no power of two" },
		{ "{" ENVELOPE ", 'page_size': 1073741824}", "is not a whole number from 4096" },
		{ "{" ENVELOPE ", 'page_size': 4096}", "key 'byte_order': missing" },
		{ "{" ENVELOPE ", 'page_size': 4096, 'byte_order': 'bigger'}",
		  "neither 'little' nor" },
		{ "{" ENVELOPE MACHINE "}", "key 'calls': missing" },
		{ "{" ENVELOPE MACHINE ", 'calls': 1}", "key 'calls': array expected" },
		{ CALLS("1"), "calls[0]: key 'question': missing" },
		{ CALLS("{'question': 'a', 'ret': 0}, {'question': 'b'}"),
		  "calls[1]: key 'ret': missing" },
		{ CALLS("{'question': 'a', 'ret': 0.5}"), "key 'ret': 0.5 is not a whole number" },
		{ CALLS("{'question': 'a', 'ret': 3000000000}"),
		  "key 'ret': 3000000000 is not a whole number" },
		{ CALLS("{'question': 'a', 'ret': 'ENONE'}"), "key 'ret': 'ENONE' is no errno" },
		{ CALLS("{'question': 'a', 'ret': 'E4096'}"), "'E4096' is no errno" },
		{ CALL("'trial': 1"), "calls[0]: trial: object expected" },
		{ CALL("'trial': {'signal': 1}"), "trial: key 'ret': missing" },
		{ CALL("'trial': {'ret': 0, 'signal': 'SIGN'}"), "'SIGN' is no signal" },
		{ CALL("'trial': {'ret': 0}, 'text': ''"), "both 'trial' and 'text'" },
		{ CALL("'text': 'a\\\\xg0'"), "two hexadecimal digits after a backslash" },
		{ CALL("'text': 'a\\\\'"), "two hexadecimal digits after a backslash" },
		{ CALL("'text': []"), "text: text expected" },
		{ CALL("'names': 'a'"), "names: array expected" },
		{ CALL("'names': [1]"), "names: text expected" },
		{ CALL("'words': {'0x2': 1}"), "words: a multiple of 4" },
		{ CALL("'words': {'0x200': 1}"), "words: 0x200 is past the end" },
		{ CALL("'words': {'0x4': 1, '0x0': 1}"), "after the one before it" },
		{ CALL("'words': {'4': 1}"), "an offset such as 0x40" },
		{ CALL("'words': {'0x4': 4294967296}"), "4294967296 is not a whole number" },
		{ CALL("'memory': {'0x0': 'abc'}"), "pairs of hexadecimal digits" },
		{ CALL("'memory': {'0x0': '0g'}"), "pairs of hexadecimal digits" },
		{ CALL("'memory': {'0x0': 1}"), "pairs of hexadecimal digits" },
		{ CALL("'memory': {'0xffffffffffffff': '00'}"),
		  "0xffffffffffffff is past the end" },
		{ CALL("'io_uring_probe': {'last_op': 256}"), "256 is not a whole number" },
		{ CALL("'io_uring_probe': {'last_op': 1, 'ops_len': 1, 'op_flags': [70000]}"),
		  "key 'op_flags': 70000 is not a whole number" },
		{ CALL("'device_number': {'rdev': [1]}"), "key 'rdev': more elements" },
		{ CALL("'stat': {'mode': 1, 'dev': [1, 2, 3]}"), "key 'dev': no more elements" },
		{ CALL("'stat': {'mode': 1, 'dev': {}}"), "key 'dev': array expected" },
		{ CALL("'same_file': {'same': 1}"), "true or false expected" },
		{ CALL("'attempt': {'res': 0, 'effect': 'felt'}"), "'felt' is none of its words" },
		{ CALL("'opened': {'bytes': '-1'}"), "number, or one as text, expected" },
		{ CALL("'opened': {'bytes': '18446744073709551616'}"), "number, or one as text" },
		{ CALL("'opened': {'bytes': 18014398509481984}"),
		  "is not a whole number from 0 to 9007" },
	};

	for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
		struct recording rec = { 0 };
		struct fail f = { 0 };

		if (load_text(state, cases[i].text, &rec, &f) != -EINVAL && f.err != -E2BIG)
			fail_msg("%s: %s", cases[i].text, f.msg);
		assert_int_equal(f.kind, FAIL_USAGE);
		if (!strstr(f.msg, cases[i].says) || !strstr(f.msg, "/bad: "))
			fail_msg("%s: %s", cases[i].text, f.msg);
		assert_null(rec.calls);
	}
}

/* From a later release with the same format. */
static void unknown_members_are_counted(void **state)
{
	struct recording rec = { 0 };
	struct fail f = { 0 };

	if (load_text(state,
		      "{" ENVELOPE MACHINE ", 'calls': [{'question': 'a', 'ret': 0}, {'question': "
		      "'b', 'ret': 0, 'trial': {'ret': 'EBADF', 'later': 1}, 'more': {}}]}",
		      &rec, &f) < 0)
		fail_msg("%s", f.msg);
	assert_int_equal(rec.n, 2);
	assert_int_equal(rec.unknown.n, 2);
	assert_string_equal(rec.unknown.first, "calls[1].trial.later");
	recording_free(&rec);
	if (load_text(state, "{" ENVELOPE MACHINE ", 'calls': [], 'whither': 1}", &rec, &f) < 0)
		fail_msg("%s", f.msg);
	assert_int_equal(rec.unknown.n, 1);
	assert_string_equal(rec.unknown.first, "whither");
	recording_free(&rec);
}

/* Omitted lines of memory are zero, but their number is limited. */
static void sparse_memory_has_a_bound(void **state)
{
	struct recording rec = { 0 };
	struct fail f = { 0 };

	assert_int_equal(load_text(state,
				   CALLS("{'question': 'a', 'ret': 0, 'memory': {'0x9000000': "
					 "'00'}}, {'question': 'a', 'ret': 0, 'memory': "
					 "{'0x9000000': '00'}}"),
				   &rec, &f),
			 -E2BIG);
	assert_non_null(strstr(f.msg, "calls[1]: memory: 0x9000000 is past the end"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_struct_survives, folder_setup,
						folder_teardown),
		cmocka_unit_test_setup_teardown(bad_recordings_are_refused, folder_setup,
						folder_teardown),
		cmocka_unit_test_setup_teardown(unknown_members_are_counted, folder_setup,
						folder_teardown),
		cmocka_unit_test_setup_teardown(sparse_memory_has_a_bound, folder_setup,
						folder_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
