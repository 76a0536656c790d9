/* SPDX-License-Identifier: AGPL-3.0-or-later
 * multipart.c - see multipart.h. */
#include "node/web/multipart.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "node/http/request.h"
#include "proto/err.h"

#define BOUNDARY_MAX 70		/* RFC 2046 5.1.1 */
#define HEADERS_MAX 2048

/* The parameter of a header's value, quotes off: name="…"; ptr NULL when absent. */
static struct span
parameter(struct span header, const char *name)
{
	size_t n = strlen(name);
	struct span rest = header;

	span_cut(&rest, ';');
	while (rest.len > 0) {
		struct span one = span_trim(span_cut(&rest, ';'));

		if (one.len <= n || strncasecmp(one.ptr, name, n) != 0 || one.ptr[n] != '=')
			continue;
		one.ptr += n + 1;
		one.len -= n + 1;
		if (one.len >= 2 && one.ptr[0] == '"' && one.ptr[one.len - 1] == '"')
			return (struct span){ one.ptr + 1, one.len - 2 };
		return one;
	}
	return (struct span){ 0 };
}

/* A browser's file name, without what may stand before it on its owner's machine. */
static struct span
base_name(struct span s)
{
	size_t i;

	for (i = s.len; i > 0; i--)
		if (s.ptr[i - 1] == '/' || s.ptr[i - 1] == '\\')
			return (struct span){ s.ptr + i, s.len - i };
	return s;
}

static int
read_headers(struct span headers, struct arena *arena, struct part *p, struct err *e)
{
	static const char wanted[] = "content-disposition:";

	while (headers.len > 0) {
		struct span line = span_trim(span_cut(&headers, '\n')), name, file;

		if (line.len < sizeof wanted || strncasecmp(line.ptr, wanted, sizeof wanted - 1) != 0)
			continue;
		name = parameter(line, "name");
		file = parameter(line, "filename");
		p->name = name.ptr == NULL ? NULL : arena_copy(arena, name);
		p->filename = file.ptr == NULL ? NULL : arena_copy(arena, base_name(file));
		if (p->name == NULL || (file.ptr != NULL && p->filename == NULL))
			return err_set(e, ERR_INPUT, "a part of the form has no name");
		return 0;
	}
	return err_set(e, ERR_INPUT, "a part of the form has no name");
}

/* The next part, from after a boundary to before the next; 0 when the last was read. */
static int
next_part(struct span *rest, const char *mark, struct arena *arena, struct part *p, struct err *e)
{
	const char *end, *body;
	size_t n = strlen(mark);

	if (rest->len >= 2 && memcmp(rest->ptr, "--", 2) == 0)
		return 0;
	if (rest->len < 2 || memcmp(rest->ptr, "\r\n", 2) != 0 ||
	    (body = memmem(rest->ptr, rest->len, "\r\n\r\n", 4)) == NULL || body - rest->ptr > HEADERS_MAX)
		return err_set(e, ERR_INPUT, "a part of the form is not whole");
	if (read_headers((struct span){ rest->ptr + 2, (size_t)(body - rest->ptr) }, arena, p, e) == -1)
		return -1;
	body += 4;
	if ((end = memmem(body - 2, (size_t)(rest->ptr + rest->len - body) + 2, mark, n)) == NULL)
		return err_set(e, ERR_INPUT, "the form breaks off");
	p->value = end < body ? (struct span){ body, 0 } : (struct span){ body, (size_t)(end - body) };
	rest->len -= (size_t)(end + n - rest->ptr);
	rest->ptr = end + n;
	return 1;
}

int
multipart_parse(const struct request *req, struct multipart *out, struct err *e)
{
	struct span boundary, rest = req->body;
	char mark[BOUNDARY_MAX + 5];
	int rc;

	out->count = 0;
	if (!request_is_type(req, "multipart/form-data"))
		return err_set(e, ERR_TYPE, "a form with a file is expected");
	boundary = parameter(span_str(req->header[HEADER_CONTENT_TYPE]), "boundary");
	if (boundary.len == 0 || boundary.len > BOUNDARY_MAX)
		return err_set(e, ERR_INPUT, "the form does not say where its parts end");
	snprintf(mark, sizeof mark, "\r\n--%.*s", (int)boundary.len, boundary.ptr);
	if (rest.len < strlen(mark) - 2 || memcmp(rest.ptr, mark + 2, strlen(mark) - 2) != 0)
		return err_set(e, ERR_INPUT, "the form does not begin as it says");
	rest.ptr += strlen(mark) - 2;
	rest.len -= strlen(mark) - 2;
	while (out->count < MULTIPART_PARTS_MAX &&
	    (rc = next_part(&rest, mark, req->arena, &out->at[out->count], e)) != 0) {
		if (rc == -1)
			return -1;
		out->count++;
	}
	return 0;
}

const struct part *
multipart_part(const struct multipart *m, const char *name)
{
	size_t i;

	for (i = 0; i < m->count; i++)
		if (strcmp(m->at[i].name, name) == 0)
			return &m->at[i];
	return NULL;
}

const char *
multipart_text(const struct multipart *m, const char *name, struct arena *arena)
{
	const struct part *p = multipart_part(m, name);
	const char *copy = p == NULL || memchr(p->value.ptr, '\0', p->value.len) != NULL ? NULL
	    : arena_copy(arena, span_trim(p->value));

	return copy == NULL ? "" : copy;
}
