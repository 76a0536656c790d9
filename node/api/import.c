/* SPDX-License-Identifier: AGPL-3.0-or-later
 * import.c - rows of somebody else's directory become records, the same ones each time (SPEC: Imports).
 *
 * A request carries a batch of rows that tools/import has read and mapped:
 *   {"content":{…},"id":"the source's own identifier","kind":"initiative","lang":"fr","license":"…","row":12}
 * one a line, canonical; lang and license may be left out.  A row's rid is a keyed hash of source and identifier, so that the second import
 * finds the record of the first; what a person changed here by hand meanwhile is not overwritten unless
 * asked.  Nothing is ever deleted by an import: what vanished is for the operator to decide.
 */
#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "node/api/api.h"
#include "node/api/emit.h"
#include "node/core/gazetteer.h"
#include "node/core/keyring.h"
#include "node/core/node.h"
#include "node/store/store.h"
#include "proto/canon.h"
#include "proto/jcs.h"
#include "proto/limits.h"

#define ITEM_BYTES_MAX 1000

enum outcome { OUTCOME_NEW, OUTCOME_CHANGED, OUTCOME_SAME, OUTCOME_REFUSED };

static const char *const outcome_name[] = {
	[OUTCOME_NEW] = "new", [OUTCOME_CHANGED] = "changed", [OUTCOME_SAME] = "same",
	[OUTCOME_REFUSED] = "refused",
};

struct row {
	int64_t number;
	const char *item;		/* the source's identifier */
	struct span kind_name, content;	/* content: canonical */
	const char *lang, *license;
	enum kind kind;
	char rid[RID_CHARS + 1];
	char ref[REF_CHARS_MAX + 1];
	uint8_t hash[32];		/* of content */
	enum outcome outcome;
	const char *field, *why;	/* of a refusal, or a remark; "" */
};

struct batch {
	struct node *node;
	struct arena *arena;
	const char *source, *lang, *license;
	const struct keyring_author *author;
	int dry_run, overwrite;
	struct row *row;
	size_t count;
	struct source_item *item;	/* read when first needed */
	size_t item_count;
	int items_read;
};

static void
refuse(struct row *r, const char *field, const char *why)
{
	r->outcome = OUTCOME_REFUSED;
	r->field = field;
	r->why = why;
}

/* --- reading ---------------------------------------------------------------------------------- */

/* A text member of the row that may be absent. */
static const char *
optional(const struct batch *b, struct span line, const char *name, const char *fallback)
{
	struct span raw, text;
	const char *copy;

	if (!canon_get(line, name, &raw) || !canon_plain(raw, &text) || text.len == 0)
		return fallback;
	copy = arena_copy(b->arena, text);
	return copy == NULL ? fallback : copy;
}

static int
read_row(struct batch *b, struct span line, struct row *r, struct err *e)
{
	struct buf item = BUF_INIT(ITEM_BYTES_MAX);
	struct span id, kind, number;
	int rc = -1;

	if (canon_check(line, CANON_RECORD, e) == -1)
		return -1;
	if (!canon_get(line, "id", &id) || !canon_get(line, "kind", &kind) ||
	    !canon_get(line, "row", &number) || !canon_get(line, "content", &r->content) ||
	    !canon_plain(kind, &r->kind_name) || !canon_int(number, &r->number) ||
	    !canon_is_object(r->content))
		return err_set(e, ERR_INPUT, "a row has the members content, id, kind and row");
	if (canon_string(id, &item, e) == -1)
		goto out;
	r->item = arena_copy(b->arena, buf_span(&item));
	r->lang = optional(b, line, "lang", b->lang);
	r->license = optional(b, line, "license", b->license);
	r->field = r->why = "";
	r->kind = kind_find(r->kind_name);
	rc = r->item == NULL ? err_memory(e) : 0;
out:
	buf_clear(&item);
	return rc;
}

static int
read_rows(struct batch *b, struct span body, struct err *e)
{
	size_t lines = 1, i;

	for (i = 0; i < body.len; i++)
		lines += body.ptr[i] == '\n';
	if (lines > API_NDJSON_ROWS_MAX + 1)
		return err_set(e, ERR_LIMIT, "%zu rows in one request, limit %d", lines, API_NDJSON_ROWS_MAX);
	if ((b->row = arena_alloc(b->arena, lines * sizeof *b->row)) == NULL)
		return err_memory(e);
	while (body.len > 0) {
		struct span line = span_cut(&body, '\n');

		if (line.len == 0)
			continue;
		if (read_row(b, line, &b->row[b->count], e) == -1)
			return err_wrap(e, "row %zu of the batch", b->count + 1);
		b->count++;
	}
	return 0;
}

/* --- judging ---------------------------------------------------------------------------------- */

/* Add a text member to content, which stays canonical. */
static int
add_member(struct batch *b, struct row *r, const char *name, struct span value, struct err *e)
{
	struct buf text = BUF_INIT(4 * RECORD_BYTES_MAX), canonical = BUF_INIT(4 * RECORD_BYTES_MAX);
	int rc = -1;

	if (buf_add(&text, r->content.ptr, r->content.len - 1, e) == -1 ||
	    buf_addf(&text, e, "%s\"%s\":\"", r->content.len > 2 ? "," : "", name) == -1 ||
	    emit_escape(value, &text, e) == -1 || buf_adds(&text, "\"}", e) == -1 ||
	    jcs_canonicalize(buf_span(&text), &canonical, e) == -1)
		goto out;
	if ((r->content.ptr = arena_copy(b->arena, buf_span(&canonical))) == NULL) {
		err_memory(e);
		goto out;
	}
	r->content.len = canonical.len;
	rc = 0;
out:
	buf_clear(&text);
	buf_clear(&canonical);
	return rc;
}

static struct span
plain_member(struct span content, const char *name)
{
	struct span raw, text;

	return canon_get(content, name, &raw) && canon_plain(raw, &text) ? text : SPAN("");
}

/* What the table of communes says beyond doubt: code by name and postcode, name by code. */
static int
complete_place(struct batch *b, struct row *r, struct err *e)
{
	struct span insee = plain_member(r->content, "insee"), commune = plain_member(r->content, "commune"),
	    postcode = plain_member(r->content, "postcode");
	const struct place *p[2] = { NULL, NULL };

	if (kind_field(r->kind, SPAN("insee")) == NULL || (insee.len == 0 && commune.len == 0 && postcode.len == 0))
		return 0;
	if (insee.len > 0)
		p[0] = gazetteer_code(b->node->gazetteer, insee);
	else if (gazetteer_find(b->node->gazetteer, commune, postcode, p, 2) != 1)
		return 0;
	if (p[0] == NULL || p[0]->type != 'C')
		return 0;
	if (insee.len == 0 && add_member(b, r, "insee", p[0]->code, e) == -1)
		return -1;
	if (commune.len == 0 && add_member(b, r, "commune", p[0]->name, e) == -1)
		return -1;
	if (postcode.len == 0 && p[0]->postcodes.len == 5)
		return add_member(b, r, "postcode", p[0]->postcodes, e);
	return 0;
}

/* A reference as identifier: a row of our own export, changed and brought back. */
static int
is_reference(struct batch *b, struct row *r)
{
	struct err no = { 0 };
	struct ref ref;

	if (strncmp(r->item, "did:key:", 8) != 0 || ref_parse(span_str(r->item), &ref, &no) == -1)
		return 0;
	if (!span_is(ref.author, b->author->did))
		refuse(r, "id", keyring_find(b->node->keys, ref.author) != NULL
		    ? "is a record of another author of this node: import it with --author"
		    : "is another author's record: only its author can change it");
	else if (!span_eq(ref.kind, r->kind_name))
		refuse(r, "kind", "is not the kind of the record that id names");
	else
		memcpy(r->rid, ref.rid.ptr, ref.rid.len < RID_CHARS ? ref.rid.len : RID_CHARS);
	return 1;
}

/* The name a row's record has: from the source and its identifier, so that it is found again. */
static void
name_row(struct batch *b, const uint8_t key[32], struct row *r)
{
	char text[ITEM_BYTES_MAX + 300];
	int n = snprintf(text, sizeof text, "%s\n%s\n%s", b->source, kind_info(r->kind)->name, r->item);
	struct ref ref;

	if (!is_reference(b, r))
		rid_from_source(key, (struct span){ text, n < (int)sizeof text ? (size_t)n : sizeof text - 1 },
		    r->rid);
	ref = (struct ref){ span_str(b->author->did), r->kind_name, span_str(r->rid) };
	ref_format(&ref, r->ref);
	crypto_generichash(r->hash, sizeof r->hash, (const unsigned char *)r->content.ptr, r->content.len,
	    NULL, 0);
}

static int
find_item(struct batch *b, struct reader *reader, const char *item, const struct source_item **out,
    struct err *e)
{
	size_t i;

	if (!b->items_read && store_source_items(reader, b->source, b->arena, &b->item, &b->item_count, e) == -1)
		return -1;
	b->items_read = 1;
	*out = NULL;
	for (i = 0; i < b->item_count && *out == NULL; i++)
		if (strcmp(b->item[i].item, item) == 0)
			*out = &b->item[i];
	return 0;
}

/* The record stands and differs from the row.  Who changed it: the source, or a person here? */
static int
judge_difference(struct batch *b, struct reader *reader, struct span current, struct row *r, struct err *e)
{
	const struct source_item *item;
	uint8_t hash[32];

	r->outcome = OUTCOME_CHANGED;
	if (b->overwrite)
		return 0;
	if (find_item(b, reader, r->item, &item, e) == -1)
		return -1;
	crypto_generichash(hash, sizeof hash, (const unsigned char *)current.ptr, current.len, NULL, 0);
	if (item == NULL || memcmp(hash, item->hash, sizeof hash) == 0)
		return 0;
	if (memcmp(r->hash, item->hash, sizeof hash) == 0) {
		r->outcome = OUTCOME_SAME;
		r->why = "changed by hand here, not in the source: kept";
	} else
		refuse(r, "", "changed by hand here and in the source: kept as it is here; "
		    "import with --overwrite to take the source's");
	return 0;
}

static int
judge_row(struct batch *b, struct reader *reader, struct row *r, struct err *e)
{
	struct ref ref = { span_str(b->author->did), r->kind_name, span_str(r->rid) };
	struct faults faults;
	struct stored found;
	struct err bad = { 0 };
	int n;

	if (kind_check(r->kind, r->content, &faults, &bad) == -1) {
		refuse(r, faults.fault[0].name, fault_text(faults.fault[0].why));
		return 0;
	}
	if ((n = store_get(reader, &ref, b->arena, &found, e)) == -1)
		return -1;
	if (n == 0) {
		r->outcome = OUTCOME_NEW;
		return 0;
	}
	if (found.record.deleted) {
		refuse(r, "", "its record was deleted here; a deleted record does not come back");
		return 0;
	}
	if (span_eq(found.record.content, r->content) && span_is(found.record.license, r->license) &&
	    span_is(found.record.lang, r->lang)) {
		r->outcome = OUTCOME_SAME;
		return 0;
	}
	return judge_difference(b, reader, found.record.content, r, e);
}

static int
judge_rows(struct batch *b, struct err *e)
{
	struct reader *reader = NULL;
	uint8_t key[32];
	size_t i;
	int rc = store_read(b->node->store, &reader, e);

	keyring_derive(b->node->keys, "import", key);
	for (i = 0; rc == 0 && i < b->count; i++) {
		struct row *r = &b->row[i];

		if (r->kind == KIND_UNKNOWN || !(kind_info(r->kind)->flags & KIND_CONTENT) ||
		    ((kind_info(r->kind)->flags & KIND_SELF) && strncmp(r->item, "did:key:", 8) != 0)) {
			refuse(r, "kind", "is not a kind that can be imported");
			continue;
		}
		if ((rc = complete_place(b, r, e)) == -1)
			break;
		name_row(b, key, r);
		if (r->outcome != OUTCOME_REFUSED)
			rc = judge_row(b, reader, r, e);
	}
	store_read_end(reader);
	sodium_memzero(key, sizeof key);
	return rc;
}

/* --- writing ---------------------------------------------------------------------------------- */

static int
write_records(struct batch *b, struct err *e)
{
	struct node_put_result *done = arena_alloc(b->arena, (b->count + 1) * sizeof *done);
	struct node_put *put = arena_alloc(b->arena, (b->count + 1) * sizeof *put);
	struct row **of = arena_alloc(b->arena, (b->count + 1) * sizeof *of);
	size_t i, n = 0;

	if (done == NULL || put == NULL || of == NULL)
		return err_memory(e);
	for (i = 0; i < b->count; i++) {
		struct row *r = &b->row[i];

		if (r->outcome != OUTCOME_NEW && r->outcome != OUTCOME_CHANGED)
			continue;
		of[n] = r;
		put[n++] = (struct node_put){ .author = b->author->did, .kind = r->kind, .rid = r->rid,
			.lang = r->lang, .license = r->license, .content = r->content };
	}
	if (n > 0 && node_put_many(b->node, put, n, done, e) == -1)
		return -1;
	for (i = 0; i < n; i++)
		if (done[i].rc == -1)
			refuse(of[i], done[i].faults.count > 0 ? done[i].faults.fault[0].name : "",
			    arena_printf(b->arena, "%s", done[i].err.text));
	return 0;
}

static int
remember_items(struct batch *b, struct err *e)
{
	struct source_item *item = arena_alloc(b->arena, (b->count + 1) * sizeof *item);
	size_t i, n = 0;

	if (item == NULL)
		return err_memory(e);
	for (i = 0; i < b->count; i++) {
		struct row *r = &b->row[i];

		if (r->outcome == OUTCOME_REFUSED)
			continue;
		item[n] = (struct source_item){ .source = b->source, .item = r->item, .ref = r->ref,
			.seen = node_now(b->node) };
		memcpy(item[n++].hash, r->hash, sizeof r->hash);
	}
	return n == 0 ? 0 : store_source_put(b->node->store, item, n, e);
}

/* --- handlers ---------------------------------------------------------------------------------- */

static int
print_rows(const struct batch *b, struct buf *out, struct err *e)
{
	struct emit j;
	size_t i;

	emit_start(&j, out, e);
	for (i = 0; i < b->count; i++) {
		const struct row *r = &b->row[i];

		emit_object(&j);
		emit_put_int(&j, "row", r->number);
		emit_put_text(&j, "result", outcome_name[r->outcome]);
		emit_put_text(&j, "ref", r->ref);
		emit_put_text(&j, "field", r->field);
		emit_put_text(&j, "why", r->why);
		emit_object_end(&j);
		emit_line(&j);
	}
	return emit_end(&j);
}

int
api_import(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	struct batch b = { .node = node, .arena = req->arena, .dry_run = param_flag(req, "dry_run"),
		.overwrite = param_flag(req, "overwrite"), .lang = param_text(req, "lang"),
		.license = param_text(req, "license") };
	const char *author = param_text(req, "author");

	if (param_need(req, "source", &b.source, e) == -1)
		return -1;
	if (strlen(b.source) > 200)
		return err_set(e, ERR_USAGE, "the source's name is longer than 200 bytes");
	if (b.lang == NULL)
		b.lang = node->config.lang;
	if (b.license == NULL)
		b.license = "etalab-2.0";
	b.author = author != NULL ? keyring_find(node->keys, span_str(author)) : keyring_at(node->keys, 0);
	if (b.author == NULL)
		return err_set(e, ERR_NOT_FOUND, "no key of author %s is here", author);
	if (read_rows(&b, req->body, e) == -1 || judge_rows(&b, e) == -1)
		return -1;
	if (!b.dry_run && (write_records(&b, e) == -1 || remember_items(&b, e) == -1))
		return -1;
	res->type = TYPE_NDJSON;
	return print_rows(&b, &res->body, e);
}

int
api_source_items(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	struct source_item *item = NULL;
	struct reader *r = NULL;
	struct emit j;
	size_t i, n = 0;
	int rc;

	if (store_read(node->store, &r, e) == -1)
		return -1;
	rc = store_source_items(r, param_text(req, "source"), req->arena, &item, &n, e);
	store_read_end(r);
	if (rc == -1)
		return -1;
	res->type = TYPE_NDJSON;
	emit_start(&j, &res->body, e);
	for (i = 0; i < n; i++) {
		emit_object(&j);
		emit_put_text(&j, "source", item[i].source);
		emit_put_text(&j, "item", item[i].item);
		emit_put_text(&j, "ref", item[i].ref);
		emit_put_int(&j, "seen", item[i].seen);
		emit_object_end(&j);
		emit_line(&j);
	}
	return emit_end(&j);
}
