/* SPDX-License-Identifier: AGPL-3.0-or-later
 * linked.h - reads JSON-LD as people write it: names with or without a prefix, one value or a list of them, texts
 * bare or wrapped.  No context is ever fetched; the local name is what counts. */
#ifndef TOOLS_IMPORT_LINKED_H
#define TOOLS_IMPORT_LINKED_H

#include <jansson.h>

#include "tools/import/draft.h"

#define LINKED_NUMBER_BYTES 32

/* "name" of "name", "schema:name", "https://schema.org/name", "ldp#name". */
const char *linked_local(const char *name);
/* The member of this local name; NULL when there is none or object is no object. */
json_t	*linked_get(json_t *object, const char *name);
/* One value of several, one alone counting as a list of one; NULL past the last. */
json_t	*linked_item(json_t *v, size_t i);
/* The first text of a value: a scalar's, an @value's, an @id's, else a name's; borrowed.  number: room. */
struct span linked_text(json_t *v, char number[LINKED_NUMBER_BYTES]);
struct span linked_member_text(json_t *object, const char *name, char number[LINKED_NUMBER_BYTES]);
/* The local name of its type ("@type" or "type"); of several the i-th; NULL past the last. */
const char *linked_type(json_t *object, size_t i);
int	linked_is_a(json_t *object, const char *type);

/* --- into items -------------------------------------------------------------------------------------- */

/* A cell of the first text; of all texts, one whole cell each. */
void	linked_add(struct import_draft *d, const char *cell, json_t *v);
void	linked_add_all(struct import_draft *d, const char *cell, json_t *v);
/* A postal address, as an object with the parts named so, or on one line; before: what stands before the street
 * ("Salle Kerlann"), or empty. */
struct linked_address {
	const char *street, *postcode, *commune;
};
void	linked_add_address(struct import_draft *d, const struct linked_address *part, json_t *v, struct span before);
/* Latitude and longitude that are members of v. */
void	linked_add_position(struct import_draft *d, json_t *v);

#endif
