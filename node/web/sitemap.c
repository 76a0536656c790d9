/* SPDX-License-Identifier: AGPL-3.0-or-later
 * sitemap.c - what search engines are told: robots.txt, and sitemaps (sitemaps.org 0.9) of what is published
 * here.  What other nodes publish is listed by them; examples by nobody. */
#include <stdlib.h>
#include <string.h>

#include "node/web/inside.h"
#include "node/web/visit.h"
#include "proto/record.h"

#define PART_MAX	5000	/* addresses in one list */
#define PARTS_MAX	200	/* lists of one author */
#define STEP		500	/* records asked for at once */
#define TYPE_XML	"application/xml; charset=utf-8"
#define NAMESPACE	"xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\""

_Static_assert(PART_MAX % STEP == 0 && STEP <= SEARCH_LIMIT_MAX, "a list is made of whole steps");
_Static_assert(PART_MAX * PARTS_MAX <= SEARCH_OFFSET_MAX, "the last list can be reached");

/* Pages that are not records. */
static const char *const page_table[] = {
	"/", "/catalogue", "/offers", "/agenda", "/library", "/territories", "/about", "/axis/individual-to-collective",
	"/axis/public-actor", "/axis/solidarity", "/axis/co-production", "/axis/shared-resources",
};

static int
need_base(const struct visit *v, struct err *e)
{
	return *v->base != '\0' ? 0 : err_set(e, ERR_NOT_FOUND, "this site does not know its own address");
}

static int
finish(struct visit *v, int rc, struct err *e)
{
	rc = visit_end(v, rc, e);
	if (rc == 0)
		v->res->type = TYPE_XML;
	return rc;
}

/* --- the index ------------------------------------------------------------------------------------ */

static int
add_part(struct visit *v, const char *author, size_t part, struct err *e)
{
	return buf_addf(&v->res->body, e, "<sitemap><loc>%s/sitemap/%s/%zu</loc></sitemap>\n", v->base, author, part);
}

static int
write_index(struct visit *v, struct err *e)
{
	struct search_reader *r = visit_search(v, e);
	struct search_totals t;
	size_t i, part;

	if (need_base(v, e) == -1 || r == NULL ||
	    search_count_by_author(r, v->now_s, v->arena, &t, e) == -1)
		return -1;
	if (buf_adds(&v->res->body, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<sitemapindex " NAMESPACE ">\n",
	    e) == -1 || add_part(v, "pages", 1, e) == -1)
		return -1;
	for (i = 0; i < t.count; i++)
		for (part = 0; t.author[i].own && part < PARTS_MAX && part * PART_MAX < t.author[i].total; part++)
			if (add_part(v, t.author[i].author, part + 1, e) == -1)
				return -1;
	return buf_adds(&v->res->body, "</sitemapindex>\n", e);
}

int
sitemap_index(struct node *n, const struct request *req, struct response *res, struct err *e)
{
	struct visit v;

	visit_begin(&v, n, req, res, VISIT_FRESH);
	return finish(&v, write_index(&v, e), e);
}

/* --- one list --------------------------------------------------------------------------------------- */

static int
add_record(struct visit *v, const struct search_card *c, struct err *e)
{
	const char *slug = slug_of(v->arena, c->title);
	char day[11];

	date_of(c->updated, day);
	return buf_addf(&v->res->body, e, "<url><loc>%s/i/%s/%s/%s%s%s</loc><lastmod>%s</lastmod></url>\n", v->base,
	    c->author, kind_info(c->kind)->name, c->rid, *slug == '\0' ? "" : "/", slug, day);
}

static int
write_records(struct visit *v, const char *author, unsigned part, struct err *e)
{
	struct search_query q = { .author = span_str(author), .without_examples = 1, .sort = SEARCH_NEWEST,
		.limit = STEP, .offset = (part - 1) * PART_MAX };
	struct search_reader *r = visit_search(v, e);
	unsigned end = part * PART_MAX;
	size_t i;

	for (q.now_s = v->now_s; r != NULL && q.offset < end; q.offset += STEP) {
		struct arena own = { 0 }, *outer = v->arena;
		struct search_result found;
		int rc = search_run(r, &q, &own, &found, e);

		v->arena = &own;
		for (i = 0; rc == 0 && i < found.count; i++)
			rc = found.hit[i].lapsed ? 0 : add_record(v, &found.hit[i], e);
		v->arena = outer;
		arena_clear(&own);
		if (rc == -1 || found.count < STEP)
			return rc;
	}
	return r == NULL ? -1 : 0;
}

static int
write_pages(struct visit *v, struct err *e)
{
	size_t i;

	for (i = 0; i < sizeof page_table / sizeof page_table[0]; i++)
		if (buf_addf(&v->res->body, e, "<url><loc>%s%s</loc></url>\n", v->base, page_table[i]) == -1)
			return -1;
	return 0;
}

/* Is this one of the authors whose key is here? */
static int
is_own(struct visit *v, const char *author, struct err *e)
{
	struct search_reader *r = visit_search(v, e);
	struct search_totals t;
	size_t i;

	if (r == NULL || search_count_by_author(r, v->now_s, v->arena, &t, e) == -1)
		return -1;
	for (i = 0; i < t.count; i++)
		if (t.author[i].own && strcmp(t.author[i].author, author) == 0)
			return 1;
	return err_set(e, ERR_NOT_FOUND, "nobody by that name publishes here");
}

static int
write_part(struct visit *v, struct err *e)
{
	const char *author = request_arg(v->req, 0), *number = request_arg(v->req, 1);
	unsigned long part = strtoul(number, NULL, 10);
	int pages = strcmp(author, "pages") == 0;

	if (part < 1 || part > PARTS_MAX || strspn(number, "0123456789") != strlen(number))
		return err_set(e, ERR_NOT_FOUND, "there is no such list");
	if (need_base(v, e) == -1 || (!pages && is_own(v, author, e) == -1) ||
	    buf_adds(&v->res->body, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset " NAMESPACE ">\n", e) == -1 ||
	    (pages ? write_pages(v, e) : write_records(v, author, (unsigned)part, e)) == -1)
		return -1;
	return buf_adds(&v->res->body, "</urlset>\n", e);
}

int
sitemap_part(struct node *n, const struct request *req, struct response *res, struct err *e)
{
	struct visit v;

	visit_begin(&v, n, req, res, VISIT_FRESH);
	return finish(&v, write_part(&v, e), e);
}

/* --- robots.txt -------------------------------------------------------------------------------------- */

int
robots_text(struct node *n, const struct request *req, struct response *res, struct err *e)
{
	struct visit v;
	int rc;

	visit_begin(&v, n, req, res, VISIT_FRESH);
	if (config_lacks(&n->config) != 0)
		rc = buf_adds(&res->body, "# not public yet\nUser-agent: *\nDisallow: /\n", e);
	else
		rc = buf_adds(&res->body, "User-agent: *\nDisallow: /operator\nDisallow: /provenance/\n"
	    "Disallow: /catalogue?\nDisallow: /booklet\nDisallow: /poster/\n", e);
	if (rc == 0 && config_lacks(&n->config) == 0 && *v.base != '\0')
		rc = buf_addf(&res->body, e, "\nSitemap: %s/sitemap.xml\n", v.base);
	rc = visit_end(&v, rc, e);
	res->type = TYPE_TEXT;
	return rc;
}
