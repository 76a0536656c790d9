/* SPDX-License-Identifier: AGPL-3.0-or-later
 * emit.c - see emit.h. */
#include "node/api/emit.h"

#include <inttypes.h>
#include <stdio.h>

#include "proto/canon.h"
#include "proto/err.h"

void
emit_start(struct emit *j, struct buf *out, struct err *e)
{
	*j = (struct emit){ .out = out, .e = e };
}

int
emit_end(const struct emit *j)
{
	return j->failed ? -1 : 0;
}

static void
add(struct emit *j, const char *data, size_t len)
{
	if (!j->failed && buf_add(j->out, data, len, j->e) == -1)
		j->failed = 1;
}

/* What every value begins with; afterwards the next one needs a comma. */
static void
begin(struct emit *j)
{
	if (j->comma)
		add(j, ",", 1);
	j->comma = 1;
}

static void
open_with(struct emit *j, char bracket)
{
	begin(j);
	add(j, &bracket, 1);
	j->comma = 0;
}

static void
close_with(struct emit *j, char bracket)
{
	add(j, &bracket, 1);
	j->comma = 1;
}

void
emit_object(struct emit *j)
{
	open_with(j, '{');
}

void
emit_object_end(struct emit *j)
{
	close_with(j, '}');
}

void
emit_array(struct emit *j)
{
	open_with(j, '[');
}

void
emit_array_end(struct emit *j)
{
	close_with(j, ']');
}

void
emit_line(struct emit *j)
{
	add(j, "\n", 1);
	j->comma = 0;
}

static int
escape_ascii(unsigned char c, struct buf *out, struct err *e)
{
	switch (c) {
	case '"':
		return buf_adds(out, "\\\"", e);
	case '\\':
		return buf_adds(out, "\\\\", e);
	case '\n':
		return buf_adds(out, "\\n", e);
	case '\t':
		return buf_adds(out, "\\t", e);
	default:
		return buf_addf(out, e, "\\u%04x", c);
	}
}

/* Length of the run at the start of s that needs no escape. */
static size_t
plain_run(struct span s)
{
	size_t i = 0, n;

	while (i < s.len) {
		unsigned char c = (unsigned char)s.ptr[i];

		if (c < 0x20 || c == '"' || c == '\\' || c == 0x7f)
			break;
		n = c < 0x80 ? 1 : utf8_length((struct span){ s.ptr + i, s.len - i });
		if (n == 0)
			break;
		i += n;
	}
	return i;
}

int
emit_escape(struct span s, struct buf *out, struct err *e)
{
	while (s.len > 0) {
		size_t n = plain_run(s);

		if (n > 0 && buf_add(out, s.ptr, n, e) == -1)
			return -1;
		if (n == s.len)
			return 0;
		if ((unsigned char)s.ptr[n] < 0x80) {
			if (escape_ascii((unsigned char)s.ptr[n], out, e) == -1)
				return -1;
		} else if (buf_adds(out, "\xef\xbf\xbd", e) == -1)
			return -1;
		s.ptr += n + 1;
		s.len -= n + 1;
	}
	return 0;
}

void
emit_span(struct emit *j, struct span s)
{
	begin(j);
	add(j, "\"", 1);
	if (!j->failed && emit_escape(s, j->out, j->e) == -1)
		j->failed = 1;
	add(j, "\"", 1);
}

void
emit_text(struct emit *j, const char *s)
{
	if (s == NULL)
		emit_null(j);
	else
		emit_span(j, span_str(s));
}

void
emit_raw(struct emit *j, struct span value)
{
	begin(j);
	add(j, value.ptr, value.len);
}

void
emit_int(struct emit *j, int64_t n)
{
	char text[24];
	int len = snprintf(text, sizeof text, "%" PRId64, n);

	emit_raw(j, (struct span){ text, (size_t)len });
}

void
emit_bool(struct emit *j, int yes)
{
	emit_raw(j, yes ? SPAN("true") : SPAN("false"));
}

void
emit_null(struct emit *j)
{
	emit_raw(j, SPAN("null"));
}

void
emit_hex(struct emit *j, const uint8_t *data, size_t len)
{
	static const char digit[] = "0123456789abcdef";
	size_t i;

	begin(j);
	add(j, "\"", 1);
	for (i = 0; i < len; i++)
		add(j, (char[2]){ digit[data[i] >> 4], digit[data[i] & 15] }, 2);
	add(j, "\"", 1);
}

void
emit_key(struct emit *j, const char *name)
{
	emit_text(j, name);
	add(j, ":", 1);
	j->comma = 0;
}

void
emit_put_text(struct emit *j, const char *name, const char *s)
{
	emit_key(j, name);
	emit_text(j, s);
}

void
emit_put_span(struct emit *j, const char *name, struct span s)
{
	emit_key(j, name);
	emit_span(j, s);
}

void
emit_put_int(struct emit *j, const char *name, int64_t n)
{
	emit_key(j, name);
	emit_int(j, n);
}

void
emit_put_bool(struct emit *j, const char *name, int yes)
{
	emit_key(j, name);
	emit_bool(j, yes);
}

void
emit_put_hex(struct emit *j, const char *name, const uint8_t *data, size_t len)
{
	emit_key(j, name);
	emit_hex(j, data, len);
}
