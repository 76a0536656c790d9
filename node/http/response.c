/* SPDX-License-Identifier: AGPL-3.0-or-later
 * response.c - see response.h. */
#include "node/http/response.h"

#include <assert.h>
#include <string.h>

#include <utf8proc.h>

#include "node/http/cached.h"
#include "proto/err.h"

void
response_init(struct response *res)
{
	*res = (struct response){ .status = 200, .type = TYPE_JSON,
		.body = BUF_INIT(RESPONSE_BYTES_MAX) };
}

void
response_clear(struct response *res)
{
	if (res->stream.close != NULL)
		res->stream.close(res->stream.state);
	cached_free(res->cached);
	buf_clear(&res->body);
	response_init(res);
}

static int
is_clean(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return 0;
	return 1;
}

int
response_header(struct response *res, const char *name, const char *value, struct err *e)
{
	if (res->extra_count == RESPONSE_HEADERS_MAX)
		return err_set(e, ERR_LIMIT, "more than %d headers", RESPONSE_HEADERS_MAX);
	if (*name == '\0' || !is_clean(name) || !is_clean(value))
		return err_set(e, ERR_INTERNAL, "header %.40s would break the answer", name);
	res->extra[res->extra_count++] = (struct header_line){ name, value };
	return 0;
}

int
response_see_other(struct response *res, const char *location)
{
	res->status = 303;
	res->location = location;
	return 0;
}

int
response_not_modified(struct response *res, const char *etag)
{
	res->status = 304;
	res->etag = etag;
	return 0;
}

static int
read_stream(struct response *res, struct err *e)
{
	ssize_t n;

	for (;;) {
		if (buf_reserve(&res->body, 64 * 1024, e) == -1)
			return -1;
		n = res->stream.read(res->stream.state, res->body.ptr + res->body.len,
		    64 * 1024);
		if (n == -1)
			return err_set(e, ERR_IO, "the answer broke off");
		if (n == 0)
			return 0;
		assert(n > 0 && n <= 64 * 1024);
		res->body.len += (size_t)n;
		res->body.ptr[res->body.len] = '\0';
	}
}

int
response_body(struct response *res, struct span *out, struct err *e)
{
	if (res->cached != NULL) {
		*out = cached_body(res->cached);
		return 0;
	}
	if (res->stream.read != NULL) {
		if (read_stream(res, e) == -1)
			return -1;
		if (res->stream.close != NULL)
			res->stream.close(res->stream.state);
		res->stream = (struct stream){ 0 };
	}
	*out = buf_span(&res->body);
	return 0;
}

int
response_json_text(struct buf *out, const char *s, struct err *e)
{
	const utf8proc_uint8_t *p = (const utf8proc_uint8_t *)s;
	utf8proc_int32_t c;
	utf8proc_ssize_t n;
	int rc = 0;

	for (; rc == 0 && *p != '\0'; p += n < 1 ? 1 : n) {
		n = utf8proc_iterate(p, -1, &c);
		if (n < 1)
			rc = buf_adds(out, "\xef\xbf\xbd", e);
		else if (c == '"' || c == '\\')
			rc = buf_addf(out, e, "\\%c", (char)c);
		else if (c < 0x20)
			rc = buf_addf(out, e, "\\u%04x", (unsigned)c);
		else
			rc = buf_add(out, p, (size_t)n, e);
	}
	return rc;
}
