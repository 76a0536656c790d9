/* SPDX-License-Identifier: AGPL-3.0-or-later
 * check.c - the invariants of the network; see world.h.  What breaks one is told with names and numbers. */
#include <stdlib.h>
#include <string.h>

#include "tools/sim/mem.h"
#include "tools/sim/pen.h"

static struct node *
node_of(struct world *w, const struct store *s)
{
	struct node *n;

	for (n = w->node; &n->store != s; n++)
		;
	return n;
}

static size_t
delay_bucket(uint64_t ms)
{
	size_t b = 0;

	for (; ms >= 16; ms /= 2)
		b += 8;
	b += ms >= 8 ? ms - 8 : 0;
	return b < DELAY_BUCKETS * 4 - 1 ? b / 4 : DELAY_BUCKETS - 1;
}

static void
note_taken(struct world *w, const struct store *s, const struct item *it, uint32_t number)
{
	uint32_t seq = s->slot[it->name].seq;

	w->tally.stored++;
	w->tally.payload += it->line.len + 1;
	if (seq == 0)
		return;
	if (s->feed[seq - 1].hops > w->tally.hops_max)
		w->tally.hops_max = s->feed[seq - 1].hops;
	if (number < w->born_cap && w->born[number] != 0)
		w->tally.delay[delay_bucket(w->now_ms + 1 - w->born[number])]++;
}

void
check_change(void *world, const struct store *s, uint32_t was, uint32_t is)
{
	struct world *w = world;
	const struct item *old = was == 0 ? NULL : archive_item(w->archive, was);
	const struct item *it = is == 0 ? NULL : archive_item(w->archive, is);

	w->changed_ms = w->now_ms;
	if (it == NULL)
		return;
	note_taken(w, s, it, is);
	if (!it->genuine || it->signature != SIGNATURE_HOLDS)
		world_violation(w, "node %u stored item %u, which its author never signed", node_of(w, s)->number, is);
	if (old != NULL && old->r.deleted && !it->r.deleted && it->r.updated <= old->r.updated)
		world_violation(w, "item %u came back on node %u after its deletion by item %u", is,
		    node_of(w, s)->number, was);
	if (old != NULL && merge_compare(&it->version, &old->version) <= 0)
		world_violation(w, "item %u replaced item %u on node %u against the order of versions", is, was,
		    node_of(w, s)->number);
}

/* --- agreement ------------------------------------------------------------------------------------ */

static int
counts(const struct node *n)
{
	return !n->down && n->lies == 0;
}

static struct node *
first_of_policy(struct world *w, uint64_t hash)
{
	uint32_t i;

	for (i = 0; i < w->c.nodes; i++)
		if (counts(&w->node[i]) && w->node[i].policy_hash == hash)
			return &w->node[i];
	return NULL;
}

static uint32_t
first_difference(const struct node *a, const struct node *b, size_t names)
{
	uint32_t i;

	for (i = 0; i < names; i++)
		if (store_current(&a->store, i) != store_current(&b->store, i))
			return i;
	return 0;
}

/* What a node would say to an item, in a word. */
static const char *
verdict_on(struct world *w, struct node *n, uint32_t item)
{
	enum reason why = item == 0 ? REASON_NONE : store_would(&n->store, item, world_clock(w, n));

	return item == 0 ? "nothing" : why == REASON_NONE ? "would be taken" : reason_name(why);
}

/* Does only n itself let its own author in?  Then its set is larger. */
static int
is_alone(struct world *w, const struct node *first, const struct node *n)
{
	return n->number < w->c.authors && !store_admits(&first->store, pen_author(w, n->number));
}

static int
same_states(struct world *w, int say)
{
	uint8_t one[SET_FINGERPRINT_BYTES], other[SET_FINGERPRINT_BYTES];
	uint32_t i;

	for (i = 0; i < w->c.nodes; i++) {
		struct node *n = &w->node[i], *first;
		uint32_t name;

		if (!counts(n) || (first = first_of_policy(w, n->policy_hash)) == n || is_alone(w, first, n))
			continue;
		set_state(first->store.set, one);
		set_state(n->store.set, other);
		if (memcmp(one, other, sizeof one) == 0)
			continue;
		if (!say)
			return 0;
		name = first_difference(first, n, archive_names(w->archive));
		world_violation(w, "nodes %u and %u have one policy and hold different sets (%llu and %llu records):"
		    " name %u is item %u here (%s there), %u there (%s here)", first->number, i,
		    (unsigned long long)set_count(first->store.set), (unsigned long long)set_count(n->store.set),
		    name, store_current(&first->store, name), verdict_on(w, n, store_current(&first->store, name)),
		    store_current(&n->store, name), verdict_on(w, first, store_current(&n->store, name)));
	}
	return 1;
}

/* Why a node remembers to have refused an item, of any peer. */
static const char *
phantom_of(const struct world *w, const struct node *n, uint32_t item)
{
	const struct record *r = &archive_item(w->archive, item)->r;
	size_t i, k;

	for (i = 0; i < n->peers; i++)
		for (k = 0; k < n->peer[i]->kept.phantoms; k++)
			if (memcmp(n->peer[i]->kept.phantom[k].id, r->id, ID_BYTES) == 0)
				return reason_name(n->peer[i]->kept.phantom[k].reason);
	return "none";
}

/* Does b lack something of a's that it would take? */
static int
lacks(struct world *w, struct node *a, struct node *b, int say)
{
	uint32_t name, item, names = (uint32_t)archive_names(w->archive);
	int found = 0;

	for (name = 0; name < names; name++) {
		item = store_current(&a->store, name);
		if (item == 0 || store_current(&b->store, name) == item ||
		    store_would(&b->store, item, world_clock(w, b)) != REASON_NONE)
			continue;
		found = 1;
		if (!say)
			break;
		world_violation(w, "node %u never got item %u of node %u, and would take it (phantom: %s)", b->number,
		    item, a->number, phantom_of(w, b, item));
	}
	return found;
}

int
check_agree(struct world *w, int say)
{
	uint32_t i, j;
	uint64_t before = w->tally.violations;
	int agree = same_states(w, say);

	for (i = 0; agree && i < w->c.nodes; i++) {
		struct node *a = &w->node[i];

		if (!counts(a) || first_of_policy(w, a->policy_hash) != a)
			continue;
		for (j = 0; j < w->c.nodes; j++) {
			struct node *b = &w->node[j];

			if (j == i || !counts(b) || b->policy_hash == a->policy_hash || (a->nat && b->nat) ||
			    first_of_policy(w, b->policy_hash) != b)
				continue;	/* two that nobody can call never meet, and those between may refuse */
			if (lacks(w, a, b, say))
				agree = 0;
		}
	}
	return agree && w->tally.violations == before;
}

/* --- states ---------------------------------------------------------------------------------------- */

static void
check_sum(struct world *w, const struct node *n)
{
	size_t names = archive_names(w->archive), count = 0;
	struct set_item *item = mem_new(names, sizeof *item);
	uint8_t one[SET_FINGERPRINT_BYTES], other[SET_FINGERPRINT_BYTES];
	struct set *fresh;
	uint32_t name;
	struct err e;

	for (name = 0; name < names; name++) {
		uint32_t number = store_current(&n->store, name);

		if (number == 0)
			continue;
		item[count].ts = (uint64_t)archive_item(w->archive, number)->r.created;
		memcpy(item[count++].id, archive_item(w->archive, number)->r.id, SET_ID_BYTES);
	}
	fresh = set_load(item, count, &e);
	mem_must(fresh == NULL ? -1 : 0, "no memory");
	set_state(n->store.set, one);
	set_state(fresh, other);
	if (memcmp(one, other, sizeof one) != 0)
		world_violation(w, "node %u: the state is not that of the %zu records it holds", n->number, count);
	set_free(fresh);
	free(item);
}

/* All that n ever took, its own policy, another order: the same state must come of it. */
static void
check_order(struct world *w, const struct node *n)
{
	size_t count = 0, i;
	uint32_t *item = mem_new(n->store.seq, sizeof *item);
	enum reason *why = mem_new(n->store.seq, sizeof *why);
	const struct source from = { world_clock(w, n), 0, NULL };
	uint8_t one[SET_FINGERPRINT_BYTES], other[SET_FINGERPRINT_BYTES];
	struct rng r = rng_of(w->c.seed, n->number + 1000);
	struct store s;

	store_init(&s, w->archive);
	for (i = 0; i < n->store.authors; i++) {
		if (n->store.author[i].listed)
			store_list(&s, (uint32_t)i, n->store.author[i].own);
		if (n->store.author[i].blocked)
			store_block(&s, (uint32_t)i, 1);
	}
	for (i = 0; i < n->store.seq; i++)
		if (n->store.feed[i].item != 0)
			item[count++] = n->store.feed[i].item;
	for (i = count; i > 1; i--) {
		size_t k = rng_below(&r, i);
		uint32_t swap = item[k];

		item[k] = item[i - 1];
		item[i - 1] = swap;
	}
	for (i = 0; i < 3; i++)
		store_offer(&s, item, count, &from, why);
	set_state(n->store.set, one);
	set_state(s.set, other);
	if (memcmp(one, other, sizeof one) != 0)
		world_violation(w, "node %u: what it took (%zu) gives %llu records in another order, it holds %llu",
		    n->number, count, (unsigned long long)set_count(s.set),
		    (unsigned long long)set_count(n->store.set));
	store_clear(&s);
	free(item);
	free(why);
}

void
check_states(struct world *w)
{
	uint32_t i, step = (uint32_t)(w->c.nodes < 64 ? 1 : w->c.nodes / 16);

	for (i = 0; i < w->c.nodes; i += step) {
		if (!counts(&w->node[i]))
			continue;
		check_sum(w, &w->node[i]);
		check_order(w, &w->node[i]);
	}
}
