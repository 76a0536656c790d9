/* SPDX-License-Identifier: AGPL-3.0-or-later
 * source_rule.h - what to do with an answer of a source that is looked at again and again, and when to ask next.
 *
 * Pure: counts in, decisions out.  The rules exist because a source that is down, moved, half sent or
 * emptied by mistake looks like one that deleted everything, and a deletion is for ever.
 */
#ifndef NODE_CORE_SOURCE_RULE_H
#define NODE_CORE_SOURCE_RULE_H

#include <stdint.h>

#include "proto/buf.h"

#define SOURCE_SHARE_DEFAULT	10	/* percent of the known items that may vanish without a question */
#define SOURCE_VANISH_FREE	5	/* and so many in any case, while more than half stay */
#define SOURCE_MISSING_ANSWERS	2	/* complete answers in a row without an item before its record goes */
#define SOURCE_RETRY_S		300	/* the first wait after a failure; doubles */
#define SOURCE_WAIT_MAX_S	86400	/* after which it doubles no more, unless the source's own interval is longer */

/* How a look at a source ended; what the operator reads is said by these. */
enum source_state {
	SOURCE_NEW,		/* not looked at yet */
	SOURCE_FINE,		/* answered, taken */
	SOURCE_UNCHANGED,	/* answered that nothing changed (HTTP 304) */
	SOURCE_ASKS,		/* too much would vanish: nothing touched until the operator answers */
	SOURCE_DOWN,		/* no connection, no name, cut off */
	SOURCE_SLOW,		/* took too long */
	SOURCE_REFUSES,		/* answers with an HTTP error */
	SOURCE_PAGE,		/* a web page instead of data */
	SOURCE_EMPTY,		/* no items where there were some */
	SOURCE_UNREADABLE,	/* not of its format, or broken off */
	SOURCE_USELESS,		/* items, of which none can be a record */
	SOURCE_LARGE,		/* more than may be read */
	SOURCE_PRIVATE,		/* at an address that may not be called */
	SOURCE_FAILED,		/* this node could not store it */
	SOURCE__COUNT
};

/* Its name in the API ("down"), and whether it counts as a failure: then nothing was touched. */
const char *source_state_name(enum source_state s);
int	source_state_is_failure(enum source_state s);

/* One whole answer beside what the earlier ones held. */
struct source_seen {
	int64_t known;		/* items of earlier answers whose records stand by this source */
	int64_t read;		/* items in this answer */
	int64_t usable;		/* of these, what can be a record */
	int64_t missing;	/* of the known, not in this answer */
	int64_t share;		/* percent that may vanish without a question */
};

/* SOURCE_FINE: take it; SOURCE_EMPTY, SOURCE_USELESS, SOURCE_ASKS: touch nothing. */
enum source_state source_judge(const struct source_seen *seen);

/* Does a body (its first bytes) that came as this media type look like a page for people? */
int	source_is_page(const char *type, struct span head);

/* "carte.example.org" of an http or https address; empty when it is none.  It is what may be shown: the rest of an
 * address may be a secret (an agenda's private address). */
struct span source_host(const char *url);

/* Seconds until the next look: every_s after success; after n failures in a row SOURCE_RETRY_S doubling up to
 * a day (or every_s when that is longer), and not before retry_after_s; all of it ± a tenth by random. */
int64_t	source_wait_s(int64_t every_s, int64_t failures, int64_t retry_after_s, uint32_t random);

#endif
