/* SPDX-License-Identifier: MIT */
/*
 * Foreign text inside the syntax of a format. The text has been tamed (bench/saved/document.h): it is
 * UTF-8 on one line, without control characters.
 */
#ifndef CMD_OUTPUT_ESCAPE_H
#define CMD_OUTPUT_ESCAPE_H

struct str;

/* Between tags, and in attributes in double quotes: XML and HTML. */
void escape_xml(struct str *to, const char *text);

/* In a line or a table cell of GitHub's Markdown: nothing of it is markup. */
void escape_markdown(struct str *to, const char *text);

/* The description of a test point of TAP, in which # begins a directive: it becomes a wide one. */
void escape_tap(struct str *to, const char *text);

/* A value of a label in Prometheus' text format; a string of JSON or YAML. Without the quotes. */
void escape_quoted(struct str *to, const char *text);

#endif
