/* SPDX-License-Identifier: AGPL-3.0-or-later
 * err.c - see err.h. */
#include "proto/err.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct err_info info[ERR__COUNT] = {
	[ERR_NONE]	= { "ok",		200, 0 },
	[ERR_USAGE]	= { "usage",		400, 2 },
	[ERR_INPUT]	= { "invalid",		400, 1 },
	[ERR_LIMIT]	= { "too-large",	413, 1 },
	[ERR_SIGNATURE]	= { "signature",	422, 1 },
	[ERR_LOGIN]	= { "login",		401, 1 },
	[ERR_FORBIDDEN]	= { "forbidden",	403, 1 },
	[ERR_NOT_FOUND]	= { "not-found",	404, 1 },
	[ERR_SCOPE]	= { "out-of-scope",	404, 1 },
	[ERR_GONE]	= { "gone",		410, 1 },
	[ERR_METHOD]	= { "method",		405, 1 },
	[ERR_TYPE]	= { "media-type",	415, 1 },
	[ERR_CONFLICT]	= { "conflict",		409, 1 },
	[ERR_BUSY]	= { "busy",		503, 1 },
	[ERR_TIMEOUT]	= { "timeout",		504, 1 },
	[ERR_IO]	= { "io",		500, 1 },
	[ERR_MEMORY]	= { "memory",		500, 1 },
	[ERR_INTERNAL]	= { "internal",		500, 1 },
};

const struct err_info *
err_info(enum err_code code)
{
	assert(code < ERR__COUNT);
	return &info[code];
}

int
err_set(struct err *e, enum err_code code, const char *fmt, ...)
{
	va_list ap;

	assert(code > ERR_NONE && code < ERR__COUNT);
	e->code = code;
	va_start(ap, fmt);
	vsnprintf(e->text, sizeof e->text, fmt, ap);
	va_end(ap);
	return -1;
}

int
err_wrap(struct err *e, const char *fmt, ...)
{
	char what[sizeof e->text];
	size_t n, room;
	va_list ap;

	assert(e->code != ERR_NONE);
	va_start(ap, fmt);
	vsnprintf(what, sizeof what - 2, fmt, ap);
	va_end(ap);
	n = strlen(what);
	memcpy(what + n, ": ", 2);
	n += 2;
	room = sizeof e->text - n; /* the innermost words fall off first */
	memmove(e->text + n, e->text, room);
	e->text[sizeof e->text - 1] = '\0';
	memcpy(e->text, what, n < sizeof e->text ? n : sizeof e->text - 1);
	return -1;
}

int
err_memory(struct err *e)
{
	return err_set(e, ERR_MEMORY, "no memory");
}
