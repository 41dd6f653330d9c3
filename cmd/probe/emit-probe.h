/* SPDX-License-Identifier: MIT */
/* Emits the findings of a probe. */
#ifndef CMD_PROBE_EMIT_PROBE_H
#define CMD_PROBE_EMIT_PROBE_H

#include "cmd/output/out.h"
#include "findings.h"

void emit_access(struct out *o, const struct access *a);
void emit_identity(struct out *o, const struct identity *id);
void emit_findings(struct out *o, const struct findings *found);

/* "5.10", or "?" for 0.0. */
void emit_kver(struct out *o, const char *key, const char *label, struct kver v);

#endif
