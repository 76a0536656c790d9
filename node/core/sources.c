/* SPDX-License-Identifier: AGPL-3.0-or-later
 * sources.c - see sources.h. */
#include "node/core/sources.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "node/core/keyring.h"
#include "node/core/log.h"
#include "node/core/node.h"
#include "node/core/source_rule.h"
#include "node/gossip/gossip.h"
#include "proto/err.h"
#include "proto/limits.h"

#define IDLE_S 30		/* the longest a thread sleeps without looking at the list */
#define BUSY_MAX (SOURCES_AT_ONCE + 32)

struct sources {
	struct node *node;
	pthread_mutex_t lock;		/* over what follows */
	pthread_cond_t changed;		/* a look ended, a source is due, or it is time to stop */
	pthread_t thread[SOURCES_AT_ONCE];
	size_t threads;
	char busy[BUSY_MAX][sizeof(((struct watch *)0)->url)];	/* being looked at; "" free */
	_Atomic int stopping;
};

/* --- one at a time -------------------------------------------------------------------------------- */

/* (locked) Where url stands among those that are looked at, or NULL. */
static char *
busy_find(struct sources *s, const char *url)
{
	size_t i;

	for (i = 0; i < BUSY_MAX; i++)
		if (strcmp(s->busy[i], url) == 0)
			return s->busy[i];
	return NULL;
}

/* (locked) Take the right to look; 0 when there is no place. */
static int
busy_take(struct sources *s, const char *url)
{
	char *place = busy_find(s, "");

	if (place != NULL)
		text_clip(place, sizeof s->busy[0], url);
	return place != NULL;
}

static void
busy_end(struct sources *s, const char *url)
{
	char *place;

	pthread_mutex_lock(&s->lock);
	if ((place = busy_find(s, url)) != NULL)
		place[0] = '\0';
	pthread_cond_broadcast(&s->changed);
	pthread_mutex_unlock(&s->lock);
}

static int
busy_wait(struct sources *s, const char *url, struct err *e)
{
	int rc = 0;

	if (*url == '\0' || strlen(url) >= sizeof s->busy[0])	/* "" is a free place; a clipped one would never be freed */
		return err_set(e, ERR_NOT_FOUND, "no source has such an address");
	pthread_mutex_lock(&s->lock);
	while (!s->stopping && (busy_find(s, url) != NULL || busy_find(s, "") == NULL))
		pthread_cond_wait(&s->changed, &s->lock);
	if (s->stopping || !busy_take(s, url))
		rc = err_set(e, ERR_BUSY, "the node stops");
	pthread_mutex_unlock(&s->lock);
	return rc;
}

/* --- a look, kept ----------------------------------------------------------------------------------- */

struct outcome {
	const struct watch *found;
	int64_t due;			/* when the look was due; another time by now: the operator changed it meanwhile */
};

/* What a look found; what the operator set meanwhile stays, and is looked at again. */
static void
keep_outcome(void *ctx, struct watch *w)
{
	const struct outcome *o = ctx;
	struct watch set = *w;

	*w = *o->found;
	if (set.next_try != o->due) {
		w->next_try = set.next_try;
		w->etag[0] = w->modified[0] = '\0';
	}
	memcpy(w->name, set.name, sizeof w->name);
	if (set.format[0] != '\0')
		memcpy(w->format, set.format, sizeof w->format);
	memcpy(w->kind, set.kind, sizeof w->kind);
	memcpy(w->author, set.author, sizeof w->author);
	memcpy(w->lang, set.lang, sizeof w->lang);
	memcpy(w->license, set.license, sizeof w->license);
	w->every_s = set.every_s;
	w->paused = set.paused;
}

static void
log_look(struct node *n, const struct watch *w)
{
	log_line(n->log, source_state_is_failure((enum source_state)w->state) ? LEVEL_WARN : LEVEL_INFO, "sources",
	    source_state_name((enum source_state)w->state), "url", w->url, "items", LOG_NUM(w->items), "why", w->why,
	    NULL);
}

/* The caller has the right to look at url. */
static int
look(struct node *n, const char *url, int anew, struct watch *out, struct err *e)
{
	struct arena a = { .max = 2 * SOURCE_MAPPING_BYTES_MAX };
	struct outcome outcome = { .found = out };
	struct reader *r = NULL;
	const char *mapping = "";
	int rc = store_read(n->store, &r, e), found = 0;

	if (rc == 0 && (found = store_watch(r, url, out, e)) == 1)
		found = store_watch_mapping(r, url, &a, &mapping, e);
	store_read_end(r);
	if (rc == 0 && found != 1)
		rc = found == -1 ? -1 : err_set(e, ERR_NOT_FOUND, "no source %s: see \"essaim source list\"", url);
	if (rc == 0 && n->importer == NULL)
		rc = err_set(e, ERR_INTERNAL, "this program reads no other directories");
	if (rc == 0)
		outcome.due = out->next_try;
	if (rc == 0 && anew)
		out->etag[0] = out->modified[0] = '\0', out->last_whole = 0;
	if (rc == 0 && (rc = source_look(n, out, mapping, &n->sources->stopping, e)) == 0 &&
	    (rc = store_watch_change(n->store, url, keep_outcome, &outcome, e)) != -1) {
		log_look(n, out);
		rc = 0;
	}
	arena_clear(&a);
	return rc;
}

int
sources_look(struct node *n, const char *url, int anew, struct watch *out, struct err *e)
{
	int rc;

	if (busy_wait(n->sources, url, e) == -1)
		return -1;
	rc = look(n, url, anew, out, e);
	busy_end(n->sources, url);
	return rc;
}

/* --- the threads ------------------------------------------------------------------------------------ */

/* (locked) The one that is due longest, taken; else when the next is: *wait_s. */
static int
take_due(struct sources *s, char *url, size_t size, int64_t *wait_s)
{
	struct arena a = { 0 };
	struct watch *w = NULL, *due = NULL;
	struct reader *r = NULL;
	int64_t now = node_now(s->node);
	struct err e = { 0 };
	size_t i, n = 0;

	*wait_s = IDLE_S;
	if (store_read(s->node->store, &r, &e) == 0 && store_watches(r, &a, &w, &n, &e) == -1)
		log_line(s->node->log, LEVEL_ERROR, "sources", "cannot be listed", "error", e.text, NULL);
	store_read_end(r);
	for (i = 0; i < n; i++)
		if (!w[i].paused && busy_find(s, w[i].url) == NULL && (due == NULL || w[i].next_try < due->next_try))
			due = &w[i];
	if (due != NULL && due->next_try > now) {
		*wait_s = due->next_try - now < IDLE_S ? due->next_try - now : IDLE_S;
		due = NULL;
	}
	if (due != NULL && busy_take(s, due->url))
		text_clip(url, size, due->url);
	else
		due = NULL;
	arena_clear(&a);
	return due != NULL;
}

static void
rest(struct sources *s, int64_t wait_s)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += (time_t)wait_s;
	pthread_cond_timedwait(&s->changed, &s->lock, &until);
}

static void *
run(void *arg)
{
	char url[sizeof(((struct watch *)0)->url)];
	struct sources *s = arg;
	struct err e = { 0 };
	struct watch w;
	int64_t wait_s;

	pthread_mutex_lock(&s->lock);
	while (!s->stopping) {
		if (!take_due(s, url, sizeof url, &wait_s)) {
			rest(s, wait_s);
			continue;
		}
		pthread_mutex_unlock(&s->lock);
		if (look(s->node, url, 0, &w, &e) == -1 && !s->stopping)
			log_line(s->node->log, LEVEL_ERROR, "sources", "look failed", "url", url, "error", e.text, NULL);
		busy_end(s, url);
		pthread_mutex_lock(&s->lock);
	}
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

int
sources_open(struct node *n, struct sources **out, struct err *e)
{
	struct sources *s = calloc(1, sizeof *s);

	if (s == NULL)
		return err_memory(e);
	s->node = n;
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->changed, NULL);
	*out = s;
	return 0;
}

int
sources_start(struct sources *s, struct err *e)
{
	if (s->node->importer == NULL)
		return 0;
	for (; s->threads < SOURCES_AT_ONCE; s->threads++)
		if (pthread_create(&s->thread[s->threads], NULL, run, s) != 0)
			return err_set(e, ERR_MEMORY, "cannot start a thread for sources");
	return 0;
}

void
sources_halt(struct sources *s)
{
	if (s == NULL)
		return;
	pthread_mutex_lock(&s->lock);
	s->stopping = 1;
	pthread_cond_broadcast(&s->changed);
	pthread_mutex_unlock(&s->lock);
	while (s->threads > 0)
		pthread_join(s->thread[--s->threads], NULL);
}

void
sources_free(struct sources *s)
{
	if (s == NULL)
		return;
	pthread_cond_destroy(&s->changed);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

void
sources_wake(struct sources *s)
{
	pthread_mutex_lock(&s->lock);
	pthread_cond_broadcast(&s->changed);
	pthread_mutex_unlock(&s->lock);
}

/* --- what the operator sets ------------------------------------------------------------------------- */

static int
check(struct node *n, const struct watch *w, struct err *e)
{
	if (gossip_download_ok(w->url, e) == -1)
		return -1;
	if (w->every_s < SOURCE_EVERY_S_MIN || w->every_s > SOURCE_EVERY_S_MAX)
		return err_set(e, ERR_USAGE, "a source is looked at each minute at most and each month at least");
	if (w->author[0] != '\0' && keyring_find(n->keys, span_str(w->author)) == NULL)
		return err_set(e, ERR_NOT_FOUND, "no key of author %s is here", w->author);
	if (w->kind[0] != '\0' && (kind_find(span_str(w->kind)) == KIND_UNKNOWN ||
	    (kind_info(kind_find(span_str(w->kind)))->flags & (KIND_CONTENT | KIND_SELF)) != KIND_CONTENT))
		return err_set(e, ERR_USAGE, "%s is not a kind that can be imported", w->kind);
	return 0;
}

/* As it is set now, and to be looked at as if for the first time; what came from it is remembered. */
static void
set_anew(void *ctx, struct watch *w)
{
	struct watch set = *(const struct watch *)ctx, was = *w;

	*w = set;
	w->added = was.added;
	w->last_try = was.last_try;
	w->last_ok = was.last_ok;
	w->items = was.items;
	w->paused = was.paused;
	w->asked = was.asked;
}

int
sources_add(struct node *n, const struct watch *w, const char *mapping, struct err *e)
{
	struct arena a = { 0 };
	struct watch *all, set = *w;
	struct reader *r = NULL;
	size_t count = 0;
	int rc;

	if (check(n, w, e) == -1 || store_read(n->store, &r, e) == -1)
		return -1;
	rc = store_watches(r, &a, &all, &count, e);
	store_read_end(r);
	arena_clear(&a);
	set.added = set.next_try = node_now(n);
	set.state = SOURCE_NEW;
	if (rc == -1 || (rc = store_watch_change(n->store, w->url, set_anew, &set, e)) == -1)
		return -1;
	if (rc == 0 && count >= SOURCES_MAX)
		return err_set(e, ERR_LIMIT, "%zu sources are watched already, limit %d", count, SOURCES_MAX);
	if ((rc == 0 && store_watch_put(n->store, &set, e) == -1) ||
	    (mapping != NULL && store_watch_mapping_put(n->store, w->url, mapping, e) == -1))
		return -1;
	sources_wake(n->sources);
	return 0;
}

struct pausing {
	int paused;
	int64_t now;
};

static void
set_paused(void *ctx, struct watch *w)
{
	const struct pausing *p = ctx;

	w->paused = p->paused;
	if (!p->paused)
		w->next_try = p->now;
}

int
sources_pause(struct node *n, const char *url, int paused, struct err *e)
{
	struct pausing p = { paused, node_now(n) };
	int rc = store_watch_change(n->store, url, set_paused, &p, e);

	if (rc == 0)
		return err_set(e, ERR_NOT_FOUND, "no source %s: see \"essaim source list\"", url);
	if (rc == 1)
		sources_wake(n->sources);
	return rc == -1 ? -1 : 0;
}

/* --- what would vanish ------------------------------------------------------------------------------ */

struct keeping {
	struct arena a;
	struct source_mark *mark;
	size_t count;
};

static int
note_kept(void *ctx, const struct source_item *item, struct err *e)
{
	struct keeping *k = ctx;

	if (item->state != ITEM_LIVE || item->missing == 0)
		return 0;
	if ((k->mark = arena_more(&k->a, k->mark, k->count, sizeof *k->mark)) == NULL)
		return err_memory(e);
	k->mark[k->count] = (struct source_mark){ arena_copy(&k->a, span_str(item->item)), ITEM_KEPT, item->missing };
	return k->mark[k->count++].item == NULL ? err_memory(e) : 0;
}

/* Those records stay, as this node's own from now on, until their source has them again. */
static int
keep_missing(struct node *n, const char *url, int64_t *done, struct err *e)
{
	struct keeping k = { .a = { .max = (size_t)64 << 20 } };
	struct reader *r = NULL;
	int rc = store_read(n->store, &r, e);

	if (rc == 0)
		rc = store_source_walk(r, url, note_kept, &k, e);
	store_read_end(r);
	if (rc == 0)
		rc = store_source_mark(n->store, url, k.mark, k.count, e);
	*done = (int64_t)k.count;
	arena_clear(&k.a);
	return rc;
}

static void
set_answered(void *ctx, struct watch *w)
{
	w->asked = 0;
	w->state = SOURCE_NEW;
	w->why[0] = '\0';
	w->next_try = *(const int64_t *)ctx;
}

int
sources_answer(struct node *n, const char *url, int let_go, int64_t asked, int64_t *done, struct err *e)
{
	struct reader *r = NULL;
	struct watch w = { .asked = 0 };
	int64_t kept, now = node_now(n);
	int rc = -1, found = 0;

	*done = 0;
	if (busy_wait(n->sources, url, e) == -1)
		return -1;
	if (store_read(n->store, &r, e) == 0)
		found = store_watch(r, url, &w, e);
	store_read_end(r);
	if (r == NULL || found == -1)
		rc = -1;
	else if (found == 0 || w.asked == 0)
		err_set(e, ERR_NOT_FOUND, "%s asks nothing", url);
	else if (w.asked != asked)
		err_set(e, ERR_CONFLICT, "by now %lld records would vanish, not %lld: look again", (long long)w.asked,
		    (long long)asked);
	else if ((rc = let_go ? source_let_go(n, url, 1, done, &kept, e) : keep_missing(n, url, done, e)) == 0)
		rc = store_watch_change(n->store, url, set_answered, &now, e) == -1 ? -1 : 0;
	busy_end(n->sources, url);
	return rc;
}

/* --- differences ------------------------------------------------------------------------------------ */

static int
read_difference(struct node *n, const char *source, const char *item, struct arena *a, struct difference *out,
    struct err *e)
{
	struct source_item known;
	struct reader *r = NULL;
	struct ref ref;
	int rc;

	if (store_read(n->store, &r, e) == -1)
		return -1;
	if ((rc = store_question(r, source, item, a, &out->question, e)) == 1 &&
	    (rc = store_source_item(r, source, item, a, &known, e)) == 1 &&
	    (rc = ref_parse(span_str(out->question.ref), &ref, e)) == 0) {
		out->base = known.fields;
		rc = store_get(r, &ref, a, &out->record, e);
		if (rc == 1 && out->record.record.deleted)
			rc = 0;
	}
	store_read_end(r);
	return rc;
}

/* Lives in the arena, as does what it points to. */
static int
keep_asked(struct difference *d, const struct fields_merged *m, struct arena *a, struct err *e)
{
	struct field_asked *copy = arena_alloc(a, (m->asked_count + 1) * sizeof *copy);

	if (copy == NULL)
		return err_memory(e);
	memcpy(copy, m->asked, m->asked_count * sizeof *copy);
	d->asked = copy;
	d->asked_count = m->asked_count;
	return 0;
}

int
sources_difference(struct node *n, const char *source, const char *item, struct arena *a, struct difference *out,
    struct err *e)
{
	struct fields_merged m = FIELDS_MERGED_INIT(4 * RECORD_BYTES_MAX);
	int rc;

	*out = (struct difference){ .asked_count = 0 };
	if ((rc = read_difference(n, source, item, a, out, e)) == 1 && (rc = fields_merge(out->base,
	    out->record.record.content, out->question.theirs, NULL, 0, &m, e)) == 0)
		rc = keep_asked(out, &m, a, e);
	fields_merged_clear(&m);
	if (rc == -1)
		return -1;
	if (out->asked_count > 0)
		return 1;
	return store_question_delete(n->store, source, item, e);
}

/* Publish what was decided, then remember that it was: a stop between the two asks again, and loses nothing. */
static int
publish(struct node *n, const struct difference *d, const struct fields_merged *m, struct err *e)
{
	const struct record *r = &d->record.record;
	struct arena a = { .max = 4 * RECORD_BYTES_MAX };
	struct node_put put = { .author = arena_copy(&a, r->author), .kind = r->kind, .rid = arena_copy(&a, r->rid),
		.lang = arena_copy(&a, r->lang), .license = arena_copy(&a, r->license), .content = buf_span(&m->content) };
	struct node_put_result result;
	int rc = -1;

	if (put.author == NULL || put.rid == NULL || put.lang == NULL || put.license == NULL)
		err_memory(e);
	else if (node_put(n, &put, &result, e) == 0 && store_source_fields(n->store, d->question.source,
	    d->question.item, buf_span(&m->digest), e) == 0)
		rc = m->asked_count > 0 ? 0 : store_question_delete(n->store, d->question.source, d->question.item, e);
	arena_clear(&a);
	return rc;
}

int
sources_decide(struct node *n, const char *source, const char *item, const struct field_choice *choice,
    size_t count, struct err *e)
{
	struct fields_merged m = FIELDS_MERGED_INIT(4 * RECORD_BYTES_MAX);
	struct arena a = { .max = 64 * RECORD_BYTES_MAX };
	struct difference d;
	int rc;

	if (busy_wait(n->sources, source, e) == -1)
		return -1;
	if ((rc = sources_difference(n, source, item, &a, &d, e)) == 0)
		rc = err_set(e, ERR_NOT_FOUND, "there is nothing to decide any more");
	else if (rc == 1 && (rc = fields_merge(d.base, d.record.record.content, d.question.theirs, choice, count, &m,
	    e)) == 0)
		rc = publish(n, &d, &m, e);
	fields_merged_clear(&m);
	arena_clear(&a);
	busy_end(n->sources, source);
	return rc;
}
