/* SPDX-License-Identifier: AGPL-3.0-or-later
 * match.c - which records answer a text, and how well; see words.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "node/search/search.h"
#include "node/search/words.h"
#include "proto/err.h"

#define FEW 16	/* a look-up costs about as much as so many postings read in order */

/* One word of the text: the lists of postings that it stands for. */
struct group {
	int64_t exact;		/* the stem of the word as it stands, or -1 */
	uint32_t *stem;
	uint32_t count;
	uint64_t postings;
};

struct asked {
	const struct words *w;
	const struct match_query *q;
	struct group group[SEARCH_TOKENS_MAX];
	unsigned groups;
	uint64_t budget;	/* postings that may still be looked at */
};

/* --- the words of the text --------------------------------------------------------------------- */

struct word_list {
	struct token token[SEARCH_TOKENS_MAX];
	unsigned count;
	int open_end;		/* the text ends with the last word: it may be only its beginning */
};

static int
is_listed(const struct word_list *list, const struct token *t)
{
	unsigned i;

	for (i = 0; i < list->count; i++)
		if (list->token[i].len == t->len && memcmp(list->token[i].word, t->word, t->len) == 0)
			return 1;
	return 0;
}

/* The words that count, each once: not the stop words, except a lone one, which may be a beginning. */
static void
list_words(struct span text, struct word_list *list)
{
	struct token_iter it = { text, 0 };
	struct token t, stop = { .len = 0 };

	list->count = 0;
	list->open_end = 0;
	if (it.text.len > SEARCH_QUERY_BYTES_MAX)
		it.text.len = SEARCH_QUERY_BYTES_MAX;
	while (list->count < SEARCH_TOKENS_MAX && token_next(&it, &t)) {
		list->open_end = t.end == text.len && (!t.stop || list->count == 0);
		if (t.stop)
			stop = t;
		else if (!is_listed(list, &t))
			list->token[list->count++] = t;
	}
	if (list->count == 0 && stop.len > 0)
		list->token[list->count++] = stop;
}

/* --- the lists of a word ----------------------------------------------------------------------- */

static int
by_number(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* The first word in order that does not come before text. */
static uint32_t
first_from(const struct words *w, const struct token *t)
{
	uint32_t low = 0, high = w->order_count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (strcmp(w->texts + w->word[w->order[middle]].text, t->word) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

int
words_begin(const struct words *w, struct span beginning)
{
	struct token t = { .len = beginning.len };
	const struct word *word;
	uint32_t i;

	if (beginning.len < 2 || beginning.len > TOKEN_BYTES_MAX)
		return 0;
	memcpy(t.word, beginning.ptr, beginning.len);
	for (i = first_from(w, &t); i < w->order_count; i++) {
		word = &w->word[w->order[i]];
		if (strncmp(w->texts + word->text, t.word, t.len) != 0)
			return 0;
		if (w->stem[word->stem].count > 0)
			return 1;
	}
	return 0;
}

static int
add_stem(struct group *g, uint32_t stem, struct err *e)
{
	uint32_t *more;

	if (g->count % 64 == 0) {
		more = realloc(g->stem, (g->count + 64) * sizeof *more);
		if (more == NULL)
			return err_memory(e);
		g->stem = more;
	}
	g->stem[g->count++] = stem;
	return 0;
}

/* Stems of all words that begin like t; 1 when there were more than are taken. */
static int
add_beginnings(const struct words *w, const struct token *t, struct group *g, struct err *e)
{
	const struct word *word;
	uint32_t i;

	for (i = first_from(w, t); i < w->order_count; i++) {
		word = &w->word[w->order[i]];
		if (strncmp(w->texts + word->text, t->word, t->len) != 0)
			return 0;
		if (g->count == MATCH_STEMS_MAX)
			return 1;
		if (add_stem(g, word->stem, e) == -1)
			return -1;
	}
	return 0;
}

static void
drop_repeated(struct group *g)
{
	uint32_t i, kept = 0;

	qsort(g->stem, g->count, sizeof *g->stem, by_number);
	for (i = 0; i < g->count; i++)
		if (kept == 0 || g->stem[kept - 1] != g->stem[i])
			g->stem[kept++] = g->stem[i];
	g->count = kept;
}

static int64_t
find_stem(const struct words *w, struct stemmer *stems, const struct token *t)
{
	struct span text = { t->word, t->len };
	int64_t word = words_find(w, text);

	return word >= 0 ? (int64_t)w->word[word].stem : words_find_stem(w, stemmer_stem(stems, text));
}

static int
make_group(const struct words *w, struct stemmer *stems, const struct token *t, int beginning,
    struct group *g, int *cut, struct err *e)
{
	int64_t stem = find_stem(w, stems, t);
	uint32_t i;
	int more;

	*g = (struct group){ .exact = stem };
	if (stem >= 0 && add_stem(g, (uint32_t)stem, e) == -1)
		return -1;
	if (beginning && t->len >= 2) {
		more = add_beginnings(w, t, g, e);
		if (more == -1)
			return -1;
		*cut |= more;
	}
	if (g->count > 1)
		drop_repeated(g);
	for (i = 0; i < g->count; i++)
		g->postings += w->stem[g->stem[i]].count;
	return 0;
}

/* --- records ----------------------------------------------------------------------------------- */

void
match_free(struct match *m)
{
	free(m->mark);
	free(m->best);
	free(m->score);
	free(m->doc);
	free(m->with);
	memset(m, 0, sizeof *m);
}

static int
match_room(struct match *m, uint32_t rows, struct err *e)
{
	uint32_t size = rows + rows / 4 + 64;

	if (rows <= m->size)
		return 0;
	match_free(m);
	m->mark = calloc(size, sizeof *m->mark);
	m->best = calloc(size, sizeof *m->best);
	m->score = malloc(size * sizeof *m->score);
	m->doc = malloc(size * sizeof *m->doc);
	m->with = malloc(size * sizeof *m->with);
	if (m->mark == NULL || m->best == NULL || m->score == NULL || m->doc == NULL || m->with == NULL) {
		match_free(m);
		return err_memory(e);
	}
	m->size = size;
	return 0;
}

/* Gather the records that have any of the group's stems into with, the best weight of each into best.
 * What only begins like the word counts half. */
static uint32_t
gather(struct asked *a, const struct group *g, struct match *m)
{
	uint32_t i, k, doc, count = 0;
	uint8_t weight;

	for (i = 0; i < g->count; i++) {
		const struct postings *p = &a->w->stem[g->stem[i]];
		unsigned halve = g->stem[i] == g->exact ? 0 : 1;

		if (p->count > a->budget) {
			m->cut = 1;
			continue;
		}
		a->budget -= p->count;
		for (k = 0; k < p->count; k++) {
			weight = (uint8_t)p->entry[k];
			doc = p->entry[k] >> 8;
			if (a->q->titles_only && !(weight & WEIGHT_TITLE))
				continue;
			weight = (uint8_t)(((weight & WEIGHT_MAX) + halve) >> halve);
			if (m->best[doc] == 0)
				m->with[count++] = doc;
			if (m->best[doc] < weight)
				m->best[doc] = weight;
		}
	}
	return count;
}

/* The same when few records are left to look at and the list is long: each is looked up in it. */
static uint32_t
gather_few(struct asked *a, const struct postings *p, struct match *m)
{
	uint32_t i, at, doc, count = 0;

	for (i = 0; i < m->count; i++) {
		doc = m->doc[i];
		at = words_place(p, doc);
		if (at == p->count || p->entry[at] >> 8 != doc)
			continue;
		if (a->q->titles_only && !(p->entry[at] & WEIGHT_TITLE))
			continue;
		m->with[count++] = doc;
		m->best[doc] = p->entry[at] & WEIGHT_MAX;
	}
	return count;
}

static uint32_t
gather_nth(struct asked *a, unsigned nth, struct match *m, uint32_t *have)
{
	const struct group *g = &a->group[nth];
	uint32_t count;

	if (nth > 0 && !a->q->any && g->count == 1 && (uint64_t)m->count * FEW < g->postings) {
		count = gather_few(a, &a->w->stem[g->stem[0]], m);
		*have = (uint32_t)g->postings;
	} else {
		*have = count = gather(a, g, m);
	}
	return count;
}

/* Rare words tell more: BM25's measure of it, of how many have the word among how many there are. */
static float
rarity(const struct match_query *q, uint32_t have)
{
	double n = q->docs, df = have < n ? have : n;

	return (float)log(1 + (n - df + 0.5) / (df + 0.5));
}

/* The records gathered, as the nth word: without any, only those that had all words before. */
static void
merge(struct asked *a, struct match *m, unsigned nth)
{
	uint32_t i, doc, have, count = gather_nth(a, nth, m, &have);
	float idf = rarity(a->q, have);

	for (i = 0; i < count; i++) {
		doc = m->with[i];
		if (nth == 0 || (a->q->any && m->mark[doc] == 0)) {
			m->mark[doc] = 1;
			m->score[doc] = idf * m->best[doc];
			m->doc[m->count++] = doc;
		} else if (a->q->any || m->mark[doc] == nth) {
			m->mark[doc]++;
			m->score[doc] += idf * m->best[doc];
		}
		m->best[doc] = 0;
	}
}

/* Keep those that have as many words as needed; more words before better ones; marks back to 0. */
static void
settle(const struct asked *a, struct match *m)
{
	unsigned need = a->q->any ? 1 : a->groups;
	uint32_t i, kept = 0, doc;

	for (i = 0; i < m->count; i++) {
		doc = m->doc[i];
		if (m->mark[doc] >= need) {
			m->score[doc] += 2000.0f * m->mark[doc];
			m->doc[kept++] = doc;
		}
		m->mark[doc] = 0;
	}
	m->count = kept;
}

static int
by_postings(const void *a, const void *b)
{
	const struct group *x = a, *y = b;

	return x->postings < y->postings ? -1 : x->postings > y->postings;
}

int
match_run(const struct words *w, struct stemmer *stems, const struct match_query *q, struct match *m,
    struct err *e)
{
	struct asked a = { .w = w, .q = q, .budget = MATCH_POSTINGS_MAX };
	struct word_list list;
	unsigned i;
	int rc = -1;

	m->count = 0;
	m->cut = 0;
	list_words(q->text, &list);
	if (match_room(m, q->rows, e) == -1)
		return -1;
	for (i = 0; i < list.count; i++) {
		a.groups++;
		if (make_group(w, stems, &list.token[i], list.open_end && i + 1 == list.count, &a.group[i],
		    &m->cut, e) == -1)
			goto out;
	}
	qsort(a.group, a.groups, sizeof a.group[0], by_postings);
	for (i = 0; i < a.groups && (q->any || i == 0 || m->count > 0); i++)
		merge(&a, m, i);
	settle(&a, m);
	rc = (int)list.count;
out:
	for (i = 0; i < a.groups; i++)
		free(a.group[i].stem);
	return rc;
}
