/* SPDX-License-Identifier: AGPL-3.0-or-later
 * search.h - finds records: by words, by facets, by nearness, by date, by what refers to them.
 *
 * search.db is derived from record.db and can be thrown away at any moment: it says which epoch and
 * which sequence of record.db it has reached, and whatever is damaged or of another version is
 * deleted and begun again.  One thread writes (the indexer); any number of threads read, each with
 * a reader it takes from a pool and gives back.
 *
 * What a list shows lies in the columns of one row per record.  What filters and facets look at is also
 * held in memory: one small row a record (column.h), one bit a record for each value (plane.h); and so are the
 * words, as postings by stem (words.h).  Finding and counting among a hundred thousand are loops over arrays.
 */
#ifndef NODE_SEARCH_SEARCH_H
#define NODE_SEARCH_SEARCH_H

#include <stddef.h>
#include <stdint.h>

#include "proto/buf.h"
#include "proto/kind.h"

struct err;
struct search;
struct search_reader;

#define SEARCH_TOKENS_MAX	16	/* words of a query that count; further ones are ignored */
#define SEARCH_QUERY_BYTES_MAX	512	/* bytes of a query that are read */
#define SEARCH_LIMIT_MAX	500	/* hits on one page of results */
#define SEARCH_OFFSET_MAX	1000000
#define SEARCH_OTHERS_MAX	7	/* records listed with the one they tell the same of */
#define SEARCH_FACET_VALUES_MAX	30	/* values listed of one facet, the most frequent first */

/* --- writing: the indexer's thread only -------------------------------------------------------- */

/* Open or create the database at path.  epoch names the history of record.db that the sequences
 * belong to (any text).  *out is to be closed by search_close.
 * 0: kept, goes on from search_seq.  1: begun anew and empty, since there was none, or it was damaged,
 * of another version, or of another epoch: feed it everything.  -1: e says why. */
int	search_open(const char *path, const char *epoch, struct search **out, struct err *e);
void	search_close(struct search *s);			/* every reader must have been given back */
/* 1 once the file turned out to be damaged while open. */
int	search_damaged(struct search *s);
/* Delete it and begin it anew, empty, for this epoch; readers are none the wiser.  1: done, feed it everything;
 * 0: a reader is still out (no more are given until it is back): ask again; -1: e says why. */
int	search_renew(struct search *s, const char *epoch, struct err *e);
int64_t	search_seq(const struct search *s);		/* the sequence committed last; 0 when empty */

/* What the indexer tells of one live record.  All spans borrow for the length of the call. */
struct search_doc {
	struct span author;		/* did:key text */
	enum kind kind;
	struct span rid;
	int64_t seq, updated, created, expires;	/* as in the record, Unix seconds */
	struct span lang, license;
	struct span content;		/* canonical JSON object */
	int own;			/* this node holds the author's key: shown even when lapsed */
	int shown;			/* kind_check passed; 0 removes what was indexed of it before */
};

/* Changes are made between begin and commit; until then no reader sees them.  After a failure call
 * search_abort.  put replaces whatever was known of (author, kind, rid).  Kinds of content get a card;
 * relations only their links; territory and node also name their author; other kinds are ignored. */
int	search_begin(struct search *s, struct err *e);
int	search_put(struct search *s, const struct search_doc *doc, struct err *e);
int	search_delete(struct search *s, struct span author, enum kind kind, struct span rid, struct err *e);
int	search_delete_author(struct search *s, struct span author, struct err *e);	/* retired, blocked, erased */
int	search_commit(struct search *s, int64_t seq, struct err *e);
void	search_abort(struct search *s);

/* Make what was replaced or deleted vanish from the file itself, write-ahead log included: to be run
 * after tombstones and erasures (it writes the whole file anew: seconds at a hundred thousand records, so
 * once for many).  Cheap when nothing was deleted since.  Outside begin and commit. */
int	search_scrub(struct search *s, struct err *e);
int	search_dirty(const struct search *s);	/* 1 when something waits for search_scrub */

/* --- reading: any thread ----------------------------------------------------------------------- */

/* A reader belongs to one thread from take to give.  NULL: e says why (ERR_BUSY: about to be built anew). */
struct search_reader	*search_take(struct search *s, struct err *e);
void			 search_give(struct search *s, struct search_reader *r);

/* What a list shows of a record.  Texts are NUL-terminated, never NULL, and live in the arena given;
 * dates are as in the record ("" when absent). */
struct search_card {
	const char *author;		/* did:key text */
	const char *author_name;	/* its territory record's name, else its node's; "" when neither */
	enum kind kind;
	const char *rid;
	int64_t seq, updated, created, expires;
	const char *lang, *license;
	const char *title;
	const char *summary;		/* the record's, else the beginning of its description, plain text */
	const char *commune, *insee, *postcode;
	int has_position;
	int32_t lat_e7, lon_e7;
	uint32_t axes, access, terms;	/* bits 1 << vocab_index of VOCAB_AXIS, _ACCESS, _EXCHANGE_TERMS */
	int status;			/* vocab_index of VOCAB_STATUS, or -1 */
	const char *practices;		/* keys, separated by one space */
	const char *type;		/* key of document_type, item_type, resource_type or legal_form */
	const char *by;			/* reference: an offer's "by", a resource's "lender"; or "" */
	const char *starts, *ends;	/* event: "YYYY-MM-DDThh:mm" */
	const char *until;		/* offer, need, initiative: "YYYY-MM-DD" */
	const char *published;		/* document, synthesis */
	const char *event_status, *hours;
	int recurring;			/* an event with a recurrence */
	int example, own;
	int lapsed;			/* own, and past its expiry */
	int64_t distance_m;		/* from the query's point, or -1 */
	const struct search_card *other;	/* what else tells of it, when asked together: the first of them */
	size_t others;
};

enum search_sort {
	SEARCH_BEST,		/* relevance; without words: newest */
	SEARCH_NEWEST,
	SEARCH_NEAREST,		/* needs near */
	SEARCH_TITLE,
	SEARCH_SOONEST,		/* by starts, else until; those with neither come last */
};

enum search_facet {
	FACET_KIND, FACET_AXIS, FACET_PRACTICE, FACET_ACCESS, FACET_STATUS, FACET_TERMS, FACET_TYPE,
	FACET_AUTHOR, FACET_COMMUNE, FACET_LANG,
	FACET__COUNT
};
#define FACET_ALL ((1u << FACET__COUNT) - 1)

/* Records said to tell of one thing (kind "same"), as one hit or each for itself (groups.h). */
enum search_together { SEARCH_APART, SEARCH_TOGETHER, SEARCH_TOGETHER_ALL };

/* What is asked.  Zero asks for everything, newest first.  Filters hold together; the values of one
 * mask are alternatives. */
struct search_query {
	struct span text;		/* any bytes; all words must occur, the last may be a beginning */
	int titles_only;
	uint32_t kinds;			/* bits 1 << KIND_x */
	uint32_t axes, access, terms;	/* bits 1 << vocab_index */
	uint32_t status;		/* bits 1 << vocab_index */
	struct span practice;		/* a key; a parent includes its children */
	struct span type;		/* as in the card */
	struct span author;		/* did:key text: a territory */
	struct span commune;		/* INSEE code or name */
	struct span lang;		/* "fr" also finds "fr-FR" */
	int near;			/* lat_e7 and lon_e7 are given */
	int32_t lat_e7, lon_e7;
	uint32_t within_m;		/* 0: any distance */
	int boxed;			/* south..east are given, degrees times 10^7; west > east crosses 180° */
	int32_t south, west, north, east;
	struct span from, to;		/* "YYYY-MM-DD", inclusive: what takes place or holds between them */
	int upcoming;			/* leave out what ended before today */
	int without_examples;
	enum search_together together;
	int64_t now_s;			/* Unix time: which day it is */
	enum search_sort sort;
	unsigned offset, limit;		/* limit 0: 20 */
	unsigned facets;		/* bits 1 << FACET_x to count */
};

struct search_count {
	const char *key;	/* kind name, vocabulary key, did, INSEE code (or folded name), language */
	const char *label;	/* of authors and communes; else "" */
	uint32_t count;
};

struct search_result {
	struct search_card *hit;
	size_t count;
	uint64_t total;			/* matches in all; a lower bound when cut */
	int cut;			/* too broad: not every candidate was looked at */
	int loose;			/* no record had every word: these have some */
	int grouped;			/* somebody says of some records here that they are one thing */
	struct {
		struct search_count *value;
		size_t count;
	} facet[FACET__COUNT];		/* each counted as if its own filter were not set */
};

/* Ask.  Everything in *out lives in a.  A query cannot be wrong: at worst it finds nothing. */
int	search_run(struct search_reader *r, const struct search_query *q, struct arena *a,
	    struct search_result *out, struct err *e);

/* --- on a map ---------------------------------------------------------------------------------- */

#define SEARCH_GRID_SIDE_MAX	32
#define SEARCH_SPOTS_MAX	144
#define SEARCH_SPOTS_FEW	40	/* up to so many spots each show several cards, else one */
#define SEARCH_SPOT_CARDS	8
#define SEARCH_PLACES_MAX	60

struct search_box {
	int32_t south, west, north, east;	/* degrees times 10^7 */
};

struct search_grid_ask {
	struct search_box box;		/* what the map shows; an empty one only measures */
	unsigned columns, rows;		/* cells of the box, at most SEARCH_GRID_SIDE_MAX each way */
	double apart;			/* spots nearer than so many cells are put together */
};

/* Records that lie together at this scale. */
struct search_spot {
	uint32_t count;
	int32_t lat_e7, lon_e7;		/* their mean */
	struct search_box box;		/* around them */
	const char *commune;		/* that most are in, or "" */
	int scattered;			/* not all in that one */
	struct search_card *card;	/* the newest of them */
	size_t cards;
};

struct search_place {
	int32_t lat_e7, lon_e7;
	uint32_t count;
	const char *name;
};

struct search_grid {
	uint64_t total, located, inside;	/* matches, those with a position, those in the box */
	uint64_t own_located;			/* of this node's own authors */
	struct search_box all, own;		/* around them, when there are any */
	struct search_spot *spot;		/* the largest first */
	size_t spots;
	struct search_place *place;		/* communes in the box, those with most records first */
	size_t places;
	int cut, loose;				/* as in search_result */
};

/* Where the matches lie, in one pass over them.  q's own box should be left out of it: here it would be
 * a filter.  Everything in *out lives in a. */
int	search_grid(struct search_reader *r, const struct search_query *q, const struct search_grid_ask *ask,
	    struct arena *a, struct search_grid *out, struct err *e);

/* One card; ERR_NOT_FOUND when there is none. */
int	search_get(struct search_reader *r, struct span author, enum kind kind, struct span rid,
	    int64_t now_s, struct arena *a, struct search_card *out, struct err *e);

/* One record that refers to another. */
struct search_link {
	const char *field;	/* the member that holds the reference: "by", "adapted_from", "target"… */
	const char *author, *author_name;
	enum kind kind;
	const char *rid;
	const char *value;	/* an endorsement's role, a same's verdict, an exchange's "done"; else "" */
	const char *other;	/* relations: the first other reference the record holds, or "" */
	const char *target;	/* what it refers to */
	int64_t updated;
	const struct search_card *card;		/* NULL for relations, which have none */
};

struct search_links {
	struct search_link *link;
	size_t count;
};

/* Who refers to ref ("did:key:…/kind/rid"): newest first, at most limit, without what has lapsed. */
int	search_related(struct search_reader *r, struct span ref, int64_t now_s, unsigned limit,
	    struct arena *a, struct search_links *out, struct err *e);

/* The same for what refers by one field ("adapted_from") to target: a record, or by its did alone all that an
 * author has published. */
int	search_related_as(struct search_reader *r, struct span target, const char *field, int64_t now_s,
	    unsigned limit, struct arena *a, struct search_links *out, struct err *e);

/* The text with each word that no record has (up to 3 of them) replaced by the most frequent one that is a
 * slip or two away: a letter too many, missing, wrong or swapped with the next; one slip in words of 4 to 7
 * bytes, two in longer ones.  The replaced words are folded.  1 and *out in a; 0: nothing to propose. */
int	search_spelling(struct search_reader *r, struct span text, struct arena *a, const char **out);

/* Pairs of records that may tell of one thing, the surest first (twin.h). */
struct search_twin_side {
	const char *author, *rid, *title;
	enum kind kind;
};

struct search_twin {
	struct search_twin_side a, b;
	int score;
	unsigned reasons;		/* bits 1 << enum twin_reason */
};

/* All there are, in a.  Reads every row once: a command or an operator's page, never a visitor's. */
int	search_twins(struct search_reader *r, int64_t now_s, struct arena *a, struct search_twin **out, size_t *count,
	    struct err *e);

/* Totals per author, the largest first (the home page). */
struct search_total {
	const char *author, *author_name;
	int own;
	uint32_t total;			/* of unexpired cards */
	uint32_t by_kind[KIND__COUNT];
	int64_t newest;			/* latest updated */
};

struct search_totals {
	struct search_total *author;
	size_t count;
	uint32_t total;
	uint32_t by_kind[KIND__COUNT];
};

int	search_count_by_author(struct search_reader *r, int64_t now_s, struct arena *a,
	    struct search_totals *out, struct err *e);

/* Where a name lies: the mean position of the records of that commune (INSEE code or name).  1 found. */
int	search_locate(struct search_reader *r, struct span commune, int32_t *lat_e7, int32_t *lon_e7);
/* The same of several communes together, by their INSEE codes in order. */
int	search_locate_any(struct search_reader *r, const struct span *insee, size_t count, int32_t *lat_e7,
	    int32_t *lon_e7);

/* What search.db and its memory take. */
struct search_sizes {
	size_t docs, words;
	size_t columns_bytes, words_bytes;
	int64_t file_bytes;
};
void	search_measure(struct search *s, struct search_sizes *out);

#endif
