/* SPDX-License-Identifier: AGPL-3.0-or-later
 * authority.c - see authority.h. */
#include "proto/authority.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include <sodium.h>

#include "proto/canon.h"
#include "proto/didkey.h"
#include "proto/err.h"
#include "proto/multibase.h"
#include "proto/proof.h"

#define HASH_CHARS BASE64URL_CHARS(32)

void
identity_commitment(const uint8_t root[32], uint8_t out[32])
{
	char did[DIDKEY_CHARS + 1];

	didkey_format(root, did);
	crypto_hash_sha256(out, (const unsigned char *)did, DIDKEY_CHARS);
}

static int
commits_to(const uint8_t next[32], const uint8_t root[32])
{
	uint8_t hash[32];

	identity_commitment(root, hash);
	return memcmp(hash, next, sizeof hash) == 0;
}

size_t
identity_chain(const struct record *r, struct span item[IDENTITY_CHAIN_MAX])
{
	struct canon_iter it;
	struct span chain, v;
	size_t n = 0;

	if (!canon_get(r->content, "chain", &chain))
		return 0;
	canon_array(chain, &it);
	while (n < IDENTITY_CHAIN_MAX && canon_item(&it, &v))
		item[n++] = v;
	return n;
}

/* --- reading ------------------------------------------------------------------------------ */

static int
read_next(struct span content, uint8_t next[32], struct err *e)
{
	struct span v, s;

	if (!canon_get(content, "next", &v) || !canon_plain(v, &s) ||
	    base64url_decode(s, next, 32) != 32)
		return err_set(e, ERR_INPUT, "identity: next is not a SHA-256 in base64url");
	return 0;
}

static int
read_key(struct span v, struct identity_key *k, struct err *e)
{
	struct span did, from, until;

	if (!canon_get(v, "key", &did) || !canon_plain(did, &did) ||
	    didkey_decode(did, k->key, e) == -1)
		return err_set(e, ERR_INPUT, "identity: a key is not an Ed25519 did:key");
	if (!canon_get(v, "from", &from) || !canon_int(from, &k->from) || k->from < 0 ||
	    !canon_get(v, "until", &until) || !canon_int(until, &k->until) || k->until <= k->from)
		return err_set(e, ERR_INPUT, "identity: a key lacks its window (from, until in seconds)");
	return 0;
}

static int
read_keys(struct span content, struct identity *out, struct err *e)
{
	struct canon_iter it;
	struct span keys, v;

	if (!canon_get(content, "keys", &keys) || !canon_is_array(keys))
		return err_set(e, ERR_INPUT, "identity: keys is not an array");
	canon_array(keys, &it);
	for (out->key_count = 0; canon_item(&it, &v); out->key_count++) {
		if (out->key_count == IDENTITY_KEYS_MAX)
			return err_set(e, ERR_INPUT, "identity: more than %d keys", IDENTITY_KEYS_MAX);
		if (read_key(v, &out->key[out->key_count], e) == -1)
			return -1;
	}
	return 0;
}

static int
read_shape(const struct record *r, struct identity *out, struct err *e)
{
	struct canon_iter it;
	struct span chain, v;

	if (r->kind != KIND_IDENTITY)
		return err_set(e, ERR_INPUT, "not an identity");
	if (read_keys(r->content, out, e) == -1 || read_next(r->content, out->next, e) == -1)
		return -1;
	if (!canon_get(r->content, "chain", &chain))
		return 0;
	if (!canon_is_array(chain))
		return err_set(e, ERR_INPUT, "identity: chain is not an array");
	canon_array(chain, &it);
	while (canon_item(&it, &v))
		if (out->generation++ == IDENTITY_CHAIN_MAX)
			return err_set(e, ERR_INPUT, "identity: a chain of more than %d",
			    IDENTITY_CHAIN_MAX);
	return out->generation > 0 ? 0 : err_set(e, ERR_INPUT, "identity: an empty chain");
}

/* --- the chain ---------------------------------------------------------------------------- */

/* Append the identity record link with items as the chain of its content: the bytes that its root
 * signed.  Members of content are sorted, and "keys" sorts after "chain", so a place is always found. */
static int
restore_chain(const struct record *link, const struct span *item, size_t count, struct buf *out,
    struct err *e)
{
	struct canon_iter it;
	struct span key, value;
	const char *at = NULL;
	size_t i;

	canon_object(link->content, &it);
	while (at == NULL && canon_next(&it, &key, &value))
		if (utf16_order(key, SPAN("chain")) > 0)
			at = key.ptr - 1;
	assert(at != NULL);
	if (buf_add(out, link->line.ptr, (size_t)(at - link->line.ptr), e) == -1)
		return -1;
	for (i = 0; i < count; i++)
		if (buf_adds(out, i == 0 ? "\"chain\":[" : ",", e) == -1 ||
		    buf_addspan(out, item[i], e) == -1)
			return -1;
	if (count > 0 && buf_adds(out, "],", e) == -1)
		return -1;
	return buf_add(out, at, (size_t)(link->line.ptr + link->line.len - at), e);
}

static int
verify_link(const struct record *link, const struct span *item, size_t count, struct err *e)
{
	char room[RECORD_BYTES_MAX + 1];
	struct buf whole = { .ptr = room, .cap = sizeof room, .max = sizeof room - 1 };
	uint8_t hash[PROOF_HASH_BYTES];

	if (restore_chain(link, item, count, &whole, e) == -1 ||
	    proof_hash_canonical(buf_span(&whole), hash, e) == -1)
		return -1;
	return proof_verify_hash(hash, link->signature, link->signer_key, e);
}

/* Take the next earlier identity: shape, its root's match with the commitment before it. */
static int
read_link(struct span line, size_t place, struct identity *out, struct record *link,
    enum reason *why, struct err *e)
{
	struct identity shape = {0};

	*why = REASON_ENVELOPE;
	if (record_parse(line, link, why, e) == -1 || read_shape(link, &shape, e) == -1)
		goto bad;
	if (shape.generation != 0 || memcmp(link->author_key, out->author, 32) != 0) {
		err_set(e, ERR_INPUT, "not an identity of this author with its own chain left out");
		goto bad;
	}
	*why = REASON_SUCCESSION;
	if (place == 0 ? memcmp(link->signer_key, out->author, 32) != 0 :
	    !commits_to(out->next_of[place - 1], link->signer_key)) {
		err_set(e, ERR_SIGNATURE, "signed by a root that nothing before it announced");
		goto bad;
	}
	memcpy(out->next_of[place], shape.next, 32);
	return 0;
bad:
	if (*why != REASON_SUCCESSION)
		*why = REASON_ENVELOPE;
	return err_wrap(e, "identity: chain[%zu]", place);
}

int
identity_read(const struct record *r, struct identity *out, enum reason *why, struct err *e)
{
	struct span item[IDENTITY_CHAIN_MAX];
	struct record link;
	size_t i, count;

	*out = (struct identity){0};
	*why = REASON_ENVELOPE;
	if (read_shape(r, out, e) == -1)
		return -1;
	memcpy(out->author, r->author_key, 32);
	count = identity_chain(r, item);
	for (i = 0; i < count; i++) {
		if (read_link(item[i], i, out, &link, why, e) == -1)
			return -1;
		*why = REASON_SIGNATURE;
		if (verify_link(&link, item, i, e) == -1)
			return err_wrap(e, "identity: chain[%zu]", i);
	}
	*why = REASON_KEY;
	if (count == 0 && memcmp(r->signer_key, out->author, 32) != 0)
		return err_set(e, ERR_SIGNATURE, "identity: not signed by the author's root");
	*why = REASON_SUCCESSION;
	if (count > 0 && !commits_to(out->next_of[count - 1], r->signer_key))
		return err_set(e, ERR_SIGNATURE, "identity: not signed by the root that its chain announced");
	memcpy(out->root, r->signer_key, 32);
	memcpy(out->next_of[count], out->next, 32);
	*why = REASON_SIGNATURE;
	if (!record_verify(r))
		return err_set(e, ERR_SIGNATURE, "identity: the signature does not hold");
	*why = REASON_NONE;
	return 0;
}

int
identity_may_follow(const struct identity *held, const struct identity *candidate,
    const uint8_t *pinned, enum reason *why, struct err *e)
{
	unsigned g, common;

	*why = REASON_SUCCESSION;
	if (held == NULL && pinned != NULL && memcmp(candidate->next_of[0], pinned, 32) != 0)
		return err_set(e, ERR_CONFLICT, "identity: commits to another next root than its voucher says");
	if (held != NULL) {
		if (memcmp(held->author, candidate->author, 32) != 0)
			return err_set(e, ERR_CONFLICT, "identity: of another author");
		common = held->generation < candidate->generation ? held->generation : candidate->generation;
		for (g = 0; g <= common; g++)
			if (memcmp(held->next_of[g], candidate->next_of[g], 32) != 0)
				return err_set(e, ERR_CONFLICT,
				    "identity: root %u committed to another next root", g);
	}
	*why = REASON_NONE;
	return 0;
}

int
identity_is_root(const struct identity *id, const uint8_t key[32])
{
	return memcmp(id->root, key, 32) == 0;
}

int
identity_authorises(const struct identity *id, const uint8_t key[32], int64_t created)
{
	size_t i;

	if (identity_is_root(id, key))
		return 1;
	for (i = 0; i < id->key_count; i++)
		if (memcmp(id->key[i].key, key, 32) == 0 && created >= id->key[i].from &&
		    created < id->key[i].until)
			return 1;
	return 0;
}

/* --- writing ------------------------------------------------------------------------------ */

/* An identity line with the chain of its content left out. */
static int
add_link(struct span line, struct buf *out, struct err *e)
{
	struct span content, chain, rest = line;

	if (canon_get(line, "content", &content) && canon_get(content, "chain", &chain)) {
		const char *cut = chain.ptr - sizeof "\"chain\":" + 1;
		const char *after = chain.ptr + chain.len;

		/* "keys" follows, so the comma to drop is the one after */
		if (buf_add(out, line.ptr, (size_t)(cut - line.ptr), e) == -1)
			return -1;
		rest = (struct span){ after + 1, (size_t)(line.ptr + line.len - after) - 1 };
	}
	return buf_addspan(out, rest, e);
}

int
identity_content(const struct identity_key *key, size_t key_count, const uint8_t next[32],
    const struct span *chain, size_t chain_count, struct buf *out, struct err *e)
{
	char did[DIDKEY_CHARS + 1], hash[HASH_CHARS + 1];
	size_t i;

	if (key_count > IDENTITY_KEYS_MAX)
		return err_set(e, ERR_LIMIT, "%zu keys, limit %d", key_count, IDENTITY_KEYS_MAX);
	if (chain_count > IDENTITY_CHAIN_MAX)
		return err_set(e, ERR_LIMIT, "%zu earlier identities, limit %d", chain_count,
		    IDENTITY_CHAIN_MAX);
	if (buf_addc(out, '{', e) == -1)
		return -1;
	for (i = 0; i < chain_count; i++)
		if (buf_adds(out, i == 0 ? "\"chain\":[" : ",", e) == -1 ||
		    add_link(chain[i], out, e) == -1)
			return -1;
	if (buf_adds(out, chain_count > 0 ? "],\"keys\":[" : "\"keys\":[", e) == -1)
		return -1;
	for (i = 0; i < key_count; i++) {
		didkey_format(key[i].key, did);
		if (buf_addf(out, e, "%s{\"from\":%" PRId64 ",\"key\":\"%s\",\"until\":%" PRId64 "}",
		    i == 0 ? "" : ",", key[i].from, did, key[i].until) == -1)
			return -1;
	}
	base64url_encode(next, 32, hash, sizeof hash);
	return buf_addf(out, e, "],\"next\":\"%s\"}", hash);
}
