/* SPDX-License-Identifier: AGPL-3.0-or-later
 * weigh.c - which words a record has, and how much each tells of it; see search_impl.h. */
#include <math.h>
#include <stdlib.h>

#include "node/search/extract.h"
#include "node/search/search_impl.h"
#include "proto/err.h"

enum part { PART_TITLE, PART_SUMMARY, PART_BODY, PART__COUNT };

struct seen {
	uint32_t stem, number;
	enum part part;
};

struct scale {
	struct search *search;
	struct seen *seen;
	size_t count, room;
	unsigned words[PART__COUNT];	/* in each part, the common ones too */
	int locked;			/* the dictionary is being added to */
};

/* A word not met before: its number is the next one. */
static int
add_word(struct scale *sc, const struct token *t, uint32_t *number, struct err *e)
{
	struct search *s = sc->search;
	struct span text = { t->word, t->len };
	sqlite3_stmt *st = conn_stmt(&s->conn, SQL_WORD_ADD, e);

	if (st == NULL)
		return -1;
	*number = s->words.word_count;
	sqlite3_bind_int64(st, 1, *number);
	conn_bind(st, 2, text);
	if (conn_run(&s->conn, st, e) == -1)
		return -1;
	if (!sc->locked)
		pthread_rwlock_wrlock(&s->lock);
	sc->locked = 1;
	return words_add(&s->words, *number, text, e);
}

static int
see(struct scale *sc, const char *text, enum part part, struct err *e)
{
	struct token_iter it = { span_str(text), 0 };
	const struct words *w = &sc->search->words;
	struct token t;
	uint32_t number;
	int64_t found;

	while (token_next(&it, &t)) {
		sc->words[part]++;
		if (t.stop || sc->count == sc->room)
			continue;
		found = words_find(w, (struct span){ t.word, t.len });
		if (found >= 0)
			number = (uint32_t)found;
		else if (add_word(sc, &t, &number, e) == -1)
			return -1;
		sc->seen[sc->count++] = (struct seen){ w->word[number].stem, number, part };
	}
	return 0;
}

static int
by_stem(const void *a, const void *b)
{
	const struct seen *x = a, *y = b;

	if (x->stem != y->stem)
		return x->stem < y->stem ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

static int
by_number(const void *a, const void *b)
{
	const struct weighed *x = a, *y = b;

	return x->number < y->number ? -1 : x->number > y->number;
}

static double
saturate(unsigned n)
{
	return n == 0 ? 0 : 2.0 * n / (n + 1.0);
}

/* A word tells most in a short title, something in the summary, least in a long text; repeating it
 * tells less each time. */
static uint8_t
weight_of(const struct scale *sc, const unsigned count[PART__COUNT])
{
	double title = 8 * saturate(count[PART_TITLE]) / (0.6 + 0.4 * sqrt(sc->words[PART_TITLE]));
	double rest = (3 * saturate(count[PART_SUMMARY]) + saturate(count[PART_BODY])) /
	    (0.7 + 0.002 * (sc->words[PART_SUMMARY] + sc->words[PART_BODY]));
	double weight = (title + rest) * 4.6;
	unsigned bits = weight < 1 ? 1 : weight > WEIGHT_MAX ? WEIGHT_MAX : (unsigned)weight;

	return (uint8_t)(bits | (count[PART_TITLE] > 0 ? WEIGHT_TITLE : 0));
}

static void
weigh_seen(const struct scale *sc, struct weighing *out)
{
	size_t i, k, end;
	uint8_t weight;

	for (i = 0; i < sc->count; i = end) {
		unsigned count[PART__COUNT] = {0};

		for (end = i; end < sc->count && sc->seen[end].stem == sc->seen[i].stem; end++)
			count[sc->seen[end].part]++;
		weight = weight_of(sc, count);
		out->by_stem[out->stems++] = (struct weighed){ sc->seen[i].stem, weight };
		for (k = i; k < end; k++)
			if (k == i || sc->seen[k].number != sc->seen[k - 1].number)
				out->by_number[out->numbers++] = (struct weighed){ sc->seen[k].number, weight };
	}
	qsort(out->by_number, out->numbers, sizeof *out->by_number, by_number);
}

int
weigh(struct search *s, const struct extract *x, struct arena *a, struct weighing *out, struct err *e)
{
	const char *const text[PART__COUNT] = { x->title, x->summary, x->body };
	struct scale sc = { .search = s };
	int part, rc = 0;

	*out = (struct weighing){0};
	for (part = 0; part < PART__COUNT; part++)
		sc.room += span_str(text[part]).len / 2 + 1;
	sc.seen = arena_alloc(a, sc.room * sizeof *sc.seen);
	out->by_number = arena_alloc(a, sc.room * sizeof *out->by_number);
	out->by_stem = arena_alloc(a, sc.room * sizeof *out->by_stem);
	if (sc.seen == NULL || out->by_number == NULL || out->by_stem == NULL)
		return err_memory(e);
	for (part = 0; rc == 0 && part < PART__COUNT; part++)
		rc = see(&sc, text[part], (enum part)part, e);
	if (sc.locked)
		pthread_rwlock_unlock(&s->lock);
	if (rc == -1)
		return -1;
	if (sc.count > 1)
		qsort(sc.seen, sc.count, sizeof *sc.seen, by_stem);
	weigh_seen(&sc, out);
	return 0;
}

int
weigh_stored(const struct words *w, struct span bytes, struct arena *a, struct weighing *out, struct err *e)
{
	struct weighed item;
	uint32_t last = 0;
	size_t at = 0, i, kept = 0;

	*out = (struct weighing){0};
	out->by_stem = arena_alloc(a, (bytes.len / 2 + 1) * sizeof *out->by_stem);
	if (out->by_stem == NULL)
		return err_memory(e);
	while (weighed_read(bytes, &at, &last, &item))
		if (item.number < w->word_count)
			out->by_stem[out->stems++] = (struct weighed){ w->word[item.number].stem, item.weight };
	if (out->stems > 1)
		qsort(out->by_stem, out->stems, sizeof *out->by_stem, by_number);
	for (i = 0; i < out->stems; i++)
		if (i == 0 || out->by_stem[i].number != out->by_stem[kept - 1].number)
			out->by_stem[kept++] = out->by_stem[i];
	out->stems = kept;
	return 0;
}
