/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <endian.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "bench/engine/discard.h"
#include "bench/engine/nvme.h"
#include "bench/target/trims.h"
#include "probe/lib/base.h"
#include "tests/unit/fake.h"

#define IDENTIFY "Identify Controller of nvme0n1"
#define QUEUE	 "/sys/block/nvme0n1/queue/"

static const struct io_sizes blocks = { .n = 1, .bytes = { 4096 }, .min = 4096, .max = 4096 };

static struct target drive(void)
{
	return (struct target){ .fd = -1,
				.path = "/dev/it",
				.block = true,
				.has_device = true,
				.device.disk = "nvme0n1" };
}

static int suits(const struct entry *entries, unsigned n, enum engine engine, struct target *t,
		 struct fail *f)
{
	const struct job job = { .rw = RW_RANDTRIM, .engine = engine };
	struct fake fake = fake_of(entries, n);

	return trims_suit(&fake.k, &job, t, &blocks, f);
}

static void a_drive_must_have_dataset_management(void **state)
{
	static char page[4096];
	const struct entry entries[] = {
		{ IDENTIFY, page, sizeof(page) },
		{ QUEUE "discard_granularity", "4096\n" },
		{ QUEUE "discard_max_hw_bytes", "2147483136\n" },
	};
	struct target t = drive();
	struct fail f;

	(void)state;
	page[520] = ~4;
	assert_int_equal(suits(entries, ARRAY_SIZE(entries), ENGINE_NVME, &t, &f), -EOPNOTSUPP);
	assert_int_equal(f.kind, FAIL_UNAVAILABLE);
	assert_non_null(strstr(f.msg, "no Dataset Management"));
	assert_int_equal(t.trim, TRIM_NONE);
	page[520] = 4;
	assert_int_equal(suits(entries, ARRAY_SIZE(entries), ENGINE_NVME, &t, &f), 0);
	assert_int_equal(t.trim, TRIM_DATASET);
	assert_int_equal(t.discard_unit, 4096);
}

static void a_range_has_a_limit(void **state)
{
	static char page[4096] = { [520] = 4 };
	const struct entry entries[] = {
		{ IDENTIFY, page, sizeof(page) },
		{ QUEUE "discard_max_hw_bytes", "2048\n" },
	};
	struct target t = drive();
	struct fail f;

	(void)state;
	assert_int_equal(suits(entries, ARRAY_SIZE(entries), ENGINE_NVME, &t, &f), -EINVAL);
	assert_int_equal(f.kind, FAIL_USAGE);
	assert_non_null(strstr(f.msg, "at most 2k"));
}

static void a_drive_that_does_not_identify_is_no_guess(void **state)
{
	const int status = 0x4002;
	const struct entry refused = { IDENTIFY, (const char *)&status, sizeof(status) };
	struct target t = drive();
	struct fail f;

	(void)state;
	assert_int_equal(suits(&refused, 1, ENGINE_NVME, &t, &f), -EIO);
	assert_non_null(strstr(f.msg, "NVMe status"));
	assert_int_equal(suits(&refused, 0, ENGINE_NVME, &t, &f), -ENOENT);
	assert_int_equal(f.kind, FAIL_RUNTIME);
	assert_int_equal(t.trim, TRIM_NONE);
}

static void a_device_must_discard(void **state)
{
	const struct entry none = { QUEUE "discard_max_bytes", "0\n" };
	const struct entry some[] = {
		{ QUEUE "discard_max_bytes", "65536\n" },
		{ QUEUE "discard_granularity", "512\n" },
	};
	struct target t = drive();
	struct fail f;

	(void)state;
	assert_int_equal(suits(&none, 1, ENGINE_RW, &t, &f), -EOPNOTSUPP);
	assert_int_equal(f.kind, FAIL_UNAVAILABLE);
	assert_string_equal(f.msg,
			    "/dev/it does not discard: queue/discard_max_bytes of nvme0n1 is 0");
	/* Another job on a target where a discard was tried before. */
	t.trim = TRIM_DISCARD;
	assert_int_equal(suits(some, ARRAY_SIZE(some), ENGINE_RW, &t, &f), 0);
	assert_int_equal(t.discard_unit, 512);
	/* It may be switched off in between. */
	assert_int_equal(suits(&none, 1, ENGINE_RW, &t, &f), -EOPNOTSUPP);
}

static void a_file_gets_holes(void **state)
{
	struct target t = { .path = "file", .fs = "ext4" };
	char text[8193];
	struct fail f;
	struct stat st;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	t.fd = open(file_with(state, "file", text), O_RDWR);
	assert_true(t.fd >= 0);
	if (suits(NULL, 0, ENGINE_RW, &t, &f) < 0) {
		assert_int_equal(f.kind, FAIL_UNAVAILABLE);
		close(t.fd);
		skip(); /* this file system does not punch holes */
	}
	assert_int_equal(t.trim, TRIM_PUNCH_HOLE);
	assert_int_equal(t.discard_unit, 0);
	assert_int_equal(pread(t.fd, text, 8192, 0), 8192);
	assert_true(!text[0] && !text[4095] && text[4096] == 'x');
	assert_int_equal(fstat(t.fd, &st), 0);
	assert_int_equal(st.st_size, 8192);
	close(t.fd);
	t.fd = open("/dev/null", O_RDWR);
	t.trim = TRIM_NONE;
	assert_true(suits(NULL, 0, ENGINE_RW, &t, &f) < 0);
	assert_int_equal(t.trim, TRIM_NONE);
	close(t.fd);
}

static void the_drive_reads_one_range(void **state)
{
	const struct nvme_space space = { .nsid = 3, .lba_shift = 12 };
	const uint64_t at = 5ull << 40;
	struct io_uring_sqe sqe[2] = { 0 };
	const struct nvme_uring_cmd *c = nvme_command(sqe);
	struct nvme_range range;

	(void)state;
	memset(&range, 0xff, sizeof(range));
	nvme_prepare(sqe, &space, false);
	nvme_fill_trim(sqe, &space, at, &range, 64 << 10);
	assert_int_equal(sqe->off, NVME_URING_CMD_IO);
	assert_int_equal(c->opcode, 0x09);
	assert_int_equal(c->nsid, 3);
	assert_int_equal(c->addr, (uintptr_t)&range);
	assert_int_equal(c->data_len, 16);
	assert_int_equal(c->cdw10, 0); /* one range */
	assert_int_equal(c->cdw11, 4); /* Attribute - Deallocate */
	assert_int_equal(c->cdw12, 0);
	assert_int_equal(range.attributes, 0);
	assert_int_equal(le32toh(range.blocks), 16);
	assert_int_equal(le64toh(range.lba), at >> 12);
}

/* block/ioctl.c, blkdev_uring_cmd(): all other members must be 0. */
static void a_discard_has_offset_and_length(void **state)
{
	struct io_uring_sqe sqe = { .fd = 7 };

	(void)state;
	discard_fill(&sqe, 1ull << 40, 3ull << 32);
	assert_int_equal(sqe.opcode, OP_URING_CMD);
	assert_int_equal(sqe.cmd_op, 0x1200);
	assert_int_equal(sqe.addr, 1ull << 40);
	assert_int_equal(sqe.addr3, 3ull << 32);
	assert_false(sqe.ioprio || sqe.len || sqe.rw_flags || sqe.file_index || sqe.buf_index);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_drive_must_have_dataset_management),
		cmocka_unit_test(a_range_has_a_limit),
		cmocka_unit_test(a_drive_that_does_not_identify_is_no_guess),
		cmocka_unit_test(a_device_must_discard),
		cmocka_unit_test_setup_teardown(a_file_gets_holes, folder_setup, folder_teardown),
		cmocka_unit_test(the_drive_reads_one_range),
		cmocka_unit_test(a_discard_has_offset_and_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
