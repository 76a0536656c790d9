/* SPDX-License-Identifier: AGPL-3.0-or-later
 * move.c - an author leaves one node with all that is its own, and goes on from another.
 *
 * What moves is one file of lines: a header, the author's records as they are signed, and what the node knows of
 * where they came from, so that an import there finds them again: {"essaim":"item"} a row of a source, {"essaim":
 * "source"} one that is looked at again and again, with its mapping.  The keys go apart from it, locked.  All of this is for
 * whoever is on the machine: files are named and keys pass.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>
#include <sodium.h>

#include "node/api/api.h"
#include "node/api/emit.h"
#include "node/api/jobs.h"
#include "node/core/keyring.h"
#include "node/core/node.h"
#include "node/core/passphrase.h"
#include "node/core/sources.h"
#include "node/store/store.h"
#include "proto/err.h"
#include "proto/multibase.h"

#define LINE_BYTES_MAX	((size_t)4 << 20)
#define RECORDS_BATCH	500
#define BATCH_TEXT_MAX	((size_t)RECORDS_BATCH * (RECORD_BYTES_MAX + 1))

static int
need_local(const struct request *req, struct err *e)
{
	return req->local ? 0 : err_set(e, ERR_FORBIDDEN, "authors move by command, on the machine itself");
}

static int
need_author(struct node *node, const char *who, const struct keyring_author **out, struct err *e)
{
	*out = who == NULL ? keyring_at(node->keys, 0) : keyring_find(node->keys, span_str(who));
	return *out != NULL ? 0 : err_set(e, ERR_NOT_FOUND, "no key of %s is here: \"essaim author list\" shows whose are",
	    who);
}

/* Start a job on an author and a file; its argument is "DID PATH". */
static int
start(struct node *node, const struct request *req, job_fn *run, struct response *res, struct err *e)
{
	const struct keyring_author *a;
	const char *path, *arg;
	int64_t number;

	if (need_local(req, e) == -1 || need_author(node, param_text(req, "author"), &a, e) == -1 ||
	    param_need(req, "path", &path, e) == -1)
		return -1;
	if (path[0] != '/')
		return err_set(e, ERR_USAGE, "path must be absolute");
	if ((arg = arena_printf(req->arena, "%s %s", a->did, path)) == NULL)
		return err_memory(e);
	if (jobs_start(node->jobs, run, arg, &number, e) == -1)
		return -1;
	return buf_addf(&res->body, e, "{\"job\":%" PRId64 "}\n", number);
}

/* --- out ------------------------------------------------------------------------------------- */

struct leaving {
	FILE *f;
	struct node *node;
	const struct keyring_author *author;
	struct buf line;
	int64_t records, items, sources;
};

static int
put_line(struct leaving *w, struct span line, struct err *e)
{
	if (fwrite(line.ptr, 1, line.len, w->f) != line.len || fputc('\n', w->f) == EOF)
		return err_set(e, ERR_IO, "it cannot be written: %s", strerror(errno));
	return 0;
}

static int
out_record(void *ctx, const struct stored *row, struct err *e)
{
	struct leaving *w = ctx;

	w->records++;
	return put_line(w, row->record.line, e);
}

static int
out_item(void *ctx, const struct source_item *i, struct err *e)
{
	struct leaving *w = ctx;
	struct emit j;

	if (strncmp(i->ref, w->author->did, DIDKEY_CHARS) != 0)
		return 0;
	w->items++;
	buf_reset(&w->line);
	emit_start(&j, &w->line, e);
	emit_object(&j);
	emit_put_text(&j, "essaim", "item");
	emit_put_hex(&j, "fields", (const uint8_t *)i->fields.ptr, i->fields.len);
	emit_put_int(&j, "generation", i->generation);
	emit_put_hex(&j, "hash", i->hash, sizeof i->hash);
	emit_put_text(&j, "item", i->item);
	emit_put_int(&j, "missing", i->missing);
	emit_put_text(&j, "ref", i->ref);
	emit_put_int(&j, "seen", i->seen);
	emit_put_text(&j, "source", i->source);
	emit_put_int(&j, "state", i->state);
	emit_object_end(&j);
	return emit_end(&j) == -1 ? -1 : put_line(w, buf_span(&w->line), e);
}

/* Is the source looked at in this author's name? */
static int
is_of(const struct node *n, const struct watch *s, const struct keyring_author *a)
{
	return s->author[0] == '\0' ? a == keyring_at(n->keys, 0)
	    : strcmp(s->author, a->did) == 0 || strcmp(s->author, a->name) == 0;
}

static int
out_source(struct leaving *w, struct reader *r, const struct watch *s, struct err *e)
{
	struct arena a = {0};
	const char *mapping = "";
	struct emit j;
	int rc = store_watch_mapping(r, s->url, &a, &mapping, e);

	w->sources++;
	buf_reset(&w->line);
	emit_start(&j, &w->line, e);
	emit_object(&j);
	emit_put_text(&j, "essaim", "source");
	emit_put_int(&j, "every_s", s->every_s);
	emit_put_text(&j, "format", s->format);
	emit_put_text(&j, "kind", s->kind);
	emit_put_text(&j, "lang", s->lang);
	emit_put_text(&j, "license", s->license);
	emit_put_text(&j, "mapping", mapping);
	emit_put_text(&j, "name", s->name);
	emit_put_text(&j, "url", s->url);
	emit_object_end(&j);
	if (rc != -1)
		rc = emit_end(&j) == -1 ? -1 : put_line(w, buf_span(&w->line), e);
	arena_clear(&a);
	return rc;
}

static int
out_sources(struct leaving *w, struct reader *r, struct err *e)
{
	struct arena a = {0};
	struct watch *s;
	size_t n, i;
	int rc = store_watches(r, &a, &s, &n, e);

	for (i = 0; rc == 0 && i < n; i++)
		if (is_of(w->node, &s[i], w->author))
			rc = out_source(w, r, &s[i], e);
	arena_clear(&a);
	return rc;
}

static int
out_header(struct leaving *w, struct err *e)
{
	struct emit j;

	emit_start(&j, &w->line, e);
	emit_object(&j);
	emit_put_text(&j, "did", w->author->did);
	emit_put_text(&j, "essaim", "author");
	emit_put_int(&j, "made", node_now(w->node));
	emit_put_text(&j, "name", w->author->name);
	emit_put_int(&j, "v", 1);
	emit_object_end(&j);
	return emit_end(&j) == -1 ? -1 : put_line(w, buf_span(&w->line), e);
}

static int
run_out(struct node *node, const char *arg, struct buf *result, struct err *e)
{
	struct leaving w = { .node = node, .line = BUF_INIT(LINE_BYTES_MAX) };
	struct span rest = span_str(arg), did = span_cut(&rest, ' ');
	struct reader *r = NULL;
	int rc = -1;

	if ((w.author = keyring_find(node->keys, did)) == NULL)
		return err_set(e, ERR_NOT_FOUND, "the author's keys are gone");
	if ((w.f = fopen(rest.ptr, "wx")) == NULL)
		return err_set(e, ERR_IO, "%s: %s", rest.ptr, strerror(errno));
	if (store_read(node->store, &r, e) == 0 && out_header(&w, e) == 0 &&
	    store_list(r, w.author->did, NULL, 1, out_record, &w, e) == 0 &&
	    store_source_walk(r, NULL, out_item, &w, e) == 0 && out_sources(&w, r, e) == 0)
		rc = 0;
	store_read_end(r);
	if (fclose(w.f) == EOF && rc == 0)
		rc = err_set(e, ERR_IO, "%s: %s", rest.ptr, strerror(errno));
	buf_clear(&w.line);
	return rc == -1 ? -1 : buf_addf(result, e, "{\"records\":%" PRId64 ",\"items\":%" PRId64 ",\"sources\":%" PRId64 "}",
	    w.records, w.items, w.sources);
}

int
api_author_out(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	return start(node, req, run_out, res, e);
}

/* --- the keys, locked for the way -------------------------------------------------------------- */

static int
read_lock(json_t *doc, struct keyfile_lock *out, struct err *e)
{
	const char *salt = json_string_value(json_object_get(doc, "salt"));
	const char *key = json_string_value(json_object_get(doc, "key"));

	*out = (struct keyfile_lock){ .passes = (uint64_t)json_integer_value(json_object_get(doc, "passes")),
	    .kib = (uint64_t)json_integer_value(json_object_get(doc, "kib")) };
	if (salt == NULL || key == NULL || hex_decode(span_str(salt), out->salt, sizeof out->salt) != sizeof out->salt ||
	    hex_decode(span_str(key), out->key, sizeof out->key) != sizeof out->key)
		return err_set(e, ERR_INPUT, "the lock has the members kib, key, passes and salt");
	return 0;
}

/* Whatever held a secret and is of no more use. */
static void
wipe(struct span body)
{
	if (body.ptr != NULL)
		sodium_memzero((void *)(uintptr_t)body.ptr, body.len);
}

static int
print_key(struct node *node, const struct keyring_author *a, enum key_role role, const struct keyfile_lock *lock,
    struct emit *j, struct err *e)
{
	struct buf text = BUF_INIT(KEYFILE_BYTES_MAX);
	uint8_t seed[32];
	int rc = keyring_seed(node->keys, a, role, seed, e);

	if (rc == 1 && (rc = buf_reserve(&text, KEYFILE_BYTES_MAX - 1, e)) == 0 &&
	    (rc = keyfile_format(role, a->did, seed, lock, &text, e)) == 0)
		emit_put_text(j, key_role_name(role), text.ptr);
	sodium_memzero(seed, sizeof seed);
	passphrase_clear(&text);
	return rc;
}

int
api_author_keys(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	static const enum key_role role[] = { KEY_OPERATING, KEY_IMPORT, KEY_ROOT, KEY_NEXT_ROOT };
	json_t *doc = req->body.len == 0 ? NULL : json_loadb(req->body.ptr, req->body.len, 0, NULL);
	const struct keyring_author *a;
	struct keyfile_lock lock;
	struct emit j;
	size_t i;
	int rc = -1;

	if (need_local(req, e) == 0 && need_author(node, param_text(req, "author"), &a, e) == 0 &&
	    (doc == NULL || read_lock(doc, &lock, e) == 0)) {
		emit_start(&j, &res->body, e);
		emit_object(&j);
		emit_put_text(&j, "did", a->did);
		emit_put_text(&j, "name", a->name);
		for (rc = 0, i = 0; rc == 0 && i < sizeof role / sizeof role[0]; i++)
			rc = print_key(node, a, role[i], doc == NULL ? NULL : &lock, &j, e);
		emit_object_end(&j);
		emit_line(&j);
		if (rc == 0)
			rc = emit_end(&j);
	}
	sodium_memzero(&lock, sizeof lock);
	wipe(req->body);
	json_decref(doc);
	return rc;
}

/* --- in -------------------------------------------------------------------------------------- */

static int
read_seed(json_t *doc, const char *name, uint8_t out[32])
{
	const char *text = json_string_value(json_object_get(doc, name));

	return text != NULL && hex_decode(span_str(text), out, 32) == 32;
}

/* Its keys first: then its records are this node's own, and pass without a vouch. */
int
api_author_take(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	json_t *doc = json_loadb(req->body.ptr == NULL ? "" : req->body.ptr, req->body.len, 0, NULL);
	struct keyring_seeds s = { .name = json_string_value(json_object_get(doc, "name")),
		.did = json_string_value(json_object_get(doc, "did")) };
	const struct keyring_author *a = NULL;
	uint8_t pub[32];
	int rc = -1;

	if (need_local(req, e) == -1)
		goto out;
	if (s.name == NULL || s.did == NULL || !read_seed(doc, "operating", s.operating) ||
	    !read_seed(doc, "import", s.import) || didkey_parse(span_str(s.did), pub, e) == -1) {
		err_set(e, ERR_INPUT, "an author has the members did, import, name and operating");
		goto out;
	}
	if ((a = keyring_find(node->keys, span_str(s.did))) == NULL && keyring_adopt(node->keys, &s, &a, e) == -1)
		goto out;
	if (store_own_author(node->store, a->did, e) == 0)
		rc = buf_addf(&res->body, e, "{\"name\":\"%s\",\"did\":\"%s\"}\n", a->name, a->did);
out:
	sodium_memzero(&s, sizeof s);
	wipe(req->body);
	json_decref(doc);
	return rc;
}

struct arriving {
	struct node *node;
	const struct keyring_author *author;
	struct buf line, text;		/* of one line; of a batch of records */
	size_t start[RECORDS_BATCH], count;
	int64_t stored, known, refused, items, sources;
	char why[128];			/* the first refusal */
};

/* What became of a batch; what was here already, from a peer, is our own now. */
static int
count_records(struct arriving *w, const struct offer_line *line, struct err *e)
{
	uint8_t known[RECORDS_BATCH][ID_BYTES];
	size_t i, n = 0;

	for (i = 0; i < w->count; i++) {
		enum reason r = line[i].reason;

		w->stored += r == REASON_NONE;
		w->known += r == REASON_DUPLICATE || r == REASON_SUPERSEDED;
		if (r == REASON_DUPLICATE)
			memcpy(known[n++], line[i].record.id, ID_BYTES);
		if (r == REASON_NONE || r == REASON_DUPLICATE || r == REASON_SUPERSEDED)
			continue;
		if (w->refused++ == 0)
			snprintf(w->why, sizeof w->why, "%s", line[i].detail[0] != '\0' ? line[i].detail : reason_text(r));
	}
	return store_claim(w->node->store, (const uint8_t (*)[ID_BYTES])known, n, e);
}

static int
flush_records(struct arriving *w, struct err *e)
{
	struct offer_line *line = calloc(RECORDS_BATCH, sizeof *line);
	size_t i;
	int rc;

	if (line == NULL)
		return err_memory(e);
	for (i = 0; i < w->count; i++) {
		size_t end = i + 1 < w->count ? w->start[i + 1] : w->text.len;
		struct err why = {0};

		if (record_parse((struct span){ w->text.ptr + w->start[i], end - w->start[i] }, &line[i].record, &line[i].reason,
		    &why) == -1)
			text_clip(line[i].detail, sizeof line[i].detail, why.text);
	}
	rc = w->count == 0 ? 0 : store_offer(w->node->store, line, w->count, NULL, e);
	if (rc == 0)
		rc = count_records(w, line, e);
	free(line);
	buf_reset(&w->text);
	w->count = 0;
	return rc;
}

static int
in_record(struct arriving *w, struct err *e)
{
	if (w->line.len > RECORD_BYTES_MAX)
		return err_set(e, ERR_INPUT, "a line of %zu bytes is no record", w->line.len);
	w->start[w->count++] = w->text.len;
	if (buf_addspan(&w->text, buf_span(&w->line), e) == -1)
		return -1;
	return w->count == RECORDS_BATCH ? flush_records(w, e) : 0;
}

static const char *
text_of(json_t *doc, const char *name)
{
	const char *s = json_string_value(json_object_get(doc, name));

	return s == NULL ? "" : s;
}

static int64_t
int_of(json_t *doc, const char *name)
{
	return json_integer_value(json_object_get(doc, name));
}

static int
in_item(struct arriving *w, json_t *doc, struct err *e)
{
	uint8_t fields[4096];
	struct source_item i = { .source = text_of(doc, "source"), .item = text_of(doc, "item"), .ref = text_of(doc, "ref"),
		.seen = int_of(doc, "seen"), .missing = int_of(doc, "missing"), .generation = int_of(doc, "generation"),
		.state = (enum item_state)int_of(doc, "state") };
	int n = hex_decode(span_str(text_of(doc, "fields")), fields, sizeof fields);
	struct ref ref;

	if (*i.source == '\0' || *i.item == '\0' || ref_parse(span_str(i.ref), &ref, e) == -1 ||
	    !span_is(ref.author, w->author->did) || n == -1 ||
	    i.state < ITEM_LIVE || i.state > ITEM_KEPT ||
	    hex_decode(span_str(text_of(doc, "hash")), i.hash, sizeof i.hash) != sizeof i.hash)
		return err_set(e, ERR_INPUT, "a row of a source that is damaged, or another author's");
	i.fields = (struct span){ (const char *)fields, (size_t)n };
	w->items++;
	return store_source_put(w->node->store, &i, 1, e);
}

/* It waits until a person resumes it: the node that the author leaves may look at it yet. */
static int
in_source(struct arriving *w, json_t *doc, struct err *e)
{
	struct watch s = { .every_s = int_of(doc, "every_s"), .paused = 1 };
	int fits = snprintf(s.url, sizeof s.url, "%s", text_of(doc, "url")) < (int)sizeof s.url &&
	    snprintf(s.name, sizeof s.name, "%s", text_of(doc, "name")) < (int)sizeof s.name &&
	    snprintf(s.format, sizeof s.format, "%s", text_of(doc, "format")) < (int)sizeof s.format &&
	    snprintf(s.kind, sizeof s.kind, "%s", text_of(doc, "kind")) < (int)sizeof s.kind &&
	    snprintf(s.lang, sizeof s.lang, "%s", text_of(doc, "lang")) < (int)sizeof s.lang &&
	    snprintf(s.license, sizeof s.license, "%s", text_of(doc, "license")) < (int)sizeof s.license;

	if (!fits || strlen(text_of(doc, "mapping")) >= SOURCE_MAPPING_BYTES_MAX)
		return err_set(e, ERR_INPUT, "a source that is damaged");
	memcpy(s.author, w->author->did, sizeof w->author->did);
	w->sources++;
	return sources_add(w->node, &s, text_of(doc, "mapping"), e);
}

static int
in_line(struct arriving *w, struct err *e)
{
	json_t *doc;
	const char *what;
	int rc;

	if (w->line.len >= 10 && memcmp(w->line.ptr, "{\"author\":", 10) == 0)
		return in_record(w, e);
	doc = json_loadb(w->line.ptr == NULL ? "" : w->line.ptr, w->line.len, 0, NULL);
	what = text_of(doc, "essaim");
	if (strcmp(what, "author") == 0)
		rc = strcmp(text_of(doc, "did"), w->author->did) == 0 ? 0
		    : err_set(e, ERR_CONFLICT, "the records are of %s, the keys of %s", text_of(doc, "did"), w->author->did);
	else if (strcmp(what, "item") == 0)
		rc = in_item(w, doc, e);
	else if (strcmp(what, "source") == 0)
		rc = in_source(w, doc, e);
	else
		rc = err_set(e, ERR_INPUT, "not what an author takes along");
	json_decref(doc);
	return rc;
}

/* The next line without its end.  1, 0 at the end of the file, -1. */
static int
read_line(FILE *f, struct buf *out, struct err *e)
{
	char chunk[4096];
	size_t n;

	buf_reset(out);
	while (fgets(chunk, sizeof chunk, f) != NULL) {
		n = strlen(chunk);
		if (n > 0 && chunk[n - 1] == '\n')
			return buf_add(out, chunk, n - 1, e) == -1 ? -1 : 1;
		if (buf_add(out, chunk, n, e) == -1)
			return -1;
	}
	return ferror(f) ? err_set(e, ERR_IO, "it cannot be read") : out->len > 0;
}

static int
print_arrived(const struct arriving *w, struct buf *result, struct err *e)
{
	struct emit j;

	emit_start(&j, result, e);
	emit_object(&j);
	emit_put_text(&j, "did", w->author->did);
	emit_put_text(&j, "name", w->author->name);
	emit_put_int(&j, "stored", w->stored);
	emit_put_int(&j, "known", w->known);
	emit_put_int(&j, "refused", w->refused);
	emit_put_text(&j, "why", w->why);
	emit_put_int(&j, "items", w->items);
	emit_put_int(&j, "sources", w->sources);
	emit_object_end(&j);
	return emit_end(&j);
}

static int
run_in(struct node *node, const char *arg, struct buf *result, struct err *e)
{
	struct arriving w = { .node = node, .line = BUF_INIT(LINE_BYTES_MAX), .text = BUF_INIT(BATCH_TEXT_MAX) };
	struct span rest = span_str(arg), did = span_cut(&rest, ' ');
	int64_t number = 0;
	FILE *f;
	int rc;

	if ((w.author = keyring_find(node->keys, did)) == NULL)
		return err_set(e, ERR_NOT_FOUND, "the author's keys are gone");
	if ((f = fopen(rest.ptr, "r")) == NULL)
		return err_set(e, ERR_IO, "%s: %s", rest.ptr, strerror(errno));
	while ((rc = read_line(f, &w.line, e)) == 1) {
		number++;
		if (in_line(&w, e) == -1) {
			rc = err_wrap(e, "line %" PRId64, number);
			break;
		}
	}
	fclose(f);
	if (rc == 0 && (rc = flush_records(&w, e)) == 0 && (rc = node_vouch_standing(node, w.author->did, e)) == 0)
		rc = print_arrived(&w, result, e);
	buf_clear(&w.line);
	buf_clear(&w.text);
	return rc;
}

int
api_author_in(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	return start(node, req, run_in, res, e);
}

/* --- gone ------------------------------------------------------------------------------------ */

static int
forget_sources(struct node *node, const struct keyring_author *a, struct err *e)
{
	struct arena arena = {0};
	struct reader *r = NULL;
	struct watch *s = NULL;
	size_t n = 0, i;
	int rc = store_read(node->store, &r, e);

	if (rc == 0)
		rc = store_watches(r, &arena, &s, &n, e);
	store_read_end(r);
	for (i = 0; rc == 0 && i < n; i++)
		if (is_of(node, &s[i], a))
			rc = store_watch_delete(node->store, s[i].url, e);
	arena_clear(&arena);
	return rc;
}

/* Its records stay, as a neighbour's: this node vouches for it, and signs for it no longer. */
int
api_author_leave(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	const struct keyring_author *a;
	struct author_info info = {0};
	const char *who;
	int rc = -1;

	if (param_need(req, "author", &who, e) == -1 || need_author(node, who, &a, e) == -1)
		return -1;
	if (a == keyring_at(node->keys, 0))
		return err_set(e, ERR_CONFLICT, "this is the node's own author: it leaves with the node (essaim backup)");
	if (node_vouch_standing(node, a->did, e) == -1 || forget_sources(node, a, e) == -1)
		return -1;
	pthread_rwlock_wrlock(&node->signing);
	if (keyring_remove(node->keys, a, e) == 0 && store_disown_author(node->store, a->did, e) == 0)
		rc = 0;
	pthread_rwlock_unlock(&node->signing);
	store_author(node->store, span_str(a->did), &info);
	return rc == -1 ? -1 : buf_addf(&res->body, e, "{\"left\":\"%s\",\"name\":\"%s\",\"live\":%" PRId64
	    ",\"root_here\":%s}\n", a->did, a->name, info.live, a->has_root ? "true" : "false");
}
