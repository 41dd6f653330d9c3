/* SPDX-License-Identifier: MIT */
#include <cjson/cJSON.h>

#include "cmd/dump/emit-dump.h"
#include "describe.h"
#include "input.h"
#include "probe/lib/base.h"
#include "probe/lib/json.h"

#define LOOKS 2

void describe_written(struct out *o)
{
	const struct out_style style = { .width = 80, .color = true };
	struct str json = { 0 }, text = { 0 };
	cJSON *tree = NULL;

	EXPECT(out_json(o, &json) == 0 && out_text(o, &style, &text) == 0);
	EXPECT(json_parse("document", str_text(&json), json.len, &tree, NULL) == 0);
	cJSON_Delete(tree);
	str_free(&json);
	str_free(&text);
	out_free(o);
}

static void look_at(struct kernel *k, const struct dump_offsets *offsets, struct dump_ring *r,
		    struct out *o)
{
	struct look looks[LOOKS] = { 0 };
	struct capture capture = { 0 };
	struct seen seen = { 0 };
	struct dump_view view = {
		.k = k, .ring = r, .looks = looks, .n_looks = LOOKS, .seen = &seen
	};
	uint64_t info_ns = 0;

	for (unsigned i = 0; i < LOOKS; i++)
		sample_ring(k, offsets, r, (i + 1) * SAMPLE_INFO_NS, &info_ns, &looks[i], &seen);
	emit_ring(o, &view);
	scan_info(k, r);
	if (attach_capture(k, offsets, r, &capture) < 0)
		return;
	view.capture = &capture;
	emit_ring(o, &view);
	capture_free(&capture);
}

void describe_dump(struct kernel *k)
{
	struct dump_offsets offsets;
	struct dump_scan scan = { 0 };
	struct fail f;
	struct out *o;

	if (attach_offsets(k, &offsets, &f) < 0 ||
	    scan_rings(k, offsets.kernel, -1, -1, &scan, &f) < 0) {
		EXPECT(*f.msg);
		return;
	}
	o = out_new();
	out_arr(o, "rings", "rings");
	for (unsigned i = 0; i < scan.n; i++)
		look_at(k, &offsets, &scan.rings[i], o);
	out_end(o);
	scan_free(&scan);
	describe_written(o);
}
