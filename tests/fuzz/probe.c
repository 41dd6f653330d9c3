/* SPDX-License-Identifier: MIT */
/* All questions of a probe, answered by a nonsensical kernel. */
#include "describe.h"
#include "fake.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct input in = { data, data + n };
	struct fake fake;

	fake_init(&fake, &in);
	describe_probe(&fake.k, input_one_in(64, data, n));
	return 0;
}
