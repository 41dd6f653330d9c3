/* SPDX-License-Identifier: MIT */
/* Emits a report. */
#ifndef CMD_REPORT_EMIT_REPORT_H
#define CMD_REPORT_EMIT_REPORT_H

struct out;
struct report;

void emit_report(struct out *o, const struct report *r);

#endif
