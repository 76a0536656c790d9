/* SPDX-License-Identifier: AGPL-3.0-or-later
 * sheet.c - see sheet.h. */
#include "node/core/sheet.h"

#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "proto/err.h"
#include "proto/multibase.h"

#define CHECK		2			/* letters at the end of a line */
#define PLAIN		(SHEET_LETTERS - CHECK)
#define SEALED_BYTES	(1 + 32 + 2)

_Static_assert(SHEET_LINES * PLAIN == BASE32_CHARS(SEALED_BYTES), "the lines hold just that");

/* Letters are the field of 32 elements, by x^5 + x^2 + 1. */
static unsigned
field_double(unsigned a)
{
	a <<= 1;
	return (a & 32) != 0 ? a ^ 0x25 : a;
}

static unsigned
value(char c)
{
	return c >= 'a' && c <= 'z' ? (unsigned)(c - 'a') : c >= '2' && c <= '7' ? (unsigned)(c - '2') + 26 : 0;
}

/* The two letters of check: the sum of all and the line's number, and the sum of each times two to the power of
 * its place.  So any one wrong letter is seen, and any two exchanged ones. */
static void
line_check(size_t number, const char *letters, unsigned out[CHECK])
{
	size_t i;

	out[0] = (unsigned)number;
	out[1] = 0;
	for (i = PLAIN; i-- > 0;) {
		out[0] ^= value(letters[i]);
		out[1] = field_double(out[1] ^ value(letters[i]));
	}
}

static void
seal(enum key_role role, const uint8_t seed[32], uint8_t out[SEALED_BYTES])
{
	uint8_t hash[crypto_hash_sha256_BYTES];

	out[0] = (uint8_t)role;
	memcpy(out + 1, seed, 32);
	crypto_hash_sha256(hash, out, 33);
	memcpy(out + 33, hash, 2);
	sodium_memzero(hash, sizeof hash);
}

void
sheet_encode(enum key_role role, const uint8_t seed[32], char line[SHEET_LINES][SHEET_LINE_BYTES])
{
	static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
	char text[SHEET_LINES * PLAIN + 1], whole[SHEET_LETTERS];
	uint8_t sealed[SEALED_BYTES];
	unsigned check[CHECK];
	size_t i, k, n;

	seal(role, seed, sealed);
	base32_encode(sealed, sizeof sealed, text, sizeof text);
	for (i = 0; i < SHEET_LINES; i++) {
		memcpy(whole, text + i * PLAIN, PLAIN);
		line_check(i + 1, whole, check);
		whole[PLAIN] = alphabet[check[0]];
		whole[PLAIN + 1] = alphabet[check[1]];
		for (k = n = 0; k < SHEET_LETTERS; k++) {
			if (k > 0 && k % 4 == 0)
				line[i][n++] = ' ';
			line[i][n++] = whole[k] >= 'a' && whole[k] <= 'z' ? (char)(whole[k] - 'a' + 'A') : whole[k];
		}
		line[i][n] = '\0';
	}
	sodium_memzero(sealed, sizeof sealed);
	sodium_memzero(text, sizeof text);
	sodium_memzero(whole, sizeof whole);
}

/* --- reading --------------------------------------------------------------------------------- */

/* A letter as typed: its base32 one, '\0' for what means nothing, '?' for what has no place here. */
static char
letter(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c - 'A' + 'a');
	if ((c >= 'a' && c <= 'z') || (c >= '2' && c <= '7'))
		return c;
	switch (c) {
	case '0':
		return 'o';
	case '1':
		return 'i';
	case '8':
		return 'b';
	case ' ': case '\t': case '\r': case '-': case '.': case '_': case ':':
		return '\0';
	default:
		return '?';
	}
}

/* "2." or "2)" before the letters. */
static struct span
without_number(struct span line)
{
	line = span_trim(line);
	if (line.len > 2 && line.ptr[0] >= '1' && line.ptr[0] <= '4' && (line.ptr[1] == '.' || line.ptr[1] == ')')) {
		line.ptr += 2;
		line.len -= 2;
	}
	return line;
}

struct typed {
	char letter[SHEET_LINES][SHEET_LETTERS];
	size_t count[SHEET_LINES];	/* letters typed, past SHEET_LETTERS too */
	size_t lines;
};

static void
take_line(struct span line, struct typed *t)
{
	size_t i, n = 0;

	for (i = 0; i < line.len; i++) {
		char c = letter(line.ptr[i]);

		if (c == '\0')
			continue;
		if (n < SHEET_LETTERS)
			t->letter[t->lines][n] = c;
		n++;
	}
	t->count[t->lines++] = n;
}

/* All letters in one line, as a scanner gives them. */
static int
take_whole(struct span line, struct typed *t)
{
	size_t i, n = 0;

	for (i = 0; i < line.len; i++)
		if (letter(line.ptr[i]) != '\0' && n++ < sizeof t->letter)
			t->letter[(n - 1) / SHEET_LETTERS][(n - 1) % SHEET_LETTERS] = letter(line.ptr[i]);
	if (n != sizeof t->letter)
		return 0;
	for (t->lines = 0; t->lines < SHEET_LINES; t->lines++)
		t->count[t->lines] = SHEET_LETTERS;
	return 1;
}

static int
take_text(struct span text, struct typed *t, struct err *e)
{
	while (text.len > 0) {
		struct span line = without_number(span_cut(&text, '\n'));

		if (line.len == 0)
			continue;
		if (t->lines == 0 && take_whole(line, t))
			continue;
		if (t->lines == SHEET_LINES)
			return err_set(e, ERR_INPUT, "more than %d lines: one key at a time", SHEET_LINES);
		take_line(line, t);
	}
	return t->lines == SHEET_LINES ? 0
	    : err_set(e, ERR_INPUT, "%zu lines instead of %d", t->lines, SHEET_LINES);
}

/* Which letter of a line is wrong, counted from 1, if it is a single one; 0: the line is right. */
static size_t
wrong_letter(size_t number, const char *letters)
{
	unsigned check[CHECK], shift;
	size_t i;

	line_check(number, letters, check);
	check[0] ^= value(letters[PLAIN]);
	check[1] ^= value(letters[PLAIN + 1]);
	if (check[0] == 0)
		return check[1] == 0 ? 0 : SHEET_LETTERS;
	for (i = 1, shift = field_double(check[0]); i <= PLAIN && shift != check[1]; i++)
		shift = field_double(shift);
	return i <= PLAIN ? i : PLAIN + 1;
}

/* What is wrong with each line, all of it at once. */
static int
check_lines(const struct typed *t, struct err *e)
{
	char text[300] = "";
	size_t i, n = 0;

	for (i = 0; i < SHEET_LINES; i++) {
		const char *sep = n == 0 ? "" : "; ";
		size_t at = t->count[i] == SHEET_LETTERS ? wrong_letter(i + 1, t->letter[i]) : 0;

		if (t->count[i] != SHEET_LETTERS)
			n += (size_t)snprintf(text + n, sizeof text - n, "%sline %zu has %zu letters instead of %d", sep, i + 1,
			    t->count[i], SHEET_LETTERS);
		else if (at != 0)
			n += (size_t)snprintf(text + n, sizeof text - n, at == SHEET_LETTERS
			    ? "%sline %zu has two letters exchanged, or a wrong letter, the %zu. perhaps"
			    : "%sline %zu has a wrong letter, the %zu. perhaps", sep, i + 1, at);
	}
	return n == 0 ? 0 : err_set(e, ERR_INPUT, "%s: compare with the sheet", text);
}

int
sheet_decode(struct span text, enum key_role *role, uint8_t seed[32], struct err *e)
{
	uint8_t sealed[SEALED_BYTES], again[SEALED_BYTES];
	char plain[SHEET_LINES * PLAIN];
	struct typed t = { .lines = 0 };
	size_t i;
	int rc = take_text(text, &t, e);

	if (rc == 0 && (rc = check_lines(&t, e)) == 0) {
		for (i = 0; i < SHEET_LINES; i++)
			memcpy(plain + i * PLAIN, t.letter[i], PLAIN);
		if (base32_decode((struct span){ plain, sizeof plain }, sealed, sizeof sealed) != (int)sizeof sealed)
			rc = err_set(e, ERR_INPUT, "these letters are no key: compare with the sheet");
	}
	if (rc == 0) {
		*role = (enum key_role)sealed[0];
		seal(*role, sealed + 1, again);
		if ((*role != KEY_ROOT && *role != KEY_NEXT_ROOT) || memcmp(sealed, again, sizeof sealed) != 0)
			rc = err_set(e, ERR_INPUT, "the lines are of two sheets, or several letters are wrong");
		else
			memcpy(seed, sealed + 1, 32);
	}
	sodium_memzero(&t, sizeof t);
	sodium_memzero(plain, sizeof plain);
	sodium_memzero(sealed, sizeof sealed);
	sodium_memzero(again, sizeof again);
	return rc;
}
