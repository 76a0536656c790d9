/* SPDX-License-Identifier: AGPL-3.0-or-later
 * entry.c - see entry.h. */
#include "node/web/entry.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "proto/canon.h"
#include "proto/err.h"
#include "proto/limits.h"
#include "proto/ref.h"

#define ITEMS_MAX 400
#define E7 10000000

int
entry_offers(const struct field *f)
{
	return (f->flags & FIELD_HIDDEN) == 0 && f->type != FIELD_RAW && f->type != FIELD_HASH &&
	    f->type != FIELD_TIME && f->type != FIELD_DID;
}

/* --- content to text ------------------------------------------------------------------------------ */

static const char *
string_of(struct span value, struct arena *a)
{
	struct buf b = BUF_INIT(4 * RECORD_BYTES_MAX);
	const char *made = NULL;
	struct err e;

	if (canon_string(value, &b, &e) == 0)
		made = arena_copy(a, buf_span(&b));
	buf_clear(&b);
	return made == NULL ? "" : made;
}

/* Degrees times 10^7 as decimals without trailing zeros. */
static const char *
degrees(int64_t e7, struct arena *a)
{
	int64_t size = e7 < 0 ? -e7 : e7;
	char *s = arena_printf(a, "%s%lld.%07lld", e7 < 0 ? "-" : "", (long long)(size / E7),
	    (long long)(size % E7));
	size_t n;

	if (s == NULL)
		return "";
	for (n = strlen(s); s[n - 1] == '0' && s[n - 2] != '.'; n--)
		s[n - 1] = '\0';
	return s;
}

size_t
entry_values(const struct field *f, struct span content, const char **out, size_t max, struct arena *a)
{
	struct canon_iter it;
	struct span value, item;
	size_t n = 0;

	if (!canon_get(content, f->name, &value))
		return 0;
	if (!canon_is_array(value)) {
		out[n++] = string_of(value, a);
		return n;
	}
	canon_array(value, &it);
	while (n < max && canon_item(&it, &item))
		out[n++] = string_of(item, a);
	return n;
}

/* Items on one line with commas; one a line when an item has a comma itself, or is an address. */
static const char *
joined(const struct field *f, struct span content, struct arena *a)
{
	const char **item = arena_alloc(a, ITEMS_MAX * sizeof *item);
	size_t i, n = item == NULL ? 0 : entry_values(f, content, item, ITEMS_MAX, a);
	const char *text = "";
	int lines = f->type == FIELD_URLS;

	for (i = 0; i < n; i++)
		lines |= strchr(item[i], ',') != NULL;
	for (i = 0; i < n && text != NULL; i++)
		text = arena_printf(a, "%s%s%s", text, item[i], lines ? "\n" : i + 1 < n ? ", " : "");
	return text == NULL ? "" : text;
}

const char *
entry_text(const struct field *f, struct span content, struct arena *a)
{
	struct span value;
	const char *made;
	int64_t n;
	int b;

	if (!canon_get(content, f->name, &value))
		return "";
	if (canon_is_array(value))
		return joined(f, content, a);
	if (canon_bool(value, &b))
		return b ? "yes" : "no";
	if (!canon_int(value, &n))
		return string_of(value, a);
	if (f->type == FIELD_GEO)
		return degrees(n, a);
	made = arena_printf(a, "%lld", (long long)n);
	return made == NULL ? "" : made;
}

/* --- text to content ------------------------------------------------------------------------------ */

const char *
entry_ref(const char *text, struct arena *a)
{
	const char *did = strstr(text, "did:key:");
	struct span rest, author, kind, rid;
	struct ref r;
	struct err e;
	const char *ref;

	if (did == NULL)
		return text;
	rest = span_str(did);
	rest.len = strcspn(did, "?# ");
	author = span_cut(&rest, '/');
	kind = span_cut(&rest, '/');
	rid = span_cut(&rest, '/');
	ref = arena_printf(a, "%.*s/%.*s/%.*s", (int)author.len, author.ptr, (int)kind.len, kind.ptr,
	    (int)rid.len, rid.ptr);
	return ref != NULL && ref_parse(span_str(ref), &r, &e) == 0 ? ref : text;
}

/* White space off both ends, line ends as \n; in the arena. */
static char *
tidy(const char *text, struct arena *a)
{
	char *copy = arena_copy(a, span_trim(span_str(text))), *to, *from;

	if (copy == NULL)
		return NULL;
	for (to = from = copy; *from != '\0'; from++)
		if (*from != '\r')
			*to++ = *from;
		else if (from[1] != '\n')
			*to++ = '\n';
	*to = '\0';
	return copy;
}

/* The digits of "-3.8279" or "48,5776" times 10^7; 0 when it is no number. */
static int
read_degrees(const char *s, int64_t *out)
{
	int sign = *s == '-' ? -1 : 1, places = -1;
	int64_t n = 0;

	if (*s == '-' || *s == '+')
		s++;
	if (*s == '\0')
		return 0;
	for (; *s != '\0'; s++) {
		if ((*s == '.' || *s == ',') && places == -1)
			places = 0;
		else if (*s < '0' || *s > '9' || n > INT64_MAX / 100)
			return 0;
		else if (places < 7) {
			n = n * 10 + (*s - '0');
			places += places >= 0;
		}
	}
	for (places = places < 0 ? 0 : places; places < 7; places++)
		n *= 10;
	*out = sign * n;
	return 1;
}

static json_t *
read_text(const struct field *f, char *s)
{
	(void)f;
	return json_string(s);
}

static json_t *
read_geo(const struct field *f, char *s)
{
	int64_t n;

	(void)f;
	return read_degrees(s, &n) ? json_integer(n) : json_string(s);
}

static json_t *
read_int(const struct field *f, char *s)
{
	char *end;
	long long n = strtoll(s, &end, 10);

	(void)f;
	return *end == '\0' && n <= INTEGER_MAX && n >= -INTEGER_MAX ? json_integer(n) : json_string(s);
}

static json_t *
read_bool(const struct field *f, char *s)
{
	(void)f;
	return strcmp(s, "yes") == 0 ? json_true() : strcmp(s, "no") == 0 ? json_false() : json_string(s);
}

/* "2026-11-21T14:30", whatever seconds a browser adds. */
static json_t *
read_datetime(const struct field *f, char *s)
{
	(void)f;
	if (strlen(s) > 16 && s[16] == ':')
		s[16] = '\0';
	return json_string(s);
}

/* One item a line, or parted by commas when there is one line only. */
static json_t *
read_items(const struct field *f, char *s)
{
	struct span rest = span_str(s), item;
	char sep = f->type == FIELD_URLS || strchr(s, '\n') != NULL ? '\n' : ',';
	json_t *list = json_array(), *one;

	while (rest.len > 0) {
		item = span_trim(span_cut(&rest, sep));
		if (item.len == 0)
			continue;
		if ((one = json_stringn(item.ptr, item.len)) == NULL) {
			json_decref(list);
			return NULL;
		}
		json_array_append_new(list, one);
	}
	return list;
}

typedef json_t *read_fn(const struct field *f, char *text);

static read_fn *const read_table[FIELD__COUNT] = {
	[FIELD_TEXT] = read_text, [FIELD_MARKDOWN] = read_text, [FIELD_URL] = read_text,
	[FIELD_URLS] = read_items, [FIELD_EMAIL] = read_text, [FIELD_PHONE] = read_text,
	[FIELD_DATE] = read_text, [FIELD_DATETIME] = read_datetime, [FIELD_INT] = read_int,
	[FIELD_GEO] = read_geo, [FIELD_BOOL] = read_bool, [FIELD_TERM] = read_text,
	[FIELD_WORDS] = read_items, [FIELD_REF] = read_text, [FIELD_INSEE] = read_text,
	[FIELD_AREAS] = read_items,
};

static int
append(json_t *list, const char *text)
{
	json_t *one = *text == '\0' ? NULL : json_string(text);
	size_t i;

	if (one == NULL)
		return *text == '\0' ? 0 : -1;
	for (i = 0; i < json_array_size(list); i++)
		if (json_equal(json_array_get(list, i), one)) {
			json_decref(one);
			return 0;
		}
	return json_array_append_new(list, one);
}

/* Every value ticked, then every page pasted, one a line. */
static json_t *
read_many(const struct field *f, const struct fields *typed, const char *name, const char *pasted,
    struct arena *a)
{
	json_t *list = json_array();
	const char *value, *text;
	struct span rest, line;
	size_t i = 0;
	int rc = 0;

	while (rc == 0 && (value = fields_next(typed, name, &i)) != NULL)
		rc = append(list, value);
	text = f->type == FIELD_REFS ? fields_get(typed, pasted) : NULL;
	rest = span_str(text == NULL ? NULL : tidy(text, a));
	while (rc == 0 && rest.len > 0) {
		line = span_trim(span_cut(&rest, '\n'));
		value = arena_copy(a, line);
		rc = value == NULL ? -1 : append(list, entry_ref(value, a));
	}
	if (rc == 0)
		return list;
	json_decref(list);
	return NULL;
}

/* The one value of a field; what was pasted goes before what was chosen. */
static json_t *
read_one(const struct field *f, const struct fields *typed, const char *name, const char *pasted,
    struct arena *a)
{
	const char *value = f->type == FIELD_REF ? fields_get(typed, pasted) : NULL;
	char *text;

	if (value == NULL || span_trim(span_str(value)).len == 0)
		value = fields_get(typed, name);
	if ((text = tidy(value == NULL ? "" : value, a)) == NULL)
		return NULL;
	if (*text == '\0')
		return json_null();
	if (f->type == FIELD_REF)
		return json_string(entry_ref(text, a));
	return read_table[f->type](f, text);
}

static int
set_field(const struct field *f, const struct fields *typed, struct arena *a, json_t *content)
{
	const char *name = arena_printf(a, "c_%s", f->name), *pasted = arena_printf(a, "p_%s", f->name);
	json_t *value = NULL;

	if (name != NULL && pasted != NULL)
		value = f->type == FIELD_TERMS || f->type == FIELD_REFS
		    ? read_many(f, typed, name, pasted, a) : read_one(f, typed, name, pasted, a);
	if (value == NULL)
		return -1;
	if (json_is_null(value) || (json_is_array(value) && json_array_size(value) == 0)) {
		json_object_del(content, f->name);
		json_decref(value);
		return 0;
	}
	return json_object_set_new(content, f->name, value);
}

static int
print(const json_t *content, struct buf *out, struct err *e)
{
	char *text = json_dumps(content, JSON_COMPACT);
	int rc = text == NULL ? err_memory(e) : buf_adds(out, text, e);

	free(text);
	return rc;
}

int
entry_content(enum kind k, struct span base, const struct fields *typed, struct arena *a, struct buf *out,
    struct err *e)
{
	const struct kind_info *info = kind_info(k);
	json_t *content = base.len == 0 ? json_object() : json_loadb(base.ptr, base.len, 0, NULL);
	size_t i;
	int rc = -1;

	if (!json_is_object(content)) {
		err_set(e, ERR_INTERNAL, "the content to edit is not an object");
		goto out;
	}
	for (i = 0; i < info->field_count; i++)
		if (entry_offers(&info->field[i]) && set_field(&info->field[i], typed, a, content) == -1) {
			err_set(e, ERR_INPUT, "%s is not text in UTF-8", info->field[i].name);
			goto out;
		}
	rc = print(content, out, e);
out:
	json_decref(content);
	return rc;
}

int
entry_member(struct span base, const char *name, const char *text, struct buf *out, struct err *e)
{
	json_t *content = json_loadb(base.ptr, base.len, 0, NULL);
	int rc = json_is_object(content) && json_object_set_new(content, name, json_string(text)) == 0
	    ? print(content, out, e) : err_set(e, ERR_INTERNAL, "the content to change is not an object");

	json_decref(content);
	return rc;
}
