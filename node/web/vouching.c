/* SPDX-License-Identifier: AGPL-3.0-or-later
 * vouching.c - see vouching.h. */
#include "node/web/vouching.h"

#include <stdlib.h>
#include <string.h>

#include "node/store/store.h"
#include "node/web/item.h"

#define VOUCHES_SHOWN 300

struct vouched {
	const char *by, *subject;
};

struct vouching {
	struct visit *v;
	struct vouched pair[VOUCHES_SHOWN];
	size_t count;
};

static int
add_vouch(void *ctx, const struct stored *row, struct err *e)
{
	struct vouching *w = ctx;
	const struct record *r = &row->record;
	const char *subject;

	if (r->deleted || !row->in_set || kind_check(KIND_VOUCH, r->content, NULL, e) == -1)
		return 0;
	subject = member(w->v, r->content, "subject");
	w->pair[w->count++] = (struct vouched){ printed(w->v, "%.*s", (int)r->author.len, r->author.ptr), subject };
	return w->count == VOUCHES_SHOWN;
}

static int
compare_pairs(const void *a, const void *b)
{
	const struct vouched *x = a, *y = b;
	int c = strcmp(x->by, y->by);

	return c != 0 ? c : strcmp(x->subject, y->subject);
}

static struct row
row_of(struct visit *v, const struct vouched *pair, size_t count)
{
	struct link *link = arena_alloc(v->arena, count * sizeof *link);
	size_t i;

	for (i = 0; link != NULL && i < count; i++)
		link[i] = (struct link){ .text = author_name(v, pair[i].subject), .note = "",
			.href = visit_href(v, printed(v, "/territory/%s", pair[i].subject)) };
	return (struct row){ .name = "vouch", .label = author_name(v, pair[0].by), .flat = 1,
		.value = { link, link == NULL ? 0 : count } };
}

int
vouching_fill(struct visit *v, struct rows *out, struct err *e)
{
	struct vouching *w = arena_alloc(v->arena, sizeof *w);
	struct row *row = arena_alloc(v->arena, VOUCHES_SHOWN * sizeof *row);
	struct reader *r = visit_store(v, e);
	size_t i, first, n = 0;

	if (r == NULL || w == NULL || row == NULL)
		return r == NULL ? -1 : err_memory(e);
	w->v = v;
	if (store_list(r, NULL, "vouch", 0, add_vouch, w, e) == -1)
		return -1;
	qsort(w->pair, w->count, sizeof w->pair[0], compare_pairs);
	for (i = 0; i < w->count;) {
		for (first = i++; i < w->count && strcmp(w->pair[i].by, w->pair[first].by) == 0; i++)
			continue;
		row[n++] = row_of(v, &w->pair[first], i - first);
	}
	*out = (struct rows){ row, n };
	return 0;
}
