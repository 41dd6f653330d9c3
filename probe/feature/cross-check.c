/* SPDX-License-Identifier: MIT */
#include "cross-check.h"

#include "probe/lib/base.h"

static bool in_query(const struct query *q, enum uapi_kind kind, uint32_t number)
{
	switch (kind) {
	case UAPI_OP:
		return number < q->n_ops;
	case UAPI_REG:
		return number < q->n_register_ops;
	case UAPI_SETUP:
		return q->setup_flags >> number & 1;
	case UAPI_FEAT:
		return q->features >> number & 1;
	case UAPI_ENTER:
		return q->enter_flags >> number & 1;
	case UAPI_SQE:
		return q->sqe_flags >> number & 1;
	default:
		return false;
	}
}

static const char *const how_known[UAPI_KINDS] = {
	[UAPI_OP] = "REGISTER_PROBE",
	[UAPI_SETUP] = "io_uring_setup",
	[UAPI_FEAT] = "the features of a ring",
	[UAPI_REG] = "io_uring_register with a bad fd",
	[UAPI_ENTER] = "io_uring_enter with a bad fd",
	[UAPI_SQE] = "a NOP with the flag",
};

/* Writes the contradiction, "" if there is none. */
static void compare(const struct query *q, enum uapi_kind kind, const struct fact *f,
		    char text[static 160])
{
	bool listed = in_query(q, kind, f->number);

	text[0] = '\0';
	if (!how_known[kind])
		return;
	if (!q->err && f->known == ANSWER_YES && !listed)
		snprintf(text, 160, "%s knows it, REGISTER_QUERY does not list it",
			 how_known[kind]);
	else if (!q->err && f->known == ANSWER_NO && listed && f->row && !f->row->config)
		snprintf(text, 160, "REGISTER_QUERY lists it, %s does not know it",
			 how_known[kind]);
	else if (f->known == ANSWER_YES && f->permitted == ANSWER_YES && f->works == ANSWER_NO &&
		 f->row && !f->row->config)
		snprintf(text, 160, "%s knows it, use fails: %s", how_known[kind],
			 f->n_evidence ? f->evidence[f->n_evidence - 1].result : "?");
}

int cross_check(const struct query *q, const struct facts *facts, struct contradiction **list)
{
	struct contradiction *got = NULL;
	unsigned n = 0;

	for (unsigned kind = 0; kind < UAPI_KINDS; kind++) {
		for (unsigned i = 0; i < facts->n[kind]; i++) {
			struct fact *f = &facts->of[kind][i];
			struct contradiction c = { .kind = kind, .fact = f }, *more;

			compare(q, kind, f, c.text);
			if (!*c.text)
				continue;
			more = realloc(got, (n + 1) * sizeof(*got));
			if (!more) {
				free(got);
				return -ENOMEM;
			}
			got = more;
			got[n++] = c;
			fact_evidence(f, "contradiction", "", "%s", c.text);
		}
	}
	*list = got;
	return n;
}
