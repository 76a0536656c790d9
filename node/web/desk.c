/* SPDX-License-Identifier: AGPL-3.0-or-later
 * desk.c - /operator: this node's own records by kind and author, and those to ask about again. */
#include <stdlib.h>
#include <string.h>

#include <utf8proc.h>

#include "node/core/confirm.h"
#include "node/core/keyring.h"
#include "node/store/store.h"
#include "node/web/about.h"
#include "node/web/family.h"
#include "node/web/inside.h"
#include "node/web/item.h"
#include "node/web/operator.h"
#include "node/web/page.h"
#include "node/web/visit.h"

#define PER_PAGE	40
#define PAGE_MAX	100000
#define STALE_MAX	12

struct shelf {
	struct visit *v;
	const char *q;			/* folded, or "" */
	enum kind kind;			/* KIND_UNKNOWN: any */
	const char *author;
	long long skip;
	long long by_kind[KIND__COUNT];
	struct card *card, *stale;
	size_t card_count, stale_count;
	long long total, matched;
};

/* Lower case without accents, for finding a title. */
static const char *
folded(struct visit *v, const char *text)
{
	utf8proc_uint8_t *out = NULL;
	const char *made = "";

	if (utf8proc_map((const utf8proc_uint8_t *)text, 0, &out, UTF8PROC_NULLTERM | UTF8PROC_STABLE |
	    UTF8PROC_DECOMPOSE | UTF8PROC_STRIPMARK | UTF8PROC_CASEFOLD) >= 0)
		made = printed(v, "%s", (const char *)out);
	free(out);
	return made;
}

static struct card
own_card(struct visit *v, const struct stored *s, enum kind k, const char *title)
{
	const struct record *r = &s->record;
	const char *did = printed(v, "%.*s", (int)r->author.len, r->author.ptr);
	const char *rid = printed(v, "%.*s", (int)r->rid.len, r->rid.ptr);
	const char *target = k == KIND_ENDORSEMENT ? member(v, r->content, "target") : "";

	return (struct card){ .href = record_href(v, did, k, rid, title), .title = title,
		.lang = lang_mark(v, printed(v, "%.*s", (int)r->lang.len, r->lang.len == 0 ? "" : r->lang.ptr)),
		.kind = kind_info(k)->name, .kind_label = kind_label(v->lang, k),
		.summary = *target == '\0' ? "" : item_link(v, target).text, .status = "", .distance = "",
		.where = member(v, r->content, "commune"), .when = "",
		.author = date_ago(v->arena, v->lang, r->updated, v->now_s), .author_href = "",
		.lapsed = !s->in_set, .edit = record_path(v, "operator/edit", did, k, rid),
		.erase = (kind_info(k)->flags & KIND_SELF) != 0 ? NULL
		    : record_path(v, "operator/delete", did, k, rid) };
}

static int
is_stale(const struct shelf *s, const struct stored *row, enum kind k)
{
	return confirm_kind(k) && s->stale_count < STALE_MAX && (!row->in_set ||
	    confirm_time(row->record.content, row->record.updated) <= s->v->now_s - CONFIRM_ASK_S);
}

static int
add_row(void *ctx, const struct stored *row, struct err *e)
{
	struct shelf *s = ctx;
	enum kind k = row->record.kind;
	const char *title;
	struct card card;

	(void)e;
	if (row->record.deleted || k == KIND_UNKNOWN || (kind_info(k)->flags & KIND_FORM) == 0)
		return 0;
	s->total++;
	s->by_kind[k]++;
	title = item_title(s->v, k, row->record.content);
	if ((s->kind != KIND_UNKNOWN && s->kind != k) ||
	    (*s->q != '\0' && strstr(folded(s->v, title), s->q) == NULL))
		return 0;
	if (is_stale(s, row, k)) {
		card = own_card(s->v, row, k, title);
		card.confirm = record_path(s->v, "operator/confirm", printed(s->v, "%.*s",
		    (int)row->record.author.len, row->record.author.ptr), k, printed(s->v, "%.*s",
		    (int)row->record.rid.len, row->record.rid.ptr));
		s->stale[s->stale_count++] = card;
	}
	if (s->matched++ >= s->skip && s->card_count < PER_PAGE)
		s->card[s->card_count++] = own_card(s->v, row, k, title);
	return 0;
}

/* --- the page --------------------------------------------------------------------------------------------- */

static const char *
desk_href(struct visit *v, const char *author, enum kind k, const char *q, long long page)
{
	return visit_href(v, printed(v, "/operator?author=%s&kind=%s&q=%s&page=%lld", author,
	    k == KIND_UNKNOWN ? "" : kind_info(k)->name, url_part(v->arena, q), page));
}

static struct links
kind_links(struct visit *v, const struct shelf *s, const char *q)
{
	struct link *link = arena_alloc(v->arena, (KIND__COUNT + 1) * sizeof *link);
	size_t n = 0;
	int k;

	if (link == NULL)
		return (struct links){ NULL, 0 };
	link[n++] = (struct link){ .text = text_get(v->lang, TEXT_everything), .note = "", .count = s->total,
		.href = desk_href(v, s->author, KIND_UNKNOWN, q, 1), .current = s->kind == KIND_UNKNOWN };
	for (k = 1; k < KIND__COUNT; k++)
		if (s->by_kind[k] > 0)
			link[n++] = (struct link){ .text = kind_plural(v->lang, (enum kind)k), .note = "",
				.count = s->by_kind[k], .current = s->kind == (enum kind)k,
				.href = desk_href(v, s->author, (enum kind)k, q, 1) };
	return (struct links){ link, n };
}

static struct links
add_links(struct visit *v)
{
	struct link *link = arena_alloc(v->arena, KIND__COUNT * sizeof *link);
	size_t n = 0;
	int k;

	for (k = 1; link != NULL && k < KIND__COUNT; k++)
		if ((kind_info((enum kind)k)->flags & (KIND_FORM | KIND_SELF)) == KIND_FORM)
			link[n++] = (struct link){ .text = text_label(v->lang, "add_", kind_info((enum kind)k)->name),
				.note = "", .href = visit_href(v, printed(v, "/operator/new/%s",
				    kind_info((enum kind)k)->name)) };
	return (struct links){ link, n };
}

static struct links
author_links(struct visit *v, const char *chosen)
{
	size_t i, n = keyring_count(v->node->keys);
	struct link *link = n < 2 ? NULL : arena_alloc(v->arena, n * sizeof *link);

	for (i = 0; link != NULL && i < n; i++) {
		const char *did = keyring_at(v->node->keys, i)->did;

		link[i] = (struct link){ .text = author_name(v, did), .note = "", .current = strcmp(did, chosen) == 0,
			.href = desk_href(v, did, KIND_UNKNOWN, "", 1) };
	}
	return (struct links){ link, link == NULL ? 0 : n };
}

static const char *
chosen_author(struct visit *v)
{
	const char *asked = request_query(v->req, "author");
	const struct keyring_author *a = asked == NULL ? NULL : keyring_find(v->node->keys, span_str(asked));

	if (a == NULL)
		a = keyring_at(v->node->keys, 0);
	return a == NULL ? "" : a->did;
}

static long long
chosen_page(const struct visit *v)
{
	const char *page = request_query(v->req, "page");
	long long n = page == NULL ? 1 : strtoll(page, NULL, 10);

	return n < 1 ? 1 : n > PAGE_MAX ? PAGE_MAX : n;
}

static int
fill_desk(struct visit *v, struct view_desk *w, struct err *e)
{
	const char *q = request_query(v->req, "q"), *kind = request_query(v->req, "kind");
	long long page = chosen_page(v);
	struct shelf s = { .v = v, .author = chosen_author(v), .skip = (page - 1) * PER_PAGE,
		.kind = kind == NULL ? KIND_UNKNOWN : kind_find(span_str(kind)),
		.card = arena_alloc(v->arena, PER_PAGE * sizeof *s.card),
		.stale = arena_alloc(v->arena, STALE_MAX * sizeof *s.stale) };
	struct reader *r = visit_store(v, e);

	q = q == NULL ? "" : q;
	s.q = folded(v, q);
	if (r == NULL || s.card == NULL || s.stale == NULL)
		return r == NULL ? -1 : err_memory(e);
	if (store_list(r, s.author, NULL, 0, add_row, &s, e) == -1)
		return -1;
	*w = (struct view_desk){ .lang = v->lang, .frame = &v->frame, .q = q, .kind = kind_links(v, &s, q),
		.author = author_links(v, s.author), .add = add_links(v), .card = { s.card, s.card_count },
		.stale = { s.stale, s.stale_count }, .total = s.total, .shown = s.matched,
		.signed_as = author_name(v, s.author), .author_did = s.author,
		.kind_name = s.kind == KIND_UNKNOWN ? "" : kind_info(s.kind)->name,
		.profile = record_path(v, "operator/edit", s.author, KIND_TERRITORY, "self") };
	if (page == 1 && s.kind == KIND_UNKNOWN && *q == '\0' && family_news(v, s.author, &w->taken, e) == -1)
		return -1;
	if (page > 1)
		w->previous = desk_href(v, s.author, s.kind, q, page - 1);
	if (s.matched > page * PER_PAGE)
		w->next = desk_href(v, s.author, s.kind, q, page + 1);
	if (v->frame.message == NULL && peers_silent(v))
		v->frame.message = printed(v, "%s %s", text_get(v->lang, TEXT_network_silent),
		    text_get(v->lang, TEXT_network_silent_do));
	v->frame.title = text_get(v->lang, TEXT_nav_desk);
	v->frame.section = "desk";
	return 0;
}

int
desk_page(struct node *n, const struct request *req, struct response *res, struct err *e)
{
	struct view_desk view;
	struct visit v;
	int rc = -1;

	visit_begin(&v, n, req, res, VISIT_OPERATOR);
	if (fill_desk(&v, &view, e) == 0)
		rc = page_desk(&view, &res->body, e);
	return visit_end(&v, rc, e);
}
