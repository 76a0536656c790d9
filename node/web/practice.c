/* SPDX-License-Identifier: AGPL-3.0-or-later
 * practice.c - labels of practices that territories have added to the tree. */
#include <string.h>

#include "node/store/store.h"
#include "node/web/item.h"
#include "node/web/visit.h"

#define PRACTICES_MAX 200

struct practices {
	struct { const char *key, *label; } at[PRACTICES_MAX];
	size_t count;
	struct visit *v;
};

/* The name in the page's language, else the one it was given first. */
static int
add_practice(void *ctx, const struct stored *row, struct err *e)
{
	struct practices *p = ctx;
	struct span content = row->record.content;
	const char *name;

	(void)e;
	if (row->record.deleted || !row->in_set || kind_check(KIND_PRACTICE, content, NULL, e) == -1)
		return 0;
	name = member(p->v, content, p->v->lang == LANG_FR ? "name_fr" : "name_en");
	p->at[p->count].key = member(p->v, content, "key");
	p->at[p->count++].label = *name == '\0' ? member(p->v, content, "name") : name;
	return p->count == PRACTICES_MAX;
}

const char *
practice_label(struct visit *v, const char *key)
{
	const char *known = text_find(v->lang, "practice_", key);
	struct practices *p;
	struct reader *r;
	struct err e;
	size_t i;

	if (known != NULL)
		return known;
	if (v->practices == NULL && (p = arena_alloc(v->arena, sizeof *p)) != NULL) {
		p->v = v;
		v->practices = p;
		if ((r = visit_store(v, &e)) != NULL)
			store_list(r, NULL, "practice", 0, add_practice, p, &e);
	}
	for (i = 0; v->practices != NULL && i < v->practices->count; i++)
		if (strcmp(v->practices->at[i].key, key) == 0)
			return v->practices->at[i].label;
	return key;
}
