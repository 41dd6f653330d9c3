/* SPDX-License-Identifier: MIT */
#include "functest.h"

#include "fixture.h"
#include "probe/lib/base.h"
#include "probe/lib/stop.h"

static const struct use_table *const tables[UAPI_KINDS][8] = {
	[UAPI_OP] = { &uses_files, &uses_net, &uses_misc, &uses_zcrx_ops },
	[UAPI_SETUP] = { &uses_setup },
	[UAPI_FEAT] = { &uses_features },
	[UAPI_REG] = { &uses_register, &uses_register_ring, &uses_restrict, &uses_zcrx_register },
	[UAPI_ENTER] = { &uses_enter_flags },
	[UAPI_SQE] = { &uses_sqe_flags },
	[UAPI_CQE] = { &uses_cqe_flags },
	[UAPI_OPFLAG] = { &uses_op_flags, &uses_cmd_flags, &uses_net_flags, &uses_wait_flags,
			  &uses_register_flags, &uses_restrict_flags, &uses_zcrx_flags },
};

const struct use *use_find(enum uapi_kind kind, uint32_t number)
{
	for (unsigned t = 0; tables[kind][t]; t++)
		for (unsigned i = 0; i < tables[kind][t]->n; i++)
			if (tables[kind][t]->rows[i].number == number)
				return &tables[kind][t]->rows[i];
	return NULL;
}

static const char *const calls[UAPI_KINDS] = {
	[UAPI_OP] = "completion",
	[UAPI_SETUP] = "io_uring_setup and a request",
	[UAPI_FEAT] = "use",
	[UAPI_REG] = "io_uring_register",
	[UAPI_ENTER] = "io_uring_enter",
	[UAPI_SQE] = "completion",
	[UAPI_CQE] = "completion",
	[UAPI_OPFLAG] = "completion",
};

static bool as_wanted(const struct use *u, const struct attempt *a)
{
	if (u->at_least ? a->res < u->res : a->res != u->res)
		return false;
	if ((a->flags & u->flags) != u->flags || a->effect == EFFECT_MISSING)
		return false;
	if (u->cqes < 2 || !a->completions)
		return true;
	return a->completions >= u->cqes && (u->res2 == RES_ANY || a->res2 == u->res2) &&
	       (a->flags2 & u->flags2) == u->flags2;
}

/* Errors caused by the machine, not by io_uring. */
static bool is_circumstance(int res)
{
	switch (res) {
	case -ENOMEM:
	case -EMFILE:
	case -ENFILE:
	case -ENOSPC:
	case -EDQUOT:
	case -EROFS:
	case -EINTR:
	case -ENETUNREACH:
	case -EADDRNOTAVAIL:
		return true;
	default:
		return false;
	}
}

/* A negative result that is not an errno is a mask, as for a zero-copy notification. */
static void res_text(struct str *to, int res)
{
	if (res < -4095)
		str_addf(to, "0x%x", (unsigned)res);
	else if (res < 0)
		str_add(to, errno_name(res));
	else
		str_addf(to, "%d", res);
}

static void result_text(struct str *to, const struct attempt *a)
{
	res_text(to, a->res);
	if (a->flags)
		str_addf(to, ", flags 0x%x", a->flags);
	if (a->completions > 1) {
		str_add(to, ", then ");
		res_text(to, a->res2);
		if (a->flags2)
			str_addf(to, ", flags 0x%x", a->flags2);
	}
	if (a->effect == EFFECT_MISSING)
		str_add(to, ", but without effect");
}

static void unknown(struct fact *f)
{
	f->known = ANSWER_NO;
	f->permitted = ANSWER_NA;
	f->works = ANSWER_NO;
}

/* For a flag that only use can detect. */
static bool judge_unknown(enum uapi_kind kind, const struct use *u, const struct attempt *a)
{
	if (kind == UAPI_CQE && a->res == u->res && a->effect != EFFECT_MISSING)
		return a->completions >= u->cqes;
	if (kind == UAPI_CQE || kind == UAPI_OPFLAG)
		return a->res == (u->unknown_res ? u->unknown_res : -EINVAL);
	return false;
}

static void judge_failure(struct fact *f, enum uapi_kind kind, const struct use *u,
			  const struct attempt *a)
{
	if (a->plain < 0) {
		fact_evidence(f, "the same without io_uring", "", "%s", errno_name(a->plain));
		return;
	}
	if (u->excuse && a->res == u->excuse) {
		fact_evidence(f, "none", "", "%s", u->excuse_why);
		return;
	}
	if (is_circumstance(a->res))
		return;
	if (u->known_res && a->res == u->known_res) {
		f->known = ANSWER_YES;
		return;
	}
	if (judge_unknown(kind, u, a)) {
		unknown(f);
		return;
	}
	f->works = ANSWER_NO;
	if (a->res == -EPERM || a->res == -EACCES)
		f->permitted = ANSWER_NO;
	else if (f->known == ANSWER_YES)
		f->permitted = ANSWER_YES;
}

void use_judge(struct fact *f, enum uapi_kind kind, const struct use *u, const struct attempt *a)
{
	_cleanup_str_ struct str result = { 0 };
	bool good;

	if (a->err) {
		fact_evidence(f, a->note, u->what, "%s", errno_name(a->err));
		return;
	}
	good = as_wanted(u, a);
	result_text(&result, a);
	fact_evidence(f, kind == UAPI_OPFLAG && !u->prep ? "use" : calls[kind], u->what, "%s",
		      str_text(&result));
	if (good)
		f->known = f->permitted = f->works = ANSWER_YES;
	else
		judge_failure(f, kind, u, a);
}

static const struct fact *ground_of(const struct facts *facts, struct need need)
{
	if (need.kind == UAPI_OPFLAG)
		return &facts->of[need.kind][need.number];
	for (unsigned i = 0; i < facts->n[need.kind]; i++)
		if (facts->of[need.kind][i].number == need.number)
			return &facts->of[need.kind][i];
	return NULL;
}

/* Whether a use makes sense: what it needs must work. If it does not, nothing else can be said about its
 * flags. */
static bool has_ground(const struct facts *facts, enum uapi_kind kind, const struct use *u,
		       struct fact *f)
{
	const struct fact *ground = ground_of(facts, u->need);
	bool flag = kind == UAPI_CQE || kind == UAPI_OPFLAG;

	if (!flag && (f->known != ANSWER_YES || f->permitted == ANSWER_NO))
		return false;
	if (!ground || ground == f || ground->works == ANSWER_YES)
		return true;
	if (flag && ground->known == ANSWER_NO)
		unknown(f);
	else if (flag && ground->permitted == ANSWER_NO)
		f->permitted = f->works = ANSWER_NO;
	fact_evidence(f, "none", "", "%s %s", ground->row->name,
		      ground->known == ANSWER_NO ? "is not known" : "is not seen to work here");
	return false;
}

static const char *const kind_words[UAPI_KINDS] = {
	[UAPI_OP] = "op",   [UAPI_SETUP] = "setup",   [UAPI_FEAT] = "feat",
	[UAPI_REG] = "reg", [UAPI_ENTER] = "enter",   [UAPI_SQE] = "sqe",
	[UAPI_CQE] = "cqe", [UAPI_OPFLAG] = "opflag",
};

struct turn {
	struct fixture *fixture;
	const struct use *use;
};

static void take_turn(void *arg, struct attempt *out)
{
	const struct turn *t = arg;

	fixture_take_turn(t->fixture, t->use, out);
}

static void attempt(struct kernel *k, struct fixture *s, const char *label, const struct use *u,
		    struct attempt *a)
{
	struct turn turn = { s, u };
	int r = k->attempt(k, label, take_turn, &turn, a);

	if (r < 0)
		*a = (struct attempt){ .err = r, .note = "attempt" };
}

static void functest_one(struct kernel *k, struct fixture *s, const struct facts *facts,
			 enum uapi_kind kind, unsigned i)
{
	struct fact *f = &facts->of[kind][i];
	const struct use *u = f->row ? use_find(kind, kind == UAPI_OPFLAG ? i : f->number) : NULL;
	struct attempt a = { 0 };
	char label[96];

	if (!u || u->why_not) {
		if (f->known != ANSWER_NO)
			fact_evidence(f, "none", "", "%s",
				      u ? u->why_not : "newer than this program: not exercised");
		return;
	}
	if (!has_ground(facts, kind, u, f))
		return;
	snprintf(label, sizeof(label), "%s %s%s%s", kind_words[kind],
		 f->row->area ? f->row->area : "", f->row->area ? " " : "",
		 uapi_short(kind, f->row));
	attempt(k, s, label, u, &a);
	use_judge(f, kind, u, &a);
}

/* A NOP with the flag, and one without, which shows whether the first one posted no completion. */
static int nop_with_flag(struct fixture *s)
{
	struct io_uring_cqe cqe = { 0 };
	unsigned flag = 1u << s->use->number;

	s->spent = flag == SQEF_CQE_SKIP_SUCCESS;
	ask_nop(s, MAIN)->flags = flag;
	if (fixture_submit(s) < 0)
		return s->err;
	ask_nop(s, SIDE);
	if (fixture_submit(s) < 0)
		return s->err;
	while (!(s->roles & 1u << MAIN)) {
		if (fixture_next(s, &cqe) < 0)
			return s->err;
		if (flag == SQEF_CQE_SKIP_SUCCESS)
			break;
	}
	return cqe.res;
}

/* NOP returns EINVAL for unknown flags, and another error for flags that it does not support
 * (BUFFER_SELECT). */
static void know_sqe_flag(struct kernel *k, struct fixture *s, struct fact *f)
{
	const struct use u = { .number = f->number, .call = nop_with_flag };
	uint32_t flag = fact_flag(f, UAPI_SQE);
	struct attempt a = { 0 };
	char label[64];

	if (!flag)
		return;
	snprintf(label, sizeof(label), "NOP with sqe flag 0x%x", flag);
	attempt(k, s, label, &u, &a);
	if (a.err) {
		fact_evidence(f, a.note, label, "%s", errno_name(a.err));
		return;
	}
	if (a.res == -EINVAL)
		unknown(f);
	else
		f->known = f->permitted = ANSWER_YES;
	if (a.res < 0)
		fact_evidence(f, "completion", label, "%s", errno_name(a.res));
}

static int functest_all(struct kernel *k, struct fixture *s, const struct facts *facts,
			const struct stop_hold *stop)
{
	/* Opcodes and operations come before their flags. */
	static const enum uapi_kind order[] = { UAPI_OP,     UAPI_REG, UAPI_SQE,   UAPI_SETUP,
						UAPI_OPFLAG, UAPI_CQE, UAPI_ENTER, UAPI_FEAT };

	for (unsigned i = 0; i < facts->n[UAPI_SQE]; i++) {
		if (stop_waits(stop))
			return -EINTR;
		know_sqe_flag(k, s, &facts->of[UAPI_SQE][i]);
	}
	for (unsigned o = 0; o < ARRAY_SIZE(order); o++)
		for (unsigned i = 0; i < facts->n[order[o]]; i++) {
			if (stop_waits(stop))
				return -EINTR;
			functest_one(k, s, facts, order[o], i);
		}
	return 0;
}

int functest(struct kernel *k, const struct facts *facts)
{
	struct fixture s = { 0 };
	struct stop_hold stop;
	int r;

	stop_hold(&stop);
	r = functest_all(k, &s, facts, &stop);
	fixture_close(&s);
	stop_release(&stop);
	return r;
}
