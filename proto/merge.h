/* SPDX-License-Identifier: AGPL-3.0-or-later
 * merge.h - which of two versions of one record stands (SPEC: Merge).
 *
 * A pure, total order per (author, kind, rid), so that every node keeps the same
 * version whatever the order of arrival: greater updated, then tombstone over
 * live, then greater created, then lower id.  For identities a longer valid
 * chain of succession comes first.
 */
#ifndef PROTO_MERGE_H
#define PROTO_MERGE_H

#include <stdint.h>

struct version {
	unsigned generation;	/* identity: length of the chain; 0 for every other kind */
	int64_t updated, created;
	int deleted;
	uint8_t id[32];
};

/* > 0 when a stands over b, < 0 when b stands over a, 0 when they are the same version. */
int	merge_compare(const struct version *a, const struct version *b);

/* Two live versions with one updated and different ids: two writers used one key.  (A renewal has the
 * same updated too, but another created: told apart by content, so the caller passes whether the
 * contents are equal.) */
int	merge_is_conflict(const struct version *a, const struct version *b, int same_content);

#endif
