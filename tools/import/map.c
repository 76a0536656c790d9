/* SPDX-License-Identifier: AGPL-3.0-or-later
 * map.c - from an item's named texts to the content of a record; see import.h.
 *
 * Each cell is read as its field's type asks.  A contact that cannot be read is left out with a
 * remark, since the rest of the item is still of use; anything else that cannot be read refuses the item, in
 * words.  What people may not publish by mistake (accounts, e-mails within texts) is dropped or told.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>
#include <sodium.h>

#include "proto/err.h"
#include "proto/jcs.h"
#include "proto/multibase.h"
#include "tools/import/import.h"
#include "tools/import/markup.h"
#include "tools/import/rules.h"

struct work {
	const struct mapping *m;
	struct mapped *out;
	struct err *e;
	json_t *content;
	struct span lat, lon, latlon, number, street2, id, lang, license;
	int whole;			/* the cell being read is one of a list's values */
	int own;			/* a row of our own export, brought back */
};

/* --- remarks and refusals ------------------------------------------------------------------------- */

static void
refuse(struct mapped *out, const char *field, const char *why)
{
	if (out->why == NULL) {
		out->field = field;
		out->why = why;
	}
}

static void
note(struct mapped *out, const char *field, const char *what, struct span value)
{
	if (out->note_count == IMPORT_NOTES_MAX)
		return;
	out->note[out->note_count].field = field;
	snprintf(out->note[out->note_count].text, sizeof out->note[0].text, "%s: %.*s", what,
	    (int)(value.len < 80 ? value.len : 80), value.len > 0 ? value.ptr : "");
	out->note_count++;
}

/* --- texts ------------------------------------------------------------------------------------------ */

static int
set_new(struct work *w, const char *name, json_t *value)
{
	if (value == NULL || json_object_set_new(w->content, name, value) == -1)
		return err_memory(w->e);
	return 0;
}

static int
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Text without what no field takes: markup, control characters, and newlines where a field has one line. */
static int
clean_text(struct span s, int multiline, struct buf *out, struct err *e)
{
	int space = 0, rc = 0;

	if (markup_is(s))
		return markup_text(s, multiline, out, e);
	for (; rc == 0 && s.len > 0; s.ptr++, s.len--) {
		unsigned char c = (unsigned char)s.ptr[0];
		int is_space = c == ' ' || c == '\t' || c == '\n';

		if (c == '\n' && multiline)
			rc = buf_addc(out, '\n', e);
		else if (is_space)
			rc = space && !multiline ? 0 : buf_addc(out, ' ', e);
		else if (c >= 0x20 && c != 0x7f)
			rc = buf_addc(out, (char)c, e);
		space = is_space;
	}
	return rc;
}

/* Clean text into out, without contacts unless they are to stay. */
static int
take_text(struct work *w, const struct field *f, struct span value, struct buf *out)
{
	struct buf clean = BUF_INIT(2 * IMPORT_ITEM_BYTES_MAX);
	int rc = clean_text(value, f->type == FIELD_MARKDOWN, &clean, w->e);

	if (rc == 0)
		rc = w->own || w->m->keep_contacts ? buf_addspan(out, buf_span(&clean), w->e)
		    : scrub_text(buf_span(&clean), out, &w->out->scrubbed, w->e);
	buf_clear(&clean);
	return rc;
}

static int
set_text(struct work *w, const struct field *f, struct span value)
{
	struct buf text = BUF_INIT(2 * IMPORT_ITEM_BYTES_MAX);
	struct span s;
	int rc;

	if (json_object_get(w->content, f->name) != NULL)
		return 0;
	rc = take_text(w, f, value, &text);
	s = span_trim(buf_span(&text));
	if (rc == 0 && s.len > 0)
		rc = set_new(w, f->name, json_stringn(s.ptr, s.len));
	buf_clear(&text);
	return rc;
}

/* --- lists -------------------------------------------------------------------------------------------- */

/* The next of several values: between "|", else ";", else commas; quotes around it dropped.  What a
 * format gives as one of a list's values is one. */
static struct span
next_value(const struct work *w, struct span *rest)
{
	char by = w->whole ? '\0' : memchr(rest->ptr, '|', rest->len) != NULL ? '|'
	    : memchr(rest->ptr, ';', rest->len) != NULL ? ';' : ',';
	struct span v = span_trim(span_cut(rest, by));

	while (v.len > 0 && (v.ptr[0] == '"' || v.ptr[0] == ' ')) {
		v.ptr++;
		v.len--;
	}
	while (v.len > 0 && (v.ptr[v.len - 1] == '"' || v.ptr[v.len - 1] == ' '))
		v.len--;
	return v;
}

/* Add a text to an array member once; arrays keep to their field's maximum. */
static int
add_word(struct work *w, const struct field *f, struct span word)
{
	json_t *list = json_object_get(w->content, f->name), *v;
	size_t i;

	if (word.len == 0)
		return 0;
	if (list == NULL) {
		if (set_new(w, f->name, json_array()) == -1)
			return -1;
		list = json_object_get(w->content, f->name);
	}
	json_array_foreach(list, i, v)
		if (span_is(word, json_string_value(v)))
			return 0;
	if (f->max > 0 && (int64_t)json_array_size(list) >= f->max)
		return 0;
	if ((v = json_stringn(word.ptr, word.len)) == NULL || json_array_append_new(list, v) == -1)
		return err_memory(w->e);
	return 0;
}

/* A word that no vocabulary knows still helps to find the record. */
static int
add_tag(struct work *w, struct span word)
{
	const struct field *tags = kind_field(w->out->kind, SPAN("tags"));
	struct buf text = BUF_INIT(4096);
	int rc = 0;

	if (tags == NULL || word.len == 0 || word.len > 80)
		return 0;
	if ((rc = clean_text(word, 0, &text, w->e)) == 0)
		rc = add_word(w, tags, span_trim(buf_span(&text)));
	buf_clear(&text);
	return rc;
}

/* One word of a vocabulary's field, once. */
static int
put_term(struct work *w, const struct field *f, struct span key)
{
	if (f->type == FIELD_TERMS)
		return add_word(w, f, key);
	return json_object_get(w->content, f->name) != NULL ? 0
	    : set_new(w, f->name, json_stringn(key.ptr, key.len));
}

/* What the mapping files say of a word of the source's: 1 when they say something. */
static int
apply_rule(struct work *w, struct span word)
{
	const char *found = rules_category(w->m->rules, word);
	struct span meaning, field, value;

	if (found == NULL && (found = rules_category(w->m->defaults, word)) == NULL)
		return 0;
	meaning = span_str(found);
	while (strcmp(found, "-") != 0 && rules_next(&meaning, &field, &value)) {
		const struct field *f = kind_field(w->out->kind, field);

		if (f == NULL)		/* "kind", which was read before, or another kind's */
			continue;
		if ((f->type == FIELD_WORDS ? add_word(w, f, value) : put_term(w, f, value)) == -1)
			return -1;
	}
	return 1;
}

/* A key that is a number says nothing to people; words may still help to find the record. */
static int
is_number(struct span word)
{
	size_t i;

	for (i = 0; i < word.len && word.ptr[i] >= '0' && word.ptr[i] <= '9'; i++)
		;
	return i == word.len;
}

static int
add_unknown(struct work *w, struct span word)
{
	if (word.len > 0 && w->m->category != NULL)
		w->m->category(w->m->ctx, word);
	return is_number(word) ? 0 : add_tag(w, word);
}

static int
set_terms(struct work *w, const struct field *f, struct span value)
{
	while (value.len > 0) {
		struct span word = next_value(w, &value);
		const char *key;
		int ruled = apply_rule(w, word);

		if (ruled == -1)
			return -1;
		if (ruled || word.len == 0)
			continue;
		key = alias_term(f->vocab, word);
		if (key == NULL && f->vocab == VOCAB_PRACTICE && vocab_allows(f->vocab, word)) {
			if (put_term(w, f, word) == -1)	/* a territory's own practice */
				return -1;
			continue;
		}
		if (key == NULL)
			note(w->out, f->name, "is not in its vocabulary, left out", word);
		if (key != NULL ? put_term(w, f, span_str(key)) == -1
		    : (f->vocab == VOCAB_PRACTICE || f->vocab == VOCAB_AXIS) && add_unknown(w, word) == -1)
			return -1;
	}
	return 0;
}

/* A word of a directory's own classification: what it means in each vocabulary, else a tag. */
static int
set_category(struct work *w, struct span word)
{
	static const char *const field[] = { "practices", "access", "axes", "document_type", "resource_type",
		"item_type" };
	int known = apply_rule(w, word);
	size_t i;

	if (known == -1)
		return -1;
	for (i = 0; !known && i < sizeof field / sizeof field[0]; i++) {
		const struct field *f = kind_field(w->out->kind, span_str(field[i]));
		const char *key = f == NULL ? NULL : alias_term(f->vocab, word);

		if (key == NULL)
			continue;
		known = 1;
		if (put_term(w, f, span_str(key)) == -1)
			return -1;
	}
	return known ? 0 : add_unknown(w, word);
}

static int
set_categories(struct work *w, struct span value)
{
	while (value.len > 0)
		if (set_category(w, next_value(w, &value)) == -1)
			return -1;
	return 0;
}

static int
set_words(struct work *w, const struct field *f, struct span value)
{
	while (value.len > 0)
		if (add_word(w, f, next_value(w, &value)) == -1)
			return -1;
	return 0;
}

/* --- contacts ------------------------------------------------------------------------------------------- */

/* An address as it is meant: "www.exemple.org" is one too. */
static int
complete_url(struct span s, struct buf *out, struct err *e)
{
	int bare = memmem(s.ptr, s.len, "://", 3) == NULL && memchr(s.ptr, '.', s.len) != NULL &&
	    memchr(s.ptr, '@', s.len) == NULL && memchr(s.ptr, ' ', s.len) == NULL;

	return (bare && buf_adds(out, "https://", e) == -1) || buf_addspan(out, s, e) == -1 ? -1 : 0;
}

/* The first address is the field's, further ones are links. */
static int
set_url(struct work *w, const struct field *f, struct span value)
{
	const struct field *links = kind_field(w->out->kind, SPAN("links"));
	struct buf url = BUF_INIT(IMPORT_ITEM_BYTES_MAX);
	int rc = 0;

	while (rc == 0 && value.len > 0) {
		struct span one = memchr(value.ptr, ',', value.len) != NULL &&
		    memchr(value.ptr, '|', value.len) == NULL && memchr(value.ptr, ';', value.len) == NULL &&
		    memmem(value.ptr, value.len, ",http", 5) == NULL ? value : next_value(w, &value);

		if (one.ptr == value.ptr && one.len == value.len)
			value.len = 0;
		buf_reset(&url);
		if (one.len == 0)
			continue;
		if ((rc = complete_url(one, &url, w->e)) == -1)
			break;
		if (f->type == FIELD_URL && json_object_get(w->content, f->name) == NULL)
			rc = set_new(w, f->name, json_stringn(url.ptr, url.len));
		else if (f->type == FIELD_URLS || links != NULL)
			rc = add_word(w, f->type == FIELD_URLS ? f : links, buf_span(&url));
	}
	buf_clear(&url);
	return rc;
}

static int
set_email(struct work *w, const struct field *f, struct span value)
{
	struct span one = next_value(w, &value);

	if (one.len == 0 || json_object_get(w->content, f->name) != NULL)
		return 0;
	if (memchr(one.ptr, '@', one.len) == NULL) {	/* "private", "hidden", "masqué" */
		note(w->out, f->name, "is not an e-mail address, left out", one);
		return 0;
	}
	return set_new(w, f->name, json_stringn(one.ptr, one.len));
}

/* A French number that a spreadsheet took for a number lacks its 0. */
static int
set_phone(struct work *w, const struct field *f, struct span value)
{
	struct span one = next_value(w, &value);
	size_t digits = 0, i;
	char text[64];

	for (i = 0; i < one.len; i++)
		digits += one.ptr[i] >= '0' && one.ptr[i] <= '9';
	if (one.len == 0 || one.len > 50 || json_object_get(w->content, f->name) != NULL)
		return 0;
	snprintf(text, sizeof text, "%s%.*s", digits == 9 && one.len == 9 && one.ptr[0] != '0' ? "0" : "",
	    (int)one.len, one.ptr);
	return set_new(w, f->name, json_string(text));
}

/* --- other types ------------------------------------------------------------------------------------------ */

static int
set_date(struct work *w, const struct field *f, struct span value)
{
	char date[11], time[6], text[24];

	if (json_object_get(w->content, f->name) != NULL)
		return 0;
	if (!import_date(value, date, time)) {
		refuse(w->out, f->name, fault_text(f->type == FIELD_DATE ? "date" : "datetime"));
		return 0;
	}
	snprintf(text, sizeof text, "%s%s%s", date, f->type == FIELD_DATE ? "" : "T",
	    f->type == FIELD_DATE ? "" : time[0] == '\0' ? "00:00" : time);
	return set_new(w, f->name, json_string(text));
}

static int
set_number(struct work *w, const struct field *f, struct span value)
{
	double n;

	if (!import_number(value, &n) || n != floor(n) || fabs(n) > 9e15) {
		refuse(w->out, f->name, "is not a whole number");
		return 0;
	}
	return set_new(w, f->name, json_integer((json_int_t)n));
}

static int
set_bool(struct work *w, const struct field *f, struct span value)
{
	static const char *const yes[] = { "1", "true", "oui", "yes", "x", "vrai", "o", "y" };
	char folded[16];
	size_t i;
	int on = 0;

	import_fold(value, 0, folded, sizeof folded);
	for (i = 0; i < sizeof yes / sizeof yes[0]; i++)
		on |= strcmp(folded, yes[i]) == 0;
	return on ? set_new(w, f->name, json_true()) : 0;
}

/* A code that a spreadsheet took for a number lacks its 0. */
static int
set_insee(struct work *w, const struct field *f, struct span value)
{
	char code[8];

	value = span_trim(value);
	if (value.len > 5) {
		refuse(w->out, f->name, fault_text("insee"));
		return 0;
	}
	snprintf(code, sizeof code, "%s%.*s", value.len == 4 ? "0" : "", (int)value.len, value.ptr);
	return set_new(w, f->name, json_string(code));
}

static int
set_plain(struct work *w, const struct field *f, struct span value)
{
	return json_object_get(w->content, f->name) != NULL ? 0
	    : set_new(w, f->name, json_stringn(value.ptr, value.len));
}

typedef int set_fn(struct work *w, const struct field *f, struct span value);

static set_fn *const setter[FIELD__COUNT] = {
	[FIELD_TEXT] = set_text, [FIELD_MARKDOWN] = set_text, [FIELD_URL] = set_url, [FIELD_URLS] = set_url,
	[FIELD_EMAIL] = set_email, [FIELD_PHONE] = set_phone, [FIELD_DATE] = set_date,
	[FIELD_DATETIME] = set_date, [FIELD_TIME] = set_number, [FIELD_INT] = set_number,
	[FIELD_BOOL] = set_bool, [FIELD_TERM] = set_terms, [FIELD_TERMS] = set_terms,
	[FIELD_WORDS] = set_words, [FIELD_REF] = set_plain, [FIELD_REFS] = set_words, [FIELD_DID] = set_plain,
	[FIELD_INSEE] = set_insee, [FIELD_AREAS] = set_words, [FIELD_HASH] = set_plain,
};

/* --- position ------------------------------------------------------------------------------------------------ */

static int
find_position(struct work *w, const struct import_item *item, double *lat, double *lon)
{
	if (item->has_position) {
		*lat = item->lat;
		*lon = item->lon;
		return 1;
	}
	if (w->lat.len > 0 && w->lon.len > 0) {
		if (import_number(w->lat, lat) && import_number(w->lon, lon))
			return 1;
		refuse(w->out, "latitude", "latitude and longitude are not two numbers");
		return 0;
	}
	if (w->lat.len == 0 && w->lon.len == 0 && w->latlon.len == 0)
		return 0;
	if (import_position(w->latlon.len > 0 ? w->latlon : w->lat.len > 0 ? w->lat : w->lon, lat, lon))
		return 1;
	if (w->latlon.len > 0)
		note(w->out, "latitude", "is not a position, left out", w->latlon);
	else
		refuse(w->out, "latitude", "latitude and longitude are not both there");
	return 0;
}

static int
set_position(struct work *w, const struct import_item *item)
{
	double lat, lon;

	if (!find_position(w, item, &lat, &lon))
		return 0;
	if (fabs(lat) > 90 || fabs(lon) > 180) {
		refuse(w->out, "latitude", "is outside its range: degrees of WGS 84 are expected, latitude -90 to 90");
		return 0;
	}
	if (lat == 0 && lon == 0) {
		note(w->out, "latitude", "0, 0 is in the sea off Africa, left out", SPAN(""));
		return 0;
	}
	if (kind_field(w->out->kind, SPAN("lat_e7")) == NULL)
		return 0;
	w->out->has_position = 1;
	w->out->lat_e7 = (int32_t)lround(lat * 1e7);
	w->out->lon_e7 = (int32_t)lround(lon * 1e7);
	return set_new(w, "lat_e7", json_integer(w->out->lat_e7)) == -1 ||
	    set_new(w, "lon_e7", json_integer(w->out->lon_e7)) == -1 ? -1 : 0;
}

/* --- an item ---------------------------------------------------------------------------------------------------- */

/* The marks that are kept for later, each with its place in struct work. */
static struct span *
kept(struct work *w, const char *mark)
{
	const struct { const char *mark; struct span *at; } place[] = {
		{ MARK_ID, &w->id }, { MARK_LAT, &w->lat }, { MARK_LON, &w->lon }, { MARK_LATLON, &w->latlon },
		{ MARK_NUMBER, &w->number }, { MARK_STREET2, &w->street2 }, { MARK_LANG, &w->lang },
		{ MARK_LICENSE, &w->license },
	};
	size_t i;

	for (i = 0; i < sizeof place / sizeof place[0]; i++)
		if (strcmp(place[i].mark, mark) == 0)
			return place[i].at;
	return NULL;
}

/* The column url of our own exports is the record's page, not something it says. */
static int
is_own_page(const char *name, struct span value)
{
	return strcmp(name, "url") == 0 && memmem(value.ptr, value.len, "/i/did:key:", 11) != NULL;
}

/* May a member of a member say this?  Where it is and how to reach it; "location.name" is not the item's name. */
static int
may_be_nested(const char *field)
{
	static const char *const inner[] = { "street", "postcode", "commune", "insee", "email", "phone", "website",
		"contact_form", MARK_LAT, MARK_LON, MARK_LATLON, MARK_NUMBER, MARK_STREET2, MARK_DROP };
	size_t i;

	for (i = 0; field != NULL && i < sizeof inner / sizeof inner[0]; i++)
		if (strcmp(inner[i], field) == 0)
			return 1;
	return 0;
}

/* The field that a cell's name means, its whole path or the last of it; folded: the name that was known. */
static const char *
column_field(enum kind kind, const char *name, char folded[IMPORT_NAME_CHARS_MAX])
{
	const char *last = strrchr(name, '.'), *field;

	import_fold(span_str(name), 0, folded, IMPORT_NAME_CHARS_MAX);
	if ((field = alias_field(kind, folded)) != NULL || last == NULL || last[1] == '\0')
		return field;
	import_fold(span_str(last + 1), 0, folded, IMPORT_NAME_CHARS_MAX);
	field = alias_field(kind, folded);
	return may_be_nested(field) ? field : NULL;
}

/* The field a cell feeds: as the operator says, else the format, else as everybody knows. */
static const char *
cell_field(const struct mapping *m, enum kind kind, const char *name, char folded[IMPORT_NAME_CHARS_MAX])
{
	const char *field = rules_field(m->rules, name);

	folded[0] = '\0';
	if (field == NULL && (field = rules_field(m->defaults, name)) == NULL)
		field = column_field(kind, name, folded);
	return field;
}

/* Marks that read_item looks at by itself, or nobody. */
static int
is_read_elsewhere(const char *field)
{
	return strcmp(field, MARK_DROP) == 0 || strcmp(field, MARK_OWN) == 0 || strcmp(field, MARK_KIND) == 0;
}

static int
read_cell(struct work *w, const struct import_cell *cell)
{
	char name[IMPORT_NAME_CHARS_MAX];
	struct span value = span_trim(cell->value), *place;
	const struct field *f = NULL;
	const char *field = cell_field(w->m, w->out->kind, cell->name, name);

	w->whole = cell->whole;
	if (field != NULL && field[0] != '@' &&
	    ((f = kind_field(w->out->kind, span_str(field))) == NULL || setter[f->type] == NULL))
		field = NULL;
	if (w->m->column != NULL && value.len > 0)
		w->m->column(w->m->ctx, cell->name, field, value);
	if (field == NULL || value.len == 0 || is_read_elsewhere(field) || is_own_page(name, value))
		return 0;
	if (value.len > 1 && value.ptr[0] == '\'' && strchr("=+-@", value.ptr[1]) != NULL) {
		value.ptr++;	/* put there so that a spreadsheet does not compute it */
		value.len--;
	}
	if (strcmp(field, MARK_CATEGORY) == 0)
		return w->own ? 0 : set_categories(w, value);	/* ours name axes and practices beside */
	if ((place = kept(w, field)) != NULL) {
		if (place->len == 0)
			*place = value;
		return 0;
	}
	return f == NULL ? 0 : setter[f->type](w, f, value);
}

/* A column of kinds decides. */
static void
kind_of_column(struct mapped *out, struct span value)
{
	enum kind k = alias_kind(value);

	if (k == KIND_UNKNOWN || !(kind_info(k)->flags & KIND_CONTENT))
		refuse(out, "kind", "is not a kind of record");
	else
		out->kind = k;
}

/* The kind that a rule gives one of the words; KIND_UNKNOWN: none. */
static enum kind
kind_of_words(const struct mapping *m, const struct import_cell *cell)
{
	struct work w = { .whole = cell->whole };
	struct span rest = cell->value, meaning, field, value;

	while (rest.len > 0) {
		struct span word = next_value(&w, &rest);
		const char *found = rules_category(m->rules, word);

		if (found == NULL && (found = rules_category(m->defaults, word)) == NULL)
			continue;
		for (meaning = span_str(found); rules_next(&meaning, &field, &value);)
			if (span_is(field, "kind"))
				return kind_find(value);
	}
	return KIND_UNKNOWN;
}

static void
read_kind(const struct mapping *m, const struct import_item *item, struct mapped *out)
{
	char name[IMPORT_NAME_CHARS_MAX];
	enum kind ruled = KIND_UNKNOWN;
	const char *field;
	size_t i;

	out->kind = item->kind != KIND_UNKNOWN ? item->kind : m->kind;
	for (i = 0; i < item->count; i++) {
		const struct import_cell *cell = &item->cell[i];
		const struct field *f;

		if (span_trim(cell->value).len == 0 || (field = cell_field(m, m->kind, cell->name, name)) == NULL)
			continue;
		if (strcmp(field, MARK_KIND) == 0 && item->kind == KIND_UNKNOWN) {
			kind_of_column(out, cell->value);
			return;
		}
		f = field[0] == '@' ? NULL : kind_field(m->kind, span_str(field));
		if (ruled == KIND_UNKNOWN && (strcmp(field, MARK_CATEGORY) == 0 || (f != NULL && f->type == FIELD_TERMS)))
			ruled = kind_of_words(m, cell);
	}
	if (ruled != KIND_UNKNOWN)
		out->kind = ruled;
}

/* House number and complement belong to the street. */
static int
finish_street(struct work *w)
{
	const struct field *f = kind_field(w->out->kind, SPAN("street"));
	const char *street = json_string_value(json_object_get(w->content, "street"));
	struct buf text = BUF_INIT(IMPORT_ITEM_BYTES_MAX);
	int rc = 0;

	if (f == NULL || (w->number.len == 0 && w->street2.len == 0))
		return 0;
	if ((w->number.len > 0 && (buf_addspan(&text, w->number, w->e) == -1 || buf_addc(&text, ' ', w->e) == -1)) ||
	    buf_adds(&text, street == NULL ? "" : street, w->e) == -1 ||
	    (w->street2.len > 0 && (buf_adds(&text, street == NULL ? "" : ", ", w->e) == -1 ||
	    buf_addspan(&text, w->street2, w->e) == -1)))
		rc = -1;
	json_object_del(w->content, "street");
	if (rc == 0)
		rc = set_text(w, f, buf_span(&text));
	buf_clear(&text);
	return rc;
}

/* The source's identifier, or a digest of what tells the item from others. */
static int
make_id(struct work *w)
{
	static const char *const part[] = { "name", "commune", "postcode", "street", "starts" };
	struct buf *id = &w->out->id;
	crypto_generichash_state st;
	uint8_t hash[16];
	char text[HEX_CHARS(16) + 1];
	int64_t at[2] = { w->out->lat_e7, w->out->lon_e7 };
	size_t i;

	if (w->id.len > 0 && w->id.len < id->max)
		return buf_addspan(id, w->id, w->e);
	w->out->id_made = 1;
	crypto_generichash_init(&st, NULL, 0, sizeof hash);
	for (i = 0; i < sizeof part / sizeof part[0]; i++) {
		const char *s = json_string_value(json_object_get(w->content, part[i]));

		s = s == NULL ? "" : s;
		crypto_generichash_update(&st, (const unsigned char *)s, strlen(s) + 1);
	}
	for (i = 0; i < 2; i++) {
		snprintf(text, sizeof text, "%" PRId64 ",", at[i]);
		crypto_generichash_update(&st, (const unsigned char *)text, strlen(text));
	}
	crypto_generichash_final(&st, hash, sizeof hash);
	hex_encode(hash, sizeof hash, text, sizeof text);
	return buf_adds(id, text, w->e);
}

static int
is_contact(const struct field *f)
{
	return f != NULL && (f->type == FIELD_EMAIL || f->type == FIELD_PHONE || f->type == FIELD_URL ||
	    f->type == FIELD_URLS) && !(f->flags & FIELD_REQUIRED);
}

/* Canonical content that its kind's rules accept; contacts they do not are left out. */
static int
finish_content(struct work *w)
{
	struct faults faults;
	struct err bad = { 0 };
	size_t tries;

	for (tries = 0; tries <= FAULTS_MAX; tries++) {
		const struct field *f;
		const char *was;

		buf_reset(&w->out->content);
		if (jcs_emit(w->content, &w->out->content, w->e) == -1) {
			if (w->e->code == ERR_MEMORY)
				return -1;
			refuse(w->out, "", "is larger than a record may be");
			return 0;
		}
		if (kind_check(w->out->kind, buf_span(&w->out->content), &faults, &bad) == 0)
			return 0;
		f = faults.fault[0].field;
		if (!is_contact(f)) {
			refuse(w->out, faults.fault[0].name, fault_text(faults.fault[0].why));
			return 0;
		}
		was = json_string_value(json_object_get(w->content, f->name));
		note(w->out, f->name, fault_text(faults.fault[0].why), span_str(was));
		json_object_del(w->content, f->name);
	}
	return 0;
}

/* A record's own name as identifier: the row was exported from here and says all it has to say. */
static int
is_reference(struct span id)
{
	return id.len > 8 && memcmp(id.ptr, "did:key:", 8) == 0;
}

/* A language's tag as records have it: "fr", "fr-FR". */
static void
keep_lang(struct work *w)
{
	struct span s = w->lang;
	size_t i;

	for (i = 0; i < s.len && (is_letter(s.ptr[i]) || (i > 0 && (s.ptr[i] == '-' ||
	    (s.ptr[i] >= '0' && s.ptr[i] <= '9')))); i++)
		;
	if (i < s.len || s.len >= sizeof w->out->lang)
		note(w->out, "lang", "is not a language's tag, left out", s);
	else if (s.len > 1)
		snprintf(w->out->lang, sizeof w->out->lang, "%.*s", (int)s.len, s.ptr);
}

/* What the operator states holds; else what the source declares, if that lets anybody share it. */
static void
keep_license(struct work *w)
{
	struct mapped *out = w->out;
	const char *stated = w->m->license != NULL ? w->m->license : rules_constant(w->m->rules, "license");
	enum licence_verdict verdict = licence_read(w->license, out->license);

	if (w->m->licence != NULL)
		w->m->licence(w->m->ctx, w->license, verdict);
	if (stated != NULL && !w->own)
		snprintf(out->license, sizeof out->license, "%s", stated);
	else if (verdict == LICENCE_FORBIDS)
		refuse(out, "license", "does not allow sharing and changing; if you have the right to publish it, say under which "
		    "licence with --license");
	else if (verdict == LICENCE_UNKNOWN)
		refuse(out, "license", "is not known here; say which licence holds with --license");
	else if (verdict == LICENCE_NONE && rules_constant(w->m->defaults, "license") != NULL)
		snprintf(out->license, sizeof out->license, "%s", rules_constant(w->m->defaults, "license"));
}

/* Fields that the mapping files give to every item, where the item does not say. */
static int
add_constants(struct work *w, const struct rules *r)
{
	const char *name, *value;
	size_t i;

	w->whole = 0;
	for (i = 0; (name = rules_constant_at(r, i, &value)) != NULL; i++) {
		const struct field *f = kind_field(w->out->kind, span_str(name));

		if (strcmp(name, "lang") == 0 && w->lang.len == 0)
			w->lang = span_str(value);
		if (f == NULL || setter[f->type] == NULL || (f->type != FIELD_TERMS && f->type != FIELD_WORDS &&
		    json_object_get(w->content, name) != NULL))
			continue;
		if (setter[f->type](w, f, span_str(value)) == -1)
			return -1;
	}
	return 0;
}

/* A name of a place that the mapping file settles, alone or with the postcode. */
static int
settle_place(struct work *w)
{
	const char *name = json_string_value(json_object_get(w->content, "commune")), *code;
	const char *postcode = json_string_value(json_object_get(w->content, "postcode"));
	char both[256];

	if (name == NULL || json_object_get(w->content, "insee") != NULL ||
	    kind_field(w->out->kind, SPAN("insee")) == NULL)
		return 0;
	snprintf(both, sizeof both, "%s %s", name, postcode == NULL ? "" : postcode);
	if ((code = rules_place(w->m->rules, span_str(both))) == NULL)
		code = rules_place(w->m->rules, span_str(name));
	return code == NULL ? 0 : set_new(w, "insee", json_string(code));
}

/* The identifier is looked at first: a row of our own export is taken as it is. */
static void
read_id(struct work *w, const struct import_item *item)
{
	char name[IMPORT_NAME_CHARS_MAX];
	const char *field;
	size_t i;

	w->id = span_trim(item->id);
	for (i = 0; w->id.len == 0 && i < item->count; i++) {
		field = cell_field(w->m, w->out->kind, item->cell[i].name, name);
		if (field != NULL && strcmp(field, MARK_ID) == 0)
			w->id = span_trim(item->cell[i].value);
	}
	w->own = is_reference(w->id);
}

static int
map_item(struct work *w, const struct import_item *item)
{
	const struct field *source = kind_field(w->out->kind, SPAN("source_name"));
	size_t i;

	read_id(w, item);
	w->license = span_trim(item->licence);
	for (i = 0; i < item->count; i++)
		if (read_cell(w, &item->cell[i]) == -1)
			return -1;
	if (!w->own && (add_constants(w, w->m->rules) == -1 || add_constants(w, w->m->defaults) == -1))
		return -1;
	keep_lang(w);
	keep_license(w);
	if (w->m->source_name != NULL && source != NULL && !w->own &&
	    set_text(w, source, span_str(w->m->source_name)) == -1)
		return -1;
	return finish_street(w) == -1 || settle_place(w) == -1 || set_position(w, item) == -1 ||
	    finish_content(w) == -1 || make_id(w) == -1 ? -1 : 0;
}

int
import_map(const struct mapping *m, const struct import_item *item, struct mapped *out, struct err *e)
{
	struct work w = { .m = m, .out = out, .e = e, .content = json_object() };
	int rc;

	if (w.content == NULL)
		return err_memory(e);
	mapped_reset(out);
	out->updated = item->updated;
	out->deleted = item->deleted;
	if (item->wrong != NULL)
		refuse(out, "", item->wrong);
	read_kind(m, item, out);
	rc = map_item(&w, item);
	json_decref(w.content);
	return rc;
}

void
mapped_reset(struct mapped *out)
{
	struct buf id = out->id, content = out->content;

	buf_reset(&id);
	buf_reset(&content);
	*out = (struct mapped){ .id = id, .content = content };
}

void
mapped_clear(struct mapped *out)
{
	buf_clear(&out->id);
	buf_clear(&out->content);
}
