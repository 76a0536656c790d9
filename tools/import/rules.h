/* SPDX-License-Identifier: AGPL-3.0-or-later
 * rules.h - a mapping file: what a source's own columns, categories and place names mean here (README.md).
 *
 * Sections in brackets, one rule a line, "what the source says = what it is here", # comments:
 *	[fields] column = field      [categories] word = practices: third-place, axes: solidarity
 *	[constants] field = value    [places] name = INSEE code
 * What stands left of "=" is compared folded: case, accents and signs aside.
 */
#ifndef TOOLS_IMPORT_RULES_H
#define TOOLS_IMPORT_RULES_H

#include "proto/kind.h"

struct err;
struct rules;

#define RULES_BYTES_MAX	((size_t)256 << 10)
#define RULES_MAX	4000

/* ERR_INPUT names the line and says what could stand there. */
int	rules_parse(struct span text, struct rules **out, struct err *e);
void	rules_free(struct rules *r);		/* NULL is fine */

/* The field (or @mark) a column feeds; MARK_DROP when it is to be left out; NULL when no rule says.
 * r NULL: no rules. */
const char *rules_field(const struct rules *r, const char *column);

/* What a word of the source's classification means: "practices: third-place, kind: place", "-"; NULL: no rule. */
const char *rules_category(const struct rules *r, struct span word);

/* The next "field: value" of such a meaning; 0 when there is none left. */
int	rules_next(struct span *meaning, struct span *field, struct span *value);

/* The value of a constant, or NULL; the i-th constant's name, or NULL past the last. */
const char *rules_constant(const struct rules *r, const char *field);
const char *rules_constant_at(const struct rules *r, size_t i, const char **value);

/* The INSEE code of the commune that the source calls so, or NULL. */
const char *rules_place(const struct rules *r, struct span name);

#endif
