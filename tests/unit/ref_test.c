/* SPDX-License-Identifier: AGPL-3.0-or-later
 * ref_test.c - a record's name is read back as written, and no other text passes for one. */
#include "tests/unit/author.h"

#include "proto/ref.h"

#define DID "did:key:z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"

static const struct { const char *text, *kind, *rid; } good[] = {
	{ DID "/initiative/k3v2abcdefghijkl", "initiative", "k3v2abcdefghijkl" },
	{ DID "/node/self", "node", "self" },
	{ DID "/a-kind-of-a-newer-version/self", NULL, NULL },
	{ DID "/a-newer-kind-of-a-record/7777777777777777", "a-newer-kind-of-a-record", "7777777777777777" },
	{ DID "/-/aaaaaaaaaaaaaaaa", "-", "aaaaaaaaaaaaaaaa" },
};

static void
names_are_read_back(void **state)
{
	char text[REF_CHARS_MAX + 1];
	struct err e = { 0 };
	struct ref r;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(good); i++) {
		int rc = ref_parse(span_str(good[i].text), &r, &e);

		if (good[i].kind == NULL) {	/* 25 characters */
			CHECK_ROW(good[i].text, rc == -1);
			continue;
		}
		CHECK_ROW(good[i].text, rc == 0);
		CHECK_ROW(good[i].text, span_is(r.author, DID) && span_is(r.kind, good[i].kind) &&
		    span_is(r.rid, good[i].rid));
		ref_format(&r, text);
		assert_string_equal(text, good[i].text);
	}
}

static const struct { const char *why, *text; } wrong[] = {
	{ "empty", "" },
	{ "an author alone", DID },
	{ "no rid", DID "/initiative" },
	{ "empty rid", DID "/initiative/" },
	{ "empty kind", DID "//self" },
	{ "a slug after it", DID "/initiative/k3v2abcdefghijkl/jardin" },
	{ "a query", DID "/initiative/self?x" },
	{ "a fragment", DID "/initiative/self#x" },
	{ "capitals in the kind", DID "/Node/self" },
	{ "a digit outside base32", DID "/initiative/k3v2abcdefghijk1" },
	{ "rid too short", DID "/initiative/k3v2abcdefghijk" },
	{ "another DID method", "did:web:example.org/node/self" },
	{ "an author with a slip", "did:key:z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ0/node/self" },
	{ "white space in front", " " DID "/node/self" },
};

static void
nothing_else_is_a_name(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(wrong); i++) {
		struct err e = { 0 };
		struct ref r;

		CHECK_ROW(wrong[i].why, ref_parse(span_str(wrong[i].text), &r, &e) == -1);
		CHECK_ROW(wrong[i].why, e.code == ERR_INPUT && e.text[0] != '\0');
	}
}

static void
rids_are_base32_of_80_bits(void **state)
{
	static const uint8_t zero[10], bytes[10] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 1 };
	char rid[RID_CHARS + 1];

	(void)state;
	rid_from_random(zero, rid);
	assert_string_equal(rid, "aaaaaaaaaaaaaaaa");
	rid_from_random(bytes, rid);
	assert_string_equal(rid, "77777777aaaaaaab");
}

/* The same source row finds the same record; another key or row does not, nor does the rid tell. */
static void
rids_of_imported_rows(void **state)
{
	static const uint8_t key[32] = { 1 }, other[32] = { 2 };
	char a[RID_CHARS + 1], b[RID_CHARS + 1];

	(void)state;
	rid_from_source(key, SPAN("gogocarto:42"), a);
	rid_from_source(key, SPAN("gogocarto:42"), b);
	assert_string_equal(a, b);
	CHECK(ref_rid_ok(span_str(a)) && strcmp(a, "self") != 0);
	rid_from_source(key, SPAN("gogocarto:43"), b);
	assert_string_not_equal(a, b);
	rid_from_source(other, SPAN("gogocarto:42"), b);
	assert_string_not_equal(a, b);
	rid_from_source(key, SPAN(""), b);
	CHECK(ref_rid_ok(span_str(b)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_read_back),
		cmocka_unit_test(nothing_else_is_a_name),
		cmocka_unit_test(rids_are_base32_of_80_bits),
		cmocka_unit_test(rids_of_imported_rows),
	};

	return sodium_init() == -1 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
