/* SPDX-License-Identifier: MIT */
/* Sections of an HTML report with drawings. */
#ifndef CMD_REPORT_HTML_PARTS_H
#define CMD_REPORT_HTML_PARTS_H

struct document;
struct str;

/* Each appends elements. *number is the number of the next picture. Return -ENOMEM. */

/* Latency percentiles, and series over time, of all measurements of a document. */
int html_benches(const struct document *d, unsigned *number, struct str *to);

/* Latency against load. */
int html_curve(const struct document *d, unsigned *number, struct str *to);

/* Configurations of a sweep, as heat maps. */
int html_sweep(const struct document *d, unsigned *number, struct str *to);

/* The layout of a ring; nothing if its numbers are not valid for a ring. */
int html_layout(const struct document *d, unsigned *number, struct str *to);

/* What is known, permitted and works, as tables. */
void html_probe(const struct document *d, struct str *to);

/* A cell of a table; NULL is a dash. */
void html_cell(struct str *to, const char *cls, const char *text);

#endif
