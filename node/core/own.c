/* SPDX-License-Identifier: AGPL-3.0-or-later
 * own.c - node_put and its kin: see own.h and node.h. */
#include "node/core/own.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "node/core/tend.h"
#include "proto/authority.h"
#include "proto/canon.h"
#include "proto/jcs.h"
#include "proto/multibase.h"

#define LICENSE_DEFAULT "etalab-2.0"

int
own_batch_init(struct own_batch *b, struct node *n, size_t cap, struct err *e)
{
	if (own_batch_init_alone(b, n, cap, e) == -1)
		return -1;
	pthread_rwlock_rdlock(&n->signing);
	b->holds = 1;
	return 0;
}

int
own_batch_init_alone(struct own_batch *b, struct node *n, size_t cap, struct err *e)
{
	*b = (struct own_batch){ .node = n, .cap = cap };
	b->line = calloc(cap + 1, sizeof *b->line);
	b->offer = calloc(cap + 1, sizeof *b->offer);
	return b->line == NULL || b->offer == NULL ? err_memory(e) : 0;
}

void
own_batch_clear(struct own_batch *b)
{
	size_t i;

	for (i = 0; b->line != NULL && i < b->count; i++)
		buf_clear(&b->line[i]);
	free(b->line);
	free(b->offer);
	if (b->holds)
		pthread_rwlock_unlock(&b->node->signing);
	memset(b, 0, sizeof *b);
}

int
own_batch_sign(struct own_batch *b, const struct keyring_author *a, struct record_draft *d, struct err *e)
{
	struct keyring *keys = b->node->keys;
	int root = d->kind == KIND_IDENTITY || d->kind == KIND_RETIRE;
	const uint8_t *sk = root ? keyring_root(keys, a, e) : keyring_operating(keys, a, e);
	struct buf *line = &b->line[b->count];
	struct offer_line *offer = &b->offer[b->count];

	if (sk == NULL)
		return -1;
	randombytes_buf(d->nonce, sizeof d->nonce);
	d->author = span_str(a->did);
	*line = (struct buf)BUF_INIT(RECORD_BYTES_MAX);
	b->count++;
	if (record_sign(d, sk, line, e) == -1 ||
	    record_parse(buf_span(line), &offer->record, &offer->reason, e) == -1) {
		buf_clear(line);
		b->count--;
		return -1;
	}
	offer->reason = REASON_NONE;
	offer->signature = SIGNATURE_HOLDS;
	return 0;
}

int
own_batch_store(struct own_batch *b, struct err *e)
{
	return b->count == 0 ? 0 : store_offer(b->node->store, b->offer, b->count, NULL, e);
}

/* --- putting --------------------------------------------------------------------------------- */

static const struct keyring_author *
author_for(struct node *n, const char *author, struct err *e)
{
	const struct keyring_author *a = author == NULL ? keyring_at(n->keys, 0)
	    : keyring_find(n->keys, span_str(author));

	if (a == NULL)
		err_set(e, ERR_FORBIDDEN, "this node holds no key of %s: \"essaim author list\" shows whose it holds",
		    author == NULL ? "any author" : author);
	return a;
}

static int
rid_for(const struct node_put *p, char out[RID_CHARS + 1], struct err *e)
{
	uint8_t random[10];

	if ((kind_info(p->kind)->flags & KIND_SELF) != 0) {
		memcpy(out, "self", 5);
		return 0;
	}
	if (p->rid == NULL) {
		randombytes_buf(random, sizeof random);
		rid_from_random(random, out);
		return 0;
	}
	if (!ref_rid_ok(span_str(p->rid)))
		return err_set(e, ERR_INPUT, "\"%s\" is not a record's identifier (16 of a-z, 2-7)", p->rid);
	memcpy(out, p->rid, strlen(p->rid) + 1);
	return 0;
}

struct putting {
	struct node *node;
	struct reader *reader;
	struct own_batch batch;
	size_t *at;		/* which line of the batch each put became; SIZE_MAX: none */
};

/* The time a put must be later than: of what stands, or of another put of the same name before it here. */
static int64_t
last_update(const struct putting *w, const struct ref *ref, int64_t standing)
{
	size_t i;

	for (i = w->batch.count; i > 0; i--) {
		const struct record *r = &w->batch.offer[i - 1].record;

		if (span_eq(r->rid, ref->rid) && span_eq(r->kind_name, ref->kind) && span_eq(r->author, ref->author))
			return r->updated;
	}
	return standing;
}

static int
put_draft(struct putting *w, const struct node_put *p, const struct keyring_author *a, const char *rid,
    struct span content, struct node_put_result *out, struct err *e)
{
	const struct kind_info *k = kind_info(p->kind);
	int worded = (k->flags & KIND_CONTENT) != 0;
	const char *lang = p->lang != NULL ? p->lang : w->node->config.lang;
	const char *license = p->license != NULL ? p->license : LICENSE_DEFAULT;
	struct ref ref = { span_str(a->did), span_str(k->name), span_str(rid) };
	struct arena arena = {0};
	struct stored was;
	int64_t now = node_now(w->node);
	struct record_draft d = {
		.kind = p->kind, .rid = ref.rid, .content = content, .updated = now, .created = now,
		.lang = worded ? span_str(lang) : (struct span){0},
		.license = worded ? span_str(license) : (struct span){0},
	};
	int found = store_get(w->reader, &ref, &arena, &was, e), rc = -1;
	int64_t last = last_update(w, &ref, found == 1 ? was.record.updated : -1);

	ref_format(&ref, out->ref);
	if (found == -1)
		goto out;
	out->outcome = found == 1 && !was.record.deleted ? PUT_CHANGED : PUT_NEW;
	if (found == 1 && !was.record.deleted && was.in_set && last == was.record.updated &&
	    span_eq(was.record.content, content) &&
	    span_eq(was.record.lang, d.lang) && span_eq(was.record.license, d.license)) {
		out->outcome = PUT_SAME;
		rc = 0;
		goto out;
	}
	if (found == 1 && was.record.deleted && p->rid != NULL && (k->flags & KIND_SELF) == 0) {
		err_set(e, ERR_GONE, "this record was deleted; write a new one");
		goto out;
	}
	if (last >= d.updated)
		d.updated = last + 1;
	if (d.created < d.updated)
		d.created = d.updated;
	rc = own_batch_sign(&w->batch, a, &d, e);
out:
	arena_clear(&arena);
	return rc;
}

static int
put_one(struct putting *w, const struct node_put *p, struct node_put_result *out, struct err *e)
{
	struct buf content = BUF_INIT(RECORD_BYTES_MAX);
	const struct keyring_author *a = author_for(w->node, p->author, e);
	char rid[RID_CHARS + 1];
	int rc = -1;

	if (a == NULL || rid_for(p, rid, e) == -1)
		return -1;
	if (jcs_canonicalize(p->content, &content, e) == 0 &&
	    kind_check(p->kind, buf_span(&content), &out->faults, e) == 0)
		rc = put_draft(w, p, a, rid, buf_span(&content), out, e);
	buf_clear(&content);
	return rc;
}

int
node_put_many(struct node *n, const struct node_put *p, size_t count, struct node_put_result *out,
    struct err *e)
{
	struct putting w = { .node = n };
	size_t i;
	int rc = -1;

	if (clock_check(n, e) == -1)
		return -1;
	if ((w.at = calloc(count + 1, sizeof *w.at)) == NULL)
		return err_memory(e);
	if (own_batch_init(&w.batch, n, count, e) == -1 || store_read(n->store, &w.reader, e) == -1)
		goto out;
	for (i = 0; i < count; i++) {
		size_t before = w.batch.count;

		memset(&out[i], 0, sizeof out[i]);
		out[i].rc = put_one(&w, &p[i], &out[i], &out[i].err);
		w.at[i] = out[i].rc == 0 && w.batch.count > before ? before : SIZE_MAX;
	}
	store_read_end(w.reader);
	w.reader = NULL;
	if (own_batch_store(&w.batch, e) == -1)
		goto out;
	for (i = 0; i < count; i++) {
		const struct offer_line *line = w.at[i] == SIZE_MAX ? NULL : &w.batch.offer[w.at[i]];

		if (line != NULL && line->reason != REASON_NONE)
			out[i].rc = err_set(&out[i].err, ERR_CONFLICT, "%s", reason_text(line->reason));
	}
	rc = 0;
out:
	store_read_end(w.reader);
	own_batch_clear(&w.batch);
	free(w.at);
	return rc;
}

int
node_put(struct node *n, const struct node_put *p, struct node_put_result *out, struct err *e)
{
	if (node_put_many(n, p, 1, out, e) == -1)
		return -1;
	if (out->rc == -1)
		*e = out->err;
	return out->rc;
}

int
node_delete(struct node *n, const struct ref *ref, struct err *e)
{
	const struct keyring_author *a = keyring_find(n->keys, ref->author);
	struct own_batch b = {0};
	struct reader *r = NULL;
	struct arena arena = {0};
	struct record_draft d = {
		.kind = kind_find(ref->kind), .rid = ref->rid, .deleted = 1, .created = node_now(n),
	};
	char name[REF_CHARS_MAX + 1];
	struct stored was;
	int rc = -1, found;

	if (a == NULL)
		return err_set(e, ERR_FORBIDDEN, "this record belongs to another node: only its author can delete it;"
		    " \"essaim block\" hides it here");
	if (clock_check(n, e) == -1 || store_read(n->store, &r, e) == -1)
		goto out;
	if ((found = store_get(r, ref, &arena, &was, e)) == -1)
		goto out;
	if (found == 0 || was.record.deleted) {
		err_set(e, found ? ERR_GONE : ERR_NOT_FOUND, found ? "already deleted" : "no such record");
		goto out;
	}
	if (d.kind == KIND_UNKNOWN || (kind_info(d.kind)->flags & KIND_NO_TOMBSTONE) != 0) {
		err_set(e, ERR_FORBIDDEN, "a record of this kind cannot be deleted");
		goto out;
	}
	d.updated = was.record.updated + 1 > d.created ? was.record.updated + 1 : d.created;
	d.created = d.updated;
	if (own_batch_init(&b, n, 1, e) == -1 || own_batch_sign(&b, a, &d, e) == -1 ||
	    own_batch_store(&b, e) == -1)
		goto out;
	ref_format(ref, name);
	rc = b.offer[0].reason == REASON_NONE ? store_question_forget(n->store, name, e)
	    : err_set(e, ERR_CONFLICT, "%s", reason_text(b.offer[0].reason));
out:
	store_read_end(r);
	arena_clear(&arena);
	own_batch_clear(&b);
	return rc;
}

/* --- authors --------------------------------------------------------------------------------- */

static int
put_identity(struct node *n, const struct keyring_author *a, const uint8_t next[32], struct err *e)
{
	struct buf content = BUF_INIT(RECORD_BYTES_MAX);
	struct identity_key key = { .from = node_now(n), .until = node_now(n) + IDENTITY_LIFETIME_S };
	struct record_draft d = { .kind = KIND_IDENTITY, .rid = SPAN("self"), .updated = node_now(n),
	    .created = node_now(n) };
	struct own_batch b = {0};
	int rc = -1;

	memcpy(key.key, a->operating_key, 32);
	if (identity_content(&key, 1, next, NULL, 0, &content, e) == -1)
		goto out;
	d.content = buf_span(&content);
	if (own_batch_init(&b, n, 1, e) == -1 || own_batch_sign(&b, a, &d, e) == -1 ||
	    own_batch_store(&b, e) == -1)
		goto out;
	rc = b.offer[0].reason == REASON_NONE ? 0
	    : err_set(e, ERR_INTERNAL, "our own identity was refused: %s", b.offer[0].detail);
out:
	own_batch_clear(&b);
	buf_clear(&content);
	return rc;
}

int
own_author_create(struct node *n, const char *name, const struct keyring_author **out, struct err *e)
{
	uint8_t next[32];

	if (keyring_create(n->keys, name, next, out, e) == -1 ||
	    store_own_author(n->store, (*out)->did, e) == -1 || put_identity(n, *out, next, e) == -1)
		return -1;
	return 0;
}

/* A name for people becomes the first part of a file's name: "Le Papier Buvard" -> "le-papier-buvard". */
static void
short_name(const char *name, char out[41])
{
	size_t n = 0;

	for (; *name != '\0' && n < 40; name++) {
		char c = *name;

		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
			out[n++] = c;
		else if (n > 0 && out[n - 1] != '-' && ((unsigned char)c < 0x80))
			out[n++] = '-';
	}
	while (n > 0 && out[n - 1] == '-')
		n--;
	out[n] = '\0';
}

int
node_author_add(struct node *n, const char *name, char did[DIDKEY_CHARS + 1], struct err *e)
{
	const struct keyring_author *a;
	struct buf content = BUF_INIT(4096);
	struct node_put_result result;
	struct node_put put = { .kind = KIND_TERRITORY };
	char file[41];
	json_t *doc;
	int rc = -1;

	short_name(name, file);
	if (file[0] == '\0')
		return err_set(e, ERR_USAGE, "an author needs a name with some letters a to z");
	if ((doc = json_pack("{s:s}", "name", name)) == NULL)
		return err_set(e, ERR_INPUT, "the name is not UTF-8 text");
	/* the content first: keys once made stay */
	if (clock_check(n, e) == 0 && jcs_emit(doc, &content, e) == 0 &&
	    kind_check(KIND_TERRITORY, buf_span(&content), NULL, e) == 0 &&
	    own_author_create(n, file, &a, e) == 0) {
		put.author = a->did;
		put.content = buf_span(&content);
		memcpy(did, a->did, sizeof a->did);
		if (node_put(n, &put, &result, e) == 0 && node_vouch(n, a->did, 0, -1, e) == 0)
			rc = 0;
	}
	json_decref(doc);
	buf_clear(&content);
	return rc;
}

/* The rid of the vouch for a subject: from its did, so that a second vouch changes the first; a number
 * more for each one taken back, since a name is never used again. */
static int
vouch_rid(struct node *n, const char *did, char rid[RID_CHARS + 1], struct err *e)
{
	struct ref ref = { span_str(keyring_at(n->keys, 0)->did), SPAN("vouch"), { rid, RID_CHARS } };
	struct reader *r;
	uint8_t key[32];
	int turn, rc = 1;

	if (store_read(n->store, &r, e) == -1)
		return -1;
	keyring_derive(n->keys, "vouch", key);
	for (turn = 0; turn < 100 && rc == 1; turn++) {
		struct arena a = {0};
		struct stored was = { .seq = 0 };
		char source[DIDKEY_CHARS + 16];

		snprintf(source, sizeof source, "%.*s %d", DIDKEY_CHARS, did, turn);
		rid_from_source(key, span_str(source), rid);
		rc = store_get(r, &ref, &a, &was, e);
		if (rc == 1 && !was.record.deleted)
			rc = 0;
		arena_clear(&a);
	}
	store_read_end(r);
	return rc == 0 ? 0 : rc == -1 ? -1 : err_set(e, ERR_LIMIT, "vouched and taken back a hundred times");
}

static int
vouch_content(struct node *n, const char *did, int hops, int64_t budget, struct buf *out, struct err *e)
{
	char next[BASE64URL_CHARS(32) + 1];
	struct author_info subject;

	if (buf_addf(out, e, "{\"subject\":\"%s\",\"hops\":%d,\"budget\":%lld", did,
	    hops < 0 ? VOUCH_HOPS_DEFAULT - 1 : hops,
	    (long long)(budget < 0 ? VOUCH_BUDGET_DEFAULT : budget)) == -1)
		return -1;
	if (store_author(n->store, span_str(did), &subject) && subject.has_identity) {
		base64url_encode(subject.identity.next_of[0], 32, next, sizeof next);
		if (buf_addf(out, e, ",\"next\":\"%s\"", next) == -1)
			return -1;
	}
	return buf_addc(out, '}', e);
}

int
node_vouch(struct node *n, const char *did, int hops, int64_t budget, struct err *e)
{
	struct node_put put = { .kind = KIND_VOUCH };
	struct node_put_result result;
	struct buf content = BUF_INIT(1024);
	char rid[RID_CHARS + 1] = "";
	uint8_t key[32];
	int rc = -1;

	if (didkey_parse(span_str(did), key, e) == -1 || author_for(n, NULL, e) == NULL)
		return -1;
	if (strcmp(keyring_at(n->keys, 0)->did, did) == 0)
		return err_set(e, ERR_USAGE, "this is the node's own author: it needs no vouch");
	if (vouch_rid(n, did, rid, e) == 0 && vouch_content(n, did, hops, budget, &content, e) == 0) {
		put.rid = rid;
		put.content = buf_span(&content);
		rc = node_put(n, &put, &result, e);
	}
	buf_clear(&content);
	return rc;
}

struct vouch_search {
	const char *subject;
	char *ref;
};

static int
find_vouch(void *ctx, const struct stored *row, struct err *e)
{
	struct ref ref = { row->record.author, row->record.kind_name, row->record.rid };
	struct vouch_search *s = ctx;
	struct span raw, text;

	(void)e;
	if (!canon_get(row->record.content, "subject", &raw) || !canon_plain(raw, &text) ||
	    !span_is(text, s->subject))
		return 0;
	ref_format(&ref, s->ref);
	return 1;
}

int
node_vouch_find(struct node *n, const char *did, char ref[REF_CHARS_MAX + 1], struct err *e)
{
	struct vouch_search s = { did, ref };
	struct reader *r;
	int rc;

	ref[0] = '\0';
	if (store_read(n->store, &r, e) == -1)
		return -1;
	rc = store_list(r, keyring_at(n->keys, 0)->did, "vouch", 0, find_vouch, &s, e);
	store_read_end(r);
	return rc == -1 ? -1 : ref[0] != '\0';
}

int
node_vouch_standing(struct node *n, const char *did, struct err *e)
{
	struct author_info info = {0};
	char ref[REF_CHARS_MAX + 1];
	int rc = strcmp(did, keyring_at(n->keys, 0)->did) == 0 ? 1 : node_vouch_find(n, did, ref, e);

	if (rc != 0)
		return rc == -1 ? -1 : 0;
	store_author(n->store, span_str(did), &info);
	return node_vouch(n, did, 0, info.live > VOUCH_BUDGET_DEFAULT / 2 ? 2 * info.live : -1, e);
}
