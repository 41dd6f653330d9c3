/* SPDX-License-Identifier: MIT */
#include "emit-monitor.h"

#include <string.h>

#include "bench/run/result.h"
#include "cmd/output/emit-known.h"
#include "probe/lib/base.h"

static void emit_mitigations(struct out *o, const struct environment *e)
{
	_cleanup_str_ struct str text = { 0 };
	unsigned vulnerable = 0;

	out_obj(o, "mitigations", NULL);
	for (unsigned pass = 0; pass < 2; pass++) {
		out_arr(o, pass ? "vulnerable" : "active", NULL);
		for (unsigned i = 0; i < e->n_mitigations; i++) {
			if (e->mitigations[i].vulnerable != pass)
				continue;
			vulnerable += pass;
			out_str(o, NULL, NULL, e->mitigations[i].name);
		}
		out_end(o);
	}
	out_bool(o, "switched_off", NULL, e->mitigations_off);
	out_end(o);
	str_addf(&text, "%u active, %u vulnerable%s", e->n_mitigations - vulnerable, vulnerable,
		 e->mitigations_off ? ", mitigations=off" : "");
	out_str(o, NULL, "mitigations", str_text(&text));
}

static void emit_virtual(struct out *o, const struct environment *e)
{
	_cleanup_str_ struct str text = { 0 };

	emit_yes(o, "virtualised", NULL, e->virtualised);
	emit_text(o, "hypervisor", NULL, e->hypervisor);
	if (e->virtualised < 0)
		return;
	str_add(&text, e->virtualised ? "yes" : "no");
	if (*e->hypervisor)
		str_addf(&text, " (%s)", e->hypervisor);
	out_str(o, NULL, "virtualised", str_text(&text));
}

void emit_environment(struct out *o, const struct environment *e)
{
	out_obj(o, "environment", "Environment");
	emit_text(o, "cpu_model", "CPU", e->cpu);
	emit_text(o, "cpus_used", "CPUs used", e->cpus_used);
	emit_text(o, "governor", "frequency governor", e->governor);
	emit_text(o, "cpufreq_driver", NULL, e->cpufreq_driver);
	emit_yes(o, "turbo", "turbo", e->turbo);
	emit_yes(o, "smt", NULL, e->smt);
	emit_text(o, "clocksource", NULL, e->clocksource);
	emit_mitigations(o, e);
	emit_virtual(o, e);
	emit_number(o, "numa_nodes", e->numa_nodes > 1 ? "NUMA nodes" : NULL, e->numa_nodes,
		    OUT_PLAIN);
	emit_text(o, "transparent_hugepages", NULL, e->thp);
	if (e->memlock_bytes == UINT64_MAX)
		out_null(o, "memlock_bytes", NULL);
	else
		out_u64(o, "memlock_bytes", NULL, e->memlock_bytes, OUT_BYTES);
	emit_yes(o, "memlock_exempt", NULL, e->memlock_exempt);
	if (e->load < 0)
		out_null(o, "load_1m", NULL);
	else
		out_f64(o, "load_1m", "load at the start", e->load, 2, OUT_PLAIN);
	out_end(o);
}

static void emit_nodes(struct out *o, const char *key, const char *label, const node_set *nodes)
{
	char text[64];

	out_arr(o, key, NULL);
	for (unsigned node = 0; node < MAX_NODES; node++)
		if (CPU_ISSET(node, nodes))
			out_u64(o, NULL, NULL, node, OUT_PLAIN);
	out_end(o);
	cpu_set_text(nodes, text, sizeof(text));
	if (*text)
		out_str(o, NULL, label, text);
}

/* Not shown in the text if the machine has only one node. */
void emit_numa(struct out *o, const struct result *res)
{
	const struct monitor *w = &res->monitor;
	const bool several = w->environment.numa_nodes > 1;

	out_obj(o, "numa", several ? "NUMA nodes" : NULL);
	emit_number(o, "bound_node", "bound to", w->node, OUT_PLAIN);
	emit_number(o, "device_node", "device",
		    res->target.has_device ? res->target.device.numa_node : -1, OUT_PLAIN);
	emit_nodes(o, "thread_nodes", several ? "threads" : NULL, &w->ran_on);
	emit_nodes(o, "buffer_nodes", several ? "buffers" : NULL, &w->buffers_on);
	out_end(o);
}

static void emit_share(struct out *o, const char *key, const char *label, double share)
{
	_cleanup_str_ struct str text = { 0 };

	if (share < 0) {
		out_null(o, key, NULL);
		return;
	}
	out_f64(o, key, NULL, share, 4, OUT_PLAIN);
	str_addf(&text, "%.1f %%", 100 * share);
	out_str(o, NULL, label, str_text(&text));
}

/* Stops are shown with the reasons. */
void emit_stops(struct out *o, const struct monitor *w)
{
	out_obj(o, "stops", NULL);
	out_u64(o, "count", NULL, w->stops.n, OUT_PLAIN);
	out_u64(o, "total_ns", NULL, w->stops.total_ns, OUT_NS);
	out_u64(o, "longest_ns", NULL, w->stops.longest_ns, OUT_NS);
	out_u64(o, "pauses_ns", NULL, w->stops.pauses_ns, OUT_NS);
	out_u64(o, "suspended_ns", NULL, w->suspended_ns, OUT_NS);
	out_end(o);
}

void emit_sq_thread(struct out *o, const struct result *res)
{
	const struct sq_seen *t = &res->monitor.threads;

	if (!job_sqpoll(&res->job)) {
		out_null(o, "sq_thread", NULL);
		return;
	}
	out_obj(o, "sq_thread", "SQ thread");
	emit_share(o, "work_share", "submits", t->work_share);
	emit_text(o, "work_why", "share of work unknown", t->work_why);
	emit_share(o, "wait_share", "waits for a CPU", t->wait_share);
	emit_share(o, "shared_cpu_share", "on a CPU of the jobs",
		   t->looks.all ? (double)t->looks.shared / t->looks.all : -1);
	out_u64(o, "looks", NULL, t->looks.all, OUT_PLAIN);
	out_end(o);
}

static void emit_rows(struct out *o, const struct health_row *rows, unsigned n, const void *from,
		      const void *to)
{
	for (unsigned i = 0; i < n; i++) {
		uint64_t a = from ? health_value(&rows[i], from) : 0;
		uint64_t b = health_value(&rows[i], to);

		if (rows[i].counter || !from)
			out_u64(o, rows[i].key, NULL, b > a ? b - a : 0, OUT_PLAIN);
	}
}

static void emit_moment(struct out *o, const char *key, const struct health *h)
{
	out_obj(o, key, NULL);
	if (h->has_temperature)
		out_f64(o, "temperature_c", NULL, h->temperature_c, 1, OUT_PLAIN);
	else
		out_null(o, "temperature_c", NULL);
	if (h->has_io) {
		out_obj(o, "io", NULL);
		emit_rows(o, health_io_rows, n_health_io_rows, NULL, &h->io);
		out_end(o);
	} else {
		out_null(o, "io", NULL);
	}
	if (h->has_smart) {
		out_obj(o, "smart", NULL);
		emit_rows(o, health_smart_rows, n_health_smart_rows, NULL, &h->smart);
		out_end(o);
	} else {
		out_null(o, "smart", NULL);
	}
	out_end(o);
}

static void emit_delta(struct out *o, const struct health *a, const struct health *b)
{
	out_obj(o, "delta", NULL);
	if (a->has_temperature && b->has_temperature)
		out_f64(o, "temperature_c", NULL, b->temperature_c - a->temperature_c, 1,
			OUT_PLAIN);
	else
		out_null(o, "temperature_c", NULL);
	if (a->has_io && b->has_io) {
		out_obj(o, "io", NULL);
		emit_rows(o, health_io_rows, n_health_io_rows, &a->io, &b->io);
		out_end(o);
	} else {
		out_null(o, "io", NULL);
	}
	if (a->has_smart && b->has_smart) {
		out_obj(o, "smart", NULL);
		emit_rows(o, health_smart_rows, n_health_smart_rows, &a->smart, &b->smart);
		out_end(o);
	} else {
		out_null(o, "smart", NULL);
	}
	out_end(o);
}

/* Compares the kernel's count of device I/O with what the run requested. */
static void emit_device_io(struct out *o, const struct result *res)
{
	uint64_t ios = 0, bytes = 0;
	const bool counted = result_device_io(res, &ios, &bytes);

	out_u64(o, "issued_ios", NULL, res->issued, OUT_PLAIN);
	if (counted && res->issued)
		out_f64(o, "device_ios_per_io", "I/Os of the device per I/O",
			(double)ios / res->issued, 3, OUT_PLAIN);
	else
		out_null(o, "device_ios_per_io", NULL);
	if (counted && res->total.bytes)
		out_f64(o, "device_bytes_per_byte", NULL, (double)bytes / res->total.bytes, 3,
			OUT_PLAIN);
	else
		out_null(o, "device_bytes_per_byte", NULL);
}

/* Compares the kernel's account of the time that requests took with the latency measured here. */
static void emit_device_time(struct out *o, const struct result *res)
{
	struct device_time t;

	result_device_time(res, &t);
	if (t.mean_ns < 0)
		out_null(o, "device_lat_mean_ns", NULL);
	else
		out_f64(o, "device_lat_mean_ns", "mean time in the device", t.mean_ns, 1, OUT_NS);
	emit_share(o, "device_lat_share", "of the latency", t.share);
	emit_share(o, "device_util", "busy", t.util);
}

static void temperature_text(struct out *o, const struct health *a, const struct health *b)
{
	_cleanup_str_ struct str text = { 0 };

	if (!b->has_temperature)
		return;
	if (a->has_temperature)
		str_addf(&text, "%.0f to ", a->temperature_c);
	str_addf(&text, "%.0f C", b->temperature_c);
	out_str(o, NULL, "temperature", str_text(&text));
}

void emit_health(struct out *o, const struct result *res)
{
	const struct monitor *w = &res->monitor;

	if (!w->has_health) {
		out_null(o, "health", NULL);
		return;
	}
	out_obj(o, "health", "Device");
	emit_device_io(o, res);
	emit_device_time(o, res);
	temperature_text(o, &w->before, &w->after);
	for (unsigned i = 0; w->after.has_smart && i < n_health_smart_rows; i++)
		if (health_smart_rows[i].label)
			out_u64(o, NULL, health_smart_rows[i].label,
				health_value(&health_smart_rows[i], &w->after.smart), OUT_PLAIN);
	emit_text(o, "smart_why", NULL,
		  *w->before.smart_why ? w->before.smart_why : w->after.smart_why);
	emit_moment(o, "before", &w->before);
	emit_moment(o, "after", &w->after);
	emit_delta(o, &w->before, &w->after);
	out_end(o);
}
