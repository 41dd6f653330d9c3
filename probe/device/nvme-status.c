/* SPDX-License-Identifier: MIT */
#include "nvme-status.h"

#include <stdio.h>

#include "probe/lib/base.h"

struct row {
	unsigned code;
	const char *name, *meaning;
};

static const struct row rows[] = {
#define STATUS(code, name, meaning) { code, "NVME_SC_" #name, meaning },
#include "nvme-status.def"
#undef STATUS
};

static const struct row *row_of(unsigned status)
{
	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].code == nvme_status_code(status))
			return &rows[i];
	return NULL;
}

const char *nvme_status_name(unsigned status)
{
	static _Thread_local char unnamed[24];
	const struct row *row = row_of(status);

	if (row)
		return row->name;
	snprintf(unnamed, sizeof(unnamed), "NVME_SC_0x%x", nvme_status_code(status));
	return unnamed;
}

const char *nvme_status_meaning(unsigned status)
{
	const struct row *row = row_of(status);

	return row ? row->meaning : NULL;
}

void nvme_status_text(unsigned status, char *out, size_t size)
{
	const struct row *row = row_of(status);

	snprintf(out, size, "NVMe status 0x%x%s%s%s", nvme_status_code(status), row ? " (" : "",
		 row ? row->meaning : "", row ? ")" : "");
}
