/* SPDX-License-Identifier: MIT */
#include "svg-layout.h"

#include <string.h>

#include "cmd/draw/svg.h"

#define LINE 64u /* bytes of a cache line, as in draw-layout.c */

/* Offsets are left of the boxes, rulers right of the header. */
#define GUTTER	 56u
#define BOX_X	 (SVG_MARGIN + GUTTER)
#define BOX_W	 (SVG_WIDTH - BOX_X - SVG_MARGIN)
#define BASELINE 15u

/* A row of the header is half a cache line, a cell is one word. */
#define ROW_BYTES 32u
#define WORD	  4u
#define CELL_W	  (BOX_W * WORD / ROW_BYTES)
#define CELL_H	  40u
#define LINE_GAP  20u

/* Arrays; the last entry has space for a number of five digits. */
#define BAND_H	 34u
#define LAST_W	 64u
#define OFFSET_W 7u /* of a digit, with a margin */

/* Inside an entry: 8 bytes wide on the left, explanations on the right. */
#define BYTE_W	 46u
#define ENTRY_W	 (8 * BYTE_W)
#define EXPLAINS (BOX_X + ENTRY_W + 16)

static const char *const writer_classes[WRITERS] = {
	[WRITER_KERNEL] = "kernel",
	[WRITER_APP] = "app",
	[WRITER_CONST] = "const",
};

static const char *number(char buf[static 24], uint64_t n)
{
	snprintf(buf, 24, "%llu", (unsigned long long)n);
	return buf;
}

static void heading(struct svg *s, const char *text)
{
	s->y += 36;
	svg_text(s, SVG_HEADING, "", SVG_START, SVG_MARGIN, s->y, text);
	s->y += 14;
}

static void offset(struct svg *s, unsigned y, uint64_t at)
{
	char buf[24];

	svg_text(s, SVG_SMALL, "dim", SVG_END, BOX_X - 8, y, number(buf, at));
}

static void legend(struct svg *s)
{
	static const struct {
		const char *cls, *text;
		unsigned width;
	} keys[] = {
		{ "kernel", "written by the kernel", 200 },
		{ "app", "written by the application", 236 },
		{ "const", "constant", 108 },
		{ "padding", "padding", 100 },
	};
	unsigned x = SVG_MARGIN;

	for (unsigned i = 0; i < ARRAY_SIZE(keys); i++) {
		svg_rect(s, keys[i].cls, x, s->y - 11, 14, 14);
		svg_text(s, SVG_TEXT, "", SVG_START, x + 22, s->y, keys[i].text);
		x += keys[i].width;
	}
	s->y += 8;
}

static void summary(struct svg *s, const struct layout *l, const struct layout_story *story,
		    struct str *title, struct str *desc)
{
	const unsigned width = SVG_WIDTH - 2 * SVG_MARGIN;
	uint64_t total = 0;

	str_addf(title, "io_uring: the memory of a ring of %u SQ and %u CQ entries",
		 l->p.sq_entries, l->p.cq_entries);
	if (story->predicted)
		str_addf(desc, "As Linux %u.%u is predicted to make it. ", story->kernel.major,
			 story->kernel.minor);
	else if (story->kernel.major)
		str_addf(desc, "As Linux %u.%u made it. ", story->kernel.major,
			 story->kernel.minor);
	str_add(desc, "Setup flags: ");
	layout_flags_text(desc, UAPI_SETUP, l->p.flags);
	str_add(desc, ". ");
	for (unsigned i = 0; i < l->n_maps; i++) {
		str_addf(desc, "%s%s %llu", i ? " + " : "", layout_map_names[l->maps[i].id],
			 (unsigned long long)l->maps[i].bytes);
		total += l->maps[i].bytes;
	}
	str_addf(desc, " = %llu bytes in %u mappings.", (unsigned long long)total, l->n_maps);
	s->y = SVG_MARGIN + 14;
	svg_text(s, SVG_TITLE, "", SVG_START, SVG_MARGIN, s->y, str_text(title));
	s->y += 24;
	s->y += BASELINE *
		svg_wrapped(s, SVG_TEXT, "dim", SVG_MARGIN, s->y, width, BASELINE, str_text(desc));
	s->y += 12;
	legend(s);
}

/* One piece of a header part, inside one row. */
static void header_piece(struct svg *s, const struct layout_part *part, uint64_t from,
			 uint64_t bytes, unsigned y)
{
	unsigned x = BOX_X + from % ROW_BYTES / WORD * CELL_W, w = bytes / WORD * CELL_W - 4;
	_cleanup_str_ struct str text = { 0 };
	char buf[24];

	if (!part->field) {
		svg_rect(s, "padding", x, y, w, CELL_H);
		str_addf(&text, "%llu bytes of padding, %s", (unsigned long long)part->bytes,
			 part->why);
		if (from == part->offset && text.len <= svg_fit(SVG_SMALL, w - 12))
			svg_text(s, SVG_SMALL, "dim", SVG_START, x + 6, y + 24, str_text(&text));
		return;
	}
	svg_group(s, part->field->purpose);
	svg_rect(s, writer_classes[part->field->writer], x, y, w, CELL_H);
	svg_text(s, SVG_SMALL, "strong", SVG_START, x + 5, y + 15, part->field->name);
	str_addf(&text, "%llu", (unsigned long long)part->offset);
	svg_text(s, SVG_SMALL, "dim", SVG_START, x + 5, y + 31, str_text(&text));
	if (part->has_value) {
		snprintf(buf, sizeof(buf), "= %u", part->value);
		svg_text(s, SVG_SMALL, writer_classes[part->field->writer], SVG_END, x + w - 5,
			 y + 31, buf);
	}
	svg_group_end(s);
}

/* Vertical position of the row of a header byte, relative to the header. */
static unsigned row_y(uint64_t at)
{
	return LINE_GAP + at / ROW_BYTES * (CELL_H + 4) + at / LINE * LINE_GAP;
}

static void line_ruler(struct svg *s, const struct layout_part *parts, unsigned n, uint64_t from,
		       unsigned y)
{
	static const char *const names[WRITERS] = { "the kernel", "the application", NULL };
	_cleanup_str_ struct str text = { 0 };
	unsigned by[WRITERS] = { 0 };

	for (unsigned i = 0; i < n; i++)
		if (parts[i].field && parts[i].offset >= from && parts[i].offset < from + LINE)
			by[parts[i].field->writer]++;
	str_addf(&text, "cache line %llu", (unsigned long long)(from / LINE));
	for (unsigned w = 0, any = 0; w < WRITERS; w++)
		if (by[w] && names[w])
			str_addf(&text, "%s %s", any++ ? " and by" : ": written by", names[w]);
	svg_text(s, SVG_SMALL, "dim", SVG_START, BOX_X, y - 6, str_text(&text));
	svg_line(s, BOX_X + 6 * text.len + 10, y - 9, BOX_X + BOX_W - 4, y - 9);
}

/* The fields before the first array, to scale. */
static void header(struct svg *s, const struct layout_part *parts, unsigned n)
{
	uint64_t end = parts[n - 1].offset + parts[n - 1].bytes;

	for (uint64_t at = 0; at < end; at += ROW_BYTES) {
		unsigned y = s->y + row_y(at);

		if (at % LINE == 0)
			line_ruler(s, parts, n, at, y);
		offset(s, y + 24, at);
	}
	for (unsigned i = 0; i < n; i++)
		for (uint64_t at = parts[i].offset, stop = at + parts[i].bytes; at < stop;) {
			uint64_t next = (at / ROW_BYTES + 1) * ROW_BYTES;

			if (next > stop)
				next = stop;
			header_piece(s, &parts[i], at, next - at, s->y + row_y(at));
			at = next;
		}
	s->y += row_y(end - 1) + CELL_H;
}

/* The first entries of an array, and the last. */
struct band {
	const struct layout_part *part;
	unsigned shown; /* number of first entries */
	unsigned width; /* of one entry */
	bool gap;	/* between the first entries and the last */
};

static struct band band_of(const struct layout_part *part)
{
	unsigned to_line = part->stride < LINE ? LINE / part->stride : 1;
	struct band b = { .part = part, .shown = to_line < 4 ? 4 : to_line };

	if (part->count <= b.shown + 1) {
		b.shown = part->count;
		b.width = BOX_W / (b.shown < 5 ? 5 : b.shown);
	} else {
		b.gap = true;
		b.width = BOX_W / (b.shown + 3);
	}
	if (b.width > 150)
		b.width = 150;
	return b;
}

static void band_cell(struct svg *s, const struct band *b, unsigned index, unsigned x,
		      unsigned width)
{
	_cleanup_str_ struct str text = { 0 };
	char at[24];

	str_addf(&text, "[%u]", index);
	number(at, b->part->offset + (uint64_t)index * b->part->stride);
	svg_rect(s, writer_classes[b->part->field->writer], x, s->y, width - 3, BAND_H);
	svg_text(s, SVG_SMALL, "strong", SVG_MIDDLE, x + width / 2 - 1, s->y + 21, str_text(&text));
	if (width >= LAST_W || index == 0 || (index == 1 && strlen(at) * OFFSET_W < width))
		svg_text(s, SVG_SMALL, "dim", SVG_START, x, s->y + BAND_H + 13, at);
}

/* The part of the array in the first cache line. */
static void band_ruler(struct svg *s, const struct band *b)
{
	unsigned stride = b->part->stride, into = b->part->offset % LINE;
	unsigned n = stride < LINE ? (LINE - into) / stride : 1;
	unsigned shown = n < b->shown ? n : b->shown, x = BOX_X + shown * b->width - 3;
	unsigned y = s->y - 5;
	char text[40];

	if (stride > LINE)
		snprintf(text, sizeof(text), "%u cache lines", stride / LINE);
	else
		snprintf(text, sizeof(text), "%s",
			 into || shown < n ? "inside one cache line" : "one cache line");
	svg_text(s, SVG_SMALL, "dim", SVG_START, BOX_X, y - 5, text);
	svg_line(s, BOX_X, y, x, y);
	svg_line(s, BOX_X, y - 3, BOX_X, y + 3);
	svg_line(s, x, y - 3, x, y + 3);
}

static void array(struct svg *s, const struct layout_part *part)
{
	static const char *const names[LAYOUT_FIELDS] = {
		[FIELD_SQ_ARRAY] = "SQ index array",
		[FIELD_CQ_CQES] = "CQE array",
		[FIELD_SQES] = "SQE array",
	};
	const struct band b = band_of(part);
	_cleanup_str_ struct str text = { 0 };
	unsigned last_w = b.width < LAST_W ? LAST_W : b.width, last = BOX_X + BOX_W - last_w;

	str_addf(&text, "%s, %s: %u × %u = %llu bytes", part->field->name,
		 names[part->field - layout_fields], part->count, part->stride,
		 (unsigned long long)part->bytes);
	s->y += 24;
	svg_text(s, SVG_TEXT, "strong", SVG_START, BOX_X, s->y, str_text(&text));
	s->y += 28;
	svg_group(s, part->field->purpose);
	offset(s, s->y + 21, part->offset);
	for (unsigned i = 0; i < b.shown; i++)
		band_cell(s, &b, i, BOX_X + i * b.width, b.width);
	if (b.gap) {
		svg_text(s, SVG_TEXT, "dim", SVG_MIDDLE, BOX_X + (b.shown + 1) * b.width, s->y + 21,
			 "…");
		band_cell(s, &b, part->count - 1, last, last_w);
	}
	svg_group_end(s);
	band_ruler(s, &b);
	s->y += BAND_H + 14;
}

static void band_padding(struct svg *s, const struct layout_part *part)
{
	_cleanup_str_ struct str text = { 0 };

	str_addf(&text, "%llu bytes of padding, %s", (unsigned long long)part->bytes, part->why);
	s->y += 14;
	offset(s, s->y + 15, part->offset);
	svg_rect(s, "padding", BOX_X, s->y, BOX_W - 4, 22);
	svg_text(s, SVG_SMALL, "dim", SVG_START, BOX_X + 6, s->y + 15, str_text(&text));
	s->y += 22;
}

static void mapping(struct svg *s, const struct layout *l, unsigned nr)
{
	const struct layout_map *map = &l->maps[nr];
	const struct layout_part *parts = &l->parts[map->first];
	_cleanup_str_ struct str text = { 0 };
	unsigned n = 0;

	str_addf(&text, "Mapping %u: %s, %llu bytes, ", nr + 1, layout_map_names[map->id],
		 (unsigned long long)map->bytes);
	if (map->given)
		str_add(&text, "in memory of the application");
	else
		str_addf(&text, "mmap offset 0x%llx", (unsigned long long)map->mmap_offset);
	heading(s, str_text(&text));
	while (n < map->n && !(parts[n].field && parts[n].field->is_array))
		n++;
	if (n)
		header(s, parts, n);
	for (unsigned i = n; i < map->n; i++) {
		if (parts[i].field)
			array(s, &parts[i]);
		else
			band_padding(s, &parts[i]);
	}
	s->y += 20;
	offset(s, s->y, map->bytes);
	svg_text(s, SVG_SMALL, "dim", SVG_START, BOX_X, s->y, "end of the mapping");
}

/* Explains a member as "or addr2, cmd_op (u32 at 8)", from y on; returns the height. Draws nothing if s is
 * NULL. */
static unsigned explained(struct svg *s, const struct layout_member *m, const char *name,
			  unsigned y)
{
	const unsigned width = SVG_WIDTH - SVG_MARGIN - EXPLAINS;
	_cleanup_str_ struct str text = { 0 }, others = { 0 };
	unsigned lines;

	str_addf(&text, "%s %s: %s", m->type, name, m->brief);
	layout_alternatives(&others, m);
	lines = svg_wrapped(s, SVG_SMALL, "", EXPLAINS, y, width, 13, str_text(&text));
	lines += svg_wrapped(s, SVG_SMALL, "dim", EXPLAINS, y + 13 * lines, width, 13,
			     str_text(&others));
	return 13 * lines;
}

/* Members of up to 8 bytes side by side. */
static void entry_row(struct svg *s, const struct layout_member *m, unsigned n, const char *cls)
{
	unsigned height = 8, y;
	char name[40];

	for (unsigned i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(m[i].names, " :"), m[i].names);
		height += explained(NULL, &m[i], name, 0);
	}
	if (height < (m->bytes > 8 ? 44 : 30))
		height = m->bytes > 8 ? 44 : 30;
	y = s->y + 14;
	offset(s, s->y + height / 2 + 4, m->offset);
	for (unsigned i = 0; i < n; i++) {
		unsigned x = BOX_X + m[i].offset % 8 * BYTE_W;
		unsigned w = (m[i].bytes < 8 ? m[i].bytes : 8) * BYTE_W;

		snprintf(name, sizeof(name), "%.*s", (int)strcspn(m[i].names, " :"), m[i].names);
		svg_group(s, m[i].brief);
		svg_rect(s, cls, x, s->y, w - 3, height);
		svg_text(s, SVG_SMALL, "strong", SVG_MIDDLE, x + w / 2 - 1,
			 s->y + height / 2 + (m[i].bytes > 8 ? -3 : 4), name);
		if (m[i].bytes > 8) {
			char text[24];

			snprintf(text, sizeof(text), "%u bytes", m[i].bytes);
			svg_text(s, SVG_SMALL, "dim", SVG_MIDDLE, x + w / 2 - 1,
				 s->y + height / 2 + 12, text);
		}
		y += explained(s, &m[i], name, y);
		svg_group_end(s);
	}
	s->y += height + 4;
}

static void entry(struct svg *s, const struct layout *l, enum layout_entry which)
{
	const char *cls = which == ENTRY_SQE ? "app" : "kernel";
	unsigned bytes = which == ENTRY_SQE ? l->sqe_bytes : l->cqe_bytes, end = 0;
	bool mixed = l->p.flags & (which == ENTRY_SQE ? SETUP_SQE_MIXED : SETUP_CQE_MIXED);
	char text[80];

	snprintf(text, sizeof(text),
		 mixed ? "Inside one %s of %u bytes, or of %u in two slots"
		       : "Inside one %s of %u bytes",
		 which == ENTRY_SQE ? "SQE" : "CQE", bytes, 2 * bytes);
	heading(s, text);
	for (unsigned i = 0, n; i < n_layout_members; i += n) {
		const struct layout_member *m = &layout_members[i];

		n = 1;
		if (m->entry != which || (m->needs && !(m->needs & l->p.flags)))
			continue;
		while (i + n < n_layout_members && m[n].entry == which &&
		       m[n].offset / 8 == m->offset / 8)
			n++;
		entry_row(s, m, n, cls);
		end = m[n - 1].offset + m[n - 1].bytes;
	}
	s->y += 8;
	offset(s, s->y, end);
	svg_text(s, SVG_SMALL, "dim", SVG_START, BOX_X, s->y, "end of the entry");
}

static void picture(struct svg *s, const struct layout *l, const struct layout_story *story,
		    struct str *title, struct str *desc)
{
	summary(s, l, story, title, desc);
	for (unsigned i = 0; i < l->n_maps; i++)
		mapping(s, l, i);
	entry(s, l, ENTRY_SQE);
	entry(s, l, ENTRY_CQE);
}

int svg_layout(const struct layout *l, const struct layout_story *story, struct str *to)
{
	_cleanup_str_ struct str title = { 0 }, desc = { 0 };
	struct svg s = { 0 };
	int r;

	picture(&s, l, story, &title, &desc);
	r = svg_document(&s, str_text(&title), str_text(&desc), to);
	str_free(&s.body);
	return r;
}

int svg_layout_embed(const struct layout *l, const struct layout_story *story, unsigned number,
		     struct str *to)
{
	_cleanup_str_ struct str title = { 0 }, desc = { 0 };
	struct svg s = { 0 };
	int r;

	picture(&s, l, story, &title, &desc);
	r = svg_embed(&s, number, str_text(&title), str_text(&desc), to);
	str_free(&s.body);
	return r;
}
