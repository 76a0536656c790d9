/* SPDX-License-Identifier: AGPL-3.0-or-later
 * record.c - /i/AUTHOR/KIND/RID: the page of one record, what refers to it, and where it comes from. */
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "node/core/confirm.h"
#include "node/store/store.h"
#include "node/web/backing.h"
#include "node/web/draw.h"
#include "node/web/inside.h"
#include "node/web/item.h"
#include "node/web/leave.h"
#include "node/web/origin.h"
#include "node/web/page.h"
#include "node/web/visit.h"
#include "node/web/when.h"
#include "proto/canon.h"
#include "proto/multibase.h"

#define RELATED_MAX	60
#define GROUPS_MAX	16
#define CHIPS_MAX	24
#define OPPOSITE_M	30000
#define OPPOSITE_MAX	4

struct sheet {
	struct visit v;
	struct stored stored;
	enum kind kind;
	struct span content;
	char ref[REF_CHARS_MAX + 1];
	struct view_item view;
};

/* --- what refers to it ------------------------------------------------------------------------ */

/* A relation says what, who, and with what else: "partenaire public – Pays de Morlaix", "Échange – Prête une
 * échelle, Rennes Métropole". */
static struct link
relation_link(struct visit *v, const struct search_link *l)
{
	const char *prefix = l->kind == KIND_ENDORSEMENT ? "role_" : "same_";
	const char *what = l->kind == KIND_EXCHANGE || *l->value == '\0' ? kind_label(v->lang, l->kind)
	    : text_label(v->lang, prefix, l->value);
	const char *who = *l->author_name == '\0' ? author_name(v, l->author) : l->author_name;

	if (l->kind == KIND_SAME && *l->other != '\0') {
		struct link other = item_link(v, l->other);

		other.note = text_make(v->arena, text_get(v->lang, strcmp(l->value, "same") == 0 ? TEXT_same_said :
		    TEXT_not_same_said), (const struct html_arg[]){ { .name = "who", .text = who }, { .name = NULL } });
		return other;
	}
	return (struct link){ .text = what, .href = record_href(v, l->author, l->kind, l->rid, NULL),
		.note = *l->other == '\0' ? who : printed(v, "%s, %s", item_link(v, l->other).text, who) };
}

static const char *
group_label(const struct visit *v, const struct search_link *l)
{
	if (l->kind == KIND_ENDORSEMENT)
		return text_get(v->lang, TEXT_related_backs);
	if (l->card == NULL)
		return text_label(v->lang, "related_", kind_info(l->kind)->name);
	return text_label(v->lang, "related_", l->field);
}

/* Links of one label, cards and plain ones apart, in the order they came. */
static void
fill_group(struct visit *v, const struct search_links *found, const char *label, struct group *g)
{
	struct search_card *card = arena_alloc(v->arena, found->count * sizeof *card);
	struct link *link = arena_alloc(v->arena, found->count * sizeof *link);
	size_t i, n = 0, m = 0;

	for (i = 0; card != NULL && link != NULL && i < found->count; i++) {
		const struct search_link *l = &found->link[i];

		if (backing_is(l) || strcmp(group_label(v, l), label) != 0)
			continue;
		if (l->card != NULL)
			card[n++] = *l->card;
		else
			link[m++] = relation_link(v, l);
	}
	*g = (struct group){ .label = label, .card = cards_of(v, card, n), .link = { link, m } };
}

/* Has it given, sought or shared anything, or said what it is to others? */
static int
has_sides(const struct sheet *s, const struct search_links *found)
{
	const uint32_t sides = UINT32_C(1) << KIND_OFFER | UINT32_C(1) << KIND_NEED | UINT32_C(1) << KIND_RESOURCE |
	    UINT32_C(1) << KIND_EVENT | UINT32_C(1) << KIND_ENDORSEMENT;
	size_t i;

	for (i = 0; i < found->count; i++)
		if ((sides & UINT32_C(1) << found->link[i].kind) != 0)
			return 1;
	return s->kind == KIND_TERRITORY;
}

static int
has_lineage(const struct sheet *s, const struct search_links *found)
{
	struct span from;
	size_t i;

	for (i = 0; i < found->count; i++)
		if (strcmp(found->link[i].field, "adapted_from") == 0)
			return 1;
	return canon_get(s->content, "adapted_from", &from);
}

/* What else can be done with it. */
static void
acts(struct sheet *s, const struct search_links *found)
{
	const struct { int fits; enum text label; const char *path; } act[] = {
		{ s->kind == KIND_INITIATIVE, TEXT_adopt_link, "adopt" },
		{ s->kind == KIND_INITIATIVE && has_lineage(s, found), TEXT_lineage_link, "lineage" },
		{ (RECIPROCAL_KINDS & UINT32_C(1) << s->kind) != 0 && has_sides(s, found), TEXT_recip_link,
		    "reciprocity" },
	};
	size_t i, n = 0, max = sizeof act / sizeof act[0];
	struct link *link = arena_alloc(s->v.arena, max * sizeof *link);

	for (i = 0; link != NULL && i < max; i++)
		if (act[i].fits)
			link[n++] = (struct link){ .text = text_get(s->v.lang, act[i].label), .note = "",
				.href = record_path(&s->v, act[i].path, request_arg(s->v.req, 0), s->kind,
				    request_arg(s->v.req, 2)) };
	s->view.act = (struct links){ link, n };
}

static int
related(struct sheet *s, struct err *e)
{
	struct search_reader *r = visit_search(&s->v, e);
	struct group *group = arena_alloc(s->v.arena, GROUPS_MAX * sizeof *group);
	struct search_links found = { NULL, 0 };
	size_t i, k, n = 0;

	if (r == NULL || group == NULL || search_related(r, span_str(s->ref), s->v.now_s, RELATED_MAX,
	    s->v.arena, &found, e) == -1)
		return r != NULL && group == NULL ? err_memory(e) : -1;
	for (i = 0; i < found.count && n < GROUPS_MAX; i++) {
		const char *label = group_label(&s->v, &found.link[i]);

		if (backing_is(&found.link[i]))
			continue;
		for (k = 0; k < n; k++)
			if (strcmp(group[k].label, label) == 0)
				break;
		if (k == n)
			fill_group(&s->v, &found, label, &group[n++]);
	}
	s->view.group = group;
	s->view.group_count = n;
	backing_fill(&s->v, &found, request_arg(s->v.req, 0), &s->view);
	acts(s, &found);
	return 0;
}

/* --- the other side nearby ---------------------------------------------------------------------- */

/* Take up what a narrower question has not shown yet. */
static size_t
merge(struct search_card *out, size_t n, const struct search_result *found)
{
	size_t i, k;

	for (i = 0; i < found->count && n < OPPOSITE_MAX; i++) {
		for (k = 0; k < n; k++)
			if (strcmp(out[k].rid, found->hit[i].rid) == 0 &&
			    strcmp(out[k].author, found->hit[i].author) == 0)
				break;
		if (k == n)
			out[n++] = found->hit[i];
	}
	return n;
}

/* Ask where it is; without a position, in its own territory. */
static void
ask_nearby(const struct sheet *s, struct search_query *q)
{
	struct span lat, lon;
	int64_t y, x;

	q->near = canon_get(s->content, "lat_e7", &lat) && canon_int(lat, &y) &&
	    canon_get(s->content, "lon_e7", &lon) && canon_int(lon, &x);
	if (q->near) {
		q->lat_e7 = (int32_t)y;
		q->lon_e7 = (int32_t)x;
		q->within_m = OPPOSITE_M;
		q->sort = SEARCH_NEAREST;
	} else
		q->author = s->stored.record.author;
}

/* An offer is shown the needs around it that still hold, a need the offers: of its practice first, then
 * of its kind of thing, then the nearest. */
static int
opposite(struct sheet *s, struct err *e)
{
	struct search_query q = { .limit = OPPOSITE_MAX, .upcoming = 1 };
	struct search_card *card = arena_alloc(s->v.arena, OPPOSITE_MAX * sizeof *card);
	struct search_result found;
	struct canon_iter it;
	struct span list, first, practice = { NULL, 0 }, type = { NULL, 0 };
	size_t i, n = 0;

	if (s->kind != KIND_OFFER && s->kind != KIND_NEED)
		return 0;
	if (card == NULL)
		return err_memory(e);
	if (canon_get(s->content, "practices", &list)) {
		canon_array(list, &it);
		if (!canon_item(&it, &first) || !canon_plain(first, &practice))
			practice = (struct span){ NULL, 0 };
	}
	if (!canon_get(s->content, "item_type", &first) || !canon_plain(first, &type))
		type = (struct span){ NULL, 0 };
	q.kinds = UINT32_C(1) << (s->kind == KIND_OFFER ? KIND_NEED : KIND_OFFER);
	ask_nearby(s, &q);
	for (i = 0; i < 3 && n < OPPOSITE_MAX; i++) {
		q.practice = i == 0 ? practice : (struct span){ NULL, 0 };
		q.type = i == 1 ? type : (struct span){ NULL, 0 };
		if (i < 2 && q.practice.len + q.type.len == 0)
			continue;
		if (visit_find(&s->v, &q, &found, e) == -1)
			return -1;
		n = merge(card, n, &found);
	}
	s->view.opposite = cards_of(&s->v, card, n);
	s->view.opposite_label = text_get(s->v.lang, s->kind == KIND_OFFER ? TEXT_needs_nearby : TEXT_offers_nearby);
	return 0;
}

/* The last day of an offer or a need that has passed. */
static const char *
over(struct sheet *s)
{
	const char *until = member(&s->v, s->content, "until");
	char today[11];

	date_of(s->v.now_s, today);
	if ((s->kind != KIND_OFFER && s->kind != KIND_NEED) || *until == '\0' || strcmp(until, today) >= 0)
		return NULL;
	return date_long(s->v.arena, s->v.lang, until);
}

/* --- the page ------------------------------------------------------------------------------------ */

/* A term that leads to its page. */
static struct link
theme(struct visit *v, const char *filter, const char *key)
{
	return (struct link){ .note = "", .text = strcmp(filter, "practice") == 0 ? practice_label(v, key)
	    : text_label(v->lang, "axis_", key),
		.href = visit_href(v, printed(v, "/%s/%s", filter, url_part(v->arena, key))) };
}

/* Axes and practices, each leading to its page; a practice's record to what is filed under it. */
static struct links
themes(struct sheet *s)
{
	static const struct { const char *field, *filter; } table[] = { { "axes", "axis" }, { "practices", "practice" } };
	struct link *chip = arena_alloc(s->v.arena, CHIPS_MAX * sizeof *chip);
	struct canon_iter it;
	struct span list, item, key;
	size_t i, n = 0;

	if (chip == NULL)
		return (struct links){ NULL, 0 };
	if (s->kind == KIND_PRACTICE)
		chip[n++] = theme(&s->v, "practice", member(&s->v, s->content, "key"));
	for (i = 0; i < sizeof table / sizeof table[0]; i++) {
		if (!canon_get(s->content, table[i].field, &list))
			continue;
		canon_array(list, &it);
		while (n < CHIPS_MAX && canon_item(&it, &item) && canon_plain(item, &key))
			chip[n++] = theme(&s->v, table[i].filter, printed(&s->v, "%.*s", (int)key.len, key.ptr));
	}
	return (struct links){ chip, n };
}

/* What one looks for first stands beside the text: where, when, on which terms, whom to ask. */
static int
is_practical(const char *name)
{
	static const char *const practical[] = {
		"where", "hours", "recurrence", "until", "access", "access_text", "accessibility", "attendance", "online_url",
		"place", "by", "lender", "for_whom", "terms", "terms_text", "deposit", "email", "phone", "website",
		"contact_form", "links", "url", "creators", "publisher", "published", "urls", "contact",
	};
	size_t i;

	for (i = 0; i < sizeof practical / sizeof practical[0]; i++)
		if (strcmp(practical[i], name) == 0)
			return 1;
	return 0;
}

static void
part_facts(struct sheet *s)
{
	struct rows all = s->view.fact;
	struct row *fact = arena_alloc(s->v.arena, (all.count + 1) * sizeof *fact);
	struct row *more = arena_alloc(s->v.arena, (all.count + 1) * sizeof *more);
	size_t i, n = 0, m = 0;

	if (fact == NULL || more == NULL)
		return;
	for (i = 0; i < all.count; i++)
		if (is_practical(all.at[i].name))
			fact[n++] = all.at[i];
		else
			more[m++] = all.at[i];
	s->view.fact = (struct rows){ fact, n };
	s->view.more = (struct rows){ more, m };
}

/* A mail about the record: its title and address are in it already. */
static const char *
mail_to(struct sheet *s, const char *mail)
{
	const char *page = absolute(&s->v, record_href(&s->v, request_arg(s->v.req, 0), s->kind,
	    request_arg(s->v.req, 2), NULL));
	const char *subject = text_make(s->v.arena, text_get(s->v.lang, TEXT_report_subject),
	    (const struct html_arg[]){ { .name = "title", .text = s->view.title }, { .name = NULL } });

	return printed(&s->v, "%s?subject=%s&body=%s", mail_href(&s->v, mail), url_part(s->v.arena, subject),
	    url_part(s->v.arena, printed(&s->v, "%s\r\n%s\r\n\r\n", page, s->ref)));
}

static const char *
first_item(struct visit *v, struct span content, const char *name)
{
	struct canon_iter it;
	struct span list, item, plain;

	if (!canon_get(content, name, &list) || !canon_is_array(list))
		return "";
	canon_array(list, &it);
	return canon_item(&it, &item) && canon_plain(item, &plain)
	    ? printed(v, "%.*s", (int)plain.len, plain.ptr) : "";
}

/* Whom to tell of a mistake: the publisher's node, by mail or its form, then its territory, then the
 * site of either; when none says anything, this node's operator. */
static const char *
report_address(struct sheet *s, const char *did)
{
	static const struct { enum kind kind; const char *field; } way[] = {
		{ KIND_NODE, "contact" }, { KIND_NODE, "contact_form" }, { KIND_TERRITORY, "email" },
		{ KIND_TERRITORY, "contact_form" }, { KIND_TERRITORY, "website" }, { KIND_NODE, "urls" },
	};
	struct stored other;
	struct err e;
	enum kind k;
	size_t i;

	for (i = 0; i < sizeof way / sizeof way[0]; i++) {
		struct ref ref = { span_str(did), span_str(kind_info(way[i].kind)->name), SPAN("self") };
		const char *said;

		if (item_get_ref(&s->v, &ref, &other, &k, &e) == -1)
			continue;
		said = strcmp(way[i].field, "urls") == 0 ? first_item(&s->v, other.record.content, "urls")
		    : member(&s->v, other.record.content, way[i].field);
		if (*said != '\0')
			return kind_field(way[i].kind, span_str(way[i].field))->type == FIELD_EMAIL
			    ? mail_to(s, said) : said;
	}
	return s->v.node->config.contact == NULL || *s->v.node->config.contact == '\0' ? NULL
	    : mail_to(s, s->v.node->config.contact);
}

static int
is_true(struct span content, const char *name)
{
	struct span value;
	int b = 0;

	return canon_get(content, name, &value) && canon_bool(value, &b) && b;
}

/* The day since when nobody stood by it, or NULL. */
static const char *
stale_day(struct sheet *s)
{
	int64_t since = confirm_time(s->content, s->stored.record.updated);
	char day[11];

	if (!confirm_kind(s->kind) || since > s->v.now_s - CONFIRM_STALE_S)
		return NULL;
	date_of(since, day);
	return date_long(s->v.arena, s->v.lang, day);
}

static void
heading(struct sheet *s)
{
	struct view_item *w = &s->view;
	const char *status = member(&s->v, s->content, "status");

	w->title = item_title(&s->v, s->kind, s->content);
	w->summary = member(&s->v, s->content, "summary");
	w->kind = kind_info(s->kind)->name;
	w->kind_label = kind_label(w->lang, s->kind);
	w->kind_note = (kind_info(s->kind)->flags & KIND_FORM) != 0 ? ""
	    : text_label(w->lang, "kind_note_", w->kind);
	w->where = member(&s->v, s->content, "commune");
	w->status = *status == '\0' ? "" : text_label(w->lang, "status_", status);
	w->when = when_event(&s->v, s->content);
	w->chip = themes(s);
	w->example = is_true(s->content, "example");
	w->lapsed = !s->stored.in_set;
	w->stale = stale_day(s);
	w->over = over(s);
}

static void
imprint(struct sheet *s)
{
	const struct record *r = &s->stored.record;
	const char *did = printed(&s->v, "%.*s", (int)r->author.len, r->author.ptr);
	struct view_item *w = &s->view;

	w->author = author_name(&s->v, did);
	w->author_href = visit_href(&s->v, printed(&s->v, "/territory/%s", did));
	w->provenance = record_path(&s->v, "provenance", did, s->kind, request_arg(s->v.req, 2));
	w->updated = date_ago(s->v.arena, w->lang, r->updated, s->v.now_s);
	w->license = printed(&s->v, "%.*s", (int)r->license.len, r->license.ptr == NULL ? "" : r->license.ptr);
	w->license_href = printed(&s->v, "https://spdx.org/licenses/%s.html", url_part(s->v.arena, w->license));
	w->content_lang = lang_mark(&s->v, printed(&s->v, "%.*s", (int)r->lang.len,
	    r->lang.ptr == NULL ? "" : r->lang.ptr));
	w->report = report_address(s, did);
}

/* The directory it was taken from, where this node knows it. */
static int
origin(struct sheet *s, struct err *e)
{
	struct origin o;
	int n = origin_of(&s->v, s->ref, &o, e);

	if (n == 1) {
		s->view.source = o.name;
		s->view.source_href = o.href;
		s->view.source_seen = o.seen;
		s->view.source_gone = o.gone;
	}
	return n == -1 ? -1 : 0;
}

static int
fill_sheet(struct sheet *s, struct err *e)
{
	struct ref ref;

	if (item_get(&s->v, &s->stored, &s->kind, e) == -1)
		return -1;
	s->content = s->stored.record.content;
	ref = (struct ref){ s->stored.record.author, s->stored.record.kind_name, s->stored.record.rid };
	ref_format(&ref, s->ref);
	s->view.lang = s->v.lang;
	s->view.frame = &s->v.frame;
	heading(s);
	item_rows(&s->v, s->kind, s->content, &s->view.prose, &s->view.fact);
	part_facts(s);
	imprint(s);
	s->v.frame.title = s->view.title;
	s->v.frame.description = s->view.summary;
	if (origin(s, e) == -1 || draw_here(&s->v, s->content, &s->view, e) == -1)
		return -1;
	s->v.frame.map = s->view.map != NULL;
	return related(s, e) == -1 || opposite(s, e) == -1 ? -1
	    : leave_record(&s->v, &s->stored.record, s->view.title, e);
}

int
item_page(struct node *n, const struct request *req, struct response *res, struct err *e)
{
	struct sheet *s = arena_alloc(req->arena, sizeof *s);
	int rc = -1;

	if (s == NULL)
		return err_memory(e);
	if (visit_begin(&s->v, n, req, res, VISIT_CACHED))
		return 0;
	if (fill_sheet(s, e) == 0)
		rc = page_item(&s->view, &res->body, e);
	return visit_end(&s->v, rc, e);
}

/* --- provenance ---------------------------------------------------------------------------------- */

static const char *
day_of(struct visit *v, int64_t unix_s)
{
	char day[11];

	date_of(unix_s, day);
	return date_long(v->arena, v->lang, printed(v, "%s", day));
}

static const char *
hex(struct visit *v, const uint8_t *bytes, size_t n)
{
	char *out = arena_alloc(v->arena, 2 * n + 1);

	return out == NULL ? "" : sodium_bin2hex(out, 2 * n + 1, bytes, n);
}

static void
fill_provenance(struct visit *v, const struct stored *s, enum kind k, struct view_provenance *w)
{
	const struct record *r = &s->record;
	const char *did = printed(v, "%.*s", (int)r->author.len, r->author.ptr);
	const char *rid = request_arg(v->req, 2);
	char key[DIDKEY_CHARS + 1], ref[REF_CHARS_MAX + 1];

	didkey_format(r->signer_key, key);
	ref_format(&(struct ref){ r->author, r->kind_name, r->rid }, ref);
	*w = (struct view_provenance){ .lang = v->lang, .frame = &v->frame,
		.title = item_title(v, k, r->content), .author = author_name(v, did), .did = did,
		.ref = printed(v, "%s", ref), .id = hex(v, r->id, ID_BYTES), .method = printed(v, "%s", key),
		.signature = hex(v, r->signature, 64), .created = day_of(v, r->created),
		.updated = day_of(v, r->updated), .expires = day_of(v, r->expires),
		.received = day_of(v, s->received), .peer = s->peer,
		.json = printed(v, "%.*s", (int)r->line.len, r->line.ptr),
		.json_href = printed(v, "/api/v1/records/%s/%s/%s", did, kind_info(k)->name, rid),
		.holds = record_verify(r) };
	w->href = record_href(v, did, k, rid, w->title);
	v->frame.title = text_make(v->arena, text_get(v->lang, TEXT_provenance_title), (const struct html_arg[]){
	    { .name = "title", .text = w->title }, { .name = NULL } });
	v->frame.hidden = 1;
}

int
provenance_page(struct node *n, const struct request *req, struct response *res, struct err *e)
{
	struct view_provenance view;
	struct stored stored;
	struct visit v;
	enum kind k;
	int rc = -1;

	if (visit_begin(&v, n, req, res, VISIT_CACHED))
		return 0;
	if (item_get(&v, &stored, &k, e) == 0) {
		fill_provenance(&v, &stored, k, &view);
		rc = page_provenance(&view, &res->body, e);
	}
	return visit_end(&v, rc, e);
}
