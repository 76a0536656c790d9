/* SPDX-License-Identifier: AGPL-3.0-or-later
 * rekey.c - see rekey.h. */
#include "node/core/rekey.h"

#include <stdlib.h>
#include <string.h>

#include "node/core/keyring.h"
#include "node/core/log.h"
#include "node/core/node.h"
#include "node/core/own.h"
#include "node/core/tend.h"
#include "node/store/store.h"
#include "proto/err.h"

#define REFS_SHOWN	20
#define RESIGN_BATCH	500

/* --- asking ---------------------------------------------------------------------------------- */

static struct identity_key *
find_key(struct keyrequest_step *s, const uint8_t key[32])
{
	size_t i;

	for (i = 0; i < s->key_count; i++)
		if (memcmp(s->key[i].key, key, 32) == 0)
			return &s->key[i];
	return NULL;
}

/* List a key, or give it another window. */
static int
list_key(struct keyrequest_step *s, const uint8_t key[32], int64_t from, int64_t until, struct err *e)
{
	struct identity_key *k = find_key(s, key);

	if (k == NULL && s->key_count == IDENTITY_KEYS_MAX)
		return err_set(e, ERR_LIMIT, "the identity lists %d keys already: revoke one first", IDENTITY_KEYS_MAX);
	if (k == NULL)
		k = &s->key[s->key_count++];
	memcpy(k->key, key, 32);
	k->from = from;
	k->until = until;
	return 0;
}

static void
strike_key(struct keyrequest_step *s, const uint8_t key[32])
{
	struct identity_key *k = find_key(s, key);

	if (k != NULL)
		*k = s->key[--s->key_count];
}

/* What is asked, and of whom. */
struct asking {
	const struct rekey_ask *ask;
	const struct keyring_author *own;	/* NULL: no key of the author is here yet */
	const char *did, *name;
	int64_t from, until;
};

static int
new_key(struct node *n, const struct asking *a, struct keyrequest_step *s, struct err *e)
{
	uint8_t pub[32];

	if (keyring_pending(n->keys, a->name, a->did, pub, e) == -1)
		return -1;
	return list_key(s, pub, a->from, a->until, e);
}

static int
ask_revoke(const struct asking *a, struct keyrequest *q, struct err *e)
{
	if (a->ask->key == NULL || find_key(&q->step[0], a->ask->key) == NULL)
		return err_set(e, ERR_NOT_FOUND, "the identity lists no such key: \"essaim key list\" shows them");
	if (a->own != NULL && memcmp(a->own->operating_key, a->ask->key, 32) == 0)
		return err_set(e, ERR_CONFLICT, "this node signs with that key: \"essaim key rotate\" gives it another one"
		    " and takes this one back");
	strike_key(&q->step[0], a->ask->key);
	return 0;
}

/* First both keys, so that all can be signed again, then the new one without the old. */
static int
ask_rotate(struct node *n, const struct asking *a, struct keyrequest *q, struct err *e)
{
	if (a->own == NULL)
		return err_set(e, ERR_CONFLICT, "no key of this author is here to be replaced: ask for one by delegate");
	if (new_key(n, a, &q->step[0], e) == -1)
		return -1;
	q->step[1] = q->step[0];
	strike_key(&q->step[1], a->own->operating_key);
	q->step_count = 2;
	return 0;
}

static int
fill_steps(struct node *n, const struct asking *a, struct keyrequest *q, struct err *e)
{
	switch (a->ask->what) {
	case REKEY_DELEGATE:
		return a->ask->key != NULL ? list_key(&q->step[0], a->ask->key, a->from, a->until, e)
		    : new_key(n, a, &q->step[0], e);
	case REKEY_REVOKE:
		return ask_revoke(a, q, e);
	case REKEY_ROTATE:
		return ask_rotate(n, a, q, e);
	case REKEY_SUCCEED:
	case REKEY__COUNT:
		break;
	}
	q->succession = 1;
	return a->own == NULL ? new_key(n, a, &q->step[0], e) : 0;
}

static int
find_author(struct node *n, const struct rekey_ask *ask, struct asking *out, struct err *e)
{
	*out = (struct asking){ .ask = ask, .from = ask->from > 0 ? ask->from : node_now(n) };
	out->until = ask->until > 0 ? ask->until : out->from + IDENTITY_LIFETIME_S;
	if (out->until <= out->from)
		return err_set(e, ERR_USAGE, "a key's window ends after it begins");
	out->own = ask->author == NULL ? keyring_at(n->keys, 0) : keyring_find(n->keys, span_str(ask->author));
	if (out->own != NULL) {
		out->did = out->own->did;
		out->name = out->own->name;
		return 0;
	}
	if (ask->author == NULL || ask->name == NULL || strncmp(ask->author, "did:key:", 8) != 0)
		return err_set(e, ERR_NOT_FOUND, "no key of %s is here; to ask its root for one, name it by its did and"
		    " say what it is to be called here (--name)", ask->author == NULL ? "any author" : ask->author);
	if (keyring_name_ok(ask->name, e) == -1)	/* its key file will be called so */
		return -1;
	if (keyring_find(n->keys, span_str(ask->name)) != NULL)
		return err_set(e, ERR_CONFLICT, "there is an author \"%s\" already", ask->name);
	out->did = ask->author;
	out->name = ask->name;
	return 0;
}

/* The identity that stands; the arena holds its line. */
static int
standing_identity(struct node *n, const char *did, struct arena *a, struct keyrequest *q, struct err *e)
{
	struct ref ref = { span_str(did), SPAN("identity"), SPAN("self") };
	struct reader *r = NULL;
	struct stored found;
	enum reason why;
	int rc;

	if (store_read(n->store, &r, e) == -1)
		return -1;
	rc = store_get(r, &ref, a, &found, e);
	store_read_end(r);
	if (rc != 1)
		return rc == -1 ? -1 : err_set(e, ERR_NOT_FOUND, "the identity of %s is not here yet: exchange with a peer"
		    " that has it first", did);
	q->record = found.record;
	return identity_read(&q->record, &q->identity, &why, e);
}

int
rekey_request(struct node *n, const struct rekey_ask *ask, struct buf *out, struct err *e)
{
	struct keyrequest q = { .step_count = 1 };
	struct arena arena = {0};
	struct asking a;
	int64_t now = node_now(n);
	int rc = -1;

	if (clock_check(n, e) == -1 || find_author(n, ask, &a, e) == -1 ||
	    standing_identity(n, a.did, &arena, &q, e) == -1)
		goto out;
	memcpy(q.step[0].key, q.identity.key, sizeof q.identity.key);
	q.step[0].key_count = q.identity.key_count;
	if (fill_steps(n, &a, &q, e) == -1)
		goto out;
	q.step[0].updated = now > q.record.updated ? now : q.record.updated + 1;
	q.step[1].updated = q.step[0].updated + 1;
	rc = keyrequest_format(&q, out, e);
out:
	arena_clear(&arena);
	return rc;
}

/* --- the root's answer ----------------------------------------------------------------------- */

struct answer {
	struct offer_line line[KEYREQUEST_STEPS_MAX];
	size_t count;
	struct identity last;			/* what will hold in the end */
	struct span author;
};

static int
read_answer(struct span text, struct answer *out, struct err *e)
{
	struct span line;
	enum reason why;

	memset(out, 0, sizeof *out);
	while (text.len > 0) {
		struct offer_line *l = &out->line[out->count];

		if ((line = span_trim(span_cut(&text, '\n'))).len == 0)
			continue;
		if (out->count++ == KEYREQUEST_STEPS_MAX)
			return err_set(e, ERR_INPUT, "more than %d lines: not what \"essaim key sign\" writes",
			    KEYREQUEST_STEPS_MAX);
		if (record_parse(line, &l->record, &why, e) == -1 || identity_read(&l->record, &out->last, &why, e) == -1)
			return err_wrap(e, "line %zu", out->count);
		if (out->count > 1 && !span_eq(out->author, l->record.author))
			return err_set(e, ERR_INPUT, "identities of two authors");
		out->author = l->record.author;
		l->signature = SIGNATURE_HOLDS;
	}
	return out->count > 0 ? 0 : err_set(e, ERR_INPUT, "no signed identity: give what \"essaim key sign\" wrote");
}

/* --- signing again --------------------------------------------------------------------------- */

struct resigning {
	struct node *node;
	const struct keyring_author *author;
	const struct identity *last;
	enum rekey_others others;
	struct own_batch batch;
	int64_t now;
	struct rekey_done *done;
	size_t shown;
};

/* Will it be authorised in the end?  Identities are judged by themselves, retirements need the root. */
static int
stays(const struct resigning *w, const struct record *r)
{
	return r->kind == KIND_IDENTITY || r->kind == KIND_RETIRE || r->kind == KIND_UNKNOWN ||
	    identity_authorises(w->last, r->signer_key, r->created);
}

static int
is_other(const struct resigning *w, const struct stored *row)
{
	return row->peer != NULL || row->record.expires <= w->now;
}

static int
count_other(void *ctx, const struct stored *row, struct err *e)
{
	struct resigning *w = ctx;
	struct ref ref = { row->record.author, row->record.kind_name, row->record.rid };
	char name[REF_CHARS_MAX + 1];

	if (stays(w, &row->record) || !is_other(w, row))
		return 0;
	w->done->others++;
	if (w->shown++ >= REFS_SHOWN)
		return 0;
	ref_format(&ref, name);
	return buf_addf(&w->done->refs, e, "%s\n", name);
}

static int
flush(struct resigning *w, struct err *e)
{
	size_t i;

	if (own_batch_store(&w->batch, e) == -1)
		return -1;
	for (i = 0; i < w->batch.count; i++)
		if (w->batch.offer[i].reason != REASON_NONE && w->batch.offer[i].reason != REASON_SUPERSEDED)
			return err_set(e, ERR_INTERNAL, "a record signed again was refused: %s", w->batch.offer[i].detail);
	w->done->resigned += (int64_t)w->batch.count;
	own_batch_clear(&w->batch);
	return own_batch_init_alone(&w->batch, w->node, RESIGN_BATCH, e);
}

static int
resign_row(void *ctx, const struct stored *row, struct err *e)
{
	struct resigning *w = ctx;
	const struct record *r = &row->record;
	struct record_draft d = {
		.kind = r->kind, .rid = r->rid, .lang = r->lang, .license = r->license, .content = r->content,
		.deleted = r->deleted, .updated = r->updated, .created = w->now > r->created ? w->now : r->created + 1,
	};

	if (stays(w, r) || (w->others != REKEY_KEEP && is_other(w, row)))
		return 0;
	if (r->deleted && r->expires <= w->now)
		return 0;
	if (own_batch_sign(&w->batch, w->author, &d, e) == -1)
		return -1;
	return w->batch.count == RESIGN_BATCH ? flush(w, e) : 0;
}

static int
walk(struct resigning *w, visit_fn *visit, struct err *e)
{
	struct reader *r = NULL;
	int rc;

	if (store_read(w->node->store, &r, e) == -1)
		return -1;
	rc = store_list(r, w->done->author, NULL, 1, visit, w, e);
	store_read_end(r);
	return rc;
}

static int
resign(struct resigning *w, struct err *e)
{
	int rc = own_batch_init_alone(&w->batch, w->node, RESIGN_BATCH, e);

	if (rc == 0 && (rc = walk(w, resign_row, e)) == 0)
		rc = flush(w, e);
	own_batch_clear(&w->batch);
	return rc;
}

/* --- applying -------------------------------------------------------------------------------- */

/* Publish; one that is here already, or was overtaken by its successor, is no failure. */
static int
publish(struct node *n, struct offer_line *line, size_t count, struct err *e)
{
	size_t i;

	if (count == 0)
		return 0;
	if (store_offer(n->store, line, count, NULL, e) == -1)
		return -1;
	for (i = 0; i < count; i++)
		if (line[i].reason != REASON_NONE && line[i].reason != REASON_DUPLICATE &&
		    line[i].reason != REASON_SUPERSEDED)
			return err_set(e, ERR_CONFLICT, "the signed identity is refused: %s", line[i].detail);
	return 0;
}

/* The key that this node will sign with: one that waits for just this answer, else the one it has. */
static int
choose_signer(struct node *n, const struct answer *a, int64_t now, uint8_t out[32], struct err *e)
{
	const struct keyring_author *own = keyring_find(n->keys, a->author);
	size_t i;

	for (i = 0; i < a->last.key_count; i++) {
		int rc = keyring_is_pending(n->keys, a->last.key[i].key, e);

		if (rc == 1)
			memcpy(out, a->last.key[i].key, 32);
		if (rc != 0)
			return rc == 1 ? 0 : -1;
	}
	if (own == NULL || !identity_authorises(&a->last, own->operating_key, now))
		return err_set(e, ERR_CONFLICT, "the signed identity lists no key that is here: what this node signs for the"
		    " author would be refused");
	memcpy(out, own->operating_key, 32);
	return 0;
}

static int
is_listed(struct node *n, const struct answer *a, const uint8_t key[32], int64_t now)
{
	struct author_info info;

	return store_author(n->store, a->author, &info) && info.has_identity &&
	    identity_authorises(&info.identity, key, now);
}

static int
apply(struct resigning *w, struct answer *a, struct err *e)
{
	struct node *n = w->node;
	struct offer_line *last = &a->line[a->count - 1];
	uint8_t signer[32];

	if (choose_signer(n, a, w->now, signer, e) == -1 || walk(w, count_other, e) == -1)
		return -1;
	if (w->done->others > 0 && w->others == REKEY_ASK)
		return err_set(e, ERR_CONFLICT, "%lld records signed by a key that goes were not written on this node, or have"
		    " lapsed: say what becomes of them, --keep-others (they are yours: a restored backup, another machine)"
		    " or --drop-others (a thief may have written them)", (long long)w->done->others);
	if (publish(n, a->line, a->count - 1, e) == -1)
		return -1;
	/* No key signs before the identity lists it. */
	if (!is_listed(n, a, signer, w->now) && publish(n, last, 1, e) == -1)
		return -1;
	if (keyring_promote(n->keys, signer, e) == -1)
		return -1;
	w->author = keyring_find(n->keys, a->author);
	if (store_own_author(n->store, w->author->did, e) == -1 || resign(w, e) == -1)
		return -1;
	return publish(n, last, 1, e);
}

int
rekey_apply(struct node *n, struct span lines, enum rekey_others others, struct rekey_done *out, struct err *e)
{
	struct resigning w = { .node = n, .others = others, .now = node_now(n), .done = out };
	struct answer a;
	int rc;

	memset(out, 0, sizeof *out);
	out->refs = (struct buf)BUF_INIT(REFS_SHOWN * (REF_CHARS_MAX + 2));
	if (clock_check(n, e) == -1 || read_answer(lines, &a, e) == -1)
		return -1;
	memcpy(out->author, a.author.ptr, a.author.len);
	out->generation = a.last.generation;
	w.last = &a.last;
	pthread_rwlock_wrlock(&n->signing);
	rc = apply(&w, &a, e);
	pthread_rwlock_unlock(&n->signing);
	if (rc == 0)
		log_line(n->log, LEVEL_INFO, "keys", "changed", "author", out->author, "resigned",
		    LOG_NUM(out->resigned), NULL);
	return rc;
}
