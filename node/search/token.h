/* SPDX-License-Identifier: AGPL-3.0-or-later
 * token.h - cuts text into the words that are searched for.
 *
 * A word is folded (compatibility decomposition, marks stripped, case folded, œ as oe) and cut at
 * whatever is neither letter nor digit; it also has a stem: French by libstemmer, with a few rules of
 * ours where that one falls short of what people type.  Text and query go through the same code, so
 * that a word always finds itself, in whatever language.
 */
#ifndef NODE_SEARCH_TOKEN_H
#define NODE_SEARCH_TOKEN_H

#include <stddef.h>
#include <stdint.h>

#include "proto/buf.h"

struct err;

#define TOKEN_BYTES_MAX 64	/* of a folded word; the rest of a longer one is dropped */

struct token {
	char word[TOKEN_BYTES_MAX + 1];	/* folded */
	size_t len;
	size_t start, end;		/* bytes in the text it was cut from */
	int stop;			/* too common to tell anything: "le", "des", "the" */
};

/* A walk over the words of a text, which it borrows.  Any bytes may be given: what is not UTF-8
 * separates words. */
struct token_iter {
	struct span text;
	size_t at;
};

/* 1 and the next word, or 0 after the last. */
int	token_next(struct token_iter *it, struct token *out);

/* Stems are made with working memory that one thread may use at a time. */
struct stemmer;
struct stemmer	*stemmer_new(struct err *e);
void		 stemmer_free(struct stemmer *s);
/* The stem of a folded word; borrowed until the next call, not NUL-terminated.  Never empty. */
struct span	 stemmer_stem(struct stemmer *s, struct span word);

/* Folded words of text, separated by one space, into out (NUL-terminated, cut to size): what two
 * spellings of a name have in common. */
size_t	token_fold(struct span text, char *out, size_t size);

/* A number that orders titles as people expect: the first 20 folded letters, digits and spaces. */
struct title_key {
	uint64_t hi, lo;
};
struct title_key token_title_key(struct span title);

#endif
