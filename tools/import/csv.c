/* SPDX-License-Identifier: AGPL-3.0-or-later
 * csv.c - tables as spreadsheets and directories export them (RFC 4180 and its relatives).
 *
 * Commas, semicolons, tabs or bars; UTF-8 with or without BOM, UTF-16 with one, and Windows-1252 where text is
 * not valid UTF-8; quoted cells may hold newlines.  The first row names the columns.
 */
#include <string.h>

#include <csv.h>

#include "proto/err.h"
#include "tools/import/encoding.h"
#include "tools/import/table.h"

#define CHUNK_BYTES 16384

struct reading {
	struct table *table;
	struct err *e;
	int failed;
	int last_end;			/* the character that ended the last row */
	int wide;			/* 'l' or 'b': UTF-16 in that order, turned into UTF-8 as it comes */
	unsigned high;			/* a high surrogate that waits for its low one */
	char odd;			/* a byte that waits for its second */
	int has_odd;
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
	static const char candidate[] = { ',', ';', '\t', '|', '^', '~' };
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

static int
wide_order(struct span head)
{
	if (head.len >= 2 && memcmp(head.ptr, "\xff\xfe", 2) == 0)
		return 'l';
	return head.len >= 2 && memcmp(head.ptr, "\xfe\xff", 2) == 0 ? 'b' : 0;
}

int
csv_recognise(const struct import_input *in)
{
	struct span s = import_input_text(in);

	if (wide_order(import_input_head(in)) != 0)
		return SURE_PERHAPS;
	if (s.len == 0 || strchr("{[<", s.ptr[0]) != NULL || memchr(s.ptr, '\0', s.len) != NULL ||
	    (s.len >= 4 && memcmp(s.ptr, "PK\3\4", 4) == 0))
		return SURE_NOT;
	return SURE_PERHAPS;
}

/* --- characters ----------------------------------------------------------------------------------- */

/* One unit of UTF-16; a surrogate without its other half becomes U+FFFD. */
static int
add_unit(struct reading *r, unsigned u, struct buf *out)
{
	unsigned high = r->high;

	r->high = 0;
	if (high != 0 && u >= 0xdc00 && u < 0xe000)
		return encoding_put(0x10000 + ((high - 0xd800) << 10) + (u - 0xdc00), out, r->e);
	if (high != 0 && encoding_put(0xfffd, out, r->e) == -1)
		return -1;
	if (u >= 0xd800 && u < 0xdc00) {
		r->high = u;
		return 0;
	}
	return encoding_put((u >= 0xdc00 && u < 0xe000) || u == 0 ? 0xfffd : u, out, r->e);
}

static int
add_wide(struct reading *r, struct span bytes, struct buf *out)
{
	size_t i;

	for (i = 0; i < bytes.len; i++) {
		unsigned a = (unsigned char)r->odd, b = (unsigned char)bytes.ptr[i];

		if (!r->has_odd) {
			r->odd = bytes.ptr[i];
			r->has_odd = 1;
			continue;
		}
		r->has_odd = 0;
		if (add_unit(r, r->wide == 'l' ? a | b << 8 : a << 8 | b, out) == -1)
			return -1;
	}
	return 0;
}

/* --- rows ------------------------------------------------------------------------------------------ */

static void
on_cell(void *data, size_t len, void *arg)
{
	struct span s = { data, data == NULL ? 0 : len };
	struct reading *r = arg;

	if (r->failed)
		return;
	table_cell_begin(r->table);
	if (table_cells(r->table) < IMPORT_CELLS_MAX && encoding_add(s, &r->table->text, r->e) == -1)
		r->failed = 1;
	table_cell_end(r->table);
}

/* c is what ended the row; of CR LF only the first counts. */
static void
on_row(int c, void *arg)
{
	struct reading *r = arg;
	int second = c == '\n' && r->last_end == '\r' && table_cells(r->table) == 0;

	r->last_end = c;
	if (r->failed || second || (c == -1 && table_cells(r->table) == 0))
		return;
	r->failed = table_row(r->table) == -1;
}

static int
feed(struct reading *r, struct csv_parser *p, struct span text)
{
	if (memchr(text.ptr, '\0', text.len) != NULL)
		return err_set(r->e, ERR_INPUT, "the file is not text; if it is UTF-16, save it as UTF-8");
	if (csv_parse(p, text.ptr, text.len, on_cell, on_row, r) != text.len)
		return err_set(r->e, ERR_INPUT, "row %zu: %s", r->table->row + 1, csv_strerror(csv_error(p)));
	return r->failed ? -1 : 0;
}

static int
parse(struct import_input *in, struct csv_parser *p, struct reading *r)
{
	struct buf decoded = BUF_INIT(3 * CHUNK_BYTES);
	char chunk[CHUNK_BYTES];
	size_t since = 0, row = 0;
	long n;
	int rc = 0;

	while (rc == 0 && (n = import_input_read(in, chunk, sizeof chunk, r->e)) != 0) {
		struct span text = { chunk, n > 0 ? (size_t)n : 0 };

		buf_reset(&decoded);
		if (n == -1 || (r->wide && add_wide(r, text, &decoded) == -1) ||
		    feed(r, p, r->wide ? buf_span(&decoded) : text) == -1)
			rc = -1;
		since = row == r->table->row ? since + text.len : 0;
		row = r->table->row;
		if (rc == 0 && since > IMPORT_ITEM_BYTES_MAX)
			rc = err_set(r->e, ERR_LIMIT, "row %zu is longer than %zu bytes: is a quote left open?",
			    r->table->row + 1, IMPORT_ITEM_BYTES_MAX);
	}
	buf_clear(&decoded);
	if (rc == -1)
		return -1;
	csv_fini(p, on_cell, on_row, r);
	return r->failed ? -1 : 0;
}

/* What separates the cells; passes over a mark and a line that says so. */
static int
find_separator(struct import_input *in, struct reading *r, char *out)
{
	struct buf decoded = BUF_INIT(2 * IMPORT_HEAD_BYTES);
	struct span head = without_bom(import_input_head(in)), text = head;
	char said;
	int rc = 0;

	if ((r->wide = wide_order(head)) != 0) {
		head.ptr += 2;
		head.len -= 2;
		rc = add_wide(r, head, &decoded);
		r->has_odd = 0;
		r->high = 0;
		text = buf_span(&decoded);
	}
	in->head_used = (size_t)(head.ptr - in->head);
	*out = sniff_separator(text);
	if (says_separator(text, &said)) {
		in->head_used += (text.len > 6 && text.ptr[5] == '\r' ? 7 : 6) * (r->wide ? 2u : 1u);
		r->table->row = 1;
	}
	buf_clear(&decoded);
	return rc;
}

int
csv_read(struct import_input *in, import_item_fn *each, void *ctx, struct err *e)
{
	struct reading r = { .table = table_new(each, ctx, e), .e = e };
	struct csv_parser p;
	char separator;
	int rc = -1;

	if (r.table == NULL)
		return -1;
	if (csv_init(&p, CSV_REPALL_NL | CSV_APPEND_NULL) != 0) {
		table_free(r.table);
		return err_memory(e);
	}
	if (find_separator(in, &r, &separator) == 0) {
		csv_set_delim(&p, (unsigned char)separator);
		rc = parse(in, &p, &r);
	}
	if (rc == 0)
		rc = table_end(r.table);
	csv_free(&p);
	table_free(r.table);
	return rc;
}
