/* SPDX-License-Identifier: AGPL-3.0-or-later
 * world.c - what every part of the simulation needs of a node; see world.h. */
#include "tools/sim/world.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "tools/sim/mem.h"

#define COMMIT_MS_MAX 8		/* a change is seen by others so long after */

int64_t
world_clock(const struct world *w, const struct node *n)
{
	return SIM_EPOCH + (int64_t)(w->now_ms / 1000) + n->skew_s;
}

void
world_violation(struct world *w, const char *fmt, ...)
{
	struct tally *t = &w->tally;
	va_list ap;

	if (t->violations < VIOLATIONS_KEPT) {
		va_start(ap, fmt);
		vsnprintf(t->violation[t->violations].text, sizeof t->violation[0].text, fmt, ap);
		va_end(ap);
	}
	t->violations++;
}

void
world_born(struct world *w, uint32_t item)
{
	mem_fit(&w->born, &w->born_cap, item, sizeof *w->born);
	if (w->born[item] == 0)
		w->born[item] = w->now_ms + 1;
}

uint32_t *
world_items(struct world *w, struct span body, size_t *n)
{
	struct span rest = body;
	uint32_t *item;
	size_t lines = 0;

	while (rest.len > 0)
		lines += span_cut(&rest, '\n').len > 0;
	item = mem_new(lines, sizeof *item);
	for (*n = 0; body.len > 0;) {
		struct span line = span_cut(&body, '\n');

		if (line.len > 0)
			item[(*n)++] = archive_put(w->archive, line);
	}
	return item;
}

static void
check_quota(struct world *w, const struct node *n, uint32_t item)
{
	const struct item *it = archive_item(w->archive, item);
	const struct standing *a;

	if (it->why != REASON_NONE || it->author >= n->store.authors)
		return;
	a = &n->store.author[it->author];
	if (!a->own && a->hops >= 0 && a->live > (a->pool > 0 ? a->pool : 0))
		world_violation(w, "node %u holds %lld live records of author %u, whose quota is %lld", n->number,
		    (long long)a->live, it->author, (long long)a->pool);
}

void
world_offer(struct world *w, struct node *n, const uint32_t *item, size_t count, const struct giver *by,
    enum reason *why)
{
	const struct source source = { world_clock(w, n), by != NULL && by->read ? by->node->number + 1 : 0,
	    by == NULL ? NULL : &by->node->store };
	uint32_t seq = n->store.seq;
	size_t i;

	store_offer(&n->store, item, count, &source, why);
	w->tally.delivered += count;
	if (n->lies == 0)
		for (i = 0; i < count; i++)
			check_quota(w, n, item[i]);
	if ((n->store.seq == seq && !n->store.loosened) || n->news_due)
		return;
	n->news_due = 1;
	net_at(w, w->now_ms + 1 + rng_below(&w->will, COMMIT_MS_MAX),
	    &(struct event){ .type = EVENT_NEWS, .node = n->number });
}

struct node *
world_any(struct world *w, struct rng *r, const struct node *but)
{
	size_t tries;

	for (tries = 0; tries < 32; tries++) {
		struct node *n = &w->node[rng_below(r, (uint64_t)w->c.nodes)];

		if (n != but && !n->down && n->lies == 0)
			return n;
	}
	return NULL;
}
