/* SPDX-License-Identifier: AGPL-3.0-or-later
 * twin.h - how likely it is that two records tell of one thing, and which pairs are worth asking about.
 *
 * Nothing here reads a file: records come as an array.  Pairs are looked for among those that share a key (an
 * address on the web, a telephone number, a name, a word of the name in one commune or one square kilometre),
 * so that the work grows with the number of records and never with its square.
 */
#ifndef NODE_SEARCH_TWIN_H
#define NODE_SEARCH_TWIN_H

#include <stddef.h>
#include <stdint.h>

#include "node/search/column.h"
#include "proto/buf.h"
#include "proto/kind.h"

struct err;

#define TWIN_SCORE_MIN	65	/* from here on a pair is worth a human's look */
#define TWIN_SCORE_SURE	85
#define TWIN_WINDOW	24	/* each record is compared with so many of those after it that share a key */
#define TWIN_COMMON	5	/* records that have one name: it tells nothing any more */
#define TWIN_KEY_BYTES	160	/* of a site or a telephone number made comparable */

/* What a score comes from; bits 1 << reason. */
enum twin_reason {
	TWIN_NAME, TWIN_NAME_ALIKE, TWIN_NAME_COMMON, TWIN_SITE, TWIN_HOST, TWIN_PHONE, TWIN_NEAR, TWIN_AROUND,
	TWIN_COMMUNE, TWIN_PRACTICE, TWIN_FAR, TWIN_ELSEWHERE,
	TWIN__COUNT
};
/* Its code, as the API says it: "name", "name-alike"... */
const char *twin_reason_code(enum twin_reason r);

/* One record.  Texts borrow; site and phone as twin_site and twin_phone make them, "" without. */
struct twin_record {
	const char *title, *site, *phone;
	enum kind kind;
	uint32_t commune;		/* number of a name; 0: none */
	int32_t lat_e7, lon_e7;		/* NO_POSITION */
	int32_t from_min;		/* of an event: when it takes place */
	uint16_t practice[PRACTICES_MAX];
	size_t practices;
	int common;			/* its name is borne by many: twin_pairs finds out */
};

/* "www.exemple.org/a" of "https://www.exemple.org/a/?x": without scheme, "www.", port, query and last slash, in
 * small letters.  "" of what is none. */
void	twin_site(const char *url, char out[TWIN_KEY_BYTES]);
/* "0298123456" of "+33 (0)2 98 12 34 56"; "" of fewer than six digits. */
void	twin_phone(const char *phone, char out[TWIN_KEY_BYTES]);

/* 0 to 100, and why; 0 for kinds that cannot be one thing. */
int	twin_score(const struct twin_record *a, const struct twin_record *b, unsigned *reasons);

struct twin_pair {
	uint32_t a, b;			/* places in the array; a < b */
	int score;
	unsigned reasons;
};

/* Pairs of TWIN_SCORE_MIN or more, the surest first, in the arena; common is set in record. */
int	twin_pairs(struct twin_record *record, size_t count, struct arena *a, struct twin_pair **out, size_t *n,
	    struct err *e);

#endif
