/* SPDX-License-Identifier: MIT */
/* The rings of processes with invalid /proc files and memory. */
#include "describe.h"
#include "fake.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct input in = { data, data + n };
	struct fake fake;

	fake_init(&fake, &in);
	describe_dump(&fake.k);
	return 0;
}
