/* SPDX-License-Identifier: AGPL-3.0-or-later
 * recur.h - on which days a meeting comes again, and how people say it: the RRULEs that people use
 * (RFC 5545 3.3.10), read without ever walking further than a bound.
 *
 * Understood: FREQ DAILY, WEEKLY, MONTHLY and YEARLY with INTERVAL, COUNT, UNTIL, BYDAY, BYMONTHDAY, BYMONTH,
 * one BYSETPOS.  A strange rule of a stranger may fall on no day in ten thousand years, and libical looks for one
 * for seconds, or for ever; here each day of a short span is asked whether it fits.
 */
#ifndef NODE_WEB_RECUR_H
#define NODE_WEB_RECUR_H

#include <stddef.h>
#include <stdint.h>

#include "proto/buf.h"
#include "text.h"

#define RECUR_DAYS_MAX	4096	/* days from its beginning that a counted rule is followed */
#define RECUR_PARTS_MAX	14	/* values of one BYDAY or BYMONTHDAY */

enum recur_freq { RECUR_DAILY, RECUR_WEEKLY, RECUR_MONTHLY, RECUR_YEARLY };

struct recur {
	enum recur_freq freq;
	int interval, count, setpos;	/* count, setpos 0: none */
	int64_t start, until;		/* days since 1970; until INT64_MAX: open */
	unsigned months;		/* bits 1 << 1..12; 0: any */
	struct { signed char nth, weekday; } day[RECUR_PARTS_MAX];	/* nth 0: each; weekday 0 = Monday */
	int monthday[RECUR_PARTS_MAX];
	size_t days, monthdays;
};

/* Read a rule for a meeting that starts at "YYYY-MM-DDThh:mm".  0: it is none, or beyond what is understood. */
int	recur_read(const char *rule, const char *starts, struct recur *out);
/* The days from..to (since 1970, both included) it falls on, in order; at most max.  Returns how many. */
size_t	recur_list(const struct recur *r, int64_t from, int64_t to, int64_t *out, size_t max);
/* "tous les mardis, jusqu’au 30 juin 2027", in the arena; NULL for a rule with no short name. */
const char *recur_words(struct arena *a, enum lang lang, const struct recur *r);

#endif
