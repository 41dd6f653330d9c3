/* SPDX-License-Identifier: MIT */
/* Plans for qualify: accepted, or rejected with at least one error with its position. */
#include "bench/qualify/plan.h"
#include "input.h"
#include "probe/lib/base.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct mistakes mistakes = { 0 };
	struct plan plan = { 0 };
	struct fail f = { 0 };

	if (plan_parse("plan.json", (const char *)data, n, &plan, &mistakes, &f) < 0) {
		EXPECT(*f.msg);
		for (unsigned i = 0; i < mistakes.n; i++)
			EXPECT(*mistakes.list[i].text);
	} else {
		EXPECT(!mistakes.n);
		EXPECT(*plan.name);
		plan_runtime_ns(&plan);
		for (unsigned i = 0; i < plan.n_benches; i++)
			plan_bench_writes(&plan.benches[i]);
	}
	mistakes_free(&mistakes);
	plan_free(&plan);
	return 0;
}
