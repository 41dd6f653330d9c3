/* SPDX-License-Identifier: MIT */
/* The options of a job, described for schemas and manuals. */
#ifndef CMD_JOB_SCHEMA_H
#define CMD_JOB_SCHEMA_H

struct str;

/* Appends the JSON Schema that others refer to: "job" describes the job in a result, "planned" the job in a
 * plan. Returns 0 or -ENOMEM. */
int job_schema(struct str *to);

/* Appends the keys of the job in a result, marked for scdoc, on one line. */
void job_keys(struct str *to);

#endif
