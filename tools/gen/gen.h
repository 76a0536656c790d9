/* SPDX-License-Identifier: AGPL-3.0-or-later
 * gen.h - what the build-time generators share: reading a file, writing C, giving up.
 *
 * A generator is a short-lived program of the build: it writes C to standard output, and at the
 * first mistake in its input it says "FILE:LINE: why" and exits 1, so memory is left to the
 * system and failures do not travel as values here.
 */
#ifndef TOOLS_GEN_GEN_H
#define TOOLS_GEN_GEN_H

#include <stddef.h>

/* Says "path:line: why" on standard error and exits 1; line 0 is left out. */
_Noreturn void	gen_die(const char *path, unsigned line, const char *fmt, ...)
		    __attribute__((format(printf, 3, 4)));

/* The whole file, NUL-terminated, its length in *len when len is not NULL.  Exits on failure. */
char	*gen_read(const char *path, size_t *len);

/* A copy of the n bytes at s, NUL-terminated.  Exits when out of memory. */
char	*gen_copy(const char *s, size_t n);

/* Room for n bytes, zeroed.  Exits when out of memory. */
void	*gen_alloc(size_t n);

/* The bytes as a C string literal with its quotes; a new source line after each newline. */
void	gen_literal(const char *s, size_t n);

/* The part of path after its last slash. */
const char	*gen_basename(const char *path);

/* Is s a C identifier in lower case, safe after a prefix such as TEXT_? */
int	gen_is_name(const char *s);

#endif
