/* SPDX-License-Identifier: MIT */
#ifndef CMD_OUTPUT_EMIT_RECORDING_H
#define CMD_OUTPUT_EMIT_RECORDING_H

struct out;
struct machine;
struct recording;

/* Emits the recorded questions and answers of that machine, after the envelope. recording_load() reads them. */
void emit_recording(struct out *o, const struct machine *m, const struct recording *rec);

#endif
