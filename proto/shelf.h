/* SPDX-License-Identifier: AGPL-3.0-or-later
 * shelf.h - filtered sets kept ready: the items of one author, of one kind, of both, or of a part.
 *
 * A reconciliation with a filter is many questions over the same part of the set.  The part is built
 * once, by whoever can list it in its own time (an index by author and kind), and from then on follows
 * every change of the whole, so that no round passes over all items.  (SPEC: Reconciliation, Filters)
 *
 * Like the set it stands beside, a shelf locks nothing: shelf_get only reads.
 */
#ifndef PROTO_SHELF_H
#define PROTO_SHELF_H

#include <stddef.h>
#include <stdint.h>

struct err;
struct set;

struct shelf_filter {
	const char *author;	/* did:key; NULL: any */
	const char *kind;	/* NULL: any */
	const char *part;	/* a well-formed part (part.h); NULL: everything */
};

/* Does a record belong?  Identities and retirements belong to every part: without them nobody could
 * judge the rest. */
int	shelf_filter_holds(const struct shelf_filter *f, const char *author, const char *kind);

struct shelf;

/* At most so many sets, and so many items in all of them together.  NULL: no memory. */
struct shelf	*shelf_new(size_t sets_max, uint64_t items_max);
void		shelf_free(struct shelf *s);

/* The set for this filter; NULL: not here, build it and put it.  Borrowed until the next put, change
 * or clear. */
const struct set *shelf_get(const struct shelf *s, const struct shelf_filter *f);
/* Take ownership of the set, which must hold exactly what the whole holds now; the oldest go if there
 * are too many.  -1, and the set is freed: ERR_LIMIT if it alone is too large (then use it for the one
 * question only), ERR_MEMORY. */
int		shelf_put(struct shelf *s, const struct shelf_filter *f, struct set *set, struct err *e);

/* The whole gained or lost an item.  A set for which memory ends is dropped, to be built again. */
void		shelf_insert(struct shelf *s, const char *author, const char *kind, uint64_t ts,
		    const uint8_t id[32]);
void		shelf_delete(struct shelf *s, const char *author, const char *kind, uint64_t ts,
		    const uint8_t id[32]);
void		shelf_clear(struct shelf *s);	/* the whole was replaced, or changed unseen */

#endif
