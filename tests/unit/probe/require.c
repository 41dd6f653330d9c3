/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <string.h>

#include "probe/lib/base.h"
#include "probe/require/require.h"
#include "tests/unit/known.h"

static void good_and_bad(void **state)
{
	static const struct {
		const char *text, *says; /* says: NULL if the text is valid */
	} rows[] = {
		{ "op:SEND_ZC", NULL },
		{ "op:IORING_OP_SEND_ZC", NULL },
		{ "op:send_zc", NULL },
		{ "setup:DEFER_TASKRUN", NULL },
		{ "setup:SINGLE_ISSUER+DEFER_TASKRUN", NULL },
		{ "feat:EXT_ARG", NULL },
		{ "reg:PBUF_RING", NULL },
		{ "reg:REGISTER_PBUF_RING", NULL },
		{ "reg:UNREGISTER_PBUF_RING", NULL },
		{ "enter:EXT_ARG", NULL },
		{ "sqe:ASYNC", NULL },
		{ "cqe:MORE", NULL },
		{ "cmd:nvme", NULL },
		{ "kernel:>=5.10.186", NULL },
		{ "kernel:>=5.10", NULL },
		{ "limit:memlock>=8m", NULL },
		{ "limit:nofile>=1142", NULL },
		{ "rings:142x64", NULL },
		{ "", "not a requirement such as" },
		{ "SEND_ZC", "not a requirement such as" },
		{ "op:", "not in the table ops" },
		{ "op:SEND_ZCC", "in the table ops; did you mean 'SEND_ZC'?" },
		{ "op:IORING_OP_RAED", "in the table ops; did you mean 'IORING_OP_READ'?" },
		{ "op:FROBNICATE", "in the table ops; see uringtool probe --list" },
		{ "reg:PBUF_RNIG", "did you mean 'PBUF_RING'?" },
		{ "reg:REGISTER_PBUF_RNIG", "did you mean 'REGISTER_PBUF_RING'?" },
		{ "feat:DEFER_TASKRUN", "there is setup:DEFER_TASKRUN" },
		{ "setup:SQPOLL+", "not in the table setup_flags" },
		{ "setup:SQPOLL+NOP", "there is op:NOP" },
		{ "o:NOP", "'o' cannot be asked for; did you mean 'op'?" },
		{ "opx:NOP", "'opx' cannot be asked for; did you mean 'op'?" },
		{ "kernal:>=5.10", "did you mean 'kernel'?" },
		{ "frobnicate:NOP", "asked for; see uringtool probe --list" },
		{ "op>=:NOP", "'op>=' cannot be asked for" },
		{ ":NOP", "'' cannot be asked for" },
		{ "cmd:scsi", "none of the commands nvme, ublk" },
		{ "cmd:nmve", "btrfs, fuse; did you mean 'nvme'?" },
		{ "kernel:5.10", "not a kernel version" },
		{ "kernel:>=5", "not a kernel version" },
		{ "kernel:>=5.10.", "not a kernel version" },
		{ "kernel:>=5.10.1x", "not a kernel version" },
		{ "limit:memlock>=lots", "not a size" },
		{ "limit:memlock>8m", "is not a limit" },
		{ "limit:cpu>=1", "is not a limit" },
		{ "limit:memlok>=8m", "did you mean 'memlock'?" },
		{ "rings:142", "not a number of rings" },
		{ "rings:0x64", "not a number of rings" },
		{ "rings:1x64x", "not a number of rings" },
		{ "rings: 1x64", "not a number of rings" },
		{ "rings:-1x64", "not a number of rings" },
		{ "rings:99999999x1", "not a number of rings" },
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		struct requirement r = { .entries = 7 };
		struct fail f = { 0 };
		int e = require_parse(rows[i].text, strlen(rows[i].text), &r, &f);

		if (!rows[i].says) {
			if (e)
				fail_msg("%s: %s", rows[i].text, f.msg);
			assert_string_equal(r.text, rows[i].text);
			continue;
		}
		if (e != -EINVAL || f.kind != FAIL_USAGE || !strstr(f.msg, rows[i].says))
			fail_msg("%s: %d %s", rows[i].text, e, f.msg);
		assert_int_equal(r.entries, 7);
	}
}

static void a_part_of_a_text(void **state)
{
	struct requirement r;
	struct fail f;

	(void)state;
	assert_int_equal(require_parse("op:NOP,rest", 6, &r, &f), 0);
	assert_string_equal(r.text, "op:NOP");
	assert_int_equal(r.row->number, OP_NOP);
}

static int setup_answer;

static int fake_setup(struct kernel *k, unsigned entries, struct ring_params *p)
{
	(void)k;
	(void)entries;
	(void)p;
	return setup_answer;
}

static void fake_close(struct kernel *k, int fd)
{
	(void)k;
	(void)fd;
}

/* 28 KiB for each ring; 4 KiB are already charged. */
static int fake_attempt(struct kernel *k, const char *label, attempt_fn fn, void *arg,
			struct attempt *out)
{
	(void)k;
	(void)label;
	(void)fn;
	(void)arg;
	*out = (struct attempt){ .res = 7, .flags = 1, .note = "uid 1000" };
	return 0;
}

static struct kernel fake = { .setup = fake_setup, .close = fake_close, .attempt = fake_attempt };

static void judge(const char *text, struct probe *p, struct judgement *j)
{
	const struct identity id = { .release = "5.10.0-32",
				     .says = { 5, 10, 223 },
				     .has_says = true };
	const struct limits l = { .memlock = { true, 64 << 10, 64 << 10 },
				  .nofile = { true, 20, LIMIT_NONE },
				  .fit_nofile = 20 };
	const struct ground g = { &fake, p, &id, &l };
	struct requirement r;
	struct fail f = { 0 };

	if (require_parse(text, strlen(text), &r, &f) < 0)
		fail_msg("%s: %s", text, f.msg);
	require_judge(&r, &g, j);
}

static void judgements(void **state)
{
	static const struct {
		const char *text;
		enum met met;
		unsigned major, minor; /* the kernel that has it */
		const char *why;
	} rows[] = {
		{ "op:READ", MET_YES, 5, 6, "works" },
		{ "op:SEND_ZC", MET_NO, 6, 0, "does not know it" },
		{ "op:STATX", MET_NO, 5, 6, "not permitted: cqe.res (op STATX): EPERM" },
		{ "op:OPENAT", MET_NO, 5, 6, "known, and does not work" },
		{ "op:CLOSE", MET_UNDECIDED, 5, 6,
		  "whether it works was not seen: none: no means" },
		{ "feat:EXT_ARG", MET_YES, 5, 11, "works" },
		{ "setup:SQPOLL+SQ_AFF", MET_YES, 5, 1, "a ring with SQPOLL|SQ_AFF was made" },
		{ "setup:SQ_AFF+CQSIZE", MET_NO, 5, 5, "SQ_AFF needs SQPOLL beside it" },
		{ "setup:SQPOLL+COOP_TASKRUN", MET_NO, 5, 19, "SQPOLL refuses COOP_TASKRUN" },
		{ "setup:SINGLE_ISSUER+DEFER_TASKRUN", MET_NO, 6, 1, "SINGLE_ISSUER: this kernel" },
		{ "cmd:nvme", MET_NO, 5, 19, "does not know it" },
		{ "kernel:>=5.10.186", MET_YES, 5, 10, "says 5.10.223 (5.10.0-32)" },
		{ "kernel:>=5.10.224", MET_NO, 5, 10, "says 5.10.223" },
		{ "kernel:>=5.9.300", MET_YES, 5, 9, "says 5.10.223" },
		{ "kernel:>=6.0", MET_NO, 6, 0, "says 5.10.223" },
		{ "limit:memlock>=64k", MET_YES, 0, 0, "64k" },
		{ "limit:memlock>=65k", MET_NO, 0, 0, "64k" },
		{ "limit:nofile>=21", MET_NO, 0, 0, "20" },
		{ "limit:nproc>=1", MET_UNDECIDED, 0, 0, "not known" },
		{ "rings:2x256", MET_YES, 0, 0, "charged 56k of 64k" },
		{ "rings:3x256", MET_NO, 0, 0, "2 fit (ENOMEM)" },
		{ "rings:21x256", MET_NO, 0, 0, "RLIMIT_NOFILE is 20 (EMFILE)" },
	};
	struct probe p;

	(void)state;
	known_until(&p, 5, 13);
	known_fact(&p, "IORING_OP_STATX")->permitted = ANSWER_NO;
	fact_evidence(known_fact(&p, "IORING_OP_STATX"), "cqe.res", "op STATX", "EPERM");
	known_fact(&p, "IORING_OP_OPENAT")->works = ANSWER_NO;
	known_fact(&p, "IORING_OP_CLOSE")->works = ANSWER_UNDECIDED;
	fact_evidence(known_fact(&p, "IORING_OP_CLOSE"), "none", "", "no means");
	setup_answer = 9;
	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		struct judgement j;

		judge(rows[i].text, &p, &j);
		if (j.met != rows[i].met || !strstr(j.why, rows[i].why) ||
		    j.has_since != (rows[i].major != 0) || j.since.major != rows[i].major ||
		    j.since.minor != rows[i].minor)
			fail_msg("%s: %s since %u.%u: %s", rows[i].text, met_names[j.met],
				 j.since.major, j.since.minor, j.why);
	}
	probe_free(&p);
}

/* A ring with all the flags together shows what each flag alone does not. */
static void together_by_a_ring(void **state)
{
	static const struct {
		int answer;
		enum met met;
	} rows[] = { { 9, MET_YES },
		     { -EINVAL, MET_NO },
		     { -EACCES, MET_NO },
		     { -ENODATA, MET_YES },
		     { -ENOMEM, MET_UNDECIDED } };
	struct probe p;

	(void)state;
	known_until(&p, 6, 18);
	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		struct judgement j;

		setup_answer = rows[i].answer;
		judge("setup:SINGLE_ISSUER+DEFER_TASKRUN", &p, &j);
		assert_int_equal(j.met, rows[i].met);
	}
	probe_free(&p);
}

static void nothing_without_io_uring(void **state)
{
	struct judgement j;
	struct probe p;

	(void)state;
	known_until(&p, 6, 18);
	p.access.verdict = ACCESS_REFUSED;
	snprintf(p.access.why, sizeof(p.access.why), "a filter");
	judge("op:NOP", &p, &j);
	assert_int_equal(j.met, MET_NO);
	assert_non_null(strstr(j.why, "a filter"));
	judge("rings:1x1", &p, &j);
	assert_int_equal(j.met, MET_NO);
	judge("kernel:>=5.10", &p, &j);
	assert_int_equal(j.met, MET_YES);
	p.access.verdict = ACCESS_UNDECIDED;
	judge("op:NOP", &p, &j);
	assert_int_equal(j.met, MET_UNDECIDED);
	probe_free(&p);
}

static void all_and_any(void **state)
{
	(void)state;
	assert_int_equal(met_all(MET_YES, MET_YES), MET_YES);
	assert_int_equal(met_all(MET_YES, MET_UNDECIDED), MET_UNDECIDED);
	assert_int_equal(met_all(MET_UNDECIDED, MET_NO), MET_NO);
	assert_int_equal(met_any(MET_NO, MET_NO), MET_NO);
	assert_int_equal(met_any(MET_UNDECIDED, MET_NO), MET_UNDECIDED);
	assert_int_equal(met_any(MET_UNDECIDED, MET_YES), MET_YES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_and_bad),
		cmocka_unit_test(a_part_of_a_text),
		cmocka_unit_test(judgements),
		cmocka_unit_test(together_by_a_ring),
		cmocka_unit_test(nothing_without_io_uring),
		cmocka_unit_test(all_and_any),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
