/* SPDX-License-Identifier: AGPL-3.0-or-later
 * confirm.h - "still true": the day on which a person last said so, and the own records nobody looked at for long.
 *
 * Renewal keeps a record alive by itself; that it still holds only a person can say.
 */
#ifndef NODE_CORE_CONFIRM_H
#define NODE_CORE_CONFIRM_H

#include <stddef.h>
#include <stdint.h>

#include "node/store/store.h"
#include "proto/buf.h"

struct err;
struct node;

#define CONFIRM_ASK_S (335LL * DAY_S)	/* a month before a year: the operator is asked */
#define CONFIRM_STALE_S (365LL * DAY_S)	/* from then on pages say so */

/* When somebody last stood by it: the day in "confirmed", or the last change where that is later.  Unix seconds. */
int64_t	confirm_time(struct span content, int64_t updated);
/* Do records of this kind have such a day? */
int	confirm_kind(enum kind k);

/* Own live records that nobody stood by for longer than older_s, lapsed ones included: visit as in store_list. */
typedef int confirm_fn(void *ctx, const struct stored *row, int64_t since, struct err *e);
int	confirm_list(struct node *n, struct reader *r, int64_t older_s, confirm_fn *visit, void *ctx, struct err *e);

/* Write today's day into these records and sign them anew, in one commit.  *done counts them; one that is refused ends it
 * with its reason, the others stay. */
#define CONFIRM_MAX 500
int	confirm_records(struct node *n, const char *const *ref, size_t count, size_t *done, struct err *e);

#endif
