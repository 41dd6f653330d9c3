/* SPDX-License-Identifier: MIT */
/* CRC32C (Castagnoli), as in iSCSI and NVMe, with the CPU's instruction if available. */
#ifndef BENCH_ENGINE_CRC32C_H
#define BENCH_ENGINE_CRC32C_H

#include <stddef.h>
#include <stdint.h>

struct crc32c {
	uint32_t (*update)(const struct crc32c *c, uint32_t crc, const void *data, size_t n);
	const char *name; /* "sse4.2" or "table" */
	uint32_t table[8][256];
};

/* crc32c_init() chooses the fastest implementation; crc32c_init_table() the portable one. */
void crc32c_init(struct crc32c *c);
void crc32c_init_table(struct crc32c *c);

/* Returns the CRC of data appended to what crc covers; crc is 0 at first. */
static inline uint32_t crc32c(const struct crc32c *c, uint32_t crc, const void *data, size_t n)
{
	return c->update(c, crc, data, n);
}

#endif
