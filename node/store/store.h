/* SPDX-License-Identifier: AGPL-3.0-or-later
 * store.h - record.db, the node's truth: one writer thread, many readers.
 *
 * Writing: work is handed to the writer thread as jobs; it runs all that wait in
 * one transaction (group commit) and lets the callers go after the commit, so an
 * acknowledged record survives a crash.  Reading: a reader is a query_only
 * connection with a snapshot, borrowed from a pool.
 *
 * Three things are kept in memory, owned by the writer and read under a lock: the
 * set index (set.h), the roster of authors (who is admitted, with which keys and
 * quota) and the sequence.
 */
#ifndef NODE_STORE_STORE_H
#define NODE_STORE_STORE_H

#include <stddef.h>
#include <stdint.h>

#include "proto/admission.h"
#include "proto/authority.h"
#include "proto/buf.h"
#include "proto/didkey.h"
#include "proto/judge.h"
#include "proto/record.h"
#include "proto/ref.h"

struct err;
struct log;
struct set;
struct store;
struct reader;

/* What the rest of the node wants to hear of, called on the writer thread after each commit that
 * changed anything; must be short (signal somebody). */
struct store_hooks {
	void *ctx;
	void (*committed)(void *ctx, int64_t seq);	/* new highest sequence */
	void (*loosened)(void *ctx, const char *author);/* refusals of this author may now pass; NULL: of any */
};

/* Which part of what is admitted this node holds (SPEC: Scope).  Zero: all of it. */
struct store_scope {
	const char *id;			/* a text that changes when any of this does; "" or NULL: everything */
	uint32_t kinds;			/* 1 << enum kind of those held besides the network's own; 0: all */
	/* Do the areas in the content of a territory record meet ours?  1, 0, or -1: it names none.
	 * NULL: all areas.  Pure. */
	int (*meets)(void *ctx, struct span content);
	void *ctx;
};

struct store_config {
	const char *path;		/* DIR/record.db */
	enum admission_mode admission;
	struct store_scope scope;	/* .id is copied */
	int64_t (*now)(void *ctx);	/* Unix seconds: the node's clock */
	void *now_ctx;
	struct store_hooks hooks;
	struct log *log;
};

int	store_open(const struct store_config *c, struct store **out, struct err *e);
void	store_close(struct store *s);	/* runs what waits, checkpoints, joins the writer */

/* --- writing ------------------------------------------------------------------------------ */

/* One record on its way in. */
struct offer_line {
	struct record record;		/* parsed; spans borrow from the batch's bytes */
	enum signature_state signature;	/* from the verification pool */
	enum reason reason;		/* in: REASON_NONE or why parsing failed; out: what became of it */
	char detail[96];		/* out: English, for the writer of the record */
};

/* Judge and store n records in one commit, in order, but those of authors whom a vouch of the batch lets in
 * after the others; identities first heard of in the batch resolve records before them in it.  peer is the address shown for their origin, or NULL for own.  Returns 0
 * after the commit, with each line's reason set. */
int	store_offer(struct store *s, struct offer_line *line, size_t n, const char *peer, struct err *e);

/* A line of the node's own notes that outlives it ("last-time"); key and value are short.  value NULL: forget it. */
int	store_note_put(struct store *s, const char *key, const char *value, struct err *e);

/* Authors whose keys this node holds: never expired, never out of quota here, roots of admission. */
int	store_own_author(struct store *s, const char *did, struct err *e);
/* No longer: from now on it is a neighbour like others. */
int	store_disown_author(struct store *s, const char *did, struct err *e);
/* These versions are this node's own from now on, wherever they came from. */
int	store_claim(struct store *s, const uint8_t (*id)[32], size_t n, struct err *e);
/* Direct choices of the operator besides vouches. */
int	store_list_author(struct store *s, const char *did, int listed, struct err *e);

/* Block an author ("did:key:..."), a record (a reference) or a node (its address, "https://..."); blocked content
 * goes at once.  The reason is for the operator's eyes and may be empty. */
int	store_block(struct store *s, const char *what, const char *reason, struct err *e);
int	store_unblock(struct store *s, const char *what, struct err *e);
/* Many in one commit; since is set here.  None is when one may not be. */
struct block {
	const char *what, *reason;
	int64_t since;		/* Unix seconds */
	const char *origin;	/* "": decided here; else the author of the list that advised it */
};
int	store_block_many(struct store *s, const struct block *b, size_t n, struct err *e);

/* Expire, purge what lost admission 30 days ago, retry held and unresolved records, recompute admission
 * where vouches lapsed.  Called each minute and by tests. */
int	store_tend(struct store *s, struct err *e);

/* After the clock was wrong: versions of others from the future leave (aside, those due within ASIDE_KEPT_S: *left), own
 * ones that had lapsed and may live return (*back), and every refusal may pass.  Only when the clock is right. */
#define ASIDE_KEPT_S (2LL * DAY_S)	/* how far ahead a held record is kept: others offer it again long before */
int	store_set_right(struct store *s, int64_t *left, int64_t *back, struct err *e);
/* Store own versions in place of those created after limit, which stand over them by date.  All or, with -1, none. */
int	store_replace(struct store *s, struct offer_line *line, size_t n, int64_t limit, struct err *e);

/* Make what was deleted vanish from the files: empty the write-ahead log, and after deletions overwrite the gaps in
 * the pages of record.db, where rows that were moved leave copies.  1 done, 0 a reader is in the way (try again), -1. */
int	store_scrub(struct store *s, struct err *e);
/* Is there anything for it to do?  Any thread. */
int	store_unscrubbed(const struct store *s);

/* VACUUM INTO path: a consistent copy while serving. */
int	store_backup(struct store *s, const char *path, struct err *e);

/* Is the file sound?  1, or 0 with what SQLite found appended to seen (as much as it holds). */
int	store_check(struct store *s, struct buf *seen, struct err *e);

/* --- peers (node-local, never replicated) --------------------------------------------------- */

/* How we came to a peer, and what it is to us; kept as written. */
enum {
	PEER_LEARNT = 0,	/* from a node record, called now and then */
	PEER_CHOSEN = 1,	/* by the operator, listened to all the time */
	PEER_PROMOTED = 2	/* learnt, and listened to all the time as too few were chosen */
};

struct peer {
	char url[512];
	char did[64];		/* the node's author, once met */
	char name[208];
	char cursor[128];	/* of its changes feed; empty: start over */
	int64_t added, last_try, last_ok;	/* Unix seconds; 0 never */
	int64_t failures;	/* in a row */
	int64_t clock_offset_s;	/* theirs minus ours, as last seen */
	int64_t pulled, pushed;	/* records, ever */
	int64_t bytes_in, bytes_out;
	int64_t outside_here;	/* its records that lie outside what we hold, as last counted */
	int64_t outside_there;	/* our records that lie outside what it holds */
	char last_error[200];
	int sticky;		/* PEER_* */
	char software[64];	/* name and version, as it said last; "" not yet */
	int64_t compared;	/* Unix seconds: when its state was last known; 0 never */
	int equal;		/* then: both held the same */
	int64_t count;		/* then: versions in its set */
};

int	store_peer_put(struct store *s, const struct peer *p, struct err *e);	/* by url */
/* Change a peer that is still there, in one piece with reading it: nothing that others write meanwhile is lost,
 * and a peer that was removed stays so.  change is called on the writer's thread.  1 done, 0 no such peer, -1. */
typedef void store_peer_fn(void *ctx, struct peer *p);
int	store_peer_change(struct store *s, const char *url, store_peer_fn *change, void *ctx, struct err *e);
int	store_peer_delete(struct store *s, const char *url, struct err *e);

/* Refusals remembered per peer so that reconciliation does not list them again (SPEC: Phantoms). */
struct phantom {
	char author[64];
	int64_t created;
	uint8_t id[32];
	enum reason reason;
	int theirs;		/* 1: the peer refused ours; 0: we refused the peer's */
};

int	store_phantom_put(struct store *s, const char *peer_url, const struct phantom *p, size_t n, struct err *e);
/* author NULL: all of the peer's; peer_url NULL: of every peer. */
int	store_phantom_clear(struct store *s, const char *peer_url, const char *author, struct err *e);
int	store_phantom_delete(struct store *s, const char *peer_url, const uint8_t (*id)[32], size_t n,
	    struct err *e);

/* --- sources (node-local; sources.c) ----------------------------------------------------------------- */

/* What came from where, for imports: one row per item of a source, so that a second import finds the same
 * record, a change made here by hand is noticed and what vanished from the source can be told. */
enum item_state {
	ITEM_LIVE,		/* its record stands by the source */
	ITEM_GONE,		/* its record was deleted when the source dropped it */
	ITEM_KEPT		/* the source dropped it, its record stays all the same */
};

struct source_item {
	const char *source;	/* the source's name: a file's or an address */
	const char *item;	/* its own identifier there */
	const char *ref;	/* the record made of it */
	uint8_t hash[32];	/* BLAKE2b of the content as it was imported */
	int64_t seen;		/* Unix seconds of the last import that held it */
	enum item_state state;
	int64_t missing;	/* complete answers in a row without it */
	int64_t generation;	/* how often it came back after its record had gone: part of the record's name */
	struct span fields;	/* digests of what the source last said (fields.h); empty: not known */
};
int	store_source_put(struct store *s, const struct source_item *i, size_t n, struct err *e);
int	store_source_delete(struct store *s, const char *source, const char *item, struct err *e);

/* Of an item only how it stands by its source. */
struct source_mark {
	const char *item;
	enum item_state state;
	int64_t missing;
};
int	store_source_mark(struct store *s, const char *source, const struct source_mark *m, size_t n,
	    struct err *e);

/* Only the digests of what the source last said. */
int	store_source_fields(struct store *s, const char *source, const char *item, struct span fields,
	    struct err *e);

/* A directory that is looked at again and again. */
struct watch {
	char url[512];
	char name[208];		/* as people read it */
	char format[24], kind[28];	/* "": recognised; initiative */
	char author[64], lang[36], license[68];	/* "": the node's own, its language, etalab-2.0 */
	int64_t every_s;
	int64_t paused;
	int64_t added, last_try, last_ok, next_try;	/* Unix seconds; 0 never */
	int64_t failures;	/* in a row */
	int64_t state;		/* enum source_state: how the last look ended */
	char why[300];		/* the machine's words, English */
	char etag[256], modified[64];	/* of the last whole answer that was taken */
	int64_t bytes;		/* of that answer, and what came of it */
	int64_t items, fresh, changed, same, refused, removed;
	int64_t last_whole;	/* when all of it was last read, not only what changed; 0 never */
	int64_t asked;		/* records that would vanish: a question to the operator; 0: none */
};
int	store_watch_put(struct store *s, const struct watch *w, struct err *e);	/* by url; keeps the mapping */
int	store_watch_mapping_put(struct store *s, const char *url, const char *text, struct err *e);
/* Change one that is still there, in one piece with reading it; change is called on the writer's thread.
 * 1 done, 0 there is none, -1. */
typedef void store_watch_fn(void *ctx, struct watch *w);
int	store_watch_change(struct store *s, const char *url, store_watch_fn *change, void *ctx, struct err *e);
/* Look at it no more; what came from it stays, with its items.  ERR_NOT_FOUND. */
int	store_watch_delete(struct store *s, const char *url, struct err *e);

/* What changed both here and in the source: theirs, until somebody decides. */
struct source_question {
	const char *source, *item, *ref;
	struct span theirs;	/* content, canonical */
	int64_t since;		/* Unix seconds */
};
int	store_question_put(struct store *s, const struct source_question *q, struct err *e);
int	store_question_delete(struct store *s, const char *source, const char *item, struct err *e);
/* Those about a record that was deleted: they hold what its source says of it. */
int	store_question_forget(struct store *s, const char *ref, struct err *e);

/* --- memory shared with readers -------------------------------------------------------------- */

/* The set index under a read lock; give it back soon. */
const struct set *store_set(struct store *s);
void		  store_set_done(struct store *s);
/* The part of it that a filter shows, built once and then kept in step; also given back by store_set_done when 0
 * is returned.  ready_only: do not build it, ERR_BUSY instead.  A part above a million items is ERR_LIMIT. */
struct changes_filter;
int	store_set_part(struct store *s, const struct changes_filter *f, int ready_only, const struct set **out,
	    struct err *e);
int64_t		  store_seq(struct store *s);		/* highest committed sequence */
const char	 *store_epoch(const struct store *s);	/* random text, new at each open */
/* Random text made with the database, new after a restore: what derived data is bound to. */
const char	 *store_history(const struct store *s);

struct author_info {
	uint32_t num;
	char did[DIDKEY_CHARS + 1];
	int own, listed, blocked;
	int hops;		/* -1: not admitted */
	int64_t pool, live, tombstones;
	int64_t retired;	/* -1: no */
	uint32_t via;		/* number of the author whose vouch let it in; UINT32_MAX: none */
	int outside;		/* of the areas this node holds */
	int has_identity;
	struct identity identity;
};

/* 1 found, 0 never heard of. */
int	store_author(struct store *s, struct span did, struct author_info *out);
int	store_author_at(struct store *s, uint32_t num, struct author_info *out);
size_t	store_author_count(struct store *s);

/* Append what this node holds as the text of a part (part.h); nothing when that is everything. */
int	store_part(struct store *s, struct buf *out, struct err *e);
/* Would a record of this name be left out because of its author's area or its kind, although its author
 * is admitted?  1 or 0. */
int	store_is_outside(struct store *s, const struct ref *ref);

/* What judge() would say before the signature is computed, from memory and one lookup: lets intake skip
 * verifying what is refused, known or superseded anyway.  REASON_NONE: go on. */
enum reason	store_precheck(struct store *s, struct reader *r, const struct record *rec);

/* --- reading --------------------------------------------------------------------------------- */

int	store_read(struct store *s, struct reader **out, struct err *e);
void	store_read_end(struct reader *r);

struct stored {
	int64_t seq;		/* order of entering the set */
	int in_set;		/* 0: kept, not in the set (an own record that lapsed) */
	struct record record;	/* parsed; the line lives in the arena given */
	int64_t received;	/* Unix seconds */
	const char *peer;	/* where it came from, or NULL: written here */
};

/* By name or version; 1 found, 0 not, -1 error.  Tombstones are found too (record.deleted). */
int	store_get(struct reader *r, const struct ref *ref, struct arena *a, struct stored *out, struct err *e);
int	store_get_id(struct reader *r, const uint8_t id[32], struct arena *a, struct stored *out, struct err *e);
/* Is this name, or its author, blocked here?  For 410.  1, 0, -1. */
int	store_is_blocked(struct reader *r, const struct ref *ref, struct err *e);
/* Is exactly this blocked: an author, a reference, an address?  1, 0, -1. */
int	store_blocked(struct reader *r, const char *what, struct err *e);

/* Walk rows of the set in sequence order, after since; visit returns 0 to go on, 1 to stop, -1 to fail. */
struct changes_filter {
	const char *author;	/* NULL: any; identities and retirements always match */
	const char *kind;
	const char *part;	/* a well-formed part (part.h); not together with lapsed_too */
	int lapsed_too;		/* own records that left the set by expiry too; only without author and kind */
};
typedef int visit_fn(void *ctx, const struct stored *row, struct err *e);
int	store_changes(struct reader *r, int64_t since, const struct changes_filter *f, size_t limit,
	    visit_fn *visit, void *ctx, struct err *e);
/* The same over raw bytes, for the feed: appends whole lines with newlines, at most limit and bytes_max;
 * *last is the sequence reached. */
int	store_changes_raw(struct reader *r, int64_t since, const struct changes_filter *f, size_t limit,
	    size_t bytes_max, struct buf *out, int64_t *last, int *more, size_t *count, struct err *e);
/* Append the lines of those of ids that are in the set. */
int	store_get_raw(struct reader *r, const uint8_t (*id)[32], size_t n, struct buf *out, size_t *found,
	    struct err *e);

/* Current records of an author and/or kind by name order (author, kind, rid); author or kind may be NULL. */
int	store_list(struct reader *r, const char *author, const char *kind, int deleted_too,
	    visit_fn *visit, void *ctx, struct err *e);

/* Live records of own authors in the set that expire at or before until. */
int	store_list_ending(struct reader *r, int64_t until, visit_fn *visit, void *ctx, struct err *e);
/* The highest sequence in the reader's snapshot, whatever has it: a row, in the set or not, or a removal. */
int	store_read_seq(struct reader *r, int64_t *seq, struct err *e);

/* The sequence after which everything came that was received here at or after a time (Unix seconds). */
int	store_seq_at(struct reader *r, int64_t when, int64_t *seq, struct err *e);

/* Removals without a successor (erased, expired, evicted), for the search index. */
/* A ref with an empty kind means everything of the author. */
typedef int removed_fn(void *ctx, int64_t seq, const struct ref *ref, struct err *e);
int	store_removed(struct reader *r, int64_t since, int64_t until, removed_fn *visit, void *ctx, struct err *e);
/* Forget removals up to a sequence, but the last one: the count goes on from it after a restart. */
int	store_removed_trim(struct store *s, int64_t upto, struct err *e);

int	store_peers(struct reader *r, struct arena *a, struct peer **out, size_t *n, struct err *e);
int	store_peer(struct reader *r, const char *url, struct peer *out, struct err *e);	/* 1, 0, -1 */
int	store_phantoms(struct reader *r, const char *peer_url, struct arena *a, struct phantom **out, size_t *n,
	    struct err *e);

/* How many refusals of a peer are remembered, by reason: ours of its records, theirs of ours. */
struct phantom_counts {
	int64_t ours[REASON__COUNT], theirs[REASON__COUNT];
};
int	store_phantom_counts(struct reader *r, const char *peer_url, struct phantom_counts *out, struct err *e);

/* The items of one source (NULL: of all), into the arena. */
int	store_source_items(struct reader *r, const char *source, struct arena *a, struct source_item **out,
	    size_t *n, struct err *e);
/* The next limit items of a source after that one (NULL: from the first), in their order. */
int	store_source_page(struct reader *r, const char *source, const char *after, size_t limit, struct arena *a,
	    struct source_item **out, size_t *n, struct err *e);
/* The same one by one, without memory for all: what item points to lives until visit returns; visit answers 0
 * to go on, -1 to fail. */
typedef int source_visit_fn(void *ctx, const struct source_item *item, struct err *e);
int	store_source_walk(struct reader *r, const char *source, source_visit_fn *visit, void *ctx, struct err *e);
/* One, into the arena: by source and identifier, or the latest of those that made a record.  1, 0, -1. */
int	store_source_item(struct reader *r, const char *source, const char *item, struct arena *a,
	    struct source_item *out, struct err *e);
/* All that one record was made of. */
int	store_source_items_of(struct reader *r, const char *ref, struct arena *a, struct source_item **out, size_t *n,
	    struct err *e);
int	store_source_of(struct reader *r, const char *ref, struct arena *a, struct source_item *out,
	    struct err *e);

int	store_watches(struct reader *r, struct arena *a, struct watch **out, size_t *n, struct err *e);
int	store_watch(struct reader *r, const char *url, struct watch *out, struct err *e);	/* 1, 0, -1 */
int	store_watch_mapping(struct reader *r, const char *url, struct arena *a, const char **text, struct err *e);

/* Questions of a source by item, at most max after the item named ("": from the first). */
int	store_questions(struct reader *r, const char *source, const char *after, size_t max, struct arena *a,
	    struct source_question **out, size_t *n, struct err *e);
int	store_question(struct reader *r, const char *source, const char *item, struct arena *a,
	    struct source_question *out, struct err *e);	/* 1, 0, -1 */
int	store_question_count(struct reader *r, const char *source, int64_t *n, struct err *e);

int	store_blocks(struct reader *r, struct arena *a, struct block **out, size_t *n, struct err *e);

/* A note into the arena; 1 found, 0 not, -1. */
int	store_note(struct reader *r, const char *key, struct arena *a, const char **value, struct err *e);

/* Records of which two writers with one key made two versions (SPEC: Merge): a warning, never a ban, since a
 * restored backup does this innocently. */
struct twin {
	const char *ref;
	uint8_t here[32], other[32];	/* version ids: what stood, what came */
	int64_t seen;			/* Unix seconds */
};
int	store_twins(struct reader *r, struct arena *a, struct twin **out, size_t *n, struct err *e);

/* Authors whose root named two next ones (SPEC: Succession): the second is refused, and this is what shows it. */
struct key_branch {
	const char *did;
	int64_t generation;		/* of the root that signed both */
	uint8_t here[32], other[32];	/* version ids: what is kept, what was refused */
	int64_t seen;			/* Unix seconds */
};
int	store_branches(struct reader *r, struct arena *a, struct key_branch **out, size_t *n, struct err *e);

struct store_counts {
	int64_t records, live, tombstones, authors, held, unresolved, lapsed;
	int64_t by_kind[KIND__COUNT];	/* live, in the set */
};
int	store_counts(struct reader *r, struct store_counts *out, struct err *e);

#endif
