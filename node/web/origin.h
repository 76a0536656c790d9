/* SPDX-License-Identifier: AGPL-3.0-or-later
 * origin.h - from which other directory a record was taken, as its page says it.
 *
 * An address may hold a secret (the private address of an agenda), so the public reads only the name that the
 * operator gave the source, or the site it is at.
 */
#ifndef NODE_WEB_ORIGIN_H
#define NODE_WEB_ORIGIN_H

#include "node/web/visit.h"

/* name, else the host of url, else url itself (the name of a file). */
const char	*origin_name(struct visit *v, const char *name, const char *url);

struct origin {
	const char *name, *href;	/* href: the site's front page, or NULL */
	const char *seen;		/* the day it was last in it */
	int gone;			/* it is no longer there, and stays here all the same */
};

/* 1 with *out when the record of this reference was taken from somewhere; 0, -1. */
int	origin_of(struct visit *v, const char *ref, struct origin *out, struct err *e);

#endif
