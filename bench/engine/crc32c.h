/* SPDX-License-Identifier: MIT */
/* CRC32C (Castagnoli), as iSCSI and NVMe have it: by the processor's own instruction where it has one. */
#ifndef BENCH_ENGINE_CRC32C_H
#define BENCH_ENGINE_CRC32C_H

#include <stddef.h>
#include <stdint.h>

struct crc32c {
	uint32_t (*update)(const struct crc32c *c, uint32_t crc, const void *data, size_t n);
	const char *name; /* "sse4.2" or "table" */
	uint32_t table[8][256];
};

/* Chooses the fastest way here; the second one takes the table. */
void crc32c_init(struct crc32c *c);
void crc32c_init_table(struct crc32c *c);

/* Of data after what crc is of, which is 0 to begin with. */
static inline uint32_t crc32c(const struct crc32c *c, uint32_t crc, const void *data, size_t n)
{
	return c->update(c, crc, data, n);
}

#endif
