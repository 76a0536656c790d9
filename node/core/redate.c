/* SPDX-License-Identifier: AGPL-3.0-or-later
 * redate.c - see redate.h. */
#include "node/core/redate.h"

#include <string.h>

#include "node/core/log.h"
#include "node/core/own.h"
#include "proto/authority.h"
#include "proto/err.h"

#define BATCH 500

struct redating {
	struct own_batch batch;
	const struct keyring_author *author;
	int64_t now, limit;
	int identities;		/* this round; else everything else */
};

/* The identity with windows that have begun. */
static int
identity_today(struct redating *w, const struct record *r, struct buf *out, struct err *e)
{
	struct span chain[IDENTITY_CHAIN_MAX];
	struct identity id;
	enum reason why;
	size_t i, n = identity_chain(r, chain);

	if (identity_read(r, &id, &why, e) == -1)
		return -1;
	for (i = 0; i < id.key_count; i++)
		if (id.key[i].from > w->now)
			id.key[i].from = w->now;
	return identity_content(id.key, id.key_count, id.next_of[id.generation], chain, n, out, e);
}

static int
sign_again(struct redating *w, const struct record *r, struct err *e)
{
	struct record_draft d = {
		.kind = r->kind, .rid = r->rid, .lang = r->lang, .license = r->license, .content = r->content,
		.deleted = r->deleted, .updated = w->now, .created = w->now,
	};
	struct buf content = BUF_INIT(RECORD_BYTES_MAX);
	int rc = 0;

	if (r->kind == KIND_IDENTITY && (rc = identity_today(w, r, &content, e)) == 0)
		d.content = buf_span(&content);
	if (rc == 0)
		rc = own_batch_sign(&w->batch, w->author, &d, e);
	buf_clear(&content);
	return rc;
}

static int
redate_row(void *ctx, const struct stored *row, struct err *e)
{
	struct redating *w = ctx;
	const struct record *r = &row->record;

	if (r->created <= w->limit || r->kind == KIND_UNKNOWN || (r->kind == KIND_IDENTITY) != w->identities)
		return 0;
	if (w->batch.count == BATCH)
		return 1;
	return sign_again(w, r, e);
}

/* One batch of an author's.  1: there was one, and there may be another. */
static int
redate_batch(struct node *n, struct redating *w, int64_t *dated, struct err *e)
{
	struct reader *r = NULL;
	int rc = -1;

	if (own_batch_init(&w->batch, n, BATCH, e) == -1 || store_read(n->store, &r, e) == -1)
		goto out;
	if (store_list(r, w->author->did, NULL, 1, redate_row, w, e) == -1)
		goto out;
	store_read_end(r);
	r = NULL;
	if (w->batch.count > 0 && store_replace(n->store, w->batch.offer, w->batch.count, w->limit, e) == -1)
		goto out;
	*dated += (int64_t)w->batch.count;
	rc = w->batch.count > 0;
out:
	store_read_end(r);
	own_batch_clear(&w->batch);
	return rc;
}

void
redate_own(struct node *n, int64_t *dated)
{
	struct redating w = { .now = node_now(n), .limit = node_now(n) + FUTURE_S + ASIDE_KEPT_S };
	struct err why;
	size_t i;
	int rc;

	*dated = 0;
	for (i = 0; i < keyring_count(n->keys); i++) {
		w.author = keyring_at(n->keys, i);
		for (w.identities = 1; w.identities >= 0; w.identities--) {
			do
				rc = redate_batch(n, &w, dated, &why);
			while (rc == 1);
			if (rc == -1) {
				log_line(n->log, LEVEL_ERROR, "clock", "cannot date anew", "author", w.author->did, "why",
				    why.text, NULL);
				break;
			}
		}
	}
}
