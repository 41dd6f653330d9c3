/* SPDX-License-Identifier: MIT */
#include "mount.h"

#include <string.h>

#include "dio-align.h"
#include "probe/kernel/form-rows.h"
#include "probe/lib/base.h"

#define MAX_MOUNTINFO (1u << 20)

static const struct form_member mount_rows[] = {
	ALWAYS(mount, type, TEXT),
	ALWAYS(mount, source, TEXT),
	ALWAYS(mount, options, TEXT),
};
const struct form form_mount = STRUCT("mount", mount, mount_rows);

/* A space is written as "\040". */
static void unescape(char *text)
{
	char *to = text;

	while (*text) {
		if (text[0] == '\\' && strspn(text + 1, "01234567") >= 3) {
			*to++ = (text[1] - '0') << 6 | (text[2] - '0') << 3 | (text[3] - '0');
			text += 4;
		} else {
			*to++ = *text++;
		}
	}
	*to = '\0';
}

static int parse_line(const char *line, struct mount *out)
{
	char mount_options[256], super_options[256];
	const char *end = strstr(line, " - ");
	struct mount m;

	if (!end || end > line + strcspn(line, "\n") ||
	    sscanf(line, "%*u %*u %*s %*s %*s %255s", mount_options) != 1 ||
	    sscanf(end, " - %31s %255s %255s", m.type, m.source, super_options) != 3)
		return -ENODATA;
	unescape(m.source);
	snprintf(m.options, sizeof(m.options), "%s,%s", mount_options, super_options);
	*out = m;
	return 0;
}

int mount_parse(const char *mountinfo, uint64_t id, struct mount *out)
{
	for (const char *line = mountinfo; *line;
	     line += strcspn(line, "\n"), line += *line == '\n') {
		unsigned long long this;

		if (sscanf(line, "%llu", &this) == 1 && this == id)
			return parse_line(line, out);
	}
	return -ENODATA;
}

int mount_of(int fd, struct mount *out)
{
	_cleanup_free_ char *text = malloc(MAX_MOUNTINFO);
	uint64_t id;
	ssize_t n;
	int r = mount_id_of(fd, &id);

	if (r < 0)
		return r;
	if (!text)
		return -ENOMEM;
	n = file_read("/proc/self/mountinfo", text, MAX_MOUNTINFO);
	return n < 0 ? n : mount_parse(text, id, out);
}
