/* SPDX-License-Identifier: AGPL-3.0-or-later
 * admission.c - see admission.h.
 *
 * Both rules only ever pass on as much as the voucher has or less, so the largest value not yet
 * passed on is final: hops are settled level by level from the top, pools by taking the richest author
 * first from a heap.  Each vouch is looked at once for each of the two, whatever cycles they form. */
#include "proto/admission.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "proto/err.h"
#include "proto/kind.h"
#include "proto/limits.h"

#define HOPS_MAX 8

struct walk {
	struct admission_vouch *vouch;		/* sorted by from; one for each (from, to) */
	size_t vouch_count;
	size_t *first;				/* of each author, into vouch; one more at the end */
	uint32_t *heap;				/* authors, the richest on top */
	size_t heap_count, author_count;
	size_t *place;				/* of each author in the heap, or NOWHERE */
	const uint8_t *blocked;
	struct admission_result *result;
};

#define NOWHERE SIZE_MAX

/* from, to, then the vouch that counts first. */
static int
vouch_order(const void *x, const void *y)
{
	const struct admission_vouch *a = x, *b = y;

	if (a->from != b->from)
		return a->from < b->from ? -1 : 1;
	if (a->to != b->to)
		return a->to < b->to ? -1 : 1;
	if (a->hops != b->hops)
		return a->hops > b->hops ? -1 : 1;
	return a->budget > b->budget ? -1 : a->budget < b->budget;
}

static int
is_blocked(const struct walk *w, uint32_t author)
{
	return w->blocked != NULL && w->blocked[author];
}

/* Keep of the sorted vouches the first of each pair; nobody vouches for themselves. */
static void
drop_repeated(struct walk *w)
{
	size_t i, n = 0;

	for (i = 0; i < w->vouch_count; i++) {
		const struct admission_vouch *v = &w->vouch[i];

		if (v->from == v->to ||
		    (n > 0 && w->vouch[n - 1].from == v->from && w->vouch[n - 1].to == v->to))
			continue;
		w->vouch[n++] = *v;
	}
	w->vouch_count = n;
}

static void
index_authors(struct walk *w)
{
	size_t a, i = 0;

	for (a = 0; a <= w->author_count; a++) {
		while (i < w->vouch_count && w->vouch[i].from < a)
			i++;
		w->first[a] = i;
	}
}

static void
pass_hops(struct walk *w, uint32_t y)
{
	size_t i;

	for (i = w->first[y]; i < w->first[y + 1]; i++) {
		const struct admission_vouch *v = &w->vouch[i];
		struct admission_result *x = &w->result[v->to];
		int hops = w->result[y].hops - 1;

		hops = v->hops < hops ? v->hops : hops;
		if (hops > x->hops && !is_blocked(w, v->to))
			x->hops = hops;
	}
}

static void
settle_hops(struct walk *w)
{
	uint32_t y;
	int level;

	for (level = HOPS_MAX; level >= 1; level--)
		for (y = 0; y < w->author_count; y++)
			if (w->result[y].hops == level)
				pass_hops(w, y);
}

/* --- pools -------------------------------------------------------------------------------- */

static int
is_richer(const struct walk *w, uint32_t a, uint32_t b)
{
	int64_t x = w->result[a].pool, y = w->result[b].pool;

	return x != y ? x > y : a < b;
}

static void
heap_set(struct walk *w, size_t at, uint32_t author)
{
	w->heap[at] = author;
	w->place[author] = at;
}

/* The author's pool grew: in, or up. */
static void
heap_raise(struct walk *w, uint32_t author)
{
	size_t at = w->place[author] != NOWHERE ? w->place[author] : w->heap_count++;

	for (; at > 0 && is_richer(w, author, w->heap[(at - 1) / 2]); at = (at - 1) / 2)
		heap_set(w, at, w->heap[(at - 1) / 2]);
	heap_set(w, at, author);
}

static uint32_t
heap_take(struct walk *w)
{
	uint32_t top = w->heap[0], last = w->heap[--w->heap_count];
	size_t at = 0, child;

	w->place[top] = NOWHERE;
	while ((child = 2 * at + 1) < w->heap_count) {
		if (child + 1 < w->heap_count && is_richer(w, w->heap[child + 1], w->heap[child]))
			child++;
		if (!is_richer(w, w->heap[child], last))
			break;
		heap_set(w, at, w->heap[child]);
		at = child;
	}
	if (w->heap_count > 0)
		heap_set(w, at, last);
	return top;
}

static void
pass_pool(struct walk *w, uint32_t y)
{
	int64_t count = (int64_t)(w->first[y + 1] - w->first[y]);
	size_t i;

	if (w->result[y].hops < 1)
		return;
	for (i = w->first[y]; i < w->first[y + 1]; i++) {
		const struct admission_vouch *v = &w->vouch[i];
		struct admission_result *x = &w->result[v->to];
		int64_t pool = w->result[y].pool / count;

		pool = v->budget < pool ? v->budget : pool;
		if (x->hops < 0 || (pool <= x->pool && x->via != UINT32_MAX))
			continue;
		x->pool = pool > 0 ? pool : 0;
		x->via = y;
		heap_raise(w, v->to);
	}
}

static void
settle_pools(struct walk *w)
{
	uint32_t a;

	for (a = 0; a < w->author_count; a++)
		if (w->result[a].via == a)
			heap_raise(w, a);
	while (w->heap_count > 0)
		pass_pool(w, heap_take(w));
}

/* --- the whole ---------------------------------------------------------------------------- */

static void
begin(struct walk *w, enum admission_mode mode, const struct admission_root *root, size_t root_count)
{
	size_t i;

	for (i = 0; i < w->author_count; i++)
		w->result[i] = mode == ADMIT_OPEN && !is_blocked(w, (uint32_t)i) ?
		    (struct admission_result){ 0, DIRECT_POOL_DEFAULT, UINT32_MAX } :
		    (struct admission_result){ -1, 0, UINT32_MAX };
	for (i = 0; i < root_count; i++) {
		struct admission_result *x = &w->result[root[i].author];
		int hops = root[i].hops < 0 ? 0 : root[i].hops > HOPS_MAX ? HOPS_MAX : root[i].hops;

		if (is_blocked(w, root[i].author))
			continue;
		x->hops = hops > x->hops ? hops : x->hops;
		x->pool = root[i].pool > x->pool ? root[i].pool : x->pool;
		x->via = root[i].author;
	}
}

static int
spread(struct walk *w, const struct admission_vouch *vouch, struct err *e)
{
	size_t i;
	int rc = -1;

	w->vouch = malloc((w->vouch_count + 1) * sizeof *w->vouch);
	w->first = malloc((w->author_count + 1) * sizeof *w->first);
	w->heap = malloc((w->author_count + 1) * sizeof *w->heap);
	w->place = malloc((w->author_count + 1) * sizeof *w->place);
	if (w->vouch == NULL || w->first == NULL || w->heap == NULL || w->place == NULL) {
		err_memory(e);
		goto out;
	}
	for (i = 0; i < w->author_count; i++)
		w->place[i] = NOWHERE;
	if (w->vouch_count > 0) {
		memcpy(w->vouch, vouch, w->vouch_count * sizeof *vouch);
		qsort(w->vouch, w->vouch_count, sizeof *w->vouch, vouch_order);
	}
	drop_repeated(w);
	index_authors(w);
	settle_hops(w);
	settle_pools(w);
	rc = 0;
out:
	free(w->vouch);
	free(w->first);
	free(w->heap);
	free(w->place);
	return rc;
}

int
admission_compute(enum admission_mode mode, const struct admission_root *root, size_t root_count,
    const struct admission_vouch *vouch, size_t vouch_count, const uint8_t *blocked,
    size_t author_count, struct admission_result *result, struct err *e)
{
	struct walk w = { .vouch_count = vouch_count, .author_count = author_count,
	    .blocked = blocked, .result = result };
	size_t i;

	for (i = 0; i < root_count; i++)
		assert(root[i].author < author_count);
	for (i = 0; i < vouch_count; i++)
		assert(vouch[i].from < author_count && vouch[i].to < author_count);
	begin(&w, mode, root, root_count);
	return mode == ADMIT_VOUCHED ? spread(&w, vouch, e) : 0;
}

/* --- saying why --------------------------------------------------------------------------- */

int
admission_subjects(const struct admission_vouch *vouch, size_t vouch_count, size_t author_count,
    uint32_t *subjects, struct err *e)
{
	struct walk w = { .vouch_count = vouch_count, .author_count = author_count };
	size_t i;

	if ((w.vouch = malloc((vouch_count + 1) * sizeof *w.vouch)) == NULL)
		return err_memory(e);
	memset(subjects, 0, author_count * sizeof *subjects);
	if (vouch_count > 0) {
		memcpy(w.vouch, vouch, vouch_count * sizeof *vouch);
		qsort(w.vouch, vouch_count, sizeof *w.vouch, vouch_order);
	}
	drop_repeated(&w);
	for (i = 0; i < w.vouch_count; i++)
		subjects[w.vouch[i].from]++;
	free(w.vouch);
	return 0;
}

/* Does another vouch by the same author for the same subject come before this one? */
static int
is_repeated(const struct admission_vouch *vouch, size_t vouch_count, size_t at)
{
	size_t i;
	int order;

	for (i = 0; i < vouch_count; i++) {
		if (i == at || vouch[i].from != vouch[at].from || vouch[i].to != vouch[at].to)
			continue;
		order = vouch_order(&vouch[i], &vouch[at]);
		if (order < 0 || (order == 0 && i < at))
			return 1;
	}
	return 0;
}

static int
flagged(const uint8_t *blocked, uint32_t author)
{
	return blocked != NULL && blocked[author];
}

static enum admission_why
why_not(const struct admission_vouch *vouch, size_t vouch_count, const uint8_t *blocked,
    const struct admission_result *result, size_t at)
{
	uint32_t y = vouch[at].from;

	if (flagged(blocked, vouch[at].to))
		return ADMISSION_BLOCKED;
	if (result[y].hops < 0)
		return ADMISSION_OUT;
	if (is_repeated(vouch, vouch_count, at))
		return ADMISSION_REPEATED;
	return result[y].hops == 0 ? ADMISSION_LAST : ADMISSION_COUNTS;
}

static int
given_hops(const struct admission_vouch *v, const struct admission_result *result)
{
	int hops = result[v->from].hops - 1;

	return v->hops < hops ? v->hops : hops;
}

size_t
admission_explain(const struct admission_vouch *vouch, size_t vouch_count, const uint8_t *blocked,
    const uint32_t *subjects, const struct admission_result *result, uint32_t subject,
    struct admission_step *step, size_t cap)
{
	size_t i, n = 0;

	for (i = 0; i < vouch_count; i++) {
		const struct admission_vouch *v = &vouch[i];
		struct admission_step s = { .from = v->from, .vouch = i, .hops = -1 };

		if (v->to != subject || v->from == subject || n++ >= cap)
			continue;
		s.why = why_not(vouch, vouch_count, blocked, result, i);
		s.share = subjects[v->from] == 0 ? 0 : result[v->from].pool / (int64_t)subjects[v->from];
		if (s.why == ADMISSION_COUNTS) {
			s.hops = given_hops(v, result);
			s.pool = v->budget < s.share ? v->budget : s.share;
		}
		step[n - 1] = s;
	}
	return n;
}

/* Each step has more hops than the one before it, so the way ends. */
size_t
admission_path(const struct admission_vouch *vouch, size_t vouch_count, const uint8_t *blocked,
    const struct admission_result *result, uint32_t subject, uint32_t *path, size_t cap)
{
	size_t n = 0, i;

	while (n < cap && result[subject].hops >= 0 && result[subject].via != subject) {
		for (i = 0; i < vouch_count; i++)
			if (vouch[i].to == subject && vouch[i].from != subject &&
			    given_hops(&vouch[i], result) == result[subject].hops && !flagged(blocked, subject))
				break;
		if (i == vouch_count)
			break;
		subject = path[n++] = vouch[i].from;
	}
	return n;
}

int
admission_kind_cap(int kind)
{
	unsigned flags = kind_info((enum kind)kind)->flags;

	if ((flags & KIND_NETWORK) == 0)
		return -1;
	return (flags & KIND_SELF) != 0 ? 1 : VOUCHES_MAX;
}
