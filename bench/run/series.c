/* SPDX-License-Identifier: MIT */
#include "series.h"

#include <string.h>

#include "probe/lib/base.h"

/* Share of an interval; what is shorter at the end of a run belongs to the last span. */
#define REST_SHARE 20

static void add_flow(struct flow *to, uint64_t ios, uint64_t bytes)
{
	to->ios += ios;
	to->bytes += bytes;
}

static struct flow flow_since(const struct flow *from, const struct flow *to)
{
	return (struct flow){ to->ios - from->ios, to->bytes - from->bytes };
}

struct flows flows_now(const struct worker *workers, unsigned n)
{
	struct flows done = { 0 };

	for (unsigned i = 0; i < n; i++) {
		for (unsigned k = 0; k < IO_SYNC; k++) {
			const struct tally *t = &workers[i].tally[k];
			uint64_t ios = __atomic_load_n(&t->ios, __ATOMIC_RELAXED);
			uint64_t bytes = __atomic_load_n(&t->bytes, __ATOMIC_RELAXED);

			add_flow(&done.kinds[k], ios, bytes);
			add_flow(&done.all, ios, bytes);
		}
	}
	return done;
}

void lat_now(const struct worker *workers, unsigned n, struct hist *lat)
{
	memset(lat, 0, sizeof(*lat));
	for (unsigned i = 0; i < n; i++)
		for (unsigned k = 0; k < IO_SYNC; k++)
			hist_merge(lat, &workers[i].tally[k].lat);
}

/* The percentiles and the maximum of what was added to a histogram since it was *from. */
static void take_latencies(const struct hist *from, const struct hist *to, struct span *span)
{
	_cleanup_free_ struct hist *h = calloc(1, sizeof(*h));

	span->p50_ns = span->p99_ns = span->p999_ns = span->max_ns = -1;
	if (!h)
		return;
	for (unsigned i = 0; i < HIST_BUCKETS; i++) {
		uint64_t n = to->bucket[i] - from->bucket[i];

		if (!n)
			continue;
		h->bucket[i] = n;
		if (!h->count)
			h->min = hist_floor(i);
		h->count += n;
		h->max = i + 1 < HIST_BUCKETS ? hist_floor(i + 1) - 1 : to->max;
	}
	if (!h->count)
		return;
	/* The maximum so far may be known less far than the buckets. */
	if (to->max < h->max && hist_index(to->max) == hist_index(h->max))
		h->max = to->max;
	span->p50_ns = hist_percentile_or_none(h, 0.5);
	span->p99_ns = hist_percentile_or_none(h, 0.99);
	span->p999_ns = hist_percentile_or_none(h, 0.999);
	span->max_ns = h->max;
}

static int add_span(struct recorder *r, uint64_t end, const struct flows *done,
		    const struct hist *lat)
{
	struct series *s = &r->series;
	struct span *span;

	if (s->n == s->cap) {
		size_t cap = s->cap ? 2 * s->cap : 64;

		span = realloc(s->spans, cap * sizeof(*span));
		if (!span)
			return -ENOMEM;
		s->spans = span;
		s->cap = cap;
	}
	span = &s->spans[s->n++];
	*span = (struct span){ .begin_ns = r->last, .end_ns = end };
	span->done.all = flow_since(&r->done.all, &done->all);
	for (unsigned k = 0; k < IO_KINDS; k++)
		span->done.kinds[k] = flow_since(&r->done.kinds[k], &done->kinds[k]);
	take_latencies(r->lat, lat, span);
	r->done = *done;
	*r->lat_before = *r->lat;
	*r->lat = *lat;
	r->last = end;
	return 0;
}

/* The next end of an interval. */
static void choose_due(struct recorder *r, uint64_t now)
{
	r->due += ((now - r->due) / r->interval + 1) * r->interval;
	if (r->due + r->interval / REST_SHARE >= r->until)
		r->due = UINT64_MAX;
}

static bool is_idle(const struct recorder *r, const struct flows *done)
{
	return done->all.ios == r->done.all.ios;
}

/* If nothing completed, each interval that is over is a span. Latencies are read after the counts: they belong
 * to the next span. */
static void add_idle(struct recorder *r, uint64_t now, const struct flows *done)
{
	if (!is_idle(r, done))
		return;
	while (r->due < now && now - r->due >= r->interval / REST_SHARE) {
		if (add_span(r, r->due, done, r->lat) < 0)
			return;
		choose_due(r, r->due);
	}
}

void recorder_begin(struct recorder *r, uint64_t now, uint64_t until)
{
	r->last = r->due = now;
	r->until = until;
	if (r->interval)
		choose_due(r, now);
}

void recorder_add(struct recorder *r, uint64_t now, const struct flows *done,
		  const struct hist *lat)
{
	add_idle(r, now, done);
	if (!recorder_is_due(r, now))
		return;
	if (add_span(r, now, done, is_idle(r, done) ? r->lat : lat) == 0)
		choose_due(r, now);
}

static void forget_span(struct recorder *r)
{
	const struct span *span = &r->series.spans[--r->series.n];

	r->last = span->begin_ns;
	r->done.all = flow_since(&span->done.all, &r->done.all);
	for (unsigned k = 0; k < IO_KINDS; k++)
		r->done.kinds[k] = flow_since(&span->done.kinds[k], &r->done.kinds[k]);
	*r->lat = *r->lat_before;
}

void recorder_end(struct recorder *r, uint64_t first, uint64_t last, const struct flows *done,
		  const struct hist *lat, struct series *to)
{
	struct series *s = &r->series;

	if (r->interval && !r->last)
		recorder_begin(r, first, last);
	/* The recorder looked before the workers had said that they were at the end. */
	if (s->n && r->last >= last)
		forget_span(r);
	if (r->interval && last > r->last) {
		add_idle(r, last, done);
		add_span(r, last, done, lat);
	}
	/* The workers started at about the same time as the recorder. */
	for (size_t i = 0; i < s->n; i++) {
		struct span *span = &s->spans[i];

		span->begin_ns = i && span->begin_ns > first ? span->begin_ns - first : 0;
		span->end_ns = span->end_ns > first ? span->end_ns - first : 0;
	}
	*to = *s;
	*s = (struct series){ 0 };
}

bool span_is_whole(const struct series *s, size_t i)
{
	const struct span *span = &s->spans[i], *before = span - 1;

	return !i || 2 * (span->end_ns - span->begin_ns) >= before->end_ns - before->begin_ns;
}
