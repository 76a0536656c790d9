/* SPDX-License-Identifier: AGPL-3.0-or-later
 * route.c - see route.h. */
#include "node/http/route.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* Length of the literal start of a pattern's segment: all of it, or up to the ":". */
static size_t
literal_len(struct span seg)
{
	const char *colon = seg.len == 0 ? NULL : memchr(seg.ptr, ':', seg.len);

	return colon == NULL ? seg.len : (size_t)(colon - seg.ptr);
}

static int
is_rest(struct span seg)
{
	return seg.len > 1 && seg.ptr[0] == ':' && seg.ptr[seg.len - 1] == '*';
}

static int
is_dots(struct span s)
{
	return span_is(s, ".") || span_is(s, "..");
}

/* What stands in req->path from segment i on, or NULL when there is nothing or a way up in it, an encoded
 * slash counting as a slash. */
static const char *
rest_of(const struct request *req, size_t i)
{
	const char *p = req->path + 1;
	struct span left;
	size_t k;

	for (k = 0; k < i && k < req->segment_count; k++)
		p += strlen(req->segment[k]) + 1;
	if (i >= req->segment_count || *p == '\0')
		return NULL;
	for (left = span_str(p); left.len > 0;)
		if (is_dots(span_cut(&left, '/')))
			return NULL;
	return p;
}

/* Match one decoded segment; *arg gets what the :name matched, NULL when there is none. */
static int
match_segment(struct span seg, const char *text, const char **arg)
{
	size_t fixed = literal_len(seg);

	*arg = NULL;
	if (strncmp(text, seg.ptr, fixed) != 0)
		return 0;
	if (fixed == seg.len)
		return text[fixed] == '\0';
	*arg = text + fixed;
	return text[fixed] != '\0' && !is_dots(span_str(text)) && !is_dots(span_str(*arg));
}

int
route_match(const char *pattern, struct request *req)
{
	struct span rest = span_str(pattern + 1);
	const char *arg;
	size_t n = 0, i;

	assert(pattern[0] == '/');
	for (i = 0; rest.len > 0; i++) {
		struct span seg = span_cut(&rest, '/');

		assert(n < ROUTE_ARGS_MAX);
		if (is_rest(seg)) {
			assert(rest.len == 0);
			return (req->arg[n] = rest_of(req, i)) != NULL;
		}
		if (i == req->segment_count || !match_segment(seg, req->segment[i], &arg))
			return 0;
		if (arg != NULL)
			req->arg[n++] = arg;
	}
	return i == req->segment_count;
}

/* How exact a pattern's segment is, for choosing between patterns that both match. */
static size_t
exactness(struct span seg)
{
	if (is_rest(seg))
		return 0;
	return literal_len(seg) == seg.len ? SIZE_MAX : 1 + literal_len(seg);
}

static int
more_exact(const char *a, const char *b)
{
	struct span x = span_str(a + 1), y = span_str(b + 1);

	while (x.len > 0 && y.len > 0) {
		size_t p = exactness(span_cut(&x, '/')), q = exactness(span_cut(&y, '/'));

		if (p != q)
			return p > q;
	}
	return 0;
}

const struct route *
route_find(const struct http_site *site, struct request *req)
{
	const struct route *best = NULL;
	size_t t, i;

	req->allowed = 0;
	for (t = 0; t < site->table_count; t++) {
		for (i = 0; i < site->table[t].count; i++) {
			const struct route *r = &site->table[t].route[i];

			if (!route_match(r->pattern, req))
				continue;
			req->allowed |= 1u << r->method;
			if (r->method == req->method &&
			    (best == NULL || more_exact(r->pattern, best->pattern)))
				best = r;
		}
	}
	memset(req->arg, 0, sizeof req->arg);
	if (best != NULL)
		route_match(best->pattern, req);
	return best;
}

/* The host of "https://host:port/…" as Host would say it. */
static struct span
host_of(const char *url)
{
	const char *p = strstr(url, "://");
	struct span s = span_str(p == NULL ? NULL : p + 3);

	return span_cut(&s, '/');
}

/* Did one of this site's own pages send the request?  Browsers say so in Origin, older ones
 * in Referer (Fetch 3.2). */
static int
is_same_origin(const struct request *req)
{
	const char *from = req->header[HEADER_ORIGIN], *host = req->header[HEADER_HOST];

	if (from == NULL)
		from = req->header[HEADER_REFERER];
	return from != NULL && host != NULL && *host != '\0' && span_is(host_of(from), host);
}

int
http_admit(const struct http_site *site, struct request *req, struct err *e)
{
	const struct route *r = route_find(site, req);

	if (r == NULL && req->allowed == 0)
		return err_set(e, ERR_NOT_FOUND, "there is nothing at %.200s", req->path);
	if (r == NULL)
		return err_set(e, ERR_METHOD, "%.200s does not take this method", req->path);
	if (r->access == ACCESS_OPERATOR && !req->local) {
		if (site->authorise == NULL || site->authorise(site->node, req) != 1)
			return err_set(e, ERR_LOGIN, "only the operator may do this");
		if (req->method != METHOD_GET && !is_same_origin(req))
			return err_set(e, ERR_FORBIDDEN,
			    "the request comes from another site's page");
	}
	req->route = r;
	return 0;
}

void
http_fail_json(const struct err *e, struct response *res)
{
	struct err ignored;

	buf_reset(&res->body);
	res->type = TYPE_JSON;
	if (buf_addf(&res->body, &ignored, "{\"error\":\"%s\",\"message\":\"",
	    err_info(e->code)->name) == -1 ||
	    response_json_text(&res->body, e->text, &ignored) == -1 ||
	    buf_adds(&res->body, "\"}\n", &ignored) == -1)
		buf_reset(&res->body);
}

/* "GET, HEAD, POST" for a set of methods, in the request's arena. */
static const char *
allow_list(unsigned allowed, struct arena *arena)
{
	const char *list = "";
	enum method m;

	for (m = 0; m < METHOD__COUNT && list != NULL; m++)
		if (allowed & 1u << m)
			list = arena_printf(arena, "%s%s%s%s", list, *list == '\0' ? "" : ", ",
			    method_name(m), m == METHOD_GET ? ", HEAD" : "");
	return list == NULL ? "" : list;
}

static void
fail_headers(const struct request *req, const struct err *e, struct response *res)
{
	struct err ignored;

	if (e->code == ERR_METHOD)
		response_header(res, "Allow", allow_list(req->allowed, req->arena), &ignored);
	else if (e->code == ERR_LOGIN)
		response_header(res, "WWW-Authenticate", "Session realm=\"operator\"", &ignored);
	else if (e->code == ERR_BUSY)
		response_header(res, "Retry-After", "5", &ignored);
}

void
http_fail(const struct http_site *site, const struct request *req, const struct err *e,
    struct response *res)
{
	struct err shown = *e;
	int status = err_info(e->code)->http_status;

	response_clear(res);
	if (status == 500 && !req->local)
		err_set(&shown, e->code, "something failed on this node; its log says what");
	res->status = status;
	res->cache_control = "no-store";
	fail_headers(req, e, res);
	if (site->error != NULL)
		site->error(site->node, req, &shown, res);
	else
		http_fail_json(&shown, res);
	res->status = status;
}

int
http_dispatch(const struct http_site *site, struct request *req, struct response *res, struct err *e)
{
	const struct route *r;

	if (req->route == NULL && http_admit(site, req, e) == -1)
		goto fail;
	r = req->route;
	if (req->body.len > r->body_max) {
		err_set(e, ERR_LIMIT, "the body is %zu bytes, limit %zu", req->body.len,
		    r->body_max);
		goto fail;
	}
	if (r->access == ACCESS_OPERATOR)
		res->cache_control = "no-store";
	if (strncmp(req->path, "/api/", 5) == 0 && r->access == ACCESS_PUBLIC)
		res->cross_origin = req->method == METHOD_GET;
	if (r->handler(site->node, req, res, e) == 0)
		return 0;
	assert(e->code != ERR_NONE);
fail:
	http_fail(site, req, e, res);
	return -1;
}
