/* SPDX-License-Identifier: AGPL-3.0-or-later
 * blocklist.c - see blocklist.h. */
#include "proto/blocklist.h"

#include <string.h>

#include <jansson.h>

#include "proto/err.h"
#include "proto/limits.h"
#include "proto/proof.h"
#include "proto/record.h"
#include "proto/ref.h"

#define ADDRESS_CHARS_MAX 500

static int
begins(struct span s, const char *with)
{
	size_t n = strlen(with);

	return s.len > n && memcmp(s.ptr, with, n) == 0;
}

/* Printable ASCII without what JSON, lists and queries would have to escape. */
static int
address_ok(struct span what)
{
	size_t i;

	if (what.len > ADDRESS_CHARS_MAX || what.ptr[what.len - 1] == '/')
		return 0;
	for (i = 0; i < what.len; i++)
		if (what.ptr[i] <= ' ' || what.ptr[i] >= 127 || strchr("\"\\,?#", what.ptr[i]) != NULL)
			return 0;
	return 1;
}

int
block_kind(struct span what, enum block_kind *kind, struct err *e)
{
	struct ref ref;
	uint8_t key[32];

	if (begins(what, "http://") || begins(what, "https://")) {
		*kind = BLOCK_NODE;
		return address_ok(what) ? 0 : err_set(e, ERR_INPUT, "an address is blocked without ?, #, comma, or a "
		    "slash at its end, and has %d characters at most", ADDRESS_CHARS_MAX);
	}
	if (what.len > 0 && memchr(what.ptr, '/', what.len) != NULL) {
		*kind = BLOCK_RECORD;
		return ref_parse(what, &ref, e);
	}
	*kind = BLOCK_AUTHOR;
	return didkey_parse(what, key, e);
}

/* --- reading ---------------------------------------------------------------------------------- */

static int
read_entry(struct span raw, struct blocklist_entry *out, struct err *e)
{
	struct canon_iter it;
	struct span key, value;
	unsigned seen = 0;

	*out = (struct blocklist_entry){ .since = 0 };
	for (canon_object(raw, &it); canon_next(&it, &key, &value);) {
		if (span_is(key, "reason") && canon_is_string(value) && value.len <= BLOCKLIST_REASON_BYTES_MAX)
			out->reason = value, seen |= 1;
		else if (span_is(key, "since") && canon_int(value, &out->since) && out->since >= 0)
			seen |= 2;
		else if (span_is(key, "what") && canon_plain(value, &out->what))
			seen |= 4;
		else
			return err_set(e, ERR_INPUT, "\"%.*s\" is no member of an entry, or not as it should be",
			    (int)(key.len < 40 ? key.len : 40), key.ptr);
	}
	if (seen != 7)
		return err_set(e, ERR_INPUT, "an entry has what, reason and since");
	return block_kind(out->what, &out->kind, e);
}

static int
check_entries(struct span blocks, struct blocklist *out, struct err *e)
{
	struct blocklist_entry entry;
	struct canon_iter it;
	struct span raw;

	if (!canon_is_array(blocks))
		return err_set(e, ERR_INPUT, "\"blocks\" is not a list");
	canon_array(blocks, &it);
	out->entries = it;
	while (canon_item(&it, &raw)) {
		if (++out->count > BLOCKLIST_ENTRIES_MAX)
			return err_set(e, ERR_LIMIT, "more than %d entries", BLOCKLIST_ENTRIES_MAX);
		if (read_entry(raw, &entry, e) == -1)
			return err_wrap(e, "entry %zu", out->count);
	}
	return 0;
}

static int
check_members(struct span json, struct blocklist *out, struct err *e)
{
	struct span key, value, text;
	struct canon_iter it;
	unsigned seen = 0;
	uint8_t pub[32];
	int64_t v;

	for (canon_object(json, &it); canon_next(&it, &key, &value);) {
		if (span_is(key, "author") && canon_plain(value, &text) && text.len == DIDKEY_CHARS &&
		    didkey_parse(text, pub, e) == 0)
			memcpy(out->author, text.ptr, text.len), seen |= 1;
		else if (span_is(key, "blocks"))
			seen |= check_entries(value, out, e) == -1 ? 32 : 2;
		else if (span_is(key, "type") && canon_plain(value, &text) && span_is(text, BLOCKLIST_TYPE))
			seen |= 4;
		else if (span_is(key, "v") && canon_int(value, &v) && v == 1)
			seen |= 8;
		else if (!span_is(key, "proof"))
			return err_set(e, ERR_INPUT, "\"%.*s\" is no member of a block list, or not as it should be",
			    (int)(key.len < 40 ? key.len : 40), key.ptr);
		if ((seen & 32) != 0)
			return -1;
	}
	return seen == 15 ? 0 : err_set(e, ERR_INPUT, "a block list has author, blocks, proof, type \""
	    BLOCKLIST_TYPE "\" and v 1");
}

int
blocklist_parse(struct span json, struct blocklist *out, struct err *e)
{
	struct canon_limits lim = CANON_DOCUMENT;
	struct proof_report proof;

	*out = (struct blocklist){ .count = 0 };
	if (json.len > BLOCKLIST_BYTES_MAX)
		return err_set(e, ERR_LIMIT, "a block list has at most %d bytes", BLOCKLIST_BYTES_MAX);
	if (canon_check(json, lim, e) == -1 || check_members(json, out, e) == -1 ||
	    proof_verify_document(json, &proof, e) == -1)
		return err_wrap(e, "block list");
	if (!timestamp_parse(span_str(proof.created), &out->created))
		return err_set(e, ERR_INPUT, "block list: the proof does not say when it was made");
	memcpy(out->signer, proof.pub, sizeof out->signer);
	return 0;
}

int
blocklist_next(struct canon_iter *it, struct blocklist_entry *out)
{
	struct err none;
	struct span raw;

	return canon_item(it, &raw) && read_entry(raw, out, &none) == 0;
}

/* --- writing ---------------------------------------------------------------------------------- */

int
blocklist_sign(const char *author, struct span entries, const uint8_t sk[64], int64_t created, struct buf *out,
    struct err *e)
{
	json_t *blocks = json_loadb(entries.ptr, entries.len, JSON_REJECT_DUPLICATES, NULL);
	json_t *doc = json_pack("{s:s, s:o, s:s, s:i}", "author", author, "blocks", blocks, "type", BLOCKLIST_TYPE,
	    "v", 1);
	char stamp[21];
	int rc;

	if (doc == NULL)
		return err_memory(e);
	timestamp_format(created, stamp);
	rc = proof_sign_document(doc, sk, stamp, out, e);
	json_decref(doc);
	return rc;
}
