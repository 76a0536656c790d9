/* SPDX-License-Identifier: AGPL-3.0-or-later
 * about.c - what Essaim is, what the law asks to say, and how this site stands with the others. */
#include <string.h>

#include "node/core/gazetteer.h"
#include "node/core/scope.h"
#include "node/store/store.h"
#include "node/web/about.h"
#include "node/web/inside.h"
#include "node/web/item.h"
#include "node/web/page.h"
#include "node/web/visit.h"
#include "node/web/vouching.h"

/* --- what the node keeps to -------------------------------------------------------------------------- */

static const char *
area_names(struct visit *v, const struct scope *s)
{
	const char *list = "";
	size_t i;

	for (i = 0; i < scope_area_count(s); i++)
		list = printed(v, "%s%s%.*s", list, i == 0 ? "" : ", ", (int)scope_area(s, i)->name.len,
		    scope_area(s, i)->name.ptr);
	return list;
}

static const char *
kind_names(struct visit *v, const struct scope *s)
{
	const char *list = "";
	unsigned k;

	for (k = KIND_UNKNOWN + 1; k < KIND__COUNT; k++)
		if ((scope_kinds(s) & UINT32_C(1) << k) != 0)
			list = printed(v, "%s%s%s", list, *list == '\0' ? "" : ", ",
			    text_label(v->lang, "kinds_", kind_info((enum kind)k)->name));
	return list;
}

/* In one or two sentences; NULL where everything is kept. */
static const char *
scope_words(struct visit *v)
{
	const struct scope *s = v->node->scope;
	const char *said = "";

	if (scope_is_whole(s))
		return NULL;
	if (scope_area_count(s) > 0)
		said = text_make(v->arena, text_get(v->lang, TEXT_scope_areas), (struct html_arg[]){ { .name = "list",
		    .text = area_names(v, s) }, { .name = NULL } });
	if (scope_kinds(s) != 0)
		said = printed(v, "%s%s%s", said, *said == '\0' ? "" : " ", text_make(v->arena,
		    text_get(v->lang, *said == '\0' ? TEXT_scope_kinds_only : TEXT_scope_kinds), (struct html_arg[]){ { .name = "list",
		    .text = kind_names(v, s) }, { .name = NULL } }));
	return printed(v, "%s %s", said, text_get(v->lang, TEXT_scope_more));
}

/* --- about, legal ----------------------------------------------------------------------------------- */

typedef int about_fn(const struct view_about *v, struct buf *out, struct err *e);

static int
render_about(struct node *n, const struct request *req, struct response *res, enum text title, about_fn *page,
    struct err *e)
{
	const struct config *c = &n->config;
	struct view_about view;
	struct visit v;
	int rc = 0;

	if (visit_begin(&v, n, req, res, VISIT_CACHED))
		return 0;
	view = (struct view_about){ .lang = v.lang, .frame = &v.frame,
		.contact = c->contact == NULL ? "" : c->contact, .url = absolute(&v, ""), .scope = scope_words(&v) };
	if (c->legal_notice != NULL && *c->legal_notice != '\0')
		rc = (view.notice = mkmd(v.arena, span_str(c->legal_notice), 2, e)) == NULL ? -1 : 0;
	v.frame.title = text_get(v.lang, title);
	if (rc == 0)
		rc = page(&view, &res->body, e);
	return visit_end(&v, rc, e);
}

int
about_page(struct node *n, const struct request *req, struct response *res, struct err *e)
{
	return render_about(n, req, res, TEXT_about_title, page_about, e);
}

int
legal_page(struct node *n, const struct request *req, struct response *res, struct err *e)
{
	return render_about(n, req, res, TEXT_legal_title, page_legal, e);
}

/* --- the network ------------------------------------------------------------------------------------ */

#define CLOCK_TOLD_S 60	/* a difference below is not worth a word */

static const char *
clock_text(struct visit *v, int64_t offset_s)
{
	int64_t s = offset_s < 0 ? -offset_s : offset_s;

	return s < CLOCK_TOLD_S ? NULL : text_make(v->arena, text_get(v->lang, offset_s > 0 ? TEXT_peer_clock_ahead
	    : TEXT_peer_clock_behind), (const struct html_arg[]){ { .name = "seconds",
	    .text = printed(v, "%lld", (long long)s) }, { .name = NULL } });
}

static const char *
compared_text(struct visit *v, const struct peer *p)
{
	return p->compared == 0 ? NULL : text_make(v->arena, text_get(v->lang, p->equal ? TEXT_peer_equal
	    : TEXT_peer_differs), (const struct html_arg[]){ { .name = "ago",
	    .text = date_ago(v->arena, v->lang, p->compared, v->now_s) }, { .name = NULL } });
}

int
peers_silent(struct visit *v)
{
	struct reader *r;
	struct peer *peer;
	struct err e;
	size_t i, n, tried = 0;

	if ((r = visit_store(v, &e)) == NULL || store_peers(r, v->arena, &peer, &n, &e) == -1)
		return 0;
	for (i = 0; i < n; i++) {
		if (peer[i].failures == 0 && peer[i].last_ok > 0)
			return 0;
		tried += peer[i].failures > 0;
	}
	return tried > 0;
}

static struct peer_row
peer_row(struct visit *v, const struct peer *p)
{
	return (struct peer_row){ .url = p->url, .name = *p->name == '\0' ? p->url : p->name,
		.last = p->last_ok == 0 ? text_get(v->lang, TEXT_never) : date_ago(v->arena, v->lang, p->last_ok, v->now_s),
		.state = text_get(v->lang, p->last_ok == 0 && p->failures == 0 ? TEXT_peer_waiting
		    : p->failures == 0 ? TEXT_peer_fine : p->failures < 5 ? TEXT_peer_late : TEXT_peer_silent),
		.error = p->failures == 0 || *p->last_error == '\0' ? NULL : p->last_error,
		.compared = compared_text(v, p), .clock = clock_text(v, p->clock_offset_s),
		.software = *p->software == '\0' ? NULL : printed(v, "%s", p->software),
		.pulled = p->pulled, .pushed = p->pushed, .outside_here = p->outside_here,
		.outside_there = p->outside_there, .fine = p->failures == 0, .chosen = p->sticky == PEER_CHOSEN,
		.promoted = p->sticky == PEER_PROMOTED };
}

/* "quota 10, bloqué ici 2" and the total. */
static const char *
refusals(struct visit *v, const int64_t count[REASON__COUNT], long long *total)
{
	const char *text = "";

	*total = 0;
	for (unsigned i = 0; i < REASON__COUNT; i++) {
		if (count[i] == 0)
			continue;
		text = printed(v, "%s%s%s %lld", text, *text == '\0' ? "" : ", ",
		    text_label(v->lang, "reason_", reason_name((enum reason)i)), (long long)count[i]);
		*total += count[i];
	}
	return text;
}

int
peer_rows(struct visit *v, const struct peer_row **out, size_t *count, struct err *e)
{
	struct reader *r = visit_store(v, e);
	struct peer_row *row;
	struct peer *peer;
	size_t i, n;

	if (r == NULL || store_peers(r, v->arena, &peer, &n, e) == -1)
		return -1;
	if ((row = arena_alloc(v->arena, (n + 1) * sizeof *row)) == NULL)
		return err_memory(e);
	for (i = 0; i < n; i++) {
		struct phantom_counts refused;

		if (store_phantom_counts(r, peer[i].url, &refused, e) == -1)
			return -1;
		row[i] = peer_row(v, &peer[i]);
		row[i].why_here = refusals(v, refused.ours, &row[i].refused_here);
		row[i].why_there = refusals(v, refused.theirs, &row[i].refused_there);
	}
	*out = row;
	*count = n;
	return 0;
}

/* Each author once, however many of its roots contradict themselves. */
static int
contradictions(struct visit *v, struct reader *r, struct view_network *w, struct err *e)
{
	struct key_branch *branch;
	const char **name;
	size_t n, i;

	if (store_branches(r, v->arena, &branch, &n, e) == -1)
		return -1;
	if ((name = arena_alloc(v->arena, (n + 1) * sizeof *name)) == NULL)
		return err_memory(e);
	for (i = 0; i < n; i++)
		if (i == 0 || strcmp(branch[i].did, branch[i - 1].did) != 0)
			name[w->contradicted_count++] = author_name(v, branch[i].did);
	w->contradicted = name;
	return 0;
}

static int
fill_network(struct visit *v, struct view_network *w, struct err *e)
{
	struct reader *r = visit_store(v, e);
	struct store_counts c;
	char day[11];

	if (r == NULL || store_counts(r, &c, e) == -1)
		return -1;
	date_of(v->node->started, day);
	*w = (struct view_network){ .lang = v->lang, .frame = &v->frame, .name = v->frame.site,
		.records = c.live, .authors = c.authors, .held = c.held, .unresolved = c.unresolved,
		.since = date_long(v->arena, v->lang, printed(v, "%s", day)) };
	w->silent = peers_silent(v);
	v->frame.title = text_get(v->lang, TEXT_network_title);
	v->frame.description = text_get(v->lang, TEXT_network_lead);
	w->scope = scope_words(v);
	if (contradictions(v, r, w, e) == -1 || vouching_fill(v, &w->vouch, e) == -1)
		return -1;
	return peer_rows(v, &w->peer, &w->peer_count, e);
}

int
network_page(struct node *n, const struct request *req, struct response *res, struct err *e)
{
	struct view_network view;
	struct visit v;
	int rc = -1;

	visit_begin(&v, n, req, res, VISIT_FRESH);
	if (fill_network(&v, &view, e) == 0)
		rc = page_network(&view, &res->body, e);
	return visit_end(&v, rc, e);
}
