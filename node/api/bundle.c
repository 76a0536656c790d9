/* SPDX-License-Identifier: AGPL-3.0-or-later
 * bundle.c - what the node knows about bundles: where one begins, who signs it, what was sent to whom, and how
 * far one that is being taken in has got.  The files themselves are the command line's.
 *
 * A position is this database's history and a sequence in it: it outlives restarts, which a cursor does not,
 * and means nothing to a database that was restored, which is then said. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "node/api/api.h"
#include "node/api/cursor.h"
#include "node/api/emit.h"
#include "node/core/keyring.h"
#include "node/core/node.h"
#include "node/store/store.h"
#include "proto/bundle.h"
#include "proto/limits.h"
#include "proto/multibase.h"
#include "proto/record.h"
#include "proto/set.h"

#define TO_CHARS_MAX 80
#define KEY_BYTES 400

struct begin {
	struct shelf_filter filter;
	const char *to;
	char key[KEY_BYTES];	/* of the note on what was sent there */
};

static int
read_begin(const struct request *req, struct begin *b, struct err *e)
{
	*b = (struct begin){ .filter = { .author = param_text(req, "author"), .kind = param_text(req, "kind"),
	    .part = param_text(req, "part") }, .to = param_text(req, "to") };
	if (b->to != NULL && strlen(b->to) > TO_CHARS_MAX)
		return err_set(e, ERR_USAGE, "the name of a destination has at most %d characters", TO_CHARS_MAX);
	snprintf(b->key, sizeof b->key, "bundle to %s\n%.100s\n%.100s", b->to == NULL ? "" : b->to,
	    b->filter.author == NULL ? "" : b->filter.author, b->filter.kind == NULL ? "" : b->filter.kind);
	return 0;
}

static void
position_format(const struct node *node, int64_t seq, char out[80])
{
	snprintf(out, 80, "%s.%" PRId64, store_history(node->store), seq);
}

/* --- where to begin ------------------------------------------------------------------------------- */

static int
read_position(const struct node *node, const char *text, int64_t *seq, struct err *e)
{
	struct span rest = span_str(text), history = span_cut(&rest, '.');
	char again[80];

	*seq = 0;
	for (size_t i = 0; i < rest.len && i < 16 && rest.ptr[i] >= '0' && rest.ptr[i] <= '9'; i++)
		*seq = *seq * 10 + (rest.ptr[i] - '0');
	position_format(node, *seq, again);
	if (strcmp(again, text) == 0 && *seq <= store_seq(node->store))
		return 0;
	if (history.len == strlen(store_history(node->store)) && rest.len > 0)
		return err_set(e, ERR_CONFLICT, "that position is of another database: this node was restored since, or it"
		    " is another node; give a date, or export everything");
	return err_set(e, ERR_USAGE, "--since takes a position that an earlier export printed, a date such as"
	    " 2026-11-21, or \"last\"");
}

/* "2026-11-21" or a whole timestamp. */
static int
read_date(const char *text, int64_t *when)
{
	char full[24];

	if (strlen(text) == 10) {
		snprintf(full, sizeof full, "%sT00:00:00Z", text);
		text = full;
	}
	return timestamp_parse(span_str(text), when);
}

static int
read_last(const struct begin *b, struct reader *r, struct arena *a, const char **text, struct err *e)
{
	int n;

	if (b->to == NULL)
		return err_set(e, ERR_USAGE, "\"last\" needs --to NAME: to whom the last one went");
	*text = "";
	n = store_note(r, b->key, a, text, e);
	return n == -1 ? -1 : 0;
}

static int
find_seq(const struct node *node, const struct request *req, const struct begin *b, struct reader *r,
    int64_t *seq, struct err *e)
{
	const char *since = request_query(req, "since");
	int64_t when;

	*seq = 0;
	if (since != NULL && strcmp(since, "last") == 0 && read_last(b, r, req->arena, &since, e) == -1)
		return -1;
	if (since == NULL || *since == '\0' ||
	    cursor_read(span_str(since), store_epoch(node->store), &(struct shelf_filter){ 0 }, seq))
		return 0;
	if (read_date(since, &when))
		return store_seq_at(r, when, seq, e);
	return read_position(node, since, seq, e);
}

int
api_bundle_begin(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	char cursor[CURSOR_CHARS_MAX + 1], position[80] = "";
	struct reader *r = NULL;
	struct begin b;
	int64_t seq;
	struct emit j;
	int rc;

	if (read_begin(req, &b, e) == -1 || store_read(node->store, &r, e) == -1)
		return -1;
	rc = find_seq(node, req, &b, r, &seq, e);
	store_read_end(r);
	if (rc == -1)
		return -1;
	cursor_format(store_epoch(node->store), seq, &b.filter, cursor);
	if (seq > 0)
		position_format(node, seq, position);
	emit_start(&j, &res->body, e);
	emit_object(&j);
	emit_put_text(&j, "cursor", cursor);
	emit_put_text(&j, "since", position);
	emit_object_end(&j);
	emit_line(&j);
	return emit_end(&j);
}

/* --- the head --------------------------------------------------------------------------------------- */

/* What the command line counted: {"records":N,"deleted":N,"pieces":[{"bytes":N,"records":N,"sha256":"..."}]}. */
static int
read_counts(const struct request *req, struct bundle_manifest *m, struct err *e)
{
	json_t *doc = json_loadb(req->body.ptr, req->body.len, JSON_REJECT_DUPLICATES, NULL);
	json_t *pieces = json_object_get(doc, "pieces"), *p;
	size_t i;
	int rc = 0;

	m->records = (uint64_t)json_integer_value(json_object_get(doc, "records"));
	m->deleted = (uint64_t)json_integer_value(json_object_get(doc, "deleted"));
	m->pieces = json_array_size(pieces);
	if (m->pieces > BUNDLE_PIECES_MAX)
		rc = err_set(e, ERR_LIMIT, "more than %d pieces: export in several steps, by --author or --since",
		    BUNDLE_PIECES_MAX);
	else if ((m->piece = arena_alloc(req->arena, (m->pieces + 1) * sizeof *m->piece)) == NULL)
		rc = err_memory(e);
	json_array_foreach(pieces, i, p) {
		const char *hash = json_string_value(json_object_get(p, "sha256"));

		if (rc == -1)
			break;
		m->piece[i].bytes = (uint64_t)json_integer_value(json_object_get(p, "bytes"));
		m->piece[i].records = (uint32_t)json_integer_value(json_object_get(p, "records"));
		if (hash == NULL || base64url_decode(span_str(hash), m->piece[i].hash, 32) != 32)
			rc = err_set(e, ERR_INPUT, "a piece without its sum");
	}
	json_decref(doc);
	return rc;
}

static int
own_identity(struct node *node, struct request const *req, struct stored *out, struct err *e)
{
	const struct keyring_author *a = keyring_count(node->keys) > 0 ? keyring_at(node->keys, 0) : NULL;
	struct reader *r = NULL;
	int n;

	if (a == NULL)
		return err_set(e, ERR_NOT_FOUND, "this node has no author to sign with");
	if (store_read(node->store, &r, e) == -1)
		return -1;
	n = store_get(r, &(struct ref){ span_str(a->did), SPAN("identity"), SPAN("self") }, req->arena, out, e);
	store_read_end(r);
	return n == 0 ? err_set(e, ERR_NOT_FOUND, "this node's own identity is missing: essaim doctor") : n;
}

static int
sign_head(struct node *node, const struct bundle_manifest *m, const char *state, struct span identity,
    struct buf *out, struct err *e)
{
	const uint8_t *sk;
	int rc = -1;

	pthread_rwlock_rdlock(&node->signing);
	if ((sk = keyring_operating(node->keys, keyring_at(node->keys, 0), e)) != NULL)
		rc = bundle_write(m, state, identity, sk, out, e);
	pthread_rwlock_unlock(&node->signing);
	return rc;
}

int
api_bundle_head(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	struct bundle_manifest m = { .created = node_now(node) };
	char state[HEX_CHARS(SET_FINGERPRINT_BYTES) + 1];
	uint8_t fingerprint[SET_FINGERPRINT_BYTES];
	struct stored identity;
	struct begin b;
	int64_t seq;

	if (read_begin(req, &b, e) == -1 || read_counts(req, &m, e) == -1 ||
	    own_identity(node, req, &identity, e) == -1)
		return -1;
	if (!cursor_read(span_str(request_query(req, "cursor")), store_epoch(node->store), &b.filter, &seq))
		return err_set(e, ERR_BUSY, "the node was restarted meanwhile; try again");
	memcpy(m.did, identity.record.author.ptr, DIDKEY_CHARS);
	text_clip(m.name, sizeof m.name, node->config.name);
	text_clip(m.since, sizeof m.since, param_text(req, "since") == NULL ? "" : param_text(req, "since"));
	position_format(node, seq, m.position);
	set_state(store_set(node->store), fingerprint);
	store_set_done(node->store);
	hex_encode(fingerprint, sizeof fingerprint, state, sizeof state);
	res->body.max = BUNDLE_HEAD_BYTES_MAX;
	return sign_head(node, &m, state, identity.record.line, &res->body, e);
}

/* --- notes ------------------------------------------------------------------------------------------- */

static int
print_noted(const char *value, struct response *res, struct err *e)
{
	struct emit j;

	emit_start(&j, &res->body, e);
	emit_object(&j);
	emit_put_text(&j, "noted", value);
	emit_object_end(&j);
	emit_line(&j);
	return emit_end(&j);
}

/* The file is in its place: the next one for that destination begins where this one ends. */
int
api_bundle_sent(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	const char *position;
	struct begin b;
	int64_t seq;

	if (read_begin(req, &b, e) == -1 || param_need(req, "position", &position, e) == -1 ||
	    read_position(node, position, &seq, e) == -1)
		return -1;
	if (b.to == NULL)
		return err_set(e, ERR_USAGE, "to whom?");
	return store_note_put(node->store, b.key, position, e) == -1 ? -1 : print_noted(position, res, e);
}

static int
taken_key(const struct request *req, char out[KEY_BYTES], struct err *e)
{
	uint8_t id[32];
	const char *text;

	if (param_need(req, "id", &text, e) == -1)
		return -1;
	if (hex_decode(span_str(text), id, sizeof id) != (int)sizeof id)
		return err_set(e, ERR_USAGE, "a bundle is known by 64 hexadecimal digits");
	snprintf(out, KEY_BYTES, "bundle taken %s", text);
	return 0;
}

/* How many pieces of a bundle are taken in, as it was noted; 0 for one that was never begun, or finished. */
int
api_bundle_taken(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	const char *value = "0";
	struct reader *r = NULL;
	char key[KEY_BYTES];
	int n;

	if (taken_key(req, key, e) == -1 || store_read(node->store, &r, e) == -1)
		return -1;
	n = store_note(r, key, req->arena, &value, e);
	store_read_end(r);
	return n == -1 ? -1 : print_noted(value, res, e);
}

int
api_bundle_take(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	char key[KEY_BYTES], value[24];
	int64_t pieces;

	if (taken_key(req, key, e) == -1 ||
	    param_int(req, "pieces", 0, BUNDLE_PIECES_MAX, 0, &pieces, e) == -1)
		return -1;
	snprintf(value, sizeof value, "%" PRId64, pieces);
	if (store_note_put(node->store, key, pieces == 0 ? NULL : value, e) == -1)
		return -1;
	return print_noted(value, res, e);
}
