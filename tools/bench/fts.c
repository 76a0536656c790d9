/* SPDX-License-Identifier: AGPL-3.0-or-later
 * fts.c - see fts.h. */
#include "tools/bench/fts.h"

#include "node/search/token.h"
#include "proto/err.h"

static int
tokenizer_create(void *unused, const char **arg, int args, Fts5Tokenizer **out)
{
	struct err e = {0};

	(void)unused, (void)arg, (void)args;
	*out = (Fts5Tokenizer *)stemmer_new(&e);
	return *out == NULL ? SQLITE_NOMEM : SQLITE_OK;
}

static void
tokenizer_delete(Fts5Tokenizer *t)
{
	stemmer_free((struct stemmer *)t);
}

typedef int token_sink(void *, int, const char *, int, int, int);

static int
tokenizer_run(Fts5Tokenizer *self, void *ctx, int flags, const char *text, int len, token_sink *sink)
{
	struct token_iter it = { { text, len > 0 ? (size_t)len : 0 }, 0 };
	struct token t;
	int rc = SQLITE_OK;

	(void)flags;
	while (rc == SQLITE_OK && token_next(&it, &t)) {
		struct span word = { t.word, t.len }, stem = stemmer_stem((struct stemmer *)self, word);

		if (t.stop)
			continue;
		rc = sink(ctx, 0, word.ptr, (int)word.len, (int)t.start, (int)t.end);
		if (rc == SQLITE_OK && !span_eq(word, stem))
			rc = sink(ctx, FTS5_TOKEN_COLOCATED, stem.ptr, (int)stem.len, (int)t.start, (int)t.end);
	}
	return rc;
}

static fts5_api *
api_of(sqlite3 *db)
{
	fts5_api *api = NULL;
	sqlite3_stmt *st = NULL;

	if (sqlite3_prepare_v2(db, "SELECT fts5(?1)", -1, &st, NULL) == SQLITE_OK) {
		sqlite3_bind_pointer(st, 1, &api, "fts5_api_ptr", NULL);
		sqlite3_step(st);
	}
	sqlite3_finalize(st);
	return api;
}

int
fts_register(sqlite3 *db, struct err *e)
{
	fts5_tokenizer tokenizer = { tokenizer_create, tokenizer_delete, tokenizer_run };
	fts5_api *api = api_of(db);

	if (api == NULL || api->iVersion < 2 ||
	    api->xCreateTokenizer(api, "essaim", NULL, &tokenizer, NULL) != SQLITE_OK)
		return err_set(e, ERR_INTERNAL, "this SQLite has no FTS5");
	return 0;
}
