/* SPDX-License-Identifier: AGPL-3.0-or-later
 * gazetteer.c - the table is kept as read; two sorted indexes point into it.  See gazetteer.h. */
#include "node/core/gazetteer.h"

#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
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

struct coded {
	struct span postcode;
	const struct place *place;
};

struct centre {
	char code[6];
	int32_t lat_e7, lon_e7;
};

/* As loaded once; an older one stays until the end, for who may still be reading it. */
struct centres {
	struct centres *older;
	size_t count;
	struct centre at[];
};

struct gazetteer {
	struct buf text;
	struct arena names;
	struct place *place;		/* in the order of the file */
	size_t count;
	const struct place **by_code;
	struct named *by_name;		/* current communes */
	size_t named;
	struct named *by_former;	/* former communes */
	size_t former;
	struct coded *by_postcode;	/* current communes, once for each of their postcodes */
	size_t coded;
	_Atomic(struct centres *) centres;	/* NULL: none were loaded */
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
by_postcode(const void *a, const void *b)
{
	const struct coded *x = a, *y = b;
	int c = compare_spans(x->postcode, y->postcode);

	return c != 0 ? c : compare_spans(x->place->code, y->place->code);
}

static int
add_name(struct gazetteer *g, const struct place *p, struct err *e)
{
	struct named *n = p->type == 'C' ? &g->by_name[g->named++] : &g->by_former[g->former++];
	char name[NAME_BYTES_MAX];

	n->place = p;
	n->folded = arena_copy(&g->names, (struct span){ name, fold(p->name, name) });
	return n->folded == NULL ? err_memory(e) : 0;
}

static int
add_line(struct gazetteer *g, struct span line, size_t cap, struct err *e)
{
	struct place *p = &g->place[g->count];
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
	return p->type == 'C' || (p->type == 'D' && p->name.len > 0) ? add_name(g, p, e) : 0;
}

/* The communes of each postcode. */
static int
index_postcodes(struct gazetteer *g, struct err *e)
{
	size_t i, n = 0;

	for (i = 0; i < g->named; i++)
		n += g->by_name[i].place->postcodes.len / 6 + 1;
	if ((g->by_postcode = calloc(n + 1, sizeof *g->by_postcode)) == NULL)
		return err_memory(e);
	for (i = 0; i < g->named; i++) {
		struct span rest = g->by_name[i].place->postcodes;

		while (rest.len > 0 && g->coded < n)
			g->by_postcode[g->coded++] = (struct coded){ span_cut(&rest, ' '), g->by_name[i].place };
	}
	qsort(g->by_postcode, g->coded, sizeof *g->by_postcode, by_postcode);
	return 0;
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
	g->by_former = calloc(lines, sizeof *g->by_former);
	if (g->place == NULL || g->by_code == NULL || g->by_name == NULL || g->by_former == NULL)
		return err_memory(e);
	while (rest.len > 0)
		if (add_line(g, span_cut(&rest, '\n'), lines, e) == -1)
			return -1;
	qsort(g->by_code, g->count, sizeof *g->by_code, by_code);
	qsort(g->by_name, g->named, sizeof *g->by_name, by_name);
	qsort(g->by_former, g->former, sizeof *g->by_former, by_name);
	return index_postcodes(g, e);
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
	struct centres *c, *older;

	if (g == NULL)
		return;
	for (c = g->centres; c != NULL; c = older) {
		older = c->older;
		free(c);
	}
	buf_clear(&g->text);
	arena_clear(&g->names);
	free(g->place);
	free(g->by_code);
	free(g->by_name);
	free(g->by_former);
	free(g->by_postcode);
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
	size_t lo = 0, hi = g->coded, n = 0;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (compare_spans(g->by_postcode[mid].postcode, postcode) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; lo < g->coded && span_eq(g->by_postcode[lo].postcode, postcode); lo++)
		if (n++ < max)
			out[n - 1] = g->by_postcode[lo].place;
	return n;
}

/* The first of that name, or count. */
static size_t
first_named(const struct named *at, size_t count, const char *folded)
{
	size_t lo = 0, hi = count;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (strcmp(at[mid].folded, folded) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

size_t
gazetteer_find(const struct gazetteer *g, struct span name, struct span postcode,
    const struct place **out, size_t max)
{
	char folded[NAME_BYTES_MAX];
	size_t i, n = 0;

	if (fold(name, folded) == 0)
		return postcode.len == 0 ? 0 : find_postcode(g, postcode, out, max);
	for (i = first_named(g->by_name, g->named, folded); i < g->named &&
	    strcmp(g->by_name[i].folded, folded) == 0; i++)
		if ((postcode.len == 0 || has_postcode(g->by_name[i].place, postcode)) && n++ < max)
			out[n - 1] = g->by_name[i].place;
	return n;
}

/* --- as people write it ---------------------------------------------------------------------------- */

/* Does the word begin with a digit ("11e", "01", "35")? */
static int
is_numbered(const char *word)
{
	return *word >= '0' && *word <= '9' && strlen(word) <= 5;
}

/* Take "cedex 7", "11e arrondissement", "3", "(35)" off the end of a folded name; the last number that went is put
 * into number. */
static void
strip_ending(char folded[NAME_BYTES_MAX], char number[8])
{
	char *at = strstr(folded, " cedex"), *last;

	number[0] = '\0';
	if (at != NULL && (at[6] == '\0' || at[6] == ' '))
		*at = '\0';
	while ((last = strrchr(folded, ' ')) != NULL && (is_numbered(last + 1) || strcmp(last + 1, "arrondissement") == 0 ||
	    strcmp(last + 1, "arr") == 0)) {
		if (is_numbered(last + 1))
			memcpy(number, last + 1, strlen(last + 1) + 1);
		*last = '\0';
	}
}

/* Does the place lie in the departement that the postcode, or its beginning, tells?  Corsica's begin with 20. */
static int
fits_departement(const struct place *p, struct span postcode)
{
	size_t len = p->departement.len;

	if (postcode.len >= 2 && memcmp(postcode.ptr, "20", 2) == 0 && (postcode.len == 5 || postcode.len == 2))
		return len == 2 && p->departement.ptr[0] == '2' && p->departement.ptr[1] > '9';
	return len > 0 && postcode.len >= len && memcmp(p->departement.ptr, postcode.ptr, len) == 0;
}

static size_t
find_within(const struct gazetteer *g, const struct named *at, size_t count, const char *folded,
    struct span departement, const struct place **out, size_t max)
{
	size_t i, n = 0;

	for (i = first_named(at, count, folded); i < count && strcmp(at[i].folded, folded) == 0; i++) {
		const struct place *p = at[i].place;

		if (departement.len > 0 && !fits_departement(p, departement))
			continue;
		if (p->type == 'D' && (p = gazetteer_code(g, p->parent)) == NULL)
			continue;
		if (n++ < max)
			out[n - 1] = p;
	}
	return n;
}

size_t
gazetteer_guess(const struct gazetteer *g, struct span name, struct span postcode, const struct place **out,
    size_t max)
{
	size_t n = gazetteer_find(g, name, postcode, out, max);
	char folded[NAME_BYTES_MAX], number[8];
	struct span departement = postcode;

	if (n > 0 || fold(name, folded) == 0)
		return n;
	strip_ending(folded, number);
	if ((n = gazetteer_find(g, span_str(folded), postcode, out, max)) > 0 && (postcode.len > 0 || number[0] == '\0'))
		return n;
	if (postcode.len == 0 && strlen(number) == 2 && n > 1)
		departement = span_str(number);
	else if (n > 0)
		return n;
	if ((n = find_within(g, g->by_name, g->named, folded, departement, out, max)) > 0)
		return n;
	return find_within(g, g->by_former, g->former, folded, departement, out, max);
}

/* --- positions --------------------------------------------------------------------------------------- */

static int
by_centre(const void *a, const void *b)
{
	return strcmp(((const struct centre *)a)->code, ((const struct centre *)b)->code);
}

static int
read_centre(struct span line, struct centre *c)
{
	char text[64];
	long lat, lon;
	int n = 0;

	if (line.len >= sizeof text)
		return 0;
	memcpy(text, line.ptr, line.len);
	text[line.len] = '\0';
	if (sscanf(text, "%5[0-9AB]\t%11ld\t%11ld%n", c->code, &lat, &lon, &n) != 3 || (size_t)n != line.len ||
	    strlen(c->code) != 5 || labs(lat) > 900000000 || labs(lon) > 1800000000)
		return 0;
	c->lat_e7 = (int32_t)lat;
	c->lon_e7 = (int32_t)lon;
	return 1;
}

int
gazetteer_centres(struct gazetteer *g, struct span text, size_t *count, struct err *e)
{
	size_t lines = 1, i, number;
	struct centres *c;

	for (i = 0; i < text.len; i++)
		lines += text.ptr[i] == '\n';
	if (lines > CENTRES_MAX)
		return err_set(e, ERR_LIMIT, "more than %d places", CENTRES_MAX);
	if ((c = calloc(1, sizeof *c + lines * sizeof c->at[0])) == NULL)
		return err_memory(e);
	for (number = 1; text.len > 0; number++) {
		struct span line = span_cut(&text, '\n');

		if (line.len > 0 && !read_centre(line, &c->at[c->count++])) {
			free(c);
			return err_set(e, ERR_INPUT, "line %zu is not a commune's code, latitude and longitude", number);
		}
	}
	qsort(c->at, c->count, sizeof c->at[0], by_centre);
	*count = c->count;
	c->older = atomic_exchange(&g->centres, c);
	return 0;
}

int
gazetteer_centre(const struct gazetteer *g, struct span code, int32_t *lat_e7, int32_t *lon_e7)
{
	const struct centres *c = g->centres;
	const struct centre *found;
	struct centre key = { .code = "" };

	if (c == NULL || code.len != 5)
		return 0;
	memcpy(key.code, code.ptr, 5);
	if ((found = bsearch(&key, c->at, c->count, sizeof c->at[0], by_centre)) == NULL)
		return 0;
	*lat_e7 = found->lat_e7;
	*lon_e7 = found->lon_e7;
	return 1;
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
