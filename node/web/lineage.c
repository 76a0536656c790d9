/* SPDX-License-Identifier: AGPL-3.0-or-later
 * lineage.c - see lineage.h. */
#include "node/web/lineage.h"

#include <string.h>

#include "proto/err.h"

struct walk {
	const struct lineage_source *source;
	struct lineage *out;
	const char *way[LINEAGE_DEPTH];		/* from the origin down to the one asked for */
	size_t way_count;
	struct lineage_step wait[LINEAGE_STEPS];	/* met, not yet put down: the next one last */
	size_t waiting;
};

/* --- up ------------------------------------------------------------------------------------------ */

static int
is_on_way(const struct walk *w, const char *ref)
{
	size_t i;

	for (i = 0; i < w->way_count; i++)
		if (strcmp(w->way[i], ref) == 0)
			return 1;
	return 0;
}

static void
turn_round(struct walk *w)
{
	size_t i;

	for (i = 0; i < w->way_count / 2; i++) {
		const char *other = w->way[w->way_count - 1 - i];

		w->way[w->way_count - 1 - i] = w->way[i];
		w->way[i] = other;
	}
}

/* Climb to the first origin; where the records go in a circle, to where it would close. */
static int
climb(struct walk *w, const char *ref, struct err *e)
{
	const char *from = NULL;
	int kind = LINEAGE_FROM;

	while (w->way_count < LINEAGE_DEPTH && kind == LINEAGE_FROM) {
		w->way[w->way_count++] = ref;
		kind = w->source->origin(w->source->ctx, ref, &from, e);
		if (kind == -1)
			return -1;
		if (kind == LINEAGE_FROM && is_on_way(w, from))
			break;
		ref = from;
	}
	w->out->away = kind == LINEAGE_AWAY;
	w->out->older = kind == LINEAGE_FROM && w->way_count == LINEAGE_DEPTH && !is_on_way(w, from);
	turn_round(w);
	return 0;
}

/* --- down ---------------------------------------------------------------------------------------- */

static int
is_met(const struct walk *w, const char *ref)
{
	size_t i;

	for (i = 0; i < w->out->count; i++)
		if (strcmp(w->out->step[i].ref, ref) == 0)
			return 1;
	for (i = 0; i < w->waiting; i++)
		if (strcmp(w->wait[i].ref, ref) == 0)
			return 1;
	return is_on_way(w, ref);
}

/* Those that took up a step wait behind it, the one on the way to the record asked for at the very end,
 * so that it is put down first and nothing else takes its room. */
static int
descend(struct walk *w, struct lineage_step *step, struct err *e)
{
	const char *taker[LINEAGE_WIDTH];
	unsigned below = step->depth + 1;
	const char *next = below < w->way_count && strcmp(w->way[step->depth], step->ref) == 0
	    ? w->way[below] : NULL;
	int i, n = w->source->takers(w->source->ctx, step->ref, taker, LINEAGE_WIDTH, &step->more, e);

	if (n == -1)
		return -1;
	for (i = n; i-- > 0;) {
		if (is_met(w, taker[i]))
			continue;
		if (below >= LINEAGE_DEPTH || w->out->count + w->waiting + w->way_count >= LINEAGE_STEPS) {
			step->more = 1;
			continue;
		}
		w->wait[w->waiting++] = (struct lineage_step){ .ref = taker[i], .depth = below };
	}
	if (next != NULL)
		w->wait[w->waiting++] = (struct lineage_step){ .ref = next, .depth = below };
	return 0;
}

int
lineage_make(const struct lineage_source *s, const char *ref, struct lineage *out, struct err *e)
{
	struct walk w = { .source = s, .out = out };

	*out = (struct lineage){ .count = 0 };
	if (climb(&w, ref, e) == -1)
		return -1;
	w.wait[w.waiting++] = (struct lineage_step){ .ref = w.way[0] };
	while (w.waiting > 0) {
		struct lineage_step *step = &out->step[out->count];

		*step = w.wait[--w.waiting];
		if (descend(&w, step, e) == -1)
			return -1;
		out->count++;
	}
	return 0;
}
