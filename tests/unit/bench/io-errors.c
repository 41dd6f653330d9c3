/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <errno.h>

#include "bench/engine/io-errors.h"

static void each_error_keeps_its_first(void **state)
{
	struct io_errors t = { 0 }, other = { 0 };

	(void)state;
	io_errors_note(&t, -ENOSPC, &(struct io){ 4096, 512, IO_WRITE });
	io_errors_note(&t, -EIO, &(struct io){ 8192, 4096, IO_READ });
	io_errors_note(&t, 100, &(struct io){ 512, 1024, IO_READ });
	io_errors_note(&other, -EIO, &(struct io){ 0, 4096, IO_READ });
	io_errors_note(&other, 0, &(struct io){ 0, 4096, IO_WRITE });
	io_errors_merge(&t, &other);
	assert_int_equal(t.failed, 3);
	assert_int_equal(t.n_seen, 2);
	assert_int_equal(t.seen[0].res, -ENOSPC);
	assert_int_equal(t.seen[0].kind, IO_WRITE);
	assert_int_equal(t.seen[0].bytes, 512);
	assert_int_equal(t.seen[1].n, 2);
	assert_int_equal(t.seen[1].offset, 8192);
	assert_int_equal(t.cut.n, 2);
	assert_int_equal(t.cut.res, 100);
	assert_int_equal(t.cut.offset, 512);
	assert_int_equal(t.by_kind[IO_WRITE], 2);
	assert_int_equal(io_errors_total(&t), 5);
}

static void a_status_is_counted_apart_from_others(void **state)
{
	struct io_errors t = { 0 }, other = { 0 };

	(void)state;
	io_errors_note_status(&t, 0x4281, &(struct io){ 8192, 4096, IO_READ });
	io_errors_note(&t, -EIO, &(struct io){ 0, 4096, IO_READ });
	io_errors_note_status(&other, 0x281, &(struct io){ 0, 4096, IO_READ });
	io_errors_note_status(&other, 0x4080, &(struct io){ 0, 4096, IO_READ });
	io_errors_merge(&t, &other);
	assert_int_equal(t.failed, 4);
	assert_int_equal(t.n_seen, 3);
	assert_int_equal(t.seen[0].status, 0x281);
	assert_int_equal(t.seen[0].res, -EIO);
	assert_int_equal(t.seen[0].n, 2);
	assert_int_equal(t.seen[1].status, 0);
	assert_int_equal(t.seen[2].status, 0x80);
}

static void more_errors_than_there_is_room_for_are_counted(void **state)
{
	struct io_errors t = { 0 };

	(void)state;
	for (int i = 1; i <= 20; i++)
		io_errors_note(&t, -i, &(struct io){ 0, 4096, IO_READ });
	assert_int_equal(t.failed, 20);
	assert_int_equal(t.n_seen, MAX_FAULTS);
	assert_int_equal(t.unnamed, 20 - MAX_FAULTS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_error_keeps_its_first),
		cmocka_unit_test(a_status_is_counted_apart_from_others),
		cmocka_unit_test(more_errors_than_there_is_room_for_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
