/* SPDX-License-Identifier: AGPL-3.0-or-later
 * sync.h - one conversation with one peer, as a state machine (SPEC: Sync over HTTP).
 *
 * sync_next says what to do next: send this request, take in these records, remember this, wait.
 * Whoever runs the conversation (the daemon, the command line, the simulator, a test) does it and
 * reports back; nothing here touches a socket, a file or a clock.  At most one request and
 * SYNC_INTAKES_MAX batches are under way, so the next page travels while the last one is judged.
 *
 * In what order: the feed of the peer from our cursor; where that is impossible, reconciliation; the
 * identities that turned out to be missing, and what waited for them; then what the peer lacks.
 * Every loop is bounded by limits.h, whatever the peer answers.
 */
#ifndef PROTO_SYNC_H
#define PROTO_SYNC_H

#include <stddef.h>
#include <stdint.h>

#include "proto/buf.h"
#include "proto/didkey.h"
#include "proto/err.h"
#include "proto/limits.h"
#include "proto/reason.h"
#include "proto/record.h"
#include "proto/set.h"

struct sync;

/* A refusal remembered so that reconciliation does not list it at each meeting (SPEC: Phantoms). */
struct sync_phantom {
	char author[DIDKEY_CHARS + 1];
	int64_t created;
	uint8_t id[ID_BYTES];
	enum reason reason;
	int theirs;		/* 1: the peer refused ours; 0: we refused the peer's */
};

/* What a conversation reads of the node it runs for; called from sync_next and sync_response only.
 * Those with an err answer 0 or -1. */
struct sync_local {
	void *ctx;
	/* The set, not changing until set_done. */
	const struct set *(*set)(void *ctx);
	void (*set_done)(void *ctx);
	/* The order of entering our set: the highest sequence so far. */
	int64_t (*seq)(void *ctx);
	/* Append the lines of those of ids that we hold. */
	int (*lines)(void *ctx, const uint8_t (*id)[ID_BYTES], size_t n, struct buf *out, struct err *e);
	/* Append lines that entered after since and did not come from this peer: at most records_max, and
	 * no more than out holds.  *last: the sequence looked at last, since itself when there is no other. */
	int (*news)(void *ctx, int64_t since, size_t records_max, struct buf *out, int64_t *last,
	    struct err *e);
	/* Append the author's identity line; nothing when we have none. */
	int (*identity)(void *ctx, struct span author, struct buf *out, struct err *e);
	/* Would records of this author be admitted?  1 or 0. */
	int (*admits)(void *ctx, struct span author);
	/* The phantoms of this peer, at most PHANTOMS_MAX, into memory that the conversation frees (free). */
	int (*phantoms)(void *ctx, struct sync_phantom **out, size_t *n, struct err *e);
	/* Append what we hold as the text of a part (part.h); nothing when that is everything.  NULL: everything. */
	int (*part)(void *ctx, struct buf *out, struct err *e);
	/* The part of the set that the peer holds, like set (set_done gives it back); NULL when it cannot be
	 * made.  The function may be NULL: then what the peer holds is not taken into account. */
	const struct set *(*set_part)(void *ctx, const char *part);
};

enum sync_what {
	SYNC_PULL	= 1,	/* read the peer's feed from the cursor */
	SYNC_PUSH	= 2,	/* offer what it lacks */
	SYNC_RECONCILE	= 4,	/* compare the sets unless they turn out equal */
	SYNC_SETTLE	= 8,	/* again until both are equal or nothing moves */
	SYNC_RETRY	= 16,	/* offer one record of each author that the peer refused, and all if it is taken */
	SYNC_PROBE	= 32,	/* read the feed only when the sets still differ: much of it may be our own */
};

struct sync_params {
	unsigned what;
	const char *cursor;	/* of the peer's feed, "" for none; copied */
	int64_t pushed_seq;	/* our sequence up to which the peer was told; -1: not known */
	unsigned wait_s;	/* how long the peer may hold back an empty page */
	unsigned page_records;	/* 0: CHANGES_RECORDS_MAX */
	unsigned pages_max;	/* 0: SYNC_PAGES_MAX */
	const char *holds;	/* the part that the peer said it holds, when we last heard; NULL or "": all; copied */
	struct sync_local local;
};

enum sync_act_type {
	SYNC_HTTP,	/* send .http, then sync_response */
	SYNC_INTAKE,	/* judge and store .records, then sync_intake_done; answers in the order of the acts */
	SYNC_KEEP,	/* write .keep to the store; nothing is answered */
	SYNC_IDLE,	/* nothing to do before something under way is answered */
	SYNC_WAIT,	/* nothing to do before .until_ms */
	SYNC_DONE,	/* .report; the conversation is over */
};

/* A request.  Everything is borrowed until sync_response. */
struct sync_http {
	int post;			/* else GET */
	const char *path;		/* with query */
	const char *type;		/* of the body */
	struct span body;
	size_t response_bytes_max;	/* decompressed; more is the peer's failure */
	unsigned wait_s;		/* the peer may take so long before it begins to answer */
};

/* What to remember.  Borrowed until the next call. */
struct sync_keep {
	const char *cursor;		/* NULL: unchanged */
	const struct sync_phantom *phantom;
	size_t phantoms;
	const uint8_t (*forget)[ID_BYTES];	/* phantoms to delete */
	size_t forgets;
};

struct sync_report {
	struct err failure;		/* ERR_NONE: it went well */
	int equal;			/* both ends held the same set at the end */
	int incompatible;		/* more refusals than can be remembered: the policies do not fit */
	int unfinished;			/* a bound was reached; another conversation goes on */
	size_t pulled, pushed;		/* records that moved */
	size_t listed;			/* ... that the peer's feed listed, known ones included */
	size_t taken[VERDICT__COUNT];	/* what became of those pulled */
	size_t answered[VERDICT__COUNT];/* ... of those pushed */
	size_t rounds, requests;	/* of reconciliation; in all */
	int64_t pushed_seq;		/* for the next conversation */
	int clock_known;
	int64_t clock_offset_s;		/* theirs minus ours */
	char software[64];		/* what the peer says it runs; "" when it did not say */
	uint64_t theirs_count;		/* versions in its set, of what we hold; with theirs_known */
	int ours_known, theirs_known;
	uint8_t ours[SET_FINGERPRINT_BYTES], theirs[SET_FINGERPRINT_BYTES];
	const char *holds;		/* what the peer holds, "": all; as params.holds where it did not say */
	int holds_changed;		/* ... and that is news */
	int outside_known;
	uint64_t outside_here;		/* its records outside what we hold */
	uint64_t outside_there;		/* our records outside what it holds */
};

struct sync_act {
	enum sync_act_type type;
	struct sync_http http;
	struct buf records;	/* SYNC_INTAKE: NDJSON, now the caller's to clear */
	struct sync_keep keep;
	uint64_t until_ms;
	const struct sync_report *report;	/* borrowed until sync_free */
};

/* NULL: ERR_MEMORY, or ERR_USAGE for parameters that make no sense. */
struct sync	*sync_new(const struct sync_params *p, struct err *e);
void		 sync_free(struct sync *s);

/* The next act.  now_ms is the node's clock, Unix milliseconds. */
void	sync_next(struct sync *s, uint64_t now_ms, struct sync_act *act);

/* What came back for the request under way.  body's memory is taken.  retry_after_s: of a 429 or 503, else 0. */
void	sync_response(struct sync *s, int status, unsigned retry_after_s, struct buf *body);
/* Nothing came back, or what came broke a limit. */
void	sync_response_failed(struct sync *s, const struct err *why);

/* What became of a batch.  odd lists those neither stored, duplicate nor invalid (theirs 0). */
struct sync_taken {
	size_t by_verdict[VERDICT__COUNT];
	const struct sync_phantom *odd;
	size_t odds;
	const struct err *failure;	/* NULL: the batch was judged */
};
void	sync_intake_done(struct sync *s, const struct sync_taken *t);
int	sync_is_odd(enum reason r);	/* belongs in odd */

/* Is this a cursor that may be asked for: URL-safe and not too long? */
int	sync_cursor_ok(struct span cursor);

#endif
