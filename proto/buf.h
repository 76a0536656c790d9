/* SPDX-License-Identifier: AGPL-3.0-or-later
 * buf.h - bytes: borrowed (span), owned and bounded (buf), owned by a request (arena).
 *
 * The type says who owns.  A buffer knows at birth the most it may ever hold;
 * going past it is ERR_LIMIT, never a truncation.
 */
#ifndef PROTO_BUF_H
#define PROTO_BUF_H

#include <stdarg.h>
#include <stddef.h>

struct err;

/* Borrowed bytes: never freed through a span, not NUL-terminated. */
struct span {
	const char *ptr;
	size_t len;
};

#define SPAN(literal) ((struct span){ (literal), sizeof(literal) - 1 })

struct span	span_str(const char *s);			/* of a C string; NULL is empty */
int		span_eq(struct span a, struct span b);
int		span_is(struct span a, const char *s);
/* The bytes before the first sep, taken off the front of *rest with the sep; all of it when there is none. */
struct span	span_cut(struct span *rest, char sep);
struct span	span_trim(struct span s);			/* ASCII white space off both ends */
/* Copy what fits of UTF-8 text, cut between characters, always NUL-terminated: for messages and labels. */
void		text_clip(char *out, size_t size, const char *text);

/* Owned bytes.  Always NUL-terminated when ptr is not NULL. */
struct buf {
	char *ptr;
	size_t len, cap, max;
};

#define BUF_INIT(most) { .max = (most) }

int	buf_add(struct buf *b, const void *data, size_t len, struct err *e);
int	buf_adds(struct buf *b, const char *s, struct err *e);
int	buf_addspan(struct buf *b, struct span s, struct err *e);
int	buf_addc(struct buf *b, char c, struct err *e);
int	buf_addf(struct buf *b, struct err *e, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));
int	buf_reserve(struct buf *b, size_t more, struct err *e);	/* room for more bytes and a NUL */
struct span buf_span(const struct buf *b);
void	buf_reset(struct buf *b);	/* empty, keep the memory */
void	buf_clear(struct buf *b);	/* empty, give the memory back */

/* Many small allocations with one lifetime (a request, a parse).  Zero is a valid, empty arena;
 * max 0 means ARENA_BYTES_MAX.  Everything is given back by arena_clear. */
struct arena {
	struct arena_block *block;
	size_t used, max;
};

#define ARENA_BYTES_MAX ((size_t)16 << 20)

void	*arena_alloc(struct arena *a, size_t len);	/* zeroed, aligned; NULL past the maximum */
/* Room for one item more than the n of size bytes at old (NULL: none yet): old, or a copy twice as long; the array
 * must only ever grow by this.  NULL past the maximum. */
void	*arena_more(struct arena *a, void *old, size_t n, size_t size);
char	*arena_copy(struct arena *a, struct span s);	/* NUL-terminated copy */
char	*arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void	arena_clear(struct arena *a);

#endif
