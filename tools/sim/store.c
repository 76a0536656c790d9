/* SPDX-License-Identifier: AGPL-3.0-or-later
 * store.c - see store.h; node/store/offer.c, rows.c and roster.c are what it follows. */
#include "tools/sim/store.h"

#include <stdlib.h>
#include <string.h>

#include "proto/admission.h"
#include "proto/err.h"
#include "tools/sim/mem.h"

void
store_init(struct store *s, struct archive *a)
{
	memset(s, 0, sizeof *s);
	s->archive = a;
	s->set = set_new();
	mem_must(s->set == NULL ? -1 : 0, "no memory");
}

void
store_clear(struct store *s)
{
	set_free(s->set);
	free(s->slot);
	free(s->author);
	free(s->feed);
	free(s->aside);
	memset(s, 0, sizeof *s);
}

static struct standing *
standing(struct store *s, uint32_t author)
{
	mem_fit(&s->author, &s->author_cap, author, sizeof *s->author);
	for (; s->authors <= author; s->authors++) {
		s->author[s->authors].hops = -1;
		s->author[s->authors].retired = -1;
	}
	return &s->author[author];
}

static struct slot *
slot_of(struct store *s, uint32_t name)
{
	if (name >= s->slots) {
		size_t cap = s->slots;

		mem_fit(&s->slot, &cap, name, sizeof *s->slot);
		s->slots = cap;
	}
	return &s->slot[name];
}

uint32_t
store_current(const struct store *s, uint32_t name)
{
	return name < s->slots && s->slot[name].seq != 0 ? s->slot[name].item : 0;
}

int
store_admits(const struct store *s, uint32_t author)
{
	const struct standing *a = &s->author[author];

	return author < s->authors && !a->blocked && (a->own || a->hops >= 0);
}

static void
loosen(struct store *s, struct standing *a)
{
	a->loosened = 1;
	s->loosened = 1;
}

/* --- rows ------------------------------------------------------------------------------------ */

enum class { CLASS_LIVE, CLASS_TOMBSTONE, CLASS_VOUCH, CLASS_FREE };

static enum class
class_of(const struct item *it)
{
	int cap = admission_kind_cap((int)it->r.kind);

	if (it->r.deleted)
		return CLASS_TOMBSTONE;
	return cap < 0 ? CLASS_LIVE : cap == 1 ? CLASS_FREE : CLASS_VOUCH;
}

static void
count(struct standing *a, const struct item *it, int n)
{
	enum class c = class_of(it);

	if (c == CLASS_LIVE)
		a->live += n;
	if (c == CLASS_VOUCH)
		a->vouches += n;
}

static struct entry *
next_entry(struct store *s)
{
	mem_fit(&s->feed, &s->feed_cap, s->seq, sizeof *s->feed);
	return &s->feed[s->seq++];
}

static void
enter(struct store *s, uint32_t number, uint32_t from, uint32_t hops)
{
	const struct item *it = archive_item(s->archive, number);
	struct entry *f = next_entry(s);
	struct err e;

	*f = (struct entry){ .item = number, .from = from, .hops = hops };
	slot_of(s, it->name)->seq = s->seq;
	mem_must(set_insert(s->set, (uint64_t)it->r.created, it->r.id, &e), "no memory");
}

/* Out of the set; gone is the sequence of whatever caused it. */
static void
leave(struct store *s, struct slot *slot, uint32_t gone)
{
	const struct item *it = archive_item(s->archive, slot->item);

	if (slot->seq == 0)
		return;
	s->feed[slot->seq - 1].gone = gone;
	mem_must(set_delete(s->set, (uint64_t)it->r.created, it->r.id) - 1, "the set has lost an item");
	slot->seq = 0;
}

static void
drop(struct store *s, uint32_t name)
{
	struct slot *slot = slot_of(s, name);
	uint32_t number = slot->item;
	const struct item *it = archive_item(s->archive, number);
	struct standing *a = standing(s, it->author);

	if ((class_of(it) == CLASS_LIVE && a->live == a->pool) ||
	    (class_of(it) == CLASS_VOUCH && a->vouches == VOUCHES_MAX))
		loosen(s, a);
	(void)next_entry(s);
	leave(s, slot, s->seq);
	count(a, it, -1);
	if (it->r.kind == KIND_IDENTITY)
		a->identity = 0;
	if (it->r.kind == KIND_RETIRE)
		a->retired = -1;
	if (it->r.kind == KIND_VOUCH)
		s->admission_stale = 1;
	slot->item = 0;
	if (s->watch != NULL)
		s->watch(s->watch_ctx, s, number, 0);
}

/* < 0 when a is older by (updated, id), the order in which quotas are taken. */
static int
age_cmp(const struct item *a, const struct item *b)
{
	if (a->r.updated != b->r.updated)
		return a->r.updated < b->r.updated ? -1 : 1;
	return memcmp(a->r.id, b->r.id, ID_BYTES);
}

/* The author's oldest of a class that counts; NULL: none. */
static const struct item *
oldest(struct store *s, uint32_t author, enum class class)
{
	const struct pen_name *p = archive_names_of(s->archive, author);
	const struct item *best = NULL;
	size_t i;

	for (i = 0; i < p->names; i++) {
		const struct slot *slot = slot_of(s, p->name[i]);
		const struct item *it;

		if (slot->item == 0)
			continue;
		it = archive_item(s->archive, slot->item);
		if (class_of(it) == class && (best == NULL || age_cmp(it, best) < 0))
			best = it;
	}
	return best;
}

static void
trim(struct store *s, uint32_t author, enum class class)
{
	struct standing *a = standing(s, author);

	if (a->own || (class != CLASS_LIVE && class != CLASS_VOUCH))
		return;
	while (class == CLASS_LIVE ? a->live > a->pool : a->vouches > VOUCHES_MAX)
		drop(s, oldest(s, author, class)->name);
}

/* --- what a taken item changes --------------------------------------------------------------- */

static int
key_kept(const struct identity_key *k, const struct identity *in)
{
	size_t i;

	for (i = 0; i < in->key_count; i++)
		if (memcmp(k->key, in->key[i].key, sizeof k->key) == 0 && in->key[i].from <= k->from &&
		    in->key[i].until >= k->until)
			return 1;
	return 0;
}

static int
keys_kept(const struct identity *old, const struct identity *new)
{
	size_t i;

	if (memcmp(old->root, new->root, sizeof old->root) != 0)
		return 0;
	for (i = 0; i < old->key_count; i++)
		if (!key_kept(&old->key[i], new))
			return 0;
	return 1;
}

static int
unauthorised(const struct item *it, const struct identity *id)
{
	if (it->r.kind == KIND_IDENTITY)
		return 0;
	return it->r.kind == KIND_RETIRE ? !identity_is_root(id, it->r.signer_key) :
	    !identity_authorises(id, it->r.signer_key, it->r.created);
}

/* Drop what the author's identity no longer authorises, or what is older than its retirement. */
static void
purge(struct store *s, uint32_t author, const struct identity *id, int64_t retired)
{
	const struct pen_name *p = archive_names_of(s->archive, author);
	size_t i;

	for (i = 0; i < p->names; i++) {
		uint32_t number = slot_of(s, p->name[i])->item;
		const struct item *it = number == 0 ? NULL : archive_item(s->archive, number);

		if (it == NULL || it->r.kind == KIND_IDENTITY || (it->r.kind == KIND_RETIRE && id == NULL))
			continue;
		if (id != NULL ? unauthorised(it, id) : it->r.updated <= retired)
			drop(s, p->name[i]);
	}
}

static void
offer_aside(struct store *s, uint32_t author, int64_t now)
{
	const struct source from = { .now = now };
	size_t n = s->asides, i, kept = 0;
	uint32_t *list = mem_new(n, sizeof *list);
	enum reason why;

	if (n > 0)
		memcpy(list, s->aside, n * sizeof *list);
	for (i = 0; i < n; i++) {
		const struct item *it = archive_item(s->archive, list[i]);

		if (author != UINT32_MAX ? it->author != author : it->r.created > now + FUTURE_S)
			s->aside[kept++] = list[i];
	}
	s->asides = kept;
	for (i = 0; i < n; i++) {
		const struct item *it = archive_item(s->archive, list[i]);

		if (author != UINT32_MAX ? it->author == author : it->r.created <= now + FUTURE_S)
			store_offer(s, &list[i], 1, &from, &why);
	}
	free(list);
}

static void
took_identity(struct store *s, const struct item *was, const struct item *it, int64_t now)
{
	struct standing *a = standing(s, it->author);

	if (was == NULL || was->identity == NULL || !keys_kept(was->identity, it->identity))
		purge(s, it->author, it->identity, 0);
	loosen(s, a);
	offer_aside(s, it->author, now);
}

/* How many deliveries lie behind an item, this one included. */
static uint32_t
hops_of(const struct source *from, const struct item *it, uint32_t number)
{
	const struct store *g = from->giver;

	if (g == NULL || store_current(g, it->name) != number)
		return 0;
	return g->feed[g->slot[it->name].seq - 1].hops + 1;
}

static void
take(struct store *s, uint32_t number, const struct source *from)
{
	const struct item *it = archive_item(s->archive, number), *was = NULL;
	struct slot *slot = slot_of(s, it->name);
	struct standing *a = standing(s, it->author);
	uint32_t before = slot->item;
	int in_set = a->own || (a->hops >= 0 && !a->blocked);
	int freed = 0;

	if (before != 0) {
		was = archive_item(s->archive, before);
		freed = class_of(was) == CLASS_LIVE && a->live == a->pool;
		leave(s, slot, s->seq + 1);
		count(a, was, -1);
	}
	slot->item = number;
	count(a, it, 1);
	if (in_set)
		enter(s, number, from->from, hops_of(from, it, number));
	else
		(void)next_entry(s);
	if (s->watch != NULL)
		s->watch(s->watch_ctx, s, before, number);
	if (it->r.kind == KIND_VOUCH || (was != NULL && was->r.kind == KIND_VOUCH))
		s->admission_stale = 1;
	if (it->r.deleted && freed)
		loosen(s, a);
	if (it->r.kind == KIND_IDENTITY) {
		a->identity = number;
		took_identity(s, was, it, from->now);
	} else if (it->r.kind == KIND_RETIRE) {
		a->retired = it->r.updated;
		purge(s, it->author, NULL, it->r.updated);
	} else
		trim(s, it->author, class_of(it));
}

/* --- judging --------------------------------------------------------------------------------- */

static void
view_quota(struct store *s, const struct item *it, struct judge_view *v)
{
	struct standing *a = standing(s, it->author);
	enum class class = class_of(it);
	const struct item *old;

	if (a->own || (class != CLASS_LIVE && class != CLASS_VOUCH) ||
	    (v->current != NULL && !v->current->deleted) ||
	    (class == CLASS_LIVE ? a->live < a->pool : a->vouches < VOUCHES_MAX))
		return;
	v->quota_full = 1;
	v->quota_oldest.updated = INT64_MAX;
	if ((old = oldest(s, it->author, class)) != NULL)
		v->quota_oldest = old->version;
}

enum reason
store_would(struct store *s, uint32_t number, int64_t now)
{
	const struct item *it = archive_item(s->archive, number);
	struct judge_view v = { .now = now, .retired = -1, .tombstone_floor = -1 };
	struct standing *a;
	struct slot *slot;
	struct identity id;
	struct err e;

	if (it->why != REASON_NONE)
		return it->why;
	slot = slot_of(s, it->name);
	a = standing(s, it->author);
	if (slot->item == number && slot->seq != 0)
		return REASON_DUPLICATE;	/* what is in the set passed every check before this one */
	v.own = a->own;
	v.blocked = a->blocked;
	v.admitted = a->hops >= 0;
	v.retired = a->retired;
	if (a->identity != 0)
		v.identity = archive_item(s->archive, a->identity)->identity;
	if (slot->item != 0)
		v.current = &archive_item(s->archive, slot->item)->version;
	view_quota(s, it, &v);
	s->judged++;
	return judge(&it->r, &v, it->signature, &id, &e);
}

static void
keep_aside(struct store *s, uint32_t number)
{
	const struct item *it = archive_item(s->archive, number);
	size_t i, of_author = 0;

	if (it->signature != SIGNATURE_HOLDS || s->asides >= PENDING_MAX)
		return;
	for (i = 0; i < s->asides; i++) {
		if (s->aside[i] == number)
			return;
		of_author += archive_item(s->archive, s->aside[i])->author == it->author;
	}
	if (of_author >= PENDING_PER_AUTHOR_MAX)
		return;
	mem_fit(&s->aside, &s->aside_cap, s->asides, sizeof *s->aside);
	s->aside[s->asides++] = number;
}

static enum reason
offer_one(struct store *s, uint32_t number, const struct source *from)
{
	enum reason why = store_would(s, number, from->now);

	if (why == REASON_FUTURE || why == REASON_IDENTITY)
		keep_aside(s, number);
	if (why == REASON_NONE)
		take(s, number, from);
	return why;
}

/* --- batches --------------------------------------------------------------------------------- */

static int
must_wait(struct store *s, uint32_t number)
{
	const struct item *it = archive_item(s->archive, number);

	return it->why == REASON_NONE && standing(s, it->author)->hops < 0;
}

/* Those not admitted come after the others: vouches among these may bring them in. */
void
store_offer(struct store *s, const uint32_t *item, size_t n, const struct source *from, enum reason *why)
{
	size_t i, left = n;
	int last = 0;

	for (i = 0; i < n; i++)
		why[i] = REASON__COUNT;
	while (left > 0) {
		store_settle(s);
		for (i = 0; i < n; i++) {
			if (why[i] != REASON__COUNT || (!last && must_wait(s, item[i])))
				continue;
			why[i] = offer_one(s, item[i], from);
			left--;
		}
		last = !s->admission_stale;
	}
	store_settle(s);
	for (i = 0; i < n; i++)
		if (why[i] == REASON_IDENTITY && store_would(s, item[i], from->now) == REASON_DUPLICATE)
			why[i] = REASON_NONE;
}

void
store_due(struct store *s, int64_t now)
{
	size_t i;

	for (i = 0; i < s->asides; i++)
		if (archive_item(s->archive, s->aside[i])->r.created <= now + FUTURE_S) {
			offer_aside(s, UINT32_MAX, now);
			return;
		}
}

/* --- admission ------------------------------------------------------------------------------- */

void
store_list(struct store *s, uint32_t author, int own)
{
	standing(s, author)->listed = 1;
	if (own)
		standing(s, author)->own = 1;
	s->admission_stale = 1;
}

void
store_block(struct store *s, uint32_t author, int blocked)
{
	const struct pen_name *p = archive_names_of(s->archive, author);
	size_t i;

	standing(s, author)->blocked = (uint8_t)blocked;
	if (blocked)
		for (i = 0; i < p->names; i++)
			if (slot_of(s, p->name[i])->item != 0)
				drop(s, p->name[i]);
	s->admission_stale = 1;
}

static size_t
collect_vouches(struct store *s, struct admission_vouch *out)
{
	size_t names, i, n = 0;
	const uint32_t *name = archive_vouch_names(s->archive, &names);

	for (i = 0; i < names; i++) {
		uint32_t number = store_current(s, name[i]);
		const struct item *it = number == 0 ? NULL : archive_item(s->archive, number);

		if (it != NULL && it->vouch_to != 0)
			out[n++] = (struct admission_vouch){ .from = it->author, .to = it->vouch_to - 1,
			    .hops = it->vouch_hops, .budget = it->vouch_budget };
	}
	return n;
}

/* What was held enters the set with admission, and leaves it without. */
static void
move_author(struct store *s, uint32_t author, int in)
{
	const struct pen_name *p = archive_names_of(s->archive, author);
	size_t i;

	for (i = 0; i < p->names; i++) {
		struct slot *slot = slot_of(s, p->name[i]);

		if (slot->item == 0 || (slot->seq != 0) == in)
			continue;
		if (in) {
			enter(s, slot->item, 0, 1);
			s->admission_stale |= archive_item(s->archive, slot->item)->r.kind == KIND_VOUCH;
			continue;
		}
		(void)next_entry(s);
		leave(s, slot, s->seq);
		s->admission_stale |= archive_item(s->archive, slot->item)->r.kind == KIND_VOUCH;
	}
}

static void
settle_one(struct store *s, uint32_t author, const struct admission_result *now)
{
	struct standing *a = standing(s, author);
	int was = a->hops >= 0, is = now->hops >= 0, wider = now->pool > a->pool;

	a->hops = now->hops;
	a->pool = now->pool;
	if (is && (wider || !was))
		loosen(s, a);
	if (is != was && !a->own)
		move_author(s, author, is);
	if (!a->own && is)
		trim(s, author, CLASS_LIVE);
}

static void
settle_pass(struct store *s)
{
	size_t n = archive_authors(s->archive), vouches, roots = 0, i;
	struct admission_root *root = mem_new(n, sizeof *root);
	struct admission_result *result = mem_new(n, sizeof *result);
	uint8_t *blocked = mem_new(n, 1);
	struct admission_vouch *vouch;
	struct err e;

	(void)archive_vouch_names(s->archive, &vouches);
	vouch = mem_new(vouches, sizeof *vouch);
	vouches = collect_vouches(s, vouch);
	for (i = 0; i < n; i++) {
		const struct standing *a = standing(s, (uint32_t)i);

		blocked[i] = a->blocked;
		if (a->own || a->listed)
			root[roots++] = (struct admission_root){ (uint32_t)i, VOUCH_HOPS_DEFAULT,
			    a->own ? INT64_MAX : DIRECT_POOL_DEFAULT };
	}
	s->admission_stale = 0;
	mem_must(admission_compute(ADMIT_VOUCHED, root, roots, vouch, vouches, blocked, n, result, &e),
	    "no memory");
	for (i = 0; i < n; i++)
		settle_one(s, (uint32_t)i, &result[i]);
	free(root);
	free(result);
	free(blocked);
	free(vouch);
}

void
store_settle(struct store *s)
{
	int passes;

	for (passes = 0; s->admission_stale && passes < VOUCH_HOPS_DEFAULT + 2; passes++)
		settle_pass(s);
}

/* --- crash ----------------------------------------------------------------------------------- */

/* The order is that of entering, so an identity comes before what it authorised, unless renewed: all
 * was judged when it came, and is not judged again. */
void
store_rewind(struct store *s, uint32_t seq)
{
	struct store was = *s;
	size_t i;

	store_init(s, was.archive);
	for (i = 0; i < was.authors; i++) {
		struct standing *a = standing(s, (uint32_t)i);

		a->own = was.author[i].own;
		a->listed = was.author[i].listed;
		a->blocked = was.author[i].blocked;
	}
	for (i = 0; i < seq; i++) {
		const struct entry *f = &was.feed[i];
		const struct item *it;
		struct standing *a;

		if (f->item == 0 || (f->gone != 0 && f->gone <= seq))
			continue;
		it = archive_item(s->archive, f->item);
		a = standing(s, it->author);
		slot_of(s, it->name)->item = f->item;
		count(a, it, 1);
		enter(s, f->item, f->from, f->hops);
		if (it->r.kind == KIND_IDENTITY)
			a->identity = f->item;
		if (it->r.kind == KIND_RETIRE)
			a->retired = it->r.updated;
	}
	s->watch = was.watch;
	s->watch_ctx = was.watch_ctx;
	s->judged = was.judged;
	store_clear(&was);
	s->admission_stale = 1;
	store_settle(s);
}
