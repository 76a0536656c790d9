/* SPDX-License-Identifier: AGPL-3.0-or-later
 * extract.h - takes out of a record's content what search keeps, by the table of kinds.
 */
#ifndef NODE_SEARCH_EXTRACT_H
#define NODE_SEARCH_EXTRACT_H

#include <stdint.h>

#include "node/search/column.h"
#include "proto/buf.h"
#include "proto/kind.h"

struct err;

#define EXTRACT_LINKS_MAX 128
#define EXCERPT_BYTES_MAX 240	/* of a description that stands in for a missing summary */

struct extract_link {
	const char *field;	/* static: of the table of kinds */
	const char *target;
};

/* Texts are NULL where the content has none, and live in the arena given. */
struct extract {
	const char *title, *summary, *body;
	const char *commune, *insee, *postcode;
	const char *type, *by, *starts, *ends, *since, *until, *published, *event_status, *hours, *recurrence;
	const char *value;	/* of a relation: role, verdict */
	const char *website, *phone;
	const char *source_name, *source_url;	/* of what was taken from another directory */
	const char *key, *parent;	/* of a practice */
	int has_lat, has_lon;
	int32_t lat_e7, lon_e7;
	uint32_t axes, access, terms;
	int32_t status;		/* -1: none */
	int example;
	const char *practice[PRACTICES_MAX];
	size_t practices;
	struct extract_link link[EXTRACT_LINKS_MAX];
	size_t links;
	int32_t from_min, to_min;
};

/* Content is a canonical object that kind_check accepted; of others less is taken, never more than
 * there is.  ERR_MEMORY and ERR_LIMIT are the only failures. */
int	extract_content(enum kind kind, struct span content, struct arena *a, struct extract *out,
	    struct err *e);

#endif
