/* SPDX-License-Identifier: AGPL-3.0-or-later
 * json.h - cuts a JSON file into the values that are its items, without holding the file. */
#ifndef TOOLS_IMPORT_JSON_H
#define TOOLS_IMPORT_JSON_H

#include <jansson.h>

#include "tools/import/import.h"

#define JSON_LISTS_MAX 8

struct json_cut {
	/* Arrays that are the value of a member of these names, at any depth outside items, hold the items; an
	 * object there is one item.  The elements of a top array always are items. */
	const char *list[JSON_LISTS_MAX];
	int map;	/* the members of the top object are the items (YesWiki) */
	/* Each item; key: its member's name in a map, else "".  v is any JSON value, borrowed. */
	int (*item)(void *ctx, const char *key, json_t *v, struct err *e);
	/* Scalar members of the top object ("licence"), all before the first item; of what cannot be read twice
	 * (a pipe) only those that stand before the items.  NULL: nobody asks. */
	int (*head)(void *ctx, const char *name, json_t *v, struct err *e);
	void *ctx;
};

/* A top object without any of the lists is one item itself (up to 16 MiB).  ERR_INPUT tells the item that is
 * not JSON by number, or that the file ends too early; null is a file without items. */
int	json_cut(struct import_input *in, const struct json_cut *how, struct err *e);

#endif
