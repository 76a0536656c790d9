/* SPDX-License-Identifier: AGPL-3.0-or-later
 * scope.h - what this node holds when it does not hold everything: some areas, some kinds (SPEC: Scope).
 *
 * The operator names areas by INSEE code and kinds by name; here they are checked, and the areas are
 * resolved to every commune, EPCI and departement that shares ground with them.
 */
#ifndef NODE_CORE_SCOPE_H
#define NODE_CORE_SCOPE_H

#include "node/store/store.h"
#include "proto/buf.h"

struct err;
struct gazetteer;
struct place;
struct scope;

/* Lists of codes and of kinds, comma separated; empty: no limit.  Places borrow from g.  ERR_USAGE names the
 * item that is wrong and says what would do. */
int	scope_open(const char *areas, const char *kinds, const struct gazetteer *g, struct scope **out,
	    struct err *e);
void	scope_close(struct scope *s);		/* NULL is fine */

/* For the store; lives as long as s. */
struct store_scope scope_rule(struct scope *s);

int	scope_is_whole(const struct scope *s);	/* everything is held */
/* The areas and the kinds that were named, in their order, for people. */
size_t	scope_area_count(const struct scope *s);
const struct place *scope_area(const struct scope *s, size_t i);
uint32_t scope_kinds(const struct scope *s);	/* 1 << enum kind; 0: all */

#endif
