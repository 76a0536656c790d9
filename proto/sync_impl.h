/* SPDX-License-Identifier: AGPL-3.0-or-later
 * sync_impl.h - the inside of a conversation, shared by sync.c, sync_reconcile.c and sync_push.c only.
 *
 * A conversation is in one stage; a stage asks the peer until it has nothing more to ask, and is left
 * when all it took in has been judged.  The stages are the rows of a table in sync.c.
 */
#ifndef PROTO_SYNC_IMPL_H
#define PROTO_SYNC_IMPL_H

#include "proto/part.h"
#include "proto/sync.h"

struct negentropy;

enum stage {
	STAGE_PROBE,		/* the peer's current cursor and state */
	STAGE_PULL,		/* pages of its feed */
	STAGE_RESOLVE,		/* identities that were missing */
	STAGE_FETCH,		/* records by id */
	STAGE_RECONCILE,
	STAGE_HAVE,		/* offer what reconciliation showed the peer to lack */
	STAGE_NEWS,		/* offer what is new here */
	STAGE_AGAIN,		/* offer what the peer could not resolve, identities first */
	STAGE_END,
};

/* A batch being judged, and the cursor that holds once it is. */
struct flight {
	int has_cursor;
	char cursor[CURSOR_CHARS_MAX + 1];
};

#define SYNC_PATH_CHARS (320 + PART_CHARS_MAX)

/* Buffers used as bounded arrays: of ids (32 bytes each), of struct sync_phantom, of did texts. */
struct sync {
	unsigned what;
	enum stage stage;
	struct sync_local local;
	unsigned page_records, pages_max, wait_s;
	uint64_t now_ms;
	struct sync_report report;
	int done;

	/* the request under way, or to be sent again */
	struct sync_http request;
	char path[SYNC_PATH_CHARS];
	struct buf body;
	int asked, resend;
	unsigned busy;
	uint64_t wait_until_ms;

	/* batches */
	struct buf intake;	/* to be handed out */
	int intake_ready;
	struct flight flight[SYNC_INTAKES_MAX];
	unsigned flights;

	/* the feed */
	char cursor[CURSOR_CHARS_MAX + 1];	/* all before it is judged here */
	char ask[CURSOR_CHARS_MAX + 1];		/* of the next page */
	char fresh[CURSOR_CHARS_MAX + 1];	/* taken before reconciling: holds once that is done */
	int cursor_dirty, pull_over, skipped, reset, streaming;
	unsigned pages;
	uint64_t theirs_count;

	/* scope: what we hold, and what the peer holds; "" is everything */
	struct buf part;
	char holds[PART_CHARS_MAX + 1];
	struct part holds_parsed;
	int part_compared;	/* theirs and theirs_count are of our part */

	/* passes */
	int final, passes, reconciled, resolved, cut, loosened;
	int64_t seq_then;	/* our sequence when the sets were compared */
	size_t moved_then;
	size_t haves_pushed;

	/* what to fetch, and what waits for its author */
	struct buf need;	/* ids */
	size_t need_at, get_ids;
	size_t asked_ids;	/* of the request under way, from need_at */
	struct buf retry;	/* struct sync_phantom */
	size_t retry_at;
	struct buf authors;	/* did texts whose identity was asked for */

	/* reconciliation */
	struct negentropy *session;
	struct set_view view;
	int session_over;
	struct buf have;	/* ids */
	size_t have_at;

	/* phantoms */
	struct sync_phantom *known;	/* by id */
	size_t knowns;
	int loaded;
	struct buf put;		/* struct sync_phantom: new in this conversation */
	struct buf forget;	/* ids */
	size_t put_kept, forget_kept;

	/* pushing */
	int64_t news_at, news_last;
	struct buf again;	/* lines to offer once more */
	struct buf again_head;	/* their authors' identities */
	struct buf sent_authors;/* did texts in again_head */
	int again_sent;
};

/* Stage functions: ask answers 1 with s->request filled in, 0 when nothing is left to ask; hear reads the
 * body of a 200 (and may take its memory).  -1 ends the conversation with the reason in e. */
int	sync_reconcile_ask(struct sync *s, struct err *e);
int	sync_reconcile_hear(struct sync *s, struct buf *body, struct err *e);
int	sync_have_ask(struct sync *s, struct err *e);
int	sync_news_ask(struct sync *s, struct err *e);
int	sync_again_ask(struct sync *s, struct err *e);
int	sync_push_hear(struct sync *s, struct buf *body, struct err *e);

/* Our set as far as the peer holds it; given back by local.set_done. */
const struct set *sync_our_set(struct sync *s);

/* Ask for path with s->body, or by GET when type is NULL. */
int	sync_ask(struct sync *s, const char *path, const char *type, size_t response_bytes_max);

/* Do both ends hold the same set, as far as the peer said?  Reads our own state anew. */
int	sync_equal(struct sync *s);

/* Phantoms: load once, look one up (NULL: none), remember, forget. */
int	sync_phantoms_load(struct sync *s, struct err *e);
struct sync_phantom *sync_phantom_find(struct sync *s, const uint8_t id[ID_BYTES]);
int	sync_phantom_remember(struct sync *s, const struct sync_phantom *p, struct err *e);
int	sync_phantom_forget(struct sync *s, struct sync_phantom *p, struct err *e);
/* The peer took a record of this author after all: forget what else of it the peer refused. */
int	sync_phantoms_loosen(struct sync *s, struct span author, struct err *e);

/* Is author among the did texts of list?  Else it is added, when there is room: 0; no room counts as 1. */
int	sync_author_seen(struct buf *list, struct span author, struct err *e);

#endif
