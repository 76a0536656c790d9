/* SPDX-License-Identifier: AGPL-3.0-or-later
 * blocklist_test.c - a signed list of blocks reads back as written, and any other is refused for a reason. */
#include "tests/unit/test.h"

#include <sodium.h>

#include "proto/blocklist.h"
#include "proto/err.h"
#include "proto/limits.h"
#include "tests/unit/author.h"

#define LIST_BYTES_MAX (4 * (size_t)BLOCKLIST_BYTES_MAX)

static void
what_can_be_blocked(void **state)
{
	static const struct { const char *why, *what; int ok; enum block_kind kind; } row[] = {
		{ "an author", "did:key:z6MkmtWtY63GQVBrpMyRJWEzsnxfsGkemu6CtMDwGTv4RYj2", 1, BLOCK_AUTHOR },
		{ "a record", "did:key:z6MkmtWtY63GQVBrpMyRJWEzsnxfsGkemu6CtMDwGTv4RYj2/place/k3v2abcdefghijkl", 1,
		    BLOCK_RECORD },
		{ "a node", "https://essaim.example.org", 1, BLOCK_NODE },
		{ "a node below a path", "http://example.org/essaim", 1, BLOCK_NODE },
		{ "a slash at the end is another spelling", "https://essaim.example.org/", 0, 0 },
		{ "a comma would end it in a list", "https://essaim.example.org/a,b", 0, 0 },
		{ "a query", "https://essaim.example.org?x", 0, 0 },
		{ "another scheme", "ftp://essaim.example.org", 0, 0 },
		{ "white space", "https://essaim.example.org/a b", 0, 0 },
		{ "no letter of another alphabet", "https://essaim.ex\303\240mple.org", 0, 0 },
		{ "a scheme alone", "https://", 0, 0 },
		{ "a did cut short", "did:key:z6MkmtWtY63GQVBrpMyRJWEz", 0, 0 },
		{ "a record of no kind", "did:key:z6MkmtWtY63GQVBrpMyRJWEzsnxfsGkemu6CtMDwGTv4RYj2/", 0, 0 },
		{ "nothing", "", 0, 0 },
	};
	enum block_kind kind;
	struct err e;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		int ok = block_kind(span_str(row[i].what), &kind, &e) == 0;

		CHECK_ROW(row[i].why, ok == row[i].ok && (!ok || kind == row[i].kind));
	}
}

static struct buf
make_list(const char *entries)
{
	struct key author = key_of(1), op = key_of(2);
	struct buf out = BUF_INIT(LIST_BYTES_MAX);
	struct err e;

	if (blocklist_sign(author.did, span_str(entries), op.secret, 1795255200, &out, &e) == -1)
		fail_msg("%s", e.text);
	return out;
}

#define ENTRY(what, reason) "{\"what\":\"" what "\",\"reason\":" reason ",\"since\":7}"

static void
a_list_reads_back(void **state)
{
	struct buf text = make_list("[" ENTRY("https://a.example", "\"\\u00e9t\\u00e9\"") ","
	    ENTRY("did:key:z6MkmtWtY63GQVBrpMyRJWEzsnxfsGkemu6CtMDwGTv4RYj2", "\"\"") "]");
	struct key author = key_of(1), op = key_of(2);
	struct blocklist_entry entry;
	struct blocklist list;
	struct err e = { 0 };

	(void)state;
	if (blocklist_parse(buf_span(&text), &list, &e) == -1)
		fail_msg("%s", e.text);
	assert_string_equal(list.author, author.did);
	assert_memory_equal(list.signer, op.pub, 32);
	CHECK(list.created == 1795255200 && list.count == 2);
	CHECK(blocklist_next(&list.entries, &entry) == 1 && entry.kind == BLOCK_NODE && entry.since == 7);
	CHECK(span_is(entry.what, "https://a.example") && span_is(entry.reason, "\"\303\251t\303\251\""));
	CHECK(blocklist_next(&list.entries, &entry) == 1 && entry.kind == BLOCK_AUTHOR);
	CHECK(blocklist_next(&list.entries, &entry) == 0);
	buf_clear(&text);
}

static void
others_are_refused(void **state)
{
	static const struct { const char *why, *entries; enum err_code code; } row[] = {
		{ "no list", "{}", ERR_INPUT },
		{ "an entry that is none", "[7]", ERR_INPUT },
		{ "without a reason", "[{\"what\":\"https://a.example\",\"since\":7}]", ERR_INPUT },
		{ "with one member too many", "[{\"what\":\"https://a.example\",\"reason\":\"\",\"since\":7,\"x\":1}]", ERR_INPUT },
		{ "before time began", "[{\"what\":\"https://a.example\",\"reason\":\"\",\"since\":-1}]", ERR_INPUT },
		{ "what nobody can block", "[" ENTRY("everybody", "\"\"") "]", ERR_INPUT },
		{ "a reason that is no text", "[" ENTRY("https://a.example", "[]") "]", ERR_INPUT },
	};
	struct blocklist list;
	struct buf text;
	struct err e;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		text = make_list(row[i].entries);
		CHECK_ROW(row[i].why, blocklist_parse(buf_span(&text), &list, &e) == -1 && e.code == row[i].code);
		buf_clear(&text);
	}
}

/* Every byte counts: changed, the list is no longer canonical, no longer one, or no longer signed. */
static void
no_byte_can_be_changed(void **state)
{
	struct buf text = make_list("[" ENTRY("https://a.example", "\"spam\"") "]");
	struct blocklist list;
	struct err e;
	size_t i;

	(void)state;
	for (i = 0; i < text.len; i++) {
		text.ptr[i] ^= 1;
		if (blocklist_parse(buf_span(&text), &list, &e) != -1)
			fail_msg("byte %zu", i);
		text.ptr[i] ^= 1;
	}
	CHECK(blocklist_parse(buf_span(&text), &list, &e) == 0);
	buf_clear(&text);
}

static void
too_many_entries(void **state)
{
	struct buf entries = BUF_INIT(LIST_BYTES_MAX), text;
	struct blocklist list;
	struct err e;
	int i;

	(void)state;
	for (i = 0; i <= BLOCKLIST_ENTRIES_MAX; i++)
		CHECK(buf_addf(&entries, &e, "%c" ENTRY("https://a.example/%d", "\"\""), i == 0 ? '[' : ',', i) == 0);
	CHECK(buf_addc(&entries, ']', &e) == 0 && buf_addc(&entries, '\0', &e) == 0);
	text = make_list(entries.ptr);
	CHECK(blocklist_parse(buf_span(&text), &list, &e) == -1 && e.code == ERR_LIMIT);
	buf_clear(&text);
	buf_clear(&entries);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_can_be_blocked),
		cmocka_unit_test(a_list_reads_back),
		cmocka_unit_test(others_are_refused),
		cmocka_unit_test(no_byte_can_be_changed),
		cmocka_unit_test(too_many_entries),
	};

	if (sodium_init() == -1)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
