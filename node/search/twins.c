/* SPDX-License-Identifier: AGPL-3.0-or-later
 * twins.c - reads what twin.h looks at out of search.db; see search.h. */
#include <stdlib.h>
#include <string.h>

#include "node/search/search_impl.h"
#include "node/search/twin.h"
#include "proto/err.h"

#define TEXTS_BYTES_MAX ((size_t)1 << 30)

/* The kinds of which there can be two of one thing. */
#define TWIN_KINDS (1u << KIND_INITIATIVE | 1u << KIND_ORGANISATION | 1u << KIND_PLACE | 1u << KIND_EVENT | \
	1u << KIND_RESOURCE | 1u << KIND_OFFER | 1u << KIND_NEED | 1u << KIND_DOCUMENT)

struct gathered {
	struct twin_record *record;
	struct search_twin_side *side;
	size_t count, cap;
	struct arena texts;
};

static int
grow(struct gathered *g, struct err *e)
{
	size_t cap = g->cap == 0 ? 1024 : 2 * g->cap;
	struct twin_record *record = realloc(g->record, cap * sizeof *record);
	struct search_twin_side *side;

	if (record == NULL)
		return err_memory(e);
	g->record = record;
	if ((side = realloc(g->side, cap * sizeof *side)) == NULL)
		return err_memory(e);
	g->side = side;
	g->cap = cap;
	return 0;
}

static const char *
kept(struct gathered *g, sqlite3_stmt *st, int at, int *failed)
{
	struct span text = conn_text(st, at);
	const char *copy = text.len == 0 ? "" : arena_copy(&g->texts, text);

	*failed |= copy == NULL;
	return copy;
}

static int
gather_row(struct gathered *g, sqlite3_stmt *st, struct err *e)
{
	size_t bytes = (size_t)sqlite3_column_bytes(st, 10);
	struct twin_record *r;
	int failed = 0;

	if (!(TWIN_KINDS >> sqlite3_column_int(st, 2) & 1))
		return 0;
	if (g->count == g->cap && grow(g, e) == -1)
		return -1;
	r = &g->record[g->count];
	*r = (struct twin_record){ .title = kept(g, st, 4, &failed), .site = kept(g, st, 5, &failed),
		.phone = kept(g, st, 6, &failed), .kind = (enum kind)sqlite3_column_int(st, 2),
		.commune = (uint32_t)sqlite3_column_int64(st, 7), .from_min = sqlite3_column_int(st, 11),
		.lat_e7 = sqlite3_column_type(st, 8) == SQLITE_NULL ? NO_POSITION : sqlite3_column_int(st, 8),
		.lon_e7 = sqlite3_column_int(st, 9) };
	if (bytes > sizeof r->practice)
		bytes = sizeof r->practice;
	if (bytes > 0)
		memcpy(r->practice, sqlite3_column_blob(st, 10), bytes);
	r->practices = bytes / sizeof r->practice[0];
	g->side[g->count++] = (struct search_twin_side){ .author = kept(g, st, 1, &failed), .rid = kept(g, st, 3, &failed),
		.title = r->title, .kind = r->kind };
	return failed ? err_memory(e) : 0;
}

static int
gather(struct search_reader *r, int64_t now_s, struct gathered *g, struct err *e)
{
	sqlite3_stmt *st = conn_stmt(&r->conn, SQL_TWINS, e);
	int rc;

	if (st == NULL)
		return -1;
	sqlite3_bind_int64(st, 1, now_s);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW)
		if (gather_row(g, st, e) == -1)
			break;
	sqlite3_reset(st);
	return rc == SQLITE_DONE ? 0 : rc == SQLITE_ROW ? -1 : conn_fail(&r->conn, e);
}

static int
copy_side(const struct search_twin_side *from, struct arena *a, struct search_twin_side *to, struct err *e)
{
	*to = (struct search_twin_side){ .author = arena_copy(a, span_str(from->author)),
		.rid = arena_copy(a, span_str(from->rid)), .title = arena_copy(a, span_str(from->title)),
		.kind = from->kind };
	return to->author == NULL || to->rid == NULL || to->title == NULL ? err_memory(e) : 0;
}

static int
copy_pairs(const struct gathered *g, const struct twin_pair *pair, size_t n, struct arena *a, struct search_twin **out,
    struct err *e)
{
	size_t i;

	if ((*out = arena_alloc(a, (n + 1) * sizeof **out)) == NULL)
		return err_memory(e);
	for (i = 0; i < n; i++) {
		struct search_twin *t = &(*out)[i];

		t->score = pair[i].score;
		t->reasons = pair[i].reasons;
		if (copy_side(&g->side[pair[i].a], a, &t->a, e) == -1 || copy_side(&g->side[pair[i].b], a, &t->b, e) == -1)
			return -1;
	}
	return 0;
}

int
search_twins(struct search_reader *r, int64_t now_s, struct arena *a, struct search_twin **out, size_t *count,
    struct err *e)
{
	struct gathered g = { .texts = { .max = TEXTS_BYTES_MAX } };
	struct twin_pair *pair;
	int rc = -1;

	r->ticks = UINT32_MAX;
	if (gather(r, now_s, &g, e) == 0 && twin_pairs(g.record, g.count, &g.texts, &pair, count, e) == 0)
		rc = copy_pairs(&g, pair, *count, a, out, e);
	arena_clear(&g.texts);
	free(g.record);
	free(g.side);
	return rc;
}
