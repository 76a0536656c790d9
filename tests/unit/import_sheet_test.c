/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Spreadsheets as people save them: dates that are numbers, merged cells, titles, repeated rows; and files made
 * to exhaust whoever opens them. */
#include "proto/err.h"
#include "tests/unit/test.h"
#include "tests/unit/zip_file.h"
#include "tools/import/import.h"

struct seen {
	char text[4096];
	size_t items;
};

/* "ROW:name=value;…/", a wrong item with "!" before it. */
static int
on_item(void *ctx, const struct import_item *item, struct err *e)
{
	struct seen *s = ctx;
	size_t at = strlen(s->text), i;

	(void)e;
	s->items++;
	at += (size_t)snprintf(s->text + at, sizeof s->text - at, "%s%zu:", item->wrong == NULL ? "" : "!", item->row);
	for (i = 0; i < item->count && at < sizeof s->text; i++)
		at += (size_t)snprintf(s->text + at, sizeof s->text - at, "%s=%.*s;", item->cell[i].name,
		    (int)item->cell[i].value.len, item->cell[i].value.ptr);
	if (at < sizeof s->text)
		snprintf(s->text + at, sizeof s->text - at, "/");
	return 0;
}

/* Read bytes, whose format must be recognised. */
static int
read_bytes(const char *format, const char *bytes, size_t len, struct seen *s, struct err *e)
{
	const struct import_format *f = NULL;
	FILE *file = fmemopen((void *)(uintptr_t)bytes, len, "rb");
	struct import_input in;
	int rc;

	*s = (struct seen){ .items = 0 };
	assert_non_null(file);
	assert_int_equal(import_input_init(&in, file, "", e), 0);
	assert_int_equal(import_format_guess(&in, &f, e), 0);
	assert_string_equal(f->name, format);
	rc = f->read(&in, on_item, s, e);
	fclose(file);
	return rc;
}

struct sheet_case {
	const char *why, *xml, *seen;	/* seen NULL: refused, with these words */
	const char *says;
};

static void
check_case(const struct sheet_case *c, const char *format, char *bytes, size_t len)
{
	struct err e = { 0 };
	struct seen s;
	int rc;

	assert_non_null(bytes);
	rc = read_bytes(format, bytes, len, &s, &e);
	if (rc != (c->seen == NULL ? -1 : 0) || (c->seen != NULL && strcmp(s.text, c->seen) != 0) ||
	    (c->seen == NULL && strstr(e.text, c->says) == NULL))
		fail_msg("%s: %s %s", c->why, s.text, e.text);
	free(bytes);
}

#define SHEET(rows) "<worksheet><sheetData>" rows "</sheetData></worksheet>"
#define NAMES "<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"B1\" t=\"inlineStr\"><is><t>b</t></is></c>" \
	"<c r=\"C1\" t=\"str\"><v>c</v></c></row>"

static void
test_xlsx(void **state)
{
	static const struct sheet_case row[] = {
		{ "texts of the table, in runs, without how they are spoken", SHEET(NAMES
		    "<row r=\"2\"><c r=\"A2\" t=\"s\"><v>1</v></c></row>"), "2:nom=Café;/", NULL },
		{ "a carriage return is no letter", SHEET(NAMES "<row r=\"2\"><c r=\"A2\" t=\"s\"><v>2</v></c></row>"),
		  "2:nom=deux\nlignes;/", NULL },
		{ "a date is a number whose style tells", SHEET(NAMES "<row r=\"2\"><c r=\"A2\" s=\"1\"><v>44562</v></c></row>"),
		  "2:nom=2022-01-01;/", NULL },
		{ "a date and time", SHEET(NAMES "<row r=\"2\"><c r=\"A2\" s=\"2\"><v>44562.75</v></c></row>"),
		  "2:nom=2022-01-01T18:00;/", NULL },
		{ "a time of day", SHEET(NAMES "<row r=\"2\"><c r=\"A2\" s=\"3\"><v>0.604166666666667</v></c></row>"),
		  "2:nom=14:30;/", NULL },
		{ "letters in quotes make no date", SHEET(NAMES "<row r=\"2\"><c r=\"A2\" s=\"4\"><v>44562</v></c></row>"),
		  "2:nom=44562;/", NULL },
		{ "a number as it was typed", SHEET(NAMES "<row r=\"2\"><c r=\"A2\"><v>48.114699999999999</v></c>"
		    "<c r=\"B2\"><v>6.12345678E8</v></c></row>"), "2:nom=48.1147;b=612345678;/", NULL },
		{ "yes or no", SHEET(NAMES "<row r=\"2\"><c r=\"A2\" t=\"b\"><v>1</v></c></row>"), "2:nom=1;/", NULL },
		{ "an error is nothing", SHEET(NAMES "<row r=\"2\"><c r=\"A2\" t=\"e\"><v>#REF!</v></c><c r=\"B2\"><v>1</v></c>"
		    "</row>"), "2:b=1;/", NULL },
		{ "cells and rows that are left out", SHEET(NAMES "<row r=\"7\"><c r=\"C7\"><v>3</v></c></row>"), "7:c=3;/", NULL },
		{ "rows without numbers", SHEET("<row><c t=\"s\"><v>0</v></c></row><row><c><v>1</v></c></row>"), "2:nom=1;/", NULL },
		{ "cells merged downwards hold for each row, not for blank ones", "<worksheet><sheetData>" NAMES
		    "<row r=\"2\"><c r=\"A2\"><v>1</v></c><c r=\"B2\"><v>9</v></c></row>"
		    "<row r=\"3\"><c r=\"B3\"><v>8</v></c></row><row r=\"4\"/><row r=\"5\"><c r=\"B5\"><v>7</v></c></row>"
		    "</sheetData><mergeCells><mergeCell ref=\"A2:A4\"/></mergeCells></worksheet>",
		  "2:nom=1;b=9;/3:nom=1;b=8;/5:b=7;/", NULL },
		{ "a title above the names is none of them", SHEET("<row r=\"1\"><c r=\"A1\" t=\"str\"><v>Annuaire</v></c></row>"
		    "<row r=\"3\"><c r=\"A3\" t=\"s\"><v>0</v></c><c r=\"B3\" t=\"str\"><v>b</v></c></row>"
		    "<row r=\"4\"><c r=\"A4\"><v>1</v></c></row>"), "4:nom=1;/", NULL },
		{ "a list of names alone", SHEET("<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c></row>"
		    "<row r=\"2\"><c r=\"A2\" t=\"str\"><v>x</v></c></row>"), "2:nom=x;/", NULL },
		{ "more cells than names is told", SHEET(NAMES "<row r=\"2\"><c r=\"A2\"><v>1</v></c><c r=\"F2\"><v>2</v></c></row>"),
		  "!2:nom=1;/", NULL },
		{ "a text that is not in the table", SHEET(NAMES "<row r=\"2\"><c r=\"A2\" t=\"s\"><v>99</v></c><c r=\"B2\"><v>1</v>"
		    "</c></row>"), "2:b=1;/", NULL },
		{ "no rows", SHEET(""), NULL, "no rows" },
		{ "a sheet cut short", "<worksheet><sheetData><row>", NULL, "damaged" },
		{ "entities that grow are never followed", "<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]>" SHEET(NAMES
		    "<row r=\"2\"><c r=\"A2\" t=\"str\"><v>&b;</v></c></row>"), NULL, "document type" },
		{ "more rows than a sheet has", SHEET(NAMES "<row r=\"2000000\"><c r=\"A2000000\"><v>1</v></c></row>"), NULL, "rows" },
	};
	size_t i, len = 0;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		char *bytes = xlsx_bytes(span_str(row[i].xml), SPAN(XLSX_STRINGS), &len);

		check_case(&row[i], "xlsx", bytes, len);
	}
}

#define DOC(rows) "<office:document-content xmlns:office=\"o\" xmlns:table=\"t\" xmlns:text=\"x\"><office:body>" \
	"<office:spreadsheet><table:table>" rows "</table:table><table:table><table:table-row><table:table-cell>" \
	"<text:p>autre</text:p></table:table-cell></table:table-row></table:table></office:spreadsheet></office:body>" \
	"</office:document-content>"
#define TEXT(t) "<table:table-cell office:value-type=\"string\"><text:p>" t "</text:p></table:table-cell>"
#define ROW(cells) "<table:table-row>" cells "</table:table-row>"

static void
test_ods(void **state)
{
	static const struct sheet_case row[] = {
		{ "texts, and only the first sheet", DOC(ROW(TEXT("nom") TEXT("b")) ROW(TEXT("x") TEXT("y"))), "2:nom=x;b=y;/", NULL },
		{ "paragraphs, spaces and line breaks", DOC(ROW(TEXT("nom")) ROW("<table:table-cell><text:p>a<text:s/>b"
		    "<text:line-break/>c</text:p><text:p>d</text:p></table:table-cell>")), "2:nom=a b\nc\nd;/", NULL },
		{ "values behind what is shown", DOC(ROW(TEXT("nom") TEXT("b") TEXT("c")) ROW("<table:table-cell office:value-type="
		    "\"float\" office:value=\"48.1147\"><text:p>48,11</text:p></table:table-cell><table:table-cell office:value-type="
		    "\"date\" office:date-value=\"2022-01-01\"><text:p>01/01/22</text:p></table:table-cell><table:table-cell "
		    "office:value-type=\"time\" office:time-value=\"PT14H30M00S\"/>")), "2:nom=48.1147;b=2022-01-01;c=14:30;/", NULL },
		{ "empty cells that repeat", DOC(ROW(TEXT("nom") TEXT("b") TEXT("c")) ROW(TEXT("1")
		    "<table:table-cell table:number-columns-repeated=\"1\"/>" TEXT("3"))), "2:nom=1;c=3;/", NULL },
		{ "cells that repeat", DOC(ROW(TEXT("nom") TEXT("b")) ROW("<table:table-cell table:number-columns-repeated=\"2\">"
		    "<text:p>z</text:p></table:table-cell>")), "2:nom=z;b=z;/", NULL },
		{ "a million empty rows are nothing", DOC(ROW(TEXT("nom")) ROW(TEXT("1")) "<table:table-row table:number-rows-repeated="
		    "\"1048574\"><table:table-cell table:number-columns-repeated=\"16384\"/></table:table-row>"), "2:nom=1;/", NULL },
		{ "rows counted past empty ones", DOC(ROW(TEXT("nom")) "<table:table-row table:number-rows-repeated=\"3\"/>"
		    ROW(TEXT("1"))), "5:nom=1;/", NULL },
		{ "cells merged downwards", DOC(ROW(TEXT("nom") TEXT("b")) ROW("<table:table-cell table:number-rows-spanned=\"2\">"
		    "<text:p>R</text:p></table:table-cell>" TEXT("1")) ROW("<table:covered-table-cell/>" TEXT("2"))
		    ROW("<table:table-cell/>" TEXT("3"))), "2:nom=R;b=1;/3:nom=R;b=2;/4:b=3;/", NULL },
		{ "a remark on a cell is not in it", DOC(ROW(TEXT("nom")) ROW("<table:table-cell><office:annotation><text:p>qui ?"
		    "</text:p></office:annotation><text:p>1</text:p></table:table-cell>")), "2:nom=1;/", NULL },
		{ "a full row repeated without end is refused", DOC(ROW(TEXT("nom")) "<table:table-row table:number-rows-repeated="
		    "\"90000000\">" TEXT("1") "</table:table-row>"), NULL, "repeated" },
		{ "nothing", DOC(""), NULL, "no rows" },
		{ "cut short", "<a><b>", NULL, "damaged" },
	};
	size_t i, len = 0;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		char *bytes = ods_bytes(span_str(row[i].xml), &len);

		check_case(&row[i], "ods", bytes, len);
	}
}

/* 64 MiB of empty rows in a few kilobytes. */
static void
test_bomb(void **state)
{
	const size_t size = (size_t)64 << 20;
	char *text = malloc(size), *bytes;
	struct err e = { 0 };
	struct seen s;
	size_t len = 0, i;

	(void)state;
	assert_non_null(text);
	memset(text, ' ', size);
	memcpy(text, "<worksheet>", 11);
	for (i = 16; i + 16 < size; i += 16)
		memcpy(text + i, "<x>  </x>", 9);
	bytes = xlsx_bytes((struct span){ text, size }, SPAN(XLSX_STRINGS), &len);
	assert_non_null(bytes);
	CHECK(len < 1 << 20);
	CHECK(read_bytes("xlsx", bytes, len, &s, &e) == -1);
	CHECK(e.code == ERR_LIMIT);
	free(bytes);
	free(text);
}

static void
test_broken(void **state)
{
	static const char none[] = "PK\3\4xl/ and nothing of a zip after it";
	const struct zip_part part = { "xl/other.xml", SPAN("<x/>") };
	struct err e = { 0 };
	struct seen s;
	char *bytes;
	size_t len = 0;

	(void)state;
	CHECK(read_bytes("xlsx", none, sizeof none, &s, &e) == -1);
	CHECK(strstr(e.text, "not a whole spreadsheet") != NULL);
	assert_non_null(bytes = zip_bytes(&part, 1, &len));
	CHECK(read_bytes("xlsx", bytes, len, &s, &e) == -1);
	CHECK(strstr(e.text, "xl/workbook.xml") != NULL);
	free(bytes);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_xlsx), cmocka_unit_test(test_ods), cmocka_unit_test(test_bomb),
		cmocka_unit_test(test_broken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
