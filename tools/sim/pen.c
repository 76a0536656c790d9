/* SPDX-License-Identifier: AGPL-3.0-or-later
 * pen.c - see pen.h.  Every author signs with an operating key that its identity delegates to. */
#include "tools/sim/pen.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/err.h"
#include "proto/multibase.h"
#include "tools/sim/mem.h"

#define TEXT_MAX 700

struct key {
	uint8_t pub[32], secret[64];
	char did[DIDKEY_CHARS + 1];
};

struct pen {
	uint32_t author;
	struct key root, operating, next;
	unsigned names;		/* rids used so far */
	uint32_t *live;		/* the items that stand, as the author knows */
	size_t lives, live_cap;
};

struct pens {
	struct pen **pen;
	size_t count, cap;
};

static struct key
key_of(const struct world *w, uint32_t n, unsigned which)
{
	uint64_t seed[4];
	struct key k;
	size_t i;

	for (i = 0; i < 4; i++)
		seed[i] = rng_mix(w->c.seed + i, ((uint64_t)n << 8) + which);
	crypto_sign_seed_keypair(k.pub, k.secret, (const unsigned char *)seed);
	didkey_format(k.pub, k.did);
	return k;
}

static struct pen *
pen(struct world *w, uint32_t n)
{
	struct pens *p = w->pens;
	struct pen *x;

	if (p == NULL)
		w->pens = mem_new(1, sizeof *p);
	p = w->pens;
	for (; p->count <= n; p->count++) {
		mem_fit(&p->pen, &p->cap, p->count, sizeof *p->pen);
		x = p->pen[p->count] = mem_new(1, sizeof *x);
		x->root = key_of(w, (uint32_t)p->count, 0);
		x->operating = key_of(w, (uint32_t)p->count, 1);
		x->next = key_of(w, (uint32_t)p->count, 2);
		x->author = archive_author(w->archive, span_str(x->root.did));
	}
	return p->pen[n];
}

uint32_t
pen_author(struct world *w, uint32_t n)
{
	return pen(w, n)->author;
}

size_t
pen_count(const struct world *w)
{
	return w->pens == NULL ? 0 : w->pens->count;
}

void
pen_free(struct world *w)
{
	struct pens *p = w->pens;
	size_t i;

	for (i = 0; p != NULL && i < p->count; i++) {
		free(p->pen[i]->live);
		free(p->pen[i]);
	}
	if (p != NULL)
		free(p->pen);
	free(p);
	w->pens = NULL;
}

/* --- signing ------------------------------------------------------------------------------------- */

static uint32_t
file(struct world *w, struct buf *line, int genuine)
{
	uint32_t item = archive_put(w->archive, buf_span(line));

	if (genuine)
		archive_item(w->archive, item)->genuine = 1;
	world_born(w, item);
	buf_clear(line);
	return item;
}

static uint32_t
sign(struct world *w, struct record_draft *d, const struct key *by, int genuine)
{
	struct buf line = BUF_INIT(RECORD_BYTES_MAX);
	uint64_t chance[2] = { rng_next(&w->pen), rng_next(&w->pen) };
	struct err e;

	memcpy(d->nonce, chance, sizeof d->nonce);
	if (record_sign(d, by->secret, &line, &e) == -1)
		mem_must(-1, e.text);
	return file(w, &line, genuine);
}

static void
rid_of(unsigned number, char rid[RID_CHARS + 1])
{
	int at;

	memset(rid, 'a', RID_CHARS);
	rid[RID_CHARS] = '\0';
	for (at = RID_CHARS - 1; number > 0; at--, number /= 26)
		rid[at] = (char)('a' + number % 26);
}

static void
write_content(struct world *w, char *out, size_t size)
{
	static const char words[] = "jardin atelier velo repair cafe marche partage commun energie eau ";
	size_t n = (size_t)rng_between(&w->pen, 40, TEXT_MAX), i, at;

	at = (size_t)snprintf(out, size, "{\"name\":\"initiative %llu\",\"summary\":\"",
	    (unsigned long long)rng_below(&w->pen, 1000000));
	for (i = 0; i < n && at + 4 < size; i++)
		out[at++] = words[(rng_next(&w->pen) & 7) == 0 ? rng_below(&w->pen, sizeof words - 1) :
		    i % (sizeof words - 1)];
	snprintf(out + at, size - at, "\"}");
}

static struct record_draft
draft(const struct pen *p, enum kind kind, const char *rid, int64_t updated, int64_t created)
{
	struct record_draft d = { .kind = kind, .author = span_str(p->root.did), .rid = span_str(rid),
	    .updated = updated, .created = created };

	if ((kind_info(kind)->flags & KIND_CONTENT) != 0) {
		d.lang = SPAN("fr");
		d.license = SPAN("etalab-2.0");
	}
	return d;
}

/* When an edit of an item counts as written: later than what it replaces. */
static int64_t
after(const struct world *w, uint32_t item, int64_t now)
{
	int64_t before = archive_item(w->archive, item)->r.updated;

	return now > before ? now : before + 1;
}

static void
keep(struct pen *p, uint32_t item)
{
	mem_fit(&p->live, &p->live_cap, p->lives, sizeof *p->live);
	p->live[p->lives++] = item;
}

/* --- genuine ------------------------------------------------------------------------------------- */

uint32_t
pen_identity(struct world *w, uint32_t n, int64_t now)
{
	struct pen *p = pen(w, n);
	struct buf content = BUF_INIT(RECORD_BYTES_MAX);
	struct identity_key key = { .from = 0, .until = now + 8 * 365 * (int64_t)DAY_S };
	struct record_draft d = draft(p, KIND_IDENTITY, "self", now, now);
	uint8_t commitment[32];
	uint32_t item;
	struct err e;

	memcpy(key.key, p->operating.pub, sizeof key.key);
	identity_commitment(p->next.pub, commitment);
	if (identity_content(&key, 1, commitment, NULL, 0, &content, &e) == -1)
		mem_must(-1, e.text);
	d.content = buf_span(&content);
	item = sign(w, &d, &p->root, 1);
	buf_clear(&content);
	return item;
}

uint32_t
pen_vouch(struct world *w, uint32_t n, uint32_t subject, int hops, int64_t budget, int64_t now)
{
	struct pen *s = pen(w, subject), *p = pen(w, n);
	char rid[RID_CHARS + 1], content[400], next[64];
	uint8_t commitment[32];
	struct record_draft d;

	rid_of(p->names++, rid);
	identity_commitment(s->next.pub, commitment);
	base64url_encode(commitment, sizeof commitment, next, sizeof next);
	snprintf(content, sizeof content,
	    "{\"budget\":%lld,\"hops\":%d,\"next\":\"%s\",\"subject\":\"%s\"}", (long long)budget, hops, next,
	    s->root.did);
	d = draft(p, KIND_VOUCH, rid, now, now);
	d.content = span_str(content);
	return sign(w, &d, &p->operating, 1);
}

static uint32_t
write_one(struct world *w, struct pen *p, const char *rid, int64_t updated, int64_t created,
    const struct key *by, int genuine)
{
	struct record_draft d = draft(p, KIND_INITIATIVE, rid, updated, created);
	char content[TEXT_MAX + 100];

	write_content(w, content, sizeof content);
	d.content = span_str(content);
	return sign(w, &d, by, genuine);
}

uint32_t
pen_new(struct world *w, uint32_t n, int64_t now)
{
	struct pen *p = pen(w, n);
	char rid[RID_CHARS + 1];
	uint32_t item;

	rid_of(p->names++, rid);
	item = write_one(w, p, rid, now, now, &p->operating, 1);
	keep(p, item);
	return item;
}

static uint32_t *
any_live(struct world *w, struct pen *p)
{
	return p->lives == 0 ? NULL : &p->live[rng_below(&w->pen, p->lives)];
}

static void
rid_copy(const struct world *w, uint32_t item, char rid[RID_CHARS + 1])
{
	const struct span *s = &archive_item(w->archive, item)->r.rid;

	snprintf(rid, RID_CHARS + 1, "%.*s", (int)s->len, s->ptr);
}

uint32_t
pen_edit(struct world *w, uint32_t n, int64_t now)
{
	struct pen *p = pen(w, n);
	uint32_t *live = any_live(w, p);
	char rid[RID_CHARS + 1];
	int64_t when;

	if (live == NULL)
		return 0;
	when = after(w, *live, now);
	rid_copy(w, *live, rid);
	return *live = write_one(w, p, rid, when, when, &p->operating, 1);
}

uint32_t
pen_renew(struct world *w, uint32_t n, int64_t now)
{
	struct pen *p = pen(w, n);
	uint32_t *live = any_live(w, p);
	const struct record *r;
	struct record_draft d;
	char rid[RID_CHARS + 1];

	if (live == NULL)
		return 0;
	r = &archive_item(w->archive, *live)->r;
	rid_copy(w, *live, rid);
	d = draft(p, KIND_INITIATIVE, rid, r->updated, now > r->created ? now : r->created + 1);
	d.content = r->content;
	return *live = sign(w, &d, &p->operating, 1);
}

uint32_t
pen_delete(struct world *w, uint32_t n, int64_t now)
{
	struct pen *p = pen(w, n);
	uint32_t *live = any_live(w, p);
	struct record_draft d;
	char rid[RID_CHARS + 1];
	int64_t when;

	if (live == NULL)
		return 0;
	when = after(w, *live, now);
	rid_copy(w, *live, rid);
	*live = p->live[--p->lives];
	d = draft(p, KIND_INITIATIVE, rid, when, when);
	d.deleted = 1;
	d.lang = d.license = (struct span){ NULL, 0 };
	return sign(w, &d, &p->operating, 1);
}

uint32_t
pen_retire(struct world *w, uint32_t n, int64_t now)
{
	struct pen *p = pen(w, n);
	struct record_draft d = draft(p, KIND_RETIRE, "self", now, now);

	d.content = SPAN("{}");
	p->lives = 0;
	return sign(w, &d, &p->root, 1);
}

uint32_t
pen_twin(struct world *w, uint32_t n, uint32_t item)
{
	struct pen *p = pen(w, n);
	const struct record *r = &archive_item(w->archive, item)->r;
	char rid[RID_CHARS + 1];

	rid_copy(w, item, rid);
	return write_one(w, p, rid, r->updated, r->created, &p->operating, 1);
}

/* --- not genuine ----------------------------------------------------------------------------------- */

uint32_t
pen_tamper(struct world *w, uint32_t item)
{
	struct span line = archive_item(w->archive, item)->line;
	struct buf copy = BUF_INIT(RECORD_BYTES_MAX);
	char *at;
	struct err e;

	mem_must(buf_addspan(&copy, line, &e), "no memory");
	if ((at = strstr(copy.ptr, "\"nonce\":\"")) != NULL)
		at[9] = at[9] == 'A' ? 'B' : 'A';
	return file(w, &copy, 0);
}

uint32_t
pen_forge(struct world *w, uint32_t n, uint32_t by, int64_t now)
{
	struct pen *p = pen(w, n);
	const struct key operating = pen(w, by)->operating;
	uint32_t *live = any_live(w, p = pen(w, n));
	char rid[RID_CHARS + 1];

	if (live == NULL)
		return 0;
	rid_copy(w, *live, rid);
	return write_one(w, p, rid, now, now, &operating, n == by);
}
