/* SPDX-License-Identifier: AGPL-3.0-or-later
 * search_words_fuzz.c - a text that was indexed is found by that very text, whatever its bytes; words lie
 * inside the text they were cut from; the file's list of words reads inside its bytes and back. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "node/search/search.h"
#include "node/search/words.h"
#include "proto/err.h"

#define DOC 7
#define LIST_MAX 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static int
by_number(const void *a, const void *b)
{
	const struct weighed *x = a, *y = b;

	return x->number < y->number ? -1 : x->number > y->number;
}

/* The stems of text, each once, rising; its words go to the dictionary. */
static size_t
index_text(struct words *w, struct span text, struct weighed *list)
{
	struct token_iter it = { text, 0 };
	struct token t;
	struct err e = {0};
	size_t count = 0, kept = 0, i, last = 0;
	int64_t number;

	while (count < LIST_MAX && token_next(&it, &t)) {
		assert(t.len > 0 && t.len <= TOKEN_BYTES_MAX && strlen(t.word) == t.len);
		assert(t.start >= last && t.start < t.end && t.end <= text.len);
		last = t.end;
		if (t.stop)
			continue;
		number = words_find(w, (struct span){ t.word, t.len });
		if (number == -1) {
			number = w->word_count;
			assert(words_add(w, (uint32_t)number, (struct span){ t.word, t.len }, &e) == 0);
		}
		list[count++] = (struct weighed){ w->word[number].stem, 1 };
	}
	if (count > 1)
		qsort(list, count, sizeof *list, by_number);
	for (i = 0; i < count; i++)
		if (kept == 0 || list[kept - 1].number != list[i].number)
			list[kept++] = list[i];
	return kept;
}

static void
find_itself(struct span text)
{
	struct weighed list[LIST_MAX];
	struct match_query q = { .text = text, .docs = 1, .rows = DOC + 1 };
	struct match m = {0};
	struct words w;
	struct err e = {0};
	size_t count;
	int words;

	assert(words_init(&w, &e) == 0);
	count = index_text(&w, text, list);
	assert(words_replace(&w, DOC, NULL, 0, list, count, &e) == 0 && words_order(&w, &e) == 0);
	words = match_run(&w, w.stemmer, &q, &m, &e);
	assert(words >= 0 && words <= SEARCH_TOKENS_MAX);
	/* past the bound a word may be cut in two */
	if (count > 0 && text.len <= SEARCH_QUERY_BYTES_MAX)
		assert(m.count == 1 && m.doc[0] == DOC);
	q.any = 1;
	assert(match_run(&w, w.stemmer, &q, &m, &e) == words);
	assert(words_replace(&w, DOC, list, count, NULL, 0, &e) == 0);
	assert(match_run(&w, w.stemmer, &q, &m, &e) == words && m.count == 0);
	match_free(&m);
	words_free(&w);
}

static void
read_list(struct span bytes)
{
	struct weighed list[LIST_MAX];
	struct buf again = BUF_INIT(1 << 20);
	struct err e = {0};
	uint32_t last = 0, back = 0;
	size_t at = 0, count = 0, i;
	struct weighed item;

	while (count < LIST_MAX && weighed_read(bytes, &at, &last, &list[count])) {
		assert(at <= bytes.len);
		count++;
	}
	assert(weighed_write(list, count, &again, &e) == 0);
	for (i = 0, at = 0; i < count; i++) {
		assert(weighed_read(buf_span(&again), &at, &back, &item));
		assert(item.number == list[i].number && item.weight == list[i].weight);
	}
	assert(at == again.len);
	buf_clear(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct span text = { (const char *)data, len };

	if (len > 16384)
		return 0;
	find_itself(text);
	read_list(text);
	return 0;
}
