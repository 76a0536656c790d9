/* SPDX-License-Identifier: AGPL-3.0-or-later
 * leave.c - see leave.h. */
#include "node/web/leave.h"

#include <string.h>

#include "node/forms/forms.h"
#include "node/store/store.h"
#include "node/web/inside.h"
#include "node/web/item.h"
#include "proto/canon.h"

#define DATA_BYTES_MAX	(64 * 1024)
#define QUERY_BYTES_MAX	(3 * TARGET_BYTES_MAX + 256)
#define SVG_TYPE	"image/svg+xml"

/* In the order people meet them. */
static const struct {
	const char *name;		/* of form_table */
	enum text label;
	int in_head;
} offered[] = {
	{ "csv",	TEXT_leave_csv,		0 },
	{ "ics",	TEXT_leave_ics,		1 },
	{ "geojson",	TEXT_leave_geojson,	0 },
	{ "atom",	TEXT_leave_atom,	1 },
	{ "jsonld",	TEXT_leave_jsonld,	1 },
	{ "ndjson",	TEXT_leave_ndjson,	0 },
};

#define OFFERED (sizeof offered / sizeof offered[0])

/* --- addresses ------------------------------------------------------------------------------------ */

const char *
leave_query(struct visit *v)
{
	struct buf b = BUF_INIT(QUERY_BYTES_MAX);
	const struct fields *q = &v->req->query;
	const char *made = NULL;
	struct err e;
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < q->count; i++) {
		const char *name = q->at[i].name;

		if (*q->at[i].value == '\0' || strcmp(name, "lang") == 0 || strcmp(name, "page") == 0 ||
		    strcmp(name, "done") == 0)
			continue;
		rc = buf_addf(&b, &e, "%s%s=%s", b.len == 0 ? "" : "&", url_part(v->arena, name),
		    url_part(v->arena, q->at[i].value));
	}
	if (rc == 0)
		made = arena_copy(v->arena, buf_span(&b));
	buf_clear(&b);
	return made == NULL ? "" : made;
}

const char *
leave_address(struct visit *v, struct span author, enum kind k, struct span rid)
{
	if (*v->base == '\0')
		return "";
	return printed(v, "%s/i/%.*s/%s/%.*s", v->base, (int)author.len, author.ptr, kind_info(k)->name,
	    (int)rid.len, rid.ptr);
}

/* --- forms ---------------------------------------------------------------------------------------- */

/* The forms that can hold these kinds, each at stem.NAME, the query after it. */
static void
add_forms(struct visit *v, const char *stem, const char *query, uint32_t kinds)
{
	struct form_link *at = arena_alloc(v->arena, OFFERED * sizeof *at);
	struct leave *l = &v->frame.leave;
	size_t i;

	for (i = 0; at != NULL && i < OFFERED; i++) {
		const struct form *f = form_find(offered[i].name);

		if (f->kinds != 0 && kinds != 0 && (f->kinds & kinds) == 0)
			continue;
		at[l->form_count++] = (struct form_link){ .label = text_get(v->lang, offered[i].label),
			.type = printed(v, "%.*s", (int)strcspn(f->type, ";"), f->type), .in_head = offered[i].in_head,
			.href = printed(v, "%s.%s%s%s", stem, f->name, *query == '\0' ? "" : "?", query) };
	}
	l->form = at;
}

/* The same list in the catalogue's parameters, which a booklet takes. */
static const char *
booklet_query(struct visit *v, const char *path, const char *query)
{
	static const struct { const char *path, *query; } list[] = {
		{ "/offers", "kind=offer&kind=need&upcoming=1" },
		{ "/agenda", "kind=event" },
		{ "/library", "kind=document&kind=synthesis&kind=question" },
	};
	size_t i;

	for (i = 0; i < sizeof list / sizeof list[0]; i++)
		if (strcmp(path, list[i].path) == 0)
			return printed(v, "%s%s%s", list[i].query, strcmp(path, "/agenda") == 0 && *query == '\0'
			    ? "&upcoming=1" : *query == '\0' ? "" : "&", query);
	return query;
}

void
leave_list(struct visit *v, const char *path, const char *query, uint32_t kinds)
{
	const char *q = query == NULL ? leave_query(v) : query, *paper;

	v->frame.leave = (struct leave){ .form_count = 0 };
	add_forms(v, path, q, kinds);
	paper = booklet_query(v, path, q);
	v->frame.leave.booklet = visit_href(v, printed(v, "/booklet%s%s", *paper == '\0' ? "" : "?", paper));
}

/* --- one record ----------------------------------------------------------------------------------- */

/* Where the author's own node shows it: the address in its signed node record, or "" when that says none. */
static const char *
publisher_url(struct visit *v, struct span author)
{
	struct ref ref = { author, SPAN("node"), SPAN("self") };
	struct canon_iter it;
	struct stored s;
	struct span list, first;
	struct buf b = BUF_INIT(1024);
	const char *made = NULL;
	struct err e;
	enum kind k;

	if (item_get_ref(v, &ref, &s, &k, &e) == -1 || !canon_get(s.record.content, "urls", &list))
		return "";
	canon_array(list, &it);
	if (canon_item(&it, &first) && canon_string(first, &b, &e) == 0 &&
	    (strncmp(b.ptr, "https://", 8) == 0 || strncmp(b.ptr, "http://", 7) == 0)) {
		while (b.len > 0 && b.ptr[b.len - 1] == '/')
			b.len--;
		made = arena_copy(v->arena, buf_span(&b));
	}
	buf_clear(&b);
	return made == NULL ? "" : made;
}

/* A record has one home, whichever node shows it: its publisher's, as far as that is known. */
static const char *
canonical_of(struct visit *v, const struct record *r, const char *title)
{
	const char *slug = slug_of(v->arena, title), *url;
	struct author_info author;
	int own = store_author(v->node->store, r->author, &author) == 1 && author.own;

	url = own || *v->frame.canonical == '\0' ? "" : publisher_url(v, r->author);
	if (*url == '\0')
		url = *v->frame.canonical == '\0' ? "" : v->base;
	if (*url == '\0')
		return "";
	return printed(v, "%s/i/%.*s/%.*s/%.*s%s%s?lang=%s", url, (int)r->author.len, r->author.ptr,
	    (int)r->kind_name.len, r->kind_name.ptr, (int)r->rid.len, r->rid.ptr, *slug == '\0' ? "" : "/", slug,
	    lang_info[v->lang].tag);
}

static int
add_data(struct visit *v, const struct record *r, struct err *e)
{
	struct buf out = BUF_INIT(DATA_BYTES_MAX);
	struct forming f = { .form = form_find("jsonld"), .out = &out, .title = v->frame.site, .base = v->base,
		.self = v->req->raw_path, .publisher = v->frame.site, .now_s = v->now_s };
	int rc = -1;

	if (form_begin(&f, e) == 0 && form_row(&f, r, e) == 0 && form_end(&f, e) == 0) {
		v->frame.leave.data = f.count == 0 ? NULL : arena_copy(v->arena, buf_span(&out));
		rc = 0;
	} else
		form_clear(&f);
	buf_clear(&out);
	return rc;
}

int
leave_record(struct visit *v, const struct record *r, const char *title, struct err *e)
{
	struct leave *l = &v->frame.leave;
	const char *path = printed(v, "/i/%.*s/%.*s/%.*s", (int)r->author.len, r->author.ptr,
	    (int)r->kind_name.len, r->kind_name.ptr, (int)r->rid.len, r->rid.ptr);

	v->frame.canonical = canonical_of(v, r, title);
	*l = (struct leave){ .form_count = 0 };
	if ((kind_info(r->kind)->flags & KIND_CONTENT) == 0)
		return 0;
	v->frame.type = r->kind == KIND_DOCUMENT || r->kind == KIND_SYNTHESIS ? "article" : "website";
	add_forms(v, printed(v, "%s/record", path), "", UINT32_C(1) << r->kind);
	l->poster = visit_href(v, printed(v, "/poster%s", path + 2));
	l->address = leave_address(v, r->author, r->kind, r->rid);
	l->qr = qr_make(v->arena, l->address);
	l->code = l->qr.path == NULL ? NULL : printed(v, "%s/qr.svg", path);
	return add_data(v, r, e);
}

int
qr_image(struct node *n, const struct request *req, struct response *res, struct err *e)
{
	struct stored s;
	struct visit v;
	enum kind k;
	int rc = -1;

	visit_begin(&v, n, req, res, VISIT_FRESH);
	if (item_get(&v, &s, &k, e) == 0)
		rc = qr_svg(v.arena, leave_address(&v, s.record.author, k, s.record.rid), &res->body, e);
	rc = visit_end(&v, rc, e);
	res->type = rc == -1 ? res->type : SVG_TYPE;
	return rc;
}
