/* SPDX-License-Identifier: MIT */
#include "device.h"

#include <ctype.h>
#include <libgen.h>
#include <limits.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "base.h"

/* One line of sysfs without the white space around it; "" when there is none. */
static void read_attr(const char *disk, const char *attr, char out[static DEVICE_TEXT])
{
	char path[160], buf[DEVICE_TEXT], *at = buf;
	size_t len;

	snprintf(path, sizeof(path), "/sys/block/%s/%s", disk, attr);
	if (file_read(path, buf, sizeof(buf)) < 0)
		buf[0] = '\0';
	while (isspace((unsigned char)*at))
		at++;
	len = strlen(at);
	while (len && isspace((unsigned char)at[len - 1]))
		len--;
	memcpy(out, at, len);
	out[len] = '\0';
}

static void read_first(const char *disk, const char *const *attrs, char out[static DEVICE_TEXT])
{
	for (out[0] = '\0'; *attrs && !out[0]; attrs++)
		read_attr(disk, *attrs, out);
}

/* "none [mq-deadline] kyber" names the active one in brackets. */
static void active_word(char text[static DEVICE_TEXT])
{
	char *open = strchr(text, '['), *end = open ? strchr(open, ']') : NULL;

	if (!end)
		return;
	*end = '\0';
	memmove(text, open + 1, end - open);
}

int device_of(const struct stat *st, struct device *out)
{
	static const char *const serials[] = { "serial", "device/serial", NULL };
	static const char *const wwids[] = { "wwid", "device/wwid", NULL };
	static const char *const firmwares[] = { "device/firmware_rev", "device/rev", NULL };
	dev_t dev = S_ISBLK(st->st_mode) ? st->st_rdev : st->st_dev;
	char link[64], path[PATH_MAX], text[DEVICE_TEXT];
	struct device d = { .io_poll = -1 };

	if (S_ISCHR(st->st_mode))
		return -ENODEV;
	snprintf(link, sizeof(link), "/sys/dev/block/%u:%u", major(dev), minor(dev));
	if (!realpath(link, path))
		return -ENODEV;
	strncat(path, "/partition", sizeof(path) - strlen(path) - 1);
	d.partition = access(path, F_OK) == 0;
	*strrchr(path, '/') = '\0';
	if (d.partition)
		*strrchr(path, '/') = '\0';
	snprintf(d.disk, sizeof(d.disk), "%s", basename(path));
	read_attr(d.disk, "device/model", d.model);
	read_first(d.disk, serials, d.serial);
	read_first(d.disk, wwids, d.wwid);
	read_first(d.disk, firmwares, d.firmware);
	read_attr(d.disk, "queue/scheduler", d.scheduler);
	active_word(d.scheduler);
	read_attr(d.disk, "queue/rotational", text);
	d.rotational = text[0] == '1';
	read_attr(d.disk, "queue/io_poll", text);
	if (text[0])
		d.io_poll = atoi(text);
	*out = d;
	return 0;
}

int device_inflight(const struct device *d)
{
	char text[DEVICE_TEXT];
	int reads, writes;

	read_attr(d->disk, "inflight", text);
	if (sscanf(text, "%d %d", &reads, &writes) != 2)
		return -ENODATA;
	return reads + writes;
}
