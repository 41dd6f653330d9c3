/* SPDX-License-Identifier: MIT */
/* A result of uringtool probe, compared with an empty result and with itself. */
#include <stdlib.h>

#include "input.h"
#include "probe/feature/diff.h"
#include "probe/lib/base.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct probe_document d = { .n = 0 }, empty = { .n = 0 };
	struct difference *diff = NULL;
	struct fail f;

	if (probe_document_load(input_file(data, n), &d, &f) < 0) {
		EXPECT(*f.msg);
		return 0;
	}
	EXPECT(probe_documents_diff(&d, &empty, &diff) >= 0);
	free(diff);
	diff = NULL;
	EXPECT(probe_documents_diff(&d, &d, &diff) >= 0);
	free(diff);
	probe_document_free(&d);
	return 0;
}
