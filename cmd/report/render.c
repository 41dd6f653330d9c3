/* SPDX-License-Identifier: MIT */
#include "render.h"

#include <math.h>
#include <string.h>
#include <time.h>

#include "cmd/output/number.h"

void say_value(struct str *to, const struct doc_value *v, const char *unit)
{
	switch (v->type) {
	case VALUE_NUMBER:
		say_number(to, v->number, unit);
		break;
	case VALUE_BOOL:
		str_add(to, v->yes ? "yes" : "no");
		break;
	case VALUE_TEXT:
		str_add(to, v->text);
		break;
	default:
		str_add(to, "-");
	}
}

void say_limit(struct str *to, const struct doc_check *c)
{
	if (c->limit.type == VALUE_NONE)
		return;
	if (c->op)
		str_addf(to, "%s ", c->op);
	say_value(to, &c->limit, c->unit);
}

void say_finding(struct str *to, const struct doc_check *c)
{
	if (c->value.type != VALUE_NONE) {
		str_addf(to, "%s%s", said(c->metric), c->metric ? " " : "");
		say_value(to, &c->value, c->unit);
	}
	if (c->limit.type != VALUE_NONE) {
		str_add(to, to->len ? ", wanted " : "wanted ");
		say_limit(to, c);
	}
	if (c->why)
		str_addf(to, "%s%s", to->len ? ": " : "", c->why);
}

void say_title(struct str *to, const struct doc_check *c)
{
	str_add(to, c->title ? c->title : c->id);
	if (c->device && !strstr(str_text(to), c->device))
		str_addf(to, ", %s", c->device);
}

void say_bench(struct str *to, const struct doc_bench *b)
{
	str_add(to, b->name);
	if (b->device)
		str_addf(to, " on %s", b->device);
	if (b->repeat > 1)
		str_addf(to, ", run %u", b->repeat);
}

void say_group(struct str *to, const struct fleet_group *g)
{
	str_add(to, g->model ? g->model : "devices without a model");
	if (g->firmware)
		str_addf(to, ", firmware %s", g->firmware);
}

static const char *made(struct report *r, struct str *text)
{
	char **more = realloc(r->made, (r->n_made + 1) * sizeof(*more));

	if (!more || text->err || !text->s) {
		r->made = more ? more : r->made;
		str_free(text);
		return NULL;
	}
	r->made = more;
	r->made[r->n_made++] = text->s;
	*text = (struct str){ 0 };
	return r->made[r->n_made - 1];
}

static const char *made_text(struct report *r, const char *before, const char *text)
{
	struct str s = { 0 };

	str_addf(&s, "%s%s", before, text);
	return made(r, &s);
}

static bool complete(const struct doc_check *c)
{
	return c->id && c->title && (c->verdict == DOC_PASS || c->why);
}

/* Whether a file, or its folder, is named after the host. */
static bool is_of_host(const char *file, const char *host)
{
	size_t len = strlen(host);

	for (const char *at = file; at; at = strchr(at, '/')) {
		at += *at == '/';
		if (!strncmp(at, host, len) && strchr("./", at[len]))
			return true;
	}
	return false;
}

static const char *missing_why(struct report *r, const char *host)
{
	for (size_t i = 0; i < r->n_unreadable; i++) {
		struct str s = { 0 };

		if (!is_of_host(r->unreadable[i].file, host))
			continue;
		str_addf(&s, "expected, and %s cannot be read: %s", r->unreadable[i].file,
			 r->unreadable[i].why);
		return made(r, &s);
	}
	return "expected, and there is no result";
}

static bool add_roll(struct report *r)
{
	struct doc_check *c = &r->checks[r->n_checks];
	struct str s = { 0 };

	for (size_t i = 0; i < r->fleet.n_missing; i++) {
		const char *host = r->fleet.missing[i];

		*c = (struct doc_check){ .id = made_text(r, "host/", host),
					 .kind = "fleet",
					 .required = true,
					 .verdict = DOC_FAIL,
					 .title = made_text(r, "a result of host ", host),
					 .why = missing_why(r, host) };
		if (!complete(c++))
			return false;
		r->n_checks++;
	}
	if (r->fleet.n_missing || !r->ask.expected)
		return true;
	str_addf(&s, "a result of each of %zu expected hosts", r->ask.n_expected);
	*c = (struct doc_check){
		.id = "hosts", .kind = "fleet", .required = true, .title = made(r, &s)
	};
	r->n_checks++;
	return complete(c);
}

static bool add_unreadable(struct report *r)
{
	for (size_t i = 0; i < r->n_unreadable; i++) {
		struct doc_check *c = &r->checks[r->n_checks++];

		*c = (struct doc_check){ .id = made_text(r, "file/", r->unreadable[i].file),
					 .kind = "fleet",
					 .required = true,
					 .verdict = DOC_INVALID,
					 .title = made_text(r, "a result in ",
							    r->unreadable[i].file),
					 .why = r->unreadable[i].why };
		if (!complete(c))
			return false;
	}
	return true;
}

static const char *outlier_why(struct report *r, const struct fleet_outlier *o)
{
	const struct quantity *m = &quantities[o->group->metric];
	struct str s = { 0 };

	str_add(&s, o->worse ? "worse" : "better");
	str_addf(&s, " by %.1f deviations than the median ", fabs(o->deviation));
	say_number(&s, o->group->median, unit_names[m->unit]);
	str_addf(&s, " of %zu of ", o->group->n);
	say_group(&s, o->group);
	return made(r, &s);
}

static bool add_outliers(struct report *r)
{
	bool judged = false;

	for (size_t i = 0; i < r->fleet.n_outliers; i++) {
		const struct fleet_outlier *o = &r->fleet.outliers[i];
		const struct quantity *m = &quantities[o->group->metric];
		struct doc_check *c = &r->checks[r->n_checks++];
		struct str id = { 0 }, title = { 0 };

		str_addf(&id, "outlier/%s/%s/%s/%s%s%s", o->doc->host, o->group->plan,
			 o->group->bench, m->name, o->device ? "/" : "", said(o->device));
		str_addf(&title, "%s of %s on %s is as of the others", m->label, o->group->bench,
			 o->doc->host);
		*c = (struct doc_check){
			.id = made(r, &id),
			.kind = "fleet",
			.device = o->device,
			.bench = o->group->bench,
			.metric = m->name,
			.unit = unit_names[m->unit],
			.required = r->ask.outliers_fail && o->worse,
			.verdict = DOC_FAIL,
			.value = { VALUE_NUMBER, .number = o->value },
			.title = made(r, &title),
			.why = outlier_why(r, o),
		};
		if (!complete(c))
			return false;
	}
	for (size_t i = 0; i < r->fleet.n_groups; i++)
		judged |= r->fleet.groups[i].n >= FLEET_MIN_DEVICES;
	if (judged && !r->fleet.n_outliers)
		r->checks[r->n_checks++] = (struct doc_check){
			.id = "outliers",
			.kind = "fleet",
			.required = r->ask.outliers_fail,
			.title = "no device differs from those of its model and firmware",
		};
	return true;
}

static void add_count(struct str *to, size_t n, const char *one, const char *many)
{
	if (n)
		str_addf(to, "%s%zu %s", to->len ? ", " : "", n, n == 1 ? one : many);
}

static void summarise(struct report *r)
{
	const struct fleet *f = &r->fleet;
	struct str s = { 0 };
	size_t judged = 0;

	if (!r->many && f->n_docs == 1 && f->docs[0]->why)
		str_add(&s, f->docs[0]->why);
	if (r->many) {
		for (unsigned i = 0; i < DOC_VERDICTS; i++)
			judged += f->counts[i];
		str_addf(&s, "%u of %zu pass", f->counts[DOC_PASS], judged);
		add_count(&s, f->counts[DOC_FAIL], "fails", "fail");
		add_count(&s, f->counts[DOC_INVALID], "is invalid", "are invalid");
		add_count(&s, f->counts[DOC_SKIPPED], "is skipped", "are skipped");
		add_count(&s, f->n_missing, "host is missing", "hosts are missing");
		add_count(&s, r->n_unreadable, "file is unreadable", "files are unreadable");
		add_count(&s, f->n_outliers, "outlier", "outliers");
	}
	r->summary = s;
}

int report_prepare(struct report *r)
{
	const struct fleet *f = &r->fleet;
	time_t now = time(NULL);
	struct tm tm;

	strftime(r->time, sizeof(r->time), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &tm));
	r->suites = calloc(f->n_docs + 1, sizeof(*r->suites));
	r->checks = calloc(f->n_missing + r->n_unreadable + f->n_outliers + 2, sizeof(*r->checks));
	if (!r->suites || !r->checks || !add_roll(r) || !add_unreadable(r) || !add_outliers(r))
		return -ENOMEM;
	for (size_t i = 0; i < f->n_docs; i++) {
		const struct document *d = f->docs[i];

		if (d->judged)
			r->suites[r->n_suites++] = (struct suite){ d,		d->host,
								   d->name,	d->checks,
								   d->n_checks, d->verdict };
	}
	r->n_results = r->n_suites;
	if (r->n_checks) {
		struct suite *s = &r->suites[r->n_suites++];

		*s = (struct suite){ NULL, "fleet", "fleet", r->checks, r->n_checks, DOC_PASS };
		for (size_t i = 0; i < r->n_checks; i++)
			if (r->checks[i].required && r->checks[i].verdict > s->verdict)
				s->verdict = r->checks[i].verdict;
	}
	summarise(r);
	return r->summary.err;
}

void report_free(struct report *r)
{
	for (size_t i = 0; i < r->n_made; i++)
		free(r->made[i]);
	free(r->made);
	free(r->suites);
	free(r->checks);
	str_free(&r->summary);
	fleet_free(&r->fleet);
}
