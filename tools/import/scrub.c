/* SPDX-License-Identifier: AGPL-3.0-or-later
 * scrub.c - takes e-mail addresses and phone numbers out of texts that people wrote; see import.h.
 *
 * A contact belongs into its field, where whoever publishes it sees it.  In the middle of a text it is
 * mostly somebody's own, and was copied there without being asked.
 */
#include <string.h>
#include <strings.h>

#include "proto/err.h"
#include "tools/import/import.h"

#define INSTEAD "[…]"

static int
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static int
is_address_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '.' || c == '-' || c == '_' ||
	    c == '+';
}

/* Length of "@", "(at)", "[at]" or " at " in brackets at i; 0: none. */
static size_t
at_sign(struct span s, size_t i)
{
	static const char *const form[] = { "@", "(at)", "[at]", "{at}", "(@)", "[@]", " (at) ", " [at] ", "(arobase)",
		" arobase ", "[arobase]" };
	size_t k;

	for (k = 0; k < sizeof form / sizeof form[0]; k++) {
		size_t n = strlen(form[k]);

		if (s.len - i >= n && strncasecmp(s.ptr + i, form[k], n) == 0)
			return n;
	}
	return 0;
}

/* An e-mail address at the start of s: its length, or 0. */
static size_t
email_at(struct span s)
{
	size_t i = 0, at, host, dot = 0;

	while (i < s.len && is_address_char(s.ptr[i]))
		i++;
	if (i == 0 || i >= s.len || (at = at_sign(s, i)) == 0)
		return 0;
	for (i += at, host = i; i < s.len && is_address_char(s.ptr[i]); i++)
		;
	while (i > host && (s.ptr[i - 1] == '.' || s.ptr[i - 1] == '-'))
		i--;	/* the sentence's */
	for (at = host + 1; at + 1 < i; at++)
		dot = s.ptr[at] == '.' ? at : dot;
	return dot > 0 && i - dot > 2 ? i : 0;
}

/* A space, no-break space, point, hyphen or slash between digits: its length, or 0. */
static size_t
separator(struct span s, size_t i)
{
	if (i < s.len && s.ptr[i] != '\0' && strchr(" .-/", s.ptr[i]) != NULL)
		return 1;
	if (i + 1 < s.len && memcmp(s.ptr + i, "\xc2\xa0", 2) == 0)
		return 2;
	return i + 2 < s.len && memcmp(s.ptr + i, "\xe2\x80\xaf", 3) == 0 ? 3 : 0;
}

/* What comes before the nine digits: "0", "+33", "0033", "+33 (0)"; 0: none. */
static size_t
phone_prefix(struct span s)
{
	static const char *const form[] = { "+33 (0)", "+33(0)", "+33", "0033", "0" };
	size_t i;

	for (i = 0; i < sizeof form / sizeof form[0]; i++)
		if (s.len >= strlen(form[i]) && memcmp(s.ptr, form[i], strlen(form[i])) == 0)
			return strlen(form[i]);
	return 0;
}

/* A French phone number at the start of s: its length, or 0. */
static size_t
phone_at(struct span s)
{
	size_t i = phone_prefix(s), pair;

	if (i == 0)
		return 0;
	if (i > 1)
		i += separator(s, i);
	if (i >= s.len || !is_digit(s.ptr[i]) || s.ptr[i] == '0')
		return 0;
	for (i++, pair = 0; pair < 4; pair++) {
		i += separator(s, i);
		if (i + 2 > s.len || !is_digit(s.ptr[i]) || !is_digit(s.ptr[i + 1]))
			return 0;
		i += 2;
	}
	return i < s.len && is_digit(s.ptr[i]) ? 0 : i;
}

int
scrub_text(struct span text, struct buf *out, struct scrubbed *n, struct err *e)
{
	size_t i = 0, from = 0;
	int boundary = 1;	/* nothing before that belongs to a word or number */

	while (i < text.len) {
		struct span rest = { text.ptr + i, text.len - i };
		size_t email = boundary ? email_at(rest) : 0, phone = boundary && email == 0 ? phone_at(rest) : 0;

		if (email + phone > 0) {
			if (buf_add(out, text.ptr + from, i - from, e) == -1 || buf_adds(out, INSTEAD, e) == -1)
				return -1;
			n->emails += email > 0;
			n->phones += phone > 0;
			i += email + phone;
			from = i;
			continue;
		}
		boundary = !is_address_char(text.ptr[i]);
		i++;
	}
	return i == from ? 0 : buf_add(out, text.ptr + from, i - from, e);
}
