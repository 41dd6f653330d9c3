/* SPDX-License-Identifier: MIT */
/* Renders results for people and pipelines. */
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

/* The checks of one result or, if doc is NULL, of all results together. */
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
	bool many;	    /* not a single file: may be of several hosts */
	char time[32];	    /* now, in the format of documents */
	struct str summary; /* one line */
	/* One for each result with a verdict, then one for all of them together if there is something to
	 * report. */
	struct suite *suites;
	size_t n_suites, n_results;
	struct doc_check *checks; /* of all results together */
	size_t n_checks;
	char **made;
	size_t n_made;
};

/* Builds the suites and the summary. ask, fleet and unreadable must be set by the caller. Returns -ENOMEM. */
int report_prepare(struct report *r);

/* Frees what report_prepare() built, and the fleet. */
void report_free(struct report *r);

struct renderer {
	const char *name;
	/* Appends the rendering. Returns FAIL_USAGE if these results cannot be rendered in this format. */
	int (*render)(const struct report *r, struct str *to, struct fail *f);
	bool judged_only; /* only documents with a verdict */
	bool one_only;	  /* only one result */
};

extern const struct renderer render_markdown, render_junit, render_tap, render_prometheus,
	render_ocp, render_html;

/* Shared by several renderers. */

/* "412k IOPS", "1.23 ms", "1.2.3", "yes"; "-" for none. */
void say_value(struct str *to, const struct doc_value *v, const char *unit);
/* ">= 500k IOPS"; nothing if the check has no limit. */
void say_limit(struct str *to, const struct doc_check *c);
/* Value, limit and reason in one line; nothing if there are none. */
void say_finding(struct str *to, const struct doc_check *c);
/* The title with the device, or the id. */
void say_title(struct str *to, const struct doc_check *c);
/* "randread-4k-qd32 on /dev/nvme0n1, 2nd time" */
void say_bench(struct str *to, const struct doc_bench *b);
/* "Example NVMe, firmware 1.2": what the devices of a group have in common. */
void say_group(struct str *to, const struct fleet_group *g);

/* Whether the check is a failure that counts: it must be required. */
static inline bool check_counts(const struct doc_check *c)
{
	return c->required && (c->verdict == DOC_FAIL || c->verdict == DOC_INVALID);
}

/* Whether the check failed but is not required. */
static inline bool check_passes_over(const struct doc_check *c)
{
	return !c->required && (c->verdict == DOC_FAIL || c->verdict == DOC_INVALID);
}

/* text, or "" for NULL. */
static inline const char *said(const char *text)
{
	return text ? text : "";
}

#endif
