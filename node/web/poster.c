/* SPDX-License-Identifier: AGPL-3.0-or-later
 * poster.c - /poster/AUTHOR/KIND/RID: one record on one sheet, to be hung up where people pass. */
#include <string.h>

#include "node/store/store.h"
#include "node/web/inside.h"
#include "node/web/item.h"
#include "node/web/leave.h"
#include "node/web/page.h"
#include "node/web/visit.h"
#include "node/web/when.h"
#include "proto/canon.h"

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))
#define TITLE_MIDDLE	34	/* characters from which the title is set smaller */
#define TITLE_LONG	72

/* What a passer-by wants to know. */
static const char *const essential[] = {
	"where", "recurrence", "hours", "access", "access_text", "terms", "until", "phone", "email", "website",
};

static long long
characters(const char *s)
{
	long long n = 0;

	for (; *s != '\0'; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

static int
title_size(const char *title)
{
	long long n = characters(title);

	return n >= TITLE_LONG ? 2 : n >= TITLE_MIDDLE;
}

/* How to take part comes before what it is: the foot of a full sheet is cut off. */
static void
fill_text(struct visit *v, enum kind k, struct span content, struct view_poster *w)
{
	static const char *const way[] = { "take_part", "booking", "activities", "opportunities" };
	struct row *row = arena_alloc(v->arena, COUNT(essential) * sizeof *row), text;
	size_t i, n = 0;

	for (i = 0; row != NULL && i < COUNT(essential); i++)
		n += (size_t)item_row(v, k, content, essential[i], &row[n]);
	w->fact = (struct rows){ row, n };
	for (i = 0; w->way == NULL && i < COUNT(way); i++)
		if (item_row(v, k, content, way[i], &text)) {
			w->way = text.prose;
			w->way_label = text.label;
		}
	if (item_row(v, k, content, "description", &text))
		w->text = text.prose;
}

static int
is_true(struct span content, const char *name)
{
	struct span value;
	int b = 0;

	return canon_get(content, name, &value) && canon_bool(value, &b) && b;
}

static void
fill_poster(struct visit *v, const struct stored *s, enum kind k, struct view_poster *w)
{
	const struct record *r = &s->record;
	const char *did = printed(v, "%.*s", (int)r->author.len, r->author.ptr), *host = strstr(v->base, "://");

	*w = (struct view_poster){ .lang = v->lang, .frame = &v->frame, .title = item_title(v, k, r->content),
		.content_lang = lang_mark(v, printed(v, "%.*s", (int)r->lang.len, r->lang.ptr == NULL ? "" : r->lang.ptr)),
		.kind = kind_info(k)->name, .kind_label = kind_label(v->lang, k),
		.summary = member(v, r->content, "summary"), .when = when_event(v, r->content),
		.where = member(v, r->content, "commune"), .author = author_name(v, did), .way_label = "",
		.address = leave_address(v, r->author, k, r->rid), .host = host == NULL ? "" : host + 3,
		.example = is_true(r->content, "example"),
		.cancelled = strcmp(member(v, r->content, "event_status"), "cancelled") == 0 };
	w->size = title_size(w->title);
	w->back = record_href(v, did, k, request_arg(v->req, 2), w->title);
	w->qr = qr_make(v->arena, w->address);
	fill_text(v, k, r->content, w);
	v->frame.paper = v->frame.hidden = 1;
	v->frame.title = text_make(v->arena, text_get(v->lang, TEXT_poster_title), (const struct html_arg[]){
	    { .name = "title", .text = w->title }, { .name = NULL } });
}

int
poster_page(struct node *n, const struct request *req, struct response *res, struct err *e)
{
	struct view_poster view;
	struct stored stored;
	struct visit v;
	enum kind k;
	int rc = -1;

	if (visit_begin(&v, n, req, res, VISIT_CACHED))
		return 0;
	if (item_get(&v, &stored, &k, e) == 0) {
		if ((kind_info(k)->flags & KIND_CONTENT) == 0)
			err_set(e, ERR_NOT_FOUND, "there is no poster of this");
		else {
			fill_poster(&v, &stored, k, &view);
			rc = page_poster(&view, &res->body, e);
		}
	}
	return visit_end(&v, rc, e);
}
