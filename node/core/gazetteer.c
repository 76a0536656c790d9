/* SPDX-License-Identifier: AGPL-3.0-or-later
 * gazetteer.c - the table is kept as read; two sorted indexes point into it.  See gazetteer.h. */
#include "node/core/gazetteer.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <utf8proc.h>

#include "node/core/file.h"
#include "proto/err.h"

#define TABLE_BYTES_MAX (8 * 1024 * 1024)
#define NAME_BYTES_MAX 160

struct named {
	const char *folded;		/* lower case, no accents, words parted by one space */
	const struct place *place;
};

struct gazetteer {
	struct buf text;
	struct arena names;
	struct place *place;		/* in the order of the file */
	size_t count;
	const struct place **by_code;
	struct named *by_name;		/* current communes */
	size_t named;
};

/* "œ" is no ligature to Unicode, which takes only those apart. */
static size_t
add_folded(const char *word, size_t len, char out[NAME_BYTES_MAX], size_t n)
{
	size_t i;

	for (i = 0; i < len && n + 2 < NAME_BYTES_MAX; i++) {
		int two = i + 1 < len && (memcmp(word + i, "\305\223", 2) == 0 || memcmp(word + i, "\303\246", 2) == 0);

		if (!two) {
			out[n++] = word[i];
			continue;
		}
		out[n++] = word[i] == '\305' ? 'o' : 'a';
		out[n++] = 'e';
		i++;
	}
	return n;
}

/* How many bytes a letter or digit takes here; 0: it is neither, a typographic apostrophe say. */
static size_t
word_char(const utf8proc_uint8_t *at, size_t len)
{
	utf8proc_int32_t c;
	ssize_t n = utf8proc_iterate(at, (utf8proc_ssize_t)len, &c);
	utf8proc_category_t is = n > 0 ? utf8proc_category(c) : UTF8PROC_CATEGORY_CN;

	return (is >= UTF8PROC_CATEGORY_LU && is <= UTF8PROC_CATEGORY_LO) || is == UTF8PROC_CATEGORY_ND ? (size_t)n : 0;
}

/* "L'Île-d'Yeu" and "ile d yeu" fold to one; "St" and "Ste" open up. */
static size_t
fold(struct span in, char out[NAME_BYTES_MAX])
{
	utf8proc_uint8_t *folded = NULL;
	size_t n = 0, i, step;
	ssize_t len = utf8proc_map((const utf8proc_uint8_t *)in.ptr, (utf8proc_ssize_t)in.len, &folded,
	    UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_STRIPMARK | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE);
	const char *word;

	for (i = 0; len > 0 && i < (size_t)len && n + 8 < NAME_BYTES_MAX;) {
		size_t start = i;

		while (i < (size_t)len && (step = word_char(folded + i, (size_t)len - i)) > 0)
			i += step;
		word = (const char *)folded + start;
		if (i == start) {
			i++;
			continue;
		}
		if (n > 0)
			out[n++] = ' ';
		if ((i - start == 2 && memcmp(word, "st", 2) == 0) ||
		    (i - start == 3 && memcmp(word, "ste", 3) == 0)) {
			memcpy(out + n, "sainte", 6);
			n += word[2 - (i - start == 2)] == 'e' ? 6 : 5;
			continue;
		}
		n = add_folded(word, i - start, out, n);
	}
	free(folded);
	out[n] = '\0';
	return n;
}

static int
compare_spans(struct span a, struct span b)
{
	int c = memcmp(a.ptr, b.ptr, a.len < b.len ? a.len : b.len);

	return c != 0 ? c : (a.len > b.len) - (a.len < b.len);
}

/* A code's current place before a former commune of the same code. */
static int
by_code(const void *a, const void *b)
{
	const struct place *x = *(const struct place *const *)a, *y = *(const struct place *const *)b;
	int c = compare_spans(x->code, y->code);

	return c != 0 ? c : (x->type == 'D') - (y->type == 'D');
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(((const struct named *)a)->folded, ((const struct named *)b)->folded);
}

static int
add_line(struct gazetteer *g, struct span line, size_t cap, struct err *e)
{
	struct place *p = &g->place[g->count];
	char name[NAME_BYTES_MAX];
	struct span type, number;

	if (line.len == 0 || line.ptr[0] == '#')
		return 0;
	type = span_cut(&line, '\t');
	p->code = span_cut(&line, '\t');
	p->name = span_cut(&line, '\t');
	number = span_cut(&line, '\t');
	p->parent = span_cut(&line, '\t');
	p->departement = span_cut(&line, '\t');
	p->region = span_cut(&line, '\t');
	p->postcodes = line;
	if (type.len != 1 || p->code.len == 0 || g->count == cap)
		return err_set(e, ERR_INPUT, "a line is not a place");
	p->type = type.ptr[0];
	for (; number.len > 0; number.ptr++, number.len--)
		p->population = p->population * 10 + (uint32_t)(number.ptr[0] - '0') % 10;
	g->by_code[g->count++] = p;
	if (p->type != 'C')
		return 0;
	g->by_name[g->named].place = p;
	g->by_name[g->named].folded = arena_copy(&g->names, (struct span){ name, fold(p->name, name) });
	return g->by_name[g->named++].folded == NULL ? err_memory(e) : 0;
}

static int
parse(struct gazetteer *g, struct err *e)
{
	struct span rest = buf_span(&g->text);
	size_t lines = 1, i;

	for (i = 0; i < rest.len; i++)
		lines += rest.ptr[i] == '\n';
	g->place = calloc(lines, sizeof *g->place);
	g->by_code = calloc(lines, sizeof *g->by_code);
	g->by_name = calloc(lines, sizeof *g->by_name);
	if (g->place == NULL || g->by_code == NULL || g->by_name == NULL)
		return err_memory(e);
	while (rest.len > 0)
		if (add_line(g, span_cut(&rest, '\n'), lines, e) == -1)
			return -1;
	qsort(g->by_code, g->count, sizeof *g->by_code, by_code);
	qsort(g->by_name, g->named, sizeof *g->by_name, by_name);
	return 0;
}

int
gazetteer_open(const char *path, struct gazetteer **out, struct err *e)
{
	struct gazetteer *g = calloc(1, sizeof *g);
	char found[PATH_MAX];

	if (g == NULL)
		return err_memory(e);
	g->text.max = TABLE_BYTES_MAX;
	if (path == NULL && file_shipped("places.tsv", found, sizeof found))
		path = found;
	if (path != NULL && (file_read(path, &g->text, e) == -1 || parse(g, e) == -1)) {
		gazetteer_close(g);
		return err_wrap(e, "%s", path);
	}
	*out = g;
	return 0;
}

void
gazetteer_close(struct gazetteer *g)
{
	if (g == NULL)
		return;
	buf_clear(&g->text);
	arena_clear(&g->names);
	free(g->place);
	free(g->by_code);
	free(g->by_name);
	free(g);
}

const struct place *
gazetteer_code(const struct gazetteer *g, struct span code)
{
	size_t lo = 0, hi = g->count;

	if (code.len == 0)
		return NULL;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (compare_spans(g->by_code[mid]->code, code) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < g->count && span_eq(g->by_code[lo]->code, code) ? g->by_code[lo] : NULL;
}

size_t
gazetteer_count(const struct gazetteer *g)
{
	return g->count;
}

const struct place *
gazetteer_at(const struct gazetteer *g, size_t i)
{
	return &g->place[i];
}

static int
has_postcode(const struct place *p, struct span postcode)
{
	struct span rest = p->postcodes;

	while (rest.len > 0)
		if (span_eq(span_cut(&rest, ' '), postcode))
			return 1;
	return 0;
}

static size_t
find_postcode(const struct gazetteer *g, struct span postcode, const struct place **out, size_t max)
{
	size_t i, n = 0;

	for (i = 0; i < g->named; i++)
		if (has_postcode(g->by_name[i].place, postcode) && n++ < max)
			out[n - 1] = g->by_name[i].place;
	return n;
}

size_t
gazetteer_find(const struct gazetteer *g, struct span name, struct span postcode,
    const struct place **out, size_t max)
{
	char folded[NAME_BYTES_MAX];
	size_t lo = 0, hi = g->named, n = 0;

	if (fold(name, folded) == 0)
		return postcode.len == 0 ? 0 : find_postcode(g, postcode, out, max);
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (strcmp(g->by_name[mid].folded, folded) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; lo < g->named && strcmp(g->by_name[lo].folded, folded) == 0; lo++)
		if ((postcode.len == 0 || has_postcode(g->by_name[lo].place, postcode)) && n++ < max)
			out[n - 1] = g->by_name[lo].place;
	return n;
}

size_t
gazetteer_members(const struct gazetteer *g, struct span area, struct span *out, size_t max)
{
	size_t i, n = 0;

	for (i = 0; i < g->count && n < max && area.len > 0; i++) {
		const struct place *p = g->by_code[i];

		if (p->type == 'C' && (span_eq(p->parent, area) || span_eq(p->departement, area)))
			out[n++] = p->code;
	}
	return n;
}

int
gazetteer_within(const struct gazetteer *g, struct span commune, struct span area)
{
	const struct place *p = gazetteer_code(g, commune);
	int steps;

	if (span_eq(commune, area))
		return commune.len > 0;
	for (steps = 0; steps < 4 && p != NULL && (p->type == 'A' || p->type == 'D'); steps++) {
		if (span_eq(p->parent, area))
			return 1;
		p = gazetteer_code(g, p->parent);	/* a former commune's successor may have one too */
	}
	return area.len > 0 && p != NULL && (span_eq(p->parent, area) || span_eq(p->departement, area));
}
