/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test.h - what every unit test starts from: cmocka and two conveniences.
 *
 * A test is a table with reasons where it can be; WHY(row) before the checks of
 * a row makes a failure name the row's reason.
 */
#ifndef TESTS_UNIT_TEST_H
#define TESTS_UNIT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Fail with the row's reason and what we saw. */
#define CHECK_ROW(why, cond) do { if (!(cond)) \
	fail_msg("%s: %s", (why), #cond); } while (0)

#define CHECK(cond) do { if (!(cond)) fail_msg("%s", #cond); } while (0)

#endif
