/* SPDX-License-Identifier: MIT */
#include "fact.h"

#include "probe/lib/base.h"

const char *const answer_names[ANSWERS] = {
	[ANSWER_UNDECIDED] = "undecided",
	[ANSWER_NO] = "no",
	[ANSWER_YES] = "yes",
	[ANSWER_NA] = "na",
};

bool answers_have(enum answer known, enum answer permitted, enum answer works)
{
	return known == ANSWER_YES && permitted != ANSWER_NO && works != ANSWER_NO;
}

uint32_t fact_flag(struct fact *fact, enum uapi_kind kind)
{
	unsigned bits = kind == UAPI_SQE ? 8 : 32;

	if (fact->number < bits)
		return 1u << fact->number;
	fact_evidence(fact, "none", "", "the call has room for %u bits", bits);
	return 0;
}

void fact_evidence(struct fact *fact, const char *call, const char *args, const char *result, ...)
{
	struct evidence *e;
	va_list ap;

	if (fact->n_evidence < FACT_MAX_EVIDENCE)
		fact->n_evidence++;
	e = &fact->evidence[fact->n_evidence - 1];
	snprintf(e->call, sizeof(e->call), "%s", call);
	snprintf(e->args, sizeof(e->args), "%s", args);
	va_start(ap, result);
	vsnprintf(e->result, sizeof(e->result), result, ap);
	va_end(ap);
}
