/* SPDX-License-Identifier: AGPL-3.0-or-later
 * erase.c - see erase.h. */
#include "node/core/erase.h"

#include <string.h>

#include <sodium.h>

#include "node/api/jobs.h"
#include "node/core/indexer.h"
#include "node/core/keyring.h"
#include "node/core/node.h"
#include "node/gossip/witness.h"
#include "node/store/erase.h"
#include "node/store/store.h"
#include "proto/err.h"

void
erase_item_hash(const struct node *n, const char *source, const char *item, uint8_t out[32])
{
	crypto_generichash_state h;
	uint8_t key[32];

	keyring_derive(n->keys, "erased", key);
	crypto_generichash_init(&h, key, sizeof key, 32);
	crypto_generichash_update(&h, (const uint8_t *)source, strlen(source) + 1);
	crypto_generichash_update(&h, (const uint8_t *)item, strlen(item));
	crypto_generichash_final(&h, out, 32);
	sodium_memzero(key, sizeof key);
}

/* What stands under the name: 1 a record, 2 a tombstone, 3 nothing, but it is on the list, -1. */
static int
look_up(struct reader *r, const struct ref *ref, const char *name, struct arena *a, struct err *e)
{
	struct stored was;
	int found = store_get(r, ref, a, &was, e);

	if (found == 1)
		return was.record.deleted ? 2 : 1;
	if (found == 0 && (found = store_erased(r, name, e)) == 0)
		return err_set(e, ERR_NOT_FOUND, "no such record");
	return found == -1 ? -1 : 3;
}

/* The rows of sources that it was made of, as the list keeps them. */
static int
hash_items(struct node *n, struct reader *r, const char *name, struct arena *a, uint8_t (**out)[32], size_t *count,
    struct err *e)
{
	struct source_item *item;
	size_t i;

	if (store_source_items_of(r, name, a, &item, count, e) == -1)
		return -1;
	if ((*out = arena_alloc(a, (*count + 1) * sizeof **out)) == NULL)
		return err_memory(e);
	for (i = 0; i < *count; i++)
		erase_item_hash(n, item[i].source, item[i].item, (*out)[i]);
	return 0;
}

static int
check_kind(const struct ref *ref, struct err *e)
{
	enum kind k = kind_find(ref->kind);

	if (k == KIND_IDENTITY || k == KIND_RETIRE)
		return err_set(e, ERR_FORBIDDEN, "a record of this kind holds keys and no content: block its author instead");
	return 0;
}

/* Deleted first, then listed: whatever is cut off between the two is asked for again. */
int
node_erase(struct node *n, const struct ref *ref, struct erase_report *out, struct err *e)
{
	char name[REF_CHARS_MAX + 1];
	struct arena a = {0};
	struct reader *r = NULL;
	uint8_t (*item)[32];
	struct witness *w;
	size_t items;
	int rc = -1, stands;

	*out = (struct erase_report){ .own = keyring_find(n->keys, ref->author) != NULL };
	ref_format(ref, name);
	if (check_kind(ref, e) == -1 || store_read(n->store, &r, e) == -1)
		return -1;
	stands = look_up(r, ref, name, &a, e);
	if (stands == -1 || hash_items(n, r, name, &a, &item, &items, e) == -1)
		goto out;
	store_read_end(r);
	r = NULL;
	if (out->own && stands == 1 && node_delete(n, ref, e) == -1)
		goto out;
	if (store_erase(n->store, ref, out->own, (const uint8_t (*)[32])item, items, e) == -1)
		goto out;
	out->source_rows = (int)items;
	jobs_forget(n->jobs, ref->rid);
	if (indexer_scrub(n->indexer, &out->clean, e) == -1)
		goto out;
	if ((w = n->witness) != NULL)
		witness_wake(w);
	rc = 0;
out:
	store_read_end(r);
	arena_clear(&a);
	return rc;
}
