/* SPDX-License-Identifier: AGPL-3.0-or-later
 * reason.h - what a node answers for each record offered to it (SPEC: Results and reason codes).
 */
#ifndef PROTO_REASON_H
#define PROTO_REASON_H

enum verdict {
	VERDICT_STORED,		/* new here, now in the set */
	VERDICT_DUPLICATE,	/* this very version is here already */
	VERDICT_SUPERSEDED,	/* a later version of the same record is here */
	VERDICT_REFUSED,	/* well-formed, and not wanted or not permitted */
	VERDICT_HELD,		/* from the future: kept aside until its time */
	VERDICT_UNRESOLVED,	/* its author's identity is not known yet: send it, then again */
	VERDICT_INVALID,	/* not a record of this protocol */
	VERDICT__COUNT
};

/* In the order in which the checks are made; the first that fails is reported. */
enum reason {
	REASON_NONE,
	REASON_SIZE,		/* invalid: longer than RECORD_BYTES_MAX */
	REASON_CANONICAL,	/* invalid: not its own RFC 8785 form, or deeper than allowed */
	REASON_ENVELOPE,	/* invalid: a member is missing, unknown at the top, or breaks its rule */
	REASON_BLOCKED,		/* refused: blocked or erased here */
	REASON_ADMISSION,	/* refused: nobody here vouches for the author */
	REASON_SCOPE,		/* refused: outside the areas or kinds that this node holds */
	REASON_FUTURE,		/* held: created or updated lies ahead of this node's clock */
	REASON_EXPIRED,		/* refused: its time is over */
	REASON_DUPLICATE,	/* duplicate */
	REASON_SUPERSEDED,	/* superseded */
	REASON_RETIRED,		/* refused: the author retired after this was written */
	REASON_IDENTITY,	/* unresolved: the author's identity is missing here */
	REASON_KEY,		/* refused: the signing key is not one of the author's (any more) */
	REASON_SUCCESSION,	/* refused: an identity that breaks the author's commitment */
	REASON_SIGNATURE,	/* refused: the signature does not hold */
	REASON_QUOTA,		/* refused: outside the author's quota */
	REASON_BUSY,		/* refused for now: this node is full or stopping; offer it again */
	REASON__COUNT
};

const char	*verdict_name(enum verdict v);		/* "stored", ... as on the wire */
enum verdict	 verdict_find(const char *name);	/* VERDICT__COUNT when unknown */
const char	*reason_name(enum reason r);		/* "size", ...; "" for REASON_NONE */
enum reason	 reason_find(const char *name);		/* REASON__COUNT when unknown */
/* One English sentence for people: what it means, what to do. */
const char	*reason_text(enum reason r);
/* The verdict that goes with a reason. */
enum verdict	 reason_verdict(enum reason r);
/* May the same bytes be accepted later without the author doing anything (so: keep no lasting refusal)? */
int		 reason_may_pass(enum reason r);

#endif
