/* SPDX-License-Identifier: AGPL-3.0-or-later
 * sources.h - other directories that are looked at again and again: who looks when, and what the operator decides.
 *
 * A look asks for what is new (conditional requests), reads the whole answer without touching anything,
 * judges it (source_rule.h), and only then takes it in as an import does.  What vanished goes after
 * two complete answers without it, and never when a person changed its record here; more than a share
 * of that waits for the operator.  Each source has its own timeout and its own waits; a few are looked at
 * at once, so that a slow one holds nobody up.
 */
#ifndef NODE_CORE_SOURCES_H
#define NODE_CORE_SOURCES_H

#include <stddef.h>
#include <stdint.h>

#include "node/core/fields.h"
#include "node/store/store.h"

struct err;
struct node;
struct sources;

#define SOURCES_AT_ONCE		4	/* threads that look */
#define SOURCES_MAX		500	/* watched by one node */
#define SOURCE_EVERY_S_MIN	60
#define SOURCE_EVERY_S_MAX	(31 * 86400)
#define SOURCE_MAPPING_BYTES_MAX ((size_t)256 << 10)

int	sources_open(struct node *n, struct sources **out, struct err *e);	/* no threads yet */
int	sources_start(struct sources *s, struct err *e);
void	sources_halt(struct sources *s);	/* cuts looks under way, joins; NULL is fine */
void	sources_free(struct sources *s);	/* after sources_halt; NULL is fine */
void	sources_wake(struct sources *s);	/* a source was added or is due sooner; any thread */

/* Add one, or change what is said of one that is there: its url, name, format, kind, author, lang, license
 * and every_s count; it is looked at anew.  mapping NULL: as it was.  ERR_INPUT, ERR_LIMIT, ERR_NOT_FOUND (the author). */
int	sources_add(struct node *n, const struct watch *w, const char *mapping, struct err *e);
int	sources_pause(struct node *n, const char *url, int paused, struct err *e);

/* Look now, in the calling thread; waits for a look under way.  anew: ask for everything even when nothing
 * changed.  *out is how it stands afterwards: a source that is down is no failure of this.  ERR_NOT_FOUND. */
int	sources_look(struct node *n, const char *url, int anew, struct watch *out, struct err *e);

/* The operator's answer to "asked records would vanish": let them go, or keep them here.  asked is the number
 * that was shown; ERR_CONFLICT when it is another by now.  *done counts records that went (or were kept). */
int	sources_answer(struct node *n, const char *url, int let_go, int64_t asked, int64_t *done, struct err *e);

/* A difference as it stands now: the record here, what the source says, and the fields to decide.  1; 0 when
 * nothing is left to decide (the question is then forgotten); -1.  Everything lives in the arena. */
struct difference {
	struct source_question question;
	struct stored record;
	struct span base;			/* digests of what the source said before */
	const struct field_asked *asked;
	size_t asked_count;
};
int	sources_difference(struct node *n, const char *source, const char *item, struct arena *a,
	    struct difference *out, struct err *e);
/* Decide fields of it; what is not decided stays asked.  ERR_NOT_FOUND when there is no such question. */
int	sources_decide(struct node *n, const char *source, const char *item, const struct field_choice *choice,
	    size_t count, struct err *e);

/* look.c: one look at w, whose outcome is written into it (last_try, state, counts, next_try, …).  -1 only when
 * the node stops meanwhile. */
int	source_look(struct node *n, struct watch *w, const char *mapping, const _Atomic int *stop, struct err *e);
/* Delete the records of those items of the source that are missing for at least so many answers; changed here
 * by hand: kept.  *gone counts. */
int	source_let_go(struct node *n, const char *source, int64_t missing_min, int64_t *gone, int64_t *kept,
	    struct err *e);

#endif
