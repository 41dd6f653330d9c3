/* SPDX-License-Identifier: MIT */
/* Bytes from the fuzzer, consumed from the front. After the end, all bytes are zero. */
#ifndef FUZZ_INPUT_H
#define FUZZ_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

struct input {
	const uint8_t *at, *end;
};

static inline size_t input_left(const struct input *in)
{
	return in->end - in->at;
}

/* Returns how many of the n bytes were available. */
static inline size_t input_bytes(struct input *in, void *to, size_t n)
{
	size_t have = input_left(in) < n ? input_left(in) : n;

	memset(to, 0, n);
	if (have)
		memcpy(to, in->at, have);
	in->at += have;
	return have;
}

static inline uint8_t input_u8(struct input *in)
{
	uint8_t v;

	input_bytes(in, &v, sizeof(v));
	return v;
}

static inline uint16_t input_u16(struct input *in)
{
	uint16_t v;

	input_bytes(in, &v, sizeof(v));
	return v;
}

static inline uint32_t input_u32(struct input *in)
{
	uint32_t v;

	input_bytes(in, &v, sizeof(v));
	return v;
}

/* True for about 1/many of the inputs, always the same ones, for slow checks. */
static inline bool input_one_in(unsigned many, const uint8_t *data, size_t n)
{
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < n; i++)
		hash = (hash ^ data[i]) * 16777619u;
	return hash % many == 0;
}

/* All remaining bytes, NUL-terminated; the caller frees them. The size is exact, so that a read beyond it is
 * detected. */
char *input_text(struct input *in);

/* The path of a file with these bytes, valid until the next call. */
const char *input_file(const void *data, size_t n);

/* Aborts if the condition does not hold. */
#define EXPECT(condition)                 \
	do {                              \
		if (!(condition))         \
			__builtin_trap(); \
	} while (0)

#endif
