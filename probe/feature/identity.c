/* SPDX-License-Identifier: MIT */
#include "identity.h"

#include <ctype.h>
#include <string.h>

#include "probe/lib/base.h"

/* All rows of these tables can be detected without use. */
static const enum uapi_kind listed[] = { UAPI_OP,  UAPI_SETUP, UAPI_FEAT,
					 UAPI_REG, UAPI_ENTER, UAPI_SQE };

int kver3_parse(const char *text, struct kver3 *v, const char **end)
{
	unsigned part[3] = { 0 };
	unsigned n = 0;

	for (; n < ARRAY_SIZE(part); n++) {
		if (n && (*text != '.' || !isdigit((unsigned char)text[1])))
			break;
		text += n > 0;
		if (!isdigit((unsigned char)*text))
			return -EINVAL;
		for (; isdigit((unsigned char)*text) && part[n] < 100000; text++)
			part[n] = 10 * part[n] + (*text - '0');
	}
	if (n < 2)
		return -EINVAL;
	*v = (struct kver3){ part[0], part[1], part[2] };
	if (end)
		*end = text;
	return 0;
}

int kver3_compare(const struct kver3 *a, const struct kver3 *b)
{
	if (a->major != b->major)
		return a->major < b->major ? -1 : 1;
	if (a->minor != b->minor)
		return a->minor < b->minor ? -1 : 1;
	return a->patch < b->patch ? -1 : a->patch > b->patch;
}

static int compare(struct kver a, struct kver b)
{
	return a.major != b.major ? a.major - b.major : a.minor - b.minor;
}

/* The release stays at 5.10.0 on Debian for all of 5.10.y, and at 5.15.0 on Ubuntu. If they report the
 * underlying version elsewhere, that is used, as libuv does. */
static void find_version(struct kernel *k, struct identity *id)
{
	char buf[256];
	const char *at = NULL;
	struct kver3 v;

	if (k->read_file(k, "/proc/sys/kernel/osrelease", id->release, sizeof(id->release)) <= 0)
		id->release[0] = '\0';
	id->release[strcspn(id->release, "\n")] = '\0';
	id->has_says = kver3_parse(id->release, &id->says, NULL) == 0;
	if (k->read_file(k, "/proc/version_signature", buf, sizeof(buf)) > 0) {
		at = strrchr(buf, ' ');
		at += !!at;
	} else if (k->read_file(k, "/proc/sys/kernel/version", buf, sizeof(buf)) > 0) {
		at = strstr(buf, " Debian ");
		if (at)
			at += strlen(" Debian ");
	}
	if (at && kver3_parse(at, &v, NULL) == 0) {
		id->says = v;
		id->has_says = true;
	}
}

/* A constant that depends on a kernel option does not tell the version. */
static bool tells_version(const struct fact *f)
{
	return f->row && (f->known == ANSWER_YES || (f->known == ANSWER_NO && !f->row->config));
}

static bool complete(const struct probe *p, struct kver upto)
{
	for (unsigned i = 0; i < ARRAY_SIZE(listed); i++) {
		for (unsigned j = 0; j < p->n_facts[listed[i]]; j++) {
			const struct fact *f = &p->facts[listed[i]][j];

			if (tells_version(f) && f->known == ANSWER_NO &&
			    compare(f->row->since, upto) <= 0)
				return false;
		}
	}
	return true;
}

static void look(const struct probe *p, const struct fact *f, struct identity *id)
{
	struct kver says = { id->says.major, id->says.minor };

	if (!f->row) {
		id->n_unnamed += f->known == ANSWER_YES;
		return;
	}
	if (!tells_version(f))
		return;
	if (f->known == ANSWER_YES && compare(f->row->since, id->newest) > 0)
		id->newest = f->row->since;
	if (f->known == ANSWER_YES && compare(f->row->since, id->looks_like) > 0 &&
	    complete(p, f->row->since))
		id->looks_like = f->row->since;
	if (!id->has_says)
		return;
	if (f->known == ANSWER_YES && compare(f->row->since, says) > 0)
		id->backports[id->n_backports++] = f;
	if (f->known == ANSWER_NO && compare(f->row->since, says) <= 0)
		id->gaps[id->n_gaps++] = f;
}

int identity_find(struct kernel *k, const struct probe *p, struct identity *out)
{
	struct identity id = { .release = "" };
	unsigned n = 1;

	for (unsigned i = 0; i < ARRAY_SIZE(listed); i++)
		n += p->n_facts[listed[i]];
	id.backports = calloc(n, sizeof(*id.backports));
	id.gaps = calloc(n, sizeof(*id.gaps));
	if (!id.backports || !id.gaps) {
		identity_free(&id);
		return -ENOMEM;
	}
	find_version(k, &id);
	for (unsigned i = 0; i < ARRAY_SIZE(listed); i++)
		for (unsigned j = 0; j < p->n_facts[listed[i]]; j++)
			look(p, &p->facts[listed[i]][j], &id);
	*out = id;
	return 0;
}

void identity_free(struct identity *id)
{
	free(id->backports);
	free(id->gaps);
	*id = (struct identity){ .release = "" };
}
