/* SPDX-License-Identifier: AGPL-3.0-or-later
 * trust.c - whose records are stored, how many, by whose word, and what would go without it. */
#include "node/api/trust.h"

#include <string.h>

#include "node/api/api.h"
#include "node/core/keyring.h"
#include "proto/canon.h"
#include "proto/limits.h"
#include "proto/multibase.h"

#define PATH_MAX_STEPS 16	/* longer than any number of hops */

const char *
trust_name(struct reader *r, const char *did, struct arena *a)
{
	static const char *const kind[] = { "territory", "node" };
	struct buf text = BUF_INIT(RECORD_BYTES_MAX);
	const char *name = NULL;
	struct span raw;
	struct err e;
	size_t i;

	for (i = 0; i < 2 && name == NULL; i++) {
		struct ref ref = { span_str(did), span_str(kind[i]), SPAN("self") };
		struct stored found;

		text.len = 0;
		if (store_get(r, &ref, a, &found, &e) == 1 && !found.record.deleted &&
		    canon_get(found.record.content, "name", &raw) && canon_string(raw, &text, &e) == 0)
			name = arena_copy(a, buf_span(&text));
	}
	buf_clear(&text);
	return name == NULL ? "" : name;
}

static const char *
why_text(enum admission_why why)
{
	static const char *const text[] = {
		[ADMISSION_COUNTS] = "counts", [ADMISSION_OUT] = "voucher-not-admitted",
		[ADMISSION_LAST] = "no-hops-left", [ADMISSION_BLOCKED] = "blocked",
		[ADMISSION_REPEATED] = "repeated",
	};

	return text[why];
}

/* Endless pools, of own authors, are -1. */
static int64_t
shown_pool(int64_t pool)
{
	return pool > INTEGER_MAX ? -1 : pool;
}

static void
print_ref(struct emit *j, const struct trust *t, size_t vouch)
{
	struct ref ref = { span_str(t->author[t->vouch[vouch].from].did), SPAN("vouch"), span_str(t->rid[vouch]) };
	char name[REF_CHARS_MAX + 1];

	ref_format(&ref, name);
	emit_put_text(j, "ref", name);
}

static void
print_step(struct emit *j, struct reader *r, const struct trust *t, const struct admission_step *s,
    struct arena *a)
{
	const struct trust_author *by = &t->author[s->from];
	const struct admission_vouch *v = &t->vouch[s->vouch];

	emit_object(j);
	emit_put_text(j, "did", by->did);
	emit_put_text(j, "name", trust_name(r, by->did, a));
	emit_put_bool(j, "own", by->own);
	emit_put_bool(j, "counts", s->why == ADMISSION_COUNTS);
	emit_put_text(j, "why", why_text(s->why));
	emit_put_int(j, "voucher_hops", t->result[s->from].hops);
	emit_put_int(j, "hops", v->hops);
	emit_put_int(j, "gives_hops", s->hops);
	emit_put_int(j, "voucher_pool", shown_pool(t->result[s->from].pool));
	emit_put_int(j, "subjects", t->subjects[s->from]);
	emit_put_int(j, "share", shown_pool(s->share));
	emit_put_int(j, "budget", v->budget);
	emit_put_int(j, "gives_pool", shown_pool(s->pool));
	print_ref(j, t, s->vouch);
	emit_object_end(j);
}

int
trust_print_vouchers(struct emit *j, struct reader *r, const struct trust *t, uint32_t num, struct arena *a,
    struct err *e)
{
	size_t n = 0, i;
	struct admission_step *step;

	for (i = 0; i < t->vouch_count; i++)
		n += t->vouch[i].to == num;
	if ((step = arena_alloc(a, (n + 1) * sizeof *step)) == NULL)
		return err_memory(e);
	n = admission_explain(t->vouch, t->vouch_count, t->blocked, t->subjects, t->result, num, step, n);
	emit_key(j, "vouchers");
	emit_array(j);
	for (i = 0; i < n; i++)
		print_step(j, r, t, &step[i], a);
	emit_array_end(j);
	return 0;
}

size_t
trust_leaving(const struct trust *t, const struct admission_result *then, uint32_t *num, size_t cap)
{
	size_t n = 0;
	uint32_t i;

	for (i = 0; i < t->author_count; i++)
		if (t->result[i].hops >= 0 && then[i].hops < 0 && n++ < cap)
			num[n - 1] = i;
	return n;
}

/* --- one author --------------------------------------------------------------------------------- */

struct telling {
	struct node *node;
	struct reader *r;
	struct arena *arena;
	struct trust trust;
	const struct admission_result *then;	/* NULL: no "what if" was asked */
	const char *without;
};

static void
print_standing(struct emit *j, struct telling *w, uint32_t num)
{
	const struct trust_author *a = &w->trust.author[num];
	const struct admission_result *now = &w->trust.result[num];

	emit_put_text(j, "did", a->did);
	emit_put_text(j, "name", trust_name(w->r, a->did, w->arena));
	emit_put_bool(j, "own", a->own);
	emit_put_bool(j, "listed", a->listed);
	emit_put_bool(j, "blocked", w->trust.blocked[num]);
	emit_put_bool(j, "admitted", now->hops >= 0);
	emit_put_int(j, "hops", now->hops);
	emit_put_int(j, "pool", now->hops < 0 ? 0 : shown_pool(now->pool));
	emit_put_int(j, "live", a->live);
	emit_put_int(j, "tombstones", a->tombstones);
	emit_put_int(j, "subjects", w->trust.subjects[num]);
	if (w->then == NULL)
		return;
	emit_key(j, "then");
	emit_object(j);
	emit_put_text(j, "without", w->without);
	emit_put_bool(j, "admitted", w->then[num].hops >= 0);
	emit_put_int(j, "hops", w->then[num].hops);
	emit_put_int(j, "pool", w->then[num].hops < 0 ? 0 : shown_pool(w->then[num].pool));
	emit_object_end(j);
}

/* From the author back to a root: by whose vouch its room came, and by whose its hops. */
static void
print_ways(struct emit *j, struct telling *w, uint32_t num)
{
	const struct trust *t = &w->trust;
	uint32_t path[PATH_MAX_STEPS], at = num;
	size_t n, i;

	emit_key(j, "chain");
	emit_array(j);
	for (i = 0; i < PATH_MAX_STEPS && t->result[at].via != UINT32_MAX && t->result[at].via != at; i++)
		emit_text(j, t->author[at = t->result[at].via].did);
	emit_array_end(j);
	n = admission_path(t->vouch, t->vouch_count, t->blocked, t->result, num, path, PATH_MAX_STEPS);
	emit_key(j, "path");
	emit_array(j);
	for (i = 0; i < n; i++) {
		emit_object(j);
		emit_put_text(j, "did", t->author[path[i]].did);
		emit_put_text(j, "name", trust_name(w->r, t->author[path[i]].did, w->arena));
		emit_put_int(j, "hops", t->result[path[i]].hops);
		emit_object_end(j);
	}
	emit_array_end(j);
}

static void
print_keys(struct emit *j, struct telling *w, const char *did)
{
	char next[BASE64URL_CHARS(32) + 1];
	struct author_info info;

	if (store_author(w->node->store, span_str(did), &info) != 1)
		return;
	emit_put_bool(j, "identity", info.has_identity);
	if (info.has_identity) {
		base64url_encode(info.identity.next, 32, next, sizeof next);
		emit_put_text(j, "next", next);
		emit_put_int(j, "successions", info.identity.generation);
	}
	if (info.retired >= 0)
		emit_put_int(j, "retired", info.retired);
}

/* Does this name the author, or one of its records? */
static int
is_of(const char *what, const char *did)
{
	size_t n = strlen(did);

	return strncmp(what, did, n) == 0 && (what[n] == '\0' || what[n] == '/');
}

static int
print_blocks(struct emit *j, struct telling *w, const char *did, struct err *e)
{
	struct block *b;
	size_t n, i;

	if (store_blocks(w->r, w->arena, &b, &n, e) == -1)
		return -1;
	emit_key(j, "blocks");
	emit_array(j);
	for (i = 0; i < n; i++) {
		if (!is_of(b[i].what, did))
			continue;
		emit_object(j);
		emit_put_text(j, "what", b[i].what);
		emit_put_text(j, "reason", b[i].reason);
		emit_put_int(j, "since", b[i].since);
		emit_put_text(j, "origin", b[i].origin);
		emit_object_end(j);
	}
	emit_array_end(j);
	return 0;
}

/* Evidence against an author: a root that named two next ones. */
static int
print_branches(struct emit *j, struct telling *w, const char *did, struct err *e)
{
	struct key_branch *b;
	size_t n, i;

	if (store_branches(w->r, w->arena, &b, &n, e) == -1)
		return -1;
	emit_key(j, "branches");
	emit_array(j);
	for (i = 0; i < n; i++) {
		if (strcmp(b[i].did, did) != 0)
			continue;
		emit_object(j);
		emit_put_int(j, "generation", b[i].generation);
		emit_put_hex(j, "kept", b[i].here, 32);
		emit_put_hex(j, "refused", b[i].other, 32);
		emit_put_int(j, "seen", b[i].seen);
		emit_object_end(j);
	}
	emit_array_end(j);
	return 0;
}

/* Two contents of one record under one date. */
static int
print_twins(struct emit *j, struct telling *w, const char *did, struct err *e)
{
	struct twin *t;
	size_t n, i;

	if (store_twins(w->r, w->arena, &t, &n, e) == -1)
		return -1;
	emit_key(j, "two_writers");
	emit_array(j);
	for (i = 0; i < n; i++) {
		if (!is_of(t[i].ref, did))
			continue;
		emit_object(j);
		emit_put_text(j, "ref", t[i].ref);
		emit_put_hex(j, "here", t[i].here, 32);
		emit_put_hex(j, "other", t[i].other, 32);
		emit_put_int(j, "seen", t[i].seen);
		emit_object_end(j);
	}
	emit_array_end(j);
	return 0;
}

static void
print_vouched(struct emit *j, struct telling *w, uint32_t num)
{
	const struct trust *t = &w->trust;
	size_t i;

	emit_key(j, "vouches");
	emit_array(j);
	for (i = 0; i < t->vouch_count; i++) {
		const struct admission_vouch *v = &t->vouch[i];

		if (v->from != num || v->to == num)
			continue;
		emit_object(j);
		emit_put_text(j, "did", t->author[v->to].did);
		emit_put_text(j, "name", trust_name(w->r, t->author[v->to].did, w->arena));
		emit_put_int(j, "hops", v->hops);
		emit_put_int(j, "budget", v->budget);
		emit_put_bool(j, "admitted", t->result[v->to].hops >= 0);
		emit_put_int(j, "live", t->author[v->to].live);
		print_ref(j, t, i);
		emit_object_end(j);
	}
	emit_array_end(j);
}

static int
print_author(struct telling *w, uint32_t num, int whole, struct buf *out, struct err *e)
{
	const char *did = w->trust.author[num].did;
	struct emit j;

	emit_start(&j, out, e);
	emit_object(&j);
	print_standing(&j, w, num);
	if (whole) {
		print_ways(&j, w, num);
		print_keys(&j, w, did);
		if (trust_print_vouchers(&j, w->r, &w->trust, num, w->arena, e) == -1 ||
		    print_blocks(&j, w, did, e) == -1 || print_branches(&j, w, did, e) == -1 ||
		    print_twins(&j, w, did, e) == -1)
			return -1;
		print_vouched(&j, w, num);
	}
	emit_object_end(&j);
	emit_line(&j);
	return emit_end(&j);
}

/* --- all of them, or those whom it would concern --------------------------------------------------- */

static int
find(struct telling *w, const char *did, uint32_t *num, struct err *e)
{
	struct author_info info;

	if (store_author(w->node->store, span_str(did), &info) != 1 || info.num >= w->trust.author_count)
		return err_set(e, ERR_NOT_FOUND, "this node never heard of %s", did);
	*num = info.num;
	return 0;
}

static int
print_trust(struct telling *w, const char *did, struct buf *out, struct err *e)
{
	uint32_t num;

	if (store_trust(w->r, w->arena, &w->trust, e) == -1)
		return -1;
	if (w->without != NULL && (find(w, w->without, &num, e) == -1 ||
	    trust_without(&w->trust, num, w->arena, &w->then, e) == -1))
		return -1;
	if (did != NULL)
		return find(w, did, &num, e) == -1 ? -1 : print_author(w, num, 1, out, e);
	for (num = 0; num < w->trust.author_count; num++) {
		const struct admission_result *now = &w->trust.result[num];

		if (w->then != NULL && now->hops == w->then[num].hops && now->pool == w->then[num].pool)
			continue;
		if (print_author(w, num, 0, out, e) == -1)
			return -1;
	}
	return 0;
}

int
api_trust(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	struct arena own = { .max = (size_t)256 << 20 };	/* a picture of everybody is larger than a request */
	struct telling w = { .node = node, .arena = &own, .without = param_text(req, "without") };
	int rc;

	if (store_read(node->store, &w.r, e) == -1)
		return -1;
	res->type = TYPE_NDJSON;
	rc = print_trust(&w, param_text(req, "did"), &res->body, e);
	store_read_end(w.r);
	arena_clear(&own);
	return rc;
}
