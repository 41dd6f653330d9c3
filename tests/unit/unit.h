/* SPDX-License-Identifier: MIT */
/* What every unit test includes: cmocka with what it wants included before it, and folders to work
 * in. */
#ifndef TESTS_UNIT_H
#define TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* As setup and teardown of a test: *state is the name of a fresh folder, removed with the files in
 * it. */
int folder_setup(void **state);
int folder_teardown(void **state);

/* Returns the path of a file in the folder, valid until the next call. */
const char *in_folder(void **state, const char *name);

/* Creates or replaces a file there and returns its name likewise. */
const char *file_with(void **state, const char *name, const char *text);

#endif
