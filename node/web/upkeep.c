/* SPDX-License-Identifier: AGPL-3.0-or-later
 * upkeep.c - /operator/upkeep: records to confirm, what was erased and who has forgotten it, this machine's clock. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/api/jobs.h"
#include "node/core/clock.h"
#include "node/core/confirm.h"
#include "node/core/erase.h"
#include "node/gossip/witness.h"
#include "node/store/erase.h"
#include "node/web/inside.h"
#include "node/web/item.h"
#include "node/web/operator.h"
#include "node/web/page.h"
#include "node/web/visit.h"

#define STALE_MAX 200
#define ERASED_MAX 50

struct bench {
	struct visit v;
	struct view_upkeep view;
	struct fields form;
	struct upkeep_stale *stale;
};

/* --- what is to be seen -------------------------------------------------------------------------------- */

static const char *
day_text(struct visit *v, int64_t unix_s)
{
	char day[11];

	date_of(unix_s, day);
	return date_long(v->arena, v->lang, day);
}

static int
add_stale(void *ctx, const struct stored *row, int64_t since, struct err *e)
{
	struct bench *b = ctx;
	struct visit *v = &b->v;
	const struct record *r = &row->record;
	const char *did = printed(v, "%.*s", (int)r->author.len, r->author.ptr);
	const char *rid = printed(v, "%.*s", (int)r->rid.len, r->rid.ptr);
	const char *title = item_title(v, r->kind, r->content);

	(void)e;
	b->stale[b->view.stale_count++] = (struct upkeep_stale){
		.ref = printed(v, "%s/%s/%s", did, kind_info(r->kind)->name, rid), .title = title,
		.kind = kind_label(v->lang, r->kind), .since = day_text(v, since),
		.href = record_href(v, did, r->kind, rid, title) };
	return b->view.stale_count == STALE_MAX;
}

static const char *
there_text(struct visit *v, const struct erasure *x, const struct erased_peer *p)
{
	static const enum text own[THERE__COUNT] = {
		[THERE_UNASKED] = TEXT_there_unasked, [THERE_GONE] = TEXT_there_gone, [THERE_ABSENT] = TEXT_there_absent,
		[THERE_SERVED] = TEXT_there_not_yet, [THERE_REFUSED] = TEXT_there_not_yet,
		[THERE_UNREACHABLE] = TEXT_there_unreachable,
	};

	return text_get(v->lang, p->state == THERE_SERVED && !x->own ? TEXT_there_theirs : own[p->state]);
}

static int
fill_erased(struct visit *v, struct reader *r, const struct erasure *x, struct upkeep_erased *out, struct err *e)
{
	struct upkeep_peer *peer;
	struct erased_peer *p;
	struct ref ref;
	size_t i, n;

	if (ref_parse(span_str(x->ref), &ref, e) == -1 || store_erased_peers(r, x->ref, v->arena, &p, &n, e) == -1)
		return -1;
	if ((peer = arena_alloc(v->arena, (n + 1) * sizeof *peer)) == NULL)
		return err_memory(e);
	for (i = 0; i < n; i++)
		peer[i] = (struct upkeep_peer){ .name = *p[i].name != '\0' ? p[i].name : p[i].url,
			.state = there_text(v, x, &p[i]),
			.when = p[i].confirmed > 0 ? day_text(v, p[i].confirmed) : p[i].asked > 0 ? day_text(v, p[i].asked)
			    : NULL };
	*out = (struct upkeep_erased){ .ref = x->ref, .kind = kind_label(v->lang, kind_find(ref.kind)),
		.when = day_text(v, x->since), .reach = text_get(v->lang, x->allowed > 0 ? TEXT_erased_allowed
		    : x->own ? TEXT_erased_everywhere : TEXT_erased_here), .peer = peer, .peer_count = n };
	return 0;
}

static int
fill_all_erased(struct bench *b, struct reader *r, struct err *e)
{
	struct erasure *x;
	struct upkeep_erased *out;
	size_t n, i;

	if (store_erasures(r, NULL, b->v.arena, &x, &n, e) == -1)
		return -1;
	n = n < ERASED_MAX ? n : ERASED_MAX;
	if ((out = arena_alloc(b->v.arena, (n + 1) * sizeof *out)) == NULL)
		return err_memory(e);
	for (i = 0; i < n; i++)
		if (fill_erased(&b->v, r, &x[i], &out[i], e) == -1)
			return -1;
	b->view.erased = out;
	b->view.erased_count = n;
	return 0;
}

static const char *
clock_text(struct visit *v, const struct clock_view *c)
{
	static const enum text text[CLOCK__COUNT][2] = {
		[CLOCK_AGREES] = { TEXT_clock_agrees, TEXT_clock_agrees },
		[CLOCK_DIFFERS] = { TEXT_clock_differs_behind, TEXT_clock_differs_ahead },
		[CLOCK_WRONG] = { TEXT_clock_wrong_behind, TEXT_clock_wrong_ahead },
		[CLOCK_LEAPT] = { TEXT_clock_leapt, TEXT_clock_leapt }, [CLOCK_FELL] = { TEXT_clock_fell, TEXT_clock_fell },
		[CLOCK_UNSET] = { TEXT_clock_unset, TEXT_clock_unset },
	};
	int64_t s = llabs(c->offset_s);
	const char *by = s >= 2 * DAY_S ? printed(v, "%lld j", (long long)(s / DAY_S))
	    : s >= 7200 ? printed(v, "%lld h", (long long)(s / 3600)) : printed(v, "%lld min", (long long)(s / 60));

	if (s >= 2 * DAY_S && v->lang != LANG_FR)
		by = printed(v, "%lld days", (long long)(s / DAY_S));
	if (c->standing == CLOCK_AGREES && c->peers == 0)
		return text_get(v->lang, TEXT_clock_alone);
	return text_make(v->arena, text_get(v->lang, text[c->standing][c->offset_s > 0]), (const struct html_arg[]){
		{ .name = "by", .text = by }, { .name = NULL } });
}

static int
render(struct bench *b, struct err *e)
{
	struct visit *v = &b->v;
	struct reader *r = visit_store(v, e);
	struct clock_view clock;

	if (r == NULL || (b->stale = arena_alloc(v->arena, STALE_MAX * sizeof *b->stale)) == NULL)
		return r == NULL ? -1 : err_memory(e);
	if (clock_look(v->node, &clock, e) == -1 || fill_all_erased(b, r, e) == -1 ||
	    confirm_list(v->node, r, CONFIRM_ASK_S, add_stale, b, e) == -1)
		return -1;
	b->view.stale = b->stale;
	b->view.clock = clock_text(v, &clock);
	b->view.clock_fine = clock.standing == CLOCK_AGREES;
	b->view.lang = v->lang;
	b->view.frame = &v->frame;
	if (b->view.typed == NULL)
		b->view.typed = "";
	v->frame.title = text_get(v->lang, TEXT_nav_upkeep);
	v->frame.section = "upkeep";
	return page_upkeep(&b->view, &v->res->body, e);
}

int
upkeep_page(struct node *n, const struct request *req, struct response *res, struct err *e)
{
	struct bench *b = arena_alloc(req->arena, sizeof *b);

	if (b == NULL)
		return err_memory(e);
	visit_begin(&b->v, n, req, res, VISIT_OPERATOR);
	return visit_end(&b->v, render(b, e), e);
}

/* --- what the buttons do --------------------------------------------------------------------------------- */

static int
do_confirm(struct bench *b, struct err *e)
{
	const char **ref = arena_alloc(b->v.arena, CONFIRM_MAX * sizeof *ref), *one;
	size_t n = 0, i = 0, done;

	if (ref == NULL)
		return err_memory(e);
	while (n < CONFIRM_MAX && (one = fields_next(&b->form, "ref", &i)) != NULL)
		ref[n++] = one;
	if (confirm_records(b->v.node, ref, n, &done, e) == -1)
		return -1;
	b->v.frame.message = text_get(b->v.lang, TEXT_done_confirmed);
	return 0;
}

/* The reference in what was typed: itself, or the address of the record's page. */
static int
typed_ref(struct bench *b, struct ref *ref, struct err *e)
{
	const char *typed = fields_get(&b->form, "ref"), *start = typed == NULL ? NULL : strstr(typed, "did:key:");
	struct span rest = span_str(start == NULL ? "" : start), did = span_cut(&rest, '/'), kind = span_cut(&rest, '/');
	size_t n = strcspn(rest.ptr == NULL ? "" : rest.ptr, "/?# ");
	const char *text = printed(&b->v, "%.*s/%.*s/%.*s", (int)did.len, did.ptr, (int)kind.len, kind.ptr, (int)n, rest.ptr);

	b->view.typed = typed == NULL ? "" : typed;
	if (start == NULL || ref_parse(span_str(text), ref, e) == -1)
		return err_set(e, ERR_INPUT, "%s", text_get(b->v.lang, TEXT_upkeep_no_ref));
	return 0;
}

static int
do_erase(struct bench *b, struct err *e)
{
	struct erase_report done;
	struct ref ref;

	if (typed_ref(b, &ref, e) == -1 || node_erase(b->v.node, &ref, &done, e) == -1)
		return -1;
	b->view.typed = "";
	b->v.frame.message = text_get(b->v.lang, TEXT_done_forgotten);
	return 0;
}

/* The job that do_ask starts: what was answered is told by the list. */
static int
run_ask(struct node *node, const char *ref, struct buf *result, struct err *e)
{
	return witness_ask(node, ref, e) == -1 ? -1 : buf_adds(result, "{\"asked\":true}", e);
}

static int
do_ask(struct bench *b, struct err *e)
{
	const char *ref = fields_get(&b->form, "ref");
	int64_t number;

	if (ref == NULL || jobs_start(b->v.node->jobs, run_ask, ref, &number, e) == -1)
		return ref == NULL ? err_set(e, ERR_INPUT, "ref is missing") : -1;
	b->v.frame.message = text_get(b->v.lang, TEXT_done_asked_again);
	return 0;
}

static int
do_allow(struct bench *b, struct err *e)
{
	const char *ref = fields_get(&b->form, "ref");

	if (ref == NULL || store_erase_allow(b->v.node->store, ref, e) == -1)
		return ref == NULL ? err_set(e, ERR_INPUT, "ref is missing") : -1;
	b->v.frame.message = text_get(b->v.lang, TEXT_done_allowed);
	return 0;
}

static const struct {
	const char *name;
	int (*run)(struct bench *b, struct err *e);
} action_table[] = {
	{ "confirm", do_confirm }, { "erase", do_erase }, { "ask", do_ask }, { "allow", do_allow },
};

static int
act(struct bench *b, struct err *e)
{
	const char *name = fields_get(&b->form, "action");
	struct err why = { .code = ERR_NONE };
	size_t i;

	for (i = 0; name != NULL && i < sizeof action_table / sizeof action_table[0]; i++)
		if (strcmp(action_table[i].name, name) == 0)
			break;
	if (name == NULL || i == sizeof action_table / sizeof action_table[0])
		return err_set(e, ERR_INPUT, "there is no such action");
	if (action_table[i].run(b, &why) == -1) {
		b->view.error = printed(&b->v, "%s", why.text);
		b->v.res->status = 422;
	}
	return 0;
}

int
upkeep_post(struct node *n, const struct request *req, struct response *res, struct err *e)
{
	struct bench *b = arena_alloc(req->arena, sizeof *b);
	int rc = -1;

	if (b == NULL)
		return err_memory(e);
	visit_begin(&b->v, n, req, res, VISIT_OPERATOR);
	if (operator_form(&b->v, &b->form, e) == 0 && act(b, e) == 0)
		rc = render(b, e);
	return visit_end(&b->v, rc, e);
}
