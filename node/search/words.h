/* SPDX-License-Identifier: AGPL-3.0-or-later
 * words.h - the word index, in memory: which records have which words, and how much they weigh there.
 *
 * Words are numbered as in search.db's table word.  Words of one stem share one list of postings, kept
 * in the order of record numbers; a posting is four bytes: 24 bits of record, one that says whether the
 * title has the word, 7 of weight.  Which records answer a text is then a few walks over arrays.
 * (FTS5 in its place took 20 to 150 ms for common words and beginnings among 100,000 records, and most
 * of the time of indexing.)
 */
#ifndef NODE_SEARCH_WORDS_H
#define NODE_SEARCH_WORDS_H

#include <stddef.h>
#include <stdint.h>

#include "node/search/token.h"
#include "proto/buf.h"

struct err;

#define WORDS_DOCS_MAX (UINT32_C(1) << 24)
#define WEIGHT_TITLE 0x80	/* the title has it */
#define WEIGHT_MAX 0x7f

struct word {
	size_t text;		/* offset in texts, NUL-terminated */
	uint32_t stem;		/* number in stem */
};

struct postings {
	size_t text;		/* the stem's own text */
	uint32_t *entry;	/* record << 8 | weight */
	uint32_t count, cap;
};

struct word_table {		/* open addressing; 0: free, else number + 1 */
	uint32_t *slot;
	uint32_t used, size;
};

struct words {
	struct word *word;		/* by number */
	uint32_t word_count, word_cap;
	struct postings *stem;
	uint32_t stem_count, stem_cap;
	char *texts;
	size_t texts_len, texts_cap;
	struct word_table by_word, by_stem;
	uint32_t *order;		/* numbers of words by text, for beginnings; up to date when ordered */
	uint32_t order_count, order_cap;
	struct stemmer *stemmer;
	size_t posting_cap;		/* of all lists, for measure */
};

int	words_init(struct words *w, struct err *e);
void	words_free(struct words *w);
size_t	words_bytes(const struct words *w);

/* Number of a folded word, or -1.  The number of the stem is words->word[number].stem. */
int64_t	words_find(const struct words *w, struct span text);
/* Number of a stem, or -1. */
int64_t	words_find_stem(const struct words *w, struct span stem);
/* Give text number id, which must be the next or leave a gap of unused ones behind. */
int	words_add(struct words *w, uint32_t id, struct span text, struct err *e);
/* Forget the words whose number is not marked in used (word_count bytes).  Their numbers stay unused. */
void	words_keep(struct words *w, const uint8_t *used);
/* Bring order up to date; before the next reader. */
int	words_order(struct words *w, struct err *e);

/* --- what one record has ----------------------------------------------------------------------- */

/* One word of a record: in the file by word number, in memory by stem. */
struct weighed {
	uint32_t number;
	uint8_t weight;
};

/* Write and read a record's words as the file holds them: each number as the difference to the one
 * before, in 7-bit groups with the low ones first, then the weight.  numbers rise. */
int	weighed_write(const struct weighed *list, size_t count, struct buf *out, struct err *e);
/* 1 and the next, 0 at the end or where the bytes make no sense.  *at and *last start at 0. */
int	weighed_read(struct span bytes, size_t *at, uint32_t *last, struct weighed *out);

/* Where doc's posting is, or belongs. */
uint32_t words_place(const struct postings *p, uint32_t doc);

/* Replace what record doc has: was and now are by stem, rising. */
int	words_replace(struct words *w, uint32_t doc, const struct weighed *was, size_t was_count,
	    const struct weighed *now, size_t now_count, struct err *e);

/* Take up what the file holds of doc, which had nothing yet.  ERR_IO where the bytes make no sense. */
int	words_load(struct words *w, uint32_t doc, struct span bytes, struct err *e);

/* --- spelling.c -------------------------------------------------------------------------------- */

/* How many slips lie between two folded words: letters too many, missing, wrong, or two swapped; most + 1
 * when there are more than most. */
unsigned words_apart(struct span a, struct span b, unsigned most);
/* The most frequent of the words nearest to text, as search_spelling allows, or NULL.  Needs words_order. */
const char *words_nearest(const struct words *w, struct span text);
/* Is there a word that begins so (and that a record has)?  Needs words_order. */
int	words_begin(const struct words *w, struct span beginning);

/* --- asking ------------------------------------------------------------------------------------ */

#define MATCH_STEMS_MAX 4096	/* stems that one beginning may stand for */
#define MATCH_POSTINGS_MAX 6000000	/* looked at for one query: some 20 ms */

/* Working memory of one reader, kept from query to query; all marks are 0 in between. */
struct match {
	uint8_t *mark;		/* by record: how many words it has so far */
	uint8_t *best;		/* by record: weight of the word being looked at */
	float *score;
	uint32_t *doc;		/* records marked */
	uint32_t *with;		/* records that have the word being looked at */
	uint32_t size, count;
	int cut;		/* not all postings were looked at */
};

void	match_free(struct match *m);

struct match_query {
	struct span text;	/* any bytes */
	int any;		/* some of the words are enough */
	int titles_only;
	uint32_t docs;		/* how many records there are, for the rarity of words */
	uint32_t rows;		/* records have numbers below this */
};

/* Records that answer into m->doc, m->count of them, their scores in m->score[doc].  Returns the number
 * of words that were looked for; 0: text has none; -1: e.  Needs words_order.  stems: the caller's own. */
int	match_run(const struct words *w, struct stemmer *stems, const struct match_query *q, struct match *m,
	    struct err *e);

#endif
