/* SPDX-License-Identifier: MIT */
/* Result documents of any kind, read for a report. */
#include "bench/saved/document.h"
#include "input.h"
#include "probe/lib/base.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct document d = { 0 };
	struct fail f = { 0 };

	if (document_parse("result.json", (const char *)data, n, &d, NULL, &f) < 0)
		EXPECT(*f.msg);
	else
		document_free(&d);
	return 0;
}
