/* SPDX-License-Identifier: MIT */
/* Included by every unit test: cmocka with the headers that it needs, and temporary folders. */
#ifndef TESTS_UNIT_H
#define TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Setup and teardown of a test: *state is the name of a new folder, which is removed together with the files
 * in it. */
int folder_setup(void **state);
int folder_teardown(void **state);

/* Returns the path of a file in the folder, valid until the next call. */
const char *in_folder(void **state, const char *name);

/* Creates or replaces a file in the folder and returns its path, valid until the next call. */
const char *file_with(void **state, const char *name, const char *text);

#endif
