/* SPDX-License-Identifier: AGPL-3.0-or-later
 * local.c - what a conversation asks of its own node, answered by the store; see sync.h. */
#include <stdlib.h>
#include <string.h>

#include "node/core/node.h"
#include "node/gossip/talk.h"
#include "node/store/store.h"
#include "proto/err.h"

#define PHANTOM_BYTES_MAX (4 * PHANTOMS_MAX * sizeof(struct phantom))

static const struct set *
local_set(void *ctx)
{
	return store_set(((struct talk_local *)ctx)->node->store);
}

static void
local_set_done(void *ctx)
{
	store_set_done(((struct talk_local *)ctx)->node->store);
}

static int64_t
local_seq(void *ctx)
{
	return store_seq(((struct talk_local *)ctx)->node->store);
}

static int
local_lines(void *ctx, const uint8_t (*id)[ID_BYTES], size_t n, struct buf *out, struct err *e)
{
	struct talk_local *l = ctx;
	struct reader *r = NULL;
	size_t found;
	int rc;

	if (store_read(l->node->store, &r, e) == -1)
		return -1;
	rc = store_get_raw(r, id, n, out, &found, e);
	store_read_end(r);
	return rc;
}

struct news {
	const char *url;
	struct buf *out;
	int64_t *last;
};

/* What came from the peer it has; the batch ends before the record that does not fit. */
static int
visit_news(void *ctx, const struct stored *row, struct err *e)
{
	struct news *n = ctx;

	if (row->peer == NULL || strcmp(row->peer, n->url) != 0) {
		if (n->out->max - n->out->len <= row->record.line.len)
			return 1;
		if (buf_addspan(n->out, row->record.line, e) == -1 || buf_addc(n->out, '\n', e) == -1)
			return -1;
	}
	*n->last = row->seq;
	return 0;
}

static int
local_news(void *ctx, int64_t since, size_t records_max, struct buf *out, int64_t *last, struct err *e)
{
	struct talk_local *l = ctx;
	struct news news = { l->url, out, last };
	struct reader *r = NULL;
	int rc;

	*last = since;
	if (store_read(l->node->store, &r, e) == -1)
		return -1;
	rc = store_changes(r, since, NULL, records_max, visit_news, &news, e);
	store_read_end(r);
	return rc == -1 ? -1 : 0;
}

static int
local_identity(void *ctx, struct span author, struct buf *out, struct err *e)
{
	struct talk_local *l = ctx;
	struct ref ref = { author, SPAN("identity"), SPAN("self") };
	struct arena a = { .max = 4 * RECORD_BYTES_MAX };
	struct reader *r = NULL;
	struct stored found;
	int rc = -1, n;

	if (store_read(l->node->store, &r, e) == -1)
		return -1;
	n = store_get(r, &ref, &a, &found, e);
	if (n == 0 || (n == 1 && buf_addspan(out, found.record.line, e) == 0 && buf_addc(out, '\n', e) == 0))
		rc = 0;
	store_read_end(r);
	arena_clear(&a);
	return rc;
}

static int
local_admits(void *ctx, struct span author)
{
	struct talk_local *l = ctx;
	struct author_info info;

	return store_author(l->node->store, author, &info) == 1 && !info.blocked &&
	    (info.own || info.hops >= 0);
}

static int
copy_phantoms(const struct phantom *from, size_t n, struct sync_phantom **out, struct err *e)
{
	struct sync_phantom *p;
	size_t i;

	if (n == 0)
		return 0;
	if ((p = calloc(n, sizeof *p)) == NULL)
		return err_memory(e);
	for (i = 0; i < n; i++) {
		memcpy(p[i].author, from[i].author, sizeof p[i].author - 1);
		memcpy(p[i].id, from[i].id, sizeof p[i].id);
		p[i].created = from[i].created;
		p[i].reason = from[i].reason;
		p[i].theirs = from[i].theirs;
	}
	*out = p;
	return 0;
}

static int
local_phantoms(void *ctx, struct sync_phantom **out, size_t *n, struct err *e)
{
	struct talk_local *l = ctx;
	struct arena a = { .max = PHANTOM_BYTES_MAX };
	struct phantom *stored = NULL;
	struct reader *r = NULL;
	int rc = -1;

	*out = NULL;
	*n = 0;
	if (store_read(l->node->store, &r, e) == -1)
		return -1;
	if (store_phantoms(r, l->url, &a, &stored, n, e) != -1)
		rc = copy_phantoms(stored, *n, out, e);
	store_read_end(r);
	arena_clear(&a);
	return rc;
}

static int
local_part(void *ctx, struct buf *out, struct err *e)
{
	return store_part(((struct talk_local *)ctx)->node->store, out, e);
}

static const struct set *
local_set_part(void *ctx, const char *part)
{
	struct changes_filter f = { .part = part };
	const struct set *set;
	struct err e;

	return store_set_part(((struct talk_local *)ctx)->node->store, &f, 0, &set, &e) == 0 ? set : NULL;
}

struct sync_local
talk_local(struct talk_local *l)
{
	return (struct sync_local){ .ctx = l, .set = local_set, .set_done = local_set_done, .seq = local_seq,
	    .lines = local_lines, .news = local_news, .identity = local_identity, .admits = local_admits,
	    .phantoms = local_phantoms, .part = local_part, .set_part = local_set_part };
}
