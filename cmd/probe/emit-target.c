/* SPDX-License-Identifier: MIT */
#include "emit-target.h"

#include <string.h>

#include "cmd/output/emit-device.h"
#include "cmd/output/emit-known.h"
#include "probe/lib/base.h"
#include "probe/target/target.h"

#define MIN_WHY_COLUMNS 24

/* The three answers as one word. */
static const char *verdict(const struct fact *f, enum out_tone *tone)
{
	*tone = TONE_BAD;
	if (f->works == ANSWER_YES) {
		*tone = TONE_GOOD;
		return "yes";
	}
	if (f->known == ANSWER_NO)
		return "unknown";
	if (f->permitted == ANSWER_NO)
		return "refused";
	if (f->works == ANSWER_NO)
		return "no";
	*tone = f->works == ANSWER_NA ? TONE_DIM : TONE_WARN;
	return f->works == ANSWER_NA ? "-" : "undecided";
}

static void emit_fact(struct out *o, const struct target_fact *t)
{
	const struct fact *f = &t->fact;
	char since[16];

	snprintf(since, sizeof(since), "%u.%u", f->row->since.major, f->row->since.minor);
	out_obj(o, NULL, NULL);
	out_str(o, "name", NULL, f->row->name);
	out_str(o, "since", NULL, since);
	out_str(o, "known", NULL, answer_names[f->known]);
	out_str(o, "permitted", NULL, answer_names[f->permitted]);
	out_str(o, "works", NULL, answer_names[f->works]);
	out_str(o, "why", NULL, *t->why ? t->why : NULL);
	out_str(o, "fix", NULL, *t->fix ? t->fix : NULL);
	out_arr(o, "evidence", NULL);
	for (unsigned i = 0; i < f->n_evidence; i++) {
		out_obj(o, NULL, NULL);
		out_str(o, "call", NULL, f->evidence[i].call);
		out_str(o, "args", NULL, f->evidence[i].args);
		out_str(o, "result", NULL, f->evidence[i].result);
		out_end(o);
	}
	out_end(o);
	out_end(o);
}

/* Returns the part of text that fits, cut at a space; *text is advanced to the rest. */
static const char *next_line(const char **text, unsigned columns, char *buf, size_t size)
{
	size_t len = strlen(*text), cut = len < columns ? len : columns;

	if (cut < len && (*text)[cut] != ' ')
		while (cut && (*text)[cut] != ' ')
			cut--;
	if (!cut)
		cut = len < columns ? len : columns;
	snprintf(buf, size, "%.*s", (int)cut, *text);
	*text += cut + ((*text)[cut] == ' ');
	return buf;
}

/* A row of the text, with as many lines as its last column needs. */
static void fact_rows(struct out *o, const struct target_fact *t, unsigned columns)
{
	_cleanup_str_ struct str why = { 0 };
	const char *rest;
	enum out_tone tone;
	const char *word = verdict(&t->fact, &tone);
	char line[256];
	bool first = true;

	str_add(&why, *t->why ? t->why : t->fact.row->doc);
	if (*t->fix)
		str_addf(&why, "; to mend it: %s", t->fix);
	for (rest = str_text(&why); first || *rest; first = false) {
		out_row(o, NULL, first ? t->fact.row->name : "");
		out_str(o, NULL, "works", first ? word : "");
		out_tone(o, tone);
		out_str(o, NULL, "what was seen", next_line(&rest, columns, line, sizeof(line)));
		out_end(o);
	}
}

static void emit_facts(struct out *o, const struct target_report *t, unsigned width)
{
	unsigned names = 0, words = strlen("works"), taken;
	enum out_tone tone;

	for (unsigned i = 0; i < t->n_facts; i++) {
		const struct fact *f = &t->facts[i].fact;

		if (strlen(f->row->name) > names)
			names = strlen(f->row->name);
		if (strlen(verdict(f, &tone)) > words)
			words = strlen(verdict(f, &tone));
	}
	taken = 2 + names + 2 + words + 2;
	out_arr(o, "facts", NULL);
	for (unsigned i = 0; i < t->n_facts; i++)
		emit_fact(o, &t->facts[i]);
	out_end(o);
	for (unsigned i = 0; i < t->n_facts; i++)
		fact_rows(o, &t->facts[i],
			  width > taken + MIN_WHY_COLUMNS ? width - taken : MIN_WHY_COLUMNS);
}

static void emit_alignment(struct out *o, const struct alignment *a)
{
	out_obj(o, "direct", NULL);
	out_str(o, "source", NULL, align_source_names[a->source]);
	if (a->mem)
		out_u64(o, "mem_align_bytes", NULL, a->mem, OUT_PLAIN);
	else
		out_null(o, "mem_align_bytes", NULL);
	if (a->offset)
		out_u64(o, "offset_align_bytes", NULL, a->offset, OUT_PLAIN);
	else
		out_null(o, "offset_align_bytes", NULL);
	out_end(o);
}

static void emit_atomic(struct out *o, const struct atomic_write *a)
{
	out_obj(o, "atomic_write", NULL);
	out_u64(o, "unit_min_bytes", NULL, a->unit_min, OUT_PLAIN);
	out_u64(o, "unit_max_bytes", NULL, a->unit_max, OUT_PLAIN);
	out_u64(o, "segments_max", NULL, a->segments_max, OUT_PLAIN);
	out_end(o);
}

static void emit_mount(struct out *o, const struct target_report *t)
{
	if (!t->has_mount) {
		out_null(o, "mount", NULL);
		return;
	}
	out_obj(o, "mount", "");
	out_str(o, "file_system", "file system", t->mount.type);
	emit_cut(o, "source", "mounted from", t->mount.source);
	emit_cut(o, "options", "options", t->mount.options);
	out_end(o);
}

static void emit_stack(struct out *o, const struct stack *s)
{
	out_arr(o, "holders", s->holders.n ? "held by" : NULL);
	for (unsigned i = 0; i < s->holders.n; i++)
		out_str(o, NULL, "", s->holders.name[i]);
	out_end(o);
	out_arr(o, "layers", s->n > 1 ? "stacked on" : NULL);
	for (unsigned i = 0; i < s->n; i++) {
		const struct stack_layer *l = &s->layers[i];
		_cleanup_str_ struct str name = { 0 };

		str_rep(&name, "  ", l->depth);
		str_add(&name, l->name);
		out_row(o, NULL, str_text(&name));
		out_str(o, "name", NULL, l->name);
		out_u64(o, "depth", NULL, l->depth, OUT_PLAIN);
		out_str(o, "what", "what", *l->what ? l->what : NULL);
		if (l->io_poll < 0)
			out_null(o, "io_poll", "io_poll");
		else
			out_bool(o, "io_poll", "io_poll", l->io_poll);
		out_end(o);
	}
	out_end(o);
}

static void emit_target(struct out *o, const struct target_report *t, unsigned width)
{
	_cleanup_str_ struct str title = { 0 };

	str_addf(&title, "Target %s", t->path);
	out_obj(o, NULL, str_text(&title));
	out_str(o, "path", NULL, t->path);
	out_str(o, "error", NULL, NULL);
	out_str(o, "type", "type", target_type_names[t->type]);
	out_u64(o, "bytes", t->bytes ? "size" : NULL, t->bytes, OUT_BYTES);
	out_str(o, "sibling", *t->sibling ? "same namespace" : NULL,
		*t->sibling ? t->sibling : NULL);
	emit_alignment(o, &t->align);
	emit_atomic(o, &t->atomic);
	emit_mount(o, t);
	emit_device(o, "device", "device", t->has_device ? &t->device : NULL);
	emit_stack(o, &t->stack);
	emit_facts(o, t, width);
	out_end(o);
}

static void emit_failed(struct out *o, const char *path, const struct fail *f)
{
	_cleanup_str_ struct str title = { 0 };

	str_addf(&title, "Target %s", path);
	out_obj(o, NULL, str_text(&title));
	out_str(o, "path", NULL, path);
	out_str(o, "error", "error", f->msg);
	out_tone(o, TONE_BAD);
	out_end(o);
}

int emit_targets(struct invocation *inv, const struct access *a, const struct opt_list *paths)
{
	_cleanup_free_ struct target_report *t = malloc(sizeof(*t));
	int code = EXIT_OK, failed;
	struct fail f;

	if (!t) {
		cmd_error(inv, "out of memory");
		return EXIT_RUNTIME;
	}
	out_arr(inv->out, "targets", paths->n ? "" : NULL);
	for (unsigned i = 0; i < paths->n; i++) {
		if (target_probe(inv->kernel, a, paths->item[i], t, &f) == 0) {
			emit_target(inv->out, t, inv->style.width);
			continue;
		}
		emit_failed(inv->out, paths->item[i], &f);
		failed = cmd_fail(inv, &f);
		if (code == EXIT_OK)
			code = failed;
	}
	out_end(inv->out);
	return code;
}
