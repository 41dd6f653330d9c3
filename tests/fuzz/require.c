/* SPDX-License-Identifier: MIT */
/* A requirement. */
#include <stdlib.h>

#include "input.h"
#include "probe/lib/base.h"
#include "probe/require/require.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct input in = { data, data + n };
	char *text = input_text(&in);
	struct requirement r;
	struct fail f;

	if (require_parse(text, n, &r, &f) < 0)
		EXPECT(*f.msg);
	else
		EXPECT(strlen(r.text) <= n && (r.kind != REQUIRE_CONSTANT || r.row));
	free(text);
	return 0;
}
