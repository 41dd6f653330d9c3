/* SPDX-License-Identifier: MIT */
/* Rings with invalid parameters and memory. */
#include "describe.h"
#include "fake.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct input in = { data, data + n };
	unsigned entries = input_u16(&in);
	uint32_t flags = input_u32(&in);
	struct fake fake;

	fake_init(&fake, &in);
	describe_layout(&fake.k, entries, flags);
	return 0;
}
