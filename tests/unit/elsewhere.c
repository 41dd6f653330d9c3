/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "elsewhere.h"
#include "cmd/output/emit-host.h"
#include "cmd/output/emit-recording.h"
#include "cmd/output/out.h"
#include "probe/lib/base.h"

const struct machine elsewhere = {
	.hostname = "there",
	.kernel = "7.3.0",
	.arch = "s390x",
	.cpus = 3,
	.page_size = 16384,
	.big_endian = !HERE_BIG_ENDIAN,
};

const char *written(void **state, const struct recording *rec)
{
	_cleanup_str_ struct str json = { 0 };
	struct out *o = out_new();
	const char *path;

	out_str(o, "kind", NULL, "recording");
	out_obj(o, "tool", NULL);
	out_str(o, "version", NULL, "0.2.0");
	out_end(o);
	emit_host(o, &elsewhere);
	out_str(o, "time", NULL, "2026-01-31T12:00:00Z");
	emit_recording(o, &elsewhere, rec);
	assert_int_equal(out_json(o, &json), 0);
	path = file_with(state, "recording", str_text(&json));
	out_free(o);
	return path;
}
