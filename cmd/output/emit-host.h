/* SPDX-License-Identifier: MIT */
#ifndef CMD_OUTPUT_EMIT_HOST_H
#define CMD_OUTPUT_EMIT_HOST_H

struct out;
struct machine;
struct recording;

/* Emits a machine as the object "host". */
void emit_host(struct out *o, const struct machine *m);

/* Emits the object "replayed" of the envelope: the answers came from a recording. */
void emit_replayed(struct out *o, const struct recording *rec);

/* The same for the text; nothing if rec is NULL (live kernel). */
void emit_replayed_text(struct out *o, const struct recording *rec);

#endif
