/* SPDX-License-Identifier: MIT */
#ifndef CMD_OUTPUT_EMIT_HOST_H
#define CMD_OUTPUT_EMIT_HOST_H

struct out;
struct machine;
struct recording;

/* A machine, as the object "host". */
void emit_host(struct out *o, const struct machine *m);

/* That the answers are of a recording, for the envelope: the object "replayed". */
void emit_replayed(struct out *o, const struct recording *rec);

/* The same for a person; nothing for the live kernel, whose replays is NULL. */
void emit_replayed_text(struct out *o, const struct recording *rec);

#endif
