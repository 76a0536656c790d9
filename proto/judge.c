/* SPDX-License-Identifier: AGPL-3.0-or-later
 * judge.c - see judge.h.
 *
 * Each check answers REASON_NONE or the reason it fails for; judge() runs them in the order of the
 * table, which is the order of enum reason and of SPEC. */
#include "proto/judge.h"

#include <inttypes.h>
#include <string.h>

#include "proto/admission.h"
#include "proto/err.h"

struct judgement {
	const struct record *r;
	const struct judge_view *v;
	enum signature_state sig;
	struct identity *identity;	/* where an identity is read to, or NULL */
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static enum reason
refuse(enum reason why, struct err *e)
{
	err_set(e, ERR_FORBIDDEN, "%s", reason_text(why));
	return why;
}

static enum reason
check_blocked(const struct judgement *j, struct err *e)
{
	return j->v->blocked ? refuse(REASON_BLOCKED, e) : REASON_NONE;
}

/* The generation that an identity claims; identity_read will hold it to that. */
static unsigned
claimed_generation(const struct record *r)
{
	struct span item[IDENTITY_CHAIN_MAX];

	return r->kind == KIND_IDENTITY ? (unsigned)identity_chain(r, item) : 0;
}

static struct version
version_of(const struct record *r)
{
	struct version a = { .generation = claimed_generation(r), .updated = r->updated,
	    .created = r->created, .deleted = r->deleted };

	memcpy(a.id, r->id, sizeof a.id);
	return a;
}

/* Does it stand over what is here? */
static int
is_news(const struct judgement *j)
{
	struct version a;

	if (j->v->current == NULL)
		return 1;
	a = version_of(j->r);
	return merge_compare(&a, j->v->current) > 0;
}

/* An author who has lost admission may still take back what is here.  What it has taken back is refused like the
 * rest of it: neither side holds it in its set, so as a duplicate it would be listed at each comparison. */
static int
takes_back(const struct judgement *j)
{
	return ((j->r->deleted && j->v->current != NULL) ||
	    (j->r->kind == KIND_RETIRE && j->v->identity != NULL)) && is_news(j);
}

static enum reason
check_admission(const struct judgement *j, struct err *e)
{
	return j->v->admitted || j->v->own || takes_back(j) ? REASON_NONE : refuse(REASON_ADMISSION, e);
}

/* Identities and retirements concern every record of an author, wherever it belongs. */
static enum reason
check_scope(const struct judgement *j, struct err *e)
{
	if (!j->v->out_of_scope || j->v->own || j->r->kind == KIND_IDENTITY || j->r->kind == KIND_RETIRE)
		return REASON_NONE;
	return refuse(REASON_SCOPE, e);
}

/* updated is never after created, so created alone decides about the future. */
static enum reason
check_time(const struct judgement *j, struct err *e)
{
	if (j->r->created > j->v->now + FUTURE_S) {
		err_set(e, ERR_FORBIDDEN, "signed %" PRId64 " s ahead of this node's clock",
		    j->r->created - j->v->now);
		return REASON_FUTURE;
	}
	if (expiry_day(j->r->expires) <= j->v->now && !j->v->own)
		return refuse(REASON_EXPIRED, e);
	return REASON_NONE;
}

static enum reason
check_current(const struct judgement *j, struct err *e)
{
	struct version a;
	int order;

	if (j->v->current == NULL)
		return REASON_NONE;
	a = version_of(j->r);
	order = merge_compare(&a, j->v->current);
	if (order > 0)
		return REASON_NONE;
	return refuse(order == 0 ? REASON_DUPLICATE : REASON_SUPERSEDED, e);
}

/* A retirement is not struck by itself: renewed, it has the same updated. */
static enum reason
check_retired(const struct judgement *j, struct err *e)
{
	if (j->v->retired < 0 || j->r->updated > j->v->retired || j->r->kind == KIND_IDENTITY ||
	    j->r->kind == KIND_RETIRE)
		return REASON_NONE;
	return refuse(REASON_RETIRED, e);
}

/* An identity carries its own authority, bounded by what was committed to before. */
static enum reason
check_identity(const struct judgement *j, struct err *e)
{
	struct identity read;
	enum reason why;

	if (identity_read(j->r, &read, &why, e) == -1 ||
	    identity_may_follow(j->v->identity, &read, j->v->pinned, &why, e) == -1)
		return why;
	if (j->identity != NULL)
		*j->identity = read;
	return REASON_NONE;
}

static enum reason
check_authority(const struct judgement *j, struct err *e)
{
	const struct identity *id = j->v->identity;

	if (j->r->kind == KIND_IDENTITY)
		return check_identity(j, e);
	if (id == NULL)
		return refuse(REASON_IDENTITY, e);
	if (j->r->kind == KIND_RETIRE ? !identity_is_root(id, j->r->signer_key) :
	    !identity_authorises(id, j->r->signer_key, j->r->created))
		return refuse(REASON_KEY, e);
	return REASON_NONE;
}

static enum reason
check_signature(const struct judgement *j, struct err *e)
{
	if (j->sig == SIGNATURE_HOLDS || (j->sig == SIGNATURE_UNKNOWN && record_verify(j->r)))
		return REASON_NONE;
	return refuse(REASON_SIGNATURE, e);
}

/* Would r be among the author's newest by (updated, id), where its quota is taken? */
static int
is_newer(const struct record *r, const struct version *oldest)
{
	if (r->updated != oldest->updated)
		return r->updated > oldest->updated;
	return memcmp(r->id, oldest->id, sizeof r->id) > 0;
}

static enum reason
check_quota(const struct judgement *j, struct err *e)
{
	const struct record *r = j->r;
	const struct version *current = j->v->current;

	if (j->v->own || r->kind == KIND_IDENTITY || r->kind == KIND_RETIRE)
		return REASON_NONE;
	if (r->updated < j->v->tombstone_floor)	/* its deletion may be among the forgotten ones */
		return refuse(REASON_QUOTA, e);
	if (r->deleted || !j->v->quota_full || admission_kind_cap((int)r->kind) == 1 ||
	    (current != NULL && !current->deleted))	/* it takes the place of its own last version */
		return REASON_NONE;
	return is_newer(r, &j->v->quota_oldest) ? REASON_NONE : refuse(REASON_QUOTA, e);
}

typedef enum reason check_fn(const struct judgement *j, struct err *e);

static check_fn *const check_table[] = {
	check_blocked, check_admission, check_scope, check_time, check_current, check_retired,
	check_authority, check_signature, check_quota,
};

enum reason
judge(const struct record *r, const struct judge_view *v, enum signature_state sig,
    struct identity *identity, struct err *e)
{
	struct judgement j = { .r = r, .v = v, .sig = sig, .identity = identity };
	enum reason why = REASON_NONE;
	size_t i;

	for (i = 0; i < COUNT(check_table) && why == REASON_NONE; i++)
		why = check_table[i](&j, e);
	return why;
}
