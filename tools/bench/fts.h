/* SPDX-License-Identifier: AGPL-3.0-or-later
 * fts.h - the tokenizer "essaim" for one SQLite connection's FTS5: the node's words, in the floor's table.
 */
#ifndef TOOLS_BENCH_FTS_H
#define TOOLS_BENCH_FTS_H

#include <sqlite3.h>

struct err;

/* For as long as db is open: a text's words, each with its stem in the same place. */
int	fts_register(sqlite3 *db, struct err *e);

#endif
