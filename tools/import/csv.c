/* SPDX-License-Identifier: AGPL-3.0-or-later
 * csv.c - tables as spreadsheets and directories export them (RFC 4180 and its relatives).
 *
 * Commas, semicolons or tabs; UTF-8 with or without BOM, and Windows-1252 where text is not valid UTF-8;
 * quoted cells may hold newlines.  The first row names the columns.
 */
#include <stdlib.h>
#include <string.h>

#include <csv.h>

#include "proto/canon.h"
#include "proto/err.h"
#include "tools/import/import.h"

#define HEADER_BYTES_MAX 65536

struct table {
	import_item_fn *each;
	void *ctx;
	struct err *e;
	int failed;
	size_t row;			/* rows ended so far */
	int last_end;			/* the character that ended the last row */
	struct buf text;		/* the cells of the row being read */
	struct { size_t at, len; } span[IMPORT_CELLS_MAX];
	size_t count, beyond;		/* cells; those past the header that are not empty */
	int any;			/* some cell is not empty */
	struct buf header;
	size_t name[IMPORT_CELLS_MAX], columns;	/* offsets into header */
};

/* --- sniffing ------------------------------------------------------------------------------------ */

#define BOM "\xef\xbb\xbf"

static struct span
without_bom(struct span s)
{
	if (s.len >= 3 && memcmp(s.ptr, BOM, 3) == 0)
		return (struct span){ s.ptr + 3, s.len - 3 };
	return s;
}

/* Excel writes "sep=;" as a first line of its own. */
static int
says_separator(struct span head, char *out)
{
	if (head.len < 6 || memcmp(head.ptr, "sep=", 4) != 0 || (head.ptr[5] != '\r' && head.ptr[5] != '\n'))
		return 0;
	*out = head.ptr[4];
	return 1;
}

/* The separator most frequent in the first line, quotes aside. */
static char
sniff_separator(struct span head)
{
	static const char candidate[] = { ',', ';', '\t' };
	size_t n[sizeof candidate] = { 0 }, i, k, best = 0;
	int quoted = 0;
	char said;

	if (says_separator(head, &said))
		return said;
	for (i = 0; i < head.len && (quoted || head.ptr[i] != '\n'); i++) {
		quoted ^= head.ptr[i] == '"';
		for (k = 0; !quoted && k < sizeof candidate; k++)
			n[k] += head.ptr[i] == candidate[k];
	}
	for (k = 1; k < sizeof candidate; k++)
		if (n[k] > n[best])
			best = k;
	return candidate[best];
}

int
csv_recognise(const struct import_input *in)
{
	struct span s = import_input_text(in);

	if (s.len == 0 || strchr("{[<", s.ptr[0]) != NULL || memchr(s.ptr, '\0', s.len) != NULL ||
	    (s.len >= 4 && memcmp(s.ptr, "PK\3\4", 4) == 0))
		return SURE_NOT;
	return SURE_PERHAPS;
}

/* --- characters ----------------------------------------------------------------------------------- */

static int
is_utf8(struct span s)
{
	size_t n;

	for (; s.len > 0; s.ptr += n, s.len -= n)
		if ((n = utf8_length(s)) == 0)
			return 0;
	return 1;
}

/* What Windows-1252 has at 0x80 to 0x9f; 0: nothing. */
static const unsigned short cp1252[32] = {
	0x20ac, 0, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0,
	0x017d, 0, 0, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a,
	0x0153, 0, 0x017e, 0x0178,
};

static int
add_char(unsigned c, struct buf *out, struct err *e)
{
	if (c < 0x80)
		return buf_addc(out, (char)c, e);
	if (c < 0x800)
		return buf_add(out, (char[2]){ (char)(0xc0 | c >> 6), (char)(0x80 | (c & 63)) }, 2, e);
	return buf_add(out, (char[3]){ (char)(0xe0 | c >> 12), (char)(0x80 | (c >> 6 & 63)),
	    (char)(0x80 | (c & 63)) }, 3, e);
}

static int
add_text(struct span s, struct buf *out, struct err *e)
{
	size_t i;

	if (is_utf8(s))
		return buf_addspan(out, s, e);
	for (i = 0; i < s.len; i++) {
		unsigned c = (unsigned char)s.ptr[i];

		if (c >= 0x80 && c < 0xa0)
			c = cp1252[c - 0x80] != 0 ? cp1252[c - 0x80] : 0xfffd;
		if (add_char(c, out, e) == -1)
			return -1;
	}
	return 0;
}

/* --- rows ------------------------------------------------------------------------------------------ */

static void
on_cell(void *data, size_t len, void *arg)
{
	struct span s = { data, data == NULL ? 0 : len };
	struct table *t = arg;

	if (t->failed)
		return;
	if (s.len > 0)
		t->any = 1;
	if (t->count >= IMPORT_CELLS_MAX || (t->columns > 0 && t->count >= t->columns)) {
		t->beyond += s.len > 0;
		return;
	}
	t->span[t->count].at = t->text.len;
	if (add_text(s, &t->text, t->e) == -1)
		t->failed = 1;
	t->span[t->count].len = t->text.len - t->span[t->count].at;
	t->count++;
}

static int
keep_header(struct table *t)
{
	size_t i;

	for (i = 0; i < t->count; i++) {
		struct span s = span_trim((struct span){ t->text.ptr + t->span[i].at, t->span[i].len });

		t->name[i] = t->header.len;
		if (buf_addspan(&t->header, s, t->e) == -1 || buf_addc(&t->header, '\0', t->e) == -1)
			return err_wrap(t->e, "the first row");
	}
	t->columns = t->count;
	return 0;
}

static int
hand_over(struct table *t)
{
	struct import_cell cell[IMPORT_CELLS_MAX];
	struct import_item item = { .row = t->row, .cell = cell };
	size_t i;

	if (t->beyond > 0)
		item.wrong = "has more cells than the first row has columns: is a quote or a separator astray?";
	for (i = 0; i < t->count; i++) {
		if (t->span[i].len == 0)
			continue;
		cell[item.count].name = t->header.ptr + t->name[i];
		cell[item.count++].value = (struct span){ t->text.ptr + t->span[i].at, t->span[i].len };
	}
	return t->each(t->ctx, &item, t->e);
}

/* c is what ended the row; of CR LF only the first counts. */
static void
on_row(int c, void *arg)
{
	struct table *t = arg;
	int second = c == '\n' && t->last_end == '\r' && t->count == 0;

	t->last_end = c;
	if (t->failed || second || (c == -1 && t->count == 0))
		return;
	t->row++;
	if (t->any && t->columns == 0)
		t->failed = keep_header(t) == -1;
	else if (t->any)
		t->failed = hand_over(t) == -1;
	t->count = t->beyond = 0;
	t->any = 0;
	buf_reset(&t->text);
}

static int
parse(struct import_input *in, struct csv_parser *p, struct table *t, struct err *e)
{
	char chunk[16384];
	size_t since = 0, row = 0;
	long n;

	while ((n = import_input_read(in, chunk, sizeof chunk, e)) > 0) {
		if (memchr(chunk, '\0', (size_t)n) != NULL)
			return err_set(e, ERR_INPUT, "the file is not text; if it is UTF-16, save it as UTF-8");
		if (csv_parse(p, chunk, (size_t)n, on_cell, on_row, t) != (size_t)n)
			return err_set(e, ERR_INPUT, "row %zu: %s", t->row + 1, csv_strerror(csv_error(p)));
		if (t->failed)
			return -1;
		since = row == t->row ? since + (size_t)n : 0;
		row = t->row;
		if (since > IMPORT_ITEM_BYTES_MAX)
			return err_set(e, ERR_LIMIT, "row %zu is longer than %zu bytes: is a quote left open?",
			    t->row + 1, IMPORT_ITEM_BYTES_MAX);
	}
	if (n == -1)
		return -1;
	csv_fini(p, on_cell, on_row, t);
	return t->failed ? -1 : 0;
}

int
csv_read(struct import_input *in, import_item_fn *each, void *ctx, struct err *e)
{
	struct span head = without_bom(import_input_head(in));
	struct table *t = calloc(1, sizeof *t);
	struct csv_parser p;
	char said;
	int rc;

	if (t == NULL || csv_init(&p, CSV_REPALL_NL | CSV_APPEND_NULL) != 0) {
		free(t);
		return err_memory(e);
	}
	t->each = each;
	t->ctx = ctx;
	t->e = e;
	t->text.max = IMPORT_ITEM_BYTES_MAX * 3;
	t->header.max = HEADER_BYTES_MAX;
	in->head_used = (size_t)(head.ptr - in->head);
	csv_set_delim(&p, (unsigned char)sniff_separator(head));
	if (says_separator(head, &said)) {
		in->head_used += head.len > 6 && head.ptr[5] == '\r' ? 7 : 6;
		t->row = 1;
	}
	rc = parse(in, &p, t, e);
	if (rc == 0 && t->columns == 0)
		rc = err_set(e, ERR_INPUT, "the file has no rows");
	csv_free(&p);
	buf_clear(&t->text);
	buf_clear(&t->header);
	free(t);
	return rc;
}
