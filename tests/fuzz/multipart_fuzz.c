/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Any bytes as a form with files: each part found lies within the body and has a name. */
#include <stdint.h>
#include <stdlib.h>

#include "node/http/request.h"
#include "node/web/multipart.h"
#include "proto/err.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = { 0 };
	struct request req = { .arena = &arena, .body = { (const char *)data, size } };
	struct multipart form;
	struct err e = { 0 };
	size_t i;

	req.header[HEADER_CONTENT_TYPE] = "multipart/form-data; boundary=x";
	if (multipart_parse(&req, &form, &e) == 0)
		for (i = 0; i < form.count; i++)
			if (form.at[i].name == NULL || form.at[i].value.ptr < req.body.ptr ||
			    form.at[i].value.ptr + form.at[i].value.len > req.body.ptr + size)
				abort();
	arena_clear(&arena);
	return 0;
}
