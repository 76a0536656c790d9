/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What other directories' files become: each row of a table is a trap somebody fell into. */
#include <jansson.h>

#include "proto/err.h"
#include "proto/kind.h"
#include "proto/vocab.h"
#include "tests/unit/test.h"
#include "tools/import/import.h"

/* --- values --------------------------------------------------------------------------------- */

static void
test_number(void **state)
{
	static const struct { const char *why, *text; int ok; double n; } row[] = {
		{ "decimal point", "48.5", 1, 48.5 },
		{ "decimal comma", "48,5", 1, 48.5 },
		{ "sign and spaces", " -3,8 ", 1, -3.8 },
		{ "two commas are no number", "48,5,6", 0, 0 },
		{ "words are not", "environ 48", 0, 0 },
		{ "nor is nothing", "", 0, 0 },
		{ "nor a sign alone", "-", 0, 0 },
		{ "nor hexadecimal, which strtod would take", "0x10", 0, 0 },
		{ "nor infinity", "inf", 0, 0 },
		{ "nor a number too long to be meant", "0000000000000000000000000000000000000000001", 0, 0 },
	};
	double n;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		CHECK_ROW(row[i].why, import_number(span_str(row[i].text), &n) == row[i].ok);
		if (row[i].ok)
			CHECK_ROW(row[i].why, n == row[i].n);
	}
}

static void
test_position(void **state)
{
	static const struct { const char *why, *text; int ok; } row[] = {
		{ "points and a comma", "48.5,-2.7", 1 },
		{ "points, comma and space", "48.5, -2.7", 1 },
		{ "an old YesWiki map cell", "48.5|-2.7", 1 },
		{ "decimal commas and a semicolon", "48,5;-2,7", 1 },
		{ "decimal commas all the way", "48,5,-2,7", 1 },
		{ "a space", "48.5 -2.7", 1 },
		{ "brackets", "[48.5, -2.7]", 1 },
		{ "well-known text has the longitude first", "POINT(-2.7 48.5)", 1 },
		{ "and may name its system", "SRID=4326;POINT (-2.7 48.5)", 1 },
		{ "one number is none", "48.5", 0 },
		{ "an address is none", "3 rue de la Mairie", 0 },
		{ "an unclosed text is none", "POINT(-2.7 48.5", 0 },
		{ "nothing is none", "", 0 },
		{ "empty brackets are none", "[]", 0 },
	};
	double lat, lon;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		CHECK_ROW(row[i].why, import_position(span_str(row[i].text), &lat, &lon) == row[i].ok);
		if (row[i].ok)
			CHECK_ROW(row[i].why, lat == 48.5 && lon == -2.7);
	}
}

static void
test_date(void **state)
{
	static const struct { const char *why, *text, *date, *time; } row[] = {
		{ "French order", "21/06/2021", "2021-06-21", "" },
		{ "French with a time", "21/06/2021 19:33:56", "2021-06-21", "19:33" },
		{ "as GoGoCarto once wrote", "21/06/2021 à 19:33", "2021-06-21", "19:33" },
		{ "ISO 8601", "2021-06-21", "2021-06-21", "" },
		{ "ISO with a zone", "2021-06-21T19:33:00+02:00", "2021-06-21", "19:33" },
		{ "a French hour", "2021-06-21 19h30", "2021-06-21", "19:30" },
		{ "an hour alone", "21/06/2021 19h", "2021-06-21", "19:00" },
		{ "dots", "1.2.2020", "2020-02-01", "" },
		{ "two digits of this century", "01/02/20", "2020-02-01", "" },
		{ "two digits of the last", "01/02/98", "1998-02-01", "" },
		{ "a leap day", "29/02/2024", "2024-02-29", "" },
		{ "no leap day", "29/02/2023", NULL, NULL },
		{ "no such day", "31/04/2021", NULL, NULL },
		{ "no such month: the American order is not guessed", "06/21/2021", NULL, NULL },
		{ "a year alone", "2021", NULL, NULL },
		{ "words", "printemps 2021", NULL, NULL },
		{ "a time that is none", "2021-06-21 25:00", NULL, NULL },
		{ "nothing", "", NULL, NULL },
	};
	char date[11], time[6];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		CHECK_ROW(row[i].why, import_date(span_str(row[i].text), date, time) == (row[i].date != NULL));
		if (row[i].date != NULL)
			CHECK_ROW(row[i].why, strcmp(date, row[i].date) == 0 && strcmp(time, row[i].time) == 0);
	}
}

static void
test_moment(void **state)
{
	static const struct { const char *why, *text; int ok; int64_t at; } row[] = {
		{ "the first day", "1970-01-01", 1, 0 },
		{ "universal time", "2024-02-03T09:30:00Z", 1, 1706952600 },
		{ "a zone with a colon", "2024-02-03T10:30:00+01:00", 1, 1706952600 },
		{ "a zone without", "2024-02-03T04:00:00-0530", 1, 1706952600 },
		{ "no zone is universal time", "03/02/2024 à 09:30", 1, 1706952600 },
		{ "a date's hyphens are no zone", "2024-02-03", 1, 1706918400 },
		{ "the last of February", "29/02/2024", 1, 1709164800 },
		{ "words", "hier", 0, 0 },
	};
	int64_t at;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		CHECK_ROW(row[i].why, import_moment(span_str(row[i].text), &at) == row[i].ok);
		if (row[i].ok)
			CHECK_ROW(row[i].why, at == row[i].at);
	}
}

static void
test_fold(void **state)
{
	static const struct { const char *why, *text; int singular; const char *folded; } row[] = {
		{ "accents and capitals", "Éléments Clés", 0, "elements_cles" },
		{ "plurals", "Éléments Clés", 1, "element_cle" },
		{ "a required column's star", "Nom de la structure *", 0, "nom_de_la_structure" },
		{ "apostrophes and hyphens", "Système d’échange-local", 0, "systeme_d_echange_local" },
		{ "ligatures", "Cœur", 0, "coeur" },
		{ "short words keep their s", "sas", 1, "sas" },
		{ "signs alone are nothing", "***", 0, "" },
		{ "bytes that are no text are passed over", "a\xff" "b", 0, "ab" },
		{ "a colon as OpenStreetMap's keys have", "addr:city", 0, "addr_city" },
	};
	char out[IMPORT_NAME_CHARS_MAX];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		import_fold(span_str(row[i].text), row[i].singular, out, sizeof out);
		CHECK_ROW(row[i].why, strcmp(out, row[i].folded) == 0);
	}
	import_fold(SPAN("beaucoup trop long"), 0, out, 8);
	CHECK(strlen(out) < 8);
}

static void
test_terms(void **state)
{
	static const struct { const char *why; enum vocab_name vocab; const char *word, *key; } row[] = {
		{ "the key", VOCAB_PRACTICE, "third-place", "third-place" },
		{ "its words in English", VOCAB_PRACTICE, "Third place", "third-place" },
		{ "in French, plural", VOCAB_PRACTICE, "Tiers-lieux", "third-place" },
		{ "in French, singular", VOCAB_PRACTICE, "Tiers lieu", "third-place" },
		{ "an acronym", VOCAB_PRACTICE, "AMAP", "short-supply-chain" },
		{ "plural within", VOCAB_PRACTICE, "Jardins partagés", "shared-garden" },
		{ "the same word means other things elsewhere", VOCAB_EXCHANGE_TERMS, "Troc", "barter" },
		{ "as here", VOCAB_ACCESS, "Troc", "exchange" },
		{ "rates", VOCAB_ACCESS, "Gratuit sous condition", "solidarity-rate" },
		{ "appointments", VOCAB_ACCESS, "sur rendez-vous", "on-request" },
		{ "courses", VOCAB_STATUS, "En cours", "active" },
		{ "laws", VOCAB_LEGAL_FORM, "Association loi 1901", "association" },
		{ "nobody knows", VOCAB_PRACTICE, "quadrature", NULL },
		{ "nothing", VOCAB_PRACTICE, " ", NULL },
	};
	const char *key;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		key = alias_term(row[i].vocab, span_str(row[i].word));
		CHECK_ROW(row[i].why, row[i].key == NULL ? key == NULL : key != NULL && strcmp(key, row[i].key) == 0);
	}
}

/* A row of the tables that is not as import_fold writes, or means no term, could never be met. */
static void
test_alias_tables(void **state)
{
	const char *problem = alias_problem();

	(void)state;
	if (problem != NULL)
		fail_msg("alias.c: %s", problem);
}

/* --- reading ------------------------------------------------------------------------------------ */

#define TEXT_MAX 8192

struct seen {
	char text[TEXT_MAX];
	size_t items;
};

static void
put(struct seen *s, const char *text, size_t len)
{
	size_t at = strlen(s->text);

	assert_true(at + len < TEXT_MAX);
	memcpy(s->text + at, text, len);
	s->text[at + len] = '\0';
}

static int
on_item(void *ctx, const struct import_item *item, struct err *e)
{
	struct seen *s = ctx;
	char number[64];
	size_t i;

	(void)e;
	s->items++;
	put(s, number, (size_t)snprintf(number, sizeof number, "%zu:", item->row));
	if (item->wrong != NULL)
		put(s, "WRONG ", 6);
	if (item->has_position)
		put(s, number, (size_t)snprintf(number, sizeof number, "@%.2f,%.2f ", item->lat, item->lon));
	for (i = 0; i < item->count; i++) {
		put(s, item->cell[i].name, strlen(item->cell[i].name));
		put(s, "=", 1);
		put(s, item->cell[i].value.ptr, item->cell[i].value.len);
		put(s, ";", 1);
	}
	put(s, "/", 1);
	return 0;
}

/* Read bytes as a file; 0 or -1, what was seen in *s. */
static int
read_bytes(const char *format, const char *bytes, size_t len, struct seen *s, struct err *e)
{
	const struct import_format *f = NULL;
	FILE *file = tmpfile();
	struct import_input in;
	int rc;

	*s = (struct seen){ 0 };
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, len, file), len);
	rewind(file);
	rc = import_input_init(&in, file, "", e);
	if (rc == 0)
		rc = format != NULL ? (f = import_format_find(format)) == NULL
		    : import_format_guess(&in, &f, e);
	if (rc == 0)
		rc = f->read(&in, on_item, s, e);
	fclose(file);
	return rc;
}

static void
test_csv(void **state)
{
	static const struct { const char *why, *text, *seen; } row[] = {
		{ "commas", "a,b\n1,2\n", "2:a=1;b=2;/" },
		{ "semicolons, as French spreadsheets", "a;b\n1;2,5\n", "2:a=1;b=2,5;/" },
		{ "tabs", "a\tb\n1\t2\n", "2:a=1;b=2;/" },
		{ "a separator within quotes does not count", "\"a,b,c\";d\n1;2\n", "2:a,b,c=1;d=2;/" },
		{ "a BOM is not part of the first name", "\xef\xbb\xbf" "a,b\n1,2\n", "2:a=1;b=2;/" },
		{ "a BOM before a quoted name", "\xef\xbb\xbf\"a\",b\n1,2\n", "2:a=1;b=2;/" },
		{ "Excel's line", "sep=;\r\na;b\r\n1;2\r\n", "3:a=1;b=2;/" },
		{ "CR LF is one end of line", "a,b\r\n1,2\r\n3,4\r\n", "2:a=1;b=2;/3:a=3;b=4;/" },
		{ "quoted newlines", "a,b\n\"x\ny\",2\n3,4", "2:a=x\ny;b=2;/3:a=3;b=4;/" },
		{ "doubled quotes", "a,b\n\"say \"\"hi\"\"\",2\n", "2:a=say \"hi\";b=2;/" },
		{ "no newline at the end", "a,b\n1,2", "2:a=1;b=2;/" },
		{ "blank lines count as a spreadsheet's rows do", "a,b\n\n1,2\n\r\n3,4\n", "3:a=1;b=2;/5:a=3;b=4;/" },
		{ "a row of empty cells is none", "a,b\n,\n1,2\n", "3:a=1;b=2;/" },
		{ "a short row", "a,b\n1\n", "2:a=1;/" },
		{ "a long row is told", "a,b\n1,2,3\n", "2:WRONG a=1;b=2;/" },
		{ "unless what is too much is empty", "a,b\n1,2,,\n", "2:a=1;b=2;/" },
		{ "Windows-1252 is understood", "a,b\ncaf\xe9,\x80\n", "2:a=café;b=€;/" },
		{ "UTF-8 stays", "a,b\ncafé,œ\n", "2:a=café;b=œ;/" },
		{ "a header alone", "a,b\n", "" },
	};
	struct err e = { 0 };
	struct seen s;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		CHECK_ROW(row[i].why, read_bytes(NULL, row[i].text, strlen(row[i].text), &s, &e) == 0);
		if (strcmp(s.text, row[i].seen) != 0)
			fail_msg("%s: %s", row[i].why, s.text);
	}
}

static void
test_geojson(void **state)
{
#define POINT "\"geometry\":{\"type\":\"Point\",\"coordinates\":[-2.7,48.5]}"
	static const struct { const char *why, *text, *seen; } row[] = {
		{ "a collection", "{\"type\":\"FeatureCollection\",\"features\":[{\"type\":\"Feature\"," POINT
		    ",\"properties\":{\"name\":\"x\"}},{\"type\":\"Feature\",\"geometry\":null,\"properties\":{\"name\":\"y\"}}]}",
		  "1:@48.50,-2.70 name=x;/2:name=y;/" },
		{ "one Feature", "{\"type\":\"Feature\"," POINT ",\"properties\":{\"name\":\"x\"}}",
		  "1:@48.50,-2.70 name=x;/" },
		{ "uMap's layers", "{\"type\":\"umap\",\"layers\":[{\"features\":[{" POINT ",\"properties\":{\"n\":1,"
		    "\"_umap_options\":{\"color\":\"red\"}}}]},{\"features\":[{\"properties\":{\"n\":2}}]}]}",
		  "1:@48.50,-2.70 n=1;/2:n=2;/" },
		{ "coordinates as text", "{\"type\":\"FeatureCollection\",\"features\":[{\"geometry\":{\"type\":\"Point\","
		    "\"coordinates\":[\"-2.7\",\"48,5\"]},\"properties\":{}}]}", "1:@48.50,-2.70 /" },
		{ "a square stands at its middle, wherever it begins", "{\"type\":\"FeatureCollection\",\"features\":[{"
		    "\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[-3,48],[-2,48],[-2,49],[-3,49],[-3,48]]]}}]}",
		  "1:@48.50,-2.50 /" },
		{ "of several areas the largest", "{\"type\":\"FeatureCollection\",\"features\":[{\"geometry\":{\"type\":"
		    "\"MultiPolygon\",\"coordinates\":[[[[0,0],[0.1,0],[0.1,0.1],[0,0]]],[[[-3,48],[-2,48],[-2,49],[-3,49],"
		    "[-3,48]]]]}}]}", "1:@48.50,-2.50 /" },
		{ "an area of no size", "{\"type\":\"FeatureCollection\",\"features\":[{\"geometry\":{\"type\":\"Polygon\","
		    "\"coordinates\":[[[1,2],[1,2],[1,2]]]}}]}", "1:@2.00,1.00 /" },
		{ "a geometry of no known type is told", "{\"type\":\"FeatureCollection\",\"features\":[{\"geometry\":{"
		    "\"type\":\"Blob\"},\"properties\":{\"a\":1}}]}", "1:WRONG a=1;/" },
		{ "lists and nested objects", "{\"type\":\"FeatureCollection\",\"features\":[{\"properties\":{\"t\":[\"a\",\"b\"],"
		    "\"address\":{\"city\":\"c\"},\"ok\":true,\"no\":null,\"r\":0.1,\"cat\":[{\"name\":\"d\"}]}}]}",
		  "1:t=a;t=b;address.city=c;ok=true;r=0.1;cat=d;/" },
		{ "brackets in texts do not count", "{\"type\":\"FeatureCollection\",\"features\":[{\"properties\":{\"a\":"
		    "\"}]\\\"{\"}}]}", "1:a=}]\"{;/" },
		{ "an empty list", "{\"type\":\"FeatureCollection\",\"features\":[]}", "" },
	};
	struct err e = { 0 };
	struct seen s;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		CHECK_ROW(row[i].why, read_bytes(NULL, row[i].text, strlen(row[i].text), &s, &e) == 0);
		if (strcmp(s.text, row[i].seen) != 0)
			fail_msg("%s: %s", row[i].why, s.text);
	}
}

static void
test_refused_files(void **state)
{
	static const struct { const char *why, *text; size_t len; const char *says; } row[] = {
		{ "nothing at all", "", 0, "empty" },
		{ "UTF-16 without a mark", "a\0;\0b\0\n\0", 8, "UTF-16" },
		{ "a spreadsheet", "PK\3\4xxxx", 8, "save the sheet" },
		{ "a page", "<html>", 6, "not recognised" },
		{ "blank lines only", "\n\n", 2, "not recognised" },
		{ "a map cut short", "{\"type\":\"FeatureCollection\",\"features\":[{\"a\":1", 46, "too early" },
		{ "a map with a broken feature", "{\"type\":\"FeatureCollection\",\"features\":[{\"a\":}]}", 48, "item 1" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		struct err e = { 0 };
		struct seen s;

		CHECK_ROW(row[i].why, read_bytes(NULL, row[i].text, row[i].len, &s, &e) == -1);
		if (strstr(e.text, row[i].says) == NULL)
			fail_msg("%s: %s", row[i].why, e.text);
	}
}

static void
test_csv_open_quote(void **state)
{
	size_t len = IMPORT_ITEM_BYTES_MAX * 2;
	char *text = malloc(len);
	struct err e = { 0 };
	struct seen s;

	(void)state;
	assert_non_null(text);
	memset(text, 'x', len);
	memcpy(text, "a,b\n\"", 5);
	CHECK(read_bytes("csv", text, len, &s, &e) == -1);
	CHECK(e.code == ERR_LIMIT);
	free(text);
}

/* --- mapping ---------------------------------------------------------------------------------------- */

struct mapped_case {
	const char *why;
	enum kind kind;
	const char *name[6], *value[6];
	const char *content;		/* or NULL: refused, with field and a part of the words */
	const char *field, *says;
};

static const struct mapped_case mapping_case[] = {
	{ "a place", KIND_PLACE, { "Nom *", "bf_latitude", "bf_longitude", "Ville" },
	  { "Café", "48,5", "-2,7", "Rennes" },
	  "{\"commune\":\"Rennes\",\"lat_e7\":485000000,\"lon_e7\":-27000000,\"name\":\"Café\"}", NULL, NULL },
	{ "merged coordinates", KIND_PLACE, { "title", "latitude" }, { "x", "48.5, -2.7" },
	  "{\"lat_e7\":485000000,\"lon_e7\":-27000000,\"name\":\"x\"}", NULL, NULL },
	{ "a number for the house", KIND_PLACE, { "name", "addr:housenumber", "addr:street", "complement_adresse" },
	  { "x", "12 bis", "rue Haute", "fond de cour" },
	  "{\"name\":\"x\",\"street\":\"12 bis rue Haute, fond de cour\"}", NULL, NULL },
	{ "contacts as people write them", KIND_PLACE, { "name", "site_web", "telephone", "mail" },
	  { "x", "www.example.org|https://b.example.org", "612345678", "a@example.org;b@example.org" },
	  "{\"email\":\"a@example.org\",\"links\":[\"https://b.example.org\"],\"name\":\"x\",\"phone\":\"0612345678\","
	  "\"website\":\"https://www.example.org\"}", NULL, NULL },
	{ "a hidden e-mail is left out", KIND_PLACE, { "name", "email" }, { "x", "private" }, "{\"name\":\"x\"}", NULL, NULL },
	{ "a bad phone is left out", KIND_PLACE, { "name", "tel" }, { "x", "voir site" }, "{\"name\":\"x\"}", NULL, NULL },
	{ "categories become what they mean, else tags", KIND_INITIATIVE, { "name", "Catégories" },
	  { "x", "Covoiturage, Prix libre, Chat" },
	  "{\"access\":[\"free-price\"],\"name\":\"x\",\"practices\":[\"carpooling\"],\"tags\":[\"Chat\"]}", NULL, NULL },
	{ "nested CSV in a cell", KIND_INITIATIVE, { "name", "tags" }, { "x", "\"a b\",\"c\"" },
	  "{\"name\":\"x\",\"tags\":[\"a b\",\"c\"]}", NULL, NULL },
	{ "HTML becomes text", KIND_PLACE, { "name", "description" }, { "A &amp; B</b>", "<p>un</p><p>deux<br/>trois</p>" },
	  "{\"description\":\"un\\n\\ndeux\\ntrois\",\"name\":\"A & B\"}", NULL, NULL },
	{ "less than is no HTML", KIND_PLACE, { "name" }, { "a < b & c" }, "{\"name\":\"a < b & c\"}", NULL, NULL },
	{ "one line is one line", KIND_PLACE, { "name" }, { "deux\r\nlignes\tici" }, "{\"name\":\"deux lignes ici\"}", NULL, NULL },
	{ "a code that lost its 0", KIND_PLACE, { "name", "code_insee" }, { "x", "1004" },
	  "{\"insee\":\"01004\",\"name\":\"x\"}", NULL, NULL },
	{ "accounts are dropped", KIND_PLACE, { "name", "owner", "subscriberEmails", "createdBy" },
	  { "x", "jean", "j@example.org", "jean" }, "{\"name\":\"x\"}", NULL, NULL },
	{ "a kind column", KIND_INITIATIVE, { "name", "kind", "starts" }, { "Fête", "Événement", "21/06/2026 18h" },
	  "{\"name\":\"Fête\",\"starts\":\"2026-06-21T18:00\"}", NULL, NULL },
	{ "the sea off Africa is no place", KIND_PLACE, { "name", "lat", "lon" }, { "x", "0", "0" }, "{\"name\":\"x\"}", NULL, NULL },
	{ "a spreadsheet's apostrophe", KIND_PLACE, { "name" }, { "'=1+1" }, "{\"name\":\"=1+1\"}", NULL, NULL },
	{ "an apostrophe that is meant", KIND_PLACE, { "name" }, { "'t Hof" }, "{\"name\":\"'t Hof\"}", NULL, NULL },
	{ "the first of two columns of one meaning", KIND_PLACE, { "nom", "titre" }, { "a", "b" }, "{\"name\":\"a\"}", NULL, NULL },

	{ "no name", KIND_PLACE, { "ville" }, { "Rennes" }, NULL, "name", "required" },
	{ "Lambert 93 is no latitude", KIND_PLACE, { "name", "lat", "lon" }, { "x", "6789000", "351000" }, NULL, "latitude",
	  "range" },
	{ "half a position", KIND_PLACE, { "name", "lat" }, { "x", "48.5" }, NULL, "latitude", "both" },
	{ "a day that is none", KIND_INITIATIVE, { "name", "since" }, { "x", "31/02/2021" }, NULL, "since", "not a date" },
	{ "the end before the beginning", KIND_INITIATIVE, { "name", "since", "until" }, { "x", "2021-02-01", "2021-01-01" },
	  NULL, "until", "before" },
	{ "an unknown kind", KIND_PLACE, { "name", "kind" }, { "x", "licorne" }, NULL, "kind", "not a kind" },
	{ "an event needs a beginning", KIND_EVENT, { "name" }, { "x" }, NULL, "starts", "required" },
};

static void
map_case(const struct mapped_case *c, struct mapped *m)
{
	struct mapping mapping = { .kind = c->kind };
	struct import_cell cell[6];
	struct import_item item = { .row = 2, .cell = cell };
	struct err e = { 0 };

	for (; item.count < 6 && c->name[item.count] != NULL; item.count++)
		cell[item.count] = (struct import_cell){ .name = c->name[item.count], .value = span_str(c->value[item.count]) };
	CHECK_ROW(c->why, import_map(&mapping, &item, m, &e) == 0);
}

static void
test_map(void **state)
{
	struct mapped m = MAPPED_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(mapping_case); i++) {
		const struct mapped_case *c = &mapping_case[i];

		map_case(c, &m);
		if (c->content != NULL) {
			if (m.why != NULL || strcmp(m.content.ptr, c->content) != 0)
				fail_msg("%s: %s %s", c->why, m.why == NULL ? "" : m.why, m.content.ptr);
		} else if (m.why == NULL || strcmp(m.field, c->field) != 0 || strstr(m.why, c->says) == NULL)
			fail_msg("%s: %s %s", c->why, m.why == NULL ? "accepted" : m.field, m.why == NULL ? "" : m.why);
	}
	mapped_clear(&m);
}

static void
test_identifiers(void **state)
{
	struct mapped a = MAPPED_INIT, b = MAPPED_INIT;
	struct mapped_case here = { "here", KIND_PLACE, { "name", "ville" }, { "x", "Rennes" }, "", NULL, NULL };
	struct mapped_case there = { "there", KIND_PLACE, { "name", "ville" }, { "x", "Brest" }, "", NULL, NULL };
	struct mapped_case given = { "given", KIND_PLACE, { "name", "id_fiche" }, { "x", "Fiche 7" }, "", NULL, NULL };

	(void)state;
	map_case(&here, &a);
	map_case(&here, &b);
	CHECK(a.id_made && strcmp(a.id.ptr, b.id.ptr) == 0);
	map_case(&there, &b);
	CHECK(strcmp(a.id.ptr, b.id.ptr) != 0);
	map_case(&given, &b);
	CHECK(!b.id_made && strcmp(b.id.ptr, "Fiche 7") == 0);
	mapped_clear(&a);
	mapped_clear(&b);
}

static void
test_emails_within_texts(void **state)
{
	static const struct { const char *why, *text; int holds; } row[] = {
		{ "an address", "écrire à paul@example.org svp", 1 },
		{ "a name on a network", "suivez @essaim", 0 },
		{ "a price", "3@5 euros.", 0 },
		{ "at the very end", "paul@example.org", 1 },
	};
	struct mapped m = MAPPED_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		struct mapped_case c = { row[i].why, KIND_PLACE, { "name", "description" }, { "x", row[i].text }, "", NULL,
			NULL };

		map_case(&c, &m);
		CHECK_ROW(row[i].why, (m.scrubbed.emails > 0) == row[i].holds);
	}
	mapped_clear(&m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_number),
		cmocka_unit_test(test_position),
		cmocka_unit_test(test_date),
		cmocka_unit_test(test_moment),
		cmocka_unit_test(test_fold),
		cmocka_unit_test(test_terms),
		cmocka_unit_test(test_alias_tables),
		cmocka_unit_test(test_csv),
		cmocka_unit_test(test_geojson),
		cmocka_unit_test(test_refused_files),
		cmocka_unit_test(test_csv_open_quote),
		cmocka_unit_test(test_map),
		cmocka_unit_test(test_identifiers),
		cmocka_unit_test(test_emails_within_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
