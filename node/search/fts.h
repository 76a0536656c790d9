/* SPDX-License-Identifier: AGPL-3.0-or-later
 * fts.h - teaches one SQLite connection our words: the FTS5 tokenizer and the rank.
 */
#ifndef NODE_SEARCH_FTS_H
#define NODE_SEARCH_FTS_H

#include <sqlite3.h>
#include <stdint.h>

#include "proto/buf.h"

struct err;

/* Register on db, for as long as it is open:
 *   tokenizer "essaim"     a text's words, each with its stem in the same place; a query's words as
 *                          stems alone, a query's beginning of a word as it is;
 *   function points(words) how well a matching row fits: per phrase a count that saturates, held in
 *                          one integer, the title's share in the high 32 bits (thousandths). */
int	fts_register(sqlite3 *db, struct err *e);

/* Split what points() returned: title and rest (summary and body, weighed). */
void	fts_points(int64_t packed, double *title, double *rest);

/* What a query's text means. */
enum fts_mode { FTS_ALL, FTS_ANY };

struct fts_shape {
	enum fts_mode mode;
	int titles_only;
};

/* Write the FTS5 expression for text into out: nothing of the text itself, only quoted words that our
 * tokenizer cut from it, at most SEARCH_TOKENS_MAX.  The last word counts as a beginning unless the
 * text goes on after it.  Returns the number of words in it; 0: nothing to look for, out is empty. */
unsigned fts_expression(struct span text, struct fts_shape shape, struct buf *out, struct err *e);

#endif
