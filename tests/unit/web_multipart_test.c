/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Forms with a file: what browsers send is taken apart, what is not whole is refused. */
#include "node/web/multipart.h"

#include <stdio.h>

#include "node/http/request.h"
#include "proto/err.h"
#include "tests/unit/test.h"

#define DISPOSITION "\r\nContent-Disposition: form-data; name="

static void
test_parse(void **state)
{
	static const struct { const char *why, *type, *body, *seen; } row[] = {
		{ "a text and a file", "multipart/form-data; boundary=x", "--x" DISPOSITION "\"a\"\r\n\r\n1\r\n--x" DISPOSITION
		    "\"f\"; filename=\"t.csv\"\r\nContent-Type: text/csv\r\n\r\nb;c\r\n\r\n--x--\r\n", "a=1;f(t.csv)=b;c\r\n;" },
		{ "a boundary in quotes", "multipart/form-data; boundary=\"x y\"", "--x y" DISPOSITION "\"a\"\r\n\r\n1\r\n--x y--", "a=1;" },
		{ "an empty value", "multipart/form-data; boundary=x", "--x" DISPOSITION "\"a\"\r\n\r\n\r\n--x--", "a=;" },
		{ "no file was chosen", "multipart/form-data; boundary=x", "--x" DISPOSITION
		    "\"f\"; filename=\"\"\r\n\r\n\r\n--x--", "f()=;" },
		{ "folders do not come along", "multipart/form-data; boundary=x", "--x" DISPOSITION
		    "\"f\"; filename=\"C:\\\\Mes documents\\t.csv\"\r\n\r\n1\r\n--x--", "f(t.csv)=1;" },
		{ "the boundary within a line is text", "multipart/form-data; boundary=x", "--x" DISPOSITION
		    "\"a\"\r\n\r\nab--xy\r\n--x--", "a=ab--xy;" },
		{ "another type", "text/csv", "a", NULL },
		{ "no boundary", "multipart/form-data", "--x--", NULL },
		{ "an endless boundary", "multipart/form-data; boundary="
		    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "", NULL },
		{ "another beginning", "multipart/form-data; boundary=x", "--y--", NULL },
		{ "no end", "multipart/form-data; boundary=x", "--x" DISPOSITION "\"a\"\r\n\r\n1", NULL },
		{ "no name", "multipart/form-data; boundary=x", "--x\r\nContent-Type: text/csv\r\n\r\n1\r\n--x--", NULL },
		{ "nothing", "multipart/form-data; boundary=x", "", NULL },
	};
	size_t i, k;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		struct arena arena = { 0 };
		struct request req = { .arena = &arena, .body = span_str(row[i].body) };
		struct multipart form;
		struct err e = { 0 };
		char seen[512] = "";
		int rc;

		req.header[HEADER_CONTENT_TYPE] = row[i].type;
		rc = multipart_parse(&req, &form, &e);
		CHECK_ROW(row[i].why, rc == (row[i].seen == NULL ? -1 : 0));
		for (k = 0; rc == 0 && k < form.count; k++) {
			const struct part *p = &form.at[k];
			size_t at = strlen(seen);

			snprintf(seen + at, sizeof seen - at, "%s%s%s%s=%.*s;", p->name, p->filename == NULL ? "" : "(",
			    p->filename == NULL ? "" : p->filename, p->filename == NULL ? "" : ")", (int)p->value.len, p->value.ptr);
		}
		if (rc == 0 && strcmp(seen, row[i].seen) != 0)
			fail_msg("%s: %s", row[i].why, seen);
		arena_clear(&arena);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_parse) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
