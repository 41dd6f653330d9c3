/* SPDX-License-Identifier: MIT */
/* What the commands do with a kernel's answers, to the text and the JSON, which must be sound. */
#ifndef FUZZ_DESCRIBE_H
#define FUZZ_DESCRIBE_H

#include "probe/kernel/kernel.h"

struct out;

/* write: to the document too, which takes long. */
void describe_probe(struct kernel *k, bool write);
void describe_layout(struct kernel *k, unsigned entries, uint32_t flags);
void describe_dump(struct kernel *k);
void describe_device(struct kernel *k);

/* Writes a document in both forms, and frees it. */
void describe_written(struct out *o);

#endif
