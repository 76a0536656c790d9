/* SPDX-License-Identifier: AGPL-3.0-or-later
 * blocks.c - what this node does not take, and what another operator's list would advise. */
#include "node/api/blocks.h"

#include <string.h>

#include "node/api/api.h"
#include "node/api/emit.h"
#include "node/api/trust.h"
#include "node/core/keyring.h"
#include "node/gossip/gossip.h"
#include "proto/authority.h"
#include "proto/limits.h"

#define PICTURE_BYTES_MAX ((size_t)256 << 20)

static void
neighbours_may_differ(struct node *node)
{
	struct gossip *gossip = node->gossip;

	if (gossip != NULL)
		gossip_peers_changed(gossip);
}

/* --- blocking ------------------------------------------------------------------------------------- */

/* "did:key:…", a reference, or an address without a slash at the end. */
static int
block_what(const struct node *node, const struct request *req, const char **what, struct err *e)
{
	enum block_kind kind;
	struct span text;

	if (param_need(req, "what", what, e) == -1)
		return -1;
	text = span_str(*what);
	if (strncmp(*what, "http", 4) == 0)
		while (text.len > 8 && text.ptr[text.len - 1] == '/')
			text.len--;
	if ((*what = arena_copy(req->arena, text)) == NULL)
		return err_memory(e);
	if (block_kind(text, &kind, e) == -1)
		return err_wrap(e, "'%s' is neither an author (did:key:...), nor a record (did:key:.../kind/rid), nor a "
		    "node (https://...)", *what);
	if (keyring_find(node->keys, text) != NULL)
		return err_set(e, ERR_CONFLICT, "%s is an author of this node", *what);
	return 0;
}

int
blocks_with_vouched(struct node *node, const char *did, const char *reason, int itself, struct arena *a,
    struct blocks *out, struct err *e)
{
	const struct admission_result *then;
	const char *why = *reason == '\0' ? arena_printf(a, "vouched for by %s", did) : reason;
	struct author_info info;
	struct block *list;
	struct reader *r = NULL;
	struct trust t;
	uint32_t *num;
	size_t n, i;
	int rc = -1;

	*out = (struct blocks){ 0 };
	if (store_author(node->store, span_str(did), &info) != 1)
		return err_set(e, ERR_NOT_FOUND, "this node never heard of %s", did);
	if (store_read(node->store, &r, e) == -1 || store_trust(r, a, &t, e) == -1 ||
	    trust_without(&t, info.num, a, &then, e) == -1)
		goto out;
	n = trust_leaving(&t, then, NULL, 0);
	num = arena_alloc(a, (n + 1) * sizeof *num);
	out->at = list = arena_alloc(a, (n + 1) * sizeof *list);
	if (num == NULL || list == NULL || why == NULL) {
		err_memory(e);
		goto out;
	}
	if (itself) {
		list[out->count++] = (struct block){ .what = did, .reason = reason };
		out->records = info.live;
	}
	trust_leaving(&t, then, num, n);
	for (i = 0; i < n; i++) {
		list[out->count++] = (struct block){ .what = t.author[num[i]].did, .reason = why };
		out->records += t.author[num[i]].live;
	}
	rc = 0;
out:
	store_read_end(r);
	return rc;
}

static int
print_blocked(const char *what, size_t authors, int64_t records, struct buf *out, struct err *e)
{
	struct emit j;

	emit_start(&j, out, e);
	emit_object(&j);
	emit_put_text(&j, "blocked", what);
	emit_put_int(&j, "entries", (int64_t)authors);
	emit_put_int(&j, "records", records);
	emit_object_end(&j);
	emit_line(&j);
	return emit_end(&j);
}

/* How many records stand under what is to be blocked. */
static int64_t
standing(struct node *node, struct reader *r, struct span what, struct arena *a)
{
	struct author_info info;
	struct stored found;
	struct ref ref;
	struct err e;

	if (memchr(what.ptr, '/', what.len) == NULL)
		return store_author(node->store, what, &info) == 1 ? info.live : 0;
	if (ref_parse(what, &ref, &e) == -1)
		return 0;
	return store_get(r, &ref, a, &found, &e) == 1 && !found.record.deleted;
}

int
api_block(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	const char *what, *reason = param_text(req, "reason"), *vouched = param_text(req, "vouched");
	struct arena own = { .max = PICTURE_BYTES_MAX };
	struct block one;
	struct blocks b = { .at = &one, .count = 1 };
	struct reader *r = NULL;
	int rc = -1;

	if (block_what(node, req, &what, e) == -1)
		return -1;
	one = (struct block){ .what = what, .reason = reason == NULL ? "" : reason };
	if (vouched != NULL) {
		if (blocks_with_vouched(node, what, one.reason, strcmp(vouched, "only") != 0, &own, &b, e) == -1)
			goto out;
	} else if (store_read(node->store, &r, e) == 0)
		b.records = standing(node, r, span_str(what), &own);
	store_read_end(r);
	if (store_block_many(node->store, b.at, b.count, e) == 0)
		rc = print_blocked(what, b.count, b.records, &res->body, e);
	neighbours_may_differ(node);
out:
	arena_clear(&own);
	return rc;
}

int
api_unblock(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	const char *what;
	struct emit j;

	if (block_what(node, req, &what, e) == -1 || store_unblock(node->store, what, e) == -1)
		return -1;
	neighbours_may_differ(node);
	emit_start(&j, &res->body, e);
	emit_object(&j);
	emit_put_text(&j, "unblocked", what);
	emit_object_end(&j);
	emit_line(&j);
	return emit_end(&j);
}

/* --- the list, for here and for others -------------------------------------------------------------- */

static int
print_list(struct node *node, int for_others, struct arena *a, struct buf *out, struct err *e)
{
	struct block *block = NULL;
	struct reader *r = NULL;
	struct emit j;
	size_t i, n = 0;
	int rc;

	if (store_read(node->store, &r, e) == -1)
		return -1;
	rc = store_blocks(r, a, &block, &n, e);
	store_read_end(r);
	if (rc == -1)
		return -1;
	emit_start(&j, out, e);
	emit_array(&j);
	for (i = 0; i < n && !(for_others && i == BLOCKLIST_ENTRIES_MAX); i++) {
		emit_object(&j);
		emit_put_text(&j, "what", block[i].what);
		emit_put_text(&j, "reason", block[i].reason);
		emit_put_int(&j, "since", block[i].since);
		if (!for_others)
			emit_put_text(&j, "origin", block[i].origin);
		emit_object_end(&j);
	}
	emit_array_end(&j);
	if (!for_others)
		emit_line(&j);
	return emit_end(&j);
}

int
api_block_list(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	return print_list(node, 0, req->arena, &res->body, e);
}

static int
sign_list(struct node *node, struct arena *a, struct buf *out, struct err *e)
{
	const struct keyring_author *own = keyring_at(node->keys, 0);
	struct buf entries = BUF_INIT(4 * (size_t)BLOCKLIST_BYTES_MAX);
	const uint8_t *sk;
	int rc = -1;

	if (own == NULL)
		return err_set(e, ERR_FORBIDDEN, "this node has no key to sign with");
	if (print_list(node, 1, a, &entries, e) == 0) {
		pthread_rwlock_rdlock(&node->signing);
		if ((sk = keyring_operating(node->keys, own, e)) != NULL)
			rc = blocklist_sign(own->did, buf_span(&entries), sk, node_now(node), out, e);
		pthread_rwlock_unlock(&node->signing);
	}
	buf_clear(&entries);
	if (rc == 0 && out->len > BLOCKLIST_BYTES_MAX)
		return err_set(e, ERR_LIMIT, "what is blocked here makes a list of %zu bytes, others read %d", out->len,
		    BLOCKLIST_BYTES_MAX);
	return rc;
}

int
api_block_export(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	return sign_list(node, req->arena, &res->body, e);
}

int
api_block_published(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	if (!node->config.publish_blocks)
		return err_set(e, ERR_NOT_FOUND, "this node does not publish what it blocks");
	res->cross_origin = 1;
	return sign_list(node, req->arena, &res->body, e);
}

/* --- advice --------------------------------------------------------------------------------------------- */

/* Believed when its author is let in here and the key that signed was the author's then. */
static int
check_author(struct node *node, const struct blocklist *list, struct err *e)
{
	struct author_info info;

	if (keyring_find(node->keys, span_str(list->author)) != NULL)
		return 0;
	if (store_author(node->store, span_str(list->author), &info) != 1 || info.hops < 0)
		return err_set(e, ERR_FORBIDDEN, "nobody here vouches for %s, whose list this is: it is not taken as advice",
		    list->author);
	if (!info.has_identity || !identity_authorises(&info.identity, list->signer, list->created))
		return err_set(e, ERR_SIGNATURE, "the list is signed by a key that is not known as one of %s", list->author);
	return 0;
}

/* Is what in the comma-separated list? */
static int
is_chosen(const char *chosen, struct span what)
{
	struct span rest = span_str(chosen);

	if (strcmp(chosen, "all") == 0)
		return 1;
	while (rest.len > 0)
		if (span_eq(span_trim(span_cut(&rest, ',')), what))
			return 1;
	return 0;
}

static int
fill_entry(struct node *node, struct reader *r, const struct blocklist_entry *in, struct arena *a,
    struct advice_entry *out, struct err *e)
{
	struct buf reason = BUF_INIT(BLOCKLIST_REASON_BYTES_MAX);
	struct author_info info;
	int blocked;

	*out = (struct advice_entry){ .kind = in->kind, .since = in->since, .what = arena_copy(a, in->what) };
	if (out->what == NULL || canon_string(in->reason, &reason, e) == -1 ||
	    (out->reason = arena_copy(a, buf_span(&reason))) == NULL) {
		buf_clear(&reason);
		return err_memory(e);
	}
	buf_clear(&reason);
	if ((blocked = store_blocked(r, out->what, e)) == -1)
		return -1;
	out->here = keyring_find(node->keys, in->kind == BLOCK_RECORD ? span_cut(&(struct span){ in->what.ptr,
	    in->what.len }, '/') : in->what) != NULL ? ADVICE_OWN : blocked ? ADVICE_BLOCKED : ADVICE_NEW;
	out->records = in->kind == BLOCK_NODE ? 0 : standing(node, r, in->what, a);
	out->name = in->kind == BLOCK_AUTHOR && store_author(node->store, in->what, &info) == 1 ?
	    trust_name(r, out->what, a) : "";
	return 0;
}

int
blocks_advice(struct node *node, struct span json, struct arena *a, struct advice *out, struct err *e)
{
	struct blocklist_entry in;
	struct blocklist list;
	struct reader *r = NULL;
	int rc = -1;

	*out = (struct advice){ .count = 0 };
	if (blocklist_parse(span_trim(json), &list, e) == -1 || check_author(node, &list, e) == -1 ||
	    store_read(node->store, &r, e) == -1)
		return -1;
	memcpy(out->author, list.author, sizeof out->author);
	out->created = list.created;
	out->name = trust_name(r, list.author, a);
	if ((out->entry = arena_alloc(a, (list.count + 1) * sizeof *out->entry)) == NULL) {
		err_memory(e);
		goto out;
	}
	while (blocklist_next(&list.entries, &in))
		if (fill_entry(node, r, &in, a, &out->entry[out->count++], e) == -1)
			goto out;
	rc = 0;
out:
	store_read_end(r);
	return rc;
}

int
blocks_take(struct node *node, struct advice *advice, const char *chosen, struct arena *a, size_t *taken,
    struct err *e)
{
	struct block *b = arena_alloc(a, (advice->count + 1) * sizeof *b);
	size_t i;

	*taken = 0;
	if (b == NULL)
		return err_memory(e);
	for (i = 0; i < advice->count; i++) {
		struct advice_entry *in = &advice->entry[i];

		if (in->here != ADVICE_NEW || !is_chosen(chosen, span_str(in->what)))
			continue;
		in->taken = 1;
		b[(*taken)++] = (struct block){ .what = in->what, .reason = in->reason, .origin = advice->author };
	}
	if (store_block_many(node->store, b, *taken, e) == -1)
		return -1;
	neighbours_may_differ(node);
	return 0;
}

static int
print_advice(const struct advice *adv, size_t taken, struct buf *out, struct err *e)
{
	static const char *const kind[] = { "author", "record", "node" }, *const here[] = { "new", "blocked", "own" };
	struct emit j;
	size_t i;

	emit_start(&j, out, e);
	emit_object(&j);
	emit_put_text(&j, "author", adv->author);
	emit_put_text(&j, "name", adv->name);
	emit_put_int(&j, "created", adv->created);
	emit_put_int(&j, "blocked", (int64_t)taken);
	emit_key(&j, "entries");
	emit_array(&j);
	for (i = 0; i < adv->count; i++) {
		const struct advice_entry *a = &adv->entry[i];

		emit_object(&j);
		emit_put_text(&j, "what", a->what);
		emit_put_text(&j, "kind", kind[a->kind]);
		emit_put_text(&j, "name", a->name);
		emit_put_text(&j, "reason", a->reason);
		emit_put_int(&j, "since", a->since);
		emit_put_text(&j, "here", a->taken ? "taken" : here[a->here]);
		emit_put_int(&j, "records", a->records);
		emit_object_end(&j);
	}
	emit_array_end(&j);
	emit_object_end(&j);
	emit_line(&j);
	return emit_end(&j);
}

/* The list is the body, or is fetched from the node at url; nothing is blocked but what apply names. */
int
api_block_advice(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	const char *apply = param_text(req, "apply");
	struct buf list = BUF_INIT(BLOCKLIST_BYTES_MAX);
	struct arena own = { .max = PICTURE_BYTES_MAX };
	struct span json = req->body;
	struct advice advice;
	size_t taken = 0;
	char *url;
	int rc = -1;

	if (param_text(req, "url") != NULL) {
		if (param_address(req, "url", &url, e) == -1 || gossip_block_list(node, url, &list, e) == -1)
			goto out;
		json = buf_span(&list);
	}
	if (blocks_advice(node, json, &own, &advice, e) == 0 &&
	    (apply == NULL || blocks_take(node, &advice, apply, &own, &taken, e) == 0))
		rc = print_advice(&advice, taken, &res->body, e);
out:
	buf_clear(&list);
	arena_clear(&own);
	return rc;
}
