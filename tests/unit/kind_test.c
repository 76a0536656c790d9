/* SPDX-License-Identifier: AGPL-3.0-or-later
 * kind_test.c - for every kind a content with all of its fields, and each fault provoked in it. */
#include "tests/unit/test.h"

#include <jansson.h>

#include "proto/canon.h"
#include "proto/err.h"
#include "proto/jcs.h"
#include "proto/kind.h"

#define DID	"did:key:z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"
#define REF(kind) "\"" DID "/" kind "/k3v2abcdefghijkl\""
#define HASH	"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

#define ABOUT	"\"name\":\"Jardin du Quai\",\"summary\":\"On s\303\250me ensemble\"," \
		"\"description\":\"# Bonjour\\n\\n* l\303\251gumes\\n\\tet fleurs\""
#define THEMES	"\"axes\":[\"solidarity\",\"co-production\"],\"practices\":[\"shared-garden\",\"our-own-key\"]," \
		"\"tags\":[\"jardin\",\"compost\"]"
#define WHERE	"\"street\":\"1 quai Est\",\"postcode\":\"29600\",\"commune\":\"Morlaix\",\"insee\":\"29151\"," \
		"\"lat_e7\":485776000,\"lon_e7\":-38279000"
#define CONTACT	"\"email\":\"jardin@example.org\",\"phone\":\"+33 2 98 00 00 00\"," \
		"\"website\":\"https://jardin.example.org/\",\"contact_form\":\"https://example.org/ecrire?a=1#b\"," \
		"\"links\":[\"http://example.org\",\"https://example.org:8443/x\"]"
#define ACCESS	"\"access\":[\"free\",\"membership\"],\"access_text\":\"Une cl\303\251 suffit\""
#define ORIGIN	"\"confirmed\":\"2026-11-01\",\"source_name\":\"Exemple\"," \
		"\"source_url\":\"https://example.org/src\",\"example\":true"
#define OFFER	"{" ABOUT "," THEMES "," WHERE "," CONTACT "," ORIGIN ",\"item_type\":\"good\"," \
		"\"terms\":[\"gift\",\"loan\"],\"terms_text\":\"\303\200 voir\",\"by\":" REF("organisation") "," \
		"\"since\":\"2026-01-31\",\"until\":\"2026-12-31\"}"

static const char *const full[KIND__COUNT] = {
	[KIND_IDENTITY] = "{\"keys\":[{\"from\":0,\"key\":\"" DID "\",\"until\":9}],\"next\":\"" HASH "\",\"chain\":[{}]}",
	[KIND_NODE] = "{\"name\":\"Pays de Morlaix\",\"urls\":[\"https://essaim.example.org\"],"
	    "\"software\":\"essaim 1.0\",\"policy\":\"vouched\",\"contact\":\"contact@example.org\","
	    "\"contact_form\":\"https://example.org/c\"}",
	[KIND_TERRITORY] = "{" ABOUT "," CONTACT ",\"areas\":[\"29\",\"2A\",\"971\",\"29151\",\"2B033\",\"242900835\"],"
	    "\"charter\":\"Ce qui a sa place ici\",\"lat_e7\":0,\"lon_e7\":0}",
	[KIND_VOUCH] = "{\"subject\":\"" DID "\",\"next\":\"" HASH "\",\"hops\":3,\"budget\":20000}",
	[KIND_RETIRE] = "{}",
	[KIND_INITIATIVE] = "{" ABOUT "," THEMES "," WHERE "," CONTACT "," ACCESS "," ORIGIN ",\"status\":\"active\","
	    "\"areas\":[\"29151\"],\"since\":\"2016-02-29\",\"until\":\"2016-02-29\",\"hours\":\"sa 10-12\","
	    "\"take_part\":\"Venez\",\"means\":[\"volunteers\"],\"means_text\":\"et du temps\","
	    "\"governance\":\"Chaque mois\",\"legal_form\":\"informal\",\"organisations\":[" REF("organisation") ","
	    REF("territory") "],\"places\":[" REF("place") "],\"adapted_from\":" REF("initiative") ","
	    "\"adapted_text\":\"en plus petit\"}",
	[KIND_ORGANISATION] = "{" ABOUT "," THEMES "," WHERE "," CONTACT "," ACCESS "," ORIGIN ",\"legal_form\":"
	    "\"association\",\"registration\":\"W291000000\",\"since\":\"1998-07-01\",\"areas\":[\"29\"],"
	    "\"hours\":\"lu-ve\",\"take_part\":\"\",\"means\":[\"employees\"],\"governance\":\"CA\","
	    "\"member_of\":[" REF("organisation") "]}",
	[KIND_PLACE] = "{" ABOUT "," THEMES "," WHERE "," CONTACT "," ACCESS "," ORIGIN ",\"hours\":\"Mo-Fr\","
	    "\"accessibility\":\"plain-pied\",\"activities\":\"caf\303\251\",\"governance\":\"\","
	    "\"organisations\":[" REF("organisation") "]}",
	[KIND_OFFER] = OFFER,
	[KIND_NEED] = OFFER,
	[KIND_EVENT] = "{" ABOUT "," THEMES "," WHERE "," CONTACT "," ACCESS "," ORIGIN ",\"starts\":\"2026-12-01T18:00\","
	    "\"ends\":\"2026-12-01T20:30\",\"timezone\":\"Europe/Paris\",\"recurrence\":\"FREQ=WEEKLY\","
	    "\"event_status\":\"confirmed\",\"attendance\":\"both\",\"online_url\":\"https://example.org/v\","
	    "\"place\":" REF("place") ",\"organisations\":[" REF("territory") "],\"initiatives\":["
	    REF("initiative") "]}",
	[KIND_DOCUMENT] = "{" ABOUT "," THEMES "," ORIGIN ",\"document_type\":\"video\",\"url\":\"https://example.org/v\","
	    "\"creators\":[\"Le collectif\"],\"publisher\":\"Exemple\",\"published\":\"2016-05-04\","
	    "\"about\":[" REF("initiative") "," REF("a-newer-kind") "]}",
	[KIND_SYNTHESIS] = "{\"name\":\"Faire ensemble\",\"summary\":\"\",\"axes\":[\"public-actor\"],"
	    "\"opportunities\":\"o\",\"vigilance\":\"v\",\"stakes\":\"s\",\"questions\":\"q\","
	    "\"contributors\":[\"un groupe\"],\"published\":\"2026-01-01\",\"about\":[" REF("event") "],"
	    "\"url\":\"https://example.org/s\",\"tags\":[\"commun\"]," ORIGIN "}",
	[KIND_QUESTION] = "{" ABOUT "," THEMES "," ORIGIN ",\"answer\":\"pas encore\",\"about\":[" REF("synthesis") "]}",
	[KIND_RESOURCE] = "{" ABOUT "," THEMES "," WHERE "," CONTACT "," ACCESS "," ORIGIN ",\"resource_type\":\"tool\","
	    "\"lender\":" REF("place") ",\"for_whom\":\"les voisins\",\"booking\":\"par t\303\251l\303\251phone\","
	    "\"terms\":[\"loan\"],\"responsibility\":\"\303\240 partager\",\"insurance\":\"celle du pr\303\252teur\","
	    "\"deposit\":\"20 \342\202\254\",\"hours\":\"sa\",\"place\":" REF("place") "}",
	[KIND_PRACTICE] = "{\"key\":\"boat-sharing\",\"parent\":\"mobility\",\"name\":\"Bateaux partag\303\251s\","
	    "\"name_fr\":\"Bateaux partag\303\251s\",\"name_en\":\"Boat sharing\",\"description\":\"\"}",
	[KIND_EXCHANGE] = "{\"offer\":" REF("resource") ",\"need\":" REF("need") ",\"date\":\"2026-10-01\",\"done\":false}",
	[KIND_ENDORSEMENT] = "{\"target\":" REF("initiative") ",\"role\":\"steward\",\"by\":" REF("organisation") ","
	    "\"since\":\"2026-01-01\"}",
	[KIND_SAME] = "{\"a\":" REF("place") ",\"b\":" REF("organisation") ",\"verdict\":\"not-same\",\"score\":97}",
};

/* The full content of a kind with one member set (value NULL: taken out), in canonical form. */
static struct span
content_with(enum kind k, const char *member, const char *value, struct buf *out)
{
	json_t *o = json_loads(full[k], JSON_REJECT_DUPLICATES, NULL), *v = NULL;
	struct err e = { 0 };

	if (o == NULL)
		fail_msg("%s: the example is not JSON", kind_info(k)->name);
	if (member != NULL && value == NULL)
		json_object_del(o, member);
	if (member != NULL && value != NULL) {
		if ((v = json_loads(value, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL)) == NULL)
			fail_msg("%s: the value is not JSON", value);
		json_object_set_new(o, member, v);
	}
	buf_reset(out);
	if (jcs_emit(o, out, &e) == -1)
		fail_msg("%s", e.text);
	json_decref(o);
	return buf_span(out);
}

static void
every_field_of_every_kind(void **state)
{
	struct buf b = BUF_INIT(1 << 20);
	unsigned k;
	size_t i;

	(void)state;
	for (k = KIND_UNKNOWN + 1; k < KIND__COUNT; k++) {
		const struct kind_info *info = kind_info((enum kind)k);
		struct span content = content_with((enum kind)k, NULL, NULL, &b), v;
		struct faults f;
		struct err e = { 0 };

		for (i = 0; i < info->field_count; i++)
			if (!canon_get(content, info->field[i].name, &v))
				fail_msg("%s: the example lacks %s", info->name, info->field[i].name);
		if (kind_check((enum kind)k, content, &f, &e) == -1)
			fail_msg("%s", e.text);
		assert_int_equal(f.count, 0);
	}
	buf_clear(&b);
}

/* Taking a required field out is a fault, any other is none. */
static void
only_required_fields_are_missed(void **state)
{
	struct buf b = BUF_INIT(1 << 20);
	unsigned k;
	size_t i;

	(void)state;
	for (k = KIND_UNKNOWN + 1; k < KIND__COUNT; k++) {
		const struct kind_info *info = kind_info((enum kind)k);

		for (i = 0; i < info->field_count; i++) {
			const struct field *field = &info->field[i];
			struct faults f;
			struct err e = { 0 };
			int rc = kind_check((enum kind)k, content_with((enum kind)k, field->name, NULL, &b), &f, &e);

			if (field->type == FIELD_GEO)
				continue;	/* the pair, below */
			CHECK_ROW(field->name, (rc == -1) == ((field->flags & FIELD_REQUIRED) != 0));
			CHECK_ROW(field->name, rc == 0 || (f.count == 1 && f.fault[0].field == field &&
			    strcmp(f.fault[0].why, "required") == 0));
		}
	}
	buf_clear(&b);
}

#define TWICE(s) s s
#define TENFOLD(s) s s s s s s s s s s
#define CHARS_80 TENFOLD("12345678")
#define CHARS_200 TWICE(TENFOLD("1234567890"))
#define CHARS_500 CHARS_200 CHARS_200 TENFOLD("1234567890")

static const struct { enum kind kind; const char *member, *value, *why; } bad[] = {
	/* text */
	{ KIND_PLACE, "name", "1", "type" },
	{ KIND_PLACE, "name", "\"\"", "too-short" },
	{ KIND_PLACE, "name", "\"" CHARS_200 "1\"", "too-long" },
	{ KIND_PLACE, "name", "\"two\\nlines\"", "control" },
	{ KIND_PLACE, "name", "\"turned \\u202e around\"", "control" },
	{ KIND_PLACE, "name", "\"isolated \\u2066 text\"", "control" },
	{ KIND_PLACE, "name", "\"line\\u2028separator\"", "control" },
	{ KIND_PLACE, "name", "\"\\ufeffmark\"", "control" },
	{ KIND_PLACE, "name", "\"\\u0085\"", "control" },
	{ KIND_PLACE, "name", "\"\\u007f\"", "control" },
	{ KIND_PLACE, "description", "\"a\\rb\"", "control" },
	{ KIND_PLACE, "description", "\"a\\u001bb\"", "control" },
	{ KIND_PLACE, "description", "[\"a\"]", "type" },
	{ KIND_PLACE, "tags", "[\"\"]", "too-short" },
	{ KIND_PLACE, "tags", "[\"" CHARS_80 "1\"]", "too-long" },
	{ KIND_PLACE, "tags", "[1]", "type" },
	{ KIND_PLACE, "tags", "\"jardin\"", "type" },
	{ KIND_PLACE, "tags", "[\"a\",\"b\",\"a\"]", "repeated" },
	{ KIND_SYNTHESIS, "axes", "[]", "required" },
	{ KIND_PLACE, "tags", "[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\",\"h\",\"i\",\"j\",\"k\",\"l\",\"m\",\"n\","
	    "\"o\",\"p\",\"q\",\"r\",\"s\",\"t\",\"u\"]", "too-many" },
	{ KIND_PRACTICE, "key", "\"a\"", "too-short" },
	/* addresses */
	{ KIND_PLACE, "website", "\"ftp://example.org\"", "url" },
	{ KIND_PLACE, "website", "\"javascript:alert(1)\"", "url" },
	{ KIND_PLACE, "website", "\"//example.org\"", "url" },
	{ KIND_PLACE, "website", "\"https://\"", "url" },
	{ KIND_PLACE, "website", "\"https:///x\"", "url" },
	{ KIND_PLACE, "website", "\"https://a@example.org/\"", "url" },
	{ KIND_PLACE, "website", "\"https://example.org/a b\"", "url" },
	{ KIND_PLACE, "website", "\"https://example.org/\\\"x\"", "url" },
	{ KIND_PLACE, "website", "\"HTTPS://example.org\"", "url" },
	{ KIND_PLACE, "website", "\"https://example.org/\\n\"", "control" },
	{ KIND_PLACE, "website", "\"https://" CHARS_500 "\"", "too-long" },
	{ KIND_PLACE, "website", "true", "type" },
	{ KIND_PLACE, "links", "[\"https://example.org\",\"x\"]", "url" },
	{ KIND_PLACE, "email", "\"nobody\"", "email" },
	{ KIND_PLACE, "email", "\"@example.org\"", "email" },
	{ KIND_PLACE, "email", "\"a@b\"", "email" },
	{ KIND_PLACE, "email", "\"a@.org\"", "email" },
	{ KIND_PLACE, "email", "\"a@b.\"", "email" },
	{ KIND_PLACE, "email", "\"a@b@c.org\"", "email" },
	{ KIND_PLACE, "email", "\"a b@example.org\"", "email" },
	{ KIND_PLACE, "email", "\"a@\"", "too-short" },
	{ KIND_PLACE, "phone", "\"call me\"", "phone" },
	{ KIND_PLACE, "phone", "\"+ - -\"", "phone" },
	{ KIND_PLACE, "phone", "42", "type" },
	/* dates */
	{ KIND_INITIATIVE, "since", "\"2015-02-29\"", "date" },
	{ KIND_INITIATIVE, "since", "\"2015-2-28\"", "date" },
	{ KIND_INITIATIVE, "since", "\"2015-02-28T\"", "date" },
	{ KIND_INITIATIVE, "since", "2015", "type" },
	{ KIND_INITIATIVE, "until", "\"2016-02-28\"", "order" },
	{ KIND_EVENT, "starts", "\"2026-12-01 18:00\"", "datetime" },
	{ KIND_EVENT, "starts", "\"2026-12-01T24:00\"", "datetime" },
	{ KIND_EVENT, "starts", "\"2026-12-01T18:60\"", "datetime" },
	{ KIND_EVENT, "starts", "0", "type" },
	{ KIND_EVENT, "ends", "\"2026-12-01T17:59\"", "order" },
	/* numbers */
	{ KIND_VOUCH, "hops", "9", "range" },
	{ KIND_VOUCH, "hops", "-1", "range" },
	{ KIND_VOUCH, "hops", "\"3\"", "type" },
	{ KIND_VOUCH, "budget", "10000001", "range" },
	{ KIND_PLACE, "lat_e7", "900000001", "range" },
	{ KIND_PLACE, "lon_e7", "-1800000001", "range" },
	{ KIND_PLACE, "lon_e7", NULL, "pair" },
	{ KIND_PLACE, "lat_e7", NULL, "pair" },
	{ KIND_SAME, "score", "101", "range" },
	{ KIND_PLACE, "example", "1", "type" },
	/* terms */
	{ KIND_PLACE, "access", "[\"gratis\"]", "term" },
	{ KIND_PLACE, "access", "[\"free\",\"free\"]", "repeated" },
	{ KIND_PLACE, "practices", "[\"Shared Garden\"]", "term" },
	{ KIND_INITIATIVE, "status", "\"dormant\"", "term" },
	{ KIND_INITIATIVE, "status", "[\"active\"]", "type" },
	{ KIND_ENDORSEMENT, "role", "\"boss\"", "term" },
	/* names of records and authors */
	{ KIND_INITIATIVE, "adapted_from", "\"k3v2abcdefghijkl\"", "ref" },
	{ KIND_INITIATIVE, "adapted_from", REF("place"), "ref-kind" },
	{ KIND_INITIATIVE, "places", "[" REF("initiative") "]", "ref-kind" },
	{ KIND_INITIATIVE, "adapted_from", "[]", "type" },
	{ KIND_SAME, "b", REF("place"), "self" },
	{ KIND_VOUCH, "subject", "\"did:web:example.org\"", "did" },
	{ KIND_VOUCH, "subject", "\"" DID "#x\"", "did" },
	{ KIND_VOUCH, "subject", "{}", "type" },
	{ KIND_VOUCH, "next", "\"AAAA\"", "hash" },
	{ KIND_VOUCH, "next", "\"" HASH "A\"", "hash" },
	{ KIND_VOUCH, "next", "7", "type" },
	/* places */
	{ KIND_PLACE, "insee", "\"2915\"", "insee" },
	{ KIND_PLACE, "insee", "\"2C001\"", "insee" },
	{ KIND_PLACE, "insee", "\"00001\"", "insee" },
	{ KIND_PLACE, "insee", "29151", "type" },
	{ KIND_TERRITORY, "areas", "[\"96\"]", "area" },
	{ KIND_TERRITORY, "areas", "[\"970\"]", "area" },
	{ KIND_TERRITORY, "areas", "[\"12345678\"]", "area" },
	{ KIND_TERRITORY, "areas", "[29]", "type" },
};

static void
each_fault(void **state)
{
	struct buf b = BUF_INIT(1 << 20);
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++) {
		struct span content = content_with(bad[i].kind, bad[i].member, bad[i].value, &b);
		struct faults f;
		struct err e = { 0 };

		if (kind_check(bad[i].kind, content, &f, &e) == 0)
			fail_msg("%s.%s: accepted %s", kind_info(bad[i].kind)->name, bad[i].member, bad[i].value);
		if (f.count != 1 || strcmp(f.fault[0].why, bad[i].why) != 0)
			fail_msg("%s.%s %s: %zu faults, first %s", kind_info(bad[i].kind)->name, bad[i].member,
			    bad[i].value, f.count, f.fault[0].why);
		CHECK_ROW(bad[i].value, f.fault[0].field != NULL &&
		    (strcmp(bad[i].why, "pair") == 0 || strcmp(f.fault[0].name, bad[i].member) == 0));
		CHECK_ROW(bad[i].value, e.code == ERR_INPUT && strstr(e.text, f.fault[0].name) != NULL);
	}
	buf_clear(&b);
}

/* Every key that a checker may answer has its sentence, and the table above provokes each but one. */
static void
each_key_is_provoked(void **state)
{
	static const char *const key[] = { "required", "type", "too-long", "too-short", "too-many", "repeated",
	    "control", "url", "email", "phone", "date", "datetime", "order", "range", "term", "ref", "ref-kind",
	    "did", "insee", "area", "hash", "pair", "self" };
	size_t i, j;

	(void)state;
	for (i = 0; i < COUNT(key); i++) {
		CHECK_ROW(key[i], strcmp(fault_text(key[i]), key[i]) != 0);
		for (j = 0; j < COUNT(bad) && strcmp(bad[j].why, key[i]) != 0; j++)
			;
		CHECK_ROW(key[i], j < COUNT(bad));
	}
	assert_string_equal(fault_text("no-such-key"), "no-such-key");
}

static void
content_as_a_whole(void **state)
{
	struct faults f;
	struct err e = { 0 };

	(void)state;
	CHECK(kind_check(KIND_PLACE, SPAN("[]"), &f, &e) == -1);
	CHECK(f.count == 1 && f.fault[0].field == NULL);
	assert_string_equal(f.fault[0].why, "object");
	CHECK(strcmp(fault_text("object"), "object") != 0);
	CHECK(kind_check(KIND_PLACE, (struct span){ NULL, 0 }, &f, &e) == -1);
	CHECK(kind_check(KIND_UNKNOWN, SPAN("[]"), &f, &e) == 0 && f.count == 0);
	CHECK(kind_check(KIND_PLACE, SPAN("{\"a-newer-member\":{\"x\":[null]},\"name\":\"x\"}"), NULL, &e) == 0);
	/* an exchange without either side says nothing */
	CHECK(kind_check(KIND_EXCHANGE, SPAN("{\"done\":true}"), &f, &e) == -1);
	assert_string_equal(f.fault[0].why, "required");
	CHECK(kind_check(KIND_EXCHANGE, SPAN("{\"need\":" REF("need") "}"), &f, &e) == 0);
	/* all faults are told at once */
	CHECK(kind_check(KIND_EVENT, SPAN("{\"email\":\"x\",\"ends\":1}"), &f, &e) == -1);
	assert_int_equal(f.count, 4);
}

static void
characters_are_not_bytes(void **state)
{
	struct buf b = BUF_INIT(1 << 16);
	struct err e = { 0 };
	int i;

	(void)state;
	buf_adds(&b, "{\"name\":\"", &e);
	for (i = 0; i < 200; i++)
		buf_adds(&b, i % 2 ? "\303\251" : "\360\237\214\261", &e);
	buf_adds(&b, "\"}", &e);
	CHECK(kind_check(KIND_PLACE, buf_span(&b), NULL, &e) == 0);
	buf_reset(&b);
	buf_adds(&b, "{\"name\":\"", &e);
	for (i = 0; i < 200; i++)
		buf_adds(&b, "\\\"", &e);	/* two bytes that stand for one character */
	buf_adds(&b, "\"}", &e);
	CHECK(kind_check(KIND_PLACE, buf_span(&b), NULL, &e) == 0);
	buf_clear(&b);
}

/* The table holds together: names are unique and well-formed, what points elsewhere exists. */
static void
the_table_is_sound(void **state)
{
	unsigned k;
	size_t i, j;

	(void)state;
	for (k = KIND_UNKNOWN + 1; k < KIND__COUNT; k++) {
		const struct kind_info *info = kind_info((enum kind)k);

		CHECK_ROW(info->name, kind_find(span_str(info->name)) == k);
		CHECK_ROW(info->name, info->title == NULL || kind_field((enum kind)k, span_str(info->title)) != NULL);
		for (i = 0; i < info->field_count; i++) {
			const struct field *f = &info->field[i];

			CHECK_ROW(f->name, f->type < FIELD__COUNT && f->min <= (f->max == 0 ? f->min : f->max));
			CHECK_ROW(f->name, kind_field((enum kind)k, span_str(f->name)) == f);
			CHECK_ROW(f->name, f->after == NULL || kind_field((enum kind)k, span_str(f->after)) != NULL);
			CHECK_ROW(f->name, (f->vocab == 0) || f->type == FIELD_TERM || f->type == FIELD_TERMS);
			for (j = 0; j < i; j++)
				CHECK_ROW(f->name, strcmp(f->name, info->field[j].name) != 0);
		}
	}
	CHECK(kind_find(SPAN("")) == KIND_UNKNOWN && kind_find(SPAN("Place")) == KIND_UNKNOWN);
	CHECK(kind_field(KIND_PLACE, SPAN("nam")) == NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_field_of_every_kind),
		cmocka_unit_test(only_required_fields_are_missed),
		cmocka_unit_test(each_fault),
		cmocka_unit_test(each_key_is_provoked),
		cmocka_unit_test(content_as_a_whole),
		cmocka_unit_test(characters_are_not_bytes),
		cmocka_unit_test(the_table_is_sound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
