/* SPDX-License-Identifier: MIT */
/* Error messages of a probe as another user. */
#include "tests/unit/unit.h"

#include <signal.h>
#include <string.h>

#include "probe/feature/as-user.h"
#include "probe/kernel/recording.h"
#include "probe/lib/base.h"

/* More than fits into a pipe. */
#define ANSWERS	     100
#define ANSWER_BYTES 4096

static pid_t out_of_memory; /* the process in which recording fails for lack of memory */

int __real_recording_add(struct recording *rec, const char *question, int64_t ret,
			 const struct form *form, const void *data, size_t size);

/* Replaces recording_add(), by the linker's --wrap. */
int __wrap_recording_add(struct recording *rec, const char *question, int64_t ret,
			 const struct form *form, const void *data, size_t size);
int __wrap_recording_add(struct recording *rec, const char *question, int64_t ret,
			 const struct form *form, const void *data, size_t size)
{
	if (getpid() == out_of_memory)
		return -ENOMEM;
	return __real_recording_add(rec, question, ret, form, data, size);
}

static int ask_much(struct kernel *k, void *file)
{
	static char buf[ANSWER_BYTES + 1];

	for (unsigned i = 0; i < ANSWERS; i++)
		if (k->read_file(k, file, buf, sizeof(buf)) != ANSWER_BYTES)
			return -EIO;
	return 7;
}

static int ask_and_die(struct kernel *k, void *arg)
{
	(void)k;
	(void)arg;
	raise(SIGKILL);
	return 0;
}

static int ask(ask_fn fn, char *file, struct recording *rec, struct fail *f)
{
	const struct as_user self = { .uid = geteuid(), .gid = getegid() };

	return as_user_ask(&self, fn, file, rec, f);
}

static void failures_keep_their_cause(void **state)
{
	char text[ANSWER_BYTES + 1], *file;
	struct recording rec = { 0 };
	struct fail f;

	memset(text, 'x', ANSWER_BYTES);
	text[ANSWER_BYTES] = '\0';
	file = (char *)file_with(state, "answer", text);
	assert_int_equal(ask(ask_much, file, &rec, &f), 7);
	assert_int_equal(rec.n, ANSWERS);
	recording_free(&rec);

	/* The child still writes, but nothing reads it. */
	out_of_memory = getpid();
	rec = (struct recording){ 0 };
	assert_int_equal(ask(ask_much, file, &rec, &f), -ENOMEM);
	assert_non_null(strstr(f.msg, strerror(ENOMEM)));
	out_of_memory = 0;

	assert_int_equal(ask(ask_and_die, NULL, &rec, &f), -EIO);
	assert_non_null(strstr(f.msg, "killed by signal 9"));
	assert_int_equal(rec.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(failures_keep_their_cause, folder_setup,
						folder_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
