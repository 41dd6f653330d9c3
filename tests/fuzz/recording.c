/* SPDX-License-Identifier: MIT */
/* A recording with arbitrary contents, replayed by every command that supports it. */
#include <string.h>

#include "cmd/output/emit-recording.h"
#include "cmd/output/out.h"
#include "describe.h"
#include "input.h"
#include "probe/kernel/recording.h"
#include "probe/lib/base.h"
#include "probe/target/target.h"

static void describe_recording(const struct recording *rec)
{
	struct out *o = out_new();

	EXPECT(o);
	emit_recording(o, &rec->machine, rec);
	describe_written(o);
}

/* Trials are not run in a replay. All recorded texts must be NUL-terminated. */
static void describe_target(struct kernel *k, const char *path)
{
	const struct access usable = { .verdict = ACCESS_USABLE };
	struct target_report *t = calloc(1, sizeof(*t));
	struct fail f;

	EXPECT(t);
	if (target_probe(k, &usable, path, t, &f) < 0)
		EXPECT(*f.msg);
	else
		EXPECT(t->n_facts <= TARGET_MAX_FACTS &&
		       strnlen(t->mount.options, sizeof(t->mount.options)) <
			       sizeof(t->mount.options));
	free(t);
}

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
	describe_target(k, "/t");
	describe_target(k, TARGET_SOCKET_NAME);
	kernel_free(k);
	if (input_one_in(8, data, n))
		describe_recording(&rec);
	recording_free(&rec);
	return 0;
}
