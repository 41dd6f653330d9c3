/* SPDX-License-Identifier: MIT */
#ifndef CMD_EMIT_HOST_H
#define CMD_EMIT_HOST_H

struct out;

/* The machine that the program runs on, as the object "host". */
void emit_host(struct out *o);

#endif
