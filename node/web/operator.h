/* SPDX-License-Identifier: AGPL-3.0-or-later
 * operator.h - what the operator's handlers share.
 */
#ifndef NODE_WEB_OPERATOR_H
#define NODE_WEB_OPERATOR_H

#include "node/web/visit.h"

/* The posted form, once its token is that of the session: ERR_FORBIDDEN when it is not.  The
 * control socket and the command line need none. */
int	operator_form(struct visit *v, struct fields *form, struct err *e);

/* Is this author's key held here?  0, or -1 with ERR_FORBIDDEN. */
int	operator_owns(struct visit *v, struct span author, struct err *e);

#endif
