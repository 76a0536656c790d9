/* SPDX-License-Identifier: AGPL-3.0-or-later
 * archive.h - every line that was ever sent in the simulated network, once.
 *
 * Nodes hold numbers of items; the bytes, their reading and the verification of their signature are
 * shared.  Nothing a node decides is shared.  Numbers start at 1; 0 is none.
 */
#ifndef TOOLS_SIM_ARCHIVE_H
#define TOOLS_SIM_ARCHIVE_H

#include "proto/authority.h"
#include "proto/didkey.h"
#include "proto/judge.h"
#include "proto/record.h"

struct item {
	struct record r;	/* when why is REASON_NONE; its spans borrow from line */
	struct span line;
	enum reason why;	/* of the envelope */
	enum signature_state signature;
	struct version version;
	struct identity *identity;	/* of an identity that reads well, else NULL */
	uint32_t author, name;
	uint32_t vouch_to;	/* of a vouch that lets somebody in: author number + 1, else 0 */
	int vouch_hops;
	int64_t vouch_budget;
	int genuine;		/* signed by a key that its author delegated to: the truth, not a node's view */
};

/* An author, and the names that it ever used. */
struct pen_name {
	char did[DIDKEY_CHARS + 1];
	uint32_t *name;
	size_t names, cap;
};

struct archive;

struct archive	*archive_new(void);
void		 archive_free(struct archive *a);

uint32_t	 archive_put(struct archive *a, struct span line);	/* the same number for the same bytes */
struct item	*archive_item(const struct archive *a, uint32_t number);
uint32_t	 archive_find(const struct archive *a, const uint8_t id[ID_BYTES]);	/* 0: never seen */
size_t		 archive_items(const struct archive *a);	/* the highest number */

uint32_t	 archive_author(struct archive *a, struct span did);	/* dense, from 0 */
size_t		 archive_authors(const struct archive *a);
const struct pen_name *archive_names_of(const struct archive *a, uint32_t author);
size_t		 archive_names(const struct archive *a);	/* names are dense, from 0 */
/* The names under which vouches were ever written. */
const uint32_t	*archive_vouch_names(const struct archive *a, size_t *n);

#endif
