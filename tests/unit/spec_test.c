/* SPDX-License-Identifier: AGPL-3.0-or-later
 * spec_test.c - SPEC.md says what the code does: its tables and examples are written again from the
 * code and compared, and every record that it shows is verified.
 *
 *   spec_test             compare
 *   spec_test --rewrite   put what the code says into SPEC.md (then read the difference)
 *
 * A table lies between "<!-- generated: NAME -->" and "<!-- end -->", an example in a fenced block
 * that begins with "```essaim-example NAME".  Examples with names not known here are only verified. */
#include "tests/unit/author.h"

#include <inttypes.h>

#include "proto/blocklist.h"
#include "proto/bundle.h"
#include "proto/canon.h"
#include "proto/jcs.h"
#include "proto/multibase.h"
#include "proto/negentropy.h"
#include "proto/part.h"
#include "proto/proof.h"
#include "proto/set.h"

#define SPEC "SPEC.md"
#define TEXT_BYTES_MAX ((size_t)4 << 20)
#define TABLE_MARK "<!-- generated: "
#define EXAMPLE_MARK "```essaim-example "

/* A test's own failure to write is a failure of the test. */
#define PUT(call) do { struct err put_err = { 0 }; struct err *e = &put_err; \
	if ((call) == -1) fail_msg("%s", put_err.text); } while (0)
#define ADD(out, ...) PUT(buf_addf(out, e, __VA_ARGS__))

static void
load(const char *path, struct buf *out)
{
	FILE *f = fopen(path, "r");
	char piece[4096];
	size_t n;

	if (f == NULL)
		fail_msg("cannot open %s from here", path);
	while ((n = fread(piece, 1, sizeof piece, f)) > 0)
		PUT(buf_add(out, piece, n, e));
	fclose(f);
}

/* --- tables ------------------------------------------------------------------------------- */

static void
write_kinds(struct buf *out)
{
	static const struct { unsigned flag; const char *word; } word[] = {
		{ KIND_NETWORK, "network" }, { KIND_CONTENT, "lang and license" }, { KIND_RELATION, "relation" },
		{ KIND_SELF, "rid `self`" }, { KIND_NO_TOMBSTONE, "no tombstone" },
	};
	unsigned k;
	size_t i;

	ADD(out, "| kind | properties | is |\n|---|---|---|\n");
	for (k = KIND_UNKNOWN + 1; k < KIND__COUNT; k++) {
		const struct kind_info *info = kind_info((enum kind)k);
		const char *between = "";

		ADD(out, "| `%s` | ", info->name);
		for (i = 0; i < COUNT(word); i++)
			if ((info->flags & word[i].flag) != 0) {
				ADD(out, "%s%s", between, word[i].word);
				between = ", ";
			}
		ADD(out, " | %s |\n", info->summary);
	}
}

static const char *const type_word[FIELD__COUNT] = {
	[FIELD_TEXT] = "text", [FIELD_MARKDOWN] = "markdown", [FIELD_URL] = "url", [FIELD_URLS] = "urls",
	[FIELD_EMAIL] = "email", [FIELD_PHONE] = "phone", [FIELD_DATE] = "date", [FIELD_DATETIME] = "datetime",
	[FIELD_TIME] = "time", [FIELD_INT] = "integer", [FIELD_GEO] = "degrees", [FIELD_BOOL] = "boolean",
	[FIELD_TERM] = "term", [FIELD_TERMS] = "terms", [FIELD_WORDS] = "words", [FIELD_REF] = "reference",
	[FIELD_REFS] = "references", [FIELD_DID] = "did", [FIELD_INSEE] = "insee", [FIELD_AREAS] = "areas",
	[FIELD_HASH] = "hash", [FIELD_RAW] = "see text",
};

static void
write_bounds(const struct field *f, struct buf *out)
{
	switch (f->type) {
	case FIELD_INT:
	case FIELD_GEO:
		ADD(out, "%" PRId64 " to %" PRId64, f->min, f->max);
		break;
	case FIELD_URLS: case FIELD_TERMS: case FIELD_WORDS: case FIELD_REFS: case FIELD_AREAS: case FIELD_RAW:
		if (f->min > 0)
			ADD(out, "%" PRId64 " to ", f->min);
		if (f->max > 0)
			ADD(out, "%s%" PRId64 " items", f->min > 0 ? "" : "at most ", f->max);
		break;
	default:
		if (f->min > 0)
			ADD(out, "%" PRId64 " to ", f->min);
		if (f->max > 0)
			ADD(out, "%s%" PRId64 " characters", f->min > 0 ? "" : "at most ", f->max);
	}
	if (f->after != NULL)
		ADD(out, "not before `%s`", f->after);
}

static void
write_field(const struct field *f, struct buf *out)
{
	unsigned k;
	const char *between = " to ";

	ADD(out, "| `%s` | %s", f->name, type_word[f->type]);
	if (f->type == FIELD_TERM || f->type == FIELD_TERMS)
		ADD(out, " of `%s`", vocab_get(f->vocab)->name);
	for (k = 0; f->refs != 0 && k < KIND__COUNT; k++)
		if ((f->refs >> k & 1) != 0) {
			ADD(out, "%s`%s`", between, kind_info((enum kind)k)->name);
			between = ", ";
		}
	ADD(out, " | %s | ", (f->flags & FIELD_REQUIRED) != 0 ? "yes" : "");
	write_bounds(f, out);
	ADD(out, " |\n");
}

static void
write_fields(enum kind k, struct buf *out)
{
	const struct kind_info *info = kind_info(k);
	size_t i;

	if (k == KIND_NEED && info->field == kind_info(KIND_OFFER)->field) {
		ADD(out, "The fields are those of `offer`.\n");
		return;
	}
	if (info->field_count == 0) {
		ADD(out, "No fields.\n");
		return;
	}
	ADD(out, "| field | type | required | bounds |\n|---|---|---|---|\n");
	for (i = 0; i < info->field_count; i++)
		write_field(&info->field[i], out);
}

static void
write_vocabularies(struct buf *out)
{
	unsigned n;
	size_t i;

	ADD(out, "| vocabulary | | terms |\n|---|---|---|\n");
	for (n = 0; n < VOCAB__COUNT; n++) {
		const struct vocab *v = vocab_get((enum vocab_name)n);

		ADD(out, "| `%s` | %s |", v->name, v->open ? "open" : "closed");
		for (i = 0; i < v->count; i++) {
			const struct term *t = &v->term[i];
			int deep = v->open && t->parent == NULL;

			ADD(out, "%s `%s`%s", deep && i > 0 ? " ·" : "", t->key, deep ? ":" : "");
		}
		ADD(out, " |\n");
	}
}

static void
write_reasons(struct buf *out)
{
	unsigned r;

	ADD(out, "| | reason | result | may pass later | meaning |\n|---|---|---|---|---|\n");
	for (r = REASON_NONE + 1; r < REASON__COUNT; r++)
		ADD(out, "| %u | `%s` | `%s` | %s | %s |\n", r, reason_name((enum reason)r),
		    verdict_name(reason_verdict((enum reason)r)), reason_may_pass((enum reason)r) ? "yes" : "",
		    reason_text((enum reason)r));
}

#define LIMIT(name, meaning) { #name, name, meaning }
static const struct { const char *name; int64_t value; const char *meaning; } limit[] = {
	LIMIT(RECORD_BYTES_MAX, "bytes of a record's line, its newline not counted"),
	LIMIT(RECORD_DEPTH_MAX, "nested arrays and objects, the record itself counted"),
	LIMIT(KIND_CHARS_MAX, "characters of `kind`"),
	LIMIT(RID_CHARS, "characters of a `rid` that is not `self`"),
	LIMIT(NONCE_BYTES, "bytes that `nonce` stands for"),
	LIMIT(LANG_CHARS_MAX, "characters of `lang`"),
	LIMIT(LICENSE_CHARS_MAX, "characters of `license`"),
	LIMIT(INTEGER_MAX, "the largest integer, and with a minus the smallest"),
	LIMIT(DAY_S, "seconds of a day"),
	LIMIT(LIVE_LIFETIME_S, "seconds from `created` to the latest `expires` of a live record: 400 days"),
	LIMIT(TOMBSTONE_LIFETIME_S, "the same for a tombstone, exactly, and for `retire`, at most: 430 days"),
	LIMIT(IDENTITY_LIFETIME_S, "the same for `identity`, at most: ten years"),
	LIMIT(FUTURE_S, "seconds that `created` may be ahead of a node's clock"),
	LIMIT(CLOCK_LEAP_S, "seconds by which a lonely node's clock may leap before it distrusts it"),
	LIMIT(IDENTITY_KEYS_MAX, "operating keys in an identity"),
	LIMIT(IDENTITY_CHAIN_MAX, "earlier identities in a chain"),
	LIMIT(VOUCH_HOPS_DEFAULT, "hops of a direct choice, and of a vouch that says nothing else"),
	LIMIT(VOUCH_BUDGET_DEFAULT, "budget that software proposes for a vouch"),
	LIMIT(DIRECT_POOL_DEFAULT, "pool of a direct choice"),
	LIMIT(TOMBSTONES_MAX, "tombstones kept of an author"),
	LIMIT(VOUCHES_MAX, "live vouches of an author"),
	LIMIT(BATCH_RECORDS_MAX, "records in one batch"),
	LIMIT(BATCH_BYTES_MAX, "bytes of one batch"),
	LIMIT(CHANGES_RECORDS_MAX, "records in one page of changes"),
	LIMIT(CHANGES_WAIT_S_MAX, "seconds that a request for changes may wait"),
	LIMIT(IDS_MAX, "ids in one request for records"),
	LIMIT(RECONCILE_BYTES_MAX, "bytes of one reconciliation message, either way"),
	LIMIT(RECONCILE_FRAME_BYTES_MIN, "the least frame limit that a side may ask for"),
	LIMIT(RECONCILE_RANGES_MAX, "ranges in one message"),
	LIMIT(RECONCILE_ROUNDS_MAX, "rounds of one reconciliation"),
	LIMIT(RECONCILE_IDS_MAX, "differences that one reconciliation lists; past that a bundle is fetched"),
	LIMIT(CURSOR_CHARS_MAX, "characters of a cursor"),
	LIMIT(PART_CHARS_MAX, "characters of a part"),
	LIMIT(PART_TERMS_MAX, "terms of a part"),
	LIMIT(PART_AUTHORS_MAX, "authors named in a part"),
	LIMIT(PART_AUTHOR_CHARS, "characters that stand for an author in a part"),
	LIMIT(FEED_END_BYTES_MAX, "bytes of the line that ends a page of changes"),
	LIMIT(BUNDLE_HEAD_BYTES_MAX, "bytes of the first line of a bundle"),
	LIMIT(BUNDLE_PIECES_MAX, "pieces of a bundle"),
	LIMIT(PENDING_PER_AUTHOR_MAX, "held and unresolved records kept aside for an author"),
	LIMIT(PENDING_MAX, "held and unresolved records kept aside in all"),
	LIMIT(BLOCKLIST_BYTES_MAX, "bytes of a block list"),
	LIMIT(BLOCKLIST_ENTRIES_MAX, "entries of a block list"),
	LIMIT(BLOCKLIST_REASON_BYTES_MAX, "bytes of an entry's `reason`, its quotes included"),
};

static void
write_limits(struct buf *out)
{
	size_t i;

	ADD(out, "| limit | value | counts |\n|---|---|---|\n");
	for (i = 0; i < COUNT(limit); i++)
		ADD(out, "| `%s` | %" PRId64 " | %s |\n", limit[i].name, limit[i].value, limit[i].meaning);
}

/* --- examples ----------------------------------------------------------------------------- */

#define ROOT 1
#define OPERATING 2
#define NEXT 3
#define AFTER 4
#define FRIEND 5

static void
write_keys(struct buf *out)
{
	static const char *const name[] = { [ROOT] = "root", [OPERATING] = "operating", [NEXT] = "next root",
		[AFTER] = "root after", [FRIEND] = "another author" };
	struct key k;
	unsigned i;

	for (i = ROOT; i < COUNT(name); i++) {
		k = key_of((uint8_t)i);
		ADD(out, "seed 32 times %02x  %-14s %s\n", i, name[i], k.did);
	}
}

static struct record_draft
example_draft(const struct key *author, enum kind kind)
{
	struct record_draft d = draft_of(author, kind);
	uint8_t i;

	for (i = 0; i < NONCE_BYTES; i++)
		d.nonce[i] = i;
	return d;
}

static struct signed_record
example_live(void)
{
	struct key author = key_of(ROOT), op = key_of(OPERATING);
	struct record_draft d = example_draft(&author, KIND_INITIATIVE);

	d.content = SPAN("{\"name\":\"Jardin partag\303\251\",\"practices\":[\"shared-garden\"],"
	    "\"lat_e7\":485776000,\"lon_e7\":-38279000}");
	return sign_with(&d, &op);
}

static void
write_record(struct signed_record s, struct buf *out)
{
	PUT(buf_addspan(out, s.r.line, e));
	ADD(out, "\n");
	signed_clear(&s);
}

static void
write_live(struct buf *out)
{
	write_record(example_live(), out);
}

/* What a scoped node holds, and what of the examples belongs to it. */
static void
write_part(struct buf *out)
{
	struct key author = key_of(ROOT), friend = key_of(FRIEND);
	struct buf text = BUF_INIT(PART_CHARS_MAX);
	struct signed_record live = example_live();
	struct part p;

	PUT(buf_adds(&text, "node,territory,vouch:.initiative,event:", e));
	PUT(part_add_author(&text, author.did, e));
	PUT(buf_adds(&text, ".:", e));
	PUT(part_add_author(&text, friend.did, e));
	PUT(part_parse(buf_span(&text), &p, e));
	ADD(out, "a node that holds the initiatives and events of one author, whose own author is another\n%s\n",
	    text.ptr);
	ADD(out, "the live record of section 3 %s\n", part_holds(&p, live.r.author, live.r.kind_name) ?
	    "belongs" : "does not");
	ADD(out, "an offer of the same author %s\n", part_holds(&p, live.r.author, SPAN("offer")) ?
	    "belongs" : "does not");
	signed_clear(&live);
	buf_clear(&text);
}

static void
write_tombstone(struct buf *out)
{
	struct key author = key_of(ROOT), op = key_of(OPERATING);
	struct record_draft d = example_draft(&author, KIND_INITIATIVE);

	d.deleted = 1;
	d.lang = d.license = d.content = (struct span){ NULL, 0 };
	d.updated = d.created = T0 + 3600;
	write_record(sign_with(&d, &op), out);
}

static void
write_vouch(struct buf *out)
{
	struct key author = key_of(ROOT), op = key_of(OPERATING), subject = key_of(FRIEND), next = key_of(NEXT);
	struct record_draft d = example_draft(&author, KIND_VOUCH);
	struct buf content = BUF_INIT(RECORD_BYTES_MAX);
	uint8_t hash[32];
	char text[BASE64URL_CHARS(32) + 1];

	identity_commitment(next.pub, hash);
	base64url_encode(hash, 32, text, sizeof text);
	ADD(&content, "{\"budget\":20000,\"hops\":3,\"next\":\"%s\",\"subject\":\"%s\"}", text, subject.did);
	d.content = buf_span(&content);
	write_record(sign_with(&d, &op), out);
	buf_clear(&content);
}

/* The author's identities of generation 0, 1 and 2. */
static void
make_identities(struct signed_record id[3])
{
	struct key author = key_of(ROOT), op = key_of(OPERATING), next = key_of(NEXT), after = key_of(AFTER);
	struct key last = key_of(FRIEND);
	const struct key *root[] = { &author, &next, &after, &last };
	struct identity_key window = { .from = T0, .until = T0 + 2 * 365LL * DAY_S };
	struct span chain[2];
	size_t g;

	memcpy(window.key, op.pub, 32);
	for (g = 0; g < 3; g++) {
		id[g] = sign_identity(&author, root[g], root[g + 1], &window, 1, chain, g, T0 + (int64_t)g * DAY_S);
		if (g < 2)
			chain[g] = id[g].r.line;
	}
}

static void
write_identity(struct buf *out)
{
	struct signed_record id[3];
	size_t g;

	make_identities(id);
	for (g = 0; g < 3; g++)
		write_record(id[g], out);
}

/* A piece of one line. */
static struct bundle_piece
piece_of(struct span line)
{
	struct bundle_piece p = { .bytes = line.len + 1, .records = 1 };
	struct buf text = BUF_INIT(RECORD_BYTES_MAX + 1);

	PUT(buf_addspan(&text, line, e));
	PUT(buf_addc(&text, '\n', e));
	crypto_hash_sha256(p.hash, (const unsigned char *)text.ptr, text.len);
	buf_clear(&text);
	return p;
}

static void
write_bundle(struct buf *out)
{
	struct key op = key_of(OPERATING), author = key_of(ROOT);
	struct signed_record live = example_live(), id[3];
	struct bundle_piece piece[2];
	struct bundle_manifest m = { .is_signed = 1, .name = "Pays de Morlaix", .created = T0 + 60, .records = 2,
		.position = "f00d.2", .piece = piece, .pieces = 2 };
	size_t start, g;

	make_identities(id);
	memcpy(m.did, author.did, sizeof author.did);
	piece[0] = piece_of(id[0].r.line);
	piece[1] = piece_of(live.r.line);
	ADD(out, "the lines of a signed bundle: the first identity of section 6 and the live record of section 3, a piece each\n");
	start = out->len;
	PUT(bundle_write(&m, "61db900b3c032cebd7ef97a35384ea8f", id[0].r.line, op.secret, out, e));
	PUT(bundle_read((struct span){ out->ptr + start, out->len - start }, &m, e));
	PUT(bundle_verify((struct span){ out->ptr + start, out->len - start }, &m, e));
	bundle_release(&m);
	ADD(out, "\n%.*s\n", (int)id[0].r.line.len, id[0].r.line.ptr);
	write_record(live, out);
	for (g = 0; g < 3; g++)
		signed_clear(&id[g]);
}

static void
write_hex(struct buf *out, const char *label, const uint8_t *bytes, size_t len)
{
	char hex[HEX_CHARS(64) + 1];

	hex_encode(bytes, len, hex, sizeof hex);
	ADD(out, "%s\n%s\n", label, hex);
}

/* The canonical form of doc without one member, by way of a tree: not the way record.c goes. */
static void
write_without(struct buf *out, const char *label, const json_t *doc, const char *member, uint8_t hash[32])
{
	struct buf text = BUF_INIT(RECORD_BYTES_MAX);
	json_t *copy = json_copy((json_t *)(uintptr_t)doc);

	json_object_del(copy, member);
	PUT(jcs_emit(copy, &text, e));
	crypto_hash_sha256(hash, (const unsigned char *)text.ptr, text.len);
	ADD(out, "%s\n%.*s\n", label, (int)text.len, text.ptr);
	write_hex(out, "its SHA-256", hash, 32);
	json_decref(copy);
	buf_clear(&text);
}

static void
write_signature(struct buf *out)
{
	struct signed_record s = example_live();
	json_t *doc = json_loadb(s.line.ptr, s.line.len, 0, NULL);
	uint8_t both[64], short_way[PROOF_HASH_BYTES];

	write_without(out, "the proof without proofValue", json_object_get(doc, "proof"), "proofValue", both);
	write_without(out, "the record without proof", doc, "proof", both + 32);
	PUT(proof_hash_canonical(s.r.line, short_way, e));
	assert_memory_equal(both, short_way, 64);
	CHECK(crypto_sign_verify_detached(s.r.signature, both, 64, s.r.signer_key) == 0);
	write_hex(out, "the signature of the 64 bytes", s.r.signature, 64);
	write_hex(out, "the version id", s.r.id, 32);
	json_decref(doc);
	signed_clear(&s);
}

static void
write_state_of(struct buf *out, const char *label, const struct set *set)
{
	uint8_t state[SET_FINGERPRINT_BYTES];

	set_state(set, state);
	write_hex(out, label, state, sizeof state);
}

static void
write_state(struct buf *out)
{
	struct signed_record live = example_live(), id[3];
	struct set *set = set_new();
	size_t g;

	CHECK(set != NULL);
	make_identities(id);
	write_state_of(out, "of the empty set", set);
	PUT(set_insert(set, (uint64_t)live.r.created, live.r.id, e));
	write_state_of(out, "of the live record alone", set);
	PUT(set_insert(set, (uint64_t)id[0].r.created, id[0].r.id, e));
	write_state_of(out, "of the live record and the first identity", set);
	set_free(set);
	signed_clear(&live);
	for (g = 0; g < 3; g++)
		signed_clear(&id[g]);
}

/* Asked for by its version id, and what comes back. */
static void
write_fetch(struct buf *out)
{
	struct signed_record live = example_live();

	write_hex(out, "POST /api/v1/records/get, the body in hexadecimal", live.r.id, ID_BYTES);
	ADD(out, "the answer\n%.*s\n", (int)live.r.line.len, live.r.line.ptr);
	signed_clear(&live);
}

static void
write_message(struct buf *out, const char *label, const struct buf *message)
{
	size_t i;

	ADD(out, "%s\n", label);
	for (i = 0; i < message->len; i++)
		ADD(out, "%02x", (unsigned char)message->ptr[i]);
	ADD(out, "\n");
}

static int
have_none(void *arg, const struct set_item *item, struct err *e)
{
	(void)arg, (void)item;
	return err_set(e, ERR_INTERNAL, "the client holds nothing");
}

static int
count_need(void *arg, const uint8_t id[32], struct err *e)
{
	(void)id, (void)e;
	++*(int *)arg;
	return 0;
}

/* A client that holds nothing meets a server that holds the live record and the first identity. */
static void
write_reconcile(struct buf *out)
{
	struct negentropy_params params = NEGENTROPY_COMPACT;
	struct buf ask = BUF_INIT(RECONCILE_BYTES_MAX), answer = BUF_INIT(RECONCILE_BYTES_MAX);
	struct signed_record live = example_live(), id[3];
	struct set *ours = set_new(), *theirs = set_new();
	struct set_view client = SET_VIEW(ours), server = SET_VIEW(theirs);
	int needed = 0;
	struct negentropy_found found = { have_none, count_need, &needed };
	struct negentropy *session;
	struct err err;
	size_t g;

	make_identities(id);
	PUT(set_insert(theirs, (uint64_t)live.r.created, live.r.id, e));
	PUT(set_insert(theirs, (uint64_t)id[0].r.created, id[0].r.id, e));
	CHECK((session = negentropy_new(&params, &client, &found, &err)) != NULL);
	CHECK(negentropy_initiate(session, &ask, &err) == 0);
	write_message(out, "POST /api/v1/reconcile, the body in hexadecimal", &ask);
	CHECK(negentropy_respond(&params, &server, buf_span(&ask), &answer, &err) == 0);
	write_message(out, "the answer, which lists two ids", &answer);
	CHECK(negentropy_step(session, buf_span(&answer), &ask, &err) == 0);
	CHECK(ask.len == 0 && needed == 2);
	negentropy_free(session);
	buf_clear(&ask);
	buf_clear(&answer);
	set_view_clear(&client);
	set_view_clear(&server);
	set_free(ours);
	set_free(theirs);
	signed_clear(&live);
	for (g = 0; g < 3; g++)
		signed_clear(&id[g]);
}

/* One author blocked; the signature holds and the key is the author's. */
static void
write_block_list(struct buf *out)
{
	struct key author = key_of(ROOT), op = key_of(OPERATING), other = key_of(FRIEND);
	struct buf entries = BUF_INIT(TEXT_BYTES_MAX), list = BUF_INIT(TEXT_BYTES_MAX);

	ADD(&entries, "[{\"what\":\"%s\",\"reason\":\"publicit\303\251\",\"since\":%lld}]", other.did, (long long)T0);
	PUT(blocklist_sign(author.did, buf_span(&entries), op.secret, T0 + 60, &list, e));
	ADD(out, "%.*s\n", (int)list.len, list.ptr);
	buf_clear(&entries);
	buf_clear(&list);
}

/* --- the regions of SPEC.md --------------------------------------------------------------- */

static const struct region {
	const char *name;
	void (*write)(struct buf *out);
	int is_example;
} region[] = {
	{ "kinds", write_kinds, 0 }, { "vocabularies", write_vocabularies, 0 },
	{ "reasons", write_reasons, 0 }, { "limits", write_limits, 0 },
	{ "keys", write_keys, 1 }, { "live", write_live, 1 }, { "signature", write_signature, 1 },
	{ "tombstone", write_tombstone, 1 }, { "identity", write_identity, 1 }, { "vouch", write_vouch, 1 },
	{ "state", write_state, 1 }, { "fetch", write_fetch, 1 }, { "reconcile", write_reconcile, 1 },
	{ "part", write_part, 1 }, { "bundle", write_bundle, 1 },
	{ "block-list", write_block_list, 1 },
};

/* 1 when the code knows what stands there. */
static int
write_region(struct span name, int is_example, struct buf *out)
{
	struct span rest = name, word = span_cut(&rest, ' ');
	size_t i;

	if (!is_example && span_is(word, "fields") && kind_find(rest) != KIND_UNKNOWN) {
		write_fields(kind_find(rest), out);
		return 1;
	}
	for (i = 0; i < COUNT(region); i++)
		if (region[i].is_example == is_example && span_is(name, region[i].name)) {
			region[i].write(out);
			return 1;
		}
	return 0;
}

/* The name after a mark, when the line begins with it. */
static int
marked(struct span line, const char *mark, struct span *name)
{
	size_t len = strlen(mark);

	if (line.len < len || memcmp(line.ptr, mark, len) != 0)
		return 0;
	*name = (struct span){ line.ptr + len, line.len - len };
	if (name->len > 4 && memcmp(name->ptr + name->len - 4, " -->", 4) == 0)
		name->len -= 4;
	return 1;
}

/* What lies before the line that ends a region; text moves on to that line. */
static struct span
take_body(struct span *text, const char *end)
{
	struct span body = { text->ptr, 0 }, before = *text, line;

	while (text->len > 0) {
		before = *text;
		line = span_cut(text, '\n');
		if (span_is(line, end))
			break;
		body.len += line.len + 1;
	}
	*text = before;
	return body;
}

typedef void region_fn(void *arg, struct span name, int is_example, struct span body);

/* Call fn for each region, and copy to out all that lies outside them. */
static void
each_region(struct span text, struct buf *out, region_fn *fn, void *arg)
{
	struct span line, name;

	while (text.len > 0) {
		int table, example;

		line = span_cut(&text, '\n');
		PUT(buf_addspan(out, line, e));
		PUT(buf_addc(out, '\n', e));
		table = marked(line, TABLE_MARK, &name);
		example = marked(line, EXAMPLE_MARK, &name);
		if (table || example)
			fn(arg, name, example, take_body(&text, example ? "```" : "<!-- end -->"));
	}
}

static void
renew(void *arg, struct span name, int is_example, struct span body)
{
	struct buf *out = arg;

	if (write_region(name, is_example, out))
		return;
	if (!is_example)
		fail_msg("no table is called \"%.*s\"", (int)name.len, name.ptr);
	PUT(buf_addspan(out, body, e));
}

static void
tables_and_examples_are_the_code_s(void **state)
{
	struct buf text = BUF_INIT(TEXT_BYTES_MAX), now = BUF_INIT(TEXT_BYTES_MAX);
	struct span a, b, x, y;
	int line = 1;

	(void)state;
	load(SPEC, &text);
	each_region(buf_span(&text), &now, renew, &now);
	a = buf_span(&text);
	b = buf_span(&now);
	for (; a.len > 0 || b.len > 0; line++) {
		x = span_cut(&a, '\n');
		y = span_cut(&b, '\n');
		if (!span_eq(x, y))
			fail_msg("%s:%d says\n  %.*s\nand the code\n  %.*s\n(spec_test --rewrite mends it)", SPEC,
			    line, (int)x.len, x.ptr, (int)y.len, y.ptr);
	}
	buf_clear(&text);
	buf_clear(&now);
}

static void
must_have(struct span text, const char *mark, const char *name, const char *end)
{
	char line[120];
	const char *at;

	snprintf(line, sizeof line, "\n%s%s%s\n", mark, name, end);
	at = memmem(text.ptr, text.len, line, strlen(line));
	if (at == NULL)
		fail_msg("%s lacks %s%s", SPEC, mark, name);
	at++;
	if (memmem(at, (size_t)(text.ptr + text.len - at), line, strlen(line)) != NULL)
		fail_msg("%s has %s%s twice", SPEC, mark, name);
}

static void
nothing_is_left_out(void **state)
{
	struct buf text = BUF_INIT(TEXT_BYTES_MAX);
	char name[60];
	unsigned k;
	size_t i;

	(void)state;
	load(SPEC, &text);
	for (i = 0; i < COUNT(region); i++)
		must_have(buf_span(&text), region[i].is_example ? EXAMPLE_MARK : TABLE_MARK, region[i].name,
		    region[i].is_example ? "" : " -->");
	for (k = KIND_UNKNOWN + 1; k < KIND__COUNT; k++) {
		snprintf(name, sizeof name, "fields %s", kind_info((enum kind)k)->name);
		must_have(buf_span(&text), TABLE_MARK, name, " -->");
	}
	buf_clear(&text);
}

/* Whoever wrote the example, a record in it is one. */
static void
verify_records(void *arg, struct span name, int is_example, struct span body)
{
	int *count = arg;

	while (is_example && body.len > 0) {
		struct span line = span_cut(&body, '\n');
		struct err e = { 0 };
		struct blocklist list;
		struct identity id;
		struct record r;
		enum reason why;

		if (memmem(line.ptr, line.len, "\"" BLOCKLIST_TYPE "\"", strlen(BLOCKLIST_TYPE) + 2) != NULL) {
			if (blocklist_parse(line, &list, &e) == -1)
				fail_msg("example %.*s: %s", (int)name.len, name.ptr, e.text);
			continue;
		}
		if (line.len < 10 || memcmp(line.ptr, "{\"author\":", 10) != 0 ||
		    memmem(line.ptr, line.len, "\"proof\":", 8) == NULL)
			continue;
		if (record_parse(line, &r, &why, &e) == -1)
			fail_msg("example %.*s: %s", (int)name.len, name.ptr, e.text);
		if (!record_verify(&r))
			fail_msg("example %.*s: the signature does not hold", (int)name.len, name.ptr);
		if (r.kind == KIND_IDENTITY && identity_read(&r, &id, &why, &e) == -1)
			fail_msg("example %.*s: %s", (int)name.len, name.ptr, e.text);
		if (!r.deleted && kind_check(r.kind, r.content, NULL, &e) == -1)
			fail_msg("example %.*s: %s", (int)name.len, name.ptr, e.text);
		++*count;
	}
}

static void
records_shown_are_records(void **state)
{
	struct buf text = BUF_INIT(TEXT_BYTES_MAX), rest = BUF_INIT(TEXT_BYTES_MAX);
	int count = 0;

	(void)state;
	load(SPEC, &text);
	each_region(buf_span(&text), &rest, verify_records, &count);
	CHECK(count >= 6);
	buf_clear(&text);
	buf_clear(&rest);
}

/* Each #define of limits.h is in the table above, so that a new one reaches SPEC; except, at its end,
 * what is no part of the protocol. */
static void
no_limit_is_forgotten(void **state)
{
	struct buf text = BUF_INIT(TEXT_BYTES_MAX);
	struct span rest, line, name, value;
	size_t i, count = 0;

	(void)state;
	load("proto/limits.h", &text);
	for (rest = buf_span(&text); rest.len > 0;) {
		line = span_cut(&rest, '\n');
		if (marked(line, "/* Bounds of this implementation", &name))
			break;
		if (!marked(line, "#define ", &name))
			continue;
		value = name;
		name.len = strcspn(name.ptr, " \t\n");
		if (name.len == value.len)
			continue;	/* the include guard has no value */
		for (i = 0; i < COUNT(limit) && !span_is(name, limit[i].name); i++)
			;
		if (i == COUNT(limit))
			fail_msg("%.*s is not in the table limit[] above (then spec_test --rewrite), nor among the "
			    "implementation's own at the end of limits.h", (int)name.len, name.ptr);
		count++;
	}
	assert_int_equal(count, COUNT(limit));
	buf_clear(&text);
}

static int
rewrite(void)
{
	struct buf text = BUF_INIT(TEXT_BYTES_MAX), now = BUF_INIT(TEXT_BYTES_MAX);
	FILE *f;
	int ok;

	load(SPEC, &text);
	each_region(buf_span(&text), &now, renew, &now);
	f = fopen(SPEC, "w");
	ok = f != NULL && fwrite(now.ptr, 1, now.len, f) == now.len;
	ok = f != NULL && fclose(f) == 0 && ok;
	buf_clear(&text);
	buf_clear(&now);
	return ok ? 0 : 1;
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tables_and_examples_are_the_code_s),
		cmocka_unit_test(nothing_is_left_out),
		cmocka_unit_test(records_shown_are_records),
		cmocka_unit_test(no_limit_is_forgotten),
	};

	if (sodium_init() == -1)
		return 1;
	if (argc == 2 && strcmp(argv[1], "--rewrite") == 0)
		return rewrite();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
