/* SPDX-License-Identifier: AGPL-3.0-or-later
 * peek.c - see peek.h. */
#include "tools/import/peek.h"

#include <string.h>

char
peek_first(const struct import_input *in)
{
	struct span s = import_input_text(in);

	return s.len == 0 ? '\0' : s.ptr[0];
}

/* The inside of the string that begins at s, a quote; *after: what follows it.  0: it is cut off. */
static int
take_string(struct span s, struct span *inside, struct span *after)
{
	size_t i;

	for (i = 1; i < s.len && s.ptr[i] != '"'; i++)
		i += s.ptr[i] == '\\';
	if (i >= s.len)
		return 0;
	*inside = (struct span){ s.ptr + 1, i - 1 };
	*after = (struct span){ s.ptr + i + 1, s.len - i - 1 };
	return 1;
}

int
peek_member(const struct import_input *in, const char *name, int depth, struct span *value)
{
	struct span s = import_input_text(in), word, rest;
	int level = 0;

	while (s.len > 0) {
		if (s.ptr[0] == '"') {
			if (!take_string(s, &word, &s))
				return 0;
			rest = span_trim(s);
			if (level > depth || rest.len == 0 || rest.ptr[0] != ':' || !span_is(word, name))
				continue;
			if (value != NULL)
				*value = span_trim((struct span){ rest.ptr + 1, rest.len - 1 });
			return 1;
		}
		level += s.ptr[0] == '{' || s.ptr[0] == '[' ? 1 : s.ptr[0] == '}' || s.ptr[0] == ']' ? -1 : 0;
		s.ptr++;
		s.len--;
	}
	return 0;
}
