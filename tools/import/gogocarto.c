/* SPDX-License-Identifier: AGPL-3.0-or-later
 * gogocarto.c - what a GoGoCarto (Transiscope, Près de chez nous, …) answers at /api/elements.json.
 *
 * Three ontologies: gogofull has objects; gogocompact has arrays of which only the order tells what is what;
 * gogosync says which elements exist and when they last changed.  Elements
 * that wait for moderation are not ours to publish; a status below -1 says that the element is no more.
 */
#include <stdlib.h>
#include <string.h>

#include "proto/err.h"
#include "tools/import/draft.h"
#include "tools/import/json.h"
#include "tools/import/labels.h"
#include "tools/import/peek.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct gogo {
	import_item_fn *each;
	void *ctx;
	const struct labels *labels;
	struct import_draft *draft;
	size_t row;
	char *licence;
	int lists_only;		/* gogosync */
};

int
gogocarto_recognise(const struct import_input *in)
{
	struct span v;

	if (peek_first(in) != '{')
		return SURE_NOT;
	if (peek_member(in, "ontology", 1, &v) && v.len > 5 && memcmp(v.ptr, "\"gogo", 5) == 0)
		return SURE_YES;
	return peek_member(in, "data", 1, NULL) && peek_member(in, "geo", 3, NULL) &&
	    (peek_member(in, "optionValues", 3, NULL) || peek_member(in, "categories", 3, NULL) ||
	    peek_member(in, "taxonomy", 3, NULL)) ? SURE_LIKELY : SURE_NOT;
}

/* --- members ---------------------------------------------------------------------------------------- */

static int
coordinate(json_t *v, double *out)
{
	if (json_is_number(v)) {
		*out = json_number_value(v);
		return 1;
	}
	return json_is_string(v) && import_number(span_str(json_string_value(v)), out);
}

static void
take_position(struct gogo *g, json_t *lat, json_t *lon)
{
	struct import_item *item = &g->draft->item;

	if (!item->has_position)
		item->has_position = coordinate(lat, &item->lat) && coordinate(lon, &item->lon);
}

static void
take_geo(struct gogo *g, const char *name, json_t *v)
{
	(void)name;
	take_position(g, json_object_get(v, "latitude"), json_object_get(v, "longitude"));
}

static void
take_id(struct gogo *g, const char *name, json_t *v)
{
	char number[24];

	(void)name;
	if (json_is_string(v))
		g->draft->item.id = draft_copy(g->draft, (struct span){ json_string_value(v), json_string_length(v) });
	else if (json_is_integer(v)) {
		snprintf(number, sizeof number, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
		g->draft->item.id = draft_copy(g->draft, span_str(number));
	}
}

/* An element that one of us sent out says itself when it was last confirmed, if ever. */
static int
is_ours(struct span id)
{
	return id.len > 8 && memcmp(id.ptr, "did:key:", 8) == 0;
}

static void
take_updated(struct gogo *g, const char *name, json_t *v)
{
	(void)name;
	if (!json_is_string(v) || !import_moment(span_str(json_string_value(v)), &g->draft->item.updated) ||
	    is_ours(g->draft->item.id))
		return;
	draft_add(g->draft, "confirmed", span_str(json_string_value(v)));
}

static void
take_status(struct gogo *g, const char *name, json_t *v)
{
	struct import_item *item = &g->draft->item;

	(void)name;
	if (!json_is_integer(v))
		return;
	if (json_integer_value(v) < -1)
		item->deleted = 1;
	else if (json_integer_value(v) < 1)
		item->wrong = "waits for moderation at its source";
}

/* An option: its name, else its number and what the taxonomy calls it. */
static void
take_option(struct gogo *g, json_t *v)
{
	struct span key, label;
	char number[24];

	if (json_is_object(v)) {
		json_t *name = json_object_get(v, "name");

		v = name != NULL ? name : json_object_get(v, "optionId") != NULL ? json_object_get(v, "optionId")
		    : json_object_get(v, "id");
	}
	if (json_is_integer(v)) {
		snprintf(number, sizeof number, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
		key = span_str(number);
	} else
		key = span_str(json_string_value(v));
	label = labels_find(g->labels, "", key);
	draft_add_whole(g->draft, "categories", label.len > 0 ? label : key);
}

static void
take_options(struct gogo *g, const char *name, json_t *v)
{
	json_t *option;
	size_t i;

	(void)name;
	json_array_foreach(v, i, option)
		take_option(g, option);
	if (json_is_string(v))
		draft_add(g->draft, "categories", span_str(json_string_value(v)));
}

/* {"We":"14:00-18:00"}, in the order in which a week has its days. */
static void
take_hours(struct gogo *g, const char *name, json_t *v)
{
	static const char *const day[] = { "Mo", "Tu", "We", "Th", "Fr", "Sa", "Su" };
	struct buf text = BUF_INIT(IMPORT_ITEM_BYTES_MAX);
	struct err full = { 0 };
	size_t i;

	if (!json_is_object(v)) {
		draft_add_json(g->draft, name, v);
		return;
	}
	for (i = 0; i < COUNT(day); i++) {
		const char *hours = json_string_value(json_object_get(v, day[i]));

		if (hours != NULL && *hours != '\0' && buf_addf(&text, &full, "%s%s %s", text.len == 0 ? "" : "; ",
		    day[i], hours) == -1)
			g->draft->item.wrong = "is too long";
	}
	draft_add(g->draft, "hours", buf_span(&text));
	buf_clear(&text);
}

static void
take_address(struct gogo *g, const char *name, json_t *v)
{
	static const char *const part[] = { "streetNumber", "streetAddress", "postalCode", "addressLocality" };
	struct span one;
	size_t i, any = 0;

	(void)name;
	for (i = 0; i < COUNT(part); i++) {
		one = span_str(json_string_value(json_object_get(v, part[i])));
		any += one.len;
		draft_add(g->draft, part[i], one);
	}
	if (any == 0)
		draft_add(g->draft, "street", span_str(json_string_value(json_object_get(v, "customFormatedAddress"))));
	if (json_is_string(v))
		draft_add(g->draft, "street", span_str(json_string_value(v)));
}

/* What is hidden is not ours to miss. */
static void
take_email(struct gogo *g, const char *name, json_t *v)
{
	const char *text = json_string_value(v);

	if (text != NULL && strcmp(text, "private") != 0 && strcmp(text, "hidden") != 0)
		draft_add(g->draft, name, span_str(text));
}

/* Addresses of images and files, absolute ones. */
static void
take_files(struct gogo *g, const char *name, json_t *v)
{
	const char *url = json_string_value(v);
	json_t *one;
	size_t i;

	json_array_foreach(v, i, one)
		take_files(g, name, json_is_object(one) ? json_object_get(one, "fileUrl") : json_is_string(one) ? one : NULL);
	if (url != NULL && strncmp(url, "http", 4) == 0)
		draft_add_whole(g->draft, "links", span_str(url));
}

static void
take_origin(struct gogo *g, const char *name, json_t *v)
{
	(void)name;
	draft_add(g->draft, "source_name", span_str(json_string_value(v)));
}

static void
take_nothing(struct gogo *g, const char *name, json_t *v)
{
	(void)g;
	(void)name;
	(void)v;
}

/* Members that mean something of their own here; all others are columns of the map's operator. */
static const struct {
	const char *name;
	void (*take)(struct gogo *g, const char *name, json_t *v);
} member[] = {
	{ "id", take_id }, { "geo", take_geo }, { "updatedAt", take_updated }, { "createdAt", take_nothing },
	{ "status", take_status }, { "moderationState", take_nothing }, { "address", take_address },
	{ "categories", take_options }, { "taxonomy", take_options }, { "optionValues", take_options },
	{ "categoriesFull", take_nothing }, { "openHours", take_hours }, { "email", take_email },
	{ "mail", take_email }, { "images", take_files }, { "image", take_files }, { "files", take_files },
	{ "sourceKey", take_origin }, { "coords", take_nothing }, { "isEditable", take_nothing },
	{ "editable", take_nothing }, { "searchScore", take_nothing }, { "stamps", take_nothing },
};

static void
read_full(struct gogo *g, json_t *element)
{
	const char *name;
	json_t *v;
	size_t i;

	json_object_foreach(element, name, v) {
		for (i = 0; i < COUNT(member) && strcmp(member[i].name, name) != 0; i++)
			continue;
		if (i < COUNT(member))
			member[i].take(g, name, v);
		else
			draft_add_json(g->draft, name, v);
	}
	if (json_object_get(element, "categories") == NULL && json_object_get(element, "optionValues") == NULL &&
	    json_object_get(element, "taxonomy") == NULL)
		take_options(g, "", json_object_get(element, "categoriesFull"));
}

/* ["id", ["name"], lat, lon, [options]?, status?, moderationState?].  "mapping" leaves the options out, so
 * types tell: the array after the position is the options', the first number after it the status. */
static void
read_compact(struct gogo *g, json_t *element)
{
	json_t *name = json_array_get(element, 1);
	size_t at = 4;

	take_id(g, "", json_array_get(element, 0));
	draft_add_json(g->draft, "name", json_is_array(name) ? json_array_get(name, 0) : name);
	take_position(g, json_array_get(element, 2), json_array_get(element, 3));
	if (json_is_array(json_array_get(element, at)))
		take_options(g, "", json_array_get(element, at++));
	take_status(g, "", json_array_get(element, at));
	if (is_ours(g->draft->item.id))
		g->draft->item.wrong = DRAFT_OWN_PAGE;	/* the little it says would replace the whole */
}

/* --- the file ---------------------------------------------------------------------------------------- */

static int
on_head(void *ctx, const char *name, json_t *v, struct err *e)
{
	struct gogo *g = ctx;

	if (strcmp(name, "ontology") == 0 && json_is_string(v))
		g->lists_only = strcmp(json_string_value(v), "gogosync") == 0;
	if (strcmp(name, "licence") != 0 || g->licence != NULL || json_string_length(v) == 0)
		return 0;
	g->licence = strdup(json_string_value(v));
	return g->licence == NULL ? err_memory(e) : 0;
}

static int
on_element(void *ctx, const char *key, json_t *element, struct err *e)
{
	struct gogo *g = ctx;

	(void)key;
	draft_start(g->draft, ++g->row);
	if (json_is_object(element))
		read_full(g, element);
	else if (json_is_array(element))
		read_compact(g, element);
	else
		return err_set(e, ERR_INPUT, "item %zu is not an element of a map", g->row);
	if (g->licence != NULL)
		g->draft->item.licence = span_str(g->licence);
	if (g->lists_only && !g->draft->item.deleted)
		g->draft->item.wrong = "is only listed (gogosync): ask the source for ontology=gogofull";
	return draft_end(g->draft, g->each, g->ctx, e);
}

int
gogocarto_read(struct import_input *in, import_item_fn *each, void *ctx, struct err *e)
{
	struct gogo g = { .each = each, .ctx = ctx, .labels = in->labels, .draft = draft_new(e) };
	struct json_cut how = { .list = { "data" }, .item = on_element, .head = on_head, .ctx = &g };
	int rc = g.draft == NULL ? -1 : json_cut(in, &how, e);

	draft_free(g.draft);
	free(g.licence);
	return rc;
}
