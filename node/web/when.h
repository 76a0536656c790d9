/* SPDX-License-Identifier: AGPL-3.0-or-later
 * when.h - when a meeting takes place, in words: once, over several days, or again and again by a rule.
 */
#ifndef NODE_WEB_WHEN_H
#define NODE_WEB_WHEN_H

#include "node/web/recur.h"
#include "node/web/visit.h"

/* "samedi 21 novembre 2026, 14 h 30 – 16 h"; of one that recurs "tous les mardis, 18 h – 20 h · prochaine fois :
 * mardi 24 novembre 2026".  "" for content that has no beginning. */
const char	*when_event(struct visit *v, struct span content);
/* A rule in words ("à plusieurs dates" where there are none), for a meeting that starts then. */
const char	*when_rule(struct visit *v, const char *rule, const char *starts);

/* The same of a hit: its rule; 0 when it has none that is understood. */
int		 when_card_rule(struct visit *v, const struct search_card *c, struct recur *out);
const char	*when_card_words(struct visit *v, const struct search_card *c);

#endif
