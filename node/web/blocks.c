/* SPDX-License-Identifier: AGPL-3.0-or-later
 * blocks.c - /operator/blocks: what this site does not take, and another operator's list as advice. */
#include <string.h>

#include "node/api/blocks.h"
#include "node/gossip/gossip.h"
#include "node/web/inside.h"
#include "node/web/item.h"
#include "node/web/operator.h"
#include "node/web/page.h"
#include "node/web/trust.h"
#include "node/web/visit.h"
#include "proto/limits.h"

#define PICTURE_BYTES_MAX ((size_t)64 << 20)
#define CHOSEN_BYTES_MAX ((size_t)BLOCKLIST_BYTES_MAX)

struct desk {
	struct visit v;
	struct arena arena;		/* a list can be larger than a page's */
	struct fields form;
	struct view_blocks view;
};

static const char *
day_text(struct visit *v, int64_t unix_s)
{
	char day[11];

	date_of(unix_s, day);
	return date_long(v->arena, v->lang, printed(v, "%s", day));
}

static struct block_row
block_row(struct desk *d, const struct block *b)
{
	struct visit *v = &d->v;
	int author = strchr(b->what, '/') == NULL;

	return (struct block_row){ .what = b->what, .reason = b->reason, .since = day_text(v, b->since),
		.name = author ? author_name(v, b->what) : b->what,
		.href = author ? visit_href(v, printed(v, "/operator/trust/%s", b->what)) : "",
		.origin = *b->origin == '\0' ? NULL : text_make(v->arena, text_get(v->lang, TEXT_blocks_origin),
		    (const struct html_arg[]){ { .name = "name", .text = author_name(v, b->origin) }, { .name = NULL } }) };
}

static int
fill_blocks(struct desk *d, struct err *e)
{
	struct reader *r = NULL;
	struct block_row *row;
	struct block *b;
	size_t n, i;
	int rc;

	if (store_read(d->v.node->store, &r, e) == -1)	/* not the visit's: that has what was before */
		return -1;
	rc = store_blocks(r, &d->arena, &b, &n, e);
	store_read_end(r);
	if (rc == -1)
		return -1;
	if ((row = arena_alloc(&d->arena, (n + 1) * sizeof *row)) == NULL)
		return err_memory(e);
	for (i = 0; i < n; i++)
		row[i] = block_row(d, &b[i]);
	d->view.row = row;
	d->view.row_count = n;
	return 0;
}

static int
render_blocks(struct desk *d, struct err *e)
{
	struct view_blocks *w = &d->view;

	w->lang = d->v.lang;
	w->frame = &d->v.frame;
	w->what = w->what == NULL ? "" : w->what;
	w->reason = w->reason == NULL ? "" : w->reason;
	w->url = w->url == NULL ? "" : w->url;
	d->v.frame.title = text_get(d->v.lang, TEXT_blocks_title);
	d->v.frame.section = "trust";
	return fill_blocks(d, e) == -1 ? -1 : page_blocks(w, &d->v.res->body, e);
}

int
blocks_page(struct node *n, const struct request *req, struct response *res, struct err *e)
{
	struct desk d = { .arena.max = PICTURE_BYTES_MAX };
	int rc;

	visit_begin(&d.v, n, req, res, VISIT_OPERATOR);
	rc = visit_end(&d.v, render_blocks(&d, e), e);
	arena_clear(&d.arena);
	return rc;
}

/* --- what the buttons do ------------------------------------------------------------------------------ */

static const char *
field(struct desk *d, const char *name)
{
	const char *v = fields_get(&d->form, name);
	const char *made = v == NULL ? "" : arena_copy(d->v.arena, span_trim(span_str(v)));

	return made == NULL ? "" : made;
}

static int
do_block(struct desk *d, struct err *e)
{
	enum block_kind kind;

	d->view.what = field(d, "what");
	d->view.reason = field(d, "reason");
	if (block_kind(span_str(d->view.what), &kind, e) == -1 ||
	    store_block(d->v.node->store, d->view.what, d->view.reason, e) == -1)
		return -1;
	d->view.what = d->view.reason = "";
	d->v.frame.message = text_get(d->v.lang, TEXT_done_trust);
	return 0;
}

static int
do_unblock(struct desk *d, struct err *e)
{
	if (store_unblock(d->v.node->store, field(d, "what"), e) == -1)
		return -1;
	d->v.frame.message = text_get(d->v.lang, TEXT_done_trust);
	return 0;
}

static struct advice_row
advice_row(struct desk *d, const struct advice_entry *in)
{
	static const enum text here[] = { [ADVICE_NEW] = TEXT_advice_new, [ADVICE_BLOCKED] = TEXT_advice_blocked,
		[ADVICE_OWN] = TEXT_advice_own };
	struct visit *v = &d->v;

	return (struct advice_row){ .what = in->what, .reason = in->reason, .since = day_text(v, in->since),
		.name = *in->name != '\0' ? in->name : in->kind == BLOCK_AUTHOR ? author_name(v, in->what) : in->what,
		.open = in->here == ADVICE_NEW && !in->taken, .here = text_make(v->arena, text_get(v->lang, in->taken ?
		    TEXT_advice_blocked : here[in->here]), (const struct html_arg[]){ { .name = "records",
		    .text = printed(v, "%lld", (long long)in->records) }, { .name = NULL } }) };
}

static int
show_advice(struct desk *d, const struct advice *advice, struct err *e)
{
	struct visit *v = &d->v;
	struct advice_row *row = arena_alloc(&d->arena, (advice->count + 1) * sizeof *row);
	size_t i;

	if (row == NULL)
		return err_memory(e);
	for (i = 0; i < advice->count; i++)
		row[i] = advice_row(d, &advice->entry[i]);
	d->view.entry = row;
	d->view.entry_count = advice->count;
	d->view.advice = text_make(v->arena, text_get(v->lang, TEXT_advice_of), (const struct html_arg[]){
		{ .name = "name", .text = author_name(v, advice->author) },
		{ .name = "date", .text = day_text(v, advice->created) }, { .name = NULL } });
	return 0;
}

/* What was ticked, comma-separated. */
static int
chosen_text(struct desk *d, struct buf *out, struct err *e)
{
	const char *value;
	size_t i = 0;

	while ((value = fields_next(&d->form, "entry", &i)) != NULL)
		if (buf_addf(out, e, "%s,", value) == -1)
			return -1;
	return buf_addc(out, '\0', e);
}

static int
take_advice(struct desk *d, int take, struct err *e)
{
	struct buf list = BUF_INIT(BLOCKLIST_BYTES_MAX), chosen = BUF_INIT(CHOSEN_BYTES_MAX);
	struct node *n = d->v.node;
	struct advice advice;
	size_t taken;
	int rc = -1;

	d->view.url = field(d, "url");
	if (gossip_block_list(n, d->view.url, &list, e) == -1 ||
	    blocks_advice(n, buf_span(&list), &d->arena, &advice, e) == -1)
		goto out;
	if (take && (chosen_text(d, &chosen, e) == -1 ||
	    blocks_take(n, &advice, chosen.ptr, &d->arena, &taken, e) == -1))
		goto out;
	if (take)
		d->v.frame.message = text_get(d->v.lang, TEXT_done_trust);
	rc = show_advice(d, &advice, e);
out:
	buf_clear(&list);
	buf_clear(&chosen);
	return rc;
}

static int
do_look(struct desk *d, struct err *e)
{
	return take_advice(d, 0, e);
}

static int
do_take(struct desk *d, struct err *e)
{
	return take_advice(d, 1, e);
}

static const struct {
	const char *name;
	int (*run)(struct desk *d, struct err *e);
	int advice;			/* a failure is told beside the list's address */
} action_table[] = {
	{ "block", do_block, 0 }, { "unblock", do_unblock, 0 }, { "look", do_look, 1 }, { "take", do_take, 1 },
};

static int
act(struct desk *d, struct err *e)
{
	const char *name = field(d, "action");
	struct gossip *gossip = d->v.node->gossip;
	struct err why = { .code = ERR_NONE };
	size_t i;

	for (i = 0; i < sizeof action_table / sizeof action_table[0]; i++)
		if (strcmp(action_table[i].name, name) == 0)
			break;
	if (i == sizeof action_table / sizeof action_table[0])
		return err_set(e, ERR_INPUT, "there is no such action");
	if (action_table[i].run(d, &why) == -1) {
		*(action_table[i].advice ? &d->view.advice_error : &d->view.error) = printed(&d->v, "%s", why.text);
		d->v.res->status = 422;
	}
	if (gossip != NULL)
		gossip_peers_changed(gossip);
	return 0;
}

int
blocks_post(struct node *n, const struct request *req, struct response *res, struct err *e)
{
	struct desk d = { .arena.max = PICTURE_BYTES_MAX };
	int rc = -1;

	visit_begin(&d.v, n, req, res, VISIT_OPERATOR);
	if (operator_form(&d.v, &d.form, e) == 0 && act(&d, e) == 0)
		rc = render_blocks(&d, e);
	rc = visit_end(&d.v, rc, e);
	arena_clear(&d.arena);
	return rc;
}
