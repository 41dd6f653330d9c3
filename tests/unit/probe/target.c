/* SPDX-License-Identifier: MIT */
/* Judging the trials on a target: a real file, and simulated answers. */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <string.h>

#include "probe/lib/base.h"
#include "probe/target/target.h"

struct answer_to {
	const char *label; /* after "target PATH: " */
	int err, res;
	const char *note;
};

/* Inquiries go to the running kernel; attempts get the answers of the table, or res 4096. */
struct fake {
	struct kernel k;
	const struct answer_to *answers;
	unsigned n, asked;
};

static int fake_attempt(struct kernel *k, const char *label, attempt_fn fn, void *arg,
			struct attempt *out)
{
	struct fake *fake = (struct fake *)k;
	const char *what = strstr(label, ": ") + 2;

	(void)fn;
	(void)arg;
	fake->asked++;
	*out = (struct attempt){ .res = 4096 };
	for (unsigned i = 0; i < fake->n; i++) {
		if (strcmp(fake->answers[i].label, what))
			continue;
		*out = (struct attempt){ .err = fake->answers[i].err, .res = fake->answers[i].res };
		snprintf(out->note, sizeof(out->note), "%s",
			 fake->answers[i].note ? fake->answers[i].note : "");
	}
	return 0;
}

static const struct access usable = { .verdict = ACCESS_USABLE };

static void probe(void **state, const struct access *access, struct fake *fake,
		  struct target_report *t)
{
	char block[8192];
	const char *path;

	memset(block, 'x', sizeof(block) - 1);
	block[sizeof(block) - 1] = '\0';
	path = file_with(state, "target", block);
	fake->k = *kernel_live();
	fake->k.attempt = fake_attempt;
	assert_int_equal(target_probe(&fake->k, access, path, t, NULL), 0);
}

static const struct target_fact *fact(const struct target_report *t, const char *name)
{
	for (unsigned i = 0; i < t->n_facts; i++)
		if (!strcmp(t->facts[i].fact.row->name, name))
			return &t->facts[i];
	fail_msg("no fact %s", name);
	return NULL;
}

static void answers(const struct target_report *t, const char *name, enum answer known,
		    enum answer permitted, enum answer works)
{
	const struct fact *f = &fact(t, name)->fact;

	if (f->known != known || f->permitted != permitted || f->works != works)
		fail_msg("%s: %s %s %s", name, answer_names[f->known], answer_names[f->permitted],
			 answer_names[f->works]);
}

#define YES  ANSWER_YES
#define NO   ANSWER_NO
#define NA   ANSWER_NA
#define OPEN ANSWER_UNDECIDED

static void reads_that_succeed(void **state)
{
	struct fake fake = { 0 };
	struct target_report *t = calloc(1, sizeof(*t));

	probe(state, &usable, &fake, t);
	assert_int_equal(t->type, TARGET_FILE);
	assert_int_equal(t->bytes, 8191);
	answers(t, "READ_FIXED", YES, YES, YES);
	answers(t, "RWF_NOSIGNAL", YES, YES, YES);
	free(t);
}

/* EOPNOTSUPP alone does not tell whether the flag is unknown or not supported for this file. */
static void flags_that_are_refused(void **state)
{
	static const struct answer_to new_kernel[] = {
		{ "RWF_DONTCACHE", 0, -EOPNOTSUPP, NULL },
		{ "rw_flags 0xb0", 0, -EINVAL, NULL },
		{ "RWF_NOSIGNAL", 0, -EOPNOTSUPP, NULL },
		{ "rw_flags 0x130", 0, -EOPNOTSUPP, NULL },
		{ "rw_flags 0x30", 0, -EINVAL, NULL },
	};
	static const struct answer_to old_kernel[] = {
		{ "RWF_DONTCACHE", 0, -EOPNOTSUPP, NULL },
		{ "rw_flags 0xb0", 0, -EOPNOTSUPP, NULL },
		{ "rw_flags 0x30", 0, -EOPNOTSUPP, NULL },
	};
	struct fake fake = { .answers = new_kernel, .n = ARRAY_SIZE(new_kernel) };
	struct target_report *t = calloc(1, sizeof(*t));

	probe(state, &usable, &fake, t);
	answers(t, "RWF_DONTCACHE", YES, OPEN, NO);
	answers(t, "RWF_NOSIGNAL", NO, NA, NO);
	fake = (struct fake){ .answers = old_kernel, .n = ARRAY_SIZE(old_kernel) };
	probe(state, &usable, &fake, t);
	answers(t, "RWF_DONTCACHE", OPEN, OPEN, NO);
	free(t);
}

static void other_answers(void **state)
{
	static const struct answer_to table[] = {
		{ "HYBRID_IOPOLL", -EINVAL, 0, "io_uring_setup" },
		{ "READ_FIXED", -ENOMEM, 0, "register buffers" },
		{ "READ, IOSQE_FIXED_FILE", 0, -EACCES, NULL },
		{ "IOPOLL, RWF_HIPRI", 0, -EOPNOTSUPP, NULL },
		{ "RWF_NOWAIT", 0, -EAGAIN, NULL },
		{ "RWF_DONTCACHE", 0, -EIO, NULL },
		{ "RWF_NOSIGNAL", 0, 17, NULL },
	};
	struct fake fake = { .answers = table, .n = ARRAY_SIZE(table) };
	struct target_report *t = calloc(1, sizeof(*t));

	probe(state, &usable, &fake, t);
	answers(t, "HYBRID_IOPOLL", NO, NA, NO);
	answers(t, "READ_FIXED", YES, OPEN, OPEN);
	assert_non_null(strstr(fact(t, "READ_FIXED")->fix, "RLIMIT_MEMLOCK"));
	answers(t, "FIXED_FILE", YES, NO, NO);
	answers(t, "RWF_HIPRI", YES, YES, NO);
	answers(t, "RWF_NOWAIT", YES, YES, YES);
	answers(t, "RWF_DONTCACHE", OPEN, OPEN, OPEN);
	answers(t, "RWF_NOSIGNAL", YES, YES, OPEN);
	free(t);
}

static void after_one_that_hangs_nothing_is_asked(void **state)
{
	static const struct answer_to table[] = {
		{ "READ_FIXED", -ETIMEDOUT, 0, "completion" },
	};
	struct fake fake = { .answers = table, .n = ARRAY_SIZE(table) };
	struct target_report *t = calloc(1, sizeof(*t));

	probe(state, &usable, &fake, t);
	assert_int_equal(fake.asked, 2);
	answers(t, "RWF_NOSIGNAL", OPEN, OPEN, OPEN);
	free(t);
}

static void where_io_uring_is_refused_no_ring_is_made(void **state)
{
	const struct access refused = { .verdict = ACCESS_REFUSED,
					.seen.setup = { .ret = -EPERM } };
	struct fake fake = { 0 };
	struct target_report *t = calloc(1, sizeof(*t));

	probe(state, &refused, &fake, t);
	assert_int_equal(fake.asked, 0);
	answers(t, "IOPOLL", OPEN, NO, NO);
	answers(t, "RWF_NOSIGNAL", OPEN, NO, NO);
	free(t);
}

static void what_is_no_target(void **state)
{
	struct target_report *t = calloc(1, sizeof(*t));
	struct kernel *k = kernel_live();
	struct fail f;

	t->path = "untouched";
	assert_int_equal(target_probe(k, &usable, in_folder(state, "none"), t, &f), -ENOENT);
	assert_int_equal(f.kind, FAIL_RUNTIME);
	assert_int_equal(target_probe(k, &usable, *state, t, &f), -EISDIR);
	assert_int_equal(target_probe(k, &usable, "/dev/ptmx", t, &f), -EPERM);
	assert_int_equal(f.kind, FAIL_REFUSED);
	assert_string_equal(t->path, "untouched");
	free(t);
}

/* Between stat(2) and open(2) the file was replaced by one with the same inode on another file system, or by
 * another device. */
static ssize_t fake_stat(struct kernel *k, const char *label, inquire_fn fn, void *arg,
			 const struct form *form, void *out, size_t size)
{
	const struct fake *fake = (const struct fake *)k;
	ssize_t n = fn(arg, out, size);

	(void)form;
	/* struct numbers in target-target.h: mode, two parts of st_dev, two of st_rdev. */
	if (strstr(label, ": stat"))
		((uint32_t *)out)[fake->asked]++;
	return n;
}

static void what_was_exchanged_is_refused(void **state)
{
	struct target_report *t = calloc(1, sizeof(*t));
	const char *path = file_with(state, "target", "text");

	for (unsigned field = 0; field < 5; field++) {
		struct fake fake = { .k = *kernel_live(), .asked = field };
		struct fail f;

		fake.k.attempt = fake_attempt;
		fake.k.inquire = fake_stat;
		assert_int_equal(target_probe(&fake.k, &usable, path, t, &f), -EAGAIN);
		assert_int_equal(f.kind, FAIL_REFUSED);
		assert_non_null(strstr(f.msg, "was replaced while it was opened"));
	}
	free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(reads_that_succeed, folder_setup, folder_teardown),
		cmocka_unit_test_setup_teardown(flags_that_are_refused, folder_setup,
						folder_teardown),
		cmocka_unit_test_setup_teardown(other_answers, folder_setup, folder_teardown),
		cmocka_unit_test_setup_teardown(after_one_that_hangs_nothing_is_asked, folder_setup,
						folder_teardown),
		cmocka_unit_test_setup_teardown(where_io_uring_is_refused_no_ring_is_made,
						folder_setup, folder_teardown),
		cmocka_unit_test_setup_teardown(what_is_no_target, folder_setup, folder_teardown),
		cmocka_unit_test_setup_teardown(what_was_exchanged_is_refused, folder_setup,
						folder_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
