/* SPDX-License-Identifier: MIT */
#include "svg.h"

#include <string.h>

#include "cmd/output/escape.h"
#include "cmd/output/written.h"

static const struct {
	const char *cls;
	unsigned size;
} fonts[SVG_FONTS] = {
	[SVG_TITLE] = { "title", 20 },
	[SVG_HEADING] = { "heading", 15 },
	[SVG_TEXT] = { "text", 12 },
	[SVG_SMALL] = { "small", 10 },
};

/* Colours of a scheme, written out for light and dark, because many SVG viewers do not support variables. */
#define SCHEME(bg, fg, dim, line, k, k2, a, a2, c, c2, p, p2) \
	".bg { fill: " bg " }\n"                              \
	"text { fill: " fg " }\n"                             \
	"text.dim { fill: " dim " }\n"                        \
	"line { stroke: " line " }\n"                         \
	"text.kernel { fill: " k2 " }\n"                      \
	"text.app { fill: " a2 " }\n"                         \
	"text.const { fill: " c2 " }\n"                       \
	"rect.kernel { fill: " k "; stroke: " k2 " }\n"       \
	"rect.app { fill: " a "; stroke: " a2 " }\n"          \
	"rect.const { fill: " c "; stroke: " c2 " }\n"        \
	"rect.padding { fill: " p "; stroke: " p2 " }\n"      \
	"polyline { fill: none; stroke: " dim " }\n"          \
	"polyline.kernel { stroke: " k2 " }\n"                \
	"polyline.app { stroke: " a2 " }\n"                   \
	"polyline.const { stroke: " c2 " }\n"                 \
	"path.kernel { fill: " k2 " }\n"                      \
	"path.app { fill: " a2 " }\n"                         \
	"path.const { fill: " c2 " }\n"

static const char style[] =
	"text { font-family: ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace }\n"
	".title { font-size: 20px; font-weight: bold }\n"
	".heading { font-size: 15px; font-weight: bold }\n"
	".text { font-size: 12px }\n"
	".small { font-size: 10px }\n"
	".strong { font-weight: bold }\n"
	"polyline { stroke-width: 2 }\n"
	"polyline.dashed { stroke-width: 1; stroke-dasharray: 5 4 }\n" SCHEME(
		"#ffffff", "#1f2328", "#59636e", "#afb8c1", "#d3ebf8", "#0b6a9c", "#fdebc8",
		"#8a5a00", "#ebdff7", "#6b3fa0", "#f3f4f6",
		"#d0d7de") "@media (prefers-color-scheme: dark) {\n" SCHEME("#0d1117", "#e6edf3",
									    "#9aa4ae", "#4b535d",
									    "#0d3347", "#7cc7ef",
									    "#40300c", "#f0c265",
									    "#2f2145", "#cfb0f5",
									    "#161b22",
									    "#343b44") "}\n";

void svg_rect(struct svg *s, const char *cls, unsigned x, unsigned y, unsigned w, unsigned h)
{
	str_addf(&s->body,
		 "<rect class=\"%s\" x=\"%u\" y=\"%u\" width=\"%u\" height=\"%u\" rx=\"2\"/>\n",
		 cls, x, y, w, h);
}

void svg_text(struct svg *s, enum svg_font font, const char *cls, enum svg_anchor anchor,
	      unsigned x, unsigned y, const char *text)
{
	static const char *const anchors[] = {
		[SVG_START] = "",
		[SVG_MIDDLE] = " text-anchor=\"middle\"",
		[SVG_END] = " text-anchor=\"end\"",
	};

	str_addf(&s->body, "<text class=\"%s%s%s\" x=\"%u\" y=\"%u\"%s>", fonts[font].cls,
		 *cls ? " " : "", cls, x, y, anchors[anchor]);
	escape_xml(&s->body, text);
	str_add(&s->body, "</text>\n");
}

void svg_line(struct svg *s, unsigned x1, unsigned y1, unsigned x2, unsigned y2)
{
	str_addf(&s->body, "<line x1=\"%u\" y1=\"%u\" x2=\"%u\" y2=\"%u\"/>\n", x1, y1, x2, y2);
}

void svg_polyline(struct svg *s, const char *cls, const struct svg_at *at, unsigned n)
{
	str_addf(&s->body, "<polyline class=\"%s\" points=\"", cls);
	for (unsigned i = 0; i < n; i++)
		str_addf(&s->body, "%s%u,%u", i ? " " : "", at[i].x, at[i].y);
	str_add(&s->body, "\"/>\n");
}

void svg_mark(struct svg *s, const char *cls, enum svg_mark shape, struct svg_at at)
{
	static const char *const shapes[] = {
		[SVG_CIRCLE] = "m-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z",
		[SVG_DIAMOND] = "m0 -5l5 5l-5 5l-5 -5z",
		[SVG_TRIANGLE] = "m0 -5l5 9h-10z",
	};

	str_addf(&s->body, "<path class=\"%s\" d=\"M%u %u%s\"/>\n", cls, at.x, at.y, shapes[shape]);
}

void svg_group(struct svg *s, const char *title)
{
	str_add(&s->body, "<g><title>");
	escape_xml(&s->body, title);
	str_add(&s->body, "</title>\n");
}

void svg_group_end(struct svg *s)
{
	str_add(&s->body, "</g>\n");
}

/* Common monospaced fonts are 0.6 em wide; this leaves a margin. */
unsigned svg_fit(enum svg_font font, unsigned width)
{
	return width * 100 / (fonts[font].size * 62);
}

unsigned svg_wrapped(struct svg *s, enum svg_font font, const char *cls, unsigned x, unsigned y,
		     unsigned width, unsigned baseline, const char *text)
{
	unsigned room = svg_fit(font, width), lines = 0;

	while (*text) {
		size_t n = strlen(text), end;
		_cleanup_str_ struct str line = { 0 };

		if (n > room) {
			for (n = room; n && text[n] != ' '; n--)
				;
			if (!n)
				n = room;
		}
		end = n + strspn(text + n, " ");
		str_addn(&line, text, n);
		if (s)
			svg_text(s, font, cls, SVG_START, x, y + lines * baseline, str_text(&line));
		lines++;
		text += end;
	}
	return lines;
}

const char *svg_style(void)
{
	return style;
}

/* The root element with the body; its ids get the suffix. */
static void element(const struct svg *s, const char *attributes, const char *suffix,
		    const char *title, const char *desc, const char *css, struct str *to)
{
	unsigned height = s->y + SVG_MARGIN;

	str_addf(to,
		 "<svg %sviewBox=\"0 0 %u %u\" width=\"%u\" height=\"%u\" role=\"img\" "
		 "aria-labelledby=\"title%s desc%s\">\n<title id=\"title%s\">",
		 attributes, SVG_WIDTH, height, SVG_WIDTH, height, suffix, suffix, suffix);
	escape_xml(to, title);
	str_addf(to, "</title>\n<desc id=\"desc%s\">", suffix);
	escape_xml(to, desc);
	str_addf(to, "</desc>\n%s<rect class=\"bg\" width=\"%u\" height=\"%u\"/>\n", css, SVG_WIDTH,
		 height);
	str_add(to, str_text(&s->body));
	str_add(to, "</svg>\n");
}

int svg_document(const struct svg *s, const char *title, const char *desc, struct str *to)
{
	_cleanup_str_ struct str css = { 0 };

	str_addf(&css, "<style>\n%s</style>\n", style);
	str_add(to, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- " WRITTEN_MARK " -->\n");
	element(s, "xmlns=\"http://www.w3.org/2000/svg\" ", "", title, desc, str_text(&css), to);
	return css.err ? css.err : s->body.err ? s->body.err : to->err;
}

int svg_embed(const struct svg *s, unsigned number, const char *title, const char *desc,
	      struct str *to)
{
	char suffix[16];

	snprintf(suffix, sizeof(suffix), "-%u", number);
	element(s, "", suffix, title, desc, "", to);
	return s->body.err ? s->body.err : to->err;
}
