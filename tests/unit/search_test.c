/* SPDX-License-Identifier: AGPL-3.0-or-later
 * search_test.c - what is put in is found, counted, ordered; what is taken out is gone, from the file too. */
#include "tests/unit/test.h"

#include <pthread.h>
#include <unistd.h>

#include "node/search/search.h"
#include "node/search/words.h"
#include "proto/canon.h"
#include "proto/err.h"
#include "proto/vocab.h"

#define NOW 1790000000		/* 2026-09-21 */
#define DAY 86400
#define A "did:key:z6MkAuthorA"
#define B "did:key:z6MkAuthorB"

static struct err e;

struct sample {
	const char *author;
	enum kind kind;
	const char *rid;
	int64_t updated;
	const char *content;	/* canonical */
};

static const struct sample samples[] = {
	{ A, KIND_TERRITORY, "self", 1, "{\"name\":\"Pays de Morlaix\"}" },
	{ B, KIND_TERRITORY, "self", 2, "{\"name\":\"Rennes Métropole\"}" },
	{ A, KIND_INITIATIVE, "garden", 100,
	    "{\"access\":[\"free\"],\"axes\":[\"shared-resources\",\"solidarity\"],\"commune\":\"Plougasnou\","
	    "\"description\":\"Un potager entretenu par des bénévoles.\",\"insee\":\"29188\","
	    "\"lat_e7\":486942000,\"lon_e7\":-37897000,\"name\":\"Jardins partagés du bourg\","
	    "\"postcode\":\"29630\",\"practices\":[\"shared-garden\"],\"status\":\"active\"}" },
	{ B, KIND_INITIATIVE, "velo", 200,
	    "{\"access\":[\"free-price\",\"membership\"],\"axes\":[\"solidarity\"],\"commune\":\"Rennes\","
	    "\"description\":\"Ateliers pour réparer son vélo, près du jardin.\",\"insee\":\"35238\","
	    "\"lat_e7\":481113000,\"lon_e7\":-16800000,\"name\":\"Atelier vélo\","
	    "\"practices\":[\"repair\",\"tool-library\"],\"status\":\"emerging\",\"summary\":\"Réparer ensemble\"}" },
	{ B, KIND_ORGANISATION, "orga", 300,
	    "{\"commune\":\"Rennes\",\"example\":true,\"insee\":\"35238\",\"lat_e7\":481200000,"
	    "\"legal_form\":\"association\",\"lon_e7\":-16700000,\"name\":\"Œuvre commune\",\"practices\":[\"food\"]}" },
	{ B, KIND_OFFER, "offer", 400,
	    "{\"by\":\"" B "/organisation/orga\",\"item_type\":\"skill\",\"name\":\"Cours de cuisine\","
	    "\"terms\":[\"gift\",\"barter\"],\"until\":\"2026-12-31\"}" },
	{ B, KIND_OFFER, "past", 401,
	    "{\"by\":\"" B "/organisation/orga\",\"name\":\"Cours d'hiver\",\"until\":\"2026-02-01\"}" },
	{ A, KIND_EVENT, "soon", 500,
	    "{\"commune\":\"Morlaix\",\"ends\":\"2026-10-01T20:00\",\"initiatives\":[\"" A "/initiative/garden\"],"
	    "\"insee\":\"29151\",\"name\":\"Fête du jardin\",\"starts\":\"2026-10-01T14:00\"}" },
	{ A, KIND_EVENT, "later", 501, "{\"name\":\"Bourse aux plants\",\"starts\":\"2027-05-01T09:00\"}" },
	{ A, KIND_EVENT, "gone", 502, "{\"name\":\"Repas d'été\",\"starts\":\"2026-07-01T12:00\"}" },
	{ A, KIND_EVENT, "weekly", 503,
	    "{\"name\":\"Permanence\",\"recurrence\":\"FREQ=WEEKLY\",\"starts\":\"2026-01-05T18:00\"}" },
	{ A, KIND_EVENT, "ended", 504, "{\"name\":\"Permanence close\","
	    "\"recurrence\":\"FREQ=WEEKLY;UNTIL=20260301T000000Z\",\"starts\":\"2026-01-05T18:00\"}" },
	{ A, KIND_PRACTICE, "seaweed", 600,
	    "{\"key\":\"seaweed\",\"name\":\"Goémon partagé\",\"parent\":\"food\"}" },
	{ A, KIND_INITIATIVE, "weed", 601, "{\"name\":\"Goémoniers\",\"practices\":[\"seaweed\"]}" },
	{ A, KIND_ENDORSEMENT, "endorse", 700,
	    "{\"by\":\"" A "/territory/self\",\"role\":\"steward\",\"target\":\"" B "/initiative/velo\"}" },
};

struct world {
	char path[64];
	struct search *search;
	struct search_reader *reader;
	struct arena arena;
	struct search_result result;
};

static void
put(struct search *s, const struct sample *m)
{
	struct search_doc doc = {
		.author = span_str(m->author), .kind = m->kind, .rid = span_str(m->rid),
		.seq = m->updated, .updated = m->updated, .created = m->updated,
		.expires = NOW + 100 * DAY, .content = span_str(m->content), .shown = 1,
		.lang = SPAN("fr"), .license = SPAN("etalab-2.0"),
	};

	CHECK_ROW(m->content, canon_check(doc.content, CANON_RECORD, &e) == 0);
	if (search_put(s, &doc, &e) == -1)
		fail_msg("%s: %s", m->rid, e.text);
}

static void
put_one(struct search *s, const char *author, enum kind kind, const char *rid, const char *content)
{
	struct sample m = { author, kind, rid, 1000, content };

	assert_int_equal(search_begin(s, &e), 0);
	put(s, &m);
	assert_int_equal(search_commit(s, 1000, &e), 0);
}

static int
setup(void **state)
{
	static struct world w;
	size_t i;

	memset(&w, 0, sizeof w);
	snprintf(w.path, sizeof w.path, "/tmp/essaim-search-XXXXXX");
	close(mkstemp(w.path));
	assert_int_equal(search_open(w.path, "one", &w.search, &e), 1);
	assert_int_equal(search_begin(w.search, &e), 0);
	for (i = 0; i < COUNT(samples); i++)
		put(w.search, &samples[i]);
	assert_int_equal(search_commit(w.search, 77, &e), 0);
	w.reader = search_take(w.search, &e);
	CHECK(w.reader != NULL);
	*state = &w;
	return 0;
}

static void
forget(const char *path)
{
	char name[128];

	unlink(path);
	snprintf(name, sizeof name, "%s-wal", path);
	unlink(name);
	snprintf(name, sizeof name, "%s-shm", path);
	unlink(name);
}

static int
teardown(void **state)
{
	struct world *w = *state;

	arena_clear(&w->arena);
	search_give(w->search, w->reader);
	search_close(w->search);
	forget(w->path);
	return 0;
}

/* The rids found, in order, joined by one space. */
static const char *
ask(struct world *w, struct search_query q)
{
	static char out[4096];
	size_t i, n = 0;

	arena_clear(&w->arena);
	if (q.now_s == 0)
		q.now_s = NOW;
	if (search_run(w->reader, &q, &w->arena, &w->result, &e) == -1)
		fail_msg("%s", e.text);
	out[0] = '\0';
	for (i = 0; i < w->result.count; i++)
		n += (size_t)snprintf(out + n, sizeof out - n, "%s%s", n > 0 ? " " : "", w->result.hit[i].rid);
	return out;
}

static uint32_t
counted(const struct world *w, enum search_facet facet, const char *key)
{
	size_t i;

	for (i = 0; i < w->result.facet[facet].count; i++)
		if (strcmp(w->result.facet[facet].value[i].key, key) == 0)
			return w->result.facet[facet].value[i].count;
	return 0;
}

static uint32_t
bit(enum vocab_name vocab, const char *key)
{
	return UINT32_C(1) << vocab_index(vocab, span_str(key));
}

static void
test_words(void **state)
{
	static const struct { const char *why, *text, *found; } row[] = {
		{ "plurals and participles", "jardin partage", "garden" },
		{ "the form as written", "Jardins partagés", "garden" },
		{ "plural in -os", "velos", "velo" },
		{ "no ligature", "oeuvre", "orga" },
		{ "ligature", "ŒUVRE", "orga" },
		{ "other word of a family", "bénévolat", "garden" },
		{ "a beginning", "potag", "garden" },
		{ "a beginning that is no stem", "plougas", "garden" },
		{ "a finished word is no beginning", "plougas ", "" },
		{ "only the last is a beginning", "pota bourg", "garden" },	/* loosely: bourg alone */
		{ "the title before the body", "jardin", "soon garden velo" },
		{ "common words do not matter", "le jardin de la", "soon garden velo" },
		{ "every word must occur", "jardin vélo", "velo" },
		{ "or else some", "jardin hélicoptère ", "soon garden velo" },
		{ "what occurs nowhere", "hélicoptère", "" },
		{ "elisions", "l'atelier", "velo" },
		{ "the commune is searched", "plougasnou", "garden" },
		{ "practices by key", "tool library", "velo" },
		{ "a practice's label", "goemon", "seaweed weed" },
		{ "nothing but punctuation", "!?", "" },
	};
	struct world *w = *state;
	size_t i;

	for (i = 0; i < COUNT(row); i++) {
		const char *got = ask(w, (struct search_query){ .text = span_str(row[i].text) });

		if (strcmp(got, row[i].found) != 0)
			fail_msg("%s: \"%s\" found \"%s\"", row[i].why, row[i].text, got);
	}
	ask(w, (struct search_query){ .text = SPAN("jardin hélicoptère ") });
	assert_int_equal(w->result.loose, 1);
	assert_string_equal(ask(w, (struct search_query){ .text = SPAN("réparer"), .titles_only = 1 }), "");
	assert_string_equal(ask(w, (struct search_query){ .text = SPAN("ateli"), .titles_only = 1 }), "velo");
}

static void
test_filters(void **state)
{
	const struct { const char *why, *found; struct search_query q; } row[] = {
		{ "a kind", "velo garden", { .kinds = 1u << KIND_INITIATIVE, .without_examples = 1,
		    .limit = 3, .axes = bit(VOCAB_AXIS, "solidarity") } },
		{ "two kinds", "past offer orga", { .kinds = 1u << KIND_ORGANISATION | 1u << KIND_OFFER } },
		{ "an axis", "garden", { .axes = bit(VOCAB_AXIS, "shared-resources") } },
		{ "either access", "velo garden", { .access =
		    bit(VOCAB_ACCESS, "free") | bit(VOCAB_ACCESS, "membership") } },
		{ "status", "velo", { .status = bit(VOCAB_STATUS, "emerging") } },
		{ "terms", "offer", { .terms = bit(VOCAB_EXCHANGE_TERMS, "barter") } },
		{ "a practice", "velo", { .practice = SPAN("repair") } },
		{ "a parent includes its children, local ones too", "weed orga garden",
		    { .practice = SPAN("food") } },
		{ "a practice nobody has", "", { .practice = SPAN("gleaning") } },
		{ "a type", "orga", { .type = SPAN("association") } },
		{ "an author", "past offer orga velo self", { .author = SPAN(B) } },
		{ "nobody", "", { .author = SPAN("did:key:z6MkNobody") } },
		{ "a commune by code", "orga velo", { .commune = SPAN("35238") } },
		{ "a commune by name", "orga velo", { .commune = SPAN("RENNES") } },
		{ "punctuation is no commune", "", { .commune = SPAN("?") } },
		{ "no examples", "velo", { .commune = SPAN("Rennes"), .without_examples = 1 } },
		{ "a language", "velo", { .lang = SPAN("fr"), .practice = SPAN("repair") } },
		{ "half a language", "", { .lang = SPAN("f") } },
		{ "what is to come", "weekly soon later",
		    { .kinds = 1u << KIND_EVENT, .upcoming = 1, .sort = SEARCH_SOONEST } },
		{ "offers that still hold", "offer", { .kinds = 1u << KIND_OFFER, .upcoming = 1 } },
		{ "in a month", "soon",
		    { .kinds = 1u << KIND_EVENT, .from = SPAN("2026-10-01"), .to = SPAN("2026-10-31"),
		    .without_examples = 1, .commune = SPAN("29151") } },
		{ "on its last day", "gone",
		    { .kinds = 1u << KIND_EVENT, .from = SPAN("2026-07-01"), .to = SPAN("2026-07-01"), .text = SPAN("repas") } },
		{ "the day after", "",
		    { .kinds = 1u << KIND_EVENT, .from = SPAN("2026-07-02"), .to = SPAN("2026-07-03"), .text = SPAN("repas") } },
		{ "words and a filter", "garden", { .text = SPAN("jardin"), .author = SPAN(A),
		    .kinds = 1u << KIND_INITIATIVE } },
		{ "by title", "velo weed garden", { .kinds = 1u << KIND_INITIATIVE, .sort = SEARCH_TITLE, .limit = 2,
		    .offset = 0 } },
	};
	struct world *w = *state;
	size_t i;

	for (i = 0; i < COUNT(row); i++) {
		const char *got = ask(w, row[i].q);

		/* a page may show less than all */
		if (strncmp(got, row[i].found, strlen(got)) != 0 ||
		    (w->result.count == w->result.total && strcmp(got, row[i].found) != 0))
			fail_msg("%s: found \"%s\"", row[i].why, got);
	}
}

static void
test_pages(void **state)
{
	struct search_query q = { .kinds = 1u << KIND_EVENT, .limit = 2 };
	struct world *w = *state;

	assert_string_equal(ask(w, q), "ended weekly");
	assert_int_equal(w->result.total, 5);
	q.offset = 2;
	assert_string_equal(ask(w, q), "gone later");
	q.offset = 4;
	assert_string_equal(ask(w, q), "soon");
	q.offset = 6;
	assert_string_equal(ask(w, q), "");
	assert_int_equal(w->result.total, 5);
	q.offset = UINT32_MAX;
	assert_string_equal(ask(w, q), "");
}

static void
test_near(void **state)
{
	struct world *w = *state;
	struct search_query q = { .near = 1, .lat_e7 = 481113000, .lon_e7 = -16800000, .sort = SEARCH_NEAREST,
	    .within_m = 5000 };

	assert_string_equal(ask(w, q), "velo orga");
	assert_int_equal(w->result.hit[0].distance_m, 0);
	/* 0.0087 degrees north, 0.01 degrees east at 48.1 degrees: 1,219 m */
	assert_in_range(w->result.hit[1].distance_m, 1210, 1230);
	q.within_m = 1000;
	assert_string_equal(ask(w, q), "velo");
	q.within_m = 0;
	ask(w, q);
	assert_string_equal(w->result.hit[2].rid, "garden");
	/* Rennes to Plougasnou: 169 km */
	assert_in_range(w->result.hit[2].distance_m, 167000, 171000);
	assert_int_equal(w->result.hit[3].distance_m, -1);
	q = (struct search_query){ .boxed = 1, .south = 480000000, .north = 482000000, .west = -17000000,
	    .east = -16000000 };
	assert_string_equal(ask(w, q), "orga velo");
	q.west = 1790000000;	/* over the date line and on to the west of Rennes */
	assert_string_equal(ask(w, q), "orga velo");
	q.east = -1790000000;
	assert_string_equal(ask(w, q), "");
}

static void
test_facets(void **state)
{
	struct world *w = *state;
	struct search_query q = { .facets = FACET_ALL };

	ask(w, q);
	assert_int_equal(counted(w, FACET_KIND, "event"), 5);
	assert_int_equal(counted(w, FACET_AXIS, "solidarity"), 2);
	assert_int_equal(counted(w, FACET_PRACTICE, "food"), 3);
	assert_int_equal(counted(w, FACET_PRACTICE, "seaweed"), 1);
	/* repair and tool-library are both goods: one record, counted once */
	assert_int_equal(counted(w, FACET_PRACTICE, "goods"), 1);
	assert_int_equal(counted(w, FACET_ACCESS, "free"), 1);
	assert_int_equal(counted(w, FACET_STATUS, "emerging"), 1);
	assert_int_equal(counted(w, FACET_TERMS, "barter"), 1);
	assert_int_equal(counted(w, FACET_TYPE, "association"), 1);
	assert_int_equal(counted(w, FACET_AUTHOR, B), 5);
	assert_int_equal(counted(w, FACET_COMMUNE, "35238"), 2);
	assert_int_equal(counted(w, FACET_LANG, "fr"), 14);
	assert_string_equal(w->result.facet[FACET_AUTHOR].value[0].label, "Pays de Morlaix");
	assert_string_equal(w->result.facet[FACET_COMMUNE].value[0].label, "Rennes");

	/* a facet is counted as if its own filter were not set, the others as it is */
	q.kinds = 1u << KIND_INITIATIVE;
	q.access = bit(VOCAB_ACCESS, "free");
	ask(w, q);
	assert_int_equal(w->result.total, 1);
	assert_int_equal(counted(w, FACET_ACCESS, "membership"), 1);
	assert_int_equal(counted(w, FACET_KIND, "organisation"), 0);
	assert_int_equal(counted(w, FACET_AUTHOR, B), 0);
	assert_int_equal(counted(w, FACET_AUTHOR, A), 1);

	q = (struct search_query){ .facets = FACET_ALL, .text = SPAN("jardin") };
	ask(w, q);
	assert_int_equal(w->result.total, 3);
	assert_int_equal(counted(w, FACET_AUTHOR, A), 2);
	q.facets = 0;
	ask(w, q);
	assert_int_equal(w->result.facet[FACET_AUTHOR].count, 0);
}

static void
test_card(void **state)
{
	struct world *w = *state;
	struct search_card card;

	assert_int_equal(search_get(w->reader, SPAN(B), KIND_INITIATIVE, SPAN("velo"), NOW, &w->arena, &card, &e), 0);
	assert_string_equal(card.author, B);
	assert_string_equal(card.author_name, "Rennes Métropole");
	assert_string_equal(card.title, "Atelier vélo");
	assert_string_equal(card.summary, "Réparer ensemble");
	assert_string_equal(card.commune, "Rennes");
	assert_string_equal(card.insee, "35238");
	assert_string_equal(card.practices, "repair tool-library");
	assert_string_equal(card.lang, "fr");
	assert_string_equal(card.license, "etalab-2.0");
	assert_int_equal(card.has_position, 1);
	assert_int_equal(card.lon_e7, -16800000);
	assert_int_equal(card.axes, bit(VOCAB_AXIS, "solidarity"));
	assert_int_equal(card.status, vocab_index(VOCAB_STATUS, SPAN("emerging")));
	assert_int_equal(card.lapsed, 0);
	assert_int_equal(search_get(w->reader, SPAN(A), KIND_INITIATIVE, SPAN("garden"), NOW, &w->arena, &card, &e), 0);
	assert_string_equal(card.summary, "Un potager entretenu par des bénévoles.");
	assert_int_equal(search_get(w->reader, SPAN(B), KIND_OFFER, SPAN("offer"), NOW, &w->arena, &card, &e), 0);
	assert_string_equal(card.by, B "/organisation/orga");
	assert_string_equal(card.until, "2026-12-31");
	assert_string_equal(card.type, "skill");
	assert_int_equal(card.has_position, 0);
	assert_int_equal(search_get(w->reader, SPAN(B), KIND_OFFER, SPAN("none"), NOW, &w->arena, &card, &e), -1);
	assert_int_equal(e.code, ERR_NOT_FOUND);
}

static void
test_related(void **state)
{
	struct world *w = *state;
	struct search_links links;

	assert_int_equal(search_related(w->reader, SPAN(B "/organisation/orga"), NOW, 10, &w->arena, &links, &e), 0);
	assert_int_equal(links.count, 2);
	assert_string_equal(links.link[0].rid, "past");
	assert_string_equal(links.link[0].field, "by");
	assert_string_equal(links.link[1].card->title, "Cours de cuisine");
	assert_int_equal(search_related(w->reader, SPAN(B "/organisation/orga"), NOW, 1, &w->arena, &links, &e), 0);
	assert_int_equal(links.count, 1);
	assert_int_equal(search_related(w->reader, SPAN(B "/initiative/velo"), NOW, 0, &w->arena, &links, &e), 0);
	assert_int_equal(links.count, 1);
	assert_int_equal(links.link[0].kind, KIND_ENDORSEMENT);
	assert_string_equal(links.link[0].field, "target");
	assert_string_equal(links.link[0].value, "steward");
	assert_string_equal(links.link[0].other, A "/territory/self");
	assert_string_equal(links.link[0].author_name, "Pays de Morlaix");
	assert_null(links.link[0].card);
	/* lapsed */
	assert_int_equal(search_related(w->reader, SPAN(B "/initiative/velo"), NOW + 101 * DAY, 0, &w->arena,
	    &links, &e), 0);
	assert_int_equal(links.count, 0);
	assert_int_equal(search_related(w->reader, SPAN("x' OR 1=1"), NOW, 0, &w->arena, &links, &e), 0);
	assert_int_equal(links.count, 0);
}

static void
test_related_as(void **state)
{
	static const struct { const char *why, *target, *field; size_t count; } row[] = {
		{ "one record", B "/organisation/orga", "by", 2 },
		{ "another field", B "/organisation/orga", "target", 0 },
		{ "everything of an author", B, "target", 1 },
		{ "only whole references", B "/organisation/org", "by", 0 },
		{ "an author whose did begins alike", "did:key:z6Mk", "by", 0 },
		{ "no reference", "x' OR 1=1", "by", 0 },
		{ "nothing", "", "by", 0 },
	};
	struct world *w = *state;
	struct search_links links;
	size_t i;

	for (i = 0; i < COUNT(row); i++) {
		assert_int_equal(search_related_as(w->reader, span_str(row[i].target), row[i].field, NOW, 0, &w->arena,
		    &links, &e), 0);
		CHECK_ROW(row[i].why, links.count == row[i].count);
	}
	assert_int_equal(search_related_as(w->reader, SPAN(B), "target", NOW, 0, &w->arena, &links, &e), 0);
	assert_string_equal(links.link[0].target, B "/initiative/velo");
	assert_int_equal(search_related_as(w->reader, SPAN(B "/organisation/orga"), "by", NOW + 101 * DAY, 0,
	    &w->arena, &links, &e), 0);
	assert_int_equal(links.count, 0);
}

static void
test_apart(void **state)
{
	static const struct { const char *why, *a, *b; unsigned most, apart; } row[] = {
		{ "the same", "jardin", "jardin", 2, 0 },
		{ "a letter too many", "jarddin", "jardin", 2, 1 },
		{ "a letter missing", "jadin", "jardin", 2, 1 },
		{ "a wrong letter", "jerdin", "jardin", 2, 1 },
		{ "two swapped", "jadrin", "jardin", 2, 1 },
		{ "swapped at the front", "ajrdin", "jardin", 1, 1 },
		{ "two slips", "jerdins", "jardin", 2, 2 },
		{ "more than is asked for", "jerdins", "jardin", 1, 2 },
		{ "nothing in common", "zzzzzz", "jardin", 2, 3 },
		{ "much longer", "jardiniere", "jardin", 2, 3 },
		{ "empty", "", "ab", 2, 2 },
		{ "both empty", "", "", 2, 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		CHECK_ROW(row[i].why, words_apart(span_str(row[i].a), span_str(row[i].b), row[i].most) == row[i].apart);
		CHECK_ROW(row[i].why, words_apart(span_str(row[i].b), span_str(row[i].a), row[i].most) == row[i].apart);
	}
}

static void
test_spelling(void **state)
{
	static const struct { const char *why, *text, *meant; } row[] = {
		{ "a slip", "jarddin", "jardin" },
		{ "what is known stays as typed", "Réparer jarddin", "Réparer jardin" },
		{ "accents and capitals are no slips", "JARDDÎN", "jardin" },
		{ "a beginning is known", "plougas", NULL },
		{ "but not in the middle", "plougasnu bourg", "plougasnou bourg" },
		{ "two slips in a long word", "plugasnuo ", "plougasnou" },
		{ "not in a short one", "jrdni ", NULL },
		{ "too short to tell", "jri", NULL },
		{ "nothing like it", "zzzzzzzz", NULL },
		{ "known", "jardin", NULL },
		{ "no words", "!?", NULL },
		{ "nothing", "", NULL },
		{ "no text at all", "\xff\xfe\xff\xfe", NULL },
	};
	struct world *w = *state;
	const char *meant;
	size_t i;

	for (i = 0; i < COUNT(row); i++) {
		int found = search_spelling(w->reader, span_str(row[i].text), &w->arena, &meant);

		if (found != (row[i].meant != NULL) || (found && strcmp(meant, row[i].meant) != 0))
			fail_msg("%s: \"%s\" gave \"%s\"", row[i].why, row[i].text, found ? meant : "nothing");
	}
}

static void
test_totals(void **state)
{
	struct world *w = *state;
	struct search_totals totals;
	int32_t lat, lon;

	assert_int_equal(search_count_by_author(w->reader, NOW, &w->arena, &totals, &e), 0);
	assert_int_equal(totals.count, 2);
	assert_int_equal(totals.total, 14);
	assert_string_equal(totals.author[0].author_name, "Pays de Morlaix");
	assert_int_equal(totals.author[0].total, 9);
	assert_int_equal(totals.author[1].by_kind[KIND_OFFER], 2);
	assert_int_equal(totals.author[1].newest, 401);
	assert_int_equal(search_locate(w->reader, SPAN("rennes"), &lat, &lon), 1);
	assert_int_equal(lat, (481113000 + 481200000) / 2);
	assert_int_equal(search_locate(w->reader, SPAN("Nulle-Part"), &lat, &lon), 0);
	assert_int_equal(search_locate(w->reader, SPAN(""), &lat, &lon), 0);
}

static void
test_expiry(void **state)
{
	struct world *w = *state;
	struct search_doc own = {
		.author = SPAN(A), .kind = KIND_NEED, .rid = SPAN("own"), .updated = 1, .created = 1,
		.expires = NOW, .content = SPAN("{\"name\":\"Parapluie\"}"), .own = 1, .shown = 1,
	};
	struct search_query q = { .text = SPAN("parapluie"), .now_s = NOW };
	int64_t midnight = (NOW / DAY + 1) * DAY;

	assert_int_equal(search_begin(w->search, &e), 0);
	assert_int_equal(search_put(w->search, &own, &e), 0);
	own.own = 0;
	own.rid = SPAN("other");
	assert_int_equal(search_put(w->search, &own, &e), 0);
	assert_int_equal(search_commit(w->search, 1, &e), 0);
	q.now_s = midnight - 1;		/* an expiry takes effect at the next midnight */
	ask(w, q);
	assert_int_equal(w->result.total, 2);
	q.now_s = midnight;
	assert_string_equal(ask(w, q), "own");
	assert_int_equal(w->result.hit[0].lapsed, 1);
}

static void
test_changes(void **state)
{
	struct world *w = *state;
	struct search_query q = { .text = SPAN("parapluie") };

	put_one(w->search, A, KIND_NEED, "one", "{\"name\":\"Parapluie\"}");
	assert_string_equal(ask(w, q), "one");
	put_one(w->search, A, KIND_NEED, "one", "{\"name\":\"Ombrelle\"}");
	assert_string_equal(ask(w, q), "");
	assert_string_equal(ask(w, (struct search_query){ .text = SPAN("ombrelle") }), "one");

	/* not before the commit, and not at all after an abort */
	assert_int_equal(search_begin(w->search, &e), 0);
	put(w->search, &(struct sample){ A, KIND_NEED, "two", 1,
	    "{\"commune\":\"Atlantis\",\"insee\":\"99999\",\"name\":\"Parapluie\"}" });
	assert_string_equal(ask(w, q), "");
	search_abort(w->search);
	assert_string_equal(ask(w, q), "");
	ask(w, (struct search_query){ .facets = FACET_ALL });
	assert_int_equal(counted(w, FACET_COMMUNE, "99999"), 0);

	/* the number given and taken back is given again */
	put_one(w->search, A, KIND_NEED, "three", "{\"insee\":\"99998\",\"name\":\"Parapluie\"}");
	assert_string_equal(ask(w, q), "three");
	assert_string_equal(ask(w, (struct search_query){ .commune = SPAN("99998") }), "three");

	/* no longer shown */
	assert_int_equal(search_begin(w->search, &e), 0);
	assert_int_equal(search_put(w->search, &(struct search_doc){ .author = SPAN(A), .kind = KIND_NEED,
	    .rid = SPAN("three") }, &e), 0);
	assert_int_equal(search_commit(w->search, 78, &e), 0);
	assert_string_equal(ask(w, q), "");

	assert_int_equal(search_begin(w->search, &e), 0);
	assert_int_equal(search_delete_author(w->search, SPAN(B), &e), 0);
	assert_int_equal(search_delete(w->search, SPAN("did:key:z6MkNobody"), KIND_NEED, SPAN("x"), &e), 0);
	assert_int_equal(search_commit(w->search, 79, &e), 0);
	assert_string_equal(ask(w, (struct search_query){ .author = SPAN(B) }), "");
	assert_string_equal(ask(w, (struct search_query){ .text = SPAN("vélo") }), "");
	assert_int_equal(search_seq(w->search), 79);
}

static void
test_hostile(void **state)
{
	static const char *const text[] = {
		"\"", "\"\"", "'", "\"jardin", "jardin\"*", "jardin NEAR vélo", "NEAR(jardin vélo, 2)", "title : x",
		"{title} : x", "- jardin", "^jardin", "jardin AND", "OR", "NOT", "AND OR NOT NEAR", "(((((", ")",
		"*", "a*", "**", "jardin + vélo", "\\", ";DROP TABLE doc;--", "%s%n", "\xff\xfe\xfd", "\xf0\x9f\x8c\xb1",
		"-- jardin", "jardin:vélo", "words", "rowid:1", "\n\r\t", "\xe2\x80\xae",
	};
	struct world *w = *state;
	char big[10240];
	size_t i;

	for (i = 0; i < COUNT(text); i++)
		ask(w, (struct search_query){ .text = span_str(text[i]), .practice = span_str(text[i]),
		    .commune = span_str(text[i]), .author = span_str(text[i]), .lang = span_str(text[i]),
		    .type = span_str(text[i]), .from = span_str(text[i]), .to = span_str(text[i]), .facets = FACET_ALL });
	assert_string_equal(ask(w, (struct search_query){ .text = SPAN("jardin\0DROP\0") }), "soon garden velo");
	for (i = 0; i < sizeof big; i++)
		big[i] = "jardin velo x "[i % 14];
	assert_string_equal(ask(w, (struct search_query){ .text = { big, sizeof big } }), "velo soon garden");
	memset(big, 'z', sizeof big);
	assert_string_equal(ask(w, (struct search_query){ .text = { big, sizeof big } }), "");
	memset(big, '"', sizeof big);
	assert_string_equal(ask(w, (struct search_query){ .text = { big, sizeof big } }), "");
	ask(w, (struct search_query){ .near = 1, .lat_e7 = INT32_MIN, .lon_e7 = INT32_MAX, .within_m = UINT32_MAX,
	    .sort = SEARCH_NEAREST, .now_s = INT64_MAX / 2, .facets = UINT32_MAX, .kinds = UINT32_MAX,
	    .limit = UINT32_MAX });
}

/* --- the file ---------------------------------------------------------------------------------- */

static int
file_has(const char *path, const char *suffix, const char *what)
{
	char name[128], *bytes;
	size_t len;
	FILE *f;
	int found;

	snprintf(name, sizeof name, "%s%s", path, suffix);
	f = fopen(name, "rb");
	if (f == NULL)
		return 0;
	fseek(f, 0, SEEK_END);
	len = (size_t)ftell(f);
	rewind(f);
	bytes = malloc(len + 1);
	CHECK(bytes != NULL && fread(bytes, 1, len, f) == len);
	fclose(f);
	found = memmem(bytes, len, what, strlen(what)) != NULL;
	free(bytes);
	return found;
}

static int
anywhere(const struct world *w, const char *what)
{
	return file_has(w->path, "", what) || file_has(w->path, "-wal", what);
}

static void
reopen(struct world *w, const char *epoch, int anew)
{
	arena_clear(&w->arena);
	search_give(w->search, w->reader);
	search_close(w->search);
	w->search = NULL;
	if (search_open(w->path, epoch, &w->search, &e) != anew)
		fail_msg("expected %d: %s", anew, e.text);
	w->reader = search_take(w->search, &e);
	CHECK(w->reader != NULL);
}

static void
test_scrub(void **state)
{
	/* every place a word may be kept in, with a word of its own */
	static const char *const secret[] = {
		"xqtitle", "xqsummary", "xqbody", "xqcommune", "xqtag", "xqpractice", "xqstreet", "xqlink", "xqhours",
		"z6MkErased", "xqrid", "xqspelling", "xqlabel",
	};
	struct world *w = *state;
	char content[600], rid[32];
	size_t i;

	for (i = 0; i < 300; i++) {	/* enough for pages to split */
		snprintf(content, sizeof content, "{\"commune\":\"xqcommune%zuq\",\"description\":\"xqbody%zuq\","
		    "\"hours\":\"xqhours%zuq\",\"name\":\"xqtitle%zuq\",\"organisations\":[\"did:key:xqlink%zuq/organisation/a\"],"
		    "\"practices\":[\"xqpractice%zuq\"],\"street\":\"xqstreet%zuq\",\"summary\":\"xqsummary%zuq\","
		    "\"tags\":[\"xqtag%zuq\"]}", i, i, i, i, i, i, i, i, i);
		snprintf(rid, sizeof rid, "xqrid%zu", i);
		put_one(w->search, "did:key:z6MkErased", KIND_INITIATIVE, rid, content);
		put_one(w->search, A, KIND_PLACE, rid + 2,
		    "{\"description\":\"Rien de secret ici, mais de quoi remplir une page.\",\"name\":\"Autre\"}");
	}
	/* labels that a record gave to a code or key that others use as well */
	put_one(w->search, "did:key:z6MkErased", KIND_INITIATIVE, "first",
	    "{\"commune\":\"xqspelling\",\"insee\":\"22278\",\"name\":\"Premier\"}");
	put_one(w->search, A, KIND_INITIATIVE, "second",
	    "{\"commune\":\"Saint-Brieuc\",\"insee\":\"22278\",\"name\":\"Second\",\"practices\":[\"walk\"]}");
	put_one(w->search, "did:key:z6MkErased", KIND_PRACTICE, "walk",
	    "{\"key\":\"walk\",\"name\":\"xqlabel\",\"parent\":\"mobility\"}");
	ask(w, (struct search_query){ .facets = FACET_ALL, .kinds = 1u << KIND_INITIATIVE, .author = SPAN(A) });
	assert_int_equal(counted(w, FACET_PRACTICE, "mobility"), 1);
	for (i = 0; i < COUNT(secret); i++)
		CHECK_ROW(secret[i], anywhere(w, secret[i]));
	put_one(w->search, "did:key:z6MkErased", KIND_INITIATIVE, "xqrid7", "{\"name\":\"Remplacé\"}");
	assert_int_equal(search_dirty(w->search), 1);
	assert_int_equal(search_scrub(w->search, &e), 0);
	assert_int_equal(search_dirty(w->search), 0);
	CHECK(!anywhere(w, "xqtitle7q"));
	CHECK(!anywhere(w, "xqbody7q"));
	CHECK(anywhere(w, "xqbody8q"));
	assert_int_equal(search_begin(w->search, &e), 0);
	assert_int_equal(search_delete_author(w->search, SPAN("did:key:z6MkErased"), &e), 0);
	assert_int_equal(search_commit(w->search, 80, &e), 0);
	assert_int_equal(search_scrub(w->search, &e), 0);
	for (i = 0; i < COUNT(secret); i++)
		CHECK_ROW(secret[i], !anywhere(w, secret[i]));
	assert_string_equal(ask(w, (struct search_query){ .text = SPAN("atelier vélo") }), "velo");
	ask(w, (struct search_query){ .text = SPAN("secret"), .facets = FACET_ALL });
	assert_int_equal(w->result.total, 300);
	assert_string_equal(ask(w, (struct search_query){ .commune = SPAN("saint brieuc") }), "second");
	assert_string_equal(ask(w, (struct search_query){ .text = SPAN("xqbo") }), "");
	assert_string_equal(ask(w, (struct search_query){ .practice = SPAN("walk"), .facets = FACET_ALL }), "second");
	assert_string_equal(w->result.facet[FACET_PRACTICE].value[0].label, "");
	assert_int_equal(counted(w, FACET_PRACTICE, "mobility"), 0);
	/* a word that went may come again, and is there after a restart */
	put_one(w->search, A, KIND_NEED, "again", "{\"name\":\"xqtitle7q\"}");
	assert_string_equal(ask(w, (struct search_query){ .text = SPAN("xqtitle7q") }), "again");
	reopen(w, "one", 0);
	assert_string_equal(ask(w, (struct search_query){ .text = SPAN("xqtitle7q") }), "again");
	assert_int_equal(search_begin(w->search, &e), 0);
	assert_int_equal(search_delete(w->search, SPAN(A), KIND_NEED, SPAN("again"), &e), 0);
	assert_int_equal(search_commit(w->search, 81, &e), 0);
	assert_int_equal(search_scrub(w->search, &e), 0);
}

static uint32_t
roll(uint64_t *seed, uint32_t below)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(*seed >> 33) % below;
}

/* Change and delete at random until pages have split and merged often: SQLite leaves stale copies in the
 * gaps of pages then, whatever secure_delete says. */
static void
test_scrub_churn(void **state)
{
	struct world *w = *state;
	char content[600], rid[32], filling[260];
	uint64_t seed = 5;
	size_t i, k, len;

	for (i = 0; i < 6000; i++) {
		int secret = roll(&seed, 3) == 0;
		struct sample m = { secret ? "did:key:z6MkErased" : A, KIND_NEED, rid, roll(&seed, 1 << 30), content };

		if (i % 20 == 0)
			assert_int_equal(search_begin(w->search, &e), 0);
		snprintf(rid, sizeof rid, "%s%u", secret ? "xqrid" : "r", roll(&seed, 1500));
		for (len = roll(&seed, 250), k = 0; k < len; k++)
			filling[k] = (char)('a' + roll(&seed, 10));
		filling[len] = '\0';
		snprintf(content, sizeof content, "{\"description\":\"%s%u\",\"name\":\"%s\",\"summary\":\"%s%s\"}",
		    secret ? "xqbody" : "b", roll(&seed, 10000), secret ? "xqtitle" : "t", secret ? "xqsummary" : "", filling);
		if (roll(&seed, 4) == 0)
			assert_int_equal(search_delete(w->search, span_str(m.author), m.kind, span_str(rid), &e), 0);
		else
			put(w->search, &m);
		if (i % 20 == 19)
			assert_int_equal(search_commit(w->search, (int64_t)i, &e), 0);
	}
	assert_int_equal(search_begin(w->search, &e), 0);
	assert_int_equal(search_delete_author(w->search, SPAN("did:key:z6MkErased"), &e), 0);
	assert_int_equal(search_commit(w->search, 9000, &e), 0);
	assert_int_equal(search_scrub(w->search, &e), 0);
	CHECK(!anywhere(w, "xqrid") && !anywhere(w, "xqtitle"));
	CHECK(!anywhere(w, "xqsummary") && !anywhere(w, "xqbody"));
}

static void
test_reopen(void **state)
{
	struct world *w = *state;

	reopen(w, "one", 0);
	assert_int_equal(search_seq(w->search), 77);
	assert_string_equal(ask(w, (struct search_query){ .text = SPAN("jardin") }), "soon garden velo");
	assert_string_equal(ask(w, (struct search_query){ .practice = SPAN("food") }), "weed orga garden");
	ask(w, (struct search_query){ .facets = FACET_ALL });
	assert_int_equal(counted(w, FACET_PRACTICE, "food"), 3);
	assert_string_equal(w->result.facet[FACET_AUTHOR].value[0].label, "Pays de Morlaix");
	put_one(w->search, A, KIND_NEED, "new", "{\"name\":\"Parapluie\"}");
	assert_string_equal(ask(w, (struct search_query){ .text = SPAN("parapluie") }), "new");

	reopen(w, "two", 1);
	assert_int_equal(search_seq(w->search), 0);
	assert_string_equal(ask(w, (struct search_query){ .limit = 5 }), "");
}

/* Write bytes over the file from offset on. */
static void
damage(const char *path, long offset, size_t len)
{
	char junk[8192];
	FILE *f = fopen(path, "r+b");

	memset(junk, 0x5a, sizeof junk);
	CHECK(f != NULL && len <= sizeof junk);
	fseek(f, offset, SEEK_SET);
	CHECK(fwrite(junk, 1, len, f) == len);
	fclose(f);
}

static void
test_damage(void **state)
{
	static const struct { const char *why; long offset; size_t len; } row[] = {
		{ "not a database", 0, 64 }, { "another version", 60, 4 }, { "the schema", 100, 3000 },
	};
	struct world *w = *state;
	size_t i;

	for (i = 0; i < COUNT(row); i++) {
		arena_clear(&w->arena);
		search_give(w->search, w->reader);
		search_close(w->search);
		damage(w->path, row[i].offset, row[i].len);
		if (search_open(w->path, "one", &w->search, &e) != 1)
			fail_msg("%s: %s", row[i].why, e.text);
		w->reader = search_take(w->search, &e);
		put_one(w->search, A, KIND_NEED, "new", "{\"name\":\"Parapluie\"}");
		assert_string_equal(ask(w, (struct search_query){0}), "new");
	}
	/* found while open: whatever it happens to hit, it ends in an index that works again */
	put_one(w->search, A, KIND_NEED, "old", "{\"name\":\"Parapluie\"}");
	reopen(w, "one", 0);
	damage(w->path, 8192, 8192);
	for (i = 0; i < 40 && !search_damaged(w->search); i++) {
		arena_clear(&w->arena);
		if (search_begin(w->search, &e) == -1 || search_delete_author(w->search, SPAN(A), &e) == -1)
			search_abort(w->search);
		else if (search_commit(w->search, 5, &e) == -1)
			search_abort(w->search);
	}
	assert_int_equal(search_damaged(w->search), 1);
	/* built anew while open, once the last reader is back; meanwhile none is given */
	assert_int_equal(search_renew(w->search, "one", &e), 0);
	assert_null(search_take(w->search, &e));
	assert_int_equal(e.code, ERR_BUSY);
	arena_clear(&w->arena);
	search_give(w->search, w->reader);
	assert_int_equal(search_renew(w->search, "one", &e), 1);
	w->reader = search_take(w->search, &e);
	assert_string_equal(ask(w, (struct search_query){0}), "");
	put_one(w->search, A, KIND_NEED, "again", "{\"name\":\"Parapluie\"}");
	assert_string_equal(ask(w, (struct search_query){ .text = SPAN("parapluie") }), "again");
	reopen(w, "one", 0);
	assert_int_equal(search_damaged(w->search), 0);
	assert_int_equal(search_open("/nonexistent/search.db", "one", &(struct search *){ NULL }, &e), -1);
}

/* --- threads ----------------------------------------------------------------------------------- */

static void *
read_on(void *arg)
{
	struct world *w = arg;
	struct search_query q = { .text = SPAN("parapluie"), .facets = FACET_ALL, .now_s = NOW, .limit = 50 };
	struct search_result result;
	struct err why = {0};
	int i;

	for (i = 0; i < 200; i++) {
		struct search_reader *r = search_take(w->search, &why);
		struct arena a = {0};

		CHECK(r != NULL);
		if (search_run(r, &q, &a, &result, &why) == -1)
			return strdup(why.text);
		/* records come and go by twos */
		if (result.total % 2 != 0 || result.count > result.total)
			return strdup("a reader saw half a batch");
		arena_clear(&a);
		search_give(w->search, r);
	}
	return NULL;
}

static void
test_threads(void **state)
{
	struct world *w = *state;
	pthread_t thread[3];
	char rid[2][32];
	void *failed;
	size_t i, k;

	for (i = 0; i < COUNT(thread); i++)
		assert_int_equal(pthread_create(&thread[i], NULL, read_on, w), 0);
	for (i = 0; i < 60; i++) {
		assert_int_equal(search_begin(w->search, &e), 0);
		for (k = 0; k < 2; k++) {
			snprintf(rid[k], sizeof rid[k], "r%zu", (i * 2 + k) % 40);
			if (i % 3 == 2)
				assert_int_equal(search_delete(w->search, SPAN(A), KIND_NEED, span_str(rid[k]), &e), 0);
			else
				put(w->search, &(struct sample){ A, KIND_NEED, rid[k], 1, "{\"name\":\"Parapluie\"}" });
		}
		assert_int_equal(search_commit(w->search, 100 + (int64_t)i, &e), 0);
		if (i % 20 == 19)
			assert_int_equal(search_scrub(w->search, &e), 0);
	}
	for (i = 0; i < COUNT(thread); i++) {
		pthread_join(thread[i], &failed);
		if (failed != NULL)
			fail_msg("%s", (char *)failed);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_words), TEST(test_filters), TEST(test_pages), TEST(test_near), TEST(test_facets),
		TEST(test_card), TEST(test_related), TEST(test_related_as), TEST(test_apart),
		TEST(test_spelling), TEST(test_totals), TEST(test_expiry), TEST(test_changes),
		TEST(test_hostile), TEST(test_scrub), TEST(test_scrub_churn), TEST(test_reopen), TEST(test_damage), TEST(test_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
