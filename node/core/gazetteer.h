/* SPDX-License-Identifier: AGPL-3.0-or-later
 * gazetteer.h - the places of France by code, name and postcode, offline.
 *
 * Read from the table that ships with the program (deploy/places.tsv).  It has no
 * positions; those come from the records themselves, or the operator loads them.  Ambiguity is told, never
 * guessed away.
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

/* The same for a name as directories have it: "RENNES CEDEX 7", "Lyon 3e", "Saint-Malo (35)", a former commune's
 * name (its successor is found), a postcode that is not in the table but tells the departement. */
size_t	gazetteer_guess(const struct gazetteer *g, struct span name, struct span postcode,
	    const struct place **out, size_t max);

/* Where communes lie, as the operator loaded it: lines "code TAB latitude TAB longitude", degrees times 10^7.
 * Replaces what was loaded before; other threads may go on asking meanwhile. */
#define CENTRES_MAX 100000
int	gazetteer_centres(struct gazetteer *g, struct span text, size_t *count, struct err *e);
/* 1 when it is known. */
int	gazetteer_centre(const struct gazetteer *g, struct span code, int32_t *lat_e7, int32_t *lon_e7);

/* The codes of the current communes that lie in an EPCI or département, in order, at most max: how many. */
size_t	gazetteer_members(const struct gazetteer *g, struct span area, struct span *out, size_t max);

/* Does the commune lie in the area (a commune, departement or EPCI code)? */
int	gazetteer_within(const struct gazetteer *g, struct span commune, struct span area);

#endif
