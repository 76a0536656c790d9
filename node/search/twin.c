/* SPDX-License-Identifier: AGPL-3.0-or-later
 * twin.c - see twin.h. */
#include "node/search/twin.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "node/search/token.h"
#include "node/search/words.h"
#include "proto/err.h"

#define NAME_WORDS_MAX	12
#define KEYS_PER_RECORD	(2 * NAME_WORDS_MAX + 3)
#define CELL_E7		100000		/* of a square in which a word of the name is a key: about a kilometre */
#define SHORT_WORD	4		/* bytes below which a word is no key by itself */
#define TYPO_WORD	6		/* bytes from which two words may differ by one slip */
#define METRES_PER_DEGREE 111195.0

static const char *const reason_code[TWIN__COUNT] = {
	[TWIN_NAME] = "name", [TWIN_NAME_ALIKE] = "name-alike", [TWIN_NAME_COMMON] = "name-common",
	[TWIN_SITE] = "site", [TWIN_HOST] = "host", [TWIN_PHONE] = "phone", [TWIN_NEAR] = "near",
	[TWIN_AROUND] = "around", [TWIN_COMMUNE] = "commune", [TWIN_PRACTICE] = "practice", [TWIN_FAR] = "far",
	[TWIN_ELSEWHERE] = "elsewhere",
};

const char *
twin_reason_code(enum twin_reason r)
{
	return reason_code[r];
}

/* --- made comparable ---------------------------------------------------------------------------- */

void
twin_site(const char *url, char out[TWIN_KEY_BYTES])
{
	const char *at = url == NULL ? NULL : strstr(url, "://");
	size_t n = 0, host;

	out[0] = '\0';
	if (at == NULL)
		return;
	at += 3;
	if (strncasecmp(at, "www.", 4) == 0)
		at += 4;
	while (*at != '\0' && strchr(":/?#", *at) == NULL && n + 1 < TWIN_KEY_BYTES)
		out[n++] = (char)tolower((unsigned char)*at++);
	host = n;
	if (*at == ':')
		at += strcspn(at, "/?#");
	while (*at != '\0' && *at != '?' && *at != '#' && n + 1 < TWIN_KEY_BYTES)
		out[n++] = (char)tolower((unsigned char)*at++);
	while (n > host && out[n - 1] == '/')
		n--;
	out[n] = '\0';
}

void
twin_phone(const char *phone, char out[TWIN_KEY_BYTES])
{
	char digits[TWIN_KEY_BYTES];
	const char *p, *from = digits;
	size_t n = 0;

	for (p = phone == NULL ? "" : phone; *p != '\0' && n + 2 < sizeof digits; p++)
		if (isdigit((unsigned char)*p))
			digits[n++] = *p;
		else if (*p == '(' && strncmp(p, "(0)", 3) == 0)
			p += 2;
	digits[n] = '\0';
	out[0] = '\0';
	if (n < 6)
		return;
	if (strncmp(from, "00", 2) == 0)
		from += 2;
	if (strncmp(from, "33", 2) == 0 && strlen(from) == 11) {
		from += 1;
		digits[from - digits] = '0';
	}
	memcpy(out, from, strlen(from) + 1);
}

/* The words of a name that tell something, each once: without articles and without its legal form. */
struct name_words {
	char word[NAME_WORDS_MAX][TOKEN_BYTES_MAX + 1];
	size_t count;
};

static int
is_legal_form(const char *word)
{
	static const char *const form[] = { "association", "asso", "ass", "collectif", "cooperative", "societe", "entreprise",
		"sarl", "sas", "sasu", "scic", "scop", "eurl", "cae", "fondation", "loi", "1901" };
	size_t i;

	for (i = 0; i < sizeof form / sizeof form[0]; i++)
		if (strcmp(form[i], word) == 0)
			return 1;
	return 0;
}

static void
words_of(const char *title, int all, struct name_words *out)
{
	struct token_iter it = { span_str(title), 0 };
	struct token t;
	size_t i;

	out->count = 0;
	while (out->count < NAME_WORDS_MAX && token_next(&it, &t)) {
		if (!all && (t.stop || t.len < 2 || is_legal_form(t.word)))
			continue;
		for (i = 0; i < out->count && strcmp(out->word[i], t.word) != 0; i++)
			;
		if (i == out->count)
			memcpy(out->word[out->count++], t.word, t.len + 1);
	}
	if (out->count == 0 && !all)
		words_of(title, 1, out);
}

/* --- the score ------------------------------------------------------------------------------------ */

static int
words_alike(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b);

	return strcmp(a, b) == 0 ||
	    (n >= TYPO_WORD && m >= TYPO_WORD && words_apart(span_str(a), span_str(b), 1) <= 1) ||
	    (n + 1 == m && b[n] == 's' && strncmp(a, b, n) == 0) || (m + 1 == n && a[m] == 's' && strncmp(a, b, m) == 0);
}

/* The words of a name as one, so that "Repair Café" is "RepairCafé". */
static void
joined(const struct name_words *w, char *out)
{
	size_t i;

	out[0] = '\0';
	for (i = 0; i < w->count; i++)
		strcat(out, w->word[i]);
}

/* How much two names have in common, in hundredths. */
static int
name_likeness(const char *a, const char *b)
{
	char one[NAME_WORDS_MAX * TOKEN_BYTES_MAX + 1], other[NAME_WORDS_MAX * TOKEN_BYTES_MAX + 1];
	struct name_words x, y;
	unsigned taken = 0;
	size_t i, k, same = 0;

	words_of(a, 0, &x);
	words_of(b, 0, &y);
	if (x.count == 0 || y.count == 0)
		return 0;
	joined(&x, one);
	joined(&y, other);
	if (strcmp(one, other) == 0)
		return 100;
	for (i = 0; i < x.count; i++)
		for (k = 0; k < y.count; k++)
			if (!(taken >> k & 1) && words_alike(x.word[i], y.word[k])) {
				taken |= 1u << k;
				same++;
				break;
			}
	return (int)(200 * same / (x.count + y.count));
}

static double
metres_between(const struct twin_record *a, const struct twin_record *b)
{
	double y = ((double)a->lat_e7 - b->lat_e7) / 1e7, x = ((double)a->lon_e7 - b->lon_e7) / 1e7;

	x *= cos(((double)a->lat_e7 + b->lat_e7) / 2e7 * M_PI / 180);
	return sqrt(x * x + y * y) * METRES_PER_DEGREE;
}

static int
add(unsigned *reasons, enum twin_reason r, int points)
{
	*reasons |= 1u << r;
	return points;
}

static int
score_name(int likeness, int common, unsigned *reasons)
{
	if (likeness == 100 && common)
		return add(reasons, TWIN_NAME_COMMON, 30);
	if (likeness >= 95)
		return add(reasons, TWIN_NAME, 50);
	return likeness >= 40 ? add(reasons, TWIN_NAME_ALIKE, likeness / 2) : likeness / 2;
}

static int
score_contact(const struct twin_record *a, const struct twin_record *b, unsigned *reasons)
{
	size_t host = strcspn(a->site, "/");
	int points = 0;

	if (*a->site != '\0' && strcmp(a->site, b->site) == 0)
		points += add(reasons, TWIN_SITE, 30);
	else if (*a->site != '\0' && host == strcspn(b->site, "/") && strncmp(a->site, b->site, host) == 0)
		points += add(reasons, TWIN_HOST, 5);
	if (*a->phone != '\0' && strcmp(a->phone, b->phone) == 0)
		points += add(reasons, TWIN_PHONE, 30);
	return points;
}

static int
score_where(const struct twin_record *a, const struct twin_record *b, unsigned *reasons)
{
	int placed = a->lat_e7 != NO_POSITION && b->lat_e7 != NO_POSITION, named = a->commune != 0 && b->commune != 0;
	double m = placed ? metres_between(a, b) : 0;
	int points = 0;

	if (placed && m <= 1000)
		points += m <= 150 ? add(reasons, TWIN_NEAR, 25) : add(reasons, TWIN_AROUND, 15);
	else if (placed && m > 5000)
		points += add(reasons, TWIN_FAR, m > 20000 ? -40 : -15);
	if (named && a->commune == b->commune)
		points += add(reasons, TWIN_COMMUNE, placed ? 5 : 15);
	else if (named && (!placed || m > 2000))
		points += add(reasons, TWIN_ELSEWHERE, placed ? -20 : -30);
	return points;
}

static int
shares_practice(const struct twin_record *a, const struct twin_record *b)
{
	size_t i, k;

	for (i = 0; i < a->practices; i++)
		for (k = 0; k < b->practices; k++)
			if (a->practice[i] == b->practice[k])
				return 1;
	return 0;
}

/* One directory says "initiative" where another says "organisation" or "place". */
static int
can_be_one(const struct twin_record *a, const struct twin_record *b)
{
	const unsigned loose = 1u << KIND_INITIATIVE | 1u << KIND_ORGANISATION | 1u << KIND_PLACE;

	if (a->kind == KIND_EVENT && b->kind == KIND_EVENT)
		return a->from_min == b->from_min;
	return a->kind == b->kind || ((loose >> a->kind & 1) && (loose >> b->kind & 1));
}

int
twin_score(const struct twin_record *a, const struct twin_record *b, unsigned *reasons)
{
	int likeness, points;

	*reasons = 0;
	if (!can_be_one(a, b))
		return 0;
	likeness = name_likeness(a->title, b->title);
	points = score_name(likeness, a->common || b->common, reasons) + score_contact(a, b, reasons) +
	    score_where(a, b, reasons);
	if (shares_practice(a, b))
		points += add(reasons, TWIN_PRACTICE, 5);
	if (likeness < 25 && points >= TWIN_SCORE_MIN)	/* an address or a secretary in common is not a thing in common */
		points = TWIN_SCORE_MIN - 10;
	return points < 0 ? 0 : points > 100 ? 100 : points;
}

/* --- pairs worth a look --------------------------------------------------------------------------- */

struct key {
	uint64_t hash;
	uint32_t at;
	int is_name;
};

struct keys {
	struct key *key;
	size_t count;
};

static uint64_t
mix(uint64_t h, const char *text)
{
	for (; *text != '\0'; text++)
		h = (h ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	return h;
}

static uint64_t
mix_number(uint64_t h, uint64_t n)
{
	return ((h ^ n) * UINT64_C(0x9e3779b97f4a7c15)) ^ (h >> 29);
}

static void
put_key(struct keys *k, uint32_t at, uint64_t hash, int is_name)
{
	k->key[k->count++] = (struct key){ hash, at, is_name };
}

static int
in_order(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void
put_keys(struct keys *k, const struct twin_record *r, uint32_t at)
{
	uint64_t name = UINT64_C(0xcbf29ce484222325), word;
	struct name_words w;
	size_t i;

	if (*r->site != '\0')
		put_key(k, at, mix(1, r->site), 0);
	if (*r->phone != '\0')
		put_key(k, at, mix(2, r->phone), 0);
	words_of(r->title, 0, &w);
	qsort(w.word, w.count, sizeof w.word[0], in_order);
	for (i = 0; i < w.count; i++) {
		name = mix_number(mix(name, w.word[i]), 3);
		if (strlen(w.word[i]) < SHORT_WORD)
			continue;
		word = mix(4, w.word[i]);
		if (r->commune != 0)
			put_key(k, at, mix_number(word, r->commune), 0);
		if (r->lat_e7 != NO_POSITION)
			put_key(k, at, mix_number(mix_number(word, (uint64_t)(r->lat_e7 / CELL_E7) + 5),
			    (uint64_t)(r->lon_e7 / CELL_E7)), 0);
	}
	if (w.count > 0)
		put_key(k, at, name, 1);
}

static int
by_hash(const void *a, const void *b)
{
	const struct key *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return (x->at > y->at) - (x->at < y->at);
}

/* Names borne by many are told apart first: their score depends on it. */
static void
mark_common(const struct keys *k, struct twin_record *record)
{
	size_t i, end;

	for (i = 0; i < k->count; i = end) {
		for (end = i + 1; end < k->count && k->key[end].hash == k->key[i].hash; end++)
			;
		for (; k->key[i].is_name && end - i >= TWIN_COMMON && i < end; i++)
			record[k->key[i].at].common = 1;
	}
}

static int
surest_first(const void *a, const void *b)
{
	const struct twin_pair *x = a, *y = b;

	if (x->score != y->score)
		return x->score < y->score ? 1 : -1;
	if (x->a != y->a)
		return x->a < y->a ? -1 : 1;
	return (x->b > y->b) - (x->b < y->b);
}

struct pairs {
	struct twin_pair *pair;
	size_t count, cap;
};

static int
offer_pair(struct pairs *p, const struct twin_record *record, uint32_t a, uint32_t b, struct err *e)
{
	struct twin_pair *more, it = { a, b, 0, 0 };

	if (a == b || (it.score = twin_score(&record[a], &record[b], &it.reasons)) < TWIN_SCORE_MIN)
		return 0;
	if (p->count == p->cap) {
		p->cap = p->cap == 0 ? 256 : 2 * p->cap;
		if ((more = realloc(p->pair, p->cap * sizeof *more)) == NULL)
			return err_memory(e);
		p->pair = more;
	}
	p->pair[p->count++] = it;
	return 0;
}

static int
compare_near(const struct keys *k, const struct twin_record *record, struct pairs *p, struct err *e)
{
	size_t i, j;

	for (i = 0; i < k->count; i++)
		for (j = i + 1; j < k->count && j <= i + TWIN_WINDOW && k->key[j].hash == k->key[i].hash; j++)
			if (offer_pair(p, record, k->key[i].at, k->key[j].at, e) == -1)
				return -1;
	return 0;
}

/* Sorted, each once, copied to the arena. */
static int
hand_over(struct pairs *p, struct arena *a, struct twin_pair **out, size_t *n, struct err *e)
{
	size_t i;

	if (p->count > 1)
		qsort(p->pair, p->count, sizeof *p->pair, surest_first);
	if ((*out = arena_alloc(a, (p->count + 1) * sizeof **out)) == NULL)
		return err_memory(e);
	for (*n = i = 0; i < p->count; i++)
		if (i == 0 || p->pair[i].a != p->pair[i - 1].a || p->pair[i].b != p->pair[i - 1].b)
			(*out)[(*n)++] = p->pair[i];
	return 0;
}

int
twin_pairs(struct twin_record *record, size_t count, struct arena *a, struct twin_pair **out, size_t *n, struct err *e)
{
	struct keys k = { malloc((count + 1) * KEYS_PER_RECORD * sizeof *k.key), 0 };
	struct pairs p = { NULL, 0, 0 };
	size_t i;
	int rc;

	if (k.key == NULL)
		return err_memory(e);
	for (i = 0; i < count; i++)
		put_keys(&k, &record[i], (uint32_t)i);
	if (k.count > 1)
		qsort(k.key, k.count, sizeof *k.key, by_hash);
	mark_common(&k, record);
	rc = compare_near(&k, record, &p, e);
	if (rc == 0)
		rc = hand_over(&p, a, out, n, e);
	free(k.key);
	free(p.pair);
	return rc;
}
