/* SPDX-License-Identifier: MIT */
/* An application profile. */
#include <stdlib.h>

#include "input.h"
#include "probe/feature/access.h"
#include "probe/lib/base.h"
#include "probe/require/profile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct input in = { data, data + n };
	struct access refused = { .verdict = ACCESS_REFUSED, .seen.setup.ret = -EPERM };
	char *text = input_text(&in);
	struct profile p = { 0 };
	struct fail f;

	if (profile_parse("input", text, n, &p, &f) < 0) {
		EXPECT(*f.msg);
	} else {
		EXPECT(p.name && profile_refused(&p, &refused).text);
		profile_free(&p);
	}
	free(text);
	return 0;
}
