/* SPDX-License-Identifier: AGPL-3.0-or-later
 * call.h - one request to the node's own routes from within the process, as the operator. */
#ifndef NODE_CORE_CALL_H
#define NODE_CORE_CALL_H

#include "node/http/request.h"
#include "proto/buf.h"

struct err;
struct node;

#define CALL_ANSWER_MAX ((size_t)256 << 20)

/* The answer's body is appended to out, its status put into *status.  Waits as long as the handler has
 * nothing to say.  -1 when the request cannot be made or is refused; e says why. */
int	node_call(struct node *n, enum method method, const char *target, struct span body, struct buf *out,
	    long *status, struct err *e);

#endif
