/* SPDX-License-Identifier: AGPL-3.0-or-later
 * csv.c - RFC 4180 with a header line, UTF-8; its columns are the fields of the kinds that may come.
 *
 * Lists stand in one cell, parted by "|".  Positions are in degrees.  A cell that a spreadsheet would
 * run as a formula starts with an apostrophe, which our importer takes off again.
 */
#include <ctype.h>
#include <string.h>

#include "node/forms/forms.h"
#include "proto/canon.h"

static const struct { const char *field, *column; } degrees[] = {
	{ "lat_e7", "latitude" }, { "lon_e7", "longitude" },
};

static const char *
degree_column(const char *field)
{
	for (size_t i = 0; i < 2; i++)
		if (strcmp(degrees[i].field, field) == 0)
			return degrees[i].column;
	return NULL;
}

/* Does an earlier kind that may come have this field too? */
static int
seen_before(uint32_t kinds, unsigned kind, const char *name)
{
	for (unsigned k = 1; k < kind; k++)
		if ((kinds & 1u << k) != 0 && kind_field((enum kind)k, span_str(name)) != NULL)
			return 1;
	return 0;
}

/* Call visit for each column in order: the union of the kinds' fields, each once. */
static int
each_column(struct forming *f, int (*visit)(struct forming *, const struct field *, const struct record *,
    struct err *), const struct record *r, struct err *e)
{
	for (unsigned k = 1; k < KIND__COUNT; k++) {
		const struct kind_info *info = kind_info((enum kind)k);

		if ((f->kinds & 1u << k) == 0)
			continue;
		for (size_t i = 0; i < info->field_count; i++)
			if (!seen_before(f->kinds, k, info->field[i].name) &&
			    visit(f, &info->field[i], r, e) == -1)
				return -1;
	}
	return 0;
}

static int
add_header(struct forming *f, const struct field *field, const struct record *r, struct err *e)
{
	const char *column = degree_column(field->name);

	(void)r;
	return buf_addf(f->out, e, ",%s", column != NULL ? column : field->name);
}

int
csv_begin(struct forming *f, struct err *e)
{
	if (f->kinds == 0)
		for (unsigned k = 1; k < KIND__COUNT; k++)
			if ((kind_info((enum kind)k)->flags & KIND_CONTENT) != 0)
				f->kinds |= 1u << k;
	if (buf_adds(f->out, "id,kind,page,updated,lang,license", e) == -1 ||
	    each_column(f, add_header, NULL, e) == -1)
		return -1;
	return buf_adds(f->out, "\r\n", e);
}

/* Would a spreadsheet take it for a formula?  Signed numbers and telephone numbers are left alone. */
static int
looks_like_formula(struct span s)
{
	size_t i;

	if (s.len == 0 || strchr("=@+-\t\r", s.ptr[0]) == NULL)
		return 0;
	if (s.ptr[0] != '+' && s.ptr[0] != '-')
		return 1;
	for (i = 1; i < s.len; i++)
		if (!isdigit((unsigned char)s.ptr[i]) && strchr(" .()/-", s.ptr[i]) == NULL)
			return 1;
	return s.len == 1;
}

static int
add_cell(struct buf *out, struct span s, struct err *e)
{
	int formula = looks_like_formula(s);
	size_t i;

	for (i = 0; i < s.len && strchr(",\"\r\n", s.ptr[i]) == NULL; i++)
		continue;
	if (i == s.len && !formula)
		return buf_addspan(out, s, e);
	if (buf_adds(out, formula ? "\"'" : "\"", e) == -1)
		return -1;
	for (i = 0; i < s.len; i++)
		if ((s.ptr[i] == '"' && buf_addc(out, '"', e) == -1) || buf_addc(out, s.ptr[i], e) == -1)
			return -1;
	return buf_addc(out, '"', e);
}

static int
add_list(struct forming *f, struct span array, struct err *e)
{
	struct canon_iter it;
	struct span item;

	buf_reset(&f->scratch);
	canon_array(array, &it);
	while (canon_item(&it, &item)) {
		if (f->scratch.len > 0 && buf_addc(&f->scratch, '|', e) == -1)
			return -1;
		if (canon_is_string(item) && canon_string(item, &f->scratch, e) == -1)
			return -1;
	}
	return 0;
}

static int
add_value(struct forming *f, const struct field *field, const struct record *r, struct err *e)
{
	char number[16];
	struct span v;

	if (buf_addc(f->out, ',', e) == -1)
		return -1;
	if (field->type == FIELD_GEO)
		return form_degrees(r, field->name, number) ? buf_adds(f->out, number, e) : 0;
	if (!canon_get(r->content, field->name, &v))
		return 0;
	buf_reset(&f->scratch);
	if (v.len > 0 && v.ptr[0] == '[' ? add_list(f, v, e) == -1 : canon_is_string(v)
	    ? canon_string(v, &f->scratch, e) == -1 : buf_addspan(&f->scratch, v, e) == -1)
		return -1;
	return add_cell(f->out, buf_span(&f->scratch), e);
}

int
csv_row(struct forming *f, const struct record *r, struct err *e)
{
	char updated[21];

	timestamp_format(r->updated, updated);
	if (buf_addf(f->out, e, "%.*s/%.*s/%.*s,%.*s,", (int)r->author.len, r->author.ptr,
	    (int)r->kind_name.len, r->kind_name.ptr, (int)r->rid.len, r->rid.ptr,
	    (int)r->kind_name.len, r->kind_name.ptr) == -1 || form_page(f, r, e) == -1 ||
	    buf_addf(f->out, e, ",%s,%.*s,%.*s", updated, (int)r->lang.len, r->lang.ptr,
	    (int)r->license.len, r->license.ptr) == -1 || each_column(f, add_value, r, e) == -1)
		return -1;
	return buf_adds(f->out, "\r\n", e);
}
