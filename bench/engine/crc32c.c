/* SPDX-License-Identifier: MIT */
#include "crc32c.h"

#include <string.h>

/* In reflected bit order. */
#define POLYNOMIAL 0x82f63b78u

/* Eight bytes at a time: table[k] processes a byte k places further. */
static uint32_t by_table(const struct crc32c *c, uint32_t crc, const void *data, size_t n)
{
	const unsigned char *at = data;

	crc = ~crc;
	for (; n >= 8; n -= 8, at += 8) {
		uint32_t next = 0;

		for (unsigned i = 0; i < 4; i++)
			next ^= c->table[7 - i][(crc >> 8 * i & 0xff) ^ at[i]] ^
				c->table[3 - i][at[4 + i]];
		crc = next;
	}
	for (; n; n--, at++)
		crc = crc >> 8 ^ c->table[0][(crc & 0xff) ^ *at];
	return ~crc;
}

void crc32c_init_table(struct crc32c *c)
{
	*c = (struct crc32c){ .update = by_table, .name = "table" };
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t crc = i;

		for (unsigned bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? POLYNOMIAL : 0);
		c->table[0][i] = crc;
	}
	for (unsigned k = 1; k < 8; k++)
		for (unsigned i = 0; i < 256; i++)
			c->table[k][i] = c->table[k - 1][i] >> 8 ^
					 c->table[0][c->table[k - 1][i] & 0xff];
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) static uint32_t by_sse42(const struct crc32c *c, uint32_t crc,
							   const void *data, size_t n)
{
	const unsigned char *at = data;
	uint64_t wide = ~crc;

	(void)c;
	for (; n >= 8; n -= 8, at += 8) {
		uint64_t word;

		memcpy(&word, at, 8);
		wide = __builtin_ia32_crc32di(wide, word);
	}
	crc = wide;
	for (; n; n--, at++)
		crc = __builtin_ia32_crc32qi(crc, *at);
	return ~crc;
}
#endif

void crc32c_init(struct crc32c *c)
{
#if defined(__x86_64__)
	if (__builtin_cpu_supports("sse4.2")) {
		*c = (struct crc32c){ .update = by_sse42, .name = "sse4.2" };
		return;
	}
#endif
	crc32c_init_table(c);
}
