/* SPDX-License-Identifier: AGPL-3.0-or-later
 * gazetteer.h - the places of France by code, name and postcode, offline.
 *
 * Read from the table that ships with the program (deploy/places.tsv).  It has no
 * positions; those come from the records themselves.  Ambiguity is told, never guessed away.
 */
#ifndef NODE_CORE_GAZETTEER_H
#define NODE_CORE_GAZETTEER_H

#include <stddef.h>
#include <stdint.h>

#include "proto/buf.h"

struct err;
struct gazetteer;

struct place {
	char type;		/* C commune, A arrondissement, D former commune, E EPCI, T territorial, P departement, R region */
	struct span code, name;
	uint32_t population;
	struct span parent;	/* C: its EPCI; A, D: its commune */
	struct span departement, region;
	struct span postcodes;	/* parted by spaces */
};

/* path NULL: beside the program (../share/essaim/places.tsv, then ../../deploy/places.tsv).  A missing file
 * gives an empty gazetteer. */
int	gazetteer_open(const char *path, struct gazetteer **out, struct err *e);
void	gazetteer_close(struct gazetteer *g);

/* By code: communes, arrondissements and former communes (their successor is in parent) share one space of
 * codes, so do departements ("29") and EPCI ("242900835").  NULL when unknown. */
const struct place *gazetteer_code(const struct gazetteer *g, struct span code);

/* Current communes of that name (case, accents, hyphens and "Saint/St" aside), within the postcode when it
 * is not empty; by postcode alone when the name is empty.  Returns how many there are; the first max are
 * put into out. */
size_t	gazetteer_find(const struct gazetteer *g, struct span name, struct span postcode,
	    const struct place **out, size_t max);

/* All of them, in the order of the table: i below gazetteer_count. */
size_t	gazetteer_count(const struct gazetteer *g);
const struct place *gazetteer_at(const struct gazetteer *g, size_t i);

/* The codes of the current communes that lie in an EPCI or département, in order, at most max: how many. */
size_t	gazetteer_members(const struct gazetteer *g, struct span area, struct span *out, size_t max);

/* Does the commune lie in the area (a commune, departement or EPCI code)? */
int	gazetteer_within(const struct gazetteer *g, struct span commune, struct span area);

#endif
