/* SPDX-License-Identifier: AGPL-3.0-or-later
 * web_entry_test.c - what a form shows of a record is what comes back when nothing was touched, for every
 * kind; and what people type becomes what they meant.
 */
#include "tests/unit/test.h"

#include "node/web/entry.h"
#include "proto/err.h"
#include "proto/jcs.h"
#include "proto/vocab.h"

#define PAIRS_MAX 256
#define DID "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp"

struct form {
	struct pair at[PAIRS_MAX];
	struct fields fields;
};

static void
add(struct form *f, const char *name, const char *value)
{
	assert_true(f->fields.count < PAIRS_MAX);
	f->at[f->fields.count++] = (struct pair){ name, value };
	f->fields.at = f->at;
}

/* A value of each type, hard for its text form. */
static const char *
sample(const struct field *f)
{
	static const char *const value[FIELD__COUNT] = {
		[FIELD_TEXT] = "\"l’été, \\\"ici\\\" & <là>\"", [FIELD_MARKDOWN] = "\"# a\\n\\n- b\\n\\n**c**\"",
		[FIELD_URL] = "\"https://example.org/a,b?c=d\"",
		[FIELD_URLS] = "[\"https://example.org/a,b\",\"http://example.org/c\"]",
		[FIELD_EMAIL] = "\"a@example.org\"", [FIELD_PHONE] = "\"02 61 91 00 10\"",
		[FIELD_DATE] = "\"2026-11-21\"", [FIELD_DATETIME] = "\"2026-11-21T14:30\"",
		[FIELD_TIME] = "1763700000", [FIELD_INT] = "7", [FIELD_GEO] = "-38279000",
		[FIELD_BOOL] = "false", [FIELD_WORDS] = "[\"un, deux\",\"trois\"]",
		[FIELD_REF] = "\"" DID "/initiative/aaaaaaaaaaaaaaaa\"",
		[FIELD_REFS] = "[\"" DID "/place/bbbbbbbbbbbbbbbb\",\"" DID "/place/cccccccccccccccc\"]",
		[FIELD_DID] = "\"" DID "\"", [FIELD_INSEE] = "\"2A004\"", [FIELD_AREAS] = "[\"29188\",\"242900835\"]",
		[FIELD_HASH] = "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"", [FIELD_RAW] = "[{\"a\":1}]",
	};

	return value[f->type];
}

static const char *
content_of(enum kind k, struct arena *a)
{
	const struct kind_info *info = kind_info(k);
	const char *s = "{\"zz_newer\":{\"x\":[1]}", *value;
	size_t i;

	for (i = 0; i < info->field_count; i++) {
		const struct field *f = &info->field[i];

		value = sample(f);
		if (f->type == FIELD_TERM || f->type == FIELD_TERMS)
			value = arena_printf(a, f->type == FIELD_TERM ? "\"%s\"" : "[\"%s\"]",
			    vocab_get(f->vocab)->term[0].key);
		s = arena_printf(a, "%s,\"%s\":%s", s, f->name, value);
	}
	return arena_printf(a, "%s}", s);
}

static const char *
canonical(const char *json, struct arena *a)
{
	struct buf b = BUF_INIT(1 << 16);
	struct err e = { .code = ERR_NONE };
	const char *made;

	if (jcs_canonicalize(span_str(json), &b, &e) == -1)
		fail_msg("%s: %s", e.text, json);
	made = arena_copy(a, buf_span(&b));
	buf_clear(&b);
	return made;
}

/* Fill the form in as a browser would send it back: lines end in CR LF. */
static const char *
as_sent(const char *text, struct arena *a)
{
	char *out = arena_alloc(a, 2 * strlen(text) + 1), *p = out;

	for (; *text != '\0'; text++) {
		if (*text == '\n')
			*p++ = '\r';
		*p++ = *text;
	}
	return out;
}

static void
send_back(enum kind k, struct span content, struct form *f, struct arena *a)
{
	const struct kind_info *info = kind_info(k);
	const char *value[16];
	size_t i, n, m;

	for (i = 0; i < info->field_count; i++) {
		const struct field *field = &info->field[i];
		const char *name = arena_printf(a, "c_%s", field->name);

		if (!entry_offers(field))
			continue;
		if (field->type != FIELD_TERMS && field->type != FIELD_REFS) {
			add(f, name, as_sent(entry_text(field, content, a), a));
			continue;
		}
		m = entry_values(field, content, value, COUNT(value), a);
		for (n = 0; n < m; n++)
			add(f, name, value[n]);
	}
}

static void
test_every_kind_comes_back(void **state)
{
	struct err e = { .code = ERR_NONE };
	int k;

	(void)state;
	for (k = 1; k < KIND__COUNT; k++) {
		struct arena a = { 0 };
		struct buf out = BUF_INIT(1 << 16);
		struct form f = { .fields = { .count = 0 } };
		const char *content = canonical(content_of((enum kind)k, &a), &a);

		send_back((enum kind)k, span_str(content), &f, &a);
		assert_int_equal(entry_content((enum kind)k, span_str(content), &f.fields, &a, &out, &e), 0);
		if (strcmp(canonical(out.ptr, &a), content) != 0)
			fail_msg("%s: sent %s\ncame back %s", kind_info((enum kind)k)->name, content, out.ptr);
		buf_clear(&out);
		arena_clear(&a);
	}
}

static void
test_what_is_typed(void **state)
{
	static const struct { const char *why, *name, *typed, *content; } row[] = {
		{ "white space at the ends goes", "c_name", "  Un lieu \r\n", "{\"name\":\"Un lieu\"}" },
		{ "an empty field is absent", "c_name", "  ", "{}" },
		{ "degrees with a comma", "c_lat_e7", "48,6942", "{\"lat_e7\":486942000}" },
		{ "degrees west", "c_lon_e7", "-3.7897", "{\"lon_e7\":-37897000}" },
		{ "whole degrees", "c_lat_e7", "48", "{\"lat_e7\":480000000}" },
		{ "more digits than are kept", "c_lat_e7", "48.123456789", "{\"lat_e7\":481234567}" },
		{ "what is no number stays, to be told", "c_lat_e7", "au nord", "{\"lat_e7\":\"au nord\"}" },
		{ "two commas are no number", "c_lat_e7", "4,8,6", "{\"lat_e7\":\"4,8,6\"}" },
		{ "a number beyond reason", "c_lat_e7", "99999999999999999999",
		    "{\"lat_e7\":\"99999999999999999999\"}" },
		{ "words by commas", "c_tags", "a, b ,,c", "{\"tags\":[\"a\",\"b\",\"c\"]}" },
		{ "words by lines", "c_tags", "a, b\r\nc", "{\"tags\":[\"a, b\",\"c\"]}" },
		{ "addresses by lines only", "c_links", "http://a/?x=1,2", "{\"links\":[\"http://a/?x=1,2\"]}" },
		{ "a pasted page", "p_adapted_from", "https://x.example.org/i/" DID
		    "/initiative/aaaaaaaaaaaaaaaa/un-jardin?lang=en",
		    "{\"adapted_from\":\"" DID "/initiative/aaaaaaaaaaaaaaaa\"}" },
		{ "a pasted text that is none", "p_adapted_from", "le jardin", "{\"adapted_from\":\"le jardin\"}" },
		{ "pasted pages", "p_places", DID "/place/aaaaaaaaaaaaaaaa\r\n\r\n" DID "/place/aaaaaaaaaaaaaaaa",
		    "{\"places\":[\"" DID "/place/aaaaaaaaaaaaaaaa\"]}" },
		{ "yes", "c_example", "yes", "{\"example\":true}" },
		{ "a field this kind lacks", "c_starts", "2026-11-21T14:30", "{}" },
		{ "a name without its prefix", "name", "x", "{}" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		struct arena a = { 0 };
		struct buf out = BUF_INIT(1 << 16);
		struct form f = { .fields = { .count = 0 } };
		struct err e;

		add(&f, row[i].name, row[i].typed);
		assert_int_equal(entry_content(KIND_INITIATIVE, span_str(""), &f.fields, &a, &out, &e), 0);
		if (strcmp(out.ptr, row[i].content) != 0)
			fail_msg("%s: got %s", row[i].why, out.ptr);
		buf_clear(&out);
		arena_clear(&a);
	}
}

static void
test_seconds_of_a_browser(void **state)
{
	struct arena a = { 0 };
	struct buf out = BUF_INIT(1024);
	struct form f = { .fields = { .count = 0 } };
	struct err e;

	(void)state;
	add(&f, "c_starts", "2026-11-21T14:30:00");
	assert_int_equal(entry_content(KIND_EVENT, span_str(""), &f.fields, &a, &out, &e), 0);
	assert_string_equal(out.ptr, "{\"starts\":\"2026-11-21T14:30\"}");
	buf_clear(&out);
	arena_clear(&a);
}

static void
test_not_utf8(void **state)
{
	struct arena a = { 0 };
	struct buf out = BUF_INIT(1024);
	struct form f = { .fields = { .count = 0 } };
	struct err e = { .code = ERR_NONE };

	(void)state;
	add(&f, "c_name", "\xff");
	assert_int_equal(entry_content(KIND_PLACE, span_str(""), &f.fields, &a, &out, &e), -1);
	assert_int_equal(e.code, ERR_INPUT);
	buf_clear(&out);
	arena_clear(&a);
}

static void
test_one_member(void **state)
{
	struct buf out = BUF_INIT(1024);
	struct err e;

	(void)state;
	assert_int_equal(entry_member(SPAN("{\"a\":1,\"confirmed\":\"x\"}"), "confirmed", "2026-11-21", &out, &e), 0);
	assert_string_equal(out.ptr, "{\"a\":1,\"confirmed\":\"2026-11-21\"}");
	buf_clear(&out);
}

int
main(void)
{
	static const struct CMUnitTest test[] = {
		cmocka_unit_test(test_every_kind_comes_back),
		cmocka_unit_test(test_what_is_typed),
		cmocka_unit_test(test_seconds_of_a_browser),
		cmocka_unit_test(test_not_utf8),
		cmocka_unit_test(test_one_member),
	};

	return cmocka_run_group_tests_name("web entry", test, NULL, NULL);
}
