/* SPDX-License-Identifier: MIT */
#include "fake.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const struct entry *find(struct kernel *k, const char *question)
{
	const struct fake *fake = (const struct fake *)k;

	for (unsigned i = 0; i < fake->n; i++)
		if (!strcmp(fake->entries[i].question, question))
			return &fake->entries[i];
	return NULL;
}

static ssize_t fake_read(struct kernel *k, const char *path, char *buf, size_t size)
{
	const struct entry *e = find(k, path);

	if (!e)
		return -ENOENT;
	snprintf(buf, size, "%s", e->answer);
	return strlen(buf);
}

static ssize_t fake_inquire(struct kernel *k, const char *label, inquire_fn fn, void *arg,
			    const struct form *form, void *out, size_t size)
{
	const struct entry *e = find(k, label);
	const char *text = e ? e->answer : NULL;
	size_t n = 0;

	(void)fn;
	(void)arg;
	(void)form;
	if (!e)
		return -ENOENT;
	if (e->bytes) {
		memcpy(out, e->answer, e->bytes < size ? e->bytes : size);
		return e->bytes;
	}
	memset(out, 0, size);
	n = snprintf(out, size, "%s\n", text);
	if (strncmp(label, "names in ", 9))
		return n - 1;
	for (char *c = out; *c; c++)
		if (*c == ' ')
			*c = '\n';
	return n;
}

struct fake fake_of(const struct entry *entries, unsigned n)
{
	return (struct fake){ { .read_file = fake_read, .inquire = fake_inquire }, entries, n };
}
