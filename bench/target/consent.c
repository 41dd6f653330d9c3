/* SPDX-License-Identifier: MIT */
#include "consent.h"

#include <string.h>
#include <sys/sysmacros.h>

#include "probe/device/block.h"
#include "probe/lib/base.h"

#define BY_ID	  "/dev/disk/by-id"
#define MAX_NAMED 3
#define NODE_PATH (SYSFS_NAME + 8)

struct names {
	struct block_name name[BLOCK_NAMES];
	unsigned n;
};

/* All devices of the machine; the requested one is devs.dev[at]. */
struct machine {
	struct kernel *k;
	struct block_devs devs;
	struct names *names; /* of each; NULL: not read yet */
	unsigned at;
	char node[NODE_PATH], real[PATH_MAX]; /* its node, and the target of the path */
};

static bool has(const struct names *names, const char *text)
{
	for (unsigned i = 0; i < names->n; i++)
		if (!strcmp(names->name[i].text, text))
			return true;
	return false;
}

static int read_names(struct machine *m)
{
	if (m->names)
		return 0;
	m->names = calloc(m->devs.n, sizeof(*m->names));
	if (!m->names)
		return -ENOMEM;
	for (unsigned i = 0; i < m->devs.n; i++)
		m->names[i].n = block_names(m->k, &m->devs.dev[i], m->names[i].name);
	return 0;
}

/* How many other devices have the name; appends the first few to list, each after a comma. */
static unsigned others(const struct machine *m, const char *text, struct str *list)
{
	unsigned n = 0;

	for (unsigned i = 0; i < m->devs.n; i++) {
		const struct block_dev *d = &m->devs.dev[i];

		if (i == m->at || d->read_only || !has(&m->names[i], text))
			continue;
		n++;
		if (list && n <= MAX_NAMED)
			str_addf(list, ", %s", n < MAX_NAMED ? d->name : "…");
	}
	return n;
}

static bool leads_here(const struct machine *m, const char *link)
{
	char real[PATH_MAX];

	return sysfs_real(m->k, link, real) == 0 && !strcmp(real, m->node);
}

static bool is_link_here(const struct machine *m, const char *text)
{
	const size_t len = strlen(BY_ID "/");

	return !strncmp(text, BY_ID "/", len) && text[len] && !strchr(text + len, '/') &&
	       leads_here(m, text);
}

static void add_link(const struct machine *m, struct str *to)
{
	_cleanup_free_ char(*links)[SYSFS_NAME] = NULL;
	int n = sysfs_list_all(m->k, BY_ID, &links);

	for (int i = 0; i < n; i++) {
		char link[SYSFS_NAME + sizeof(BY_ID) + 1];

		snprintf(link, sizeof(link), "%s/%s", BY_ID, links[i]);
		if (!leads_here(m, link))
			continue;
		str_addf(to, "%s%s", to->len ? ", or " : "", link);
		return;
	}
}

/* "/dev/dm-0", or "/dev/mapper/name" if that is a node instead of a link. */
static bool is_path_here(const struct machine *m, const char *text)
{
	return !strcmp(text, m->node) || (*text && !strcmp(text, m->real));
}

static bool has_own_name(const struct machine *m)
{
	const struct names *mine = &m->names[m->at];

	for (unsigned i = 0; i < mine->n; i++)
		if (!others(m, mine->name[i].text, NULL))
			return true;
	return false;
}

/* Appends the valid consents: "--destroy-data-on=A (WWID), or B (EUI64)", the usual one first. */
static void add_own_names(const struct machine *m, struct str *to)
{
	const struct names *mine = &m->names[m->at];
	_cleanup_str_ struct str list = { 0 };

	for (unsigned i = 0; i < mine->n; i++)
		if (!others(m, mine->name[i].text, NULL))
			str_addf(&list, "%s%s (%s)", list.len ? ", or " : "", mine->name[i].text,
				 mine->name[i].what);
	if (!list.len)
		add_link(m, &list);
	if (!list.len)
		str_add(&list, m->node);
	str_addf(to, "--destroy-data-on=%s", str_text(&list));
}

static const char *disk_of_partition(const struct machine *m, const char *given)
{
	const struct block_dev *d = &m->devs.dev[m->at];

	for (unsigned i = 0; d->partition && i < m->devs.n; i++)
		if (!strcmp(m->devs.dev[i].name, d->disk) && has(&m->names[i], given))
			return d->disk;
	return NULL;
}

static int refuse(const struct machine *m, const char *path, const char *given, struct fail *f)
{
	_cleanup_str_ struct str own = { 0 };
	const char *disk;

	add_own_names(m, &own);
	if (!given)
		return fail_as(f, FAIL_REFUSED, -EPERM,
			       "%.100s is a block device: writing destroys what is on it. If that "
			       "is meant: %s",
			       path, str_text(&own));
	disk = disk_of_partition(m, given);
	if (disk)
		return fail_as(
			f, FAIL_REFUSED, -EPERM,
			"%.100s is a partition of %s, which --destroy-data-on=%.80s names: consent "
			"for the disk is not consent for a partition. If it is meant: %s",
			path, disk, given, str_text(&own));
	return fail_as(
		f, FAIL_REFUSED, -EPERM,
		"%.100s is not the device that --destroy-data-on=%.80s names. If it is meant: "
		"%s",
		path, given, str_text(&own));
}

static int refuse_shared(const struct machine *m, const char *path, const char *given, unsigned n,
			 const char *list, struct fail *f)
{
	_cleanup_str_ struct str own = { 0 };

	add_own_names(m, &own);
	return fail_as(f, FAIL_REFUSED, -ENOTUNIQ,
		       "--destroy-data-on=%.80s names %u devices (%s%s), not %.60s alone. If it is "
		       "meant: %s",
		       given, n + 1, m->devs.dev[m->at].name, list, path, str_text(&own));
}

static int check(struct machine *m, const struct job *job, const char *path, struct fail *f)
{
	const char *given = job->destroy_data_on;
	_cleanup_str_ struct str list = { 0 };
	struct names mine;
	unsigned n;

	if (given && is_link_here(m, given))
		return 0;
	mine.n = block_names(m->k, &m->devs.dev[m->at], mine.name);
	if (!f && (!given || (!has(&mine, given) && !is_path_here(m, given))))
		return -EPERM;
	if (read_names(m) < 0)
		return fail_set(f, -ENOMEM, "out of memory");
	if (!given || !has(&mine, given))
		return given && is_path_here(m, given) && !has_own_name(m)
			       ? 0
			       : refuse(m, path, given, f);
	n = others(m, given, &list);
	return n ? refuse_shared(m, path, given, n, str_text(&list), f) : 0;
}

int consent_check(struct kernel *k, const struct job *job, const char *path, dev_t dev,
		  struct fail *f)
{
	struct machine m = { .k = k };
	int r = block_devs_read(k, &m.devs);
	int at = r < 0 ? r : block_find(&m.devs, major(dev), minor(dev));

	if (at < 0) {
		r = fail_as(f, FAIL_REFUSED, -EPERM, "%s: sysfs does not know this device", path);
	} else {
		m.at = at;
		block_path(m.devs.dev[at].name, m.node);
		if (sysfs_real(k, path, m.real) < 0)
			m.real[0] = '\0';
		r = check(&m, job, path, f);
	}
	free(m.names);
	block_devs_free(&m.devs);
	return r;
}
