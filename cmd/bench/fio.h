/* SPDX-License-Identifier: MIT */
/*
 * A result in the form of fio's --output-format=json+, for the programs that read that. What it has no
 * key for stands in the member "uringtool", as bench --json has it.
 */
#ifndef CMD_BENCH_FIO_H
#define CMD_BENCH_FIO_H

struct fail;
struct job;
struct result;
struct str;

/* How long a span of the series is when nobody asked for one: fio's default. */
#define FORM_FIO_INTERVAL_NS 500000000ull

/* Whether a result of the job can have that form: -EINVAL, FAIL_USAGE. */
int form_fio_check(const struct job *job, struct fail *f);

/* -ENOMEM. */
int form_fio(struct str *to, const struct result *res);

#endif
