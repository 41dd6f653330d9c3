/* SPDX-License-Identifier: MIT */
#include "emit-layout.h"

#include "cmd/output/emit-known.h"
#include "probe/lib/base.h"

static void emit_u32(struct out *o, const char *key, uint32_t value)
{
	out_u64(o, key, NULL, value, OUT_PLAIN);
}

static void emit_params(struct out *o, const struct ring_params *p)
{
#define EMIT(base, member) emit_u32(o, #member, (base)->member)
	out_obj(o, "params", NULL);
	EMIT(p, sq_entries);
	EMIT(p, cq_entries);
	EMIT(p, flags);
	EMIT(p, sq_thread_cpu);
	EMIT(p, sq_thread_idle);
	EMIT(p, features);
	EMIT(p, wq_fd);
	out_arr(o, "resv", NULL);
	for (unsigned i = 0; i < ARRAY_SIZE(p->resv); i++)
		emit_u32(o, NULL, p->resv[i]);
	out_end(o);
	out_obj(o, "sq_off", NULL);
	EMIT(&p->sq_off, head);
	EMIT(&p->sq_off, tail);
	EMIT(&p->sq_off, ring_mask);
	EMIT(&p->sq_off, ring_entries);
	EMIT(&p->sq_off, flags);
	EMIT(&p->sq_off, dropped);
	EMIT(&p->sq_off, array);
	EMIT(&p->sq_off, resv1);
	out_u64(o, "user_addr", NULL, p->sq_off.user_addr, OUT_PLAIN);
	out_end(o);
	out_obj(o, "cq_off", NULL);
	EMIT(&p->cq_off, head);
	EMIT(&p->cq_off, tail);
	EMIT(&p->cq_off, ring_mask);
	EMIT(&p->cq_off, ring_entries);
	EMIT(&p->cq_off, overflow);
	EMIT(&p->cq_off, cqes);
	EMIT(&p->cq_off, flags);
	EMIT(&p->cq_off, resv1);
	out_u64(o, "user_addr", NULL, p->cq_off.user_addr, OUT_PLAIN);
	out_end(o);
	out_end(o);
#undef EMIT
	emit_flag_names(o, "setup_flags", UAPI_SETUP, p->flags);
	emit_flag_names(o, "feature_flags", UAPI_FEAT, p->features);
}

static void emit_maps(struct out *o, const struct layout *l)
{
	out_arr(o, "mappings", NULL);
	for (unsigned i = 0; i < l->n_maps; i++) {
		const struct layout_map *map = &l->maps[i];

		out_obj(o, NULL, NULL);
		out_str(o, "name", NULL, layout_map_names[map->id]);
		out_u64(o, "bytes", NULL, map->bytes, OUT_PLAIN);
		if (map->given)
			out_null(o, "mmap_offset", NULL);
		else
			out_u64(o, "mmap_offset", NULL, map->mmap_offset, OUT_PLAIN);
		out_end(o);
	}
	out_end(o);
}

static void emit_place(struct out *o, const struct layout_map *map, const struct layout_part *part)
{
	out_str(o, "mapping", NULL, layout_map_names[map->id]);
	out_u64(o, "offset", NULL, part->offset, OUT_PLAIN);
	out_u64(o, "bytes", NULL, part->bytes, OUT_PLAIN);
	out_u64(o, "end", NULL, part->offset + part->bytes, OUT_PLAIN);
}

static void emit_about(struct out *o, const struct layout_field *f, bool present)
{
	out_bool(o, "present", NULL, present);
	out_str(o, "type", NULL, f->type);
	out_str(o, "writer", NULL, layout_writer_names[f->writer]);
	out_str(o, "purpose", NULL, f->purpose);
}

static void emit_field(struct out *o, const struct layout_map *map, const struct layout_part *part)
{
	const struct layout_field *f = part->field;

	out_obj(o, NULL, NULL);
	out_str(o, "name", NULL, f->name);
	emit_place(o, map, part);
	if (part->has_value)
		out_u64(o, "value", NULL, part->value, OUT_PLAIN);
	else
		out_null(o, "value", NULL);
	emit_about(o, f, true);
	out_end(o);
}

/* A field that this ring lacks, with the offset reported by the kernel. */
static void emit_absent(struct out *o, const struct layout *l, const struct layout_field *f)
{
	bool apart = l->maps[0].id != MAP_RINGS;

	out_obj(o, NULL, NULL);
	out_str(o, "name", NULL, f->name);
	out_str(o, "mapping", NULL,
		layout_map_names[!apart		      ? MAP_RINGS
				 : f->side == SIDE_SQ ? MAP_SQ_RING
						      : MAP_CQ_RING]);
	emit_u32(o, "offset", *(const uint32_t *)((const char *)&l->p + f->member));
	emit_u32(o, "bytes", 0);
	out_null(o, "value", NULL);
	emit_about(o, f, false);
	out_end(o);
}

static void emit_region(struct out *o, const struct layout_map *map, const struct layout_part *part)
{
	uint64_t at = part->offset;

	out_obj(o, NULL, NULL);
	out_str(o, "name", NULL, part->field ? part->field->name : "padding");
	emit_place(o, map, part);
	if (part->field) {
		out_u64(o, "stride", NULL, part->stride, OUT_PLAIN);
		out_u64(o, "count", NULL, part->count, OUT_PLAIN);
		out_u64(o, "first", NULL, at, OUT_PLAIN);
		if (part->count > 1)
			out_u64(o, "second", NULL, at + part->stride, OUT_PLAIN);
		else
			out_null(o, "second", NULL);
		out_u64(o, "last", NULL, at + part->bytes - part->stride, OUT_PLAIN);
	} else {
		out_str(o, "why", NULL, part->why);
	}
	out_end(o);
}

/* In memory order, then those that this ring lacks. The SQEs are a region, not a field, because no offset of
 * io_uring_params refers to them. */
static void emit_fields(struct out *o, const struct layout *l)
{
	const struct layout_map *map;

	out_arr(o, "fields", NULL);
	for (unsigned m = 0; m < l->n_maps; m++)
		for (unsigned i = 0; i < l->maps[m].n; i++) {
			const struct layout_part *part = &l->parts[l->maps[m].first + i];

			if (part->field && part->field->side != SIDE_SQES)
				emit_field(o, &l->maps[m], part);
		}
	for (unsigned id = 0; id < LAYOUT_FIELDS; id++)
		if (!layout_find(l, id, &map))
			emit_absent(o, l, &layout_fields[id]);
	out_end(o);
}

static void emit_regions(struct out *o, const struct layout *l)
{
	out_arr(o, "regions", NULL);
	for (unsigned m = 0; m < l->n_maps; m++)
		for (unsigned i = 0; i < l->maps[m].n; i++) {
			const struct layout_part *part = &l->parts[l->maps[m].first + i];

			if (!part->field || part->field->is_array)
				emit_region(o, &l->maps[m], part);
		}
	out_end(o);
}

static void emit_members(struct out *o, const char *key, enum layout_entry entry, uint32_t flags)
{
	out_arr(o, key, NULL);
	for (unsigned i = 0; i < n_layout_members; i++) {
		const struct layout_member *m = &layout_members[i];
		const char *at = m->names;
		struct layout_alias a;

		if (m->entry != entry || (m->needs && !(m->needs & flags)))
			continue;
		while (layout_alias_next(m, &at, &a)) {
			char name[40], type[16];

			snprintf(name, sizeof(name), "%.*s", a.name_len, a.name);
			snprintf(type, sizeof(type), "%.*s", a.type_len, a.type);
			out_obj(o, NULL, NULL);
			out_str(o, "name", NULL, name);
			emit_u32(o, "offset", a.offset);
			out_str(o, "type", NULL, type);
			out_end(o);
		}
	}
	out_end(o);
}

static void emit_verdict(struct out *o, const struct layout_verdict *v)
{
	char kernel[16];

	snprintf(kernel, sizeof(kernel), "%u.%u", v->kernel.major, v->kernel.minor);
	out_obj(o, "prediction", NULL);
	out_str(o, "kernel", NULL, v->kernel.major ? kernel : NULL);
	out_str(o, "form_predicted", NULL, v->form->name);
	out_str(o, "form_observed", NULL, v->seen ? v->seen->name : NULL);
	out_arr(o, "differences", NULL);
	for (unsigned i = 0; i < v->n_diff; i++) {
		out_obj(o, NULL, NULL);
		out_str(o, "name", NULL, v->diff[i].name);
		emit_u32(o, "predicted", v->diff[i].predicted);
		emit_u32(o, "observed", v->diff[i].observed);
		out_end(o);
	}
	out_end(o);
	out_end(o);
}

void emit_layout(struct out *o, const struct layout *l, const struct layout_story *story)
{
	out_str(o, "source", NULL, story->predicted ? "predicted" : "observed");
	emit_params(o, &l->p);
	out_u64(o, "sqe_bytes", NULL, l->sqe_bytes, OUT_PLAIN);
	out_u64(o, "cqe_bytes", NULL, l->cqe_bytes, OUT_PLAIN);
	emit_maps(o, l);
	emit_fields(o, l);
	emit_regions(o, l);
	emit_members(o, "sqe", ENTRY_SQE, l->p.flags);
	emit_members(o, "cqe", ENTRY_CQE, l->p.flags);
	if (story->verdict)
		emit_verdict(o, story->verdict);
	else
		out_null(o, "prediction", NULL);
}
