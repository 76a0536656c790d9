/* SPDX-License-Identifier: AGPL-3.0-or-later
 * column.c - the rows and names held in memory; see column.h. */
#include "node/search/column.h"

#include <stdlib.h>
#include <string.h>

#include "proto/err.h"
#include "proto/vocab.h"

#define ROWS_MAX (UINT32_C(1) << 28)

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

int
columns_set(struct columns *c, uint32_t id, const struct column *row, struct err *e)
{
	void *array = c->row;

	if (grow(&array, &c->cap, id, sizeof *c->row, e) == -1)
		return -1;
	c->row = array;
	if (id >= c->count)
		c->count = id + 1;
	c->live += (row->kind != 0) - (c->row[id].kind != 0 ? 1u : 0u);
	c->row[id] = *row;
	return 0;
}

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
	size_t bytes = c->cap * sizeof *c->row;
	int sort;

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
