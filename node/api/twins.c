/* SPDX-License-Identifier: AGPL-3.0-or-later
 * twins.c - see twins.h; and GET /api/v1/twins. */
#include "node/api/twins.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "node/api/api.h"
#include "node/api/emit.h"
#include "node/core/keyring.h"
#include "node/search/twin.h"
#include "node/store/store.h"
#include "proto/canon.h"

#define CLAIMS_MAX 10000

struct reading {
	struct twins *out;
	struct arena *arena;
	size_t cap;
};

static const char *
reference(struct arena *a, struct span content, const char *name)
{
	struct span raw, text;

	return canon_get(content, name, &raw) && canon_plain(raw, &text) ? arena_copy(a, text) : NULL;
}

static int
take_claim(void *ctx, const struct stored *row, struct err *e)
{
	struct ref ref = { row->record.author, row->record.kind_name, row->record.rid };
	struct reading *r = ctx;
	char name[REF_CHARS_MAX + 1];
	struct own_claim c = { .created = row->record.updated };
	struct span raw, verdict;

	if (r->out->claims == r->cap)
		return 1;
	ref_format(&ref, name);
	c.ref = arena_copy(r->arena, span_str(name));
	c.a = reference(r->arena, row->record.content, "a");
	c.b = reference(r->arena, row->record.content, "b");
	if (c.ref == NULL || c.a == NULL || c.b == NULL)
		return err_memory(e);
	c.same = canon_get(row->record.content, "verdict", &raw) && canon_plain(raw, &verdict) && span_is(verdict, "same");
	r->out->claim[r->out->claims++] = c;
	return 0;
}

static int
newest_first(const void *a, const void *b)
{
	const struct own_claim *x = a, *y = b;

	return x->created != y->created ? (x->created < y->created ? 1 : -1) : strcmp(x->ref, y->ref);
}

static int
read_claims(struct node *node, struct arena *a, struct twins *out, struct err *e)
{
	struct reading r = { .out = out, .arena = a, .cap = CLAIMS_MAX };
	struct reader *reader = NULL;
	size_t i;
	int rc = 0;

	if ((out->claim = arena_alloc(a, CLAIMS_MAX * sizeof *out->claim)) == NULL)
		return err_memory(e);
	if (store_read(node->store, &reader, e) == -1)
		return -1;
	for (i = 0; rc == 0 && i < keyring_count(node->keys); i++)
		rc = store_list(reader, keyring_at(node->keys, i)->did, "same", 0, take_claim, &r, e);
	store_read_end(reader);
	if (rc != -1 && out->claims > 1)
		qsort(out->claim, out->claims, sizeof *out->claim, newest_first);
	return rc == -1 ? -1 : 0;
}

static int
names_side(const char *ref, const struct search_twin_side *s)
{
	size_t n = strlen(s->author);
	const char *kind = kind_info(s->kind)->name;

	return strncmp(ref, s->author, n) == 0 && ref[n] == '/' && strncmp(ref + n + 1, kind, strlen(kind)) == 0 &&
	    ref[n + 1 + strlen(kind)] == '/' && strcmp(ref + n + 2 + strlen(kind), s->rid) == 0;
}

static int
is_decided(const struct twins *t, const struct search_twin *pair)
{
	const struct own_claim *c;

	for (c = t->claim; c < t->claim + t->claims; c++)
		if ((names_side(c->a, &pair->a) && names_side(c->b, &pair->b)) ||
		    (names_side(c->a, &pair->b) && names_side(c->b, &pair->a)))
			return 1;
	return 0;
}

int
twins_find(struct node *node, const char *author, struct arena *a, struct twins *out, struct err *e)
{
	struct search_reader *r = search_take(node->search, e);
	size_t i, n = 0;
	int rc;

	*out = (struct twins){ .count = 0 };
	if (r == NULL)
		return -1;
	rc = search_twins(r, node_now(node), a, &out->at, &n, e);
	search_give(node->search, r);
	if (rc == -1 || read_claims(node, a, out, e) == -1)
		return -1;
	for (i = 0; i < n; i++)
		if ((author == NULL || strcmp(out->at[i].a.author, author) == 0 || strcmp(out->at[i].b.author, author) == 0) &&
		    !is_decided(out, &out->at[i]))
			out->at[out->count++] = out->at[i];
	return 0;
}

const char *
twins_author(struct node *node, const char *name)
{
	size_t i;

	for (i = 0; name != NULL && i < keyring_count(node->keys); i++)
		if (strcmp(keyring_at(node->keys, i)->name, name) == 0)
			return keyring_at(node->keys, i)->did;
	return name;
}

/* --- claims ---------------------------------------------------------------------------------------- */

static int
take_back(struct node *node, const struct twins *t, const char *a, const char *b, struct err *e)
{
	const struct own_claim *c;
	struct ref ref;

	for (c = t->claim; c < t->claim + t->claims; c++)
		if (((strcmp(c->a, a) == 0 && strcmp(c->b, b) == 0) || (strcmp(c->a, b) == 0 && strcmp(c->b, a) == 0)) &&
		    (ref_parse(span_str(c->ref), &ref, e) == -1 || node_delete(node, &ref, e) == -1))
			return -1;
	return 0;
}

int
twins_claim(struct node *node, const char *a, const char *b, int same, int score, struct err *e)
{
	struct node_put p = { .kind = KIND_SAME };
	struct node_put_result done = { .rc = 0 };
	struct buf content = BUF_INIT(RECORD_BYTES_MAX);
	struct arena arena = { .max = TWINS_BYTES_MAX };
	struct twins t = { .count = 0 };
	struct ref one, other;
	int rc = -1;

	if (ref_parse(span_str(a), &one, e) == -1 || ref_parse(span_str(b), &other, e) == -1 ||
	    read_claims(node, &arena, &t, e) == -1 || take_back(node, &t, a, b, e) == -1 ||
	    buf_addf(&content, e, "{\"a\":\"%s\",\"b\":\"%s\",\"verdict\":\"%s\"", a, b, same ? "same" : "not-same") == -1 ||
	    (score >= 0 && buf_addf(&content, e, ",\"score\":%d", score) == -1) || buf_addc(&content, '}', e) == -1)
		goto out;
	p.content = buf_span(&content);
	rc = node_put(node, &p, &done, e);
out:
	buf_clear(&content);
	arena_clear(&arena);
	return rc;
}

/* --- GET /api/v1/twins ------------------------------------------------------------------------------- */

static void
emit_side(struct emit *j, const char *name, const struct search_twin_side *s)
{
	struct ref ref = { span_str(s->author), span_str(kind_info(s->kind)->name), span_str(s->rid) };
	char text[REF_CHARS_MAX + 1];

	ref_format(&ref, text);
	emit_key(j, name);
	emit_object(j);
	emit_put_text(j, "ref", text);
	emit_put_text(j, "name", s->title);
	emit_object_end(j);
}

static void
emit_twin(struct emit *j, const struct search_twin *t)
{
	int i;

	emit_object(j);
	emit_side(j, "a", &t->a);
	emit_side(j, "b", &t->b);
	emit_put_int(j, "score", t->score);
	emit_key(j, "reasons");
	emit_array(j);
	for (i = 0; i < TWIN__COUNT; i++)
		if (t->reasons >> i & 1)
			emit_text(j, twin_reason_code((enum twin_reason)i));
	emit_array_end(j);
	emit_object_end(j);
}

int
api_twins(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	struct arena a = { .max = TWINS_BYTES_MAX };
	struct twins t;
	struct emit j;
	size_t i;
	int rc = -1;

	if (twins_find(node, twins_author(node, param_text(req, "author")), &a, &t, e) == 0) {
		emit_start(&j, &res->body, e);
		emit_array(&j);
		for (i = 0; i < t.count; i++)
			emit_twin(&j, &t.at[i]);
		emit_array_end(&j);
		emit_line(&j);
		rc = emit_end(&j);
	}
	arena_clear(&a);
	return rc;
}
