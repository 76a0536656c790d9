/* SPDX-License-Identifier: AGPL-3.0-or-later
 * trust.c - /operator/trust: who vouches for whom, and of one author why it is in or out and what can be done. */
#include "node/web/trust.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/api/blocks.h"
#include "node/api/trust.h"
#include "node/core/keyring.h"
#include "node/gossip/gossip.h"
#include "node/web/inside.h"
#include "node/web/item.h"
#include "node/web/operator.h"
#include "node/web/page.h"
#include "node/web/visit.h"
#include "proto/multibase.h"
#include "proto/ref.h"

#define ROWS_MAX	1000
#define OUTSIDE_MAX	200
#define STEPS_MAX	16
#define PICTURE_BYTES_MAX ((size_t)256 << 20)
#define NONE		UINT32_MAX

struct scene {
	struct visit v;
	struct arena arena;		/* of the picture: it can be larger than a page's */
	struct trust trust;
	struct fields form;
	uint32_t num;
	const char *did;
	struct view_standing view;
};

static int
scene_begin(struct scene *s, struct err *e)
{
	struct reader *r = visit_store(&s->v, e);

	s->arena.max = PICTURE_BYTES_MAX;
	return r == NULL ? -1 : store_trust(r, &s->arena, &s->trust, e);
}

static const char *
standing_href(struct visit *v, const char *did)
{
	return visit_href(v, printed(v, "/operator/trust/%s", did));
}

static const char *
pool_text(struct visit *v, int64_t pool)
{
	return pool > INTEGER_MAX ? text_get(v->lang, TEXT_trust_endless) : printed(v, "%lld", (long long)pool);
}

static const char *
room(struct scene *s, uint32_t num)
{
	const struct trust_author *a = &s->trust.author[num];

	return text_make(s->v.arena, text_get(s->v.lang, TEXT_trust_room), (const struct html_arg[]){
		{ .name = "n", .text = printed(&s->v, "%lld", (long long)a->live) },
		{ .name = "most", .text = pool_text(&s->v, s->trust.result[num].pool) }, { .name = NULL } });
}

/* --- the tree ---------------------------------------------------------------------------------------- */

struct tree {
	uint32_t *parent, *first, *next;	/* of each author; NONE */
	struct trust_row *row;
	size_t count;
	int depth;			/* lists open before the next row */
};

/* Each author under the one by whom its hops came; roots under nobody. */
static void
grow_tree(struct scene *s, struct tree *t)
{
	const struct trust *w = &s->trust;
	uint32_t i = (uint32_t)w->author_count, up;

	for (i = 0; i < w->author_count; i++)
		t->parent[i] = t->first[i] = t->next[i] = NONE;
	for (i = (uint32_t)w->author_count; i-- > 0;) {
		if (w->result[i].hops < 0 || admission_path(w->vouch, w->vouch_count, w->blocked, w->result, i, &up, 1) == 0)
			continue;
		t->parent[i] = up;
		t->next[i] = t->first[up];
		t->first[up] = i;
	}
}

static void
add_row(struct scene *s, struct tree *t, uint32_t num, int depth)
{
	const struct trust_author *a = &s->trust.author[num];

	if (t->count > 0 && depth < t->depth)
		t->row[t->count - 1].closes = t->depth - depth;
	t->row[t->count++] = (struct trust_row){ .name = author_name(&s->v, a->did), .href = standing_href(&s->v, a->did),
		.note = a->own ? text_get(s->v.lang, TEXT_trust_own) : room(s, num),
		.opens = depth > t->depth ? depth - t->depth : 0 };
	t->depth = depth;
}

/* A branch, deepest first; hops bound its depth. */
static void
add_branch(struct scene *s, struct tree *t, uint32_t num, int depth, long long *left)
{
	uint32_t child;

	if (t->count == ROWS_MAX) {
		++*left;
	} else
		add_row(s, t, num, depth);
	for (child = t->first[num]; depth < STEPS_MAX && child != NONE; child = t->next[child])
		add_branch(s, t, child, depth + 1, left);
}

static int
fill_tree(struct scene *s, struct view_trust *w, struct err *e)
{
	size_t n = s->trust.author_count, bytes = (n + 1) * sizeof(uint32_t);
	struct tree t = { .parent = arena_alloc(&s->arena, bytes), .first = arena_alloc(&s->arena, bytes),
		.next = arena_alloc(&s->arena, bytes), .row = arena_alloc(&s->arena, (ROWS_MAX + 1) * sizeof *t.row) };
	uint32_t i;

	if (t.parent == NULL || t.first == NULL || t.next == NULL || t.row == NULL)
		return err_memory(e);
	grow_tree(s, &t);
	for (i = 0; i < n; i++)
		if (s->trust.result[i].hops >= 0 && t.parent[i] == NONE)
			add_branch(s, &t, i, 1, &w->more);
	if (t.count > 0)
		t.row[t.count - 1].closes = t.depth;
	w->row = t.row;
	w->row_count = t.count;
	return 0;
}

static int
fill_outside(struct scene *s, struct view_trust *w, struct err *e)
{
	struct link *link = arena_alloc(s->v.arena, OUTSIDE_MAX * sizeof *link);
	size_t i, n = 0;

	if (link == NULL)
		return err_memory(e);
	for (i = 0; i < s->trust.author_count; i++) {
		if (s->trust.result[i].hops >= 0)
			continue;
		if (n == OUTSIDE_MAX) {
			w->more_outside++;
			continue;
		}
		link[n++] = (struct link){ .text = author_name(&s->v, s->trust.author[i].did),
			.href = standing_href(&s->v, s->trust.author[i].did),
			.note = text_get(s->v.lang, s->trust.blocked[i] ? TEXT_trust_blocked : TEXT_trust_out) };
	}
	w->outside = (struct links){ link, n };
	return 0;
}

int
trust_page(struct node *n, const struct request *req, struct response *res, struct err *e)
{
	struct view_trust view;
	struct scene s = { .num = NONE };
	int rc = -1;

	visit_begin(&s.v, n, req, res, VISIT_OPERATOR);
	view = (struct view_trust){ .lang = s.v.lang, .frame = &s.v.frame };
	s.v.frame.title = text_get(s.v.lang, TEXT_nav_trust);
	s.v.frame.section = "trust";
	if (scene_begin(&s, e) == 0 && fill_tree(&s, &view, e) == 0 && fill_outside(&s, &view, e) == 0)
		rc = page_trust(&view, &res->body, e);
	rc = visit_end(&s.v, rc, e);
	arena_clear(&s.arena);
	return rc;
}

/* --- one author ----------------------------------------------------------------------------------------- */

static const char *
sum_text(struct scene *s, const struct admission_step *step)
{
	static const enum text why[] = {
		[ADMISSION_OUT] = TEXT_trust_why_out, [ADMISSION_LAST] = TEXT_trust_why_last,
		[ADMISSION_BLOCKED] = TEXT_trust_why_blocked, [ADMISSION_REPEATED] = TEXT_trust_why_repeated,
	};
	struct visit *v = &s->v;
	const char *sum;

	if (step->why != ADMISSION_COUNTS)
		return text_get(v->lang, why[step->why]);
	sum = text_make(v->arena, text_get(v->lang, TEXT_trust_sum), (const struct html_arg[]){
		{ .name = "budget", .text = pool_text(v, s->trust.vouch[step->vouch].budget) },
		{ .name = "pool", .text = pool_text(v, s->trust.result[step->from].pool) },
		{ .name = "subjects", .text = printed(v, "%u", s->trust.subjects[step->from]) },
		{ .name = "share", .text = pool_text(v, step->share) },
		{ .name = "gives", .text = pool_text(v, step->pool) }, { .name = NULL } });
	return printed(v, "%s %s", sum, step->hops == 0 ? text_get(v->lang, TEXT_trust_hops_none)
	    : text_make(v->arena, text_get(v->lang, TEXT_trust_hops), (const struct html_arg[]){
		{ .name = "hops", .text = printed(v, "%d", step->hops) }, { .name = NULL } }));
}

static int
fill_vouchers(struct scene *s, struct err *e)
{
	const struct trust *t = &s->trust;
	struct admission_step *step;
	struct vouch_row *row;
	size_t n, i;

	n = admission_explain(t->vouch, t->vouch_count, t->blocked, t->subjects, t->result, s->num, NULL, 0);
	n = n < OUTSIDE_MAX ? n : OUTSIDE_MAX;
	step = arena_alloc(&s->arena, (n + 1) * sizeof *step);
	row = arena_alloc(&s->arena, (n + 1) * sizeof *row);
	if (step == NULL || row == NULL)
		return err_memory(e);
	admission_explain(t->vouch, t->vouch_count, t->blocked, t->subjects, t->result, s->num, step, n);
	for (i = 0; i < n; i++)
		row[i] = (struct vouch_row){ .name = author_name(&s->v, t->author[step[i].from].did),
			.href = standing_href(&s->v, t->author[step[i].from].did), .sum = sum_text(s, &step[i]),
			.counts = step[i].why == ADMISSION_COUNTS };
	s->view.vouch = row;
	s->view.vouch_count = n;
	return 0;
}

static int
fill_ways(struct scene *s, struct err *e)
{
	const struct trust *t = &s->trust;
	struct link *way = arena_alloc(&s->arena, STEPS_MAX * sizeof *way);
	struct link *vouched = arena_alloc(&s->arena, ROWS_MAX * sizeof *vouched);
	uint32_t path[STEPS_MAX];
	size_t n, m = 0, i;

	if (way == NULL || vouched == NULL)
		return err_memory(e);
	n = admission_path(t->vouch, t->vouch_count, t->blocked, t->result, s->num, path, STEPS_MAX);
	for (i = 0; i < n; i++)
		way[i] = (struct link){ .text = author_name(&s->v, t->author[path[n - 1 - i]].did), .note = "",
			.href = standing_href(&s->v, t->author[path[n - 1 - i]].did) };
	for (i = 0; i < t->vouch_count && m < ROWS_MAX; i++) {
		uint32_t to = t->vouch[i].to;

		if (t->vouch[i].from == s->num && to != s->num)
			vouched[m++] = (struct link){ .text = author_name(&s->v, t->author[to].did),
				.href = standing_href(&s->v, t->author[to].did), .note = t->result[to].hops >= 0 ? room(s, to)
				: text_get(s->v.lang, t->blocked[to] ? TEXT_trust_blocked : TEXT_trust_out) };
	}
	s->view.path = (struct links){ way, n };
	s->view.vouched = (struct links){ vouched, m };
	return 0;
}

/* Whom its word alone lets in. */
static int
fill_brings(struct scene *s, struct err *e)
{
	const struct trust *t = &s->trust;
	const struct admission_result *then;
	uint32_t i;

	if (t->subjects[s->num] == 0)
		return 0;
	if (trust_without(t, s->num, &s->arena, &then, e) == -1)
		return -1;
	for (i = 0; i < t->author_count; i++)
		if (t->result[i].hops >= 0 && then[i].hops < 0) {
			s->view.brings++;
			s->view.brings_records += t->author[i].live;
		}
	return 0;
}

static int
fill_warnings(struct scene *s, struct err *e)
{
	struct reader *r = visit_store(&s->v, e);
	const char **line = arena_alloc(&s->arena, (2 * OUTSIDE_MAX + 1) * sizeof *line);
	struct key_branch *branch;
	struct twin *twin;
	size_t n, i;

	if (r == NULL || line == NULL)
		return r == NULL ? -1 : err_memory(e);
	if (store_branches(r, &s->arena, &branch, &n, e) == -1)
		return -1;
	for (i = 0; i < n && s->view.warning_count < OUTSIDE_MAX; i++)
		if (strcmp(branch[i].did, s->did) == 0)
			line[s->view.warning_count++] = text_get(s->v.lang, TEXT_trust_branch);
	if (store_twins(r, &s->arena, &twin, &n, e) == -1)
		return -1;
	for (i = 0; i < n && s->view.warning_count < 2 * OUTSIDE_MAX; i++)
		if (strncmp(twin[i].ref, s->did, DIDKEY_CHARS) == 0)
			line[s->view.warning_count++] = text_make(s->v.arena, text_get(s->v.lang, TEXT_trust_writers),
			    (const struct html_arg[]){ { .name = "ref", .text = twin[i].ref + DIDKEY_CHARS + 1 }, { .name = NULL } });
	s->view.warning = line;
	return 0;
}

/* The vouch of this node's own author for the one shown, or SIZE_MAX. */
static size_t
own_vouch(const struct scene *s)
{
	const char *own = keyring_at(s->v.node->keys, 0)->did;
	size_t i;

	for (i = 0; i < s->trust.vouch_count; i++)
		if (s->trust.vouch[i].to == s->num && strcmp(s->trust.author[s->trust.vouch[i].from].did, own) == 0)
			return i;
	return SIZE_MAX;
}

static void
fill_standing(struct scene *s)
{
	const struct trust *t = &s->trust;
	const struct trust_author *a = &t->author[s->num];
	struct view_standing *w = &s->view;
	char next[HEX_CHARS(32) + 1];
	struct author_info info;

	w->lang = s->v.lang;
	w->frame = &s->v.frame;
	w->name = author_name(&s->v, s->did);
	w->did = s->did;
	w->own = a->own;
	w->records = room(s, s->num);
	w->standing = text_get(s->v.lang, a->own ? TEXT_trust_own : t->blocked[s->num] ? TEXT_trust_blocked
	    : t->result[s->num].hops < 0 ? TEXT_trust_out : TEXT_trust_in);
	w->can_block = !a->own && !t->blocked[s->num];
	w->can_unblock = t->blocked[s->num];
	w->can_withdraw = own_vouch(s) != SIZE_MAX;
	w->can_vouch = !a->own && !w->can_withdraw && !t->blocked[s->num];
	if (store_author(s->v.node->store, span_str(s->did), &info) == 1 && info.has_identity) {
		hex_encode(info.identity.next, 32, next, sizeof next);
		w->next = printed(&s->v, "%s", next);
	}
}

static int
render_standing(struct scene *s, struct err *e)
{
	if (s->view.reason == NULL)
		s->view.reason = "";
	fill_standing(s);
	if (fill_brings(s, e) == -1 || fill_vouchers(s, e) == -1 || fill_ways(s, e) == -1 || fill_warnings(s, e) == -1)
		return -1;
	s->v.frame.title = s->view.name;
	s->v.frame.section = "trust";
	return page_standing(&s->view, &s->v.res->body, e);
}

static int
find_author(struct scene *s, struct err *e)
{
	struct author_info info;

	s->did = s->v.req->segment[2];
	if (store_author(s->v.node->store, span_str(s->did), &info) != 1 || info.num >= s->trust.author_count)
		return err_set(e, ERR_NOT_FOUND, "nobody of that name is known here");
	s->num = info.num;
	return 0;
}

int
standing_page(struct node *n, const struct request *req, struct response *res, struct err *e)
{
	struct scene s = { .num = NONE };
	int rc = -1;

	visit_begin(&s.v, n, req, res, VISIT_OPERATOR);
	if (scene_begin(&s, e) == 0 && find_author(&s, e) == 0)
		rc = render_standing(&s, e);
	rc = visit_end(&s.v, rc, e);
	arena_clear(&s.arena);
	return rc;
}

/* --- what the buttons do --------------------------------------------------------------------------------- */

static int
do_vouch(struct scene *s, struct err *e)
{
	return node_vouch(s->v.node, s->did, -1, -1, e);
}

static int
do_withdraw(struct scene *s, struct err *e)
{
	size_t at = own_vouch(s);
	struct ref ref;

	if (at == SIZE_MAX)
		return err_set(e, ERR_NOT_FOUND, "this node does not vouch for it");
	ref = (struct ref){ span_str(s->trust.author[s->trust.vouch[at].from].did), SPAN("vouch"),
		span_str(s->trust.rid[at]) };
	return node_delete(s->v.node, &ref, e);
}

static int
block_those(struct scene *s, int itself, int vouched, struct err *e)
{
	const char *reason = fields_get(&s->form, "reason");
	struct block one = { .what = s->did, .reason = reason == NULL ? "" : reason };
	struct blocks b = { .at = &one, .count = 1 };

	if (vouched && blocks_with_vouched(s->v.node, s->did, one.reason, itself, &s->arena, &b, e) == -1)
		return -1;
	return store_block_many(s->v.node->store, b.at, b.count, e);
}

static int
do_block(struct scene *s, struct err *e)
{
	return block_those(s, 1, 0, e);
}

static int
do_block_with(struct scene *s, struct err *e)
{
	return block_those(s, 1, 1, e);
}

static int
do_block_only(struct scene *s, struct err *e)
{
	return block_those(s, 0, 1, e);
}

static int
do_unblock(struct scene *s, struct err *e)
{
	return store_unblock(s->v.node->store, s->did, e);
}

static const struct {
	const char *name;
	int (*run)(struct scene *s, struct err *e);
	enum text ask;			/* what it would do */
	int itself, vouched;		/* whose records are counted in the question */
} action_table[] = {
	{ "vouch", do_vouch, TEXT_trust_ask_vouch, 0, 0 },
	{ "withdraw", do_withdraw, TEXT_trust_ask_withdraw, 1, 1 },
	{ "block", do_block, TEXT_trust_ask_block, 1, 1 },
	{ "block-with", do_block_with, TEXT_trust_ask_block_with, 1, 1 },
	{ "block-only", do_block_only, TEXT_trust_ask_block_only, 0, 1 },
	{ "unblock", do_unblock, TEXT_trust_ask_unblock, 0, 0 },
};

/* First what it would do, for the operator to confirm. */
static int
ask(struct scene *s, size_t action, struct err *e)
{
	int itself = action_table[action].itself, vouched = action_table[action].vouched;
	long long records, authors;

	if (fill_brings(s, e) == -1)
		return -1;
	records = (itself ? s->trust.author[s->num].live : 0) + (vouched ? s->view.brings_records : 0);
	authors = itself + (vouched ? s->view.brings : 0);
	s->view.brings = s->view.brings_records = 0;	/* counted again for the page */
	s->view.ask = action_table[action].name;
	s->view.ask_text = text_make(s->v.arena, text_get(s->v.lang, action_table[action].ask), (const struct html_arg[]){
		{ .name = "authors", .text = printed(&s->v, "%lld", authors) },
		{ .name = "records", .text = printed(&s->v, "%lld", records) }, { .name = NULL } });
	return 0;
}

/* The visit's own reader stays with what was before. */
static int
look_again(struct scene *s, struct err *e)
{
	struct reader *r = NULL;
	int rc = store_read(s->v.node->store, &r, e);

	if (rc == 0)
		rc = store_trust(r, &s->arena, &s->trust, e);
	store_read_end(r);
	return rc;
}

static int
act(struct scene *s, struct err *e)
{
	const char *name = fields_get(&s->form, "action");
	struct gossip *gossip = s->v.node->gossip;
	struct err why = { .code = ERR_NONE };
	size_t i;

	for (i = 0; name != NULL && i < sizeof action_table / sizeof action_table[0]; i++)
		if (strcmp(action_table[i].name, name) == 0)
			break;
	if (name == NULL || i == sizeof action_table / sizeof action_table[0])
		return err_set(e, ERR_INPUT, "there is no such action");
	if (fields_get(&s->form, "sure") == NULL)
		return ask(s, i, e);
	if (action_table[i].run(s, &why) == -1) {
		s->view.error = printed(&s->v, "%s", why.text);
		s->v.res->status = 422;
		return 0;
	}
	if (gossip != NULL)
		gossip_peers_changed(gossip);
	s->v.frame.message = text_get(s->v.lang, TEXT_done_trust);
	return look_again(s, e);
}

int
standing_post(struct node *n, const struct request *req, struct response *res, struct err *e)
{
	struct scene s = { .num = NONE };
	int rc = -1;

	visit_begin(&s.v, n, req, res, VISIT_OPERATOR);
	if (operator_form(&s.v, &s.form, e) == 0 && scene_begin(&s, e) == 0 && find_author(&s, e) == 0 && act(&s, e) == 0)
		rc = render_standing(&s, e);
	rc = visit_end(&s.v, rc, e);
	arena_clear(&s.arena);
	return rc;
}
