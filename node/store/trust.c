/* SPDX-License-Identifier: AGPL-3.0-or-later
 * trust.c - see trust.h. */
#include "node/store/trust.h"

#include <string.h>

#include "node/store/inside.h"
#include "proto/err.h"
#include "proto/limits.h"

/* The roster as it is now, copied under its lock. */
static int
copy_authors(struct store *s, struct arena *a, struct trust *t, struct err *e)
{
	struct trust_author *author;
	struct admission_root *root;
	uint8_t *blocked;
	size_t n, i;

	pthread_rwlock_rdlock(&s->lock);
	n = s->roster.count;
	author = arena_alloc(a, (n + 1) * sizeof *author);
	root = arena_alloc(a, (n + 1) * sizeof *root);
	blocked = arena_alloc(a, n + 1);
	for (i = 0; author != NULL && root != NULL && blocked != NULL && i < n; i++) {
		const struct author_info *info = &s->roster.author[i].info;

		memcpy(author[i].did, info->did, sizeof author[i].did);
		author[i].own = info->own;
		author[i].listed = info->listed;
		author[i].live = info->live;
		author[i].tombstones = info->tombstones;
		blocked[i] = (uint8_t)info->blocked;
		if (info->own || info->listed)
			root[t->root_count++] = roster_root(info);
	}
	pthread_rwlock_unlock(&s->lock);
	t->author_count = n;
	t->author = author;
	t->root = root;
	t->blocked = blocked;
	return author == NULL || root == NULL || blocked == NULL ? err_memory(e) : 0;
}

static int
count_vouches(struct reader *r, size_t *n, struct err *e)
{
	sqlite3_stmt *st = db_stmt(&r->db, STMT_VOUCH_ALL);
	int rc;

	for (*n = 0; (rc = db_row(&r->db, st, e)) == 1;)
		++*n;
	return rc;
}

/* A vouch of or for somebody whom the roster does not know yet was committed since: it is left out. */
static int
read_vouches(struct reader *r, struct arena *a, struct trust *t, struct err *e)
{
	struct admission_vouch *vouch;
	char (*rid)[RID_CHARS + 1];
	sqlite3_stmt *st;
	size_t n, at = 0;
	int rc = 0;

	if (count_vouches(r, &n, e) == -1)
		return -1;
	vouch = arena_alloc(a, (n + 1) * sizeof *vouch);
	rid = arena_alloc(a, (n + 1) * sizeof *rid);
	if (vouch == NULL || rid == NULL)
		return err_memory(e);
	st = db_stmt(&r->db, STMT_VOUCH_ALL);
	while (at < n && (rc = db_row(&r->db, st, e)) == 1) {
		struct span name = db_get_span(st, 4);

		vouch[at] = vouch_read(st);
		memcpy(rid[at], name.ptr, name.len < RID_CHARS ? name.len : RID_CHARS);
		at += vouch[at].from < t->author_count && vouch[at].to < t->author_count;
	}
	sqlite3_reset(st);
	t->vouch = vouch;
	t->rid = (const char (*)[RID_CHARS + 1])rid;
	t->vouch_count = at;
	return rc == -1 ? -1 : 0;
}

static int
compute(const struct trust *t, const struct admission_vouch *vouch, size_t vouch_count, struct arena *a,
    const struct admission_result **out, struct err *e)
{
	struct admission_result *result = arena_alloc(a, (t->author_count + 1) * sizeof *result);

	*out = result;
	return result == NULL ? err_memory(e) : admission_compute(t->mode, t->root, t->root_count, vouch, vouch_count,
	    t->blocked, t->author_count, result, e);
}

int
store_trust(struct reader *r, struct arena *a, struct trust *out, struct err *e)
{
	uint32_t *subjects;

	*out = (struct trust){ .mode = r->store->config.admission };
	if (copy_authors(r->store, a, out, e) == -1 || read_vouches(r, a, out, e) == -1)
		return -1;
	if ((out->subjects = subjects = arena_alloc(a, (out->author_count + 1) * sizeof *subjects)) == NULL)
		return err_memory(e);
	if (admission_subjects(out->vouch, out->vouch_count, out->author_count, subjects, e) == -1)
		return -1;
	return compute(out, out->vouch, out->vouch_count, a, &out->result, e);
}

int
trust_without(const struct trust *t, uint32_t voucher, struct arena *a, const struct admission_result **out,
    struct err *e)
{
	struct admission_vouch *kept = arena_alloc(a, (t->vouch_count + 1) * sizeof *kept);
	size_t n = 0, i;

	if (kept == NULL)
		return err_memory(e);
	for (i = 0; i < t->vouch_count; i++)
		if (t->vouch[i].from != voucher)
			kept[n++] = t->vouch[i];
	return compute(t, kept, n, a, out, e);
}
