/* SPDX-License-Identifier: MIT */
#include "emit-walk.h"

#include "cmd/output/emit-known.h"
#include "probe/lib/base.h"
#include "view-walk.h"

static void emit_u32(struct out *o, const char *key, uint32_t value)
{
	out_u64(o, key, NULL, value, OUT_PLAIN);
}

static void emit_indices(struct out *o, uint32_t head, uint32_t tail, unsigned entries)
{
	emit_u32(o, "head", head);
	emit_u32(o, "tail", tail);
	emit_u32(o, "mask", entries - 1);
	emit_u32(o, "head_slot", head & (entries - 1));
	emit_u32(o, "tail_slot", tail & (entries - 1));
	emit_u32(o, "waiting", tail - head);
}

static void emit_window(struct out *o, const char *key, const struct walk_window *w)
{
	if (!w->has_values) {
		out_null(o, key, NULL);
		return;
	}
	out_arr(o, key, NULL);
	for (unsigned i = 0; i < w->n; i++) {
		out_obj(o, NULL, NULL);
		emit_u32(o, "slot", w->first + i);
		out_u64(o, "value", NULL, w->value[i], OUT_PLAIN);
		out_end(o);
	}
	out_end(o);
}

static void emit_state(struct out *o, const struct layout *l, const struct walk_step *step)
{
	const struct walk_state *s = &step->state;

	out_obj(o, "sq", NULL);
	emit_indices(o, s->sq_head, s->sq_tail, l->p.sq_entries);
	emit_u32(o, "flags", s->sq_flags);
	emit_u32(o, "dropped", s->sq_dropped);
	emit_window(o, "array", &step->array);
	out_end(o);
	out_obj(o, "cq", NULL);
	emit_indices(o, s->cq_head, s->cq_tail, l->p.cq_entries);
	emit_u32(o, "flags", s->cq_flags);
	emit_u32(o, "overflow", s->cq_overflow);
	emit_window(o, "user_data", &step->cqes);
	out_end(o);
}

static void emit_bytes(struct out *o, const char *key, const unsigned char *bytes, unsigned n)
{
	_cleanup_str_ struct str hex = { 0 };

	for (unsigned i = 0; i < n; i++)
		str_addf(&hex, "%02x", bytes[i]);
	out_str(o, key, NULL, str_text(&hex));
}

static void emit_change(struct out *o, const struct walk_change *c)
{
	_cleanup_str_ struct str name = { 0 }, text = { 0 };

	walk_change_name(&name, c);
	walk_change_text(&text, c);
	out_obj(o, NULL, NULL);
	out_str(o, "name", NULL, str_text(&name));
	out_str(o, "field", NULL, c->field ? c->field->name : "padding");
	if (c->indexed)
		emit_u32(o, "index", c->index);
	else
		out_null(o, "index", NULL);
	emit_text(o, "member", NULL, c->name);
	out_str(o, "writer", NULL, c->field ? layout_writer_names[c->field->writer] : NULL);
	out_str(o, "mapping", NULL, layout_map_names[c->map]);
	out_u64(o, "offset", NULL, c->offset, OUT_PLAIN);
	emit_u32(o, "bytes", c->bytes);
	emit_bytes(o, "before", c->before, c->bytes);
	emit_bytes(o, "after", c->after, c->bytes);
	if (c->has_value)
		out_u64(o, "value", NULL, c->new_value, OUT_PLAIN);
	else
		out_null(o, "value", NULL);
	emit_text(o, "text", NULL, str_text(&text));
	out_bool(o, "expected", NULL, c->expected);
	out_end(o);
}

static void emit_call(struct out *o, const struct walk_step *step)
{
	if (!*step->call) {
		out_null(o, "call", NULL);
		return;
	}
	out_obj(o, "call", NULL);
	out_str(o, "text", NULL, step->call);
	out_i64(o, "ret", NULL, step->ret);
	out_end(o);
}

static void emit_step(struct out *o, const struct layout *l, const struct walk_step *step)
{
	out_obj(o, NULL, NULL);
	out_str(o, "kind", NULL, walk_kind_names[step->kind]);
	out_str(o, "by", NULL, step->by == WRITER_CONST ? NULL : layout_writer_names[step->by]);
	out_str(o, "title", NULL, step->title);
	out_str(o, "what", NULL, step->what);
	emit_text(o, "order", NULL, step->order);
	emit_call(o, step);
	emit_text(o, "note", NULL, step->note);
	out_bool(o, "as_expected", NULL, !step->otherwise && !step->unexpected);
	emit_state(o, l, step);
	out_u64(o, "changed_bytes", NULL, step->changed_bytes, OUT_PLAIN);
	emit_u32(o, "changed_places", step->all_changes);
	out_arr(o, "changes", NULL);
	for (unsigned i = 0; i < step->n_changes; i++)
		emit_change(o, &step->changes[i]);
	out_end(o);
	out_end(o);
}

static void emit_scene(struct out *o, const struct walk *w, const struct walk_scene *s)
{
	out_obj(o, NULL, NULL);
	out_str(o, "name", NULL, walk_scene_names[s->id]);
	out_str(o, "title", NULL, walk_scene_titles[s->id]);
	emit_text(o, "absent", NULL, s->absent);
	emit_u32(o, "made", s->made);
	emit_u32(o, "completed", s->completed);
	emit_u32(o, "dropped", s->dropped);
	out_bool(o, "complete", NULL, s->complete);
	out_arr(o, "steps", NULL);
	for (unsigned i = 0; i < s->n_steps; i++)
		emit_step(o, &w->layout, &s->steps[i]);
	out_end(o);
	out_end(o);
}

void emit_walk(struct out *o, const struct walk *w)
{
	out_obj(o, "walk", NULL);
	out_str(o, "op", NULL, walk_op_names[w->op]);
	emit_u32(o, "sq_entries", w->layout.p.sq_entries);
	emit_u32(o, "cq_entries", w->layout.p.cq_entries);
	emit_u32(o, "sqe_bytes", w->layout.sqe_bytes);
	emit_u32(o, "cqe_bytes", w->layout.cqe_bytes);
	emit_flag_names(o, "setup_flags", UAPI_SETUP, w->layout.p.flags);
	out_arr(o, "scenes", NULL);
	for (unsigned i = 0; i < w->n_scenes; i++)
		emit_scene(o, w, &w->scenes[i]);
	out_end(o);
	out_end(o);
}
