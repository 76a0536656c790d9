/* SPDX-License-Identifier: AGPL-3.0-or-later
 * archive.c - see archive.h.  Three hash tables: by bytes, by id, by name; authors are one more. */
#include "tools/sim/archive.h"

#include <stdlib.h>
#include <string.h>

#include "proto/canon.h"
#include "proto/err.h"
#include "tools/sim/mem.h"
#include "tools/sim/rng.h"

/* Open addressing over numbers from 1; what they stand for is compared by the caller. */
struct table {
	uint64_t *hash;
	uint32_t *number;
	size_t slots, count;
};

struct name {
	uint32_t item;		/* one of those under this name, to compare with */
};

struct archive {
	struct item **item;
	size_t items, item_cap;
	struct pen_name **author;
	size_t authors, author_cap;
	struct name *name;
	size_t names, name_cap;
	uint32_t *vouch;
	size_t vouches, vouch_cap;
	struct table by_line, by_id, by_name, by_did;
};

/* --- tables ---------------------------------------------------------------------------------- */

static uint64_t
hash_bytes(const char *p, size_t n)
{
	uint64_t h = n, w;

	for (; n >= sizeof w; p += sizeof w, n -= sizeof w) {
		memcpy(&w, p, sizeof w);
		h = (h ^ w) * UINT64_C(0x9fb21c651e98df25);
		h ^= h >> 32;
	}
	for (w = 0; n > 0; n--)
		w = w << 8 | (unsigned char)p[n - 1];
	return rng_mix(h, w) | 1;
}

static void
table_set(struct table *t, uint64_t hash, uint32_t number)
{
	size_t at = hash & (t->slots - 1);

	while (t->number[at] != 0)
		at = (at + 1) & (t->slots - 1);
	t->hash[at] = hash;
	t->number[at] = number;
}

static void
table_put(struct table *t, uint64_t hash, uint32_t number)
{
	struct table old = *t;
	size_t i;

	if (t->count * 2 >= t->slots) {
		t->slots = old.slots == 0 ? 1024 : old.slots * 2;
		t->hash = mem_new(t->slots, sizeof *t->hash);
		t->number = mem_new(t->slots, sizeof *t->number);
		for (i = 0; i < old.slots; i++)
			if (old.number[i] != 0)
				table_set(t, old.hash[i], old.number[i]);
		free(old.hash);
		free(old.number);
	}
	t->count++;
	table_set(t, hash, number);
}

/* The next number of this hash from *at on; 0: no more. */
static uint32_t
table_next(const struct table *t, uint64_t hash, size_t *at)
{
	if (t->slots == 0)
		return 0;
	for (; t->number[*at & (t->slots - 1)] != 0; ++*at) {
		size_t i = *at & (t->slots - 1);

		if (t->hash[i] == hash) {
			++*at;
			return t->number[i];
		}
	}
	return 0;
}

static void
table_clear(struct table *t)
{
	free(t->hash);
	free(t->number);
}

/* --- life ------------------------------------------------------------------------------------ */

struct archive *
archive_new(void)
{
	return mem_new(1, sizeof(struct archive));
}

void
archive_free(struct archive *a)
{
	size_t i;

	if (a == NULL)
		return;
	for (i = 0; i < a->items; i++) {
		free(a->item[i]->identity);
		free(a->item[i]);
	}
	for (i = 0; i < a->authors; i++) {
		free(a->author[i]->name);
		free(a->author[i]);
	}
	free(a->item);
	free(a->author);
	free(a->name);
	free(a->vouch);
	table_clear(&a->by_line);
	table_clear(&a->by_id);
	table_clear(&a->by_name);
	table_clear(&a->by_did);
	free(a);
}

/* --- authors and names ----------------------------------------------------------------------- */

uint32_t
archive_author(struct archive *a, struct span did)
{
	uint64_t hash = hash_bytes(did.ptr, did.len);
	size_t at = hash;
	uint32_t n;
	struct pen_name *p;

	while ((n = table_next(&a->by_did, hash, &at)) != 0)
		if (span_is(did, a->author[n - 1]->did))
			return n - 1;
	mem_fit(&a->author, &a->author_cap, a->authors, sizeof *a->author);
	p = a->author[a->authors++] = mem_new(1, sizeof *p);
	memcpy(p->did, did.ptr, did.len < DIDKEY_CHARS ? did.len : DIDKEY_CHARS);
	table_put(&a->by_did, hash, (uint32_t)a->authors);
	return (uint32_t)a->authors - 1;
}

static void
name_item(struct archive *a, struct item *it, uint32_t number)
{
	const struct record *r = &it->r;
	uint64_t hash = rng_mix(hash_bytes(r->rid.ptr, r->rid.len),
	    rng_mix(it->author, hash_bytes(r->kind_name.ptr, r->kind_name.len)));
	size_t at = hash;
	struct pen_name *p = a->author[it->author];
	uint32_t n;

	while ((n = table_next(&a->by_name, hash, &at)) != 0) {
		const struct item *x = a->item[a->name[n - 1].item - 1];

		it->name = n - 1;
		if (x->author == it->author && span_eq(x->r.rid, r->rid) && span_eq(x->r.kind_name, r->kind_name))
			return;
	}
	mem_fit(&a->name, &a->name_cap, a->names, sizeof *a->name);
	a->name[a->names].item = number;
	it->name = (uint32_t)a->names++;
	table_put(&a->by_name, hash, (uint32_t)a->names);
	mem_fit(&p->name, &p->cap, p->names, sizeof *p->name);
	p->name[p->names++] = it->name;
	if (r->kind != KIND_VOUCH)
		return;
	mem_fit(&a->vouch, &a->vouch_cap, a->vouches, sizeof *a->vouch);
	a->vouch[a->vouches++] = it->name;
}

/* --- items ----------------------------------------------------------------------------------- */

static void
read_vouch(struct archive *a, struct item *it)
{
	struct span v, subject;
	int64_t hops = 0, budget = 0;
	uint8_t key[32];
	struct err e;

	if (it->r.deleted || kind_check(KIND_VOUCH, it->r.content, NULL, &e) == -1 ||
	    !canon_get(it->r.content, "subject", &v) || !canon_plain(v, &subject) ||
	    didkey_parse(subject, key, &e) == -1)
		return;
	if (canon_get(it->r.content, "hops", &v))
		canon_int(v, &hops);
	if (canon_get(it->r.content, "budget", &v))
		canon_int(v, &budget);
	it->vouch_to = archive_author(a, subject) + 1;
	it->vouch_hops = (int)hops;
	it->vouch_budget = budget;
}

static void
read_item(struct archive *a, struct item *it, uint32_t number)
{
	struct identity id;
	enum reason why;
	uint32_t head;
	struct err e;

	if (record_parse(it->line, &it->r, &it->why, &e) == -1)
		return;
	it->why = REASON_NONE;
	it->signature = record_verify(&it->r) ? SIGNATURE_HOLDS : SIGNATURE_BROKEN;
	it->author = archive_author(a, it->r.author);
	it->version = (struct version){ .updated = it->r.updated, .created = it->r.created,
	    .deleted = it->r.deleted };
	memcpy(it->version.id, it->r.id, sizeof it->version.id);
	if (it->r.kind == KIND_IDENTITY && identity_read(&it->r, &id, &why, &e) == 0) {
		it->identity = mem_new(1, sizeof id);
		*it->identity = id;
		it->version.generation = id.generation;
	}
	if (it->r.kind == KIND_VOUCH)
		read_vouch(a, it);
	name_item(a, it, number);
	memcpy(&head, it->r.id, sizeof head);
	table_put(&a->by_id, head | 1, number);
}

uint32_t
archive_put(struct archive *a, struct span line)
{
	uint64_t hash = hash_bytes(line.ptr, line.len);
	size_t at = hash;
	struct item *it;
	uint32_t n;
	char *copy;

	while ((n = table_next(&a->by_line, hash, &at)) != 0)
		if (span_eq(a->item[n - 1]->line, line))
			return n;
	it = mem_new(1, sizeof *it + line.len + 1);
	copy = (char *)(it + 1);
	memcpy(copy, line.ptr, line.len);
	it->line = (struct span){ copy, line.len };
	mem_fit(&a->item, &a->item_cap, a->items, sizeof *a->item);
	a->item[a->items++] = it;
	table_put(&a->by_line, hash, (uint32_t)a->items);
	read_item(a, it, (uint32_t)a->items);
	return (uint32_t)a->items;
}

struct item *
archive_item(const struct archive *a, uint32_t number)
{
	return a->item[number - 1];
}

uint32_t
archive_find(const struct archive *a, const uint8_t id[ID_BYTES])
{
	uint32_t head, n;
	size_t at;

	memcpy(&head, id, sizeof head);
	head |= 1;
	at = head;
	while ((n = table_next(&a->by_id, head, &at)) != 0)
		if (memcmp(a->item[n - 1]->r.id, id, ID_BYTES) == 0)
			return n;
	return 0;
}

size_t
archive_items(const struct archive *a)
{
	return a->items;
}

size_t
archive_authors(const struct archive *a)
{
	return a->authors;
}

const struct pen_name *
archive_names_of(const struct archive *a, uint32_t author)
{
	return a->author[author];
}

size_t
archive_names(const struct archive *a)
{
	return a->names;
}

const uint32_t *
archive_vouch_names(const struct archive *a, size_t *n)
{
	*n = a->vouches;
	return a->vouch;
}
