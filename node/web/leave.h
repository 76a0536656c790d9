/* SPDX-License-Identifier: AGPL-3.0-or-later
 * leave.h - what people and programs can take along from a page: its content in other forms, on paper, as
 * a QR code, and as data in its head.
 */
#ifndef NODE_WEB_LEAVE_H
#define NODE_WEB_LEAVE_H

#include <stdint.h>

#include "node/web/visit.h"

struct record;

/* Fill the frame's leave for a list.  path is the list's ("/catalogue"), query its parameters without "?", or NULL
 * for those of the request; kinds are bits 1 << KIND_x that may come, 0 any: no calendar without events. */
void	leave_list(struct visit *v, const char *path, const char *query, uint32_t kinds);

/* For one record, its canonical address with it.  title as the page shows it. */
int	leave_record(struct visit *v, const struct record *r, const char *title, struct err *e);

/* The address of a record's page, whole, as it goes into a QR code: without slug and language.  "" when
 * the site's own address is not known. */
const char	*leave_address(struct visit *v, struct span author, enum kind k, struct span rid);

/* The parameters of the request without lang, page and done, encoded anew: "kind=event&q=pain". */
const char	*leave_query(struct visit *v);

#endif
