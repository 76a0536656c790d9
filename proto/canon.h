/* SPDX-License-Identifier: AGPL-3.0-or-later
 * canon.h - says whether received bytes are canonical JSON, and reads them where they lie.
 *
 * Canonical or refused (SPEC: Records): a line that is not its own RFC 8785 form is invalid, so
 * nothing is ever re-serialised to be verified.  No tree is built and nothing is allocated: first
 * canon_check, then the readers below, which take bytes that passed it.  Given others they never
 * read outside the span, but what they answer then means nothing.
 */
#ifndef PROTO_CANON_H
#define PROTO_CANON_H

#include <stdint.h>

#include "proto/buf.h"
#include "proto/limits.h"

struct err;

#define CANON_DEPTH_MAX 128

struct canon_limits {
	unsigned depth_max;	/* nested arrays and objects, the outermost counted; at most CANON_DEPTH_MAX */
	int integers_only;	/* signed records: integers within INTEGER_MAX of zero, nothing else */
};

#define CANON_RECORD ((struct canon_limits){ .depth_max = RECORD_DEPTH_MAX, .integers_only = 1 })
#define CANON_DOCUMENT ((struct canon_limits){ .depth_max = CANON_DEPTH_MAX })

/* 0 when bytes are exactly one JSON value in canonical form: valid UTF-8, no white space outside
 * strings, only the escapes RFC 8785 3.2.2.2 asks for, U+0000 nowhere, member names strictly rising
 * by UTF-16 code unit (3.2.3; so none twice), numbers as jcs_number writes them, nothing after.
 * Else ERR_INPUT with the offset and why, or ERR_LIMIT when nested too deep. */
int	canon_check(struct span bytes, struct canon_limits lim, struct err *e);

/* A walk over the members of an object or the items of an array; borrows the bytes. */
struct canon_iter {
	const char *p, *end;
};

void	canon_object(struct span object, struct canon_iter *it);	/* of anything else: no members */
/* 1 and the next member, or 0 after the last.  key is raw, between the quotes; value is raw, whole. */
int	canon_next(struct canon_iter *it, struct span *key, struct span *value);

void	canon_array(struct span array, struct canon_iter *it);	/* of anything else: no items */
int	canon_item(struct canon_iter *it, struct span *value);	/* 1 and the next, or 0 after the last */

/* 1 and the member's raw value, or 0 when there is none.  key: ASCII that needs no escape. */
int	canon_get(struct span object, const char *key, struct span *value);

/* Each answers 1 when the raw value v is of that type, else 0 and *out is untouched. */
int	canon_is_string(struct span v);
int	canon_is_object(struct span v);
int	canon_is_array(struct span v);
int	canon_bool(struct span v, int *out);
int	canon_int(struct span v, int64_t *out);		/* an integer within INTEGER_MAX of zero */
/* The inside of a string in which nothing is escaped (so: the text itself, borrowed). */
int	canon_plain(struct span v, struct span *out);

/* Append the text of string v, escapes undone, to out.  Not a string: ERR_INPUT. */
int	canon_string(struct span v, struct buf *out, struct err *e);

/* <0, 0, >0 as two UTF-8 texts compare by UTF-16 code units (RFC 8785 3.2.3): like bytes, except that
 * U+10000 and above come before U+E000..U+FFFF. */
int	utf16_order(struct span a, struct span b);

/* Length (1..4) of the UTF-8 sequence at the start of s, or 0 when it is not well-formed (RFC 3629:
 * nothing overlong, no surrogates, nothing past U+10FFFF). */
size_t	utf8_length(struct span s);

#endif
