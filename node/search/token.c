/* SPDX-License-Identifier: AGPL-3.0-or-later
 * token.c - cuts, folds and stems words; see token.h. */
#include "node/search/token.h"

#include <libstemmer.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "proto/err.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* What one character does to the word being read. */
enum effect { EFFECT_ENDS, EFFECT_NONE, EFFECT_ADDS };

static int
is_word_category(utf8proc_category_t c)
{
	return (c >= UTF8PROC_CATEGORY_LU && c <= UTF8PROC_CATEGORY_LO) ||
	    (c >= UTF8PROC_CATEGORY_ND && c <= UTF8PROC_CATEGORY_NO);
}

static int
is_apostrophe(utf8proc_int32_t c)
{
	return c == '\'' || c == 0x2019 || c == 0x2018 || c == 0x02bc || c == 0xff07;
}

/* Ligatures that decomposition leaves whole. */
static const char *
ligature(utf8proc_int32_t c)
{
	return c == 0x153 ? "oe" : c == 0xe6 ? "ae" : NULL;
}

static void
word_add(struct token *t, const char *bytes, size_t len)
{
	if (t->len + len > TOKEN_BYTES_MAX)
		return;
	memcpy(t->word + t->len, bytes, len);
	t->len += len;
}

static enum effect
add_folded(struct token *t, utf8proc_int32_t c)
{
	utf8proc_int32_t part[32];
	utf8proc_uint8_t utf8[4];
	utf8proc_ssize_t i, n;
	enum effect effect = EFFECT_NONE;
	const char *pair;
	int last = 0;

	n = utf8proc_decompose_char(c, part, COUNT(part), UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT |
	    UTF8PROC_CASEFOLD | UTF8PROC_STRIPMARK | UTF8PROC_IGNORE, &last);
	if (n < 0 || n > (utf8proc_ssize_t)COUNT(part))
		return EFFECT_ENDS;
	for (i = 0; i < n; i++) {
		/* one half decomposes with a slash between: its figures stay together */
		if (!is_word_category(utf8proc_category(part[i]))) {
			effect = effect == EFFECT_NONE ? EFFECT_ENDS : effect;
			continue;
		}
		pair = ligature(part[i]);
		if (pair != NULL)
			word_add(t, pair, 2);
		else
			word_add(t, (const char *)utf8, (size_t)utf8proc_encode_char(part[i], utf8));
		effect = EFFECT_ADDS;
	}
	return effect;
}

static enum effect
add_char(struct token *t, utf8proc_int32_t c)
{
	char ascii = (char)c;

	if (c >= 0x80)
		return is_apostrophe(c) ? EFFECT_ENDS : add_folded(t, c);
	if (ascii >= 'A' && ascii <= 'Z')
		ascii = (char)(ascii + ('a' - 'A'));
	if (!((ascii >= 'a' && ascii <= 'z') || (ascii >= '0' && ascii <= '9')))
		return EFFECT_ENDS;
	word_add(t, &ascii, 1);
	return EFFECT_ADDS;
}

static int
word_is(const struct token *t, const char *const *list, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (strlen(list[i]) == t->len && memcmp(list[i], t->word, t->len) == 0)
			return 1;
	return 0;
}

/* "co-voiturage" is also written "covoiturage": these prefixes join what follows their hyphen. */
static int
joins(const struct token *t, utf8proc_int32_t c)
{
	static const char *const prefix[] = { "co", "eco", "auto", "inter", "anti", "multi", "micro" };

	return (c == '-' || c == 0x2010 || c == 0x2011) && word_is(t, prefix, COUNT(prefix));
}

/* "l'eau" is eau, "qu'il" is il. */
static int
is_elision(const struct token *t, utf8proc_int32_t c)
{
	return is_apostrophe(c) && (t->len == 1 || (t->len == 2 && memcmp(t->word, "qu", 2) == 0));
}

static int
is_stop(const struct token *t)
{
	static const char *const stop[] = {
		"a", "au", "aux", "ce", "ces", "d", "dans", "de", "des", "du", "en", "et", "l", "la",
		"le", "les", "ou", "par", "pour", "qu", "que", "qui", "sa", "se", "ses", "son", "sur",
		"un", "une", "and", "in", "of", "the", "to",
	};

	return t->len <= 4 && word_is(t, stop, COUNT(stop));
}

/* Cut one run of letters; 0 at the end of the text.  *after: the character that ended it, or 0. */
static int
cut_word(struct token_iter *it, struct token *t, utf8proc_int32_t *after)
{
	const utf8proc_uint8_t *text = (const utf8proc_uint8_t *)it->text.ptr;
	utf8proc_int32_t c;
	utf8proc_ssize_t n;
	enum effect effect;

	t->len = 0;
	*after = 0;
	for (; it->at < it->text.len; it->at += (size_t)n) {
		if (text[it->at] < 0x80) {
			c = text[it->at];
			n = 1;
		} else {
			n = utf8proc_iterate(text + it->at, (utf8proc_ssize_t)(it->text.len - it->at), &c);
			if (n <= 0)
				n = 1, c = ' ';
		}
		if (t->len > 0 && joins(t, c))
			continue;
		if (t->len == 0)
			t->start = it->at;
		effect = add_char(t, c);
		if (effect == EFFECT_ENDS && t->len > 0) {
			t->end = it->at;
			*after = c;
			it->at += (size_t)n;
			return 1;
		}
	}
	t->end = it->at;
	return t->len > 0;
}

int
token_next(struct token_iter *it, struct token *out)
{
	utf8proc_int32_t after;

	while (cut_word(it, out, &after)) {
		if (is_elision(out, after))
			continue;
		out->word[out->len] = '\0';
		out->stop = is_stop(out);
		return 1;
	}
	return 0;
}

/* --- stems ----------------------------------------------------------------------------------- */

/* Few words make up most of a text: their stems are remembered, one for each slot. */
#define REMEMBERED 2048
#define REMEMBERED_BYTES 23

struct remembered {
	unsigned char word_len, stem_len;	/* word_len 0: free */
	char word[REMEMBERED_BYTES], stem[REMEMBERED_BYTES];
};

struct stemmer {
	struct sb_stemmer *french;
	char word[TOKEN_BYTES_MAX + 1];
	struct remembered memory[REMEMBERED];
};

struct stemmer *
stemmer_new(struct err *e)
{
	struct stemmer *s = calloc(1, sizeof *s);

	if (s == NULL) {
		err_memory(e);
		return NULL;
	}
	s->french = sb_stemmer_new("french", "UTF_8");
	if (s->french == NULL) {
		err_set(e, ERR_INTERNAL, "libstemmer knows no French");
		free(s);
		return NULL;
	}
	return s;
}

void
stemmer_free(struct stemmer *s)
{
	if (s == NULL)
		return;
	sb_stemmer_delete(s->french);
	free(s);
}

/* Endings changed before (accents are gone, which libstemmer's own rules rely on) and after it.
 * The first that fits is taken. */
struct ending {
	const char *from, *to;
	size_t keep;		/* bytes that must precede the ending */
};

static const struct ending before[] = {
	{ "ees", "e", 2 },	/* partagées, partagée: as partagé */
	{ "ee", "e", 2 },
	{ "lieux", "lieu", 0 },		/* écolieux: libstemmer takes it for an adjective */
	{ "ariats", "aire", 3 },	/* partenariat: partenaire */
	{ "ariat", "aire", 3 },
};

static const struct ending after[] = {
	{ "lat", "l", 4 },	/* bénévolat: bénévole */
	{ "nat", "n", 4 },	/* artisanat: artisan */
	{ "eux", "eu", 1 },	/* lieux: lieu */
	{ "oux", "ou", 1 },
	{ "as", "a", 2 },	/* plurals that libstemmer leaves: vélos, menus, amis */
	{ "is", "i", 2 },
	{ "os", "o", 2 },
	{ "us", "u", 2 },
};

static size_t
change_ending(char *word, size_t len, const struct ending *rule, size_t count)
{
	size_t i, cut, put;

	for (i = 0; i < count; i++) {
		cut = strlen(rule[i].from);
		put = strlen(rule[i].to);
		if (len >= cut + rule[i].keep && memcmp(word + len - cut, rule[i].from, cut) == 0) {
			memcpy(word + len - cut, rule[i].to, put);
			return len - cut + put;
		}
	}
	return len;
}

static struct span
make_stem(struct stemmer *s, struct span word)
{
	const sb_symbol *stem;
	size_t len = word.len < TOKEN_BYTES_MAX ? word.len : TOKEN_BYTES_MAX;
	int stem_len;

	memcpy(s->word, word.ptr, len);
	len = change_ending(s->word, len, before, COUNT(before));
	stem = sb_stemmer_stem(s->french, (const sb_symbol *)s->word, (int)len);
	stem_len = sb_stemmer_length(s->french);
	if (stem != NULL && stem_len > 0 && stem_len <= TOKEN_BYTES_MAX) {
		len = (size_t)stem_len;
		memcpy(s->word, stem, len);
	}
	len = change_ending(s->word, len, after, COUNT(after));
	return (struct span){ s->word, len };
}

static struct remembered *
slot_of(struct stemmer *s, struct span word)
{
	uint32_t h = UINT32_C(2166136261);
	size_t i;

	for (i = 0; i < word.len; i++)
		h = (h ^ (unsigned char)word.ptr[i]) * UINT32_C(16777619);
	return &s->memory[(h ^ h >> 15) % REMEMBERED];
}

struct span
stemmer_stem(struct stemmer *s, struct span word)
{
	struct remembered *slot = slot_of(s, word);
	struct span stem;

	if (word.len > 0 && slot->word_len == word.len && memcmp(slot->word, word.ptr, word.len) == 0)
		return (struct span){ slot->stem, slot->stem_len };
	stem = make_stem(s, word);
	if (word.len == 0 || word.len > REMEMBERED_BYTES || stem.len > REMEMBERED_BYTES)
		return stem;
	slot->word_len = (unsigned char)word.len;
	memcpy(slot->word, word.ptr, word.len);
	slot->stem_len = (unsigned char)stem.len;
	memcpy(slot->stem, stem.ptr, stem.len);
	return (struct span){ slot->stem, slot->stem_len };
}

/* --- names ----------------------------------------------------------------------------------- */

size_t
token_fold(struct span text, char *out, size_t size)
{
	struct token_iter it = { text, 0 };
	struct token t;
	size_t len = 0;

	while (token_next(&it, &t) && len + 1 + t.len < size) {
		if (len > 0)
			out[len++] = ' ';
		memcpy(out + len, t.word, t.len);
		len += t.len;
	}
	out[len] = '\0';
	return len;
}

static uint64_t
title_digit(unsigned char c)
{
	if (c == '\0')
		return 0;
	if (c == ' ')
		return 1;
	if (c >= '0' && c <= '9')
		return 2u + (unsigned)(c - '0');
	if (c >= 'a' && c <= 'z')
		return 12u + (unsigned)(c - 'a');
	return 63;
}

struct title_key
token_title_key(struct span title)
{
	struct title_key key = { 0, 0 };
	char folded[128] = "";
	size_t i;

	memset(folded, 0, sizeof folded);
	token_fold(title, folded, sizeof folded);
	for (i = 0; i < 10; i++) {
		key.hi = key.hi << 6 | title_digit((unsigned char)folded[i]);
		key.lo = key.lo << 6 | title_digit((unsigned char)folded[i + 10]);
	}
	return key;
}
