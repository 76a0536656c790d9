/* SPDX-License-Identifier: AGPL-3.0-or-later
 * set_view.c - a set with a few items added and a few left out; see set.h.
 *
 * The changes that matter lie in order.  Each knows where it falls in the base and what the changes
 * before it do to counts and sums, so the base's own sums answer for everything between two changes.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "proto/err.h"
#include "proto/set.h"
#include "proto/set_impl.h"

struct set_change {
	struct set_item item;
	uint64_t order;		/* among those asked: the last word on an item counts */
	int hide;
	uint64_t base_index;	/* base items below it */
	int64_t before;		/* items the changes before it bring (or take, if negative) */
	struct set_sum sum_before;	/* and what those add up to */
};

/* Where the change falls, counted in the view. */
static uint64_t
change_index(const struct set_change *c)
{
	return c->base_index + (uint64_t)c->before;
}

static int
change_reserve(struct set_change **list, size_t *cap, size_t need, struct err *e)
{
	size_t more = *cap == 0 ? 16 : *cap;
	struct set_change *p;

	if (need <= *cap)
		return 0;
	while (more < need)
		more *= 2;
	p = realloc(*list, more * sizeof(*p));
	if (p == NULL)
		return err_memory(e);
	*list = p;
	*cap = more;
	return 0;
}

static int
view_ask(struct set_view *v, uint64_t ts, const uint8_t id[SET_ID_BYTES], int hide, struct err *e)
{
	struct set_change *c;

	if (ts == SET_TS_INFINITY)
		return err_set(e, ERR_INPUT, "timestamp out of range");
	if (change_reserve(&v->asked, &v->asked_cap, v->nasked + 1, e) == -1)
		return -1;
	c = &v->asked[v->nasked];
	memset(c, 0, sizeof(*c));
	c->item.ts = ts;
	memcpy(c->item.id, id, SET_ID_BYTES);
	c->order = v->nasked++;
	c->hide = hide;
	v->stale = 1;
	return 0;
}

int
set_view_add(struct set_view *v, uint64_t ts, const uint8_t id[SET_ID_BYTES], struct err *e)
{
	return view_ask(v, ts, id, 0, e);
}

int
set_view_hide(struct set_view *v, uint64_t ts, const uint8_t id[SET_ID_BYTES], struct err *e)
{
	return view_ask(v, ts, id, 1, e);
}

static int
change_cmp(const void *pa, const void *pb)
{
	const struct set_change *a = pa, *b = pb;
	int d = set_item_cmp(&a->item, &b->item);

	if (d != 0)
		return d;
	return a->order < b->order ? -1 : a->order > b->order;
}

/* Put what was asked in order, and keep the last word on each item. */
static void
view_sort(struct set_view *v)
{
	size_t kept = 0;

	if (v->nasked == 0)
		return;
	qsort(v->asked, v->nasked, sizeof(*v->asked), change_cmp);
	for (size_t i = 0; i < v->nasked; i++)
		if (i + 1 == v->nasked
		    || set_item_cmp(&v->asked[i].item, &v->asked[i + 1].item) != 0)
			v->asked[kept++] = v->asked[i];
	v->nasked = kept;
	for (size_t i = 0; i < kept; i++)
		v->asked[i].order = i;
}

int
set_view_refresh(struct set_view *v, struct err *e)
{
	struct set_change run = {0}, *c;
	struct set_place p = {0};
	const struct set_item *at;
	int there;

	if (!v->stale && (v->nasked == 0 || v->generation == v->base->generation))
		return 0;
	if (change_reserve(&v->changes, &v->changes_cap, v->nasked, e) == -1)
		return -1;
	if (v->stale)
		view_sort(v);
	v->nchanges = 0;
	for (size_t i = 0; i < v->nasked; i++) {
		c = &v->changes[v->nchanges];
		*c = v->asked[i];
		place_find(v->base, &p, &c->item);
		at = place_item(v->base, &p);
		there = at != NULL && set_item_cmp(at, &c->item) == 0;
		if (there != c->hide)
			continue;
		v->nchanges++;
		c->base_index = p.index;
		c->before = run.before;
		c->sum_before = run.sum_before;
		run.before += c->hide ? -1 : 1;
		(c->hide ? sum_sub_id : sum_add_id)(&run.sum_before, c->item.id);
	}
	v->generation = v->base->generation;
	v->stale = 0;
	return 0;
}

void
set_view_clear(struct set_view *v)
{
	free(v->asked);
	free(v->changes);
	*v = (struct set_view)SET_VIEW(v->base);
}

static int64_t
view_before(const struct set_view *v, size_t change)
{
	if (change < v->nchanges)
		return v->changes[change].before;
	if (change == 0)
		return 0;
	return v->changes[change - 1].before + (v->changes[change - 1].hide ? -1 : 1);
}

static struct set_sum
view_sum_before(const struct set_view *v, size_t change)
{
	struct set_sum sum = {0};
	const struct set_change *c;

	if (change < v->nchanges)
		return v->changes[change].sum_before;
	if (change > 0) {
		c = &v->changes[change - 1];
		sum = c->sum_before;
		(c->hide ? sum_sub_id : sum_add_id)(&sum, c->item.id);
	}
	return sum;
}

uint64_t
set_view_count(const struct set_view *v)
{
	return v->base->count + (uint64_t)view_before(v, v->nchanges);
}

/* Index and sum from the places in the base and among the changes. */
static void
cursor_settle(struct set_cursor *c)
{
	struct set_sum changed;

	c->index = c->base.index;
	c->sum = c->base.sum;
	if (c->change == 0)
		return;
	changed = view_sum_before(c->view, c->change);
	c->index += (uint64_t)view_before(c->view, c->change);
	sum_add(&c->sum, &changed);
}

void
set_cursor_seek(struct set_cursor *c, uint64_t index)
{
	const struct set_view *v = c->view;
	size_t lo = 0, hi = v->nchanges, mid;

	assert(index <= set_view_count(v));
	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (change_index(&v->changes[mid]) < index)
			lo = mid + 1;
		else
			hi = mid;
	}
	c->change = lo;
	place_seek(v->base, &c->base, index - (uint64_t)view_before(v, lo));
	cursor_settle(c);
}

void
set_cursor_find(struct set_cursor *c, const struct set_item *bound)
{
	const struct set_view *v = c->view;
	size_t lo = 0, hi = v->nchanges, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (set_item_cmp(&v->changes[mid].item, bound) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	c->change = lo;
	place_find(v->base, &c->base, bound);
	cursor_settle(c);
}

const struct set_item *
set_cursor_next(struct set_cursor *c)
{
	const struct set_view *v = c->view;
	const struct set_change *change;
	const struct set_item *item;

	while (c->change < v->nchanges
	    && (change = &v->changes[c->change])->base_index == c->base.index) {
		c->change++;
		if (!change->hide) {
			c->index++;
			sum_add_id(&c->sum, change->item.id);
			return &change->item;
		}
		place_step(v->base, &c->base);
	}
	item = place_item(v->base, &c->base);
	if (item == NULL)
		return NULL;
	place_step(v->base, &c->base);
	c->index++;
	sum_add_id(&c->sum, item->id);
	return item;
}

void
set_cursor_fingerprint(const struct set_cursor *from, const struct set_cursor *to,
    uint8_t out[SET_FINGERPRINT_BYTES])
{
	struct set_sum sum = to->sum;

	assert(from->view == to->view && from->index <= to->index);
	sum_sub(&sum, &from->sum);
	set_sum_fingerprint(&sum, to->index - from->index, out);
}
