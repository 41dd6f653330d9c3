/* SPDX-License-Identifier: MIT */
/* The memory of a foreign ring. The copy has the exact length of the input, so that reads beyond it are
 * detected. */
#include <stdlib.h>

#include "dump/abi/predict.h"
#include "dump/foreign/decode.h"
#include "dump/foreign/entry-format.h"
#include "input.h"
#include "probe/lib/base.h"

#define MOST 64

static void name(void *arg, const char *text)
{
	*(size_t *)arg += strlen(text);
}

static void decode(const struct snapshot *img, const struct ring_state *s)
{
	struct sqe_facts sqes[MOST + 1] = { 0 };
	struct cqe_facts cqe;
	size_t sum = 0;
	unsigned n = 0;
	uint32_t at, most = ring_pending(s);

	for (at = 0; at < most && n < MOST; n++) {
		struct snapshot_sqe e;

		snapshot_sqe(img, s->sq_head + at, &e);
		EXPECT(e.slots && e.slot < s->sq_entries);
		if (e.bytes)
			decode_sqe(e.bytes, img->big_endian, &sqes[n]);
		if (e.bytes && e.big)
			sum += e.bytes[127];
		decode_op_flags(sqes[n].opcode, sqes[n].op_flags, name, &sum);
		decode_sqe_flags(sqes[n].flags, name, &sum);
		at += e.slots;
	}
	decode_chains(sqes, n);
	most = ring_unreaped(s);
	for (at = 0, n = 0; at < most && n < MOST; n++) {
		struct snapshot_cqe e;

		snapshot_cqe(img, s->cq_head + at, &e);
		EXPECT(e.slots && e.slot < s->cq_entries);
		if (e.bytes) {
			decode_cqe(e.bytes, e.big, img->big_endian, &cqe);
			decode_cqe_flags(cqe.flags, name, &sum);
		}
		at += e.slots;
	}
	EXPECT(sum != SIZE_MAX);
}

static unsigned char *copy(struct input *in, size_t n)
{
	unsigned char *bytes = malloc(n ? n : 1);

	EXPECT(bytes);
	input_bytes(in, bytes, n);
	return bytes;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct input in = { data, data + n };
	const struct layout_form *form = &layout_forms[input_u8(&in) % n_layout_forms];
	struct ring_params off = { .sq_off = form->sq,
				   .cq_off = form->cq,
				   .features = input_u32(&in) };
	struct kver kernel = { 5 + (input_u8(&in) & 3), input_u8(&in) };
	struct snapshot img = {
		.n_rings = input_u16(&in),
		.n_sqes = input_u16(&in),
		.page_size = 4096,
	};
	unsigned char *rings, *sqes;
	struct ring_state s;
	struct entry_format format;
	uint8_t how = input_u8(&in);

	img.big_endian = how & 2;
	if (how & 1)
		input_bytes(&in, (char *)&off + input_u8(&in) % sizeof(off) / 4 * 4, 4);
	img.rings = rings = copy(&in, img.n_rings);
	img.sqes = sqes = copy(&in, img.n_sqes);
	if (snapshot_header(&off, img.big_endian, rings, img.n_rings, &s, NULL) == 0) {
		entry_format_find(&off, kernel, &s, &img, NULL, &format);
		for (uint32_t flags = 0; flags < 2; flags++) {
			entry_format_params(&off, &s,
					    flags ? SETUP_SQE128 | SETUP_CQE32 : format.flags,
					    &img.p);
			snapshot_array_is_permutation(&img);
			decode(&img, &s);
		}
	}
	free(rings);
	free(sqes);
	return 0;
}
