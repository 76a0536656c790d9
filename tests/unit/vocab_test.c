/* SPDX-License-Identifier: AGPL-3.0-or-later
 * vocab_test.c - terms are found, parents exist, and only open vocabularies take new keys. */
#include "tests/unit/test.h"

#include "proto/vocab.h"

static void
tables_are_sound(void **state)
{
	unsigned n;
	size_t i, j;

	(void)state;
	for (n = 0; n < VOCAB__COUNT; n++) {
		const struct vocab *v = vocab_get((enum vocab_name)n);

		CHECK(v->name != NULL && v->count > 0);
		for (i = 0; i < v->count; i++) {
			const struct term *t = &v->term[i], *parent;

			CHECK_ROW(t->key, vocab_find((enum vocab_name)n, span_str(t->key)) == t);
			CHECK_ROW(t->key, vocab_index((enum vocab_name)n, span_str(t->key)) == (int)i);
			CHECK_ROW(t->key, vocab_allows((enum vocab_name)n, span_str(t->key)));
			CHECK_ROW(t->key, strspn(t->key, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(t->key));
			for (j = 0; j < i; j++)
				CHECK_ROW(t->key, strcmp(v->term[j].key, t->key) != 0);
			if (t->parent == NULL)
				continue;
			parent = vocab_find((enum vocab_name)n, span_str(t->parent));
			CHECK_ROW(t->key, parent != NULL && parent->parent == NULL);	/* depth two */
		}
	}
}

static void
what_is_allowed(void **state)
{
	static const struct { const char *why; enum vocab_name vocab; const char *key; int allowed; } row[] = {
		{ "an unknown key in a closed one", VOCAB_AXIS, "kindness", 0 },
		{ "an unknown key in the open one", VOCAB_PRACTICE, "boat-sharing-2", 1 },
		{ "capitals", VOCAB_PRACTICE, "Repair", 0 },
		{ "empty", VOCAB_PRACTICE, "", 0 },
		{ "48 characters", VOCAB_PRACTICE, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 1 },
		{ "49 characters", VOCAB_PRACTICE, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 0 },
		{ "an accent", VOCAB_PRACTICE, "caf\303\251", 0 },
		{ "the beginning of a key", VOCAB_ACCESS, "fre", 0 },
		{ "a key of another one", VOCAB_ACCESS, "gift", 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++)
		CHECK_ROW(row[i].why, vocab_allows(row[i].vocab, span_str(row[i].key)) == row[i].allowed);
	CHECK(vocab_find(VOCAB_PRACTICE, SPAN("boat-sharing")) == NULL);
	CHECK(vocab_index(VOCAB_STATUS, SPAN("no")) == -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tables_are_sound),
		cmocka_unit_test(what_is_allowed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
