/* SPDX-License-Identifier: AGPL-3.0-or-later
 * words.c - the dictionary and the postings; see words.h.  match.c asks them. */
#include "node/search/words.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "proto/err.h"

int
words_init(struct words *w, struct err *e)
{
	memset(w, 0, sizeof *w);
	w->stemmer = stemmer_new(e);
	return w->stemmer == NULL ? -1 : 0;
}

void
words_free(struct words *w)
{
	uint32_t i;

	for (i = 0; i < w->stem_count; i++)
		free(w->stem[i].entry);
	free(w->word);
	free(w->stem);
	free(w->texts);
	free(w->by_word.slot);
	free(w->by_stem.slot);
	free(w->order);
	stemmer_free(w->stemmer);
	memset(w, 0, sizeof *w);
}

size_t
words_bytes(const struct words *w)
{
	return w->word_cap * sizeof *w->word + w->stem_cap * sizeof *w->stem + w->texts_cap +
	    (w->by_word.size + w->by_stem.size + w->order_cap + w->posting_cap) * sizeof(uint32_t);
}

/* Room for number at in an array; what is new is zeroed. */
static int
grow(void **array, uint32_t *cap, uint32_t at, size_t size, struct err *e)
{
	size_t want = *cap == 0 ? 64 : *cap;
	char *more;

	if (at < *cap)
		return 0;
	while (want <= at)
		want += want / 2;
	more = want > UINT32_MAX ? NULL : realloc(*array, want * size);
	if (more == NULL)
		return err_memory(e);
	memset(more + *cap * size, 0, (want - *cap) * size);
	*array = more;
	*cap = (uint32_t)want;
	return 0;
}

/* --- dictionary -------------------------------------------------------------------------------- */

static uint32_t
hash(struct span text)
{
	uint32_t h = UINT32_C(2166136261);
	size_t i;

	for (i = 0; i < text.len; i++)
		h = (h ^ (unsigned char)text.ptr[i]) * UINT32_C(16777619);
	return h ^ h >> 15;
}

static size_t
text_of(const struct words *w, const struct word_table *t, uint32_t number)
{
	return t == &w->by_word ? w->word[number].text : w->stem[number].text;
}

/* The slot that holds text, or the free one where it belongs. */
static uint32_t
probe(const struct words *w, const struct word_table *t, struct span text)
{
	uint32_t at = hash(text) & (t->size - 1);

	while (t->slot[at] != 0 && !span_is(text, w->texts + text_of(w, t, t->slot[at] - 1)))
		at = (at + 1) & (t->size - 1);
	return at;
}

static int64_t
table_find(const struct words *w, const struct word_table *t, struct span text)
{
	return t->size == 0 ? -1 : (int64_t)t->slot[probe(w, t, text)] - 1;
}

/* Half full at most. */
static int
table_room(const struct words *w, struct word_table *t, struct err *e)
{
	struct word_table old = *t, wider;
	uint32_t i;

	if (t->used < t->size / 2)
		return 0;
	wider = (struct word_table){ .used = t->used, .size = t->size == 0 ? 1024 : t->size * 2 };
	wider.slot = calloc(wider.size, sizeof *wider.slot);
	if (wider.slot == NULL)
		return err_memory(e);
	*t = wider;
	for (i = 0; i < old.size; i++)
		if (old.slot[i] != 0)
			t->slot[probe(w, t, span_str(w->texts + text_of(w, t, old.slot[i] - 1)))] = old.slot[i];
	free(old.slot);
	return 0;
}

static int
keep_text(struct words *w, struct span text, size_t *at, struct err *e)
{
	size_t cap = w->texts_cap == 0 ? 4096 : w->texts_cap;
	char *more;

	while (w->texts_len + text.len + 1 > cap)
		cap += cap / 2;
	if (cap != w->texts_cap) {
		more = realloc(w->texts, cap);
		if (more == NULL)
			return err_memory(e);
		w->texts = more;
		w->texts_cap = cap;
	}
	*at = w->texts_len;
	memcpy(w->texts + *at, text.ptr, text.len);
	w->texts[*at + text.len] = '\0';
	w->texts_len += text.len + 1;
	return 0;
}

static int
stem_number(struct words *w, struct span text, uint32_t *number, struct err *e)
{
	struct span stem = stemmer_stem(w->stemmer, text);
	int64_t found = table_find(w, &w->by_stem, stem);
	void *array = w->stem;
	size_t at;

	if (found >= 0) {
		*number = (uint32_t)found;
		return 0;
	}
	if (table_room(w, &w->by_stem, e) == -1 || keep_text(w, stem, &at, e) == -1 ||
	    grow(&array, &w->stem_cap, w->stem_count, sizeof *w->stem, e) == -1)
		return -1;
	w->stem = array;
	*number = w->stem_count;
	w->by_stem.slot[probe(w, &w->by_stem, stem)] = *number + 1;
	w->by_stem.used++;
	w->stem[w->stem_count++] = (struct postings){ .text = at };
	return 0;
}

int64_t
words_find(const struct words *w, struct span text)
{
	return table_find(w, &w->by_word, text);
}

int64_t
words_find_stem(const struct words *w, struct span stem)
{
	return table_find(w, &w->by_stem, stem);
}

int
words_add(struct words *w, uint32_t id, struct span text, struct err *e)
{
	void *array = w->word;
	uint32_t stem;
	size_t at;

	if (words_find(w, text) >= 0)
		return err_set(e, ERR_IO, "search index: a word has two numbers");
	if (stem_number(w, text, &stem, e) == -1 || table_room(w, &w->by_word, e) == -1 ||
	    keep_text(w, text, &at, e) == -1 || grow(&array, &w->word_cap, id, sizeof *w->word, e) == -1)
		return -1;
	w->word = array;
	w->by_word.slot[probe(w, &w->by_word, text)] = id + 1;
	w->by_word.used++;
	w->word[id] = (struct word){ at, stem };
	if (id >= w->word_count)
		w->word_count = id + 1;
	array = w->order;
	if (grow(&array, &w->order_cap, w->by_word.used, sizeof *w->order, e) == -1)
		return -1;
	w->order = array;
	w->order[w->by_word.used - 1] = id;
	return 0;
}

void
words_keep(struct words *w, const uint8_t *used)
{
	uint32_t i, kept = 0;

	for (i = 0; i < w->order_count; i++)
		if (used[w->order[i]])
			w->order[kept++] = w->order[i];
		else
			memset(w->texts + w->word[w->order[i]].text, 0,
			    strlen(w->texts + w->word[w->order[i]].text));
	w->order_count = w->by_word.used = kept;
	if (w->by_word.size > 0)
		memset(w->by_word.slot, 0, w->by_word.size * sizeof *w->by_word.slot);
	for (i = 0; i < kept; i++) {
		struct span text = span_str(w->texts + w->word[w->order[i]].text);

		w->by_word.slot[probe(w, &w->by_word, text)] = w->order[i] + 1;
	}
}

static int
by_text(const void *a, const void *b, void *ctx)
{
	const struct words *w = ctx;
	const uint32_t *x = a, *y = b;

	return strcmp(w->texts + w->word[*x].text, w->texts + w->word[*y].text);
}

/* The new ones are sorted among themselves, then merged from behind into the old. */
int
words_order(struct words *w, struct err *e)
{
	uint32_t fresh = w->by_word.used - w->order_count;
	uint32_t old = w->order_count, at = w->by_word.used;
	uint32_t *add;

	if (fresh == 0)
		return 0;
	qsort_r(w->order + old, fresh, sizeof *w->order, by_text, w);
	add = malloc(fresh * sizeof *add);
	if (add == NULL)
		return err_memory(e);
	memcpy(add, w->order + old, fresh * sizeof *add);
	while (fresh > 0) {
		if (old > 0 && by_text(&w->order[old - 1], &add[fresh - 1], w) > 0)
			w->order[--at] = w->order[--old];
		else
			w->order[--at] = add[--fresh];
	}
	free(add);
	w->order_count = w->by_word.used;
	return 0;
}

/* --- a record's words -------------------------------------------------------------------------- */

int
weighed_write(const struct weighed *list, size_t count, struct buf *out, struct err *e)
{
	uint32_t last = 0, delta;
	size_t i;

	for (i = 0; i < count; i++) {
		for (delta = list[i].number - last; delta >= 0x80; delta >>= 7)
			if (buf_addc(out, (char)(delta | 0x80), e) == -1)
				return -1;
		if (buf_addc(out, (char)delta, e) == -1 || buf_addc(out, (char)list[i].weight, e) == -1)
			return -1;
		last = list[i].number;
	}
	return 0;
}

int
weighed_read(struct span bytes, size_t *at, uint32_t *last, struct weighed *out)
{
	uint32_t delta = 0;
	unsigned shift = 0;
	unsigned char c;

	do {
		if (*at >= bytes.len || shift > 28)
			return 0;
		c = (unsigned char)bytes.ptr[(*at)++];
		delta |= (uint32_t)(c & 0x7f) << shift;
		shift += 7;
	} while (c & 0x80);
	if (*at >= bytes.len)
		return 0;
	*last += delta;
	*out = (struct weighed){ *last, (uint8_t)bytes.ptr[(*at)++] };
	return 1;
}

uint32_t
words_place(const struct postings *p, uint32_t doc)
{
	uint32_t low = 0, high = p->count, middle;

	if (high == 0 || p->entry[high - 1] >> 8 < doc)
		return high;
	while (low < high) {
		middle = low + (high - low) / 2;
		if (p->entry[middle] >> 8 < doc)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void
remove_posting(struct postings *p, uint32_t doc)
{
	uint32_t at = words_place(p, doc);

	if (at == p->count || p->entry[at] >> 8 != doc)
		return;
	memmove(p->entry + at, p->entry + at + 1, (p->count - at - 1) * sizeof *p->entry);
	p->count--;
}

static int
set_posting(struct words *w, struct postings *p, uint32_t doc, uint8_t weight, struct err *e)
{
	uint32_t at = words_place(p, doc), cap = p->cap;
	uint32_t *more;

	if (at < p->count && p->entry[at] >> 8 == doc) {
		p->entry[at] = doc << 8 | weight;
		return 0;
	}
	if (p->count == p->cap) {
		cap = p->cap < 4 ? p->cap + 1 : p->cap + p->cap / 4 + 1;
		more = realloc(p->entry, cap * sizeof *more);
		if (more == NULL)
			return err_memory(e);
		w->posting_cap += cap - p->cap;
		p->entry = more;
		p->cap = cap;
	}
	memmove(p->entry + at + 1, p->entry + at, (p->count - at) * sizeof *p->entry);
	p->entry[at] = doc << 8 | weight;
	p->count++;
	return 0;
}

int
words_replace(struct words *w, uint32_t doc, const struct weighed *was, size_t was_count,
    const struct weighed *now, size_t now_count, struct err *e)
{
	size_t i = 0, k = 0;

	assert(doc < WORDS_DOCS_MAX);
	while (i < was_count || k < now_count) {
		if (k == now_count || (i < was_count && was[i].number < now[k].number)) {
			remove_posting(&w->stem[was[i++].number], doc);
			continue;
		}
		if (i < was_count && was[i].number == now[k].number && was[i++].weight == now[k].weight) {
			k++;
			continue;
		}
		if (set_posting(w, &w->stem[now[k].number], doc, now[k].weight, e) == -1)
			return -1;
		k++;
	}
	return 0;
}

int
words_load(struct words *w, uint32_t doc, struct span bytes, struct err *e)
{
	struct weighed item;
	uint32_t last = 0;
	size_t at = 0;

	if (doc >= WORDS_DOCS_MAX)
		return err_set(e, ERR_LIMIT, "search holds at most %u records", WORDS_DOCS_MAX);
	while (weighed_read(bytes, &at, &last, &item)) {
		if (item.number >= w->word_count || w->stem_count == 0)
			return err_set(e, ERR_IO, "search index: a word without a text");
		if (set_posting(w, &w->stem[w->word[item.number].stem], doc, item.weight, e) == -1)
			return -1;
	}
	return at == bytes.len ? 0 : err_set(e, ERR_IO, "search index: words cut short");
}
