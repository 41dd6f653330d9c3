/* SPDX-License-Identifier: MIT */
#include "block.h"

#include <libgen.h>
#include <string.h>

#include "probe/lib/base.h"

#define MAX_UEVENT (16u << 10)

/* A namespace with a command set that the block layer does not support has a hidden disk and a generic node. */
static bool has_generic(struct kernel *k, const char *name)
{
	char dev[32];

	if (strncmp(name, "nvme", 4))
		return false;
	sysfs_text(k, dev, sizeof(dev), "/sys/class/nvme-generic/ng%s/dev", name + 4);
	return *dev;
}

static bool read_dev(struct kernel *k, const char *name, struct block_dev *out)
{
	struct block_dev d = { 0 };
	char text[32], link[96], real[PATH_MAX];

	snprintf(d.name, sizeof(d.name), "%s", name);
	snprintf(d.disk, sizeof(d.disk), "%s", name);
	sysfs_text(k, text, sizeof(text), "/sys/class/block/%s/dev", name);
	if (sysfs_number(k, 0, "/sys/class/block/%s/hidden", name) == 1 ||
	    sscanf(text, "%u:%u", &d.major, &d.minor) != 2) {
		d.major = d.minor = 0;
		if (!has_generic(k, name))
			return false;
	}
	d.read_only = sysfs_number(k, 0, "/sys/class/block/%s/ro", name) == 1;
	d.partition = sysfs_number(k, -1, "/sys/class/block/%s/partition", name) >= 0;
	snprintf(link, sizeof(link), "/sys/class/block/%s", name);
	if (d.partition && sysfs_real(k, link, real) == 0)
		snprintf(d.disk, sizeof(d.disk), "%.*s", SYSFS_NAME - 1, basename(dirname(real)));
	*out = d;
	return true;
}

int block_devs_read(struct kernel *k, struct block_devs *out)
{
	_cleanup_free_ char(*names)[SYSFS_NAME] = NULL;
	int n = sysfs_list_all(k, "/sys/class/block", &names);

	*out = (struct block_devs){ 0 };
	if (n < 0)
		return n;
	out->dev = calloc(n + 1, sizeof(*out->dev));
	if (!out->dev)
		return -ENOMEM;
	for (int i = 0; i < n; i++)
		out->n += read_dev(k, names[i], &out->dev[out->n]);
	return 0;
}

void block_devs_free(struct block_devs *devs)
{
	free(devs->dev);
	*devs = (struct block_devs){ 0 };
}

int block_find(const struct block_devs *devs, unsigned major, unsigned minor)
{
	for (unsigned i = 0; i < devs->n; i++)
		if (devs->dev[i].major == major && devs->dev[i].minor == minor)
			return i;
	return -ENODEV;
}

void block_path(const char *name, char out[static SYSFS_NAME + 8])
{
	snprintf(out, SYSFS_NAME + 8, "/dev/%s", name);
	for (char *c = out; *c; c++)
		if (*c == '!')
			*c = '/';
}

/* Removes the separators of "00 25 38 b1" and "00000000-0000-...". */
static void squeeze(char *text)
{
	char *to = text;

	for (; *text; text++)
		if (*text != ' ' && *text != '-')
			*to++ = *text;
	*to = '\0';
}

/* Newer kernels report the PARTUUID; otherwise it is read from udev's database, because of its links one
 * hides the other if two partitions have the same PARTUUID. */
static void read_partuuid(struct kernel *k, const struct block_dev *dev,
			  char out[static DEVICE_TEXT])
{
	_cleanup_free_ char *text = malloc(MAX_UEVENT);

	out[0] = '\0';
	if (!text)
		return;
	sysfs_text(k, text, MAX_UEVENT, "/sys/class/block/%s/uevent", dev->name);
	sysfs_uevent_value(text, "PARTUUID", out, DEVICE_TEXT);
	if (*out)
		return;
	sysfs_text(k, text, MAX_UEVENT, "/run/udev/data/b%u:%u", dev->major, dev->minor);
	sysfs_uevent_value(text, "E:ID_PART_ENTRY_UUID", out, DEVICE_TEXT);
}

unsigned block_names(struct kernel *k, const struct block_dev *dev,
		     struct block_name out[static BLOCK_NAMES])
{
	static const struct {
		const char *what, *attrs[2];
		bool squeezed;
	} kinds[] = {
		{ "serial", { "serial", "device/serial" }, false },
		{ "WWID", { "wwid", "device/wwid" }, false },
		{ "NGUID", { "nguid", NULL }, true },
		{ "EUI64", { "eui", NULL }, true },
		{ "UUID", { "uuid", NULL }, false },
	};
	unsigned n = 0;

	if (dev->partition) {
		out[0].what = "PARTUUID";
		read_partuuid(k, dev, out[0].text);
		return *out[0].text != '\0';
	}
	for (unsigned i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct block_name *name = &out[n];

		name->what = kinds[i].what;
		name->text[0] = '\0';
		for (unsigned a = 0; a < 2 && kinds[i].attrs[a] && !*name->text; a++)
			sysfs_text(k, name->text, DEVICE_TEXT, "/sys/class/block/%s/%s", dev->name,
				   kinds[i].attrs[a]);
		if (kinds[i].squeezed)
			squeeze(name->text);
		n += *name->text != '\0';
	}
	return n;
}
