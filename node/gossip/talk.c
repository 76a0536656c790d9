/* SPDX-License-Identifier: AGPL-3.0-or-later
 * talk.c - see talk.h. */
#include "node/gossip/talk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/core/node.h"
#include "node/gossip/fetch.h"
#include "node/store/store.h"
#include "proto/err.h"

#define NO_MORE_WAITING_MS ((uint64_t)DAY_S * 1000)

struct talk {
	struct node *node;
	struct carrier *carrier;
	struct talk_local local;
	char url[512];
	struct sync *sync;
	struct fetch *fetch;
	const struct sync_report *report;	/* once over */
	uint64_t until_ms;
	int fetching, cut;
};

static int
read_row(struct node *n, const char *url, struct peer *out, struct err *e)
{
	struct reader *r = NULL;
	int rc;

	if (store_read(n->store, &r, e) == -1)
		return -1;
	rc = store_peer(r, url, out, e);
	store_read_end(r);
	return rc;
}

int
talk_new(struct node *n, struct carrier *c, const struct talk_params *p, struct talk **out, struct err *e)
{
	struct talk *t = calloc(1, sizeof *t);
	struct sync_params params = { .what = p->what, .pushed_seq = p->pushed_seq, .wait_s = p->wait_s,
	    .page_records = p->page_records, .pages_max = p->pages_max, .holds = p->holds };
	struct peer row = { 0 };

	if (t == NULL)
		return err_memory(e);
	t->node = n;
	t->carrier = c;
	snprintf(t->url, sizeof t->url, "%s", p->url);
	t->local = (struct talk_local){ n, t->url };
	params.local = talk_local(&t->local);
	if (fetch_url_ok(p->url, e) == -1 || read_row(n, p->url, &row, e) == -1)
		goto fail;
	params.cursor = sync_cursor_ok(span_str(row.cursor)) ? row.cursor : "";
	if (fetch_new(n->config.allow_private != 0, t, &t->fetch, e) == -1 ||
	    (t->sync = sync_new(&params, e)) == NULL)
		goto fail;
	*out = t;
	return 0;
fail:
	talk_free(t);
	return -1;
}

void
talk_free(struct talk *t)
{
	if (t == NULL)
		return;
	if (t->fetch != NULL)
		fetch_abort(t->fetch, carrier_multi(t->carrier));
	fetch_free(t->fetch);
	sync_free(t->sync);
	free(t);
}

/* --- writing down ------------------------------------------------------------------------------------ */

/* A peer that was removed meanwhile, or never was one of ours, leaves no traces. */
static int
is_ours(struct talk *t)
{
	struct peer row;
	struct err e;

	return read_row(t->node, t->url, &row, &e) == 1;
}

static void
set_cursor(void *ctx, struct peer *row)
{
	snprintf(row->cursor, sizeof row->cursor, "%s", (const char *)ctx);
}

static int
keep_phantoms(struct talk *t, const struct sync_keep *k, struct err *e)
{
	struct phantom *p;
	size_t i;
	int rc;

	if (k->phantoms == 0)
		return 0;
	if ((p = calloc(k->phantoms, sizeof *p)) == NULL)
		return err_memory(e);
	for (i = 0; i < k->phantoms; i++) {
		memcpy(p[i].author, k->phantom[i].author, sizeof k->phantom[i].author);
		memcpy(p[i].id, k->phantom[i].id, sizeof p[i].id);
		p[i].created = k->phantom[i].created;
		p[i].reason = k->phantom[i].reason;
		p[i].theirs = k->phantom[i].theirs;
	}
	rc = store_phantom_put(t->node->store, t->url, p, k->phantoms, e);
	free(p);
	return rc;
}

/* Phantoms before the cursor: a crash between the two repeats a page, it loses nothing. */
static void
keep(struct talk *t, const struct sync_keep *k)
{
	char cursor[sizeof ((struct peer *)0)->cursor];
	struct err e;

	if (!is_ours(t) || keep_phantoms(t, k, &e) == -1 ||
	    store_phantom_delete(t->node->store, t->url, k->forget, k->forgets, &e) == -1 || k->cursor == NULL)
		return;
	snprintf(cursor, sizeof cursor, "%s", k->cursor);
	(void)store_peer_change(t->node->store, t->url, set_cursor, cursor, &e);
}

static void
note_outcome(void *ctx, struct peer *row)
{
	struct talk *t = ctx;
	const struct sync_report *r = t->report;
	int64_t now = node_now(t->node);

	row->last_try = now;
	row->pulled += (int64_t)r->taken[VERDICT_STORED];
	row->pushed += (int64_t)r->answered[VERDICT_STORED];
	row->bytes_in += (int64_t)fetch_bytes_in(t->fetch);
	row->bytes_out += (int64_t)fetch_bytes_out(t->fetch);
	if (r->outside_known) {
		row->outside_here = (int64_t)r->outside_here;
		row->outside_there = (int64_t)r->outside_there;
	}
	if (r->clock_known)
		row->clock_offset_s = r->clock_offset_s;
	if (r->software[0] != '\0')
		snprintf(row->software, sizeof row->software, "%s", r->software);
	if (r->failure.code == ERR_NONE && r->ours_known && r->theirs_known) {
		row->compared = now;
		row->equal = r->equal;
		row->count = (int64_t)r->theirs_count;
	}
	if (r->failure.code != ERR_NONE) {
		row->failures++;
		snprintf(row->last_error, sizeof row->last_error, "%.*s", (int)sizeof row->last_error - 1,
		    r->failure.text);
		return;
	}
	row->failures = 0;
	row->last_ok = now;
	snprintf(row->last_error, sizeof row->last_error, "%s", r->incompatible
	    ? "its policy and ours do not fit: too many refusals to compare the sets" : "");
}

static void
finish(struct talk *t)
{
	struct err e;

	if (!t->cut)
		(void)store_peer_change(t->node->store, t->url, note_outcome, t, &e);
}

/* --- acts ------------------------------------------------------------------------------------------------ */

static void
act_http(struct talk *t, const struct sync_http *h)
{
	struct fetch_request r = { .base = t->url, .path = h->path, .post = h->post, .type = h->type,
	    .body = h->body, .response_bytes_max = h->response_bytes_max, .wait_s = h->wait_s };
	struct err e;

	if (t->cut)
		err_set(&e, ERR_BUSY, "this node is stopping");
	else if (fetch_begin(t->fetch, carrier_multi(t->carrier), &r, &e) == 0) {
		t->fetching = 1;
		return;
	}
	sync_response_failed(t->sync, &e);
}

static void
act_intake(struct talk *t, struct buf *records)
{
	struct sync_taken failed = { 0 };
	struct err e;

	if (carrier_submit(t->carrier, t, records, t->url, &e) == 0)
		return;
	buf_clear(records);
	failed.failure = &e;
	sync_intake_done(t->sync, &failed);
}

int
talk_move(struct talk *t)
{
	struct sync_act act;

	t->until_ms = UINT64_MAX;
	while (t->report == NULL) {
		sync_next(t->sync, (uint64_t)node_now_ms(t->node) + (t->cut ? NO_MORE_WAITING_MS : 0), &act);
		switch (act.type) {
		case SYNC_HTTP:
			act_http(t, &act.http);
			break;
		case SYNC_INTAKE:
			act_intake(t, &act.records);
			break;
		case SYNC_KEEP:
			keep(t, &act.keep);
			break;
		case SYNC_WAIT:
			t->until_ms = act.until_ms;
			return 0;
		case SYNC_IDLE:
			return 0;
		case SYNC_DONE:
			t->report = act.report;
			finish(t);
		}
	}
	return 1;
}

uint64_t
talk_until_ms(const struct talk *t)
{
	return t->until_ms;
}

void
talk_cut(struct talk *t)
{
	struct err e;

	t->cut = 1;
	if (!t->fetching)
		return;
	t->fetching = 0;
	fetch_abort(t->fetch, carrier_multi(t->carrier));
	err_set(&e, ERR_BUSY, "this node is stopping");
	sync_response_failed(t->sync, &e);
}

int
talk_was_cut(const struct talk *t)
{
	return t->cut;
}

const struct sync_report *
talk_report(const struct talk *t)
{
	return t->report;
}

void
talk_bytes(const struct talk *t, uint64_t *in, uint64_t *out)
{
	*in = fetch_bytes_in(t->fetch);
	*out = fetch_bytes_out(t->fetch);
}

void
talk_answered(struct talk *t, CURLcode code)
{
	struct fetch_answer a = { 0 };
	struct err e;

	t->fetching = 0;
	if (fetch_end(t->fetch, carrier_multi(t->carrier), code, &a, &e) == -1)
		sync_response_failed(t->sync, &e);
	else
		sync_response(t->sync, a.status, a.retry_after_s, &a.body);
}

void
talk_taken(struct talk *t, const struct sync_taken *taken)
{
	sync_intake_done(t->sync, taken);
}
