/* SPDX-License-Identifier: AGPL-3.0-or-later
 * gzip.h - whole bodies in and out of gzip (RFC 1952), bounded by the output buffer's maximum.
 */
#ifndef NODE_HTTP_GZIP_H
#define NODE_HTTP_GZIP_H

#include "proto/buf.h"

struct err;

#define GZIP_BYTES_MIN	1024	/* a shorter body is not worth compressing */
#define GZIP_LEVEL_NOW	1	/* while somebody waits */
#define GZIP_LEVEL_KEPT	6	/* made once, sent many times */

/* Append in, compressed, to out.  Level 1 (fast) to 9 (small). */
int	gzip_pack(struct span in, int level, struct buf *out, struct err *e);

/* Append what in (one or more gzip members) holds to out.  ERR_LIMIT as soon as it would pass out->max,
 * whatever in promises; ERR_INPUT when it is not gzip or ends early. */
int	gzip_unpack(struct span in, struct buf *out, struct err *e);

/* 1 when a body of this Content-Type and length should be compressed: text long enough. */
int	gzip_is_worth(const char *type, size_t len);

/* 1 when an Accept-Encoding value (NULL: none) takes gzip (RFC 9110 12.5.3). */
int	gzip_is_accepted(const char *accept_encoding);

#endif
