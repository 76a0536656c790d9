/* SPDX-License-Identifier: AGPL-3.0-or-later
 * keyrequest.c - see keyrequest.h. */
#include "node/core/keyrequest.h"

#include <inttypes.h>
#include <string.h>

#include <sodium.h>

#include "proto/canon.h"
#include "proto/didkey.h"
#include "proto/err.h"

/* The identity lies in an object of the request. */
#define REQUEST_LIMITS ((struct canon_limits){ .depth_max = RECORD_DEPTH_MAX + 1, .integers_only = 1 })

/* --- writing --------------------------------------------------------------------------------- */

static int
add_step(const struct keyrequest_step *s, struct buf *out, struct err *e)
{
	char did[DIDKEY_CHARS + 1];
	size_t i;

	if (buf_adds(out, "{\"keys\":[", e) == -1)
		return -1;
	for (i = 0; i < s->key_count; i++) {
		didkey_format(s->key[i].key, did);
		if (buf_addf(out, e, "%s{\"from\":%" PRId64 ",\"key\":\"%s\",\"until\":%" PRId64 "}", i == 0 ? "" : ",",
		    s->key[i].from, did, s->key[i].until) == -1)
			return -1;
	}
	return buf_addf(out, e, "],\"updated\":%" PRId64 "}", s->updated);
}

int
keyrequest_format(const struct keyrequest *q, struct buf *out, struct err *e)
{
	size_t i;

	if (buf_adds(out, "{\"essaim\":\"key-request\",\"identity\":", e) == -1 ||
	    buf_addspan(out, q->record.line, e) == -1 || buf_adds(out, ",\"steps\":[", e) == -1)
		return -1;
	for (i = 0; i < q->step_count; i++)
		if ((i > 0 && buf_addc(out, ',', e) == -1) || add_step(&q->step[i], out, e) == -1)
			return -1;
	return buf_addf(out, e, "],\"succession\":%s}", q->succession ? "true" : "false");
}

/* --- reading --------------------------------------------------------------------------------- */

static int
read_keys(struct span list, struct keyrequest_step *s, struct err *e)
{
	struct canon_iter it;
	struct span v, raw, did;

	canon_array(list, &it);
	while (canon_item(&it, &v)) {
		struct identity_key *k = &s->key[s->key_count];

		if (s->key_count++ == IDENTITY_KEYS_MAX)
			return err_set(e, ERR_INPUT, "more than %d keys", IDENTITY_KEYS_MAX);
		if (!canon_get(v, "key", &raw) || !canon_plain(raw, &did) || didkey_parse(did, k->key, e) == -1 ||
		    !canon_get(v, "from", &raw) || !canon_int(raw, &k->from) || k->from < 0 ||
		    !canon_get(v, "until", &raw) || !canon_int(raw, &k->until) || k->until <= k->from)
			return err_set(e, ERR_INPUT, "a key of it is damaged");
	}
	return 0;
}

static int
read_steps(struct span list, struct keyrequest *out, struct err *e)
{
	struct canon_iter it;
	struct span v, raw, keys;

	canon_array(list, &it);
	while (canon_item(&it, &v)) {
		struct keyrequest_step *s = &out->step[out->step_count];

		if (out->step_count++ == KEYREQUEST_STEPS_MAX)
			return err_set(e, ERR_INPUT, "more than %d steps", KEYREQUEST_STEPS_MAX);
		if (!canon_get(v, "updated", &raw) || !canon_int(raw, &s->updated) ||
		    !canon_get(v, "keys", &keys) || !canon_is_array(keys))
			return err_set(e, ERR_INPUT, "a step of it is damaged");
		if (read_keys(keys, s, e) == -1)
			return -1;
		if (s->updated <= (out->step_count == 1 ? out->record.updated : s[-1].updated))
			return err_set(e, ERR_INPUT, "its steps are not later one than another");
	}
	return out->step_count > 0 ? 0 : err_set(e, ERR_INPUT, "it asks for nothing");
}

int
keyrequest_parse(struct span text, struct keyrequest *out, struct err *e)
{
	struct span raw, name, steps;
	enum reason why;

	memset(out, 0, sizeof *out);
	text = span_trim(text);
	if (text.len > KEYREQUEST_BYTES_MAX)
		return err_set(e, ERR_LIMIT, "longer than a request for keys");
	if (canon_check(text, REQUEST_LIMITS, e) == -1 || !canon_get(text, "essaim", &raw) ||
	    !canon_plain(raw, &name) || !span_is(name, "key-request") || !canon_get(text, "succession", &raw) ||
	    !canon_bool(raw, &out->succession) || !canon_get(text, "steps", &steps) ||
	    !canon_get(text, "identity", &raw))
		return err_set(e, ERR_INPUT, "not a request for keys, as \"essaim key request\" writes it");
	if (record_parse(raw, &out->record, &why, e) == -1 ||
	    identity_read(&out->record, &out->identity, &why, e) == -1)
		return err_wrap(e, "the identity in the request");
	return read_steps(steps, out, e);
}

/* --- signing --------------------------------------------------------------------------------- */

int
keyrequest_check(const struct keyrequest *q, const uint8_t root[64], struct err *e)
{
	char did[DIDKEY_CHARS + 1];
	uint8_t hash[32];
	int is_root = memcmp(root + 32, q->identity.root, 32) == 0, is_next;

	identity_commitment(root + 32, hash);
	is_next = memcmp(hash, q->identity.next, 32) == 0;
	if (q->succession ? is_next : is_root)
		return 0;
	didkey_format(q->identity.root, did);
	if (q->succession)
		return err_set(e, ERR_FORBIDDEN, is_root
		    ? "this is the present root: a succession is signed by the next one, which was made with it"
		    : "this is not the next root that the author committed to: nobody would accept it");
	return err_set(e, ERR_FORBIDDEN, is_next
	    ? "this is the next root; it signs once it has taken over: essaim key succeed"
	    : "this is not the author's root %s", did);
}

int
keyrequest_sign(const struct keyrequest *q, const uint8_t root[64], const uint8_t *next, struct buf *out,
    struct err *e)
{
	struct span chain[IDENTITY_CHAIN_MAX + 1];
	size_t n = identity_chain(&q->record, chain), i;
	int rc = keyrequest_check(q, root, e);

	if (q->succession && rc == 0) {
		if (n == IDENTITY_CHAIN_MAX)
			return err_set(e, ERR_LIMIT, "the author's root was handed on %d times already", IDENTITY_CHAIN_MAX);
		chain[n++] = q->record.line;
	}
	for (i = 0; rc == 0 && i < q->step_count; i++) {
		const struct keyrequest_step *s = &q->step[i];
		struct buf content = BUF_INIT(RECORD_BYTES_MAX);
		struct record_draft d = { .kind = KIND_IDENTITY, .author = q->record.author, .rid = SPAN("self"),
		    .updated = s->updated, .created = s->updated };

		randombytes_buf(d.nonce, sizeof d.nonce);
		rc = identity_content(s->key, s->key_count, q->succession ? next : q->identity.next, chain, n, &content, e);
		d.content = buf_span(&content);
		if (rc == 0 && (rc = record_sign(&d, root, out, e)) == 0)
			rc = buf_addc(out, '\n', e);
		buf_clear(&content);
	}
	return rc;
}
