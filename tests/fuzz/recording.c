/* SPDX-License-Identifier: MIT */
/* A recording that may lie, and every command that can be replayed from it. */
#include "describe.h"
#include "input.h"
#include "probe/base.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct recording rec = { 0 };
	struct kernel *k;
	struct fail f;

	if (recording_load(input_file(data, n), &rec, &f) < 0) {
		EXPECT(!rec.n && *f.msg);
		return 0;
	}
	k = kernel_replay(&rec);
	EXPECT(k);
	describe_probe(k, input_one_in(32, data, n));
	describe_layout(k, 8, 0);
	describe_dump(k);
	describe_device(k);
	kernel_free(k);
	recording_free(&rec);
	return 0;
}
