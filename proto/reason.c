/* SPDX-License-Identifier: AGPL-3.0-or-later
 * reason.c - the tables of verdicts and reasons; see reason.h. */
#include "proto/reason.h"

#include <assert.h>
#include <string.h>

static const char *const verdict_table[VERDICT__COUNT] = {
	[VERDICT_STORED]	= "stored",
	[VERDICT_DUPLICATE]	= "duplicate",
	[VERDICT_SUPERSEDED]	= "superseded",
	[VERDICT_REFUSED]	= "refused",
	[VERDICT_HELD]		= "held",
	[VERDICT_UNRESOLVED]	= "unresolved",
	[VERDICT_INVALID]	= "invalid",
};

static const struct {
	const char *name;
	enum verdict verdict;
	int may_pass;
	const char *text;
} reason_table[REASON__COUNT] = {
	[REASON_NONE]	= { "", VERDICT_STORED, 0, "Taken: it is here now." },
	[REASON_SIZE]	= { "size", VERDICT_INVALID, 0,
	    "The record is longer than 16 KiB; shorten its texts." },
	[REASON_CANONICAL] = { "canonical", VERDICT_INVALID, 0,
	    "The bytes are not canonical JSON (RFC 8785), or nest too deeply; write them with a JCS library." },
	[REASON_ENVELOPE] = { "envelope", VERDICT_INVALID, 0,
	    "A member of the record is missing, unknown or breaks its rule; the detail says which." },
	[REASON_BLOCKED] = { "blocked", VERDICT_REFUSED, 1,
	    "This node's operator has blocked or erased it; ask the operator." },
	[REASON_ADMISSION] = { "admission", VERDICT_REFUSED, 1,
	    "Nobody this node trusts vouches for the author; ask a member of the network to vouch." },
	[REASON_SCOPE]	= { "scope", VERDICT_REFUSED, 1,
	    "This node keeps only some territories or kinds, and not this one; offer it elsewhere." },
	[REASON_FUTURE]	= { "future", VERDICT_HELD, 1,
	    "It is dated ahead of this node's clock; it will be tried again then, but check the clock that signed it." },
	[REASON_EXPIRED] = { "expired", VERDICT_REFUSED, 0,
	    "Its time is over; its author can renew it." },
	[REASON_DUPLICATE] = { "duplicate", VERDICT_DUPLICATE, 0,
	    "This very version is here already; nothing to do." },
	[REASON_SUPERSEDED] = { "superseded", VERDICT_SUPERSEDED, 0,
	    "A later version or a deletion of this record is here; fetch it before changing anything." },
	[REASON_RETIRED] = { "retired", VERDICT_REFUSED, 0,
	    "The author has retired, and this is from before; it must not come back." },
	[REASON_IDENTITY] = { "identity", VERDICT_UNRESOLVED, 1,
	    "The author's identity record is not known here; send it first, then this again." },
	[REASON_KEY]	= { "key", VERDICT_REFUSED, 1,
	    "The key that signed it is not one of the author's for that time; publish the identity that lists it, or sign again." },
	[REASON_SUCCESSION] = { "succession", VERDICT_REFUSED, 0,
	    "This identity breaks what an earlier root of the author committed to; only the announced next root can succeed." },
	[REASON_SIGNATURE] = { "signature", VERDICT_REFUSED, 0,
	    "The signature does not hold: the record was changed after signing, or signed wrongly." },
	[REASON_QUOTA]	= { "quota", VERDICT_REFUSED, 1,
	    "The author's quota is taken by newer records; delete some or ask for a larger budget." },
	[REASON_BUSY]	= { "busy", VERDICT_REFUSED, 1,
	    "This node is full or stopping; offer it again later." },
};

const char *
verdict_name(enum verdict v)
{
	assert(v < VERDICT__COUNT);
	return verdict_table[v];
}

enum verdict
verdict_find(const char *name)
{
	unsigned v;

	for (v = 0; v < VERDICT__COUNT; v++)
		if (strcmp(verdict_table[v], name) == 0)
			break;
	return (enum verdict)v;
}

const char *
reason_name(enum reason r)
{
	assert(r < REASON__COUNT);
	return reason_table[r].name;
}

enum reason
reason_find(const char *name)
{
	unsigned r;

	for (r = 0; r < REASON__COUNT; r++)
		if (strcmp(reason_table[r].name, name) == 0)
			break;
	return (enum reason)r;
}

const char *
reason_text(enum reason r)
{
	assert(r < REASON__COUNT);
	return reason_table[r].text;
}

enum verdict
reason_verdict(enum reason r)
{
	assert(r < REASON__COUNT);
	return reason_table[r].verdict;
}

int
reason_may_pass(enum reason r)
{
	assert(r < REASON__COUNT);
	return reason_table[r].may_pass;
}
