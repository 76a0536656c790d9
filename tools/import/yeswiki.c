/* SPDX-License-Identifier: AGPL-3.0-or-later
 * yeswiki.c - entries of a YesWiki form (Bazar), as JSON, GeoJSON or CSV.
 *
 * Whichever the file, an entry is names and texts.  A choice is stored as the keys of a list whose labels are in
 * the form (labels.h): keys that are numbers say nothing without them.  Drafts are not ours to
 * publish; the accounts that wrote an entry are dropped by alias.c.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "proto/err.h"
#include "tools/import/draft.h"
#include "tools/import/json.h"
#include "tools/import/labels.h"
#include "tools/import/peek.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define URL_CHARS_MAX 1000

struct wiki {
	import_item_fn *each;
	void *ctx;
	const struct labels *labels;
	struct import_draft *draft;
	size_t row;
	struct span base;	/* the wiki's address, of the entry being read */
	struct span file[8];	/* bare names of its images and files */
	size_t files;
};

static int
is_table(const struct import_input *in)
{
	struct span s = import_input_text(in);

	s.len = s.len < 64 ? s.len : 64;
	return memmem(s.ptr, s.len, "datetime_create", 15) != NULL &&
	    memmem(s.ptr, s.len, "datetime_latest", 15) != NULL && peek_first(in) != '{' && peek_first(in) != '[';
}

static int
is_geojson(const struct import_input *in)
{
	struct span s = import_input_text(in);

	return peek_first(in) == '{' && memmem(s.ptr, s.len, "\"Feature", 8) != NULL;
}

int
yeswiki_recognise(const struct import_input *in)
{
	char first = peek_first(in);

	if (is_table(in))
		return SURE_YES;
	return (first == '{' || first == '[') && (peek_member(in, "id_fiche", 4, NULL) ||
	    peek_member(in, "id_typeannonce", 4, NULL)) ? SURE_YES : SURE_NOT;
}

/* --- values -------------------------------------------------------------------------------------- */

static int
starts_with(const char *name, const char *prefix)
{
	return strncmp(name, prefix, strlen(prefix)) == 0;
}

static void
take_id(struct wiki *w, const char *name, struct span value)
{
	(void)name;
	w->draft->item.id = draft_copy(w->draft, value);
}

static void
take_status(struct wiki *w, const char *name, struct span value)
{
	(void)name;
	if (!span_is(value, "1"))
		w->draft->item.wrong = "is a draft at its source";
}

static void
take_updated(struct wiki *w, const char *name, struct span value)
{
	(void)name;
	if (import_moment(value, &w->draft->item.updated))
		draft_add(w->draft, "confirmed", value);
}

/* The entry's own page; the wiki is above it: "https://wiki.example.org/?Page". */
static void
take_page(struct wiki *w, const char *name, struct span value)
{
	const char *mark = memchr(value.ptr, '?', value.len);
	size_t n = mark == NULL ? value.len : (size_t)(mark - value.ptr);

	(void)name;
	draft_add(w->draft, "source_url", value);
	while (n > 0 && value.ptr[n - 1] != '/')
		n--;
	if (n > 8 && starts_with(value.ptr, "http"))
		w->base = draft_copy(w->draft, (struct span){ value.ptr, n });
}

static void
take_start(struct wiki *w, const char *name, struct span value)
{
	draft_add(w->draft, name, value);
	w->draft->item.kind = KIND_EVENT;
}

/* A last day without an hour lasts until it is over. */
static void
take_end(struct wiki *w, const char *name, struct span value)
{
	char text[32];

	if (value.len == 10) {
		snprintf(text, sizeof text, "%.10s 23:59", value.ptr);
		value = span_str(text);
	}
	draft_add(w->draft, name, value);
}

static void
take_nothing(struct wiki *w, const char *name, struct span value)
{
	(void)w;
	(void)name;
	(void)value;
}

static const struct {
	const char *name;
	void (*take)(struct wiki *w, const char *name, struct span value);
} member[] = {
	{ "id_fiche", take_id }, { "statut_fiche", take_status }, { "date_maj_fiche", take_updated },
	{ "datetime_latest", take_updated }, { "date_creation_fiche", take_nothing },
	{ "datetime_create", take_nothing }, { "id_typeannonce", take_nothing }, { "html_data", take_nothing },
	{ "html_output", take_nothing }, { "url", take_page }, { "bf_date_debut_evenement", take_start },
	{ "bf_date_debut_evenement_allday", take_nothing }, { "bf_date_debut_evenement_hour", take_nothing },
	{ "bf_date_debut_evenement_minutes", take_nothing }, { "bf_date_fin_evenement", take_end },
	{ "bf_date_fin_evenement_allday", take_nothing }, { "bf_date_fin_evenement_hour", take_nothing },
	{ "bf_date_fin_evenement_minutes", take_nothing }, { "date_debut_validite_fiche", take_nothing },
	{ "date_fin_validite_fiche", take_nothing },
};

/* "checkboxListeType" is asked about "Type"; NULL: not a choice among a list's. */
static const char *
choice_name(const char *name)
{
	static const char *const kind[] = { "checkbox", "radio", "liste", "select" };
	size_t i;

	for (i = 0; i < COUNT(kind); i++)
		if (starts_with(name, kind[i])) {
			name += strlen(kind[i]);
			return strncasecmp(name, "liste", 5) == 0 ? name + 5 : name;
		}
	return NULL;
}

static int
is_number(struct span s)
{
	size_t i;

	for (i = 0; i < s.len && s.ptr[i] >= '0' && s.ptr[i] <= '9'; i++)
		continue;
	return i == s.len;
}

/* Keys with commas between them become the words they stand for. */
static void
take_choice(struct wiki *w, const char *name, const char *asked, struct span value)
{
	char folded[IMPORT_NAME_CHARS_MAX];
	const char *column = "categories";

	import_fold(span_str(asked), 0, folded, sizeof folded);
	if (alias_field(KIND_INITIATIVE, folded) != NULL)
		column = asked;
	while (value.len > 0) {
		struct span key = span_trim(span_cut(&value, ',')), label = labels_find(w->labels, name, key);

		/* a number that nobody explains keeps its own column, to be told and mapped by hand */
		if (label.len == 0 && is_number(key))
			draft_add_whole(w->draft, name, key);
		else
			draft_add_whole(w->draft, column, label.len > 0 ? label : key);
	}
}

static int
is_file_field(const char *name)
{
	return starts_with(name, "imagebf_") || starts_with(name, "fichierbf_") || strcmp(name, "bf_image") == 0;
}

static void
take_value(struct wiki *w, const char *name, struct span value)
{
	const char *asked;
	size_t i;

	value = span_trim(value);
	if (value.len == 0)
		return;
	for (i = 0; i < COUNT(member); i++)
		if (strcmp(member[i].name, name) == 0) {
			member[i].take(w, name, value);
			return;
		}
	if (is_file_field(name)) {
		if (w->files < COUNT(w->file))
			w->file[w->files++] = draft_copy(w->draft, value);
	} else if ((asked = choice_name(name)) != NULL && *asked != '\0')
		take_choice(w, name, asked, value);
	else
		draft_add(w->draft, name, value);
}

/* A bare file name is below the wiki's address; of a wiki nobody names it leads nowhere. */
static void
add_files(struct wiki *w)
{
	char url[URL_CHARS_MAX];
	size_t i;

	for (i = 0; i < w->files; i++) {
		struct span f = w->file[i];
		int bare = f.len > 0 && memchr(f.ptr, '/', f.len) == NULL && memchr(f.ptr, ' ', f.len) == NULL;

		if (f.len > 8 && starts_with(f.ptr, "http"))
			draft_add_whole(w->draft, "links", f);
		else if (bare && w->base.len > 0 && w->base.len + f.len + 7 < sizeof url) {
			snprintf(url, sizeof url, "%sfiles/%s", w->base.ptr, f.ptr);
			draft_add_whole(w->draft, "links", span_str(url));
		}
	}
}

static void
start(struct wiki *w, size_t row)
{
	draft_start(w->draft, row);
	w->base = (struct span){ 0 };
	w->files = 0;
}

static int
end(struct wiki *w, struct err *e)
{
	add_files(w);
	return draft_end(w->draft, w->each, w->ctx, e);
}

/* --- files ------------------------------------------------------------------------------------------- */

static int
on_entry(void *ctx, const char *key, json_t *entry, struct err *e)
{
	struct wiki *w = ctx;
	const char *name;
	json_t *v;

	if (!json_is_object(entry))
		return err_set(e, ERR_INPUT, "\"%.60s\" is not an entry of a form", key);
	start(w, ++w->row);
	if (*key != '\0')
		w->draft->item.id = draft_copy(w->draft, span_str(key));
	json_object_foreach(entry, name, v)
		if (json_is_string(v))
			take_value(w, name, (struct span){ json_string_value(v), json_string_length(v) });
		else
			draft_add_json(w->draft, name, v);
	return end(w, e);
}

/* An item that another reader made of a table's row or a feature. */
static int
on_item(void *ctx, const struct import_item *item, struct err *e)
{
	struct wiki *w = ctx;
	struct import_item *own = &w->draft->item;
	size_t i;

	start(w, item->row);
	own->wrong = item->wrong;
	own->has_position = item->has_position;
	own->lat = item->lat;
	own->lon = item->lon;
	own->licence = item->licence;
	for (i = 0; i < item->count; i++)
		if (item->cell[i].whole)
			draft_add_whole(w->draft, item->cell[i].name, item->cell[i].value);
		else
			take_value(w, item->cell[i].name, item->cell[i].value);
	return end(w, e);
}

int
yeswiki_read(struct import_input *in, import_item_fn *each, void *ctx, struct err *e)
{
	struct wiki w = { .each = each, .ctx = ctx, .labels = in->labels, .draft = draft_new(e) };
	struct json_cut how = { .map = 1, .item = on_entry, .ctx = &w };
	int rc = -1;

	if (w.draft == NULL)
		return -1;
	if (is_table(in))
		rc = csv_read(in, on_item, &w, e);
	else if (is_geojson(in))
		rc = geojson_read(in, on_item, &w, e);
	else
		rc = json_cut(in, &how, e);
	draft_free(w.draft);
	return rc;
}
