/* SPDX-License-Identifier: AGPL-3.0-or-later
 * multipart.h - a posted form with a file in it (multipart/form-data, RFC 7578). */
#ifndef NODE_WEB_MULTIPART_H
#define NODE_WEB_MULTIPART_H

#include "proto/buf.h"

struct arena;
struct err;
struct request;

#define MULTIPART_PARTS_MAX 32

struct part {
	const char *name;		/* of the field */
	const char *filename;		/* as the browser says, without folders; NULL: no file */
	struct span value;		/* within the request's body */
};

struct multipart {
	struct part at[MULTIPART_PARTS_MAX];
	size_t count;
};

/* ERR_TYPE when the request is of another type, ERR_INPUT when its parts are not whole. */
int	multipart_parse(const struct request *req, struct multipart *out, struct err *e);

/* The first field of that name, or NULL; its text in the request's arena ("" when absent). */
const struct part *multipart_part(const struct multipart *m, const char *name);
const char *multipart_text(const struct multipart *m, const char *name, struct arena *arena);

#endif
