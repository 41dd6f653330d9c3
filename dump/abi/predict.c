/* SPDX-License-Identifier: MIT */
#include "predict.h"

#include <assert.h>
#include <string.h>

#include "probe/feature/identity.h"
#include "probe/lib/base.h"

#define CACHE_LINE 64u

const struct kver layout_newest = { 7, 3 };

const struct layout_form layout_forms[] = {
#define V(major, minor)      \
	{                    \
		major, minor \
	}
#define SQ(...)             \
	{                   \
		__VA_ARGS__ \
	}
#define CQ(...)             \
	{                   \
		__VA_ARGS__ \
	}
#define FORM(name, since, until, single, max, sq, cq, about) \
	{ name, since, until, about, single, max, sq, cq },
#include "header-versions.def"
};

static const struct stable {
	struct kver branch;
	unsigned patch;
	uint32_t features;
} stables[] = {
#define STABLE(branch, patch, features) { branch, patch, features },
#define ARRAY_MENDED(...)
#include "stable.def"
#undef STABLE
#undef ARRAY_MENDED
};
/* Branches with the bug in the array offset, and the first release of each with the fix. */
static const struct mended {
	struct kver branch;
	unsigned patch; /* 0: none */
} array_mended[] = {
#define STABLE(...)
#define ARRAY_MENDED(branch, patch) { branch, patch },
#include "stable.def"
};
const unsigned n_layout_forms = ARRAY_SIZE(layout_forms);

const struct layout_form *layout_form_of(struct kver v)
{
	const struct layout_form *found = NULL;

	for (unsigned i = 0; i < n_layout_forms; i++)
		if (!kver_before(v, layout_forms[i].since))
			found = &layout_forms[i];
	return found;
}

const struct layout_form *layout_form_match(const struct ring_params *p)
{
	for (unsigned i = n_layout_forms; i--;) {
		struct ring_sq_offsets sq = layout_forms[i].sq;
		struct ring_cq_offsets cq = layout_forms[i].cq;

		/* Not part of the header, or unset on this kernel. */
		sq.array = p->sq_off.array;
		sq.resv1 = p->sq_off.resv1;
		sq.user_addr = p->sq_off.user_addr;
		cq.resv1 = p->cq_off.resv1;
		cq.user_addr = p->cq_off.user_addr;
		if (!memcmp(&sq, &p->sq_off, sizeof(sq)) && !memcmp(&cq, &p->cq_off, sizeof(cq)) &&
		    layout_forms[i].single == !!(p->features & FEAT_SINGLE_MMAP))
			return &layout_forms[i];
	}
	return NULL;
}

int kver_parse(const char *text, struct kver *v)
{
	unsigned major, minor;
	char after;
	int n = sscanf(text, "%3u.%5u%c", &major, &minor, &after);

	if (n < 2 || *text < '0' || *text > '9' || (n == 3 && !strchr(".-+ \n", after)) ||
	    minor > UINT16_MAX)
		return -EINVAL;
	*v = (struct kver){ major, minor };
	return 0;
}

static int check_flags(uint32_t flags, struct fail *f)
{
	const struct uapi_table *t = &uapi_tables[UAPI_SETUP];

	for (unsigned i = 0; i < t->n; i++) {
		const struct uapi_row *row = &t->rows[i];

		if (!(flags & 1u << row->number))
			continue;
		for (unsigned j = 0; j < t->n; j++)
			if (row->conflicts & flags & 1u << t->rows[j].number)
				return fail_as(f, FAIL_USAGE, -EINVAL, "%s excludes %s", row->name,
					       t->rows[j].name);
		if (row->needs && !(row->needs & flags)) {
			_cleanup_str_ struct str names = { 0 };

			for (unsigned j = 0; j < t->n; j++)
				if (row->needs & 1u << t->rows[j].number)
					str_addf(&names, "%s%s", names.len ? " or " : "",
						 t->rows[j].name);
			return fail_as(f, FAIL_USAGE, -EINVAL, "%s needs %s", row->name,
				       str_text(&names));
		}
	}
	return 0;
}

/* Rounds like the kernel; returns 0 for EINVAL. */
static uint32_t rounded(uint32_t n, uint32_t max, bool clamp)
{
	uint32_t up = 1;

	if (n > max && clamp)
		n = max;
	if (!n || n > max)
		return 0;
	while (up < n)
		up *= 2;
	return up;
}

static int round_sizes(unsigned entries, const struct ring_params *asked, uint32_t max,
		       uint32_t *sq, uint32_t *cq, struct fail *f)
{
	bool clamp = asked->flags & SETUP_CLAMP, sized = asked->flags & SETUP_CQSIZE;
	uint32_t s = rounded(entries, max, clamp);
	uint32_t c = sized ? rounded(asked->cq_entries, 2 * max, clamp) : 2 * s;

	if (!s)
		return fail_as(f, FAIL_USAGE, -EINVAL,
			       "%u entries: an SQ has 1 to %u, and more only with CLAMP, "
			       "which cuts them to that",
			       entries, max);
	if (!c)
		return fail_as(f, FAIL_USAGE, -EINVAL,
			       "%u CQ entries: a CQ has 1 to %u, and more only with CLAMP, "
			       "which cuts them to that",
			       asked->cq_entries, 2 * max);
	if (c < s)
		return fail_as(f, FAIL_USAGE, -EINVAL,
			       "%u CQ entries are fewer than the %u of the SQ", c, s);
	if (asked->flags & SETUP_CQE_MIXED && c < 2)
		return fail_as(f, FAIL_USAGE, -EINVAL,
			       "CQE_MIXED needs a CQ of 2 entries: a CQE of 32 bytes takes "
			       "two");
	if (asked->flags & SETUP_SQE_MIXED && s < 2)
		return fail_as(f, FAIL_USAGE, -EINVAL,
			       "SQE_MIXED needs an SQ of 2 entries: an SQE of 128 bytes "
			       "takes two");
	*sq = s;
	*cq = c;
	return 0;
}

int layout_check(unsigned entries, const struct ring_params *asked, uint32_t max_entries,
		 struct fail *f)
{
	uint32_t sq, cq;
	int r = check_flags(asked->flags, f);

	return r < 0 ? r : round_sizes(entries, asked, max_entries, &sq, &cq, f);
}

static int check_since(struct kver v, uint32_t flags, struct fail *f)
{
	const struct uapi_table *t = &uapi_tables[UAPI_SETUP];

	for (unsigned i = 0; i < t->n; i++) {
		const struct uapi_row *row = &t->rows[i];

		if (flags & 1u << row->number && kver_before(v, row->since))
			return fail_as(f, FAIL_UNAVAILABLE, -EOPNOTSUPP,
				       "%s is not in Linux %u.%u: it came with %u.%u", row->name,
				       v.major, v.minor, row->since.major, row->since.minor);
	}
	return 0;
}

static uint32_t features_of(struct kver v)
{
	const struct uapi_table *t = &uapi_tables[UAPI_FEAT];
	uint32_t features = 0;

	for (unsigned i = 0; i < t->n; i++)
		if (!kver_before(v, t->rows[i].since))
			features |= 1u << t->rows[i].number;
	return features;
}

uint32_t layout_stable_features(const char *release, unsigned *from)
{
	const struct stable *found = NULL;
	struct kver3 v;

	if (kver3_parse(release, &v, NULL) == 0)
		for (unsigned i = 0; i < ARRAY_SIZE(stables) && !found; i++)
			if (stables[i].branch.major == v.major &&
			    stables[i].branch.minor == v.minor)
				found = &stables[i];
	if (from)
		*from = found ? found->patch : 0;
	return found && v.patch >= found->patch ? found->features : 0;
}

uint32_t layout_array_offset(const struct ring_params *p)
{
	uint64_t end = p->cq_off.cqes + 16ull * p->cq_entries;

	if (p->flags & SETUP_CQE32)
		end *= 2;
	return (end + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE;
}

static const struct mended *mended_in(struct kver v)
{
	for (unsigned i = 0; i < ARRAY_SIZE(array_mended); i++)
		if (array_mended[i].branch.major == v.major &&
		    array_mended[i].branch.minor == v.minor)
			return &array_mended[i];
	return NULL;
}

void layout_stable_array(const char *release, struct ring_params *p)
{
	const struct mended *m;
	struct kver3 v;

	if (kver3_parse(release, &v, NULL) < 0)
		return;
	m = mended_in((struct kver){ v.major, v.minor });
	if (m && m->patch && v.patch >= m->patch)
		p->sq_off.array = layout_array_offset(p);
}

static uint32_t past(const struct ring_params *p)
{
	return layout_array_offset(p) + p->sq_entries * sizeof(uint32_t);
}

bool layout_array_is_past(const struct ring_params *p)
{
	return p->sq_entries && p->sq_off.array == past(p);
}

int layout_predict(struct kver v, unsigned entries, const struct ring_params *asked,
		   struct ring_params *out, struct fail *f)
{
	const struct layout_form *form = layout_form_of(v);
	struct ring_params p = *asked;
	int r;

	if (!form)
		return fail_as(f, FAIL_UNAVAILABLE, -EOPNOTSUPP,
			       "io_uring is not in Linux %u.%u: it came with 5.1", v.major,
			       v.minor);
	r = layout_check(entries, asked, form->max_entries, f);
	if (r == 0)
		r = check_since(v, asked->flags, f);
	if (r == 0)
		r = round_sizes(entries, asked, form->max_entries, &p.sq_entries, &p.cq_entries, f);
	if (r < 0)
		return r;
	p.features = features_of(v);
	p.sq_off = form->sq;
	p.cq_off = form->cq;
	if (form->single && !(p.flags & SETUP_NO_SQARRAY))
		p.sq_off.array = mended_in(v) ? past(&p) : layout_array_offset(&p);
	*out = p;
	return 0;
}

unsigned layout_compare(const struct ring_params *predicted, const struct ring_params *observed,
			struct layout_difference diff[static LAYOUT_MAX_DIFFERENCES])
{
#define ROW(member)                                           \
	{                                                     \
#member, offsetof(struct ring_params, member) \
	}
	static const struct {
		const char *name;
		size_t offset;
	} rows[] = {
		ROW(sq_entries),	  ROW(cq_entries),	    ROW(features),
		ROW(sq_off.head),	  ROW(sq_off.tail),	    ROW(sq_off.ring_mask),
		ROW(sq_off.ring_entries), ROW(sq_off.flags),	    ROW(sq_off.dropped),
		ROW(sq_off.array),	  ROW(cq_off.head),	    ROW(cq_off.tail),
		ROW(cq_off.ring_mask),	  ROW(cq_off.ring_entries), ROW(cq_off.overflow),
		ROW(cq_off.cqes),	  ROW(cq_off.flags),
	};
#undef ROW
	unsigned n = 0;

	static_assert(ARRAY_SIZE(rows) <= LAYOUT_MAX_DIFFERENCES, "room for all differences");
	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		uint32_t a = *(const uint32_t *)((const char *)predicted + rows[i].offset);
		uint32_t b = *(const uint32_t *)((const char *)observed + rows[i].offset);

		if (a != b)
			diff[n++] = (struct layout_difference){ rows[i].name, a, b };
	}
	return n;
}
