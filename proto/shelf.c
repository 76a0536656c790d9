/* SPDX-License-Identifier: AGPL-3.0-or-later
 * shelf.c - see shelf.h.  Sets lie in the order they came; the oldest is first. */
#include "proto/shelf.h"

#include <stdlib.h>
#include <string.h>

#include "proto/err.h"
#include "proto/part.h"
#include "proto/set.h"

struct shelved {
	char *author, *kind, *part;	/* NULL: any */
	struct part *parsed;		/* of part */
	struct set *set;
};

struct shelf {
	struct shelved *sets;
	size_t n, sets_max;
	uint64_t items_max;
};

static int
text_same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static int
filter_holds(const struct shelf_filter *f, const struct part *part, const char *author, const char *kind)
{
	if (strcmp(kind, "identity") == 0 || strcmp(kind, "retire") == 0)
		return 1;
	return (f->author == NULL || strcmp(f->author, author) == 0)
	    && (f->kind == NULL || strcmp(f->kind, kind) == 0)
	    && (part == NULL || part_holds(part, span_str(author), span_str(kind)));
}

int
shelf_filter_holds(const struct shelf_filter *f, const char *author, const char *kind)
{
	struct part part;
	struct err e;

	if (f->part != NULL && part_parse(span_str(f->part), &part, &e) == -1)
		return 0;
	return filter_holds(f, f->part == NULL ? NULL : &part, author, kind);
}

struct shelf *
shelf_new(size_t sets_max, uint64_t items_max)
{
	struct shelf *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->sets = calloc(sets_max, sizeof(*s->sets));
	if (s->sets == NULL) {
		free(s);
		return NULL;
	}
	s->sets_max = sets_max;
	s->items_max = items_max;
	return s;
}

static void
shelved_release(struct shelved *d)
{
	free(d->author);
	free(d->kind);
	free(d->part);
	free(d->parsed);
	set_free(d->set);
}

static void
shelf_drop(struct shelf *s, size_t at)
{
	shelved_release(&s->sets[at]);
	s->n--;
	memmove(&s->sets[at], &s->sets[at + 1], (s->n - at) * sizeof(*s->sets));
}

void
shelf_clear(struct shelf *s)
{
	while (s->n > 0)
		shelf_drop(s, s->n - 1);
}

void
shelf_free(struct shelf *s)
{
	if (s == NULL)
		return;
	shelf_clear(s);
	free(s->sets);
	free(s);
}

static size_t
shelf_find(const struct shelf *s, const struct shelf_filter *f)
{
	size_t i = 0;

	while (i < s->n && !(text_same(s->sets[i].author, f->author)
	    && text_same(s->sets[i].kind, f->kind) && text_same(s->sets[i].part, f->part)))
		i++;
	return i;
}

const struct set *
shelf_get(const struct shelf *s, const struct shelf_filter *f)
{
	size_t at = shelf_find(s, f);

	return at < s->n ? s->sets[at].set : NULL;
}

/* Drop the oldest until the limits hold. */
static void
shelf_trim(struct shelf *s, size_t sets_max)
{
	uint64_t items = 0;

	for (size_t i = 0; i < s->n; i++)
		items += set_count(s->sets[i].set);
	while (s->n > sets_max || (s->n > 0 && items > s->items_max)) {
		items -= set_count(s->sets[0].set);
		shelf_drop(s, 0);
	}
}

/* A copy of the filter, with its part read once for all. */
static int
shelved_name(struct shelved *d, const struct shelf_filter *f, struct err *e)
{
	if ((f->author != NULL && (d->author = strdup(f->author)) == NULL)
	    || (f->kind != NULL && (d->kind = strdup(f->kind)) == NULL)
	    || (f->part != NULL && ((d->part = strdup(f->part)) == NULL
	    || (d->parsed = malloc(sizeof *d->parsed)) == NULL)))
		return err_memory(e);
	return f->part == NULL ? 0 : part_parse(span_str(d->part), d->parsed, e);
}

int
shelf_put(struct shelf *s, const struct shelf_filter *f, struct set *set, struct err *e)
{
	struct shelved d = { .set = set };
	size_t old = shelf_find(s, f);

	if (set_count(set) > s->items_max || s->sets_max == 0) {
		shelved_release(&d);
		return err_set(e, ERR_LIMIT, "a part of the set too large to keep");
	}
	if (shelved_name(&d, f, e) == -1) {
		shelved_release(&d);
		return -1;
	}
	if (old < s->n)
		shelf_drop(s, old);
	shelf_trim(s, s->sets_max - 1);
	s->sets[s->n++] = d;
	shelf_trim(s, s->sets_max);
	return 0;
}

void
shelf_insert(struct shelf *s, const char *author, const char *kind, uint64_t ts, const uint8_t id[32])
{
	struct err e;

	for (size_t i = s->n; i-- > 0;) {
		struct shelf_filter f = { .author = s->sets[i].author, .kind = s->sets[i].kind };
		if (filter_holds(&f, s->sets[i].parsed, author, kind)
		    && set_insert(s->sets[i].set, ts, id, &e) == -1)
			shelf_drop(s, i);
	}
	shelf_trim(s, s->sets_max);
}

void
shelf_delete(struct shelf *s, const char *author, const char *kind, uint64_t ts, const uint8_t id[32])
{
	for (size_t i = 0; i < s->n; i++) {
		struct shelf_filter f = { .author = s->sets[i].author, .kind = s->sets[i].kind };
		if (filter_holds(&f, s->sets[i].parsed, author, kind))
			set_delete(s->sets[i].set, ts, id);
	}
}
