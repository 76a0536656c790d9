/* SPDX-License-Identifier: AGPL-3.0-or-later
 * column.c - the rows and names held in memory; see column.h. */
#include "node/search/column.h"

#include <stdlib.h>
#include <string.h>

#include "proto/err.h"
#include "proto/vocab.h"

#define ROWS_MAX (UINT32_C(1) << 28)
#define KEY_BYTES (sizeof(int64_t) + 2 * sizeof(int32_t) + 3 * sizeof(uint32_t))

static void
free_planes(struct columns *c)
{
	uint32_t i;
	int f;

	for (f = 0; f < FACET__COUNT; f++) {
		for (i = 0; i < c->planes[f]; i++)
			plane_free(&c->plane[f][i]);
		free(c->plane[f]);
	}
	plane_free(&c->shown);
	plane_free(&c->example);
}

void
columns_free(struct columns *c)
{
	uint32_t i;
	int sort;

	for (sort = 0; sort < NAME__COUNT; sort++) {
		for (i = 0; i < c->names[sort].count; i++) {
			free(c->names[sort].name[i].key);
			free(c->names[sort].name[i].label);
		}
		free(c->names[sort].name);
	}
	for (i = 0; i < BELIEF__COUNT; i++)
		groups_free(&c->groups[i]);
	free_planes(c);
	free(c->key.block);
	free(c->row);
	memset(c, 0, sizeof *c);
}

/* Room for number id in an array of size-byte rows, zeroed. */
static int
grow(void **array, uint32_t *cap, uint32_t id, size_t size, struct err *e)
{
	uint32_t want = *cap == 0 ? 64 : *cap;
	char *more;

	if (id < *cap)
		return 0;
	if (id >= ROWS_MAX)
		return err_set(e, ERR_LIMIT, "search holds at most %u rows", ROWS_MAX);
	while (want <= id)
		want += want / 2;
	more = realloc(*array, want * size);
	if (more == NULL)
		return err_memory(e);
	memset(more + *cap * size, 0, (want - *cap) * size);
	*array = more;
	*cap = want;
	return 0;
}

/* --- rows -------------------------------------------------------------------------------------- */

/* The keys of cap rows lie in one block, one array after the other. */
static int
grow_keys(struct column_key *k, uint32_t had, uint32_t cap, struct err *e)
{
	struct column_key more = { .block = calloc(cap, KEY_BYTES) };
	char *p = more.block;

	if (p == NULL)
		return err_memory(e);
	more.updated = (void *)p;
	more.lat_e7 = (void *)(p += cap * sizeof *k->updated);
	more.lon_e7 = (void *)(p += cap * sizeof *k->lat_e7);
	more.author = (void *)(p += cap * sizeof *k->lon_e7);
	more.commune = (void *)(p += cap * sizeof *k->author);
	more.type = (void *)(p + cap * sizeof *k->commune);
	if (had > 0) {
		memcpy(more.updated, k->updated, had * sizeof *k->updated);
		memcpy(more.lat_e7, k->lat_e7, had * sizeof *k->lat_e7);
		memcpy(more.lon_e7, k->lon_e7, had * sizeof *k->lon_e7);
		memcpy(more.author, k->author, had * sizeof *k->author);
		memcpy(more.commune, k->commune, had * sizeof *k->commune);
		memcpy(more.type, k->type, had * sizeof *k->type);
	}
	free(k->block);
	*k = more;
	return 0;
}

static int
grow_rows(struct columns *c, uint32_t id, struct err *e)
{
	uint32_t cap = c->cap;
	void *array = c->row;

	if (id < cap)
		return 0;
	if (grow(&array, &cap, id, sizeof *c->row, e) == -1)
		return -1;
	c->row = array;
	if (grow_keys(&c->key, c->cap, cap, e) == -1)
		return -1;
	c->cap = cap;
	return 0;
}

static int
put_value(struct columns *c, enum search_facet f, uint32_t value, uint32_t id, int in, struct err *e)
{
	void *array = c->plane[f];

	if (grow(&array, &c->planes[f], value, sizeof *c->plane[f], e) == -1)
		return -1;
	c->plane[f] = array;
	return plane_put(&c->plane[f][value], id, in, e);
}

static int
put_bits(struct columns *c, enum search_facet f, uint32_t bits, uint32_t id, int in, struct err *e)
{
	for (; bits != 0; bits &= bits - 1)
		if (put_value(c, f, (uint32_t)__builtin_ctz(bits), id, in, e) == -1)
			return -1;
	return 0;
}

/* Row id, as *row says, into the planes or out of them. */
static int
put_row(struct columns *c, uint32_t id, const struct column *row, int in, struct err *e)
{
	uint32_t status = row->status >= 0 ? UINT32_C(1) << row->status : 0;
	unsigned i;

	if (row->kind == KIND_UNKNOWN)
		return 0;
	if (plane_put(&c->shown, id, in, e) == -1 ||
	    plane_put(&c->example, id, in && row->flags & COLUMN_EXAMPLE, e) == -1 ||
	    put_value(c, FACET_KIND, row->kind, id, in, e) == -1 ||
	    put_value(c, FACET_LANG, row->lang, id, in, e) == -1 ||
	    put_bits(c, FACET_AXIS, row->axes, id, in, e) == -1 ||
	    put_bits(c, FACET_ACCESS, row->access, id, in, e) == -1 ||
	    put_bits(c, FACET_STATUS, status, id, in, e) == -1 ||
	    put_bits(c, FACET_TERMS, row->terms, id, in, e) == -1)
		return -1;
	for (i = 0; i < row->practices; i++)
		if (put_value(c, FACET_PRACTICE, row->practice[i], id, in, e) == -1)
			return -1;
	return 0;
}

static int
lapses(const struct column *row)
{
	return row->kind != KIND_UNKNOWN && !(row->flags & COLUMN_OWN);
}

int
columns_set(struct columns *c, uint32_t id, const struct column *row, struct err *e)
{
	struct column_key *k = &c->key;
	const struct column *was;

	if (grow_rows(c, id, e) == -1)
		return -1;
	if (id >= c->count)
		c->count = id + 1;
	was = &c->row[id];
	if (put_row(c, id, was, 0, e) == -1 || put_row(c, id, row, 1, e) == -1)
		return -1;
	c->live += (row->kind != 0) - (was->kind != 0 ? 1u : 0u);
	if (lapses(was) && was->lapse_day <= c->first_lapse)
		c->lapse_unsure = 1;
	if (lapses(row) && (c->first_lapse == 0 || row->lapse_day < c->first_lapse))
		c->first_lapse = row->lapse_day;
	c->row[id] = *row;
	k->updated[id] = row->updated;
	k->lat_e7[id] = row->lat_e7;
	k->lon_e7[id] = row->lon_e7;
	k->author[id] = row->author;
	k->commune[id] = row->commune;
	k->type[id] = row->type;
	return 0;
}

void
columns_settle(struct columns *c)
{
	const struct column *row;
	int32_t first = INT32_MAX;

	if (!c->lapse_unsure)
		return;
	for (row = c->row; row < c->row + c->count; row++)
		if (lapses(row) && row->lapse_day < first)
			first = row->lapse_day;
	c->first_lapse = first;
	c->lapse_unsure = 0;
}

/* --- names ------------------------------------------------------------------------------------- */

static char *
copy(struct span s)
{
	return strndup(s.len > 0 ? s.ptr : "", s.len);
}

static uint32_t
parent_of(const struct columns *c, enum name_sort sort, struct span key, struct span parent)
{
	const struct term *known;

	if (sort != NAME_PRACTICE)
		return 0;
	known = vocab_find(VOCAB_PRACTICE, key);
	if (known != NULL)
		parent = span_str(known->parent);
	return parent.len == 0 ? 0 : names_find(c, sort, parent);
}

int
names_set(struct columns *c, enum name_sort sort, uint32_t id, struct span key, struct span label,
    struct span parent, int own, struct err *e)
{
	struct names *n = &c->names[sort];
	void *array = n->name;
	struct name fresh = { copy(key), copy(label), parent_of(c, sort, key, parent), own };

	if (fresh.key == NULL || fresh.label == NULL) {
		err_memory(e);
		goto fail;
	}
	if (grow(&array, &n->cap, id, sizeof *n->name, e) == -1)
		goto fail;
	n->name = array;
	if (id >= n->count)
		n->count = id + 1;
	free(n->name[id].key);
	free(n->name[id].label);
	n->name[id] = fresh;
	return 0;
fail:
	free(fresh.key);
	free(fresh.label);
	return -1;
}

void
names_clear(struct columns *c, enum name_sort sort, uint32_t id)
{
	struct name *n = &c->names[sort].name[id];

	free(n->key);
	free(n->label);
	memset(n, 0, sizeof *n);
}

uint32_t
names_find(const struct columns *c, enum name_sort sort, struct span key)
{
	const struct names *n = &c->names[sort];
	uint32_t i;

	for (i = 1; i < n->count; i++)
		if (n->name[i].key != NULL && span_is(key, n->name[i].key))
			return i;
	return 0;
}

const char *
names_key(const struct columns *c, enum name_sort sort, uint32_t id)
{
	const struct names *n = &c->names[sort];

	return id < n->count && n->name[id].key != NULL ? n->name[id].key : "";
}

const char *
names_label(const struct columns *c, enum name_sort sort, uint32_t id)
{
	const struct names *n = &c->names[sort];

	return id < n->count && n->name[id].key != NULL ? n->name[id].label : "";
}

size_t
columns_bytes(const struct columns *c)
{
	size_t bytes = c->cap * (sizeof *c->row + KEY_BYTES);
	int sort, f;
	uint32_t i;

	bytes += (c->shown.words + c->example.words) * sizeof(uint64_t);
	for (f = 0; f < FACET__COUNT; f++)
		for (i = 0; i < c->planes[f]; i++)
			bytes += sizeof(struct plane) + c->plane[f][i].words * sizeof(uint64_t);
	for (sort = 0; sort < NAME__COUNT; sort++)
		bytes += c->names[sort].cap * sizeof *c->names[sort].name;
	return bytes;
}

/* --- dates ----------------------------------------------------------------------------------- */

static int
digits(const char *p, size_t n, int32_t *out)
{
	for (*out = 0; n > 0; n--, p++) {
		if (*p < '0' || *p > '9')
			return 0;
		*out = *out * 10 + (*p - '0');
	}
	return 1;
}

/* Days since 1970-01-01 in the Gregorian calendar, years from March so that leap days come last. */
static int32_t
day_number(int32_t year, int32_t month, int32_t day)
{
	int32_t y = month <= 2 ? year - 1 : year;
	int32_t m = month <= 2 ? month + 9 : month - 3;

	return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719468;
}

int
minute_parse(struct span text, int32_t *minute, int *has_time)
{
	int32_t year, month, day, hour = 0, min = 0;
	const char *p = text.ptr;

	if (text.len != 10 && text.len != 16)
		return 0;
	if (!digits(p, 4, &year) || p[4] != '-' || !digits(p + 5, 2, &month) || p[7] != '-' ||
	    !digits(p + 8, 2, &day) || year < 1 || month < 1 || month > 12 || day < 1 || day > 31)
		return 0;
	*has_time = text.len == 16;
	if (*has_time && (p[10] != 'T' || !digits(p + 11, 2, &hour) || p[13] != ':' ||
	    !digits(p + 14, 2, &min) || hour > 23 || min > 59))
		return 0;
	/* minutes up to year 6053 fit 32 bits; what lies further is as far as can be */
	if (year > 5000)
		year = 5000;
	*minute = (day_number(year, month, day) * 24 + hour) * 60 + min;
	return 1;
}
