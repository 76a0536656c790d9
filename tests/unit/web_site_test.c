/* SPDX-License-Identifier: AGPL-3.0-or-later
 * web_site_test.c - the pages of a node in process: everything answers, nothing hostile gets through, the
 * operator's forms keep what was typed, and what is deleted is gone.
 */
#include "tests/unit/test.h"

#include <ftw.h>
#include <unistd.h>

#include <libxml/parser.h>

#include "node/core/indexer.h"
#include "node/core/keyring.h"
#include "node/core/node.h"
#include "node/http/cached.h"
#include "node/web/inside.h"
#include "node/web/web.h"

#define RID "aaaaaaaaaaaaaaaa"
#define HOST "essaim.example.org"

struct site_test {
	char dir[64];
	struct node *node;
	struct http_site site;
	char did[DIDKEY_CHARS + 1];
	char cookie[80], csrf[TOKEN_CHARS + 1];
};

/* --- one request and its answer ------------------------------------------------------------------------ */

struct answer {
	int status;
	char body[4 * 1024 * 1024];
	char location[512], set_cookie[256];
	struct cached *cached;		/* only to be compared */
};

static const char *
extra(const struct response *res, const char *name)
{
	size_t i;

	for (i = 0; i < res->extra_count; i++)
		if (strcmp(res->extra[i].name, name) == 0)
			return res->extra[i].value;
	return "";
}

struct call {
	enum method method;
	const char *target, *form, *cookie, *accept_language, *origin;
};

static void
ask(struct site_test *t, const struct call *c, struct answer *out)
{
	struct arena arena = { 0 };
	struct request req;
	struct response res;
	struct span body;
	struct err e = { .code = ERR_NONE };

	if (request_init(&req, c->method, c->target, &arena, &e) == -1)
		fail_msg("%s: %s", c->target, e.text);
	req.header[HEADER_HOST] = HOST;
	req.header[HEADER_COOKIE] = c->cookie;
	req.header[HEADER_ACCEPT_LANGUAGE] = c->accept_language;
	req.header[HEADER_ORIGIN] = c->origin;
	if (c->form != NULL) {
		req.header[HEADER_CONTENT_TYPE] = "application/x-www-form-urlencoded";
		req.body = span_str(c->form);
	}
	response_init(&res);
	http_dispatch(&t->site, &req, &res, &e);
	assert_int_equal(response_body(&res, &body, &e), 0);
	assert_true(body.len < sizeof out->body);
	memcpy(out->body, body.ptr == NULL ? "" : body.ptr, body.len);
	out->body[body.len] = '\0';
	out->status = res.status;
	out->cached = res.cached;
	snprintf(out->location, sizeof out->location, "%s", res.location == NULL ? "" : res.location);
	snprintf(out->set_cookie, sizeof out->set_cookie, "%s", extra(&res, "Set-Cookie"));
	response_clear(&res);
	arena_clear(&arena);
}

static struct answer *
get(struct site_test *t, const char *target)
{
	static struct answer a;

	ask(t, &(struct call){ .method = METHOD_GET, .target = target }, &a);
	return &a;
}

static struct answer *
operator_get(struct site_test *t, const char *target)
{
	static struct answer a;

	ask(t, &(struct call){ .method = METHOD_GET, .target = target, .cookie = t->cookie }, &a);
	return &a;
}

static struct answer *
post(struct site_test *t, const char *target, const char *form)
{
	static struct answer a;
	char body[4096];

	snprintf(body, sizeof body, "csrf=%s&%s", t->csrf, form);
	ask(t, &(struct call){ .method = METHOD_POST, .target = target, .cookie = t->cookie, .form = body,
	    .origin = "https://" HOST }, &a);
	return &a;
}

/* --- a node with a few records ------------------------------------------------------------------------- */

static void
put(struct site_test *t, enum kind k, const char *rid, const char *lang, const char *content)
{
	struct node_put p = { .kind = k, .rid = rid, .lang = lang, .content = span_str(content) };
	struct node_put_result r;
	struct err e = { .code = ERR_NONE };

	if (node_put(t->node, &p, &r, &e) == -1)
		fail_msg("%s: %s", content, e.text);
}

static void
index_all(struct site_test *t)
{
	struct err e = { .code = ERR_NONE };

	if (indexer_catch_up(t->node->indexer, &e) == -1)
		fail_msg("%s", e.text);
}

static void
log_in(struct site_test *t)
{
	struct buf link = BUF_INIT(512);
	struct answer *a;
	struct err e;
	const char *at;

	assert_int_equal(web_login_link(t->node, &link, &e), 0);
	at = strstr(link.ptr, "/operator/login");
	assert_non_null(at);
	a = get(t, at);
	assert_int_equal(a->status, 200);
	snprintf(t->cookie, sizeof t->cookie, "%.*s", (int)strcspn(a->set_cookie, ";"), a->set_cookie);
	buf_clear(&link);
	session_csrf(t->node->web->sessions, strchr(t->cookie, '=') + 1, t->csrf);
}

static int
open_site(void **state)
{
	struct site_test *t = calloc(1, sizeof *t);
	struct node_init i = { .name = "Pays d’essai", .areas = "29188", .lang = "fr" };
	struct err e = { .code = ERR_NONE };

	strcpy(t->dir, "/tmp/essaim-web-XXXXXX");
	if (mkdtemp(t->dir) == NULL || rmdir(t->dir) == -1)
		return -1;
	i.dir = t->dir;
	if (node_init(&i, &e) == -1 || node_open(t->dir, &t->node, &e) == -1) {
		fprintf(stderr, "%s\n", e.text);
		return -1;
	}
	node_site(t->node, &t->site);
	strcpy(t->did, keyring_at(t->node->keys, 0)->did);
	put(t, KIND_INITIATIVE, RID, "fr", "{\"axes\":[\"solidarity\"],\"commune\":\"Plougasnou\","
	    "\"description\":\"<img src=x onerror=y>\",\"email\":\"a@example.org\",\"lat_e7\":486942000,"
	    "\"lon_e7\":-37897000,\"name\":\"<script>\\\"'</script>\",\"practices\":[\"repair\"],"
	    "\"status\":\"emerging\",\"website\":\"https://example.org/?a=1&b='2\"}");
	put(t, KIND_OFFER, "bbbbbbbbbbbbbbbb", "en", "{\"lat_e7\":486942000,\"lon_e7\":-37897000,\"name\":\"Ladder\"}");
	put(t, KIND_NEED, "cccccccccccccccc", "fr", "{\"lat_e7\":486942000,\"lon_e7\":-37897000,"
	    "\"name\":\"Cherche une échelle\"}");
	put(t, KIND_EVENT, "dddddddddddddddd", "fr", "{\"name\":\"Veillée\",\"starts\":\"2099-12-01T18:30\"}");
	put(t, KIND_SYNTHESIS, "eeeeeeeeeeeeeeee", "fr", "{\"axes\":[\"solidarity\"],\"name\":\"Ce qui relie\"}");
	put(t, KIND_PRACTICE, "ffffffffffffffff", "fr", "{\"key\":\"spinning\",\"name\":\"Filage\",\"parent\":\"goods\"}");
	index_all(t);
	log_in(t);
	*state = t;
	return 0;
}

static int
remove_one(const char *path, const struct stat *s, int flag, struct FTW *at)
{
	(void)s;
	(void)flag;
	(void)at;
	return remove(path);
}

static int
close_site(void **state)
{
	struct site_test *t = *state;

	node_close(t->node);
	nftw(t->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	free(t);
	return 0;
}

/* The pattern with this node's author where it has an @. */
static const char *
path_of(struct site_test *t, const char *pattern)
{
	static char path[512];
	size_t n = strcspn(pattern, "@");

	snprintf(path, sizeof path, "%.*s%s%s", (int)n, pattern, pattern[n] == '@' ? t->did : "",
	    pattern[n] == '@' ? pattern + n + 1 : "");
	return path;
}

/* --- visitors -------------------------------------------------------------------------------------------- */

/* Nothing runs but files of this site's own, named by address and empty inside; a record's data, which does
 * not run, holds nothing that could end its element. */
static int
only_own_scripts(const char *body)
{
	static const char data[] = "<script type=\"application/ld+json\">{\"@context\":\"https://schema.org\"";
	const char *p = body, *end;

	while ((p = strstr(p, "<script")) != NULL) {
		if (strncmp(p, data, sizeof data - 1) == 0) {
			if ((end = strchr(p + 1, '<')) == NULL || strncmp(end, "</script>\n<link rel=\"icon\"", 26) != 0)
				return 0;
		} else if (strncmp(p, "<script src=\"/static/", 21) != 0 || (end = strchr(p, '>')) == NULL ||
		    strncmp(end, "></script>", 10) != 0)
			return 0;
		p = end;
	}
	return 1;
}

static void
test_every_page_answers(void **state)
{
	static const char *const page[] = {
		"/", "/catalogue", "/map", "/map?bbox=-5,47,-1,49", "/embed/list", "/embed/map", "/offers", "/agenda",
		"/agenda?when=past", "/library", "/territories", "/network", "/about", "/exports", "/legal", "/territory/@", "/i/@/territory/self", "/i/@/node/self", "/i/@/identity/self",
		"/i/@/initiative/" RID, "/i/@/initiative/" RID "/any-words", "/provenance/@/initiative/" RID,
		"/adopt/@/initiative/" RID, "/lineage/@/initiative/" RID, "/reciprocity/@/initiative/" RID,
		"/reciprocity/@/territory/self",
		"/booklet", "/booklet?kind=event&near=Plougasnou", "/booklet?q=zzzzzz", "/poster/@/initiative/" RID,
		"/poster/@/event/dddddddddddddddd", "/poster/@/territory/self",
	};
	static const char *const lang[] = { "fr", "en" };
	struct site_test *t = *state;
	char target[600];
	size_t i, l;

	for (i = 0; i < COUNT(page); i++)
		for (l = 0; l < COUNT(lang); l++) {
			struct answer *a;

			snprintf(target, sizeof target, "%s%slang=%s", path_of(t, page[i]),
			    strchr(page[i], '?') == NULL ? "?" : "&", lang[l]);
			a = get(t, target);
			if (a->status != 200)
				fail_msg("%s: %d", target, a->status);
			CHECK_ROW(target, strstr(a->body, l == 0 ? "<html lang=\"fr\">" : "<html lang=\"en\">") != NULL);
			CHECK_ROW(target, strstr(a->body, "</html>") != NULL);
			CHECK_ROW(target, *a->set_cookie == '\0');
			CHECK_ROW(target, strstr(a->body, "style=") == NULL && only_own_scripts(a->body));
		}
}

static void
test_what_people_wrote_is_text(void **state)
{
	static const char *const page[] = {
		"/", "/catalogue", "/i/@/initiative/" RID, "/provenance/@/initiative/" RID, "/booklet",
		"/poster/@/initiative/" RID, "/booklet?q=%3Cscript%3E&commune=%3Cb%3E&practice=%3Cb%3E&kind=%3Cb%3E",
		"/adopt/@/initiative/" RID, "/lineage/@/initiative/" RID, "/reciprocity/@/initiative/" RID,
		"/catalogue?q=%3Cscript%3E&near=%22%3E%3Cb%3E&axis=%22%3E%3Cb%3E&sort=%3Cb%3E",
	};
	struct site_test *t = *state;
	size_t i;

	for (i = 0; i < COUNT(page); i++) {
		struct answer *a = get(t, path_of(t, page[i]));

		CHECK_ROW(page[i], a->status == 200);
		CHECK_ROW(page[i], only_own_scripts(a->body) && strstr(a->body, "<img src=x") == NULL &&
		    strstr(a->body, "<b>") == NULL && strstr(a->body, "&lt;script&gt;") != NULL);
	}
}

static void
test_language(void **state)
{
	struct site_test *t = *state;
	static struct answer a;

	ask(t, &(struct call){ .method = METHOD_GET, .target = "/about", .accept_language = "en" }, &a);
	assert_non_null(strstr(a.body, "<html lang=\"en\">"));
	assert_non_null(strstr(a.body, "href=\"/catalogue\""));
	ask(t, &(struct call){ .method = METHOD_GET, .target = "/about?lang=fr", .accept_language = "en" }, &a);
	assert_non_null(strstr(a.body, "<html lang=\"fr\">"));
	assert_non_null(strstr(a.body, "href=\"/catalogue?lang=fr\""));
	ask(t, &(struct call){ .method = METHOD_GET, .target = "/catalogue?q=a%26b&lang=xx", .accept_language = "en" }, &a);
	assert_non_null(strstr(a.body, "<html lang=\"en\">"));
	assert_non_null(strstr(a.body, "href=\"/catalogue?lang=fr&amp;q=a%26b\""));
	assert_non_null(strstr(get(t, path_of(t, "/i/@/offer/bbbbbbbbbbbbbbbb"))->body, "<h1 lang=\"en\">"));
}

static void
test_filters(void **state)
{
	struct site_test *t = *state;
	struct answer *a = get(t, "/catalogue?kind=initiative&axis=solidarity&kind=event");

	assert_non_null(strstr(a->body, ">1 fiche<"));
	assert_non_null(strstr(a->body, "class=\"tag remove\""));
	assert_non_null(strstr(a->body, "href=\"/catalogue?kind=initiative&amp;axis=solidarity\""));
	assert_non_null(strstr(get(t, "/catalogue?q=zzzzzz")->body, "class=\"empty\""));
	assert_non_null(strstr(get(t, "/catalogue?near=Plougasnou&within=5")->body, "Cherche une échelle"));
	assert_non_null(strstr(get(t, "/catalogue?near=Nulle-part")->body, "Nulle-part"));
	assert_int_equal(get(t, "/catalogue?page=99999999999&within=-1&page=x")->status, 200);
}

static void
test_neighbours_are_shown_to_each_other(void **state)
{
	struct site_test *t = *state;

	assert_non_null(strstr(get(t, path_of(t, "/i/@/offer/bbbbbbbbbbbbbbbb"))->body, "Cherche une échelle"));
	assert_non_null(strstr(get(t, path_of(t, "/i/@/need/cccccccccccccccc"))->body, "Ladder"));
}

static void
test_pages_are_kept_until_something_changes(void **state)
{
	struct site_test *t = *state;
	struct cached *first = get(t, "/library")->cached;

	assert_non_null(first);
	assert_ptr_equal(get(t, "/library")->cached, first);
	assert_null(strstr(get(t, "/library?lang=en")->body, "lang=\"fr\">\n<head"));
	put(t, KIND_DOCUMENT, "gggggggggggggggg", "fr", "{\"document_type\":\"article\",\"name\":\"Tout neuf\"}");
	index_all(t);
	assert_non_null(strstr(get(t, "/library")->body, "Tout neuf"));
}

/* --- to take along, and on paper --------------------------------------------------------------------------- */

/* The addresses of a sitemap, as another reader finds them: how many, the first into out. */
static size_t
locations(const char *xml, const char *root, char *first, size_t size)
{
	xmlDoc *doc = xmlReadMemory(xml, (int)strlen(xml), "sitemap.xml", NULL, XML_PARSE_NONET);
	xmlNode *at;
	size_t n = 0;

	assert_non_null(doc);
	assert_string_equal((const char *)xmlDocGetRootElement(doc)->name, root);
	for (at = xmlFirstElementChild(xmlDocGetRootElement(doc)); at != NULL; at = xmlNextElementSibling(at)) {
		xmlChar *text = xmlNodeGetContent(xmlFirstElementChild(at));

		if (n++ == 0)
			snprintf(first, size, "%s", (const char *)text);
		xmlFree(text);
	}
	xmlFreeDoc(doc);
	return n;
}

static int
has(const char *body, const char *words)
{
	return strstr(body, words) != NULL;
}

static void
test_public(void **state)
{
	static const struct { const char *why, *url, *notice, *contact; int public, banner; } row[] = {
		{ "nothing is said", "", "", "", 0, 0 },
		{ "nobody can call it", "", "Une notice.", "a@example.org", 0, 0 },
		{ "nobody answers for it", "https://" HOST, "", "a@example.org", 0, 1 },
		{ "nobody to write to", "https://" HOST, "Une notice.", "", 0, 1 },
		{ "all is said", "https://" HOST, "Une notice.", "a@example.org", 1, 0 },
	};
	struct site_test *t = *state;
	char page[16];
	struct err e;
	size_t i;

	for (i = 0; i < COUNT(row); i++) {
		assert_int_equal(config_set(&t->node->config, "url", row[i].url, &e), 0);
		assert_int_equal(config_set(&t->node->config, "legal-notice", row[i].notice, &e), 0);
		assert_int_equal(config_set(&t->node->config, "contact", row[i].contact, &e), 0);
		snprintf(page, sizeof page, "/?row=%zu", i);	/* a page of its own: others are kept */
		CHECK_ROW(row[i].why, has(get(t, page)->body, "content=\"noindex\"") != row[i].public);
		CHECK_ROW(row[i].why, has(get(t, page)->body, "Ce site se prépare") == row[i].banner);
		CHECK_ROW(row[i].why, has(get(t, "/robots.txt")->body, "\nDisallow: /\n") != row[i].public);
		CHECK_ROW(row[i].why, has(get(t, "/robots.txt")->body, "\nSitemap: https://") == row[i].public);
		CHECK_ROW(row[i].why, has(get(t, "/.well-known/essaim")->body, "\"public\":true") == row[i].public);
		CHECK_ROW(row[i].why, has(get(t, "/nodeinfo/2.1")->body, "\"public\":true") == row[i].public);
		CHECK_ROW(row[i].why, has(operator_get(t, "/operator")->body, "essaim.conf") == row[i].banner);
	}
	assert_int_equal(config_set(&t->node->config, "url", "", &e), 0);
}

static void
test_sitemap(void **state)
{
	struct site_test *t = *state;
	char first[600], target[200];

	assert_int_equal(locations(get(t, "/sitemap.xml")->body, "sitemapindex", first, sizeof first), 2);
	assert_string_equal(first, "http://" HOST "/sitemap/pages/1");
	assert_true(locations(get(t, "/sitemap/pages/1")->body, "urlset", first, sizeof first) > 3);
	snprintf(target, sizeof target, "/sitemap/%s/1", t->did);
	put(t, KIND_QUESTION, "hhhhhhhhhhhhhhhh", "fr", "{\"example\":true,\"name\":\"Un exemple\"}");
	index_all(t);
	assert_null(strstr(get(t, target)->body, "hhhhhhhhhhhhhhhh"));
	assert_non_null(strstr(get(t, target)->body, "/need/cccccccccccccccc/cherche-une-echelle</loc>"));
	assert_true(locations(get(t, target)->body, "urlset", first, sizeof first) >= 7);
	assert_int_equal(strncmp(first, "http://" HOST "/i/did:key:", strlen("http://" HOST "/i/did:key:")), 0);
	assert_int_equal(get(t, "/sitemap/did:key:z6Mk/1")->status, 404);
	assert_int_equal(get(t, "/sitemap/pages/0")->status, 404);
	assert_int_equal(get(t, "/sitemap/pages/1x")->status, 404);
}

/* The number that the entry of a record bears in a booklet. */
static int
number_of(const char *body, const char *rid)
{
	const char *at = strstr(body, rid), *p, *id = NULL;
	int n = 0;

	for (p = body; at != NULL && (p = strstr(p, "id=\"n")) != NULL && p < at; p++)
		id = p;
	assert_non_null(id);
	assert_int_equal(sscanf(id, "id=\"n%d\"", &n), 1);
	return n;
}

static void
test_booklet_cites_its_entries(void **state)
{
	struct site_test *t = *state;
	char line[200];
	struct answer *a;
	int garden, lone;

	put(t, KIND_INITIATIVE, "iiiiiiiiiiiiiiii", "fr", "{\"commune\":\"Morlaix\",\"name\":\"Zinzin\","
	    "\"phone\":\"02 61 91 00 10\",\"practices\":[\"repair\"],\"take_part\":\"Venir avec des bottes.\"}");
	index_all(t);
	a = get(t, "/booklet");
	garden = number_of(a->body, RID);
	lone = number_of(a->body, "iiiiiiiiiiiiiiii");
	assert_int_equal(lone, garden + 1);	/* same chapter, by title */
	assert_true(number_of(a->body, "dddddddddddddddd") > lone);	/* meetings after initiatives */
	snprintf(line, sizeof line, "<li><bdi>Morlaix</bdi> <span class=\"cited\"><a href=\"#n%d\">%d</a></span></li>",
	    lone, lone);
	assert_non_null(strstr(a->body, line));
	snprintf(line, sizeof line, "<li><bdi>Réparation</bdi> <span class=\"cited\"><a href=\"#n%d\">%d</a>, <a href=\"#n%d\">",
	    garden, garden, lone);
	assert_non_null(strstr(a->body, line));
	assert_non_null(strstr(a->body, "02 61 91 00 10"));
	assert_non_null(strstr(a->body, "Venir avec des bottes."));
	assert_null(strstr(get(t, "/booklet?kind=event")->body, "Zinzin"));
	assert_non_null(strstr(get(t, "/booklet?lang=en")->body, "Ladder"));
	assert_non_null(strstr(get(t, "/booklet?lang=en")->body, "Zinzin"));
}

static void
test_booklet_says_where_it_stops(void **state)
{
	struct site_test *t = *state;
	char rid[17], content[80];
	struct answer *a;
	int i;

	for (i = 0; i <= 400; i++) {
		snprintf(rid, sizeof rid, "zzzzzzzzzzzz%c%c%c%c", 'a' + i / 26 / 26, 'a' + i / 26 % 26, 'a' + i % 26, 'a');
		snprintf(content, sizeof content, "{\"name\":\"Question %d\"}", i);
		put(t, KIND_QUESTION, rid, "fr", content);
	}
	index_all(t);
	a = get(t, "/booklet?kind=question&q=question");
	assert_non_null(strstr(a->body, "Le livret s’arrête à 400 fiches ; la liste en compte 401."));
	assert_non_null(strstr(a->body, "id=\"n400\""));
	assert_null(strstr(a->body, "id=\"n401\""));
}

static void
test_what_can_be_taken_along(void **state)
{
	static const struct { const char *why, *page, *has; } row[] = {
		{ "a list keeps its filters", "/catalogue?q=Veill%C3%A9e%26b&kind=event",
		    "href=\"/catalogue.csv?q=Veill%C3%A9e%26b&amp;kind=event\">Tableur (CSV)</a>" },
		{ "the page's language is no filter", "/catalogue?q=ladder&lang=en",
		    "href=\"/catalogue.csv?q=ladder\">Spreadsheet (CSV)</a>" },
		{ "programs find the feed", "/offers?type=good",
		    "<link rel=\"alternate\" type=\"application/atom+xml\" href=\"/offers.atom?type=good\"" },
		{ "programs find the calendar", "/agenda",
		    "<link rel=\"alternate\" type=\"text/calendar\" href=\"/agenda.ics\"" },
		{ "a territory's own list", "/territory/@", "/catalogue.geojson?territory=did%3Akey%3A" },
		{ "a record has its poster", "/i/@/event/dddddddddddddddd", "href=\"/poster/did:key:" },
		{ "and its data", "/i/@/event/dddddddddddddddd", "{\"@type\":\"Event\",\"@id\":\"http://" HOST "/i/" },
		{ "and its QR code", "/i/@/event/dddddddddddddddd", "<svg class=\"qr\"" },
		{ "and its calendar", "/i/@/event/dddddddddddddddd", "/dddddddddddddddd/record.ics\"" },
		{ "what it is, for other sites", "/i/@/event/dddddddddddddddd", "<meta property=\"og:title\" content=\"Veillée\">" },
		{ "in which language", "/i/@/event/dddddddddddddddd?lang=en", "<meta property=\"og:locale\" content=\"en_GB\">" },
	};
	struct site_test *t = *state;
	size_t i;

	for (i = 0; i < COUNT(row); i++)
		CHECK_ROW(row[i].why, strstr(get(t, path_of(t, row[i].page))->body, row[i].has) != NULL);
	assert_null(strstr(get(t, path_of(t, "/i/@/need/cccccccccccccccc"))->body, "record.ics"));
	assert_null(strstr(get(t, "/library")->body, ".ics"));
	assert_int_equal(get(t, path_of(t, "/i/@/need/cccccccccccccccc/qr.svg"))->status, 200);
	assert_int_equal(get(t, path_of(t, "/i/@/need/czcccccccccccccc/qr.svg"))->status, 404);
	assert_int_equal(get(t, path_of(t, "/poster/@/node/self"))->status, 404);
}

static void
test_nothing_there(void **state)
{
	static const struct { const char *target; int status; } row[] = {
		{ "/nowhere", 404 }, { "/i/@/initiative/zzzzzzzzzzzzzzzz", 404 }, { "/i/@/nokind/" RID, 404 },
		{ "/i/x/initiative/" RID, 404 }, { "/territory/x", 404 }, { "/static/none.css", 404 },
		{ "/operator", 401 }, { "/operator/new/place", 401 }, { "/operator/login?token=x", 401 },
		{ "/operator/login", 401 }, { "/operator/adopt/@/initiative/" RID, 401 },
		{ "/adopt/@/offer/bbbbbbbbbbbbbbbb", 404 }, { "/lineage/@/offer/bbbbbbbbbbbbbbbb", 404 },
		{ "/reciprocity/@/offer/bbbbbbbbbbbbbbbb", 404 }, { "/lineage/@/initiative/zzzzzzzzzzzzzzzz", 404 },
	};
	struct site_test *t = *state;
	size_t i;

	for (i = 0; i < COUNT(row); i++) {
		struct answer *a = get(t, path_of(t, row[i].target));

		CHECK_ROW(row[i].target, a->status == row[i].status);
		CHECK_ROW(row[i].target, strstr(a->body, "</html>") != NULL);
		CHECK_ROW(row[i].target, *a->set_cookie == '\0');
	}
	assert_non_null(strstr(get(t, "/api/v1/nothing")->body, "{\"error\""));
}

/* --- the operator ------------------------------------------------------------------------------------------ */

static void
test_operator_pages_answer(void **state)
{
	struct site_test *t = *state;
	char target[128];
	int k;

	assert_int_equal(operator_get(t, "/operator")->status, 200);
	assert_int_equal(operator_get(t, "/operator/peers")->status, 200);
	assert_int_equal(operator_get(t, "/operator/authors")->status, 200);
	assert_int_equal(operator_get(t, path_of(t, "/operator/edit/@/territory/self"))->status, 200);
	assert_int_equal(operator_get(t, path_of(t, "/operator/delete/@/initiative/" RID))->status, 200);
	for (k = 1; k < KIND__COUNT; k++) {
		unsigned flags = kind_info((enum kind)k)->flags;

		snprintf(target, sizeof target, "/operator/new/%s", kind_info((enum kind)k)->name);
		CHECK_ROW(target, operator_get(t, target)->status ==
		    ((flags & KIND_FORM) != 0 && (flags & KIND_SELF) == 0 ? 200 : 404));
	}
}

static void
test_a_form_keeps_what_was_typed(void **state)
{
	struct site_test *t = *state;
	struct answer *a = post(t, "/operator/new/place", "revision=&c_name=&c_summary=Gard%C3%A9+%3Cici%3E&"
	    "c_lat_e7=au+nord&c_practices=repair&c_practices=gift&c_access=free&c_description=un%0D%0Adeux");

	assert_int_equal(a->status, 422);
	assert_non_null(strstr(a->body, "id=\"e_c_name\""));
	assert_non_null(strstr(a->body, "id=\"e_c_lat_e7\""));
	assert_non_null(strstr(a->body, "href=\"#c_name\""));
	assert_non_null(strstr(a->body, "value=\"Gardé &lt;ici&gt;\""));
	assert_non_null(strstr(a->body, "value=\"au nord\""));
	assert_non_null(strstr(a->body, "value=\"repair\" checked"));
	assert_non_null(strstr(a->body, "value=\"gift\" checked"));
	assert_non_null(strstr(a->body, "value=\"free\" checked"));
	assert_non_null(strstr(a->body, "un\r\ndeux</textarea>"));
	assert_null(strstr(a->body, "value=\"barter\" checked"));
}

static void
test_publish_change_delete(void **state)
{
	struct site_test *t = *state;
	struct answer *a = post(t, "/operator/new/place", "revision=&c_name=Le+Caf%C3%A9&c_practices=spinning");
	char page[600], target[700], form[200], *rid, *at;

	assert_int_equal(a->status, 303);
	snprintf(page, sizeof page, "%s", a->location);
	*strchr(page, '?') = '\0';
	rid = strrchr(page, '/') + 1;
	a = get(t, page);
	assert_int_equal(a->status, 200);
	assert_non_null(strstr(a->body, "Le Café"));
	assert_non_null(strstr(a->body, "Filage"));
	snprintf(target, sizeof target, "/operator/edit/%s/place/%s", t->did, rid);
	a = operator_get(t, target);
	assert_non_null(at = strstr(a->body, "name=\"revision\" value=\""));
	snprintf(form, sizeof form, "revision=%.64s&c_name=Le+Bistrot", at + 23);
	assert_int_equal(post(t, target, form)->status, 303);
	assert_non_null(strstr(get(t, page)->body, "Le Bistrot"));
	a = post(t, target, form);	/* made from the version before */
	assert_int_equal(a->status, 422);
	assert_non_null(strstr(a->body, "value=\"Le Bistrot\""));
	snprintf(target, sizeof target, "/operator/confirm/%s/place/%s", t->did, rid);
	assert_int_equal(post(t, target, "")->status, 303);
	assert_non_null(strstr(get(t, page)->body, "Confirmé le"));
	snprintf(target, sizeof target, "/operator/delete/%s/place/%s", t->did, rid);
	assert_int_equal(post(t, target, "")->status, 303);
	assert_int_equal(get(t, page)->status, 410);
	assert_int_equal(operator_get(t, target)->status, 410);
}

static void
test_requests_of_others(void **state)
{
	static const struct { const char *why, *origin; int cookie, csrf, status; } row[] = {
		{ "nobody is logged in", "https://" HOST, 0, 1, 401 },
		{ "another site's page", "https://evil.example", 1, 1, 403 },
		{ "no origin at all", NULL, 1, 1, 403 },
		{ "no token in the form", "https://" HOST, 1, 0, 403 },
	};
	struct site_test *t = *state;
	static struct answer a;
	char form[200];
	size_t i;

	for (i = 0; i < COUNT(row); i++) {
		snprintf(form, sizeof form, "csrf=%s&revision=&c_name=Intrus", row[i].csrf ? t->csrf : "x");
		ask(t, &(struct call){ .method = METHOD_POST, .target = "/operator/new/place", .form = form,
		    .cookie = row[i].cookie ? t->cookie : NULL, .origin = row[i].origin }, &a);
		CHECK_ROW(row[i].why, a.status == row[i].status);
	}
	assert_null(strstr(operator_get(t, "/operator?q=intrus")->body, "Intrus"));
}

static void
test_finding_own_records(void **state)
{
	struct site_test *t = *state;

	assert_non_null(strstr(operator_get(t, "/operator?q=ECHELLE")->body, "Cherche une échelle"));
	assert_null(strstr(operator_get(t, "/operator?q=echelle&kind=event")->body, "Cherche une échelle"));
	assert_null(strstr(operator_get(t, "/operator?page=3")->body, "Cherche une échelle"));
	assert_int_equal(operator_get(t, "/operator?page=-1&author=x&kind=x")->status, 200);
}

static void
test_several_authors(void **state)
{
	struct site_test *t = *state;
	struct answer *a = post(t, "/operator/authors", "name=");
	char form[300], did[DIDKEY_CHARS + 1];

	assert_int_equal(a->status, 422);
	a = post(t, "/operator/authors", "name=Les+Voisines");
	assert_int_equal(a->status, 303);
	snprintf(did, sizeof did, "%s", strstr(a->location, "did:key:"));
	assert_non_null(strstr(operator_get(t, "/operator/new/offer")->body, "name=\"author\""));
	snprintf(form, sizeof form, "revision=&author=%s&c_name=Une+brouette", did);
	a = post(t, "/operator/new/offer", form);
	assert_int_equal(a->status, 303);
	assert_non_null(strstr(a->location, did));
	assert_int_equal(post(t, "/operator/new/offer", "revision=&author=did%3Akey%3Az6Mkx&c_name=x")->status, 403);
}

static void
test_a_neighbour_that_does_not_answer(void **state)
{
	struct site_test *t = *state;
	struct answer *a = post(t, "/operator/peers", "action=meet&url=http%3A%2F%2F127.0.0.1%3A9%2F%22%3E");

	assert_int_equal(a->status, 422);
	assert_non_null(strstr(a->body, "value=\"http://127.0.0.1:9/&quot;&gt;\""));
	assert_non_null(strstr(a->body, "id=\"e_url\""));
	assert_int_equal(post(t, "/operator/peers", "action=explode")->status, 400);
}

/* --- taking up, standing by, telling of a mistake --------------------------------------------------- */

static void
test_taking_up(void **state)
{
	struct site_test *t = *state;
	struct answer *a = operator_get(t, path_of(t, "/operator/adopt/@/initiative/" RID));
	char from[200];

	assert_int_equal(a->status, 200);
	assert_non_null(strstr(a->body, "\n&lt;img src=x onerror=y&gt;</textarea>"));
	assert_non_null(strstr(a->body, "value=\"repair\" checked"));
	assert_null(strstr(a->body, "a@example.org"));
	assert_null(strstr(a->body, "value=\"Plougasnou\""));
	assert_true(strstr(a->body, "name=\"c_adapted_text\"") < strstr(a->body, "name=\"c_email\""));
	assert_int_equal(operator_get(t, path_of(t, "/operator/adopt/@/offer/bbbbbbbbbbbbbbbb"))->status, 404);

	a = post(t, path_of(t, "/operator/adopt/@/initiative/" RID), "revision=&c_name=");
	assert_int_equal(a->status, 422);
	snprintf(from, sizeof from, "revision=&c_name=Reprise&c_adapted_text=En+%%3Cb%%3Epetit&c_adapted_from="
	    "%s/initiative/" RID, t->did);
	a = post(t, path_of(t, "/operator/adopt/@/initiative/" RID), from);
	assert_int_equal(a->status, 303);
	index_all(t);
	assert_non_null(strstr(get(t, path_of(t, "/i/@/initiative/" RID))->body, ">Reprise<"));
	a = get(t, path_of(t, "/lineage/@/initiative/" RID));
	assert_non_null(strstr(a->body, ">Reprise<"));
	assert_non_null(strstr(a->body, "petit"));
	assert_null(strstr(a->body, "<b>"));
}

static void
test_who_stands_by_it(void **state)
{
	struct site_test *t = *state;
	char content[300];

	snprintf(content, sizeof content, "{\"role\":\"steward\",\"target\":\"%s/event/dddddddddddddddd\"}", t->did);
	put(t, KIND_ENDORSEMENT, "hhhhhhhhhhhhhhhh", NULL, content);
	index_all(t);
	assert_non_null(strstr(get(t, path_of(t, "/i/@/event/dddddddddddddddd"))->body, "<dt>Qui porte</dt>"));
	assert_null(strstr(get(t, path_of(t, "/i/@/event/dddddddddddddddd"))->body, "Dit par"));
}

static void
test_what_has_passed(void **state)
{
	struct site_test *t = *state;

	put(t, KIND_NEED, "iiiiiiiiiiiiiiii", "fr", "{\"name\":\"Trop tard\",\"until\":\"2020-01-31\"}");
	put(t, KIND_NEED, "jjjjjjjjjjjjjjjj", "fr", "{\"name\":\"Encore\",\"until\":\"2099-01-31\"}");
	index_all(t);
	assert_non_null(strstr(get(t, path_of(t, "/i/@/need/iiiiiiiiiiiiiiii"))->body, "jusqu’au 31 janvier 2020"));
	assert_null(strstr(get(t, path_of(t, "/i/@/need/jjjjjjjjjjjjjjjj"))->body, "trop tard"));
	assert_null(strstr(get(t, path_of(t, "/i/@/offer/bbbbbbbbbbbbbbbb"))->body, "Trop tard"));
}

/* The ways to whoever publishes, the surest first; no address adds to the mail that a reader sends. */
static void
test_telling_of_a_mistake(void **state)
{
	static const struct { const char *why, *territory, *href; } row[] = {
		{ "a mail", "{\"email\":\"a@example.org\",\"name\":\"P\",\"website\":\"https://p.example/\"}",
		    "\"mailto:a@example.org?subject=" },
		{ "one that would add a reader", "{\"email\":\"a?bcc=b@example.org\",\"name\":\"P\"}",
		    "\"mailto:a%3Fbcc%3Db@example.org?subject=" },
		{ "a form", "{\"contact_form\":\"https://p.example/form\",\"name\":\"P\",\"website\":\"https://p.example/\"}",
		    "\"https://p.example/form\"" },
		{ "else the site", "{\"name\":\"P\",\"website\":\"https://p.example/\"}", "\"https://p.example/\"" },
	};
	struct site_test *t = *state;
	size_t i;

	for (i = 0; i < COUNT(row); i++) {
		put(t, KIND_TERRITORY, "self", "fr", row[i].territory);
		index_all(t);
		CHECK_ROW(row[i].why, strstr(get(t, path_of(t, "/i/@/initiative/" RID))->body, row[i].href) != NULL);
	}
	assert_null(strstr(get(t, path_of(t, "/i/@/initiative/" RID))->body, "bcc="));
}

static void
test_logging_out(void **state)
{
	struct site_test *t = *state;
	struct answer *a = post(t, "/operator/logout", "");

	assert_int_equal(a->status, 303);
	assert_non_null(strstr(a->set_cookie, "Max-Age=0"));
	assert_int_equal(operator_get(t, "/operator")->status, 401);
	log_in(t);
	assert_non_null(strstr(t->cookie, SESSION_COOKIE "="));
	assert_int_equal(operator_get(t, "/operator")->status, 200);
}

static void
test_the_cookie(void **state)
{
	struct site_test *t = *state;
	struct buf link = BUF_INIT(512);
	struct answer *a;
	struct err e;

	assert_int_equal(web_login_link(t->node, &link, &e), 0);
	a = get(t, strstr(link.ptr, "/operator/login"));
	assert_non_null(strstr(a->set_cookie, "; HttpOnly"));
	assert_non_null(strstr(a->set_cookie, "; SameSite=Strict"));
	assert_non_null(strstr(a->set_cookie, "; Path=/operator;"));
	assert_int_equal(get(t, strstr(link.ptr, "/operator/login"))->status, 401);
	buf_clear(&link);
}

int
main(void)
{
	static const struct CMUnitTest test[] = {
		cmocka_unit_test(test_every_page_answers),
		cmocka_unit_test(test_what_people_wrote_is_text),
		cmocka_unit_test(test_language),
		cmocka_unit_test(test_filters),
		cmocka_unit_test(test_neighbours_are_shown_to_each_other),
		cmocka_unit_test(test_pages_are_kept_until_something_changes),
		cmocka_unit_test(test_public),
		cmocka_unit_test(test_sitemap),
		cmocka_unit_test(test_booklet_cites_its_entries),
		cmocka_unit_test(test_what_can_be_taken_along),
		cmocka_unit_test(test_nothing_there),
		cmocka_unit_test(test_operator_pages_answer),
		cmocka_unit_test(test_a_form_keeps_what_was_typed),
		cmocka_unit_test(test_publish_change_delete),
		cmocka_unit_test(test_requests_of_others),
		cmocka_unit_test(test_finding_own_records),
		cmocka_unit_test(test_several_authors),
		cmocka_unit_test(test_a_neighbour_that_does_not_answer),
		cmocka_unit_test(test_taking_up),
		cmocka_unit_test(test_who_stands_by_it),
		cmocka_unit_test(test_what_has_passed),
		cmocka_unit_test(test_telling_of_a_mistake),
		cmocka_unit_test(test_logging_out),
		cmocka_unit_test(test_the_cookie),
		cmocka_unit_test(test_booklet_says_where_it_stops),
	};

	return cmocka_run_group_tests_name("web site", test, open_site, close_site);
}
