/* SPDX-License-Identifier: AGPL-3.0-or-later
 * address.c - see address.h. */
#include "tools/import/address.h"

#include <string.h>

static int
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Five digits that stand alone, with a word after them; the last such: a street may be "1 place 14000". */
static const char *
find_postcode(struct span s)
{
	const char *found = NULL;
	size_t i, k;

	for (i = 0; i + 6 < s.len; i++) {
		for (k = 0; k < 5 && is_digit(s.ptr[i + k]); k++)
			continue;
		if (k == 5 && (i == 0 || !is_digit(s.ptr[i - 1])) && s.ptr[i + 5] == ' ' && !is_digit(s.ptr[i + 6]))
			found = s.ptr + i;
	}
	return found;
}

static struct span
without_commas(struct span s)
{
	s = span_trim(s);
	while (s.len > 0 && (s.ptr[s.len - 1] == ',' || s.ptr[s.len - 1] == '-'))
		s = span_trim((struct span){ s.ptr, s.len - 1 });
	return s;
}

void
address_split(struct span text, struct address *out)
{
	const char *at;
	size_t i;

	*out = (struct address){ .street = without_commas(text) };
	if ((at = find_postcode(text)) == NULL)
		return;
	out->street = without_commas((struct span){ text.ptr, (size_t)(at - text.ptr) });
	out->postcode = (struct span){ at, 5 };
	out->commune = (struct span){ at + 6, (size_t)(text.ptr + text.len - at) - 6 };
	for (i = 0; i < out->commune.len; i++)
		if (strchr(",\n(;", out->commune.ptr[i]) != NULL)
			break;
	out->commune = span_trim((struct span){ out->commune.ptr, i });
}
