/* SPDX-License-Identifier: AGPL-3.0-or-later
 * record_test.c - every rule of the envelope broken one by one, and no way to change a signed record. */
#include "tests/unit/author.h"

#include "proto/canon.h"

#define LINE_MAX_BYTES (RECORD_BYTES_MAX + 64)

/* The line with the first occurrence of from replaced by to; without it, the test is wrong. */
static struct span
patch(struct span line, const char *from, const char *to, char out[LINE_MAX_BYTES])
{
	const char *at = memmem(line.ptr, line.len, from, strlen(from));
	size_t head, tail;

	if (at == NULL)
		fail_msg("nothing to patch: %s", from);
	head = (size_t)(at - line.ptr);
	tail = line.len - head - strlen(from);
	memcpy(out, line.ptr, head);
	memcpy(out + head, to, strlen(to));
	memcpy(out + head + strlen(to), at + strlen(from), tail);
	return (struct span){ out, head + strlen(to) + tail };
}

struct broken {
	const char *why;
	const char *from, *to;
	enum reason reason;
	const char *says;	/* part of the message */
};

#define RID "\"rid\":\"k3v2abcdefghijkl\""
#define NONCE "\"nonce\":\"BwcHAAAAAAAAAAAAAAAAAA\""
#define EXPIRES "\"expires\":1829815200"

static const struct broken initiative_table[] = {
	/* the shape */
	{ "white space", "{\"author\"", "{ \"author\"", REASON_CANONICAL, "white space" },
	{ "an unknown member at the top", ",\"v\":1", ",\"v\":1,\"z\":1", REASON_ENVELOPE, "no record has" },
	{ "an unknown member before all others", "{\"author\"", "{\"@context\":[],\"author\"",
	    REASON_ENVELOPE, "no record has" },
	{ "a member twice", ",\"v\":1", ",\"v\":1,\"v\":1", REASON_CANONICAL, "twice" },
	{ "members out of order", "{\"author\"", "{\"b\":1,\"author\"", REASON_CANONICAL, "order" },
	/* v */
	{ "another version", "\"v\":1", "\"v\":2", REASON_ENVELOPE, "v is" },
	{ "version as text", "\"v\":1", "\"v\":\"1\"", REASON_ENVELOPE, "v is" },
	{ "no version", ",\"v\":1", "", REASON_ENVELOPE, "v is missing" },
	/* kind */
	{ "kind in capitals", "\"kind\":\"initiative\"", "\"kind\":\"Initiative\"", REASON_ENVELOPE, "kind" },
	{ "empty kind", "\"kind\":\"initiative\"", "\"kind\":\"\"", REASON_ENVELOPE, "kind" },
	{ "kind of 25 characters", "\"kind\":\"initiative\"", "\"kind\":\"abcdefghijklmnopqrstuvwxy\"",
	    REASON_ENVELOPE, "kind" },
	{ "kind with a digit", "\"kind\":\"initiative\"", "\"kind\":\"initiative2\"", REASON_ENVELOPE, "kind" },
	{ "kind not text", "\"kind\":\"initiative\"", "\"kind\":1", REASON_ENVELOPE, "kind" },
	{ "no kind", "\"kind\":\"initiative\",", "", REASON_ENVELOPE, "kind is missing" },
	/* author */
	{ "author of another method", "\"author\":\"did:key:", "\"author\":\"did:web:", REASON_ENVELOPE,
	    "author" },
	{ "author one character short", "{\"author\":\"did:key:z6M", "{\"author\":\"did:key:z6", REASON_ENVELOPE,
	    "author" },
	{ "author that is no text", "{\"author\":\"", "{\"author\":1,\"b\":\"", REASON_ENVELOPE, "author" },
	/* rid */
	{ "rid with a digit base32 lacks", RID, "\"rid\":\"k3v9abcdefghijkl\"", REASON_ENVELOPE, "rid" },
	{ "rid of 15", RID, "\"rid\":\"k3v2abcdefghijk\"", REASON_ENVELOPE, "rid" },
	{ "rid of 17", RID, "\"rid\":\"k3v2abcdefghijklm\"", REASON_ENVELOPE, "rid" },
	{ "rid in capitals", RID, "\"rid\":\"K3V2ABCDEFGHIJKL\"", REASON_ENVELOPE, "rid" },
	{ "rid self on a kind of many", RID, "\"rid\":\"self\"", REASON_ENVELOPE, "not for this kind" },
	{ "no rid", RID ",", "", REASON_ENVELOPE, "rid is missing" },
	/* updated */
	{ "updated below zero", "\"updated\":1795255200", "\"updated\":-1", REASON_ENVELOPE, "updated" },
	{ "updated as text", "\"updated\":1795255200", "\"updated\":\"1795255200\"", REASON_ENVELOPE, "updated" },
	{ "updated with a fraction", "\"updated\":1795255200", "\"updated\":1795255200.5", REASON_CANONICAL,
	    "integer" },
	{ "updated beyond 2^53", "\"updated\":1795255200", "\"updated\":9007199254740993", REASON_CANONICAL,
	    "2^53" },
	{ "updated after created", "\"updated\":1795255200", "\"updated\":1795255201", REASON_ENVELOPE,
	    "before updated" },
	{ "no updated", "\"updated\":1795255200,", "", REASON_ENVELOPE, "updated is missing" },
	/* expires */
	{ "expires when signed", EXPIRES, "\"expires\":1795255200", REASON_ENVELOPE, "after proof.created" },
	{ "a second past 400 days", EXPIRES, "\"expires\":1829815201", REASON_ENVELOPE, "400 days" },
	{ "expires as text", EXPIRES, "\"expires\":\"never\"", REASON_ENVELOPE, "expires" },
	{ "expires null", EXPIRES, "\"expires\":null", REASON_ENVELOPE, "expires" },
	{ "no expires", EXPIRES ",", "", REASON_ENVELOPE, "expires is missing" },
	/* nonce */
	{ "nonce one byte short", NONCE, "\"nonce\":\"BwcHAAAAAAAAAAAAAAAA\"", REASON_ENVELOPE, "nonce" },
	{ "nonce one byte long", NONCE, "\"nonce\":\"BwcHAAAAAAAAAAAAAAAAAAA\"", REASON_ENVELOPE, "nonce" },
	{ "nonce padded", NONCE, "\"nonce\":\"BwcHAAAAAAAAAAAAAAAAAA==\"", REASON_ENVELOPE, "nonce" },
	{ "nonce with bits past its end", NONCE, "\"nonce\":\"BwcHAAAAAAAAAAAAAAAAAB\"", REASON_ENVELOPE,
	    "nonce" },
	{ "nonce in plain base64", NONCE, "\"nonce\":\"Bwc/AAAAAAAAAAAAAAAAAA\"", REASON_ENVELOPE, "nonce" },
	{ "no nonce", NONCE ",", "", REASON_ENVELOPE, "nonce is missing" },
	/* lang, license */
	{ "lang of one letter", "\"lang\":\"fr\"", "\"lang\":\"f\"", REASON_ENVELOPE, "lang" },
	{ "lang with underscore", "\"lang\":\"fr\"", "\"lang\":\"fr_FR\"", REASON_ENVELOPE, "lang" },
	{ "lang ending in a hyphen", "\"lang\":\"fr\"", "\"lang\":\"fr-\"", REASON_ENVELOPE, "lang" },
	{ "lang ending in a singleton", "\"lang\":\"fr\"", "\"lang\":\"fr-x\"", REASON_ENVELOPE, "lang" },
	{ "lang with an empty subtag", "\"lang\":\"fr\"", "\"lang\":\"fr--FR\"", REASON_ENVELOPE, "lang" },
	{ "lang with a subtag of nine", "\"lang\":\"fr\"", "\"lang\":\"fr-abcdefghi\"", REASON_ENVELOPE, "lang" },
	{ "lang that begins with digits", "\"lang\":\"fr\"", "\"lang\":\"12\"", REASON_ENVELOPE, "lang" },
	{ "lang of 36", "\"lang\":\"fr\"", "\"lang\":\"fr-abcdefgh-abcdefgh-abcdefgh-abcdefg\"",
	    REASON_ENVELOPE, "lang" },
	{ "no lang", "\"lang\":\"fr\",", "", REASON_ENVELOPE, "lang" },
	{ "license an expression", "\"license\":\"etalab-2.0\"", "\"license\":\"MIT OR ISC\"", REASON_ENVELOPE,
	    "license" },
	{ "license empty", "\"license\":\"etalab-2.0\"", "\"license\":\"\"", REASON_ENVELOPE, "license" },
	{ "license that begins with a dot", "\"license\":\"etalab-2.0\"", "\"license\":\".x\"", REASON_ENVELOPE,
	    "license" },
	{ "no license", "\"license\":\"etalab-2.0\",", "", REASON_ENVELOPE, "license" },
	/* content */
	{ "content an array", "\"content\":{", "\"content\":[],\"d\":{", REASON_ENVELOPE, "content" },
	{ "content null", "\"content\":{\"name\":\"Jardin partag\303\251\"}", "\"content\":null", REASON_ENVELOPE,
	    "content" },
	{ "no content", "\"content\":{\"name\":\"Jardin partag\303\251\"},", "", REASON_ENVELOPE, "content" },
	{ "a fraction in content", "\"name\":\"Jardin partag\303\251\"", "\"name\":0.5", REASON_CANONICAL,
	    "integer" },
	{ "deleted false", EXPIRES, "\"deleted\":false," EXPIRES, REASON_ENVELOPE, "deleted" },
	{ "deleted with content", EXPIRES, "\"deleted\":true," EXPIRES, REASON_ENVELOPE, "deleted" },
	/* proof */
	{ "proof an array", "\"proof\":{", "\"proof\":[],\"q\":{", REASON_ENVELOPE, "proof" },
	{ "an unknown member of proof", "\"type\":\"Data", "\"domain\":\"x\",\"type\":\"Data", REASON_CANONICAL,
	    "order" },
	{ "a challenge in proof", "\"proof\":{", "\"proof\":{\"challenge\":\"x\",", REASON_ENVELOPE,
	    "no proof has" },
	{ "a context in proof", "\"proof\":{", "\"proof\":{\"@context\":[],", REASON_ENVELOPE, "no proof has" },
	{ "another suite", "eddsa-jcs-2022", "eddsa-rdfc-2022", REASON_ENVELOPE, "cryptosuite" },
	{ "another purpose", "assertionMethod", "authentication", REASON_ENVELOPE, "proofPurpose" },
	{ "another type", "DataIntegrityProof", "Ed25519Signature", REASON_ENVELOPE, "type" },
	{ "no type", "\"type\":\"DataIntegrityProof\",", "", REASON_ENVELOPE, "proof lacks" },
	{ "no suite", "\"cryptosuite\":\"eddsa-jcs-2022\",", "", REASON_ENVELOPE, "proof lacks" },
	{ "no created", "\"created\":\"2026-11-21T10:00:00Z\",", "", REASON_ENVELOPE, "proof lacks" },
	{ "created with an offset", "T10:00:00Z", "T11:00:00+01:00", REASON_ENVELOPE, "created" },
	{ "created with a fraction", "T10:00:00Z", "T10:00:00.0Z", REASON_ENVELOPE, "created" },
	{ "created a number", "\"created\":\"2026-11-21T10:00:00Z\"", "\"created\":1795255200", REASON_ENVELOPE,
	    "created" },
	{ "proofValue without its z", "\"proofValue\":\"z", "\"proofValue\":\"u", REASON_ENVELOPE, "proofValue" },
	{ "proofValue cut short", "\"proofValue\":\"z", "\"proofValue\":\"z\",\"q\":\"", REASON_ENVELOPE,
	    "proofValue" },
	{ "method without fragment", "\"verificationMethod\":\"did:key:", "\"verificationMethod\":\"did:kex:",
	    REASON_ENVELOPE, "verificationMethod" },
	{ "no proof", "\"proof\":", "\"prooz\":", REASON_ENVELOPE, "no record has" },
};

static void
check_broken(const struct broken *row, struct span line)
{
	char text[LINE_MAX_BYTES];
	enum reason why = REASON_NONE;
	struct err e = { 0 };
	struct record r;

	if (record_parse(patch(line, row->from, row->to, text), &r, &why, &e) != -1)
		fail_msg("%s: accepted", row->why);
	if (why != row->reason || strstr(e.text, row->says) == NULL)
		fail_msg("%s: %s, \"%s\"", row->why, reason_name(why), e.text);
}

static void
breaks_of_a_live_record(void **state)
{
	struct key k = key_of(1);
	struct record_draft d = draft_of(&k, KIND_INITIATIVE);
	struct signed_record s = sign_with(&d, &k);
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(initiative_table); i++)
		check_broken(&initiative_table[i], buf_span(&s.line));
	signed_clear(&s);
}

/* What is right for one kind and wrong for another. */
static const struct {
	enum kind kind;
	int deleted;
	struct broken row;
} kind_table[] = {
	{ KIND_INITIATIVE, 1, { "a tombstone of another length", "\"expires\":1832407200",
	    "\"expires\":1832407199", REASON_ENVELOPE, "tombstone" } },
	{ KIND_INITIATIVE, 1, { "a tombstone with lang", ",\"nonce\"", ",\"lang\":\"fr\",\"nonce\"",
	    REASON_ENVELOPE, "neither" } },
	{ KIND_INITIATIVE, 1, { "a tombstone with license", ",\"nonce\"", ",\"license\":\"MIT\",\"nonce\"",
	    REASON_ENVELOPE, "neither" } },
	{ KIND_INITIATIVE, 1, { "a tombstone with content", ",\"deleted\"", ",\"content\":{},\"deleted\"",
	    REASON_ENVELOPE, "neither" } },
	{ KIND_INITIATIVE, 1, { "a tombstone made live", ",\"deleted\":true", "", REASON_ENVELOPE,
	    "content is missing" } },
	{ KIND_VOUCH, 1, { "a tombstone of a kind without any", "\"kind\":\"vouch\"", "\"kind\":\"identity\"",
	    REASON_ENVELOPE, "cannot be deleted" } },
	{ KIND_VOUCH, 1, { "the same for retire", "\"kind\":\"vouch\"", "\"kind\":\"retire\"",
	    REASON_ENVELOPE, "cannot be deleted" } },
	{ KIND_VOUCH, 0, { "lang on a kind without", ",\"nonce\"", ",\"lang\":\"fr\",\"nonce\"",
	    REASON_ENVELOPE, "not for this kind" } },
	{ KIND_VOUCH, 0, { "license on a kind without", ",\"nonce\"", ",\"license\":\"MIT\",\"nonce\"",
	    REASON_ENVELOPE, "not for this kind" } },
	{ KIND_NODE, 0, { "a random rid on a kind of one", "\"rid\":\"self\"", RID, REASON_ENVELOPE,
	    "of this kind is" } },
	{ KIND_RETIRE, 0, { "a retirement longer than a tombstone", "\"expires\":1832407200",
	    "\"expires\":1832407201", REASON_ENVELOPE, "430 days" } },
	{ KIND_IDENTITY, 0, { "an identity of more than ten years", "\"expires\":2110874400",
	    "\"expires\":2110874401", REASON_ENVELOPE, "3653 days" } },
};

static void
breaks_by_kind(void **state)
{
	struct key k = key_of(1);
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(kind_table); i++) {
		struct record_draft d = kind_table[i].deleted ? tombstone_of(&k, kind_table[i].kind) :
		    draft_of(&k, kind_table[i].kind);
		struct signed_record s = sign_with(&d, &k);

		check_broken(&kind_table[i].row, buf_span(&s.line));
		signed_clear(&s);
	}
}

/* Changes that leave a well-formed envelope. */
static const struct { const char *why, *from, *to; } kept_table[] = {
	{ "an unknown kind without lang", "\"kind\":\"initiative\",\"lang\":\"fr\",\"license\":\"etalab-2.0\"",
	    "\"kind\":\"chorus\"" },
	{ "an unknown kind with lang alone", "\"kind\":\"initiative\",\"lang\":\"fr\",\"license\":\"etalab-2.0\"",
	    "\"kind\":\"chorus\",\"lang\":\"br\"" },
	{ "unknown content members", "\"content\":{", "\"content\":{\"a-newer-one\":[1,{\"x\":null}]," },
	{ "a longer language tag", "\"lang\":\"fr\"", "\"lang\":\"zh-Hant-TW-x-java\"" },
	{ "a reference license", "\"license\":\"etalab-2.0\"", "\"license\":\"LicenseRef-carnet.1\"" },
	{ "updated at zero", "\"updated\":1795255200", "\"updated\":0" },
	{ "expires a second later", EXPIRES, "\"expires\":1795255201" },
};

static void
envelopes_that_hold(void **state)
{
	struct key k = key_of(1);
	struct record_draft d = draft_of(&k, KIND_INITIATIVE);
	struct signed_record s = sign_with(&d, &k);
	char text[LINE_MAX_BYTES];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(kept_table); i++) {
		struct span line = patch(buf_span(&s.line), kept_table[i].from, kept_table[i].to, text);
		enum reason why;
		struct record r;
		struct err e = { 0 };

		if (record_parse(line, &r, &why, &e) == -1)
			fail_msg("%s: %s", kept_table[i].why, e.text);
		CHECK_ROW(kept_table[i].why, why == REASON_NONE);
		CHECK_ROW(kept_table[i].why, !record_verify(&r));
	}
	signed_clear(&s);
}

/* Both rid forms are open to kinds that we do not know. */
static void
unknown_kind_rids(void **state)
{
	static const char *const rid[] = { "\"rid\":\"self\"", "\"rid\":\"aaaaaaaaaaaaaaaa\"" };
	struct key k = key_of(1);
	struct record_draft d = draft_of(&k, KIND_VOUCH);
	struct signed_record s = sign_with(&d, &k);
	char once[LINE_MAX_BYTES], twice[LINE_MAX_BYTES];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rid); i++) {
		struct span line = patch(buf_span(&s.line), "\"vouch\"", "\"a-newer-kind\"", once);
		enum reason why;
		struct record r;
		struct err e = { 0 };

		CHECK_ROW(rid[i], record_parse(patch(line, RID, rid[i], twice), &r, &why, &e) == 0);
		CHECK_ROW(rid[i], r.kind == KIND_UNKNOWN && span_is(r.kind_name, "a-newer-kind"));
	}
	signed_clear(&s);
}

/* Every byte of a signed record, changed in three ways: never a record that verifies. */
static void
no_byte_can_change(void **state)
{
	struct key k = key_of(1);
	struct record_draft d = draft_of(&k, KIND_INITIATIVE);
	struct signed_record s = sign_with(&d, &k);
	static const unsigned char flip[] = { 0x01, 0x20, 0x80 };
	size_t i, j, parsed = 0;

	(void)state;
	for (i = 0; i < s.line.len; i++) {
		for (j = 0; j < COUNT(flip); j++) {
			enum reason why;
			struct record r;
			struct err e = { 0 };

			s.line.ptr[i] = (char)(s.line.ptr[i] ^ flip[j]);
			if (record_parse(buf_span(&s.line), &r, &why, &e) == 0) {
				parsed++;
				if (record_verify(&r))
					fail_msg("byte %zu xor %02x: accepted", i, flip[j]);
			}
			s.line.ptr[i] = (char)(s.line.ptr[i] ^ flip[j]);
		}
	}
	CHECK(parsed > 50);	/* so the signature, not the form, was what refused them */
	CHECK(record_verify(&s.r));
	signed_clear(&s);
}

static void
what_is_signed_is_read_back(void **state)
{
	struct key root = key_of(1), k = key_of(2);
	struct record_draft d = draft_of(&root, KIND_EVENT);
	struct signed_record s;
	uint8_t id[32];

	(void)state;
	d.content = SPAN(" { \"starts\" : \"2026-12-01T18:00\", \"name\": \"F\\u00eate\\u000a\" } ");
	d.created = T0 + 60;
	d.expires = T0 + 90 * DAY_S;
	s = sign_with(&d, &k);
	CHECK(record_verify(&s.r));
	CHECK(s.r.kind == KIND_EVENT && span_is(s.r.kind_name, "event"));
	CHECK(span_is(s.r.author, root.did) && span_eq(s.r.rid, d.rid));
	CHECK(span_is(s.r.lang, "fr") && span_is(s.r.license, "etalab-2.0"));
	CHECK(span_is(s.r.content, "{\"name\":\"F\303\252te\\n\",\"starts\":\"2026-12-01T18:00\"}"));
	CHECK(s.r.updated == T0 && s.r.created == T0 + 60 && s.r.expires == d.expires && !s.r.deleted);
	assert_memory_equal(s.r.author_key, root.pub, 32);
	assert_memory_equal(s.r.signer_key, k.pub, 32);
	crypto_hash_sha256(id, (const unsigned char *)s.line.ptr, s.line.len);
	assert_memory_equal(s.r.id, id, 32);
	signed_clear(&s);

	d = tombstone_of(&root, KIND_EVENT);
	s = sign_with(&d, &k);
	CHECK(record_verify(&s.r) && s.r.deleted && s.r.content.len == 0 && s.r.lang.len == 0);
	CHECK(s.r.expires == T0 + TOMBSTONE_LIFETIME_S);
	signed_clear(&s);
}

/* Each kind can be signed with nothing but its defaults, and lives as long as it may. */
static void
every_kind_can_be_signed(void **state)
{
	struct key k = key_of(1);
	unsigned kind;

	(void)state;
	for (kind = KIND_UNKNOWN + 1; kind < KIND__COUNT; kind++) {
		struct record_draft d = draft_of(&k, (enum kind)kind);
		struct signed_record s = sign_with(&d, &k);

		CHECK_ROW(kind_info((enum kind)kind)->name, record_verify(&s.r));
		CHECK_ROW(kind_info((enum kind)kind)->name,
		    s.r.expires == T0 + record_lifetime_s((enum kind)kind, 0));
		signed_clear(&s);
	}
}

static void
drafts_that_cannot_be_signed(void **state)
{
	static char long_text[RECORD_BYTES_MAX];
	struct key k = key_of(1);
	struct record_draft good = draft_of(&k, KIND_INITIATIVE), d;
	struct buf out = BUF_INIT(RECORD_BYTES_MAX);
	struct err e = { 0 };

	(void)state;
	memset(long_text, 'x', sizeof long_text);
	memcpy(long_text, "{\"a\":\"", 6);
	memcpy(long_text + sizeof long_text - 2, "\"}", 2);
#define REFUSED(why, change) do { d = good; change; \
	CHECK_ROW(why, record_sign(&d, k.secret, &out, &e) == -1 && out.len == 0); } while (0)
	REFUSED("an unknown kind", d.kind = KIND_UNKNOWN);
	REFUSED("quotes in lang", d.lang = SPAN("fr\",\"x\":\""));
	REFUSED("quotes in license", d.license = SPAN("a\"b"));
	REFUSED("a rid that is none", d.rid = SPAN("x"));
	REFUSED("an author that is none", d.author = SPAN("did:key:x"));
	REFUSED("no lang where one is due", d.lang.len = 0);
	REFUSED("content that is no JSON", d.content = SPAN("{"));
	REFUSED("content that is no object", d.content = SPAN("[]"));
	REFUSED("a fraction", d.content = SPAN("{\"lat\":48.1}"));
	REFUSED("too long", d.content = ((struct span){ long_text, sizeof long_text }));
	REFUSED("signed before updated", d.created = d.updated - 1);
	REFUSED("signed before 1970", d.created = d.updated = -1);
	REFUSED("signed after 9999", d.created = 253402300800LL);
	REFUSED("longer than it may live", d.expires = d.created + LIVE_LIFETIME_S + 1);
	REFUSED("a deleted identity", d.kind = KIND_IDENTITY; d.deleted = 1);
#undef REFUSED
	buf_clear(&out);
}

static void
size_is_counted_to_the_byte(void **state)
{
	static char text[RECORD_BYTES_MAX + 1];
	enum reason why;
	struct record r;
	struct err e = { 0 };

	(void)state;
	memset(text, '0', sizeof text);
	CHECK(record_parse((struct span){ text, sizeof text }, &r, &why, &e) == -1 && why == REASON_SIZE);
	CHECK(record_parse((struct span){ text, sizeof text - 1 }, &r, &why, &e) == -1 &&
	    why == REASON_CANONICAL);
	CHECK(record_parse((struct span){ NULL, 0 }, &r, &why, &e) == -1 && why == REASON_CANONICAL);
	CHECK(record_parse(SPAN("[]"), &r, &why, &e) == -1 && why == REASON_ENVELOPE);
	CHECK(record_parse(SPAN("{}"), &r, &why, &e) == -1 && why == REASON_ENVELOPE);
	CHECK(record_parse(SPAN("[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]"), &r, &why, &e) == -1 &&
	    why == REASON_CANONICAL);
}

static void
timestamps(void **state)
{
	static const struct { const char *text; int64_t unix_s; } good[] = {
		{ "1970-01-01T00:00:00Z", 0 }, { "2026-11-21T10:00:00Z", T0 },
		{ "2000-02-29T23:59:59Z", 951868799 }, { "2024-02-29T00:00:00Z", 1709164800 },
		{ "2100-02-28T00:00:00Z", 4107456000 }, { "9999-12-31T23:59:59Z", 253402300799LL },
	};
	static const struct { const char *why, *text; } wrong[] = {
		{ "no such day", "2026-02-29T00:00:00Z" }, { "no leap year in 2100", "2100-02-29T00:00:00Z" },
		{ "month 13", "2026-13-01T00:00:00Z" }, { "month 0", "2026-00-01T00:00:00Z" },
		{ "day 0", "2026-01-00T00:00:00Z" }, { "hour 24", "2026-01-01T24:00:00Z" },
		{ "minute 60", "2026-01-01T00:60:00Z" }, { "a leap second", "2026-06-30T23:59:60Z" },
		{ "small letters", "2026-01-01t00:00:00z" }, { "before 1970", "1969-12-31T23:59:59Z" },
		{ "a space", "2026-01-01 00:00:00Z" }, { "no seconds", "2026-01-01T00:00Z" },
		{ "a sign", "+026-01-01T00:00:00Z" }, { "empty", "" },
	};
	int64_t t;
	size_t i;
	char text[21];

	(void)state;
	for (i = 0; i < COUNT(good); i++) {
		CHECK_ROW(good[i].text, timestamp_parse(span_str(good[i].text), &t) && t == good[i].unix_s);
		timestamp_format(good[i].unix_s, text);
		assert_string_equal(text, good[i].text);
	}
	for (i = 0; i < COUNT(wrong); i++)
		CHECK_ROW(wrong[i].why, !timestamp_parse(span_str(wrong[i].text), &t));
	for (t = 0; t < 253402300799LL; t += 86400LL * 97 + 4321) {
		int64_t back;

		timestamp_format(t, text);
		CHECK_ROW(text, timestamp_parse(span_str(text), &back) && back == t);
	}
}

static void
expiry_waits_for_midnight(void **state)
{
	(void)state;
	assert_int_equal(expiry_day(0), 0);
	assert_int_equal(expiry_day(1), DAY_S);
	assert_int_equal(expiry_day(DAY_S), DAY_S);
	assert_int_equal(expiry_day(DAY_S + 1), 2 * DAY_S);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(breaks_of_a_live_record),
		cmocka_unit_test(breaks_by_kind),
		cmocka_unit_test(envelopes_that_hold),
		cmocka_unit_test(unknown_kind_rids),
		cmocka_unit_test(no_byte_can_change),
		cmocka_unit_test(what_is_signed_is_read_back),
		cmocka_unit_test(every_kind_can_be_signed),
		cmocka_unit_test(drafts_that_cannot_be_signed),
		cmocka_unit_test(size_is_counted_to_the_byte),
		cmocka_unit_test(timestamps),
		cmocka_unit_test(expiry_waits_for_midnight),
	};

	return sodium_init() == -1 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
