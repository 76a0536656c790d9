/* SPDX-License-Identifier: AGPL-3.0-or-later
 * peers.c - /operator/peers and /operator/authors: whom this node speaks with, and who signs here. */
#include <stdio.h>
#include <string.h>

#include "node/api/jobs.h"
#include "node/core/keyring.h"
#include "node/gossip/gossip.h"
#include "node/store/store.h"
#include "node/store/trust.h"
#include "node/web/about.h"
#include "node/web/inside.h"
#include "node/web/item.h"
#include "node/web/operator.h"
#include "node/web/page.h"
#include "node/web/visit.h"

#define DOCUMENT_BYTES_MAX ((size_t)1 << 20)
#define PICTURE_BYTES_MAX ((size_t)256 << 20)
#define VOUCHERS_MAX 50

struct talk {
	struct visit v;
	struct view_peers view;
	struct fields form;
	struct meeting met;
};

static int
render_peers(struct talk *t, struct err *e)
{
	t->view.lang = t->v.lang;
	t->view.frame = &t->v.frame;
	if (t->view.url == NULL)
		t->view.url = "";
	t->view.silent = peers_silent(&t->v);
	t->v.frame.title = text_get(t->v.lang, TEXT_nav_peers);
	t->v.frame.section = "peers";
	if (peer_rows(&t->v, &t->view.peer, &t->view.peer_count, e) == -1)
		return -1;
	return page_peers(&t->view, &t->v.res->body, e);
}

int
peers_page(struct node *n, const struct request *req, struct response *res, struct err *e)
{
	struct talk *t = arena_alloc(req->arena, sizeof *t);

	if (t == NULL)
		return err_memory(e);
	visit_begin(&t->v, n, req, res, VISIT_OPERATOR);
	return visit_end(&t->v, render_peers(t, e), e);
}

/* --- what the buttons do ------------------------------------------------------------------------------- */

static int
meet(struct talk *t, struct buf *json, struct err *e)
{
	return gossip_meet(t->v.node, t->view.url, &t->met, json, e);
}

/* Those whose word for it is known here. */
static int
fill_vouchers(struct talk *t, struct err *e)
{
	struct arena a = { .max = PICTURE_BYTES_MAX };
	struct reader *r = visit_store(&t->v, e);
	struct link *link = arena_alloc(t->v.arena, VOUCHERS_MAX * sizeof *link);
	struct author_info info;
	struct trust trust;
	size_t n = 0, i;
	int rc = -1;

	if (r != NULL && link != NULL && store_author(t->v.node->store, span_str(t->met.did), &info) != 1)
		return 0;
	if (r == NULL || link == NULL || store_trust(r, &a, &trust, e) == -1)
		goto out;
	for (i = 0; i < trust.vouch_count && n < VOUCHERS_MAX; i++) {
		const char *did = trust.author[trust.vouch[i].from].did;

		if (trust.vouch[i].to == info.num && trust.result[trust.vouch[i].from].hops >= 0)
			link[n++] = (struct link){ .text = author_name(&t->v, did), .note = "",
				.href = visit_href(&t->v, printed(&t->v, "/operator/trust/%s", did)) };
	}
	t->view.met_vouchers = (struct links){ link, n };
	rc = 0;
out:
	arena_clear(&a);
	return rc;
}

static int
show_met(struct talk *t, struct span json, struct err *e)
{
	char fingerprint[DIDKEY_FINGERPRINT_CHARS + 1];
	const char *charter = gossip_charter(json, t->v.arena);

	didkey_fingerprint(t->met.did, fingerprint);
	t->view.met_name = t->met.name;
	t->view.met_territory = t->met.territory;
	t->view.met_did = t->met.did;
	t->view.met_software = t->met.software;
	t->view.met_fingerprint = printed(&t->v, "%s", fingerprint);
	t->view.met_qr = qr_make(t->v.arena, t->met.did);
	if (*charter != '\0' && (t->view.met_charter = mkmd(t->v.arena, span_str(charter), 4, e)) == NULL)
		return -1;
	return fill_vouchers(t, e);
}

/* First who is there, for the operator to see. */
static int
do_meet(struct talk *t, struct err *e)
{
	struct buf json = BUF_INIT(DOCUMENT_BYTES_MAX);
	int rc = meet(t, &json, e);

	if (rc == 0)
		rc = show_met(t, buf_span(&json), e);
	buf_clear(&json);
	return rc;
}

/* The one who was shown: when somebody else answers now, it is not added. */
static int
do_add(struct talk *t, struct err *e)
{
	const char *shown = fields_get(&t->form, "did");

	if (meet(t, NULL, e) == -1)
		return -1;
	if (shown == NULL || strcmp(shown, t->met.did) != 0)
		return err_set(e, ERR_CONFLICT, "%s", text_get(t->v.lang, TEXT_peer_other));
	if (gossip_keep(t->v.node, t->view.url, &t->met, e) == -1)
		return -1;
	if (fields_get(&t->form, "vouch") != NULL && node_vouch(t->v.node, t->met.did, -1, -1, e) == -1)
		return -1;
	t->v.frame.message = text_get(t->v.lang, TEXT_done_peer_added);
	t->view.url = "";
	return 0;
}

static int
do_remove(struct talk *t, struct err *e)
{
	if (store_peer_delete(t->v.node->store, t->view.url, e) == -1)
		return -1;
	if (t->v.node->gossip != NULL)
		gossip_peers_changed(t->v.node->gossip);
	t->v.frame.message = text_get(t->v.lang, TEXT_done_peer_removed);
	t->view.url = "";
	return 0;
}

/* The job that do_sync starts: how it went is told by the neighbour's row. */
static int
run_sync(struct node *node, const char *url, struct buf *result, struct err *e)
{
	struct gossip_report report;

	if (gossip_sync(node, url, &report, e) == -1)
		return -1;
	return buf_addf(result, e, "{\"pulled\":%zu,\"pushed\":%zu}", report.pulled, report.pushed);
}

/* An exchange may take longer than a page should. */
static int
do_sync(struct talk *t, struct err *e)
{
	int64_t number;

	if (jobs_start(t->v.node->jobs, run_sync, t->view.url, &number, e) == -1)
		return -1;
	t->v.frame.message = text_get(t->v.lang, TEXT_done_peer_asked);
	t->view.url = "";
	return 0;
}

static const struct {
	const char *name;
	int (*run)(struct talk *t, struct err *e);
} action_table[] = {
	{ "meet", do_meet }, { "add", do_add }, { "remove", do_remove }, { "sync", do_sync },
};

/* A failure of the other end is told beside the field, with the address kept. */
static int
act(struct talk *t, struct err *e)
{
	const char *name = fields_get(&t->form, "action"), *url = fields_get(&t->form, "url");
	struct err why = { .code = ERR_NONE };
	size_t i;

	t->view.url = url == NULL ? "" : arena_copy(t->v.arena, span_trim(span_str(url)));
	for (i = 0; name != NULL && i < sizeof action_table / sizeof action_table[0]; i++)
		if (strcmp(action_table[i].name, name) == 0)
			break;
	if (name == NULL || i == sizeof action_table / sizeof action_table[0])
		return err_set(e, ERR_INPUT, "there is no such action");
	if (t->view.url == NULL)
		return err_memory(e);
	if (action_table[i].run(t, &why) == -1) {
		t->view.error = printed(&t->v, "%s", why.text);
		t->v.res->status = 422;
	}
	return 0;
}

int
peers_post(struct node *n, const struct request *req, struct response *res, struct err *e)
{
	struct talk *t = arena_alloc(req->arena, sizeof *t);
	int rc = -1;

	if (t == NULL)
		return err_memory(e);
	visit_begin(&t->v, n, req, res, VISIT_OPERATOR);
	if (operator_form(&t->v, &t->form, e) == 0 && act(t, e) == 0)
		rc = render_peers(t, e);
	return visit_end(&t->v, rc, e);
}

/* --- authors ----------------------------------------------------------------------------------------------- */

static int
count_row(void *ctx, const struct stored *row, struct err *e)
{
	(void)e;
	*(long long *)ctx += !row->record.deleted && (kind_info(row->record.kind)->flags & KIND_FORM) != 0;
	return 0;
}

static int
render_authors(struct visit *v, struct view_authors *w, struct err *e)
{
	size_t i, n = keyring_count(v->node->keys);
	struct author_row *row = arena_alloc(v->arena, (n + 1) * sizeof *row);
	struct reader *r = visit_store(v, e);

	if (r == NULL || row == NULL)
		return r == NULL ? -1 : err_memory(e);
	for (i = 0; i < n; i++) {
		const struct keyring_author *a = keyring_at(v->node->keys, i);

		row[i] = (struct author_row){ .name = author_name(v, a->did), .label = a->name, .did = a->did,
			.has_root = a->has_root, .first = i == 0,
			.href = visit_href(v, printed(v, "/operator?author=%s", a->did)) };
		if (store_list(r, a->did, NULL, 0, count_row, &row[i].total, e) == -1)
			return -1;
	}
	w->lang = v->lang;
	w->frame = &v->frame;
	w->row = row;
	w->row_count = n;
	v->frame.title = text_get(v->lang, TEXT_nav_authors);
	v->frame.section = "authors";
	return page_authors(w, &v->res->body, e);
}

int
authors_page(struct node *n, const struct request *req, struct response *res, struct err *e)
{
	struct view_authors view = { .name = "" };
	struct visit v;

	visit_begin(&v, n, req, res, VISIT_OPERATOR);
	return visit_end(&v, render_authors(&v, &view, e), e);
}

int
authors_post(struct node *n, const struct request *req, struct response *res, struct err *e)
{
	struct view_authors view = { .name = "" };
	struct err why = { .code = ERR_NONE };
	char did[DIDKEY_CHARS + 1];
	const char *name;
	struct fields form;
	struct visit v;

	visit_begin(&v, n, req, res, VISIT_OPERATOR);
	if (operator_form(&v, &form, e) == -1)
		return visit_end(&v, -1, e);
	name = fields_get(&form, "name");
	if (name != NULL && *name != '\0' && node_author_add(n, name, did, &why) == 0)
		return visit_end(&v, response_see_other(res, record_path(&v, "operator/edit", did, KIND_TERRITORY,
		    "self")), e);
	view.name = name == NULL ? "" : name;
	view.error = why.code == ERR_NONE ? text_get(v.lang, TEXT_fault_required) : printed(&v, "%s", why.text);
	res->status = 422;
	return visit_end(&v, render_authors(&v, &view, e), e);
}
