/* SPDX-License-Identifier: AGPL-3.0-or-later
 * emit.h - writes JSON answers: one value after another, commas and escapes taken care of.
 *
 * A failure (no memory, the buffer's maximum) sticks: the calls after it do nothing and json_end
 * reports it, so a handler writes a whole answer and checks once.
 */
#ifndef NODE_API_EMIT_H
#define NODE_API_EMIT_H

#include <stdint.h>

#include "proto/buf.h"

struct err;

struct emit {
	struct buf *out;	/* borrowed */
	struct err *e;
	int failed, comma;	/* comma: the next value in this object or array needs one before it */
};

void	emit_start(struct emit *j, struct buf *out, struct err *e);
int	emit_end(const struct emit *j);		/* 0, or -1 with the first failure in e */

void	emit_object(struct emit *j);		/* { */
void	emit_object_end(struct emit *j);
void	emit_array(struct emit *j);		/* [ */
void	emit_array_end(struct emit *j);
void	emit_line(struct emit *j);		/* newline: the next value begins a line of NDJSON */

/* Values.  Bytes that are not UTF-8 become U+FFFD; a NULL text is null. */
void	emit_text(struct emit *j, const char *s);
void	emit_span(struct emit *j, struct span s);
void	emit_int(struct emit *j, int64_t n);
void	emit_bool(struct emit *j, int yes);
void	emit_null(struct emit *j);
void	emit_hex(struct emit *j, const uint8_t *data, size_t len);
void	emit_raw(struct emit *j, struct span value);	/* is one JSON value already */

/* A member's name (ASCII of ours), then its value by one of the above; or both at once. */
void	emit_key(struct emit *j, const char *name);
void	emit_put_text(struct emit *j, const char *name, const char *s);
void	emit_put_span(struct emit *j, const char *name, struct span s);
void	emit_put_int(struct emit *j, const char *name, int64_t n);
void	emit_put_bool(struct emit *j, const char *name, int yes);
void	emit_put_hex(struct emit *j, const char *name, const uint8_t *data, size_t len);

/* Append s as the inside of a JSON string. */
int	emit_escape(struct span s, struct buf *out, struct err *e);

#endif
