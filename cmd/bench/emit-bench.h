/* SPDX-License-Identifier: MIT */
/* Emits a measurement, its job and its target, for all commands that have one. */
#ifndef CMD_BENCH_EMIT_BENCH_H
#define CMD_BENCH_EMIT_BENCH_H

#include <stdint.h>

struct granted;
struct grid;
struct job;
struct out;
struct result;
struct str;
struct target;

/* Emits a whole result, as members of the open object. */
void emit_bench(struct out *o, const struct result *res);

/* Emit the objects "job" and "target" alone, for other documents. JSON only. */
void emit_job(struct out *o, const struct job *job);
void emit_bench_target(struct out *o, const struct target *t);

/* Emits what the kernel granted as the object "granted"; label as for out_obj(). lat_resolution_ns is -1 if
 * it is not known. */
void emit_granted(struct out *o, const char *label, const struct job *job, const struct target *t,
		  const struct granted *g, double lat_resolution_ns);

/* Appends the workload and its target in one line. Leaves out what a sweep varies; swept may be NULL. */
void bench_headline(struct str *to, const struct job *job, const struct target *t,
		    const struct grid *swept);

/* Emits a time, or null if it is negative (not known). */
void emit_ns(struct out *o, const char *key, const char *label, int64_t ns);

#endif
