/* SPDX-License-Identifier: AGPL-3.0-or-later
 * err.h - what went wrong, as a value the caller owns.
 *
 * Every function that can fail takes a struct err * last and returns 0 or -1.
 * The lowest level says what happened (err_set), each caller above may put in
 * front what it was doing (err_wrap); only main, the HTTP adapter and the
 * command line report.  No allocation: reporting a failure cannot itself fail.
 */
#ifndef PROTO_ERR_H
#define PROTO_ERR_H

enum err_code {
	ERR_NONE,
	ERR_USAGE,	/* the command line or request was put wrongly */
	ERR_INPUT,	/* the bytes are not a valid record, request or file */
	ERR_LIMIT,	/* well-formed, but larger than limits.h allows */
	ERR_SIGNATURE,	/* well-formed, but not signed by whom it says */
	ERR_LOGIN,	/* the operator's alone: log in first */
	ERR_FORBIDDEN,	/* understood, and not allowed */
	ERR_NOT_FOUND,	/* never heard of */
	ERR_SCOPE,	/* not here, because this node does not want it: it holds a part */
	ERR_GONE,	/* was here, was deleted or erased: do not ask again */
	ERR_METHOD,	/* the path exists, not for this method */
	ERR_TYPE,	/* a body of a type or encoding nobody here reads */
	ERR_CONFLICT,	/* contradicts what is already there */
	ERR_BUSY,	/* try again later */
	ERR_TIMEOUT,	/* the other side took longer than its deadline */
	ERR_IO,		/* disk or network */
	ERR_MEMORY,
	ERR_INTERNAL,	/* our own mistake */
	ERR__COUNT
};

struct err {
	enum err_code code;
	char text[400];
};

/* How each code shows outside: its name in JSON answers and logs, the HTTP status, the exit status
 * of the command line (0 done, 1 refused or failed, 2 usage). */
struct err_info {
	const char *name;
	int http_status, exit_status;
};

const struct err_info *err_info(enum err_code code);

/* Record a failure.  Always returns -1, so "return err_set(...)" reads as one act. */
int	err_set(struct err *e, enum err_code code, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));

/* Put "what we were doing: " in front of an existing failure.  Returns -1. */
int	err_wrap(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* "no memory", said the same way everywhere.  Returns -1. */
int	err_memory(struct err *e);

#endif
