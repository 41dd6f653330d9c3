/* SPDX-License-Identifier: MIT */
/* The /proc/PID/fdinfo/FD text of a ring. */
#include <stdlib.h>

#include "dump/foreign/fdinfo.h"
#include "input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char *text = malloc(n ? n : 1);
	struct fdinfo info;

	EXPECT(text);
	if (n)
		memcpy(text, data, n);
	if (fdinfo_parse(text, n, &info) == 0) {
		for (unsigned i = 0; i < INFO_LISTS; i++)
			EXPECT(info.n[i] <= n);
		fdinfo_free(&info);
	}
	free(text);
	return 0;
}
