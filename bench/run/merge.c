/* SPDX-License-Identifier: MIT */
#include "merge.h"

#include <string.h>

#include "probe/lib/base.h"

static void merge_summary(struct summary *to, const struct summary *from, uint64_t elapsed_ns)
{
	hist_merge(&to->lat, &from->lat);
	to->ios += from->ios;
	to->bytes += from->bytes;
	to->errors += from->errors;
	to->short_ios += from->short_ios;
	to->iops = elapsed_ns ? to->ios * 1e9 / elapsed_ns : 0;
	to->bw = elapsed_ns ? to->bytes * 1e9 / elapsed_ns : 0;
}

static void merge_account(struct usage *to, const struct usage *from)
{
	to->user_ns += from->user_ns;
	to->system_ns += from->system_ns;
	to->sq_thread_ns += from->sq_thread_ns;
	to->io_worker_ns += from->io_worker_ns;
	to->switches += from->switches;
	to->minor_faults += from->minor_faults;
	to->major_faults += from->major_faults;
}

static void merge_series(struct series *to, const struct series *from, uint64_t after_ns)
{
	struct span *spans;

	if (!from->n)
		return;
	spans = realloc(to->spans, (to->n + from->n) * sizeof(*spans));
	if (!spans)
		return;
	memcpy(spans + to->n, from->spans, from->n * sizeof(*spans));
	for (size_t i = to->n; i < to->n + from->n; i++) {
		spans[i].begin_ns += after_ns;
		spans[i].end_ns += after_ns;
	}
	to->spans = spans;
	to->n += from->n;
	to->cap = to->n;
}

static void merge_pass(struct pass *to, const struct pass *from)
{
	to->made |= from->made;
	to->bytes += from->bytes;
	to->elapsed_ns += from->elapsed_ns;
	to->ios += from->ios;
	to->bw = to->elapsed_ns ? to->bytes * 1e9 / to->elapsed_ns : 0;
	verify_counts_merge(&to->found, &from->found);
	to->verify_ns += from->verify_ns;
}

static bool said(const char (*sentences)[RESULT_SENTENCE], unsigned n, const char *sentence)
{
	for (unsigned i = 0; i < n; i++)
		if (!strcmp(sentences[i], sentence))
			return true;
	return false;
}

void result_merge(struct result *to, const struct result *from)
{
	uint64_t elapsed_ns = to->elapsed_ns + from->elapsed_ns;

	to->granted.setup_flags &= from->granted.setup_flags;
	to->granted.registered_ring &= from->granted.registered_ring;
	to->granted.fixed_bufs &= from->granted.fixed_bufs;
	to->granted.fixed_files &= from->granted.fixed_files;
	to->granted.huge &= from->granted.huge;
	if (elapsed_ns)
		to->in_flight =
			(to->in_flight * to->elapsed_ns + from->in_flight * from->elapsed_ns) /
			elapsed_ns;
	monitor_merge(&to->monitor, to->elapsed_ns, &from->monitor, from->elapsed_ns);
	to->enters += from->enters;
	to->issued += from->issued;
	if (from->lat_resolution_ns > to->lat_resolution_ns)
		to->lat_resolution_ns = from->lat_resolution_ns;
	merge_series(&to->series, &from->series, to->elapsed_ns);
	to->elapsed_ns = elapsed_ns;
	for (unsigned k = 0; k < IO_KINDS; k++)
		merge_summary(&to->kinds[k], &from->kinds[k], elapsed_ns);
	merge_summary(&to->total, &from->total, elapsed_ns);
	hist_merge(&to->service, &from->service);
	for (unsigned k = 0; k < IO_KINDS; k++)
		hist_merge(&to->services[k], &from->services[k]);
	to->backlog += from->backlog;
	if (from->lag_ns > to->lag_ns)
		to->lag_ns = from->lag_ns;
	if (!to->lag_growth.known || from->lag_growth.slope > to->lag_growth.slope)
		to->lag_growth = from->lag_growth;
	to->sustained &= from->sustained;
	censored_add(&to->censored, from->censored.n, from->censored.from);
	to->retries += from->retries;
	to->uncounted += from->uncounted;
	io_errors_merge(&to->errors, &from->errors);
	verify_counts_merge(&to->found, &from->found);
	to->verify_ns += from->verify_ns;
	merge_pass(&to->pass, &from->pass);
	merge_account(&to->cpu, &from->cpu);
	to->complete &= from->complete;
	to->valid &= from->valid;
	for (unsigned i = 0; i < from->n_reasons; i++)
		if (!said(to->reasons, to->n_reasons, from->reasons[i]))
			result_doubt(to, "%s", from->reasons[i]);
	for (unsigned i = 0; i < from->n_warnings; i++)
		if (!said(to->warnings, to->n_warnings, from->warnings[i]))
			result_warn(to, "%s", from->warnings[i]);
}
