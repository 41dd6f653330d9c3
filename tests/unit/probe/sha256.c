/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <string.h>

#include "probe/lib/base.h"
#include "probe/lib/sha256.h"

/* Lengths around 56 and 64, where the padding takes another block; sums from sha256sum(1). */
static void known_sums(void **state)
{
	static const struct {
		unsigned n; /* repetitions of 'a' */
		const char *hex;
	} rows[] = {
		{ 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
		{ 1, "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb" },
		{ 55, "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318" },
		{ 56, "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a" },
		{ 64, "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb" },
		{ 1000, "41edece42d63e8d9bf515a9ba6932e1c20cbc9f5a5d134645adb5db1b9737ea3" },
	};
	char text[1000], hex[SHA256_HEX];

	(void)state;
	memset(text, 'a', sizeof(text));
	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		sha256_hex(text, rows[i].n, hex);
		assert_string_equal(hex, rows[i].hex);
	}
	sha256_hex("abc", 3, hex);
	assert_string_equal(hex,
			    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(known_sums) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
