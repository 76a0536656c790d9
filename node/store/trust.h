/* SPDX-License-Identifier: AGPL-3.0-or-later
 * trust.h - a picture of who vouches for whom at one moment: to say why an author is in or out, and who would go
 * if somebody's word no longer counted.
 */
#ifndef NODE_STORE_TRUST_H
#define NODE_STORE_TRUST_H

#include "node/store/store.h"
#include "proto/admission.h"

struct trust_author {
	char did[DIDKEY_CHARS + 1];
	int own, listed;
	int64_t live, tombstones;	/* here, in the set or kept */
};

/* Everything lives in the arena it was read into.  Authors are numbered as in struct author_info. */
struct trust {
	enum admission_mode mode;
	size_t author_count, root_count, vouch_count;
	const struct trust_author *author;
	const struct admission_root *root;
	const struct admission_vouch *vouch;
	const char (*rid)[RID_CHARS + 1];	/* of each vouch */
	const uint8_t *blocked;			/* one flag an author */
	const uint32_t *subjects;		/* n(y) of SPEC 9.1, of each author */
	const struct admission_result *result;	/* of each author */
};

int	store_trust(struct reader *r, struct arena *a, struct trust *out, struct err *e);

/* How everybody would stand if what voucher says no longer counted: *out in the arena, author_count of them. */
int	trust_without(const struct trust *t, uint32_t voucher, struct arena *a, const struct admission_result **out,
	    struct err *e);

#endif
