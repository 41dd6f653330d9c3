/* SPDX-License-Identifier: MIT */
/* Observations of the machine and the device, and their effect on the result. */
#include "tests/unit/unit.h"

#include <math.h>
#include <string.h>

#include "tests/unit/made.h"

static void throttling_is_told(void **state)
{
	struct made *m = *state;

	m->res.monitor.throttle = (struct throttle){ .heat = 2, .periods = 7 };
	made_sum_anew(m);
	assert_false(m->res.valid);
	assert_int_equal(m->res.n_reasons, 2);
	assert_non_null(strstr(m->res.reasons[0], "2 times"));
	assert_non_null(strstr(m->res.reasons[1], "7 periods"));
	/* There are no counters. */
	m->res.monitor.throttle = (struct throttle){ -1, -1 };
	made_sum_anew(m);
	assert_true(m->res.valid);
}

static void a_run_that_was_stopped_is_told(void **state)
{
	struct made *m = *state;
	struct monitor *w = &m->res.monitor;

	w->stops = (struct stops){ .n = 2, .total_ns = 1300000000, .longest_ns = 1000000000 };
	made_sum_anew(m);
	assert_false(m->res.valid);
	assert_non_null(
		strstr(m->res.reasons[0], "stopped for 1.30 s in all, 1.00 s at the longest"));
	/* In a run of 1.5 seconds. */
	w->stops = (struct stops){ .pauses_ns = 150000000 };
	made_sum_anew(m);
	assert_true(m->res.valid);
	assert_non_null(strstr(m->res.warnings[0], "stopped for 10 % of the time"));
	w->stops.pauses_ns = 70000000;
	made_sum_anew(m);
	assert_int_equal(m->res.n_warnings, 0);
	w->suspended_ns = 3200000000;
	made_sum_anew(m);
	assert_false(m->res.valid);
	assert_non_null(strstr(m->res.reasons[0], "suspended for 3.20 s"));
	w->suspended_ns = 0;
}

static void what_a_hypervisor_took_is_told(void **state)
{
	struct made *m = *state;
	struct steal *steal = &m->res.monitor.steal;

	*steal = (struct steal){ 0.5, 150 };
	made_sum_anew(m);
	assert_false(m->res.valid);
	assert_non_null(strstr(m->res.reasons[0], "took 50 % of the time of the CPUs that"));
	/* In so short a run, a tick is a tenth of it. */
	*steal = (struct steal){ 0.2, 2 };
	made_sum_anew(m);
	assert_true(m->res.valid);
	*steal = (struct steal){ 0.04, 100 };
	made_sum_anew(m);
	assert_true(m->res.valid);
	*steal = (struct steal){ .share = -1 };
	made_sum_anew(m);
	assert_true(m->res.valid);
}

static void a_clock_that_drifts_is_told(void **state)
{
	struct made *m = *state;

	m->res.granted.clock = "tsc";
	m->res.monitor.clock_drift = 0.0009;
	made_sum_anew(m);
	assert_true(m->res.valid);
	m->res.monitor.clock_drift = -0.0011;
	made_sum_anew(m);
	assert_false(m->res.valid);
	assert_non_null(strstr(m->res.reasons[0], "tsc"));
}

static void a_drive_that_errs_or_slows_down_is_told(void **state)
{
	struct made *m = *state;
	struct monitor *w = &m->res.monitor;

	w->has_health = w->before.has_smart = w->after.has_smart = true;
	w->before.smart = (struct health_smart){ .media_errors = 4, .throttle2_s = 100 };
	w->after.smart = w->before.smart;
	made_sum_anew(m);
	assert_true(m->res.valid);
	w->after.smart.media_errors = 5;
	w->after.smart.throttle2_s = 101;
	made_sum_anew(m);
	assert_false(m->res.valid);
	assert_int_equal(m->res.n_reasons, 2);
	assert_non_null(strstr(m->res.reasons[0], "1 media error"));
	assert_non_null(strstr(m->res.reasons[1], "temperature"));
}

static void a_warning_of_the_drive_counts_when_it_is_news(void **state)
{
	struct made *m = *state;
	struct monitor *w = &m->res.monitor;

	w->has_health = w->before.has_smart = w->after.has_smart = true;
	w->before.smart.critical_warning = w->after.smart.critical_warning = 1;
	made_sum_anew(m);
	assert_true(m->res.valid);
	assert_int_equal(m->res.n_warnings, 1);
	w->after.smart.critical_warning = 5;
	made_sum_anew(m);
	assert_false(m->res.valid);
	/* Too hot during the whole run. */
	w->before.smart.critical_warning = w->after.smart.critical_warning = 2;
	made_sum_anew(m);
	assert_false(m->res.valid);
}

/* Reads of holes in a sparse file, or from a cache, do not reach the device. */
static void what_the_device_did_not_see_is_told(void **state)
{
	struct made *m = *state;
	struct monitor *w = &m->res.monitor;
	uint64_t ios, bytes;

	m->res.job.direct = true;
	m->res.target.device.iostats = 1;
	m->res.target.device.dax = 0;
	w->has_health = w->before.has_io = w->after.has_io = true;
	w->before.io.reads = 10;
	w->after.io.reads = 10 + 5000;
	w->after.io.reads_merged = 1000;
	w->after.io.read_bytes = 6000 * 4096;
	made_sum_anew(m);
	assert_true(m->res.valid);
	assert_true(result_device_io(&m->res, &ios, &bytes));
	assert_int_equal(ios, 6000);
	assert_int_equal(bytes, 6000 * 4096);
	w->after.io.read_bytes = 10 * 4096;
	w->after.io.write_bytes = 6000 * 4096;
	made_sum_anew(m);
	assert_false(m->res.valid);
	assert_non_null(strstr(m->res.reasons[0], "40960"));
	/* A driver without counters shows nothing. */
	w->before.io.reads = 0;
	made_sum_anew(m);
	assert_true(m->res.valid);
	w->before.io.reads = 10;
	m->res.job.direct = false;
	made_sum_anew(m);
	assert_true(m->res.valid);
}

static void compare_with_the_device(struct made *m, uint64_t requests, uint64_t us, double share,
				    bool valid)
{
	struct monitor *w = &m->res.monitor;
	struct device_time t;

	w->after.io.reads = w->before.io.reads + requests;
	w->after.io.read_bytes = 6000 * 4096;
	w->after.io.read_ms = w->before.io.read_ms + requests * us / 1000;
	w->after.io.busy_ms = w->before.io.busy_ms + 500;
	made_sum_anew(m);
	result_device_time(&m->res, &t);
	assert_true(fabs(t.util - 0.25) < 1e-9);
	assert_true(requests ? fabs(t.mean_ns / (us * 1e3) - 1) < 0.01 : t.mean_ns < 0);
	assert_true(share < 0 ? t.share < 0 : fabs(t.share - share) < 0.01);
	assert_int_equal(m->res.valid, valid);
}

/* I/Os of 2 ms, by the stamps of this program. */
static void the_kernels_own_account_of_a_device(void **state)
{
	struct made *m = *state;
	struct monitor *w = &m->res.monitor;

	m->res.job.direct = true;
	m->res.target.block = true;
	m->res.target.device.iostats = 1;
	w->has_health = w->before.has_io = w->after.has_io = true;
	w->before.io = (struct health_io){ .reads = 10, .read_ms = 77, .busy_ms = 3 };
	w->before.read_at_ns = 1000000000;
	w->after.read_at_ns = 3000000000;
	for (unsigned i = 0; i < WORKERS; i++) {
		struct tally *t = &m->tally[i][IO_READ];

		t->lat = (struct hist){ 0 };
		hist_add(&t->lat, 2000000, 3000);
		m->workers[i].in_flight = 6;
		m->workers[i].lat_area_ns = 3000 * 2e6;
		m->workers[i].issued = 3000;
	}
	compare_with_the_device(m, 6000, 1500, 0.75, true);
	compare_with_the_device(m, 6000, 2100, 1.05, true);
	compare_with_the_device(m, 6000, 3000, 1.5, false);
	assert_non_null(strstr(m->res.reasons[0], "3000.0 us"));
	/* These are not the same I/Os. */
	compare_with_the_device(m, 7000, 3000, -1, true);
	compare_with_the_device(m, 0, 0, -1, true);
	w->after.io.reads_merged = 600;
	compare_with_the_device(m, 6000, 3000, -1, true);
	w->after.io.reads_merged = 0;
	/* A file's I/Os may be few of the device's, but those of the device are told. */
	m->res.target.block = false;
	compare_with_the_device(m, 6000, 3000, 1.5, true);
	m->res.job.direct = false;
	m->res.target.block = true;
	compare_with_the_device(m, 6000, 3000, -1, true);
}

static void a_cpu_that_is_shared_is_told(void **state)
{
	struct made *m = *state;
	struct sq_seen *t = &m->res.monitor.threads;

	*t = (struct sq_seen){ .looks = { 40, 4 }, .wait_share = 0.03 };
	made_sum_anew(m);
	assert_true(m->res.valid);
	assert_int_equal(m->res.n_warnings, 0);
	t->looks.shared = 18;
	made_sum_anew(m);
	assert_true(m->res.valid);
	assert_int_equal(m->res.n_warnings, 1);
	assert_non_null(strstr(m->res.warnings[0], "45 %"));
	t->looks.shared = 30;
	t->wait_share = 0.3;
	made_sum_anew(m);
	assert_false(m->res.valid);
	assert_non_null(strstr(m->res.reasons[0], "75 %"));
	/* The thread did not wait for a CPU: the job slept. */
	t->wait_share = 0.01;
	made_sum_anew(m);
	assert_true(m->res.valid);
	assert_int_equal(m->res.n_warnings, 1);
	/* Too few samples. */
	t->looks = (struct sq_looks){ 5, 5 };
	made_sum_anew(m);
	assert_int_equal(m->res.n_warnings, 0);
}

static void waiting_for_a_cpu_is_told(void **state)
{
	struct made *m = *state;
	struct sq_seen *t = &m->res.monitor.threads;

	*t = (struct sq_seen){ .wait_share = 0.3, .worker_wait_share = 0.2 };
	made_sum_anew(m);
	assert_true(m->res.valid);
	assert_int_equal(m->res.n_warnings, 2);
	assert_non_null(strstr(m->res.warnings[0], "30 %"));
	assert_non_null(strstr(m->res.warnings[1], "20 %"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, made_setup, made_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(throttling_is_told),
		TEST(a_run_that_was_stopped_is_told),
		TEST(what_a_hypervisor_took_is_told),
		TEST(a_clock_that_drifts_is_told),
		TEST(a_drive_that_errs_or_slows_down_is_told),
		TEST(a_warning_of_the_drive_counts_when_it_is_news),
		TEST(what_the_device_did_not_see_is_told),
		TEST(the_kernels_own_account_of_a_device),
		TEST(a_cpu_that_is_shared_is_told),
		TEST(waiting_for_a_cpu_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
