/* SPDX-License-Identifier: AGPL-3.0-or-later
 * linked.c - see linked.h. */
#include "tools/import/linked.h"

#include <stdio.h>
#include <string.h>

#include "proto/jcs.h"
#include "tools/import/address.h"

#define NAMES_MAX 8	/* objects that are named by objects that are named… */

const char *
linked_local(const char *name)
{
	const char *p, *local = name;

	for (p = name; *p != '\0'; p++)
		if ((*p == ':' || *p == '/' || *p == '#') && p[1] != '\0')
			local = p + 1;
	return local;
}

json_t *
linked_get(json_t *object, const char *name)
{
	json_t *v = json_object_get(object, name);
	const char *key;
	json_t *inner;

	if (v != NULL)
		return v;
	json_object_foreach(object, key, inner)
		if (strcmp(linked_local(key), name) == 0)
			return inner;
	return NULL;
}

json_t *
linked_item(json_t *v, size_t i)
{
	if (json_is_array(v))
		return json_array_get(v, i);
	return i == 0 && !json_is_null(v) ? v : NULL;
}

struct span
linked_text(json_t *v, char number[LINKED_NUMBER_BYTES])
{
	int depth, n;

	for (depth = 0; depth < NAMES_MAX && (json_is_array(v) || json_is_object(v)); depth++) {
		json_t *whole = v;

		if (json_is_array(v)) {
			v = json_array_get(v, 0);
			continue;
		}
		if ((v = json_object_get(whole, "@value")) == NULL && (v = linked_get(whole, "name")) == NULL &&
		    (v = json_object_get(whole, "@id")) == NULL && (v = json_object_get(whole, "id")) == NULL)
			v = linked_get(whole, "url");
	}
	if (json_is_string(v))
		return span_trim((struct span){ json_string_value(v), json_string_length(v) });
	if (json_is_integer(v))
		n = snprintf(number, LINKED_NUMBER_BYTES, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
	else if (json_is_real(v))
		n = jcs_number(json_real_value(v), number);
	else
		return json_is_true(v) ? SPAN("true") : (struct span){ 0 };
	return (struct span){ number, n < 0 ? 0 : (size_t)n };
}

struct span
linked_member_text(json_t *object, const char *name, char number[LINKED_NUMBER_BYTES])
{
	return linked_text(linked_get(object, name), number);
}

const char *
linked_type(json_t *object, size_t i)
{
	json_t *v = json_object_get(object, "@type");
	const char *type;

	if (v == NULL)
		v = json_object_get(object, "type");
	type = json_string_value(linked_item(v, i));
	return type == NULL ? NULL : linked_local(type);
}

int
linked_is_a(json_t *object, const char *type)
{
	const char *own;
	size_t i;

	for (i = 0; (own = linked_type(object, i)) != NULL; i++)
		if (strcmp(own, type) == 0)
			return 1;
	return 0;
}

/* --- into items ---------------------------------------------------------------------------------------- */

void
linked_add(struct import_draft *d, const char *cell, json_t *v)
{
	char number[LINKED_NUMBER_BYTES];

	draft_add(d, cell, linked_text(v, number));
}

void
linked_add_all(struct import_draft *d, const char *cell, json_t *v)
{
	char number[LINKED_NUMBER_BYTES];
	json_t *one;
	size_t i;

	for (i = 0; (one = linked_item(v, i)) != NULL; i++)
		draft_add_whole(d, cell, linked_text(one, number));
}

static void
add_street(struct import_draft *d, struct span before, struct span street)
{
	char text[1000];

	if (before.len == 0 || street.len == 0)
		draft_add(d, "street", before.len > 0 ? before : street);
	else if ((size_t)snprintf(text, sizeof text, "%.*s, %.*s", (int)(before.len < 400 ? before.len : 400), before.ptr,
	    (int)(street.len < 400 ? street.len : 400), street.ptr) < sizeof text)
		draft_add(d, "street", before.len < 400 && street.len < 400 ? span_str(text) : street);
}

void
linked_add_address(struct import_draft *d, const struct linked_address *part, json_t *v, struct span before)
{
	char number[LINKED_NUMBER_BYTES];
	json_t *one = linked_item(v, 0);
	struct address a;

	if (json_is_object(one)) {
		add_street(d, before, linked_member_text(one, part->street, number));
		draft_add(d, "postcode", linked_member_text(one, part->postcode, number));
		draft_add(d, "commune", linked_member_text(one, part->commune, number));
		return;
	}
	address_split(linked_text(one, number), &a);
	add_street(d, before, a.street);
	draft_add(d, "postcode", a.postcode);
	draft_add(d, "commune", a.commune);
}

void
linked_add_position(struct import_draft *d, json_t *v)
{
	char number[LINKED_NUMBER_BYTES];
	struct import_item *item = &d->item;
	double lat, lon;

	if (item->has_position || !import_number(linked_member_text(v, "latitude", number), &lat) ||
	    !import_number(linked_member_text(v, "longitude", number), &lon))
		return;
	item->has_position = 1;
	item->lat = lat;
	item->lon = lon;
}
