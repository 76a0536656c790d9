/* SPDX-License-Identifier: AGPL-3.0-or-later
 * tiles.h - a tile server, where the operator names one: which addresses a page may then fetch images from.
 */
#ifndef NODE_WEB_TILES_H
#define NODE_WEB_TILES_H

#include <stddef.h>

/* The source for a Content-Security-Policy of an address such as "https://{s}.example.org/{z}-{x}-{y}.png"
 * into out (a star for {s}).  0 when it is no such address: then no tiles. */
int	tiles_source(const char *url, char *out, size_t size);

#endif
