/* SPDX-License-Identifier: MIT */
/* Results of bench and fio, read back and compared with themselves. */
#include <math.h>

#include "bench/saved/comparison.h"
#include "input.h"
#include "probe/lib/base.h"

static void compare(const struct saved_runs *o)
{
	struct comparison_opts opts = { .noise = NAN, .confidence = 0.95 };
	struct discrepancy *differ = NULL;
	struct comparisons made;
	int n;

	opts.decides[METRIC_IOPS] = opts.decides[METRIC_LAT_P99] = true;
	opts.limit[METRIC_IOPS] = 0.05;
	n = saved_runs_differ(&o->list[0], &o->list[o->n - 1], &differ);
	EXPECT(n == 0);
	free(differ);
	if (comparisons_make(o, o, &opts, &made, NULL) == 0) {
		EXPECT(made.n <= COMPARISONS_MAX);
		for (unsigned i = 0; i < made.n; i++)
			EXPECT(made.list[i].verdict != TREND_WORSE &&
			       made.list[i].verdict != TREND_BETTER);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct saved_runs o = { 0 };
	struct fail f;

	if (saved_runs_load(input_file(data, n), NULL, &o, &f) < 0)
		EXPECT(*f.msg);
	else if (o.n)
		compare(&o);
	saved_runs_free(&o);
	return 0;
}
