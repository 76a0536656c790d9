/* SPDX-License-Identifier: AGPL-3.0-or-later
 * backing.c - see backing.h. */
#include "node/web/backing.h"

#include <string.h>

#include "node/web/item.h"
#include "proto/vocab.h"

#define ROLE_MAX 12	/* names listed under one role */

int
backing_is(const struct search_link *l)
{
	return l->kind == KIND_ENDORSEMENT && strcmp(l->field, "target") == 0;
}

/* The one it is said of, and who signed that when it is somebody else, and when. */
static struct link
backer(struct visit *v, const struct search_link *l)
{
	const char *signer = *l->author_name == '\0' ? author_name(v, l->author) : l->author_name;
	const char *when = date_ago(v->arena, v->lang, l->updated, v->now_s);
	struct link who = { .text = signer, .href = visit_href(v, printed(v, "/territory/%s", l->author)) };

	if (*l->other != '\0')
		who = item_link(v, l->other);
	who.note = strcmp(who.text, signer) == 0 ? when : printed(v, "%s, %s", signer, when);
	return who;
}

static int
is_listed(const struct row *r, const struct link *l)
{
	size_t i;

	for (i = 0; i < r->value.count; i++)
		if (strcmp(r->value.at[i].text, l->text) == 0)
			return 1;
	return 0;
}

static struct row
row_of(struct visit *v, const struct search_links *found, const char *role)
{
	struct link *at = arena_alloc(v->arena, ROLE_MAX * sizeof *at);
	struct row row = { .name = role, .label = text_label(v->lang, "backing_", role), .value = { at, 0 } };
	size_t i;

	for (i = 0; at != NULL && i < found->count && row.value.count < ROLE_MAX; i++) {
		const struct search_link *l = &found->link[i];

		if (!backing_is(l) || strcmp(l->value, role) != 0)
			continue;
		at[row.value.count] = backer(v, l);
		row.value.count += !is_listed(&row, &at[row.value.count]);
	}
	return row;
}

/* Each voice once, however often it speaks; the record's own author's is none. */
static long long
voices(const struct search_links *found, const char *author)
{
	long long n = 0;
	size_t i, k;

	for (i = 0; i < found->count; i++) {
		const struct search_link *l = &found->link[i];

		if (!backing_is(l) || strcmp(l->author, author) == 0)
			continue;
		for (k = 0; k < i; k++)
			if (backing_is(&found->link[k]) && strcmp(found->link[k].author, l->author) == 0)
				break;
		n += k == i;
	}
	return n;
}

void
backing_fill(struct visit *v, const struct search_links *found, const char *author, struct view_item *w)
{
	const struct vocab *roles = vocab_get(VOCAB_ROLE);
	struct row *at = arena_alloc(v->arena, roles->count * sizeof *at);
	size_t i;

	w->backing = (struct rows){ at, 0 };
	for (i = 0; at != NULL && i < roles->count; i++) {
		at[w->backing.count] = row_of(v, found, roles->term[i].key);
		w->backing.count += at[w->backing.count].value.count > 0;
	}
	w->voices = voices(found, author);
}
