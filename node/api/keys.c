/* SPDX-License-Identifier: AGPL-3.0-or-later
 * keys.c - the keys of this node's authors: which there are, what to ask of a root, what it answered.
 *
 * No secret passes here.  The root signs in the command line's process, or on another machine.
 */
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "node/api/api.h"
#include "node/api/emit.h"
#include "node/core/keyring.h"
#include "node/core/node.h"
#include "node/core/rekey.h"
#include "node/store/store.h"
#include "proto/didkey.h"
#include "proto/multibase.h"

/* --- list ------------------------------------------------------------------------------------ */

static int
is_here(const struct keyring *k, const char *name, enum key_role role)
{
	char path[PATH_MAX];
	struct err ignored;

	return keyring_path(k, name, role, path, &ignored) == 0 && access(path, F_OK) == 0;
}

static void
print_identity(struct emit *j, struct node *node, const struct keyring_author *a, const struct identity *id)
{
	char did[DIDKEY_CHARS + 1], next[BASE64URL_CHARS(32) + 1];
	struct err ignored;
	size_t i;

	didkey_format(id->root, did);
	base64url_encode(id->next, 32, next, sizeof next);
	emit_put_text(j, "root", did);
	emit_put_int(j, "generation", (int64_t)id->generation);
	emit_put_text(j, "next", next);
	emit_key(j, "keys");
	emit_array(j);
	for (i = 0; i < id->key_count; i++) {
		const struct identity_key *k = &id->key[i];

		didkey_format(k->key, did);
		emit_object(j);
		emit_put_text(j, "key", did);
		emit_put_int(j, "from", k->from);
		emit_put_int(j, "until", k->until);
		emit_put_bool(j, "here", memcmp(k->key, a->operating_key, 32) == 0);
		emit_put_bool(j, "pending", keyring_is_pending(node->keys, k->key, &ignored) == 1);
		emit_object_end(j);
	}
	emit_array_end(j);
}

static void
print_author(struct emit *j, struct node *node, const struct keyring_author *a)
{
	char did[DIDKEY_CHARS + 1];
	struct author_info info;

	emit_object(j);
	emit_put_text(j, "name", a->name);
	emit_put_text(j, "did", a->did);
	didkey_format(a->operating_key, did);
	emit_put_text(j, "signs_with", did);
	emit_put_bool(j, "locked", a->locked);
	emit_put_bool(j, "root_here", is_here(node->keys, a->name, KEY_ROOT));
	emit_put_bool(j, "next_root_here", is_here(node->keys, a->name, KEY_NEXT_ROOT));
	emit_put_bool(j, "pending", is_here(node->keys, a->name, KEY_PENDING));
	if (store_author(node->store, span_str(a->did), &info) && info.has_identity) {
		emit_put_bool(j, "authorised", identity_authorises(&info.identity, a->operating_key, node_now(node)));
		print_identity(j, node, a, &info.identity);
	}
	emit_object_end(j);
}

int
api_key_list(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	const char *who = param_text(req, "author");
	const struct keyring_author *one = who == NULL ? NULL : keyring_find(node->keys, span_str(who));
	struct emit j;
	size_t i, n = keyring_count(node->keys);

	if (who != NULL && one == NULL)
		return err_set(e, ERR_NOT_FOUND, "no key of %s is here: \"essaim author list\" shows whose are", who);
	emit_start(&j, &res->body, e);
	emit_array(&j);
	pthread_rwlock_rdlock(&node->signing);
	for (i = 0; i < n; i++)
		if (one == NULL || one == keyring_at(node->keys, i))
			print_author(&j, node, keyring_at(node->keys, i));
	pthread_rwlock_unlock(&node->signing);
	emit_array_end(&j);
	emit_line(&j);
	return emit_end(&j);
}

/* --- request --------------------------------------------------------------------------------- */

static int
find_what(const char *name, enum rekey_what *out, struct err *e)
{
	static const char *const what[REKEY__COUNT] = {
		[REKEY_DELEGATE] = "delegate", [REKEY_REVOKE] = "revoke", [REKEY_ROTATE] = "rotate",
		[REKEY_SUCCEED] = "succeed",
	};
	int i;

	for (i = 0; i < REKEY__COUNT; i++)
		if (strcmp(what[i], name) == 0) {
			*out = (enum rekey_what)i;
			return 0;
		}
	return err_set(e, ERR_USAGE, "what is asked is delegate, revoke, rotate or succeed, not \"%s\"", name);
}

int
api_key_request(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	struct rekey_ask ask = { .author = param_text(req, "author"), .name = param_text(req, "name") };
	struct buf line = BUF_INIT(KEYREQUEST_BYTES_MAX);
	const char *what, *key = param_text(req, "key");
	uint8_t pub[32];
	int rc;

	if (param_need(req, "what", &what, e) == -1 || find_what(what, &ask.what, e) == -1 ||
	    (key != NULL && didkey_parse(span_str(key), pub, e) == -1) ||
	    param_int(req, "from", 0, INTEGER_MAX, 0, &ask.from, e) == -1 ||
	    param_int(req, "until", 0, INTEGER_MAX, 0, &ask.until, e) == -1)
		return -1;
	ask.key = key == NULL ? NULL : pub;
	if ((rc = rekey_request(node, &ask, &line, e)) == 0 && (rc = buf_addspan(&res->body, buf_span(&line), e)) == 0)
		rc = buf_addc(&res->body, '\n', e);
	buf_clear(&line);
	return rc;
}

/* --- apply ----------------------------------------------------------------------------------- */

static int
find_others(const char *name, enum rekey_others *out, struct err *e)
{
	if (name != NULL && strcmp(name, "keep") != 0 && strcmp(name, "drop") != 0)
		return err_set(e, ERR_USAGE, "others is keep or drop, not \"%s\"", name);
	*out = name == NULL ? REKEY_ASK : *name == 'k' ? REKEY_KEEP : REKEY_DROP;
	return 0;
}

/* applied false: nothing was done, a person has to choose first; message says so. */
static int
print_done(const struct rekey_done *done, const struct err *why, struct buf *out, struct err *e)
{
	struct span refs = buf_span(&done->refs);
	struct emit j;

	emit_start(&j, out, e);
	emit_object(&j);
	emit_put_bool(&j, "applied", why == NULL);
	emit_put_text(&j, "author", done->author);
	emit_put_int(&j, "generation", (int64_t)done->generation);
	emit_put_int(&j, "resigned", done->resigned);
	emit_put_int(&j, "others", done->others);
	emit_key(&j, "refs");
	emit_array(&j);
	while (refs.len > 0)
		emit_span(&j, span_cut(&refs, '\n'));
	emit_array_end(&j);
	if (why != NULL)
		emit_put_text(&j, "message", why->text);
	emit_object_end(&j);
	emit_line(&j);
	return emit_end(&j);
}

int
api_key_apply(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	enum rekey_others others;
	struct rekey_done done;
	int rc;

	if (find_others(param_text(req, "others"), &others, e) == -1)
		return -1;
	rc = rekey_apply(node, req->body, others, &done, e);
	if (rc == 0 || (done.others > 0 && others == REKEY_ASK)) {
		struct err why = *e;

		rc = print_done(&done, rc == 0 ? NULL : &why, &res->body, e);
	}
	buf_clear(&done.refs);
	return rc;
}
