/* SPDX-License-Identifier: MIT */
#include "layout.h"

#include <assert.h>
#include <string.h>

#include "probe/feature/detect.h"
#include "probe/lib/base.h"

const char *const layout_map_names[LAYOUT_MAPS] = {
	[MAP_RINGS] = "rings",
	[MAP_SQ_RING] = "sq_ring",
	[MAP_CQ_RING] = "cq_ring",
	[MAP_SQES] = "sqes",
};

const struct layout_part *layout_find(const struct layout *l, enum layout_field_id id,
				      const struct layout_map **map)
{
	for (unsigned m = 0; m < l->n_maps; m++)
		for (unsigned i = 0; i < l->maps[m].n; i++) {
			const struct layout_part *part = &l->parts[l->maps[m].first + i];

			if (part->field != &layout_fields[id])
				continue;
			*map = &l->maps[m];
			return part;
		}
	return NULL;
}

/* The flags of the CQ ring were added in 5.8; before, their offset is 0. */
static bool is_there(const struct ring_params *p, enum layout_field_id id)
{
	switch (id) {
	case FIELD_SQ_ARRAY:
		return !(p->flags & SETUP_NO_SQARRAY);
	case FIELD_CQ_FLAGS:
		return p->cq_off.flags;
	default:
		return true;
	}
}

static uint32_t constant_value(const struct ring_params *p, enum layout_field_id id)
{
	switch (id) {
	case FIELD_SQ_RING_MASK:
		return p->sq_entries - 1;
	case FIELD_SQ_RING_ENTRIES:
		return p->sq_entries;
	case FIELD_CQ_RING_MASK:
		return p->cq_entries - 1;
	default:
		return p->cq_entries;
	}
}

static struct layout_part part_of(const struct layout *l, enum layout_field_id id)
{
	const struct ring_params *p = &l->p;
	const struct layout_field *field = &layout_fields[id];
	struct layout_part part = { .field = field, .bytes = sizeof(uint32_t) };

	if (field->side != SIDE_SQES)
		part.offset = *(const uint32_t *)((const char *)p + field->member);
	if (field->is_array) {
		part.stride = id == FIELD_CQ_CQES    ? l->cqe_bytes
			      : id == FIELD_SQ_ARRAY ? sizeof(uint32_t)
						     : l->sqe_bytes;
		part.count = id == FIELD_CQ_CQES ? p->cq_entries : p->sq_entries;
		part.bytes = (uint64_t)part.stride * part.count;
	} else if (field->writer == WRITER_CONST) {
		part.has_value = true;
		part.value = constant_value(p, id);
	}
	return part;
}

static int by_offset(const void *a, const void *b)
{
	const struct layout_part *x = a, *y = b;

	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

static const char *reason(const struct ring_params *p, const struct layout_part *next)
{
	if (next->field == &layout_fields[FIELD_SQ_ARRAY] && p->flags & SETUP_CQE32)
		return "the kernel doubles the header too";
	if (next->field == &layout_fields[FIELD_SQ_ARRAY] && layout_array_is_past(p))
		return "the array's place, left free";
	if (next->offset % 64)
		return "for alignment";
	return next->field->is_array ? "up to the next cache line" : "to keep writers apart";
}

static void add_padding(struct layout *l, struct layout_map *map, uint64_t from, uint64_t to,
			const char *why)
{
	if (from == to)
		return;
	l->parts[map->first + map->n++] =
		(struct layout_part){ .offset = from, .bytes = to - from, .why = why };
}

static int add_map(struct layout *l, enum layout_map_id id, uint64_t mmap_offset, uint64_t bytes,
		   struct fail *f)
{
	static const bool sides[LAYOUT_MAPS][SIDE_SQES + 1] = {
		[MAP_RINGS] = { [SIDE_SQ] = true, [SIDE_CQ] = true },
		[MAP_SQ_RING] = { [SIDE_SQ] = true },
		[MAP_CQ_RING] = { [SIDE_CQ] = true },
		[MAP_SQES] = { [SIDE_SQES] = true },
	};
	struct layout_map map = {
		.id = id,
		.mmap_offset = mmap_offset,
		.given = l->p.flags & SETUP_NO_MMAP,
		.bytes = bytes,
		.first = l->n_parts,
	};
	struct layout_part found[LAYOUT_FIELDS];
	unsigned n = 0;
	uint64_t at = 0;

	for (unsigned i = 0; i < LAYOUT_FIELDS; i++)
		if (sides[id][layout_fields[i].side] && is_there(&l->p, i))
			found[n++] = part_of(l, i);
	qsort(found, n, sizeof(*found), by_offset);
	for (unsigned i = 0; i < n; i++) {
		const struct layout_part *part = &found[i];

		if (part->offset < at || part->offset > bytes ||
		    part->bytes > bytes - part->offset || part->offset % sizeof(uint32_t))
			return fail_set(
				f, -EPROTO,
				"the kernel says %s is at %llu: that is odd, or "
				"overlaps what lies before, or leaves the mapping of %llu bytes",
				part->field->name, (unsigned long long)part->offset,
				(unsigned long long)bytes);
		add_padding(l, &map, at, part->offset, reason(&l->p, part));
		l->parts[map.first + map.n++] = *part;
		at = part->offset + part->bytes;
	}
	add_padding(l, &map, at, bytes, "not used");
	l->n_parts += map.n;
	l->maps[l->n_maps++] = map;
	return 0;
}

int layout_of_params(const struct ring_params *p, struct layout *l, struct fail *f)
{
	struct layout got = { .p = *p };
	struct ring_sizes s;
	int r;

	/* The worst case is a gap before and after each field. */
	static_assert(2 * LAYOUT_FIELDS + LAYOUT_MAX_MAPS <= LAYOUT_MAX_PARTS,
		      "room for all parts");
	ring_sizes(p, &s);
	got.sqe_bytes = s.sqe;
	got.cqe_bytes = s.cqe;
	r = add_map(&got, s.cq ? MAP_SQ_RING : MAP_RINGS, RING_OFF_SQ_RING, s.sq, f);
	if (r == 0 && s.cq)
		r = add_map(&got, MAP_CQ_RING, RING_OFF_CQ_RING, s.cq, f);
	if (r == 0)
		r = add_map(&got, MAP_SQES, RING_OFF_SQES, s.sqes, f);
	if (r == 0)
		*l = got;
	return r;
}

int layout_of_ring(const struct ring *r, struct layout *l, struct fail *f)
{
	struct layout got;
	int e = layout_of_params(&r->p, &got, f);

	if (e < 0)
		return e;
	for (unsigned i = 0; i < got.n_parts; i++) {
		struct layout_part *part = &got.parts[i];
		uint32_t *at;

		if (!part->field || part->field->is_array)
			continue;
		at = part->field->side == SIDE_CQ ? ring_cq_field(r, part->offset)
						  : ring_sq_field(r, part->offset);
		part->value = __atomic_load_n(at, __ATOMIC_ACQUIRE);
		part->has_value = true;
	}
	*l = got;
	return 0;
}

/* Returns the flags that this kernel does not know, by trying each one alone. */
static uint32_t unknown_flags(struct kernel *k, uint32_t flags)
{
	const struct uapi_table *t = &uapi_tables[UAPI_SETUP];
	struct fact *facts = calloc(t->n, sizeof(*facts));
	uint32_t unknown = 0, features;

	if (!facts)
		return 0;
	for (unsigned i = 0; i < t->n; i++) {
		facts[i].row = &t->rows[i];
		facts[i].number = t->rows[i].number;
	}
	detect_setup_flags(k, facts, t->n, &features);
	for (unsigned i = 0; i < t->n; i++)
		if (facts[i].known == ANSWER_NO)
			unknown |= 1u << facts[i].number;
	free(facts);
	return unknown & flags;
}

static int explain_einval(struct kernel *k, unsigned entries, const struct ring_params *asked,
			  struct fail *f)
{
	const struct uapi_table *t = &uapi_tables[UAPI_SETUP];
	_cleanup_str_ struct str names = { 0 };
	uint32_t unknown;
	int r = layout_check(entries, asked, layout_forms[n_layout_forms - 1].max_entries, f);

	if (r < 0)
		return r;
	unknown = unknown_flags(k, asked->flags);
	for (unsigned i = 0; i < t->n; i++)
		if (unknown & 1u << t->rows[i].number)
			str_addf(&names, "%s%s (came with %u.%u)", names.len ? ", " : "",
				 t->rows[i].name, t->rows[i].since.major, t->rows[i].since.minor);
	if (names.len)
		return fail_as(f, FAIL_UNAVAILABLE, -EOPNOTSUPP, "this kernel does not know %s",
			       str_text(&names));
	if (asked->flags & SETUP_NO_MMAP)
		return fail_as(
			f, FAIL_UNAVAILABLE, -EOPNOTSUPP,
			"the kernel refuses the memory given: before 6.10 it "
			"takes one page or one huge page per mapping; ask for fewer entries");
	return fail_as(f, FAIL_UNAVAILABLE, -EOPNOTSUPP,
		       "io_uring_setup(%u entries, flags 0x%x): EINVAL, although the "
		       "kernel knows each flag",
		       entries, asked->flags);
}

int layout_open(struct kernel *k, unsigned entries, const struct ring_params *asked, struct ring *r,
		struct fail *f)
{
	int e = ring_open(k, entries, asked, r, f);

	/* EOVERFLOW: too few entries for a mixed ring. */
	if (e == -EINVAL || e == -EOVERFLOW)
		return explain_einval(k, entries, asked, f);
	return e;
}

int layout_judge(struct kernel *k, unsigned entries, const struct ring_params *asked,
		 const struct ring_params *observed, struct layout_verdict *v, struct fail *f)
{
	struct layout_verdict got = { .seen = layout_form_match(observed) };
	struct kver version = layout_newest;
	char release[128];
	int r;

	if (k->read_file(k, "/proc/sys/kernel/osrelease", release, sizeof(release)) > 0 &&
	    kver_parse(release, &version) == 0)
		got.kernel = version;
	else if (got.seen && got.seen->until.major)
		version = (struct kver){ got.seen->until.major, got.seen->until.minor - 1 };
	r = layout_predict(version, entries, asked, &got.predicted, f);
	if (r < 0)
		return r;
	if (got.kernel.major)
		got.predicted.features |= layout_stable_features(release, NULL);
	else
		got.predicted.features = observed->features;
	/* "5.4.0-150-generic" does not say whether it has the fix. */
	if (layout_array_is_past(&got.predicted) && !layout_array_is_past(observed))
		got.predicted.sq_off.array = layout_array_offset(&got.predicted);
	got.form = layout_form_of(version);
	got.n_diff = layout_compare(&got.predicted, observed, got.diff);
	*v = got;
	return 0;
}
