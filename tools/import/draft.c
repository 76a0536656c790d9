/* SPDX-License-Identifier: AGPL-3.0-or-later
 * draft.c - see draft.h. */
#include "tools/import/draft.h"

#include <stdlib.h>
#include <string.h>

#include "proto/err.h"
#include "proto/jcs.h"

#define DEPTH_MAX 4		/* of members of members: deeper ones are of no use */

struct import_draft *
draft_new(struct err *e)
{
	struct import_draft *d = calloc(1, sizeof *d);

	if (d == NULL)
		err_memory(e);
	else
		d->text.max = 4 * IMPORT_ITEM_BYTES_MAX;
	return d;
}

void
draft_free(struct import_draft *d)
{
	if (d == NULL)
		return;
	arena_clear(&d->text);
	free(d);
}

void
draft_start(struct import_draft *d, size_t row)
{
	arena_clear(&d->text);
	d->item = (struct import_item){ .row = row, .cell = d->cell };
}

struct span
draft_copy(struct import_draft *d, struct span text)
{
	char *copy = text.len > IMPORT_ITEM_BYTES_MAX ? NULL : arena_copy(&d->text, text);

	return copy == NULL ? (struct span){ 0 } : (struct span){ copy, text.len };
}

static void
add_cell(struct import_draft *d, const char *name, struct span value, int whole)
{
	struct import_cell *c = &d->cell[d->item.count];

	if (value.len == 0)
		return;
	if (d->item.count == IMPORT_CELLS_MAX)
		d->item.wrong = "has too many values";
	else if (!import_is_utf8(value) || !import_is_utf8(span_str(name)))
		d->item.wrong = "has text that is not UTF-8";
	else if (d->text.used + value.len > 2 * IMPORT_ITEM_BYTES_MAX ||
	    (c->value = draft_copy(d, value)).ptr == NULL ||
	    (c->name = arena_copy(&d->text, span_str(name))) == NULL)
		d->item.wrong = "is too long";
	else {
		c->whole = whole;
		d->item.count++;
	}
}

void
draft_add(struct import_draft *d, const char *name, struct span value)
{
	add_cell(d, name, value, 0);
}

void
draft_add_whole(struct import_draft *d, const char *name, struct span value)
{
	add_cell(d, name, value, 1);
}

/* --- JSON ---------------------------------------------------------------------------------------- */

/* A scalar's text; number is room for one.  0: it is none. */
static int
scalar(json_t *v, char number[JCS_NUMBER_BYTES], struct span *out)
{
	int n;

	if (json_is_string(v))
		*out = (struct span){ json_string_value(v), json_string_length(v) };
	else if (json_is_integer(v)) {
		n = snprintf(number, JCS_NUMBER_BYTES, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
		*out = (struct span){ number, (size_t)n };
	} else if (json_is_real(v) && jcs_number(json_real_value(v), number) != -1)
		*out = span_str(number);
	else if (json_is_boolean(v))
		*out = span_str(json_is_true(v) ? "true" : "false");
	else
		return 0;
	return 1;
}

/* What an object in a list is called. */
static json_t *
title_of(json_t *object)
{
	static const char *const member[] = { "name", "title", "label", "nom", "url" };
	json_t *v = NULL;
	size_t i;

	for (i = 0; v == NULL && i < sizeof member / sizeof member[0]; i++)
		v = json_object_get(object, member[i]);
	return v;
}

static void
add_array(struct import_draft *d, const char *name, json_t *array)
{
	char number[JCS_NUMBER_BYTES];
	struct span text;
	json_t *v;
	size_t i;

	json_array_foreach(array, i, v)
		if (scalar(json_is_object(v) ? title_of(v) : v, number, &text))
			draft_add_whole(d, name, text);
}

static void
add_value(struct import_draft *d, const char *name, json_t *v, int depth)
{
	char path[IMPORT_NAME_CHARS_MAX * 2], number[JCS_NUMBER_BYTES];
	const char *member;
	struct span text;
	json_t *inner;

	if (scalar(v, number, &text))
		draft_add(d, name, text);
	else if (json_is_array(v))
		add_array(d, name, v);
	else if (json_is_object(v) && depth < DEPTH_MAX)
		json_object_foreach(v, member, inner) {
			if (member[0] == '_' || member[0] == '@')
				continue;
			if ((size_t)snprintf(path, sizeof path, "%s%s%s", name, *name == '\0' ? "" : ".", member) <
			    sizeof path)
				add_value(d, path, inner, depth + 1);
		}
}

void
draft_add_json(struct import_draft *d, const char *name, json_t *v)
{
	add_value(d, name, v, 0);
}

int
draft_is_own_page(struct span address)
{
	return address.len > 0 && (memmem(address.ptr, address.len, "/i/did:key:", 11) != NULL ||
	    memmem(address.ptr, address.len, "/api/murmurations/did:key:", 26) != NULL);
}

int
draft_end(struct import_draft *d, import_item_fn *each, void *ctx, struct err *e)
{
	return each(ctx, &d->item, e);
}
