/* SPDX-License-Identifier: AGPL-3.0-or-later
 * xlsx.c - the first visible sheet of an Office Open XML workbook (ECMA-376 part 1, chapter 18).
 *
 * Texts lie in a table of their own and are held; rows are streamed.  Which numbers are dates only their
 * style tells.
 */
#include <stdlib.h>
#include <string.h>

#include "proto/err.h"
#include "tools/import/spread.h"

#define STRINGS_BYTES_MAX	((size_t)64 << 20)
#define STRINGS_MAX		4000000
#define STYLES_MAX		65536
#define FORMATS_MAX		1000
#define MERGES_MAX		1000

enum style { STYLE_PLAIN = 0, STYLE_DATE = 1, STYLE_TIME = 2 };	/* bits */

struct book {
	struct spread sheet;
	struct err *e;
	struct buf strings;
	uint32_t *string;		/* ends, one after another */
	size_t string_count, string_cap;
	unsigned char style[STYLES_MAX];
	size_t style_count;
	struct { int id; unsigned char style; } format[FORMATS_MAX];
	size_t format_count;
	struct { size_t column, row, until; } merge[MERGES_MAX];
	size_t merge_count;
	int since_1904;
	char part[600];			/* of the sheet */
};

int
xlsx_recognise(const struct import_input *in)
{
	struct span head = import_input_head(in);

	if (head.len < 4 || memcmp(head.ptr, "PK\3\4", 4) != 0)
		return SURE_NOT;
	if (memmem(head.ptr, head.len, "xl/", 3) != NULL || import_input_is_named(in, ".xlsx"))
		return SURE_YES;
	return memmem(head.ptr, head.len, "[Content_Types].xml", 19) != NULL ? SURE_LIKELY : SURE_NOT;
}

/* --- which sheet ---------------------------------------------------------------------------------- */

static int
find_first_sheet(struct book *b, char id[64])
{
	struct archive *a = b->sheet.archive;
	const char *name;
	int type, rc;

	id[0] = '\0';
	if (archive_start(a, "xl/workbook.xml", b->e) == -1)
		return -1;
	while ((rc = archive_next(a, &type, &name, b->e)) == 1) {
		if (type != XML_READER_TYPE_ELEMENT)
			continue;
		if (strcmp(name, "workbookPr") == 0) {
			const char *v = archive_attr(a, "date1904");

			b->since_1904 = strcmp(v, "1") == 0 || strcmp(v, "true") == 0;
		}
		if (strcmp(name, "sheet") == 0 && id[0] == '\0' && strcmp(archive_attr(a, "state"), "hidden") != 0 &&
		    strcmp(archive_attr(a, "state"), "veryHidden") != 0)
			text_clip(id, 64, archive_attr(a, "id"));
	}
	if (rc == 0 && id[0] == '\0')
		return err_set(b->e, ERR_INPUT, "the workbook has no sheet");
	return rc;
}

static int
find_part(struct book *b)
{
	struct archive *a = b->sheet.archive;
	char id[64], target[512] = "";
	const char *name;
	int type, rc;

	if (find_first_sheet(b, id) == -1 || archive_start(a, "xl/_rels/workbook.xml.rels", b->e) == -1)
		return -1;
	while ((rc = archive_next(a, &type, &name, b->e)) == 1)
		if (type == XML_READER_TYPE_ELEMENT && strcmp(name, "Relationship") == 0 &&
		    strcmp(archive_attr(a, "Id"), id) == 0)
			text_clip(target, sizeof target, archive_attr(a, "Target"));
	if (rc == 0)
		snprintf(b->part, sizeof b->part, "%s%s", target[0] == '/' ? "" : "xl/", target[0] == '/' ? target + 1
		    : target);
	return rc;
}

/* --- texts -------------------------------------------------------------------------------------------- */

static int
end_string(struct book *b)
{
	if (b->string_count == b->string_cap) {
		size_t cap = b->string_cap == 0 ? 1024 : 2 * b->string_cap;
		uint32_t *p = cap > STRINGS_MAX ? NULL : realloc(b->string, cap * sizeof *p);

		if (p == NULL)
			return cap > STRINGS_MAX ? err_set(b->e, ERR_LIMIT, "the workbook has more than %d texts", STRINGS_MAX)
			    : err_memory(b->e);
		b->string = p;
		b->string_cap = cap;
	}
	b->string[b->string_count++] = (uint32_t)b->strings.len;
	return 0;
}

/* "_x000D_" stands for a carriage return, which is not wanted anyway. */
static int
add_text(struct buf *out, struct span s, struct err *e)
{
	const char *at;

	while ((at = memmem(s.ptr, s.len, "_x000D_", 7)) != NULL) {
		size_t n = (size_t)(at - s.ptr);

		if (buf_add(out, s.ptr, n, e) == -1)
			return -1;
		s.ptr += n + 7;
		s.len -= n + 7;
	}
	return buf_addspan(out, s, e);
}

static int
is_text(int type)
{
	return type == XML_READER_TYPE_TEXT || type == XML_READER_TYPE_CDATA || type == XML_READER_TYPE_WHITESPACE ||
	    type == XML_READER_TYPE_SIGNIFICANT_WHITESPACE;
}

/* Texts in runs belong together; how they are pronounced does not. */
static int
read_strings(struct book *b)
{
	struct archive *a = b->sheet.archive;
	int type, rc, in_t = 0, spoken = 0;
	const char *name;

	if (!archive_has(a, "xl/sharedStrings.xml"))
		return 0;
	if (archive_start(a, "xl/sharedStrings.xml", b->e) == -1)
		return -1;
	while ((rc = archive_next(a, &type, &name, b->e)) == 1) {
		int start = type == XML_READER_TYPE_ELEMENT && !archive_is_empty(a);

		if (strcmp(name, "t") == 0)
			in_t = start;
		else if (strcmp(name, "rPh") == 0)
			spoken = start;
		else if (strcmp(name, "si") == 0 && (type == XML_READER_TYPE_END_ELEMENT ||
		    (type == XML_READER_TYPE_ELEMENT && !start))) {
			if (end_string(b) == -1)
				return -1;
		} else if (in_t && !spoken && is_text(type) && add_text(&b->strings, archive_text(a), b->e) == -1)
			return err_wrap(b->e, "the workbook's texts");
	}
	return rc;
}

static struct span
shared_string(const struct book *b, struct span number)
{
	size_t i = 0, k;

	for (k = 0; k < number.len && k < 8; k++)
		i = i * 10 + (size_t)(number.ptr[k] - '0') % 10;
	if (number.len == 0 || number.len > 8 || i >= b->string_count)
		return (struct span){ 0 };
	k = i == 0 ? 0 : b->string[i - 1];
	return (struct span){ b->strings.ptr + k, b->string[i] - k };
}

/* --- styles --------------------------------------------------------------------------------------------- */

static unsigned char
builtin_style(int id)
{
	if (id >= 14 && id <= 17)
		return STYLE_DATE;
	if (id == 22)
		return STYLE_DATE | STYLE_TIME;
	return (id >= 18 && id <= 21) || (id >= 45 && id <= 47) ? STYLE_TIME : STYLE_PLAIN;
}

/* "dd/mm/yyyy hh:mm": letters outside quotes and brackets tell. */
static unsigned char
read_code(const char *s)
{
	unsigned char style = STYLE_PLAIN;
	int quoted = 0, bracket = 0;

	for (; *s != '\0' && *s != ';'; s++) {
		if (*s == '\\' && s[1] != '\0') {
			s++;
			continue;
		}
		quoted ^= *s == '"';
		bracket = *s == '[' ? 1 : *s == ']' ? 0 : bracket;
		if (quoted || bracket)
			continue;
		if (strchr("ydYDjJaA", *s) != NULL)
			style |= STYLE_DATE;
		if (strchr("hHsS", *s) != NULL)
			style |= STYLE_TIME;
	}
	return style;
}

static unsigned char
style_of(const struct book *b, int id)
{
	size_t i;

	for (i = 0; i < b->format_count; i++)
		if (b->format[i].id == id)
			return b->format[i].style;
	return builtin_style(id);
}

static int
read_styles(struct book *b)
{
	struct archive *a = b->sheet.archive;
	int type, rc, cells = 0;
	const char *name;

	if (!archive_has(a, "xl/styles.xml"))
		return 0;
	if (archive_start(a, "xl/styles.xml", b->e) == -1)
		return -1;
	while ((rc = archive_next(a, &type, &name, b->e)) == 1) {
		if (strcmp(name, "cellXfs") == 0)
			cells = type == XML_READER_TYPE_ELEMENT;
		if (type != XML_READER_TYPE_ELEMENT)
			continue;
		if (strcmp(name, "numFmt") == 0 && b->format_count < FORMATS_MAX) {
			b->format[b->format_count].id = archive_attr_int(a, "numFmtId", -1);
			b->format[b->format_count++].style = read_code(archive_attr(a, "formatCode"));
		} else if (cells && strcmp(name, "xf") == 0 && b->style_count < STYLES_MAX)
			b->style[b->style_count++] = style_of(b, archive_attr_int(a, "numFmtId", 0));
	}
	return rc;
}

/* --- cells ------------------------------------------------------------------------------------------------ */

/* "BC12": column 55, row 12; 0 when it is none. */
static size_t
cell_column(const char *ref, size_t *row)
{
	size_t column = 0, n = 0;

	for (; *ref >= 'A' && *ref <= 'Z' && column < 20000; ref++)
		column = column * 26 + (size_t)(*ref - 'A') + 1;
	for (; *ref >= '0' && *ref <= '9' && n < 10000000; ref++)
		n = n * 10 + (size_t)(*ref - '0');
	*row = n;
	return column;
}

/* Merged cells are told after the rows, so they are looked up first. */
static int
read_merges(struct book *b)
{
	struct archive *a = b->sheet.archive;
	const char *name;
	int type, rc;

	if (archive_start(a, b->part, b->e) == -1)
		return -1;
	while ((rc = archive_next(a, &type, &name, b->e)) == 1) {
		const char *ref, *to;
		size_t column, row, until;

		if (type != XML_READER_TYPE_ELEMENT || strcmp(name, "mergeCell") != 0)
			continue;
		ref = archive_attr(a, "ref");
		column = cell_column(ref, &row);
		to = strchr(ref, ':');
		if (to == NULL || column == 0 || cell_column(to + 1, &until) == 0 || until <= row ||
		    b->merge_count == MERGES_MAX)
			continue;
		b->merge[b->merge_count].column = column;
		b->merge[b->merge_count].row = row;
		b->merge[b->merge_count++].until = until;
	}
	return rc;
}

struct cell {
	size_t column;
	char type[12];
	unsigned char style;
	int in_value;			/* within <v> or <t> */
};

/* A cell's value as text into b->sheet.value, where its raw text lies. */
static int
convert(struct book *b, const struct cell *c)
{
	struct buf *value = &b->sheet.value;
	struct span raw = span_trim(buf_span(value)), text;
	char number[64];
	double n;

	if (strcmp(c->type, "s") == 0) {
		text = shared_string(b, raw);
		buf_reset(value);
		return buf_addspan(value, text, b->e);
	}
	if (strcmp(c->type, "b") == 0) {
		int yes = span_is(raw, "1");

		buf_reset(value);
		return buf_adds(value, yes ? "1" : "0", b->e);
	}
	if (strcmp(c->type, "e") == 0)
		buf_reset(value);
	if ((c->type[0] != '\0' && strcmp(c->type, "n") != 0) || raw.len == 0 || raw.len >= sizeof number)
		return 0;
	snprintf(number, sizeof number, "%.*s", (int)raw.len, raw.ptr);
	n = strtod(number, NULL);
	buf_reset(value);
	if (c->style == STYLE_PLAIN)
		return spread_number(n, value, b->e);
	return spread_date(n + (b->since_1904 ? 1462 : 0), (c->style & STYLE_DATE) != 0, (c->style & STYLE_TIME) != 0,
	    value, b->e);
}

static int
end_cell(struct book *b, const struct cell *c, size_t row)
{
	struct span value;
	size_t i;

	if (convert(b, c) == -1)
		return -1;
	value = buf_span(&b->sheet.value);
	for (i = 0; i < b->merge_count; i++)
		if (b->merge[i].row == row && b->merge[i].column == c->column &&
		    spread_carry(&b->sheet, c->column, b->merge[i].until, value, b->e) == -1)
			return -1;
	return spread_cell(&b->sheet, c->column, value);
}

static void
start_cell(struct book *b, struct cell *c)
{
	struct archive *a = b->sheet.archive;
	size_t row, column = cell_column(archive_attr(a, "r"), &row);
	int style = archive_attr_int(a, "s", -1);

	c->column = column > 0 ? column : c->column + 1;
	c->style = style >= 0 && (size_t)style < b->style_count ? b->style[style] : STYLE_PLAIN;
	text_clip(c->type, sizeof c->type, archive_attr(a, "t"));
	c->in_value = 0;
	buf_reset(&b->sheet.value);
}

static int
start_element(struct book *b, const char *name, struct cell *c, size_t *row)
{
	struct archive *a = b->sheet.archive;

	if (strcmp(name, "row") == 0) {
		int r = archive_attr_int(a, "r", 0);

		*row = r > 0 && (size_t)r > *row ? (size_t)r : *row + 1;
		b->sheet.table->row = *row - 1;
		c->column = 0;
	} else if (strcmp(name, "c") == 0) {
		start_cell(b, c);
		if (archive_is_empty(a))
			return end_cell(b, c, *row);
	} else if (strcmp(name, "v") == 0 || strcmp(name, "t") == 0)
		c->in_value = !archive_is_empty(a);
	return 0;
}

static int
read_rows(struct book *b)
{
	struct archive *a = b->sheet.archive;
	struct cell c = { 0 };
	const char *name;
	size_t row = 0;
	int type, rc;

	if (archive_start(a, b->part, b->e) == -1)
		return -1;
	while ((rc = archive_next(a, &type, &name, b->e)) == 1) {
		if (type == XML_READER_TYPE_ELEMENT)
			rc = start_element(b, name, &c, &row);
		else if (is_text(type) && c.in_value)
			rc = add_text(&b->sheet.value, archive_text(a), b->e);
		else if (type == XML_READER_TYPE_END_ELEMENT && strcmp(name, "row") == 0)
			rc = spread_row(&b->sheet, row);
		else if (type == XML_READER_TYPE_END_ELEMENT && strcmp(name, "c") == 0)
			rc = end_cell(b, &c, row);
		else if (type == XML_READER_TYPE_END_ELEMENT && (strcmp(name, "v") == 0 || strcmp(name, "t") == 0))
			c.in_value = 0;
		if (rc == -1)
			return err_wrap(b->e, "row %zu", row);
		if (row > SPREAD_ROWS_MAX)
			return err_set(b->e, ERR_LIMIT, "the sheet has more than %d rows", SPREAD_ROWS_MAX);
	}
	return rc;
}

int
xlsx_read(struct import_input *in, import_item_fn *each, void *ctx, struct err *e)
{
	struct book *b = calloc(1, sizeof *b);
	int rc = -1;

	if (b == NULL)
		return err_memory(e);
	b->e = e;
	b->strings.max = STRINGS_BYTES_MAX;
	if (spread_init(&b->sheet, in, each, ctx, e) == 0 && find_part(b) == 0 && read_strings(b) == 0 &&
	    read_styles(b) == 0 && read_merges(b) == 0 && read_rows(b) == 0)
		rc = table_end(b->sheet.table);
	spread_clear(&b->sheet);
	buf_clear(&b->strings);
	free(b->string);
	free(b);
	return rc;
}
