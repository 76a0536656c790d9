/* SPDX-License-Identifier: AGPL-3.0-or-later
 * murmurations.c - profiles of organisations, offers and wants, and what an index says of them.
 *
 * A profile is known by its own address, in an index as profile_url, read alone as the address it came from, so
 * that both ways find the same record.
 */
#include <stdlib.h>
#include <string.h>

#include "proto/err.h"
#include "tools/import/address.h"
#include "tools/import/draft.h"
#include "tools/import/json.h"
#include "tools/import/peek.h"
#include "tools/import/when.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct profiles {
	import_item_fn *each;
	void *ctx;
	struct import_draft *draft;
	const char *address;	/* of the file, or "" */
	size_t row;
};

int
murmurations_recognise(const struct import_input *in)
{
	if (peek_first(in) != '{' && peek_first(in) != '[')
		return SURE_NOT;
	if (peek_member(in, "profile_url", 4, NULL))
		return SURE_YES;
	return peek_member(in, "linked_schemas", 2, NULL) ? SURE_YES : SURE_NOT;
}

/* --- members ----------------------------------------------------------------------------------------- */

static void
take_place(struct profiles *p, const char *name, json_t *v)
{
	struct import_item *item = &p->draft->item;
	json_t *lat = json_object_get(v, "lat"), *lon = json_object_get(v, "lon");

	(void)name;
	if (!json_is_number(lat) || !json_is_number(lon) || item->has_position)
		return;
	item->has_position = 1;
	item->lat = json_number_value(lat);
	item->lon = json_number_value(lon);
}

static void
take_address(struct profiles *p, const char *name, json_t *v)
{
	struct address a;

	(void)name;
	address_split((struct span){ json_string_value(v), json_string_length(v) }, &a);
	draft_add(p->draft, "street", a.street);
	draft_add(p->draft, "postcode", a.postcode);
	draft_add(p->draft, "commune", a.commune);
}

/* [{"name","url"}]: the addresses. */
static void
take_urls(struct profiles *p, const char *name, json_t *v)
{
	json_t *one;
	size_t i;

	(void)name;
	json_array_foreach(v, i, one) {
		json_t *url = json_is_object(one) ? json_object_get(one, "url") : one;

		draft_add_whole(p->draft, "links", (struct span){ json_string_value(url), json_string_length(url) });
	}
}

/* Unix seconds as the day they fall on. */
static void
add_day(struct profiles *p, const char *name, json_t *v)
{
	char day[WHEN_CHARS + 1];

	if (json_is_integer(v) && when_from_unix(json_integer_value(v), day)) {
		day[10] = '\0';
		draft_add(p->draft, name, span_str(day));
	} else if (json_is_string(v))
		draft_add(p->draft, name, span_str(json_string_value(v)));
}

static void
take_since(struct profiles *p, const char *name, json_t *v)
{
	(void)name;
	add_day(p, "since", v);
}

static void
take_until(struct profiles *p, const char *name, json_t *v)
{
	(void)name;
	add_day(p, "until", v);
}

/* Milliseconds in an index of version 1, seconds in one of version 2. */
static void
take_updated(struct profiles *p, const char *name, json_t *v)
{
	int64_t at = json_is_integer(v) ? json_integer_value(v) : 0;

	(void)name;
	if (at > 0)
		p->draft->item.updated = at > INT64_C(100000000000) ? at / 1000 : at;
}

static void
take_id(struct profiles *p, const char *name, json_t *v)
{
	struct span url = { json_string_value(v), json_string_length(v) };

	(void)name;
	p->draft->item.id = draft_copy(p->draft, url);
	draft_add(p->draft, "source_url", url);
}

/* Of an index's node: posted, deleted…; of an organisation: active… */
static void
take_status(struct profiles *p, const char *name, json_t *v)
{
	static const char *const of_node[] = { "posted", "received", "validated", "validation_failed", "post_failed" };
	const char *text = json_string_value(v);
	size_t i;

	for (i = 0; text != NULL && i < COUNT(of_node); i++)
		if (strcmp(text, of_node[i]) == 0)
			return;
	if (text != NULL && strcmp(text, "deleted") == 0)
		p->draft->item.deleted = 1;
	else
		draft_add_json(p->draft, name, v);
}

static void
take_exchange(struct profiles *p, const char *name, json_t *v)
{
	const char *text = json_string_value(v);

	(void)name;
	if (text != NULL)
		p->draft->item.kind = strcmp(text, "want") == 0 ? KIND_NEED : KIND_OFFER;
}

static void
take_terms(struct profiles *p, const char *name, json_t *v)
{
	(void)name;
	draft_add_json(p->draft, "terms", v);
}

static void
take_nothing(struct profiles *p, const char *name, json_t *v)
{
	(void)p;
	(void)name;
	(void)v;
}

static const struct {
	const char *name;
	void (*take)(struct profiles *p, const char *name, json_t *v);
} member[] = {
	{ "linked_schemas", take_nothing }, { "profile_url", take_id }, { "last_updated", take_updated },
	{ "geolocation", take_place }, { "full_address", take_address }, { "urls", take_urls },
	{ "status", take_status }, { "starts_at", take_since }, { "expires_at", take_until }, { "expires", take_nothing },
	{ "exchange_type", take_exchange }, { "transaction_type", take_terms }, { "country_iso_3166", take_nothing },
	{ "country", take_nothing }, { "country_name", take_nothing },
};

/* --- the file ------------------------------------------------------------------------------------------ */

static void
add_members(struct profiles *p, json_t *profile)
{
	const char *name;
	json_t *v;
	size_t i;

	json_object_foreach(profile, name, v) {
		for (i = 0; i < COUNT(member) && strcmp(member[i].name, name) != 0; i++)
			continue;
		if (i < COUNT(member))
			member[i].take(p, name, v);
		else
			draft_add_json(p->draft, name, v);
	}
}

/* Of a schema for people a profile is personal, whatever it says. */
static int
is_person(json_t *profile)
{
	json_t *schema;
	size_t i;

	json_array_foreach(json_object_get(profile, "linked_schemas"), i, schema)
		if (json_is_string(schema) && strncmp(json_string_value(schema), "people_schema", 13) == 0)
			return 1;
	return 0;
}

static int
on_profile(void *ctx, const char *key, json_t *profile, struct err *e)
{
	struct profiles *p = ctx;
	struct import_item *item = &p->draft->item;

	(void)key;
	if (!json_is_object(profile))
		return err_set(e, ERR_INPUT, "item %zu is not a profile", p->row + 1);
	draft_start(p->draft, ++p->row);
	item->kind = KIND_ORGANISATION;
	add_members(p, profile);
	if (item->id.len == 0 && *p->address != '\0') {
		item->id = span_str(p->address);
		draft_add(p->draft, "source_url", item->id);
	}
	if (draft_is_own_page(item->id))
		item->wrong = DRAFT_OWN_PAGE;
	else if (is_person(profile))
		item->wrong = "is about a person: not imported";
	else if (!item->deleted && json_object_get(profile, "name") == NULL && json_object_get(profile, "title") == NULL &&
	    json_object_get(profile, "profile_url") != NULL)
		item->wrong = "is only listed by the index: import its profile from its address";
	return draft_end(p->draft, p->each, p->ctx, e);
}

int
murmurations_read(struct import_input *in, import_item_fn *each, void *ctx, struct err *e)
{
	int is_address = strncmp(in->name, "http://", 7) == 0 || strncmp(in->name, "https://", 8) == 0;
	struct profiles p = { .each = each, .ctx = ctx, .draft = draft_new(e),
		.address = is_address && peek_first(in) == '{' && !peek_member(in, "profile_url", 4, NULL) ? in->name : "" };
	struct json_cut how = { .list = { "data" }, .item = on_profile, .ctx = &p };
	int rc = p.draft == NULL ? -1 : json_cut(in, &how, e);

	draft_free(p.draft);
	return rc;
}
