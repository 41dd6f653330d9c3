/* SPDX-License-Identifier: MIT */
#include "form.h"

#include <string.h>

#include "form-rows.h"
#include "kernel.h"
#include "probe/lib/base.h"

static const char *const effect_names[] = {
	[EFFECT_UNSEEN] = "unseen",
	[EFFECT_SEEN] = "seen",
	[EFFECT_MISSING] = "missing",
};

/* Addresses and fds of the recording process have no row. */
static const struct form_member sq_off_rows[] = {
	ALWAYS(ring_sq_offsets, head, UINT),	  ALWAYS(ring_sq_offsets, tail, UINT),
	ALWAYS(ring_sq_offsets, ring_mask, UINT), ALWAYS(ring_sq_offsets, ring_entries, UINT),
	ALWAYS(ring_sq_offsets, flags, UINT),	  ALWAYS(ring_sq_offsets, dropped, UINT),
	OR_ZERO(ring_sq_offsets, array, UINT),
};
static const struct form_member cq_off_rows[] = {
	ALWAYS(ring_cq_offsets, head, UINT),	  ALWAYS(ring_cq_offsets, tail, UINT),
	ALWAYS(ring_cq_offsets, ring_mask, UINT), ALWAYS(ring_cq_offsets, ring_entries, UINT),
	ALWAYS(ring_cq_offsets, overflow, UINT),  ALWAYS(ring_cq_offsets, cqes, UINT),
	OR_ZERO(ring_cq_offsets, flags, UINT),
};
static const struct form sq_off = STRUCT("sq_off", ring_sq_offsets, sq_off_rows);
static const struct form cq_off = STRUCT("cq_off", ring_cq_offsets, cq_off_rows);
static const struct form_member params_rows[] = {
	ALWAYS(ring_params, sq_entries, UINT),
	ALWAYS(ring_params, cq_entries, UINT),
	ALWAYS(ring_params, flags, UINT),
	OR_ZERO(ring_params, sq_thread_cpu, UINT),
	OR_ZERO(ring_params, sq_thread_idle, UINT),
	ALWAYS(ring_params, features, UINT),
	ALWAYS(ring_params, sq_off, PART, .part = &sq_off),
	ALWAYS(ring_params, cq_off, PART, .part = &cq_off),
};
const struct form form_params = STRUCT("io_uring_params", ring_params, params_rows);

static const struct form_member op_probe_rows[] = {
	ALWAYS(op_probe, last_op, UINT),
	ALWAYS(op_probe, ops_len, UINT),
	ROW(op_probe, ops[0].flags, "op_flags", UINT, .or_zero = true, .count = OP_PROBE_OPS,
	    .stride = sizeof(((struct op_probe *)0)->ops[0])),
};
const struct form form_op_probe = STRUCT("io_uring_probe", op_probe, op_probe_rows);

static const struct form_member query_rows[] = {
	ROW(query_io, hdr.result, "result", ERRNO),
	ROW(query_io, ops.nr_request_opcodes, "nr_request_opcodes", UINT),
	ROW(query_io, ops.nr_register_opcodes, "nr_register_opcodes", UINT),
	ROW(query_io, ops.feature_flags, "feature_flags", UINT),
	ROW(query_io, ops.ring_setup_flags, "ring_setup_flags", UINT),
	ROW(query_io, ops.enter_flags, "enter_flags", UINT),
	ROW(query_io, ops.sqe_flags, "sqe_flags", UINT),
	ROW(query_io, ops.nr_query_opcodes, "nr_query_opcodes", UINT, .or_zero = true),
};
const struct form form_query = STRUCT("io_uring_query", query_io, query_rows);

static const struct form_member trial_rows[] = {
	ALWAYS(trial, ret, ERRNO),
	ROW(trial, sig, "signal", SIGNAL, .or_zero = true),
};
const struct form form_trial = STRUCT("trial", trial, trial_rows);

static const struct form_member attempt_rows[] = {
	OR_ZERO(attempt, err, ERRNO),	     ALWAYS(attempt, res, ERRNO),
	OR_ZERO(attempt, flags, UINT),	     OR_ZERO(attempt, note, TEXT),
	OR_ZERO(attempt, res2, ERRNO),	     OR_ZERO(attempt, flags2, UINT),
	OR_ZERO(attempt, completions, UINT), OR_ZERO(attempt, effect, WORD, WORDS(effect_names)),
	OR_ZERO(attempt, plain, ERRNO),
};
const struct form form_attempt = STRUCT("attempt", attempt, attempt_rows);

static const struct form_member same_file_rows[] = {
	{ .name = "same", .kind = AS_BOOL, .size = 1 },
};
const struct form form_same_file = { "same_file", FORM_STRUCT, 1, same_file_rows, 1 };

const struct form form_text = { "text", FORM_TEXT, 0, NULL, 0 };
const struct form form_names = { "names", FORM_NAMES, 0, NULL, 0 };
const struct form form_words = { "words", FORM_WORDS, 0, NULL, 0 };
const struct form form_memory = { "memory", FORM_MEMORY, 0, NULL, 0 };

const struct form *form_find(const char *name)
{
	static const struct form *const forms[] = {
		&form_params,	    &form_op_probe,  &form_query,	 &form_trial,
		&form_attempt,	    &form_same_file, &form_stat,	 &form_device_number,
		&form_opened,	    &form_direct_io, &form_atomic_write, &form_polling,
		&form_loop_backing, &form_text,	     &form_names,	 &form_words,
		&form_memory,
	};

	for (unsigned i = 0; i < ARRAY_SIZE(forms); i++)
		if (!strcmp(forms[i]->name, name))
			return forms[i];
	return NULL;
}

uint64_t form_value(const struct form_member *m, const void *at)
{
	uint64_t v64 = 0;
	uint32_t v32 = 0;
	uint16_t v16 = 0;

	switch (m->size) {
	case sizeof(uint8_t):
		return *(const unsigned char *)at;
	case sizeof(uint16_t):
		memcpy(&v16, at, sizeof(v16));
		return v16;
	case sizeof(uint32_t):
		memcpy(&v32, at, sizeof(v32));
		return v32;
	default:
		memcpy(&v64, at, sizeof(v64));
		return v64;
	}
}

void form_copy(const struct form *form, const void *from, void *to)
{
	for (unsigned i = 0; i < form->n; i++) {
		const struct form_member *m = &form->members[i];
		const char *source = (const char *)from + m->offset;
		char *target = (char *)to + m->offset;

		if (m->kind == AS_PART)
			form_copy(m->part, source, target);
		else
			for (unsigned j = 0; j < (m->count ? m->count : 1); j++)
				memcpy(target + j * m->stride, source + j * m->stride, m->size);
	}
}

void form_escape(struct str *to, const char *bytes, size_t n)
{
	const char *end = bytes + n;

	while (bytes < end) {
		char c[5] = "";
		unsigned len;

		memcpy(c, bytes, end - bytes < 4 ? end - bytes : 4);
		len = *c && *c != '\\' ? utf8_length(c) : 0;
		if (len)
			str_addn(to, bytes, len);
		else
			str_addf(to, "\\x%02x", (unsigned char)*c);
		bytes += len ? len : 1;
	}
}
