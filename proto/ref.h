/* SPDX-License-Identifier: AGPL-3.0-or-later
 * ref.h - a record's name: author, kind and rid (SPEC: References).
 *
 * Written as a DID URL, "did:key:z6Mk.../initiative/k3v9abcdefghijkl".  The name
 * lives for ever; versions of the record come and go under it.
 */
#ifndef PROTO_REF_H
#define PROTO_REF_H

#include <stdint.h>

#include "proto/buf.h"
#include "proto/didkey.h"
#include "proto/limits.h"

struct err;

#define REF_CHARS_MAX (DIDKEY_CHARS + 1 + KIND_CHARS_MAX + 1 + RID_CHARS)

struct ref {
	struct span author;	/* did:key text */
	struct span kind;	/* [a-z-]{1,24} */
	struct span rid;	/* 16 of [a-z2-7], or "self" */
};

/* Split and check a reference; the spans borrow from text. */
int	ref_parse(struct span text, struct ref *out, struct err *e);
int	ref_kind_ok(struct span kind);
int	ref_rid_ok(struct span rid);
/* Write it; out holds REF_CHARS_MAX + 1 bytes. */
void	ref_format(const struct ref *r, char *out);

/* A fresh rid from 10 random bytes, or the deterministic rid of an imported row or a vouch:
 * the first 80 bits of a keyed BLAKE2b, so that the source's own identifier cannot be guessed back. */
void	rid_from_random(const uint8_t random[10], char out[RID_CHARS + 1]);
void	rid_from_source(const uint8_t key[32], struct span source, char out[RID_CHARS + 1]);

#endif
