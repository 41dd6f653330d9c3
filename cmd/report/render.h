/* SPDX-License-Identifier: MIT */
/* Results rendered for those who read them: people, and the pipelines of a qualification. */
#ifndef CMD_REPORT_RENDER_H
#define CMD_REPORT_RENDER_H

#include <stdbool.h>

#include "bench/saved/fleet.h"
#include "cmd/output/written.h"
#include "probe/lib/base.h"

/* A file that should have been a result. */
struct unreadable {
	char *file, *why;
};

/* The checks of one result or, when doc is NULL, of all of them together. */
struct suite {
	const struct document *doc;
	const char *host, *name;
	const struct doc_check *checks;
	size_t n_checks;
	enum doc_verdict verdict;
};

struct report {
	struct fleet_ask ask;
	struct fleet fleet;
	const struct unreadable *unreadable;
	size_t n_unreadable;
	bool many;	    /* may be of many hosts: not one file alone */
	char time[32];	    /* now, as documents say it */
	struct str summary; /* one line */
	/* One for each result that has a verdict, and last that of all of them together, where there
	 * is something to say. */
	struct suite *suites;
	size_t n_suites, n_results;
	struct doc_check *checks; /* of all of them together */
	size_t n_checks;
	char **made;
	size_t n_made;
};

/* Puts the suites and the summary together; ask, fleet and unreadable are the caller's, and set
 * before. -ENOMEM. */
int report_prepare(struct report *r);

/* Frees what report_prepare() made, and the fleet. */
void report_free(struct report *r);

struct renderer {
	const char *name;
	/* Appends the rendering. FAIL_USAGE when these results cannot be rendered so. */
	int (*render)(const struct report *r, struct str *to, struct fail *f);
	bool judged_only; /* takes documents that have a verdict */
	bool one_only;	  /* takes one result */
};

extern const struct renderer render_markdown, render_junit, render_tap, render_prometheus,
	render_ocp, render_html;

/* What several renderings say alike. */

/* "412k IOPS", "1.23 ms", "1.2.3", "yes"; "-" for none. */
void say_value(struct str *to, const struct doc_value *v, const char *unit);
/* ">= 500k IOPS"; nothing when the check has no limit. */
void say_limit(struct str *to, const struct doc_check *c);
/* Value, limit and reason in one line; nothing when there is none. */
void say_finding(struct str *to, const struct doc_check *c);
/* The title with the device, or the id. */
void say_title(struct str *to, const struct doc_check *c);
/* "randread-4k-qd32 on /dev/nvme0n1, 2nd time" */
void say_bench(struct str *to, const struct doc_bench *b);
/* "Example NVMe, firmware 1.2": what a group of devices has in common. */
void say_group(struct str *to, const struct fleet_group *g);

/* A failure that counts; a check that is not required never is one. */
static inline bool check_counts(const struct doc_check *c)
{
	return c->required && (c->verdict == DOC_FAIL || c->verdict == DOC_INVALID);
}

/* It went wrong, and that does not count. */
static inline bool check_passes_over(const struct doc_check *c)
{
	return !c->required && (c->verdict == DOC_FAIL || c->verdict == DOC_INVALID);
}

/* A text that the check says, or "". */
static inline const char *said(const char *text)
{
	return text ? text : "";
}

#endif
