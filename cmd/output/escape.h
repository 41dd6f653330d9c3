/* SPDX-License-Identifier: MIT */
/*
 * Escapes foreign text for a format. The text must have been sanitised (bench/saved/document.h): UTF-8 on
 * one line, without control characters.
 */
#ifndef CMD_OUTPUT_ESCAPE_H
#define CMD_OUTPUT_ESCAPE_H

struct str;

/* For XML and HTML: between tags, and in double-quoted attributes. */
void escape_xml(struct str *to, const char *text);

/* For a line or a table cell of GitHub's Markdown: no markup remains. */
void escape_markdown(struct str *to, const char *text);

/* For the description of a TAP test point, where # begins a directive: it becomes a full-width #. */
void escape_tap(struct str *to, const char *text);

/* For label values of Prometheus' text format, and strings of JSON or YAML. Without the quotes. */
void escape_quoted(struct str *to, const char *text);

#endif
