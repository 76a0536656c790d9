/* SPDX-License-Identifier: AGPL-3.0-or-later
 * search_twin_test.c - what is one thing is proposed as one, what only looks alike is not. */
#include "tests/unit/test.h"

#include "node/search/twin.h"
#include "proto/err.h"

#define HERE_LAT 485775000
#define HERE_LON (-38280000)
#define METRES(n) ((n) * 90)		/* northwards, in degrees times 10^7 */
#define PLACED(m) .lat_e7 = HERE_LAT + METRES(m), .lon_e7 = HERE_LON
#define NOWHERE .lat_e7 = NO_POSITION, .lon_e7 = NO_POSITION

static struct err e;

/* What a row leaves out: an initiative without site and telephone. */
static struct twin_record
whole(struct twin_record r)
{
	if (r.kind == KIND_UNKNOWN)
		r.kind = KIND_INITIATIVE;
	if (r.site == NULL)
		r.site = "";
	if (r.phone == NULL)
		r.phone = "";
	return r;
}

static void
test_score(void **state)
{
	static const struct {
		const char *why;
		struct twin_record a, b;
		int twins;
		unsigned reasons;	/* that must be among them */
	} row[] = {
		{ "one name at one place", { .title = "Jardin partagé du Port", PLACED(0) },
		  { .title = "Jardin partagé du port", PLACED(60) }, 1, 1u << TWIN_NAME | 1u << TWIN_NEAR },
		{ "a legal form and an accent more", { .title = "Association Les Cédilles", PLACED(0), .commune = 3 },
		  { .title = "les cedilles", PLACED(400), .commune = 3 }, 1, 1u << TWIN_NAME | 1u << TWIN_AROUND },
		{ "without position, in one commune", { .title = "Recyclerie du Léon", NOWHERE, .commune = 3 },
		  { .title = "La recyclerie du Léon", NOWHERE, .commune = 3 }, 1, 1u << TWIN_COMMUNE },
		{ "an organisation here, an initiative there", { .title = "Ti Coop", PLACED(0) },
		  { .kind = KIND_ORGANISATION, .title = "TiCoop", PLACED(20) }, 1, 1u << TWIN_NAME },
		{ "another name with site and telephone in common", { .title = "Ressourcerie Le Grenier", NOWHERE,
		  .site = "grenier.example", .phone = "0298000001" }, { .title = "Le Grenier (réemploi)", NOWHERE,
		  .site = "grenier.example", .phone = "0298000001" }, 1, 1u << TWIN_SITE | 1u << TWIN_PHONE },
		{ "a slip of the pen", { .title = "Épicerie solidaire Kerfraval", PLACED(0) },
		  { .title = "Épicerie solidaire Kerfravall", PLACED(10) }, 1, 1u << TWIN_NAME },
		{ "two antennas of one network, one site, two towns", { .title = "Réseau Bêche", PLACED(0), .commune = 3,
		  .site = "beche.example" }, { .title = "Réseau Bêche", PLACED(30000), .commune = 4,
		  .site = "beche.example" }, 0, 1u << TWIN_FAR | 1u << TWIN_ELSEWHERE },
		{ "antennas of neighbouring towns", { .title = "Réseau Bêche", PLACED(0), .commune = 3,
		  .site = "beche.example" }, { .title = "Réseau Bêche", PLACED(9000), .commune = 4,
		  .site = "beche.example" }, 0, 1u << TWIN_FAR },
		{ "antennas that no map shows", { .title = "Réseau Bêche", NOWHERE, .commune = 3, .site = "beche.example" },
		  { .title = "Réseau Bêche", NOWHERE, .commune = 4, .site = "beche.example" }, 0, 1u << TWIN_ELSEWHERE },
		{ "one name 200 km apart", { .title = "La Maison commune", PLACED(0) },
		  { .title = "La Maison commune", PLACED(200000) }, 0, 1u << TWIN_FAR },
		{ "a name that is everywhere, in one town", { .title = "Repair Café", PLACED(0), .commune = 3, .common = 1 },
		  { .title = "Repair Café", PLACED(1500), .commune = 3, .common = 1 }, 0, 1u << TWIN_NAME_COMMON },
		{ "the same at one address with one telephone", { .title = "Repair Café", PLACED(0), .common = 1,
		  .phone = "0298000001" }, { .title = "Repair Café", PLACED(30), .common = 1, .phone = "0298000001" },
		  1, 1u << TWIN_NAME_COMMON | 1u << TWIN_PHONE },
		{ "two tenants of one house", { .title = "Cigales du Trégor", PLACED(0), .site = "maison.example",
		  .phone = "0298000001" }, { .title = "Chorale Kanaouen", PLACED(0), .site = "maison.example",
		  .phone = "0298000001" }, 0, 1u << TWIN_PHONE },
		{ "neither name nor place", { .title = "Atelier vélo", PLACED(0) },
		  { .title = "Café associatif", PLACED(3000) }, 0, 0 },
		{ "an offer is no organisation", { .kind = KIND_OFFER, .title = "Prêt de tentes", PLACED(0) },
		  { .kind = KIND_ORGANISATION, .title = "Prêt de tentes", PLACED(0) }, 0, 0 },
		{ "one meeting, next week's and this week's", { .kind = KIND_EVENT, .title = "Permanence", PLACED(0),
		  .from_min = 1 }, { .kind = KIND_EVENT, .title = "Permanence", PLACED(0), .from_min = 2 }, 0, 0 },
	};
	unsigned one, other;
	size_t i;
	int score;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		const struct twin_record a = whole(row[i].a), b = whole(row[i].b);

		score = twin_score(&a, &b, &one);
		if ((score >= TWIN_SCORE_MIN) != row[i].twins || (one & row[i].reasons) != row[i].reasons)
			fail_msg("%s: %d, reasons %x", row[i].why, score, one);
		CHECK_ROW(row[i].why, twin_score(&b, &a, &other) == score && one == other);
	}
}

static void
test_keys(void **state)
{
	static const struct {
		const char *why;
		void (*make)(const char *, char *);
		const char *in, *out;
	} row[] = {
		{ "scheme, www, port, query", twin_site, "HTTPS://WWW.Exemple.org:443/Lieu/?utm=1", "exemple.org/lieu" },
		{ "no path", twin_site, "http://exemple.org/", "exemple.org" },
		{ "no address", twin_site, "exemple", "" },
		{ "none", twin_site, NULL, "" },
		{ "international", twin_phone, "+33 2 98 12 34 56", "0298123456" },
		{ "with the zero in brackets", twin_phone, "+33 (0)2.98.12.34.56", "0298123456" },
		{ "by 00", twin_phone, "0033298123456", "0298123456" },
		{ "national", twin_phone, "02-98-12-34-56", "0298123456" },
		{ "another country's stays", twin_phone, "+32 2 123 45 67", "3221234567" },
		{ "too short to tell", twin_phone, "3646", "" },
		{ "none", twin_phone, NULL, "" },
	};
	char out[TWIN_KEY_BYTES];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		row[i].make(row[i].in, out);
		CHECK_ROW(row[i].why, strcmp(out, row[i].out) == 0);
	}
}

/* Ten thousand of one name make neither a square of comparisons nor a list of pairs. */
static void
test_many(void **state)
{
	enum { MANY = 10000 };
	struct twin_record *r = calloc(MANY + 2, sizeof *r);
	struct arena a = { .max = (size_t)64 << 20 };
	struct twin_pair *pair;
	size_t n, i;

	(void)state;
	CHECK(r != NULL);
	for (i = 0; i < MANY + 2; i++)
		r[i] = whole((struct twin_record){ .title = "Repair Café", .commune = (uint32_t)i + 1,
			.lat_e7 = 430000000 + (int32_t)(i % 100) * 500000, .lon_e7 = (int32_t)(i / 100) * 500000 });
	r[17].title = r[MANY].title = "Les Bricoleurs du Douron";
	r[17].lat_e7 = r[MANY].lat_e7 = HERE_LAT;
	r[17].lon_e7 = r[MANY].lon_e7 = HERE_LON;
	r[17].commune = r[MANY].commune = 1;
	assert_int_equal(twin_pairs(r, MANY + 2, &a, &pair, &n, &e), 0);
	assert_int_equal(n, 1);
	CHECK(pair[0].a == 17 && pair[0].b == MANY && pair[0].score >= TWIN_SCORE_MIN && r[0].common && !r[17].common);
	arena_clear(&a);
	free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_score),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
