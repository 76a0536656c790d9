/* SPDX-License-Identifier: AGPL-3.0-or-later
 * record.c - see record.h. */
#include "proto/record.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "proto/canon.h"
#include "proto/didkey.h"
#include "proto/err.h"
#include "proto/jcs.h"
#include "proto/multibase.h"
#include "proto/proof.h"
#include "proto/ref.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* --- time --------------------------------------------------------------------------------- */

/* Days from 1970-01-01 in the proleptic Gregorian calendar, counted in years that start in March so
 * that the leap day is the last of its year. */
static int64_t
days_from_civil(int64_t y, int m, int d)
{
	int64_t year = y - (m <= 2), era = year / 400, of_era = year - era * 400;
	int64_t of_year = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static int
days_in_month(int64_t y, int m)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return days[m - 1] + (m == 2 && y % 4 == 0 && (y % 100 != 0 || y % 400 == 0));
}

static int
two_digits(const char *p)
{
	return p[0] < '0' || p[0] > '9' || p[1] < '0' || p[1] > '9' ? -1 : (p[0] - '0') * 10 + p[1] - '0';
}

int
timestamp_parse(struct span text, int64_t *unix_s)
{
	const char *p = text.ptr;
	int century, y, m, d, hh, mm, ss;

	if (text.len != 20 || p[4] != '-' || p[7] != '-' || p[10] != 'T' || p[13] != ':' ||
	    p[16] != ':' || p[19] != 'Z')
		return 0;
	century = two_digits(p);
	y = two_digits(p + 2);
	m = two_digits(p + 5);
	d = two_digits(p + 8);
	hh = two_digits(p + 11);
	mm = two_digits(p + 14);
	ss = two_digits(p + 17);
	if (century < 0 || y < 0 || m < 1 || m > 12 || hh < 0 || hh > 23 || mm < 0 || mm > 59 ||
	    ss < 0 || ss > 59)
		return 0;
	y += century * 100;
	if (y < 1970 || d < 1 || d > days_in_month(y, m))
		return 0;
	*unix_s = days_from_civil(y, m, d) * DAY_S + hh * 3600 + mm * 60 + ss;
	return 1;
}

#define YEAR_9999_END 253402300799LL

void
timestamp_format(int64_t unix_s, char out[21])
{
	int64_t days, s, y;
	int m = 1, len;

	assert(unix_s >= 0 && unix_s <= YEAR_9999_END);
	days = unix_s / DAY_S;
	s = unix_s % DAY_S;
	y = 1970 + days / 366;	/* never too late; a few steps away at most */
	while (days_from_civil(y + 1, 1, 1) <= days)
		y++;
	days -= days_from_civil(y, 1, 1);
	while (days >= days_in_month(y, m))
		days -= days_in_month(y, m++);
	len = snprintf(out, 21, "%04d-%02d-%02dT%02d:%02d:%02dZ", (int)y % 10000, m % 100,
	    (int)(days + 1) % 100, (int)(s / 3600) % 100, (int)(s / 60 % 60), (int)(s % 60));
	assert(len == 20);
}

int64_t
expiry_day(int64_t expires)
{
	return (expires + DAY_S - 1) / DAY_S * DAY_S;
}

int64_t
record_lifetime_s(enum kind k, int deleted)
{
	/* A retirement deletes what an author wrote, so it must outlive that as a tombstone does. */
	if (deleted || k == KIND_RETIRE)
		return TOMBSTONE_LIFETIME_S;
	return k == KIND_IDENTITY ? IDENTITY_LIFETIME_S : LIVE_LIFETIME_S;
}

/* --- the envelope's members --------------------------------------------------------------- */

static int
is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static int
is_alnum(char c)
{
	return is_alpha(c) || (c >= '0' && c <= '9');
}

/* A BCP 47 tag that begins with a language: 2 to 8 letters, then subtags of 1 to 8 letters or digits,
 * one of a single character never last (RFC 5646 2.1). */
static int
lang_ok(struct span s)
{
	struct span rest = s, part = span_cut(&rest, '-');
	size_t i;

	if (s.len == 0 || s.len > LANG_CHARS_MAX || part.len < 2 || part.len > 8 ||
	    s.ptr[s.len - 1] == '-')
		return 0;
	for (i = 0; i < part.len; i++)
		if (!is_alpha(part.ptr[i]))
			return 0;
	while (rest.len > 0) {
		part = span_cut(&rest, '-');
		if (part.len == 0 || part.len > 8 || (part.len == 1 && rest.len == 0))
			return 0;
		for (i = 0; i < part.len; i++)
			if (!is_alnum(part.ptr[i]))
				return 0;
	}
	return 1;
}

/* An SPDX license identifier: letters, digits, "-" and ".", a letter or digit first. */
static int
license_ok(struct span s)
{
	size_t i;

	if (s.len == 0 || s.len > LICENSE_CHARS_MAX || !is_alnum(s.ptr[0]))
		return 0;
	for (i = 0; i < s.len; i++)
		if (!is_alnum(s.ptr[i]) && s.ptr[i] != '-' && s.ptr[i] != '.')
			return 0;
	return 1;
}

static int
bad(struct err *e, const char *member, const char *why)
{
	return err_set(e, ERR_INPUT, "%s %s", member, why);
}

static int
read_author(struct record *r, struct span v, struct err *e)
{
	if (!canon_plain(v, &r->author))
		return bad(e, "author", "is not a did:key");
	return didkey_decode(r->author, r->author_key, e) == -1 ? err_wrap(e, "author") : 0;
}

static int
read_content(struct record *r, struct span v, struct err *e)
{
	r->content = v;
	return canon_is_object(v) ? 0 : bad(e, "content", "is not an object");
}

static int
read_deleted(struct record *r, struct span v, struct err *e)
{
	r->deleted = 1;
	return span_is(v, "true") ? 0 : bad(e, "deleted", "is there and not true");
}

static int
read_expires(struct record *r, struct span v, struct err *e)
{
	return canon_int(v, &r->expires) ? 0 : bad(e, "expires", "is not an integer");
}

static int
read_kind(struct record *r, struct span v, struct err *e)
{
	if (!canon_plain(v, &r->kind_name) || !ref_kind_ok(r->kind_name))
		return bad(e, "kind", "is not [a-z-]{1,24}");
	r->kind = kind_find(r->kind_name);
	return 0;
}

static int
read_lang(struct record *r, struct span v, struct err *e)
{
	return canon_plain(v, &r->lang) && lang_ok(r->lang) ? 0 :
	    bad(e, "lang", "is not a BCP 47 language tag");
}

static int
read_license(struct record *r, struct span v, struct err *e)
{
	return canon_plain(v, &r->license) && license_ok(r->license) ? 0 :
	    bad(e, "license", "is not an SPDX identifier");
}

static int
read_nonce(struct record *r, struct span v, struct err *e)
{
	uint8_t nonce[NONCE_BYTES];
	struct span s;

	(void)r;
	return canon_plain(v, &s) && base64url_decode(s, nonce, sizeof nonce) == NONCE_BYTES ? 0 :
	    bad(e, "nonce", "is not 16 bytes in base64url");
}

static int
read_rid(struct record *r, struct span v, struct err *e)
{
	return canon_plain(v, &r->rid) && ref_rid_ok(r->rid) ? 0 :
	    bad(e, "rid", "is neither \"self\" nor 16 of [a-z2-7]");
}

static int
read_updated(struct record *r, struct span v, struct err *e)
{
	return canon_int(v, &r->updated) && r->updated >= 0 ? 0 :
	    bad(e, "updated", "is not an integer from 0 up");
}

static int
read_v(struct record *r, struct span v, struct err *e)
{
	(void)r;
	return span_is(v, "1") ? 0 : bad(e, "v", "is not 1");
}

static int
read_created(struct record *r, struct span v, struct err *e)
{
	struct span s;

	return canon_plain(v, &s) && timestamp_parse(s, &r->created) ? 0 :
	    bad(e, "proof.created", "is not YYYY-MM-DDThh:mm:ssZ");
}

static int
read_cryptosuite(struct record *r, struct span v, struct err *e)
{
	(void)r;
	return span_is(v, "\"eddsa-jcs-2022\"") ? 0 : bad(e, "proof.cryptosuite", "is not eddsa-jcs-2022");
}

static int
read_purpose(struct record *r, struct span v, struct err *e)
{
	(void)r;
	return span_is(v, "\"assertionMethod\"") ? 0 : bad(e, "proof.proofPurpose", "is not assertionMethod");
}

static int
read_proof_value(struct record *r, struct span v, struct err *e)
{
	struct span s;

	if (!canon_plain(v, &s))
		return bad(e, "proof.proofValue", "is not a signature in base58btc");
	return proof_value_decode(s, r->signature, e) == -1 ? err_wrap(e, "proof.proofValue") : 0;
}

static int
read_proof_type(struct record *r, struct span v, struct err *e)
{
	(void)r;
	return span_is(v, "\"DataIntegrityProof\"") ? 0 : bad(e, "proof.type", "is not DataIntegrityProof");
}

static int
read_method(struct record *r, struct span v, struct err *e)
{
	struct span s, did;

	if (!canon_plain(v, &s))
		return bad(e, "proof.verificationMethod", "is not did:key:X#X");
	did = (struct span){ s.ptr, s.len < DIDKEY_CHARS ? s.len : DIDKEY_CHARS };
	/* "author" sorts before "proof": most records are signed by their author's own key */
	if (s.len == DIDKEY_URL_CHARS && span_eq(did, r->author) && s.ptr[DIDKEY_CHARS] == '#' &&
	    memcmp(s.ptr + DIDKEY_CHARS + 1, did.ptr + 8, DIDKEY_CHARS - 8) == 0) {
		memcpy(r->signer_key, r->author_key, sizeof r->signer_key);
		return 0;
	}
	return didkey_url_decode(s, r->signer_key, e) == -1 ? err_wrap(e, "proof.verificationMethod") : 0;
}

/* --- the envelope ------------------------------------------------------------------------- */

struct member {
	const char *name;
	int (*read)(struct record *r, struct span value, struct err *e);
};

enum { MEMBER_AUTHOR, MEMBER_CONTENT, MEMBER_DELETED, MEMBER_EXPIRES, MEMBER_KIND, MEMBER_LANG,
	MEMBER_LICENSE, MEMBER_NONCE, MEMBER_PROOF, MEMBER_RID, MEMBER_UPDATED, MEMBER_V };

#define HAS(member) (1u << (member))
#define ALWAYS (HAS(MEMBER_AUTHOR) | HAS(MEMBER_EXPIRES) | HAS(MEMBER_KIND) | HAS(MEMBER_NONCE) | \
	HAS(MEMBER_PROOF) | HAS(MEMBER_RID) | HAS(MEMBER_UPDATED) | HAS(MEMBER_V))

static const struct member proof_member[] = {
	{ "created",		read_created },
	{ "cryptosuite",	read_cryptosuite },
	{ "proofPurpose",	read_purpose },
	{ "proofValue",		read_proof_value },
	{ "type",		read_proof_type },
	{ "verificationMethod",	read_method },
};

/* Members come in the order of the table, because both are sorted: one pass. */
static int
read_members(const struct member *table, size_t count, const char *inside, struct span object,
    struct record *r, unsigned *seen, struct err *e)
{
	struct canon_iter it;
	struct span key, value;
	size_t i = 0;

	canon_object(object, &it);
	for (*seen = 0; canon_next(&it, &key, &value); *seen |= HAS(i++)) {
		while (i < count && !span_is(key, table[i].name))
			i++;
		if (i == count)
			return err_set(e, ERR_INPUT, "a member that no %s has", inside);
		if (table[i].read(r, value, e) == -1)
			return -1;
	}
	return 0;
}

static int
read_proof(struct record *r, struct span v, struct err *e)
{
	unsigned seen;

	if (!canon_is_object(v))
		return bad(e, "proof", "is not an object");
	if (read_members(proof_member, COUNT(proof_member), "proof", v, r, &seen, e) == -1)
		return -1;
	return seen == HAS(COUNT(proof_member)) - 1 ? 0 : bad(e, "proof", "lacks a member");
}

static const struct member envelope_member[] = {
	[MEMBER_AUTHOR]		= { "author",	read_author },
	[MEMBER_CONTENT]	= { "content",	read_content },
	[MEMBER_DELETED]	= { "deleted",	read_deleted },
	[MEMBER_EXPIRES]	= { "expires",	read_expires },
	[MEMBER_KIND]		= { "kind",	read_kind },
	[MEMBER_LANG]		= { "lang",	read_lang },
	[MEMBER_LICENSE]	= { "license",	read_license },
	[MEMBER_NONCE]		= { "nonce",	read_nonce },
	[MEMBER_PROOF]		= { "proof",	read_proof },
	[MEMBER_RID]		= { "rid",	read_rid },
	[MEMBER_UPDATED]	= { "updated",	read_updated },
	[MEMBER_V]		= { "v",	read_v },
};

/* Which of content, lang and license a record of its kind has. */
static int
check_presence(const struct record *r, unsigned seen, struct err *e)
{
	unsigned flags = kind_info(r->kind)->flags;
	unsigned labels = HAS(MEMBER_LANG) | HAS(MEMBER_LICENSE);

	if (r->deleted) {
		if ((flags & KIND_NO_TOMBSTONE) != 0)
			return bad(e, "deleted", "is not for this kind: it cannot be deleted");
		return (seen & (labels | HAS(MEMBER_CONTENT))) == 0 ? 0 :
		    bad(e, "deleted", "goes with neither content, lang nor license");
	}
	if ((seen & HAS(MEMBER_CONTENT)) == 0)
		return bad(e, "content", "is missing");
	if (r->kind == KIND_UNKNOWN)
		return 0;
	if ((flags & KIND_CONTENT) != 0)
		return (seen & labels) == labels ? 0 : bad(e, "lang or license", "is missing");
	return (seen & labels) == 0 ? 0 : bad(e, "lang or license", "is not for this kind");
}

static int
check_times(const struct record *r, struct err *e)
{
	int64_t life = record_lifetime_s(r->kind, r->deleted);

	if (r->created < r->updated)
		return bad(e, "proof.created", "lies before updated");
	if (r->deleted)
		return r->expires == r->created + life ? 0 :
		    err_set(e, ERR_INPUT, "expires of a tombstone is not proof.created + %" PRId64, life);
	if (r->expires <= r->created)
		return bad(e, "expires", "does not lie after proof.created");
	if (r->expires > r->created + life)
		return err_set(e, ERR_INPUT, "expires lies more than %" PRId64 " days after proof.created",
		    life / DAY_S);
	return 0;
}

static int
check_rid(const struct record *r, struct err *e)
{
	int self = r->rid.len != RID_CHARS;

	if (r->kind == KIND_UNKNOWN || self == ((kind_info(r->kind)->flags & KIND_SELF) != 0))
		return 0;
	return bad(e, "rid", self ? "\"self\" is not for this kind" : "of this kind is \"self\"");
}

static int
read_envelope(struct record *r, struct err *e)
{
	unsigned seen;
	size_t i;

	if (!canon_is_object(r->line))
		return err_set(e, ERR_INPUT, "not an object");
	if (read_members(envelope_member, COUNT(envelope_member), "record", r->line, r, &seen, e) == -1)
		return -1;
	for (i = 0; i < COUNT(envelope_member); i++)
		if ((ALWAYS & ~seen & HAS(i)) != 0)
			return bad(e, envelope_member[i].name, "is missing");
	if (check_presence(r, seen, e) == -1 || check_rid(r, e) == -1)
		return -1;
	return check_times(r, e);
}

int
record_parse(struct span line, struct record *r, enum reason *why, struct err *e)
{
	*r = (struct record){ .line = line };
	*why = REASON_SIZE;
	if (line.len > RECORD_BYTES_MAX)
		return err_set(e, ERR_LIMIT, "record is %zu bytes, limit %d", line.len, RECORD_BYTES_MAX);
	*why = REASON_CANONICAL;
	if (line.len == 0)
		return err_set(e, ERR_INPUT, "an empty line");
	if (canon_check(line, CANON_RECORD, e) == -1)
		return -1;
	*why = REASON_ENVELOPE;
	if (read_envelope(r, e) == -1)
		return -1;
	crypto_hash_sha256(r->id, (const unsigned char *)line.ptr, line.len);
	*why = REASON_NONE;
	return 0;
}

int
record_reread(struct span line, const uint8_t id[ID_BYTES], struct record *r, struct err *e)
{
	*r = (struct record){ .line = line };
	memcpy(r->id, id, ID_BYTES);
	return read_envelope(r, e);
}

int
record_verify(const struct record *r)
{
	uint8_t hash[PROOF_HASH_BYTES];
	struct err e = {0};

	return proof_hash_canonical(r->line, hash, &e) == 0 &&
	    proof_verify_hash(hash, r->signature, r->signer_key, &e) == 0;
}

/* --- writing ------------------------------------------------------------------------------ */

/* What a draft's texts must be before they are put between quotes. */
static int
check_draft(const struct record_draft *d, struct err *e)
{
	uint8_t key[32];

	if (d->kind == KIND_UNKNOWN)
		return bad(e, "kind", "is not one that this version can write");
	if (didkey_decode(d->author, key, e) == -1)
		return err_wrap(e, "author");
	if (!ref_rid_ok(d->rid))
		return bad(e, "rid", "is neither \"self\" nor 16 of [a-z2-7]");
	if (d->lang.len > 0 && !lang_ok(d->lang))
		return bad(e, "lang", "is not a BCP 47 language tag");
	if (d->license.len > 0 && !license_ok(d->license))
		return bad(e, "license", "is not an SPDX identifier");
	if (d->created < 0 || d->created > YEAR_9999_END)
		return bad(e, "created", "lies outside the years 1970 to 9999");
	return 0;
}

static int
add_text(struct buf *out, const char *name, struct span text, struct err *e)
{
	if (text.len == 0)
		return 0;
	return buf_addf(out, e, ",\"%s\":\"%.*s\"", name, (int)text.len, text.ptr);
}

static int
add_proof(const struct record_draft *d, const uint8_t pub[32], const char *value, struct buf *out,
    struct err *e)
{
	char method[DIDKEY_URL_CHARS + 1], created[21];

	didkey_url_format(pub, method);
	timestamp_format(d->created, created);
	return buf_addf(out, e, ",\"proof\":{\"created\":\"%s\",\"cryptosuite\":\"eddsa-jcs-2022\","
	    "\"proofPurpose\":\"assertionMethod\",\"proofValue\":\"%s\",\"type\":\"DataIntegrityProof\","
	    "\"verificationMethod\":\"%s\"}", created, value, method);
}

/* The whole line, members in canonical order, with this proofValue. */
static int
write_line(const struct record_draft *d, struct span content, const uint8_t pub[32],
    const char *value, struct buf *out, struct err *e)
{
	char nonce[BASE64URL_CHARS(NONCE_BYTES) + 1];
	int64_t expires = d->expires != 0 ? d->expires :
	    d->created + record_lifetime_s(d->kind, d->deleted);

	base64url_encode(d->nonce, sizeof d->nonce, nonce, sizeof nonce);
	if (buf_addf(out, e, "{\"author\":\"%.*s\"", (int)d->author.len, d->author.ptr) == -1)
		return -1;
	if (d->deleted ? buf_adds(out, ",\"deleted\":true", e) == -1 :
	    buf_adds(out, ",\"content\":", e) == -1 || buf_addspan(out, content, e) == -1)
		return -1;
	if (buf_addf(out, e, ",\"expires\":%" PRId64 ",\"kind\":\"%s\"", expires,
	    kind_info(d->kind)->name) == -1)
		return -1;
	if (add_text(out, "lang", d->lang, e) == -1 || add_text(out, "license", d->license, e) == -1 ||
	    add_text(out, "nonce", span_str(nonce), e) == -1 || add_proof(d, pub, value, out, e) == -1)
		return -1;
	return buf_addf(out, e, ",\"rid\":\"%.*s\",\"updated\":%" PRId64 ",\"v\":1}", (int)d->rid.len,
	    d->rid.ptr, d->updated);
}

int
record_sign(const struct record_draft *d, const uint8_t sk[64], struct buf *out, struct err *e)
{
	struct buf content = BUF_INIT(RECORD_BYTES_MAX), line = BUF_INIT(RECORD_BYTES_MAX);
	char value[PROOF_VALUE_CHARS_MAX + 1];
	uint8_t hash[PROOF_HASH_BYTES], signature[64];
	struct record check;
	enum reason why;
	int rc = -1;

	if (check_draft(d, e) == -1)
		goto out;
	if (!d->deleted && jcs_canonicalize(d->content, &content, e) == -1) {
		err_wrap(e, "content");
		goto out;
	}
	/* the proof's value is cut out of what is signed, so any stands in for it */
	if (write_line(d, buf_span(&content), sk + 32, "z", &line, e) == -1 ||
	    proof_hash_canonical(buf_span(&line), hash, e) == -1)
		goto out;
	crypto_sign_detached(signature, NULL, hash, sizeof hash, sk);
	proof_value_format(signature, value);
	buf_reset(&line);
	if (write_line(d, buf_span(&content), sk + 32, value, &line, e) == -1 ||
	    record_parse(buf_span(&line), &check, &why, e) == -1)
		goto out;
	rc = buf_addspan(out, buf_span(&line), e);
out:
	buf_clear(&content);
	buf_clear(&line);
	return rc;
}
