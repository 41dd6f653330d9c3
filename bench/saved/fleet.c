/* SPDX-License-Identifier: MIT */
#include "fleet.h"

#include <math.h>
#include <string.h>

#include "bench/stats/stats.h"
#include "probe/lib/base.h"

static int compare_texts(const char *a, const char *b)
{
	return strverscmp(a ? a : "", b ? b : "");
}

/* By host, name and file; for one host and plan the latest first. */
static int compare_docs(const void *a, const void *b)
{
	const struct document *x = *(struct document *const *)a, *y = *(struct document *const *)b;
	int r = compare_texts(x->host, y->host);

	if (r == 0)
		r = (int)x->kind - (int)y->kind;
	if (r == 0)
		r = compare_texts(x->name, y->name);
	if (r == 0)
		r = strcmp(y->time, x->time);
	return r ? r : compare_texts(x->file, y->file);
}

static bool is_later_of(const struct document *a, const struct document *b)
{
	return a->kind == DOC_QUALIFY && b->kind == DOC_QUALIFY && !strcmp(a->host, b->host) &&
	       !strcmp(a->name, b->name);
}

static void take_docs(const struct fleet_ask *ask, struct fleet *to)
{
	struct document **all = to->docs;
	size_t n = 0;

	for (size_t i = 0; i < ask->n_docs; i++)
		all[i] = &ask->docs[i];
	qsort(all, ask->n_docs, sizeof(*all), compare_docs);
	for (size_t i = 0; i < ask->n_docs; i++) {
		if (n && is_later_of(all[n - 1], all[i]))
			to->superseded[to->n_superseded++] = all[i];
		else
			all[n++] = all[i];
	}
	to->n_docs = n;
}

static bool is_taken(const struct fleet *fleet, size_t before, const char *name)
{
	const char *host = fleet->docs[before]->host;

	for (size_t i = before; i-- && !strcmp(fleet->docs[i]->host, host);)
		if (!strcmp(fleet->docs[i]->name, name))
			return true;
	return false;
}

/* Makes names unique; documents of one host are adjacent. */
static int name_docs(struct fleet *to)
{
	for (size_t i = 0; i < to->n_docs; i++) {
		struct document *d = to->docs[i];
		const char *name = d->name;

		for (unsigned again = 2; is_taken(to, i, d->name); again++) {
			d->name = document_text(d, "%s#%u", name, again);
			if (!d->name) {
				d->name = name;
				return -ENOMEM;
			}
		}
	}
	return 0;
}

/* "node7" matches "node7.rack.example". */
static bool same_host(const char *a, const char *b)
{
	size_t a_short = strcspn(a, "."), b_short = strcspn(b, ".");

	if (a[a_short] && b[b_short])
		return !strcmp(a, b);
	return a_short == b_short && !strncmp(a, b, a_short);
}

static bool is_expected(const struct fleet_ask *ask, const char *host)
{
	for (size_t i = 0; i < ask->n_expected; i++)
		if (same_host(ask->expected[i], host))
			return true;
	return false;
}

static bool has_result(const struct fleet *fleet, const char *host)
{
	for (size_t i = 0; i < fleet->n_docs; i++)
		if (same_host(host, fleet->docs[i]->host))
			return true;
	return false;
}

static void call_roll(const struct fleet_ask *ask, struct fleet *to)
{
	for (size_t i = 0; i < ask->n_expected; i++)
		if (!has_result(to, ask->expected[i]))
			to->missing[to->n_missing++] = ask->expected[i];
	if (!ask->expected)
		return;
	for (size_t i = 0; i < to->n_docs; i++) {
		const char *host = to->docs[i]->host;

		if (is_expected(ask, host) ||
		    (to->n_unexpected && !strcmp(to->unexpected[to->n_unexpected - 1], host)))
			continue;
		to->unexpected[to->n_unexpected++] = host;
	}
}

/* One metric of one measurement on one device; the median of its repeats. */
struct sample {
	const struct document *doc;
	const struct doc_bench *bench;
	unsigned metric;
	double value;
};

static int compare_samples(const void *a, const void *b)
{
	const struct sample *x = a, *y = b;
	int r = compare_texts(x->doc->plan, y->doc->plan);

	if (r == 0)
		r = compare_texts(x->bench->name, y->bench->name);
	if (r == 0)
		r = compare_texts(x->bench->model, y->bench->model);
	if (r == 0)
		r = compare_texts(x->bench->firmware, y->bench->firmware);
	if (r == 0)
		r = (int)x->metric - (int)y->metric;
	if (r == 0)
		r = compare_texts(x->doc->host, y->doc->host);
	return r ? r : compare_texts(x->bench->device, y->bench->device);
}

static bool same_group(const struct sample *a, const struct sample *b)
{
	return a->metric == b->metric && !compare_texts(a->doc->plan, b->doc->plan) &&
	       !compare_texts(a->bench->name, b->bench->name) &&
	       !compare_texts(a->bench->model, b->bench->model) &&
	       !compare_texts(a->bench->firmware, b->bench->firmware);
}

/* A file created for a run differs each time, but stays on the same host. */
static bool same_device(const struct sample *a, const struct sample *b)
{
	return same_group(a, b) && !strcmp(a->doc->host, b->doc->host) &&
	       !compare_texts(a->bench->device, b->bench->device);
}

static size_t collect(const struct fleet *fleet, struct sample *to)
{
	size_t n = 0;

	for (size_t i = 0; i < fleet->n_docs; i++)
		for (size_t j = 0; j < fleet->docs[i]->n_benches; j++) {
			const struct doc_bench *b = &fleet->docs[i]->benches[j];

			for (unsigned m = 0; m < METRICS; m++)
				if (quantities[m].of_machines && b->valid && isfinite(b->metric[m]))
					to[n++] = (struct sample){ fleet->docs[i], b, m,
								   b->metric[m] };
		}
	qsort(to, n, sizeof(*to), compare_samples);
	return n;
}

/* Merges repeats into one sample. values must have room for all samples. */
static size_t condense(struct sample *samples, size_t n, double *values)
{
	size_t kept = 0, end;

	for (size_t i = 0; i < n; i = end) {
		for (end = i; end < n && same_device(&samples[i], &samples[end]); end++)
			values[end - i] = samples[end].value;
		samples[kept] = samples[i];
		samples[kept++].value = stats_sort_median(values, end - i);
	}
	return kept;
}

static void judge_group(const struct sample *s, size_t n, double *values, struct fleet *to)
{
	struct fleet_group *g = &to->groups[to->n_groups++];
	double scale;

	for (size_t i = 0; i < n; i++)
		values[i] = s[i].value;
	*g = (struct fleet_group){ .plan = s->doc->plan,
				   .bench = s->bench->name,
				   .model = s->bench->model,
				   .firmware = s->bench->firmware,
				   .metric = s->metric,
				   .n = n,
				   .median = stats_sort_median(values, n) };
	for (size_t i = 0; i < n; i++)
		values[i] = fabs(s[i].value - g->median);
	g->mad = stats_sort_median(values, n);
	scale = fmax(FLEET_MAD_SIGMA * g->mad, FLEET_MIN_SCALE * fabs(g->median));
	for (size_t i = 0; n >= FLEET_MIN_DEVICES && scale > 0 && i < n; i++) {
		double deviation = (s[i].value - g->median) / scale;

		if (fabs(deviation) <= FLEET_LIMIT)
			continue;
		to->outliers[to->n_outliers++] = (struct fleet_outlier){
			.group = g,
			.doc = s[i].doc,
			.device = s[i].bench->device,
			.value = s[i].value,
			.deviation = deviation,
			.worse = (deviation < 0) == quantities[s->metric].more,
		};
	}
}

static int compare_outliers(const void *a, const void *b)
{
	const struct fleet_outlier *x = a, *y = b;
	double dx = fabs(x->deviation), dy = fabs(y->deviation);

	if (x->worse != y->worse)
		return y->worse - x->worse;
	return (dx < dy) - (dx > dy);
}

static int find_outliers(struct fleet *to)
{
	_cleanup_free_ struct sample *samples = NULL;
	_cleanup_free_ double *values = NULL;
	size_t n = 1, end;

	for (size_t i = 0; i < to->n_docs; i++)
		n += to->docs[i]->n_benches * METRICS;
	samples = calloc(n, sizeof(*samples));
	values = calloc(n, sizeof(*values));
	if (!samples || !values)
		return -ENOMEM;
	n = condense(samples, collect(to, samples), values);
	to->groups = calloc(n + 1, sizeof(*to->groups));
	to->outliers = calloc(n + 1, sizeof(*to->outliers));
	if (!to->groups || !to->outliers)
		return -ENOMEM;
	for (size_t i = 0; i < n; i = end) {
		for (end = i; end < n && same_group(&samples[i], &samples[end]); end++)
			;
		judge_group(&samples[i], end - i, values, to);
	}
	qsort(to->outliers, to->n_outliers, sizeof(*to->outliers), compare_outliers);
	return 0;
}

static void conclude(const struct fleet_ask *ask, struct fleet *to)
{
	enum doc_verdict worst = DOC_PASS;

	for (size_t i = 0; i < to->n_docs; i++) {
		if (to->docs[i]->judged)
			to->counts[to->docs[i]->verdict]++;
		if (to->docs[i]->verdict > worst)
			worst = to->docs[i]->verdict;
	}
	if (ask->n_unreadable && worst < DOC_INVALID)
		worst = DOC_INVALID;
	for (size_t i = 0; i < to->n_outliers; i++)
		if (ask->outliers_fail && to->outliers[i].worse)
			worst = DOC_FAIL;
	to->verdict = to->n_missing ? DOC_FAIL : worst;
}

int fleet_judge(const struct fleet_ask *ask, struct fleet *fleet, struct fail *f)
{
	struct fleet to = {
		.docs = calloc(ask->n_docs + 1, sizeof(*to.docs)),
		.superseded = calloc(ask->n_docs + 1, sizeof(*to.superseded)),
		.missing = calloc(ask->n_expected + 1, sizeof(*to.missing)),
		.unexpected = calloc(ask->n_docs + 1, sizeof(*to.unexpected)),
	};
	int r = to.docs && to.superseded && to.missing && to.unexpected ? 0 : -ENOMEM;

	if (r == 0) {
		take_docs(ask, &to);
		r = name_docs(&to);
	}
	if (r == 0) {
		call_roll(ask, &to);
		r = find_outliers(&to);
	}
	if (r < 0) {
		fleet_free(&to);
		return fail_set(f, r, "out of memory");
	}
	conclude(ask, &to);
	*fleet = to;
	return 0;
}

void fleet_free(struct fleet *fleet)
{
	free(fleet->docs);
	free(fleet->superseded);
	free(fleet->missing);
	free(fleet->unexpected);
	free(fleet->groups);
	free(fleet->outliers);
	*fleet = (struct fleet){ 0 };
}
