/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <math.h>
#include <string.h>

#include "bench/saved/fleet.h"
#include "probe/lib/base.h"

#define MAX_HOSTS 20

/* Hosts with one device and one measurement each, with the fields that the fleet report uses. */
struct park {
	struct document docs[MAX_HOSTS];
	struct doc_bench benches[MAX_HOSTS];
	char names[MAX_HOSTS][16];
	unsigned n;
};

static struct document *add(struct park *p, const char *host, double iops, double p99)
{
	struct doc_bench *b = &p->benches[p->n];
	struct document *d = &p->docs[p->n++];

	*b = (struct doc_bench){ .name = "b",
				 .device = "/dev/x",
				 .model = "M",
				 .firmware = "F",
				 .repeat = 1,
				 .valid = true,
				 .complete = true };
	for (unsigned i = 0; i < METRICS; i++)
		b->metric[i] = NAN;
	b->metric[METRIC_IOPS] = iops;
	b->metric[METRIC_LAT_P99] = p99;
	*d = (struct document){ .kind = DOC_QUALIFY,
				.host = host,
				.name = "plan",
				.plan = "plan",
				.time = "2026-01-31T12:00:00Z",
				.judged = true,
				.benches = b,
				.n_benches = 1 };
	return d;
}

static void add_many(struct park *p, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		snprintf(p->names[p->n], sizeof(p->names[0]), "node%u", p->n);
		add(p, p->names[p->n], 1000 + i % 3, 100);
	}
}

static void judge(struct park *p, const char *const *expected, size_t n_expected,
		  bool outliers_fail, struct fleet *f)
{
	const struct fleet_ask ask = { .docs = p->docs,
				       .n_docs = p->n,
				       .expected = expected,
				       .n_expected = n_expected,
				       .outliers_fail = outliers_fail };
	struct fail why;

	assert_int_equal(fleet_judge(&ask, f, &why), 0);
}

static void done(struct park *p, struct fleet *f)
{
	for (unsigned i = 0; i < p->n; i++) {
		for (size_t j = 0; j < p->docs[i].n_made; j++)
			free(p->docs[i].made[j]);
		free(p->docs[i].made);
	}
	fleet_free(f);
}

static void the_slow_one_stands_out(void **state)
{
	struct park p = { 0 };
	struct fleet f;

	(void)state;
	add_many(&p, 15);
	add(&p, "slow", 500, 100);
	judge(&p, NULL, 0, false, &f);
	assert_int_equal(f.verdict, DOC_PASS);
	assert_int_equal(f.n_outliers, 1);
	assert_string_equal(f.outliers[0].doc->host, "slow");
	assert_int_equal(f.outliers[0].group->metric, METRIC_IOPS);
	assert_int_equal(f.outliers[0].group->n, 16);
	assert_true(f.outliers[0].worse);
	assert_true(f.outliers[0].deviation < 0);
	done(&p, &f);
	judge(&p, NULL, 0, true, &f);
	assert_int_equal(f.verdict, DOC_FAIL);
	fleet_free(&f);
}

static void a_better_one_does_not_fail(void **state)
{
	struct park p = { 0 };
	struct fleet f;

	(void)state;
	add_many(&p, 15);
	add(&p, "fast", 2000, 50);
	judge(&p, NULL, 0, true, &f);
	assert_int_equal(f.n_outliers, 2);
	assert_false(f.outliers[0].worse);
	assert_false(f.outliers[1].worse);
	assert_int_equal(f.verdict, DOC_PASS);
	done(&p, &f);
}

/* If all others are exactly equal, a tiny difference is not an outlier. */
static void a_hair_is_no_outlier(void **state)
{
	struct park p = { 0 };
	struct fleet f;

	(void)state;
	for (unsigned i = 0; i < 8; i++) {
		snprintf(p.names[i], sizeof(p.names[0]), "node%u", i);
		add(&p, p.names[i], 1000, 100);
	}
	add(&p, "hair", 970, 100);
	judge(&p, NULL, 0, true, &f);
	assert_int_equal(f.n_outliers, 0);
	assert_float_equal(f.groups[0].mad, 0, 0);
	done(&p, &f);
}

static void too_few_tell_nothing(void **state)
{
	struct park p = { 0 };
	struct fleet f;

	(void)state;
	add_many(&p, 2);
	add(&p, "slow", 1, 100);
	judge(&p, NULL, 0, true, &f);
	assert_int_equal(f.n_outliers, 0);
	assert_int_equal(f.groups[0].n, 3);
	done(&p, &f);
}

static void firmwares_are_not_mixed(void **state)
{
	struct park p = { 0 };
	struct fleet f;

	(void)state;
	add_many(&p, 8);
	add(&p, "slow", 500, 100);
	p.benches[p.n - 1].firmware = "G";
	judge(&p, NULL, 0, true, &f);
	assert_int_equal(f.n_outliers, 0);
	assert_int_equal(f.n_groups, 4);
	done(&p, &f);
}

static void what_is_not_valid_does_not_count(void **state)
{
	struct park p = { 0 };
	struct fleet f;

	(void)state;
	add_many(&p, 8);
	add(&p, "slow", 500, 100);
	p.benches[p.n - 1].valid = false;
	judge(&p, NULL, 0, true, &f);
	assert_int_equal(f.n_outliers, 0);
	assert_int_equal(f.groups[0].n, 8);
	done(&p, &f);
}

/* One bad run of three does not make a device an outlier. */
static void repeats_are_one_device(void **state)
{
	struct park p = { 0 };
	struct doc_bench three[3];
	struct fleet f;

	(void)state;
	add_many(&p, 8);
	add(&p, "thrice", 1000, 100);
	for (unsigned i = 0; i < 3; i++) {
		three[i] = p.benches[p.n - 1];
		three[i].repeat = i + 1;
	}
	three[1].metric[METRIC_IOPS] = 10;
	p.docs[p.n - 1].benches = three;
	p.docs[p.n - 1].n_benches = 3;
	judge(&p, NULL, 0, true, &f);
	assert_int_equal(f.groups[0].n, 9);
	assert_int_equal(f.n_outliers, 0);
	done(&p, &f);
}

static void roll(void **state)
{
	static const char *const expected[] = { "node1", "node2.rack.example", "node3", "node4.a",
						"node10" };
	struct park p = { 0 };
	struct fleet f;

	(void)state;
	add(&p, "node2", 1, 1);
	add(&p, "node10", 1, 1);
	add(&p, "node1.rack.example", 1, 1);
	add(&p, "node4.b", 1, 1);
	judge(&p, expected, ARRAY_SIZE(expected), false, &f);
	assert_int_equal(f.verdict, DOC_FAIL);
	assert_int_equal(f.n_missing, 2);
	assert_string_equal(f.missing[0], "node3");
	assert_string_equal(f.missing[1], "node4.a");
	assert_int_equal(f.n_unexpected, 1);
	assert_string_equal(f.unexpected[0], "node4.b");
	assert_string_equal(f.docs[3]->host, "node10");
	done(&p, &f);
}

static void the_latest_of_a_host_counts(void **state)
{
	struct park p = { 0 };
	struct fleet f;

	(void)state;
	add(&p, "h", 1, 1)->verdict = DOC_FAIL;
	add(&p, "h", 1, 1)->time = "2026-02-01T12:00:00Z";
	add(&p, "h", 1, 1)->name = "other";
	judge(&p, NULL, 0, false, &f);
	assert_int_equal(f.verdict, DOC_PASS);
	assert_int_equal(f.n_docs, 2);
	assert_int_equal(f.n_superseded, 1);
	assert_ptr_equal(f.superseded[0], &p.docs[0]);
	done(&p, &f);
}

static void names_are_unique(void **state)
{
	struct park p = { 0 };
	struct fleet f;

	(void)state;
	add(&p, "h", 1, 1)->kind = DOC_BENCH;
	add(&p, "h", 1, 1)->kind = DOC_BENCH;
	add(&p, "h", 1, 1)->kind = DOC_BENCH;
	add(&p, "h", 1, 1);
	add(&p, "i", 1, 1)->kind = DOC_BENCH;
	p.docs[2].name = "plan#2";
	judge(&p, NULL, 0, false, &f);
	assert_int_equal(f.n_docs, 5);
	for (size_t i = 0; i < 4; i++)
		for (size_t j = i + 1; j < 4; j++)
			assert_string_not_equal(f.docs[i]->name, f.docs[j]->name);
	assert_string_equal(f.docs[4]->name, "plan");
	done(&p, &f);
}

static void verdicts(void **state)
{
	static const struct {
		enum doc_verdict a, b;
		size_t unreadable;
		enum doc_verdict all;
	} cases[] = {
		{ DOC_PASS, DOC_PASS, 0, DOC_PASS },
		{ DOC_PASS, DOC_SKIPPED, 0, DOC_SKIPPED },
		{ DOC_SKIPPED, DOC_INVALID, 0, DOC_INVALID },
		{ DOC_INVALID, DOC_FAIL, 0, DOC_FAIL },
		{ DOC_PASS, DOC_PASS, 1, DOC_INVALID },
		{ DOC_FAIL, DOC_PASS, 1, DOC_FAIL },
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
		struct park p = { 0 };
		const struct fleet_ask ask = { .docs = p.docs,
					       .n_docs = 2,
					       .n_unreadable = cases[i].unreadable };
		struct fleet f;
		struct fail why;

		add(&p, "a", 1, 1)->verdict = cases[i].a;
		add(&p, "b", 1, 1)->verdict = cases[i].b;
		assert_int_equal(fleet_judge(&ask, &f, &why), 0);
		assert_int_equal(f.verdict, cases[i].all);
		done(&p, &f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_slow_one_stands_out),
		cmocka_unit_test(a_better_one_does_not_fail),
		cmocka_unit_test(a_hair_is_no_outlier),
		cmocka_unit_test(too_few_tell_nothing),
		cmocka_unit_test(firmwares_are_not_mixed),
		cmocka_unit_test(what_is_not_valid_does_not_count),
		cmocka_unit_test(repeats_are_one_device),
		cmocka_unit_test(roll),
		cmocka_unit_test(the_latest_of_a_host_counts),
		cmocka_unit_test(names_are_unique),
		cmocka_unit_test(verdicts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
