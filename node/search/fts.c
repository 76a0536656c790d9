/* SPDX-License-Identifier: AGPL-3.0-or-later
 * fts.c - the bridge between FTS5 and our words; see fts.h. */
#include "node/search/fts.h"

#include <assert.h>
#include <string.h>

#include "node/search/search.h"
#include "node/search/token.h"
#include "proto/err.h"

/* --- tokenizer ------------------------------------------------------------------------------- */

static int
tokenizer_create(void *unused, const char **arg, int args, Fts5Tokenizer **out)
{
	struct err e = {0};

	(void)unused;
	(void)arg;
	(void)args;
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
emit(const struct token *t, struct span word, int flags, token_sink *sink, void *ctx)
{
	return sink(ctx, flags, word.ptr, (int)word.len, (int)t->start, (int)t->end);
}

static int
tokenizer_run(Fts5Tokenizer *self, void *ctx, int flags, const char *text, int len, token_sink *sink)
{
	struct token_iter it = { { text, len > 0 ? (size_t)len : 0 }, 0 };
	struct token t;
	struct span word, stem;
	int rc = SQLITE_OK;

	while (rc == SQLITE_OK && token_next(&it, &t)) {
		word = (struct span){ t.word, t.len };
		if (flags & FTS5_TOKENIZE_PREFIX) {
			rc = emit(&t, word, 0, sink, ctx);
			continue;
		}
		stem = stemmer_stem((struct stemmer *)self, word);
		if (flags & FTS5_TOKENIZE_QUERY) {
			rc = emit(&t, stem, 0, sink, ctx);
		} else if (!t.stop) {
			rc = emit(&t, word, 0, sink, ctx);
			if (rc == SQLITE_OK && !span_eq(word, stem))
				rc = emit(&t, stem, FTS5_TOKEN_COLOCATED, sink, ctx);
		}
	}
	return rc;
}

/* --- rank ------------------------------------------------------------------------------------ */

#define COLUMN_TITLE 0
#define COLUMN_SUMMARY 1
#define COUNT_CAP 8	/* occurrences in one column beyond this many tell nothing more */

/* Occurrences of one phrase by column; the last column stands for any further one. */
static int
count_phrase(const Fts5ExtensionApi *api, Fts5Context *row, int phrase, unsigned count[3])
{
	Fts5PhraseIter it;
	int rc, column, offset;

	memset(count, 0, 3 * sizeof count[0]);
	rc = api->xPhraseFirst(row, phrase, &it, &column, &offset);
	if (rc != SQLITE_OK)
		return rc;
	for (; column >= 0; api->xPhraseNext(row, &it, &column, &offset)) {
		unsigned *n = &count[column > 2 ? 2 : column];

		if (++*n >= COUNT_CAP && column >= 2)
			break;
	}
	return SQLITE_OK;
}

static double
saturate(unsigned n)
{
	return n == 0 ? 0 : (double)n / (n + 1.0) * 2;
}

static void
points(const Fts5ExtensionApi *api, Fts5Context *row, sqlite3_context *ctx, int args, sqlite3_value **arg)
{
	double title = 0, rest = 0;
	unsigned count[3];
	int i, rc;

	(void)args;
	(void)arg;
	for (i = 0; i < api->xPhraseCount(row); i++) {
		rc = count_phrase(api, row, i, count);
		if (rc != SQLITE_OK) {
			sqlite3_result_error_code(ctx, rc);
			return;
		}
		title += saturate(count[COLUMN_TITLE]) * 8;
		rest += saturate(count[COLUMN_SUMMARY]) * 3 + saturate(count[2]);
	}
	sqlite3_result_int64(ctx, (sqlite3_int64)(title * 1000) << 32 | (sqlite3_int64)(rest * 1000));
}

void
fts_points(int64_t packed, double *title, double *rest)
{
	*title = (double)(packed >> 32) / 1000;
	*rest = (double)(packed & 0xffffffff) / 1000;
}

/* --- registration ---------------------------------------------------------------------------- */

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

	if (api == NULL || api->iVersion < 2)
		return err_set(e, ERR_INTERNAL, "this SQLite has no FTS5");
	if (api->xCreateTokenizer(api, "essaim", NULL, &tokenizer, NULL) != SQLITE_OK ||
	    api->xCreateFunction(api, "points", NULL, points, NULL) != SQLITE_OK)
		return err_memory(e);
	return 0;
}

/* --- queries --------------------------------------------------------------------------------- */

struct word_list {
	struct token token[SEARCH_TOKENS_MAX];
	size_t count;
	int open_end;		/* the text ends with the last word: it may be only its beginning */
};

static int
is_listed(const struct word_list *list, const struct token *t)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		if (list->token[i].len == t->len && memcmp(list->token[i].word, t->word, t->len) == 0)
			return 1;
	return 0;
}

/* The words that count, each once: not the stop words, except a lone last one, which may be a beginning. */
static void
list_words(struct span text, struct word_list *list)
{
	struct token_iter it = { text, 0 };
	struct token t, last_stop = { .len = 0 };
	size_t cut = text.len < SEARCH_QUERY_BYTES_MAX ? text.len : SEARCH_QUERY_BYTES_MAX;

	list->count = 0;
	list->open_end = 0;
	it.text.len = cut;
	while (list->count < SEARCH_TOKENS_MAX && token_next(&it, &t)) {
		list->open_end = t.end == text.len;
		if (t.stop)
			last_stop = t;
		else if (!is_listed(list, &t))
			list->token[list->count++] = t;
	}
	if (list->count == 0 && last_stop.len > 0)
		list->token[list->count++] = last_stop;
	else if (last_stop.len > 0 && last_stop.end == text.len)
		list->open_end = 0;
}

static int
add_word(const struct token *t, int beginning, struct buf *out, struct err *e)
{
	if (!beginning || t->len < 2)
		return buf_addf(out, e, "\"%s\"", t->word);
	return buf_addf(out, e, "(\"%s\" OR \"%s\"*)", t->word, t->word);
}

unsigned
fts_expression(struct span text, struct fts_shape shape, struct buf *out, struct err *e)
{
	struct word_list list;
	size_t i;
	int rc = 0;

	list_words(text, &list);
	buf_reset(out);
	if (list.count == 0)
		return 0;
	rc |= buf_adds(out, shape.titles_only ? "{title} : (" : "(", e);
	for (i = 0; i < list.count; i++) {
		if (i > 0)
			rc |= buf_adds(out, shape.mode == FTS_ALL ? " AND " : " OR ", e);
		rc |= add_word(&list.token[i], list.open_end && i + 1 == list.count, out, e);
	}
	rc |= buf_adds(out, ")", e);
	return rc == 0 ? (unsigned)list.count : 0;
}
