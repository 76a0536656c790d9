/* SPDX-License-Identifier: AGPL-3.0-or-later
 * blocklist.h - what another node's operator has blocked, signed: advice, never an order (SPEC: Block lists).
 *
 * One canonical JSON document with an eddsa-jcs-2022 proof by a key of its author.  Whether that key
 * was the author's to use is for the reader to ask of the identity it holds.
 */
#ifndef PROTO_BLOCKLIST_H
#define PROTO_BLOCKLIST_H

#include <stddef.h>
#include <stdint.h>

#include "proto/buf.h"
#include "proto/canon.h"
#include "proto/didkey.h"

struct err;

#define BLOCKLIST_TYPE "essaim-block-list"

enum block_kind { BLOCK_AUTHOR, BLOCK_RECORD, BLOCK_NODE };

/* What kind of thing is blocked by this text: did:key:…, did:key:…/kind/rid, http(s)://…; the last without a slash
 * at its end.  ERR_INPUT when it is none. */
int	block_kind(struct span what, enum block_kind *kind, struct err *e);

/* Spans borrow from the bytes that were parsed. */
struct blocklist {
	char author[DIDKEY_CHARS + 1];
	uint8_t signer[32];		/* the key that signed */
	int64_t created;		/* Unix seconds, as signed */
	struct canon_iter entries;	/* for blocklist_next */
	size_t count;
};

struct blocklist_entry {
	struct span what;		/* text */
	struct span reason;		/* a raw JSON string */
	int64_t since;			/* Unix seconds */
	enum block_kind kind;
};

/* Size, canonical form, every member, every entry, the signature.  ERR_INPUT, ERR_LIMIT or ERR_SIGNATURE. */
int	blocklist_parse(struct span json, struct blocklist *out, struct err *e);
/* 1 and the next entry of a parsed list, or 0 after the last. */
int	blocklist_next(struct canon_iter *it, struct blocklist_entry *out);

/* Sign the list whose entries are given as a JSON array text: appended to out in canonical form.  sk is libsodium's
 * 64 bytes.  The result passes blocklist_parse when its entries are well-formed. */
int	blocklist_sign(const char *author, struct span entries, const uint8_t sk[64], int64_t created,
	    struct buf *out, struct err *e);

#endif
