/* SPDX-License-Identifier: AGPL-3.0-or-later
 * scope.c - see scope.h. */
#include "node/core/scope.h"

#include <stdlib.h>
#include <string.h>

#include "node/core/gazetteer.h"
#include "proto/canon.h"
#include "proto/err.h"
#include "proto/kind.h"

#define AREAS_MAX 64

struct scope {
	const struct place *area[AREAS_MAX];	/* as named */
	size_t areas;
	const struct place **met;	/* all that share ground with them, by address */
	size_t mets;
	const struct gazetteer *gazetteer;
	uint32_t kinds;
	struct buf id;
};

static int
is_commune(const struct place *p)
{
	return p->type == 'C' || p->type == 'A' || p->type == 'D';
}

static int
is_area(const struct place *p)
{
	return is_commune(p) || p->type == 'E' || p->type == 'P';
}

/* A name where a code is asked for: say the code. */
static int
unknown_area(const struct gazetteer *g, struct span text, struct err *e)
{
	const struct place *named = NULL;
	size_t n = gazetteer_find(g, text, (struct span){ 0 }, &named, 1);

	if (gazetteer_count(g) == 0)
		return err_set(e, ERR_USAGE, "areas: the table of places (places.tsv) is not installed, so %.*s cannot"
		    " be looked up", (int)text.len, text.ptr);
	if (n == 1)
		return err_set(e, ERR_USAGE, "areas are INSEE codes: %.*s is %.*s", (int)text.len, text.ptr,
		    (int)named->code.len, named->code.ptr);
	return err_set(e, ERR_USAGE, "areas: no place has the code \"%.*s\"%s (a commune's is like 29151, a"
	    " departement's like 29 or 2A, an EPCI's has nine digits like 242900835)", (int)text.len, text.ptr,
	    n > 1 ? ", and several have that name" : "");
}

static int
read_areas(struct scope *s, struct span list, struct err *e)
{
	while (list.len > 0) {
		struct span one = span_trim(span_cut(&list, ','));
		const struct place *p;

		if (one.len == 0)
			continue;
		if ((p = gazetteer_code(s->gazetteer, one)) == NULL || !is_area(p))
			return unknown_area(s->gazetteer, one, e);
		if (s->areas == AREAS_MAX)
			return err_set(e, ERR_LIMIT, "areas: more than %d: name the departement instead", AREAS_MAX);
		s->area[s->areas++] = p;
	}
	return 0;
}

static int
list_kinds(struct buf *out, struct err *e)
{
	unsigned k;

	for (k = KIND_UNKNOWN + 1; k < KIND__COUNT; k++)
		if ((kind_info((enum kind)k)->flags & KIND_NETWORK) == 0 &&
		    buf_addf(out, e, "%s%s", out->len == 0 ? "" : ", ", kind_info((enum kind)k)->name) == -1)
			return -1;
	return 0;
}

static int
unknown_kind(struct span name, struct err *e)
{
	struct buf all = BUF_INIT(300);
	struct err full;

	list_kinds(&all, &full);
	err_set(e, ERR_USAGE, "kinds: there is no \"%.*s\" to choose: %s", (int)name.len, name.ptr,
	    all.len == 0 ? "" : all.ptr);
	buf_clear(&all);
	return -1;
}

static int
read_kinds(struct scope *s, struct span list, struct err *e)
{
	while (list.len > 0) {
		struct span one = span_trim(span_cut(&list, ','));
		enum kind k = kind_find(one);

		if (one.len == 0)
			continue;
		if (k == KIND_UNKNOWN || (kind_info(k)->flags & KIND_NETWORK) != 0)
			return unknown_kind(one, e);
		s->kinds |= UINT32_C(1) << k;
	}
	return 0;
}

/* --- resolving --------------------------------------------------------------------------------- */

static int
by_address(const void *a, const void *b)
{
	uintptr_t x = (uintptr_t)*(const struct place *const *)a, y = (uintptr_t)*(const struct place *const *)b;

	return x < y ? -1 : x > y;
}

static int
lies_in_one(const struct scope *s, struct span commune)
{
	size_t i;

	for (i = 0; i < s->areas; i++)
		if (gazetteer_within(s->gazetteer, commune, s->area[i]->code) ||
		    (is_commune(s->area[i]) && gazetteer_within(s->gazetteer, s->area[i]->code, commune)))
			return 1;
	return 0;
}

static void
meet(struct scope *s, const struct place *p)
{
	if (p != NULL && is_area(p))
		s->met[s->mets++] = p;
}

/* Every commune inside, with the EPCI and the departement it belongs to. */
static int
resolve(struct scope *s, struct err *e)
{
	size_t n = s->areas == 0 ? 0 : gazetteer_count(s->gazetteer), i;

	if ((s->met = calloc(3 * n + 1, sizeof *s->met)) == NULL)
		return err_memory(e);
	for (i = 0; i < n; i++) {
		const struct place *p = gazetteer_at(s->gazetteer, i);

		if (!is_commune(p) || !lies_in_one(s, p->code))
			continue;
		meet(s, p);
		meet(s, gazetteer_code(s->gazetteer, p->departement));
		if (p->type == 'C')
			meet(s, gazetteer_code(s->gazetteer, p->parent));
	}
	qsort(s->met, s->mets, sizeof *s->met, by_address);
	return 0;
}

/* A later table of places may resolve the same codes otherwise, so that counts too. */
static int
name_scope(struct scope *s, struct err *e)
{
	size_t i;

	for (i = 0; i < s->areas; i++)
		if (buf_addspan(&s->id, s->area[i]->code, e) == -1 || buf_addc(&s->id, ',', e) == -1)
			return -1;
	if (scope_is_whole(s))
		return buf_adds(&s->id, "", e);
	return buf_addf(&s->id, e, "%zu;%x", s->mets, (unsigned)s->kinds);
}

int
scope_open(const char *areas, const char *kinds, const struct gazetteer *g, struct scope **out,
    struct err *e)
{
	struct scope *s = calloc(1, sizeof *s);

	if (s == NULL)
		return err_memory(e);
	s->gazetteer = g;
	s->id.max = 4096;
	if (read_areas(s, span_str(areas), e) == -1 || read_kinds(s, span_str(kinds), e) == -1 ||
	    resolve(s, e) == -1 || name_scope(s, e) == -1) {
		scope_close(s);
		return -1;
	}
	*out = s;
	return 0;
}

void
scope_close(struct scope *s)
{
	if (s == NULL)
		return;
	free(s->met);
	buf_clear(&s->id);
	free(s);
}

/* --- the rule ------------------------------------------------------------------------------------ */

/* 1, 0, or -1 where a code is not in the table. */
static int
code_meets(const struct scope *s, struct span code)
{
	const struct place *p = gazetteer_code(s->gazetteer, code);

	if (p == NULL)
		return -1;
	return bsearch(&p, s->met, s->mets, sizeof *s->met, by_address) != NULL;
}

static int
territory_meets(void *ctx, struct span content)
{
	const struct scope *s = ctx;
	struct canon_iter it;
	struct span areas, item, code;
	int named = 0;

	if (!canon_get(content, "areas", &areas) || areas.len == 0 || areas.ptr[0] != '[')
		return -1;
	for (canon_array(areas, &it); canon_item(&it, &item); named = 1)
		if (canon_plain(item, &code) && code_meets(s, code) == 1)
			return 1;
	return named ? 0 : -1;
}

struct store_scope
scope_rule(struct scope *s)
{
	return (struct store_scope){ .id = s->id.ptr, .kinds = s->kinds,
	    .meets = s->areas > 0 ? territory_meets : NULL, .ctx = s };
}

int
scope_is_whole(const struct scope *s)
{
	return s->areas == 0 && s->kinds == 0;
}

size_t
scope_area_count(const struct scope *s)
{
	return s->areas;
}

const struct place *
scope_area(const struct scope *s, size_t i)
{
	return s->area[i];
}

uint32_t
scope_kinds(const struct scope *s)
{
	return s->kinds;
}
