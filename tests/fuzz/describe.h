/* SPDX-License-Identifier: MIT */
/* Passes a kernel's answers through the commands, to text and JSON, which must be valid. */
#ifndef FUZZ_DESCRIBE_H
#define FUZZ_DESCRIBE_H

#include "probe/kernel/kernel.h"

struct out;

/* write: also write the document, which is slow. */
void describe_probe(struct kernel *k, bool write);
void describe_layout(struct kernel *k, unsigned entries, uint32_t flags);
void describe_dump(struct kernel *k);
void describe_device(struct kernel *k);

/* Writes a document in both formats and frees it. */
void describe_written(struct out *o);

#endif
