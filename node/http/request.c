/* SPDX-License-Identifier: AGPL-3.0-or-later
 * request.c - see request.h. */
#include "node/http/request.h"

#include <assert.h>
#include <string.h>
#include <strings.h>

#include <utf8proc.h>

#include "proto/err.h"

static const char *const methods[METHOD__COUNT] = {
	[METHOD_GET] = "GET",
	[METHOD_POST] = "POST",
	[METHOD_DELETE] = "DELETE",
};

const char *
method_name(enum method method)
{
	assert(method < METHOD__COUNT);
	return methods[method];
}

enum method
method_parse(const char *word)
{
	enum method i;

	if (strcmp(word, "HEAD") == 0)
		return METHOD_GET;
	for (i = 0; i < METHOD__COUNT; i++)
		if (strcmp(word, methods[i]) == 0)
			break;
	return i;
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int
is_utf8(const char *s, size_t len)
{
	const utf8proc_uint8_t *p = (const utf8proc_uint8_t *)s;
	utf8proc_int32_t c;
	utf8proc_ssize_t n;

	for (; len > 0; p += n, len -= (size_t)n)
		if ((n = utf8proc_iterate(p, (utf8proc_ssize_t)len, &c)) < 1)
			return 0;
	return 1;
}

char *
percent_decode(struct span s, int plus_is_space, struct arena *arena, struct err *e)
{
	char *out = arena_alloc(arena, s.len + 1), *p = out;
	size_t i;

	if (out == NULL) {
		err_memory(e);
		return NULL;
	}
	for (i = 0; i < s.len; i++) {
		char c = s.ptr[i];

		if (c == '%') {
			int hi = s.len - i > 2 ? hex_digit(s.ptr[i + 1]) : -1;
			int lo = s.len - i > 2 ? hex_digit(s.ptr[i + 2]) : -1;

			if (hi == -1 || lo == -1) {
				err_set(e, ERR_INPUT, "%% not followed by two hexadecimal digits");
				return NULL;
			}
			c = (char)(hi << 4 | lo);
			i += 2;
		} else if (c == '+' && plus_is_space)
			c = ' ';
		if (c == '\0') {
			err_set(e, ERR_INPUT, "NUL character in the request");
			return NULL;
		}
		*p++ = c;
	}
	if (!is_utf8(out, (size_t)(p - out))) {
		err_set(e, ERR_INPUT, "the request is not UTF-8");
		return NULL;
	}
	return out;
}

/* How many pieces text falls into at sep, counting no further than most + 1. */
static size_t
count_pieces(struct span text, char sep, size_t most)
{
	size_t n = 1, i;

	for (i = 0; i < text.len && n <= most; i++)
		n += text.ptr[i] == sep;
	return n;
}

int
fields_parse(struct span text, size_t count_max, struct arena *arena, struct fields *out,
    struct err *e)
{
	size_t pieces = count_pieces(text, '&', count_max);
	struct pair *field;

	*out = (struct fields){ 0 };
	if (text.len == 0)
		return 0;
	if (pieces > count_max)
		return err_set(e, ERR_INPUT, "more than %zu fields", count_max);
	if ((field = arena_alloc(arena, pieces * sizeof *field)) == NULL)
		return err_memory(e);
	while (text.len > 0) {
		struct span value = span_cut(&text, '&');
		struct span name = span_cut(&value, '=');
		struct pair *f = &field[out->count];

		if (name.len == 0 && value.len == 0)
			continue;
		if ((f->name = percent_decode(name, 1, arena, e)) == NULL ||
		    (f->value = percent_decode(value, 1, arena, e)) == NULL)
			return -1;
		out->count++;
	}
	out->at = field;
	return 0;
}

const char *
fields_next(const struct fields *f, const char *name, size_t *i)
{
	while (*i < f->count) {
		const struct pair *at = &f->at[(*i)++];

		if (strcmp(at->name, name) == 0)
			return at->value;
	}
	return NULL;
}

const char *
fields_get(const struct fields *f, const char *name)
{
	size_t i = 0;

	return fields_next(f, name, &i);
}

/* Decode each segment on its own, so that an encoded slash separates nothing. */
static int
split_path(struct request *req, struct span path, struct err *e)
{
	size_t pieces = count_pieces(path, '/', PATH_SEGMENTS_MAX + 1) - 1, i;
	const char *whole;

	if (pieces > PATH_SEGMENTS_MAX)
		return err_set(e, ERR_INPUT, "the path has more than %d segments",
		    PATH_SEGMENTS_MAX);
	if ((whole = percent_decode(path, 0, req->arena, e)) == NULL)
		return -1;
	req->path = whole;
	if (path.len == 1)
		return 0;
	span_cut(&path, '/');
	for (i = 0; i < pieces; i++) {
		struct span piece = span_cut(&path, '/');

		if ((req->segment[i] = percent_decode(piece, 0, req->arena, e)) == NULL)
			return -1;
	}
	req->segment_count = pieces;
	return 0;
}

int
request_init(struct request *req, enum method method, const char *target, struct arena *arena,
    struct err *e)
{
	struct span query = span_str(target), path;
	const char *raw_path, *raw_query;

	*req = (struct request){ .method = method, .arena = arena, .path = "/", .raw_path = "/",
		.raw_query = "", .client = "" };
	if (query.len > TARGET_BYTES_MAX)
		return err_set(e, ERR_LIMIT, "the address is longer than %d bytes",
		    TARGET_BYTES_MAX);
	if (query.len == 0 || target[0] != '/')
		return err_set(e, ERR_INPUT, "the request target does not begin with /");
	path = span_cut(&query, '?');
	if ((raw_path = arena_copy(arena, path)) == NULL ||
	    (raw_query = arena_copy(arena, query)) == NULL)
		return err_memory(e);
	req->raw_path = raw_path;
	req->raw_query = raw_query;
	if (split_path(req, path, e) == -1)
		return -1;
	return fields_parse(query, QUERY_FIELDS_MAX, arena, &req->query, e);
}

const char *
request_arg(const struct request *req, size_t i)
{
	assert(i < ROUTE_ARGS_MAX && req->arg[i] != NULL);
	return req->arg[i];
}

const char *
request_query(const struct request *req, const char *name)
{
	return fields_get(&req->query, name);
}

int
request_is_type(const struct request *req, const char *type)
{
	struct span given = span_str(req->header[HEADER_CONTENT_TYPE]);
	size_t len = strlen(type);

	given = span_trim(span_cut(&given, ';'));
	return given.len == len && strncasecmp(given.ptr, type, len) == 0;
}

int
request_form(const struct request *req, struct fields *out, struct err *e)
{
	if (!request_is_type(req, "application/x-www-form-urlencoded"))
		return err_set(e, ERR_TYPE, "a form is wanted here "
		    "(application/x-www-form-urlencoded)");
	return fields_parse(req->body, FORM_FIELDS_MAX, req->arena, out, e);
}

struct span
cookie_find(struct span header, const char *name)
{
	while (header.len > 0) {
		struct span value = span_cut(&header, ';');
		struct span key = span_trim(span_cut(&value, '='));

		if (!span_is(key, name) || value.ptr == NULL)
			continue;
		value = span_trim(value);
		if (value.len >= 2 && value.ptr[0] == '"' && value.ptr[value.len - 1] == '"')
			value = (struct span){ value.ptr + 1, value.len - 2 };
		return value;
	}
	return (struct span){ 0 };
}

const char *
request_cookie(const struct request *req, const char *name)
{
	struct span header = span_str(req->header[HEADER_COOKIE]), value;

	if (header.len > COOKIE_BYTES_MAX)
		return NULL;
	value = cookie_find(header, name);
	return value.ptr == NULL ? NULL : arena_copy(req->arena, value);
}

int
request_matches(const struct request *req, const char *etag)
{
	struct span list = span_str(req->header[HEADER_IF_NONE_MATCH]);

	if (span_is(span_trim(list), "*"))
		return 1;
	while (list.len > 0) {
		struct span tag = span_trim(span_cut(&list, ','));

		if (tag.len >= 2 && tag.ptr[0] == 'W' && tag.ptr[1] == '/')
			tag = (struct span){ tag.ptr + 2, tag.len - 2 };
		if (tag.len >= 2 && tag.ptr[0] == '"' && tag.ptr[tag.len - 1] == '"' &&
		    span_is((struct span){ tag.ptr + 1, tag.len - 2 }, etag))
			return 1;
	}
	return 0;
}
