/* SPDX-License-Identifier: AGPL-3.0-or-later
 * redate.h - what was signed here while the clock was far ahead is signed anew, with today's date.
 *
 * Nobody with a right clock has taken it: it was held, and forgotten where it lay further ahead than two days.
 */
#ifndef NODE_CORE_REDATE_H
#define NODE_CORE_REDATE_H

#include <stdint.h>

struct node;

/* Own versions from further ahead than others keep aside, identities first; their content stays as it is.  *dated
 * counts them.  An author whose identity must be dated anew and whose root key is elsewhere waits, and the log says so. */
void	redate_own(struct node *n, int64_t *dated);

#endif
