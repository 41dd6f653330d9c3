/* SPDX-License-Identifier: MIT */
#include "contents.h"

#include <string.h>

#include "bench/stats/random.h"
#include "job.h"
#include "probe/lib/base.h"
#include "probe/lib/suggest.h"

#define UNIT 512

int contents_parse(const struct job *job, unsigned *percent, struct fail *f)
{
	const char *word = job->contents;
	static const char *const words[] = { "random", "zero" };
	struct suggestion near = { 0 };
	unsigned long n = 0;
	char *end;

	if (!strcmp(word, "random")) {
		n = 100;
	} else if (strcmp(word, "zero")) {
		n = strtoul(word, &end, 10);
		suggest_among(&near, word, words, ARRAY_SIZE(words));
		if (*word < '0' || *word > '9' || strcmp(end, "%") || n > 100)
			return fail_as(f, FAIL_USAGE, -EINVAL,
				       "contents: '%s' is none of random, zero, 0%% to 100%%%s",
				       word, suggest_text(&near, ""));
	}
	*percent = n;
	return 0;
}

void contents_fill(uint64_t *state, unsigned percent, unsigned char *buf, size_t n)
{
	const size_t unit = percent == 100 ? n : UNIT, some = unit * percent / 100 & ~(size_t)7;

	for (size_t at = 0; at < n; at += unit) {
		size_t here = n - at < unit ? n - at : unit, random = here < some ? here : some;

		random_fill(state, buf + at, random);
		memset(buf + at + random, 0, here - random);
	}
}
