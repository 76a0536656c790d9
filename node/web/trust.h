/* SPDX-License-Identifier: AGPL-3.0-or-later
 * trust.h - what the operator's pages on trust show: who vouches for whom, why one is in or out, what is blocked.
 */
#ifndef NODE_WEB_TRUST_H
#define NODE_WEB_TRUST_H

#include "node/web/view.h"

/* A tree in its reading order: before a row that lies deeper a list is opened, after the last of a branch so many are
 * closed. */
struct trust_row {
	const char *name, *href, *note;
	int opens, closes;		/* lists */
};

struct view_trust {
	enum lang lang;
	const struct frame *frame;
	const struct trust_row *row;
	size_t row_count;
	struct links outside;		/* known and not let in */
	long long more, more_outside;	/* left out */
};

struct vouch_row {
	const char *name, *href, *sum;	/* sum: what it gives, or why it does not count */
	int counts;
};

struct view_standing {
	enum lang lang;
	const struct frame *frame;
	const char *name, *did, *standing, *records;
	const char *next;		/* its next key's imprint, or NULL */
	struct links path, vouched;
	const struct vouch_row *vouch;
	size_t vouch_count;
	const char *const *warning;	/* lines */
	size_t warning_count;
	long long brings, brings_records;	/* those let in by its word alone */
	int own, can_vouch, can_withdraw, can_block, can_unblock;
	const char *ask, *ask_text;	/* the action to be confirmed, and what it would do; NULL: none */
	const char *reason;
	const char *error;
};

struct block_row {
	const char *what, *name, *href, *reason, *since, *origin;	/* origin NULL: decided here */
};

struct advice_row {
	const char *what, *name, *reason, *since, *here;
	int open;			/* it can be chosen */
};

struct view_blocks {
	enum lang lang;
	const struct frame *frame;
	const struct block_row *row;
	size_t row_count;
	const char *what, *reason, *error;	/* as typed; error NULL: none */
	const char *url, *advice_error;
	const char *advice;		/* whose list, of when; NULL: none was asked for */
	const struct advice_row *entry;
	size_t entry_count;
};

#endif
