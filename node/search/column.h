/* SPDX-License-Identifier: AGPL-3.0-or-later
 * column.h - what filters, facets and orders look at, in memory: one small row for each record.
 *
 * The indexer's thread owns it and changes it only with search's lock held for writing; readers look
 * with the lock held for reading.  Names (authors, communes, practices, types, languages) are numbered,
 * so that counting them is an addition.
 */
#ifndef NODE_SEARCH_COLUMN_H
#define NODE_SEARCH_COLUMN_H

#include <stddef.h>
#include <stdint.h>

#include "node/search/groups.h"
#include "node/search/plane.h"
#include "node/search/search.h"
#include "node/search/token.h"
#include "proto/buf.h"

struct err;

#define PRACTICES_MAX 12	/* of one record: kind.c */
#define NO_POSITION INT32_MIN
#define NO_BEGINNING INT32_MIN	/* holds since ever */
#define NO_END INT32_MAX	/* holds for ever */

enum column_flag { COLUMN_EXAMPLE = 1, COLUMN_OWN = 2, COLUMN_EVENT = 4, COLUMN_RECURRING = 8, COLUMN_TAKEN = 16 };

struct column {
	struct title_key title;
	int64_t updated;
	int32_t lat_e7, lon_e7;		/* NO_POSITION */
	int32_t lapse_day;		/* days since 1970: not shown from this day on */
	int32_t from_min, to_min;	/* minutes since 1970, local: when it takes place or holds */
	uint32_t author, commune;	/* numbers of names; 0: none */
	uint16_t lang, type;
	uint16_t terms;			/* bits 1 << vocab_index */
	uint8_t kind;			/* KIND_UNKNOWN: the row is free */
	uint8_t axes, access;
	int8_t status;
	uint8_t flags, practices;
	uint16_t practice[PRACTICES_MAX];
};

enum name_sort { NAME_AUTHOR, NAME_COMMUNE, NAME_PRACTICE, NAME_TYPE, NAME_LANG, NAME__COUNT };

struct name {
	char *key;		/* NULL: free */
	char *label;		/* never NULL where key is not */
	uint32_t parent;	/* of a practice; 0: none */
	int own;		/* of an author */
};

struct names {
	struct name *name;	/* by number; 0 is none */
	uint32_t count, cap;	/* count: the highest number + 1; at least 1 */
};

/* What every row is looked at for, packed: reading it in order is much quicker than reading the rows. */
struct column_key {
	void *block;		/* holds the arrays */
	int64_t *updated;
	int32_t *lat_e7, *lon_e7;
	uint32_t *author, *commune, *type;
};

struct columns {
	struct column *row;	/* by number; 0 is never used */
	struct column_key key;	/* likewise */
	uint32_t count, cap;
	uint32_t live;
	struct plane shown;	/* rows that are one */
	struct plane example;
	/* Rows by each value of a facet, by its number; none for author, commune and type, which are counted by
	 * key: most of their many values are rare. */
	struct plane *plane[FACET__COUNT];
	uint32_t planes[FACET__COUNT];
	int32_t first_lapse;	/* no row of somebody else lapses before this day */
	int lapse_unsure;	/* first_lapse may be too early: columns_settle */
	struct names names[NAME__COUNT];
	struct row_groups groups[BELIEF__COUNT];
};

void	columns_free(struct columns *c);
/* Row id := *row, growing as needed.  A free row (kind 0) frees id. */
int	columns_set(struct columns *c, uint32_t id, const struct column *row, struct err *e);
/* After the last columns_set of several. */
void	columns_settle(struct columns *c);
/* Name number id of a sort; parent by its key ("" none), which is looked up among the names known. */
int	names_set(struct columns *c, enum name_sort sort, uint32_t id, struct span key, struct span label,
	    struct span parent, int own, struct err *e);
void	names_clear(struct columns *c, enum name_sort sort, uint32_t id);
uint32_t names_find(const struct columns *c, enum name_sort sort, struct span key);	/* 0: none */
/* "" where there is none. */
const char *names_key(const struct columns *c, enum name_sort sort, uint32_t id);
const char *names_label(const struct columns *c, enum name_sort sort, uint32_t id);
size_t	columns_bytes(const struct columns *c);

/* Day and minute numbers of "YYYY-MM-DD" and "YYYY-MM-DDThh:mm"; 1 when well-formed. */
int	minute_parse(struct span text, int32_t *minute, int *has_time);

#endif
