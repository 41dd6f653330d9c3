/* SPDX-License-Identifier: MIT */
#include "emit-device.h"

#include <string.h>

#include "emit-known.h"
#include "probe/device/device.h"
#include "probe/lib/base.h"

static void emit_link_values(struct out *o, const char *key, const struct pcie_link *l)
{
	out_obj(o, key, NULL);
	if (l->mt_per_s)
		out_u64(o, "speed_mt_per_s", NULL, l->mt_per_s, OUT_PLAIN);
	else
		out_null(o, "speed_mt_per_s", NULL);
	if (l->lanes)
		out_u64(o, "lanes", NULL, l->lanes, OUT_PLAIN);
	else
		out_null(o, "lanes", NULL);
	out_end(o);
}

static void link_text(struct str *to, const struct pcie_link *l)
{
	str_addf(to, "%u.%u GT/s, %u lane%s", l->mt_per_s / 1000, l->mt_per_s / 100 % 10, l->lanes,
		 l->lanes == 1 ? "" : "s");
}

static void emit_link(struct out *o, const struct device *d)
{
	const struct pcie_link *now = &d->link, *max = &d->link_max;
	_cleanup_str_ struct str text = { 0 };

	emit_link_values(o, "link", now);
	emit_link_values(o, "link_max", max);
	if (!now->mt_per_s)
		return;
	link_text(&text, now);
	if (max->mt_per_s && (max->mt_per_s != now->mt_per_s || max->lanes != now->lanes)) {
		str_add(&text, " of ");
		link_text(&text, max);
	}
	out_str(o, NULL, "PCIe link", str_text(&text));
}

static void emit_queues(struct out *o, const struct device *d)
{
	emit_text(o, "scheduler", "scheduler", d->scheduler);
	emit_number(o, "nr_requests", "nr_requests", d->nr_requests, OUT_PLAIN);
	emit_number(o, "nomerges", "nomerges", d->nomerges, OUT_PLAIN);
	emit_number(o, "wbt_lat_us", "wbt_lat_usec", d->wbt_lat_us, OUT_PLAIN);
	emit_yes(o, "iostats", "iostats", d->iostats);
	emit_text(o, "write_cache", "write cache", d->write_cache);
	emit_yes(o, "fua", "FUA", d->fua);
	emit_text(o, "zoned", strcmp(d->zoned, "none") ? "zoned" : NULL, d->zoned);
	out_bool(o, "rotational", *d->disk ? "rotational" : NULL, d->rotational);
	emit_number(o, "hw_queues", "hardware queues", d->hw_queues, OUT_PLAIN);
	emit_number(o, "poll_queues", "of them polled", d->poll_queues, OUT_PLAIN);
	emit_number(o, "poll_queues_parameter", "poll_queues asked", d->poll_queues_asked,
		    OUT_PLAIN);
	emit_yes(o, "io_poll", "io_poll", d->io_poll);
}

void emit_device(struct out *o, const char *key, const char *label, const struct device *d)
{
	if (!d) {
		out_null(o, key, NULL);
		return;
	}
	out_obj(o, key, label);
	emit_text(o, "disk", "disk", d->disk);
	out_bool(o, "partition", d->partition ? "partition" : NULL, d->partition);
	emit_cut(o, "model", "model", d->model);
	emit_text(o, "serial", "serial", d->serial);
	emit_cut(o, "wwid", "wwid", d->wwid);
	emit_text(o, "firmware", "firmware", d->firmware);
	emit_number(o, "bytes", "size", d->bytes ? (int64_t)d->bytes : -1, OUT_BYTES);
	emit_number(o, "logical_block_bytes", "logical block", d->logical_block, OUT_PLAIN);
	emit_number(o, "physical_block_bytes", "physical block", d->physical_block, OUT_PLAIN);
	emit_text(o, "transport", "transport", d->transport);
	emit_text(o, "driver", "driver", d->driver);
	emit_text(o, "pci_address", "PCI address", d->pci);
	emit_link(o, d);
	emit_number(o, "numa_node", "NUMA node", d->numa_node, OUT_PLAIN);
	emit_queues(o, d);
	emit_cut(o, "backing_file", "backing file", d->backing_file);
	out_end(o);
}
