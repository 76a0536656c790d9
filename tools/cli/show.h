/* SPDX-License-Identifier: AGPL-3.0-or-later
 * show.h - one question to the node and its answer shown: as it came with --json, else in words. */
#ifndef TOOLS_CLI_SHOW_H
#define TOOLS_CLI_SHOW_H

#include <stdint.h>
#include <stdio.h>

#include <jansson.h>

#include "node/http/request.h"
#include "tools/cli/cli.h"

/* Print an answer for people; answer is one JSON value. */
typedef void show_fn(const struct cli *c, json_t *answer);

/* Open the node, ask, print, close. */
int	show_call(struct cli *c, enum method method, const char *target, struct span body, show_fn *show,
	    struct err *e);

/* The same with one parameter. */
int	show_with(struct cli *c, enum method method, const char *path, const char *name, const char *value,
	    show_fn *show, struct err *e);

/* The same for answers of one JSON value a line; show is called for each.  With --json the lines are
 * printed as an array. */
int	show_lines(struct cli *c, enum method method, const char *target, struct span body, show_fn *show,
	    struct err *e);

/* Parse one JSON value the node sent; NULL: e says so.  The caller owns it. */
json_t	*show_parse(struct span text, struct err *e);

/* Members, with "" and 0 for what is absent. */
const char *show_str(json_t *object, const char *name);
int64_t	show_int(json_t *object, const char *name);

/* "12 s", "5 min", "3 h", "9 days". */
struct show_text {
	char text[32];
};
struct show_text show_duration(int64_t seconds);
struct show_text show_time(int64_t unix_s);	/* "2026-11-21 10:00" UTC, or "never" for 0 */

#endif
