/* SPDX-License-Identifier: MIT */
/*
 * Formats a result as fio --output-format=json+ does, for programs that read fio's results. The member
 * "uringtool" has the complete result, as bench --json prints it.
 */
#ifndef CMD_BENCH_FIO_H
#define CMD_BENCH_FIO_H

struct fail;
struct job;
struct result;
struct str;

/* Default length of a span of the series: fio's default. */
#define FORM_FIO_INTERVAL_NS 500000000ull

/* Checks whether results of the job can have that form. Returns -EINVAL, FAIL_USAGE if not. */
int form_fio_check(const struct job *job, struct fail *f);

/* Returns -ENOMEM on allocation failure. */
int form_fio(struct str *to, const struct result *res);

#endif
