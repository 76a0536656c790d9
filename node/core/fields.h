/* SPDX-License-Identifier: AGPL-3.0-or-later
 * fields.h - a record that somebody changed here while its source changed too: whose is each field?
 *
 * Of what a source said last, a digest of each member is kept (12 bytes).  Comparing three ways, a member
 * that only one side changed is that side's; what both changed differently is a question for a person,
 * and stands as it is here until it is answered.  Pure: bytes in, bytes out.
 */
#ifndef NODE_CORE_FIELDS_H
#define NODE_CORE_FIELDS_H

#include <stddef.h>
#include <stdint.h>

#include "proto/buf.h"

struct err;

#define FIELD_DIGEST_BYTES	12	/* 4 of the name, 8 of name and value */
#define FIELDS_ASKED_MAX	64

/* The digests of content's members (canonical JSON), appended to out. */
int	fields_digest(struct span content, struct buf *out, struct err *e);

/* A member that both sides changed; spans borrow from the contents, ptr NULL: it is not there. */
struct field_asked {
	struct span name, ours, theirs;		/* as in the JSON: name between the quotes, values whole */
};

struct fields_merged {
	struct buf content;		/* canonical */
	struct buf digest;		/* what to keep: theirs, but the old one of what is asked */
	struct field_asked asked[FIELDS_ASKED_MAX];
	size_t asked_count;		/* what is above the limit is ours without a question */
};

#define FIELDS_MERGED_INIT(content_max) { .content = BUF_INIT(content_max), .digest = BUF_INIT(1 << 16) }

/* What a person decided on one member. */
struct field_choice {
	struct span name;
	int theirs;			/* 1: take the source's; 0: keep ours */
};

/* base: digests of what the source said before; choice: n decisions, which hold whatever changed.  A latitude
 * goes with its longitude. */
int	fields_merge(struct span base, struct span ours, struct span theirs, const struct field_choice *choice,
	    size_t n, struct fields_merged *out, struct err *e);
void	fields_merged_clear(struct fields_merged *m);

#endif
