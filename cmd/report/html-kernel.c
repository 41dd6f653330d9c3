/* SPDX-License-Identifier: MIT */
#include "html-parts.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <string.h>

#include "cmd/layout/svg-layout.h"
#include "dump/abi/predict.h"
#include "probe/lib/json.h"
#include "render.h"

/* More than any kernel allows, but few enough to draw. */
#define MAX_ENTRIES 65536
#define MAX_HEADER  4096
#define MAX_OFFSET  (1u << 23)

static uint32_t number_at(const cJSON *obj, const char *key, uint32_t max, bool *good)
{
	double v = json_number(obj, key);

	if (v >= 0 && v <= max && v == floor(v))
		return v;
	*good = false;
	return 0;
}

static bool read_params(const cJSON *params, struct ring_params *p)
{
	const cJSON *sq = json_member(params, "sq_off");
	const cJSON *cq = json_member(params, "cq_off");
	bool good = true;

	p->sq_entries = number_at(params, "sq_entries", MAX_ENTRIES, &good);
	p->cq_entries = number_at(params, "cq_entries", MAX_ENTRIES, &good);
	p->flags = number_at(params, "flags", UINT32_MAX, &good);
	p->features = number_at(params, "features", UINT32_MAX, &good);
#define SQ(member, max) p->sq_off.member = number_at(sq, #member, max, &good)
#define CQ(member, max) p->cq_off.member = number_at(cq, #member, max, &good)
	SQ(head, MAX_HEADER);
	SQ(tail, MAX_HEADER);
	SQ(ring_mask, MAX_HEADER);
	SQ(ring_entries, MAX_HEADER);
	SQ(flags, MAX_HEADER);
	SQ(dropped, MAX_HEADER);
	SQ(array, MAX_OFFSET);
	CQ(head, MAX_HEADER);
	CQ(tail, MAX_HEADER);
	CQ(ring_mask, MAX_HEADER);
	CQ(ring_entries, MAX_HEADER);
	CQ(overflow, MAX_HEADER);
	CQ(cqes, MAX_OFFSET);
	CQ(flags, MAX_HEADER);
#undef SQ
#undef CQ
	return good && p->sq_entries && p->cq_entries;
}

/* The header is drawn to scale, up to the first array of a mapping. */
static bool is_drawable(const struct layout *l)
{
	for (unsigned m = 0; m < l->n_maps; m++)
		for (unsigned i = 0; i < l->maps[m].n; i++) {
			const struct layout_part *part = &l->parts[l->maps[m].first + i];

			if (part->field && part->field->is_array)
				break;
			if (part->offset + part->bytes > MAX_HEADER)
				return false;
		}
	return true;
}

/* Reads the values of the header. */
static void read_values(const cJSON *fields, struct layout *l)
{
	const cJSON *field;

	cJSON_ArrayForEach(field, fields)
	{
		const char *name = json_text(field, "name");
		double value = json_number(field, "value");

		for (unsigned i = 0; name && i < l->n_parts; i++) {
			struct layout_part *part = &l->parts[i];

			if (!part->field || strcmp(part->field->name, name) ||
			    part->field->is_array || !(value >= 0 && value <= UINT32_MAX))
				continue;
			part->value = value;
			part->has_value = true;
		}
	}
}

int html_layout(const struct document *d, unsigned *number, struct str *to)
{
	const cJSON *told = json_member(d->tree, "prediction");
	const char *source = json_text(d->tree, "source"), *kernel = json_text(told, "kernel");
	struct layout_story story = { .predicted = source && !strcmp(source, "predicted") };
	struct ring_params p = { 0 };
	struct layout l;

	if (!read_params(json_member(d->tree, "params"), &p) ||
	    layout_of_params(&p, &l, NULL) < 0 || !is_drawable(&l)) {
		str_add(to, "<p>The numbers of this layout are none of a ring.</p>\n");
		return 0;
	}
	read_values(json_member(d->tree, "fields"), &l);
	if (kernel)
		kver_parse(kernel, &story.kernel);
	return svg_layout_embed(&l, &story, (*number)++, to);
}

static void fact_row(struct str *to, const cJSON *fact)
{
	static const char *const columns[] = { "known", "permitted", "works" };
	_cleanup_str_ struct str evidence = { 0 };
	const cJSON *item;

	cJSON_ArrayForEach(item, json_member(fact, "evidence"))
	{
		const char *call = json_text(item, "call"), *args = json_text(item, "args");
		const char *result = json_text(item, "result");

		str_addf(&evidence, "%s%s(%s) = %s", evidence.len ? "; " : "", said(call),
			 said(args), said(result));
	}
	str_add(to, "<tr>");
	html_cell(to, "", json_text(fact, "name"));
	html_cell(to, "", json_text(fact, "since"));
	for (unsigned i = 0; i < ARRAY_SIZE(columns); i++) {
		const char *answer = json_text(fact, columns[i]);

		html_cell(to,
			  !answer		   ? ""
			  : !strcmp(answer, "yes") ? "v-pass"
			  : !strcmp(answer, "no")  ? "v-fail"
						   : "v-skipped",
			  answer);
	}
	html_cell(to, "", str_text(&evidence));
	str_add(to, "</tr>\n");
}

void html_probe(const struct document *d, struct str *to)
{
	static const struct {
		const char *key, *title;
		bool open;
	} tables[] = {
		{ "ops", "Opcodes", true },
		{ "setup_flags", "Setup flags", true },
		{ "features", "Features", true },
		{ "register_ops", "Register operations", false },
		{ "enter_flags", "Enter flags", false },
		{ "sqe_flags", "SQE flags", false },
		{ "cqe_flags", "CQE flags", false },
		{ "op_flags", "Flags of opcodes", false },
	};

	for (unsigned i = 0; i < ARRAY_SIZE(tables); i++) {
		const cJSON *facts = json_member(d->tree, tables[i].key), *fact;

		if (!cJSON_IsArray(facts) || !facts->child)
			continue;
		str_addf(to,
			 "<details%s><summary>%s</summary>\n<table><thead><tr><th>name</th>"
			 "<th>since</th><th>known</th><th>permitted</th><th>works</th>"
			 "<th>evidence</th></tr></thead><tbody>\n",
			 tables[i].open ? " open" : "", tables[i].title);
		cJSON_ArrayForEach(fact, facts)
		{
			fact_row(to, fact);
		}
		str_add(to, "</tbody></table></details>\n");
	}
}
