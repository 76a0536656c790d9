/* SPDX-License-Identifier: AGPL-3.0-or-later
 * search_token_test.c - words that people take for the same are the same; others are not. */
#include "tests/unit/test.h"

#include "node/search/token.h"
#include "proto/err.h"

/* The words of text, or their stems, joined by one space. */
static const char *
words_of(const char *text, struct stemmer *stems)
{
	static char out[4096];
	struct token_iter it = { span_str(text), 0 };
	struct token t;
	struct span w;
	size_t n = 0;

	out[0] = '\0';
	while (token_next(&it, &t)) {
		w = (struct span){ t.word, t.len };
		if (stems != NULL)
			w = stemmer_stem(stems, w);
		n += (size_t)snprintf(out + n, sizeof out - n, "%s%.*s", n > 0 ? " " : "", (int)w.len, w.ptr);
	}
	return out;
}

static void
test_folding(void **state)
{
	static const struct { const char *why, *text, *words; } row[] = {
		{ "nothing is no word", "", "" },
		{ "punctuation is no word", " -- « » !? \xe2\x80\xa6", "" },
		{ "capitals are folded", "LES Jardins", "les jardins" },
		{ "accents are stripped", "été à Châteaubriant", "ete a chateaubriant" },
		{ "decomposed accents are the same", "e\xcc\x81te\xcc\x81", "ete" },
		{ "ligatures are two letters", "Œuvre cœur ex æquo", "oeuvre coeur ex aequo" },
		{ "compatibility forms are plain letters", "\xef\xac\x81n Ａ１", "fin a1" },
		{ "sharp s is ss", "Straße", "strasse" },
		{ "one-letter elisions go", "l'eau d'été n'est", "eau ete est" },
		{ "also with the typographic apostrophe", "l’eau qu’il", "eau il" },
		{ "an apostrophe inside cuts", "aujourd'hui", "aujourd hui" },
		{ "a letter on its own stays", "plan D", "plan d" },
		{ "hyphens cut", "Saint-Brieuc", "saint brieuc" },
		{ "but not after co-, éco-, inter-", "co-voiturage éco-lieu inter-associatif",
		    "covoiturage ecolieu interassociatif" },
		{ "figures are words", "n°2, 35000", "n 2 35000" },
		{ "what decomposes to a word and signs is one word", "½ tasse ⑴", "12 tasse 1" },
		{ "a soft hyphen joins", "jar\xc2\xad" "din", "jardin" },
		{ "what is not UTF-8 cuts", "jar\xff" "din", "jar din" },
		{ "a cut sequence at the end is nothing", "caf\xc3", "caf" },
		{ "other scripts survive", "Ελλάδα Привет", "ελλαδα привет" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++)
		if (strcmp(words_of(row[i].text, NULL), row[i].words) != 0)
			fail_msg("%s: got \"%s\"", row[i].why, words_of(row[i].text, NULL));
}

static void
test_stems(void **state)
{
	/* each text is forms of one word, or of two that must stay apart */
	static const struct { const char *why, *a, *b; int same; } row[] = {
		{ "plural in -s", "jardins", "jardin", 1 },
		{ "participle and noun", "partagés", "partage", 1 },
		{ "feminine participle", "partagées", "partagé", 1 },
		{ "plural in -os", "vélos", "vélo", 1 },
		{ "plural in -is", "amis", "ami", 1 },
		{ "plural in -us", "menus", "menu", 1 },
		{ "plural in -x", "lieux", "lieu", 1 },
		{ "after a prefix too", "éco-lieux", "écolieu", 1 },
		{ "plural in -aux", "locaux", "local", 1 },
		{ "plural in -eaux", "bateaux", "bateau", 1 },
		{ "who volunteers and volunteering", "bénévolat", "bénévoles", 1 },
		{ "and the one who does", "bénévole", "bénévolat", 1 },
		{ "-ariat and -aire", "partenariats", "partenaire", 1 },
		{ "-nat", "artisanat", "artisans", 1 },
		{ "verb and noun", "cuisiner", "cuisine", 1 },
		{ "adjective and noun", "coopératives", "coopération", 1 },
		{ "accent or none", "solidarités", "solidarite", 1 },
		{ "ligature or none", "œuvres", "oeuvre", 1 },
		{ "English plurals", "gardens", "garden", 1 },
		{ "English itself", "Sharing", "sharing", 1 },
		{ "a dwelling is not who dwells", "habitat", "habitants", 0 },
		{ "a tool is not a window", "outil", "fenêtre", 0 },
		{ "a short word keeps its s", "bus", "bu", 0 },
	};
	struct err e = {0};
	struct stemmer *s = stemmer_new(&e);
	char a[256];
	size_t i;

	(void)state;
	CHECK(s != NULL);
	for (i = 0; i < 2 * COUNT(row); i++) {	/* twice: remembered stems are the same ones */
		snprintf(a, sizeof a, "%s", words_of(row[i / 2].a, s));
		if ((strcmp(a, words_of(row[i / 2].b, s)) == 0) != row[i / 2].same)
			fail_msg("%s: \"%s\" and \"%s\"", row[i / 2].why, a, words_of(row[i / 2].b, s));
	}
	stemmer_free(s);
}

static void
test_long_words(void **state)
{
	char text[4 * TOKEN_BYTES_MAX + 1];
	struct token_iter it = { { text, sizeof text - 1 }, 0 };
	struct token t;

	(void)state;
	memset(text, 'z', sizeof text);
	assert_int_equal(token_next(&it, &t), 1);
	assert_int_equal(t.len, TOKEN_BYTES_MAX);
	assert_int_equal(t.end, sizeof text - 1);
	assert_int_equal(token_next(&it, &t), 0);
}

static void
test_title_order(void **state)
{
	static const char *const sorted[] = {
		"2e main", "Abeille", "Écluse (l')", "ecluse nord", "Œuvre", "Orge", "Zone de gratuité",
	};
	struct title_key a, b;
	size_t i;

	(void)state;
	for (i = 1; i < COUNT(sorted); i++) {
		a = token_title_key(span_str(sorted[i - 1]));
		b = token_title_key(span_str(sorted[i]));
		CHECK_ROW(sorted[i], a.hi < b.hi || (a.hi == b.hi && a.lo < b.lo));
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_folding), cmocka_unit_test(test_stems),
		cmocka_unit_test(test_long_words), cmocka_unit_test(test_title_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
