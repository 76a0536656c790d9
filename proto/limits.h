/* SPDX-License-Identifier: AGPL-3.0-or-later
 * limits.h - every bound in the protocol, in one place; SPEC.md "Limits" quotes them.
 *
 * Units are in the names: _BYTES_, _CHARS_ (Unicode code points), _S (seconds),
 * _MS (milliseconds), _MAX counts where nothing else is said.
 */
#ifndef PROTO_LIMITS_H
#define PROTO_LIMITS_H

/* One record (SPEC: Envelope) */
#define RECORD_BYTES_MAX	(16 * 1024)	/* its canonical line, newline not counted */
#define RECORD_DEPTH_MAX	16		/* nested arrays and objects, the record itself counted */
#define KIND_CHARS_MAX		24
#define RID_CHARS		16
#define NONCE_BYTES		16
#define LANG_CHARS_MAX		35
#define LICENSE_CHARS_MAX	64
#define INTEGER_MAX		9007199254740991LL	/* 2^53 - 1, both signs */

/* Time (SPEC: Time) */
#define DAY_S			86400
#define LIVE_LIFETIME_S		(400LL * DAY_S)	/* expires <= created + this */
#define TOMBSTONE_LIFETIME_S	(430LL * DAY_S)	/* exactly */
#define IDENTITY_LIFETIME_S	(3653LL * DAY_S)
#define FUTURE_S		600		/* further ahead of our clock: held */
#define CLOCK_LEAP_S		(30LL * DAY_S)

/* Identity and admission (SPEC: Authority, Admission) */
#define IDENTITY_KEYS_MAX	16
#define IDENTITY_CHAIN_MAX	12
#define VOUCH_HOPS_DEFAULT	3
#define VOUCH_BUDGET_DEFAULT	20000
#define DIRECT_POOL_DEFAULT	100000
#define TOMBSTONES_MAX		4096		/* an author's newest */
#define VOUCHES_MAX		1024		/* live vouches counted per author */

/* A batch, a page of changes, a reconciliation round (SPEC: Sync) */
#define BATCH_RECORDS_MAX	4096
#define BATCH_BYTES_MAX		(8 * 1024 * 1024)
#define CHANGES_RECORDS_MAX	4096
#define CHANGES_WAIT_S_MAX	55
#define IDS_MAX			16384		/* ids in one records/get */
#define RECONCILE_BYTES_MAX	(256 * 1024)	/* one message, either way */
#define RECONCILE_FRAME_BYTES_MIN 4096		/* a message may not be asked to be smaller */
#define RECONCILE_RANGES_MAX	32768		/* in one message */
#define RECONCILE_ROUNDS_MAX	256		/* in one session */
#define RECONCILE_IDS_MAX	(256 * 1024)	/* differences in one session; more: fetch a bundle */
#define CURSOR_CHARS_MAX	96
#define PART_CHARS_MAX		6144		/* text of a part */
#define PART_TERMS_MAX		4
#define PART_AUTHORS_MAX	512		/* named in one part */
#define PART_AUTHOR_CHARS	8
#define FEED_END_BYTES_MAX	8192		/* the line that ends a page of changes */
#define BUNDLE_HEAD_BYTES_MAX	(1024 * 1024)	/* the first line of a bundle */
#define BUNDLE_PIECES_MAX	8192
#define PENDING_PER_AUTHOR_MAX	256		/* held and unresolved records kept aside */
#define PENDING_MAX		8192
#define BLOCKLIST_BYTES_MAX	(1024 * 1024)	/* one signed list of what an operator blocked */
#define BLOCKLIST_ENTRIES_MAX	8192
#define BLOCKLIST_REASON_BYTES_MAX 1000		/* of a reason, as JSON text */

/* Bounds of this implementation, no part of the protocol: SPEC does not list what follows */
#define RECONCILE_QUEUE_BYTES_MAX (16 * 1024 * 1024)	/* what a client still wants to ask */
#define BUNDLE_PIECE_BYTES	(1024 * 1024)	/* a piece that we write ends where it has so many */
#define RESULT_BYTES_MAX	1024	/* read of one line of an answer, or of a cursor line */

/* One conversation with one peer */
#define SYNC_PAGES_MAX		1024		/* of the feed */
#define SYNC_REQUESTS_MAX	8192
#define SYNC_INTAKES_MAX	2		/* batches taken in while the next is fetched */
#define SYNC_INVALID_MAX	64		/* lines that are no record, before the peer is given up */
#define SYNC_RETRY_MAX		16384		/* records offered again once their author is known */
#define SYNC_AUTHORS_MAX	1024		/* authors of those, or whose identity is sent along */
#define SYNC_PASSES_MAX		4
#define SYNC_FEW		64		/* a node with fewer records reads the feed from its start */
#define SYNC_BUSY_MAX		3		/* times a busy peer is asked again */
#define PHANTOMS_MAX		65536		/* remembered refusals per peer; past it: policies do not fit */

_Static_assert(BATCH_BYTES_MAX >= RECORD_BYTES_MAX + 1, "a batch holds any one record");
_Static_assert(TOMBSTONE_LIFETIME_S > LIVE_LIFETIME_S, "a tombstone outlives what it deletes");
_Static_assert(IDENTITY_LIFETIME_S > TOMBSTONE_LIFETIME_S, "an identity outlives what it signs");
_Static_assert(RECONCILE_BYTES_MAX >= RECONCILE_FRAME_BYTES_MIN, "a reconciliation frame fits");
_Static_assert(1LL * RECONCILE_ROUNDS_MAX * RECONCILE_BYTES_MAX >= 128LL * RECONCILE_IDS_MAX,
    "the rounds suffice for as many differences (70 to 110 bytes each, either way, were measured)");
_Static_assert(RECONCILE_RANGES_MAX <= RECONCILE_BYTES_MAX / 3, "a range takes three bytes or more");
_Static_assert(SYNC_FEW < BATCH_RECORDS_MAX, "a small set is one batch");
_Static_assert(FEED_END_BYTES_MAX >= PART_CHARS_MAX + 1024, "the end of a page says what the server holds");
_Static_assert(IDS_MAX * 32 <= BATCH_BYTES_MAX, "a list of ids fits a batch");

#endif
