/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Mapping files, licences and personal data: what the operator says holds; what may not be shared is not. */
#include "proto/err.h"
#include "tests/unit/test.h"
#include "tools/import/import.h"
#include "tools/import/report.h"
#include "tools/import/rules.h"
#include "tools/import/run.h"

/* --- mapping files -------------------------------------------------------------------------- */

static void
test_refused_rules(void **state)
{
	static const struct { const char *why, *text, *says; } row[] = {
		{ "a rule needs a heading", "nom = name", "line 1" },
		{ "a heading that is none", "[colonnes]", "there is no section" },
		{ "a field that is none", "[fields]\nnom = nome", "line 2: there is no field \"nome\"" },
		{ "no right side", "[fields]\nnom =", "no rule" },
		{ "a kind that is none", "[categories]\nx = kind: truc", "not a kind" },
		{ "a network's kind is not imported", "[categories]\nx = kind: vouch", "not a kind" },
		{ "a key that is in no vocabulary", "[categories]\nx = access: gratis", "vocabulary of access" },
		{ "a field without categories", "[categories]\nx = phone: y", "takes no category" },
		{ "a key without its field", "[categories]\nx = third-place", "says no field" },
		{ "a constant that is no field", "[constants]\nx = y", "no field \"x\"" },
		{ "another encoding", "[fields]\ncaf\xe9 = name", "UTF-8" },
		{ "a place's code", "[places]\nSaint-Denis = 93", "INSEE code" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		struct rules *r = NULL;
		struct err e = { 0 };

		CHECK_ROW(row[i].why, rules_parse(span_str(row[i].text), &r, &e) == -1);
		if (strstr(e.text, row[i].says) == NULL)
			fail_msg("%s: %s", row[i].why, e.text);
	}
}

struct map_case {
	const char *why, *rules;
	const char *name[4], *value[4];
	const char *content;		/* NULL: refused at field */
	const char *field;
	enum kind kind;
};

static void
check_map(const struct map_case *c)
{
	struct mapping m = { .kind = KIND_INITIATIVE };
	struct mapped out = MAPPED_INIT;
	struct import_cell cell[4];
	struct import_item item = { .row = 2, .cell = cell };
	struct rules *r = NULL;
	struct err e = { 0 };

	if (rules_parse(span_str(c->rules), &r, &e) == -1)
		fail_msg("%s: %s", c->why, e.text);
	m.rules = r;
	for (; item.count < 4 && c->name[item.count] != NULL; item.count++)
		cell[item.count] = (struct import_cell){ .name = c->name[item.count], .value = span_str(c->value[item.count]) };
	CHECK_ROW(c->why, import_map(&m, &item, &out, &e) == 0);
	if (c->content != NULL && (out.why != NULL || strcmp(out.content.ptr, c->content) != 0))
		fail_msg("%s: %s %s", c->why, out.why == NULL ? "" : out.why, out.content.ptr);
	CHECK_ROW(c->why, c->content != NULL || (out.why != NULL && strcmp(out.field, c->field) == 0));
	CHECK_ROW(c->why, c->kind == KIND_UNKNOWN || out.kind == c->kind);
	mapped_clear(&out);
	rules_free(r);
}

static void
test_rules(void **state)
{
	static const struct map_case row[] = {
		{ "a column of one's own", "[fields]\nIntitulé du projet = name", { "Intitulé du projet *" }, { "x" },
		  "{\"name\":\"x\"}", NULL, 0 },
		{ "a column that everybody knows means something else here", "[fields]\ntype = tags\n", { "nom", "type" },
		  { "x", "libre" }, "{\"name\":\"x\",\"tags\":[\"libre\"]}", NULL, 0 },
		{ "a column left out", "[fields]\ntelephone = -", { "nom", "Téléphone" }, { "x", "0299000000" },
		  "{\"name\":\"x\"}", NULL, 0 },
		{ "a name with = in quotes", "[fields]\n\"a = b\" = name", { "a = b" }, { "x" }, "{\"name\":\"x\"}", NULL, 0 },
		{ "comments and a byte order mark", "\xef\xbb\xbf# voilà\n[fields] # les colonnes\nz = name # oui\n", { "z" }, { "x" },
		  "{\"name\":\"x\"}", NULL, 0 },
		{ "a word of the source's own", "[categories]\nRepair'Café = practices: repair, axes: solidarity",
		  { "nom", "categories" }, { "x", "repair café" }, "{\"axes\":[\"solidarity\"],\"name\":\"x\",\"practices\":"
		  "[\"repair\"]}", NULL, 0 },
		{ "a key, as YesWiki gives it", "[categories]\n3 = practices: fablab", { "nom", "categories" }, { "x", "3,4" },
		  "{\"name\":\"x\",\"practices\":[\"fablab\"]}", NULL, 0 },
		{ "a word that says nothing", "[categories]\nautre = -", { "nom", "categories" }, { "x", "Autre" }, "{\"name\":\"x\"}",
		  NULL, 0 },
		{ "a kind by category", "[categories]\nAgenda = kind: event", { "nom", "categories", "debut" },
		  { "x", "agenda", "2026-06-21 18:00" }, "{\"name\":\"x\",\"starts\":\"2026-06-21T18:00\"}", NULL, KIND_EVENT },
		{ "a constant, where the row does not say", "[constants]\nsource_name = Annuaire\naccess = free", { "nom" }, { "x" },
		  "{\"access\":[\"free\"],\"name\":\"x\",\"source_name\":\"Annuaire\"}", NULL, 0 },
		{ "a constant gives way", "[constants]\nstatus = active", { "nom", "statut" }, { "x", "en projet" },
		  "{\"name\":\"x\",\"status\":\"idea\"}", NULL, 0 },
		{ "a place settled by name", "[places]\nSaint-Denis = 93066", { "nom", "ville" }, { "x", "SAINT DENIS" },
		  "{\"commune\":\"SAINT DENIS\",\"insee\":\"93066\",\"name\":\"x\"}", NULL, 0 },
		{ "the same in the source's spelling", "[places]\nst denis 97400 = 97411", { "nom", "ville", "cp" },
		  { "x", "St Denis", "97400" }, "{\"commune\":\"St Denis\",\"insee\":\"97411\",\"name\":\"x\",\"postcode\":\"97400\"}", NULL, 0 },
		{ "a licence that forbids refuses the row", "", { "nom", "licence" }, { "x", "CC BY-NC-SA 4.0" }, NULL, "license", 0 },
		{ "unless the operator states one", "[constants]\nlicense = CC-BY-SA-4.0", { "nom", "licence" },
		  { "x", "CC BY-NC-SA 4.0" }, "{\"name\":\"x\"}", NULL, 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++)
		check_map(&row[i]);
}

/* --- licences -------------------------------------------------------------------------------------- */

static void
test_licences(void **state)
{
	static const struct { const char *declared; enum licence_verdict verdict; const char *spdx; } row[] = {
		{ "", LICENCE_NONE, "" },
		{ "https://opendatacommons.org/licenses/odbl/summary/", LICENCE_OPEN, "ODbL-1.0" },
		{ "ODbL", LICENCE_OPEN, "ODbL-1.0" },
		{ "Licence Ouverte / Open Licence 2.0", LICENCE_OPEN, "etalab-2.0" },
		{ "https://creativecommons.org/licenses/by-sa/3.0/fr/", LICENCE_OPEN, "CC-BY-SA-3.0" },
		{ "CC BY 4.0", LICENCE_OPEN, "CC-BY-4.0" },
		{ "Creative Commons Attribution - Partage dans les mêmes conditions", LICENCE_OPEN, "CC-BY-SA-4.0" },
		{ "CC0", LICENCE_OPEN, "CC0-1.0" },
		{ "domaine public", LICENCE_OPEN, "CC0-1.0" },
		{ "GPL-3.0-or-later", LICENCE_OPEN, "GPL-3.0-or-later" },
		{ "CC-BY-NC-4.0", LICENCE_FORBIDS, "" },
		{ "https://creativecommons.org/licenses/by-nc-nd/4.0/", LICENCE_FORBIDS, "" },
		{ "CC BY-ND", LICENCE_FORBIDS, "" },
		{ "Attribution - Pas d’utilisation commerciale", LICENCE_FORBIDS, "" },
		{ "Tous droits réservés", LICENCE_FORBIDS, "" },
		{ "All rights reserved.", LICENCE_FORBIDS, "" },
		{ "© Copyright Mairie", LICENCE_FORBIDS, "" },
		{ "demander au webmestre", LICENCE_UNKNOWN, "" },
	};
	char spdx[65];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		CHECK_ROW(row[i].declared, licence_read(span_str(row[i].declared), spdx) == row[i].verdict);
		CHECK_ROW(row[i].declared, strcmp(spdx, row[i].spdx) == 0);
	}
}

/* --- personal data ----------------------------------------------------------------------------------- */

static void
test_scrub(void **state)
{
	static const struct { const char *why, *text, *left; unsigned emails, phones; } row[] = {
		{ "an address in a sentence", "Écrire à jean.petit@example.org.", "Écrire à […].", 1, 0 },
		{ "one that hides from robots", "jean (at) example.org", "[…]", 1, 0 },
		{ "one that hides less well", "jean[at]example.org", "[…]", 1, 0 },
		{ "a name on a network", "suivez @essaim", "suivez @essaim", 0, 0 },
		{ "a price", "3@5 euros.", "3@5 euros.", 0, 0 },
		{ "a phone in pairs", "Tél. 06 12 34 56 78 le soir", "Tél. […] le soir", 0, 1 },
		{ "with points", "06.12.34.56.78", "[…]", 0, 1 },
		{ "without anything", "appeler 0612345678", "appeler […]", 0, 1 },
		{ "from abroad", "+33 6 12 34 56 78", "[…]", 0, 1 },
		{ "with a 0 in brackets", "+33 (0)6 12 34 56 78", "[…]", 0, 1 },
		{ "a company's number is none", "SIRET 43493312300029", "SIRET 43493312300029", 0, 0 },
		{ "a postcode is none", "35000 Rennes", "35000 Rennes", 0, 0 },
		{ "a date is none", "le 01/02/2020 à 10h", "le 01/02/2020 à 10h", 0, 0 },
		{ "two of each", "a@b.fr, 0299000001, c@d.fr 02 99 00 00 02", "[…], […], […] […]", 2, 2 },
		{ "nothing", "", "", 0, 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		struct buf out = BUF_INIT(4096);
		struct scrubbed n = { 0, 0 };
		struct err e = { 0 };

		CHECK_ROW(row[i].why, scrub_text(span_str(row[i].text), &out, &n, &e) == 0);
		if (strcmp(out.ptr == NULL ? "" : out.ptr, row[i].left) != 0)
			fail_msg("%s: %s", row[i].why, out.ptr);
		CHECK_ROW(row[i].why, n.emails == row[i].emails && n.phones == row[i].phones);
		buf_clear(&out);
	}
}

/* --- a proposed mapping -------------------------------------------------------------------------------- */

/* What is proposed can be given back as it is, and holds what the operator needs to go on. */
static void
test_suggestion(void **state)
{
	static const char table[] = "Nom;Machin = truc;Catégories;Ville;owner\nA;1;Chat;Rennes;jean\nB;;Chat, AMAP;;\n";
	static const char *const holds[] = { "kind = initiative\n", "Nom = name\n", "\"Machin = truc\" = -\n",
		"# filled in 50%: 1\n# nobody knows this column\n", "Ville = commune\n", "owner = -\n", "# Chat = practices: ?" };
	struct buf text = BUF_INIT(65536);
	struct importer_job job = { .name = "t.csv" };
	struct rules *rules = NULL;
	struct err e = { 0 };
	size_t i;

	(void)state;
	assert_non_null(job.file = fmemopen((void *)(uintptr_t)table, sizeof table - 1, "rb"));
	CHECK(import_suggest(&job, &text, &e) == 0);
	fclose(job.file);
	for (i = 0; i < COUNT(holds); i++)
		if (strstr(text.ptr, holds[i]) == NULL)
			fail_msg("no \"%s\" in:\n%s", holds[i], text.ptr);
	if (rules_parse(buf_span(&text), &rules, &e) == -1)
		fail_msg("%s", e.text);
	rules_free(rules);
	buf_clear(&text);
}

/* Each format's own mapping is one that can be read. */
static void
test_own_mappings(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < import_format_count; i++) {
		struct rules *rules = NULL;
		struct err e = { 0 };

		if (import_format[i].mapping != NULL && rules_parse(span_str(import_format[i].mapping), &rules, &e) == -1)
			fail_msg("%s: %s", import_format[i].name, e.text);
		rules_free(rules);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused_rules), cmocka_unit_test(test_rules), cmocka_unit_test(test_licences),
		cmocka_unit_test(test_scrub), cmocka_unit_test(test_suggestion), cmocka_unit_test(test_own_mappings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
