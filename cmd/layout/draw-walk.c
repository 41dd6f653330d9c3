/* SPDX-License-Identifier: MIT */
#include "draw-walk.h"

#include <fcntl.h>
#include <string.h>

#include "view-layout.h"
#include "view-walk.h"

#define LABEL_COLUMNS 8

/* Columns of a line in a step's box. */
#define MARK_COLUMNS  2
#define NAME_COLUMNS  14
#define VALUE_COLUMNS 18
#define STRIP_COLUMNS 10
#define PLACE_COLUMNS 24

static void counter_line(struct draw *d, enum layout_writer by, const char *name, uint32_t before,
			 uint32_t after, const char *meaning)
{
	struct draw_line line = { 0 };
	_cleanup_str_ struct str value = { 0 };

	if (before != after)
		str_addf(&value, "%u %s ", before, draw_arrow(d));
	str_addf(&value, "%u", after);
	draw_cell(d, &line, 1, ALIGN_LEFT, DRAW_PLAIN, "");
	draw_cell(d, &line, MARK_COLUMNS, ALIGN_LEFT, writer_tones[by], writer_marks[by]);
	draw_cell(d, &line, NAME_COLUMNS, ALIGN_LEFT, writer_tones[by], name);
	draw_cell(d, &line, VALUE_COLUMNS, ALIGN_LEFT, before == after ? DRAW_PLAIN : DRAW_BOLD,
		  str_text(&value));
	draw_cell(d, &line, 0, ALIGN_LEFT, DRAW_DIM, meaning);
	draw_line(d, "", &line);
}

static void index_line(struct draw *d, enum layout_writer by, const char *name, uint32_t before,
		       uint32_t after, unsigned entries)
{
	char text[48];

	snprintf(text, sizeof(text), "& %u = slot %u", entries - 1, after & (entries - 1));
	counter_line(d, by, name, before, after, text);
}

/* A row of slots: their numbers, contents, and which of them head and tail select. */
struct strip {
	const struct walk_window *w;
	unsigned entries;
	uint32_t head, tail;
	enum layout_writer content, head_by, tail_by;
	const char *name; /* of the contents */
	unsigned first, n, columns;
};

static unsigned digits(uint64_t v)
{
	unsigned n = 1;

	for (; v > 9; v /= 10)
		n++;
	return n;
}

/* As many slots of the window as fit, around the newest. */
static void fit(const struct draw *d, struct strip *s)
{
	unsigned room = draw_inner(d) - STRIP_COLUMNS - 1, widest = digits(s->w->first + s->w->n);
	unsigned focus = (s->tail - 1) & (s->entries - 1), last;

	for (unsigned i = 0; s->w->has_values && i < s->w->n; i++)
		if (digits(s->w->value[i]) > widest)
			widest = digits(s->w->value[i]);
	s->columns = widest + 3;
	s->first = s->w->first;
	s->n = room / s->columns;
	if (s->n >= s->w->n) {
		s->n = s->w->n;
		return;
	}
	last = s->w->first + s->w->n - s->n;
	if (s->tail && focus >= s->first + s->n / 2)
		s->first = focus - s->n / 2 < last ? focus - s->n / 2 : last;
}

static bool waits(const struct strip *s, unsigned slot)
{
	return ((slot - s->head) & (s->entries - 1)) < s->tail - s->head;
}

static void strip_label(struct draw *d, struct draw_line *line, enum layout_writer by,
			const char *mark, const char *name)
{
	draw_cell(d, line, 1, ALIGN_LEFT, DRAW_PLAIN, "");
	draw_cell(d, line, MARK_COLUMNS, ALIGN_LEFT, writer_tones[by], mark);
	draw_cell(d, line, STRIP_COLUMNS - MARK_COLUMNS - 1, ALIGN_LEFT, DRAW_DIM, name);
}

static void strip_slots(struct draw *d, const struct strip *s)
{
	bool cut_left = s->first, cut_right = s->first + s->n < s->entries;
	struct draw_line line = { 0 };
	char text[24];

	strip_label(d, &line, WRITER_CONST, "", cut_left ? "slot .." : "slot");
	for (unsigned i = 0; i < s->n; i++) {
		snprintf(text, sizeof(text), "%u ", s->first + i);
		draw_cell(d, &line, s->columns, ALIGN_RIGHT, DRAW_DIM, text);
	}
	draw_cell(d, &line, 0, ALIGN_LEFT, DRAW_DIM, cut_right ? ".." : "");
	draw_line(d, "", &line);
}

static void strip_values(struct draw *d, const struct strip *s)
{
	struct draw_line line = { 0 };
	char text[40];

	strip_label(d, &line, s->content, writer_marks[s->content], s->name);
	for (unsigned i = 0; i < s->n; i++) {
		unsigned slot = s->first + i;
		bool w = waits(s, slot);

		if (!s->w->has_values)
			snprintf(text, sizeof(text), w ? "[*]" : ". ");
		else
			snprintf(text, sizeof(text), w ? "[%llu]" : "%llu ",
				 (unsigned long long)s->w->value[slot - s->w->first]);
		draw_cell(d, &line, s->columns, ALIGN_RIGHT,
			  w ? writer_tones[s->content] : DRAW_DIM, text);
	}
	draw_line(d, "", &line);
}

static void strip_marks(struct draw *d, const struct strip *s)
{
	unsigned head = s->head & (s->entries - 1), tail = s->tail & (s->entries - 1);
	struct draw_line line = { 0 };

	strip_label(d, &line, WRITER_CONST, "", "");
	for (unsigned i = 0; i < s->n; i++) {
		unsigned slot = s->first + i;
		_cleanup_str_ struct str text = { 0 };

		if (slot == head)
			draw_paint(d, &text, writer_tones[s->head_by], "H");
		if (slot == tail)
			draw_paint(d, &text, writer_tones[s->tail_by], "T");
		draw_cell(d, &line, s->columns - 1 - (slot == head) - (slot == tail), ALIGN_LEFT,
			  DRAW_PLAIN, "");
		draw_put(&line, str_text(&text), (slot == head) + (slot == tail));
		draw_cell(d, &line, 1, ALIGN_LEFT, DRAW_PLAIN, "");
	}
	draw_line(d, "", &line);
}

static void draw_strip(struct draw *d, struct strip *s)
{
	fit(d, s);
	strip_slots(d, s);
	strip_values(d, s);
	strip_marks(d, s);
}

static void sq_part(struct draw *d, const struct layout *l, const struct walk_step *step,
		    const struct walk_state *was)
{
	const struct walk_state *is = &step->state;
	unsigned entries = l->p.sq_entries, n = is->sq_tail - is->sq_head;
	_cleanup_str_ struct str flags = { 0 };
	struct strip strip = { .w = &step->array,
			       .entries = entries,
			       .head = is->sq_head,
			       .tail = is->sq_tail,
			       .content = WRITER_APP,
			       .head_by = WRITER_KERNEL,
			       .tail_by = WRITER_APP,
			       .name = step->array.has_values ? "array" : "" };
	char label[64];

	snprintf(label, sizeof(label), "SQ: %u of %u waiting for the kernel%s", n, entries,
		 n == entries ? ", full" : "");
	draw_rule(d, RULE_TOP, "", label);
	index_line(d, WRITER_KERNEL, "sq.head", was->sq_head, is->sq_head, entries);
	index_line(d, WRITER_APP, "sq.tail", was->sq_tail, is->sq_tail, entries);
	if (was->sq_flags || is->sq_flags) {
		walk_sq_flags_text(&flags, is->sq_flags);
		counter_line(d, WRITER_KERNEL, "sq.flags", was->sq_flags, is->sq_flags,
			     str_text(&flags));
	}
	if (was->sq_dropped || is->sq_dropped)
		counter_line(d, WRITER_KERNEL, "sq.dropped", was->sq_dropped, is->sq_dropped, "");
	draw_strip(d, &strip);
}

static void cq_part(struct draw *d, const struct layout *l, const struct walk_step *step,
		    const struct walk_state *was)
{
	const struct walk_state *is = &step->state;
	unsigned entries = l->p.cq_entries, n = is->cq_tail - is->cq_head;
	struct strip strip = { .w = &step->cqes,
			       .entries = entries,
			       .head = is->cq_head,
			       .tail = is->cq_tail,
			       .content = WRITER_KERNEL,
			       .head_by = WRITER_APP,
			       .tail_by = WRITER_KERNEL,
			       .name = "request" };
	char label[64];

	snprintf(label, sizeof(label), "CQ: %u of %u waiting for the application%s", n, entries,
		 n == entries ? ", full" : "");
	draw_rule(d, RULE_LINE, "", label);
	index_line(d, WRITER_APP, "cq.head", was->cq_head, is->cq_head, entries);
	index_line(d, WRITER_KERNEL, "cq.tail", was->cq_tail, is->cq_tail, entries);
	if (was->cq_overflow || is->cq_overflow)
		counter_line(d, WRITER_KERNEL, "cq.overflow", was->cq_overflow, is->cq_overflow,
			     "");
	draw_strip(d, &strip);
}

static void hex(struct str *to, const unsigned char *bytes, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		str_addf(to, i ? " %02x" : "%02x", bytes[i]);
}

static void change_line(struct draw *d, const struct walk_change *c)
{
	enum layout_writer by = c->field ? c->field->writer : WRITER_CONST;
	_cleanup_str_ struct str name = { 0 }, bytes = { 0 }, text = { 0 };
	struct draw_line line = { 0 };
	unsigned columns;
	char offset[24];

	snprintf(offset, sizeof(offset), "%llu", (unsigned long long)c->offset);
	walk_change_name(&name, c);
	hex(&bytes, c->before, c->bytes);
	str_addf(&bytes, " %s ", draw_arrow(d));
	hex(&bytes, c->after, c->bytes);
	walk_change_text(&text, c);
	draw_cell(d, &line, 1, ALIGN_LEFT, DRAW_BOLD, c->expected ? "" : "!");
	draw_cell(d, &line, MARK_COLUMNS, ALIGN_LEFT, writer_tones[by],
		  c->field ? writer_marks[by] : "");
	columns = out_columns(str_text(&name)) + 1;
	draw_cell(d, &line, columns > PLACE_COLUMNS ? columns : PLACE_COLUMNS, ALIGN_LEFT,
		  writer_tones[by], str_text(&name));
	columns = draw_inner(d) - line.columns - 1;
	if (out_columns(str_text(&bytes)) + 2 + out_columns(str_text(&text)) > columns) {
		draw_cell(d, &line, columns, ALIGN_LEFT, DRAW_PLAIN, str_text(&bytes));
	} else {
		draw_cell(d, &line, out_columns(str_text(&bytes)) + 2, ALIGN_LEFT, DRAW_PLAIN,
			  str_text(&bytes));
		draw_cell(d, &line, 0, ALIGN_LEFT, DRAW_DIM, str_text(&text));
	}
	draw_line(d, offset, &line);
}

static void changes_part(struct draw *d, const struct walk_step *step)
{
	struct draw_line line = { 0 };
	char text[64];

	if (!step->all_changes) {
		draw_rule(d, RULE_BOTTOM, "", "no byte changed");
		return;
	}
	snprintf(text, sizeof(text), "%llu byte%s changed", (unsigned long long)step->changed_bytes,
		 step->changed_bytes == 1 ? "" : "s");
	draw_rule(d, RULE_LINE, "", text);
	for (unsigned i = 0; i < step->n_changes; i++)
		change_line(d, &step->changes[i]);
	if (step->all_changes > step->n_changes) {
		snprintf(text, sizeof(text), "%u more places", step->all_changes - step->n_changes);
		draw_cell(d, &line, 1 + MARK_COLUMNS, ALIGN_LEFT, DRAW_PLAIN, "");
		draw_cell(d, &line, 0, ALIGN_LEFT, DRAW_DIM, text);
		draw_line(d, draw_dots(d), &line);
	}
	draw_rule(d, RULE_BOTTOM, "", "");
}

static void call_text(struct str *to, const struct walk_step *step)
{
	str_addf(to, "%s", step->call);
	if (step->ret < 0)
		str_addf(to, " = -%s", errno_name(step->ret));
	else
		str_addf(to, " = %d", step->ret);
}

static void draw_step(struct draw *d, const struct layout *l, const struct walk_step *step,
		      const struct walk_state *was, unsigned nr)
{
	_cleanup_str_ struct str text = { 0 };

	str_addf(&text, "Step %u: %s", nr, step->title);
	draw_heading(d, str_text(&text));
	draw_wrapped(d, "done", LABEL_COLUMNS, step->what);
	if (*step->call) {
		str_free(&text);
		call_text(&text, step);
		draw_wrapped(d, "call", LABEL_COLUMNS, str_text(&text));
	}
	if (*step->order)
		draw_wrapped(d, "order", LABEL_COLUMNS, step->order);
	if (*step->note)
		draw_wrapped(d, step->otherwise ? "but" : "note", LABEL_COLUMNS, step->note);
	if (step->unexpected) {
		str_free(&text);
		str_addf(&text, "%u changes that this step does not explain, marked with !",
			 step->unexpected);
		draw_wrapped(d, "but", LABEL_COLUMNS, str_text(&text));
	}
	sq_part(d, l, step, was);
	cq_part(d, l, step, was);
	changes_part(d, step);
}

static void draw_scene(struct draw *d, const struct walk *w, const struct walk_scene *s)
{
	_cleanup_str_ struct str text = { 0 };

	str_addf(&text, "Scene \"%s\": %s", walk_scene_names[s->id], walk_scene_titles[s->id]);
	draw_heading(d, str_text(&text));
	if (*s->absent) {
		draw_wrapped(d, "", 0, s->absent);
		return;
	}
	for (unsigned i = 0; i < s->n_steps; i++)
		draw_step(d, &w->layout, &s->steps[i],
			  i ? &s->steps[i - 1].state : &s->steps[i].state, i + 1);
	str_free(&text);
	str_addf(&text, "requests made %u, CQEs read %u, entries dropped %u: %s", s->made,
		 s->completed, s->dropped,
		 s->complete ? "each request that was taken came back"
			     : "not every request came back as it should");
	draw_heading(d, "In all");
	draw_wrapped(d, "", 0, str_text(&text));
}

void draw_walk(struct draw *d, const struct walk *w)
{
	const struct ring_params *p = &w->layout.p;
	_cleanup_str_ struct str text = { 0 };

	str_addf(&text, "A walk on rings of %u SQ and %u CQ entries", p->sq_entries, p->cq_entries);
	draw_heading(d, str_text(&text));
	str_add(d->to, "        ");
	draw_paint(d, d->to, DRAW_KERNEL, "K written by the kernel");
	str_add(d->to, "   ");
	draw_paint(d, d->to, DRAW_APP, "A written by the application");
	str_add(d->to, "\n        H head   T tail   [ ] waiting   request: user_data of a CQE\n");
	for (unsigned i = 0; i < w->n_scenes; i++)
		draw_scene(d, w, &w->scenes[i]);
}
