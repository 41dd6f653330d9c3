/* SPDX-License-Identifier: MIT */
#include "grid.h"

#include <string.h>

#include "probe/lib/base.h"
#include "probe/lib/suggest.h"

static bool is_number(const struct opt *k)
{
	return k->type == OPT_UINT || k->type == OPT_SIZE || k->type == OPT_TIME;
}

static const struct opt *find(const char *name, struct fail *f)
{
	const struct opt *k = opt_find(job_opt_rows, n_job_opt_rows, name);
	struct suggestion near = { 0 };

	for (unsigned i = 0; !k && i < n_job_opt_rows; i++) {
		if (!job_opt_rows[i].neg || strcmp(job_opt_rows[i].neg, name))
			continue;
		fail_as(f, FAIL_USAGE, -EINVAL, "sweep: '%s' is swept as %s=on,off", name,
			job_opt_rows[i].name);
		return NULL;
	}
	if (k && k->not_for & NOT_SWEPT) {
		fail_as(f, FAIL_USAGE, -EINVAL,
			"sweep: '%s' says how runs are made: there is nothing to compare", name);
		return NULL;
	}
	if (k)
		return k;
	for (unsigned i = 0; i < n_job_opt_rows; i++)
		if (!(job_opt_rows[i].not_for & NOT_SWEPT))
			suggest(&near, name, job_opt_rows[i].name);
	fail_as(f, FAIL_USAGE, -EINVAL, "sweep: there is no option '%s'%s", name,
		suggest_text(&near, "; see uringtool bench --help"));
	return NULL;
}

static int set(const struct opt *k, struct job *job, const char *level, struct fail *f)
{
	/* An empty level means that a text option is not given. */
	return opt_set(k, job, k->type == OPT_STR && !*level ? NULL : level, f);
}

static int add_level(struct factor *fa, const char *text, size_t len, struct fail *f)
{
	struct job scratch;
	struct fail why;
	char *to = fa->level[fa->n];

	if (fa->n == GRID_MAX_LEVELS)
		return fail_as(f, FAIL_USAGE, -EINVAL, "sweep: %s has more than %u levels",
			       fa->opt->name, GRID_MAX_LEVELS);
	if (len >= sizeof(fa->level[0]))
		return fail_as(f, FAIL_USAGE, -EINVAL, "sweep: a level of %s is too long",
			       fa->opt->name);
	memcpy(to, text, len);
	to[len] = '\0';
	if (set(fa->opt, &scratch, to, &why) < 0)
		return fail_as(f, FAIL_USAGE, -EINVAL, "sweep: %s", why.msg);
	for (unsigned i = 0; i < fa->n; i++)
		if (!strcmp(fa->level[i], to))
			return fail_as(f, FAIL_USAGE, -EINVAL, "sweep: %s has the level '%s' twice",
				       fa->opt->name, to);
	fa->n++;
	return 0;
}

static int add_number(struct factor *fa, uint64_t v, struct fail *f)
{
	_cleanup_str_ struct str text = { 0 };

	if (fa->opt->type == OPT_SIZE)
		size_text(&text, v);
	else if (fa->opt->type == OPT_TIME)
		time_text(&text, v);
	else
		str_addf(&text, "%llu", (unsigned long long)v);
	return add_level(fa, str_text(&text), text.len, f);
}

static int number(const struct opt *k, const char *text, size_t len, uint64_t *out, struct fail *f)
{
	struct job scratch;
	struct fail why;
	char copy[48];

	snprintf(copy, sizeof(copy), "%.*s", (int)len, text);
	if (opt_set(k, &scratch, copy, &why) < 0)
		return fail_as(f, FAIL_USAGE, -EINVAL, "sweep: %s", why.msg);
	*out = opt_u64(k, &scratch);
	return 0;
}

/* Parses first..last; dots points to the dots. */
static int add_range(struct factor *fa, const char *text, size_t len, const char *dots,
		     struct fail *f)
{
	uint64_t v, last;
	int r = number(fa->opt, text, dots - text, &v, f);

	if (r == 0)
		r = number(fa->opt, dots + 2, text + len - dots - 2, &last, f);
	if (r < 0)
		return r;
	if (!v || v >= last)
		return fail_as(f, FAIL_USAGE, -EINVAL,
			       "sweep: the range '%.*s' of %s must double from at least 1 to more",
			       (int)len, text, fa->opt->name);
	for (; r == 0 && v<last; v = v> last / 2 ? last : 2 * v)
		r = add_number(fa, v, f);
	return r < 0 ? r : add_number(fa, last, f);
}

static int add_levels(struct factor *fa, const char *text, struct fail *f)
{
	const char *const parted = strchr(text, ';') ? ";" : ",";

	for (;;) {
		size_t len = strcspn(text, parted);
		const char *dots = is_number(fa->opt) ? memmem(text, len, "..", 2) : NULL;
		int r = dots ? add_range(fa, text, len, dots, f) : add_level(fa, text, len, f);

		if (r < 0)
			return r;
		if (!text[len])
			return 0;
		text += len + 1;
	}
}

int grid_add(struct grid *g, const char *text, struct fail *f)
{
	_cleanup_free_ struct factor *fa = calloc(1, sizeof(*fa));
	_cleanup_free_ char *name = strndup(text, strcspn(text, "="));
	const char *levels = strchr(text, '=');
	unsigned cells = g->n ? g->n_cells : 1;
	int r;

	if (!fa || !name)
		return fail_set(f, -ENOMEM, "out of memory");
	fa->opt = find(name, f);
	if (!fa->opt)
		return -EINVAL;
	if (grid_has(g, name))
		return fail_as(f, FAIL_USAGE, -EINVAL, "sweep: %s is named twice", name);
	if (!levels && fa->opt->type != OPT_BOOL && fa->opt->type != OPT_UINT_OPTIONAL)
		return fail_as(f, FAIL_USAGE, -EINVAL,
			       "sweep: %s needs levels: --sweep %s=FIRST,SECOND,... or a range",
			       name, name);
	r = add_levels(fa, levels ? levels + 1 : "off,on", f);
	if (r < 0)
		return r;
	if (fa->n < 2)
		return fail_as(f, FAIL_USAGE, -EINVAL,
			       "sweep: %s has one level: to set it, give --%s itself", name, name);
	if (g->n == GRID_MAX_FACTORS)
		return fail_as(f, FAIL_USAGE, -EINVAL, "sweep: more than %u options at once",
			       GRID_MAX_FACTORS);
	if (cells * fa->n > GRID_MAX_CELLS)
		return fail_as(f, FAIL_USAGE, -EINVAL,
			       "sweep: with %s these are %u configurations, more than %u: sweep "
			       "over fewer options at once, or fewer levels",
			       name, cells * fa->n, GRID_MAX_CELLS);
	g->n_cells = cells * fa->n;
	g->factor[g->n++] = *fa;
	return 0;
}

/* Distance in cells between two levels of a factor. */
static unsigned step(const struct grid *g, unsigned factor)
{
	unsigned n = 1;

	for (unsigned i = factor + 1; i < g->n; i++)
		n *= g->factor[i].n;
	return n;
}

unsigned grid_level(const struct grid *g, unsigned cell, unsigned factor)
{
	return cell / step(g, factor) % g->factor[factor].n;
}

unsigned grid_with(const struct grid *g, unsigned cell, unsigned factor, unsigned level)
{
	return cell + (level - grid_level(g, cell, factor)) * step(g, factor);
}

void grid_apply(const struct grid *g, unsigned cell, struct job *job)
{
	for (unsigned i = 0; i < g->n; i++)
		set(g->factor[i].opt, job, g->factor[i].level[grid_level(g, cell, i)], NULL);
}

bool grid_has(const struct grid *g, const char *name)
{
	for (unsigned i = 0; i < g->n; i++)
		if (!strcmp(g->factor[i].opt->name, name))
			return true;
	return false;
}

void grid_setting_text(const struct grid *g, unsigned factor, unsigned level, struct str *to)
{
	str_addf(to, "%s=%s", g->factor[factor].opt->name, g->factor[factor].level[level]);
}

void grid_cell_text(const struct grid *g, unsigned cell, int without, struct str *to)
{
	bool more = false;

	for (unsigned i = 0; i < g->n; i++) {
		if ((int)i == without)
			continue;
		str_add(to, more ? " " : "");
		grid_setting_text(g, i, grid_level(g, cell, i), to);
		more = true;
	}
}
