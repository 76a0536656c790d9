/* SPDX-License-Identifier: AGPL-3.0-or-later
 * trust.h - how an author stands, printed: for the meeting, for trust, for what a block would remove.
 */
#ifndef NODE_API_TRUST_H
#define NODE_API_TRUST_H

#include "node/api/emit.h"
#include "node/core/node.h"
#include "node/store/trust.h"

/* What an author calls itself: its territory record's name, else its node's, else "".  In the arena. */
const char *trust_name(struct reader *r, const char *did, struct arena *a);

/* "vouchers": every vouch for the author, with what it gives and how that is computed. */
int	trust_print_vouchers(struct emit *j, struct reader *r, const struct trust *t, uint32_t num, struct arena *a,
	    struct err *e);

/* Who is in now and would not be without what voucher says: fills num[0..cap), returns how many there are. */
size_t	trust_leaving(const struct trust *t, const struct admission_result *then, uint32_t *num, size_t cap);

#endif
