/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <string.h>

#include "probe/lib/base.h"
#include "probe/uapi/fact.h"
#include "tests/unit/made.h"

static void the_window_spans_all_workers(void **state)
{
	struct made *m = *state;
	const struct result *r = &m->res;

	made_sum(m);
	assert_int_equal(r->elapsed_ns, 1500000000);
	assert_int_equal(r->total.ios, 6000);
	assert_int_equal(r->kinds[IO_READ].ios, 6000);
	assert_int_equal(r->kinds[IO_WRITE].ios, 0);
	assert_true(r->total.iops > 3999 && r->total.iops < 4001);
	assert_true(r->total.bw > 3999 * 4096. && r->total.bw < 4001 * 4096.);
	assert_true(r->valid);
	assert_true(r->complete);
	assert_int_equal(r->n_reasons, 0);
	assert_int_equal(r->granted.setup_flags, SETUP_CQSIZE | SETUP_NO_SQARRAY);
	assert_true(r->granted.registered_ring);
}

static void granted_is_what_every_ring_has(void **state)
{
	struct made *m = *state;

	m->workers[1].wr.ring.p.flags = SETUP_CQSIZE;
	m->workers[1].wr.enter_flags = 0;
	made_sum(m);
	assert_int_equal(m->res.granted.setup_flags, SETUP_CQSIZE);
	assert_false(m->res.granted.registered_ring);
}

static void a_failed_io_makes_the_result_invalid(void **state)
{
	struct made *m = *state;

	io_errors_note(&m->errors[1], -EIO, &(struct io){ 8192, 4096, IO_READ });
	io_errors_note(&m->errors[1], -EIO, &(struct io){ 0, 4096, IO_READ });
	made_sum(m);
	assert_false(m->res.valid);
	assert_false(m->res.complete);
	assert_int_equal(m->res.kinds[IO_READ].errors, 2);
	assert_int_equal(m->res.total.errors, 2);
	assert_int_equal(m->res.total.ios, 6000);
	assert_non_null(strstr(m->res.reasons[0], "EIO"));
	assert_non_null(strstr(m->res.reasons[0], "8192"));
}

static void a_short_io_makes_the_result_invalid(void **state)
{
	struct made *m = *state;

	io_errors_note(&m->errors[0], 0, &(struct io){ 0, 4096, IO_READ });
	made_sum(m);
	assert_false(m->res.valid);
	assert_non_null(strstr(m->res.reasons[0], "0 of 4096"));
}

static void a_device_that_is_gone_is_named(void **state)
{
	struct made *m = *state;

	strcpy(m->res.target.device.disk, "nvme1n1");
	io_errors_note(&m->errors[1], 0, &(struct io){ 0, 4096, IO_READ });
	m->res.job.max_errors = 100;
	result_sum(&m->res, m->workers, WORKERS, &(struct ending){ .gone = true });
	assert_false(m->res.valid);
	assert_false(m->res.complete);
	assert_string_equal(
		m->res.reasons[0],
		"1 I/Os were short; the first, a read at offset 0, had 0 of 4096 bytes");
	assert_string_equal(m->res.reasons[1], "the device nvme1n1 is gone");
}

static void an_interrupt_makes_it_incomplete_and_no_more(void **state)
{
	struct made *m = *state;

	result_sum(&m->res, m->workers, WORKERS, &(struct ending){ .interrupted = true });
	assert_true(m->res.valid);
	assert_false(m->res.complete);
}

static void polling_that_was_not_shown_is_not_believed(void **state)
{
	struct made *m = *state;

	m->res.job.iopoll = true;
	m->res.target.poll = ANSWER_UNDECIDED;
	made_sum(m);
	assert_false(m->res.valid);
	assert_non_null(strstr(m->res.reasons[0], "IOPOLL"));
}

static void few_ios_say_nothing(void **state)
{
	struct made *m = *state;

	memset(m->tally, 0, sizeof(m->tally));
	hist_add(&m->tally[0][IO_READ].lat, 5, 1);
	m->tally[0][IO_READ].ios = 1;
	made_sum(m);
	assert_false(m->res.valid);
	assert_int_equal(hist_percentile_or_none(&m->res.total.lat, 0.5), -1);
}

static void a_percentile_needs_an_io_beyond_it(void **state)
{
	struct made *m = *state;

	made_sum(m);
	assert_int_equal(hist_percentile_or_none(&m->res.total.lat, 0.999), 1000);
	assert_int_equal(hist_percentile_or_none(&m->res.total.lat, 0.9999), -1);
	assert_int_equal(hist_percentile_or_none(&m->res.kinds[IO_WRITE].lat, 0.5), -1);
}

static void a_hang_is_told(void **state)
{
	struct made *m = *state;

	m->workers[0].left = 7;
	result_sum(&m->res, m->workers, WORKERS, &(struct ending){ .hung_ns = 30000000000 });
	assert_false(m->res.valid);
	assert_false(m->res.complete);
	assert_non_null(strstr(m->res.reasons[0], "30.0 s"));
	assert_non_null(strstr(m->res.reasons[0], "7 I/Os"));
}

static void an_overflow_is_told(void **state)
{
	struct made *m = *state;

	m->workers[1].overflows = 1;
	made_sum(m);
	assert_false(m->res.valid);
	assert_non_null(strstr(m->res.reasons[0], "overflow"));
}

static void latencies_that_cannot_be_are_told(void **state)
{
	struct made *m = *state;

	m->workers[0].in_flight = 32;
	made_sum(m);
	assert_false(m->res.valid);
	assert_non_null(strstr(m->res.reasons[0], "32.0"));
}

static void what_the_workers_saw_in_flight_is_compared_with_latencies(void **state)
{
	struct made *m = *state;

	m->workers[0].in_flight = 4.003;
	made_sum(m);
	assert_false(m->res.valid);
	m->res = (struct result){ .job = m->res.job };
	m->workers[0].lat_area_ns += 4e9;
	made_sum(m);
	assert_true(m->res.valid);
}

static void each_direction_has_its_own_service_time(void **state)
{
	struct made *m = *state;

	m->res.rate.per_s = 6000;
	for (unsigned k = 0; k < IO_KINDS; k++)
		hist_add(&m->service[k % WORKERS][k], 100 * (k + 1), 10);
	made_sum(m);
	for (unsigned k = 0; k < IO_KINDS; k++)
		assert_int_equal(m->res.services[k].max, 100 * (k + 1));
	assert_int_equal(m->res.service.count, 10 * IO_SYNC);
	assert_int_equal(m->res.service.max, 100 * IO_SYNC);
}

static void syncs_are_not_in_the_total(void **state)
{
	struct made *m = *state;

	hist_add(&m->tally[0][IO_SYNC].lat, 1000000, 5000);
	m->tally[0][IO_SYNC].ios = 5000;
	made_sum(m);
	assert_true(m->res.valid);
	assert_int_equal(m->res.total.ios, 6000);
}

static void a_status_of_a_drive_is_told(void **state)
{
	struct made *m = *state;

	io_errors_note_status(&m->errors[0], 0x4281, &(struct io){ 8192, 4096, IO_READ });
	made_sum(m);
	assert_non_null(strstr(m->res.reasons[0], "offset 8192, with NVMe status 0x281 (unrec"));
}

static void too_many_pages_for_one_command_are_explained(void **state)
{
	struct made *m = *state;

	m->res.target.nvme.max_segments = 127;
	io_errors_note(&m->errors[0], -EINVAL, &(struct io){ 0, 128 * 4096, IO_READ });
	made_sum(m);
	assert_non_null(strstr(m->res.reasons[1], "508k, or for --hugepages"));
}

static void errors_within_the_limit_do_not_end_a_run(void **state)
{
	struct made *m = *state;

	m->res.job.max_errors = 2;
	for (unsigned i = 0; i < 2; i++)
		io_errors_note(&m->errors[0], -EIO, &(struct io){ 0, 4096, IO_READ });
	made_sum(m);
	assert_true(m->res.complete);
	assert_false(m->res.valid);
}

static void a_rate_with_a_backlog_is_not_sustained(void **state)
{
	struct made *m = *state;

	m->res.rate.per_s = 10000;
	m->res.job.iodepth = 8;
	made_sum(m);
	assert_true(m->res.sustained);
	m->workers[0].backlog = 1000;
	m->workers[1].lag_ns = 101000000;
	made_sum(m);
	assert_false(m->res.sustained);
	assert_int_equal(m->res.backlog, 1000);
	assert_int_equal(m->res.lag_ns, 101000000);
}

/* An hour that ends 36 s late is 1 % late, and not sustained. */
static void what_may_be_late_does_not_grow_with_the_runtime(void **state)
{
	static const struct {
		uint64_t elapsed_s, lag_ms;
		bool sustained;
	} rows[] = {
		{ 3600, 36000, false }, { 3600, 101, false }, { 3600, 100, true }, { 5, 51, false },
		{ 5, 49, true },	{ 1, 21, false },     { 1, 19, true },
	};
	struct made *m = *state;

	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		m->res.lag_ns = 0;
		m->res.rate.per_s = 10000;
		for (unsigned j = 0; j < WORKERS; j++) {
			m->workers[j].started_ns = 1;
			m->workers[j].ended_ns = 1 + rows[i].elapsed_s * 1000000000ull;
		}
		m->workers[0].lag_ns = rows[i].lag_ms * 1000000;
		made_sum(m);
		assert_int_equal(m->res.sustained, rows[i].sustained);
	}
}

static void a_backlog_that_grows_is_not_sustained(void **state)
{
	struct made *m = *state;

	m->res.rate.per_s = 10000;
	m->res.lag_growth = (struct growth_fit){ true, .slope = 0.01, .low = 0.002, .high = 0.03,
						 .rise = 0.005 };
	made_sum(m);
	assert_false(m->res.sustained);
	m->res.lag_growth.low = 0;
	made_sum(m);
	assert_true(m->res.sustained);
	m->res.lag_growth =
		(struct growth_fit){ true, .slope = 0.0001, .low = 0.0001, .rise = 0.0005 };
	made_sum(m);
	assert_true(m->res.sustained);
	/* A stall at the end, of a target that had kept up. */
	m->workers[0].lag_ns = 900000000;
	made_sum(m);
	assert_true(m->res.sustained);
	m->res.lag_growth.floor = 0.021;
	made_sum(m);
	assert_false(m->res.sustained);
	m->res.lag_growth.floor = 0;
	m->workers[0].lag_ns = 1100000000;
	made_sum(m);
	assert_false(m->res.sustained);
}

static void a_nop_is_no_read(void **state)
{
	struct made *m = *state;

	m->res.job.rw = RW_NOP;
	made_sum(m);
	assert_int_equal(m->res.kinds[IO_READ].ios, 0);
	assert_int_equal(m->res.total.ios, 6000);
}

static void no_block_may_differ(void **state)
{
	struct made *m = *state;

	m->findings[1] = (struct verify_counts){
		.verified_bytes = 4096,
		.mismatched_bytes = 4096,
		.mismatches = 1,
		.first[0] = { .offset = 12288, .flaw = FLAW_STALE },
	};
	made_sum(m);
	assert_true(m->res.valid);
	result_judge_data(&m->res);
	assert_false(m->res.valid);
	assert_non_null(strstr(m->res.reasons[0], "12288"));
	assert_int_equal(result_mismatches(&m->res), 1);
}

static void a_pass_must_see_everything(void **state)
{
	struct made *m = *state;
	struct result *pass = calloc(1, sizeof(*pass));

	assert_non_null(pass);
	made_sum(m);
	pass->complete = true;
	pass->target.size = 8192;
	pass->found.verified_bytes = 4096;
	result_take_pass(&m->res, pass);
	result_judge_data(&m->res);
	assert_non_null(strstr(m->res.reasons[0], "4096 of 8192"));
	m->res.valid = true;
	m->res.n_reasons = 0;
	pass->found.unwritten_bytes = 4096;
	result_take_pass(&m->res, pass);
	result_judge_data(&m->res);
	assert_true(m->res.valid);
	free(pass);
}

static void to_have_verified_nothing_is_no_success(void **state)
{
	struct made *m = *state;

	made_sum(m);
	m->res.pass.made = true;
	m->res.pass.bytes = m->res.pass.found.unwritten_bytes = 8192;
	result_judge_data(&m->res);
	assert_false(m->res.valid);
	assert_non_null(strstr(m->res.reasons[0], "nothing was verified"));
}

static void the_errors_of_a_pass_count(void **state)
{
	struct made *m = *state;
	struct result *pass = calloc(1, sizeof(*pass));

	assert_non_null(pass);
	made_sum(m);
	io_errors_note(&pass->errors, -EIO, &(struct io){ 8192, 4096, IO_READ });
	pass->n_reasons = 1;
	snprintf(pass->reasons[0], sizeof(pass->reasons[0]), "1 I/Os failed");
	result_take_pass(&m->res, pass);
	assert_false(m->res.valid);
	assert_false(m->res.complete);
	assert_int_equal(io_errors_total(&m->res.errors), 1);
	assert_string_equal(m->res.reasons[0], "reading back: 1 I/Os failed");
	free(pass);
}

/* Of 6000 trims of 4096 bytes. */
static void discards_that_the_device_did_not_count_are_told(void **state)
{
	struct made *m = *state;
	struct health *after = &m->res.monitor.after;

	m->res.job.rw = RW_RANDTRIM;
	for (unsigned i = 0; i < WORKERS; i++) {
		m->tally[i][IO_TRIM] = m->tally[i][IO_READ];
		memset(&m->tally[i][IO_READ], 0, sizeof(m->tally[i][IO_READ]));
	}
	m->res.target.trim = TRIM_DISCARD;
	m->res.target.device.iostats = 1;
	m->res.target.device.hw_queues = 1;
	m->res.monitor.has_health = m->res.monitor.before.has_io = after->has_io = true;
	after->io.writes = 6000;
	after->io.write_bytes = 6000 * 4096;
	made_sum_anew(m);
	assert_false(m->res.valid);
	assert_non_null(strstr(m->res.reasons[0], "counted no more than 0 as discarded"));
	after->io.discards = 1;
	after->io.discard_bytes = 5999 * 4096;
	made_sum_anew(m);
	assert_false(m->res.valid);
	after->io.discard_bytes = 6000 * 4096;
	made_sum_anew(m);
	assert_true(m->res.valid);
	/* A driver without queues may count none at all. */
	after->io.discards = after->io.discard_bytes = 0;
	m->res.target.device.hw_queues = -1;
	made_sum_anew(m);
	assert_true(m->res.valid);
	/* A file system discards when it likes. */
	m->res.target.device.hw_queues = 1;
	m->res.target.trim = TRIM_PUNCH_HOLE;
	made_sum_anew(m);
	assert_true(m->res.valid);
	assert_int_equal(m->res.n_warnings, 0);
}

static void blocks_below_the_discard_granularity_are_told(void **state)
{
	struct made *m = *state;

	m->res.job.rw = RW_TRIM;
	m->res.monitor.has_health = true;
	m->res.target.discard_unit = 4096;
	made_sum(m);
	assert_int_equal(m->res.n_warnings, 0);
	m->res.target.base = 512;
	made_sum_anew(m);
	assert_true(m->res.valid);
	assert_non_null(strstr(m->res.warnings[0], "granularity (4096 bytes)"));
	m->res.target.base = 0;
	m->res.job.bs = 6144;
	made_sum_anew(m);
	assert_int_equal(m->res.n_warnings, 1);
}

/* Nor does the SMART log count them. */
static void trims_by_passthrough_are_counted_nowhere(void **state)
{
	struct made *m = *state;
	uint64_t ios, bytes;

	m->res.target.nvme.nsid = 1;
	m->res.monitor.has_health = true;
	m->res.monitor.before.has_smart = m->res.monitor.after.has_smart = true;
	m->res.job.rw = RW_WRITE;
	assert_true(result_device_io(&m->res, &ios, &bytes));
	m->res.job.rw = RW_TRIM;
	assert_false(result_device_io(&m->res, &ios, &bytes));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, made_setup, made_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_window_spans_all_workers),
		TEST(granted_is_what_every_ring_has),
		TEST(a_failed_io_makes_the_result_invalid),
		TEST(a_short_io_makes_the_result_invalid),
		TEST(a_device_that_is_gone_is_named),
		TEST(an_interrupt_makes_it_incomplete_and_no_more),
		TEST(polling_that_was_not_shown_is_not_believed),
		TEST(few_ios_say_nothing),
		TEST(a_percentile_needs_an_io_beyond_it),
		TEST(a_hang_is_told),
		TEST(an_overflow_is_told),
		TEST(latencies_that_cannot_be_are_told),
		TEST(what_the_workers_saw_in_flight_is_compared_with_latencies),
		TEST(each_direction_has_its_own_service_time),
		TEST(syncs_are_not_in_the_total),
		TEST(a_status_of_a_drive_is_told),
		TEST(too_many_pages_for_one_command_are_explained),
		TEST(errors_within_the_limit_do_not_end_a_run),
		TEST(a_rate_with_a_backlog_is_not_sustained),
		TEST(what_may_be_late_does_not_grow_with_the_runtime),
		TEST(a_backlog_that_grows_is_not_sustained),
		TEST(a_nop_is_no_read),
		TEST(no_block_may_differ),
		TEST(a_pass_must_see_everything),
		TEST(to_have_verified_nothing_is_no_success),
		TEST(the_errors_of_a_pass_count),
		TEST(discards_that_the_device_did_not_count_are_told),
		TEST(blocks_below_the_discard_granularity_are_told),
		TEST(trims_by_passthrough_are_counted_nowhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
