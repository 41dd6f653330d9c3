/* SPDX-License-Identifier: MIT */
#include "memory.h"

#include <string.h>

#include "probe/lib/base.h"

static char *map_base(const struct ring *r, enum layout_map_id id)
{
	return id == MAP_SQES ? r->sqes.addr : id == MAP_CQ_RING ? ring_cq_base(r) : r->sq.addr;
}

/* The header is copied first, so entries before a tail are in the copy too. */
static void copy_ring(struct trace *t)
{
	for (unsigned arrays = 0; arrays < 2; arrays++)
		for (unsigned m = 0; m < t->layout->n_maps; m++) {
			const struct layout_map *map = &t->layout->maps[m];
			const char *base = map_base(t->ring, map->id);

			for (unsigned i = 0; i < map->n; i++) {
				const struct layout_part *part = &t->layout->parts[map->first + i];
				bool scalar = part->field && !part->field->is_array;
				uint32_t v;

				if (scalar == arrays)
					continue;
				if (!scalar) {
					memcpy(t->now[m] + part->offset, base + part->offset,
					       part->bytes);
					continue;
				}
				v = __atomic_load_n((const uint32_t *)(base + part->offset),
						    __ATOMIC_ACQUIRE);
				memcpy(t->now[m] + part->offset, &v, sizeof(v));
			}
		}
}

/* Returns a field in the copy, or NULL if this ring lacks it. */
static const unsigned char *in_copy(const struct trace *t, enum layout_field_id id)
{
	const struct layout_map *map;
	const struct layout_part *part = layout_find(t->layout, id, &map);

	return part ? t->now[map - t->layout->maps] + part->offset : NULL;
}

static uint32_t copied(const struct trace *t, enum layout_field_id id)
{
	const unsigned char *at = in_copy(t, id);
	uint32_t v = 0;

	if (at)
		memcpy(&v, at, sizeof(v));
	return v;
}

static void read_state(struct trace *t)
{
	t->state = (struct walk_state){
		.sq_head = copied(t, FIELD_SQ_HEAD),
		.sq_tail = copied(t, FIELD_SQ_TAIL),
		.sq_flags = copied(t, FIELD_SQ_FLAGS),
		.sq_dropped = copied(t, FIELD_SQ_DROPPED),
		.cq_head = copied(t, FIELD_CQ_HEAD),
		.cq_tail = copied(t, FIELD_CQ_TAIL),
		.cq_flags = copied(t, FIELD_CQ_FLAGS),
		.cq_overflow = copied(t, FIELD_CQ_OVERFLOW),
	};
}

static struct walk_window window(unsigned entries, uint32_t focus)
{
	struct walk_window w = { .n = entries < WALK_WINDOW ? entries : WALK_WINDOW };
	unsigned slot = focus & (entries - 1), last = entries - w.n;

	if (slot > w.n / 2)
		w.first = slot - w.n / 2 < last ? slot - w.n / 2 : last;
	return w;
}

static void read_windows(const struct trace *t, struct walk_step *step)
{
	const struct ring_params *p = &t->layout->p;
	const unsigned char *array = in_copy(t, FIELD_SQ_ARRAY), *cqes = in_copy(t, FIELD_CQ_CQES);

	step->array = window(p->sq_entries, t->state.sq_tail ? t->state.sq_tail - 1 : 0);
	step->cqes = window(p->cq_entries, t->state.cq_tail ? t->state.cq_tail - 1 : 0);
	step->array.has_values = array;
	step->cqes.has_values = true;
	for (unsigned i = 0; array && i < step->array.n; i++)
		memcpy(&step->array.value[i], array + 4ull * (step->array.first + i), 4);
	for (unsigned i = 0; i < step->cqes.n; i++)
		memcpy(&step->cqes.value[i],
		       cqes + (size_t)t->layout->cqe_bytes * (step->cqes.first + i), 8);
}

static bool in_span(const struct trace_span *span, unsigned slot, unsigned entries)
{
	return ((slot - span->first) & (entries - 1)) < span->n;
}

static bool expects(const struct trace *t, const struct trace_plan *plan,
		    const struct walk_change *c)
{
	const struct ring_params *p = &t->layout->p;

	if (!c->field)
		return false;
	switch (c->field - layout_fields) {
	case FIELD_SQES:
		return in_span(&plan->sqes, c->index, p->sq_entries);
	case FIELD_SQ_ARRAY:
		return in_span(&plan->array, c->index, p->sq_entries);
	case FIELD_CQ_CQES:
		return in_span(&plan->cqes, c->index, p->cq_entries);
	default:
		return plan->fields & trace_bit(c->field - layout_fields);
	}
}

struct differ {
	struct trace *t;
	const struct trace_plan *plan;
	struct walk_step *step;
	struct walk_change found[WALK_MAX_CHANGES];
};

/* Compares this many bytes at the offset of *place. */
static void compare(struct differ *d, unsigned m, const struct walk_change *place, unsigned bytes)
{
	const unsigned char *was = d->t->was[m] + place->offset,
			    *now = d->t->now[m] + place->offset;
	struct walk_change c = *place;
	unsigned from = 0, to = bytes;

	while (from < bytes && was[from] == now[from])
		from++;
	if (from == bytes)
		return;
	while (was[to - 1] == now[to - 1])
		to--;
	for (unsigned i = from; i < to; i++)
		d->step->changed_bytes += was[i] != now[i];
	c.map = d->t->layout->maps[m].id;
	c.offset += from;
	c.bytes = to - from;
	if (c.bytes > WALK_MAX_BYTES)
		c.bytes = WALK_MAX_BYTES;
	memcpy(c.before, was + from, c.bytes);
	memcpy(c.after, now + from, c.bytes);
	if (c.field && bytes <= sizeof(uint64_t)) {
		c.has_value = true;
		memcpy(&c.old_value, was, bytes);
		memcpy(&c.new_value, now, bytes);
	}
	c.expected = expects(d->t, d->plan, &c);
	d->step->unexpected += !c.expected;
	if (d->step->all_changes++ < WALK_MAX_CHANGES)
		d->found[d->step->n_changes++] = c;
}

/* Compares an SQE or a CQE, member by member. */
static void compare_entry(struct differ *d, unsigned m, const struct walk_change *place,
			  enum layout_entry entry, unsigned stride)
{
	for (unsigned i = 0; i < n_layout_members; i++) {
		const struct layout_member *member = &layout_members[i];
		const char *at = member->names;
		struct walk_change c = *place;
		int len = strcspn(at, " :");

		if (member->entry != entry || member->offset >= stride)
			continue;
		c.member = member;
		c.offset += member->offset;
		if (entry == ENTRY_SQE && !strncmp(at, "rw_flags ", strlen("rw_flags ")))
			snprintf(c.name, sizeof(c.name), "%s", d->t->flags_name);
		else
			snprintf(c.name, sizeof(c.name), "%.*s", len, at);
		compare(d, m, &c, member->bytes);
	}
}

static void compare_part(struct differ *d, unsigned m, const struct layout_part *part)
{
	struct walk_change c = { .field = part->field };
	const unsigned char *was = d->t->was[m], *now = d->t->now[m];

	if (!memcmp(was + part->offset, now + part->offset, part->bytes))
		return;
	c.indexed = part->count;
	for (unsigned i = 0; i < (part->count ? part->count : 1); i++) {
		unsigned bytes = part->count ? part->stride : part->bytes;

		c.index = i;
		c.offset = part->offset + (uint64_t)i * part->stride;
		if (!memcmp(was + c.offset, now + c.offset, bytes))
			continue;
		if (part->field == &layout_fields[FIELD_SQES])
			compare_entry(d, m, &c, ENTRY_SQE, part->stride);
		else if (part->field == &layout_fields[FIELD_CQ_CQES])
			compare_entry(d, m, &c, ENTRY_CQE, part->stride);
		else
			compare(d, m, &c, bytes);
	}
}

static void diff(struct trace *t, const struct trace_plan *plan, struct walk_step *step)
{
	struct differ d = { .t = t, .plan = plan, .step = step };

	for (unsigned m = 0; m < t->layout->n_maps; m++)
		for (unsigned i = 0; i < t->layout->maps[m].n; i++)
			compare_part(&d, m, &t->layout->parts[t->layout->maps[m].first + i]);
	if (!step->n_changes)
		return;
	step->changes = malloc(step->n_changes * sizeof(*step->changes));
	if (step->changes)
		memcpy(step->changes, d.found, step->n_changes * sizeof(*step->changes));
	else
		t->err = -ENOMEM;
}

static struct walk_step *append(struct trace *t)
{
	struct walk_scene *s = t->scene;
	struct walk_step *steps = realloc(s->steps, (s->n_steps + 1) * sizeof(*steps));

	if (!steps) {
		t->err = -ENOMEM;
		return NULL;
	}
	s->steps = steps;
	return &steps[s->n_steps++];
}

static void swap(struct trace *t)
{
	for (unsigned m = 0; m < t->layout->n_maps; m++) {
		unsigned char *was = t->was[m];

		t->was[m] = t->now[m];
		t->now[m] = was;
	}
}

struct walk_step *trace_step(struct trace *t, const struct trace_plan *plan)
{
	struct walk_step *step;

	if (t->err)
		return &t->spare;
	step = append(t);
	if (!step)
		return &t->spare;
	*step = (struct walk_step){ .kind = plan->kind, .by = plan->by, .order = plan->order };
	snprintf(step->title, sizeof(step->title), "%s", plan->title);
	copy_ring(t);
	read_state(t);
	step->state = t->state;
	read_windows(t, step);
	diff(t, plan, step);
	swap(t);
	return step;
}

int trace_begin(struct trace *t, const struct ring *ring, const struct layout *layout,
		struct walk_scene *scene)
{
	struct trace got = { .ring = ring, .layout = layout, .scene = scene };

	for (unsigned m = 0; m < layout->n_maps; m++) {
		got.was[m] = calloc(1, layout->maps[m].bytes);
		got.now[m] = calloc(1, layout->maps[m].bytes);
		if (!got.was[m] || !got.now[m]) {
			trace_end(&got);
			return -ENOMEM;
		}
	}
	copy_ring(&got);
	read_state(&got);
	swap(&got);
	*t = got;
	return 0;
}

void trace_end(struct trace *t)
{
	for (unsigned m = 0; m < LAYOUT_MAX_MAPS; m++) {
		free(t->was[m]);
		free(t->now[m]);
	}
	*t = (struct trace){ 0 };
}
