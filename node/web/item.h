/* SPDX-License-Identifier: AGPL-3.0-or-later
 * item.h - the fields of one record as a page prints them, type by type.
 */
#ifndef NODE_WEB_ITEM_H
#define NODE_WEB_ITEM_H

#include "node/web/view.h"
#include "node/web/visit.h"

struct stored;

/* The record that a path of the form …/AUTHOR/KIND/RID names.  0 with a live record; -1 with
 * ERR_NOT_FOUND, or ERR_GONE for what was deleted or blocked.  The spans live in the visit's arena. */
int	item_get(struct visit *v, struct stored *out, enum kind *kind, struct err *e);
int	item_get_ref(struct visit *v, const struct ref *ref, struct stored *out, enum kind *kind, struct err *e);

/* The text of a string member, escapes undone; "" when absent. */
const char	*member(struct visit *v, struct span content, const char *name);
/* What names a record of this kind to people; the kind's label for relations. */
const char	*item_title(struct visit *v, enum kind k, struct span content);
/* A record that a reference names, by its title: a link, or its kind's label when it is not here. */
struct link	 item_link(struct visit *v, const char *ref);

/* "mailto:" and an address, in which nothing can add to the mail; "" when it is none. */
const char	*mail_href(struct visit *v, const char *mail);

/* The fields that hold something, Markdown apart from facts; what the heading shows is left out. */
void	item_rows(struct visit *v, enum kind k, struct span content, struct rows *prose, struct rows *fact);

/* Kinds with two sides, what they propose and what they look for: each has a page of that. */
#define RECIPROCAL_KINDS (UINT32_C(1) << KIND_ORGANISATION | UINT32_C(1) << KIND_PLACE | \
	UINT32_C(1) << KIND_INITIATIVE | UINT32_C(1) << KIND_TERRITORY)

/* One of these fields by its name ("where": street, postcode and commune): 1, or 0 when it holds nothing. */
int	item_row(struct visit *v, enum kind k, struct span content, const char *name, struct row *out);

/* The name of the territory or association that an author is; a short form of the did when unknown. */
const char	*author_name(struct visit *v, const char *did);

#endif
