/* SPDX-License-Identifier: MIT */
/* Emits what was observed around a measurement. */
#ifndef CMD_BENCH_EMIT_MONITOR_H
#define CMD_BENCH_EMIT_MONITOR_H

struct environment;
struct out;
struct result;
struct monitor;

/* Emit the objects "environment", "numa", "stops", "sq_thread" and "health". The last two are null if there
 * is no SQ thread or no device. */
void emit_environment(struct out *o, const struct environment *e);
void emit_numa(struct out *o, const struct result *res);
void emit_stops(struct out *o, const struct monitor *w);
void emit_sq_thread(struct out *o, const struct result *res);
void emit_health(struct out *o, const struct result *res);

#endif
