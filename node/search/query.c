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
#define AHEAD 8		/* rows asked of memory before they are needed */

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
	struct best best;
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
place_of(const struct run *run, uint32_t id, const struct column *row, float score)
{
	struct place p = { 0, (uint64_t)row->updated, id };

	switch (run->sort) {
	case SEARCH_BEST:
		p.hi = (uint64_t)(score * 1e6f);
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

static void
visit(struct run *run, uint32_t id, float score)
{
	const struct column *row = &run->columns->row[id];
	struct place p;
	unsigned missed;

	if (!filter_holds(&run->filter, row))
		return;
	missed = filter_missed(&run->filter, row);
	if ((missed & (missed - 1)) != 0)
		return;
	if (run->facets.asked != 0)
		facets_add(&run->facets, row, missed);
	if (missed != 0)
		return;
	run->total++;
	if (run->grid != NULL) {
		grid_add(run->grid, id, row);
		return;
	}
	p = place_of(run, id, row, score);
	offer(&run->best, &p);
}

/* From the last: mostly the newest, which the best so far then need not make room for. */
static void
visit_all(struct run *run)
{
	uint32_t id;

	for (id = run->columns->count; id > 1; id--)
		visit(run, id - 1, 0);
}

/* Visit the rows that a statement lists, until its end or a bound.  1 when cut short. */
static int
visit_listed(struct run *run, sqlite3_stmt *st, unsigned most, struct err *e)
{
	unsigned visited = 0;
	int64_t id;
	int rc;

	while ((rc = sqlite3_step(st)) == SQLITE_ROW && visited < most) {
		visited++;
		id = sqlite3_column_int64(st, 0);
		if (id > 0 && id < run->columns->count)
			visit(run, (uint32_t)id, 0);
	}
	sqlite3_reset(st);
	if (rc == SQLITE_DONE)
		return 0;
	return rc == SQLITE_ROW || rc == SQLITE_INTERRUPT ? 1 : conn_fail(&run->reader->conn, e);
}

static void
start_over(struct run *run)
{
	run->total = 0;
	run->best.count = 0;
	facets_reset(&run->facets);
	if (run->grid != NULL)
		grid_reset(run->grid);
}

/* The R*Tree pays when few rows lie in the box; otherwise looking at all of them is quicker. */
static int
visit_box(struct run *run, struct err *e)
{
	const struct filter *f = &run->filter;
	sqlite3_stmt *st = conn_stmt(&run->reader->conn, SQL_SPOT_WITHIN, e);
	int cut;

	if (st == NULL)
		return -1;
	sqlite3_bind_int(st, 1, f->south);
	sqlite3_bind_int(st, 2, f->north);
	sqlite3_bind_int(st, 3, f->west);
	sqlite3_bind_int(st, 4, f->east);
	cut = visit_listed(run, st, run->columns->live / BOX_SHARE, e);
	if (cut == 1) {
		start_over(run);
		visit_all(run);
	}
	return cut == -1 ? -1 : 0;
}

/* Visit what answers the text.  Returns the number of its words. */
static int
visit_words(struct run *run, int any, struct err *e)
{
	struct search_reader *r = run->reader;
	struct match_query q = {
		.text = run->q->text, .any = any, .titles_only = run->q->titles_only,
		.docs = run->columns->live, .rows = run->columns->count,
	};
	int words = match_run(&r->search->words, r->stemmer, &q, &r->match, e);
	uint32_t i;

	for (i = 0; words > 0 && i < r->match.count; i++) {
		if (i + AHEAD < r->match.count)
			__builtin_prefetch(&run->columns->row[r->match.doc[i + AHEAD]]);
		visit(run, r->match.doc[i], r->match.score[r->match.doc[i]]);
	}
	run->cut = r->match.cut;
	return words;
}

/* All words, or when that leaves nothing, any. */
static int
find_words(struct run *run, struct search_result *out, struct err *e)
{
	int words = visit_words(run, 0, e);

	if (words <= 1 || run->total > 0)
		return words == -1 ? -1 : 0;
	start_over(run);
	out->loose = 1;
	return visit_words(run, 1, e) == -1 ? -1 : 0;
}

static int
find(struct run *run, struct search_result *out, struct err *e)
{
	const struct filter *f = &run->filter;

	if (span_trim(run->q->text).len > 0)
		return find_words(run, out, e);
	if (f->boxed && f->west <= f->east && run->columns->live >= BOX_ROWS_MIN)
		return visit_box(run, e);
	visit_all(run);
	return 0;
}

/* --- the answer -------------------------------------------------------------------------------- */

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
		if (search_card_read(run->reader, run->best.place[i].id, run->q->now_s, a, card, e) == -1)
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
	if (filter_make(q, run->columns, a, &run->filter, e) == -1 ||
	    facets_make(run->columns, q->facets, a, &run->facets, e) == -1 || find(run, out, e) == -1)
		return -1;
	out->total = run->total;
	out->cut = run->cut;
	if (read_hits(run, limit, a, out, e) == -1)
		return -1;
	return facets_list(&run->facets, a, out, e);
}

int
search_run(struct search_reader *r, const struct search_query *q, struct arena *a,
    struct search_result *out, struct err *e)
{
	unsigned limit = q->limit == 0 ? LIMIT_DEFAULT : q->limit;
	struct run run = { .reader = r, .q = q, .columns = &r->search->columns, .sort = sort_of(q) };
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
	struct run run = { .reader = r, .q = q, .columns = &r->search->columns };
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
