/* SPDX-License-Identifier: AGPL-3.0-or-later
 * look.c - one look at a source: fetch, read without touching anything, judge, take in, let go; see sources.h. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <jansson.h>
#include <sodium.h>

#include "node/core/importer.h"
#include "node/core/node.h"
#include "node/core/source_rule.h"
#include "node/core/sources.h"
#include "node/gossip/gossip.h"
#include "proto/canon.h"
#include "proto/err.h"
#include "proto/limits.h"

#define REPORT_BYTES_MAX ((size_t)64 << 20)
#define MISSING_BYTES_MAX ((size_t)128 << 20)
#define HEAD_BYTES 1024
#define WHY_SHORT 160
#define WHOLE_EVERY_S (7 * DAY_S)	/* what vanished without a word is seen so late at most */
#define OVERLAP_S 3600			/* clocks differ */

struct look {
	struct node *node;
	struct watch *watch;
	const char *mapping;
	const _Atomic int *stop;
	FILE *file;
	struct download_answer answer;
	struct importer_counts counts;
	json_t *report;
	struct arena arena;
	struct source_mark *mark;	/* how items stand after this answer, where that changes */
	size_t mark_count;
	int64_t known, missing;
	int partial;			/* only what changed was asked for */
	char url[sizeof(((struct watch *)0)->url) + 64];
	struct err why;
};

/* --- fetching ------------------------------------------------------------------------------------ */

static enum source_state
state_of_failure(enum err_code code)
{
	return code == ERR_TIMEOUT ? SOURCE_SLOW : code == ERR_LIMIT ? SOURCE_LARGE
	    : code == ERR_FORBIDDEN ? SOURCE_PRIVATE : SOURCE_DOWN;
}

static enum source_state
judge_answer(struct look *l)
{
	char head[HEAD_BYTES];
	size_t n;

	if (l->answer.status == 304 && (l->watch->etag[0] != '\0' || l->watch->modified[0] != '\0'))
		return SOURCE_UNCHANGED;
	if (l->answer.status != 200) {
		err_set(&l->why, ERR_IO, "HTTP %d", l->answer.status);
		return SOURCE_REFUSES;
	}
	rewind(l->file);
	n = fread(head, 1, sizeof head, l->file);
	if (!source_is_page(l->answer.type, (struct span){ head, n }))
		return SOURCE_FINE;
	err_set(&l->why, ERR_INPUT, "%s, %" PRIu64 " bytes", l->answer.type, l->answer.bytes);
	return SOURCE_PAGE;
}

/* Between two whole looks, where the source can: only for what changed since its last answer. */
static void
ask_for_less(struct look *l)
{
	const struct watch *w = l->watch;
	const char *name = w->format[0] == '\0' ? NULL : l->node->importer->since(w->format, w->url);

	l->partial = name != NULL && w->asked == 0 && w->last_whole > 0 &&
	    node_now(l->node) - w->last_whole < WHOLE_EVERY_S;
	if (l->partial)
		snprintf(l->url, sizeof l->url, "%s%c%s=%" PRId64, w->url, strchr(w->url, '?') == NULL ? '?' : '&', name,
		    w->last_ok - OVERLAP_S);
	else
		snprintf(l->url, sizeof l->url, "%s", w->url);
}

static enum source_state
fetch(struct look *l)
{
	const struct config *c = &l->node->config;
	struct download d = { .url = l->url, .etag = l->partial ? "" : l->watch->etag,
		.modified = l->partial ? "" : l->watch->modified,
		.bytes_max = (size_t)c->source_megabytes << 20, .timeout_s = (unsigned)c->source_timeout_s,
		.stop = l->stop };

	if ((l->file = tmpfile()) == NULL) {
		err_set(&l->why, ERR_IO, "no temporary file");
		return SOURCE_FAILED;
	}
	d.to = l->file;
	if (gossip_download(l->node, &d, &l->answer, &l->why) == -1)
		return state_of_failure(l->why.code);
	return judge_answer(l);
}

/* --- reading ------------------------------------------------------------------------------------- */

/* Run the importer over what was fetched.  The report is kept in l->report. */
static int
import(struct look *l, int dry_run)
{
	const struct watch *w = l->watch;
	struct importer_job job = { .file = l->file, .name = w->url, .source = w->url,
		.format = w->format[0] == '\0' ? NULL : w->format, .author = w->author[0] == '\0' ? NULL : w->author,
		.lang = w->lang[0] == '\0' ? NULL : w->lang, .license = w->license[0] == '\0' ? NULL : w->license,
		.kind = kind_find(span_str(w->kind)),
		.mapping = span_str(l->mapping), .dry_run = dry_run, .brief = 1, .partial = l->partial };
	struct span host = source_host(w->url);
	char said[sizeof w->url];
	FILE *report = tmpfile();
	json_error_t bad;
	int rc;

	text_clip(said, host.len < sizeof said ? host.len + 1 : sizeof said, host.ptr);
	job.said = w->name[0] != '\0' ? w->name : said;
	rewind(l->file);
	json_decref(l->report);
	l->report = NULL;
	l->counts = (struct importer_counts){ 0 };
	if (report == NULL)
		return err_set(&l->why, ERR_IO, "no temporary file");
	if ((rc = l->node->importer->run(l->node, &job, report, &l->counts, &l->why)) == 0) {
		rewind(report);
		if ((l->report = json_loadf(report, 0, &bad)) == NULL)
			rc = err_set(&l->why, ERR_INTERNAL, "the report of the import: %s", bad.text);
	}
	fclose(report);
	return rc;
}

/* The references of what this answer has not, sorted. */
struct missing {
	const char **ref;
	size_t count;
};

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int
read_missing(struct look *l, struct missing *m, struct err *e)
{
	json_t *rows = json_object_get(l->report, "rows"), *row;
	size_t i;

	m->count = 0;
	if ((m->ref = arena_alloc(&l->arena, (json_array_size(rows) + 1) * sizeof *m->ref)) == NULL)
		return err_memory(e);
	json_array_foreach(rows, i, row) {
		const char *result = json_string_value(json_object_get(row, "result"));
		const char *ref = json_string_value(json_object_get(row, "ref"));

		if (result != NULL && ref != NULL && strcmp(result, "vanished") == 0)
			m->ref[m->count++] = ref;
	}
	qsort(m->ref, m->count, sizeof *m->ref, by_text);
	return 0;
}

struct counting {
	struct look *l;
	struct reader *reader;
	struct missing missing;
	char today[11];
};

static int
add_mark(struct counting *c, const struct source_item *item, int64_t missing, struct err *e)
{
	struct look *l = c->l;

	if ((l->mark = arena_more(&l->arena, l->mark, l->mark_count, sizeof *l->mark)) == NULL)
		return err_memory(e);
	l->mark[l->mark_count] = (struct source_mark){ arena_copy(&l->arena, span_str(item->item)), item->state, missing };
	return l->mark[l->mark_count++].item == NULL ? err_memory(e) : 0;
}

static struct span
day_of(struct span content, const char *name)
{
	struct span value, text;

	return canon_get(content, name, &value) && canon_plain(value, &text) && text.len >= 10
	    ? (struct span){ text.ptr, 10 } : (struct span){ NULL, 0 };
}

/* Has the meeting of this record taken place?  An agenda drops those; they have not vanished. */
static int
is_over(const struct counting *c, const char *text, struct err *e)
{
	struct arena a = { .max = 16 * RECORD_BYTES_MAX };
	struct stored found;
	struct span day, again;
	struct ref ref;
	int rc = -1;

	if (ref_parse(span_str(text), &ref, e) == 0 && (rc = store_get(c->reader, &ref, &a, &found, e)) == 1) {
		if ((day = day_of(found.record.content, "ends")).ptr == NULL)
			day = day_of(found.record.content, "starts");
		rc = found.record.kind == KIND_EVENT && day.ptr != NULL && memcmp(day.ptr, c->today, 10) < 0 &&
		    !canon_get(found.record.content, "recurrence", &again);
	}
	arena_clear(&a);
	return rc;
}

static int
count_item(void *ctx, const struct source_item *item, struct err *e)
{
	struct counting *c = ctx;
	int absent, over;

	if (item->state != ITEM_LIVE)
		return 0;
	absent = bsearch(&item->ref, c->missing.ref, c->missing.count, sizeof item->ref, by_text) != NULL;
	if (absent && (over = is_over(c, item->ref, e)) != 0)
		return over == -1 ? -1 : 0;
	c->l->known++;
	c->l->missing += absent;
	if (!absent && (item->missing == 0 || c->l->partial))
		return 0;
	return add_mark(c, item, !absent ? 0 : c->l->partial ? SOURCE_MISSING_ANSWERS : item->missing + 1, e);
}

/* What is known of this source beside what the answer has. */
static int
survey(struct look *l, struct err *e)
{
	struct counting c = { .l = l };
	time_t now = (time_t)node_now(l->node);
	struct tm tm;
	int rc;

	strftime(c.today, sizeof c.today, "%F", gmtime_r(&now, &tm));
	if (read_missing(l, &c.missing, e) == -1 || store_read(l->node->store, &c.reader, e) == -1)
		return -1;
	rc = store_source_walk(c.reader, l->watch->url, count_item, &c, e);
	store_read_end(c.reader);
	return rc;
}

static enum source_state
consider(struct look *l)
{
	struct source_seen seen;

	if (import(l, 1) == -1)
		return l->why.code == ERR_IO || l->why.code == ERR_INTERNAL || l->why.code == ERR_MEMORY ||
		    l->why.code == ERR_CONFLICT ? SOURCE_FAILED : SOURCE_UNREADABLE;
	if (survey(l, &l->why) == -1)
		return SOURCE_FAILED;
	seen = (struct source_seen){ .known = l->known, .read = (int64_t)l->counts.items,
		.usable = (int64_t)(l->counts.items - l->counts.refused), .missing = l->missing,
		.share = l->node->config.source_vanish_percent };
	return l->partial && seen.read == 0 ? SOURCE_FINE : source_judge(&seen);
}

/* --- what goes ----------------------------------------------------------------------------------- */

struct leaving {
	struct look *l;
	int64_t missing_min;
	struct source_item *item;
	size_t count;
};

static int
note_leaving(void *ctx, const struct source_item *item, struct err *e)
{
	struct leaving *g = ctx;
	struct arena *a = &g->l->arena;

	if (item->state != ITEM_LIVE || item->missing < g->missing_min)
		return 0;
	if ((g->item = arena_more(a, g->item, g->count, sizeof *g->item)) == NULL)
		return err_memory(e);
	g->item[g->count] = *item;
	g->item[g->count].item = arena_copy(a, span_str(item->item));
	g->item[g->count].ref = arena_copy(a, span_str(item->ref));
	return g->item[g->count].item == NULL || g->item[g->count++].ref == NULL ? err_memory(e) : 0;
}

/* Does the record still say what the source said?  Then its deletion takes nothing from anybody here. */
static int
is_untouched(struct node *n, const struct source_item *item, struct err *e)
{
	struct arena a = { .max = 16 * RECORD_BYTES_MAX };
	struct reader *r = NULL;
	struct stored found;
	struct ref ref;
	uint8_t hash[32];
	int rc = -1;

	if (ref_parse(span_str(item->ref), &ref, e) == -1 || store_read(n->store, &r, e) == -1)
		return -1;
	if ((rc = store_get(r, &ref, &a, &found, e)) == 1 && !found.record.deleted) {
		crypto_generichash(hash, sizeof hash, (const unsigned char *)found.record.content.ptr,
		    found.record.content.len, NULL, 0);
		rc = memcmp(hash, item->hash, sizeof hash) == 0;
	} else if (rc != -1)
		rc = 2;
	store_read_end(r);
	arena_clear(&a);
	return rc;
}

static int
let_one_go(struct node *n, const struct source_item *item, int64_t *gone, int64_t *kept, struct err *e)
{
	struct source_mark mark = { item->item, ITEM_KEPT, item->missing };
	int untouched = is_untouched(n, item, e);
	struct ref ref;

	if (untouched == -1)
		return -1;
	if (untouched > 0) {
		mark.state = ITEM_GONE;
		if (untouched == 1 && (ref_parse(span_str(item->ref), &ref, e) == -1 || node_delete(n, &ref, e) == -1))
			return -1;
	}
	*(untouched > 0 ? gone : kept) += 1;
	return store_source_mark(n->store, item->source, &mark, 1, e);
}

int
source_let_go(struct node *n, const char *source, int64_t missing_min, int64_t *gone, int64_t *kept, struct err *e)
{
	struct look l = { .node = n, .arena = { .max = MISSING_BYTES_MAX } };
	struct leaving g = { .l = &l, .missing_min = missing_min };
	struct reader *r = NULL;
	size_t i;
	int rc;

	*gone = *kept = 0;
	if ((rc = store_read(n->store, &r, e)) == 0)
		rc = store_source_walk(r, source, note_leaving, &g, e);
	store_read_end(r);
	for (i = 0; rc == 0 && i < g.count; i++) {
		g.item[i].source = source;
		rc = let_one_go(n, &g.item[i], gone, kept, e);
	}
	arena_clear(&l.arena);
	return rc;
}

/* --- taking in ----------------------------------------------------------------------------------- */

/* The answer is the one before: what it lacked it lacks again. */
static int
mark_again(void *ctx, const struct source_item *item, struct err *e)
{
	struct counting *c = ctx;

	return item->state != ITEM_LIVE || item->missing == 0 ? 0 : add_mark(c, item, item->missing + 1, e);
}

static int
remember_missing(struct look *l, struct err *e)
{
	return store_source_mark(l->node->store, l->watch->url, l->mark, l->mark_count, e);
}

static int
repeat(struct look *l, struct err *e)
{
	struct counting c = { .l = l };
	struct reader *r = NULL;
	int64_t kept;
	int rc;

	if (store_read(l->node->store, &r, e) == -1)
		return -1;
	rc = store_source_walk(r, l->watch->url, mark_again, &c, e);
	store_read_end(r);
	if (rc == 0 && l->mark_count > 0 && (rc = remember_missing(l, e)) == 0)
		rc = source_let_go(l->node, l->watch->url, SOURCE_MISSING_ANSWERS, &l->watch->removed, &kept, e);
	return rc;
}

/* The first row that was refused, in the machine's words. */
static void
tell_refused(struct look *l)
{
	json_t *rows = json_object_get(l->report, "rows"), *row;
	size_t i;

	l->watch->why[0] = '\0';
	json_array_foreach(rows, i, row) {
		const char *result = json_string_value(json_object_get(row, "result"));
		const char *field = json_string_value(json_object_get(row, "field"));
		const char *why = json_string_value(json_object_get(row, "why"));

		if (result == NULL || why == NULL || strcmp(result, "refused") != 0)
			continue;
		err_set(&l->why, ERR_INPUT, "row %" JSON_INTEGER_FORMAT ": %s %s", json_integer_value(json_object_get(row,
		    "row")), field == NULL ? "" : field, why);
		text_clip(l->watch->why, WHY_SHORT, l->why.text);
		return;
	}
}

/* A format that was recognised once is held to: what is broken tomorrow must not pass for another one. */
static void
keep_counts(struct look *l)
{
	const char *format = json_string_value(json_object_get(l->report, "format"));
	struct watch *w = l->watch;

	if (w->format[0] == '\0' && format != NULL && l->counts.items > 0)
		text_clip(w->format, sizeof w->format, format);

	w->bytes = (int64_t)l->answer.bytes;
	if (!l->partial)
		w->items = (int64_t)l->counts.items;
	w->fresh = (int64_t)l->counts.fresh;
	w->changed = (int64_t)l->counts.changed;
	w->same = (int64_t)l->counts.same;
	w->refused = (int64_t)l->counts.refused;
	tell_refused(l);
}

static int
take(struct look *l, struct err *e)
{
	struct watch *w = l->watch;
	int64_t kept;

	if (import(l, 0) == -1) {
		*e = l->why;
		return -1;
	}
	keep_counts(l);
	if (!l->partial) {
		memcpy(w->etag, l->answer.etag, sizeof w->etag);
		memcpy(w->modified, l->answer.modified, sizeof w->modified);
		w->last_whole = node_now(l->node);
	}
	w->asked = 0;
	if (remember_missing(l, e) == -1)
		return -1;
	return source_let_go(l->node, w->url, SOURCE_MISSING_ANSWERS, &w->removed, &kept, e);
}

static enum source_state
act(struct look *l, enum source_state state)
{
	struct watch *w = l->watch;

	w->removed = 0;
	if (state == SOURCE_UNCHANGED)
		return repeat(l, &l->why) == -1 ? SOURCE_FAILED : state;
	if (state == SOURCE_FINE)
		return take(l, &l->why) == -1 ? SOURCE_FAILED : state;
	if (state == SOURCE_ASKS) {
		w->asked = l->missing;
		w->items = (int64_t)l->counts.items;
		w->etag[0] = w->modified[0] = '\0';	/* "not changed" would not say since which of the two */
		err_set(&l->why, ERR_CONFLICT, "%" PRId64 " of %" PRId64 " records are no longer in it", l->missing,
		    l->known);
		if (remember_missing(l, &l->why) == -1)
			return SOURCE_FAILED;
	}
	if (state == SOURCE_EMPTY)
		err_set(&l->why, ERR_INPUT, "no items, where there were %" PRId64, l->known);
	if (state == SOURCE_USELESS) {
		tell_refused(l);
		err_set(&l->why, ERR_INPUT, "none of %" PRIu64 " items can be taken; %s", l->counts.items, w->why);
	}
	return state;
}

/* --- the look ------------------------------------------------------------------------------------ */

static void
conclude(struct look *l, enum source_state state)
{
	struct watch *w = l->watch;
	int64_t now = node_now(l->node);
	int failed = source_state_is_failure(state);

	w->last_try = now;
	w->state = state;
	w->failures = failed ? w->failures + 1 : 0;
	if (!failed)
		w->last_ok = now;
	if (failed || state == SOURCE_ASKS)
		text_clip(w->why, sizeof w->why, l->why.text);
	else if (state == SOURCE_UNCHANGED)
		w->why[0] = '\0';
	w->next_try = now + source_wait_s(w->every_s, w->failures, (int64_t)l->answer.retry_after_s,
	    randombytes_random());
}

int
source_look(struct node *n, struct watch *w, const char *mapping, const _Atomic int *stop, struct err *e)
{
	struct look l = { .node = n, .watch = w, .mapping = mapping, .stop = stop,
		.arena = { .max = MISSING_BYTES_MAX } };
	enum source_state state;
	int stopped;

	ask_for_less(&l);
	if ((state = fetch(&l)) == SOURCE_FINE)
		state = consider(&l);
	stopped = stop != NULL && *stop;
	if (!stopped)
		conclude(&l, act(&l, state));
	if (l.file != NULL)
		fclose(l.file);
	json_decref(l.report);
	arena_clear(&l.arena);
	return stopped ? err_set(e, ERR_BUSY, "the node stops") : 0;
}
