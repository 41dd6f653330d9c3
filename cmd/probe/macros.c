/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <string.h>

#include "emit-probe.h"
#include "probe.h"
#include "probe/kernel/recording.h"
#include "probe/lib/base.h"
#include "version.h"

#define USUAL_PREFIX "HAVE_"

static bool is_c_name(const char *text)
{
	if (isdigit((unsigned char)*text))
		return false;
	for (; *text; text++)
		if (*text != '_' && !isalnum((unsigned char)*text))
			return false;
	return true;
}

static bool has(const struct fact *f)
{
	return answers_have(f->known, f->permitted, f->works);
}

static void emit_macro(struct out *o, const char *prefix, const struct fact *f, struct str *lines)
{
	_cleanup_str_ struct str name = { 0 };

	str_addf(&name, "%s%s", prefix, f->row->name);
	out_obj(o, NULL, NULL);
	out_str(o, "name", NULL, str_text(&name));
	out_bool(o, "defined", NULL, has(f));
	emit_kver(o, "since", NULL, f->row->since);
	out_end(o);
	if (has(f))
		str_addf(lines, "#define %s 1\n", str_text(&name));
	else
		str_addf(lines, "/* #undef %s: %u.%u */\n", str_text(&name), f->row->since.major,
			 f->row->since.minor);
}

/* "file_index" is not the name of a constant. */
static bool is_constant(const struct fact *f)
{
	return f->row && !strncmp(f->row->name, "IO", 2) && is_c_name(f->row->name);
}

int probe_macros(struct invocation *inv, const char *prefix, const struct findings *found)
{
	const struct probe *p = &found->probe;
	const struct access *a = &p->access;
	const struct recording *rec = inv->kernel->replays;
	_cleanup_str_ struct str lines = { 0 };

	if (!*prefix)
		prefix = USUAL_PREFIX;
	if (!is_c_name(prefix)) {
		cmd_error(inv, "--macros: '%s' cannot begin a C identifier", prefix);
		return EXIT_USAGE;
	}
	str_addf(&lines,
		 "/* What io_uring can do on Linux %s, by uringtool %s. A number is the first "
		 "kernel "
		 "with\n * what is not there. */\n",
		 found->identity.release, UT_VERSION);
	if (rec)
		str_addf(&lines, "/* From a recording made at %s on %s. */\n", rec->time,
			 rec->machine.hostname);
	if (a->verdict != ACCESS_USABLE)
		str_addf(&lines, "/* io_uring is not usable: %s */\n", a->why);
	str_addf(&lines, "#ifndef %sIO_URING_MACROS_H\n#define %sIO_URING_MACROS_H\n", prefix,
		 prefix);
	out_arr(inv->out, "macros", NULL);
	for (unsigned kind = 0; kind < UAPI_KINDS; kind++) {
		if (p->n_facts[kind])
			str_addf(&lines, "\n/* %s */\n", uapi_tables[kind].title);
		for (unsigned i = 0; i < p->n_facts[kind]; i++)
			if (is_constant(&p->facts[kind][i]))
				emit_macro(inv->out, prefix, &p->facts[kind][i], &lines);
	}
	out_end(inv->out);
	str_addf(&lines, "\n#endif\n");
	out_block(inv->out, str_text(&lines));
	return access_exit(a);
}
