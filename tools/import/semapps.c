/* SPDX-License-Identifier: AGPL-3.0-or-later
 * semapps.c - an LDP container of SemApps, whose things are described with PAIR.
 *
 * What a thing is about is named by addresses; their last part is the word.  Older exports spell some properties
 * otherwise ("pair:email", "pair:locality"): both are rows of one table.
 */
#include <stdlib.h>
#include <string.h>

#include "proto/err.h"
#include "tools/import/json.h"
#include "tools/import/linked.h"
#include "tools/import/peek.h"
#include "tools/import/when.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct container {
	import_item_fn *each;
	void *ctx;
	struct import_draft *draft;
	size_t row;
};

int
semapps_recognise(const struct import_input *in)
{
	if (peek_first(in) != '{' && peek_first(in) != '[')
		return SURE_NOT;
	if (peek_member(in, "ldp:contains", 3, NULL) || peek_member(in, "http://www.w3.org/ns/ldp#contains", 3, NULL))
		return SURE_YES;
	return peek_member(in, "pair:label", 3, NULL) ? SURE_YES : SURE_NOT;
}

static const struct {
	const char *type;
	enum kind kind;
} type_table[] = {
	{ "Organization", KIND_ORGANISATION }, { "Group", KIND_ORGANISATION }, { "Project", KIND_INITIATIVE },
	{ "Activity", KIND_INITIATIVE }, { "Event", KIND_EVENT }, { "Place", KIND_PLACE }, { "Document", KIND_DOCUMENT },
	{ "Resource", KIND_RESOURCE }, { "MaterialResource", KIND_RESOURCE },
};

/* --- values ------------------------------------------------------------------------------------------ */

static void
take_text(struct container *c, const char *cell, json_t *v)
{
	linked_add(c->draft, cell, v);
}

static void
take_all(struct container *c, const char *cell, json_t *v)
{
	linked_add_all(c->draft, cell, v);
}

/* "https://example.org/themes/lien-social" is "lien-social". */
static void
take_word(struct container *c, const char *cell, json_t *v)
{
	char number[LINKED_NUMBER_BYTES];
	json_t *one;
	size_t i, n;

	for (i = 0; (one = linked_item(v, i)) != NULL; i++) {
		struct span s = linked_text(one, number);

		if (s.len == 0)
			continue;
		for (n = s.len; n > 0 && s.ptr[n - 1] != '/' && s.ptr[n - 1] != '#'; n--)
			continue;
		draft_add_whole(c->draft, cell, (struct span){ s.ptr + n, s.len - n });
	}
}

static void
take_when(struct container *c, const char *cell, json_t *v)
{
	char number[LINKED_NUMBER_BYTES], text[WHEN_CHARS + 1];
	struct span s = linked_text(v, number);

	draft_add(c->draft, cell, when_at_place(s, WHEN_ZONE, text) ? span_str(text) : s);
}

static void
take_updated(struct container *c, const char *cell, json_t *v)
{
	char number[LINKED_NUMBER_BYTES];
	struct span s = linked_text(v, number);

	if (import_moment(s, &c->draft->item.updated))
		draft_add(c->draft, cell, s);
}

static void
take_place(struct container *c, const char *cell, json_t *v)
{
	static const struct linked_address now = { "addressStreet", "addressZipCode", "addressLocality" };
	static const struct linked_address once = { "street", "addressZipcode", "locality" };
	char number[LINKED_NUMBER_BYTES];
	json_t *place = linked_item(v, 0), *address = linked_get(place, "hasPostalAddress");

	(void)cell;
	linked_add_position(c->draft, place);
	linked_add_address(c->draft, &now, address != NULL ? address : place, (struct span){ 0 });
	linked_add_address(c->draft, &once, address != NULL ? address : place, (struct span){ 0 });
	if (address == NULL)
		linked_add_address(c->draft, &now, linked_get(place, "label"), (struct span){ 0 });
	else if (linked_member_text(address, "addressStreet", number).len == 0)
		draft_add(c->draft, "street", linked_member_text(address, "label", number));
}

static const struct {
	const char *name, *cell;
	void (*take)(struct container *c, const char *cell, json_t *v);
} member[] = {
	{ "label", "name", take_text }, { "comment", "summary", take_text }, { "description", "description", take_text },
	{ "homePage", "website", take_all }, { "webPage", "website", take_all }, { "e-mail", "email", take_text },
	{ "email", "email", take_text }, { "phone", "phone", take_text }, { "hasLocation", "street", take_place },
	{ "hasPostalAddress", "street", take_place }, { "hasType", "categories", take_word },
	{ "hasTopic", "categories", take_word }, { "hasSector", "categories", take_word },
	{ "hasKeyword", "categories", take_word }, { "hasStatus", "status", take_word },
	{ "startDate", "starts", take_when }, { "endDate", "ends", take_when },
	{ "depictedBy", "links", take_all }, { "image", "links", take_all }, { "modified", "confirmed", take_updated },
};

/* --- the file ------------------------------------------------------------------------------------------ */

static enum kind
kind_of(json_t *thing)
{
	size_t i;

	for (i = 0; i < COUNT(type_table); i++)
		if (linked_is_a(thing, type_table[i].type))
			return type_table[i].kind;
	return KIND_UNKNOWN;
}

static int
on_thing(void *ctx, const char *key, json_t *thing, struct err *e)
{
	char number[LINKED_NUMBER_BYTES];
	struct container *c = ctx;
	struct import_item *item = &c->draft->item;
	struct span id = linked_member_text(thing, "id", number);
	size_t i;

	(void)key;
	if (!json_is_object(thing))	/* an address alone: the container lists, and says no more */
		return 0;
	draft_start(c->draft, ++c->row);
	if (id.len == 0)
		id = linked_member_text(thing, "@id", number);
	item->id = draft_copy(c->draft, id);
	draft_add(c->draft, "source_url", id);
	item->kind = kind_of(thing);
	if (linked_is_a(thing, "Person"))
		item->wrong = "is about a person: not imported";
	else if (item->kind == KIND_UNKNOWN)
		item->wrong = "is of a type that no kind of record is for";
	for (i = 0; i < COUNT(member); i++)
		if (linked_get(thing, member[i].name) != NULL)
			member[i].take(c, member[i].cell, linked_get(thing, member[i].name));
	if (item->kind == KIND_DOCUMENT)
		draft_add(c->draft, "document_type", SPAN("link"));
	if (item->kind == KIND_RESOURCE)
		draft_add(c->draft, "resource_type", SPAN("other"));
	return draft_end(c->draft, c->each, c->ctx, e);
}

int
semapps_read(struct import_input *in, import_item_fn *each, void *ctx, struct err *e)
{
	struct container c = { .each = each, .ctx = ctx, .draft = draft_new(e) };
	struct json_cut how = { .list = { "ldp:contains", "http://www.w3.org/ns/ldp#contains", "@graph" },
		.item = on_thing, .ctx = &c };
	int rc = c.draft == NULL ? -1 : json_cut(in, &how, e);

	draft_free(c.draft);
	return rc;
}
