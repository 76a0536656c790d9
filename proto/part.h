/* SPDX-License-Identifier: AGPL-3.0-or-later
 * part.h - a part of the set, as text: some kinds of some authors (SPEC: Parts).
 *
 * A node that holds less than everything asks for its part and says what it is, so that neither side
 * sends, lists or refuses what the other does not want.  A part is up to PART_TERMS_MAX terms joined by
 * "."; each is KINDS ":" AUTHORS, both lists joined by ",", an empty one meaning any.  An author is the
 * PART_AUTHOR_CHARS characters that follow "did:key:z6Mk": the rare others that share them match too.
 */
#ifndef PROTO_PART_H
#define PROTO_PART_H

#include <stddef.h>
#include <stdint.h>

#include "proto/buf.h"
#include "proto/limits.h"

struct err;

struct part_term {
	struct span kinds;		/* as in the text; empty: any */
	size_t first, count;		/* of its authors, in author[]; 0: any */
};

struct part {
	struct part_term term[PART_TERMS_MAX];
	size_t terms;
	uint64_t author[PART_AUTHORS_MAX];	/* ascending within a term */
	size_t authors;
};

/* Read text, which must outlive *out.  -1: ERR_USAGE, or ERR_LIMIT. */
int	part_parse(struct span text, struct part *out, struct err *e);

/* Does a record belong?  Identities and retirements belong to every part: without them nobody could
 * judge the rest. */
int	part_holds(const struct part *p, struct span author, struct span kind);

/* Append the characters that stand for an author (a did:key).  -1: it is none, or out is full. */
int	part_add_author(struct buf *out, const char *did, struct err *e);

#endif
