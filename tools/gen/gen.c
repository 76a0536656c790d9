/* SPDX-License-Identifier: AGPL-3.0-or-later
 * gen.c - what the build-time generators share; see gen.h.
 */
#include "tools/gen/gen.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_BYTES_MAX ((size_t)16 << 20)

void
gen_die(const char *path, unsigned line, const char *fmt, ...)
{
	va_list ap;

	if (line != 0)
		fprintf(stderr, "%s:%u: ", path, line);
	else
		fprintf(stderr, "%s: ", path);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(1);
}

void *
gen_alloc(size_t n)
{
	void *p = calloc(1, n == 0 ? 1 : n);

	if (p == NULL)
		gen_die("gen", 0, "no memory for %zu bytes", n);
	return p;
}

char *
gen_copy(const char *s, size_t n)
{
	char *p = gen_alloc(n + 1);

	memcpy(p, s, n);
	return p;
}

char *
gen_read(const char *path, size_t *len)
{
	FILE *f = fopen(path, "rb");
	char *text = gen_alloc(FILE_BYTES_MAX + 1);
	size_t n;

	if (f == NULL)
		gen_die(path, 0, "cannot be opened");
	n = fread(text, 1, FILE_BYTES_MAX + 1, f);
	if (ferror(f) || n > FILE_BYTES_MAX)
		gen_die(path, 0, "cannot be read, or is over %zu bytes", FILE_BYTES_MAX);
	fclose(f);
	text[n] = '\0';
	if (len != NULL)
		*len = n;
	return text;
}

void
gen_literal(const char *s, size_t n)
{
	size_t i;

	putchar('"');
	for (i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c == '\n' && i + 1 < n)
			printf("\\n\"\n\t    \"");
		else if (c == '\n')
			printf("\\n");
		else if (c == '"' || c == '\\')
			printf("\\%c", c);
		else if (c < 0x20 || c >= 0x7f || c == '?')
			printf("\\%03o", (unsigned)c);
		else
			putchar(c);
	}
	putchar('"');
}

const char *
gen_basename(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

int
gen_is_name(const char *s)
{
	if (*s < 'a' || *s > 'z')
		return 0;
	return s[strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_")] == '\0';
}
