/* SPDX-License-Identifier: MIT */
#include "written.h"

#include <string.h>

#include "probe/lib/base.h"

/* What renderings begin with, and what they contain after that. */
static const struct {
	enum written what;
	const char *begin, *later;
} forms[] = {
	{ WRITTEN_PICTURE, "<?xml", "?>\n<!-- " WRITTEN_MARK " -->\n<svg " },
	{ WRITTEN_RESULT, "<?xml", "?>\n<!-- " WRITTEN_MARK " -->\n<testsuites>" },
	{ WRITTEN_RESULT, "[//]: # (" WRITTEN_MARK ")\n", "" },
	{ WRITTEN_RESULT, "<!DOCTYPE html>\n", "<title>" WRITTEN_MARK ": " },
	{ WRITTEN_RESULT, "TAP version 14\n# " WRITTEN_MARK "\n", "" },
	{ WRITTEN_RESULT, "# HELP " WRITTEN_MARK "_", "" },
	{ WRITTEN_RESULT, "{\"schemaVersion\":", "\"parameters\":{\"tool\":\"" WRITTEN_MARK "\"" },
};

/* Skips a word; JSON may have spaces between its tokens. */
static bool skip(const char **at, const char *word)
{
	const char *c = *at;
	bool quoted = false;

	for (; *word; word++, c++) {
		if (!quoted)
			c += strspn(c, " \t\r\n");
		if (*c != *word)
			return false;
		if (*word == '"')
			quoted = !quoted;
	}
	*at = c;
	return true;
}

static enum written of_json(const char *json, char kind[static WRITTEN_KIND])
{
	const char *at = json;
	size_t n;

	if (skip(&at, "{\"fio version\":\"")) {
		snprintf(kind, WRITTEN_KIND, "fio");
		return skip(&at, WRITTEN_MARK "-") ? WRITTEN_RESULT : WRITTEN_NONE;
	}
	if (!skip(&at, "{\"schema_version\":"))
		return WRITTEN_NONE;
	at += strspn(at, " \t0123456789");
	if (!skip(&at, ",\"kind\":\""))
		return WRITTEN_NONE;
	n = strcspn(at, "\"");
	if (n >= WRITTEN_KIND)
		return WRITTEN_NONE;
	snprintf(kind, WRITTEN_KIND, "%.*s", (int)n, at);
	at += n + !!at[n];
	if (!strcmp(kind, "plan") && skip(&at, ",\"name\":\"made\""))
		return WRITTEN_RESULT;
	if (!skip(&at, ",\"tool\":{\"name\":\"" WRITTEN_MARK "\""))
		return WRITTEN_NONE;
	return strcmp(kind, "recording") ? WRITTEN_RESULT : WRITTEN_RECORDING;
}

enum written written_of(const char *head, char kind[static WRITTEN_KIND])
{
	enum written what;

	*kind = '\0';
	what = of_json(head, kind);
	for (unsigned i = 0; !what && i < ARRAY_SIZE(forms); i++)
		if (!strncmp(head, forms[i].begin, strlen(forms[i].begin)) &&
		    strstr(head, forms[i].later))
			what = forms[i].what;
	return what;
}
