/* SPDX-License-Identifier: MIT */
/* A result of uringtool probe, compared with an empty one and with itself. */
#include <stdlib.h>

#include "input.h"
#include "probe/feature/diff.h"
#include "probe/lib/base.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct document d = { .n = 0 }, empty = { .n = 0 };
	struct difference *diff = NULL;
	struct fail f;

	if (document_load(input_file(data, n), &d, &f) < 0) {
		EXPECT(*f.msg);
		return 0;
	}
	EXPECT(documents_compare(&d, &empty, &diff) >= 0);
	free(diff);
	diff = NULL;
	EXPECT(documents_compare(&d, &d, &diff) >= 0);
	free(diff);
	document_free(&d);
	return 0;
}
