/* SPDX-License-Identifier: AGPL-3.0-or-later
 * login.c - how the operator comes in, and goes. */
#include <string.h>

#include "node/web/inside.h"
#include "node/web/operator.h"
#include "node/web/page.h"
#include "node/web/visit.h"
#include "node/web/web.h"

int
web_authorise(struct node *node, const struct request *req)
{
	return session_holds(node->web->sessions, request_cookie(req, SESSION_COOKIE), node_now(node));
}

int
web_login_link(struct node *node, struct buf *out, struct err *e)
{
	char token[TOKEN_CHARS + 1];
	const char *url = node->config.url == NULL ? "" : node->config.url;
	size_t n = strlen(url);

	while (n > 0 && url[n - 1] == '/')
		n--;
	session_invite(node->web->sessions, node_now(node), token);
	return buf_addf(out, e, "%.*s/operator/login?token=%s", (int)n, url, token);
}

/* The cookie goes to the operator's pages only, and never along with another site's request (RFC 6265bis). */
static const char *
cookie(struct visit *v, const char *token, int max_age_s)
{
	return printed(v, SESSION_COOKIE "=%s; Path=/operator; HttpOnly; SameSite=Strict; Max-Age=%d%s", token,
	    max_age_s, v->req->https ? "; Secure" : "");
}

int
login_page(struct node *n, const struct request *req, struct response *res, struct err *e)
{
	const char *invitation = request_query(req, "token");
	char token[TOKEN_CHARS + 1];
	struct view_welcome view;
	struct visit v;

	visit_begin(&v, n, req, res, VISIT_FRESH);
	res->cache_control = "no-store";
	if (invitation == NULL || !session_open(n->web->sessions, invitation, v.now_s, token))
		return visit_end(&v, err_set(e, ERR_LOGIN, "this link was used already, or is too old"), e);
	if (response_header(res, "Set-Cookie", cookie(&v, token, SESSION_S), e) == -1)
		return visit_end(&v, -1, e);
	v.frame.hidden = 1;
	v.frame.title = text_get(v.lang, TEXT_welcome_title);
	view = (struct view_welcome){ .lang = v.lang, .frame = &v.frame, .href = visit_href(&v, "/operator") };
	return visit_end(&v, page_welcome(&view, &res->body, e), e);
}

int
logout_post(struct node *n, const struct request *req, struct response *res, struct err *e)
{
	struct fields form;
	struct visit v;

	visit_begin(&v, n, req, res, VISIT_OPERATOR);
	if (operator_form(&v, &form, e) == -1)
		return visit_end(&v, -1, e);
	session_close(n->web->sessions, request_cookie(req, SESSION_COOKIE));
	if (response_header(res, "Set-Cookie", cookie(&v, "", 0), e) == -1)
		return visit_end(&v, -1, e);
	visit_end(&v, 0, e);
	return response_see_other(res, visit_href(&v, "/?done=logout"));
}
