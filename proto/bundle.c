/* SPDX-License-Identifier: AGPL-3.0-or-later
 * bundle.c - see bundle.h. */
#include "proto/bundle.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "proto/authority.h"
#include "proto/canon.h"
#include "proto/err.h"
#include "proto/jcs.h"
#include "proto/multibase.h"
#include "proto/proof.h"
#include "proto/record.h"

/* What only software that signs nothing writes: a head with white space, or with members in any order.
 * NULL: not even that. */
static json_t *
loose_head(struct span line)
{
	json_t *o = line.len == 0 || line.ptr[0] != '{' || line.len > BUNDLE_HEAD_BYTES_MAX ? NULL :
	    json_loadb(line.ptr, line.len, JSON_REJECT_DUPLICATES, NULL);
	const char *what = json_string_value(json_object_get(o, "essaim"));

	if (what != NULL && strcmp(what, "bundle") == 0)
		return o;
	json_decref(o);
	return NULL;
}

int
bundle_is_head(struct span line)
{
	struct span v;
	json_t *o;

	/* A record, which most first lines are that are no head, is told at a glance. */
	if (line.len > 0 && line.ptr[0] == '{' && canon_get(line, "proof", &v) && !canon_get(line, "essaim", &v))
		return 0;
	o = loose_head(line);
	json_decref(o);
	return o != NULL;
}

void
bundle_id(struct span line, char out[BUNDLE_ID_CHARS + 1])
{
	uint8_t hash[32];

	crypto_hash_sha256(hash, (const unsigned char *)line.ptr, line.len);
	hex_encode(hash, sizeof hash, out, BUNDLE_ID_CHARS + 1);
}

int
bundle_comes_first(struct span line)
{
	struct span v, name;
	enum kind k;

	if (!canon_get(line, "kind", &v) || !canon_plain(v, &name))
		return 0;
	k = kind_find(name);
	return k != KIND_UNKNOWN && (kind_info(k)->flags & KIND_NETWORK) != 0;
}

/* --- reading ----------------------------------------------------------------------------------- */

static int
malformed(const char *member, struct err *e)
{
	return err_set(e, ERR_INPUT, "the bundle's first line is damaged: %s", member);
}

static int
get_text(struct span line, const char *member, char *out, size_t size)
{
	struct buf text = BUF_INIT(1024);
	struct span v;
	struct err e;
	int found = canon_get(line, member, &v) && canon_string(v, &text, &e) == 0;

	text_clip(out, size, found && text.len > 0 ? text.ptr : "");
	buf_clear(&text);
	return found;
}

static int
get_count(struct span object, const char *member, uint64_t max, uint64_t *out)
{
	struct span v;
	int64_t n;

	if (!canon_get(object, member, &v) || !canon_int(v, &n) || n < 0 || (uint64_t)n > max)
		return 0;
	*out = (uint64_t)n;
	return 1;
}

static int
read_piece(struct span item, struct bundle_piece *p)
{
	struct span v, hash;
	uint64_t records;

	if (!get_count(item, "bytes", BATCH_BYTES_MAX, &p->bytes) ||
	    !get_count(item, "records", BATCH_RECORDS_MAX, &records) || !canon_get(item, "sha256", &v) ||
	    !canon_plain(v, &hash) || base64url_decode(hash, p->hash, sizeof p->hash) != (int)sizeof p->hash)
		return 0;
	p->records = (uint32_t)records;
	return records > 0 && p->bytes >= records;
}

static int
read_pieces(struct span line, struct bundle_manifest *m, struct err *e)
{
	struct span list, item;
	struct canon_iter it;
	uint64_t records = 0;

	if (!canon_get(line, "pieces", &list) || !canon_is_array(list))
		return malformed("it lists no pieces", e);
	if ((m->piece = calloc(BUNDLE_PIECES_MAX, sizeof *m->piece)) == NULL)
		return err_memory(e);
	for (canon_array(list, &it); canon_item(&it, &item); m->pieces++) {
		if (m->pieces == BUNDLE_PIECES_MAX || !read_piece(item, &m->piece[m->pieces]))
			return malformed("a piece is not described as it should be", e);
		records += m->piece[m->pieces].records;
	}
	return records == m->records ? 0 : malformed("its pieces are not as many records as it says", e);
}

/* The head that is signed by nobody: 0, nothing in it counts.  1: it claims to be signed. */
static int
read_loose(struct span line, struct bundle_manifest *out, struct err *e)
{
	json_t *o = loose_head(line);
	const char *name = json_string_value(json_object_get(o, "name"));
	int rc = json_object_get(o, "proof") != NULL || json_object_get(o, "pieces") != NULL;

	if (o == NULL)
		rc = malformed("this is no bundle", e);
	else if (json_integer_value(json_object_get(o, "v")) != 1)
		rc = err_set(e, ERR_INPUT, "the bundle is of a version that is not known here: a newer essaim reads it");
	text_clip(out->name, sizeof out->name, name == NULL ? "" : name);
	json_decref(o);
	return rc;
}

int
bundle_read(struct span line, struct bundle_manifest *out, struct err *e)
{
	struct span v, did;
	uint64_t created;
	uint8_t key[32];
	int rc;

	*out = (struct bundle_manifest){ 0 };
	if ((rc = read_loose(line, out, e)) != 1)
		return rc;
	if (canon_check(line, CANON_DOCUMENT, e) == -1)
		return err_wrap(e, "the bundle's first line is damaged");
	out->is_signed = 1;
	if (!canon_get(line, "did", &v) || !canon_plain(v, &did) || didkey_decode(did, key, e) == -1)
		return malformed("it does not say who made it", e);
	memcpy(out->did, did.ptr, did.len);
	get_text(line, "name", out->name, sizeof out->name);
	get_text(line, "since", out->since, sizeof out->since);
	get_text(line, "position", out->position, sizeof out->position);
	if (!get_count(line, "created", (uint64_t)INTEGER_MAX, &created) ||
	    !get_count(line, "records", (uint64_t)INTEGER_MAX, &out->records) ||
	    !get_count(line, "deleted", out->records, &out->deleted))
		return malformed("when it was made, or how much is in it", e);
	out->created = (int64_t)created;
	return read_pieces(line, out, e);
}

void
bundle_release(struct bundle_manifest *m)
{
	free(m->piece);
	m->piece = NULL;
	m->pieces = 0;
}

/* --- its signature -------------------------------------------------------------------------------- */

static int
read_identity(struct span line, const struct bundle_manifest *m, struct identity *out, struct err *e)
{
	enum reason why;
	struct record r;
	struct span v;

	if (!canon_get(line, "identity", &v))
		return err_set(e, ERR_SIGNATURE, "the bundle does not carry its maker's identity");
	if (record_parse(v, &r, &why, e) == -1 || r.kind != KIND_IDENTITY || !span_is(r.author, m->did))
		return err_set(e, ERR_SIGNATURE, "the identity in the bundle is not that of %s", m->did);
	if (identity_read(&r, out, &why, e) == -1) {
		e->code = ERR_SIGNATURE;
		return err_wrap(e, "the identity in the bundle");
	}
	return 0;
}

int
bundle_verify(struct span line, const struct bundle_manifest *m, struct err *e)
{
	struct proof_report report;
	struct identity id;
	char created[21];
	uint8_t key[32];

	if (!m->is_signed)
		return err_set(e, ERR_SIGNATURE, "the bundle is not signed: nobody says who made it");
	if (proof_verify_document(line, &report, e) == -1) {
		e->code = ERR_SIGNATURE;
		return err_wrap(e, "the bundle's first line was changed after it was signed");
	}
	if (read_identity(line, m, &id, e) == -1 || didkey_decode(span_str(report.signer), key, e) == -1)
		return -1;
	timestamp_format(m->created, created);
	if (strcmp(created, report.created) != 0 || !identity_authorises(&id, key, m->created))
		return err_set(e, ERR_SIGNATURE, "the bundle is not signed by %s but by another key", m->did);
	return 0;
}

/* --- writing ---------------------------------------------------------------------------------------- */

static json_t *
pieces_json(const struct bundle_manifest *m)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < m->pieces; i++) {
		char hash[BASE64URL_CHARS(32) + 1];

		base64url_encode(m->piece[i].hash, 32, hash, sizeof hash);
		json_array_append_new(list, json_pack("{s:I, s:I, s:s}", "bytes", (json_int_t)m->piece[i].bytes,
		    "records", (json_int_t)m->piece[i].records, "sha256", hash));
	}
	return list;
}

int
bundle_write(const struct bundle_manifest *m, const char *state, struct span identity,
    const uint8_t sk[64], struct buf *out, struct err *e)
{
	json_t *doc, *id = json_loadb(identity.ptr, identity.len, 0, NULL);
	char created[21];
	int rc;

	timestamp_format(m->created, created);
	doc = json_pack("{s:s, s:i, s:s, s:s, s:I, s:I, s:I, s:s, s:s, s:o, s:o}", "essaim", "bundle", "v", 1,
	    "did", m->did, "name", m->name, "created", (json_int_t)m->created, "records", (json_int_t)m->records,
	    "deleted", (json_int_t)m->deleted, "position", m->position, "state", state, "identity", id,
	    "pieces", pieces_json(m));
	if (doc == NULL || (m->since[0] != '\0' &&
	    json_object_set_new(doc, "since", json_string(m->since)) == -1))
		rc = err_set(e, ERR_INPUT, "the bundle's first line cannot be written");
	else
		rc = proof_sign_document(doc, sk, created, out, e);
	json_decref(doc);
	return rc;
}
