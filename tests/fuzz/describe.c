/* SPDX-License-Identifier: MIT */
#include "describe.h"

#include "cmd/layout/draw-layout.h"
#include "cmd/layout/emit-layout.h"
#include "cmd/layout/svg-layout.h"
#include "cmd/output/emit-device.h"
#include "cmd/probe/emit-probe.h"
#include "cmd/probe/findings.h"
#include "input.h"
#include "probe/device/blkstack.h"
#include "probe/device/device.h"
#include "probe/lib/base.h"
#include "probe/require/require.h"

static void judge(struct kernel *k, const struct findings *found)
{
	static const char *const asked[] = {
		"op:READ",    "setup:SQPOLL+SQ_AFF", "limit:memlock>=64k",
		"rings:3x64", "kernel:>=5.11",	     "cmd:nvme"
	};
	const struct ground ground = { k, &found->probe, &found->identity, &found->limits };

	for (unsigned i = 0; i < ARRAY_SIZE(asked); i++) {
		struct requirement r;
		struct judgement j;

		EXPECT(require_parse(asked[i], strlen(asked[i]), &r, NULL) == 0);
		require_judge(&r, &ground, &j);
		EXPECT(memchr(j.why, '\0', sizeof(j.why)));
	}
}

void describe_probe(struct kernel *k, bool write)
{
	struct findings found;
	struct out *o;

	if (findings_make(k, 64, &found) < 0)
		return;
	judge(k, &found);
	if (write) {
		o = out_new();
		emit_findings(o, &found);
		describe_written(o);
	}
	findings_free(&found);
}

void describe_layout(struct kernel *k, unsigned entries, uint32_t flags)
{
	const struct ring_params asked = { .flags = flags,
					   .cq_entries = flags & SETUP_CQSIZE ? 16 : 0 };
	struct ring ring = { 0 };
	struct layout_story story = { .asked_flags = flags };
	struct layout_verdict verdict;
	const struct out_style style = { .width = 80 };
	_cleanup_str_ struct str text = { 0 }, picture = { 0 };
	struct layout l;
	struct draw d;
	struct fail f;
	struct out *o;

	if (layout_open(k, entries, &asked, &ring, &f) < 0) {
		EXPECT(*f.msg);
		return;
	}
	if (layout_of_ring(&ring, &l, &f) == 0) {
		uint64_t at = 0;

		for (unsigned m = 0; m < l.n_maps; m++) {
			at = 0;
			for (unsigned i = 0; i < l.maps[m].n; i++) {
				const struct layout_part *part = &l.parts[l.maps[m].first + i];

				EXPECT(part->offset == at);
				at += part->bytes;
			}
			EXPECT(at == l.maps[m].bytes);
		}
		if (layout_judge(k, entries, &asked, &ring.p, &verdict, &f) == 0)
			story.verdict = &verdict;
		else
			story.note = f.msg;
		o = out_new();
		emit_layout(o, &l, &story);
		draw_init(&d, &text, &style);
		draw_layout(&d, &l, &story);
		out_block(o, str_text(&text));
		EXPECT(svg_layout(&l, &story, &picture) == 0);
		describe_written(o);
	}
	ring_close(&ring);
}

void describe_device(struct kernel *k)
{
	struct stack stack = { 0 };
	struct device d;
	struct out *o = out_new();

	if (device_of_number(k, 259, 1, &d) == 0) {
		stack_of(k, d.disk, &stack);
		EXPECT(stack.n <= STACK_MAX);
		emit_device(o, "device", "device", &d);
	}
	if (device_of_nvme(k, "nvme0", &d) == 0)
		emit_device(o, "nvme", "nvme", &d);
	describe_written(o);
}
