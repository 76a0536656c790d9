/* SPDX-License-Identifier: AGPL-3.0-or-later
 * jcs.h - writes the canonical form of JSON (RFC 8785) for what this node itself says.
 *
 * Only local input comes through here: a file the operator gives, a record about to be signed,
 * a document to verify.  Bytes received from the network are never rewritten; canon.h says
 * whether they are canonical already.
 */
#ifndef PROTO_JCS_H
#define PROTO_JCS_H

#include <jansson.h>

#include "proto/buf.h"

struct err;

#define JCS_DEPTH_MAX		128	/* nested arrays and objects */
#define JCS_NUMBER_BYTES	32	/* room for any number and its NUL */

/* Append the canonical form of one JSON text (UTF-8, white space and any member order allowed) to
 * out.  Refused as ERR_INPUT with line, column and why: malformed JSON or UTF-8, a member named
 * twice (RFC 7493 2.3), lone surrogates, U+0000, a number beyond a double; as ERR_LIMIT: nested
 * deeper than JCS_DEPTH_MAX, or more than out may hold.  Numbers are IEEE doubles (RFC 8785 3.2.2.3):
 * an integer beyond 2^53 is rounded.  After a failure what was appended is unspecified. */
int	jcs_canonicalize(struct span json, struct buf *out, struct err *e);

/* Parse as jcs_canonicalize does, with the same refusals.  Every number is a real.  NULL on failure;
 * the caller owns the reference (json_decref). */
json_t	*jcs_load(struct span json, struct err *e);

/* Append the canonical form of a value in memory.  v is only read. */
int	jcs_emit(const json_t *v, struct buf *out, struct err *e);

/* The text ECMAScript gives a number (RFC 8785 3.2.2.3, appendix B): the fewest digits that read back
 * as d.  Returns its length, or -1 when d is infinite or not a number.  The locale is irrelevant. */
int	jcs_number(double d, char out[JCS_NUMBER_BYTES]);

/* Is text, byte for byte, what jcs_number writes for some double? */
int	jcs_is_number(struct span text);

#endif
