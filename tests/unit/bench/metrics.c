/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <math.h>
#include <string.h>

#include "bench/saved/metrics.h"
#include "probe/lib/base.h"

#define JOB "\"rw\":\"randread\",\"bs\":4096,\"iodepth\":32,\"seed\":1,\"direct\":true"
#define TOTAL                                                                            \
	"{\"ios\":1000,\"iops\":100.5,\"bw_bytes_per_s\":411648,\"lat_mean_ns\":9000.5," \
	"\"lat_p50_ns\":8000,\"lat_p99_ns\":20000,\"lat_p999_ns\":null}"
#define SERIES                                                                       \
	"[{\"iops\":100,\"bw_bytes_per_s\":1,\"lat_p50_ns\":5,\"lat_p99_ns\":null}," \
	"{\"iops\":101,\"bw_bytes_per_s\":2,\"lat_p50_ns\":6,\"lat_p99_ns\":7}]"

/* Writes a result of bench with these parts. */
static void own(struct str *to, const char *job, const char *kernel, const char *device,
		const char *trust)
{
	str_addf(
		to,
		"{\"kind\":\"bench\",\"tool\":{\"name\":\"uringtool\",\"version\":\"1.2\"},"
		"\"host\":{\"kernel\":\"%s\",\"hostname\":\"h\",\"machine\":\"x86_64\",\"cpus\":2},"
		"\"job\":{%s},\"target\":{\"type\":\"block\",\"bytes\":4096,\"device\":%s},"
		"\"result\":{\"read\":" TOTAL ",\"write\":{\"ios\":0,\"iops\":0},\"total\":" TOTAL
		",\"cpu\":{\"cpu_ns_per_io\":250.5},\"series\":" SERIES "},"
		"\"granted\":{\"setup_flags\":[\"CLAMP\",\"SQPOLL\"]},%s}",
		kernel, job, device, trust);
}

#define TRUST "\"valid\":true,\"complete\":true,\"reasons\":[]"
#define DISK  "{\"disk\":\"sda\",\"model\":\"m\",\"serial\":null}"

static int load(void **state, const char *name, const char *text, const char *job,
		struct saved_runs *to, struct fail *f)
{
	return saved_runs_load(file_with(state, name, text), job, to, f);
}

static void load_own(void **state, const char *job, const char *kernel, const char *device,
		     const char *trust, struct saved_runs *to)
{
	_cleanup_str_ struct str text = { 0 };
	struct fail f = { 0 };

	own(&text, job, kernel, device, trust);
	if (load(state, "own.json", str_text(&text), NULL, to, &f) < 0)
		fail_msg("%s", f.msg);
}

static void load_text(void **state, const char *text, const char *job, struct saved_runs *to)
{
	struct fail f = { 0 };

	if (load(state, "it.json", text, job, to, &f) < 0)
		fail_msg("%s", f.msg);
}

#define PTS                                                                                 \
	"{\"kind\":\"pts\",\"tool\":{\"name\":\"uringtool\",\"version\":\"1.2\"},\"test\":" \
	"\"iops\","                                                                         \
	"\"host\":{\"kernel\":\"6.1\",\"hostname\":\"h\"},\"job\":{" JOB "},\"target\":{}," \
	"\"tracked\":[{\"read_percent\":65,\"block_bytes\":65536,\"decides\":false},"       \
	"{\"read_percent\":0,\"block_bytes\":4096,\"decides\":true}],\"matrix\":["

static void a_pts_test_by_the_cell_that_decides(void **state)
{
	_cleanup_(saved_runs_free) struct saved_runs o = { .n = 0 };
	struct fail f = { 0 };

	load_text(state,
		  PTS
		  "{\"read_percent\":65,\"block_bytes\":65536,\"iops\":1},"
		  "{\"read_percent\":0,\"block_bytes\":4096,\"iops\":7,\"lat_mean_ns\":5}]," TRUST
		  "}",
		  NULL, &o);
	assert_true(o.list[0].trusted);
	assert_true(o.list[0].value[PART_TOTAL][METRIC_IOPS] == 7);
	assert_true(o.list[0].value[PART_TOTAL][METRIC_LAT_MEAN] == 5);
	assert_true(isnan(o.list[0].value[PART_TOTAL][METRIC_LAT_P99]));
	assert_string_equal(o.list[0].traits[0].name, "pts");
	assert_int_equal(load(state, "none.json", PTS "]," TRUST "}", NULL, &o, &f), -EINVAL);
	assert_non_null(strstr(f.msg, "without a complete round"));
}

static void our_own(void **state)
{
	_cleanup_(saved_runs_free) struct saved_runs o = { .n = 0 };
	const struct saved_run *r;

	load_own(state, JOB, "6.1", DISK, TRUST, &o);
	assert_int_equal(o.n, 1);
	r = o.list;
	assert_string_equal(r->kernel, "6.1");
	assert_string_equal(r->version, "1.2");
	assert_true(r->trusted && !r->fio);
	assert_true(r->value[PART_TOTAL][METRIC_IOPS] == 100.5);
	assert_true(r->value[PART_TOTAL][METRIC_LAT_MEAN] == 9000.5);
	assert_true(r->value[IO_READ][METRIC_LAT_P99] == 20000);
	assert_true(isnan(r->value[IO_READ][METRIC_LAT_P999]));
	assert_true(isnan(r->value[IO_WRITE][METRIC_IOPS]));
	assert_true(r->value[PART_TOTAL][METRIC_CPU] == 250.5);
	assert_int_equal(r->n_spans, 2);
	assert_true(r->spans[METRIC_IOPS][1] == 101);
	assert_true(r->spans[METRIC_LAT_P50][0] == 5);
	/* A metric that is missing in one span has no spans. */
	assert_null(r->spans[METRIC_LAT_P99]);
	assert_null(r->spans[METRIC_CPU]);
}

/* Spans without I/Os count; a short rest at the end does not. */
static void spans_of_a_series(void **state)
{
	static const struct {
		const char *last_end;
		size_t n;
	} rows[] = { { "2.49", 2 }, { "2.6", 3 } };

	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(saved_runs_free) struct saved_runs o = { .n = 0 };
		_cleanup_str_ struct str text = { 0 };

		str_addf(&text,
			 "{\"kind\":\"bench\",\"tool\":{\"version\":\"1\"},\"host\":{\"kernel\":"
			 "\"6.1\"},\"job\":{" JOB "},\"result\":{\"total\":" TOTAL
			 ",\"series\":[{\"begin_s\":0,\"end_s\":1,\"iops\":7},"
			 "{\"begin_s\":1,\"end_s\":2,\"iops\":0},"
			 "{\"begin_s\":2,\"end_s\":%s,\"iops\":9}]}," TRUST "}",
			 rows[i].last_end);
		load_text(state, str_text(&text), NULL, &o);
		assert_int_equal(o.list->n_spans, rows[i].n);
		assert_true(o.list->spans[METRIC_IOPS][1] == 0);
	}
}

static void what_cannot_be_trusted_says_why(void **state)
{
	static const struct {
		const char *trust, *why;
	} rows[] = {
		{ "\"valid\":false,\"complete\":true,\"reasons\":[\"too few\"]", "too few" },
		{ "\"valid\":false,\"complete\":false,\"reasons\":[]", "it is not valid" },
		{ "\"valid\":true,\"complete\":false,\"reasons\":[]",
		  "it was ended before its time" },
		{ "\"x\":1", "it is not valid" },
	};

	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(saved_runs_free) struct saved_runs o = { .n = 0 };

		load_own(state, JOB, "6.1", DISK, rows[i].trust, &o);
		assert_false(o.list[0].trusted);
		assert_string_equal(o.list[0].why, rows[i].why);
	}
}

/* The differences between two results of bench, as "group name a b;". */
static void differences(void **state)
{
	static const struct {
		const char *job, *kernel, *device, *want;
	} rows[] = {
		{ JOB, "6.1", DISK, "" },
		{ JOB, "6.2", DISK, "kernel release 6.1 6.2;" },
		{ JOB, "6.1", "{\"disk\":\"sda\",\"model\":\"n\"}", "device model m n;" },
		{ JOB, "6.1", "{\"disk\":\"sdb\",\"model\":\"m\"}", "device disk sda sdb;" },
		/* The name of the disk is ignored if there is a serial number. */
		{ JOB, "6.1", "{\"disk\":\"sdb\",\"model\":\"m\",\"serial\":\"s\"}", "" },
		{ "\"rw\":\"read\",\"bs\":4096,\"iodepth\":1,\"direct\":true", "6.1", DISK,
		  "job rw randread read;job iodepth 32 1;" },
		/* Not a difference: the seed, and an option with its default value. */
		{ "\"rw\":\"randread\",\"bs\":4096,\"iodepth\":32,\"seed\":2,\"interval_ns\":7,"
		  "\"random\":\"uniform\",\"cpus\":null,\"ramp_ns\":0,\"runtime_ns\":10000000000,"
		  "\"sqpoll\":false,\"sqpoll_cpu\":null,\"single_issuer\":\"auto\"",
		  "6.1", DISK, "" },
		{ "\"rw\":\"randread\",\"bs\":4096,\"iodepth\":32,\"direct\":false,"
		  "\"random\":\"zipf\",\"ramp_ns\":5,\"sqpoll\":true,\"runtime_ns\":1,"
		  "\"another\":3",
		  "6.1", DISK,
		  "job direct true false;job random - zipf;job ramp_ns - 5;job sqpoll - true;"
		  "job runtime_ns - 1;job another - 3;" },
	};

	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(saved_runs_free) struct saved_runs o = { .n = 0 };
		_cleanup_free_ struct discrepancy *list = NULL;
		_cleanup_str_ struct str got = { 0 };
		int n;

		load_own(state, JOB, "6.1", DISK, TRUST, &o);
		load_own(state, rows[i].job, rows[i].kernel, rows[i].device, TRUST, &o);
		n = saved_runs_differ(&o.list[0], &o.list[1], &list);
		for (int at = 0; at < n; at++)
			str_addf(&got, "%s %s %s %s;", trait_group_names[list[at].group],
				 list[at].name, list[at].a ? list[at].a : "-",
				 list[at].b ? list[at].b : "-");
		assert_string_equal(str_text(&got), rows[i].want);
	}
}

#define LAT(mean, n, more) "{\"mean\":" #mean ",\"N\":" #n more "}"
#define CLONE(name, error, read, more)                                                  \
	"{\"jobname\":\"" name "\",\"error\":" #error ",\"usr_cpu\":10,\"sys_cpu\":30," \
	"\"job_runtime\":1000,\"job options\":{\"bs\":\"8k\"" more "},\"read\":" read "}"
#define READ(lat) "{\"iops\":500,\"bw_bytes\":1000,\"total_ios\":500,\"clat_ns\":" lat "}"
#define FIO(jobs)                                                                               \
	"{\"fio version\":\"fio-3.33\",\"global options\":{\"bs\":\"4k\",\"rw\":\"randread\"}," \
	"\"jobs\":[" jobs "],\"disk_util\":[{\"name\":\"sda\"}]}"

static const char *trait(const struct saved_run *o, const char *name)
{
	for (size_t i = 0; i < o->n_traits; i++)
		if (!strcmp(o->traits[i].name, name))
			return o->traits[i].value;
	return "-";
}

static void a_result_of_fio(void **state)
{
	static const char text[] = FIO(CLONE(
		"a", 0,
		READ(LAT(2000, 500, ",\"percentile\":{\"50.000000\":1800,\"99.000000\":4000}")),
		",\"runtime\":\"30\",\"name\":\"a\",\"fixedbufs\":\"\""));
	_cleanup_(saved_runs_free) struct saved_runs o = { .n = 0 };
	const struct saved_run *r;

	load_text(state, text, NULL, &o);
	r = o.list;
	assert_true(r->fio && r->trusted);
	assert_string_equal(r->version, "fio-3.33");
	for (unsigned part = IO_READ; part < PARTS; part += PART_TOTAL - IO_READ) {
		assert_true(r->value[part][METRIC_IOPS] == 500);
		assert_true(r->value[part][METRIC_BW] == 1000);
		assert_true(r->value[part][METRIC_LAT_MEAN] == 2000);
		assert_true(r->value[part][METRIC_LAT_P50] == 1800);
		assert_true(r->value[part][METRIC_LAT_P99] == 4000);
		assert_true(isnan(r->value[part][METRIC_LAT_P999]));
	}
	/* 40 % of a second divided by 500. */
	assert_true(fabs(r->value[PART_TOTAL][METRIC_CPU] - 800000) < 1e-3);
	assert_string_equal(trait(r, "bs"), "8192");
	assert_string_equal(trait(r, "rw"), "randread");
	assert_string_equal(trait(r, "iodepth"), "1");
	assert_string_equal(trait(r, "direct"), "false");
	assert_string_equal(trait(r, "fixedbufs"), "true");
	assert_string_equal(trait(r, "runtime_ns"), "30000000000");
	assert_string_equal(trait(r, "disk"), "sda");
	assert_string_equal(trait(r, "release"), "-");
}

static void clones_are_one(void **state)
{
	static const char text[] = FIO(
		CLONE("a", 0,
		      READ(LAT(1000, 500,
			       ",\"percentile\":{\"50.000000\":5},"
			       "\"bins\":{\"900\":400,\"1500\":100}")),
		      "") "," CLONE("a", 0,
				    READ(LAT(3000, 500,
					     ",\"percentile\":{\"50.000000\":7},"
					     "\"bins\":{\"9000\":200,\"900\":100,\"1500\":200}")),
				    ""));
	static const char no_bins[] = FIO(
		CLONE("a", 0, READ(LAT(1000, 500, ",\"percentile\":{\"50.000000\":5}")),
		      "") "," CLONE("a", 0,
				    READ(LAT(3000, 500, ",\"percentile\":{\"50.000000\":7}")), ""));
	_cleanup_(saved_runs_free) struct saved_runs o = { .n = 0 };

	load_text(state, text, NULL, &o);
	load_text(state, no_bins, NULL, &o);
	for (unsigned i = 0; i < 2; i++) {
		assert_true(o.list[i].value[PART_TOTAL][METRIC_IOPS] == 1000);
		assert_true(o.list[i].value[PART_TOTAL][METRIC_LAT_MEAN] == 2000);
		assert_true(fabs(o.list[i].value[PART_TOTAL][METRIC_CPU] - 800000) < 1e-3);
	}
	assert_true(o.list[0].value[IO_READ][METRIC_LAT_P50] == 900);
	assert_true(o.list[0].value[IO_READ][METRIC_LAT_P99] == 9000);
	assert_true(isnan(o.list[1].value[IO_READ][METRIC_LAT_P50]));
}

static void without_latency(void **state)
{
	_cleanup_(saved_runs_free) struct saved_runs o = { .n = 0 };

	load_text(state, FIO(CLONE("a", 0, READ("{}"), "")), NULL, &o);
	assert_true(o.list[0].trusted);
	assert_true(o.list[0].value[IO_READ][METRIC_IOPS] == 500);
	assert_true(isnan(o.list[0].value[IO_READ][METRIC_LAT_MEAN]));
	assert_true(isnan(o.list[0].value[IO_READ][METRIC_LAT_P50]));
}

static void one_of_several_jobs(void **state)
{
	static const char text[] = FIO(
		CLONE("a", 0, READ(LAT(1, 1, "")), "") "," CLONE("b", 5, READ(LAT(2, 1, "")), ""));
	_cleanup_(saved_runs_free) struct saved_runs o = { .n = 0 };
	struct fail f = { 0 };

	assert_int_equal(load(state, "it.json", text, NULL, &o, &f), -EINVAL);
	assert_non_null(strstr(f.msg, "several jobs: a, b"));
	assert_int_equal(load(state, "it.json", text, "c", &o, &f), -EINVAL);
	assert_non_null(strstr(f.msg, "no job 'c', but: a, b"));
	assert_null(strstr(f.msg, "did you mean"));
	assert_int_equal(load(state, "it.json", text, "a1", &o, &f), -EINVAL);
	assert_non_null(strstr(f.msg, "no job 'a1', but: a, b; did you mean 'a'?"));
	assert_int_equal(o.n, 0);
	load_text(state, text, "a", &o);
	load_text(state, text, "b", &o);
	assert_true(o.list[0].trusted);
	assert_true(o.list[0].value[IO_READ][METRIC_LAT_MEAN] == 1);
	assert_false(o.list[1].trusted);
	assert_non_null(strstr(o.list[1].why, "error 5"));
}

static void a_hidden_thread_has_no_cost(void **state)
{
	_cleanup_(saved_runs_free) struct saved_runs o = { .n = 0 };

	load_text(state, FIO(CLONE("a", 0, READ(LAT(1, 1, "")), ",\"sqthread_poll\":\"1\"")), NULL,
		  &o);
	assert_true(isnan(o.list[0].value[PART_TOTAL][METRIC_CPU]));
	assert_string_equal(trait(o.list, "sqpoll"), "true");
}

static void in_the_form_of_fio_it_is_our_own(void **state)
{
	_cleanup_(saved_runs_free) struct saved_runs o = { .n = 0 };
	_cleanup_str_ struct str text = { 0 };

	str_add(&text, "{\"fio version\":\"uringtool-1.2\",\"jobs\":[],\"uringtool\":");
	own(&text, JOB, "6.1", DISK, TRUST);
	str_add(&text, "}");
	load_text(state, str_text(&text), NULL, &o);
	assert_false(o.list[0].fio);
	assert_string_equal(o.list[0].kernel, "6.1");
	assert_true(o.list[0].value[PART_TOTAL][METRIC_IOPS] == 100.5);
}

static void a_folder(void **state)
{
	_cleanup_(saved_runs_free) struct saved_runs o = { .n = 0 };
	_cleanup_str_ struct str text = { 0 };
	struct fail f = { 0 };

	assert_int_equal(saved_runs_load(*state, NULL, &o, &f), -ENOENT);
	assert_int_equal(f.kind, FAIL_USAGE);
	own(&text, JOB, "6.1", DISK, TRUST);
	file_with(state, "b.json", str_text(&text));
	file_with(state, "a.json", str_text(&text));
	file_with(state, "a.txt", "no result");
	file_with(state, ".json", "no result");
	assert_int_equal(saved_runs_load(*state, NULL, &o, &f), 0);
	assert_int_equal(o.n, 2);
	assert_non_null(strstr(o.list[0].from, "/a.json"));
	assert_non_null(strstr(o.list[1].from, "/b.json"));
	file_with(state, "c.json", "no result");
	assert_int_equal(saved_runs_load(*state, NULL, &o, &f), -EINVAL);
	assert_non_null(strstr(f.msg, "/c.json:1"));
}

static void bad_documents_are_named(void **state)
{
	static const struct {
		const char *text, *says;
	} rows[] = {
		{ "[]", ": neither a result of uringtool bench nor of fio" },
		{ "{\"kind\":\"probe\"}", ": key 'kind': 'probe' is not 'bench'" },
		{ "{\"kind\":\"bench\"}", ": key 'job': missing" },
		{ "{\"kind\":\"bench\",\"job\":{}}", ": key 'host': missing" },
		{ "{\"kind\":\"bench\",\"job\":{},\"host\":{\"kernel\":\"6\"},\"result\":{"
		  "\"total\":{}}}",
		  ": key 'iops': a number expected" },
		{ "{\"kind\":\"bench\",\"job\":{},\"host\":{},\"result\":{\"total\":{\"iops\":1}}}",
		  ": key 'kernel': missing" },
		{ "{\"fio version\":3}", ": key 'fio version': text expected" },
		{ "{\"fio version\":\"fio-3\"}", ": key 'jobs': missing" },
		{ "{\"fio version\":\"fio-3\",\"jobs\":[]}", ": key 'jobs': empty" },
		{ "{\"fio version\":\"fio-3\",\"jobs\":[{}]}", ": key 'jobname': missing" },
		{ "{\"fio version\":\"fio-3\",\"jobs\":[3]}", ": key 'jobname': missing" },
	};

	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		struct saved_runs o = { .n = 0 };
		struct fail f = { 0 };
		int r = load(state, "bad.json", rows[i].text, NULL, &o, &f);

		if (r != -EINVAL || f.kind != FAIL_USAGE || !strstr(f.msg, rows[i].says) || o.n)
			fail_msg("row %u: %d %s", i, r, f.msg);
	}
}

/* Missing members in a result of fio do no harm; without I/Os it is not a result. */
static void an_empty_result_of_fio(void **state)
{
	_cleanup_(saved_runs_free) struct saved_runs o = { .n = 0 };

	load_text(state, "{\"fio version\":\"fio-3\",\"jobs\":[{\"jobname\":\"a\"}]}", NULL, &o);
	assert_false(o.list[0].trusted);
	assert_string_equal(o.list[0].why, "it has no I/O");
	for (unsigned part = 0; part < PARTS; part++)
		for (unsigned m = 0; m < METRICS; m++)
			assert_true(isnan(o.list[0].value[part][m]));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, folder_setup, folder_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_pts_test_by_the_cell_that_decides),
		TEST(our_own),
		TEST(spans_of_a_series),
		TEST(what_cannot_be_trusted_says_why),
		TEST(differences),
		TEST(a_result_of_fio),
		TEST(clones_are_one),
		TEST(without_latency),
		TEST(one_of_several_jobs),
		TEST(a_hidden_thread_has_no_cost),
		TEST(in_the_form_of_fio_it_is_our_own),
		TEST(a_folder),
		TEST(bad_documents_are_named),
		TEST(an_empty_result_of_fio),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
