/* SPDX-License-Identifier: MIT */
#include "sysfs.h"

#include <ctype.h>
#include <dirent.h>
#include <string.h>

#include "form.h"
#include "probe/lib/base.h"

#define MAX_ALL_NAMES 16384

static void trim(char *text)
{
	size_t len = strlen(text), at = strspn(text, " \t\r\n");

	while (len > at && isspace((unsigned char)text[len - 1]))
		len--;
	memmove(text, text + at, len - at);
	text[len - at] = '\0';
}

__attribute__((format(printf, 4, 0))) static bool text_at(struct kernel *k, char *out, size_t size,
							  const char *format, va_list ap)
{
	_cleanup_free_ char *path = NULL;

	if (vasprintf(&path, format, ap) < 0) {
		path = NULL;
		return false;
	}
	if (k->read_file(k, path, out, size) < 0)
		return false;
	trim(out);
	return true;
}

void sysfs_text(struct kernel *k, char *out, size_t size, const char *path, ...)
{
	va_list ap;

	va_start(ap, path);
	if (!text_at(k, out, size, path, ap))
		out[0] = '\0';
	va_end(ap);
}

int64_t sysfs_number(struct kernel *k, int64_t less, const char *path, ...)
{
	char text[64], *end;
	long long v = less;
	va_list ap;

	va_start(ap, path);
	if (text_at(k, text, sizeof(text), path, ap)) {
		errno = 0;
		v = strtoll(text, &end, 10);
		if (end == text || *end || errno)
			v = less;
	}
	va_end(ap);
	return v;
}

static ssize_t follow(void *arg, void *out, size_t size)
{
	_cleanup_free_ char *real = realpath(arg, NULL);
	size_t len = real ? strlen(real) : 0;

	if (!real)
		return -errno;
	if (len > size)
		return -ENAMETOOLONG;
	memcpy(out, real, len);
	return len;
}

int sysfs_real(struct kernel *k, const char *path, char out[static PATH_MAX])
{
	_cleanup_str_ struct str label = { 0 };
	char real[PATH_MAX] = "";
	ssize_t n;

	str_addf(&label, "real path of %s", path);
	n = k->inquire(k, str_text(&label), follow, (void *)path, &form_text, real,
		       sizeof(real) - 1);
	if (n < 0)
		return n;
	real[n] = '\0';
	/* A recording is not trusted. */
	if (real[0] != '/')
		return -EPROTO;
	memcpy(out, real, sizeof(real));
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Reads as many names as fit if each has the maximum length. */
static ssize_t read_names(void *arg, void *out, size_t size)
{
	const size_t max = size / SYSFS_NAME;
	char(*names)[SYSFS_NAME] = calloc(max, SYSFS_NAME);
	size_t n = 0, len = 0;
	struct dirent *e;
	DIR *d = opendir(arg);
	int r = d ? 0 : -errno;

	if (!names || !d) {
		free(names);
		if (d)
			closedir(d);
		return d ? -ENOMEM : r;
	}
	while (n < max && (e = readdir(d)))
		if (e->d_name[0] != '.' && strlen(e->d_name) < SYSFS_NAME)
			strcpy(names[n++], e->d_name);
	closedir(d);
	qsort(names, n, SYSFS_NAME, by_name);
	for (size_t i = 0; i < n; i++) {
		char *end = stpcpy((char *)out + len, names[i]);

		*end = '\n';
		len = end + 1 - (char *)out;
	}
	free(names);
	return len;
}

static ssize_t ask_names(struct kernel *k, const char *path, char (*out)[SYSFS_NAME], size_t max)
{
	_cleanup_str_ struct str label = { 0 };
	_cleanup_free_ char *text = malloc(max * SYSFS_NAME + 1);
	size_t found = 0;
	ssize_t n;

	if (!text)
		return -ENOMEM;
	str_addf(&label, "names in %s", path);
	n = k->inquire(k, str_text(&label), read_names, (void *)path, &form_names, text,
		       max * SYSFS_NAME);
	if (n < 0)
		return n;
	text[n] = '\0';
	for (const char *at = text; *at && found < max; at += *at == '\n') {
		size_t len = strcspn(at, "\n");

		/* A recording is not trusted. */
		if (len && len < SYSFS_NAME) {
			memcpy(out[found], at, len);
			out[found++][len] = '\0';
		}
		at += len;
	}
	return found;
}

void sysfs_list(struct kernel *k, const char *path, struct sysfs_names *out)
{
	ssize_t n;

	*out = (struct sysfs_names){ 0 };
	n = ask_names(k, path, out->name, SYSFS_MAX_NAMES);
	out->n = n > 0 ? n : 0;
}

int sysfs_list_all(struct kernel *k, const char *path, char (**out)[SYSFS_NAME])
{
	char(*names)[SYSFS_NAME] = calloc(MAX_ALL_NAMES, SYSFS_NAME);
	ssize_t n = names ? ask_names(k, path, names, MAX_ALL_NAMES) : -ENOMEM;

	if (n == MAX_ALL_NAMES)
		n = -ENOBUFS;
	if (n < 0)
		free(names);
	else
		*out = names;
	return n;
}

void sysfs_active_word(char *text)
{
	char *open = strchr(text, '['), *end = open ? strchr(open, ']') : NULL;

	if (!end)
		return;
	*end = '\0';
	memmove(text, open + 1, end - open);
}

unsigned sysfs_link_speed(const char *text)
{
	unsigned whole, tenths = 0;

	if (sscanf(text, "%4u.%1u GT/s", &whole, &tenths) != 2 && sscanf(text, "%4u", &whole) != 1)
		return 0;
	return strstr(text, "GT/s") ? whole * 1000 + tenths * 100 : 0;
}

static bool is_pci_address(const char *text, size_t len)
{
	const char *form = "xxxx:xx:xx.x";

	if (len != strlen(form))
		return false;
	for (size_t i = 0; i < len; i++)
		if (form[i] == 'x' ? !isxdigit((unsigned char)text[i]) : text[i] != form[i])
			return false;
	return true;
}

bool sysfs_pci_address(const char *path, char *out, size_t size)
{
	bool found = false;

	while (*path) {
		size_t len = strcspn(path, "/");

		if (is_pci_address(path, len) && len < size) {
			memcpy(out, path, len);
			out[len] = '\0';
			found = true;
		}
		path += len;
		path += *path == '/';
	}
	return found;
}

const char *sysfs_transport(const char *path)
{
	static const struct {
		const char *part, *name;
	} known[] = {
		{ "/usb", "usb" },	   { "/session", "iscsi" },    { "/rport-", "fc" },
		{ "/end_device-", "sas" }, { "/ata", "sata" },	       { "/mmc_host/", "mmc" },
		{ "/virtio", "virtio" },   { "/vbd-", "xen" },	       { "/VMBUS:", "hyperv" },
		{ "/target", "scsi" },	   { "/virtual/", "virtual" },
	};

	for (unsigned i = 0; i < ARRAY_SIZE(known); i++)
		if (strstr(path, known[i].part))
			return known[i].name;
	return "";
}

void sysfs_uevent_value(const char *text, const char *key, char *out, size_t size)
{
	size_t len = strlen(key);

	out[0] = '\0';
	for (; *text; text += strcspn(text, "\n"), text += *text == '\n')
		if (!strncmp(text, key, len) && text[len] == '=')
			snprintf(out, size, "%.*s", (int)strcspn(text + len + 1, "\n"),
				 text + len + 1);
}
