/* SPDX-License-Identifier: AGPL-3.0-or-later
 * move.h - export --everything: an author with all that is its own, in one file. */
#ifndef TOOLS_CLI_MOVE_H
#define TOOLS_CLI_MOVE_H

struct cli;
struct err;

int	move_export(struct cli *c, struct err *e);

#endif
