/* SPDX-License-Identifier: MIT */
/* Option values: a byte selects the option, the rest is the text. */
#include <stdlib.h>

#include "bench/job/job.h"
#include "cmd/command.h"
#include "input.h"

struct all {
	bool flag;
	uint64_t uint, size, time, word, wide, long_time;
	const char *str, *opt_str;
	int64_t opt_uint;
	struct opt_list list;
};

static const char *const words[] = { "one", "two", NULL };

static const struct opt kinds[] = {
	{ "flag", .type = OPT_BOOL, .offset = offsetof(struct all, flag) },
	{ "uint", .type = OPT_UINT, .offset = offsetof(struct all, uint), .min = 3, .max = 70000 },
	{ "size", .type = OPT_SIZE, .offset = offsetof(struct all, size) },
	{ "time", .type = OPT_TIME, .offset = offsetof(struct all, time) },
	{ "wide", .type = OPT_SIZE, .offset = offsetof(struct all, wide), .min = 1,
	  .max = UINT64_MAX },
	{ "long", .type = OPT_TIME, .offset = offsetof(struct all, long_time), .min = 7,
	  .max = 1ull << 62 },
	{ "word", .type = OPT_WORD, .offset = offsetof(struct all, word), .words = words },
	{ "str", .type = OPT_STR, .offset = offsetof(struct all, str) },
	{ "opt-str", .type = OPT_STR_OPTIONAL, .offset = offsetof(struct all, opt_str) },
	{ "opt-uint", .type = OPT_UINT_OPTIONAL, .offset = offsetof(struct all, opt_uint),
	  .max = 65535 },
	{ "list", .type = OPT_LIST, .offset = offsetof(struct all, list) },
};

/* The value must be in range, and its shortest form must be read back as the same value. */
static void check(const struct opt *k, const void *base)
{
	_cleanup_str_ struct str text = { 0 };
	struct all again = { 0 };
	struct opt same = *k;
	uint64_t v;

	if (k->type != OPT_UINT && k->type != OPT_SIZE && k->type != OPT_TIME)
		return;
	v = opt_u64(k, base);
	EXPECT(!k->max || (v >= k->min && v <= k->max));
	if (k->type == OPT_UINT)
		return;
	if (k->type == OPT_SIZE)
		size_text(&text, v);
	else
		time_text(&text, v);
	same.offset = offsetof(struct all, uint);
	EXPECT(opt_set(&same, &again, str_text(&text), NULL) == 0 && again.uint == v);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct input in = { data, data + n };
	unsigned choice = input_u8(&in);
	char *text = input_text(&in);
	struct common_opts common = { 0 };
	struct all all = { 0 };
	struct job job = { 0 };
	const struct opt *k = &kinds[choice % ARRAY_SIZE(kinds)];
	void *base = &all;
	struct fail f;

	if (choice >= 128) {
		k = &job_opt_rows[(choice - 128) % n_job_opt_rows];
		base = &job;
	} else if (choice >= 96) {
		k = &common_opt_rows[(choice - 96) % n_common_opt_rows];
		base = &common;
	}
	if (opt_set(k, base, *text || !opt_value_optional(k) ? text : NULL, &f) == 0)
		check(k, base);
	else
		EXPECT(f.err < 0 && *f.msg);
	free(text);
	return 0;
}
