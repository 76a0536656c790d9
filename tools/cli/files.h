/* SPDX-License-Identifier: AGPL-3.0-or-later
 * files.h - the files that commands wrote from a node, which may outlive what they hold: noted when written, and
 * looked through when something is erased.
 */
#ifndef TOOLS_CLI_FILES_H
#define TOOLS_CLI_FILES_H

#include <stdint.h>

#include <jansson.h>

#include "proto/ref.h"

struct cli;
struct client;
struct err;

/* Tell the node that path was written ("bundle", "export", "backup"); "-" is not noted. */
int	files_note(struct client *node, const char *path, const char *what, struct err *e);

/* Which of them, written up to until, hold the record: appended to found as {"path","what","made","state"}, state
 * being "holds", "removed" (with drop, and never a backup) or "unreadable".  Files that are gone are forgotten. */
int	files_search(struct client *node, const struct ref *ref, int64_t until, int drop, json_t *found,
	    struct err *e);

#endif
