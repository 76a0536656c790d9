/* SPDX-License-Identifier: AGPL-3.0-or-later
 * kind.c - the table of kinds and the checker of content that reads it; see kind.h. */
#include "proto/kind.h"

#include <assert.h>
#include <string.h>

#include "proto/canon.h"
#include "proto/didkey.h"
#include "proto/err.h"
#include "proto/limits.h"
#include "proto/multibase.h"
#include "proto/ref.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define FIELDS_MAX 64	/* of one kind */
#define BIT(k) (UINT32_C(1) << (k))
#define ACTORS (BIT(KIND_ORGANISATION) | BIT(KIND_INITIATIVE) | BIT(KIND_PLACE) | BIT(KIND_TERRITORY))

#define REQ FIELD_REQUIRED
#define CARD FIELD_CARD
#define WORDS FIELD_SEARCHED

/* Groups of fields that several kinds share. */
#define ABOUT								\
	{ "name",	FIELD_TEXT,	REQ | CARD | WORDS, 1, 200, 0, 0, NULL },	\
	{ "summary",	FIELD_TEXT,	CARD | WORDS, 0, 300, 0, 0, NULL },	\
	{ "description", FIELD_MARKDOWN, WORDS, 0, 8000, 0, 0, NULL }
#define THEMES								\
	{ "axes",	FIELD_TERMS,	CARD, 0, 5, VOCAB_AXIS, 0, NULL },	\
	{ "practices",	FIELD_TERMS,	CARD, 0, 12, VOCAB_PRACTICE, 0, NULL },	\
	{ "tags",	FIELD_WORDS,	WORDS, 0, 20, 0, 0, NULL }
#define WHERE								\
	{ "street",	FIELD_TEXT,	WORDS, 0, 200, 0, 0, NULL },	\
	{ "postcode",	FIELD_TEXT,	WORDS, 0, 12, 0, 0, NULL },	\
	{ "commune",	FIELD_TEXT,	CARD | WORDS, 0, 100, 0, 0, NULL },	\
	{ "insee",	FIELD_INSEE,	0, 0, 0, 0, 0, NULL },	\
	{ "lat_e7",	FIELD_GEO,	0, -900000000, 900000000, 0, 0, NULL },	\
	{ "lon_e7",	FIELD_GEO,	0, -1800000000, 1800000000, 0, 0, NULL }
#define CONTACT								\
	{ "email",	FIELD_EMAIL,	0, 3, 200, 0, 0, NULL },	\
	{ "phone",	FIELD_PHONE,	0, 3, 40, 0, 0, NULL },	\
	{ "website",	FIELD_URL,	0, 0, 500, 0, 0, NULL },	\
	{ "contact_form", FIELD_URL,	0, 0, 500, 0, 0, NULL },	\
	{ "links",	FIELD_URLS,	0, 0, 20, 0, 0, NULL }
#define ACCESS								\
	{ "access",	FIELD_TERMS,	CARD, 0, 7, VOCAB_ACCESS, 0, NULL },	\
	{ "access_text", FIELD_TEXT,	WORDS, 0, 500, 0, 0, NULL }
#define ORIGIN								\
	{ "confirmed",	FIELD_DATE,	0, 0, 0, 0, 0, NULL },	\
	{ "source_name", FIELD_TEXT,	0, 0, 200, 0, 0, NULL },	\
	{ "source_url",	FIELD_URL,	0, 0, 500, 0, 0, NULL },	\
	{ "example",	FIELD_BOOL,	0, 0, 0, 0, 0, NULL }

static const struct field identity_fields[] = {
	{ "keys", FIELD_RAW, REQ, 0, IDENTITY_KEYS_MAX, 0, 0, NULL },
	{ "next", FIELD_HASH, REQ, 0, 0, 0, 0, NULL },
	{ "chain", FIELD_RAW, 0, 0, IDENTITY_CHAIN_MAX, 0, 0, NULL },
};

static const struct field node_fields[] = {
	{ "name", FIELD_TEXT, REQ | CARD, 1, 200, 0, 0, NULL },
	{ "urls", FIELD_URLS, 0, 0, 4, 0, 0, NULL },
	{ "software", FIELD_TEXT, 0, 0, 80, 0, 0, NULL },
	{ "policy", FIELD_TEXT, 0, 0, 24, 0, 0, NULL },
	{ "contact", FIELD_EMAIL, 0, 3, 200, 0, 0, NULL },
	{ "contact_form", FIELD_URL, 0, 0, 500, 0, 0, NULL },
};

static const struct field territory_fields[] = {
	ABOUT,
	{ "areas", FIELD_AREAS, 0, 0, 400, 0, 0, NULL },
	{ "charter", FIELD_MARKDOWN, WORDS, 0, 6000, 0, 0, NULL },
	{ "lat_e7", FIELD_GEO, 0, -900000000, 900000000, 0, 0, NULL },
	{ "lon_e7", FIELD_GEO, 0, -1800000000, 1800000000, 0, 0, NULL },
	CONTACT,
};

static const struct field vouch_fields[] = {
	{ "subject", FIELD_DID, REQ, 0, 0, 0, 0, NULL },
	{ "next", FIELD_HASH, 0, 0, 0, 0, 0, NULL },
	{ "hops", FIELD_INT, REQ, 0, 8, 0, 0, NULL },
	{ "budget", FIELD_INT, REQ, 0, 10000000, 0, 0, NULL },
};

static const struct field initiative_fields[] = {
	ABOUT, THEMES,
	{ "status", FIELD_TERM, CARD, 0, 0, VOCAB_STATUS, 0, NULL },
	WHERE,
	{ "areas", FIELD_AREAS, 0, 0, 60, 0, 0, NULL },
	{ "since", FIELD_DATE, 0, 0, 0, 0, 0, NULL },
	{ "until", FIELD_DATE, 0, 0, 0, 0, 0, "since" },
	{ "hours", FIELD_TEXT, 0, 0, 300, 0, 0, NULL },
	{ "take_part", FIELD_MARKDOWN, WORDS, 0, 3000, 0, 0, NULL },
	ACCESS,
	{ "means", FIELD_TERMS, 0, 0, 8, VOCAB_MEANS, 0, NULL },
	{ "means_text", FIELD_TEXT, WORDS, 0, 500, 0, 0, NULL },
	{ "governance", FIELD_MARKDOWN, WORDS, 0, 3000, 0, 0, NULL },
	{ "legal_form", FIELD_TERM, 0, 0, 0, VOCAB_LEGAL_FORM, 0, NULL },
	{ "organisations", FIELD_REFS, 0, 0, 20, 0, BIT(KIND_ORGANISATION) | BIT(KIND_TERRITORY), NULL },
	{ "places", FIELD_REFS, 0, 0, 20, 0, BIT(KIND_PLACE), NULL },
	{ "adapted_from", FIELD_REF, 0, 0, 0, 0, BIT(KIND_INITIATIVE), NULL },
	{ "adapted_text", FIELD_MARKDOWN, WORDS, 0, 2000, 0, 0, NULL },
	CONTACT, ORIGIN,
};

static const struct field organisation_fields[] = {
	ABOUT, THEMES,
	{ "legal_form", FIELD_TERM, CARD, 0, 0, VOCAB_LEGAL_FORM, 0, NULL },
	{ "registration", FIELD_TEXT, 0, 0, 20, 0, 0, NULL },
	{ "since", FIELD_DATE, 0, 0, 0, 0, 0, NULL },
	WHERE,
	{ "areas", FIELD_AREAS, 0, 0, 60, 0, 0, NULL },
	{ "hours", FIELD_TEXT, 0, 0, 300, 0, 0, NULL },
	{ "take_part", FIELD_MARKDOWN, WORDS, 0, 3000, 0, 0, NULL },
	ACCESS,
	{ "means", FIELD_TERMS, 0, 0, 8, VOCAB_MEANS, 0, NULL },
	{ "governance", FIELD_MARKDOWN, WORDS, 0, 3000, 0, 0, NULL },
	{ "member_of", FIELD_REFS, 0, 0, 20, 0, BIT(KIND_ORGANISATION), NULL },
	CONTACT, ORIGIN,
};

static const struct field place_fields[] = {
	ABOUT, THEMES, WHERE,
	{ "hours", FIELD_TEXT, CARD, 0, 300, 0, 0, NULL },
	ACCESS,
	{ "accessibility", FIELD_TEXT, WORDS, 0, 500, 0, 0, NULL },
	{ "activities", FIELD_MARKDOWN, WORDS, 0, 3000, 0, 0, NULL },
	{ "governance", FIELD_MARKDOWN, WORDS, 0, 3000, 0, 0, NULL },
	{ "organisations", FIELD_REFS, 0, 0, 20, 0, BIT(KIND_ORGANISATION) | BIT(KIND_TERRITORY), NULL },
	CONTACT, ORIGIN,
};

/* An offer and a need are equal citizens: the same fields, read from either side. */
static const struct field offer_fields[] = {
	ABOUT, 
	{ "item_type", FIELD_TERM, CARD, 0, 0, VOCAB_ITEM_TYPE, 0, NULL },
	{ "terms", FIELD_TERMS, CARD, 0, 9, VOCAB_EXCHANGE_TERMS, 0, NULL },
	{ "terms_text", FIELD_TEXT, WORDS, 0, 500, 0, 0, NULL },
	{ "by", FIELD_REF, CARD, 0, 0, 0, ACTORS, NULL },
	{ "since", FIELD_DATE, 0, 0, 0, 0, 0, NULL },
	{ "until", FIELD_DATE, CARD, 0, 0, 0, 0, "since" },
	THEMES, WHERE, CONTACT, ORIGIN,
};

static const struct field event_fields[] = {
	ABOUT,
	{ "starts", FIELD_DATETIME, REQ | CARD, 0, 0, 0, 0, NULL },
	{ "ends", FIELD_DATETIME, CARD, 0, 0, 0, 0, "starts" },
	{ "timezone", FIELD_TEXT, 0, 0, 40, 0, 0, NULL },
	{ "recurrence", FIELD_TEXT, 0, 0, 300, 0, 0, NULL },
	{ "event_status", FIELD_TERM, CARD, 0, 0, VOCAB_EVENT_STATUS, 0, NULL },
	{ "attendance", FIELD_TERM, 0, 0, 0, VOCAB_ATTENDANCE, 0, NULL },
	{ "online_url", FIELD_URL, 0, 0, 500, 0, 0, NULL },
	{ "place", FIELD_REF, 0, 0, 0, 0, BIT(KIND_PLACE), NULL },
	WHERE,
	{ "organisations", FIELD_REFS, 0, 0, 20, 0, BIT(KIND_ORGANISATION) | BIT(KIND_TERRITORY), NULL },
	{ "initiatives", FIELD_REFS, 0, 0, 20, 0, BIT(KIND_INITIATIVE), NULL },
	ACCESS, THEMES, CONTACT, ORIGIN,
};

static const struct field document_fields[] = {
	ABOUT,
	{ "document_type", FIELD_TERM, REQ | CARD, 0, 0, VOCAB_DOCUMENT_TYPE, 0, NULL },
	{ "url", FIELD_URL, 0, 0, 500, 0, 0, NULL },
	{ "creators", FIELD_WORDS, WORDS, 0, 20, 0, 0, NULL },
	{ "publisher", FIELD_TEXT, WORDS, 0, 200, 0, 0, NULL },
	{ "published", FIELD_DATE, CARD, 0, 0, 0, 0, NULL },
	{ "about", FIELD_REFS, 0, 0, 30, 0, 0, NULL },
	THEMES, ORIGIN,
};

static const struct field synthesis_fields[] = {
	{ "name", FIELD_TEXT, REQ | CARD | WORDS, 1, 200, 0, 0, NULL },
	{ "summary", FIELD_TEXT, CARD | WORDS, 0, 300, 0, 0, NULL },
	{ "axes", FIELD_TERMS, REQ | CARD, 1, 5, VOCAB_AXIS, 0, NULL },
	{ "opportunities", FIELD_MARKDOWN, WORDS, 0, 3000, 0, 0, NULL },
	{ "vigilance", FIELD_MARKDOWN, WORDS, 0, 3000, 0, 0, NULL },
	{ "stakes", FIELD_MARKDOWN, WORDS, 0, 3000, 0, 0, NULL },
	{ "questions", FIELD_MARKDOWN, WORDS, 0, 3000, 0, 0, NULL },
	{ "contributors", FIELD_WORDS, WORDS, 0, 40, 0, 0, NULL },
	{ "published", FIELD_DATE, CARD, 0, 0, 0, 0, NULL },
	{ "about", FIELD_REFS, 0, 0, 30, 0, 0, NULL },
	{ "url", FIELD_URL, 0, 0, 500, 0, 0, NULL },
	{ "tags", FIELD_WORDS, WORDS, 0, 20, 0, 0, NULL },
	ORIGIN,
};

static const struct field question_fields[] = {
	ABOUT,
	{ "answer", FIELD_MARKDOWN, WORDS, 0, 6000, 0, 0, NULL },
	{ "about", FIELD_REFS, 0, 0, 30, 0, 0, NULL },
	THEMES, ORIGIN,
};

static const struct field resource_fields[] = {
	ABOUT,
	{ "resource_type", FIELD_TERM, REQ | CARD, 0, 0, VOCAB_RESOURCE_TYPE, 0, NULL },
	{ "lender", FIELD_REF, CARD, 0, 0, 0, ACTORS, NULL },
	{ "for_whom", FIELD_TEXT, WORDS, 0, 300, 0, 0, NULL },
	{ "booking", FIELD_MARKDOWN, WORDS, 0, 2000, 0, 0, NULL },
	{ "terms", FIELD_TERMS, CARD, 0, 9, VOCAB_EXCHANGE_TERMS, 0, NULL },
	ACCESS,
	{ "responsibility", FIELD_MARKDOWN, WORDS, 0, 2000, 0, 0, NULL },
	{ "insurance", FIELD_MARKDOWN, WORDS, 0, 2000, 0, 0, NULL },
	{ "deposit", FIELD_TEXT, 0, 0, 200, 0, 0, NULL },
	{ "hours", FIELD_TEXT, 0, 0, 300, 0, 0, NULL },
	{ "place", FIELD_REF, 0, 0, 0, 0, BIT(KIND_PLACE), NULL },
	THEMES, WHERE, CONTACT, ORIGIN,
};

static const struct field practice_fields[] = {
	{ "key", FIELD_TEXT, REQ, 2, 48, 0, 0, NULL },
	{ "parent", FIELD_TERM, REQ, 0, 0, VOCAB_PRACTICE, 0, NULL },
	{ "name", FIELD_TEXT, REQ | CARD | WORDS, 1, 100, 0, 0, NULL },
	{ "name_fr", FIELD_TEXT, WORDS, 0, 100, 0, 0, NULL },
	{ "name_en", FIELD_TEXT, WORDS, 0, 100, 0, 0, NULL },
	{ "description", FIELD_MARKDOWN, WORDS, 0, 3000, 0, 0, NULL },
};

static const struct field exchange_fields[] = {
	{ "offer", FIELD_REF, 0, 0, 0, 0, BIT(KIND_OFFER) | BIT(KIND_RESOURCE), NULL },
	{ "need", FIELD_REF, 0, 0, 0, 0, BIT(KIND_NEED), NULL },
	{ "date", FIELD_DATE, 0, 0, 0, 0, 0, NULL },
	{ "done", FIELD_BOOL, 0, 0, 0, 0, 0, NULL },
};

static const struct field endorsement_fields[] = {
	{ "target", FIELD_REF, REQ, 0, 0, 0, 0, NULL },
	{ "role", FIELD_TERM, REQ, 0, 0, VOCAB_ROLE, 0, NULL },
	{ "by", FIELD_REF, 0, 0, 0, 0, ACTORS, NULL },
	{ "since", FIELD_DATE, 0, 0, 0, 0, 0, NULL },
};

static const struct field same_fields[] = {
	{ "a", FIELD_REF, REQ, 0, 0, 0, 0, NULL },
	{ "b", FIELD_REF, REQ, 0, 0, 0, 0, NULL },
	{ "verdict", FIELD_TERM, REQ, 0, 0, VOCAB_SAME, 0, NULL },
	{ "score", FIELD_INT, FIELD_HIDDEN, 0, 100, 0, 0, NULL },
};

#define FIELDS(f) f, COUNT(f)
#define PUBLISHED (KIND_CONTENT | KIND_FORM)

static const struct kind_info kind_table[KIND__COUNT] = {
	[KIND_UNKNOWN]	= { "", 0, NULL, 0, "a kind that this version does not know", NULL },
	[KIND_IDENTITY]	= { "identity", KIND_NETWORK | KIND_SELF | KIND_NO_TOMBSTONE,
	    FIELDS(identity_fields), "an author's keys and the commitment to its next root", NULL },
	[KIND_NODE]	= { "node", KIND_NETWORK | KIND_SELF, FIELDS(node_fields),
	    "a running node: addresses, software, policy, contact", "name" },
	[KIND_TERRITORY] = { "territory", KIND_NETWORK | KIND_SELF | PUBLISHED, FIELDS(territory_fields),
	    "a territory or association: presentation, area, charter", "name" },
	[KIND_VOUCH]	= { "vouch", KIND_NETWORK, FIELDS(vouch_fields),
	    "one author lets another in, with hops and a budget", NULL },
	[KIND_RETIRE]	= { "retire", KIND_NETWORK | KIND_SELF | KIND_NO_TOMBSTONE, NULL, 0,
	    "the author leaves: all its older records are erased", NULL },
	[KIND_INITIATIVE] = { "initiative", PUBLISHED, FIELDS(initiative_fields),
	    "what people do together somewhere", "name" },
	[KIND_ORGANISATION] = { "organisation", PUBLISHED, FIELDS(organisation_fields),
	    "an association, collective, cooperative or public body", "name" },
	[KIND_PLACE]	= { "place", PUBLISHED, FIELDS(place_fields),
	    "a place of sharing: access, opening hours, what happens there", "name" },
	[KIND_OFFER]	= { "offer", PUBLISHED, FIELDS(offer_fields), "something proposed", "name" },
	[KIND_NEED]	= { "need", PUBLISHED, FIELDS(offer_fields), "something looked for", "name" },
	[KIND_EVENT]	= { "event", PUBLISHED, FIELDS(event_fields), "a meeting with a date", "name" },
	[KIND_DOCUMENT]	= { "document", PUBLISHED, FIELDS(document_fields),
	    "an entry of the library: article, example, video, link", "name" },
	[KIND_SYNTHESIS] = { "synthesis", PUBLISHED, FIELDS(synthesis_fields),
	    "what a group worked out on an axis", "name" },
	[KIND_QUESTION]	= { "question", PUBLISHED, FIELDS(question_fields),
	    "a question to investigate", "name" },
	[KIND_RESOURCE]	= { "resource", PUBLISHED, FIELDS(resource_fields),
	    "a shared tool, vehicle, room, land or data", "name" },
	[KIND_PRACTICE]	= { "practice", PUBLISHED, FIELDS(practice_fields),
	    "a local addition to the tree of practices", "name" },
	[KIND_EXCHANGE]	= { "exchange", KIND_RELATION | KIND_FORM, FIELDS(exchange_fields),
	    "an offer and a need that met", NULL },
	[KIND_ENDORSEMENT] = { "endorsement", KIND_RELATION | KIND_FORM, FIELDS(endorsement_fields),
	    "what an author is to a record: steward, college, public partner…", NULL },
	[KIND_SAME]	= { "same", KIND_RELATION | KIND_FORM, FIELDS(same_fields),
	    "two records tell of one thing, or do not", NULL },
};

const struct kind_info *
kind_info(enum kind k)
{
	assert(k < KIND__COUNT);
	return &kind_table[k];
}

enum kind
kind_find(struct span name)
{
	unsigned k;

	for (k = KIND_UNKNOWN + 1; k < KIND__COUNT; k++)
		if (span_is(name, kind_table[k].name))
			return (enum kind)k;
	return KIND_UNKNOWN;
}

const struct field *
kind_field(enum kind k, struct span name)
{
	const struct kind_info *info = kind_info(k);
	size_t i;

	for (i = 0; i < info->field_count; i++)
		if (span_is(name, info->field[i].name))
			return &info->field[i];
	return NULL;
}

static const struct { const char *why, *text; } fault_table[] = {
	{ "required", "is required" },
	{ "type", "has another JSON type than its field asks for" },
	{ "too-long", "is too long" },
	{ "too-short", "is too short" },
	{ "too-many", "has too many items" },
	{ "repeated", "has the same item twice" },
	{ "control", "contains control or text-direction characters" },
	{ "url", "is not an absolute http or https address" },
	{ "email", "is not an e-mail address" },
	{ "phone", "is not a telephone number" },
	{ "date", "is not a date (YYYY-MM-DD)" },
	{ "datetime", "is not a date and time (YYYY-MM-DDThh:mm)" },
	{ "order", "lies before the date it should follow" },
	{ "range", "is outside its range" },
	{ "term", "is not in its vocabulary" },
	{ "ref", "is not a reference to a record" },
	{ "ref-kind", "refers to a record of another kind than allowed" },
	{ "did", "is not an Ed25519 did:key" },
	{ "insee", "is not an INSEE commune code" },
	{ "area", "is not an INSEE code of a commune, departement or EPCI" },
	{ "hash", "is not a SHA-256 in base64url" },
	{ "pair", "needs its other half (latitude and longitude go together)" },
	{ "self", "refers to itself" },
	{ "object", "is not an object" },
};

const char *
fault_text(const char *why)
{
	size_t i;

	for (i = 0; i < COUNT(fault_table); i++)
		if (strcmp(fault_table[i].why, why) == 0)
			return fault_table[i].text;
	return why;
}

/* --- values ------------------------------------------------------------------------------- */

/* Decode one UTF-8 code point of text already known valid; advances *p. */
static uint32_t
next_char(const unsigned char **p)
{
	const unsigned char *s = *p;

	if (s[0] < 0x80)
		return *p += 1, s[0];
	if (s[0] < 0xe0)
		return *p += 2, (uint32_t)(s[0] & 0x1f) << 6 | (s[1] & 0x3fu);
	if (s[0] < 0xf0)
		return *p += 3, (uint32_t)(s[0] & 0x0f) << 12 | (uint32_t)(s[1] & 0x3f) << 6 | (s[2] & 0x3fu);
	*p += 4;
	return (uint32_t)(s[0] & 0x07) << 18 | (uint32_t)(s[1] & 0x3f) << 12 |
	    (uint32_t)(s[2] & 0x3f) << 6 | (s[3] & 0x3fu);
}

/* Characters that steer the reader's software rather than say something to the reader. */
static int
steers(uint32_t c, int multiline)
{
	if (c < 0x20)
		return !(multiline && (c == '\n' || c == '\t'));
	return c == 0x7f || (c >= 0x80 && c < 0xa0) || (c >= 0x202a && c <= 0x202e) ||
	    (c >= 0x2066 && c <= 0x2069) || c == 0x2028 || c == 0x2029 || c == 0xfeff;
}

/* The characters of a string value, counted as the writer meant them (escapes undone). */
static const char *
check_chars(struct span value, int64_t min, int64_t max, int multiline)
{
	char raw[RECORD_BYTES_MAX];
	struct buf text = { .ptr = raw, .cap = sizeof raw, .max = sizeof raw - 1 };
	const unsigned char *p, *end;
	struct err e = {0};
	struct span plain;
	int64_t n = 0;

	if (!canon_is_string(value))
		return "type";
	if (!canon_plain(value, &plain)) {
		if (canon_string(value, &text, &e) == -1)
			return "too-long";
		plain = buf_span(&text);
	}
	p = (const unsigned char *)plain.ptr;
	for (end = p + plain.len; p < end; n++)
		if (steers(next_char(&p), multiline))
			return "control";
	if (max > 0 && n > max)
		return "too-long";
	return n < min ? "too-short" : NULL;
}

static const char *
check_text(const struct field *f, struct span v)
{
	return check_chars(v, f->min, f->max, 0);
}

static const char *
check_markdown(const struct field *f, struct span v)
{
	return check_chars(v, f->min, f->max, 1);
}

static const char *
check_url(const struct field *f, struct span v)
{
	const char *why = check_chars(v, 0, f->type == FIELD_URL && f->max > 0 ? f->max : 500, 0);
	struct span s;
	size_t i, skip;

	if (why != NULL)
		return why;
	if (!canon_plain(v, &s))
		return "url";
	if (s.len > 8 && memcmp(s.ptr, "https://", 8) == 0)
		skip = 8;
	else if (s.len > 7 && memcmp(s.ptr, "http://", 7) == 0)
		skip = 7;
	else
		return "url";
	if (strchr("/?#@:", s.ptr[skip]) != NULL)
		return "url";
	for (i = skip; i < s.len; i++)
		if (strchr(" \"<>\\^`{|}", s.ptr[i]) != NULL)
			return "url";
	for (i = skip; i < s.len && strchr("/?#", s.ptr[i]) == NULL; i++)
		if (s.ptr[i] == '@')	/* user@host hides where a link leads */
			return "url";
	return NULL;
}

static const char *
check_email(const struct field *f, struct span v)
{
	const char *why = check_chars(v, f->min, f->max, 0);
	const char *at, *dot;
	struct span s;
	size_t i;

	if (why != NULL)
		return why;
	if (!canon_plain(v, &s) || (at = memchr(s.ptr, '@', s.len)) == NULL || at == s.ptr)
		return "email";
	for (i = 0; i < s.len; i++)
		if (strchr(" ,;:()<>[]\"'\\/", s.ptr[i]) != NULL || (s.ptr[i] == '@' && s.ptr + i != at))
			return "email";
	dot = memrchr(at, '.', (size_t)(s.ptr + s.len - at));
	return dot == NULL || dot == at + 1 || dot == s.ptr + s.len - 1 ? "email" : NULL;
}

static const char *
check_phone(const struct field *f, struct span v)
{
	const char *why = check_chars(v, f->min, f->max, 0);
	size_t i, digits = 0;
	struct span s;

	if (why != NULL)
		return why;
	if (!canon_plain(v, &s))
		return "phone";
	for (i = 0; i < s.len; i++) {
		if (s.ptr[i] >= '0' && s.ptr[i] <= '9')
			digits++;
		else if (strchr("+ .-()/", s.ptr[i]) == NULL)
			return "phone";
	}
	return digits < 2 ? "phone" : NULL;
}

static int
digits(const char *p, size_t n, int lo, int hi)
{
	int value = 0;

	for (; n > 0; n--, p++) {
		if (*p < '0' || *p > '9')
			return -1;
		value = value * 10 + (*p - '0');
	}
	return value >= lo && value <= hi ? value : -1;
}

static int
is_date(const char *p)
{
	static const int days[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int y = digits(p, 4, 1000, 9999), m = digits(p + 5, 2, 1, 12), d = digits(p + 8, 2, 1, 31);

	if (y == -1 || m == -1 || d == -1 || p[4] != '-' || p[7] != '-' || d > days[m - 1])
		return 0;
	return !(m == 2 && d == 29 && (y % 4 != 0 || (y % 100 == 0 && y % 400 != 0)));
}

static const char *
check_date(const struct field *f, struct span v)
{
	struct span s;

	(void)f;
	if (!canon_is_string(v))
		return "type";
	return canon_plain(v, &s) && s.len == 10 && is_date(s.ptr) ? NULL : "date";
}

static const char *
check_datetime(const struct field *f, struct span v)
{
	struct span s;

	(void)f;
	if (!canon_is_string(v))
		return "type";
	return canon_plain(v, &s) && s.len == 16 && is_date(s.ptr) && s.ptr[10] == 'T' &&
	    digits(s.ptr + 11, 2, 0, 23) != -1 && s.ptr[13] == ':' &&
	    digits(s.ptr + 14, 2, 0, 59) != -1 ? NULL : "datetime";
}

static const char *
check_int(const struct field *f, struct span v)
{
	int64_t n;

	if (!canon_int(v, &n))
		return "type";
	return n < f->min || n > f->max ? "range" : NULL;
}

static const char *
check_time(const struct field *f, struct span v)
{
	int64_t n;

	(void)f;
	if (!canon_int(v, &n))
		return "type";
	return n < 0 ? "range" : NULL;
}

static const char *
check_bool(const struct field *f, struct span v)
{
	int b;

	(void)f;
	return canon_bool(v, &b) ? NULL : "type";
}

static const char *
check_term(const struct field *f, struct span v)
{
	struct span s;

	if (!canon_is_string(v))
		return "type";
	return canon_plain(v, &s) && vocab_allows(f->vocab, s) ? NULL : "term";
}

static const char *
check_word(const struct field *f, struct span v)
{
	(void)f;
	return check_chars(v, 1, 80, 0);
}

static const char *
check_ref(const struct field *f, struct span v)
{
	struct span s;
	struct ref r;
	struct err e = {0};

	if (!canon_is_string(v))
		return "type";
	if (!canon_plain(v, &s) || ref_parse(s, &r, &e) == -1)
		return "ref";
	return f->refs != 0 && (f->refs & BIT(kind_find(r.kind))) == 0 ? "ref-kind" : NULL;
}

static const char *
check_did(const struct field *f, struct span v)
{
	uint8_t key[32];
	struct err e = {0};
	struct span s;

	(void)f;
	if (!canon_is_string(v))
		return "type";
	return canon_plain(v, &s) && didkey_parse(s, key, &e) == 0 ? NULL : "did";
}

/* 5 characters: two digits, or 2A / 2B, then digits. */
static int
is_insee(struct span s)
{
	return s.len == 5 && digits(s.ptr + 2, 3, 0, 999) != -1 &&
	    (digits(s.ptr, 2, 1, 99) != -1 || (s.ptr[0] == '2' && (s.ptr[1] == 'A' || s.ptr[1] == 'B')));
}

static const char *
check_insee(const struct field *f, struct span v)
{
	struct span s;

	(void)f;
	if (!canon_is_string(v))
		return "type";
	return canon_plain(v, &s) && is_insee(s) ? NULL : "insee";
}

/* A commune (5), a departement (2, or 3 overseas), or an EPCI (SIREN, 9 digits). */
static const char *
check_area(const struct field *f, struct span v)
{
	struct span s;

	(void)f;
	if (!canon_is_string(v))
		return "type";
	if (!canon_plain(v, &s))
		return "area";
	if (is_insee(s) || (s.len == 9 && digits(s.ptr, 9, 0, 999999999) != -1) ||
	    (s.len == 3 && digits(s.ptr, 3, 971, 989) != -1) ||
	    (s.len == 2 && (digits(s.ptr, 2, 1, 95) != -1 || span_is(s, "2A") || span_is(s, "2B"))))
		return NULL;
	return "area";
}

static const char *
check_hash(const struct field *f, struct span v)
{
	uint8_t hash[32];
	struct span s;

	(void)f;
	if (!canon_is_string(v))
		return "type";
	return canon_plain(v, &s) && base64url_decode(s, hash, sizeof hash) == (int)sizeof hash
	    ? NULL : "hash";
}

static const char *
check_raw(const struct field *f, struct span v)
{
	(void)f;
	(void)v;
	return NULL;
}

typedef const char *value_fn(const struct field *f, struct span value);

/* How each type is checked; item says the value is an array of such. */
static const struct { value_fn *check, *item; } type_table[FIELD__COUNT] = {
	[FIELD_TEXT]	= { check_text, NULL },
	[FIELD_MARKDOWN] = { check_markdown, NULL },
	[FIELD_URL]	= { check_url, NULL },
	[FIELD_URLS]	= { NULL, check_url },
	[FIELD_EMAIL]	= { check_email, NULL },
	[FIELD_PHONE]	= { check_phone, NULL },
	[FIELD_DATE]	= { check_date, NULL },
	[FIELD_DATETIME] = { check_datetime, NULL },
	[FIELD_TIME]	= { check_time, NULL },
	[FIELD_INT]	= { check_int, NULL },
	[FIELD_GEO]	= { check_int, NULL },
	[FIELD_BOOL]	= { check_bool, NULL },
	[FIELD_TERM]	= { check_term, NULL },
	[FIELD_TERMS]	= { NULL, check_term },
	[FIELD_WORDS]	= { NULL, check_word },
	[FIELD_REF]	= { check_ref, NULL },
	[FIELD_REFS]	= { NULL, check_ref },
	[FIELD_DID]	= { check_did, NULL },
	[FIELD_INSEE]	= { check_insee, NULL },
	[FIELD_AREAS]	= { NULL, check_area },
	[FIELD_HASH]	= { check_hash, NULL },
	[FIELD_RAW]	= { check_raw, NULL },
};

static int
repeats(struct span array, struct span item)
{
	struct canon_iter it;
	struct span other;

	canon_array(array, &it);
	while (canon_item(&it, &other) && other.ptr < item.ptr)
		if (span_eq(other, item))
			return 1;
	return 0;
}

static const char *
check_items(const struct field *f, value_fn *check, struct span array)
{
	struct canon_iter it;
	const char *why;
	struct span item;
	int64_t n = 0;

	if (array.len == 0 || array.ptr[0] != '[')
		return "type";
	canon_array(array, &it);
	while (canon_item(&it, &item)) {
		if (++n > f->max)
			return "too-many";
		if ((why = check(f, item)) != NULL)
			return why;
		if (repeats(array, item))
			return "repeated";
	}
	return n < f->min ? "required" : NULL;
}

static const char *
check_field(const struct field *f, struct span value)
{
	return type_table[f->type].item != NULL
	    ? check_items(f, type_table[f->type].item, value)
	    : type_table[f->type].check(f, value);
}

/* --- content ------------------------------------------------------------------------------ */

static void
add_fault(struct faults *out, const struct field *f, const char *name, const char *why)
{
	if (out->count < FAULTS_MAX)
		out->fault[out->count++] = (struct fault){ f, name, why };
}

/* Dates as text order as they do in time.  One that is none has its own fault already. */
static int
lies_before(enum kind k, struct span content, const struct field *f, struct span value)
{
	struct span first;

	return canon_get(content, f->after, &first) &&
	    check_field(kind_field(k, span_str(f->after)), first) == NULL &&
	    memcmp(value.ptr, first.ptr, value.len) < 0;
}

static void
check_rules(enum kind k, struct span content, struct faults *out)
{
	struct span a, b;

	if (canon_get(content, "lat_e7", &a) != canon_get(content, "lon_e7", &b))
		add_fault(out, kind_field(k, SPAN("lat_e7")), "lat_e7", "pair");
	if (k == KIND_SAME && canon_get(content, "a", &a) && canon_get(content, "b", &b) && span_eq(a, b))
		add_fault(out, kind_field(k, SPAN("b")), "b", "self");
	if (k == KIND_EXCHANGE && !canon_get(content, "offer", &a) && !canon_get(content, "need", &b))
		add_fault(out, kind_field(k, SPAN("offer")), "offer", "required");
}

/* The value of each field of the kind's table, in one walk; those absent stay empty. */
static void
read_fields(enum kind k, struct span content, struct span value[FIELDS_MAX])
{
	const struct kind_info *info = kind_info(k);
	const struct field *f;
	struct canon_iter it;
	struct span name, v;

	assert(info->field_count <= FIELDS_MAX);
	canon_object(content, &it);
	while (canon_next(&it, &name, &v))
		if ((f = kind_field(k, name)) != NULL)
			value[f - info->field] = v;
}

int
kind_check(enum kind k, struct span content, struct faults *faults, struct err *e)
{
	const struct kind_info *info = kind_info(k);
	struct faults local, *out = faults != NULL ? faults : &local;
	struct span value[FIELDS_MAX] = {{0}};
	size_t i;

	out->count = 0;
	if (k == KIND_UNKNOWN)
		return 0;
	if (content.len == 0 || content.ptr[0] != '{') {
		add_fault(out, NULL, "content", "object");
		return err_set(e, ERR_INPUT, "%s: the content is not an object", info->name);
	}
	read_fields(k, content, value);
	for (i = 0; i < info->field_count; i++) {
		const struct field *f = &info->field[i];
		const char *why = NULL;

		if (value[i].ptr == NULL)
			why = (f->flags & FIELD_REQUIRED) != 0 ? "required" : NULL;
		else if ((why = check_field(f, value[i])) == NULL && f->after != NULL &&
		    lies_before(k, content, f, value[i]))
			why = "order";
		if (why != NULL)
			add_fault(out, f, f->name, why);
	}
	check_rules(k, content, out);
	if (out->count == 0)
		return 0;
	return err_set(e, ERR_INPUT, "%s: %s %s", info->name, out->fault[0].name,
	    fault_text(out->fault[0].why));
}
