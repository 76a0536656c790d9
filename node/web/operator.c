/* SPDX-License-Identifier: AGPL-3.0-or-later
 * operator.c - see operator.h. */
#include "node/web/operator.h"

#include "node/core/keyring.h"
#include "node/web/inside.h"

int
operator_form(struct visit *v, struct fields *form, struct err *e)
{
	if (request_form(v->req, form, e) == -1)
		return -1;
	if (v->req->local || session_csrf_ok(v->node->web->sessions,
	    request_cookie(v->req, SESSION_COOKIE), fields_get(form, "csrf")))
		return 0;
	return err_set(e, ERR_FORBIDDEN, "the form does not come from one of this site's pages");
}

int
operator_owns(struct visit *v, struct span author, struct err *e)
{
	if (keyring_find(v->node->keys, author) != NULL)
		return 0;
	return err_set(e, ERR_FORBIDDEN, "this node does not hold that author's key");
}
