/* SPDX-License-Identifier: MIT */
#include "emit-probe.h"
#include "probe.h"
#include "probe/lib/base.h"
#include "probe/require/profile.h"

static void emit_row(struct out *o, const char *word, const char *name, const char *full,
		     struct kver since, const char *doc)
{
	_cleanup_str_ struct str ask = { 0 };

	str_addf(&ask, "%s:%s", word, name);
	out_row(o, NULL, str_text(&ask));
	out_str(o, "ask", NULL, str_text(&ask));
	out_str(o, "name", NULL, full);
	if (since.major)
		emit_kver(o, "since", "since", since);
	else
		out_null(o, "since", "since");
	out_str(o, "about", "about", doc);
	out_end(o);
}

static void emit_constants(struct out *o, enum uapi_kind kind)
{
	const struct uapi_table *t = &uapi_tables[kind];

	if (!require_word(kind))
		return;
	out_arr(o, t->key, t->title);
	for (unsigned i = 0; i < t->n; i++)
		emit_row(o, require_word(kind), uapi_short(kind, &t->rows[i]), t->rows[i].name,
			 t->rows[i].since, t->rows[i].doc);
	out_end(o);
}

static void emit_others(struct out *o)
{
	const struct kver none = { 0 };

	out_arr(o, "commands", "Commands of URING_CMD");
	for (unsigned i = 0; i < n_command_families; i++)
		emit_row(o, "cmd", command_families[i].name, command_families[i].name,
			 command_families[i].since, command_families[i].doc);
	out_end(o);
	out_arr(o, "forms", "And");
	emit_row(o, "setup", "A+B", "setup", none, "a ring with exactly these flags");
	emit_row(o, "kernel", ">=5.10.186", "kernel", none, "the version that the kernel says");
	emit_row(o, "limit", "memlock>=8m", "memlock", none, "bytes of locked memory, soft limit");
	emit_row(o, "limit", "nofile>=1024", "nofile", none, "open files, soft limit");
	emit_row(o, "limit", "nproc>=64", "nproc", none, "processes of the user, soft limit");
	emit_row(o, "rings", "142x64", "rings", none, "so many rings of so many entries at once");
	out_end(o);
}

static int emit_applications(struct invocation *inv)
{
	struct fail f;

	out_arr(inv->out, "applications", "Applications, for --for");
	for (unsigned i = 0; i < n_profile_sources; i++) {
		_cleanup_(profile_free) struct profile p = { 0 };

		if (profile_load(profile_sources[i].name, &p, &f) < 0)
			return cmd_fail(inv, &f);
		out_row(inv->out, NULL, p.name);
		out_str(inv->out, "name", NULL, p.name);
		out_str(inv->out, "application", "application", p.application);
		out_str(inv->out, "about", NULL, p.about);
		out_end(inv->out);
	}
	out_end(inv->out);
	return EXIT_OK;
}

int probe_list(struct invocation *inv)
{
	for (unsigned kind = 0; kind < UAPI_KINDS; kind++)
		emit_constants(inv->out, kind);
	emit_others(inv->out);
	return emit_applications(inv);
}
