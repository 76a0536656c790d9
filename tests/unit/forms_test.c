/* SPDX-License-Identifier: AGPL-3.0-or-later
 * forms_test.c - what we write, other people's readers read: libcsv, Jansson, libxml2, libical; and
 * whatever a hostile record holds stays data.
 */
#include "tests/unit/author.h"

#include <csv.h>
#include <jansson.h>
#include <libical/ical.h>
#include <libxml/parser.h>
#include <libxml/tree.h>

#include "node/forms/forms.h"
#include "proto/ref.h"

#define HOSTILE "=1+1</script><b>\\\"x\\\";DROP,'\\u2028&amp; ]]>é"

static const struct { enum kind kind; const char *content; } sample[] = {
	{ KIND_PLACE, "{\"access\":[\"free\",\"exchange\"],\"commune\":\"Soulvache\",\"lat_e7\":478212000,"
	    "\"lon_e7\":-14477000,\"name\":\"Le Papier Buvard\",\"phone\":\"+33 2 40 00 00 00\","
	    "\"postcode\":\"44660\",\"tags\":[\"café\",\"livres\"]}" },
	{ KIND_EVENT, "{\"commune\":\"Morlaix\",\"ends\":\"2026-12-01T20:00\",\"event_status\":\"cancelled\","
	    "\"lat_e7\":485776000,\"lon_e7\":-5000,\"name\":\"Veillée ; soupe, pain\",\"starts\":\"2026-12-01T18:30\","
	    "\"summary\":\"Une phrase assez longue pour être pliée au-delà de soixante-quinze octets, où l’on "
	    "trouve des accents.\"}" },
	{ KIND_EVENT, "{\"name\":\"" HOSTILE "\",\"recurrence\":\"FREQ=WEEKLY;BYDAY=TU\","
	    "\"starts\":\"2026-12-02T18:30\",\"timezone\":\"Europe/Paris\"}" },
	{ KIND_INITIATIVE, "{\"description\":\"" HOSTILE "\",\"name\":\"" HOSTILE "\",\"summary\":\"@SUM(A1)\"}" },
};

static char *
render(const char *name, uint32_t kinds, size_t *count)
{
	struct key author = key_of(3);
	struct buf out = BUF_INIT(1 << 20);
	struct forming f = { .form = form_find(name), .out = &out, .title = "Essai & <liste>",
	    .base = "https://essaim.example.org", .self = "/catalogue.x?q=a&b=\"<", .publisher = "Pays <b>",
	    .kinds = kinds, .now_s = T0 };
	struct err e = {0};

	assert_non_null(f.form);
	assert_int_equal(form_begin(&f, &e), 0);
	for (size_t i = 0; i < COUNT(sample); i++) {
		struct record_draft d = draft_of(&author, sample[i].kind);
		char rid[RID_CHARS + 1];
		uint8_t random[10] = { (uint8_t)i };
		struct signed_record s;

		rid_from_random(random, rid);
		d.rid = span_str(rid);
		d.content = span_str(sample[i].content);
		s = sign_with(&d, &author);
		assert_int_equal(form_row(&f, &s.r, &e), 0);
		buf_clear(&s.line);
		d = tombstone_of(&author, sample[i].kind);
		s = sign_with(&d, &author);
		assert_int_equal(form_row(&f, &s.r, &e), 0);	/* passed over */
		buf_clear(&s.line);
	}
	*count = f.count;
	assert_int_equal(form_end(&f, &e), 0);
	return out.ptr;
}

/* --- CSV ------------------------------------------------------------------------------------- */

struct table {
	char cell[16][200][256];
	size_t rows, columns, width[16];
};

static void
on_cell(void *data, size_t len, void *ctx)
{
	struct table *t = ctx;

	assert_true(t->rows < 16 && t->columns < 200 && len < 256);
	memcpy(t->cell[t->rows][t->columns], data, len);
	t->cell[t->rows][t->columns++][len] = '\0';
}

static void
on_row(int c, void *ctx)
{
	struct table *t = ctx;

	(void)c;
	t->width[t->rows++] = t->columns;
	t->columns = 0;
}

static const char *
cell(const struct table *t, size_t row, const char *column)
{
	for (size_t i = 0; i < t->width[0]; i++)
		if (strcmp(t->cell[0][i], column) == 0)
			return t->cell[row][i];
	fail_msg("no column %s", column);
	return NULL;
}

static void
test_csv(void **state)
{
	struct table *t = calloc(1, sizeof *t);
	size_t count, i;
	char *text = render("csv", 0, &count);
	struct csv_parser p;

	(void)state;
	csv_init(&p, CSV_STRICT | CSV_STRICT_FINI);
	assert_int_equal(csv_parse(&p, text, strlen(text), on_cell, on_row, t), strlen(text));
	assert_int_equal(csv_fini(&p, on_cell, on_row, t), 0);
	csv_free(&p);
	assert_int_equal(t->rows, 1 + COUNT(sample));
	for (i = 1; i < t->rows; i++)
		assert_int_equal(t->width[i], t->width[0]);
	assert_string_equal(cell(t, 1, "latitude"), "47.8212000");
	assert_string_equal(cell(t, 1, "longitude"), "-1.4477000");
	assert_string_equal(cell(t, 2, "longitude"), "-0.0005000");
	assert_string_equal(cell(t, 1, "access"), "free|exchange");
	assert_string_equal(cell(t, 1, "phone"), "+33 2 40 00 00 00");
	assert_string_equal(cell(t, 4, "summary"), "'@SUM(A1)");
	assert_true(cell(t, 4, "name")[0] == '\'');
	free(t);
	free(text);
}

/* --- JSON ------------------------------------------------------------------------------------ */

static void
test_geojson(void **state)
{
	size_t count;
	char *text = render("geojson", 0, &count);
	json_error_t err;
	json_t *doc = json_loads(text, JSON_REJECT_DUPLICATES, &err), *features, *f;
	double lon, lat;

	(void)state;
	if (doc == NULL)
		fail_msg("%s at %d", err.text, err.position);
	features = json_object_get(doc, "features");
	assert_int_equal(json_array_size(features), COUNT(sample));
	f = json_array_get(features, 0);
	assert_int_equal(json_unpack(json_object_get(f, "geometry"), "{s:[F,F]}", "coordinates", &lon, &lat), 0);
	assert_true(lon < -1.44 && lat > 47.82);
	assert_true(json_is_null(json_object_get(json_array_get(features, 2), "geometry")));
	assert_string_equal(json_string_value(json_object_get(json_object_get(f, "properties"), "name")),
	    "Le Papier Buvard");
	json_decref(doc);
	free(text);
}

static void
test_jsonld(void **state)
{
	static const char *const type[] = { "Place", "Event", "Event", "Project" };
	size_t count, i;
	char *text = render("jsonld", 0, &count);
	json_t *doc = json_loads(text, JSON_REJECT_DUPLICATES, NULL), *graph;

	(void)state;
	assert_non_null(doc);
	graph = json_object_get(doc, "@graph");
	assert_int_equal(json_array_size(graph), COUNT(sample));
	for (i = 0; i < COUNT(sample); i++)
		assert_string_equal(json_string_value(json_object_get(json_array_get(graph, i), "@type")),
		    type[i]);
	assert_string_equal(json_string_value(json_object_get(json_object_get(json_array_get(graph, 0),
	    "address"), "addressLocality")), "Soulvache");
	json_decref(doc);
	free(text);
}

/* --- GoGoCarto, Murmurations -------------------------------------------------------------------- */

static json_t *
gogofull(enum kind kind, const char *content)
{
	struct key author = key_of(3);
	struct buf out = BUF_INIT(1 << 16);
	struct forming f = { .form = form_find("gogofull"), .out = &out, .title = "", .base = "https://e.example.org",
	    .self = "/", .publisher = "", .single = 1, .now_s = T0 };
	struct record_draft d = draft_of(&author, kind);
	struct signed_record s;
	struct err e = {0};
	json_t *doc;

	d.content = span_str(content);
	s = sign_with(&d, &author);
	assert_int_equal(form_begin(&f, &e), 0);
	assert_int_equal(form_row(&f, &s.r, &e), 0);
	assert_int_equal(form_end(&f, &e), 0);
	assert_non_null(doc = json_loads(out.ptr, JSON_REJECT_DUPLICATES, NULL));
	buf_clear(&s.line);
	buf_clear(&out);
	return doc;
}

static void
test_hours_by_day(void **state)
{
	static const struct { const char *why, *hours, *as; } row[] = {
		{ "days and a range", "Mo-We,Fr 09:00-12:00; Sa 10:00-12:00,14:00-18:00", "{\"Mo\":\"09:00-12:00\",\"Tu\":"
		    "\"09:00-12:00\",\"We\":\"09:00-12:00\",\"Fr\":\"09:00-12:00\",\"Sa\":\"10:00-12:00,14:00-18:00\"}" },
		{ "one", "Su 14:00-18:00", "{\"Su\":\"14:00-18:00\"}" },
		{ "words of people are not guessed", "Mercredi 14 h - 18 h", NULL },
		{ "nor half of them", "We 14:00-18:00; sur rendez-vous", NULL },
		{ "no times", "We", NULL }, { "a range that runs back", "We-Mo 14:00-18:00", NULL },
		{ "an end is missing", "We 14:00-", NULL }, { "a day is missing", "Mo, 14:00-18:00", NULL },
		{ "a comma too many", "We 14:00-18:00,", NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(row); i++) {
		char content[300];
		json_t *doc, *open, *as = row[i].as == NULL ? NULL : json_loads(row[i].as, 0, NULL);

		snprintf(content, sizeof content, "{\"hours\":\"%s\",\"lat_e7\":1,\"lon_e7\":-1,\"name\":\"a\"}", row[i].hours);
		doc = gogofull(KIND_PLACE, content);
		open = json_object_get(json_object_get(doc, "data"), "openHours");
		CHECK_ROW(row[i].why, as == NULL ? open == NULL : json_equal(open, as));
		CHECK_ROW(row[i].why, strcmp(json_string_value(json_object_get(json_object_get(doc, "data"), "hours")),
		    row[i].hours) == 0);
		json_decref(doc);
		json_decref(as);
	}
}

static void
test_hostile_content_stays_data(void **state)
{
	static const char *const form[] = { "gogofull", "gogocompact", "gogosync", "murmurations" };
	size_t count, i;

	(void)state;
	for (i = 0; i < COUNT(form); i++) {
		char *text = render(form[i], 0, &count);
		json_t *doc = json_loads(text, JSON_REJECT_DUPLICATES, NULL);

		CHECK_ROW(form[i], doc != NULL);
		CHECK_ROW(form[i], json_array_size(json_is_array(doc) ? doc : json_object_get(doc, "data")) == count);
		CHECK_ROW("what has no position is no element", count == (i < 3 ? 2 : 0));
		json_decref(doc);
		free(text);
	}
}

static void
test_numbers_of_terms_are_their_own(void **state)
{
	static const enum vocab_name tree[] = { VOCAB_AXIS, VOCAB_PRACTICE };
	uint32_t seen[256];
	size_t n = 0, t, i, k;

	(void)state;
	for (t = 0; t < COUNT(tree); t++)
		for (i = 0; i < vocab_get(tree[t])->count; i++) {
			seen[n] = gogo_option(tree[t], span_str(vocab_get(tree[t])->term[i].key));
			for (k = 0; k < n; k++)
				CHECK_ROW(vocab_get(tree[t])->term[i].key, seen[k] != seen[n]);
			n++;
		}
	assert_int_equal(gogo_option(VOCAB_PRACTICE, SPAN("shared-garden")), 862842687);	/* for ever */
}

/* --- Atom ------------------------------------------------------------------------------------ */

static void
test_atom(void **state)
{
	size_t count, entries = 0;
	char *text = render("atom", 0, &count);
	xmlDoc *doc = xmlReadMemory(text, (int)strlen(text), NULL, NULL, XML_PARSE_NONET | XML_PARSE_NOERROR);
	xmlNode *n;

	(void)state;
	assert_non_null(doc);
	for (n = xmlDocGetRootElement(doc)->children; n != NULL; n = n->next)
		entries += xmlStrcmp(n->name, BAD_CAST "entry") == 0;
	assert_int_equal(entries, COUNT(sample));
	xmlFreeDoc(doc);
	xmlCleanupParser();
	free(text);
}

/* --- iCalendar ------------------------------------------------------------------------------- */

static void
test_ical(void **state)
{
	size_t count;
	char *text = render("ics", 0, &count), *line, *end;
	icalcomponent *cal = icalparser_parse_string(text), *event;

	(void)state;
	assert_int_equal(count, 2);	/* events only */
	assert_non_null(cal);
	assert_int_equal(icalcomponent_count_errors(cal), 0);
	event = icalcomponent_get_first_component(cal, ICAL_VEVENT_COMPONENT);
	assert_string_equal(icalcomponent_get_summary(event), "Veillée ; soupe, pain");
	assert_int_equal(icalcomponent_get_status(event), ICAL_STATUS_CANCELLED);
	assert_int_equal(icalcomponent_get_dtstart(event).hour, 18);
	assert_int_equal(icalcomponent_get_dtend(event).hour, 20);
	event = icalcomponent_get_next_component(cal, ICAL_VEVENT_COMPONENT);
	assert_non_null(icalcomponent_get_first_property(event, ICAL_RRULE_PROPERTY));
	for (line = text; *line != '\0'; line = end + 2) {
		assert_non_null(end = strstr(line, "\r\n"));
		CHECK_ROW("lines are folded at 75 octets", end - line <= 75);
	}
	icalcomponent_free(cal);
	free(text);
}

static void
test_ndjson_is_the_signed_lines(void **state)
{
	size_t count;
	char *text = render("ndjson", 0, &count);
	struct span rest = span_str(text);
	enum reason why;
	struct record r;
	struct err e;

	(void)state;
	for (; rest.len > 0; count--) {
		assert_int_equal(record_parse(span_cut(&rest, '\n'), &r, &why, &e), 0);
		assert_true(record_verify(&r));
	}
	assert_int_equal(count, 0);
	free(text);
}

int
main(void)
{
	static const struct CMUnitTest test[] = {
		cmocka_unit_test(test_csv), cmocka_unit_test(test_geojson), cmocka_unit_test(test_jsonld),
		cmocka_unit_test(test_atom), cmocka_unit_test(test_ical), cmocka_unit_test(test_hours_by_day),
		cmocka_unit_test(test_hostile_content_stays_data), cmocka_unit_test(test_numbers_of_terms_are_their_own),
		cmocka_unit_test(test_ndjson_is_the_signed_lines),
	};

	return cmocka_run_group_tests(test, NULL, NULL);
}
