/* SPDX-License-Identifier: MIT */
/* A measurement, its job and its target, described the same way by every command that has one. */
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

/* All of a result, as members of the object that is open. */
void emit_bench(struct out *o, const struct result *res);

/* Parts of that, for documents that put them elsewhere: objects "job" and "target", JSON alone. */
void emit_job(struct out *o, const struct job *job);
void emit_bench_target(struct out *o, const struct target *t);

/* What became of the job's switches, as object "granted"; label as for out_obj(). lat_resolution_ns: -1 is not
 * known. */
void emit_granted(struct out *o, const char *label, const struct job *job, const struct target *t,
		  const struct granted *g, double lat_resolution_ns);

/* The workload and its target in one line, for people; without what a sweep (or NULL) varies. */
void bench_headline(struct str *to, const struct job *job, const struct target *t,
		    const struct grid *swept);

/* A time, or null for one below zero, which is not known. */
void emit_ns(struct out *o, const char *key, const char *label, int64_t ns);

#endif
