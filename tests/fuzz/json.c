/* SPDX-License-Identifier: MIT */
/* The JSON reader. */
#include <cjson/cJSON.h>
#include <stdlib.h>

#include "input.h"
#include "probe/lib/base.h"
#include "probe/lib/json.h"

static void ask(const cJSON *v)
{
	static const char *const keys[] = { "a", "kind", "calls", "" };
	const char *text;
	const cJSON *arr;
	struct fail f;
	int64_t i;

	for (unsigned k = 0; k < ARRAY_SIZE(keys); k++) {
		json_get_str(v, keys[k], &text, &f);
		json_get_arr(v, keys[k], &arr, &f);
		if (json_get_int(v, keys[k], -5, INT64_MAX, &i, &f) == 0)
			EXPECT(i >= -5);
		if (json_get_int(v, keys[k], INT64_MIN, 7, &i, &f) == 0)
			EXPECT(i <= 7);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct input in = { data, data + n };
	char *text = input_text(&in);
	cJSON *tree = NULL, *v;
	struct fail f;

	if (json_parse("input", text, n, &tree, &f) < 0) {
		EXPECT(!tree && !strncmp(f.msg, "input", 5));
	} else {
		ask(tree);
		cJSON_ArrayForEach(v, tree) ask(v);
	}
	cJSON_Delete(tree);
	free(text);
	return 0;
}
