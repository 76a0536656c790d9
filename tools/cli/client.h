/* SPDX-License-Identifier: AGPL-3.0-or-later
 * client.h - asks a node: the one that runs on the folder, through its control socket, or one opened
 * here for the time being.  Either way the same routes answer.
 */
#ifndef TOOLS_CLI_CLIENT_H
#define TOOLS_CLI_CLIENT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "node/core/target.h"
#include "node/http/request.h"
#include "proto/buf.h"

struct client;
struct err;
struct node;

#define CLIENT_FETCH_MAX	((uint64_t)512 << 20)	/* bytes after decompression */
#define CLIENT_ANSWER_MAX ((size_t)256 << 20)

/* ERR_NOT_FOUND when there is no node in dir. */
int	client_open(const char *dir, struct client **out, struct err *e);
void	client_close(struct client *c);		/* NULL is fine */

/* 1 when a running node answers, 0 when the node is opened in this process. */
int	client_is_remote(const struct client *c);

/* One request; the answer's body is appended to out.  -1 for a refusal too: e is the node's. */
int	client_call(struct client *c, enum method method, const char *target, struct span body,
	    struct buf *out, struct err *e);

/* Fetch an http or https address that the operator gave into out, following a few redirects. */
int	client_fetch(const char *url, FILE *out, struct err *e);

/* What the operator names to be read: a file, "-" for standard input, or an address, which is fetched whole
 * first.  The caller closes it, unless it is stdin.  NULL: e says why. */
FILE	*client_source(const char *path, struct err *e);

/* Set e to a refusal as the API words it: its name ("not-found") and message.  Returns -1. */
int	client_refusal(const char *name, const char *message, struct err *e);

/* 1 when a process answers on DIR/control.sock. */
int	client_is_running(const char *dir);

#endif
