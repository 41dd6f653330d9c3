/* SPDX-License-Identifier: MIT */
#ifndef CMD_OUTPUT_EMIT_RECORDING_H
#define CMD_OUTPUT_EMIT_RECORDING_H

struct out;
struct machine;
struct recording;

/* The questions to the kernel of that machine and its answers, after the envelope. recording_load() reads it. */
void emit_recording(struct out *o, const struct machine *m, const struct recording *rec);

#endif
