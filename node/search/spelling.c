/* SPDX-License-Identifier: AGPL-3.0-or-later
 * spelling.c - what somebody may have meant: known words a slip or two away from unknown ones. */
#include <stdlib.h>
#include <string.h>

#include "node/search/search_impl.h"
#include "node/search/words.h"
#include "proto/err.h"

#define CORRECTED_MAX	3	/* words of one text: each is a walk over the whole dictionary */
#define OUT_BYTES_MAX	(4 * SEARCH_QUERY_BYTES_MAX)

static unsigned
least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

unsigned
words_apart(struct span a, struct span b, unsigned most)
{
	unsigned char row[3][TOKEN_BYTES_MAX + 2];	/* of i - 2, i - 1 and i, in turns */
	size_t i, j;

	if (a.len > TOKEN_BYTES_MAX || b.len > TOKEN_BYTES_MAX || a.len > b.len + most || b.len > a.len + most)
		return most + 1;
	for (j = 0; j <= b.len; j++)
		row[0][j] = (unsigned char)j;
	for (i = 1; i <= a.len; i++) {
		unsigned char *now = row[i % 3], *last = row[(i + 2) % 3], *before = row[(i + 1) % 3];
		unsigned nearest = now[0] = (unsigned char)i;

		for (j = 1; j <= b.len; j++) {
			unsigned d = last[j - 1] + (a.ptr[i - 1] == b.ptr[j - 1] ? 0u : 1u);

			d = least(d, least(last[j], now[j - 1]) + 1u);
			if (i > 1 && j > 1 && a.ptr[i - 1] == b.ptr[j - 2] && a.ptr[i - 2] == b.ptr[j - 1])
				d = least(d, before[j - 2] + 1u);
			now[j] = (unsigned char)d;
			nearest = least(nearest, d);
		}
		if (nearest > most)
			return most + 1;
	}
	return least(row[a.len % 3][b.len], most + 1);
}

/* Which letters a word has, as bits: a slip changes two of them at most, and comparing these first spares
 * nearly every word of the dictionary the table above. */
static uint32_t
letters(struct span word)
{
	uint32_t set = 0;
	size_t i;

	for (i = 0; i < word.len; i++)
		set |= UINT32_C(1) << ((unsigned char)word.ptr[i] & 31);
	return set;
}

const char *
words_nearest(const struct words *w, struct span text)
{
	unsigned most = text.len < 4 ? 0 : text.len < 8 ? 1 : 2, best = most + 1, d;
	const char *found = NULL;
	uint32_t i, often = 0, set = letters(text);

	for (i = 0; most > 0 && i < w->order_count; i++) {
		const struct word *at = &w->word[w->order[i]];
		const char *known = w->texts + at->text;
		uint32_t count = w->stem[at->stem].count;

		if (count == 0 || (unsigned)__builtin_popcount(set ^ letters(span_str(known))) > 2 * most ||
		    (d = words_apart(text, span_str(known), least(most, best))) > most)
			continue;
		if (d < best || (d == best && count > often)) {
			best = d;
			often = count;
			found = known;
		}
	}
	return found;
}

/* Does a record have it, or, where it may be only a beginning, a word that begins so? */
static int
is_known(const struct words *w, struct stemmer *stems, const struct token *t, int beginning)
{
	struct span text = { t->word, t->len };
	int64_t word = words_find(w, text);
	int64_t stem = word >= 0 ? (int64_t)w->word[word].stem : words_find_stem(w, stemmer_stem(stems, text));

	if (t->stop || (stem >= 0 && w->stem[stem].count > 0))
		return 1;
	return beginning && words_begin(w, text);
}

static int
rewrite(struct search_reader *r, struct span text, struct buf *out, int *changed, struct err *e)
{
	const struct words *w = &r->search->words;
	struct token_iter it = { text, 0 };
	struct token t;
	unsigned words = 0;
	int rc = 0;

	while (rc == 0 && words++ < SEARCH_TOKENS_MAX && token_next(&it, &t)) {
		struct span word = { text.ptr + t.start, t.end - t.start };
		const char *meant = NULL;

		if (*changed < CORRECTED_MAX && !is_known(w, r->stemmer, &t, t.end == text.len))
			meant = words_nearest(w, (struct span){ t.word, t.len });
		*changed += meant != NULL;
		rc = out->len > 0 ? buf_addc(out, ' ', e) : 0;
		if (rc == 0)
			rc = buf_addspan(out, meant == NULL ? word : span_str(meant), e);
	}
	return rc;
}

int
search_spelling(struct search_reader *r, struct span text, struct arena *a, const char **out)
{
	struct buf b = BUF_INIT(OUT_BYTES_MAX);
	struct err ignored;
	int changed = 0, rc;

	*out = NULL;
	if (text.len > SEARCH_QUERY_BYTES_MAX)
		return 0;
	pthread_rwlock_rdlock(&r->search->lock);
	rc = rewrite(r, text, &b, &changed, &ignored);
	pthread_rwlock_unlock(&r->search->lock);
	if (rc == 0 && changed > 0)
		*out = arena_copy(a, buf_span(&b));
	buf_clear(&b);
	return *out != NULL;
}
