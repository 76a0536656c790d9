/* SPDX-License-Identifier: AGPL-3.0-or-later
 * groups.c - see groups.h. */
#include "node/search/groups.h"

#include <stdlib.h>
#include <string.h>

#include "node/search/column.h"
#include "node/search/plane.h"
#include "proto/err.h"

#define NONE SIZE_MAX

/* A row that some claim is about. */
struct knot {
	uint32_t row;
	int conceded;		/* its own author says that it is another's double */
	size_t root, next;	/* places in the array; next: around the circle of its group */
	uint32_t size;		/* of a root */
};

struct edge {
	size_t from, to;
};

struct tangle {
	const struct column *rows;
	struct knot *knot;
	size_t knots;
	struct edge *apart;	/* both ways, sorted */
	size_t aparts;
};

static int
by_row(const void *a, const void *b)
{
	const struct knot *x = a, *y = b;

	return (x->row > y->row) - (x->row < y->row);
}

static int
by_edge(const void *a, const void *b)
{
	const struct edge *x = a, *y = b;

	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	return (x->to > y->to) - (x->to < y->to);
}

/* Whose word counts first where not all can be joined. */
static int
by_weight(const void *a, const void *b)
{
	const struct group_claim *x = a, *y = b;

	if (x->own != y->own)
		return y->own - x->own;
	if (x->updated != y->updated)
		return x->updated < y->updated ? -1 : 1;
	if (x->a != y->a)
		return x->a < y->a ? -1 : 1;
	return (x->b > y->b) - (x->b < y->b);
}

static int
is_believed(const struct group_claim *c, const struct column *rows, uint32_t row_count, enum group_belief belief)
{
	if (c->a == c->b || c->a >= row_count || c->b >= row_count || rows[c->a].kind == KIND_UNKNOWN ||
	    rows[c->b].kind == KIND_UNKNOWN)
		return 0;
	return belief == BELIEF_ALL || c->own || c->author == rows[c->a].author || c->author == rows[c->b].author;
}

static size_t
knot_of(const struct tangle *t, uint32_t row)
{
	const struct knot key = { .row = row };
	const struct knot *found = bsearch(&key, t->knot, t->knots, sizeof key, by_row);

	return found == NULL ? NONE : (size_t)(found - t->knot);
}

static size_t
root_of(struct tangle *t, size_t at)
{
	while (t->knot[at].root != at)
		at = t->knot[at].root = t->knot[t->knot[at].root].root;
	return at;
}

/* Is any row of the smaller group said to be something else than one of the other? */
static int
are_apart(struct tangle *t, size_t small, size_t large)
{
	size_t at = small, i, low, high;

	do {
		for (low = 0, high = t->aparts; low < high;) {
			size_t middle = (low + high) / 2;

			if (t->apart[middle].from < at)
				low = middle + 1;
			else
				high = middle;
		}
		for (i = low; i < t->aparts && t->apart[i].from == at; i++)
			if (root_of(t, t->apart[i].to) == large)
				return 1;
		at = t->knot[at].next;
	} while (at != small);
	return 0;
}

static void
join(struct tangle *t, size_t a, size_t b)
{
	size_t small = root_of(t, a), large = root_of(t, b), next;

	if (t->knot[small].size > t->knot[large].size) {
		next = small;
		small = large;
		large = next;
	}
	if (small == large || t->knot[small].size + t->knot[large].size > GROUP_ROWS_MAX || are_apart(t, small, large))
		return;
	next = t->knot[small].next;
	t->knot[small].next = t->knot[large].next;
	t->knot[large].next = next;
	t->knot[small].root = large;
	t->knot[large].size += t->knot[small].size;
}

/* Knots, each once, and what must stay apart. */
static void
tie(struct tangle *t, const struct group_claim *claim, size_t claims)
{
	size_t i, n = 0;

	for (i = 0; i < claims; i++) {
		t->knot[t->knots++] = (struct knot){ .row = claim[i].a };
		t->knot[t->knots++] = (struct knot){ .row = claim[i].b };
	}
	qsort(t->knot, t->knots, sizeof *t->knot, by_row);
	for (i = 0; i < t->knots; i++)
		if (n == 0 || t->knot[n - 1].row != t->knot[i].row) {
			t->knot[n] = (struct knot){ .row = t->knot[i].row, .root = n, .next = n, .size = 1 };
			n++;
		}
	t->knots = n;
	for (i = 0; i < claims; i++) {
		size_t a = knot_of(t, claim[i].a), b = knot_of(t, claim[i].b);

		if (claim[i].same && !claim[i].own) {
			t->knot[a].conceded |= claim[i].author == t->rows[claim[i].a].author;
			t->knot[b].conceded |= claim[i].author == t->rows[claim[i].b].author;
		} else if (!claim[i].same) {
			t->apart[t->aparts++] = (struct edge){ a, b };
			t->apart[t->aparts++] = (struct edge){ b, a };
		}
	}
	qsort(t->apart, t->aparts, sizeof *t->apart, by_edge);
}

/* Is x shown before y? */
static int
is_before(const struct tangle *t, const struct knot *x, const struct knot *y)
{
	const struct column *a = &t->rows[x->row], *b = &t->rows[y->row];
	const int rank[][2] = {
		{ !x->conceded, !y->conceded },
		{ !(a->flags & COLUMN_TAKEN), !(b->flags & COLUMN_TAKEN) },
		{ (a->flags & COLUMN_OWN) != 0, (b->flags & COLUMN_OWN) != 0 },
	};
	size_t i;

	for (i = 0; i < sizeof rank / sizeof rank[0]; i++)
		if (rank[i][0] != rank[i][1])
			return rank[i][0];
	return a->updated != b->updated ? a->updated > b->updated : x->row < y->row;
}

/* One group's rows in the order they are shown, into out->at at the places of their knots. */
static void
line_up(const struct tangle *t, size_t root, struct grouped *by_knot)
{
	size_t order[GROUP_ROWS_MAX], n = 0, at = root, i;

	do {
		for (i = n++; i > 0 && is_before(t, &t->knot[at], &t->knot[order[i - 1]]); i--)
			order[i] = order[i - 1];
		order[i] = at;
		at = t->knot[at].next;
	} while (at != root);
	for (i = 0; i < n; i++)
		by_knot[order[i]] = (struct grouped){ t->knot[order[i]].row,
			i == 0 ? 0 : t->knot[order[i - 1]].row, i + 1 == n ? 0 : t->knot[order[i + 1]].row };
}

static void
hand_over(struct tangle *t, struct row_groups *out)
{
	size_t i;

	for (i = 0; i < t->knots; i++)
		if (root_of(t, i) == i && t->knot[i].size > 1)
			line_up(t, i, out->at);
	for (i = 0; i < t->knots; i++)
		if (out->at[i].row != 0)
			out->at[out->count++] = out->at[i];
}

int
groups_make(const struct group_claim *claim, size_t claims, const struct column *rows, uint32_t row_count,
    enum group_belief belief, struct row_groups *out, struct err *e)
{
	struct group_claim *held = calloc(claims + 1, sizeof *held);
	struct tangle t = { .rows = rows, .knot = calloc(2 * claims + 1, sizeof *t.knot),
		.apart = calloc(2 * claims + 1, sizeof *t.apart) };
	size_t i, n = 0;
	int rc = -1;

	*out = (struct row_groups){ .at = calloc(2 * claims + 1, sizeof *out->at) };
	if (held == NULL || t.knot == NULL || t.apart == NULL || out->at == NULL) {
		err_memory(e);
		groups_free(out);
		goto out;
	}
	for (i = 0; i < claims; i++)
		if (is_believed(&claim[i], rows, row_count, belief))
			held[n++] = claim[i];
	qsort(held, n, sizeof *held, by_weight);
	tie(&t, held, n);
	for (i = 0; i < n; i++)
		if (held[i].same)
			join(&t, knot_of(&t, held[i].a), knot_of(&t, held[i].b));
	hand_over(&t, out);
	rc = 0;
out:
	free(held);
	free(t.knot);
	free(t.apart);
	return rc;
}

void
groups_free(struct row_groups *g)
{
	free(g->at);
	*g = (struct row_groups){ .count = 0 };
}

static int
by_number(const void *a, const void *b)
{
	const struct grouped *x = a, *y = b;

	return (x->row > y->row) - (x->row < y->row);
}

const struct grouped *
groups_find(const struct row_groups *g, uint32_t row)
{
	const struct grouped key = { .row = row };

	return g->count == 0 ? NULL : bsearch(&key, g->at, g->count, sizeof key, by_number);
}

/* --- in a query ------------------------------------------------------------------------------------- */

/* The word of picks that has row, or NULL. */
static struct pick *
pick_of(const struct picks *p, uint32_t row)
{
	size_t low = 0, high = p->count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (p->pick[middle].at < row / PLANE_BITS)
			low = middle + 1;
		else
			high = middle;
	}
	return low < p->count && p->pick[low].at == row / PLANE_BITS &&
	    p->pick[low].bits >> row % PLANE_BITS & 1 ? &p->pick[low] : NULL;
}

static int
better_is_picked(const struct row_groups *g, const struct grouped *row, const struct picks *p)
{
	while (row != NULL && row->better != 0) {
		if (pick_of(p, row->better) != NULL)
			return 1;
		row = groups_find(g, row->better);
	}
	return 0;
}

void
groups_fold(const struct row_groups *g, struct picks *picks)
{
	const struct plane nothing = { .words = 0 };
	struct pick *pick;
	size_t i;

	for (i = 0; i < g->count; i++)
		if (g->at[i].better != 0 && (pick = pick_of(picks, g->at[i].row)) != NULL &&
		    better_is_picked(g, &g->at[i], picks))
			pick->bits &= ~(UINT64_C(1) << g->at[i].row % PLANE_BITS);
	picks_drop(picks, &nothing);	/* words that are empty now */
}
