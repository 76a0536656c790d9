/* SPDX-License-Identifier: AGPL-3.0-or-later
 * liar.c - what nodes do that follow no protocol; the others must converge all the same. */
#include <string.h>

#include "tools/sim/mem.h"
#include "tools/sim/pen.h"

#define FLOOD_AT_ONCE 20
#define FALSE_KEYS 3
#define FALSE_BUDGET 5

/* A liar gives an item straight to a victim, as POST /api/v1/records does. */
static void
press(struct world *w, struct node *liar, struct node *victim, uint32_t item)
{
	enum reason why;

	if (victim == NULL || item == 0 || (w->split && victim->side != liar->side))
		return;
	w->tally.messages += 2;
	w->tally.bytes += archive_item(w->archive, item)->line.len + HEAD_OUT + HEAD_IN;
	world_offer(w, victim, &item, 1, NULL, &why);
}

static void
replay(struct world *w, struct node *n)
{
	size_t i, items = archive_items(w->archive);

	for (i = 0; i < 8 && items > 0; i++)
		press(w, n, world_any(w, &w->will, n), 1 + (uint32_t)rng_below(&w->will, items));
}

static void
flood(struct world *w, struct node *n, uint32_t author)
{
	enum reason why;
	uint32_t item;
	int i;

	for (i = 0; i < FLOOD_AT_ONCE; i++) {
		item = pen_new(w, author, world_clock(w, n));
		world_offer(w, n, &item, 1, NULL, &why);
	}
}

static void
equivocate(struct world *w, struct node *n)
{
	uint32_t first = pen_new(w, n->number, world_clock(w, n)), second = pen_twin(w, n->number, first);

	press(w, n, world_any(w, &w->will, n), first);
	press(w, n, world_any(w, &w->will, n), second);
}

/* False keys come after all honest authors. */
static void
vouch(struct world *w, struct node *n)
{
	uint32_t item[2], base = (uint32_t)(w->c.nodes + n->number * FALSE_KEYS);
	enum reason why[2];
	uint32_t i;

	for (i = 0; i < FALSE_KEYS; i++) {
		uint32_t key = base + i;

		item[0] = pen_vouch(w, n->number, key, 0, FALSE_BUDGET, world_clock(w, n));
		item[1] = pen_identity(w, key, SIM_EPOCH - 1000);
		world_offer(w, n, item, 2, NULL, why);
		flood(w, n, key);
	}
}

static void
forge(struct world *w, struct node *n)
{
	uint32_t victim_author = (uint32_t)rng_below(&w->will, (uint64_t)w->c.authors);
	uint32_t item = pen_forge(w, victim_author, n->number, world_clock(w, n));

	press(w, n, world_any(w, &w->will, n), item);
	if (archive_items(w->archive) == 0)
		return;
	item = 1 + (uint32_t)rng_below(&w->will, archive_items(w->archive));
	if (archive_item(w->archive, item)->genuine)
		press(w, n, world_any(w, &w->will, n), pen_tamper(w, item));
}

void
liar_act(struct world *w, struct node *n)
{
	int has_author = n->number < w->c.authors;

	if (w->healed)
		return;
	net_at(w, w->now_ms + rng_jitter(&w->will, 8000), &(struct event){ .type = EVENT_LIE,
	    .node = n->number });
	if (n->down)
		return;
	if (n->lies & LIE_REPLAY)
		replay(w, n);
	if (n->lies & LIE_FLOOD && has_author)
		flood(w, n, n->number);
	if (n->lies & LIE_EQUIVOCATE && has_author)
		equivocate(w, n);
	if (n->lies & LIE_VOUCH && has_author)
		vouch(w, n);
	if (n->lies & LIE_FORGE)
		forge(w, n);
}

int
liar_hides(const struct node *n, uint32_t item)
{
	return n->lies & LIE_WITHHOLD && rng_mix(n->number, item) % 2 == 0;
}

/* --- garbage ------------------------------------------------------------------------------------------ */

static void
noise(struct world *w, struct message *m)
{
	uint64_t i, n = rng_below(&w->will, 3000);
	struct err e;

	for (i = 0; i < n; i++)
		mem_must(buf_addc(&m->answer, (char)(rng_next(&w->will) >> 56), &e), "no memory");
}

/* A feed that always has more, and moves on with nothing. */
static void
endless(struct world *w, struct node *n, struct message *m)
{
	size_t items = archive_items(w->archive);
	struct err e;

	if (items > 0)
		mem_must(buf_addf(&m->answer, &e, "%s\n", archive_item(w->archive,
		    1 + (uint32_t)rng_below(&w->will, items))->line.ptr), "no memory");
	mem_must(buf_addf(&m->answer, &e, "{\"cursor\":\"e%u.%llu\",\"more\":true}\n", n->epoch,
	    (unsigned long long)rng_below(&w->will, UINT32_MAX)), "no memory");
}

int
liar_answers(struct world *w, struct node *n, struct message *m)
{
	if ((n->lies & LIE_GARBAGE) == 0 || rng_chance(&w->will, 0.3))
		return 0;
	m->status = rng_chance(&w->will, 0.1) ? 500 : 200;
	m->answer = (struct buf)BUF_INIT(1 << 20);
	if (strncmp(m->path, "/api/v1/changes?", 16) == 0 && rng_chance(&w->will, 0.98))
		endless(w, n, m);
	else
		noise(w, m);
	return 1;
}
