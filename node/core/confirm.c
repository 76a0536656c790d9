/* SPDX-License-Identifier: AGPL-3.0-or-later
 * confirm.c - see confirm.h. */
#include "node/core/confirm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "node/core/keyring.h"
#include "node/core/node.h"
#include "proto/canon.h"
#include "proto/err.h"
#include "proto/jcs.h"
#include "proto/kind.h"

#define FIELD "confirmed"
#define DAY_CHARS 10

int64_t
confirm_time(struct span content, int64_t updated)
{
	char stamp[21] = "0000-00-00T00:00:00Z";
	struct span raw, day;
	int64_t t;

	if (!canon_get(content, FIELD, &raw) || !canon_plain(raw, &day) || day.len != DAY_CHARS)
		return updated;
	memcpy(stamp, day.ptr, DAY_CHARS);
	return timestamp_parse(span_str(stamp), &t) == 1 && t > updated ? t : updated;
}

int
confirm_kind(enum kind k)
{
	return k != KIND_UNKNOWN && kind_field(k, SPAN(FIELD)) != NULL;
}

/* --- the list ------------------------------------------------------------------------------------ */

struct asking {
	int64_t before;
	confirm_fn *visit;
	void *ctx;
	int ended;
};

static int
look_at(void *ctx, const struct stored *row, struct err *e)
{
	struct asking *a = ctx;
	int64_t since;
	int rc;

	if (row->record.deleted || !confirm_kind(row->record.kind))
		return 0;
	since = confirm_time(row->record.content, row->record.updated);
	if (since > a->before)
		return 0;
	if ((rc = a->visit(a->ctx, row, since, e)) == 1)
		a->ended = 1;
	return rc;
}

int
confirm_list(struct node *n, struct reader *r, int64_t older_s, confirm_fn *visit, void *ctx, struct err *e)
{
	struct asking a = { .before = node_now(n) - older_s, .visit = visit, .ctx = ctx };
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && !a.ended && i < keyring_count(n->keys); i++)
		if (store_list(r, keyring_at(n->keys, i)->did, NULL, 0, look_at, &a, e) == -1)
			rc = -1;
	return rc;
}

/* --- confirming ------------------------------------------------------------------------------------ */

struct confirming {
	struct node *node;
	struct arena arena;
	struct node_put put[CONFIRM_MAX];
	struct node_put_result result[CONFIRM_MAX];
	char day[DAY_CHARS + 1];
};

static int
with_day(struct confirming *w, struct span content, struct span *out, struct err *e)
{
	json_t *doc = json_loadb(content.ptr, content.len, 0, NULL);
	struct buf text = BUF_INIT(RECORD_BYTES_MAX);
	int rc = -1;

	if (doc == NULL || json_object_set_new(doc, FIELD, json_string(w->day)) == -1)
		err_memory(e);
	else if (jcs_emit(doc, &text, e) == 0) {
		*out = (struct span){ arena_copy(&w->arena, buf_span(&text)), text.len };
		rc = out->ptr == NULL ? err_memory(e) : 0;
	}
	json_decref(doc);
	buf_clear(&text);
	return rc;
}

static int
draft(struct confirming *w, struct reader *r, const char *text, struct node_put *p, struct err *e)
{
	struct stored was;
	struct ref ref;
	int found;

	if (ref_parse(span_str(text), &ref, e) == -1 || (found = store_get(r, &ref, &w->arena, &was, e)) == -1)
		return -1;
	if (found == 0 || was.record.deleted)
		return err_set(e, found ? ERR_GONE : ERR_NOT_FOUND, found ? "it was deleted" : "no such record");
	if (keyring_find(w->node->keys, ref.author) == NULL)
		return err_set(e, ERR_FORBIDDEN, "this record belongs to another node: only its author can confirm it");
	if (!confirm_kind(was.record.kind))
		return err_set(e, ERR_USAGE, "a record of this kind is not confirmed");
	*p = (struct node_put){ .kind = was.record.kind, .author = arena_copy(&w->arena, ref.author),
		.rid = arena_copy(&w->arena, ref.rid), .lang = arena_copy(&w->arena, was.record.lang),
		.license = arena_copy(&w->arena, was.record.license) };
	if (p->author == NULL || p->rid == NULL || p->lang == NULL || p->license == NULL)
		return err_memory(e);
	return with_day(w, was.record.content, &p->content, e);
}

static int
put_all(struct confirming *w, size_t count, size_t *done, struct err *e)
{
	size_t i;

	if (node_put_many(w->node, w->put, count, w->result, e) == -1)
		return -1;
	for (i = 0; i < count; i++)
		*done += w->result[i].rc == 0;
	for (i = 0; i < count; i++)
		if (w->result[i].rc == -1) {
			*e = w->result[i].err;
			return err_wrap(e, "%s", w->result[i].ref);
		}
	return 0;
}

int
confirm_records(struct node *n, const char *const *ref, size_t count, size_t *done, struct err *e)
{
	struct confirming *w;
	struct reader *r = NULL;
	char stamp[21];
	size_t i;
	int rc = 0;

	*done = 0;
	if (count > CONFIRM_MAX)
		return err_set(e, ERR_LIMIT, "%zu records at once, limit %d", count, CONFIRM_MAX);
	if ((w = calloc(1, sizeof *w)) == NULL)
		return err_memory(e);
	w->node = n;
	timestamp_format(node_now(n), stamp);
	memcpy(w->day, stamp, DAY_CHARS);
	rc = store_read(n->store, &r, e);
	for (i = 0; rc == 0 && i < count; i++)
		rc = draft(w, r, ref[i], &w->put[i], e);
	store_read_end(r);
	if (rc == 0 && count > 0)
		rc = put_all(w, count, done, e);
	arena_clear(&w->arena);
	free(w);
	return rc;
}
