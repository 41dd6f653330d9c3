/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

#include "probe/feature/probe.h"
#include "probe/kernel/kernel.h"
#include "probe/kernel/recording.h"
#include "probe/lib/base.h"
#include "tests/unit/elsewhere.h"

/* A kernel with distinct answers. */
static int fake_setup(struct kernel *k, unsigned entries, struct ring_params *p)
{
	(void)k;
	if (p->flags & SETUP_IOPOLL)
		return -EOPNOTSUPP;
	p->sq_entries = entries;
	p->cq_entries = 2 * entries;
	p->features = 0x3fff;
	return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static int fake_enter(struct kernel *k, int fd, unsigned to_submit, unsigned min_complete,
		      unsigned flags)
{
	(void)k;
	(void)fd;
	return to_submit + min_complete + flags;
}

static int fake_reg(struct kernel *k, const struct reg_call *c)
{
	(void)k;
	if (!c->form)
		return -EINVAL;
	memset(c->out, c->op, c->form->size);
	return c->nr;
}

static int fake_map(struct kernel *k, int fd, uint64_t offset, size_t length, void **addr)
{
	char *p = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)k;
	(void)fd;
	assert_ptr_not_equal(p, MAP_FAILED);
	memset(p, 0xa0 + (offset != 0), length);
	*addr = p;
	return 0;
}

static void fake_unmap(struct kernel *k, void *addr, size_t length)
{
	(void)k;
	munmap(addr, length);
}

static void fake_close(struct kernel *k, int fd)
{
	(void)k;
	close(fd);
}

static int fake_trial(struct kernel *k, enum trial_call call, struct trial *t)
{
	(void)k;
	*t = call == TRIAL_ENTER ? (struct trial){ .sig = 31 } : (struct trial){ .ret = -EFAULT };
	return 0;
}

static ssize_t fake_read_file(struct kernel *k, const char *path, char *buf, size_t size)
{
	(void)k;
	return strcmp(path, "/there") ? -ENOENT : snprintf(buf, size, "contents of a file\n");
}

static int fake_attempt(struct kernel *k, const char *label, attempt_fn fn, void *arg,
			struct attempt *out)
{
	(void)k;
	(void)label;
	fn(arg, out);
	return 0;
}

static ssize_t fake_inquire(struct kernel *k, const char *label, inquire_fn fn, void *arg,
			    const struct form *form, void *out, size_t size)
{
	(void)k;
	(void)fn;
	(void)arg;
	if (form == &form_names)
		return snprintf(out, size, "one\ntwo\\\n\xff\n");
	if (form == &form_same_file)
		*(char *)out = 1;
	if (form == &form_memory && strcmp(label, "nothing"))
		memcpy(memset(out, 0, size), "memory", 6);
	return form == &form_memory && !strcmp(label, "nothing") ? -EFAULT : (ssize_t)size;
}

static struct kernel fake = {
	.setup = fake_setup,
	.enter = fake_enter,
	.reg = fake_reg,
	.map = fake_map,
	.unmap = fake_unmap,
	.close = fake_close,
	.trial = fake_trial,
	.read_file = fake_read_file,
	.attempt = fake_attempt,
	.inquire = fake_inquire,
};

static void answer_attempt(void *arg, struct attempt *out)
{
	*out = (struct attempt){ .res = *(int *)arg, .flags = 2, .note = "seen" };
}

static void no_attempt(void *arg, struct attempt *out)
{
	(void)arg;
	(void)out;
	fail_msg("a replay tries nothing itself");
}

/* Asks everything once and expects the answers of the fake kernel. */
static void ask_everything(struct kernel *k, attempt_fn fn)
{
	struct ring_params p = { 0 }, iopoll = { .flags = SETUP_IOPOLL };
	struct op_probe ops;
	struct reg_call c = { .op = 8, .nr = 5, .out = &ops, .form = &form_op_probe };
	struct attempt got = { 0 };
	struct trial t = { 0 };
	int fd, res = 4096;
	char buf[64], memory[4096], same = 0;
	void *map = NULL;

	fd = k->setup(k, 8, &p);
	assert_true(fd >= 0);
	assert_int_equal(p.sq_entries, 8);
	assert_int_equal(p.features, 0x3fff);
	assert_int_equal(k->setup(k, 8, &iopoll), -EOPNOTSUPP);
	assert_int_equal(k->enter(k, fd, 1, 2, 8), 11);
	assert_int_equal(k->enter(k, BAD_FD, 0, 0, 1), 1);
	c.fd = fd;
	assert_int_equal(k->reg(k, &c), 5);
	assert_int_equal(ops.ops_len, 8);
	assert_int_equal(ops.ops[255].flags, 0x808);
	c = (struct reg_call){ .fd = -1, .op = 35 };
	assert_int_equal(k->reg(k, &c), -EINVAL);
	assert_int_equal(k->map(k, fd, RING_OFF_SQES, 4096, &map), 0);
	assert_int_equal(*(unsigned char *)map, 0xa1);
	assert_int_equal(((unsigned char *)map)[511], 0xa1);
	k->unmap(k, map, 4096);
	assert_int_equal(k->trial(k, TRIAL_SETUP, &t), 0);
	assert_int_equal(t.ret, -EFAULT);
	assert_int_equal(k->trial(k, TRIAL_ENTER, &t), 0);
	assert_int_equal(t.sig, 31);
	assert_int_equal(k->read_file(k, "/there", buf, sizeof(buf)), 19);
	assert_string_equal(buf, "contents of a file\n");
	assert_int_equal(k->read_file(k, "/missing", buf, sizeof(buf)), -ENOENT);
	assert_int_equal(k->attempt(k, "op READ", fn, &res, &got), 0);
	assert_int_equal(got.res, 4096);
	assert_int_equal(got.flags, 2);
	assert_string_equal(got.note, "seen");
	assert_int_equal(k->inquire(k, "folder", NULL, NULL, &form_names, buf, sizeof(buf)), 11);
	assert_memory_equal(buf, "one\ntwo\\\n\xff\n", 11);
	assert_int_equal(k->inquire(k, "one", NULL, NULL, &form_same_file, &same, 1), 1);
	assert_int_equal(same, 1);
	assert_int_equal(k->inquire(k, "all", NULL, NULL, &form_memory, memory, 4096), 4096);
	assert_string_equal(memory, "memory");
	assert_int_equal(memory[4095], 0);
	assert_int_equal(k->inquire(k, "nothing", NULL, NULL, &form_memory, memory, 8), -EFAULT);
	k->close(k, fd);
}

static void round_trip(void **state)
{
	struct recording rec = { 0 }, loaded = { 0 };
	struct kernel *k = kernel_recorder(&fake, &rec);
	struct fail f = { 0 };

	assert_non_null(k);
	ask_everything(k, answer_attempt);
	assert_null(k->replays);
	kernel_free(k);
	assert_int_equal(rec.n, 16);
	if (recording_load(written(state, &rec), &loaded, &f) < 0)
		fail_msg("%s", f.msg);
	assert_int_equal(loaded.n, rec.n);
	assert_int_equal(loaded.unknown.n, 0);
	assert_memory_equal(&loaded.machine, &elsewhere, sizeof(elsewhere));
	assert_string_equal(loaded.version, "0.2.0");
	assert_string_equal(loaded.time, "2026-01-31T12:00:00Z");
	for (size_t i = 0; i < rec.n; i++) {
		assert_string_equal(loaded.calls[i].question, rec.calls[i].question);
		assert_int_equal(loaded.calls[i].ret, rec.calls[i].ret);
		assert_ptr_equal(loaded.calls[i].form, rec.calls[i].form);
	}
	k = kernel_replay(&loaded);
	assert_non_null(k);
	ask_everything(k, no_attempt);
	assert_ptr_equal(k->replays, &loaded);
	assert_int_equal(kernel_page_size(k), 16384);
	assert_true(kernel_big_endian(k) != HERE_BIG_ENDIAN);
	kernel_free(k);
	recording_free(&rec);
	recording_free(&loaded);
	assert_int_equal(rec.n, 0);
}

/* Members without a row keep the caller's values: user_addr of another process would be invalid here. */
static void addresses_are_not_answered(void **state)
{
	struct ring_params p = { .wq_fd = 7, .cq_off.user_addr = 1 }, asked = p;
	struct recording rec = { 0 };
	struct kernel *k;

	(void)state;
	p = (struct ring_params){ .sq_entries = 8, .wq_fd = 9, .cq_off.user_addr = 2 };
	assert_int_equal(recording_add(&rec, "setup ring(entries=8 flags=0x0 cq_entries=0)", 3,
				       &form_params, &p, sizeof(p)),
			 0);
	k = kernel_replay(&rec);
	assert_true(k->setup(k, 8, &asked) >= 0);
	assert_int_equal(asked.sq_entries, 8);
	assert_int_equal(asked.wq_fd, 7);
	assert_int_equal(asked.cq_off.user_addr, 1);
	kernel_free(k);
	recording_free(&rec);
}

static void unknown_questions_have_no_data(void **state)
{
	struct recording rec = { 0 };
	struct kernel *k = kernel_replay(&rec);
	struct ring_params p = { .flags = SETUP_SQPOLL }, before = p;
	struct reg_call c = { .fd = BAD_FD };
	struct attempt a = { .res = 7 };
	struct trial t = { .ret = 7 };
	void *map = NULL;
	char buf[16];

	(void)state;
	assert_int_equal(k->setup(k, 1, &p), -ENODATA);
	assert_memory_equal(&p, &before, sizeof(p));
	assert_int_equal(k->enter(k, BAD_FD, 0, 0, 0), -ENODATA);
	assert_int_equal(k->reg(k, &c), -ENODATA);
	assert_int_equal(k->map(k, 3, 0, 4096, &map), -ENODATA);
	assert_null(map);
	assert_int_equal(k->trial(k, TRIAL_SETUP, &t), -ENODATA);
	assert_int_equal(t.ret, 7);
	assert_int_equal(k->read_file(k, "/proc/version", buf, sizeof(buf)), -ENODATA);
	assert_int_equal(k->attempt(k, "op NOP", no_attempt, NULL, &a), -ENODATA);
	assert_int_equal(a.res, 7);
	kernel_free(k);
}

static struct recorded_call call(const char *question, int64_t ret, const struct form *form,
				 unsigned char *data, size_t size)
{
	return (struct recorded_call){
		.question = (char *)question,
		.ret = ret,
		.form = form,
		.data = data,
		.size = size,
	};
}

static void answers_come_in_order_and_the_last_stays(void **state)
{
	struct recorded_call calls[] = {
		call("enter fd=bad to_submit=0 min_complete=0 flags=0x1", -EBADF, NULL, NULL, 0),
		call("enter fd=bad to_submit=0 min_complete=0 flags=0x2", -EIO, NULL, NULL, 0),
		call("enter fd=bad to_submit=0 min_complete=0 flags=0x1", -EINVAL, NULL, NULL, 0),
	};
	struct recording rec = { .calls = calls, .n = ARRAY_SIZE(calls) };
	struct kernel *k = kernel_replay(&rec);

	(void)state;
	assert_int_equal(k->enter(k, BAD_FD, 0, 0, 1), -EBADF);
	assert_int_equal(k->enter(k, BAD_FD, 0, 0, 1), -EINVAL);
	assert_int_equal(k->enter(k, BAD_FD, 0, 0, 1), -EINVAL);
	assert_int_equal(k->enter(k, BAD_FD, 0, 0, 2), -EIO);
	kernel_free(k);
}

/* A recording is untrusted: invalid values in it must do no harm. */
static void strange_answers_do_no_harm(void **state)
{
	unsigned char letters[100];
	struct recorded_call calls[] = {
		call("enter fd=bad to_submit=0 min_complete=0 flags=0x0", 0, &form_text, letters,
		     100),
		call("read /short", 9999, &form_text, letters, 2),
		call("read /long", 100, &form_text, letters, 100),
		call("read /names", 100, &form_names, letters, 100),
		call("read /none", 100, NULL, NULL, 0),
		call("attempt x", 0, &form_attempt, letters, 10),
		call("setup ring(entries=1 flags=0x0 cq_entries=0)", 3, &form_trial, letters, 8),
		call("inquire m", 100, &form_memory, letters, 3),
	};
	struct recording rec = { .calls = calls, .n = ARRAY_SIZE(calls) };
	struct kernel *k = kernel_replay(&rec);
	struct ring_params p = { 0 };
	struct attempt a = { 0 };
	char buf[16];

	(void)state;
	memset(letters, 'a', sizeof(letters));
	assert_int_equal(k->enter(k, BAD_FD, 0, 0, 0), 0);
	assert_int_equal(k->read_file(k, "/short", buf, sizeof(buf)), 2);
	assert_string_equal(buf, "aa");
	assert_int_equal(k->read_file(k, "/long", buf, sizeof(buf)), 15);
	assert_string_equal(buf, "aaaaaaaaaaaaaaa");
	assert_int_equal(k->read_file(k, "/names", buf, sizeof(buf)), -EPROTO);
	assert_int_equal(k->read_file(k, "/none", buf, sizeof(buf)), -ENODATA);
	assert_int_equal(k->attempt(k, "x", no_attempt, NULL, &a), -EPROTO);
	assert_int_equal(k->setup(k, 1, &p), -EPROTO);
	assert_int_equal(k->inquire(k, "m", NULL, NULL, &form_memory, buf, sizeof(buf)), -ENODATA);
	assert_int_equal(k->inquire(k, "m", NULL, NULL, &form_same_file, buf, 0), -EINVAL);
	kernel_free(k);
}

/* A query with that many opcodes is rejected: an opcode is a byte. */
static void a_query_of_more_than_there_can_be_is_no_answer(void **state)
{
	struct query_io reply = { .ops.nr_request_opcodes = 64, .ops.nr_register_opcodes = 40 };
	struct recorded_call calls[] = {
		call("register fd=-1 op=35 nr=0", 0, &form_query, (unsigned char *)&reply,
		     sizeof(reply)),
	};
	struct recording rec = { .calls = calls, .n = ARRAY_SIZE(calls) };
	struct kernel *k = kernel_replay(&rec);
	struct query q = { 0 };

	(void)state;
	detect_query(k, &q);
	assert_int_equal(q.err, 0);
	assert_int_equal(q.n_ops, 64);
	assert_int_equal(q.n_register_ops, 40);
	q = (struct query){ 0 };
	reply.ops.nr_request_opcodes = 4000000000;
	detect_query(k, &q);
	assert_int_equal(q.err, -EPROTO);
	assert_int_equal(q.n_ops, 0);
	kernel_free(k);
}

static void an_empty_recording_judges_nothing(void **state)
{
	struct recording rec = { 0 };
	struct kernel *k = kernel_replay(&rec);
	struct probe p = { 0 };

	(void)state;
	assert_int_equal(probe_run(k, &p), -ENODATA);
	assert_null(p.facts[UAPI_OP]);
	kernel_free(k);
}

static void the_live_kernel_is_never_freed(void **state)
{
	char buf[64];

	(void)state;
	kernel_free(NULL);
	kernel_free(kernel_live());
	assert_true(kernel_live()->read_file(kernel_live(), "/proc/self/stat", buf, sizeof(buf)) >
		    0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(round_trip, folder_setup, folder_teardown),
		cmocka_unit_test(addresses_are_not_answered),
		cmocka_unit_test(unknown_questions_have_no_data),
		cmocka_unit_test(answers_come_in_order_and_the_last_stays),
		cmocka_unit_test(strange_answers_do_no_harm),
		cmocka_unit_test(a_query_of_more_than_there_can_be_is_no_answer),
		cmocka_unit_test(an_empty_recording_judges_nothing),
		cmocka_unit_test(the_live_kernel_is_never_freed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
