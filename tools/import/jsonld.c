/* SPDX-License-Identifier: AGPL-3.0-or-later
 * jsonld.c - schema.org's things, as search engines and tourist offices publish them, and the events of Mobilizon,
 * which speaks ActivityStreams.
 *
 * Both name what we need almost alike, so one table serves.  People are not imported, nor are accounts that
 * organise or attend; what is not addressed to the public, or is a draft, is not ours to publish.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "proto/err.h"
#include "tools/import/linked.h"
#include "tools/import/json.h"
#include "tools/import/peek.h"
#include "tools/import/when.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define NESTED_MAX 4		/* lists within lists, activities about activities */
#define INNER_MAX 2000		/* things of one list that is itself an item */

struct graph {
	import_item_fn *each;
	void *ctx;
	struct import_draft *draft;
	size_t row;
	const char *zone;	/* of the thing being read: its own, or the usual one */
	char zone_text[40];
};

int
jsonld_recognise(const struct import_input *in)
{
	struct span v;

	if ((peek_first(in) != '{' && peek_first(in) != '[') || !peek_member(in, "@context", 3, &v))
		return SURE_NOT;
	v.len = v.len < 400 ? v.len : 400;
	if (memmem(v.ptr, v.len, "schema.org", 10) != NULL || memmem(v.ptr, v.len, "activitystreams", 15) != NULL)
		return SURE_LIKELY + 10;
	return SURE_PERHAPS;
}

/* --- kinds -------------------------------------------------------------------------------------------- */

/* A type's name, or how the names of a family of types end. */
static const struct {
	const char *ending;
	enum kind kind;
	const char *document;	/* the type of a document */
} type_table[] = {
	{ "Event", KIND_EVENT, NULL }, { "Festival", KIND_EVENT, NULL }, { "Hackathon", KIND_EVENT, NULL },
	{ "CourseInstance", KIND_EVENT, NULL }, { "Project", KIND_INITIATIVE, NULL },
	{ "Offer", KIND_OFFER, NULL }, { "Demand", KIND_NEED, NULL },
	{ "Organization", KIND_ORGANISATION, NULL }, { "NGO", KIND_ORGANISATION, NULL },
	{ "Corporation", KIND_ORGANISATION, NULL }, { "Cooperative", KIND_ORGANISATION, NULL },
	{ "Consortium", KIND_ORGANISATION, NULL }, { "Association", KIND_ORGANISATION, NULL },
	{ "Group", KIND_ORGANISATION, NULL }, { "LocalBusiness", KIND_ORGANISATION, NULL },
	{ "Store", KIND_ORGANISATION, NULL }, { "CafeOrCoffeeShop", KIND_ORGANISATION, NULL },
	{ "Restaurant", KIND_ORGANISATION, NULL }, { "Place", KIND_PLACE, NULL }, { "CivicStructure", KIND_PLACE, NULL },
	{ "Library", KIND_PLACE, NULL }, { "Museum", KIND_PLACE, NULL }, { "Park", KIND_PLACE, NULL },
	{ "Theater", KIND_PLACE, NULL }, { "CommunityCenter", KIND_PLACE, NULL },
	{ "Article", KIND_DOCUMENT, "article" }, { "BlogPosting", KIND_DOCUMENT, "article" },
	{ "Book", KIND_DOCUMENT, "article" }, { "Report", KIND_DOCUMENT, "article" },
	{ "CreativeWork", KIND_DOCUMENT, "article" }, { "VideoObject", KIND_DOCUMENT, "video" },
	{ "Video", KIND_DOCUMENT, "video" }, { "WebPage", KIND_DOCUMENT, "link" },
};

static int
ends_with(const char *type, const char *ending)
{
	size_t n = strlen(type), k = strlen(ending);

	return n >= k && strcmp(type + n - k, ending) == 0;
}

/* What a thing is; the first type that is known decides. */
static size_t
find_type(json_t *thing)
{
	const char *type;
	size_t i, k;

	for (i = 0; (type = linked_type(thing, i)) != NULL; i++)
		for (k = 0; k < COUNT(type_table); k++)
			if (ends_with(type, type_table[k].ending))
				return k;
	return COUNT(type_table);
}

/* What a page says of itself beside what it is about. */
static int
is_furniture(json_t *thing)
{
	static const char *const type[] = { "WebSite", "BreadcrumbList", "ImageObject", "SearchAction", "SiteNavigationElement",
		"WPHeader", "WPFooter", "ContactPoint", "EntryPoint" };
	size_t i;

	for (i = 0; i < COUNT(type); i++)
		if (linked_is_a(thing, type[i]))
			return 1;
	return 0;
}

/* --- values ----------------------------------------------------------------------------------------------- */

static void
take_text(struct graph *g, const char *cell, json_t *v)
{
	linked_add(g->draft, cell, v);
}

static void
take_list(struct graph *g, const char *cell, json_t *v)
{
	if (json_is_string(v))		/* "a, b" */
		linked_add(g->draft, cell, v);
	else
		linked_add_all(g->draft, cell, v);
}

/* Mobilizon's categories are constants: "FOOD_DRINK". */
static void
take_category(struct graph *g, const char *cell, json_t *v)
{
	char number[LINKED_NUMBER_BYTES], word[64];
	struct span s = linked_text(v, number);
	size_t i;

	for (i = 0; i < s.len && i < sizeof word && ((s.ptr[i] >= 'A' && s.ptr[i] <= 'Z') || s.ptr[i] == '_'); i++)
		word[i] = s.ptr[i] == '_' ? ' ' : (char)(s.ptr[i] + 'a' - 'A');
	if (i > 0 && i == s.len)
		draft_add_whole(g->draft, cell, (struct span){ word, i });
	else
		take_list(g, cell, v);
}

static void
take_email(struct graph *g, const char *cell, json_t *v)
{
	char number[LINKED_NUMBER_BYTES];
	struct span s = linked_text(v, number);

	if (s.len > 7 && strncasecmp(s.ptr, "mailto:", 7) == 0)
		s = (struct span){ s.ptr + 7, s.len - 7 };
	draft_add(g->draft, cell, s);
}

static void
take_start(struct graph *g, const char *cell, json_t *v)
{
	char number[LINKED_NUMBER_BYTES], text[WHEN_CHARS + 1];
	struct span s = linked_text(v, number);

	draft_add(g->draft, cell, when_at_place(s, g->zone, text) ? span_str(text) : s);
}

/* A last day lasts until it is over. */
static void
take_end(struct graph *g, const char *cell, json_t *v)
{
	char number[LINKED_NUMBER_BYTES], text[WHEN_CHARS + 8];
	struct span s = linked_text(v, number);

	if (!when_at_place(s, g->zone, text)) {
		draft_add(g->draft, cell, s);
		return;
	}
	if (strlen(text) == 10)
		memcpy(text + 10, "T23:59", 7);
	draft_add(g->draft, cell, span_str(text));
}

static void
take_day(struct graph *g, const char *cell, json_t *v)
{
	char number[LINKED_NUMBER_BYTES], text[WHEN_CHARS + 1];
	struct span s = linked_text(v, number);

	if (when_at_place(s, g->zone, text))
		text[10] = '\0';
	draft_add(g->draft, cell, *text != '\0' ? span_str(text) : s);
}

/* "https://schema.org/EventCancelled", "CANCELLED": a word of our vocabulary. */
static void
take_word(struct graph *g, const char *cell, json_t *v)
{
	static const struct { const char *theirs, *ours; } word[] = {
		{ "EventCancelled", "cancelled" }, { "EventPostponed", "tentative" }, { "EventScheduled", "confirmed" },
		{ "EventRescheduled", "confirmed" }, { "EventMovedOnline", "confirmed" },
		{ "OnlineEventAttendanceMode", "online" }, { "OfflineEventAttendanceMode", "in-person" },
		{ "MixedEventAttendanceMode", "both" },
	};
	char number[LINKED_NUMBER_BYTES], text[80];
	struct span s = linked_text(v, number);
	const char *local;
	size_t i;

	if (s.len == 0 || s.len >= sizeof text)
		return;
	memcpy(text, s.ptr, s.len);
	text[s.len] = '\0';
	local = linked_local(text);
	for (i = 0; i < COUNT(word); i++)
		if (strcmp(local, word[i].theirs) == 0)
			local = word[i].ours;
	draft_add(g->draft, cell, span_str(local));
}

static void
take_online(struct graph *g, const char *cell, json_t *v)
{
	if (json_is_true(v))
		draft_add(g->draft, cell, SPAN("online"));
}

static void
take_free(struct graph *g, const char *cell, json_t *v)
{
	if (json_is_true(v))
		draft_add(g->draft, cell, SPAN("free"));
}

/* Absolute addresses only; of an image its own. */
static void
take_links(struct graph *g, const char *cell, json_t *v)
{
	char number[LINKED_NUMBER_BYTES];
	json_t *one, *url;
	struct span s;
	size_t i;

	for (i = 0; (one = linked_item(v, i)) != NULL; i++) {
		url = json_is_object(one) && linked_get(one, "url") != NULL ? linked_get(one, "url") : one;
		s = linked_text(url, number);
		if (s.len > 8 && strncasecmp(s.ptr, "http", 4) == 0)
			draft_add_whole(g->draft, cell, s);
	}
}

/* Hashtags, without their sign. */
static void
take_tags(struct graph *g, const char *cell, json_t *v)
{
	char number[LINKED_NUMBER_BYTES];
	json_t *one;
	size_t i;

	for (i = 0; (one = linked_item(v, i)) != NULL; i++) {
		struct span s = linked_text(one, number);

		if (s.len > 1 && s.ptr[0] == '#')
			s = (struct span){ s.ptr + 1, s.len - 1 };
		draft_add_whole(g->draft, cell, s);
	}
}

/* Names that attribution asks for; an account's address is none. */
static void
take_authors(struct graph *g, const char *cell, json_t *v)
{
	char number[LINKED_NUMBER_BYTES];
	json_t *one;
	size_t i;

	for (i = 0; (one = linked_item(v, i)) != NULL; i++) {
		struct span s = linked_text(one, number);

		if (s.len > 0 && memchr(s.ptr, '@', s.len) == NULL && memmem(s.ptr, s.len, "://", 3) == NULL)
			draft_add_whole(g->draft, cell, s);
	}
}

/* "Mo-Fr 09:00-17:00" as it is; objects with days, an opening and a closing hour. */
static void
take_hours(struct graph *g, const char *cell, json_t *v)
{
	struct buf text = BUF_INIT(4096);
	char number[LINKED_NUMBER_BYTES];
	struct err full = { 0 };
	json_t *one, *day;
	size_t i, k;

	for (i = 0; (one = linked_item(v, i)) != NULL; i++) {
		struct span opens = linked_member_text(one, "opens", number);

		if (!json_is_object(one)) {
			struct span s = linked_text(one, number);

			buf_addf(&text, &full, "%s%.*s", text.len > 0 ? "; " : "", (int)s.len, s.len > 0 ? s.ptr : "");
			continue;
		}
		buf_adds(&text, text.len > 0 ? "; " : "", &full);
		for (k = 0; (day = linked_item(linked_get(one, "dayOfWeek"), k)) != NULL; k++) {
			struct span s = linked_text(day, number);
			const char *name = s.len == 0 ? "" : linked_local(s.ptr);

			buf_addf(&text, &full, "%s%.2s", k > 0 ? "," : "", name);
		}
		opens = linked_member_text(one, "opens", number);
		buf_addf(&text, &full, " %.*s", (int)(opens.len < 5 ? opens.len : 5), opens.len > 0 ? opens.ptr : "");
		opens = linked_member_text(one, "closes", number);
		buf_addf(&text, &full, "-%.*s", (int)(opens.len < 5 ? opens.len : 5), opens.len > 0 ? opens.ptr : "");
	}
	draft_add(g->draft, cell, buf_span(&text));
	buf_clear(&text);
}

static const struct linked_address postal = { "streetAddress", "postalCode", "addressLocality" };

static void
take_address(struct graph *g, const char *cell, json_t *v)
{
	(void)cell;
	linked_add_address(g->draft, &postal, v, (struct span){ 0 });
}

static void
take_geo(struct graph *g, const char *cell, json_t *v)
{
	(void)cell;
	linked_add_position(g->draft, linked_item(v, 0));
}

/* A place, a text, or somewhere on the network; of several the first of each sort. */
static void
take_location(struct graph *g, const char *cell, json_t *v)
{
	char number[LINKED_NUMBER_BYTES];
	json_t *one, *address;
	size_t i;

	for (i = 0; i < 4 && (one = linked_item(v, i)) != NULL; i++) {
		if (linked_is_a(one, "VirtualLocation")) {
			linked_add(g->draft, "online_url", linked_get(one, "url"));
			continue;
		}
		if (!json_is_object(one)) {
			take_address(g, cell, one);
			continue;
		}
		address = linked_get(one, "address");
		linked_add_address(g->draft, &postal, address, linked_get(one, "name") == NULL ? (struct span){ 0 }
		    : linked_member_text(one, "name", number));
		linked_add_position(g->draft, linked_item(linked_get(one, "geo"), 0));
		linked_add_position(g->draft, one);
	}
}

/* --- a thing -------------------------------------------------------------------------------------------------- */

/* Of two members for one cell the first here counts. */
static const struct {
	const char *name, *cell;
	void (*take)(struct graph *g, const char *cell, json_t *v);
} member[] = {
	{ "name", "name", take_text }, { "headline", "name", take_text }, { "title", "name", take_text },
	{ "summary", "summary", take_text }, { "description", "description", take_text },
	{ "content", "description", take_text }, { "abstract", "description", take_text },
	{ "url", "website", take_links }, { "sameAs", "links", take_links }, { "image", "links", take_links },
	{ "email", "email", take_email }, { "telephone", "phone", take_text },
	{ "openingHours", "hours", take_hours }, { "openingHoursSpecification", "hours", take_hours },
	{ "foundingDate", "since", take_day }, { "validFrom", "since", take_day }, { "validThrough", "until", take_day },
	{ "startDate", "starts", take_start }, { "startTime", "starts", take_start },
	{ "endDate", "ends", take_end }, { "endTime", "ends", take_end }, { "timezone", "timezone", take_text },
	{ "eventStatus", "event_status", take_word }, { "status", "event_status", take_word },
	{ "eventAttendanceMode", "attendance", take_word }, { "isOnline", "attendance", take_online },
	{ "onlineAddress", "online_url", take_text }, { "isAccessibleForFree", "access", take_free },
	{ "keywords", "tags", take_list }, { "tag", "tags", take_tags }, { "category", "categories", take_category },
	{ "genre", "categories", take_list }, { "inLanguage", "lang", take_text },
	{ "address", "street", take_address }, { "location", "street", take_location }, { "geo", "lat", take_geo },
	{ "datePublished", "published", take_day }, { "author", "creators", take_authors },
	{ "creator", "creators", take_authors },
};

/* What may be said of documents alone: who wrote them, and when. */
static int
fits(enum kind kind, const char *cell)
{
	int of_document = strcmp(cell, "published") == 0 || strcmp(cell, "creators") == 0;
	int of_event = strcmp(cell, "event_status") == 0;

	return (!of_document || kind == KIND_DOCUMENT) && (!of_event || kind == KIND_EVENT);
}

static void
set_zone(struct graph *g, json_t *thing)
{
	char number[LINKED_NUMBER_BYTES];

	g->zone = when_zone(linked_member_text(thing, "timezone", number), g->zone_text, sizeof g->zone_text)
	    ? g->zone_text : WHEN_ZONE;
}

static void
set_id(struct graph *g, json_t *thing)
{
	static const char *const from[] = { "@id", "id", "url", "identifier" };
	char number[LINKED_NUMBER_BYTES];
	struct span s = { 0 };
	size_t i;

	for (i = 0; s.len == 0 && i < COUNT(from); i++)
		s = linked_member_text(thing, from[i], number);
	g->draft->item.id = draft_copy(g->draft, s);
	s = linked_member_text(thing, "license", number);
	g->draft->item.licence = draft_copy(g->draft, s);
	s = linked_member_text(thing, "dateModified", number);
	if (s.len == 0)
		s = linked_member_text(thing, "updated", number);
	import_moment(s, &g->draft->item.updated);
}

/* Is it addressed to somebody, and not to everybody?  (ActivityStreams 5.1) */
static int
is_addressed(json_t *thing)
{
	static const char *const list[] = { "to", "cc" };
	char number[LINKED_NUMBER_BYTES];
	size_t i, k, any = 0;
	json_t *one;

	for (k = 0; k < COUNT(list); k++)
		for (i = 0; (one = linked_item(json_object_get(thing, list[k]), i)) != NULL; i++, any++) {
			struct span s = linked_text(one, number);

			if (s.len >= 6 && memcmp(s.ptr + s.len - 6, "Public", 6) == 0)
				return 0;
		}
	return any > 0;
}

static const char *
find_wrong(json_t *thing, size_t type)
{
	char number[LINKED_NUMBER_BYTES];
	struct span id = linked_member_text(thing, "@id", number);

	if (linked_is_a(thing, "Person"))
		return "is about a person: not imported";
	if (type == COUNT(type_table))
		return "is of a type that no kind of record is for";
	if (is_addressed(thing) || json_is_true(json_object_get(thing, "draft")))
		return "is not public at its source";
	return draft_is_own_page(id) ? DRAFT_OWN_PAGE : NULL;
}

static int
read_thing(struct graph *g, json_t *thing, struct err *e)
{
	size_t type = find_type(thing), i;
	struct import_item *item = &g->draft->item;

	draft_start(g->draft, ++g->row);
	set_zone(g, thing);
	set_id(g, thing);
	if (linked_is_a(thing, "Tombstone") && item->id.len > 0)
		item->deleted = 1;
	else
		item->wrong = find_wrong(thing, type);
	item->kind = type == COUNT(type_table) ? KIND_UNKNOWN : type_table[type].kind;
	for (i = 0; i < COUNT(member); i++) {
		json_t *v = linked_get(thing, member[i].name);

		if (v != NULL && fits(item->kind, member[i].cell))
			member[i].take(g, item->kind == KIND_DOCUMENT && strcmp(member[i].cell, "website") == 0 ? "url"
			    : member[i].cell, v);
	}
	if (item->kind == KIND_DOCUMENT)
		draft_add(g->draft, "document_type", span_str(type_table[type].document));
	linked_add_position(g->draft, thing);
	return draft_end(g->draft, g->each, g->ctx, e);
}

/* --- lists and activities ------------------------------------------------------------------------------------- */

/* What stands around things: a list's entries, an activity's object; NULL: it is a thing itself. */
static json_t *
inner_things(json_t *v)
{
	static const struct { const char *type, *member; } around[] = {
		{ "ItemList", "itemListElement" }, { "DataFeed", "dataFeedElement" }, { "ListItem", "item" },
		{ "DataFeedItem", "item" }, { "Create", "object" }, { "Update", "object" }, { "Announce", "object" },
		{ "Delete", "object" }, { "OrderedCollection", "orderedItems" }, { "OrderedCollectionPage", "orderedItems" },
		{ "Collection", "items" }, { "CollectionPage", "items" },
	};
	size_t i;

	for (i = 0; i < COUNT(around); i++)
		if (linked_is_a(v, around[i].type))
			return linked_get(v, around[i].member);
	return NULL;
}

static int
read_deleted(struct graph *g, json_t *activity, struct err *e)
{
	char number[LINKED_NUMBER_BYTES];
	json_t *object = linked_get(activity, "object");

	draft_start(g->draft, ++g->row);
	g->draft->item.id = draft_copy(g->draft, json_is_object(object) ? linked_member_text(object, "id", number)
	    : linked_text(object, number));
	g->draft->item.deleted = 1;
	return draft_end(g->draft, g->each, g->ctx, e);
}

static int
read_any(struct graph *g, json_t *v, int depth, struct err *e)
{
	json_t *inner = inner_things(v), *one;
	size_t i;

	if (!json_is_object(v) || is_furniture(v))
		return 0;
	if (linked_is_a(v, "Delete") && linked_get(v, "object") != NULL)
		return read_deleted(g, v, e);
	if (inner == NULL || depth == NESTED_MAX)
		return read_thing(g, v, e);
	for (i = 0; i < INNER_MAX && (one = linked_item(inner, i)) != NULL; i++)
		if (read_any(g, one, depth + 1, e) == -1)
			return -1;
	return 0;
}

static int
on_thing(void *ctx, const char *key, json_t *v, struct err *e)
{
	(void)key;
	return read_any(ctx, v, 0, e);
}

int
jsonld_read(struct import_input *in, import_item_fn *each, void *ctx, struct err *e)
{
	struct graph g = { .each = each, .ctx = ctx, .draft = draft_new(e) };
	struct json_cut how = { .list = { "@graph", "itemListElement", "orderedItems", "dataFeedElement" },
		.item = on_thing, .ctx = &g };
	int rc = g.draft == NULL ? -1 : json_cut(in, &how, e);

	draft_free(g.draft);
	return rc;
}
