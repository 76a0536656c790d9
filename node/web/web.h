/* SPDX-License-Identifier: AGPL-3.0-or-later
 * web.h - the pages people read and the operator's forms, as seen by the rest of the node.
 *
 * Everything is server-rendered HTML that works without JavaScript, without cookies for visitors
 * and without any request to another host.  The rows of web_routes are the whole list of pages.
 */
#ifndef NODE_WEB_WEB_H
#define NODE_WEB_WEB_H

#include "node/http/route.h"

struct buf;
struct err;
struct node;
struct web;

extern const struct route_table web_routes;

/* Sessions, one-time links, static files ready to send, and the cache of rendered pages.  The node is
 * borrowed; *out goes to node->web, where the handlers look for it. */
int	web_open(struct node *node, struct web **out, struct err *e);
void	web_close(struct web *web);		/* NULL is fine; no request may be under way */

/* The callbacks of struct http_site (node/http/route.h). */
int	web_authorise(struct node *node, const struct request *req);
void	web_error(struct node *node, const struct request *req, const struct err *e,
	    struct response *res);

/* Append a link that opens the operator's pages once within ten minutes, absolute when the node
 * knows its address (else it begins with "/operator/login").  Any thread. */
int	web_login_link(struct node *node, struct buf *out, struct err *e);

#endif
