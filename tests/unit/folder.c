/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <dirent.h>
#include <string.h>

#include "probe/lib/base.h"

int folder_setup(void **state)
{
	char name[] = "/tmp/uringtool-unit.XXXXXX";

	if (!mkdtemp(name))
		return -1;
	*state = strdup(name);
	return *state ? 0 : -1;
}

int folder_teardown(void **state)
{
	DIR *d = opendir(*state);
	struct dirent *e;

	while (d && (e = readdir(d)))
		if (strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
			unlink(in_folder(state, e->d_name));
	if (d)
		closedir(d);
	rmdir(*state);
	free(*state);
	return 0;
}

const char *in_folder(void **state, const char *name)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s/%s", (char *)*state, name);
	return path;
}

const char *file_with(void **state, const char *name, const char *text)
{
	const char *path = in_folder(state, name);
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fputs(text, f) >= 0, 1);
	assert_int_equal(fclose(f), 0);
	return path;
}
