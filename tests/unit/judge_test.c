/* SPDX-License-Identifier: AGPL-3.0-or-later
 * judge_test.c - each check alone, each check before the next, and the cases that meet in practice. */
#include "tests/unit/author.h"

#include "proto/judge.h"

static struct key root, next, op, stranger;
static struct identity known;

static struct version
version_at(int64_t updated, int64_t created, int deleted, uint8_t id)
{
	struct version v = { .updated = updated, .created = created, .deleted = deleted };

	memset(v.id, id, sizeof v.id);
	return v;
}

/* A node that takes the record: everything in order. */
static struct judge_view
willing(void)
{
	return (struct judge_view){ .now = T0 + 60, .admitted = 1, .retired = -1, .identity = &known,
	    .tombstone_floor = -1 };
}

static enum reason
judged(const struct record *r, const struct judge_view *v)
{
	struct err e = { 0 };
	enum reason why = judge(r, v, SIGNATURE_UNKNOWN, NULL, &e);

	CHECK_ROW(reason_name(why), (why == REASON_NONE) == (e.text[0] == '\0'));
	return why;
}

static void
expect(const char *what, enum reason got, enum reason want)
{
	if (got != want)
		fail_msg("%s: \"%s\", not \"%s\"", what, reason_name(got), reason_name(want));
}

/* Break everything at once, then mend it in the order of the checks: each time the next one answers. */
static void
the_first_failure_is_told(void **state)
{
	struct record_draft d = draft_of(&root, KIND_INITIATIVE);
	struct signed_record s = sign_with(&d, &stranger);
	struct version later = version_at(T0 + 1, T0 + 1, 0, 1), self;
	struct judge_view v = { .now = T0 - FUTURE_S - 1, .blocked = 1, .out_of_scope = 1, .retired = T0,
	    .current = &later, .tombstone_floor = T0 + 1 };

	(void)state;
	s.r.signature[0] ^= 1;
	expect("blocked", judged(&s.r, &v), REASON_BLOCKED);
	v.blocked = 0;
	expect("not admitted", judged(&s.r, &v), REASON_ADMISSION);
	v.admitted = 1;
	expect("out of scope", judged(&s.r, &v), REASON_SCOPE);
	v.out_of_scope = 0;
	expect("601 s ahead", judged(&s.r, &v), REASON_FUTURE);
	v.now = expiry_day(s.r.expires);
	expect("expired", judged(&s.r, &v), REASON_EXPIRED);
	v.now = expiry_day(s.r.expires) - 1;
	expect("an edit is here", judged(&s.r, &v), REASON_SUPERSEDED);
	self = version_at(s.r.updated, s.r.created, 0, 0);
	memcpy(self.id, s.r.id, 32);
	v.current = &self;
	expect("it is here", judged(&s.r, &v), REASON_DUPLICATE);
	v.current = NULL;
	expect("retired", judged(&s.r, &v), REASON_RETIRED);
	v.retired = T0 - 1;
	expect("no identity", judged(&s.r, &v), REASON_IDENTITY);
	v.identity = &known;
	expect("not a key of the author", judged(&s.r, &v), REASON_KEY);
	memcpy(s.r.signer_key, op.pub, 32);
	expect("the signature", judged(&s.r, &v), REASON_SIGNATURE);
	signed_clear(&s);
	s = sign_with(&d, &op);
	expect("older than a forgotten deletion", judged(&s.r, &v), REASON_QUOTA);
	v.tombstone_floor = T0;
	v.quota_full = 1;
	v.quota_oldest = version_at(T0 + 1, T0 + 1, 0, 0);
	expect("the quota is taken by newer ones", judged(&s.r, &v), REASON_QUOTA);
	v.quota_full = 0;
	expect("nothing against it", judged(&s.r, &v), REASON_NONE);
	signed_clear(&s);
}

static void
signatures_checked_elsewhere(void **state)
{
	struct record_draft d = draft_of(&root, KIND_INITIATIVE);
	struct signed_record s = sign_with(&d, &op);
	struct judge_view v = willing();
	struct err e = { 0 };

	(void)state;
	expect("known broken", judge(&s.r, &v, SIGNATURE_BROKEN, NULL, &e), REASON_SIGNATURE);
	expect("known to hold", judge(&s.r, &v, SIGNATURE_HOLDS, NULL, &e), REASON_NONE);
	s.r.signature[3] ^= 4;
	expect("not known", judge(&s.r, &v, SIGNATURE_UNKNOWN, NULL, &e), REASON_SIGNATURE);
	signed_clear(&s);
}

static void
the_clock_has_600_seconds(void **state)
{
	struct record_draft d = draft_of(&root, KIND_INITIATIVE);
	struct signed_record s = sign_with(&d, &op);
	struct judge_view v = willing();
	struct err e = { 0 };

	(void)state;
	v.now = T0 - FUTURE_S;
	expect("600 s ahead", judged(&s.r, &v), REASON_NONE);
	v.now--;
	expect("601 s ahead", judge(&s.r, &v, SIGNATURE_UNKNOWN, NULL, &e), REASON_FUTURE);
	CHECK(strstr(e.text, "601 s") != NULL);	/* the writer is told by how much */
	signed_clear(&s);
}

static void
own_records_stay_at_home(void **state)
{
	struct record_draft d = draft_of(&root, KIND_INITIATIVE);
	struct signed_record s = sign_with(&d, &op);
	struct judge_view v = willing();

	(void)state;
	v.own = 1;
	v.admitted = 0;
	v.out_of_scope = 1;
	v.now = s.r.expires + 100 * DAY_S;
	v.quota_full = 1;
	v.quota_oldest = version_at(T0 + 9, T0 + 9, 0, 1);
	v.tombstone_floor = T0 + 9;
	expect("expired, out of scope and quota", judged(&s.r, &v), REASON_NONE);
	v.blocked = 1;
	expect("erased here all the same", judged(&s.r, &v), REASON_BLOCKED);
	signed_clear(&s);
}

static void
quotas_count_the_newest_live_ones(void **state)
{
	struct record_draft d = draft_of(&root, KIND_INITIATIVE), t = tombstone_of(&root, KIND_INITIATIVE);
	struct record_draft n = draft_of(&root, KIND_NODE), p = draft_of(&root, KIND_VOUCH);
	struct signed_record s = sign_with(&d, &op), tomb = sign_with(&t, &op), node = sign_with(&n, &op);
	struct signed_record vouch = sign_with(&p, &op);
	struct version before = version_at(T0 - 9, T0 - 9, 0, 1), deleted = version_at(T0 - 9, T0 - 9, 1, 1);
	struct judge_view v = willing();

	(void)state;
	v.quota_full = 1;
	v.quota_oldest = version_at(T0 - 1, T0, 0, 0xff);
	expect("newer than the oldest", judged(&s.r, &v), REASON_NONE);
	v.quota_oldest = version_at(T0, T0, 0, 0x00);
	expect("as old, of higher id", judged(&s.r, &v), REASON_NONE);
	v.quota_oldest = version_at(T0, T0, 0, 0xff);
	expect("as old, of lower id", judged(&s.r, &v), REASON_QUOTA);
	expect("a deletion takes no room", judged(&tomb.r, &v), REASON_NONE);
	expect("a kind of one has its own room", judged(&node.r, &v), REASON_NONE);
	expect("vouches past their cap", judged(&vouch.r, &v), REASON_QUOTA);
	v.current = &before;
	v.quota_oldest = version_at(T0 + 9, T0, 0, 0);
	expect("an edit takes its own place", judged(&s.r, &v), REASON_NONE);
	v.current = &deleted;
	expect("coming back needs room", judged(&s.r, &v), REASON_QUOTA);
	v = willing();
	v.tombstone_floor = T0 + 1;
	expect("a deletion older than all kept", judged(&tomb.r, &v), REASON_QUOTA);
	v.tombstone_floor = T0;
	expect("a deletion as old as the oldest kept", judged(&tomb.r, &v), REASON_NONE);
	signed_clear(&s);
	signed_clear(&tomb);
	signed_clear(&node);
	signed_clear(&vouch);
}

/* A renewal made elsewhere after a deletion must not bring the record back, whichever comes first. */
static void
a_renewal_never_beats_a_deletion(void **state)
{
	struct record_draft d = draft_of(&root, KIND_INITIATIVE), t = tombstone_of(&root, KIND_INITIATIVE);
	struct signed_record renewed, tomb = sign_with(&t, &op);
	struct version here = version_at(T0, T0, 1, 0);
	struct judge_view v = willing();

	(void)state;
	d.created = T0 + 50;
	renewed = sign_with(&d, &op);
	memcpy(here.id, tomb.r.id, 32);
	v.current = &here;
	expect("the renewal comes second", judged(&renewed.r, &v), REASON_SUPERSEDED);
	here = version_at(T0, T0 + 50, 0, 0);
	memcpy(here.id, renewed.r.id, 32);
	expect("the deletion comes second", judged(&tomb.r, &v), REASON_NONE);
	signed_clear(&renewed);
	signed_clear(&tomb);
}

/* Losing admission does not take away the right to be forgotten. */
static struct version
standing(const struct signed_record *s)
{
	struct version v = { .updated = s->r.updated, .created = s->r.created, .deleted = s->r.deleted };

	memcpy(v.id, s->r.id, sizeof v.id);
	return v;
}

static void
the_departed_may_take_back(void **state)
{
	struct record_draft d = draft_of(&root, KIND_INITIATIVE), t = tombstone_of(&root, KIND_INITIATIVE);
	struct record_draft r = draft_of(&root, KIND_RETIRE);
	struct signed_record live, tomb, retire;
	struct version here = version_at(T0 - 5, T0 - 5, 0, 1);
	struct judge_view v = willing();

	(void)state;
	r.content = SPAN("{}");
	live = sign_with(&d, &op);
	tomb = sign_with(&t, &op);
	retire = sign_with(&r, &root);
	v.admitted = 0;
	expect("a deletion of what is not here", judged(&tomb.r, &v), REASON_ADMISSION);
	v.current = &here;
	expect("an edit", judged(&live.r, &v), REASON_ADMISSION);
	expect("a deletion of what is here", judged(&tomb.r, &v), REASON_NONE);
	here = standing(&tomb);
	expect("the same once more, which no set will hold", judged(&tomb.r, &v), REASON_ADMISSION);
	v.current = NULL;
	expect("a retirement", judged(&retire.r, &v), REASON_NONE);
	here = standing(&retire);
	v.current = &here;
	expect("the retirement that is known", judged(&retire.r, &v), REASON_ADMISSION);
	v.identity = NULL;
	expect("a retirement of somebody unknown", judged(&retire.r, &v), REASON_ADMISSION);
	signed_clear(&live);
	signed_clear(&tomb);
	signed_clear(&retire);
}

static void
retirement(void **state)
{
	struct record_draft r = draft_of(&root, KIND_RETIRE), d = draft_of(&root, KIND_INITIATIVE);
	struct signed_record retire, by_op, live, identity;
	struct version here = version_at(T0, T0, 0, 0xff);
	struct judge_view v = willing();

	(void)state;
	r.content = SPAN("{}");
	retire = sign_with(&r, &root);
	by_op = sign_with(&r, &op);
	live = sign_with(&d, &op);
	identity = sign_identity(&root, &root, &next, NULL, 0, NULL, 0, T0);
	expect("only the root retires", judged(&by_op.r, &v), REASON_KEY);
	expect("the root does", judged(&retire.r, &v), REASON_NONE);
	v.out_of_scope = 1;
	expect("whatever the scope", judged(&retire.r, &v), REASON_NONE);
	expect("as do identities", judged(&identity.r, &v), REASON_NONE);
	expect("unlike others", judged(&live.r, &v), REASON_SCOPE);
	v.out_of_scope = 0;
	v.retired = T0;
	expect("what is as old", judged(&live.r, &v), REASON_RETIRED);
	expect("the identity stays", judged(&identity.r, &v), REASON_NONE);
	v.tombstone_floor = T0 + 1;
	expect("and is not forgotten with old deletions", judged(&identity.r, &v), REASON_NONE);
	signed_clear(&retire);
	r.created = T0 + 30;
	retire = sign_with(&r, &root);
	v.current = &here;
	expect("a retirement renewed", judged(&retire.r, &v), REASON_NONE);
	v.current = NULL;
	v.tombstone_floor = -1;
	v.retired = T0 - 1;
	expect("what is newer than the retirement", judged(&live.r, &v), REASON_NONE);
	signed_clear(&retire);
	signed_clear(&by_op);
	signed_clear(&live);
	signed_clear(&identity);
}

static void
identities_carry_their_authority(void **state)
{
	struct key third = key_of(8);
	struct signed_record first = sign_identity(&root, &root, &next, NULL, 0, NULL, 0, T0);
	struct signed_record second, other = sign_identity(&root, &root, &third, NULL, 0, NULL, 0, T0 + 9);
	struct version here = { .updated = T0 + 50, .created = T0 + 50 };
	struct identity got = { 0 }, held = { 0 };
	struct judge_view v = willing();
	struct err e = { 0 };
	uint8_t pin[32];
	struct span chain = first.r.line;

	(void)state;
	second = sign_identity(&root, &next, &third, NULL, 0, &chain, 1, T0 + 1);
	v.identity = NULL;
	expect("the first", judge(&first.r, &v, SIGNATURE_UNKNOWN, &held, &e), REASON_NONE);
	CHECK(held.generation == 0 && identity_is_root(&held, root.pub));
	v.identity = &held;
	expect("another next", judged(&other.r, &v), REASON_SUCCESSION);
	v.current = &here;
	expect("an older one", judged(&first.r, &v), REASON_SUPERSEDED);
	/* a succession stands over any later identity of the root before it */
	expect("a succession", judge(&second.r, &v, SIGNATURE_UNKNOWN, &got, &e), REASON_NONE);
	CHECK(got.generation == 1 && identity_is_root(&got, next.pub));
	here.generation = 1;
	here.updated = T0;
	expect("the root before, however late", judged(&other.r, &v), REASON_SUPERSEDED);
	v = willing();
	v.identity = NULL;
	identity_commitment(third.pub, pin);
	v.pinned = pin;
	expect("not what the voucher pinned", judged(&first.r, &v), REASON_SUCCESSION);
	expect("what the voucher pinned", judged(&other.r, &v), REASON_NONE);
	second.r.signature[0] ^= 1;
	v.pinned = NULL;
	expect("its signature", judged(&second.r, &v), REASON_SIGNATURE);
	signed_clear(&first);
	signed_clear(&second);
	signed_clear(&other);
}

/* After a succession the earlier root signs nothing, and neither does a key that is no longer listed. */
static void
authority_moves_on(void **state)
{
	struct signed_record first = sign_identity(&root, &root, &next, NULL, 0, NULL, 0, T0), second, s;
	struct record_draft d = draft_of(&root, KIND_INITIATIVE);
	struct span chain = first.r.line;
	struct identity id;
	struct judge_view v = willing();
	struct err e = { 0 };
	enum reason why;

	(void)state;
	second = sign_identity(&root, &next, &stranger, NULL, 0, &chain, 1, T0);
	CHECK(identity_read(&second.r, &id, &why, &e) == 0);
	v.identity = &id;
	s = sign_with(&d, &root);
	expect("the earlier root", judged(&s.r, &v), REASON_KEY);
	signed_clear(&s);
	s = sign_with(&d, &op);
	expect("a key of the earlier identity", judged(&s.r, &v), REASON_KEY);
	signed_clear(&s);
	s = sign_with(&d, &next);
	expect("the new root", judged(&s.r, &v), REASON_NONE);
	signed_clear(&s);
	signed_clear(&first);
	signed_clear(&second);
}

static int
prepare(void **state)
{
	(void)state;
	root = key_of(1);
	next = key_of(2);
	op = key_of(3);
	stranger = key_of(4);
	memcpy(known.author, root.pub, 32);
	memcpy(known.root, root.pub, 32);
	identity_commitment(next.pub, known.next);
	identity_commitment(next.pub, known.next_of[0]);
	memcpy(known.key[0].key, op.pub, 32);
	known.key[0].until = INTEGER_MAX;
	known.key_count = 1;
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_failure_is_told),
		cmocka_unit_test(signatures_checked_elsewhere),
		cmocka_unit_test(the_clock_has_600_seconds),
		cmocka_unit_test(own_records_stay_at_home),
		cmocka_unit_test(quotas_count_the_newest_live_ones),
		cmocka_unit_test(a_renewal_never_beats_a_deletion),
		cmocka_unit_test(the_departed_may_take_back),
		cmocka_unit_test(retirement),
		cmocka_unit_test(identities_carry_their_authority),
		cmocka_unit_test(authority_moves_on),
	};

	return sodium_init() == -1 ? 1 : cmocka_run_group_tests(tests, prepare, NULL);
}
