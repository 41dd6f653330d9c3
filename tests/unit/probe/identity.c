/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <string.h>

#include "probe/feature/identity.h"
#include "probe/lib/base.h"
#include "tests/unit/known.h"

static const char *release, *version, *signature;

static ssize_t files(struct kernel *k, const char *path, char *buf, size_t size)
{
	const char *text = NULL;

	(void)k;
	if (!strcmp(path, "/proc/sys/kernel/osrelease"))
		text = release;
	else if (!strcmp(path, "/proc/sys/kernel/version"))
		text = version;
	else if (!strcmp(path, "/proc/version_signature"))
		text = signature;
	return text ? snprintf(buf, size, "%s\n", text) : -ENOENT;
}

static struct kernel fake = { .read_file = files };

static void versions(void **state)
{
	static const struct {
		const char *release, *version, *signature;
		struct kver3 says;
	} rows[] = {
		{ "6.18.44-fc", "#1 SMP", NULL, { 6, 18, 44 } },
		{ "6.1", NULL, NULL, { 6, 1, 0 } },
		{ "6.12.107+deb13-amd64", "#1 SMP Debian 6.12.107-1 (2025)", NULL, { 6, 12, 107 } },
		{ "5.10.0-32-amd64", "#1 SMP Debian 5.10.223-1 (2024)", NULL, { 5, 10, 223 } },
		{ "5.15.0-91-generic",
		  "#101-Ubuntu",
		  "Ubuntu 5.15.0-91.101-generic 5.15.131",
		  { 5, 15, 131 } },
		{ "", NULL, NULL, { 0, 0, 0 } },
		{ "strange", NULL, NULL, { 0, 0, 0 } },
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		struct identity id;
		struct probe p;

		release = rows[i].release;
		version = rows[i].version;
		signature = rows[i].signature;
		known_until(&p, 5, 10);
		assert_int_equal(identity_find(&fake, &p, &id), 0);
		assert_int_equal(id.has_says, rows[i].says.major != 0);
		assert_int_equal(kver3_compare(&id.says, &rows[i].says), 0);
		identity_free(&id);
		probe_free(&p);
	}
}

static void find(struct probe *p, const char *says, struct identity *id)
{
	release = says;
	version = signature = NULL;
	assert_int_equal(identity_find(&fake, p, id), 0);
}

static bool lists(const struct fact **facts, unsigned n, const char *name)
{
	for (unsigned i = 0; i < n; i++)
		if (!strcmp(facts[i]->row->name, name))
			return true;
	return false;
}

static void a_plain_kernel(void **state)
{
	struct identity id;
	struct probe p;

	(void)state;
	known_until(&p, 6, 1);
	find(&p, "6.1.176", &id);
	assert_int_equal(id.looks_like.major, 6);
	assert_int_equal(id.looks_like.minor, 1);
	assert_int_equal(id.n_backports + id.n_gaps + id.n_unnamed, 0);
	identity_free(&id);
	probe_free(&p);
}

/* Like Debian's 5.10: all of 5.14, and the worker limits of 5.15. */
static void backports_are_named(void **state)
{
	struct identity id;
	struct probe p;

	(void)state;
	known_until(&p, 5, 14);
	known_set(&p, "IORING_REGISTER_IOWQ_MAX_WORKERS", true);
	find(&p, "5.10.0-32", &id);
	assert_int_equal(id.looks_like.minor, 14);
	assert_int_equal(id.newest.minor, 15);
	assert_true(lists(id.backports, id.n_backports, "IORING_FEAT_EXT_ARG"));
	assert_true(lists(id.backports, id.n_backports, "IORING_REGISTER_IOWQ_MAX_WORKERS"));
	assert_false(lists(id.backports, id.n_backports, "IORING_OP_NOP"));
	assert_int_equal(id.n_gaps, 0);
	identity_free(&id);
	probe_free(&p);
}

static void gaps_are_named(void **state)
{
	struct identity id;
	struct probe p;

	(void)state;
	known_until(&p, 6, 1);
	known_set(&p, "IORING_OP_STATX", false);
	/* It depends on a kernel option, so it does not tell the version. */
	known_set(&p, "IORING_OP_EPOLL_CTL", false);
	find(&p, "6.1.176", &id);
	assert_int_equal(id.looks_like.major, 5);
	assert_int_equal(id.looks_like.minor, 5);
	assert_int_equal(id.n_gaps, 1);
	assert_string_equal(id.gaps[0]->row->name, "IORING_OP_STATX");
	identity_free(&id);
	probe_free(&p);
}

static void what_has_no_name_is_counted(void **state)
{
	struct identity id;
	struct probe p;

	(void)state;
	known_until(&p, 9, 9);
	p.facts[UAPI_OP][p.n_facts[UAPI_OP] - 1].row = NULL;
	find(&p, "9.9", &id);
	assert_int_equal(id.n_unnamed, 1);
	identity_free(&id);
	probe_free(&p);
}

static void what_is_undecided_says_nothing(void **state)
{
	struct identity id;
	struct probe p;

	(void)state;
	known_until(&p, 6, 1);
	for (unsigned kind = 0; kind < UAPI_KINDS; kind++)
		for (unsigned i = 0; i < p.n_facts[kind]; i++)
			p.facts[kind][i].known = ANSWER_UNDECIDED;
	find(&p, "6.1", &id);
	assert_int_equal(id.looks_like.major, 0);
	assert_int_equal(id.n_backports + id.n_gaps, 0);
	identity_free(&id);
	probe_free(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(versions),
		cmocka_unit_test(a_plain_kernel),
		cmocka_unit_test(backports_are_named),
		cmocka_unit_test(gaps_are_named),
		cmocka_unit_test(what_has_no_name_is_counted),
		cmocka_unit_test(what_is_undecided_says_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
