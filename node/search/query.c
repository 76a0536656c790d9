/* SPDX-License-Identifier: AGPL-3.0-or-later
 * query.c - runs a query: candidates by words, by place or all; rows held against the filter, counted,
 * and the best of them kept; see search.h. */
#include <stdlib.h>
#include <string.h>

#include "node/search/facet.h"
#include "node/search/filter.h"
#include "node/search/grid.h"
#include "node/search/search_impl.h"
#include "proto/err.h"

#define LIMIT_DEFAULT 20

/* A place in the order asked for: greater is better, then the lower number. */
struct place {
	uint64_t hi, lo;
	uint32_t id;
};

/* The best so many of what was offered: a heap with the worst on top. */
struct best {
	struct place *place;
	size_t count, max;
};

struct run {
	struct search_reader *reader;
	const struct search_query *q;
	const struct columns *columns;
	struct filter filter;
	struct facets facets;
	struct arena *arena;
	struct best best;
	const struct row_groups *groups;	/* NULL: each row for itself */
	struct grid *grid;		/* instead of the best, or NULL */
	enum search_sort sort;
	uint64_t total;
	int cut;
};

/* --- the best --------------------------------------------------------------------------------- */

static int
is_better(const struct place *a, const struct place *b)
{
	if (a->hi != b->hi)
		return a->hi > b->hi;
	if (a->lo != b->lo)
		return a->lo > b->lo;
	return a->id < b->id;
}

static void
sink(struct best *b, size_t at)
{
	struct place moving = b->place[at];
	size_t child;

	while ((child = 2 * at + 1) < b->count) {
		if (child + 1 < b->count && is_better(&b->place[child], &b->place[child + 1]))
			child++;
		if (!is_better(&moving, &b->place[child]))
			break;
		b->place[at] = b->place[child];
		at = child;
	}
	b->place[at] = moving;
}

static void
offer(struct best *b, const struct place *p)
{
	size_t at, up;

	if (b->max == 0)
		return;
	if (b->count == b->max) {
		if (is_better(p, &b->place[0])) {
			b->place[0] = *p;
			sink(b, 0);
		}
		return;
	}
	for (at = b->count++; at > 0 && is_better(&b->place[up = (at - 1) / 2], p); at = up)
		b->place[at] = b->place[up];
	b->place[at] = *p;
}

static int
best_first(const void *a, const void *b)
{
	return is_better(a, b) ? -1 : 1;
}

/* --- order ------------------------------------------------------------------------------------- */

static uint64_t
soonest(const struct run *run, const struct column *row)
{
	int64_t now_min = (int64_t)run->filter.today * 24 * 60;
	int64_t minute = row->flags & COLUMN_EVENT ? row->from_min : row->to_min;

	if (minute == NO_BEGINNING || minute == NO_END)
		return 0;
	if (row->flags & COLUMN_RECURRING && minute < now_min)
		minute = now_min;
	return UINT64_MAX - (uint64_t)(minute - INT32_MIN);
}

static uint64_t
nearest(const struct run *run, const struct column *row)
{
	double m = filter_distance(&run->filter, row);

	return m < 0 ? 0 : UINT64_MAX - (uint64_t)(m * 10);
}

static struct place
place_of(const struct run *run, uint32_t id)
{
	struct place p = { 0, (uint64_t)run->columns->key.updated[id], id };
	const struct column *row = &run->columns->row[id];

	switch (run->sort) {
	case SEARCH_BEST:
		p.hi = (uint64_t)(run->reader->match.score[id] * 1e6f);
		break;
	case SEARCH_NEWEST:
		break;
	case SEARCH_NEAREST:
		p.hi = nearest(run, row);
		break;
	case SEARCH_TITLE:
		p.hi = ~row->title.hi;
		p.lo = ~row->title.lo;
		break;
	case SEARCH_SOONEST:
		p.hi = soonest(run, row);
		break;
	}
	return p;
}

/* --- candidates -------------------------------------------------------------------------------- */

/* Room in the reader for picks of all rows; kept for the next query. */
static int
make_room(struct search_reader *r, uint32_t rows, struct err *e)
{
	uint32_t words = rows / PLANE_BITS + 1;
	uint64_t *zeroed;

	if (picks_room(&r->candidates, rows, e) == -1 || picks_room(&r->hits, rows, e) == -1 ||
	    picks_room(&r->others, rows, e) == -1)
		return -1;
	if (words <= r->zeroed_words)
		return 0;
	if ((zeroed = calloc(words, sizeof *zeroed)) == NULL)
		return err_memory(e);
	free(r->zeroed);
	r->zeroed = zeroed;
	r->zeroed_words = words;
	return 0;
}

/* The candidates that every facet's filter but one lets through. */
static int
keep_but(struct run *run, unsigned but, struct picks *out, struct err *e)
{
	unsigned i;

	picks_copy(out, &run->reader->candidates);
	for (i = 0; i < FACET__COUNT; i++)
		if (i != but && run->filter.asked >> i & 1 &&
		    filter_keep(&run->filter, (enum search_facet)i, run->arena, out, e) == -1)
			return -1;
	if (run->groups != NULL)
		groups_fold(run->groups, out);
	return 0;
}

static int
count_facets(struct run *run, struct err *e)
{
	struct search_reader *r = run->reader;
	unsigned i;

	for (i = 0; i < FACET__COUNT; i++) {
		const struct picks *among = &r->hits;

		if (!(run->facets.asked >> i & 1))
			continue;
		if (run->filter.asked >> i & 1) {
			if (keep_but(run, i, &r->others, e) == -1)
				return -1;
			among = &r->others;
		}
		if (facets_count(&run->facets, (enum search_facet)i, among, run->arena, e) == -1)
			return -1;
	}
	return 0;
}

/* From the last: mostly the newest, which the best so far then need not make room for. */
static void
offer_hits(struct run *run)
{
	const struct picks *hits = &run->reader->hits;
	struct place p;
	size_t i;

	for (i = hits->count; i > 0; i--) {
		uint64_t left = hits->pick[i - 1].bits;

		while (left != 0) {
			uint32_t bit = PLANE_BITS - 1 - (uint32_t)__builtin_clzll(left);
			uint32_t id = hits->pick[i - 1].at * PLANE_BITS + bit;

			left ^= UINT64_C(1) << bit;
			if (run->grid != NULL) {
				grid_add(run->grid, id, &run->columns->row[id]);
				continue;
			}
			p = place_of(run, id);
			offer(&run->best, &p);
		}
	}
}

/* Of the candidates, those that the filter lets through. */
static int
judge(struct run *run, struct err *e)
{
	struct search_reader *r = run->reader;

	filter_sift(&run->filter, &r->candidates);
	if (keep_but(run, FACET__COUNT, &r->hits, e) == -1)
		return -1;
	run->total = picks_total(&r->hits);
	return 0;
}

/* What answers the text.  Returns the number of its words. */
static int
find_text(struct run *run, int any, struct err *e)
{
	struct search_reader *r = run->reader;
	struct match_query q = {
		.text = run->q->text, .any = any, .titles_only = run->q->titles_only,
		.docs = run->columns->live, .rows = run->columns->count,
	};
	const struct plane *shown = &run->columns->shown;
	int words = match_run(&r->search->words, r->stemmer, &q, &r->match, e);

	if (words == -1)
		return -1;
	picks_from_rows(&r->candidates, r->match.doc, words == 0 ? 0 : r->match.count, r->zeroed, r->zeroed_words);
	picks_keep(&r->candidates, &shown, 1);
	run->cut = r->match.cut;
	return judge(run, e) == -1 ? -1 : words;
}

/* All words, or when that leaves nothing, any. */
static int
find_words(struct run *run, struct search_result *out, struct err *e)
{
	int words = find_text(run, 0, e);

	if (words <= 1 || run->total > 0)
		return words == -1 ? -1 : 0;
	out->loose = 1;
	return find_text(run, 1, e) == -1 ? -1 : 0;
}

static int
find(struct run *run, struct search_result *out, struct err *e)
{
	if (make_room(run->reader, run->columns->count, e) == -1)
		return -1;
	if (span_trim(run->q->text).len > 0) {
		if (find_words(run, out, e) == -1)
			return -1;
	} else {
		picks_from_plane(&run->reader->candidates, &run->columns->shown);
		if (judge(run, e) == -1)
			return -1;
	}
	offer_hits(run);
	return count_facets(run, e);
}

/* How the query wants claims to be believed. */
static const struct row_groups *
groups_of(const struct run *run)
{
	return run->q->together == SEARCH_APART ? NULL :
	    &run->columns->groups[run->q->together == SEARCH_TOGETHER_ALL ? BELIEF_ALL : BELIEF_USUAL];
}

/* --- the answer -------------------------------------------------------------------------------- */

/* The other rows of a hit's group, from the first one on. */
static int
read_others(struct run *run, uint32_t id, struct arena *a, struct search_card *card, struct err *e)
{
	const struct grouped *at = run->groups == NULL ? NULL : groups_find(run->groups, id);
	struct search_card *other;

	if (at == NULL)
		return 0;
	if ((other = arena_alloc(a, SEARCH_OTHERS_MAX * sizeof *other)) == NULL)
		return err_memory(e);
	while (at->better != 0)
		at = groups_find(run->groups, at->better);
	for (; at != NULL && card->others < SEARCH_OTHERS_MAX; at = groups_find(run->groups, at->worse))
		if (at->row != id &&
		    search_card_read(run->reader, at->row, run->q->now_s, a, &other[card->others++], e) == -1)
			return -1;
	card->other = other;
	return 0;
}

static int
read_hits(struct run *run, unsigned limit, struct arena *a, struct search_result *out, struct err *e)
{
	struct search_card *card;
	size_t i, first = run->q->offset;
	double m;

	if (run->best.count > 1)
		qsort(run->best.place, run->best.count, sizeof *run->best.place, best_first);
	out->hit = arena_alloc(a, limit * sizeof *out->hit);
	if (out->hit == NULL)
		return err_memory(e);
	for (i = first; i < run->best.count && out->count < limit; i++) {
		card = &out->hit[out->count];
		if (search_card_read(run->reader, run->best.place[i].id, run->q->now_s, a, card, e) == -1 ||
		    read_others(run, run->best.place[i].id, a, card, e) == -1)
			return -1;
		out->count++;
		if (run->q->near) {
			m = filter_distance(&run->filter, &run->columns->row[run->best.place[i].id]);
			card->distance_m = m < 0 ? -1 : (int64_t)(m + 0.5);
		}
	}
	return 0;
}

static enum search_sort
sort_of(const struct search_query *q)
{
	if (q->sort == SEARCH_BEST && span_trim(q->text).len == 0)
		return SEARCH_NEWEST;
	if (q->sort == SEARCH_NEAREST && !q->near)
		return SEARCH_NEWEST;
	return q->sort;
}

static int
run_locked(struct run *run, unsigned limit, struct arena *a, struct search_result *out, struct err *e)
{
	const struct search_query *q = run->q;
	uint64_t most = (uint64_t)q->offset + limit;

	if (q->offset > SEARCH_OFFSET_MAX)
		most = 0;
	if (most > run->columns->live)
		most = run->columns->live;
	run->best.max = (size_t)most;
	run->best.place = malloc((run->best.max + 1) * sizeof *run->best.place);
	if (run->best.place == NULL)
		return err_memory(e);
	run->groups = groups_of(run);
	if (filter_make(q, run->columns, a, &run->filter, e) == -1 ||
	    facets_make(run->columns, q->facets, a, &run->facets, e) == -1 || find(run, out, e) == -1)
		return -1;
	out->total = run->total;
	out->cut = run->cut;
	out->grouped = run->columns->groups[BELIEF_ALL].count > 0;
	if (read_hits(run, limit, a, out, e) == -1)
		return -1;
	return facets_list(&run->facets, a, out, e);
}

int
search_run(struct search_reader *r, const struct search_query *q, struct arena *a,
    struct search_result *out, struct err *e)
{
	unsigned limit = q->limit == 0 ? LIMIT_DEFAULT : q->limit;
	struct run run = { .reader = r, .q = q, .columns = &r->search->columns, .sort = sort_of(q), .arena = a };
	int rc;

	memset(out, 0, sizeof *out);
	if (limit > SEARCH_LIMIT_MAX)
		limit = SEARCH_LIMIT_MAX;
	r->ticks = TICKS_PER_QUERY;
	pthread_rwlock_rdlock(&r->search->lock);
	rc = run_locked(&run, limit, a, out, e);
	pthread_rwlock_unlock(&r->search->lock);
	free(run.best.place);
	return rc;
}

/* --- on a map ---------------------------------------------------------------------------------- */

static int
grid_locked(struct run *run, const struct search_grid_ask *ask, struct arena *a, struct search_grid *out,
    struct err *e)
{
	struct search_result unused = { .total = 0 };
	struct grid grid;

	if (grid_make(ask, a, out, &grid, e) == -1)
		return -1;
	run->grid = &grid;
	run->groups = groups_of(run);
	if (filter_make(run->q, run->columns, a, &run->filter, e) == -1 ||
	    facets_make(run->columns, 0, a, &run->facets, e) == -1 || find(run, &unused, e) == -1 ||
	    grid_answer(&grid, run->reader, run->q->now_s, a, e) == -1)
		return -1;
	out->cut = run->cut;
	out->loose = unused.loose;
	return 0;
}

int
search_grid(struct search_reader *r, const struct search_query *q, const struct search_grid_ask *ask,
    struct arena *a, struct search_grid *out, struct err *e)
{
	struct run run = { .reader = r, .q = q, .columns = &r->search->columns, .arena = a };
	int rc;

	r->ticks = TICKS_PER_QUERY;
	pthread_rwlock_rdlock(&r->search->lock);
	rc = grid_locked(&run, ask, a, out, e);
	pthread_rwlock_unlock(&r->search->lock);
	return rc;
}

/* --- totals ------------------------------------------------------------------------------------ */

static int
by_total(const void *a, const void *b)
{
	const struct search_total *x = a, *y = b;

	if (x->total != y->total)
		return x->total < y->total ? 1 : -1;
	return strcmp(x->author, y->author);
}

static void
add_totals(const struct columns *c, int32_t today, struct search_totals *out)
{
	const struct column *row;
	struct search_total *t;

	for (row = c->row; row < c->row + c->count; row++) {
		if (row->kind == KIND_UNKNOWN || (row->lapse_day <= today && !(row->flags & COLUMN_OWN)))
			continue;
		t = &out->author[row->author];
		t->total++;
		t->by_kind[row->kind]++;
		if (row->updated > t->newest)
			t->newest = row->updated;
		out->total++;
		out->by_kind[row->kind]++;
	}
}

/* Leave out authors with nothing to show, name the others. */
static int
name_totals(const struct columns *c, struct arena *a, struct search_totals *out, struct err *e)
{
	const struct names *n = &c->names[NAME_AUTHOR];
	struct search_total *t;
	uint32_t id;

	for (id = 1; id < n->count; id++) {
		if (out->author[id].total == 0)
			continue;
		t = &out->author[out->count++];
		*t = out->author[id];
		t->own = n->name[id].own;
		t->author = arena_copy(a, span_str(names_key(c, NAME_AUTHOR, id)));
		t->author_name = arena_copy(a, span_str(names_label(c, NAME_AUTHOR, id)));
		if (t->author == NULL || t->author_name == NULL)
			return err_memory(e);
	}
	if (out->count > 1)
		qsort(out->author, out->count, sizeof *out->author, by_total);
	return 0;
}

int
search_count_by_author(struct search_reader *r, int64_t now_s, struct arena *a,
    struct search_totals *out, struct err *e)
{
	const struct columns *c = &r->search->columns;
	int rc = -1;

	*out = (struct search_totals){0};
	pthread_rwlock_rdlock(&r->search->lock);
	out->author = arena_alloc(a, (c->names[NAME_AUTHOR].count + 1) * sizeof *out->author);
	if (out->author == NULL) {
		err_memory(e);
		goto out;
	}
	add_totals(c, search_day(now_s), out);
	rc = name_totals(c, a, out, e);
out:
	pthread_rwlock_unlock(&r->search->lock);
	return rc;
}

/* The mean position of the rows whose commune is marked. */
static int
mean_position(const struct columns *c, const struct wanted *commune, int32_t *lat_e7, int32_t *lon_e7)
{
	int64_t lat = 0, lon = 0, n = 0;
	const struct column *row;

	for (row = c->row; row < c->row + c->count; row++)
		if (row->kind != KIND_UNKNOWN && row->lat_e7 != NO_POSITION && row->commune < commune->count &&
		    commune->ok[row->commune]) {
			lat += row->lat_e7;
			lon += row->lon_e7;
			n++;
		}
	if (n == 0)
		return 0;
	*lat_e7 = (int32_t)(lat / n);
	*lon_e7 = (int32_t)(lon / n);
	return 1;
}

int
search_locate(struct search_reader *r, struct span commune, int32_t *lat_e7, int32_t *lon_e7)
{
	const struct columns *c = &r->search->columns;
	struct search_query q = { .commune = commune };
	struct arena a = {0};
	struct filter f;
	struct err ignored = {0};
	int found = 0;

	if (commune.len == 0)
		return 0;
	pthread_rwlock_rdlock(&r->search->lock);
	if (filter_make(&q, c, &a, &f, &ignored) == 0)
		found = mean_position(c, &f.commune, lat_e7, lon_e7);
	pthread_rwlock_unlock(&r->search->lock);
	arena_clear(&a);
	return found;
}

static int
compare_codes(const void *key, const void *at)
{
	const struct span *code = at;
	size_t n = strlen(key);
	int c = memcmp(key, code->ptr, n < code->len ? n : code->len);

	return c != 0 ? c : (n > code->len) - (n < code->len);
}

int
search_locate_any(struct search_reader *r, const struct span *insee, size_t count, int32_t *lat_e7, int32_t *lon_e7)
{
	const struct names *n = &r->search->columns.names[NAME_COMMUNE];
	struct arena a = {0};
	struct wanted w;
	uint32_t i;
	int found = 0;

	pthread_rwlock_rdlock(&r->search->lock);
	w = (struct wanted){ .ok = arena_alloc(&a, n->count + 1), .count = n->count };
	for (i = 1; w.ok != NULL && i < n->count; i++)
		if (n->name[i].key != NULL && bsearch(n->name[i].key, insee, count, sizeof *insee, compare_codes) != NULL)
			found = w.ok[i] = 1;
	found = found && mean_position(&r->search->columns, &w, lat_e7, lon_e7);
	pthread_rwlock_unlock(&r->search->lock);
	arena_clear(&a);
	return found;
}
