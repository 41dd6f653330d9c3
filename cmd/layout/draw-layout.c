/* SPDX-License-Identifier: MIT */
#include "draw-layout.h"

#include <string.h>

#define LINE 64u /* cache line size that the rulers assume */

/* Columns of a line in a mapping's box. */
#define MARK_COLUMNS  2
#define TYPE_COLUMNS  4
#define NAME_COLUMNS  16
#define VALUE_COLUMNS 10

#define LABEL_COLUMNS 13

/* Meaning of sq_thread_idle 0; io_uring_setup(2). */
#define SQ_IDLE_MS 1000u

static const char *number(char buf[static 24], uint64_t n)
{
	snprintf(buf, 24, "%llu", (unsigned long long)n);
	return buf;
}

static void ring_flag_words(struct str *to, const struct layout_field *field, uint32_t value)
{
	static const struct {
		enum layout_field_id field;
		uint32_t flag;
		const char *name;
	} names[] = {
		{ FIELD_SQ_FLAGS, SQ_NEED_WAKEUP, "NEED_WAKEUP" },
		{ FIELD_SQ_FLAGS, SQ_CQ_OVERFLOW, "CQ_OVERFLOW" },
		{ FIELD_SQ_FLAGS, SQ_TASKRUN, "TASKRUN" },
		{ FIELD_CQ_FLAGS, CQ_EVENTFD_DISABLED, "EVENTFD_DISABLED" },
	};

	for (unsigned i = 0; i < ARRAY_SIZE(names); i++)
		if (&layout_fields[names[i].field] == field && value & names[i].flag)
			str_addf(to, "%s%s", to->len ? " " : "set: ", names[i].name);
}

/* The first sentence of the field's purpose if it fits, otherwise the brief. */
static void meaning(struct str *to, const struct layout_part *part, unsigned columns)
{
	const char *purpose = part->field->purpose, *end = strstr(purpose, ". ");
	size_t len = end ? (size_t)(end - purpose) : strlen(purpose) - 1;

	ring_flag_words(to, part->field, part->has_value ? part->value : 0);
	if (to->len)
		return;
	if (len < columns)
		str_addn(to, purpose, len);
	else
		str_add(to, part->field->brief);
}

static void scalar_line(struct draw *d, const struct layout_part *part)
{
	const struct layout_field *f = part->field;
	enum draw_tone tone = writer_tones[f->writer];
	struct draw_line line = { 0 };
	_cleanup_str_ struct str text = { 0 };
	char buf[24];

	draw_cell(d, &line, 1, ALIGN_LEFT, DRAW_PLAIN, "");
	draw_cell(d, &line, MARK_COLUMNS, ALIGN_LEFT, tone, writer_marks[f->writer]);
	draw_cell(d, &line, TYPE_COLUMNS, ALIGN_LEFT, DRAW_DIM, f->type);
	draw_cell(d, &line, NAME_COLUMNS, ALIGN_LEFT, tone, f->name);
	draw_cell(d, &line, VALUE_COLUMNS, ALIGN_RIGHT, DRAW_PLAIN,
		  part->has_value ? number(buf, part->value) : "-");
	draw_cell(d, &line, 2, ALIGN_LEFT, DRAW_PLAIN, "");
	meaning(&text, part, draw_inner(d) - line.columns);
	draw_cell(d, &line, draw_inner(d) - line.columns - 1, ALIGN_LEFT, DRAW_PLAIN,
		  str_text(&text));
	draw_line(d, number(buf, part->offset), &line);
}

static void padding_line(struct draw *d, const struct layout_part *part)
{
	_cleanup_str_ struct str text = { 0 };
	struct draw_line line = { 0 };
	char buf[24];

	draw_cell(d, &line, 1 + MARK_COLUMNS, ALIGN_LEFT, DRAW_PLAIN, "");
	str_addf(&text, "%llu byte%s of padding, %s", (unsigned long long)part->bytes,
		 part->bytes == 1 ? "" : "s", part->why);
	draw_cell(d, &line, draw_inner(d) - line.columns - 1, ALIGN_LEFT, DRAW_DIM,
		  str_text(&text));
	draw_line(d, number(buf, part->offset), &line);
}

static void element_line(struct draw *d, const struct layout_part *part, unsigned index,
			 const char *which)
{
	const struct layout_field *f = part->field;
	enum draw_tone tone = writer_tones[f->writer];
	struct draw_line line = { 0 };
	char buf[24], name[40];

	snprintf(name, sizeof(name), "%s[%u]", f->name, index);
	draw_cell(d, &line, 1, ALIGN_LEFT, DRAW_PLAIN, "");
	draw_cell(d, &line, MARK_COLUMNS, ALIGN_LEFT, tone, writer_marks[f->writer]);
	draw_cell(d, &line, TYPE_COLUMNS, ALIGN_LEFT, DRAW_DIM, f->type);
	draw_cell(d, &line, NAME_COLUMNS + VALUE_COLUMNS + 2, ALIGN_LEFT, tone, name);
	draw_cell(d, &line, draw_inner(d) - line.columns - 1, ALIGN_LEFT, DRAW_DIM, which);
	draw_line(d, number(buf, part->offset + (uint64_t)index * part->stride), &line);
}

static void array_lines(struct draw *d, const struct layout_part *part)
{
	struct draw_line line = { 0 };
	char more[40];

	element_line(d, part, 0, "first");
	if (part->count > 2)
		element_line(d, part, 1, "second");
	if (part->count > 3) {
		snprintf(more, sizeof(more), "%u more", part->count - 3);
		draw_cell(d, &line, 1 + MARK_COLUMNS + TYPE_COLUMNS, ALIGN_LEFT, DRAW_PLAIN, "");
		draw_cell(d, &line, NAME_COLUMNS + VALUE_COLUMNS + 2, ALIGN_LEFT, DRAW_DIM,
			  draw_dots(d));
		draw_cell(d, &line, 0, ALIGN_LEFT, DRAW_DIM, more);
		draw_line(d, draw_dots(d), &line);
	}
	if (part->count > 1)
		element_line(d, part, part->count - 1, "last");
}

static void array_label(const struct draw *d, struct str *to, const struct layout_part *part)
{
	static const char *const names[LAYOUT_FIELDS] = {
		[FIELD_SQ_ARRAY] = "SQ index array",
		[FIELD_CQ_CQES] = "CQE array",
		[FIELD_SQES] = "SQE array",
	};

	str_addf(to, "%s: %u %s %u = %llu bytes, ", names[part->field - layout_fields], part->count,
		 draw_times(d), part->stride, (unsigned long long)part->bytes);
	if (part->stride < LINE)
		str_addf(to, "%u to a cache line", LINE / part->stride);
	else
		str_addf(to, "%u cache line%s each", part->stride / LINE,
			 part->stride == LINE ? "" : "s");
}

/* Who writes to a cache line of the header: a write by one side slows the other down. */
static void line_label(struct str *to, const struct layout_part *parts, unsigned n, uint64_t from)
{
	unsigned by[WRITERS] = { 0 };

	for (unsigned i = 0; i < n; i++)
		if (parts[i].field && !parts[i].field->is_array && parts[i].offset >= from &&
		    parts[i].offset < from + LINE)
			by[parts[i].field->writer]++;
	str_addf(to, "cache line %llu", (unsigned long long)(from / LINE));
	if (by[WRITER_KERNEL] && by[WRITER_APP])
		str_add(to, ": written by the kernel and by the application");
	else if (by[WRITER_KERNEL])
		str_add(to, ": written by the kernel");
	else if (by[WRITER_APP])
		str_add(to, ": written by the application");
	else if (by[WRITER_CONST])
		str_add(to, ": constant");
}

static void map_box(struct draw *d, const struct layout *l, const struct layout_map *map)
{
	const struct layout_part *parts = &l->parts[map->first];
	bool in_header = true;
	char buf[24];

	for (unsigned i = 0; i < map->n; i++) {
		const struct layout_part *part = &parts[i];
		bool array = part->field && part->field->is_array;
		_cleanup_str_ struct str label = { 0 };

		if (array) {
			in_header = false;
			array_label(d, &label, part);
		} else if (in_header && part->offset % LINE == 0) {
			line_label(&label, parts, map->n, part->offset);
		}
		if (!i)
			draw_rule(d, RULE_TOP, "", str_text(&label));
		else if (label.len || !in_header)
			draw_rule(d, array || !in_header ? RULE_LINE : RULE_DASHED, "",
				  str_text(&label));
		if (array)
			array_lines(d, part);
		else if (part->field)
			scalar_line(d, part);
		else
			padding_line(d, part);
	}
	draw_rule(d, RULE_BOTTOM, number(buf, map->bytes), "end");
}

static void map_heading(struct draw *d, const struct layout *l, unsigned i)
{
	static const char *const offsets[LAYOUT_MAPS] = {
		[MAP_RINGS] = "IORING_OFF_SQ_RING",
		[MAP_SQ_RING] = "IORING_OFF_SQ_RING",
		[MAP_CQ_RING] = "IORING_OFF_CQ_RING",
		[MAP_SQES] = "IORING_OFF_SQES",
	};
	const struct layout_map *map = &l->maps[i];
	_cleanup_str_ struct str text = { 0 };

	str_addf(&text, "Mapping %u: %s, %llu bytes, ", i + 1, layout_map_names[map->id],
		 (unsigned long long)map->bytes);
	if (map->given)
		str_add(&text, "in memory of the application (NO_MMAP)");
	else
		str_addf(&text, "mmap offset 0x%llx (%s)", (unsigned long long)map->mmap_offset,
			 offsets[map->id]);
	draw_heading(d, str_text(&text));
}

static void legend(struct draw *d)
{
	static const char *const texts[WRITERS] = {
		[WRITER_KERNEL] = "K written by the kernel",
		[WRITER_APP] = "A written by the application",
		[WRITER_CONST] = "= constant",
	};

	str_add(d->to, "        ");
	for (unsigned i = 0; i < WRITERS; i++) {
		draw_paint(d, d->to, writer_tones[i], texts[i]);
		str_add(d->to, i + 1 < WRITERS ? "   " : "\n");
	}
}

static void alternative_lines(struct draw *d, const struct layout_member *m)
{
	unsigned indent = 1 + TYPE_COLUMNS + 2, room = draw_inner(d) - indent - 1;
	_cleanup_str_ struct str all = { 0 };
	const char *text;

	layout_alternatives(&all, m);
	for (text = str_text(&all); *text;) {
		size_t n = strlen(text);
		struct draw_line line = { 0 };
		_cleanup_str_ struct str piece = { 0 };

		if (n > room) {
			n = room;
			while (n && strncmp(text + n - 2, ", ", 2))
				n--;
		}
		str_addn(&piece, text, n);
		draw_cell(d, &line, indent, ALIGN_LEFT, DRAW_PLAIN, "");
		draw_cell(d, &line, room, ALIGN_LEFT, DRAW_DIM, str_text(&piece));
		draw_line(d, "", &line);
		text += n;
	}
}

static void member_line(struct draw *d, const struct layout_member *m)
{
	enum draw_tone tone = m->entry == ENTRY_SQE ? DRAW_APP : DRAW_KERNEL;
	struct draw_line line = { 0 };
	_cleanup_str_ struct str name = { 0 };
	char buf[24];

	str_addn(&name, m->names, strcspn(m->names, " :"));
	draw_cell(d, &line, 1, ALIGN_LEFT, DRAW_PLAIN, "");
	draw_cell(d, &line, TYPE_COLUMNS + 2, ALIGN_LEFT, DRAW_DIM, m->type);
	draw_cell(d, &line, NAME_COLUMNS, ALIGN_LEFT, tone, str_text(&name));
	draw_cell(d, &line, draw_inner(d) - line.columns - 1, ALIGN_LEFT, DRAW_PLAIN, m->brief);
	draw_line(d, number(buf, m->offset), &line);
}

static void entry_box(struct draw *d, const struct layout *l, enum layout_entry entry)
{
	unsigned bytes = entry == ENTRY_SQE ? l->sqe_bytes : l->cqe_bytes, end = 0;
	bool mixed = l->p.flags & (entry == ENTRY_SQE ? SETUP_SQE_MIXED : SETUP_CQE_MIXED);
	char text[80];

	snprintf(text, sizeof(text),
		 mixed ? "Inside one %s of %u bytes, or of %u in two slots"
		       : "Inside one %s of %u bytes",
		 entry == ENTRY_SQE ? "SQE" : "CQE", bytes, 2 * bytes);
	draw_heading(d, text);
	for (unsigned i = 0; i < n_layout_members; i++) {
		const struct layout_member *m = &layout_members[i];

		if (m->entry != entry || (m->needs && !(m->needs & l->p.flags)))
			continue;
		if (m->offset == 0)
			draw_rule(d, RULE_TOP, "", "");
		else if (m->needs)
			draw_rule(d, RULE_DASHED, "", mixed ? "second slot" : "second half");
		member_line(d, m);
		alternative_lines(d, m);
		end = m->offset + m->bytes;
	}
	draw_rule(d, RULE_BOTTOM, number(text, end), "end");
}

static void form_text(struct str *to, const struct layout_form *form)
{
	str_addf(to, "\"%s\" (Linux %u.%u", form->name, form->since.major, form->since.minor);
	if (form->until.major)
		str_addf(to, " to %u.%u", form->until.major, form->until.minor - 1);
	else
		str_add(to, " and later");
	str_addf(to, "): %s", form->about);
}

static void draw_verdict(struct draw *d, const struct layout_verdict *v)
{
	_cleanup_str_ struct str text = { 0 };

	if (v->seen)
		form_text(&text, v->seen);
	else
		str_add(&text, "of the header: none of those known");
	draw_wrapped(d, "form", LABEL_COLUMNS, str_text(&text));
	str_free(&text);
	if (v->kernel.major)
		str_addf(&text, "for Linux %u.%u: ", v->kernel.major, v->kernel.minor);
	if (!v->n_diff)
		str_add(&text, "every offset and size is as predicted");
	else
		str_addf(&text, "%u value%s differ%s:", v->n_diff, v->n_diff == 1 ? "" : "s",
			 v->n_diff == 1 ? "s" : "");
	draw_wrapped(d, "prediction", LABEL_COLUMNS, str_text(&text));
	for (unsigned i = 0; i < v->n_diff; i++) {
		const struct layout_difference *diff = &v->diff[i];
		bool hex = !strcmp(diff->name, "features");

		str_free(&text);
		str_addf(&text,
			 hex ? "%s predicted 0x%x, observed 0x%x" : "%s predicted %u, observed %u",
			 diff->name, diff->predicted, diff->observed);
		draw_wrapped(d, "", LABEL_COLUMNS, str_text(&text));
	}
}

static void summary(struct draw *d, const struct layout *l, const struct layout_story *s)
{
	uint32_t company = l->p.flags & ~s->asked_flags;
	_cleanup_str_ struct str text = { 0 };
	uint64_t total = 0;

	str_addf(&text, "A ring of %u SQ and %u CQ entries", l->p.sq_entries, l->p.cq_entries);
	if (s->predicted)
		str_addf(&text, ", as Linux %u.%u is predicted to make it", s->kernel.major,
			 s->kernel.minor);
	else if (s->kernel.major)
		str_addf(&text, ", as Linux %u.%u made it", s->kernel.major, s->kernel.minor);
	draw_heading(d, str_text(&text));
	str_free(&text);

	layout_flags_text(&text, UAPI_SETUP, l->p.flags);
	str_addf(&text, " (0x%x)", l->p.flags);
	if (company) {
		str_add(&text, "; needed by others: ");
		layout_flags_text(&text, UAPI_SETUP, company);
	}
	draw_wrapped(d, "flags", LABEL_COLUMNS, str_text(&text));
	str_free(&text);

	layout_flags_text(&text, UAPI_FEAT, l->p.features);
	str_addf(&text, " (0x%x)", l->p.features);
	draw_wrapped(d, "features", LABEL_COLUMNS, str_text(&text));
	str_free(&text);

	if (l->p.flags & SETUP_SQPOLL) {
		str_addf(&text, "sleeps after %u ms without work",
			 l->p.sq_thread_idle ? l->p.sq_thread_idle : SQ_IDLE_MS);
		if (l->p.flags & SETUP_SQ_AFF)
			str_addf(&text, ", runs on CPU %u", l->p.sq_thread_cpu);
		draw_wrapped(d, "SQ thread", LABEL_COLUMNS, str_text(&text));
		str_free(&text);
	}
	for (unsigned i = 0; i < l->n_maps; i++) {
		str_addf(&text, "%s%s %llu", i ? " + " : "", layout_map_names[l->maps[i].id],
			 (unsigned long long)l->maps[i].bytes);
		total += l->maps[i].bytes;
	}
	str_addf(&text, " = %llu bytes in %u mappings", (unsigned long long)total, l->n_maps);
	draw_wrapped(d, "memory", LABEL_COLUMNS, str_text(&text));
	str_free(&text);

	if (s->predicted) {
		form_text(&text, s->verdict->form);
		draw_wrapped(d, "form", LABEL_COLUMNS, str_text(&text));
	} else if (s->verdict) {
		draw_verdict(d, s->verdict);
	}
	if (s->note)
		draw_wrapped(d, s->predicted ? "note" : "prediction", LABEL_COLUMNS, s->note);
}

void draw_layout(struct draw *d, const struct layout *l, const struct layout_story *story)
{
	summary(d, l, story);
	for (unsigned i = 0; i < l->n_maps; i++) {
		map_heading(d, l, i);
		if (!i)
			legend(d);
		map_box(d, l, &l->maps[i]);
	}
	entry_box(d, l, ENTRY_SQE);
	entry_box(d, l, ENTRY_CQE);
}
