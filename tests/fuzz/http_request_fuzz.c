/* SPDX-License-Identifier: AGPL-3.0-or-later
 * http_request_fuzz.c - a target, form, cookie or tag list of any bytes is refused or decoded to what encodes
 * back to the same; nothing decoded escapes its bounds.
 *
 * The first line of the input is the target, the rest is taken as each of the others. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "node/http/request.h"
#include "node/http/route.h"
#include "proto/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Every byte as %XX: the decoder must give back exactly this. */
static void
encode(struct buf *out, const char *s)
{
	struct err e;

	for (; *s != '\0'; s++)
		assert(buf_addf(out, &e, "%%%02X", (unsigned char)*s) == 0);
}

static void
check_fields(const struct fields *f, size_t count_max)
{
	struct buf text = BUF_INIT(1 << 24);
	struct arena arena = { 0 };
	struct fields again;
	struct err e = { 0 };
	size_t i;

	assert(f->count <= count_max);
	for (i = 0; i < f->count; i++) {
		encode(&text, f->at[i].name);
		assert(buf_addc(&text, '=', &e) == 0);
		encode(&text, f->at[i].value);
		assert(buf_addc(&text, '&', &e) == 0);
		assert(fields_get(f, f->at[i].name) != NULL);
	}
	assert(fields_parse(buf_span(&text), count_max + 1, &arena, &again, &e) == 0);
	assert(again.count <= f->count);	/* an empty pair falls away */
	for (i = 0; i < again.count && again.count == f->count; i++)
		assert(strcmp(again.at[i].name, f->at[i].name) == 0 &&
		    strcmp(again.at[i].value, f->at[i].value) == 0);
	arena_clear(&arena);
	buf_clear(&text);
}

static void
check_path(struct request *req)
{
	static const char *const pattern[] = { "/", "/:a", "/a.:b", "/i/:a/:b/:c", "/s/:rest*",
		"/:a/:rest*" };
	const char *p = req->path;
	size_t i, k;

	assert(p[0] == '/' && req->segment_count <= PATH_SEGMENTS_MAX);
	for (i = 0; i < req->segment_count; i++) {
		size_t n = strlen(req->segment[i]);

		assert(*p == '/' && strncmp(p + 1, req->segment[i], n) == 0);
		p += n + 1;
	}
	assert(*p == '\0' || req->segment_count == 0);
	for (i = 0; i < sizeof pattern / sizeof pattern[0]; i++) {
		memset(req->arg, 0, sizeof req->arg);
		if (!route_match(pattern[i], req))
			continue;
		for (k = 0; k < ROUTE_ARGS_MAX && req->arg[k] != NULL; k++)
			assert(req->arg[k][0] != '\0' && strcmp(req->arg[k], "..") != 0);
	}
}

static void
check_target(const char *target)
{
	struct arena arena = { 0 };
	struct request req;
	struct err e = { 0 };

	if (request_init(&req, METHOD_GET, target, &arena, &e) == 0) {
		check_path(&req);
		check_fields(&req.query, QUERY_FIELDS_MAX);
	} else
		assert(e.code == ERR_INPUT || e.code == ERR_LIMIT);
	arena_clear(&arena);
}

static void
check_rest(const char *rest)
{
	struct span text = span_str(rest), value = cookie_find(text, "session");
	struct arena arena = { 0 };
	struct request req = { .arena = &arena };
	struct fields form;
	struct err e = { 0 };

	if (value.ptr != NULL)
		assert(value.ptr >= text.ptr && value.ptr + value.len <= text.ptr + text.len);
	req.header[HEADER_IF_NONE_MATCH] = rest;
	if (request_matches(&req, "tag"))
		assert(strstr(rest, "\"tag\"") != NULL || strchr(rest, '*') != NULL);
	if (fields_parse(text, FORM_FIELDS_MAX, &arena, &form, &e) == 0)
		check_fields(&form, FORM_FIELDS_MAX);
	else
		assert(e.code == ERR_INPUT || e.code == ERR_MEMORY);
	arena_clear(&arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text = malloc(len + 1), *rest;

	if (text == NULL)
		return 0;
	if (len > 0)
		memcpy(text, data, len);
	text[len] = '\0';
	if ((rest = strchr(text, '\n')) != NULL)
		*rest++ = '\0';
	check_target(text);
	if (rest != NULL)
		check_rest(rest);
	free(text);
	return 0;
}
