/* SPDX-License-Identifier: AGPL-3.0-or-later
 * twins.c - /operator/twins: records that may tell of one thing, one pair at a time, and what was decided. */
#include <stdlib.h>
#include <string.h>

#include "node/api/twins.h"
#include "node/search/twin.h"
#include "node/store/store.h"
#include "node/web/inside.h"
#include "node/web/item.h"
#include "node/web/operator.h"
#include "node/web/page.h"
#include "node/web/visit.h"
#include "node/web/when.h"

#define CLAIMS_SHOWN 50
#define PAIRS_TRIED 50		/* that have gone since the index saw them */

struct desk {
	struct visit v;
	struct arena arena;		/* all pairs are more than a page's */
	struct fields form;
	struct view_twins view;
	struct twins twins;
};

/* What people compare, in this order. */
static const char *const compared[] = {
	"summary", "where", "phone", "website", "email", "practices", "axes", "status", "starts", "ends", "hours",
	"legal_form", "since", "access", "source_name",
};

#define COMPARED (sizeof compared / sizeof compared[0])

/* --- one pair --------------------------------------------------------------------------------------- */

static int
is_alike(const struct links *a, const struct links *b)
{
	size_t i;

	for (i = 0; i < a->count && i < b->count; i++)
		if (strcmp(a->at[i].text, b->at[i].text) != 0)
			return 0;
	return a->count == b->count;
}

static const char *
side_ref(struct visit *v, const struct search_twin_side *s)
{
	return printed(v, "%s/%s/%s", s->author, kind_info(s->kind)->name, s->rid);
}

static int
load_side(struct desk *d, const struct search_twin_side *s, struct twin_side *out, struct stored *stored, struct err *e)
{
	struct visit *v = &d->v;
	const char *ref = side_ref(v, s);
	struct ref name;
	enum kind k;

	if (ref_parse(span_str(ref), &name, e) == -1 || item_get_ref(v, &name, stored, &k, e) == -1)
		return -1;
	*out = (struct twin_side){ .ref = ref, .title = item_title(v, k, stored->record.content),
		.kind = kind_label(v->lang, k), .author = author_name(v, s->author),
		.href = record_href(v, s->author, k, s->rid, s->title) };
	return 0;
}

static void
compare(struct desk *d, const struct stored *a, const struct stored *b, struct twin_field *field)
{
	const struct record *one = &a->record, *other = &b->record;
	struct visit *v = &d->v;
	struct row x, y;
	size_t i;

	for (i = 0; i < COMPARED; i++) {
		int in_a = item_row(v, one->kind, one->content, compared[i], &x);
		int in_b = item_row(v, other->kind, other->content, compared[i], &y);
		struct twin_field *f = &field[d->view.field_count];

		if (!in_a && !in_b)
			continue;
		*f = (struct twin_field){ .label = in_a ? x.label : y.label };
		if (in_a)
			f->value[0] = x.value;
		if (in_b)
			f->value[1] = y.value;
		f->differs = !is_alike(&f->value[0], &f->value[1]);
		d->view.field_count++;
	}
}

static void
reasons(struct desk *d, unsigned mask)
{
	struct link *chip = arena_alloc(d->v.arena, TWIN__COUNT * sizeof *chip);
	int i;

	for (i = 0; chip != NULL && i < TWIN__COUNT; i++)
		if (mask >> i & 1)
			chip[d->view.reason.count++] = (struct link){ .note = "",
				.text = text_label(d->v.lang, "twin_", twin_reason_code((enum twin_reason)i)) };
	d->view.reason.at = chip;
}

/* The first pair from "from" on of which both records are still there. */
static int
fill_pair(struct desk *d, struct err *e)
{
	struct view_twins *w = &d->view;
	struct twin_field *field = arena_alloc(d->v.arena, COMPARED * sizeof *field);
	struct stored *stored = arena_alloc(d->v.arena, 2 * sizeof *stored);
	struct err gone = { .code = ERR_NONE };
	size_t i, at;

	if (field == NULL || stored == NULL)
		return err_memory(e);
	w->field = field;
	for (i = 0; i < d->twins.count && i < PAIRS_TRIED; i++) {
		const struct search_twin *t = &d->twins.at[at = ((size_t)w->from + i) % d->twins.count];

		if (load_side(d, &t->a, &w->side[0], &stored[0], &gone) == -1 ||
		    load_side(d, &t->b, &w->side[1], &stored[1], &gone) == -1)
			continue;
		w->from = (long long)at;
		w->count = (long long)d->twins.count;
		w->score = t->score;
		reasons(d, t->reasons);
		compare(d, &stored[0], &stored[1], field);
		return 0;
	}
	return 0;
}

static int
fill_claims(struct desk *d, struct err *e)
{
	struct visit *v = &d->v;
	size_t i, n = d->twins.claims < CLAIMS_SHOWN ? d->twins.claims : CLAIMS_SHOWN;
	struct twin_claim *row = arena_alloc(v->arena, (n + 1) * sizeof *row);

	if (row == NULL)
		return err_memory(e);
	for (i = 0; i < n; i++) {
		const struct own_claim *c = &d->twins.claim[i];

		row[i] = (struct twin_claim){ .ref = c->ref, .a = item_link(v, c->a), .b = item_link(v, c->b),
			.same = c->same, .since = date_ago(v->arena, v->lang, c->created, v->now_s) };
	}
	d->view.claim = row;
	d->view.claim_count = n;
	return 0;
}

static int
render(struct desk *d, struct err *e)
{
	struct view_twins *w = &d->view;

	w->lang = d->v.lang;
	w->frame = &d->v.frame;
	d->v.frame.title = text_get(d->v.lang, TEXT_twins_title);
	d->v.frame.section = "twins";
	if (twins_find(d->v.node, NULL, &d->arena, &d->twins, e) == -1 || fill_pair(d, e) == -1 ||
	    fill_claims(d, e) == -1)
		return -1;
	return page_twins(w, &d->v.res->body, e);
}

/* A number of a form; 0 of anything else. */
static long long
number_of(const char *text)
{
	long long n = text == NULL ? 0 : strtoll(text, NULL, 10);

	return n < 0 || n > 1000000000 ? 0 : n;
}

int
twins_page(struct node *n, const struct request *req, struct response *res, struct err *e)
{
	struct desk d = { .arena.max = TWINS_BYTES_MAX };
	int rc;

	visit_begin(&d.v, n, req, res, VISIT_OPERATOR);
	rc = visit_end(&d.v, render(&d, e), e);
	arena_clear(&d.arena);
	return rc;
}

/* --- what the buttons do ---------------------------------------------------------------------------- */

static int
undo(struct desk *d, struct err *e)
{
	const char *text = fields_get(&d->form, "ref");
	struct ref ref;

	return text == NULL ? err_set(e, ERR_INPUT, "the form does not say what to undo") :
	    ref_parse(span_str(text), &ref, e) == -1 || operator_owns(&d->v, ref.author, e) == -1 ||
	    (!span_is(ref.kind, "same") && err_set(e, ERR_INPUT, "this is no such decision") == -1) ? -1 :
	    node_delete(d->v.node, &ref, e);
}

static int
decide(struct desk *d, int same, struct err *e)
{
	const char *a = fields_get(&d->form, "a"), *b = fields_get(&d->form, "b");
	long long score = number_of(fields_get(&d->form, "score"));

	if (a == NULL || b == NULL)
		return err_set(e, ERR_INPUT, "the form does not say which two records");
	return twins_claim(d->v.node, a, b, same, score > 100 ? -1 : (int)score, e);
}

static int
act(struct desk *d, struct err *e)
{
	const char *action = fields_get(&d->form, "action");
	struct err why = { .code = ERR_NONE };
	int rc = -1;

	d->view.from = number_of(fields_get(&d->form, "from"));
	if (action != NULL && strcmp(action, "later") == 0) {
		d->view.from++;
		return 0;
	}
	if (action != NULL && strcmp(action, "same") == 0)
		rc = decide(d, 1, &why);
	else if (action != NULL && strcmp(action, "not-same") == 0)
		rc = decide(d, 0, &why);
	else if (action != NULL && strcmp(action, "undo") == 0)
		rc = undo(d, &why);
	else
		return err_set(e, ERR_INPUT, "there is no such action");
	if (rc == 0) {
		d->v.frame.message = text_get(d->v.lang, strcmp(action, "undo") == 0 ? TEXT_twins_undone : TEXT_twins_done);
		return 0;
	}
	d->view.error = printed(&d->v, "%s", why.text);
	d->v.res->status = 422;
	return 0;
}

int
twins_post(struct node *n, const struct request *req, struct response *res, struct err *e)
{
	struct desk d = { .arena.max = TWINS_BYTES_MAX };
	int rc = -1;

	visit_begin(&d.v, n, req, res, VISIT_OPERATOR);
	if (operator_form(&d.v, &d.form, e) == 0 && act(&d, e) == 0)
		rc = render(&d, e);
	rc = visit_end(&d.v, rc, e);
	arena_clear(&d.arena);
	return rc;
}
