/* SPDX-License-Identifier: AGPL-3.0-or-later
 * openfairdb.c - entries of OpenFairDB (Kartevonmorgen), as its API answers them or as its CSV export has them.
 *
 * Its categories are three, by fixed identifiers; what an entry is about is in its tags.
 */
#include <stdlib.h>
#include <string.h>

#include "proto/err.h"
#include "tools/import/draft.h"
#include "tools/import/json.h"
#include "tools/import/peek.h"
#include "tools/import/when.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct entries {
	import_item_fn *each;
	void *ctx;
	struct import_draft *draft;
	size_t row;
};

static int
is_table(const struct import_input *in)
{
	struct span s = import_input_text(in);

	s = span_cut(&s, '\n');
	return s.len > 3 && memcmp(s.ptr, "id,", 3) == 0 && memmem(s.ptr, s.len, ",version,", 9) != NULL &&
	    memmem(s.ptr, s.len, ",contact_email,", 15) != NULL && memmem(s.ptr, s.len, ",avg_rating", 11) != NULL;
}

int
openfairdb_recognise(const struct import_input *in)
{
	char first = peek_first(in);

	if (first != '[' && first != '{')
		return is_table(in) ? SURE_YES : SURE_NOT;
	return peek_member(in, "lng", 3, NULL) && peek_member(in, "version", 3, NULL) && peek_member(in, "title", 3, NULL) &&
	    peek_member(in, "license", 3, NULL) ? SURE_LIKELY : SURE_NOT;
}

static const struct {
	const char *id;
	enum kind kind;
} category[] = {
	{ "2cd00bebec0c48ba9db761da48678134", KIND_INITIATIVE },	/* non-profit */
	{ "77b3c33a92554bcf8e8c2c86cedd6f6f", KIND_ORGANISATION },	/* commercial */
	{ "c2dc278a2d6a4b9b8a50cb606fc017ed", KIND_EVENT },
};

static void
take_categories(struct entries *w, struct span list)
{
	size_t i;

	while (list.len > 0) {
		struct span one = span_trim(span_cut(&list, ','));

		for (i = 0; i < COUNT(category); i++)
			if (span_is(one, category[i].id))
				break;
		if (i < COUNT(category))
			w->draft->item.kind = category[i].kind;
		else
			draft_add_whole(w->draft, "categories", one);
	}
}

/* Unix seconds: of an entry's version; of an event's beginning and end. */
static int
take_moment(struct entries *w, const char *name, struct span value)
{
	char text[WHEN_CHARS + 1];
	double at;

	if (!import_number(value, &at) || at < 0 || at > 4e9)
		return 0;
	if (strcmp(name, "created") == 0 || strcmp(name, "created_at") == 0) {
		w->draft->item.updated = (int64_t)at;
		if (when_from_unix((int64_t)at, text))
			draft_add(w->draft, "confirmed", (struct span){ text, 10 });
	} else if (when_local((int64_t)at, WHEN_ZONE, text) || when_from_unix((int64_t)at, text)) {
		draft_add(w->draft, strcmp(name, "start") == 0 ? "starts" : "ends", span_str(text));
		w->draft->item.kind = KIND_EVENT;
	}
	return 1;
}

static void
take_value(struct entries *w, const char *name, struct span value)
{
	static const char *const silent[] = { "version", "country", "state", "avg_rating", "image_link_url" };
	static const char *const moment[] = { "created", "created_at", "start", "end" };
	size_t i;

	for (i = 0; i < COUNT(silent); i++)
		if (strcmp(name, silent[i]) == 0)
			return;
	for (i = 0; i < COUNT(moment); i++)
		if (strcmp(name, moment[i]) == 0 && take_moment(w, name, value))
			return;
	if (strcmp(name, "id") == 0)
		w->draft->item.id = draft_copy(w->draft, value);
	else if (strcmp(name, "license") == 0)
		w->draft->item.licence = draft_copy(w->draft, value);
	else if (strcmp(name, "categories") == 0)
		take_categories(w, value);
	else
		draft_add(w->draft, strcmp(name, "image_url") == 0 ? "links" : name, value);
}

/* [{"url","title"}] */
static void
take_links(struct entries *w, json_t *list)
{
	json_t *one;
	size_t i;

	json_array_foreach(list, i, one) {
		json_t *url = json_is_object(one) ? json_object_get(one, "url") : one;

		draft_add_whole(w->draft, "links", (struct span){ json_string_value(url), json_string_length(url) });
	}
}

static void
take_json(struct entries *w, const char *name, json_t *v)
{
	char number[32];
	json_t *one;
	size_t i;

	if (json_is_string(v))
		take_value(w, name, (struct span){ json_string_value(v), json_string_length(v) });
	else if (json_is_integer(v)) {
		snprintf(number, sizeof number, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
		take_value(w, name, span_str(number));
	} else if (strcmp(name, "links") == 0)
		take_links(w, v);
	else if (strcmp(name, "ratings") == 0)
		return;
	else if (strcmp(name, "categories") == 0)
		json_array_foreach(v, i, one)
			take_categories(w, (struct span){ json_string_value(one), json_string_length(one) });
	else
		draft_add_json(w->draft, name, v);
}

static int
on_entry(void *ctx, const char *key, json_t *entry, struct err *e)
{
	struct entries *w = ctx;
	const char *name;
	json_t *v;

	(void)key;
	if (!json_is_object(entry))
		return err_set(e, ERR_INPUT, "item %zu is not an entry", w->row + 1);
	draft_start(w->draft, ++w->row);
	json_object_foreach(entry, name, v)
		take_json(w, name, v);
	return draft_end(w->draft, w->each, w->ctx, e);
}

static int
on_row(void *ctx, const struct import_item *item, struct err *e)
{
	struct entries *w = ctx;
	size_t i;

	draft_start(w->draft, item->row);
	w->draft->item.wrong = item->wrong;
	for (i = 0; i < item->count; i++)
		take_value(w, item->cell[i].name, item->cell[i].value);
	return draft_end(w->draft, w->each, w->ctx, e);
}

int
openfairdb_read(struct import_input *in, import_item_fn *each, void *ctx, struct err *e)
{
	struct entries w = { .each = each, .ctx = ctx, .draft = draft_new(e) };
	struct json_cut how = { .list = { "visible", "entries" }, .item = on_entry, .ctx = &w };
	int rc = -1;

	if (w.draft != NULL)
		rc = is_table(in) ? csv_read(in, on_row, &w, e) : json_cut(in, &how, e);
	draft_free(w.draft);
	return rc;
}
