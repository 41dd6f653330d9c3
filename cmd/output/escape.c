/* SPDX-License-Identifier: MIT */
#include "escape.h"

#include <string.h>

#include "probe/lib/base.h"

/* Appends text, with a backslash before each of these characters. */
static void backslashed(struct str *to, const char *text, const char *special)
{
	while (*text) {
		size_t plain = strcspn(text, special);

		str_addn(to, text, plain);
		text += plain;
		if (!*text)
			break;
		str_add(to, "\\");
		str_addn(to, text++, 1);
	}
}

void escape_xml(struct str *to, const char *text)
{
	for (; *text; text++) {
		if (*text == '&')
			str_add(to, "&amp;");
		else if (*text == '<')
			str_add(to, "&lt;");
		else if (*text == '>')
			str_add(to, "&gt;");
		else if (*text == '"')
			str_add(to, "&quot;");
		else if (*text == '\'')
			str_add(to, "&#39;");
		else
			str_addn(to, text, 1);
	}
}

void escape_markdown(struct str *to, const char *text)
{
	/* An address that begins with http: or www. becomes a link by itself. */
	backslashed(to, text, "\\`*_[]<>#|~&!:.@");
}

void escape_tap(struct str *to, const char *text)
{
	/* Version 14 has backslash escapes; readers of earlier versions would still see a directive. */
	for (; *text; text++) {
		if (*text == '#')
			str_add(to, "\uff03");
		else
			str_addn(to, text, 1);
	}
}

void escape_quoted(struct str *to, const char *text)
{
	backslashed(to, text, "\\\"");
}
