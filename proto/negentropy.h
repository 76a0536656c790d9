/* SPDX-License-Identifier: AGPL-3.0-or-later
 * negentropy.h - range-based set reconciliation on the wire: Negentropy protocol V1, both roles.
 *
 * The client opens a session over a view of its set and exchanges messages until it knows which ids
 * only it holds and which only the server holds.  The server keeps nothing between messages: each is
 * one call of negentropy_respond.  Both read bytes and write bytes; whoever calls moves them.
 * (SPEC: Reconciliation; the messages are those of the public Negentropy implementations)
 */
#ifndef PROTO_NEGENTROPY_H
#define PROTO_NEGENTROPY_H

#include <stddef.h>
#include <stdint.h>

#include "proto/buf.h"

struct err;
struct set_item;
struct set_view;

#define NEGENTROPY_VERSION 0x61

/* How to speak, and how much to bear.  Zero means the default of each. */
struct negentropy_params {
	unsigned buckets;	/* ranges a differing one is cut into: 2 to 64 */
	unsigned list_below;	/* a range of fewer items is listed instead; from buckets to 64 */
	size_t frame_bytes_max;	/* of a message written; at least RECONCILE_FRAME_BYTES_MIN */
	size_t read_bytes_max;	/* of a message read */
	size_t read_ranges_max;	/* in a message read */
	size_t queue_bytes_max;	/* a client's session: what it still wants to ask */
	uint64_t ids_max;	/* a client's session: ids found, both kinds together */
	unsigned rounds_max;	/* a client's session: messages read */
};

/* As the public implementations cut (and the default): 16 ranges, lists under 32.  And as this node's
 * server does, in half the bytes. */
#define NEGENTROPY_REFERENCE { .buckets = 16, .list_below = 32 }
#define NEGENTROPY_COMPACT { .buckets = 8, .list_below = 12 }

/* How a client of so many items should cut, so that together with a server that cuts as
 * NEGENTROPY_COMPACT the last question is about few items: fewest rounds, then fewest bytes. */
struct negentropy_params negentropy_fit(uint64_t count);

/* Answer one message.  out is emptied first, and must be able to hold frame_bytes_max; it never gets
 * more.  A message of another protocol version is answered by our version alone, as the protocol says.
 * -1: ERR_INPUT for bytes that are no message, ERR_LIMIT, ERR_MEMORY. */
int	negentropy_respond(const struct negentropy_params *p, struct set_view *v, struct span in,
	    struct buf *out, struct err *e);

/* What a session finds, as it finds it; a callback's -1 ends the session.  With an honest server each
 * id comes once; with a lying one, which could make it come again, ids_max is the bound. */
struct negentropy_found {
	int (*have)(void *arg, const struct set_item *item, struct err *e);	/* only we hold it */
	int (*need)(void *arg, const uint8_t id[32], struct err *e);	/* only the server holds it */
	void *arg;
};

struct negentropy;

/* A session over v, which is borrowed; its base may change between messages.  NULL: ERR_MEMORY. */
struct negentropy *negentropy_new(const struct negentropy_params *p, struct set_view *v,
	    const struct negentropy_found *found, struct err *e);
void	negentropy_free(struct negentropy *n);

/* Write the first message; what out must hold is as for negentropy_respond. */
int	negentropy_initiate(struct negentropy *n, struct buf *out, struct err *e);
/* Read the server's answer and write the next message; out empty: done, everything is found.
 * -1: ERR_INPUT (also: the server speaks another version), ERR_LIMIT, ERR_MEMORY, or a callback's. */
int	negentropy_step(struct negentropy *n, struct span in, struct buf *out, struct err *e);

#endif
