/* SPDX-License-Identifier: MIT */
/* SHA-256, to compare files; FIPS 180-4. */
#ifndef PROBE_LIB_SHA256_H
#define PROBE_LIB_SHA256_H

#include <stddef.h>

#define SHA256_HEX 65

void sha256_hex(const void *data, size_t n, char hex[static SHA256_HEX]);

#endif
