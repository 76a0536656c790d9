/* SPDX-License-Identifier: AGPL-3.0-or-later
 * part_test.c - the text of a part is read as written or refused, and says of each record whether it belongs. */
#include "tests/unit/test.h"

#include "proto/didkey.h"
#include "proto/err.h"
#include "proto/part.h"

#define A "did:key:z6MkabcdefghZZZZ"
#define B "did:key:z6MkabcdefgjZZZZ"

static const struct {
	const char *why, *text;
	enum err_code code;
} form[] = {
	{ "one kind of anybody", "event:", ERR_NONE },
	{ "everything of one author", ":abcdefgh", ERR_NONE },
	{ "terms side by side", "node,territory,vouch:.event:abcdefgh,abcdefgj.:abcdefgk", ERR_NONE },
	{ "all there is, said the long way", ":", ERR_NONE },
	{ "nothing", "", ERR_LIMIT },
	{ "no colon", "event", ERR_USAGE },
	{ "an empty term", "event:..node:", ERR_USAGE },
	{ "a whole did", ":" A, ERR_USAGE },
	{ "an author too short", ":abcdefg", ERR_USAGE },
	{ "an author outside the alphabet", ":abcdefg0", ERR_USAGE },
	{ "a kind in capitals", "Event:", ERR_USAGE },
	{ "an empty kind", "event,,offer:", ERR_USAGE },
	{ "an empty author", ":abcdefgh,,abcdefgj", ERR_USAGE },
	{ "more terms than there may be", "a:.b:.c:.d:.e:", ERR_LIMIT },
};

static void
test_form(void **state)
{
	struct part p;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(form); i++) {
		struct err e = { 0 };

		CHECK_ROW(form[i].why, (part_parse(span_str(form[i].text), &p, &e) == 0) == (form[i].code == ERR_NONE));
		CHECK_ROW(form[i].why, e.code == form[i].code);
	}
}

static const struct {
	const char *why, *text, *author, *kind;
	int holds;
} row[] = {
	{ "the kind", "event:", A, "event", 1 },
	{ "another kind", "event:", A, "events", 0 },
	{ "the author", ":abcdefgh", A, "event", 1 },
	{ "another author", ":abcdefgh", B, "event", 0 },
	{ "kind and author of one term", "event:abcdefgh.offer:abcdefgj", A, "event", 1 },
	{ "the kind of one term, the author of another", "event:abcdefgh.offer:abcdefgj", B, "event", 0 },
	{ "authors in no order", ":zzzzzzzz,abcdefgj,11111111,abcdefgh", A, "event", 1 },
	{ "an author of another term is not one of this", "event:zzzzzzzz.offer:abcdefgh", A, "event", 0 },
	{ "the last term", "node:.event:zzzzzzzz.:abcdefgh", A, "practice", 1 },
	{ "identities always", "event:abcdefgh", B, "identity", 1 },
	{ "retirements always", "event:abcdefgh", B, "retire", 1 },
	{ "vouches when named", "event:abcdefgh", B, "vouch", 0 },
	{ "what is no did", ":abcdefgh", "did:key:z6Mk", "event", 0 },
};

static void
test_holds(void **state)
{
	struct part p;
	struct err e;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		CHECK_ROW(row[i].why, part_parse(span_str(row[i].text), &p, &e) == 0);
		CHECK_ROW(row[i].why, part_holds(&p, span_str(row[i].author), span_str(row[i].kind)) == row[i].holds);
	}
}

/* As many authors as may be named, each found; one more is refused. */
static void
test_most_authors(void **state)
{
	struct buf text = BUF_INIT(2 * PART_CHARS_MAX);
	char did[DIDKEY_CHARS + 1];
	struct part p;
	struct err e;
	int i;

	(void)state;
	assert_int_equal(buf_addc(&text, ':', &e), 0);
	for (i = 0; i < PART_AUTHORS_MAX; i++) {
		snprintf(did, sizeof did, "did:key:z6Mkaaaaa%03dzzz", 111 + i);
		for (char *c = did; *c != '\0'; c++)
			if (*c == '0')
				*c = 'z';
		assert_true(i == 0 || buf_addc(&text, ',', &e) == 0);
		assert_int_equal(part_add_author(&text, did, &e), 0);
	}
	assert_int_equal(part_parse(buf_span(&text), &p, &e), 0);
	assert_int_equal(p.authors, PART_AUTHORS_MAX);
	assert_true(part_holds(&p, span_str(did), SPAN("event")));
	assert_false(part_holds(&p, SPAN("did:key:z6Mkaaaabbbbzzz"), SPAN("event")));
	assert_int_equal(buf_adds(&text, ",bbbbbbbb", &e), 0);
	assert_int_equal(part_parse(buf_span(&text), &p, &e), -1);
	assert_int_equal(e.code, ERR_LIMIT);
	buf_clear(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_form), cmocka_unit_test(test_holds), cmocka_unit_test(test_most_authors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
