/* SPDX-License-Identifier: MIT */
/* Devices with invalid files in sysfs. */
#include "describe.h"
#include "fake.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct input in = { data, data + n };
	struct fake fake;

	fake_init(&fake, &in);
	describe_device(&fake.k);
	return 0;
}
