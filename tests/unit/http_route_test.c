/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Which handler a path reaches, who may, and what is answered when none does. */
#include "node/http/cached.h"
#include "node/http/route.h"
#include "tests/unit/test.h"

struct node {
	int operator;	/* what authorise says */
};

/* Echo which route was taken and what its :names matched. */
static int
echo(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	size_t i;

	(void)node;
	if (buf_adds(&res->body, req->route->pattern, e) == -1)
		return -1;
	for (i = 0; i < ROUTE_ARGS_MAX && req->arg[i] != NULL; i++)
		if (buf_addf(&res->body, e, " [%s]", request_arg(req, i)) == -1)
			return -1;
	return 0;
}

static int
fail_gone(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	(void)node;
	(void)req;
	if (buf_adds(&res->body, "half an answer", e) == -1 ||
	    response_header(res, "Set-Cookie", "a=b", e) == -1)
		return -1;
	return err_set(e, ERR_GONE, "erased \"here\"\n\xff");
}

static int
fail_inside(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	(void)node;
	(void)req;
	(void)res;
	return err_set(e, ERR_IO, "disk /var/lib/secret is full");
}

static int
take_form(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	struct fields form;

	(void)node;
	(void)res;
	return request_form(req, &form, e);
}

static const struct route pages[] = {
	{ METHOD_GET, "/", echo, ACCESS_PUBLIC, 0, "home" },
	{ METHOD_GET, "/i/:author/:kind/:rid", echo, ACCESS_PUBLIC, 0, "one record" },
	{ METHOD_GET, "/i/:author/:kind/:rid/:slug", echo, ACCESS_PUBLIC, 0, "one record" },
	{ METHOD_GET, "/i/:author/site/:rid", echo, ACCESS_PUBLIC, 0, "literal later" },
	{ METHOD_GET, "/:page", echo, ACCESS_PUBLIC, 0, "any page" },
	{ METHOD_GET, "/catalogue", echo, ACCESS_PUBLIC, 0, "catalogue" },
	{ METHOD_GET, "/catalogue.:form", echo, ACCESS_PUBLIC, 0, "catalogue otherwise" },
	{ METHOD_GET, "/catalogue.atom", echo, ACCESS_PUBLIC, 0, "catalogue as a feed" },
	{ METHOD_GET, "/static/:rest*", echo, ACCESS_PUBLIC, 0, "files" },
	{ METHOD_GET, "/static/app.css", echo, ACCESS_PUBLIC, 0, "one file" },
	{ METHOD_GET, "/gone", fail_gone, ACCESS_PUBLIC, 0, "always erased" },
	{ METHOD_GET, "/broken", fail_inside, ACCESS_PUBLIC, 0, "always broken" },
};

static const struct route api[] = {
	{ METHOD_GET, "/api/v1/records", echo, ACCESS_PUBLIC, 0, "list" },
	{ METHOD_POST, "/api/v1/records", echo, ACCESS_PUBLIC, 8, "offer" },
	{ METHOD_DELETE, "/api/v1/records", echo, ACCESS_OPERATOR, 0, "erase" },
	{ METHOD_POST, "/form", take_form, ACCESS_OPERATOR, 64, "a form" },
	{ METHOD_GET, "/admin", echo, ACCESS_OPERATOR, 0, "operator's page" },
};

static const struct route_table tables[] = {
	{ pages, COUNT(pages) },
	{ api, COUNT(api) },
};

static int
authorise(struct node *node, const struct request *req)
{
	(void)req;
	return node->operator;
}

static struct http_site
site_of(struct node *node)
{
	return (struct http_site){ .node = node, .table = tables, .table_count = COUNT(tables),
		.authorise = authorise };
}

struct ask {
	enum method method;
	const char *target, *body, *type, *origin, *referer;
	int local, operator;
};

/* Dispatch one request; the answer is the caller's to clear, the arena too. */
static enum err_code
ask(const struct ask *a, struct arena *arena, struct response *res)
{
	struct node node = { a->operator };
	struct http_site site = site_of(&node);
	struct request req;
	struct err e = { 0 };
	int rc;

	response_init(res);
	assert_int_equal(request_init(&req, a->method, a->target, arena, &e), 0);
	req.local = a->local;
	req.body = span_str(a->body);
	req.header[HEADER_CONTENT_TYPE] = a->type;
	req.header[HEADER_ORIGIN] = a->origin;
	req.header[HEADER_REFERER] = a->referer;
	req.header[HEADER_HOST] = "essaim.example:8420";
	rc = http_dispatch(&site, &req, res, &e);
	assert_int_equal(rc, e.code == ERR_NONE ? 0 : -1);
	return e.code;
}

static const char *
header_of(const struct response *res, const char *name)
{
	size_t i;

	for (i = 0; i < res->extra_count; i++)
		if (strcmp(res->extra[i].name, name) == 0)
			return res->extra[i].value;
	return NULL;
}

static void
test_paths(void **state)
{
	static const struct {
		const char *why, *target, *answer;	/* answer NULL: not found */
	} table[] = {
		{ "the root", "/", "/" },
		{ "three names", "/i/did:key:z/initiative/k3",
		    "/i/:author/:kind/:rid [did:key:z] [initiative] [k3]" },
		{ "names are decoded", "/i/a%2Fb/c%20d/e",
		    "/i/:author/:kind/:rid [a/b] [c d] [e]" },
		{ "a fourth name is another route", "/i/a/b/c/d",
		    "/i/:author/:kind/:rid/:slug [a] [b] [c] [d]" },
		{ "a literal wins wherever it stands in the table", "/i/a/site/c",
		    "/i/:author/site/:rid [a] [c]" },
		{ "a literal wins over a name", "/catalogue", "/catalogue" },
		{ "a name matches the rest", "/other", "/:page [other]" },
		{ "the longer literal start wins", "/catalogue.csv", "/catalogue.:form [csv]" },
		{ "and the whole literal over it", "/catalogue.atom", "/catalogue.atom" },
		{ "no empty suffix", "/catalogue.", "/:page [catalogue.]" },
		{ "literals are compared decoded", "/%63atalogue", "/catalogue" },
		{ "the query plays no part", "/catalogue?x=/y", "/catalogue" },
		{ "rest of the path", "/static/a/b.png", "/static/:rest* [a/b.png]" },
		{ "a literal wins over the rest", "/static/app.css", "/static/app.css" },
		{ "rest is not empty", "/static/", NULL },
		{ "nor absent", "/static", "/:page [static]" },
		{ "no way up through the rest", "/static/../secret", NULL },
		{ "nor encoded", "/static/%2e%2e/secret", NULL },
		{ "nor with the slash encoded", "/static/a%2F%2e%2e%2Fsecret", NULL },
		{ "three dots are a name", "/static/.../a", "/static/:rest* [.../a]" },
		{ "nor as a suffix", "/catalogue...", "/:page [catalogue...]" },
		{ "nor as a name", "/i/../initiative/k3", NULL },
		{ "a dot is no name", "/.", NULL },
		{ "a name is not empty", "/i//b/c", NULL },
		{ "a final slash is another path", "/catalogue/", NULL },
		{ "two slashes are another path", "//", NULL },
		{ "too long", "/i/a/b/c/d/e", NULL },
		{ "too short", "/i/a", NULL },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(table); i++) {
		struct arena arena = { 0 };
		struct response res;
		enum err_code code = ask(&(struct ask){ .target = table[i].target }, &arena, &res);

		CHECK_ROW(table[i].why, code == (table[i].answer ? ERR_NONE : ERR_NOT_FOUND));
		CHECK_ROW(table[i].why, res.status == (table[i].answer ? 200 : 404));
		if (table[i].answer != NULL)
			CHECK_ROW(table[i].why, span_is(buf_span(&res.body), table[i].answer));
		response_clear(&res);
		arena_clear(&arena);
	}
}

static void
test_access(void **state)
{
	static const struct {
		const char *why;
		struct ask ask;
		int status;
		const char *header, *value;
	} table[] = {
		{ "a page for everybody", { .target = "/catalogue" }, 200, NULL, NULL },
		{ "a method the path has not", { METHOD_DELETE, .target = "/catalogue" }, 405,
		    "Allow", "GET, HEAD" },
		{ "all it has are named", { METHOD__COUNT, .target = "/api/v1/records" }, 405,
		    "Allow", "GET, HEAD, POST, DELETE" },
		{ "no such path for any method", { METHOD_POST, .target = "/x/y" }, 404, NULL,
		    NULL },
		{ "the operator's page for a stranger", { .target = "/admin" }, 401,
		    "WWW-Authenticate", "Session realm=\"operator\"" },
		{ "on the control socket", { .target = "/admin", .local = 1 }, 200, NULL, NULL },
		{ "with a session", { .target = "/admin", .operator = 1 }, 200, NULL, NULL },
		{ "a change with a session from this site's page", { METHOD_DELETE,
		    .target = "/api/v1/records", .origin = "https://essaim.example:8420",
		    .operator = 1 }, 200, NULL, NULL },
		{ "from an older browser", { METHOD_DELETE, .target = "/api/v1/records",
		    .referer = "https://essaim.example:8420/admin?x", .operator = 1 }, 200, NULL,
		    NULL },
		{ "from another site's page", { METHOD_DELETE, .target = "/api/v1/records",
		    .origin = "https://evil.example", .operator = 1 }, 403, NULL, NULL },
		{ "from a name that begins alike", { METHOD_DELETE, .target = "/api/v1/records",
		    .origin = "https://essaim.example:8420.evil", .operator = 1 }, 403, NULL,
		    NULL },
		{ "from a page that hides where it is", { METHOD_DELETE,
		    .target = "/api/v1/records", .origin = "null",
		    .referer = "https://essaim.example:8420/", .operator = 1 }, 403, NULL, NULL },
		{ "from nowhere", { METHOD_DELETE, .target = "/api/v1/records", .operator = 1 },
		    403, NULL, NULL },
		{ "the control socket has no pages", { METHOD_DELETE, .target = "/api/v1/records",
		    .local = 1 }, 200, NULL, NULL },
		{ "a body of the largest size", { METHOD_POST, .target = "/api/v1/records",
		    .body = "12345678" }, 200, NULL, NULL },
		{ "one byte more", { METHOD_POST, .target = "/api/v1/records",
		    .body = "123456789" }, 413, NULL, NULL },
		{ "a body where none is taken", { .target = "/catalogue", .body = "1" }, 413, NULL,
		    NULL },
		{ "a body of another type", { METHOD_POST, .target = "/form", .body = "{}",
		    .type = "application/json", .local = 1 }, 415, NULL, NULL },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(table); i++) {
		struct arena arena = { 0 };
		struct response res;
		const char *value;

		ask(&table[i].ask, &arena, &res);
		CHECK_ROW(table[i].why, res.status == table[i].status);
		value = table[i].header == NULL ? NULL : header_of(&res, table[i].header);
		CHECK_ROW(table[i].why, (value == NULL) == (table[i].value == NULL));
		if (value != NULL)
			CHECK_ROW(table[i].why, strcmp(value, table[i].value) == 0);
		response_clear(&res);
		arena_clear(&arena);
	}
}

static void
test_no_authoriser(void **state)
{
	struct http_site site = { .table = tables, .table_count = COUNT(tables) };
	struct arena arena = { 0 };
	struct response res;
	struct request req;
	struct err e = { 0 };

	(void)state;
	response_init(&res);
	assert_int_equal(request_init(&req, METHOD_GET, "/admin", &arena, &e), 0);
	assert_int_equal(http_dispatch(&site, &req, &res, &e), -1);
	assert_int_equal(res.status, 401);
	response_clear(&res);
	arena_clear(&arena);
}

static void
test_failure_text(void **state)
{
	struct arena arena = { 0 };
	struct response res;

	(void)state;
	assert_int_equal(ask(&(struct ask){ .target = "/gone" }, &arena, &res), ERR_GONE);
	assert_int_equal(res.status, 410);
	assert_string_equal(res.body.ptr,
	    "{\"error\":\"gone\",\"message\":\"erased \\\"here\\\"\\u000a\xef\xbf\xbd\"}\n");
	assert_null(header_of(&res, "Set-Cookie"));
	response_clear(&res);
	assert_int_equal(ask(&(struct ask){ .target = "/broken" }, &arena, &res), ERR_IO);
	assert_int_equal(res.status, 500);
	assert_null(strstr(res.body.ptr, "secret"));
	response_clear(&res);
	ask(&(struct ask){ .target = "/broken", .local = 1 }, &arena, &res);
	assert_non_null(strstr(res.body.ptr, "secret"));
	response_clear(&res);
	arena_clear(&arena);
}

static void
render_error(struct node *node, const struct request *req, const struct err *e,
    struct response *res)
{
	struct err ignored;

	(void)node;
	(void)req;
	res->type = TYPE_HTML;
	res->status = 200;	/* must not stick */
	buf_addf(&res->body, &ignored, "<p>%s", err_info(e->code)->name);
}

static void
test_error_page(void **state)
{
	struct http_site site = { .table = tables, .table_count = COUNT(tables),
		.error = render_error };
	struct arena arena = { 0 };
	struct response res;
	struct request req;
	struct err e = { 0 };

	(void)state;
	response_init(&res);
	assert_int_equal(request_init(&req, METHOD_GET, "/x/y", &arena, &e), 0);
	assert_int_equal(http_dispatch(&site, &req, &res, &e), -1);
	assert_int_equal(res.status, 404);
	assert_string_equal(res.body.ptr, "<p>not-found");
	response_clear(&res);
	arena_clear(&arena);
}

static void
test_headers(void **state)
{
	struct response res;
	struct err e = { 0 };
	int i;

	(void)state;
	response_init(&res);
	assert_int_equal(response_header(&res, "A", "b\r\nSet-Cookie: c", &e), -1);
	assert_int_equal(e.code, ERR_INTERNAL);
	for (i = 0; i < RESPONSE_HEADERS_MAX; i++)
		assert_int_equal(response_header(&res, "A", "b", &e), 0);
	assert_int_equal(response_header(&res, "A", "b", &e), -1);
	assert_int_equal(e.code, ERR_LIMIT);
	response_clear(&res);
}

static void
test_cached(void **state)
{
	struct response res, answer;
	struct cached *c = NULL;
	struct span body;
	struct err e = { 0 };
	char type[] = "text/css";
	int i;

	(void)state;
	response_init(&res);
	res.type = type;
	for (i = 0; i < 300; i++)
		assert_int_equal(buf_adds(&res.body, "p{x:0}", &e), 0);
	assert_int_equal(cached_new(&res, &c, &e), 0);
	assert_null(res.body.ptr);
	response_clear(&res);
	memset(type, 'x', sizeof type - 1);
	response_init(&answer);
	cached_answer(c, &answer);
	assert_string_equal(cached_response(c)->type, "text/css");
	assert_int_equal(strlen(cached_etag(c)), ETAG_CHARS);
	assert_true(cached_gzip(c).len > 0 && cached_gzip(c).len < 200);
	cached_free(c);
	assert_int_equal(response_body(&answer, &body, &e), 0);
	assert_int_equal(body.len, 1800);
	response_clear(&answer);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_access),
		cmocka_unit_test(test_no_authoriser),
		cmocka_unit_test(test_failure_text),
		cmocka_unit_test(test_error_page),
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_cached),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
