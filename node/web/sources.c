/* SPDX-License-Identifier: AGPL-3.0-or-later
 * sources.c - /operator/sources and /operator/differences: the directories this site takes records from again
 * and again, what they ask, and whose a field is that changed on both sides. */
#include "node/core/sources.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/api/jobs.h"
#include "node/core/keyring.h"
#include "node/core/node.h"
#include "node/core/source_rule.h"
#include "node/store/store.h"
#include "node/web/inside.h"
#include "node/web/item.h"
#include "node/web/operator.h"
#include "node/web/origin.h"
#include "node/web/page.h"
#include "node/web/visit.h"
#include "proto/canon.h"

#define DIFFERENCES_PER_PAGE	20
#define VALUE_CHARS_MAX		1200
#define CHOICE_PREFIX		"f_"

struct desk {
	struct visit v;
	struct view_sources view;
	struct fields form;
};

/* --- the list ---------------------------------------------------------------------------------------- */

static const char *
moment(struct visit *v, int64_t at)
{
	return at == 0 ? text_get(v->lang, TEXT_source_never) : date_ago(v->arena, v->lang, at, v->now_s);
}

/* "dans 5 h": what lies ahead is told by the hour. */
static const char *
ahead(struct visit *v, int64_t at)
{
	int64_t s = at - v->now_s;

	if (s < 120)
		return text_get(v->lang, TEXT_source_soon);
	return text_make(v->arena, text_get(v->lang, s < 7200 ? TEXT_source_in_minutes : s < 172800
	    ? TEXT_source_in_hours : TEXT_source_in_days), (const struct html_arg[]){ { .name = "n",
	    .number = s < 7200 ? s / 60 : s < 172800 ? s / 3600 : s / 86400 }, { .name = NULL } });
}

static int
fill_row(struct visit *v, struct reader *r, const struct watch *w, struct source_row *row, struct err *e)
{
	const char *url = printed(v, "%s", w->url);
	int64_t differences;

	if (store_question_count(r, w->url, &differences, e) == -1)
		return -1;
	*row = (struct source_row){ .url = url, .name = printed(v, "%s", origin_name(v, w->name, w->url)),
		.state = text_label(v->lang, "source_state_", source_state_name((enum source_state)w->state)),
		.last = moment(v, w->last_ok), .next = ahead(v, w->next_try), .why = w->why[0] == '\0' || w->state == SOURCE_ASKS ? NULL
		: printed(v, "%s", w->why), .fine = !source_state_is_failure((enum source_state)w->state) && w->asked == 0,
		.paused = w->paused != 0, .items = w->items, .fresh = w->fresh, .changed = w->changed,
		.refused = w->refused, .removed = w->removed, .asked = w->asked, .differences = differences,
		.differences_href = visit_href(v, printed(v, "/operator/differences?source=%s", url_part(v->arena, url))) };
	return 0;
}

static struct links
author_choice(struct visit *v)
{
	size_t i, n = keyring_count(v->node->keys);
	struct link *link = n < 2 ? NULL : arena_alloc(v->arena, n * sizeof *link);

	for (i = 0; link != NULL && i < n; i++)
		link[i] = (struct link){ .text = author_name(v, keyring_at(v->node->keys, i)->did), .note = "",
			.href = keyring_at(v->node->keys, i)->did };
	return (struct links){ link, link == NULL ? 0 : n };
}

/* What its rows may be: href is the kind's name. */
static struct links
kind_choice(struct visit *v)
{
	struct link *link = arena_alloc(v->arena, KIND__COUNT * sizeof *link);
	size_t n = 0;
	int k;

	for (k = KIND_UNKNOWN + 1; link != NULL && k < KIND__COUNT; k++)
		if ((kind_info((enum kind)k)->flags & (KIND_CONTENT | KIND_FORM | KIND_SELF)) == (KIND_CONTENT | KIND_FORM))
			link[n++] = (struct link){ .text = kind_label(v->lang, (enum kind)k), .note = "",
				.href = kind_info((enum kind)k)->name };
	return (struct links){ link, n };
}

static int
render(struct desk *d, struct err *e)
{
	struct visit *v = &d->v;
	struct reader *r = visit_store(v, e);
	struct source_row *row;
	struct watch *w = NULL;
	size_t i, n = 0;

	if (r == NULL || store_watches(r, v->arena, &w, &n, e) == -1)
		return -1;
	if ((row = arena_alloc(v->arena, (n + 1) * sizeof *row)) == NULL)
		return err_memory(e);
	for (i = 0; i < n; i++)
		if (fill_row(v, r, &w[i], &row[i], e) == -1)
			return -1;
	d->view.lang = v->lang;
	d->view.frame = &v->frame;
	d->view.row = row;
	d->view.row_count = n;
	d->view.author = author_choice(v);
	d->view.kind = kind_choice(v);
	if (d->view.url == NULL)
		d->view.url = d->view.name = "";
	v->frame.title = text_get(v->lang, TEXT_nav_sources);
	v->frame.section = "sources";
	return page_sources(&d->view, &v->res->body, e);
}

int
sources_page(struct node *n, const struct request *req, struct response *res, struct err *e)
{
	struct desk *d = arena_alloc(req->arena, sizeof *d);

	if (d == NULL)
		return err_memory(e);
	visit_begin(&d->v, n, req, res, VISIT_OPERATOR);
	return visit_end(&d->v, render(d, e), e);
}

/* --- what the buttons do ------------------------------------------------------------------------------- */

static const char *
typed(const struct desk *d, const char *name)
{
	const char *value = fields_get(&d->form, name);

	return value == NULL ? "" : value;
}

static int
do_add(struct desk *d, struct err *e)
{
	struct watch w = { .every_s = strtoll(typed(d, "every"), NULL, 10) };

	if (strlen(d->view.url) >= sizeof w.url)
		return err_set(e, ERR_LIMIT, "the address is longer than %zu characters", sizeof w.url - 1);
	text_clip(w.url, sizeof w.url, d->view.url);
	text_clip(w.name, sizeof w.name, d->view.name);
	text_clip(w.author, sizeof w.author, typed(d, "author"));
	text_clip(w.kind, sizeof w.kind, typed(d, "kind"));
	if (sources_add(d->v.node, &w, NULL, e) == -1)
		return -1;
	d->v.frame.message = text_get(d->v.lang, TEXT_done_source_added);
	return 0;
}

/* The job that do_look starts: how it went is told by the source's row. */
static int
run_look(struct node *n, const char *url, struct buf *result, struct err *e)
{
	struct watch w;

	if (sources_look(n, url, 1, &w, e) == -1)
		return -1;
	return buf_addf(result, e, "{\"state\":\"%s\"}", source_state_name((enum source_state)w.state));
}

static int
do_look(struct desk *d, struct err *e)
{
	int64_t number;

	if (jobs_start(d->v.node->jobs, run_look, d->view.url, &number, e) == -1)
		return -1;
	d->v.frame.message = text_get(d->v.lang, TEXT_done_source_asked);
	return 0;
}

static int
do_pause(struct desk *d, struct err *e)
{
	return sources_pause(d->v.node, d->view.url, 1, e);
}

static int
do_resume(struct desk *d, struct err *e)
{
	return sources_pause(d->v.node, d->view.url, 0, e);
}

static int
do_remove(struct desk *d, struct err *e)
{
	if (store_watch_delete(d->v.node->store, d->view.url, e) == -1)
		return -1;
	d->v.frame.message = text_get(d->v.lang, TEXT_done_source_removed);
	return 0;
}

static int
answer(struct desk *d, int let_go, struct err *e)
{
	int64_t done;

	if (sources_answer(d->v.node, d->view.url, let_go, strtoll(typed(d, "asked"), NULL, 10), &done, e) == -1)
		return -1;
	sources_wake(d->v.node->sources);
	d->v.frame.message = text_get(d->v.lang, let_go ? TEXT_done_source_let_go : TEXT_done_source_kept);
	return 0;
}

static int
do_delete(struct desk *d, struct err *e)
{
	return answer(d, 1, e);
}

static int
do_keep(struct desk *d, struct err *e)
{
	return answer(d, 0, e);
}

static const struct {
	const char *name;
	int (*run)(struct desk *d, struct err *e);
} action[] = {
	{ "add", do_add }, { "look", do_look }, { "pause", do_pause }, { "resume", do_resume }, { "remove", do_remove },
	{ "delete", do_delete }, { "keep", do_keep },
};

/* What cannot be done is told beside the form, with what was typed kept. */
static int
act(struct desk *d, struct err *e)
{
	const char *name = typed(d, "action");
	struct err why = { .code = ERR_NONE };
	size_t i;

	d->view.url = arena_copy(d->v.arena, span_trim(span_str(typed(d, "url"))));
	d->view.name = typed(d, "name");
	for (i = 0; i < sizeof action / sizeof action[0] && strcmp(action[i].name, name) != 0; i++)
		continue;
	if (i == sizeof action / sizeof action[0])
		return err_set(e, ERR_INPUT, "there is no such action");
	if (d->view.url == NULL)
		return err_memory(e);
	if (action[i].run(d, &why) == -1) {
		d->view.error = printed(&d->v, "%s", why.text);
		d->v.res->status = 422;
	} else
		d->view.url = d->view.name = "";
	return 0;
}

int
sources_post(struct node *n, const struct request *req, struct response *res, struct err *e)
{
	struct desk *d = arena_alloc(req->arena, sizeof *d);
	int rc = -1;

	if (d == NULL)
		return err_memory(e);
	visit_begin(&d->v, n, req, res, VISIT_OPERATOR);
	if (operator_form(&d->v, &d->form, e) == 0 && act(d, e) == 0)
		rc = render(d, e);
	return visit_end(&d->v, rc, e);
}

/* --- differences ------------------------------------------------------------------------------------- */

static const char *
joined(struct visit *v, const struct links *l)
{
	const char *all = "";
	size_t i;

	for (i = 0; i < l->count; i++)
		all = printed(v, "%s%s%s", all, i > 0 ? ", " : "", l->at[i].text);
	return all;
}

/* A field of a content as people read it; NULL: it is not there. */
static const char *
value_text(struct visit *v, enum kind k, struct span content, const char *name, struct span value)
{
	struct row row;

	if (value.ptr == NULL)
		return NULL;
	if (canon_is_string(value) && kind_field(k, span_str(name)) != NULL &&
	    kind_field(k, span_str(name))->type != FIELD_TERM)
		return member(v, content, name);
	if (item_row(v, k, content, name, &row) && row.value.count > 0)
		return joined(v, &row.value);
	return printed(v, "%.*s", (int)(value.len < VALUE_CHARS_MAX ? value.len : VALUE_CHARS_MAX), value.ptr);
}

static const char *
position_text(struct visit *v, struct span content)
{
	struct span lat, lon;
	int64_t y, x;

	if (!canon_get(content, "lat_e7", &lat) || !canon_int(lat, &y) || !canon_get(content, "lon_e7", &lon) ||
	    !canon_int(lon, &x))
		return NULL;
	return printed(v, "%.5f, %.5f", (double)y / 1e7, (double)x / 1e7);
}

static struct diff_field
field_of(struct visit *v, const struct difference *d, const struct field_asked *asked)
{
	const char *name = printed(v, "%.*s", (int)asked->name.len, asked->name.ptr);
	struct span ours = d->record.record.content, theirs = d->question.theirs;
	enum kind k = d->record.record.kind;
	int place = strcmp(name, "lat_e7") == 0;

	return (struct diff_field){ .name = name,
		.label = place ? text_get(v->lang, TEXT_difference_position) : field_label(v->lang, k, name),
		.ours = place ? position_text(v, ours) : value_text(v, k, ours, name, asked->ours),
		.theirs = place ? position_text(v, theirs) : value_text(v, k, theirs, name, asked->theirs) };
}

static int
difference_row(struct visit *v, const struct difference *d, struct diff_row *row, struct err *e)
{
	const struct record *r = &d->record.record;
	struct diff_field *field = arena_alloc(v->arena, (d->asked_count + 1) * sizeof *field);
	size_t i, n = 0;

	if (field == NULL)
		return err_memory(e);
	for (i = 0; i < d->asked_count; i++)	/* a position is one field to people */
		if (!span_is(d->asked[i].name, "lon_e7"))
			field[n++] = field_of(v, d, &d->asked[i]);
	*row = (struct diff_row){ .item = d->question.item, .title = item_title(v, r->kind, r->content),
		.since = date_ago(v->arena, v->lang, d->question.since, v->now_s), .field = field, .field_count = n,
		.href = record_href(v, printed(v, "%.*s", (int)r->author.len, r->author.ptr), r->kind,
		    printed(v, "%.*s", (int)r->rid.len, r->rid.ptr), NULL) };
	return 0;
}

static int
render_differences(struct visit *v, const char *source, const char *error, struct err *e)
{
	struct diff_row *row = arena_alloc(v->arena, DIFFERENCES_PER_PAGE * sizeof *row);
	struct view_differences view = { .lang = v->lang, .frame = &v->frame, .source = source, .row = row,
		.error = error };
	struct source_question *q = NULL;
	struct reader *r = visit_store(v, e);
	struct watch w = { .name = "" };
	size_t i, n = 0;

	if (r == NULL || row == NULL)
		return r == NULL ? -1 : err_memory(e);
	if (store_questions(r, source, "", DIFFERENCES_PER_PAGE, v->arena, &q, &n, e) == -1 ||
	    store_watch(r, source, &w, e) == -1)
		return -1;
	for (i = 0; i < n; i++) {
		struct difference *d = arena_alloc(v->arena, sizeof *d);
		int found = d == NULL ? err_memory(e) : sources_difference(v->node, source, q[i].item, v->arena, d, e);

		if (found == -1 || (found == 1 && difference_row(v, d, &row[view.row_count++], e) == -1))
			return -1;
	}
	view.name = printed(v, "%s", origin_name(v, w.name, source));
	view.back = visit_href(v, "/operator/sources");
	v->frame.title = text_get(v->lang, TEXT_differences_title);
	v->frame.section = "sources";
	return page_differences(&view, &v->res->body, e);
}

int
differences_page(struct node *n, const struct request *req, struct response *res, struct err *e)
{
	const char *source = request_query(req, "source");
	struct visit v;

	visit_begin(&v, n, req, res, VISIT_OPERATOR);
	return visit_end(&v, render_differences(&v, source == NULL ? "" : source, NULL, e), e);
}

/* Each field of the form says "keep" or "take", or nothing: later.  A position is decided whole. */
static size_t
read_choices(const struct fields *form, struct field_choice *choice)
{
	size_t i, n = 0;

	for (i = 0; i < form->count && n + 1 < FIELDS_ASKED_MAX; i++) {
		const struct pair *p = &form->at[i];
		int take = strcmp(p->value, "take") == 0;

		if (strncmp(p->name, CHOICE_PREFIX, 2) != 0 || (!take && strcmp(p->value, "keep") != 0))
			continue;
		choice[n++] = (struct field_choice){ span_str(p->name + 2), take };
		if (strcmp(p->name + 2, "lat_e7") == 0)
			choice[n++] = (struct field_choice){ SPAN("lon_e7"), take };
	}
	return n;
}

int
differences_post(struct node *n, const struct request *req, struct response *res, struct err *e)
{
	struct field_choice choice[FIELDS_ASKED_MAX];
	const char *source, *item, *error = NULL;
	struct err why = { .code = ERR_NONE };
	struct fields form;
	struct visit v;
	size_t count;

	visit_begin(&v, n, req, res, VISIT_OPERATOR);
	if (operator_form(&v, &form, e) == -1)
		return visit_end(&v, -1, e);
	source = fields_get(&form, "source");
	item = fields_get(&form, "item");
	count = read_choices(&form, choice);
	if (source == NULL || item == NULL)
		return visit_end(&v, err_set(e, ERR_INPUT, "the form says neither source nor item"), e);
	if (count > 0 && sources_decide(n, source, item, choice, count, &why) == -1) {
		error = printed(&v, "%s", why.text);
		res->status = 422;
	} else if (count > 0)
		v.frame.message = text_get(v.lang, TEXT_done_decided);
	return visit_end(&v, render_differences(&v, source, error, e), e);
}
