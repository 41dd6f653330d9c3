/* SPDX-License-Identifier: MIT */
/* Limits as text: a valid limit can be written and read again. */
#include <stdlib.h>

#include "bench/saved/limit.h"
#include "input.h"
#include "probe/lib/base.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct input in = { data, data + n };
	enum limit_of of = input_u8(&in) % 2 ? OF_DEVICE : OF_BENCH;
	char *text = input_text(&in);
	struct limit b = { 0 };
	struct fail f = { 0 };

	if (limit_parse(of, text, &b, &f) < 0)
		EXPECT(*f.msg);
	else
		EXPECT(*b.name);
	free(text);
	return 0;
}
