/* SPDX-License-Identifier: AGPL-3.0-or-later
 * lists.h - what a search finds, written in one of the forms of node/forms: what every list that goes out shares. */
#ifndef NODE_API_LISTS_H
#define NODE_API_LISTS_H

#include <stddef.h>

#include "node/forms/forms.h"
#include "node/http/request.h"
#include "node/http/response.h"
#include "node/search/search.h"

struct node;
struct ref;
struct stored;

#define LIST_BYTES_MAX ((size_t)32 << 20)

/* The address visitors know this node by, without a slash at the end: the configured one, else what they asked for;
 * "" when that is none. */
const char	*list_base(struct node *n, const struct request *req);

/* 1 when the client has it already, res being the answer; else 0 and the answer's tag, which changes with each
 * record and each day, is set. */
int		 list_unchanged(struct node *n, const struct request *req, struct response *res);

struct list_walk {
	struct search_query *q;
	size_t rows_max;	/* written at most */
	size_t looked_max;	/* found at most */
	int (*wanted)(void *ctx, const struct search_card *c);	/* NULL: all */
	void *ctx;
};

/* Begin the form, write what q finds page by page, end it.  Nothing is held but the form's buffer, whose maximum is
 * ERR_LIMIT; more than looked_max found ends the list there, as rows_max does. */
int		 list_write(struct node *n, struct search_reader *sr, const struct list_walk *w, struct forming *f,
		    struct err *e);

/* The record as anybody may see it: 1 and *row in req's arena; 0 when it is not there, whatever the reason (deleted,
 * erased, blocked, expired, not fit to be shown). */
int		 api_shown_record(struct node *n, const struct request *req, const struct ref *ref, struct stored *row,
		    struct err *e);

#endif
