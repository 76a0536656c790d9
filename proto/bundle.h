/* SPDX-License-Identifier: AGPL-3.0-or-later
 * bundle.h - the first line of a bundle: who made it, when, from where to where, and what is in it,
 * piece by piece, signed (SPEC: Bundles).
 *
 * The lines after it are records.  They come in pieces, each a run of whole lines with its own hash, so that a
 * reader can say what is missing or changed, and go on where it was interrupted.
 */
#ifndef PROTO_BUNDLE_H
#define PROTO_BUNDLE_H

#include <stdint.h>

#include <jansson.h>

#include "proto/buf.h"
#include "proto/didkey.h"

struct err;

struct bundle_piece {
	uint64_t bytes;		/* newlines included */
	uint32_t records;
	uint8_t hash[32];	/* SHA-256 of those bytes */
};

struct bundle_manifest {
	int is_signed;		/* 0: an earlier form, of which only "it is a bundle" is known */
	char did[DIDKEY_CHARS + 1];	/* the author whose node made it */
	char name[208];			/* what that node calls itself, cut to fit */
	char position[80], since[80];	/* in the maker's own words; since "": from the beginning */
	int64_t created;	/* Unix seconds */
	uint64_t records, deleted;
	struct bundle_piece *piece;	/* owned */
	size_t pieces;
};

/* Is the first line of a file the head of a bundle? */
int	bundle_is_head(struct span line);

/* Read a head and check its form and its sums.  *out is cleared first, and to be released whatever comes. */
int	bundle_read(struct span line, struct bundle_manifest *out, struct err *e);
void	bundle_release(struct bundle_manifest *m);

/* Is it signed by whom it names?  The identity in it lists the key for that time, and both signatures hold.
 * ERR_SIGNATURE says what does not. */
int	bundle_verify(struct span line, const struct bundle_manifest *m, struct err *e);

/* Append the head that m describes, signed by sk (an operating key, libsodium's 64 bytes); identity is the line
 * of the author's record that lists it.  state: the set's, in hexadecimal. */
int	bundle_write(const struct bundle_manifest *m, const char *state, struct span identity,
	    const uint8_t sk[64], struct buf *out, struct err *e);

/* Does a record's line tell who is admitted, so that it comes before others? */
int	bundle_comes_first(struct span line);

/* What a manifest is known by: SHA-256 of its line, in hexadecimal. */
#define BUNDLE_ID_CHARS 64
void	bundle_id(struct span line, char out[BUNDLE_ID_CHARS + 1]);

#endif
