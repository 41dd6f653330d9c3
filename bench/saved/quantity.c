/* SPDX-License-Identifier: MIT */
#include "quantity.h"

#include <cjson/cJSON.h>
#include <string.h>

#include "probe/lib/base.h"
#include "probe/lib/json.h"
#include "probe/lib/suggest.h"

const char *const part_names[LIMIT_PARTS] = {
	[LIMIT_TOTAL] = "",	[LIMIT_READ] = "read.", [LIMIT_WRITE] = "write.",
	[LIMIT_TRIM] = "trim.", [LIMIT_SYNC] = "sync.", [LIMIT_SERVICE] = "service.",
};

static bool iops(const struct summary *s, double *v)
{
	*v = s->iops;
	return true;
}

static bool bandwidth(const struct summary *s, double *v)
{
	*v = s->bw;
	return true;
}

static bool ios(const struct summary *s, double *v)
{
	*v = s->ios;
	return true;
}

static bool bytes(const struct summary *s, double *v)
{
	*v = s->bytes;
	return true;
}

static bool errors(const struct summary *s, double *v)
{
	*v = s->errors;
	return true;
}

static bool lat_mean(const struct summary *s, double *v)
{
	*v = s->lat.count ? hist_mean(&s->lat) : 0;
	return s->lat.count > 0;
}

static bool lat_max(const struct summary *s, double *v)
{
	*v = s->lat.max;
	return s->lat.count > 0;
}

#define PER_IO(name, amount)                                                 \
	static bool name(const struct result *res, double *v)                \
	{                                                                    \
		*v = res->total.ios ? (double)(amount) / res->total.ios : 0; \
		return res->total.ios > 0;                                   \
	}

PER_IO(cpu_per_io, res->cpu.user_ns + res->cpu.system_ns)
PER_IO(user_per_io, res->cpu.user_ns)
PER_IO(system_per_io, res->cpu.system_ns)
PER_IO(sq_thread_per_io, res->cpu.sq_thread_ns)
PER_IO(io_worker_per_io, res->cpu.io_worker_ns)
PER_IO(switches_per_io, res->cpu.switches)

static bool irqs_per_io(const struct result *res, double *v)
{
	*v = res->total.ios ? (double)res->monitor.irqs / res->total.ios : 0;
	return res->total.ios > 0 && res->monitor.irqs >= 0;
}

static bool steal(const struct result *res, double *v)
{
	*v = res->monitor.steal.share;
	return res->monitor.steal.share >= 0;
}

static bool retries(const struct result *res, double *v)
{
	*v = res->retries;
	return true;
}

static bool in_flight(const struct result *res, double *v)
{
	*v = res->in_flight;
	return true;
}

static bool mismatches(const struct result *res, double *v)
{
	*v = result_mismatches(res);
	return res->checksum_by != NULL;
}

static bool backlog(const struct result *res, double *v)
{
	*v = res->backlog;
	return res->rate.per_s > 0;
}

static bool sustained(const struct result *res, double *v)
{
	*v = res->sustained;
	return res->rate.per_s > 0 && !res->rate.closed;
}

#define WORD(member)                                                    \
	static void d_##member(const struct device *d, struct value *v) \
	{                                                               \
		v->known = *d->member;                                  \
		snprintf(v->word, sizeof(v->word), "%s", d->member);    \
	}

WORD(model)
WORD(serial)
WORD(wwid)
WORD(firmware)
WORD(transport)
WORD(driver)
WORD(scheduler)
WORD(write_cache)
WORD(zoned)

/* Missing sysfs values are -1, or 0 if 0 is not a valid value. */
#define NUMBER(name, least, expression)                               \
	static void d_##name(const struct device *d, struct value *v) \
	{                                                             \
		v->number = (expression);                             \
		v->known = v->number >= (least);                      \
	}

NUMBER(bytes, 1, d->bytes)
NUMBER(logical_block, 1, d->logical_block)
NUMBER(physical_block, 1, d->physical_block)
NUMBER(link_speed, 1, d->link.mt_per_s)
NUMBER(link_lanes, 1, d->link.lanes)
NUMBER(numa_node, 0, d->numa_node)
NUMBER(nr_requests, 0, d->nr_requests)
NUMBER(nomerges, 0, d->nomerges)
NUMBER(wbt_lat, 0, d->wbt_lat_us < 0 ? -1 : d->wbt_lat_us * 1e3)
NUMBER(hw_queues, 0, d->hw_queues)
NUMBER(poll_asked, 0, d->poll_queues_asked)
NUMBER(iostats, 0, d->iostats<0 ? -1 : d->iostats> 0)
NUMBER(fua, 0, d->fua<0 ? -1 : d->fua> 0)
NUMBER(io_poll, 0, d->io_poll<0 ? -1 : d->io_poll> 0)
NUMBER(rotational, 0, *d->disk ? d->rotational : -1)
NUMBER(partition, 0, *d->disk ? d->partition : -1)
NUMBER(link_full, 0,
       d->link.mt_per_s && d->link_max.mt_per_s
	       ? d->link.mt_per_s == d->link_max.mt_per_s && d->link.lanes == d->link_max.lanes
	       : -1)

/* Debugfs, readable only by root, has the count; without poll_queues= the driver has none. */
static void d_poll_queues(const struct device *d, struct value *v)
{
	v->number = d->poll_queues < 0 && !d->poll_queues_asked ? 0 : d->poll_queues;
	v->known = v->number >= 0;
}

#define OF_PART(name_, unit_, get, ...)                                    \
	{                                                                  \
		name_, OF_BENCH, UNIT_##unit_, .of_part = get, __VA_ARGS__ \
	}
#define OF_RESULT(name_, unit_, get, ...)                                    \
	{                                                                    \
		name_, OF_BENCH, UNIT_##unit_, .of_result = get, __VA_ARGS__ \
	}
#define PERCENTILE(name_, share_, ...)                                 \
	{                                                              \
		name_, OF_BENCH, UNIT_NS, .share = share_, __VA_ARGS__ \
	}
#define OF_DEV(name_, unit_, get)                                    \
	{                                                            \
		name_, OF_DEVICE, UNIT_##unit_, .of_device = d_##get \
	}

const struct quantity quantities[] = {
	[METRIC_IOPS] = OF_PART("iops", IOPS, iops, .option = "iops", .label = "IOPS", .more = true,
				.of_machines = true),
	[METRIC_BW] = OF_PART("bw_bytes_per_s", BYTES_PER_S, bandwidth, .option = "bw",
			      .label = "bandwidth", .more = true),
	[METRIC_LAT_MEAN] =
		OF_PART("lat_mean_ns", NS, lat_mean, .option = "lat_mean", .label = "mean"),
	[METRIC_LAT_P50] = PERCENTILE("lat_p50_ns", 0.5, .option = "lat_p50", .label = "p50",
				      .of_machines = true),
	[METRIC_LAT_P99] = PERCENTILE("lat_p99_ns", 0.99, .option = "lat_p99", .label = "p99",
				      .of_machines = true),
	[METRIC_LAT_P999] =
		PERCENTILE("lat_p999_ns", 0.999, .option = "lat_p999", .label = "p99.9"),
	[METRIC_LAT_P9999] = PERCENTILE("lat_p9999_ns", 0.9999, .label = "p99.99"),
	[METRIC_LAT_P99999] = PERCENTILE("lat_p99999_ns", 0.99999, .label = "p99.999"),
	[METRIC_LAT_MAX] = OF_PART("lat_max_ns", NS, lat_max, .label = "max"),
	[METRIC_CPU] = OF_RESULT("cpu_ns_per_io", NS, cpu_per_io, .option = "cpu",
				 .label = "CPU per I/O", .of_machines = true),
	OF_PART("ios", COUNT, ios),
	OF_PART("bytes", BYTES, bytes),
	OF_PART("errors", COUNT, errors),
	PERCENTILE("lat_p90_ns", 0.9),
	OF_RESULT("user_ns_per_io", NS, user_per_io),
	OF_RESULT("system_ns_per_io", NS, system_per_io),
	OF_RESULT("sq_thread_ns_per_io", NS, sq_thread_per_io),
	OF_RESULT("io_worker_ns_per_io", NS, io_worker_per_io),
	OF_RESULT("context_switches_per_io", COUNT, switches_per_io),
	OF_RESULT("irqs_per_io", COUNT, irqs_per_io),
	OF_RESULT("steal_share", SHARE, steal),
	OF_RESULT("retries", COUNT, retries),
	OF_RESULT("in_flight", COUNT, in_flight),
	OF_RESULT("backlog_ios", COUNT, backlog),
	OF_RESULT("mismatches", COUNT, mismatches),
	OF_RESULT("sustained", YES, sustained),
	OF_DEV("model", TEXT, model),
	OF_DEV("serial", TEXT, serial),
	OF_DEV("wwid", TEXT, wwid),
	OF_DEV("firmware", TEXT, firmware),
	OF_DEV("bytes", BYTES, bytes),
	OF_DEV("logical_block_bytes", BYTES, logical_block),
	OF_DEV("physical_block_bytes", BYTES, physical_block),
	OF_DEV("transport", TEXT, transport),
	OF_DEV("driver", TEXT, driver),
	OF_DEV("link_speed_mt_per_s", MT_PER_S, link_speed),
	OF_DEV("link_lanes", COUNT, link_lanes),
	OF_DEV("link_full", YES, link_full),
	OF_DEV("numa_node", COUNT, numa_node),
	OF_DEV("scheduler", TEXT, scheduler),
	OF_DEV("nr_requests", COUNT, nr_requests),
	OF_DEV("nomerges", COUNT, nomerges),
	OF_DEV("wbt_lat_ns", NS, wbt_lat),
	OF_DEV("iostats", YES, iostats),
	OF_DEV("write_cache", TEXT, write_cache),
	OF_DEV("fua", YES, fua),
	OF_DEV("zoned", TEXT, zoned),
	OF_DEV("rotational", YES, rotational),
	OF_DEV("partition", YES, partition),
	OF_DEV("hw_queues", COUNT, hw_queues),
	OF_DEV("poll_queues", COUNT, poll_queues),
	OF_DEV("poll_queues_parameter", COUNT, poll_asked),
	OF_DEV("io_poll", YES, io_poll),
};
const unsigned n_quantities = ARRAY_SIZE(quantities);

static bool has_part(const struct quantity *q, enum limit_part part)
{
	if (part == LIMIT_TOTAL)
		return true;
	return !q->of_result && (part != LIMIT_SERVICE || !strncmp(q->name, "lat_", 4));
}

static const struct quantity *by_name(enum limit_of of, const char *name, size_t n,
				      enum limit_part part)
{
	for (unsigned i = 0; i < n_quantities; i++)
		if (quantities[i].of == of && strlen(quantities[i].name) == n &&
		    !strncmp(quantities[i].name, name, n) && has_part(&quantities[i], part))
			return &quantities[i];
	return NULL;
}

/* Returns the spread from the suffix "_spread", and sets the length of the name without it. */
static enum limit_spread spread_of(const char *name, size_t *n)
{
	static const char *const ends[] = {
		[SPREAD_REPEATS] = "_repeat_spread",
		[SPREAD_DEVICES] = "_spread",
	};
	static const enum limit_spread order[] = { SPREAD_REPEATS, SPREAD_DEVICES };

	*n = strlen(name);
	for (unsigned i = 0; i < ARRAY_SIZE(order); i++) {
		size_t end = strlen(ends[order[i]]);

		if (*n <= end || strcmp(name + *n - end, ends[order[i]]))
			continue;
		*n -= end;
		return order[i];
	}
	return SPREAD_NONE;
}

static int unknown(enum limit_of of, const struct limit *l, enum limit_part part, const char *base,
		   struct fail *f)
{
	struct suggestion near = { .prefix = part_names[part] };

	for (unsigned i = 0; i < n_quantities; i++)
		if (quantities[i].of == of && has_part(&quantities[i], part))
			suggest(&near, base, quantities[i].name);
	return fail_as(f, FAIL_USAGE, -EINVAL, "'%s' is nothing that a %s has%s", l->name,
		       of == OF_DEVICE ? "device" : "measurement",
		       suggest_text(&near, "; uringtool-plan(5) lists what has a limit"));
}

int quantity_find(enum limit_of of, struct limit *l, struct fail *f)
{
	const char *base = l->name;
	enum limit_part part = LIMIT_TOTAL;
	size_t n = 0;

	for (unsigned i = LIMIT_READ; of == OF_BENCH && i < LIMIT_PARTS; i++) {
		if (strncmp(l->name, part_names[i], strlen(part_names[i])))
			continue;
		part = i;
		base = l->name + strlen(part_names[i]);
	}
	l->spread = of == OF_BENCH ? spread_of(base, &n) : SPREAD_NONE;
	if (of == OF_DEVICE)
		n = strlen(base);
	l->part = part;
	l->quantity = by_name(of, base, n, part);
	if (!l->quantity)
		return unknown(of, l, part, base, f);
	l->unit = l->spread ? UNIT_SHARE : l->quantity->unit;
	if (l->spread && l->quantity->unit == UNIT_YES)
		return fail_as(f, FAIL_USAGE, -EINVAL, "%s is yes or no, and has no spread",
			       l->quantity->name);
	return 0;
}

double metric_read(const cJSON *result, const char *part, enum metric m)
{
	const cJSON *in = json_member(result, quantities[m].of_result ? "cpu" : part);

	return json_number(in, quantities[m].name);
}

static bool of_part(const struct quantity *q, const struct summary *s, double *v)
{
	if (!q->share)
		return q->of_part(s, v);
	*v = hist_percentile_or_none(&s->lat, q->share);
	return *v >= 0;
}

struct value limit_of_result(const struct limit *l, const struct result *res)
{
	static const enum io_kind kinds[LIMIT_PARTS] = {
		[LIMIT_READ] = IO_READ,
		[LIMIT_WRITE] = IO_WRITE,
		[LIMIT_TRIM] = IO_TRIM,
		[LIMIT_SYNC] = IO_SYNC,
	};
	const struct quantity *q = l->quantity;
	struct value v = { 0 };
	struct summary *service;

	if (q->of_result) {
		v.known = q->of_result(res, &v.number);
	} else if (l->part == LIMIT_SERVICE) {
		service = calloc(1, sizeof(*service));
		if (!service)
			return v;
		service->lat = res->service;
		v.known = of_part(q, service, &v.number);
		free(service);
	} else {
		v.known = of_part(
			q, l->part == LIMIT_TOTAL ? &res->total : &res->kinds[kinds[l->part]],
			&v.number);
	}
	return v;
}

struct value limit_of_device(const struct limit *l, const struct device *d)
{
	struct value v = { 0 };

	l->quantity->of_device(d, &v);
	return v;
}

static bool is_latency(const struct limit *l)
{
	return !strncmp(l->quantity->name, "lat_", 4);
}

/* Why there are no I/Os of this part to limit; NULL if there are. */
static const char *missing(const struct limit *l, const struct job *job)
{
	const bool mixed = job->rw == RW_RW || job->rw == RW_RANDRW;
	const char *name = l->quantity->name;

	if (job->rw == RW_NOP &&
	    (!strcmp(name, "bytes") || !strcmp(name, "bw_bytes_per_s") || l->part != LIMIT_TOTAL))
		return "nop moves nothing";
	if (l->spread == SPREAD_DEVICES && job->rw == RW_NOP)
		return "nop runs on no device";
	if (l->part == LIMIT_READ && job_writes(job) && !mixed)
		return "the job reads nothing";
	if (l->part == LIMIT_WRITE && (!job_writes(job) || job_trims(job)))
		return "the job writes nothing";
	if (l->part == LIMIT_TRIM && !job_trims(job))
		return "the job trims nothing";
	if (l->part == LIMIT_SYNC && !job->fsync && !job->fdatasync)
		return "the job has neither fsync nor fdatasync";
	if ((l->part == LIMIT_SERVICE || !strcmp(name, "backlog_ios") ||
	     !strcmp(name, "sustained")) &&
	    !job->rate)
		return "the job has no rate";
	if (!strcmp(name, "sustained") && strstr(job->rate, ",closed"))
		return "a closed rate is never behind";
	if (!strcmp(name, "sq_thread_ns_per_io") && !job_sqpoll(job))
		return "the job has no sqpoll";
	if (!strcmp(name, "mismatches") && !job_verifies(job))
		return "the job does not verify";
	if (is_latency(l) && job->lat == LAT_OFF)
		return "the job has lat off";
	return NULL;
}

int limit_suits(const struct limit *l, const struct job *job, unsigned repeat, struct fail *f)
{
	const char *why = missing(l, job);

	if (!why && l->spread == SPREAD_REPEATS && repeat < 2)
		why = "the benchmark runs once: it needs a \"repeat\" of 2 or more";
	return why ? fail_as(f, FAIL_USAGE, -EINVAL, "'%s' has no value: %s", l->name, why) : 0;
}
