/* SPDX-License-Identifier: MIT */
/* What was looked at around a measurement. */
#ifndef CMD_BENCH_EMIT_MONITOR_H
#define CMD_BENCH_EMIT_MONITOR_H

struct environment;
struct out;
struct result;
struct monitor;

/* Objects "environment", "numa", "stops", "sq_thread" and "health". The last two are null where there is
 * nothing of the kind. */
void emit_environment(struct out *o, const struct environment *e);
void emit_numa(struct out *o, const struct result *res);
void emit_stops(struct out *o, const struct monitor *w);
void emit_sq_thread(struct out *o, const struct result *res);
void emit_health(struct out *o, const struct result *res);

#endif
