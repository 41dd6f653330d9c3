/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include "bench/method/curve.h"
#include "cmd/bench/draw-curve.h"
#include "probe/lib/base.h"

#define MAX_TEXTS 64

struct box {
	double left, top, right, bottom;
	char text[160];
};

/* Common monospaced fonts are 0.6 em wide. */
static struct box box(const char *element)
{
	static const struct {
		const char *cls;
		double size;
	} fonts[] = { { "title", 20 }, { "heading", 15 }, { "text", 12 }, { "small", 10 } };
	char cls[16] = "";
	const char *x = strstr(element, " x=\""), *anchor, *end;
	struct box b = { 0 };
	double at, baseline, size = 0, width;

	assert_non_null(x);
	assert_int_equal(sscanf(element, "<text class=\"%15[a-z]", cls), 1);
	assert_int_equal(sscanf(x, " x=\"%lf\" y=\"%lf\"", &at, &baseline), 2);
	assert_int_equal(sscanf(strchr(x, '>'), ">%159[^<]", b.text), 1);
	for (unsigned i = 0; i < ARRAY_SIZE(fonts); i++)
		if (!strcmp(cls, fonts[i].cls))
			size = fonts[i].size;
	assert_true(size > 0);
	width = 0.602 * size * strlen(b.text);
	end = strchr(x, '>');
	anchor = strstr(x, "text-anchor=\"");
	if (anchor && anchor < end)
		at -= strstr(x, "\"middle\"") == anchor + 12 ? width / 2 : width;
	b.left = at;
	b.right = at + width;
	b.top = baseline - 0.75 * size;
	b.bottom = baseline + 0.2 * size;
	return b;
}

static void check_apart(const char *picture)
{
	struct box texts[MAX_TEXTS];
	unsigned n = 0;

	for (const char *t = picture; (t = strstr(t, "<text ")); t++) {
		assert_true(n < MAX_TEXTS);
		texts[n++] = box(t);
	}
	assert_true(n > 6);
	for (unsigned i = 0; i < n; i++) {
		const struct box *a = &texts[i];

		for (unsigned j = i + 1; j < n; j++) {
			const struct box *b = &texts[j];

			if (a->left < b->right && b->left < a->right && a->top < b->bottom &&
			    b->top < a->bottom)
				fail_msg("\"%s\" lies over \"%s\"", a->text, b->text);
		}
	}
}

/* Every position of the knee, with lines that end low, high, together and apart. */
static void no_text_lies_over_another(void **state)
{
	static const int64_t ends[][3] = {
		{ 1000, 1000, 1000 },	     { 1000, 1000, 1000000 },  { 1000, 900000, 1000000 },
		{ 990000, 995000, 1000000 }, { 1000, 30000, 1000000 },
	};

	(void)state;
	for (unsigned e = 0; e < ARRAY_SIZE(ends); e++) {
		for (unsigned knee = 0; knee < 40; knee++) {
			struct curve c = {
				.ask.factor = 4, .limit_ns = 4000, .n = 40, .found = true
			};
			_cleanup_str_ struct str to = { 0 };

			for (unsigned i = 0; i < c.n; i++)
				c.points[i] = (struct curve_point){
					.asked = 200000.0 * (i + 1),
					.lat = { .p50_ns = ends[e][0],
						 .p99_ns = ends[e][1],
						 .p999_ns = ends[e][2] },
					.sustained = true,
				};
			c.knee = c.points[knee].asked;
			c.beyond = c.knee * 1.02;
			assert_int_equal(svg_curve(&c, "nop", &to), 0);
			check_apart(str_text(&to));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_text_lies_over_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
