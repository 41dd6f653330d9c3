/* SPDX-License-Identifier: MIT */
#include "emit-host.h"

#include "out.h"
#include "probe/kernel/recording.h"
#include "probe/lib/base.h"

void emit_host(struct out *o, const struct machine *m)
{
	out_obj(o, "host", NULL);
	out_str(o, "hostname", NULL, m->hostname);
	out_str(o, "kernel", NULL, m->kernel);
	out_str(o, "machine", NULL, m->arch);
	out_u64(o, "cpus", NULL, m->cpus, OUT_PLAIN);
	out_end(o);
}

void emit_replayed(struct out *o, const struct recording *rec)
{
	out_obj(o, "replayed", NULL);
	out_str(o, "time", NULL, rec->time);
	out_str(o, "version", NULL, rec->version);
	out_end(o);
}

void emit_replayed_text(struct out *o, const struct recording *rec)
{
	_cleanup_str_ struct str text = { 0 };
	const struct machine *m;

	if (!rec)
		return;
	m = &rec->machine;
	str_addf(&text, "recorded on %s, Linux %s on %s, at %s by uringtool %s", m->hostname,
		 m->kernel, m->arch, rec->time, rec->version);
	out_str(o, NULL, "replayed", str_text(&text));
}
