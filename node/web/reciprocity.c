/* SPDX-License-Identifier: AGPL-3.0-or-later
 * reciprocity.c - /reciprocity/AUTHOR/KIND/RID: what an actor proposes and what it looks for, side by side;
 * where one meets it and with whom it does things.  Nothing is ranked and no money is counted. */
#include <string.h>

#include "node/store/store.h"
#include "node/web/inside.h"
#include "node/web/item.h"
#include "node/web/page.h"
#include "node/web/visit.h"

#define LINKS_MAX	200	/* of what refers to the actor */
#define CARDS_MAX	24	/* in one group */
#define EXCHANGES_MAX	12	/* offers and needs whose exchanges are looked up, on each side */
#define WITH_MAX	24
#define BIT(k) (UINT32_C(1) << (k))

struct sheet {
	struct visit v;
	struct stored stored;
	enum kind kind;
	const char *ref;
	struct search_card *card;	/* what the actor's side is made of, each once */
	size_t count;
	int cut;
	struct link *with;
	size_t with_count;
	struct view_reciprocity view;
};

/* --- what there is of it -------------------------------------------------------------------------- */

static int
is_over(const struct sheet *s, const struct search_card *c)
{
	const char *last = c->kind == KIND_EVENT ? (*c->ends != '\0' ? c->ends : c->starts) : c->until;
	char today[11];

	date_of(s->v.now_s, today);
	return *last != '\0' && !c->recurring && strncmp(last, today, 10) < 0;
}

static void
add_card(struct sheet *s, const struct search_card *c)
{
	size_t i;

	for (i = 0; i < s->count; i++)
		if (strcmp(s->card[i].rid, c->rid) == 0 && s->card[i].kind == c->kind &&
		    strcmp(s->card[i].author, c->author) == 0)
			return;
	if (s->count < LINKS_MAX)
		s->card[s->count++] = *c;
	else
		s->cut = 1;
}

static void
add_with(struct sheet *s, struct link link)
{
	size_t i;

	for (i = 0; i < s->with_count; i++)
		if (strcmp(s->with[i].text, link.text) == 0 && strcmp(s->with[i].note, link.note) == 0)
			return;
	if (s->with_count < WITH_MAX)
		s->with[s->with_count++] = link;
	else
		s->cut = 1;
}

/* Somebody says what it is to the actor, or the actor to another: "partenaire public – Rennes Métropole". */
static void
add_endorsement(struct sheet *s, const struct search_link *l)
{
	struct visit *v = &s->v;
	struct link who;

	if (*l->other != '\0')
		who = item_link(v, l->other);
	else if (strcmp(l->author, request_arg(v->req, 0)) == 0 && s->kind == KIND_TERRITORY)
		return;
	else
		who = (struct link){ .text = *l->author_name == '\0' ? author_name(v, l->author) : l->author_name,
			.href = visit_href(v, printed(v, "/territory/%s", l->author)) };
	who.note = text_label(v->lang, "role_", l->value);
	add_with(s, who);
}

static int
add_related(struct sheet *s, struct err *e)
{
	struct search_reader *r = visit_search(&s->v, e);
	struct search_links found;
	size_t i;

	if (r == NULL || search_related(r, span_str(s->ref), s->v.now_s, LINKS_MAX, s->v.arena, &found, e) == -1)
		return -1;
	s->cut |= found.count == LINKS_MAX;
	for (i = 0; i < found.count; i++)
		if (found.link[i].kind == KIND_ENDORSEMENT)
			add_endorsement(s, &found.link[i]);
		else if (found.link[i].card != NULL)
			add_card(s, found.link[i].card);
	return 0;
}

/* A territory's side is what it publishes. */
static int
add_published(struct sheet *s, struct err *e)
{
	static const enum kind kinds[] = { KIND_OFFER, KIND_NEED, KIND_RESOURCE, KIND_EVENT };
	struct search_result found;
	size_t i, k;

	for (i = 0; s->kind == KIND_TERRITORY && i < sizeof kinds / sizeof kinds[0]; i++) {
		struct search_query q = { .author = s->stored.record.author, .kinds = BIT(kinds[i]),
			.limit = CARDS_MAX, .upcoming = 1 };

		if (visit_find(&s->v, &q, &found, e) == -1)
			return -1;
		s->cut |= found.total > found.count;
		for (k = 0; k < found.count; k++)
			add_card(s, &found.hit[k]);
	}
	return 0;
}

static int
is_its_own(struct sheet *s, const char *ref)
{
	size_t i;

	for (i = 0; i < s->count; i++)
		if (strcmp(ref, printed(&s->v, "%s/%s/%s", s->card[i].author, kind_info(s->card[i].kind)->name,
		    s->card[i].rid)) == 0)
			return 1;
	return 0;
}

/* Offers and needs of others that met one of its own. */
static int
add_exchanges(struct sheet *s, enum kind k, const char *field, struct err *e)
{
	struct search_reader *r = visit_search(&s->v, e);
	struct search_links found;
	size_t i, m, looked = 0;

	for (i = 0; r != NULL && i < s->count && looked < EXCHANGES_MAX; i++) {
		const struct search_card *c = &s->card[i];

		if (c->kind != k)
			continue;
		looked++;
		if (search_related_as(r, span_str(printed(&s->v, "%s/%s/%s", c->author, kind_info(k)->name, c->rid)),
		    field, s->v.now_s, EXCHANGES_MAX, s->v.arena, &found, e) == -1)
			return -1;
		for (m = 0; m < found.count; m++) {
			struct link with;

			if (found.link[m].kind != KIND_EXCHANGE || *found.link[m].other == '\0' ||
			    is_its_own(s, found.link[m].other))
				continue;
			with = item_link(&s->v, found.link[m].other);
			with.note = text_make(s->v.arena, text_get(s->v.lang, TEXT_recip_exchange),
			    (const struct html_arg[]){ { .name = "title", .text = c->title }, { .name = NULL } });
			add_with(s, with);
		}
	}
	return r == NULL ? -1 : 0;
}

/* --- the two sides -------------------------------------------------------------------------------- */

enum side { SIDE_GIVES, SIDE_SEEKS, SIDE_MEETS };

/* A group of cards; skill 1: only skills, 0: all but skills, -1: whatever. */
static const struct part { enum side side; enum kind kind; int skill; enum text label; } part_table[] = {
	{ SIDE_GIVES, KIND_OFFER, 0, TEXT_recip_gives },
	{ SIDE_GIVES, KIND_RESOURCE, -1, TEXT_recip_shares },
	{ SIDE_GIVES, KIND_OFFER, 1, TEXT_recip_teaches },
	{ SIDE_SEEKS, KIND_NEED, 0, TEXT_recip_seeks },
	{ SIDE_SEEKS, KIND_NEED, 1, TEXT_recip_learns },
	{ SIDE_MEETS, KIND_EVENT, -1, TEXT_recip_meets },
};

#define PARTS (sizeof part_table / sizeof part_table[0])

static int
is_part(const struct sheet *s, const struct part *p, const struct search_card *c)
{
	return c->kind == p->kind && !is_over(s, c) &&
	    (p->skill == -1 || p->skill == (strcmp(c->type, "skill") == 0));
}

static struct group
group_of(struct sheet *s, const struct part *p)
{
	struct search_card *card = arena_alloc(s->v.arena, CARDS_MAX * sizeof *card);
	size_t i, n = 0;

	for (i = 0; card != NULL && i < s->count; i++)
		if (is_part(s, p, &s->card[i])) {
			if (n < CARDS_MAX)
				card[n++] = s->card[i];
			else
				s->cut = 1;
		}
	return (struct group){ .label = text_get(s->v.lang, p->label), .card = cards_of(&s->v, card, n) };
}

static int
fill_sides(struct sheet *s, struct err *e)
{
	struct view_reciprocity *w = &s->view;
	struct groups *side[] = { &w->gives, &w->seeks, &w->meets };
	size_t i;

	for (i = 0; i < PARTS; i++) {
		struct groups *g = side[part_table[i].side];
		struct group *at = arena_alloc(s->v.arena, PARTS * sizeof *at);
		struct group made = group_of(s, &part_table[i]);

		if (at == NULL)
			return err_memory(e);
		if (made.card.count == 0)
			continue;
		if (g->count > 0)
			memcpy(at, g->at, g->count * sizeof *at);
		at[g->count++] = made;
		g->at = at;
	}
	w->with = (struct links){ s->with, s->with_count };
	w->cut = s->cut;
	return 0;
}

/* --- the page ---------------------------------------------------------------------------------------- */

static int
fill_sheet(struct sheet *s, struct err *e)
{
	struct visit *v = &s->v;
	struct view_reciprocity *w = &s->view;

	if (item_get(v, &s->stored, &s->kind, e) == -1)
		return -1;
	if ((RECIPROCAL_KINDS & BIT(s->kind)) == 0)
		return err_set(e, ERR_NOT_FOUND, "nobody gives or seeks under that name");
	s->ref = printed(v, "%s/%s/%s", request_arg(v->req, 0), kind_info(s->kind)->name, request_arg(v->req, 2));
	s->card = arena_alloc(v->arena, LINKS_MAX * sizeof *s->card);
	s->with = arena_alloc(v->arena, WITH_MAX * sizeof *s->with);
	if (s->card == NULL || s->with == NULL)
		return err_memory(e);
	if (add_related(s, e) == -1 || add_published(s, e) == -1 || add_exchanges(s, KIND_OFFER, "offer", e) == -1 ||
	    add_exchanges(s, KIND_RESOURCE, "offer", e) == -1 || add_exchanges(s, KIND_NEED, "need", e) == -1)
		return -1;
	w->lang = v->lang;
	w->frame = &v->frame;
	w->name = item_title(v, s->kind, s->stored.record.content);
	w->href = s->kind == KIND_TERRITORY ? visit_href(v, printed(v, "/territory/%s", request_arg(v->req, 0)))
	    : ref_href(v, s->ref, w->name);
	v->frame.title = text_make(v->arena, text_get(v->lang, TEXT_recip_title), (const struct html_arg[]){
	    { .name = "name", .text = w->name }, { .name = NULL } });
	v->frame.section = "offers";
	return fill_sides(s, e);
}

int
reciprocity_page(struct node *n, const struct request *req, struct response *res, struct err *e)
{
	struct sheet *s = arena_alloc(req->arena, sizeof *s);
	int rc = -1;

	if (s == NULL)
		return err_memory(e);
	memset(s, 0, sizeof *s);
	if (visit_begin(&s->v, n, req, res, VISIT_CACHED))
		return 0;
	if (fill_sheet(s, e) == 0)
		rc = page_reciprocity(&s->view, &res->body, e);
	return visit_end(&s->v, rc, e);
}
