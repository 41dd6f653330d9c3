/* SPDX-License-Identifier: MIT */
/* The functional tests: every row of a table has one, results are judged correctly, and nothing is left
 * behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "probe/feature/cross-check.h"
#include "probe/feature/probe.h"
#include "probe/functest/fixture.h"
#include "probe/functest/functest.h"
#include "probe/lib/base.h"

static struct fact judged(enum uapi_kind kind, const struct use *u, struct attempt a)
{
	struct fact f = { .row = uapi_tables[kind].rows };

	if (kind != UAPI_OPFLAG && kind != UAPI_CQE)
		f.known = ANSWER_YES;
	use_judge(&f, kind, u, &a);
	return f;
}

static void assert_answers(struct fact f, enum answer known, enum answer permitted,
			   enum answer works)
{
	assert_string_equal(answer_names[f.known], answer_names[known]);
	assert_string_equal(answer_names[f.permitted], answer_names[permitted]);
	assert_string_equal(answer_names[f.works], answer_names[works]);
	assert_true(f.n_evidence > 0);
}

#define YES  ANSWER_YES
#define NO   ANSWER_NO
#define NA   ANSWER_NA
#define OPEN ANSWER_UNDECIDED

static const struct use four = { .what = "", .res = 4 };

static void test_wanted(void **state)
{
	const struct use fd = { .what = "", .at_least = true };
	const struct use more = { .what = "", .flags = CQEF_MORE };

	(void)state;
	assert_answers(judged(UAPI_OP, &four, (struct attempt){ .res = 4, .completions = 1 }), YES,
		       YES, YES);
	assert_answers(judged(UAPI_OP, &fd, (struct attempt){ .res = 7 }), YES, YES, YES);
	assert_answers(judged(UAPI_OP, &four, (struct attempt){ .res = 3 }), YES, YES, NO);
	assert_answers(judged(UAPI_OP, &more, (struct attempt){ .flags = CQEF_MORE | 1 }), YES, YES,
		       YES);
	assert_answers(judged(UAPI_OP, &more, (struct attempt){ .flags = 1 }), YES, YES, NO);
}

static void test_failed_before(void **state)
{
	const struct attempt a = { .err = -EMFILE, .note = "pipe2", .res = 4 };
	struct fact f = judged(UAPI_OP, &four, a);

	(void)state;
	assert_answers(f, YES, OPEN, OPEN);
	assert_string_equal(f.evidence[0].call, "pipe2");
	assert_string_equal(f.evidence[0].result, "EMFILE");
}

static void test_refused(void **state)
{
	(void)state;
	assert_answers(judged(UAPI_OP, &four, (struct attempt){ .res = -EPERM }), YES, NO, NO);
	assert_answers(judged(UAPI_REG, &four, (struct attempt){ .res = -EACCES }), YES, NO, NO);
	assert_answers(judged(UAPI_OP, &four, (struct attempt){ .res = -EINVAL }), YES, YES, NO);
}

static void test_not_its_fault(void **state)
{
	const struct use u = { .what = "", .excuse = -EOPNOTSUPP, .excuse_why = "because" };
	struct fact f = judged(UAPI_OP, &u, (struct attempt){ .res = -EOPNOTSUPP });

	(void)state;
	assert_answers(f, YES, OPEN, OPEN);
	assert_string_equal(f.evidence[1].result, "because");
	assert_answers(judged(UAPI_OP, &four, (struct attempt){ .res = -ENOMEM }), YES, OPEN, OPEN);
	assert_answers(judged(UAPI_OP, &four, (struct attempt){ .res = -EPERM, .plain = -EPERM }),
		       YES, OPEN, OPEN);
}

static void test_second_completion(void **state)
{
	const struct use u = { .what = "", .res = 5, .cqes = 2, .res2 = -ECANCELED, .flags2 = 8 };
	struct attempt a = { .res = 5, .completions = 2, .res2 = -ECANCELED, .flags2 = 8 };

	(void)state;
	assert_answers(judged(UAPI_OP, &u, a), YES, YES, YES);
	a.flags2 = 0;
	assert_answers(judged(UAPI_OP, &u, a), YES, YES, NO);
	a.flags2 = 8;
	a.res2 = 0;
	assert_answers(judged(UAPI_OP, &u, a), YES, YES, NO);
	a.res2 = -ECANCELED;
	a.completions = 1;
	assert_answers(judged(UAPI_OP, &u, a), YES, YES, NO);
	/* From a recording made before completions were counted. */
	a.completions = 0;
	assert_answers(judged(UAPI_OP, &u, a), YES, YES, YES);
}

static void test_effect(void **state)
{
	struct attempt a = { .res = 4, .effect = EFFECT_SEEN };

	(void)state;
	assert_answers(judged(UAPI_OP, &four, a), YES, YES, YES);
	a.effect = EFFECT_MISSING;
	assert_answers(judged(UAPI_OP, &four, a), YES, YES, NO);
}

static void test_flag_of_opcode(void **state)
{
	const struct use u = { .what = "", .res = 4, .known_res = -EBUSY };
	const struct use other = { .what = "", .res = 4, .unknown_res = -EOPNOTSUPP };

	(void)state;
	assert_answers(judged(UAPI_OPFLAG, &u, (struct attempt){ .res = 4 }), YES, YES, YES);
	assert_answers(judged(UAPI_OPFLAG, &u, (struct attempt){ .res = -EINVAL }), NO, NA, NO);
	assert_answers(judged(UAPI_OPFLAG, &u, (struct attempt){ .res = -EBUSY }), YES, OPEN, OPEN);
	assert_answers(judged(UAPI_OPFLAG, &other, (struct attempt){ .res = -EOPNOTSUPP }), NO, NA,
		       NO);
	assert_answers(judged(UAPI_OPFLAG, &u, (struct attempt){ .res = 5 }), OPEN, OPEN, NO);
}

static void test_flag_of_completion(void **state)
{
	const struct use u = { .what = "", .res = 4, .flags = CQEF_NOTIF };
	struct attempt a = { .res = 4, .flags = CQEF_NOTIF, .completions = 1 };

	(void)state;
	assert_answers(judged(UAPI_CQE, &u, a), YES, YES, YES);
	a.flags = 0;
	assert_answers(judged(UAPI_CQE, &u, a), NO, NA, NO);
	a.res = -EIO;
	assert_answers(judged(UAPI_CQE, &u, a), OPEN, OPEN, NO);
}

static const struct use_table *const all_tables[] = {
	&uses_files,	      &uses_net,	&uses_misc,	      &uses_register,
	&uses_register_ring,  &uses_sqe_flags,	&uses_enter_flags,    &uses_cqe_flags,
	&uses_setup,	      &uses_features,	&uses_op_flags,	      &uses_cmd_flags,
	&uses_net_flags,      &uses_wait_flags, &uses_register_flags, &uses_restrict,
	&uses_restrict_flags, &uses_zcrx_ops,	&uses_zcrx_register,  &uses_zcrx_flags,
};

/* Every row of every table of constants has a functional test, or a reason for having none. */
static void test_tables_are_whole(void **state)
{
	unsigned found = 0, made = 0;

	(void)state;
	for (unsigned kind = 0; kind < UAPI_KINDS; kind++) {
		const struct uapi_table *t = &uapi_tables[kind];

		for (unsigned i = 0; i < t->n; i++) {
			const struct use *u =
				use_find(kind, kind == UAPI_OPFLAG ? i : t->rows[i].number);

			if (!u)
				fail_msg("%s has no use", t->rows[i].name);
			found++;
			if (!u->why_not == (!u->prep && !u->call) || (u->prep && u->call))
				fail_msg("%s: one of prep, call, why_not", t->rows[i].name);
			if (!u->why_not && !u->what)
				fail_msg("%s: what is done?", t->rows[i].name);
			if (u->excuse && !u->excuse_why)
				fail_msg("%s: an excuse without a reason", t->rows[i].name);
			if (u->need.number && u->need.kind != UAPI_OPFLAG &&
			    !uapi_find(u->need.kind, u->need.number))
				fail_msg("%s needs what is in no table", t->rows[i].name);
		}
	}
	for (unsigned i = 0; i < ARRAY_SIZE(all_tables); i++)
		made += all_tables[i]->n;
	/* No test is listed twice, and each belongs to a row. */
	assert_int_equal(made, found);
}

/* A kernel that returns the same answer to every attempt and records the labels. */
struct stub {
	struct kernel k;
	int ret;
	struct attempt answer;
	unsigned asked;
	char labels[400][96];
};

static int stub_attempt(struct kernel *k, const char *label, attempt_fn fn, void *arg,
			struct attempt *out)
{
	struct stub *stub = (struct stub *)k;

	(void)fn;
	(void)arg;
	for (unsigned i = 0; i < stub->asked; i++)
		assert_string_not_equal(stub->labels[i], label);
	assert_true(stub->asked < ARRAY_SIZE(stub->labels));
	snprintf(stub->labels[stub->asked++], sizeof(stub->labels[0]), "%s", label);
	*out = stub->answer;
	return stub->ret;
}

static struct fact *known_facts(enum uapi_kind kind)
{
	struct fact *f = calloc(uapi_tables[kind].n, sizeof(*f));

	assert_non_null(f);
	for (unsigned i = 0; i < uapi_tables[kind].n; i++) {
		f[i].row = &uapi_tables[kind].rows[i];
		f[i].number = f[i].row->number;
		if (kind != UAPI_CQE && kind != UAPI_OPFLAG && kind != UAPI_SQE)
			f[i].known = f[i].permitted = ANSWER_YES;
	}
	return f;
}

struct all {
	struct fact *of[UAPI_KINDS];
	unsigned n[UAPI_KINDS];
	struct facts facts;
};

static void all_known(struct all *all)
{
	for (unsigned kind = 0; kind < UAPI_KINDS; kind++) {
		all->of[kind] = known_facts(kind);
		all->n[kind] = uapi_tables[kind].n;
	}
	all->facts = (struct facts){ all->of, all->n };
}

static void all_free(struct all *all)
{
	for (unsigned kind = 0; kind < UAPI_KINDS; kind++)
		free(all->of[kind]);
}

/* A recording without any answer decides nothing. */
static void test_nothing_answered(void **state)
{
	struct stub stub = { .k.attempt = stub_attempt, .ret = -ENODATA };
	struct all all;

	(void)state;
	all_known(&all);
	functest(&stub.k, &all.facts);
	assert_true(stub.asked > 0);
	for (unsigned kind = 0; kind < UAPI_KINDS; kind++) {
		for (unsigned i = 0; i < all.n[kind]; i++) {
			assert_int_equal(all.of[kind][i].works, ANSWER_UNDECIDED);
			assert_true(all.of[kind][i].n_evidence > 0);
		}
	}
	all_free(&all);
}

/* A test whose prerequisites are missing is not run. The stub also checks that labels are unique. */
static void test_unknown_is_left_alone(void **state)
{
	struct stub stub = { .k.attempt = stub_attempt };
	struct all all;

	(void)state;
	all_known(&all);
	all.of[UAPI_OP][OP_SEND_ZC].known = ANSWER_NO;
	all.of[UAPI_OP][OP_SEND_ZC].works = ANSWER_NO;
	functest(&stub.k, &all.facts);
	assert_true(stub.asked > 150);
	for (unsigned i = 0; i < stub.asked; i++)
		assert_null(strstr(stub.labels[i], "SEND_ZC"));
	assert_answers(all.of[UAPI_OPFLAG][OPF_SEND_ZC_REPORT_USAGE], NO, NA, NO);
	all_free(&all);
}

static unsigned attempts, caught;

static void catch (int sig)
{
	caught += sig == SIGTERM;
}

static int stop_at_the_tenth(struct kernel *k, const char *label, attempt_fn fn, void *arg,
			     struct attempt *out)
{
	(void)k;
	(void)label;
	(void)fn;
	(void)arg;
	if (++attempts == 10)
		raise(SIGTERM);
	assert_int_equal(caught, 0);
	*out = (struct attempt){ 0 };
	return 0;
}

/* A signal during an attempt is deferred, and no further attempt follows. An ignored signal has no effect. */
static void test_interrupted(void **state)
{
	struct kernel k = { .attempt = stop_at_the_tenth };
	struct all all;

	(void)state;
	all_known(&all);
	signal(SIGTERM, catch);
	assert_int_equal(functest(&k, &all.facts), -EINTR);
	assert_int_equal(attempts, 10);
	assert_int_equal(caught, 1);
	all_free(&all);
	all_known(&all);
	attempts = caught = 0;
	signal(SIGTERM, SIG_IGN);
	assert_int_equal(functest(&k, &all.facts), 0);
	assert_true(attempts > 150);
	signal(SIGTERM, SIG_DFL);
	all_free(&all);
}

static void test_contradictions(void **state)
{
	struct query q = { .n_ops = uapi_tables[UAPI_OP].n,
			   .n_register_ops = uapi_tables[UAPI_REG].n,
			   .features = ~0ull,
			   .setup_flags = ~0ull,
			   .enter_flags = ~0ull,
			   .sqe_flags = ~0ull };
	_cleanup_free_ struct contradiction *list = NULL;
	struct all all;

	(void)state;
	all_known(&all);
	for (unsigned i = 0; i < all.n[UAPI_SQE]; i++)
		all.of[UAPI_SQE][i].known = ANSWER_YES;
	assert_int_equal(cross_check(&q, &all.facts, &list), 0);
	assert_null(list);

	/* An option of the kernel explains these. */
	all.of[UAPI_OP][OP_FUTEX_WAIT].known = ANSWER_NO;
	all.of[UAPI_OP][OP_FADVISE].works = ANSWER_NO;
	assert_int_equal(cross_check(&q, &all.facts, &list), 0);

	all.of[UAPI_OP][OP_READ].known = ANSWER_NO;
	all.of[UAPI_OP][OP_WRITE].works = ANSWER_NO;
	q.enter_flags = ~1ull;
	assert_int_equal(cross_check(&q, &all.facts, &list), 3);
	assert_non_null(strstr(list[0].text, "lists it"));
	assert_ptr_equal(list[1].fact, &all.of[UAPI_OP][OP_WRITE]);
	assert_int_equal(list[2].kind, UAPI_ENTER);
	assert_true(all.of[UAPI_OP][OP_READ].n_evidence > 0);
	free(list);
	list = NULL;

	/* Without a query, only the functional test can contradict. */
	q.err = -EINVAL;
	assert_int_equal(cross_check(&q, &all.facts, &list), 1);
	all_free(&all);
}

static unsigned entries_of(const char *path)
{
	DIR *dir = opendir(path);
	unsigned n = 0;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

static void test_nothing_stays(void **state)
{
	_cleanup_(probe_free) struct probe p = { 0 };
	char tmp[] = "/tmp/test-functest-XXXXXX";
	unsigned fds = entries_of("/proc/self/fd");

	(void)state;
	assert_non_null(mkdtemp(tmp));
	setenv("TMPDIR", tmp, 1);
	assert_int_equal(probe_run(kernel_live(), &p), 0);
	unsetenv("TMPDIR");
	/* rmdir() fails if the directory is not empty. */
	assert_int_equal(rmdir(tmp), 0);
	assert_int_equal(entries_of("/proc/self/fd"), fds);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	for (unsigned i = 0; i < p.n_contradictions; i++)
		print_error("%s: %s\n", p.contradictions[i].fact->row->name,
			    p.contradictions[i].text);
	assert_int_equal(p.n_contradictions, 0);
	if (p.access.verdict != ACCESS_USABLE)
		skip();
	assert_int_equal(p.facts[UAPI_OP][OP_NOP].works, ANSWER_YES);
}

/* Without a directory for files, opcodes that take paths are undecided, with a reason. */
static void test_no_directory(void **state)
{
	_cleanup_(probe_free) struct probe p = { 0 };
	const struct fact *f;

	(void)state;
	setenv("TMPDIR", "/nonexistent", 1);
	assert_int_equal(probe_run(kernel_live(), &p), 0);
	unsetenv("TMPDIR");
	if (p.access.verdict != ACCESS_USABLE)
		skip();
	f = &p.facts[UAPI_OP][OP_RENAMEAT];
	assert_int_equal(f->works, ANSWER_UNDECIDED);
	assert_string_equal(f->evidence[0].result, "ENOENT");
	assert_int_equal(p.facts[UAPI_OP][OP_READ].works, ANSWER_YES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wanted),
		cmocka_unit_test(test_failed_before),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_not_its_fault),
		cmocka_unit_test(test_second_completion),
		cmocka_unit_test(test_effect),
		cmocka_unit_test(test_flag_of_opcode),
		cmocka_unit_test(test_flag_of_completion),
		cmocka_unit_test(test_tables_are_whole),
		cmocka_unit_test(test_nothing_answered),
		cmocka_unit_test(test_unknown_is_left_alone),
		cmocka_unit_test(test_interrupted),
		cmocka_unit_test(test_contradictions),
		cmocka_unit_test(test_nothing_stays),
		cmocka_unit_test(test_no_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
