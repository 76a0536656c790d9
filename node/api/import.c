/* SPDX-License-Identifier: AGPL-3.0-or-later
 * import.c - rows of somebody else's directory become records, the same ones each time (SPEC: Imports).
 *
 * A request carries a batch of rows that tools/import has read and mapped:
 *   {"content":{…},"id":"the source's own identifier","kind":"initiative","lang":"fr","license":"…","row":12}
 * one a line, canonical; lang and license may be left out.  A row's rid is a keyed hash of source and identifier, so that the second import
 * finds the record of the first; what a person changed here by hand meanwhile is not overwritten unless
 * asked: a field that both sides changed stays and is asked (fields.h).  Nothing is ever deleted by an import: what vanished is for the operator to decide.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>
#include <sodium.h>

#include "node/api/api.h"
#include "node/api/emit.h"
#include "node/core/erase.h"
#include "node/core/fields.h"
#include "node/core/gazetteer.h"
#include "node/core/keyring.h"
#include "node/core/node.h"
#include "node/core/tend.h"
#include "node/store/erase.h"
#include "node/store/store.h"
#include "proto/canon.h"
#include "proto/jcs.h"
#include "proto/limits.h"

#define ITEM_BYTES_MAX 1000
#define ENVELOPE_BYTES 1024	/* of a record, around content, lang and license */
#define ITEMS_PER_PAGE 5000
#define CANDIDATES_MAX 20
#define SOURCE_CHARS_MAX 511	/* an address */
#define TURNS_MAX 100		/* how often one row's record may be erased and allowed again */

enum outcome { OUTCOME_NEW, OUTCOME_CHANGED, OUTCOME_SAME, OUTCOME_REFUSED, OUTCOME_DIFFERS };

static const char *const outcome_name[] = {
	[OUTCOME_NEW] = "new", [OUTCOME_CHANGED] = "changed", [OUTCOME_SAME] = "same",
	[OUTCOME_REFUSED] = "refused", [OUTCOME_DIFFERS] = "differs",
};

struct row {
	int64_t number;
	const char *item;		/* the source's identifier */
	struct span kind_name, content;	/* content: canonical */
	const char *lang, *license;
	enum kind kind;
	char rid[RID_CHARS + 1];
	char ref[REF_CHARS_MAX + 1];
	struct span theirs;		/* content as the source has it; content may keep what was changed here */
	uint8_t hash[32];		/* of theirs */
	struct source_item was;		/* of the last import; item NULL: not known yet */
	struct span fields;		/* digests to keep; ptr NULL: those of theirs */
	int still_asked;		/* an earlier question about it stands */
	enum outcome outcome;
	const char *field, *why;	/* of a refusal, or a remark; "" */
	const char *place, *candidates;	/* a commune that is not known, or one of several (JSON); NULL */
	int placed;			/* it stands at its commune's centre */
};

struct batch {
	struct node *node;
	struct arena *arena;
	const char *source, *lang, *license;
	const struct keyring_author *author;
	int dry_run, overwrite;
	struct row *row;
	size_t count;
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

static struct span
plain_member(struct span content, const char *name)
{
	struct span raw, text;

	return canon_get(content, name, &raw) && canon_plain(raw, &text) ? text : SPAN("");
}

/* The place a row means, put into found; else candidates that were not told apart.  A postcode that a spreadsheet
 * took for a number lacks its 0: it goes into padded. */
static size_t
find_place(const struct batch *b, struct span name, struct span *postcode, char padded[6],
    const struct place *found[CANDIDATES_MAX])
{
	size_t n;

	if (postcode->len == 4) {
		snprintf(padded, 6, "0%.4s", postcode->ptr);
		if ((n = gazetteer_find(b->node->gazetteer, name, span_str(padded), found, CANDIDATES_MAX)) > 0) {
			*postcode = span_str(padded);
			return n;
		}
	}
	return gazetteer_guess(b->node->gazetteer, name, *postcode, found, CANDIDATES_MAX);
}

/* Of several communes of one name the one where the record lies, when the others are far: by their centres. */
static size_t
nearest_place(const struct batch *b, struct span content, const struct place *found[CANDIDATES_MAX], size_t n)
{
	double best = 1e9, second = 1e9;
	size_t i, which = 0, count = n < CANDIDATES_MAX ? n : CANDIDATES_MAX;
	int64_t lat, lon;
	struct span raw;

	if (n > CANDIDATES_MAX || !canon_get(content, "lat_e7", &raw) || !canon_int(raw, &lat) ||
	    !canon_get(content, "lon_e7", &raw) || !canon_int(raw, &lon))
		return n;
	for (i = 0; i < count; i++) {
		int32_t at[2];
		double d;

		if (!gazetteer_centre(b->node->gazetteer, found[i]->code, &at[0], &at[1]))
			return n;
		d = hypot((double)(lat - at[0]), (double)(lon - at[1]) * 0.7) / 1e7;	/* degrees, about, in France */
		if (d < best) {
			second = best;
			best = d;
			which = i;
		} else if (d < second)
			second = d;
	}
	if (best > 0.15 || second < 3 * best + 0.1)
		return n;
	found[0] = found[which];
	return 1;
}

/* "[{"code":…,"departement":…,"name":…}]" */
static const char *
print_candidates(struct batch *b, const struct place *const *found, size_t n)
{
	struct buf text = BUF_INIT(8192);
	struct err no = { 0 };
	const char *copy = "";
	struct emit j;
	size_t i;

	emit_start(&j, &text, &no);
	emit_array(&j);
	for (i = 0; i < n; i++) {
		emit_object(&j);
		emit_put_span(&j, "code", found[i]->code);
		emit_put_span(&j, "departement", found[i]->departement);
		emit_put_span(&j, "name", found[i]->name);
		emit_object_end(&j);
	}
	emit_array_end(&j);
	if (emit_end(&j) == 0)
		copy = arena_copy(b->arena, buf_span(&text));
	buf_clear(&text);
	return copy == NULL ? "" : copy;
}

struct addition {
	struct span insee, commune, postcode;	/* empty: nothing to add */
	int32_t lat_e7, lon_e7;
	int has_position;
};

static int
add_texts(json_t *content, const struct addition *a)
{
	const struct { const char *name; struct span value; } text[] = {
		{ "insee", a->insee }, { "commune", a->commune }, { "postcode", a->postcode } };
	size_t i;

	for (i = 0; i < sizeof text / sizeof text[0]; i++)
		if (text[i].value.len > 0 && json_object_set_new(content, text[i].name,
		    json_stringn(text[i].value.ptr, text[i].value.len)) == -1)
			return -1;
	if (a->has_position && (json_object_set_new(content, "lat_e7", json_integer(a->lat_e7)) == -1 ||
	    json_object_set_new(content, "lon_e7", json_integer(a->lon_e7)) == -1))
		return -1;
	return 0;
}

/* The row's content with more in it, canonical again. */
static int
add_to_content(struct batch *b, struct row *r, const struct addition *a, struct err *e)
{
	json_t *content = json_loadb(r->content.ptr, r->content.len, 0, NULL);
	struct buf text = BUF_INIT(4 * RECORD_BYTES_MAX);
	int rc = -1;

	if (content == NULL || add_texts(content, a) == -1)
		err_memory(e);
	else if (jcs_emit(content, &text, e) == 0) {
		r->content = (struct span){ arena_copy(b->arena, buf_span(&text)), text.len };
		rc = r->content.ptr == NULL ? err_memory(e) : 0;
	}
	json_decref(content);
	buf_clear(&text);
	return rc;
}

/* The commune a row names; NULL when it names none, none that is known, or one of several: then they are told. */
static const struct place *
place_of(struct batch *b, struct row *r, struct addition *a, char padded[6])
{
	struct span insee = plain_member(r->content, "insee"), commune = plain_member(r->content, "commune"),
	    postcode = plain_member(r->content, "postcode"), given = postcode;
	const struct place *found[CANDIDATES_MAX] = { NULL };
	size_t n;

	if (insee.len > 0)
		return gazetteer_code(b->node->gazetteer, insee);
	if (commune.len == 0 && postcode.len == 0)
		return NULL;
	n = nearest_place(b, r->content, found, find_place(b, commune, &postcode, padded, found));
	if (n != 1 && commune.len > 0) {
		r->place = arena_printf(b->arena, "%.*s%s%.*s", (int)commune.len, commune.ptr, given.len > 0 ? " " : "",
		    (int)given.len, given.ptr);
		r->candidates = print_candidates(b, found, n < CANDIDATES_MAX ? n : CANDIDATES_MAX);
	}
	if (n != 1)
		return NULL;
	if (!span_eq(postcode, given))
		a->postcode = postcode;
	return found[0];
}

/* What the table of communes says beyond doubt: code by name and postcode, name by code; and where the commune
 * lies, for a row without a position, when the operator has loaded that. */
static int
complete_place(struct batch *b, struct row *r, struct err *e)
{
	struct addition a = { .has_position = 0 };
	const struct place *p;
	char padded[6];
	struct span raw;

	if (kind_field(r->kind, SPAN("insee")) == NULL || (p = place_of(b, r, &a, padded)) == NULL || p->type != 'C')
		return 0;
	if (plain_member(r->content, "insee").len == 0)
		a.insee = p->code;
	if (plain_member(r->content, "commune").len == 0)
		a.commune = p->name;
	if (plain_member(r->content, "postcode").len == 0 && p->postcodes.len == 5)
		a.postcode = p->postcodes;
	if (kind_field(r->kind, SPAN("lat_e7")) != NULL && !canon_get(r->content, "lat_e7", &raw))
		r->placed = a.has_position = gazetteer_centre(b->node->gazetteer, p->code, &a.lat_e7, &a.lon_e7);
	if (a.insee.len == 0 && a.commune.len == 0 && a.postcode.len == 0 && !a.has_position)
		return 0;
	return add_to_content(b, r, &a, e);
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

/* What is known of it from before.  A record that went when the source dropped it has a tombstone, whose name is
 * never used again: the item that comes back gets the next one. */
static int
recall(struct batch *b, struct reader *reader, struct row *r, struct err *e)
{
	int n = store_source_item(reader, b->source, r->item, b->arena, &r->was, e);

	if (n == 0)
		r->was = (struct source_item){ .item = NULL };
	if (n == 1 && r->was.state == ITEM_GONE)
		r->was.generation++;
	return n == -1 ? -1 : 0;
}

/* The name a row's record has: from the source and its identifier, so that it is found again. */
static void
name_row(struct batch *b, const uint8_t key[32], struct row *r)
{
	char text[ITEM_BYTES_MAX + SOURCE_CHARS_MAX + 100], again[24] = "";
	struct ref ref;
	int n;

	if (r->was.generation > 0)
		snprintf(again, sizeof again, "\n%" PRId64, r->was.generation);
	n = snprintf(text, sizeof text, "%s\n%s\n%s%s", b->source, kind_info(r->kind)->name, r->item, again);

	if (!is_reference(b, r))
		rid_from_source(key, (struct span){ text, n < (int)sizeof text ? (size_t)n : sizeof text - 1 },
		    r->rid);
	ref = (struct ref){ span_str(b->author->did), r->kind_name, span_str(r->rid) };
	ref_format(&ref, r->ref);
	r->theirs = r->content;
	crypto_generichash(r->hash, sizeof r->hash, (const unsigned char *)r->content.ptr, r->content.len,
	    NULL, 0);
}

/* 2: a deletion stands under the row's name. */
static int
is_deleted(struct batch *b, struct reader *reader, const struct row *r, struct err *e)
{
	struct ref ref = { span_str(b->author->did), r->kind_name, span_str(r->rid) };
	struct stored found;
	int n = store_get(reader, &ref, b->arena, &found, e);

	return n == 1 ? 2 * found.record.deleted : n;
}

/* Give the row its name; refused when the operator had it erased, under any author.  Once it may come back it gets the
 * next name that was never used. */
static int
name_unless_erased(struct batch *b, struct reader *reader, const uint8_t key[32], struct row *r, struct err *e)
{
	uint8_t hash[32];
	int item, used = 2, turn;

	erase_item_hash(b->node, b->source, r->item, hash);
	if ((item = store_erased_item(reader, hash, e)) == -1)
		return -1;
	for (turn = 0; item != 1 && used == 2 && turn < TURNS_MAX; turn++) {
		r->was.generation += turn > 0;
		name_row(b, key, r);
		if (r->outcome == OUTCOME_REFUSED)
			return 0;
		if ((used = store_erased(reader, r->ref, e)) == 0 && item == 2)
			used = is_deleted(b, reader, r, e);
		if (used == -1)
			return -1;
		if (strcmp(r->item, r->ref) == 0)
			break;
	}
	if (used != 0)
		refuse(r, "", "it was erased here and is not taken again; \"essaim erase --list\" shows the list");
	return 0;
}

/* Both changed it.  Each field is taken from whom changed it; one that both changed is asked, and stays. */
static int
merge_row(struct batch *b, const struct record *current, struct row *r, struct err *e)
{
	struct fields_merged m = FIELDS_MERGED_INIT(4 * RECORD_BYTES_MAX);
	int rc = fields_merge(r->was.fields, current->content, r->theirs, NULL, 0, &m, e);

	if (rc == 0) {
		r->content = (struct span){ arena_copy(b->arena, buf_span(&m.content)), m.content.len };
		r->fields = (struct span){ arena_copy(b->arena, buf_span(&m.digest)), m.digest.len };
		r->lang = arena_copy(b->arena, current->lang);
		r->license = arena_copy(b->arena, current->license);
		r->outcome = m.asked_count > 0 ? OUTCOME_DIFFERS
		    : span_eq(r->content, current->content) ? OUTCOME_SAME : OUTCOME_CHANGED;
		r->why = m.asked_count == 0 ? "what was changed by hand here is kept"
		    : "changed by hand here and in the source: kept as it is here until you decide "
		    "(import with --overwrite takes the source's)";
		if (m.asked_count > 0)
			r->field = arena_copy(b->arena, m.asked[0].name);
		if (r->content.ptr == NULL || r->fields.ptr == NULL || r->lang == NULL || r->license == NULL ||
		    r->field == NULL)
			rc = err_memory(e);
	}
	fields_merged_clear(&m);
	return rc;
}

/* The record stands and differs from the row.  Who changed it: the source, or a person here? */
static int
judge_difference(struct batch *b, const struct record *current, struct row *r, struct err *e)
{
	uint8_t hash[32];

	r->outcome = OUTCOME_CHANGED;
	crypto_generichash(hash, sizeof hash, (const unsigned char *)current->content.ptr, current->content.len,
	    NULL, 0);
	if (b->overwrite || r->was.item == NULL || memcmp(hash, r->was.hash, sizeof hash) == 0)
		return 0;
	if (memcmp(r->hash, r->was.hash, sizeof hash) != 0)
		return merge_row(b, current, r, e);
	r->outcome = OUTCOME_SAME;
	r->why = "changed by hand here, not in the source: kept";
	r->fields = r->was.fields;
	r->still_asked = 1;
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
	if (r->content.len + strlen(r->lang) + strlen(r->license) > RECORD_BYTES_MAX - ENVELOPE_BYTES) {
		refuse(r, "", "is larger than a record may be");
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
	return judge_difference(b, &found.record, r, e);
}

static int
judge_rows(struct batch *b, struct err *e)
{
	struct reader *reader = NULL;
	uint8_t key[32];
	size_t i;
	int rc = store_read(b->node->store, &reader, e);

	keyring_import_key(b->node->keys, b->author, key);
	for (i = 0; rc == 0 && i < b->count; i++) {
		struct row *r = &b->row[i];

		if (r->kind == KIND_UNKNOWN || !(kind_info(r->kind)->flags & KIND_CONTENT) ||
		    ((kind_info(r->kind)->flags & KIND_SELF) && strncmp(r->item, "did:key:", 8) != 0)) {
			refuse(r, "kind", "is not a kind that can be imported");
			continue;
		}
		if ((rc = complete_place(b, r, e)) == -1 || (rc = recall(b, reader, r, e)) == -1)
			break;
		if ((rc = name_unless_erased(b, reader, key, r, e)) == 0 && r->outcome != OUTCOME_REFUSED)
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

		if (r->outcome == OUTCOME_SAME || r->outcome == OUTCOME_REFUSED)
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

/* Questions that this import raised, and those it settled. */
static int
remember_questions(struct batch *b, struct err *e)
{
	struct reader *reader = NULL;
	int64_t standing = 0;
	int rc = store_read(b->node->store, &reader, e);
	size_t i;

	if (rc == 0)
		rc = store_question_count(reader, b->source, &standing, e);
	store_read_end(reader);
	for (i = 0; rc == 0 && i < b->count; i++) {
		const struct row *r = &b->row[i];
		struct source_question q = { b->source, r->item, r->ref, r->theirs, node_now(b->node) };

		if (r->outcome == OUTCOME_DIFFERS)
			rc = store_question_put(b->node->store, &q, e);
		else if (standing > 0 && r->outcome != OUTCOME_REFUSED && !r->still_asked)
			rc = store_question_delete(b->node->store, b->source, r->item, e);
	}
	return rc;
}

static int
remember_items(struct batch *b, struct err *e)
{
	struct source_item *item = arena_alloc(b->arena, (b->count + 1) * sizeof *item);
	struct buf fields = BUF_INIT(RECORD_BYTES_MAX);
	size_t i, n = 0;
	int rc = 0;

	if (item == NULL)
		return err_memory(e);
	for (i = 0; rc == 0 && i < b->count; i++) {
		struct row *r = &b->row[i];

		if (r->outcome == OUTCOME_REFUSED)
			continue;
		buf_reset(&fields);
		if (r->fields.ptr == NULL && (rc = fields_digest(r->theirs, &fields, e)) == 0 &&
		    (r->fields = (struct span){ arena_copy(b->arena, buf_span(&fields)), fields.len }).ptr == NULL)
			rc = err_memory(e);
		item[n] = (struct source_item){ .source = b->source, .item = r->item, .ref = r->ref,
			.seen = node_now(b->node), .generation = r->was.generation, .fields = r->fields };
		memcpy(item[n++].hash, r->hash, sizeof r->hash);
	}
	buf_clear(&fields);
	if (rc == 0 && n > 0)
		rc = store_source_put(b->node->store, item, n, e);
	return rc == 0 ? remember_questions(b, e) : -1;
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
		if (r->placed)
			emit_put_bool(&j, "placed", 1);
		if (r->place != NULL) {
			emit_put_text(&j, "place", r->place);
			emit_key(&j, "candidates");
			emit_raw(&j, span_str(r->candidates));
		}
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
	if (strlen(b.source) > SOURCE_CHARS_MAX)
		return err_set(e, ERR_USAGE, "the source's name is longer than %d bytes", SOURCE_CHARS_MAX);
	if (b.lang == NULL)
		b.lang = node->config.lang;
	if (b.license == NULL)
		b.license = "etalab-2.0";
	b.author = author != NULL ? keyring_find(node->keys, span_str(author)) : keyring_at(node->keys, 0);
	if (b.author == NULL)
		return err_set(e, ERR_NOT_FOUND, "no key of author %s is here", author);
	/* a rehearsal refuses what the performance would */
	if (clock_check(node, e) == -1 || read_rows(&b, req->body, e) == -1 || judge_rows(&b, e) == -1)
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

	const char *source = param_text(req, "source");

	if (store_read(node->store, &r, e) == -1)
		return -1;
	rc = source == NULL ? store_source_items(r, NULL, req->arena, &item, &n, e)
	    : store_source_page(r, source, param_text(req, "after"), ITEMS_PER_PAGE, req->arena, &item, &n, e);
	store_read_end(r);
	if (rc == -1)
		return -1;
	res->type = TYPE_NDJSON;
	emit_start(&j, &res->body, e);
	for (i = 0; i < n; i++) {
		if (item[i].state != ITEM_LIVE)	/* its record went, or stays without its source: told once */
			continue;
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
