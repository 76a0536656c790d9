/* SPDX-License-Identifier: AGPL-3.0-or-later
 * draft.h - an item while its reader puts it together: owns the texts that the item's cells point to. */
#ifndef TOOLS_IMPORT_DRAFT_H
#define TOOLS_IMPORT_DRAFT_H

#include <jansson.h>

#include "tools/import/import.h"

struct import_draft {
	struct import_item item;	/* what a reader knows itself is set here */
	struct import_cell cell[IMPORT_CELLS_MAX];
	struct arena text;
};

/* Large: allocate it once for a file.  ERR_MEMORY gives NULL. */
struct import_draft *draft_new(struct err *e);
void	draft_free(struct import_draft *d);		/* NULL is fine */

/* Empty it for the next item. */
void	draft_start(struct import_draft *d, size_t row);

/* A cell, both texts copied; an empty value adds none.  What does not fit (IMPORT_CELLS_MAX,
 * IMPORT_ITEM_BYTES_MAX) or is not UTF-8 makes the item wrong, in words: it will be refused. */
void	draft_add(struct import_draft *d, const char *name, struct span value);
/* One of a list's values: call it for each, with the same name. */
void	draft_add_whole(struct import_draft *d, const char *name, struct span value);

/* A JSON value under a name: a scalar is a cell, an array's elements are whole cells (of objects in it their
 * name, title or label), an object's members are cells "name.member".  name "" is the item itself.  Members
 * that begin with "_" or "@" are left out, so are the ones that are nested deeper than an address in a place. */
void	draft_add_json(struct import_draft *d, const char *name, json_t *v);

/* A copy that lasts as long as the draft's item: for item.id, item.licence.  Empty when memory ends. */
struct span draft_copy(struct import_draft *d, struct span text);

/* Is address a page of an Essaim node, whose records come signed by exchange and not by import? */
int	draft_is_own_page(struct span address);
#define DRAFT_OWN_PAGE "is a record of an Essaim node: exchange with that node, or import its NDJSON"

/* Hand the item over. */
int	draft_end(struct import_draft *d, import_item_fn *each, void *ctx, struct err *e);

#endif
